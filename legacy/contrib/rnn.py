"""`tf.contrib.rnn`, and the older `tf.nn.rnn_cell` and `tf.nn.rnn`: cells, wrappers and functions.

Until 1.1 a cell had no variables: whoever called it in a variable scope made them there, or found them, by the names
`weights` and `biases`. Since 1.2 it has one set, made at its first call: `kernel` and `bias`. Here, too, as the year is.

Source of what is gone: tensorflow/contrib/rnn and tensorflow/python/ops/{rnn,rnn_cell}.py, TensorFlow 0.8 to 1.15.
"""

import contextlib
import copy
import re
import weakref

import tensorflow.compat.v1 as tf

from legacy.contrib import year

__all__ = [
    "BasicLSTMCell",
    "BasicRNNCell",
    "DeviceWrapper",
    "DropoutWrapper",
    "EmbeddingWrapper",
    "GRUCell",
    "InputProjectionWrapper",
    "LSTMCell",
    "LSTMStateTuple",
    "MultiRNNCell",
    "OutputProjectionWrapper",
    "RNNCell",
    "ResidualWrapper",
    "_linear",
    "bidirectional_rnn",
    "linear",
    "rnn",
    "stack_bidirectional_dynamic_rnn",
    "stack_bidirectional_rnn",
    "state_saving_rnn",
    "static_bidirectional_rnn",
    "static_rnn",
    "static_state_saving_rnn",
    "transpose_batch_time",
]


IN_SCOPES = weakref.WeakKeyDictionary()  # cell of until 1.1 -> {(graph, scope): its copy, whose variables are there}


