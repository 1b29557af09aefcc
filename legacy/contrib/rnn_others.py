"""`tf.contrib.rnn`: cells that are no LSTM with a matrix: one gate, independent units, convolutions.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf

from legacy.contrib.rnn import LSTMStateTuple, RNNCell, linear

__all__ = [
    "CFNCell",
    "Conv1DLSTMCell",
    "Conv2DLSTMCell",
    "Conv3DLSTMCell",
    "ConvLSTMCell",
    "IndRNNCell",
    "IndyGRUCell",
    "IndyLSTMCell",
    "IntersectionRNNCell",
    "MinimalRNNCell",
    "SRUCell",
    "UGRNNCell",
]


class OneState(RNNCell):
    """A cell with the state and output [batch, num_units]."""

    def __init__(self, num_units, reuse=None, name=None, dtype=None):
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self._num_units = num_units

    @property
    def state_size(self):
        return self._num_units

    @property
    def output_size(self):
        return self._num_units


def independent(name, size, dtype):
    """Returns what units of their own multiply their state with: a variable [1, size], from -1 to 1."""
    return tf.get_variable(name, [1, size], dtype, tf.random_uniform_initializer(-1, 1, dtype=dtype))


class UGRNNCell(OneState):
    """One gate that keeps the state or takes what is new (Collins et al., 2017)."""

    def __init__(self, num_units, initializer=None, forget_bias=1.0, activation=tf.tanh, reuse=None):
        super().__init__(num_units, reuse)
        self._initializer, self._forget_bias, self._activation = initializer, forget_bias, activation

    def call(self, inputs, state):
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._initializer):
            matrix = linear(tf.concat([inputs, state], 1), 2 * self._num_units, True)
        g, c = tf.split(axis=1, num_or_size_splits=2, value=matrix)
        c, g = self._activation(c), tf.sigmoid(g + self._forget_bias)
        state = g * state + (1.0 - g) * c
        return state, state


class IntersectionRNNCell(OneState):
    """A gate in time and one in depth: the input goes on as the state does (Collins et al., 2017)."""

    def __init__(
        self, num_units, num_in_proj=None, initializer=None, forget_bias=1.0, y_activation=tf.nn.relu, reuse=None
    ):
        super().__init__(num_units, reuse)
        self._num_in_proj, self._initializer = num_in_proj, initializer
        self._forget_bias, self._y_activation = forget_bias, y_activation

    def call(self, inputs, state):
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._initializer):
            if inputs.shape.as_list()[1] != self._num_units:
                if not self._num_in_proj:
                    raise ValueError(
                        "Must have input size == output size for Intersection RNN. "
                        "To fix, num_in_proj should be set to num_units at cell init."
                    )
                with tf.variable_scope("in_projection"):
                    inputs = linear(inputs, self._num_units, True)
            matrix = linear(tf.concat([inputs, state], 1), 4 * self._num_units, True)
        gh, h, gy, y = tf.split(matrix, 4, 1)
        h, y = tf.tanh(h), self._y_activation(y)
        gh, gy = tf.sigmoid(gh + self._forget_bias), tf.sigmoid(gy + self._forget_bias)
        return gy * inputs + (1.0 - gy) * y, gh * state + (1.0 - gh) * h


class SRUCell(OneState):
    """A cell whose gates read the input alone (Lei et al., 2017)."""

    def __init__(self, num_units, activation=None, reuse=None, name=None, **kwargs):
        super().__init__(num_units, reuse, name, **kwargs)
        self._activation = activation or tf.tanh

    def call(self, inputs, state):
        kernel = tf.get_variable("kernel", [inputs.shape.as_list()[1], 4 * self._num_units], inputs.dtype)
        bias = tf.get_variable("bias", [2 * self._num_units], inputs.dtype, tf.zeros_initializer())
        x, f, r, direct = tf.split(value=tf.matmul(inputs, kernel), num_or_size_splits=4, axis=1)
        f, r = tf.split(tf.sigmoid(tf.nn.bias_add(tf.concat([f, r], 1), bias)), 2, 1)
        c = f * state + (1.0 - f) * x
        return r * self._activation(c) + (1.0 - r) * direct, c


class IndRNNCell(OneState):
    """A BasicRNNCell whose units see of the state only their own (Li et al., 2018)."""

    def __init__(self, num_units, activation=None, reuse=None, name=None, dtype=None):
        super().__init__(num_units, reuse, name, dtype)
        self._activation = activation or tf.tanh

    def call(self, inputs, state):
        kernel = tf.get_variable("kernel_w", [inputs.shape.as_list()[1], self._num_units], inputs.dtype)
        own = independent("kernel_u", self._num_units, inputs.dtype)
        bias = tf.get_variable("bias", [self._num_units], inputs.dtype, tf.zeros_initializer())
        output = self._activation(tf.nn.bias_add(tf.matmul(inputs, kernel) + state * own, bias))
        return output, output


class IndyGRUCell(OneState):
    """A GRU whose units see of the state only their own (Gonnet and Deselaers, 2019)."""

    def __init__(
        self, num_units, activation=None, reuse=None, kernel_initializer=None, bias_initializer=None, name=None,
        dtype=None,
    ):  # fmt: skip
        super().__init__(num_units, reuse, name, dtype)
        self._activation = activation or tf.tanh
        self._kernel_initializer, self._bias_initializer = kernel_initializer, bias_initializer

    def _matrix(self, scope, name, inputs, state, gates, first_bias):
        """Returns inputs times a kernel, plus the state times the units' own, plus a bias: [batch, gates * units]."""
        size, dtype = gates * self._num_units, inputs.dtype
        with tf.variable_scope(scope):
            kernel = tf.get_variable(name, [inputs.shape.as_list()[1], size], dtype, self._kernel_initializer)
            own = independent("kernel_u", size, dtype)
            bias = tf.get_variable("bias", [size], dtype, self._bias_initializer or first_bias)
        return tf.nn.bias_add(tf.matmul(inputs, kernel) + tf.tile(state, [1, gates]) * own, bias)

    def call(self, inputs, state):
        gates = self._matrix("gates", "kernel_w", inputs, state, 2, tf.ones_initializer())
        r, u = tf.split(value=tf.sigmoid(gates), num_or_size_splits=2, axis=1)
        c = self._activation(self._matrix("candidate", "kernel", inputs, r * state, 1, tf.zeros_initializer()))
        state = u * state + (1 - u) * c
        return state, state


