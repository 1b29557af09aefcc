"""`tf.contrib.rnn`: the LSTM's relatives, with coupled gates, layer normalization, groups, a clock, a search's result.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf
import tf_slim

from legacy.contrib import year
from legacy.contrib.rnn import LSTMStateTuple, RNNCell, linear, variable_name

__all__ = [
    "CoupledInputForgetGateLSTMCell",
    "GLSTMCell",
    "LayerNormBasicLSTMCell",
    "LayerNormLSTMCell",
    "NASCell",
    "PhasedLSTMCell",
    "WeightNormLSTMCell",
]


class LSTMKin(RNNCell):
    """A cell with the state (c, m): c [batch, num_units], m [batch, num_proj], or num_units if there is no projection."""

    def __init__(self, num_units, num_proj=None, state_is_tuple=True, reuse=None):
        super().__init__(_reuse=reuse)
        self._num_units, self._num_proj, self._state_is_tuple = num_units, num_proj, state_is_tuple

    @property
    def state_size(self):
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self):
        return self._num_proj or self._num_units


def as_tuple(state_is_tuple):
    """Returns whether a state is a tuple, if the script does not say it: until 1.0 these cells had one tensor."""
    return not year.until("1.0") if state_is_tuple is None else state_is_tuple


def parts_of(name, shape, dtype, shards):
    """Returns a variable [rows, columns] of which `shards` parts, name_0, name_1, ..., stand one upon the other."""
    if shards > shape[0]:
        raise ValueError(f"Too many shards: shape={shape}, num_shards={shards}")
    rows, more = divmod(shape[0], shards)
    parts = [
        tf.get_variable(f"{name}_{part}", [rows + (part < more), *shape[1:]], dtype=dtype) for part in range(shards)
    ]
    return parts[0] if shards == 1 else tf.concat(parts, 0, name=f"{name}/concat")


def normalized(inputs, scope, gain, shift):
    """Returns inputs [batch, units] with mean `beta` and deviation `gamma`: variables that begin with shift and gain."""
    shape = inputs.shape[-1:]
    with tf.variable_scope(scope):
        tf.get_variable("gamma", shape, inputs.dtype, tf.constant_initializer(gain))
        tf.get_variable("beta", shape, inputs.dtype, tf.constant_initializer(shift))
    return tf_slim.layers.layer_norm(inputs, reuse=True, scope=scope)


def clipped(values, limit):
    return values if limit is None else tf.clip_by_value(values, -limit, limit)


class CoupledInputForgetGateLSTMCell(LSTMKin):
    """An LSTM that takes in as much as it forgets: its input gate is 1 - its forget gate (Greff et al., 2015)."""

    def __init__(
        self, num_units, use_peepholes=False, initializer=None, num_proj=None, proj_clip=None, num_unit_shards=1,
        num_proj_shards=1, forget_bias=1.0, state_is_tuple=None, activation=tf.tanh, reuse=None, layer_norm=False,
        norm_gain=1.0, norm_shift=0.0,
    ):  # fmt: skip
        super().__init__(num_units, num_proj, as_tuple(state_is_tuple), reuse)
        self._use_peepholes, self._proj_clip, self._forget_bias = use_peepholes, proj_clip, forget_bias
        self._shards, self._activation, self._layer_norm = (num_unit_shards, num_proj_shards), activation, layer_norm
        self._norm = norm_gain, norm_shift

    def call(self, inputs, state):
        """Returns (m, (c, m)) of inputs [batch, size] and the state before."""
        units, dtype = self._num_units, inputs.dtype
        c, m = state if self._state_is_tuple else tf.split(state, [units, self.output_size], 1)
        kernel = parts_of("W", [inputs.shape.as_list()[1] + self.output_size, 3 * units], dtype, self._shards[0])
        bias = tf.get_variable("B", [3 * units], dtype, initializer=tf.zeros_initializer())
        matrix = tf.matmul(tf.concat([inputs, m], 1), kernel)
        if not self._layer_norm:
            matrix = tf.nn.bias_add(matrix, bias)
        j, f, o = tf.split(value=matrix, num_or_size_splits=3, axis=1)
        if self._layer_norm:
            j = normalized(j, "transform", *self._norm)
            f = normalized(f, "forget", *self._norm)
            o = normalized(o, "output", *self._norm)
        f += self._forget_bias
        if self._use_peepholes:
            f_peephole = tf.get_variable("W_F_diag", [units], dtype)
            o_peephole = tf.get_variable("W_O_diag", [units], dtype)
            f += f_peephole * c
        forget = tf.sigmoid(f)
        c = forget * c + (1 - forget) * self._activation(j)
        if self._layer_norm:
            c = normalized(c, "state", *self._norm)
        m = tf.sigmoid(o + o_peephole * c if self._use_peepholes else o) * self._activation(c)
        if self._num_proj is not None:
            m = clipped(tf.matmul(m, parts_of("W_P", [units, self._num_proj], dtype, self._shards[1])), self._proj_clip)
        return m, (LSTMStateTuple(c, m) if self._state_is_tuple else tf.concat([c, m], 1))


class LayerNormBasicLSTMCell(LSTMKin):
    """An LSTM whose gates and state are normalized over the units (Ba et al., 2016), with dropout on what it takes in
    (Semeniuta et al., 2016)."""

    def __init__(
        self, num_units, forget_bias=1.0, input_size=None, activation=tf.tanh, layer_norm=True, norm_gain=1.0,
        norm_shift=0.0, dropout_keep_prob=1.0, dropout_prob_seed=None, reuse=None,
    ):  # fmt: skip
        super().__init__(num_units, reuse=reuse)
        self._forget_bias, self._activation, self._layer_norm = forget_bias, activation, layer_norm
        self._norm, self._keep_prob, self._seed = (norm_gain, norm_shift), dropout_keep_prob, dropout_prob_seed

    def call(self, inputs, state):
        c, h = state
        joined = tf.concat([inputs, h], 1)
        size = 4 * self._num_units
        kernel = tf.get_variable(variable_name("kernel"), [joined.shape.as_list()[1], size], joined.dtype)
        matrix = tf.matmul(joined, kernel)
        if not self._layer_norm:
            matrix = tf.nn.bias_add(matrix, tf.get_variable(variable_name("bias"), [size], joined.dtype))
        i, j, f, o = tf.split(value=matrix, num_or_size_splits=4, axis=1)
        if self._layer_norm:
            i = normalized(i, "input", *self._norm)
            j = normalized(j, "transform", *self._norm)
            f = normalized(f, "forget", *self._norm)
            o = normalized(o, "output", *self._norm)
        g = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            g = tf.nn.dropout(g, self._keep_prob, seed=self._seed)
        c = c * tf.sigmoid(f + self._forget_bias) + tf.sigmoid(i) * g
        if self._layer_norm:
            c = normalized(c, "state", *self._norm)
        h = self._activation(c) * tf.sigmoid(o)
        return h, LSTMStateTuple(c, h)


class PeepholeKin(LSTMKin):
    """An LSTM of any inner matrix: peepholes, clipping and a projection, as `tf.nn.rnn_cell.LSTMCell` has them."""

    def __init__(
        self, num_units, use_peepholes, cell_clip, initializer, num_proj, proj_clip, forget_bias, activation, reuse
    ):
        super().__init__(num_units, num_proj, reuse=reuse)
        self._use_peepholes, self._cell_clip, self._proj_clip = use_peepholes, cell_clip, proj_clip
        self._initializer, self._forget_bias, self._activation = initializer, forget_bias, activation or tf.tanh

    def gated(self, i, j, f, o, c, norm=lambda c: c):
        """Returns (c, h) of the gates' inputs and the c before. Makes the peepholes."""
        f += self._forget_bias
        if self._use_peepholes:
            f_w, i_w, o_w = (tf.get_variable(f"w_{gate}_diag", [self._num_units], c.dtype) for gate in "fio")
            f += f_w * c
            i += i_w * c
        c = clipped(norm(tf.sigmoid(f) * c + tf.sigmoid(i) * self._activation(j)), self._cell_clip)
        return c, tf.sigmoid(o + o_w * c if self._use_peepholes else o) * self._activation(c)


