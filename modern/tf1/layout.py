"""The layout rule: how a cell's weights move from TensorFlow 1 to Keras 3.

TensorFlow 1 keeps one kernel, [inputs + units, columns], with the inputs' rows above the state's; Keras
keeps two, [inputs, columns] and [units, columns]. The columns are the gates, each of `units`:

    cell          TensorFlow 1                     Keras
    BasicLSTMCell i, j, f, o                       i, f, c, o   (c is j, the candidate)
    GRUCell       r, u and, on their own, c        z, r, h      (z is u, h is c), with reset_after=False
    BasicRNNCell  one                              one

LSTMCell, LSTMBlockCell and the fused LSTM keep their gates as BasicLSTMCell does, GRUBlockCell as GRUCell.
An LSTM cell adds `forget_bias` to the forget gate each time it runs; in Keras it is part of the bias.

Sources: tf_keras/src/layers/rnn/legacy_cells.py, `call` of the cells; keras/src/layers/rnn/{lstm,gru,simple_rnn}.py.
"""

import numpy as np


def split_kernel(kernel, bias, gates):
    """Returns (the inputs' rows, the state's rows) of a TensorFlow 1 kernel.

    Raises:
        ValueError: the shapes are not those of one cell with so many gates.
    """
    units = bias.size // gates
    if bias.shape != (gates * units,) or kernel.ndim != 2 or kernel.shape[1] != bias.size or len(kernel) <= units:
        raise ValueError(
            f"a kernel of shape {kernel.shape} and a bias of shape {bias.shape} are not one cell's of {gates} gates"
        )
    return kernel[:-units], kernel[-units:]


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

    def reorder(columns):
        i, j, f, o = np.split(columns, 4, axis=-1)
        return np.concatenate([i, f, j, o], axis=-1)

    inputs, state = split_kernel(kernel, bias, gates=4)
    i, j, f, o = np.split(bias, 4)
    return [reorder(inputs), reorder(state), reorder(np.concatenate([i, j, f + forget_bias, o]))]


def gru_weights(gate_kernel, gate_bias, candidate_kernel, candidate_bias):
    """Returns the weights of a Keras GRU with `reset_after=False` that computes what a GRUCell with these computes.

    Args:
        gate_kernel: float [inputs + units, 2 units].
        gate_bias: float [2 units].
        candidate_kernel: float [inputs + units, units].
        candidate_bias: float [units].

    Returns:
        [kernel [inputs, 3 units], recurrent_kernel [units, 3 units], bias [3 units]], for `set_weights`.

    Raises:
        ValueError: the shapes are not those of one cell.
    """

    def join(gates, candidate):
        r, u = np.split(gates, 2, axis=-1)
        return np.concatenate([u, r, candidate], axis=-1)

    gates = split_kernel(gate_kernel, gate_bias, gates=2)
    candidate = split_kernel(candidate_kernel, candidate_bias, gates=1)
    if gates[0].shape[0] != candidate[0].shape[0] or gates[1].shape[0] != candidate[1].shape[0]:
        raise ValueError(f"kernels of shapes {gate_kernel.shape} and {candidate_kernel.shape} are not one GRU cell's")
    return [join(gates[0], candidate[0]), join(gates[1], candidate[1]), join(gate_bias, candidate_bias)]


def cudnn_gru_weights(gate_kernel, gate_bias, input_kernel, input_bias, hidden_kernel, hidden_bias):
    """Returns the weights of a Keras GRU with `reset_after=True` that computes what a CudnnCompatibleGRUCell computes.

    Args:
        gate_kernel: float [inputs + units, 2 units].
        gate_bias: float [2 units].
        input_kernel, input_bias: the candidate's input projection, float [inputs, units] and [units].
        hidden_kernel, hidden_bias: its hidden projection, float [units, units] and [units].

    Returns:
        [kernel [inputs, 3 units], recurrent_kernel [units, 3 units], bias [2, 3 units]], for `set_weights`.

    Raises:
        ValueError: the shapes are not those of one cell.
    """
    # A GRUCell's candidate kernel is the two projections, one above the other; they differ in bias and reset only.
    candidate_kernel = np.concatenate([input_kernel, hidden_kernel])
    *kernels, bias = gru_weights(gate_kernel, gate_bias, candidate_kernel, input_bias)
    if hidden_bias.shape != input_bias.shape:
        raise ValueError(f"biases of shapes {input_bias.shape} and {hidden_bias.shape} are not one GRU cell's")
    hidden = np.concatenate([np.zeros_like(gate_bias), hidden_bias])
    return [*kernels, np.stack([bias, hidden])]


def rnn_weights(kernel, bias):
    """Returns the weights of a Keras SimpleRNN that computes what a BasicRNNCell with these computes.

    Args:
        kernel: float [inputs + units, units].
        bias: float [units].

    Returns:
        [kernel [inputs, units], recurrent_kernel [units, units], bias [units]], for `set_weights`.

    Raises:
        ValueError: the shapes are not those of one cell.
    """
    return [*split_kernel(kernel, bias, gates=1), bias]
