"""cuDNN's weights: what lies in a buffer, canonical matrices, and the kernels of TensorFlow's cells.

Source: tensorflow/contrib/cudnn_rnn/python/ops/cudnn_rnn_ops.py, TensorFlow 1.15. The buffer's order is cuDNN's own;
Keras relies on it, too: tf_keras/src/layers/rnn/gru_lstm_utils.py, canonical_to_params.
"""

import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.python.training.saver import BaseSaverBuilder

from legacy.contrib.missing import Missing

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}


def shapes_of(mode, num_layers, num_units, input_size, ways):
    """Returns (shapes of the matrices, shapes of the biases) for each layer and direction."""
    gates, found = GATES[mode], []
    for layer in range(num_layers):
        size = ways * num_units if layer else input_size
        one = [[num_units, size]] * gates + [[num_units, num_units]] * gates, [[num_units]] * (2 * gates)
        found += [one] * ways
    return found


def to_opaque(weights, biases):
    """Returns a buffer of canonical weights and biases, in the order of `shapes_of`."""
    return tf.concat([tf.reshape(each, [-1]) for each in [*weights, *biases]], 0)


def from_opaque(params, shapes, ways):
    """Returns for each layer a list of (weights, biases), one for each direction."""
    in_order = [shape for weights, _ in shapes for shape in weights] + [
        shape for _, biases in shapes for shape in biases
    ]
    parts = tf.split(params, [int(np.prod(shape)) for shape in in_order])
    values = iter([tf.reshape(part, shape) for part, shape in zip(parts, in_order)])
    weights = [[next(values) for _ in shape] for shape, _ in shapes]
    biases = [[next(values) for _ in shape] for _, shape in shapes]
    both = list(zip(weights, biases))
    return [both[start : start + ways] for start in range(0, len(both), ways)]


class _Converter:
    """Between a buffer and the variables of the cells that do the same: one layer and direction after the other."""

    mode = None

    def __init__(
        self, num_layers, num_units, input_size, num_proj=None, input_mode="linear_input", direction="unidirectional"
    ):
        if num_proj:
            raise Missing("CudnnParamsFormatConverterLSTM with num_proj", "tf.nn.rnn_cell.LSTMCell")
        self._ways = 1 if direction == "unidirectional" else 2
        self._shapes = shapes_of(self.mode, num_layers, num_units, input_size, self._ways)

    def opaque_to_tf_canonical(self, opaque_param):
        """Returns (weights, biases) of the cells."""
        both = [both for layer in from_opaque(opaque_param, self._shapes, self._ways) for both in layer]
        return self._cu_canonical_to_tf_canonical(
            *([each for half in halves for each in half] for halves in zip(*both))
        )

    def tf_canonical_to_opaque(self, tf_canonicals, weights_proj=None):
        """Returns the buffer of the cells' weights and biases, one list."""
        return to_opaque(*self._tf_canonical_to_cu_canonical(tf_canonicals, weights_proj))

    def _cu_canonical_to_tf_canonical(self, cu_weights, cu_biases):
        weights, biases, of_weights, of_biases = [], [], iter(cu_weights), iter(cu_biases)
        for shapes, bias_shapes in self._shapes:
            weights += self.weights_of_cell(*(next(of_weights) for _ in shapes))
            biases += self.biases_of_cell(*(next(of_biases) for _ in bias_shapes))
        return weights, biases

    def _tf_canonical_to_cu_canonical(self, tf_canonicals, weights_proj=None):
        each = len(tf_canonicals) // 2 // len(self._shapes)  # variables of one cell
        weights, biases = [], []
        for place, (shapes, _) in enumerate(self._shapes):
            of_cell = tf_canonicals[place * each : (place + 1) * each]
            start = len(tf_canonicals) // 2 + place * each
            weights += self.weights_of_cudnn(shapes[0][1], *of_cell)
            biases += self.biases_of_cudnn(*tf_canonicals[start : start + each])
        return weights, biases


def halves(bias):
    """Returns a bias twice, each time half of it: cuDNN has one beside each matrix."""
    return bias * 0.5, bias * 0.5


class CudnnParamsFormatConverterLSTM(_Converter):
    """kernel, [inputs + units, 4 units] of the gates i, c, f, o, and bias."""

    mode = "lstm"
    order = (0, 2, 1, 3)  # of i, f, c, o among i, c, f, o, and the other way round

    def weights_of_cell(self, *canonical):
        gates = [tf.concat(pair, axis=1) for pair in zip(canonical[: len(self.order)], canonical[len(self.order) :])]
        return [tf.transpose(tf.concat([gates[gate] for gate in self.order], axis=0))]

    def biases_of_cell(self, *canonical):
        gates = [sum(pair) for pair in zip(canonical[: len(self.order)], canonical[len(self.order) :])]
        return [tf.concat([gates[gate] for gate in self.order], axis=0)]

    def weights_of_cudnn(self, inputs, kernel):
        gates = tf.split(tf.transpose(kernel), len(self.order), axis=0)
        parts = [
            tf.split(gates[gate], [inputs, gates[gate].shape.as_list()[1] - inputs], axis=1) for gate in self.order
        ]
        return [of_inputs for of_inputs, _ in parts] + [of_state for _, of_state in parts]

    def biases_of_cudnn(self, bias):
        gates = tf.split(bias, len(self.order), axis=0)
        parts = [halves(gates[gate]) for gate in self.order]
        return [first for first, _ in parts] + [second for _, second in parts]