class LayerNormLSTMCell(PeepholeKin):
    """An LSTMCell whose gates and state may be normalized over the units."""

    def __init__(
        self, num_units, use_peepholes=False, cell_clip=None, initializer=None, num_proj=None, proj_clip=None,
        forget_bias=1.0, activation=None, layer_norm=False, norm_gain=1.0, norm_shift=0.0, reuse=None,
    ):  # fmt: skip
        super().__init__(
            num_units, use_peepholes, cell_clip, initializer, num_proj, proj_clip, forget_bias, activation, reuse
        )
        self._layer_norm, self._norm = layer_norm, (norm_gain, norm_shift)

    def call(self, inputs, state):
        c, m = state
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._initializer):
            joined = tf.concat([inputs, m], 1)
            kernel = tf.get_variable("kernel", [joined.shape.as_list()[1], 4 * self._num_units], inputs.dtype)
            bias = tf.get_variable("bias", [4 * self._num_units], inputs.dtype, tf.zeros_initializer())
            matrix = tf.matmul(joined, kernel)
            if not self._layer_norm:
                matrix = tf.nn.bias_add(matrix, bias)
            i, j, f, o = tf.split(value=matrix, num_or_size_splits=4, axis=1)
            if self._layer_norm:
                i = normalized(i, "input", *self._norm)
                j = normalized(j, "transform", *self._norm)
                f = normalized(f, "forget", *self._norm)
                o = normalized(o, "output", *self._norm)
                c, m = self.gated(i, j, f, o, c, lambda c: normalized(c, "state", *self._norm))
            else:
                c, m = self.gated(i, j, f, o, c)
            if self._num_proj is not None:
                with tf.variable_scope("projection"):
                    m = clipped(linear(m, self._num_proj, False), self._proj_clip)
        return m, LSTMStateTuple(c, m)


