"""Records what of `tf.contrib.cudnn_rnn` a CPU can do: the cells that are compatible with cuDNN, in layers and in both
directions, and cuDNN's canonical weights of them and back."""

from __future__ import division, print_function

import tensorflow as tf
from pieces import given, main, piece, steps

BATCH, INPUTS, UNITS, TIME = 2, 3, 4, 5
cudnn_rnn = tf.contrib.cudnn_rnn


def sequence():
    return given(TIME, BATCH, INPUTS)


def layers(cell, count=2):
    cells = tf.nn.rnn_cell.MultiRNNCell([cell() for _ in range(count)])
    return tf.nn.dynamic_rnn(cells, sequence(), dtype=tf.float32, time_major=True)


def both_ways(cell, count=2):
    forth, back = [cell() for _ in range(count)], [cell() for _ in range(count)]
    return tf.contrib.rnn.stack_bidirectional_dynamic_rnn(forth, back, sequence(), dtype=tf.float32, time_major=True)


@piece("cudnn_rnn.CudnnCompatibleLSTMCell")
def lstm_layers():
    return layers(lambda: cudnn_rnn.CudnnCompatibleLSTMCell(UNITS))


@piece("cudnn_rnn.CudnnCompatibleLSTMCell")
def lstm_both_ways():
    return both_ways(lambda: cudnn_rnn.CudnnCompatibleLSTMCell(UNITS))


@piece("cudnn_rnn.CudnnCompatibleGRUCell")
def gru_layers():
    return layers(lambda: cudnn_rnn.CudnnCompatibleGRUCell(UNITS))


@piece("cudnn_rnn.CudnnCompatibleGRUCell")
def gru_both_ways():
    return both_ways(lambda: cudnn_rnn.CudnnCompatibleGRUCell(UNITS))


@piece("cudnn_rnn.CudnnCompatibleGRUCell")
def gru_begins_with():
    outputs, _ = layers(lambda: cudnn_rnn.CudnnCompatibleGRUCell(UNITS))

    def initial(session):
        session.run(tf.global_variables_initializer())
        return session.run([each for each in tf.trainable_variables() if "bias" in each.op.name])

    return initial


def converted(kind, shapes, bidirectional=False):
    """cuDNN's weights of a cell's, layer upon layer, and back. `shapes`: of one cell's, by its inputs."""
    converter = getattr(cudnn_rnn, "CudnnParamsFormatConverter" + kind)(
        2, UNITS, INPUTS, direction="bidirectional" if bidirectional else "unidirectional"
    )
    ways = 2 if bidirectional else 1
    cells = [shapes(INPUTS)] * ways + [shapes(UNITS * ways)] * ways
    weights = [given(*shape) for kernels, _ in cells for shape in kernels]
    biases = [given(*shape) for _, of_biases in cells for shape in of_biases]
    canonical = converter._tf_canonical_to_cu_canonical(weights + biases, None)
    back = converter._cu_canonical_to_tf_canonical(*canonical)
    return canonical, back


def of_lstm(inputs):
    return [(inputs + UNITS, 4 * UNITS)], [(4 * UNITS,)]


def of_gru(inputs):
    return [(inputs + UNITS, 2 * UNITS), (inputs, UNITS), (UNITS, UNITS)], [(2 * UNITS,), (UNITS,), (UNITS,)]


def of_basic(inputs):
    return [(inputs + UNITS, UNITS)], [(UNITS,)]


@piece("cudnn_rnn.CudnnParamsFormatConverterLSTM")
def converter_lstm():
    return converted("LSTM", of_lstm)


@piece("cudnn_rnn.CudnnParamsFormatConverterLSTM")
def converter_lstm_both_ways():
    return converted("LSTM", of_lstm, True)


@piece("cudnn_rnn.CudnnParamsFormatConverterGRU")
def converter_gru():
    return converted("GRU", of_gru)


@piece("cudnn_rnn.CudnnParamsFormatConverterGRU")
def converter_gru_both_ways():
    return converted("GRU", of_gru, True)


@piece("cudnn_rnn.CudnnParamsFormatConverterTanh")
def converter_tanh():
    return converted("Tanh", of_basic, True)


@piece("cudnn_rnn.CudnnParamsFormatConverterRelu")
def converter_relu():
    return converted("Relu", of_basic)


@piece("cudnn_rnn.CudnnCompatibleLSTMCell")
def lstm_cell():
    return tf.nn.static_rnn(cudnn_rnn.CudnnCompatibleLSTMCell(UNITS), steps(3, BATCH, INPUTS), dtype=tf.float32)


def said(kind, direction, build_first=False):
    """What a layer calls its variable and what it saves, and the shapes that it works with: its graph has no kernel on a
    CPU, but can be built."""
    with tf.Graph().as_default(), tf.variable_scope("outer"):
        layer = getattr(cudnn_rnn, "Cudnn" + kind)(2, UNITS, direction=direction)
        if build_first:
            layer.build([TIME, BATCH, INPUTS])
        _, states = layer(tf.zeros([TIME, BATCH, INPUTS]))
        [saveable] = tf.get_collection(tf.GraphKeys.SAVEABLE_OBJECTS)
        found = {
            "names": [each.op.name for each in tf.trainable_variables()] + [each.name for each in saveable.specs],
            "saveable": [saveable.name],
            "weights": layer.canonical_weight_shapes,
            "biases": layer.canonical_bias_shapes,
            "states": len(states),
            "shape": layer.state_shape(BATCH),
        }
    return lambda session: found


@piece("cudnn_rnn.CudnnLSTM", "cudnn_rnn.CudnnLSTMSaveable")
def names_lstm():
    return said("LSTM", "unidirectional")


@piece("cudnn_rnn.CudnnLSTM", "cudnn_rnn.CudnnLSTMSaveable")
def names_lstm_built_first():
    return said("LSTM", "bidirectional", True)


@piece("cudnn_rnn.CudnnGRU", "cudnn_rnn.CudnnGRUSaveable")
def names_gru():
    return said("GRU", "bidirectional")


@piece("cudnn_rnn.CudnnRNNTanh", "cudnn_rnn.CudnnRNNTanhSaveable")
def names_tanh():
    return said("RNNTanh", "unidirectional")


@piece("cudnn_rnn.CudnnRNNRelu", "cudnn_rnn.CudnnRNNReluSaveable")
def names_relu():
    return said("RNNRelu", "unidirectional")


if __name__ == "__main__":
    main()