class CudnnParamsFormatConverterTanh(CudnnParamsFormatConverterLSTM):
    """kernel and bias of a BasicRNNCell."""

    mode, order = "rnn_tanh", (0,)


class CudnnParamsFormatConverterRelu(CudnnParamsFormatConverterTanh):
    """The same with ReLU."""

    mode = "rnn_relu"


class CudnnParamsFormatConverterGRU(_Converter):
    """The kernels and biases of the gates r, u, of the candidate's input and of its state."""

    mode = "gru"

    def weights_of_cell(self, w_r, w_u, w_c, r_r, r_u, r_c):
        gates = tf.concat([tf.concat([w_r, r_r], axis=1), tf.concat([w_u, r_u], axis=1)], axis=0)
        return [tf.transpose(gates), tf.transpose(w_c), tf.transpose(r_c)]

    def biases_of_cell(self, w_r, w_u, w_c, r_r, r_u, r_c):
        return [tf.concat([w_r, w_u], axis=0) + tf.concat([r_r, r_u], axis=0), w_c, r_c]

    def weights_of_cudnn(self, inputs, gates, of_input, of_state):
        r, u = tf.split(tf.transpose(gates), 2, axis=0)
        sizes = [inputs, r.shape.as_list()[1] - inputs]
        (w_r, r_r), (w_u, r_u) = tf.split(r, sizes, axis=1), tf.split(u, sizes, axis=1)
        return [w_r, w_u, tf.transpose(of_input), r_r, r_u, tf.transpose(of_state)]

    def biases_of_cudnn(self, gates, of_input, of_state):
        r, u = tf.split(halves(gates)[0], 2, axis=0)
        return [r, u, of_input, r, u, of_state]


# --- saving them, as variables of the cells that do the same ---


class _Saveable(BaseSaverBuilder.SaveableObject):
    """A buffer, saved and restored as the variables of the cells that do the same, one cell a layer and direction."""

    converter_class, cell_name = CudnnParamsFormatConverterLSTM, "cudnn_compatible_lstm_cell"
    names = ("",)  # of a cell's kernels and biases, before their last part

    def __init__(
        self, opaque_params, num_layers, num_units, input_size, input_mode="linear_input", direction="unidirectional",
        scope=None, name="cudnn_rnn_saveable",
    ):  # fmt: skip
        self._params = opaque_params
        self.format_converter = self.converter_class(
            num_layers, num_units, input_size, input_mode=input_mode, direction=direction
        )
        weights, biases = self.format_converter.opaque_to_tf_canonical(opaque_params)
        scope = getattr(scope, "name", scope)
        prefix = f"{scope}/" if scope else ""
        cells = []
        for layer in range(num_layers):
            if direction == "unidirectional":
                cells.append(f"{prefix}rnn/multi_rnn_cell/cell_{layer}/{self.cell_name}")
            else:
                above = f"{prefix}stack_bidirectional_rnn/cell_{layer}/bidirectional_rnn"
                cells += [f"{above}/{way}/{self.cell_name}" for way in ("fw", "bw")]
        names = [f"{cell}{name}/{last}" for last in ("kernel", "bias") for cell in cells for name in self.names]
        specs = [BaseSaverBuilder.SaveSpec(each, "", name) for each, name in zip(weights + biases, names)]
        super().__init__(tf.identity(opaque_params), specs, name)

    def restore(self, restored_tensors, restored_shapes):
        """Returns an operation that puts the cells' variables into the buffer."""
        shaped = [tf.reshape(each, spec.tensor.shape) for each, spec in zip(restored_tensors, self.specs)]
        params = self.format_converter.tf_canonical_to_opaque(shaped)
        return tf.assign(self._params, params, validate_shape=False)


class CudnnLSTMSaveable(_Saveable):
    """That of CudnnLSTM."""


class CudnnGRUSaveable(_Saveable):
    """That of CudnnGRU."""

    converter_class, cell_name = CudnnParamsFormatConverterGRU, "cudnn_compatible_gru_cell"
    names = ("/gates", "/candidate/input_projection", "/candidate/hidden_projection")


class CudnnRNNTanhSaveable(_Saveable):
    """That of CudnnRNNTanh."""

    converter_class, cell_name = CudnnParamsFormatConverterTanh, "basic_rnn_cell"


class CudnnRNNReluSaveable(_Saveable):
    """That of CudnnRNNRelu."""

    converter_class, cell_name = CudnnParamsFormatConverterRelu, "basic_rnn_cell"