class WeightNormLSTMCell(PeepholeKin):
    """An LSTMCell whose kernel's columns have a length of their own, a variable (Salimans and Kingma, 2016)."""

    def __init__(
        self, num_units, norm=True, use_peepholes=False, cell_clip=None, initializer=None, num_proj=None,
        proj_clip=None, forget_bias=1, activation=None, reuse=None,
    ):  # fmt: skip
        super().__init__(
            num_units, use_peepholes, cell_clip, initializer, num_proj, proj_clip, forget_bias, activation, reuse
        )
        self._norm = norm
        self._scope = "wn_lstm_cell"  # the layer's, and once more within it

    def call(self, inputs, state):
        c, h = state
        with tf.variable_scope("wn_lstm_cell", initializer=self._initializer):
            matrix = tf.matmul(tf.concat([inputs, h], 1), self._kernel([inputs, h], 4 * self._num_units))
            bias = tf.get_variable("bias", [4 * self._num_units], inputs.dtype, tf.zeros_initializer())
            i, j, f, o = tf.split(value=tf.nn.bias_add(matrix, bias), num_or_size_splits=4, axis=1)
            c, h = self.gated(i, j, f, o, c)
            if self._num_proj is not None:
                with tf.variable_scope("projection"):
                    h = clipped(tf.matmul(h, self._kernel([h], self._num_proj)), self._proj_clip)
        return h, LSTMStateTuple(c, h)

    def _kernel(self, args, size):
        """Returns the kernel of some inputs: each input's part is normed by itself."""
        sizes = [each.shape.as_list()[1] for each in args]
        kernel = tf.get_variable("kernel", [sum(sizes), size], args[0].dtype)
        if not self._norm:
            return kernel
        with tf.control_dependencies(None):
            normed = [
                tf.nn.l2_normalize(part, axis=0) * tf.get_variable(f"norm_{place}", [size], part.dtype)
                for place, part in enumerate(tf.split(kernel, sizes, 0))
            ]
            return tf.concat(normed, axis=0)


