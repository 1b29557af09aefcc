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
    "LSTMBlockCell",
    "LSTMBlockFusedCell",
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


def clip_of_block(cell_clip):
    """Returns what a block cell clips its state at, -1 for nothing: until 1.2 at 3, unless it was told otherwise."""
    return cell_clip if cell_clip is not None else 3.0 if year.until("1.2") else -1.0


def peepholes_of(make, units):
    """Returns what `make(name, shape)` makes of a block cell's peepholes, by gate; until 1.4 the forget gate's was last."""
    return {gate: make(f"w_{gate}_diag", [units]) for gate in ("iof" if year.until("1.4") else "ifo")}


class LSTMBlockCell(BasicLSTMCell):
    """A BasicLSTMCell in one kernel of TensorFlow's, with the same gates in the same order; it can have peepholes.

    Until 1.2 it clipped its state at 3 unless it was told otherwise.
    """

    scope_then = "lstm_cell"

    def __init__(
        self, num_units, forget_bias=1.0, cell_clip=None, use_peephole=False, dtype=None, reuse=None, name="lstm_cell"
    ):
        super().__init__(num_units, forget_bias=forget_bias, reuse=reuse, name=name, dtype=dtype)
        self._block_clip, self._use_peephole = clip_of_block(cell_clip), use_peephole

    def build(self, inputs_shape):
        super().build(inputs_shape)
        self.built = False  # not yet: a layer that is built finds its variables, and makes none
        if self._use_peephole:
            self._peepholes = peepholes_of(self.add_weight, self._num_units)
        self.built = True

    def call(self, inputs, state):
        c, h = state
        if self._use_peephole:
            peepholes = self._peepholes
        else:
            peepholes = dict.fromkeys("ifo", tf.zeros([self._num_units], self.dtype))
        _, c, _, _, _, _, h = tf.raw_ops.LSTMBlockCell(
            x=inputs, cs_prev=c, h_prev=h, w=self._kernel, b=self._bias,
            wci=peepholes["i"], wcf=peepholes["f"], wco=peepholes["o"],
            forget_bias=self._forget_bias, cell_clip=self._block_clip, use_peephole=self._use_peephole,
        )  # fmt: skip
        return h, LSTMStateTuple(c, h)


@tf.RegisterGradient("LSTMBlockCell")
def lstm_block_cell_grad(op, *grads):
    """The gradient of the kernel, which was contrib's. Source: tensorflow/contrib/rnn/python/ops/lstm_ops.py of 1.15."""
    x, c, h, w, wci, wcf, wco, b = op.inputs
    i, cs, f, o, ci, co, _ = op.outputs
    c_grad, dgates, *peephole_grads = tf.raw_ops.LSTMBlockCellGrad(
        x=x, cs_prev=c, h_prev=h, w=w, wci=wci, wcf=wcf, wco=wco, b=b, i=i, cs=cs, f=f, o=o, ci=ci, co=co,
        cs_grad=grads[1], h_grad=grads[6], use_peephole=op.get_attr("use_peephole"),
    )  # fmt: skip
    (batch, inputs), units = x.shape.as_list(), c.shape.as_list()[1]
    batch = -1 if batch is None else batch
    xh_grad = tf.matmul(dgates, w, transpose_b=True)
    x_grad, h_grad = tf.slice(xh_grad, (0, 0), (batch, inputs)), tf.slice(xh_grad, (0, inputs), (batch, units))
    w_grad = tf.matmul(tf.concat([x, h], 1), dgates, transpose_a=True)
    return x_grad, c_grad, h_grad, w_grad, *peephole_grads, tf.raw_ops.BiasAddGrad(out_backprop=dgates)


class LSTMBlockFusedCell:
    """A whole LSTM in one kernel of TensorFlow's: time-major inputs in, every output and the last state out.

    Until 1.4 its scope was `lstm_block_wrapper`; until 1.2 it clipped its state at 3 unless it was told otherwise.
    """

    def __init__(self, num_units, forget_bias=1.0, cell_clip=None, use_peephole=False, reuse=None, name=None):
        self.num_units, self.forget_bias, self.reuse = num_units, forget_bias, reuse
        self.name = name or ("lstm_block_wrapper" if year.until("1.4") else "lstm_fused_cell")
        self.cell_clip, self.use_peephole = clip_of_block(cell_clip), use_peephole

    def __call__(self, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
        """Returns (outputs [time, batch, num_units], LSTMStateTuple of [batch, num_units]) of [time, batch, inputs].

        Of a list of [batch, inputs] the outputs are a list.
        """
        listed = isinstance(inputs, list)
        inputs = tf.stack(inputs) if listed else inputs
        dtype = dtype or inputs.dtype
        units, input_size = self.num_units, inputs.shape.as_list()[2]
        with tf.variable_scope(scope, self.name, reuse=self.reuse):
            kernel = tf.get_variable(variable_name("kernel"), [input_size + units, 4 * units], dtype)
            bias = tf.get_variable(variable_name("bias"), [4 * units], dtype, initializer=tf.zeros_initializer())
            peepholes = peepholes_of(tf.get_variable, units) if self.use_peephole else {}
            outputs, state = self._run(inputs, initial_state, dtype, sequence_length, kernel, bias, peepholes)
        return (tf.unstack(outputs) if listed else outputs), state

    def _run(self, inputs, initial_state, dtype, sequence_length, kernel, bias, peepholes):
        batch = inputs.shape.as_list()[1] or tf.shape(inputs)[1]
        time = inputs.shape.as_list()[0] or tf.shape(inputs)[0]
        if initial_state is None:
            initial_state = [tf.zeros(tf.stack([batch, self.num_units]), dtype)] * 2
        c, h = initial_state
        if not peepholes:
            peepholes = dict.fromkeys("ifo", tf.zeros([self.num_units], dtype))
        length = time if sequence_length is None else tf.reduce_max(sequence_length)
        _, cs, _, _, _, _, hs = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.cast(length, tf.int64), x=inputs, cs_prev=c, h_prev=h, w=kernel, b=bias,
            wci=peepholes["i"], wcf=peepholes["f"], wco=peepholes["o"],
            forget_bias=self.forget_bias, cell_clip=self.cell_clip, use_peephole=self.use_peephole,
        )  # fmt: skip
        if sequence_length is None:
            return hs, LSTMStateTuple(cs[-1], hs[-1])
        # Past its end a sequence has outputs of 0, and the state of its last step, or the first one's if it is empty.
        mask = tf.transpose(tf.sequence_mask(sequence_length, time, dtype), [1, 0])
        hs *= tf.tile(tf.expand_dims(mask, [-1]), [1, 1, self.num_units])
        firsts = [tf.concat([tf.expand_dims(first, [0]), each], 0) for first, each in ((c, cs), (h, hs))]
        last = [tf.gather_nd(each, tf.stack([sequence_length, tf.range(batch)], axis=1)) for each in firsts]
        return hs, LSTMStateTuple(*last)


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