def scope_name(kind):
    """Returns the name of a cell's scope by its class: basic_lstm_cell of BasicLSTMCell."""
    return re.sub("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind.__name__).lower()


def variable_name(name):
    """Returns what the year called a variable that is `kernel` or `bias` since 1.2."""
    return {"kernel": "weights", "bias": "biases"}.get(name, name) if year.until("1.1") else name


def as_named_then(getter, name, *args, **kwargs):
    """Gets a variable by its name of then: .../weights of .../kernel."""
    scope, slash, last = name.rpartition("/")
    return getter(scope + slash + variable_name(last), *args, **kwargs)


def of_its_year(cell_class):
    """Returns the class of cells, which also take `input_size`: until 1.1 a script could say it; nothing reads it.

    Until 1.1 such a cell has variables in each scope that it is called in.
    """

    def __init__(self, num_units, *args, input_size=None, **kwargs):
        cell_class.__init__(self, num_units, *args, **kwargs)

    def __call__(self, inputs, state, scope=None, *args, **kwargs):
        if not year.until("1.1"):
            return cell_class.__call__(self, inputs, state, scope, *args, **kwargs)
        with tf.variable_scope(scope or self.scope_then, custom_getter=as_named_then) as here:
            copies = IN_SCOPES.setdefault(self, {})
            key = tf.get_default_graph(), here.name
            if key not in copies:
                copies[key] = copy.deepcopy(self)
            return cell_class.__call__(copies[key], inputs, state, here, *args, **kwargs)

    own = {
        "__init__": __init__,
        "__call__": __call__,
        "__doc__": cell_class.__doc__,
        "scope_then": scope_name(cell_class),
    }
    return type(cell_class.__name__, (cell_class,), own)


BasicLSTMCell = of_its_year(tf.nn.rnn_cell.BasicLSTMCell)
BasicRNNCell = of_its_year(tf.nn.rnn_cell.BasicRNNCell)
DeviceWrapper = tf.nn.rnn_cell.DeviceWrapper
GRUCell = of_its_year(tf.nn.rnn_cell.GRUCell)
LSTMCell = of_its_year(tf.nn.rnn_cell.LSTMCell)
LSTMStateTuple = tf.nn.rnn_cell.LSTMStateTuple
ResidualWrapper = tf.nn.rnn_cell.ResidualWrapper
RNNCell = tf.nn.rnn_cell.RNNCell

static_rnn = tf.nn.static_rnn
static_bidirectional_rnn = tf.nn.static_bidirectional_rnn
static_state_saving_rnn = tf.nn.static_state_saving_rnn


class DropoutWrapper(tf.nn.rnn_cell.DropoutWrapper):
    """A cell with dropout around it. Until 1.1 its inputs and outputs had the same seed."""

    def _gen_seed(self, salt_prefix, index):
        return self._seed if year.until("1.1") else super()._gen_seed(salt_prefix, index)


class MultiRNNCell(tf.nn.rnn_cell.MultiRNNCell):
    """Cells one upon the other.

    A cell that stands in several places, `[cell] * 3`, made variables of its own in each until 1.0, was refused in 1.1,
    and shares one set since 1.2, where layers of different sizes are an error. If the year is not known, each place
    gets its own, as it was meant.
    """

    def __init__(self, cells, state_is_tuple=True):
        seen = set()
        cells = list(cells)
        for layer, cell in enumerate(cells):
            if id(cell) in seen and not year.since("1.2"):
                cells[layer] = copy.deepcopy(cell)
            seen.add(id(cell))
        super().__init__(cells, state_is_tuple=state_is_tuple)

    def __call__(self, inputs, state, scope=None):
        if not year.until("1.1"):
            return super().__call__(inputs, state, scope)
        with tf.variable_scope(scope or "multi_rnn_cell"):
            return self.call(inputs, state)


class _Projection(RNNCell):
    """What the three wrappers share: a cell within. Their `call` makes the wrapper's own variables in the scope `own`;
    until 1.1 the cell's were not in it."""

    def __init__(self, cell, reuse=None):
        super().__init__(_reuse=reuse)
        self._cell = cell

    def __call__(self, inputs, state, scope=None):
        if not year.until("1.1"):
            return super().__call__(inputs, state, scope)
        return self.call(inputs, state, tf.variable_scope(scope or scope_name(type(self))))

    @property
    def state_size(self):
        return self._cell.state_size

    @property
    def output_size(self):
        return self._cell.output_size

    def zero_state(self, batch_size, dtype):
        return self._cell.zero_state(batch_size, dtype)


class OutputProjectionWrapper(_Projection):
    """A cell whose outputs go through a linear layer of `output_size`."""

    def __init__(self, cell, output_size, activation=None, reuse=None):
        super().__init__(cell, reuse)
        self._size, self._activation = output_size, activation

    @property
    def output_size(self):
        return self._size

    def call(self, inputs, state, own=contextlib.nullcontext()):
        output, state = self._cell(inputs, state)
        with own:
            projected = projection(output, self._size)
        return (self._activation(projected) if self._activation else projected), state


class InputProjectionWrapper(_Projection):
    """A cell whose inputs go through a linear layer of `num_proj` first."""

    def __init__(self, cell, num_proj, activation=None, input_size=None, reuse=None):
        super().__init__(cell, reuse)
        self._size, self._activation = num_proj, activation

    def call(self, inputs, state, own=contextlib.nullcontext()):
        with own:
            projected = projection(inputs, self._size)
        return self._cell(self._activation(projected) if self._activation else projected, state)


class EmbeddingWrapper(_Projection):
    """A cell that takes ids, int [batch] or [batch, 1], and looks them up in an `embedding` variable of its own."""

    def __init__(self, cell, embedding_classes, embedding_size, initializer=None, reuse=None):
        super().__init__(cell, reuse)
        self._shape, self._initializer = [embedding_classes, embedding_size], initializer

    def call(self, inputs, state, own=contextlib.nullcontext()):
        initializer = self._initializer or tf.get_variable_scope().initializer
        if initializer is None:  # uniform with variance 1
            initializer = tf.random_uniform_initializer(-(3**0.5), 3**0.5)
        with own:
            dtype = tf.nest.flatten(state)[0].dtype
            embedding = tf.get_variable("embedding", self._shape, initializer=initializer, dtype=dtype)
        return self._cell(tf.nn.embedding_lookup(embedding, tf.reshape(inputs, [-1])), state)


def dimension(tensor, axis):
    """Returns the size of a tensor's axis: a number if it is known, else a tensor."""
    return tensor.shape.as_list()[axis] or tf.shape(tensor)[axis]


def linear(args, output_size, bias, bias_initializer=None, kernel_initializer=None):
    """Returns [batch, output_size]: the arguments beside each other, times `kernel`, plus `bias` if there is one; until
    1.1 these were `weights` and `biases`."""
    args = args if isinstance(args, (list, tuple)) else [args]
    kernel = kernel_of(args, output_size, kernel_initializer)
    result = tf.matmul(beside(args), kernel)
    return tf.nn.bias_add(result, bias_of(output_size, result.dtype, bias_initializer)) if bias else result


def projection(args, output_size):
    """The same with a bias. Both variables are made first, as the wrappers and legacy_seq2seq made them."""
    args = args if isinstance(args, (list, tuple)) else [args]
    kernel, bias = kernel_of(args, output_size), bias_of(output_size, args[0].dtype)
    return tf.nn.bias_add(tf.matmul(beside(args), kernel), bias)


def beside(args):
    return args[0] if len(args) == 1 else tf.concat(args, 1)


def kernel_of(args, output_size, initializer=None):
    size = sum(each.shape.as_list()[1] for each in args)
    return tf.get_variable(variable_name("kernel"), [size, output_size], args[0].dtype, initializer=initializer)


def bias_of(output_size, dtype, initializer=None):
    with tf.variable_scope(tf.get_variable_scope()) as scope:
        scope.set_partitioner(None)  # it is in one part, whatever the kernel is in
        initializer = initializer or tf.zeros_initializer()
        return tf.get_variable(variable_name("bias"), [output_size], dtype, initializer=initializer)


def stack_bidirectional_rnn(
    cells_fw,
    cells_bw,
    inputs,
    initial_states_fw=None,
    initial_states_bw=None,
    dtype=None,
    sequence_length=None,
    scope=None,
):
    """Bidirectional layers one upon the other, each reading both directions of the one below. Returns
    (outputs: a list of [batch, 2 units], the forward layers' last states, the backward layers')."""
    states_fw, states_bw = [], []
    with tf.variable_scope(scope or "stack_bidirectional_rnn"):
        for layer, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw)):
            with tf.variable_scope(f"cell_{layer}") as scope_of_cell:
                inputs, state_fw, state_bw = static_bidirectional_rnn(
                    cell_fw, cell_bw, inputs,
                    initial_states_fw[layer] if initial_states_fw else None,
                    initial_states_bw[layer] if initial_states_bw else None,
                    dtype=dtype, sequence_length=sequence_length, scope=scope_of_cell,
                )  # fmt: skip
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)


