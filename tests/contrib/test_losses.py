"""Losses of legacy/contrib/losses.py: the predictions come first."""

import tensorflow.compat.v1 as tf

from legacy.contrib import losses
from tests.contrib.graphs import evaluate, numbers


def test_contrib_losses_take_the_predictions_first():
    logits, labels = tf.constant(numbers(4, 3)), tf.constant([0, 2, 1, 1])
    one_hot = tf.one_hot(labels, 3)
    got, wanted = evaluate(
        [
            [
                losses.softmax_cross_entropy(logits, one_hot),
                losses.sparse_softmax_cross_entropy(logits, labels, 2.0),
                losses.log_loss(tf.sigmoid(logits), labels=one_hot),
            ],
            [
                tf.losses.softmax_cross_entropy(one_hot, logits),
                tf.losses.sparse_softmax_cross_entropy(labels, logits, 2.0),
                tf.losses.log_loss(one_hot, tf.sigmoid(logits)),
            ],
        ]
    )
    assert got == wanted