class GLSTMCell(LSTMKin):
    """An LSTM in groups: each reads its part of the inputs and of the state (Kuchaiev and Ginsburg, 2017)."""

    def __init__(
        self, num_units, initializer=None, num_proj=None, number_of_groups=1, forget_bias=1.0, activation=tf.tanh,
        reuse=None,
    ):  # fmt: skip
        super().__init__(num_units, num_proj, reuse=reuse)
        for name, count in (("num_units", num_units), ("num_proj", num_proj or 0)):
            if count % number_of_groups:
                raise ValueError(f"{name} must be divisible by number_of_groups")
        self._initializer, self._groups = initializer, number_of_groups
        self._forget_bias, self._activation = forget_bias, activation

    def call(self, inputs, state):
        c, m = state
        if inputs.shape.as_list()[1] % self._groups:
            raise ValueError(f"input size ({inputs.shape[1]}) must be divisible by number_of_groups ({self._groups})")
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._initializer):
            gates = []
            for group, parts in enumerate(zip(tf.split(inputs, self._groups, 1), tf.split(m, self._groups, 1))):
                with tf.variable_scope(f"group{group}"):
                    gates.append(tf.split(linear(parts, 4 * self._num_units // self._groups, False), 4, 1))
            biases = [
                tf.get_variable(f"bias_{gate}", [self._num_units], inputs.dtype, tf.zeros_initializer())
                for gate in "ijfo"
            ]
            i, j, f, o = (tf.nn.bias_add(tf.concat(of, 1), bias) for of, bias in zip(zip(*gates), biases))
        c = tf.sigmoid(f + self._forget_bias) * c + tf.sigmoid(i) * tf.tanh(j)
        m = tf.sigmoid(o) * self._activation(c)
        if self._num_proj is not None:
            with tf.variable_scope("projection"):
                m = linear(m, self._num_proj, False)
        return m, LSTMStateTuple(c, m)


class NASCell(LSTMKin):
    """The cell that a search over architectures found (Zoph and Le, 2016)."""

    def __init__(self, num_units, num_proj=None, use_bias=False, reuse=None, **kwargs):
        super().__init__(num_units, num_proj, reuse=reuse)
        self._use_bias = use_bias

    def call(self, inputs, state):
        c, m = state
        size = 8 * self._num_units
        recurrent_kernel = tf.get_variable("recurrent_kernel", [self.output_size, size], inputs.dtype)
        kernel = tf.get_variable("kernel", [inputs.shape.as_list()[1], size], inputs.dtype)
        of_m, of_inputs = tf.matmul(m, recurrent_kernel), tf.matmul(inputs, kernel)
        if self._use_bias:
            bias = tf.get_variable("bias", [size], inputs.dtype, tf.zeros_initializer())
            of_m = tf.nn.bias_add(of_m, bias)
        if self._num_proj is not None:
            projection = tf.get_variable("projection_weights", [self._num_units, self._num_proj], inputs.dtype)
        h, x = tf.split(of_m, 8, 1), tf.split(of_inputs, 8, 1)
        first = [
            tf.sigmoid(x[0] + h[0]), tf.nn.relu(x[1] + h[1]), tf.sigmoid(x[2] + h[2]), tf.nn.relu(x[3] * h[3]),
            tf.tanh(x[4] + h[4]), tf.sigmoid(x[5] + h[5]), tf.tanh(x[6] + h[6]), tf.sigmoid(x[7] + h[7]),
        ]  # fmt: skip
        c = tf.tanh(tf.tanh(first[0] * first[1]) + c) * tf.tanh(first[2] + first[3])
        m = tf.tanh(c * tf.tanh(tf.tanh(first[4] * first[5]) + tf.sigmoid(first[6] + first[7])))
        if self._num_proj is not None:
            m = tf.matmul(m, projection)
        return m, LSTMStateTuple(c, m)


class PhasedLSTMCell(LSTMKin):
    """An LSTM that is open a share `ratio_on` of a period, and else leaks (Neil et al., 2016).

    Its inputs are (time float [batch, 1], x [batch, size]).
    """

    def __init__(
        self, num_units, use_peepholes=False, leak=0.001, ratio_on=0.1, trainable_ratio_on=True, period_init_min=1.0,
        period_init_max=1000.0, reuse=None,
    ):  # fmt: skip
        super().__init__(num_units, reuse=reuse)
        self._autocast = False  # the time may be of 64 bits
        self._use_peepholes, self._leak, self._ratio_on = use_peepholes, leak, ratio_on
        self._trainable_ratio_on, self._periods = trainable_ratio_on, (period_init_min, period_init_max)

    def call(self, inputs, state):
        (time, x), (c, h) = inputs, state
        units, peephole = self._num_units, self._use_peepholes
        with tf.variable_scope("mask_gates"):
            gates = tf.sigmoid(linear([x, h, c] if peephole else [x, h], 2 * units, True))
            i, f = tf.split(axis=1, num_or_size_splits=2, value=gates)
        with tf.variable_scope("new_input"):
            new_c = c * f + i * tf.tanh(linear([x, h], units, True))
        with tf.variable_scope("output_gate"):
            new_h = tf.tanh(new_c) * tf.sigmoid(linear([x, h, new_c] if peephole else [x, h], units, True))

        def any_period(shape, dtype=tf.float32, partition_info=None):
            return tf.exp(tf.random_uniform(shape, *(tf.log(each) for each in self._periods), dtype))

        period = tf.get_variable("period", [units], initializer=any_period)
        phase = tf.get_variable("phase", [units], initializer=tf.random_uniform_initializer(0.0, period.initial_value))
        ratio_on = tf.get_variable(
            "ratio_on", [units], initializer=tf.constant_initializer(self._ratio_on), trainable=self._trainable_ratio_on
        )
        shifted, period = time - tf.cast(phase, time.dtype), tf.cast(period, time.dtype)
        share = tf.cast((tf.stop_gradient(tf.mod(shifted, period) - shifted) + shifted) / period, tf.float32)
        opening = 2 * share / ratio_on
        k = tf.where(share < ratio_on, 2 - opening, self._leak * share)
        k = tf.where(share < 0.5 * ratio_on, opening, k)
        new_c, new_h = k * new_c + (1 - k) * c, k * new_h + (1 - k) * h
        return new_h, LSTMStateTuple(new_c, new_h)