def stack_bidirectional_dynamic_rnn(
    cells_fw,
    cells_bw,
    inputs,
    initial_states_fw=None,
    initial_states_bw=None,
    dtype=None,
    sequence_length=None,
    parallel_iterations=None,
    time_major=False,
    scope=None,
    swap_memory=False,
):
    """As `stack_bidirectional_rnn`, on one tensor [batch, time, inputs]; outputs are [batch, time, 2 units]."""
    states_fw, states_bw = [], []
    with tf.variable_scope(scope or "stack_bidirectional_rnn"):
        for layer, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw)):
            with tf.variable_scope(f"cell_{layer}"):
                outputs, (state_fw, state_bw) = tf.nn.bidirectional_dynamic_rnn(
                    cell_fw, cell_bw, inputs, sequence_length,
                    initial_states_fw[layer] if initial_states_fw else None,
                    initial_states_bw[layer] if initial_states_bw else None,
                    dtype, parallel_iterations, swap_memory, time_major,
                )  # fmt: skip
            inputs = tf.concat(outputs, 2)
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)


def transpose_batch_time(x):
    """Returns [time, batch, ...] of [batch, time, ...], and the other way round."""
    return tf.transpose(x, [1, 0, *range(2, x.shape.ndims)])


def as_tuples(cell, state):
    """Returns a state as the cell has it; one tensor [batch, all units] of before 0.11 is cut into the cell's parts."""
    if not isinstance(state, tf.Tensor) or not isinstance(cell.state_size, tuple):
        return state
    sizes = tf.nest.flatten(cell.state_size)
    return tf.nest.pack_sequence_as(cell.state_size, tf.split(state, sizes, 1))


def rnn(cell, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
    """`tf.nn.rnn` of 2016: static_rnn by its old name."""
    return static_rnn(cell, inputs, as_tuples(cell, initial_state), dtype, sequence_length, scope or "RNN")


def bidirectional_rnn(
    cell_fw, cell_bw, inputs, initial_state_fw=None, initial_state_bw=None, dtype=None, sequence_length=None, scope=None
):
    """`tf.nn.bidirectional_rnn` of 2016: static_bidirectional_rnn by its old name."""
    states = as_tuples(cell_fw, initial_state_fw), as_tuples(cell_bw, initial_state_bw)
    return static_bidirectional_rnn(cell_fw, cell_bw, inputs, *states, dtype, sequence_length, scope or "BiRNN")


state_saving_rnn = static_state_saving_rnn
_linear = linear