class IndyLSTMCell(OneState):
    """An LSTM whose units see of the state only their own (Gonnet and Deselaers, 2019)."""

    def __init__(
        self, num_units, forget_bias=1.0, activation=None, reuse=None, kernel_initializer=None, bias_initializer=None,
        name=None, dtype=None,
    ):  # fmt: skip
        super().__init__(num_units, reuse, name, dtype)
        self._forget_bias, self._activation = forget_bias, activation or tf.tanh
        self._kernel_initializer, self._bias_initializer = kernel_initializer, bias_initializer

    @property
    def state_size(self):
        return LSTMStateTuple(self._num_units, self._num_units)

    def call(self, inputs, state):
        c, h = state
        size, dtype = 4 * self._num_units, inputs.dtype
        kernel = tf.get_variable("kernel_w", [inputs.shape.as_list()[1], size], dtype, self._kernel_initializer)
        own = independent("kernel_u", size, dtype)
        bias = tf.get_variable("bias", [size], dtype, self._bias_initializer or tf.zeros_initializer())
        matrix = tf.nn.bias_add(tf.matmul(inputs, kernel) + tf.tile(h, [1, 4]) * own, bias)
        i, j, f, o = tf.split(value=matrix, num_or_size_splits=4, axis=1)
        c = c * tf.sigmoid(f + self._forget_bias) + tf.sigmoid(i) * self._activation(j)
        h = self._activation(c) * tf.sigmoid(o)
        return h, LSTMStateTuple(c, h)


class ByKeras(OneState):
    """A cell that takes Keras' names of activations and initializers."""

    def __init__(
        self, units, activation="tanh", kernel_initializer="glorot_uniform", bias_initializer="ones", name=None,
        dtype=None, **kwargs,
    ):  # fmt: skip
        super().__init__(units, name=name, dtype=dtype)
        self._activation = tf.keras.activations.get(activation)
        self._kernel_initializer = tf.keras.initializers.get(kernel_initializer)
        self._bias_initializer = tf.keras.initializers.get(bias_initializer)


class MinimalRNNCell(ByKeras):
    """The input is mapped by itself, and one gate takes it in (Chen, 2017)."""

    def call(self, inputs, state):
        size, units = inputs.shape.as_list()[1], self._num_units
        kernel = tf.get_variable("kernel", [size + 2 * units, units], inputs.dtype, self._kernel_initializer)
        bias = tf.get_variable("bias", [units], inputs.dtype, self._bias_initializer)
        of_inputs, of_gate = tf.split(value=kernel, num_or_size_splits=[size, 2 * units], axis=0)
        new = self._activation(tf.matmul(inputs, of_inputs))
        u = tf.sigmoid(tf.nn.bias_add(tf.matmul(tf.concat([new, state], 1), of_gate), bias))
        state = u * state + (1 - u) * new
        return state, state


