"""Names and argument orders that TensorFlow left behind on its way to 1.0, as functions of today's.

Where an order of arguments changed and the name stayed (`concat`, `split`), the arguments tell which is meant.
Source: the release notes of TensorFlow 0.12 and 1.0, and tensorflow/tools/compatibility/tf_upgrade.py.
"""

import numpy as np
import tensorflow.compat.v1 as tf

from legacy.contrib import rnn
from legacy.script.saver import Saver


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


def concat_v2(values, axis, name="concat_v2"):
    return tf.concat(values, axis, name)


def ctc_loss(*args, **kwargs):
    """tf.nn.ctc_loss(labels, inputs, sequence_length), until 1.0 tf.nn.ctc_loss(inputs, labels, sequence_length)."""
    if len(args) > 1 and isinstance(args[1], tf.SparseTensor):
        args = (args[1], args[0], *args[2:])
    return tf.nn.ctc_loss(*args, **kwargs)


def batch_matmul(x, y, adj_x=False, adj_y=False, name=None):
    return tf.matmul(x, y, adjoint_a=adj_x, adjoint_b=adj_y, name=name)


def image_summary(tag, tensor, max_images=3, collections=None, name=None):
    return tf.summary.image(tag, tensor, max_images, collections)


def summary_of(function):
    """A summary was (tag, values, collections, name); its tag could be a tensor, which no name can be."""

    def summary(tags, values, collections=None, name=None):
        return function(name if isinstance(tags, tf.Tensor) else tags, values, collections)

    return summary


TF_NAMES = {
    "audio_summary": tf.summary.audio,
    "batch_matmul": batch_matmul,
    "complex_abs": tf.abs,
    "concat": concat,
    "concat_v2": concat_v2,
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
    "ctc_loss": ctc_loss,
    "nce_loss": inputs_first(tf.nn.nce_loss),
    "rnn": rnn.rnn,
    "sampled_softmax_loss": inputs_first(tf.nn.sampled_softmax_loss),
    "sigmoid_cross_entropy_with_logits": logits_first(tf.nn.sigmoid_cross_entropy_with_logits),
    "softmax_cross_entropy_with_logits": logits_first(tf.nn.softmax_cross_entropy_with_logits),
    "sparse_softmax_cross_entropy_with_logits": logits_first(tf.nn.sparse_softmax_cross_entropy_with_logits),
    "state_saving_rnn": rnn.state_saving_rnn,
}

TRAIN_NAMES = {"Saver": Saver, "SummaryWriter": tf.summary.FileWriter}
