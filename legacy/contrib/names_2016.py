"""Names and argument orders that TensorFlow left behind on its way to 1.0, as functions of today's.

Where an order of arguments changed and the name stayed (`concat`, `split`), the arguments tell which is meant.
Source: the release notes of TensorFlow 0.12 and 1.0, and tensorflow/tools/compatibility/tf_upgrade.py.
"""

import collections.abc
import inspect
import sys
import time

import numpy as np
import tensorflow.compat.v1 as tf

from legacy.contrib import legacy_seq2seq, rnn


def is_number(value):
    """Whether the value is an axis or a count: an int, not a tensor and not a list."""
    return isinstance(value, (int, np.integer))


def concat(*args, **kwargs):
    """tf.concat(values, axis), until 1.0 tf.concat(concat_dim, values)."""
    if "concat_dim" in kwargs:
        kwargs["axis"] = kwargs.pop("concat_dim")
    if args and (is_number(args[0]) or getattr(args[0], "shape", None) == ()):
        axis, *rest = args
        return tf.concat(*rest, axis=axis, **kwargs)
    return tf.concat(*args, **kwargs)


def split(*args, **kwargs):
    """tf.split(value, num_or_size_splits, axis), until 1.0 tf.split(split_dim, num_split, value)."""
    old = {"split_dim": "axis", "num_split": "num_or_size_splits"}
    if old.keys() & kwargs.keys() or (len(args) == 3 and is_number(args[0]) and not is_number(args[2])):
        names = ("axis", "num_or_size_splits", "value", "name")
        return tf.split(**dict(zip(names, args)), **{old.get(name, name): value for name, value in kwargs.items()})
    return tf.split(*args, **kwargs)


def reverse(tensor, axis=None, name=None, dims=None):
    """tf.reverse(tensor, axis), until 1.0 tf.reverse(tensor, dims) with a bool for each dimension."""
    axis = dims if axis is None else axis
    if isinstance(axis, (list, tuple)) and axis and all(isinstance(each, bool) for each in axis):
        axis = [dim for dim, reversed_ in enumerate(axis) if reversed_]
    return tf.reverse(tensor, axis, name)


def logits_first(function):
    """A cross entropy by position was (logits, labels); since 1.0 it takes names only."""

    def cross_entropy(*args, **kwargs):
        if "targets" in kwargs:
            kwargs["labels"] = kwargs.pop("targets")
        if args and args[0] is None:  # the sentinel of 1.x
            args = args[1:]
        return function(**dict(zip(("logits", "labels", "dim"), args)), **kwargs)

    return cross_entropy


def inputs_first(function):
    """A sampled loss was (weights, biases, inputs, labels, ...); since 1.0 the labels come before the inputs."""

    def loss(*args, **kwargs):
        weights, biases, *rest = args
        if len(rest) >= 2 and tf.convert_to_tensor(rest[0]).dtype.is_floating:
            rest[0], rest[1] = rest[1], rest[0]
        return function(weights, biases, *rest, **kwargs)

    return loss


def batch_matmul(x, y, adj_x=False, adj_y=False, name=None):
    return tf.matmul(x, y, adjoint_a=adj_x, adjoint_b=adj_y, name=name)


def image_summary(tag, tensor, max_images=3, collections=None, name=None):
    return tf.summary.image(tag, tensor, max_images, collections)


def summary_of(function):
    """A summary was (tag, values, collections, name); its tag could be a tensor, which no name can be."""

    def summary(tags, values, collections=None, name=None):
        return function(name if isinstance(tags, tf.Tensor) else tags, values, collections)

    return summary


class Flags:
    """tf.app.flags.FLAGS, with what it had before it was absl's: `_parse_flags()` and `__flags`."""

    def __getattr__(self, name):
        if name == "__flags":
            self._parse_flags()
            return {flag: getattr(tf.flags.FLAGS, flag) for flag in DEFINED}
        return getattr(tf.flags.FLAGS, name)

    def __setattr__(self, name, value):
        setattr(tf.flags.FLAGS, name, value)

    def __iter__(self):
        return iter(tf.flags.FLAGS)

    def _parse_flags(self):
        tf.flags.FLAGS(sys.argv, known_only=True)


DEFINED = []  # the script's own flags; absl has some, too


def defining(define):
    """A flag that the script defines takes the place of one of that name which a library defined before it."""

    def define_flag(name, *args, **kwargs):
        if name in tf.flags.FLAGS:
            delattr(tf.flags.FLAGS, name)
        DEFINED.append(name)
        return define(name, *args, **kwargs)

    return define_flag


FLAGS_NAMES = {name: defining(getattr(tf.flags, name)) for name in dir(tf.flags) if name.startswith("DEFINE_")}
FLAGS_NAMES["FLAGS"] = Flags()

