"""Cudnn's layers on a CPU: what they give is what the compatible cells give with the same weights, saved and restored."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy.contrib import cudnn_rnn, rnn
from tests.contrib.graphs import numbers

BATCH, INPUTS, UNITS, TIME, LAYERS = 2, 3, 4, 5, 2
KINDS = {
    "LSTM": lambda: cudnn_rnn.CudnnCompatibleLSTMCell(UNITS),
    "GRU": lambda: cudnn_rnn.CudnnCompatibleGRUCell(UNITS),
    "RNNTanh": lambda: rnn.BasicRNNCell(UNITS),
    "RNNRelu": lambda: rnn.BasicRNNCell(UNITS, activation=tf.nn.relu),
}


def by_cells(kind, inputs, direction, lengths=None):
    """Returns (outputs, last h of every layer and direction) of the cells that do the same."""
    if direction == "unidirectional":
        cells = rnn.MultiRNNCell([KINDS[kind]() for _ in range(LAYERS)])
        outputs, states = tf.nn.dynamic_rnn(cells, inputs, lengths, dtype=tf.float32, time_major=True)
    else:
        forth, back = ([KINDS[kind]() for _ in range(LAYERS)] for _ in range(2))
        outputs, *both = rnn.stack_bidirectional_dynamic_rnn(
            forth, back, inputs, dtype=tf.float32, sequence_length=lengths, time_major=True
        )
        states = [state for pair in zip(*both) for state in pair]
    return outputs, tf.stack([state.h if kind == "LSTM" else state for state in states])


@pytest.mark.parametrize("direction", ["unidirectional", "bidirectional"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_of_layers_is_one_of_cells(kind, direction, tmp_path):
    x, lengths = numbers(TIME, BATCH, INPUTS), [5, 3]
    with tf.Graph().as_default(), tf.Session() as session:
        layer = getattr(cudnn_rnn, f"Cudnn{kind}")(
            LAYERS, UNITS, direction=direction, bias_initializer=tf.random_normal_initializer(seed=1)
        )
        found = layer(tf.constant(x)), layer(tf.constant(x), sequence_lengths=lengths)
        session.run(tf.global_variables_initializer())
        given = session.run([(outputs, states[0]) for outputs, states in found])
        assert tf.trainable_variables() == [layer.kernel] and layer.kernel.op.name.endswith("/opaque_kernel")
        path = tf.train.Saver().save(session, str(tmp_path / "model"))
        session.run(tf.assign(layer.kernel, tf.zeros_like(layer.kernel)))
        tf.train.Saver([layer.saveable]).restore(session, path)
        again = session.run(found[0][0])
    np.testing.assert_allclose(again, given[0][0], atol=1e-6)  # halves of biases are put together, and halved again
    with tf.Graph().as_default(), tf.Session() as session:
        with tf.variable_scope("cells"):
            expected = [by_cells(kind, tf.constant(x), direction)]
            tf.get_variable_scope().reuse_variables()
            expected.append(by_cells(kind, tf.constant(x), direction, lengths))
        scope = layer.kernel.op.name.removesuffix("/opaque_kernel")
        variables = {each.op.name.replace("cells", scope, 1): each for each in tf.trainable_variables()}
        tf.train.Saver(variables).restore(session, path)
        for (outputs, states), (outputs_here, states_here) in zip(session.run(expected), given):
            # Measured: 1.8e-6, where ReLUs have grown to 14.
            np.testing.assert_allclose(outputs_here, outputs, rtol=1e-6, atol=4e-6)
            np.testing.assert_allclose(states_here, states, rtol=1e-6, atol=4e-6)


def test_the_buffer_has_cudnns_order():
    """As Keras gives it to cuDNN: matrices of the gates i, f, c, o for the inputs, then for the state, then biases."""
    layer = cudnn_rnn.CudnnLSTM(1, UNITS)
    layer.build([TIME, BATCH, INPUTS])
    weights = [numbers(UNITS, INPUTS) for _ in range(4)] + [numbers(UNITS, UNITS) for _ in range(4)]
    biases = [numbers(UNITS) for _ in range(8)]
    x = numbers(TIME, BATCH, INPUTS)
    outputs, (h, c) = layer(tf.constant(x))
    with tf.Session() as session:
        layer.kernel.load(np.concatenate([each.ravel() for each in weights + biases]), session)
        got = session.run([outputs, h, c])

    def sigmoid(values):
        return 1 / (1 + np.exp(-values))

    h, c = np.zeros((BATCH, UNITS)), np.zeros((BATCH, UNITS))
    for x_t in x:
        i, f, j, o = (
            x_t @ weights[gate].T + biases[gate] + h @ weights[4 + gate].T + biases[4 + gate] for gate in range(4)
        )
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(j)
        h = sigmoid(o) * np.tanh(c)
    np.testing.assert_allclose(got[1][0], h, atol=1e-6)
    np.testing.assert_allclose(got[2][0], c, atol=1e-6)


def test_layers_of_until_1_3():
    lstm = cudnn_rnn.CudnnLSTM(LAYERS, UNITS, INPUTS)
    with tf.Session() as session:
        size = session.run(lstm.params_size())
        params = tf.Variable(tf.random_uniform([size], -0.5, 0.5, seed=1))
        zeros = tf.zeros([LAYERS, BATCH, UNITS])
        outputs, h, c = lstm(tf.constant(numbers(TIME, BATCH, INPUTS)), zeros, zeros, params, True)
        again = lstm.canonical_to_params(*lstm.params_to_canonical(params))
        session.run(tf.global_variables_initializer())
        assert size == 4 * UNITS * (INPUTS + 3 * UNITS + 4)
        assert [each.shape for each in session.run([outputs, h, c])] == [(5, 2, 4), (2, 2, 4), (2, 2, 4)]
        np.testing.assert_array_equal(*session.run([again, params]))