class CFNCell(ByKeras):
    """A cell without chaos: left alone, its state goes to 0 (Laurent and von Brecht, 2016)."""

    def call(self, inputs, state):
        size, units = inputs.shape.as_list()[1], self._num_units
        kernel = tf.get_variable("kernel", [size, 3 * units], inputs.dtype, self._kernel_initializer)
        recurrent = tf.get_variable("recurrent_kernel", [units, 2 * units], inputs.dtype, self._kernel_initializer)
        bias = tf.get_variable("bias", [2 * units], inputs.dtype, self._bias_initializer)
        of_gates, of_inputs = tf.split(value=kernel, num_or_size_splits=[2 * units, units], axis=1)
        gates = tf.nn.bias_add(tf.matmul(state, recurrent) + tf.matmul(inputs, of_gates), bias)
        theta, eta = tf.split(value=tf.sigmoid(gates), num_or_size_splits=2, axis=1)
        state = theta * self._activation(state) + (1 - eta) * self._activation(tf.matmul(inputs, of_inputs))
        return state, state


class ConvLSTMCell(RNNCell):
    """An LSTM over pictures: its matrices are convolutions (Shi et al., 2015).

    input_shape: of one example, with its channels; the state has `output_channels` instead.
    skip_connection: the outputs end with the inputs' channels.
    """

    def __init__(
        self, conv_ndims, input_shape, output_channels, kernel_shape, use_bias=True, skip_connection=False,
        forget_bias=1.0, initializers=None, name="conv_lstm_cell",
    ):  # fmt: skip
        super().__init__(name=name)
        if conv_ndims != len(input_shape) - 1:
            raise ValueError(f"Invalid input_shape {input_shape} for conv_ndims={conv_ndims}.")
        self._ndims, self._input_shape, self._channels = conv_ndims, list(input_shape), output_channels
        self._kernel_shape, self._use_bias = list(kernel_shape), use_bias
        self._skip_connection, self._forget_bias = skip_connection, forget_bias

    @property
    def output_size(self):
        more = self._input_shape[-1] if self._skip_connection else 0
        return tf.TensorShape([*self._input_shape[:-1], self._channels + more])

    @property
    def state_size(self):
        size = tf.TensorShape([*self._input_shape[:-1], self._channels])
        return LSTMStateTuple(size, size)

    def call(self, inputs, state, scope=None):
        cell, hidden = state
        joined = tf.concat([inputs, hidden], axis=self._ndims + 1)
        shape = [*self._kernel_shape, joined.shape.as_list()[-1], 4 * self._channels]
        kernel = tf.get_variable("kernel", shape, inputs.dtype)
        convolve = {1: tf.nn.conv1d, 2: tf.nn.conv2d, 3: tf.nn.conv3d}[self._ndims]
        gates = convolve(joined, kernel, 1 if self._ndims == 1 else [1] * (self._ndims + 2), padding="SAME")
        if self._use_bias:
            gates += tf.get_variable("biases", [4 * self._channels], inputs.dtype, tf.zeros_initializer())
        i, j, f, o = tf.split(value=gates, num_or_size_splits=4, axis=self._ndims + 1)
        cell = tf.sigmoid(f + self._forget_bias) * cell + tf.sigmoid(i) * tf.tanh(j)
        output = tf.tanh(cell) * tf.sigmoid(o)
        if self._skip_connection:
            output = tf.concat([output, inputs], axis=-1)
        return output, LSTMStateTuple(cell, output)


class Conv1DLSTMCell(ConvLSTMCell):
    """The same over a line: input_shape (steps, channels)."""

    def __init__(self, name="conv_1d_lstm_cell", **kwargs):
        super().__init__(conv_ndims=1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
    """The same over a picture: input_shape (height, width, channels)."""

    def __init__(self, name="conv_2d_lstm_cell", **kwargs):
        super().__init__(conv_ndims=2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
    """The same over a body: input_shape (depth, height, width, channels)."""

    def __init__(self, name="conv_3d_lstm_cell", **kwargs):
        super().__init__(conv_ndims=3, name=name, **kwargs)
