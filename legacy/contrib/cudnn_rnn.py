"""`tf.contrib.cudnn_rnn` without a GPU: layers whose parameters lie in one buffer, as cuDNN laid them out.

A buffer has, one after the other, the matrices of every layer and direction, then all their biases: for each layer and
direction a matrix [num_units, inputs] for each gate, then [num_units, num_units] for each; the biases likewise twice.
These are the canonical weights. The gates' order is i, f, c, o of an LSTM, and reset, update, candidate of a GRU.

Source: tensorflow/contrib/cudnn_rnn/python/{layers/cudnn_rnn,ops/cudnn_rnn_ops}.py, TensorFlow 1.15.
"""

import numpy as np
import tensorflow.compat.v1 as tf

from legacy.contrib.cudnn_weights import (
    GATES,
    CudnnGRUSaveable,
    CudnnLSTMSaveable,
    CudnnParamsFormatConverterGRU,
    CudnnParamsFormatConverterLSTM,
    CudnnParamsFormatConverterRelu,
    CudnnParamsFormatConverterTanh,
    CudnnRNNReluSaveable,
    CudnnRNNTanhSaveable,
    from_opaque,
    shapes_of,
    to_opaque,
)
from legacy.contrib.missing import Missing
from legacy.contrib.rnn import GRUCell, RNNCell
from legacy.contrib.rnn_blocks import LSTMBlockCell

__all__ = [
    "CudnnCompatibleGRUCell",
    "CudnnCompatibleLSTMCell",
    "CudnnGRU",
    "CudnnGRUSaveable",
    "CudnnLSTM",
    "CudnnLSTMSaveable",
    "CudnnParamsFormatConverterGRU",
    "CudnnParamsFormatConverterLSTM",
    "CudnnParamsFormatConverterRelu",
    "CudnnParamsFormatConverterTanh",
    "CudnnRNNRelu",
    "CudnnRNNReluSaveable",
    "CudnnRNNTanh",
    "CudnnRNNTanhSaveable",
]


class CudnnCompatibleLSTMCell(LSTMBlockCell):
    """The cell of CudnnLSTM by itself: an LSTM without a forget bias."""

    def __init__(self, num_units, reuse=None):
        super().__init__(num_units, forget_bias=0, reuse=reuse, name="cudnn_compatible_lstm_cell")


class CudnnCompatibleGRUCell(GRUCell):
    """The cell of CudnnGRU by itself: a GRU that resets what the state's matrix gave, not the state."""

    def __init__(self, num_units, reuse=None, kernel_initializer=None):
        super().__init__(num_units, reuse=reuse, kernel_initializer=kernel_initializer)

    def build(self, inputs_shape):
        units, size = self._num_units, tf.TensorShape(inputs_shape).as_list()[-1]

        def weights(name, rows, columns, bias_initializer):
            kernel = self.add_weight(f"{name}/kernel", shape=[rows, columns], initializer=self._kernel_initializer)
            return kernel, lambda: self.add_weight(
                f"{name}/bias", shape=[columns], initializer=self._bias_initializer or bias_initializer
            )

        zeros = tf.zeros_initializer()
        kernel, bias = weights("gates", size + units, 2 * units, tf.ones_initializer())
        self._gates = kernel, bias()
        of_input = weights("candidate/input_projection", size, units, zeros)
        of_state = weights("candidate/hidden_projection", units, units, zeros)
        self._of_input, self._of_state = ((kernel, bias()) for kernel, bias in (of_input, of_state))
        self.built = True

    def call(self, inputs, state):
        def linear(values, weights):
            return tf.nn.bias_add(tf.matmul(values, weights[0]), weights[1])

        r_u = tf.sigmoid(linear(tf.concat([inputs, state], 1), self._gates))
        r, u = tf.split(value=r_u, num_or_size_splits=2, axis=1)
        candidate = linear(inputs, self._of_input) + r * linear(state, self._of_state)
        state = (1 - u) * self._activation(candidate) + u * state
        return state, state


# --- running them ---