TF_NAMES = {
    "audio_summary": tf.summary.audio,
    "batch_matmul": batch_matmul,
    "complex_abs": tf.abs,
    "concat": concat,
    "histogram_summary": summary_of(tf.summary.histogram),
    "image_summary": image_summary,
    "inv": tf.reciprocal,
    "listdiff": tf.setdiff1d,
    "merge_all_summaries": tf.summary.merge_all,
    "merge_summary": tf.summary.merge,
    "mul": tf.multiply,
    "neg": tf.negative,
    "pack": tf.stack,
    "reverse": reverse,
    "scalar_summary": summary_of(tf.summary.scalar),
    "select": tf.where,
    "split": split,
    "sub": tf.subtract,
    "unpack": tf.unstack,
    # A script that asks is one of TensorFlow 1, and behaves as it would there.
    "VERSION": "1.15.5",
    "__version__": "1.15.5",
}

NN_NAMES = {
    "bidirectional_rnn": rnn.bidirectional_rnn,
    "nce_loss": inputs_first(tf.nn.nce_loss),
    "rnn": rnn.rnn,
    "rnn_cell": rnn,
    "sampled_softmax_loss": inputs_first(tf.nn.sampled_softmax_loss),
    "seq2seq": legacy_seq2seq,
    "sigmoid_cross_entropy_with_logits": logits_first(tf.nn.sigmoid_cross_entropy_with_logits),
    "softmax_cross_entropy_with_logits": logits_first(tf.nn.softmax_cross_entropy_with_logits),
    "sparse_softmax_cross_entropy_with_logits": logits_first(tf.nn.sparse_softmax_cross_entropy_with_logits),
    "state_saving_rnn": rnn.state_saving_rnn,
}

TRAIN_NAMES = {"SummaryWriter": tf.summary.FileWriter}


class BasicLSTMCell(rnn.BasicLSTMCell):
    """The cell of tensorflow.models.rnn (2015 and 2016): its state was one tensor unless it was told otherwise."""

    def __init__(self, num_units, forget_bias=1.0, input_size=None, state_is_tuple=False, **kwargs):
        super().__init__(num_units, forget_bias, state_is_tuple=state_is_tuple, **kwargs)


class LSTMCell(rnn.LSTMCell):
    """The same of the LSTM with peepholes and projection."""

    def __init__(self, num_units, input_size=None, *args, state_is_tuple=False, **kwargs):
        super().__init__(num_units, *args, state_is_tuple=state_is_tuple, **kwargs)


class MultiRNNCell(rnn.MultiRNNCell):
    """The same of cells one upon the other."""

    def __init__(self, cells, state_is_tuple=False):
        super().__init__(cells, state_is_tuple)


MODELS_RNN_NAMES = {"BasicLSTMCell": BasicLSTMCell, "LSTMCell": LSTMCell, "MultiRNNCell": MultiRNNCell}


def array(*args, **kwargs):
    """np.array; of lists of different length it was an array of lists, and is an error since NumPy 1.24."""
    try:
        return np.array(*args, **kwargs)
    except ValueError as error:
        if "inhomogeneous" not in str(error) or len(args) > 1 or "dtype" in kwargs:
            raise
        return np.array(*args, dtype=object, **kwargs)


def load(file, mmap_mode=None, allow_pickle=True, **kwargs):
    """np.load; until NumPy 1.16.3 it read arrays of objects without being asked to."""
    return np.load(file, mmap_mode, allow_pickle, **kwargs)


# What NumPy's own names of those years are today.
NUMPY_NAMES = {
    "alltrue": np.all,
    "array": array,
    "asscalar": lambda array: array.item(),
    "bool": bool,
    "complex": complex,
    "cumproduct": np.cumprod,
    "float": float,
    "float_": np.float64,
    "Inf": np.inf,
    "in1d": np.isin,
    "int": int,
    "load": load,
    "mat": np.asmatrix,
    "NaN": np.nan,
    "object": object,
    "product": np.prod,
    "sometrue": np.any,
    "str": str,
    "string_": np.bytes_,
    "unicode": str,
    "unicode_": np.str_,
}


def number(value):
    """Returns the number that an array of one element holds, and anything else as it is."""
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value


def percent(text, values):
    """Returns text % values; arrays of one element are numbers if nothing else will do."""
    try:
        return text % values
    except TypeError:
        pass
    return text % (tuple(map(number, values)) if isinstance(values, tuple) else number(values))


# What `legacy/run.py` makes of int(x), float(x) and "..." % x in a script.
BUILTINS = {"__number__": number, "__percent__": percent}


def getargspec(function):
    """inspect.getargspec, gone since Python 3.11."""
    return inspect.getfullargspec(function)[:4]


# What Python's library lost since: (module, name) -> what it is today.
PYTHON_NAMES = {("time", "clock"): time.perf_counter, ("inspect", "getargspec"): getargspec}
for abstract in ("Callable", "Iterable", "Iterator", "Mapping", "MutableMapping", "Sequence", "Hashable"):
    PYTHON_NAMES["collections", abstract] = getattr(collections.abc, abstract)
