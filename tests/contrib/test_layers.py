"""Layers, initializers and optimize_loss of legacy/contrib/layers.py."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy.contrib import layers
from tests.contrib.graphs import evaluate, integers, numbers


def test_fully_connected():
    x, weights, biases = numbers(2, 3, 4), numbers(4, 5), numbers(5)
    y = layers.fully_connected(tf.constant(x), 5, weights_regularizer=layers.l2_regularizer(0.1), scope="fc")
    again = layers.linear(tf.constant(x), 5, reuse=True, scope="fc")
    loss = tf.losses.get_regularization_loss()
    y, again, loss = evaluate([y, again, loss], values={"fc/weights": weights, "fc/biases": biases})
    np.testing.assert_allclose(again, x @ weights + biases, atol=1e-5)
    np.testing.assert_allclose(y, np.maximum(x @ weights + biases, 0), atol=1e-5)
    np.testing.assert_allclose(loss, 0.1 * (weights**2).sum() / 2, rtol=1e-5)


def test_initializers():
    for initializer, variance in (
        (layers.xavier_initializer(), 2 / 700),
        (layers.xavier_initializer(uniform=False), 2 / 700),
        (layers.variance_scaling_initializer(), 2 / 300),
        (layers.variance_scaling_initializer(mode="FAN_OUT", factor=1.0, uniform=True), 1 / 400),
    ):
        drawn = evaluate(initializer([300, 400]))
        assert abs(drawn.var() / variance - 1) < 0.02  # 120,000 numbers: their variance is known to half a percent
    limit = np.sqrt(6 / 700)
    assert np.abs(evaluate(layers.xavier_initializer()([300, 400]))).max() <= limit


def test_small_layers():
    x = numbers(2, 3, 4)
    flat, one_hot, kept, dropped, l1 = evaluate(
        [
            layers.flatten(tf.constant(x)),
            layers.one_hot_encoding(tf.constant([1, 0]), 3),
            layers.dropout(tf.constant(x), is_training=False),
            layers.dropout(tf.ones([1000]), keep_prob=0.25),
            layers.l1_regularizer(0.5)(tf.constant(x)),
        ]
    )
    assert np.array_equal(flat, x.reshape(2, 12)) and np.array_equal(one_hot, [[0, 1, 0], [1, 0, 0]])
    assert np.array_equal(kept, x)
    assert set(dropped) == {0.0, 4.0} and 150 < (dropped == 4).sum() < 350
    np.testing.assert_allclose(l1, 0.5 * np.abs(x).sum(), rtol=1e-5)


def test_embed_sequence():
    embeddings, ids = numbers(9, 4), integers(9, (2, 3))
    got = evaluate(layers.embed_sequence(tf.constant(ids), 9, 4), values={"EmbedSequence/embeddings": embeddings})
    assert np.array_equal(got, embeddings[ids])


@pytest.mark.parametrize(
    "optimizer", ["SGD", tf.train.GradientDescentOptimizer, tf.train.GradientDescentOptimizer(0.5)]
)
def test_optimize_loss(optimizer):
    w = tf.get_variable("w", initializer=np.array([3.0, 4.0], "float32"))
    step = tf.train.get_or_create_global_step()
    loss = layers.optimize_loss(tf.reduce_sum(w * w) / 2, step, 0.5, optimizer, clip_gradients=1.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(loss)
        after, count = session.run([w, step])
    np.testing.assert_allclose(after, [3 - 0.5 * 0.6, 4 - 0.5 * 0.8], rtol=1e-6)  # the gradient's norm was 5
    assert count == 1