class _Step(RNNCell):
    """A step of one layer and direction, of the canonical weights."""

    def __init__(self, mode, weights, biases):
        super().__init__()
        self._mode, self._weights, self._biases = mode, weights, biases
        self._num_units = weights[-1].shape.as_list()[0]

    @property
    def state_size(self):
        return (self._num_units, self._num_units) if self._mode == "lstm" else self._num_units

    @property
    def output_size(self):
        return self._num_units

    def __call__(self, inputs, state, scope=None):
        gates = GATES[self._mode]
        h, c = state if self._mode == "lstm" else (state, None)
        of_inputs, of_state = (
            tf.nn.bias_add(
                tf.matmul(value, tf.concat(self._weights[half], 0), transpose_b=True), tf.concat(self._biases[half], 0)
            )
            for value, half in ((inputs, slice(gates)), (h, slice(gates, None)))
        )
        if self._mode == "gru":
            (r, u, new), (r_h, u_h, new_h) = (tf.split(each, 3, 1) for each in (of_inputs, of_state))
            r, u = tf.sigmoid(r + r_h), tf.sigmoid(u + u_h)
            h = (1 - u) * tf.tanh(new + r * new_h) + u * h
            return h, h
        if self._mode == "lstm":
            i, f, j, o = tf.split(of_inputs + of_state, 4, 1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(j)
            h = tf.sigmoid(o) * tf.tanh(c)
            return h, (h, c)
        h = (tf.tanh if self._mode == "rnn_tanh" else tf.nn.relu)(of_inputs + of_state)
        return h, h


def run(mode, layers, inputs, states, lengths=None, dropout=0.0, seed=None, training=True):
    """Returns (outputs [time, batch, directions * units], states) of inputs [time, batch, size].

    layers: for each a list of (weights, biases), canonical, one or two directions. states: h, or h and c, each [layers
    * directions, batch, units].
    """
    last = []
    for place, directions in enumerate(layers):
        outputs = []
        for way, (weights, biases) in enumerate(directions):
            first = tuple(each[place * len(directions) + way] for each in states)

            def turned(values, way=way):
                if not way:
                    return values
                return tf.reverse(values, [0]) if lengths is None else tf.reverse_sequence(values, lengths, 0, 1)

            output, state = tf.nn.dynamic_rnn(
                _Step(mode, weights, biases), turned(inputs), lengths, first if mode == "lstm" else first[0],
                time_major=True,
            )  # fmt: skip
            outputs.append(turned(output))
            last.append(state if mode == "lstm" else (state,))
        inputs = tf.concat(outputs, 2)
        if dropout and place + 1 < len(layers):
            inputs = tf.layers.dropout(inputs, dropout, seed=seed, training=training)
    return inputs, tuple(tf.stack(each) for each in zip(*last))


class _CudnnRNN(tf.layers.Layer):
    """Layers of one kind, one upon the other, whose weights are one variable, `opaque_kernel`.

    direction: unidirectional or bidirectional. dropout: the share of a layer's outputs that the next does not see.
    Until 1.3 the third argument was input_size: `OfParameters`.
    """

    mode = saveable_class = None

    def __new__(cls, num_layers, num_units, input_mode="linear_input", *args, **kwargs):
        if "input_size" in kwargs or isinstance(input_mode, int):
            sizes = () if "input_size" in kwargs else (input_mode,)
            return OfParameters(cls.mode, num_layers, num_units, *sizes, *args, **kwargs)
        return super().__new__(cls)

    def __init__(
        self, num_layers, num_units, input_mode="linear_input", direction="unidirectional", dropout=0.0, seed=None,
        dtype=tf.float32, kernel_initializer=None, bias_initializer=None, name=None,
    ):  # fmt: skip
        super().__init__(dtype=dtype, name=name)
        check(direction, input_mode)
        self.num_layers, self.num_units, self.input_mode, self.direction = num_layers, num_units, input_mode, direction
        self._dropout, self._seed, self._first = dropout, seed, (kernel_initializer, bias_initializer)
        self.input_size = self.saveable = None

    @property
    def rnn_mode(self):
        return self.mode

    @property
    def num_dirs(self):
        return 1 if self.direction == "unidirectional" else 2

    @property
    def canonical_weight_shapes(self):
        return [shape for weights, _ in self._shapes() for shape in weights]

    @property
    def canonical_bias_shapes(self):
        return [shape for _, biases in self._shapes() for shape in biases]

    def _shapes(self):
        return shapes_of(self.mode, self.num_layers, self.num_units, self.input_size, self.num_dirs)

    def build(self, input_shape):
        """Makes the variable, for inputs [time, batch, size]."""
        if self.built:
            return
        self.input_size = tf.TensorShape(input_shape).as_list()[-1]
        check(self.direction, self.input_mode, self.input_size == self.num_units)
        self._set_scope(None)
        outside = tf.get_variable_scope()
        with tf.variable_scope(self._scope, auxiliary_name_scope=False):
            kernel = self._first[0] or tf.glorot_uniform_initializer(self._seed, self.dtype)
            bias = self._first[1] or tf.constant_initializer(0.0, self.dtype)
            weights = [kernel(shape, dtype=self.dtype) for shape in self.canonical_weight_shapes]
            biases = [bias(shape, dtype=self.dtype) for shape in self.canonical_bias_shapes]
            self.kernel = tf.get_variable("opaque_kernel", initializer=to_opaque(weights, biases), dtype=self.dtype)
        if not outside.reuse:
            self.saveable = self.saveable_class(
                self.kernel, self.num_layers, self.num_units, self.input_size, self.input_mode, self.direction,
                outside, f"{self.kernel.op.name}_saveable",
            )  # fmt: skip
            tf.add_to_collection(tf.GraphKeys.SAVEABLE_OBJECTS, self.saveable)
        self.built = True

    def call(self, inputs, initial_state=None, sequence_lengths=None, time_major=True, training=True):
        """Returns (outputs, (h, c)), or (outputs, (h,)) if it is no LSTM; h and c [layers * directions, batch, units]."""
        if initial_state is not None and not isinstance(initial_state, tuple):
            raise TypeError(f"Invalid initial_state type: {initial_state}, expecting tuple.")
        inputs = tf.convert_to_tensor(inputs, self.dtype)
        inputs = inputs if time_major else tf.transpose(inputs, [1, 0, 2])
        if initial_state is None:
            initial_state = [tf.zeros(shape, self.dtype) for shape in self.state_shape(tf.shape(inputs)[1])]
        layers = from_opaque(self.kernel, self._shapes(), self.num_dirs)
        outputs, states = run(
            self.mode, layers, inputs, initial_state, sequence_lengths, self._dropout, self._seed, training
        )
        return outputs if time_major else tf.transpose(outputs, [1, 0, 2]), states

    def state_shape(self, batch_size):
        shape = [self.num_layers * self.num_dirs, batch_size, self.num_units]
        return (shape, shape) if self.mode == "lstm" else (shape,)


def check(direction, input_mode, as_many=False):
    """Raises ValueError or Missing if layers of that kind cannot be."""
    if direction not in ("unidirectional", "bidirectional"):
        raise ValueError(f"Invalid direction: {direction}, expecting unidirectional or bidirectional")
    if input_mode not in ("linear_input", "skip_input", "auto_select"):
        raise ValueError(f"Invalid input_mode: {input_mode}, expect one of (linear_input, skip_input, auto_select)")
    if input_mode == "skip_input" or (input_mode == "auto_select" and as_many):
        raise Missing("tf.contrib.cudnn_rnn with skip_input", "input_mode='linear_input'")


class OfParameters:
    """The layers of until 1.3, without a variable of their own: a script makes one of `params_size()` and gives it."""

    def __init__(
        self, mode, num_layers, num_units, input_size, input_mode="linear_input", direction="unidirectional",
        dtype=tf.float32, dropout=0.0, seed=0,
    ):  # fmt: skip
        check(direction, input_mode, input_size == num_units)
        self.rnn_mode, self.num_layers, self.num_units, self.input_size = mode, num_layers, num_units, input_size
        self.direction, self.input_mode, self._dropout, self._seed = direction, input_mode, dropout, seed
        self._ways = 1 if direction == "unidirectional" else 2
        self._shapes = shapes_of(mode, num_layers, num_units, input_size, self._ways)

    def params_size(self):
        """Returns how many numbers the parameters are, an int32 tensor."""
        return tf.constant(sum(int(np.prod(shape)) for both in self._shapes for half in both for shape in half))

    def __call__(self, input_data, input_h, *rest, **kwargs):
        """Returns (outputs, h, c) of (inputs, h, c, params) for an LSTM, else (outputs, h) of (inputs, h, params)."""
        names = ["input_c", "params", "is_training"] if self.rnn_mode == "lstm" else ["params", "is_training"]
        given = {"is_training": True, **dict(zip(names, rest)), **kwargs}
        states = [input_h, given["input_c"]] if self.rnn_mode == "lstm" else [input_h]
        layers = from_opaque(given["params"], self._shapes, self._ways)
        outputs, states = run(
            self.rnn_mode, layers, input_data, states, None, self._dropout, self._seed, given["is_training"]
        )
        return outputs, *states

    def params_to_canonical(self, params):
        """Returns (weights, biases), two lists."""
        both = [both for layer in from_opaque(params, self._shapes, self._ways) for both in layer]
        return [each for weights, _ in both for each in weights], [each for _, biases in both for each in biases]

    def canonical_to_params(self, weights, biases):
        return to_opaque(weights, biases)


# --- layers ---


class CudnnLSTM(_CudnnRNN):
    """LSTMs; their state is (h, c)."""

    mode, saveable_class = "lstm", CudnnLSTMSaveable


class CudnnGRU(_CudnnRNN):
    """GRUs as cuDNN has them: CudnnCompatibleGRUCell."""

    mode, saveable_class = "gru", CudnnGRUSaveable


class CudnnRNNTanh(_CudnnRNN):
    """BasicRNNCells."""

    mode, saveable_class = "rnn_tanh", CudnnRNNTanhSaveable


class CudnnRNNRelu(_CudnnRNN):
    """BasicRNNCells with ReLU."""

    mode, saveable_class = "rnn_relu", CudnnRNNReluSaveable
