"""TensorFlow 1's recurrent weights in Keras' layout: the one place that states the rule.

A BasicLSTMCell keeps one kernel, [inputs + units, 4 units], with the inputs' rows above the state's and
the gates' columns in the order i, j, f, o (input, new input, forget, output); it adds `forget_bias` to the
forget gate each time it runs. A Keras LSTM keeps two kernels, [inputs, 4 units] and [units, 4 units], with
the gates in the order i, f, c, o (c is TensorFlow 1's j), and its forget bias is part of the bias.

Sources: tf_keras/src/layers/rnn/legacy_cells.py, BasicLSTMCell.call; keras/src/layers/rnn/lstm.py, LSTMCell.
"""

import numpy as np


def lstm_weights(kernel, bias, forget_bias=1.0):
    """Returns the weights of a Keras LSTM that computes what a BasicLSTMCell with these computes.

    Args:
        kernel: float [inputs + units, 4 units].
        bias: float [4 units].
        forget_bias: what the cell adds to its forget gate; 0 moves gradients instead of weights.

    Returns:
        [kernel [inputs, 4 units], recurrent_kernel [units, 4 units], bias [4 units]], for `set_weights`.

    Raises:
        ValueError: the shapes are not those of one cell.
    """
    units = bias.shape[0] // 4
    if bias.shape != (4 * units,) or kernel.ndim != 2 or kernel.shape[1] != 4 * units or kernel.shape[0] <= units:
        raise ValueError(f"a kernel of shape {kernel.shape} and a bias of shape {bias.shape} are not one LSTM cell's")

    def reorder(columns):
        i, j, f, o = np.split(columns, 4, axis=-1)
        return np.concatenate([i, f, j, o], axis=-1)

    i, j, f, o = np.split(bias, 4)
    inputs = kernel.shape[0] - units
    return [reorder(kernel[:inputs]), reorder(kernel[inputs:]), reorder(np.concatenate([i, j, f + forget_bias, o]))]
