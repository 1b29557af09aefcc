"""`tf.contrib.rnn`: cells in one kernel of TensorFlow's, for a step or for a whole sequence.

Source: tensorflow/contrib/rnn/python/ops/{lstm_ops,gru_ops}.py, TensorFlow 1.0 to 1.15.
"""

import tensorflow.compat.v1 as tf

from legacy.contrib import year
from legacy.contrib.rnn import BasicLSTMCell, LSTMStateTuple, dimension, variable_name
from legacy.contrib.rnn_others import OneState

__all__ = [
    "GRUBlockCell",
    "GRUBlockCellV2",
    "LSTMBlockCell",
    "LSTMBlockFusedCell",
    "LSTMBlockWrapper",
]


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
        batch = dimension(inputs, 1)
        time = dimension(inputs, 0)
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


LSTMBlockWrapper = LSTMBlockFusedCell  # the class that it came from, and the only one that did


class GRUBlockCell(OneState):
    """A GRU in one kernel of TensorFlow's, its variables `w_ru`, `b_ru`, `w_c` and `b_c`; until 1.4 in the scope of its
    class's name."""

    names = ("w_ru", "b_ru", "w_c", "b_c")

    def __init__(self, num_units=None, cell_size=None, reuse=None, name=None):
        if (cell_size is None) == (num_units is None):
            raise ValueError("Exactly one of num_units or cell_size must be provided.")
        name = name or (type(self).__name__ if year.until("1.4") else "gru_cell")
        super().__init__(cell_size if num_units is None else num_units, reuse, name)

    def call(self, inputs, state):
        units, rows = self._num_units, inputs.shape.as_list()[1] + self._num_units
        w_ru = tf.get_variable(self.names[0], [rows, 2 * units])
        b_ru = tf.get_variable(self.names[1], [2 * units], initializer=tf.constant_initializer(1.0))
        w_c = tf.get_variable(self.names[2], [rows, units])
        b_c = tf.get_variable(self.names[3], [units], initializer=tf.constant_initializer(0.0))
        *_, h = tf.raw_ops.GRUBlockCell(x=inputs, h_prev=state, w_ru=w_ru, w_c=w_c, b_ru=b_ru, b_c=b_c)
        return h, h


@tf.RegisterGradient("GRUBlockCell")
def gradient_of_block_gru(op, *by_outputs):
    """Returns the gradients by (x, h, w_ru, w_c, b_ru, b_c). The kernel for it is TensorFlow's, but nothing calls it."""
    x, h, w_ru, w_c, b_ru, b_c = op.inputs
    r, u, c, _ = op.outputs
    by_x, by_h, by_c, by_ru = tf.raw_ops.GRUBlockCellGrad(
        x=x, h_prev=h, w_ru=w_ru, w_c=w_c, b_ru=b_ru, b_c=b_c, r=r, u=u, c=c, d_h=by_outputs[3]
    )
    by_w_ru = tf.matmul(tf.concat([x, h], 1), by_ru, transpose_a=True)
    by_b_ru = tf.raw_ops.BiasAddGrad(out_backprop=by_ru)
    by_w_c = tf.matmul(tf.concat([x, h * r], 1), by_c, transpose_a=True)
    return by_x, by_h, by_w_ru, by_w_c, by_b_ru, tf.raw_ops.BiasAddGrad(out_backprop=by_c)


class GRUBlockCellV2(GRUBlockCell):
    """The same with the variables of GRUCell."""

    names = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")
