"""`tf.contrib.losses`: those of tf.losses, whose predictions come first.

Source: tensorflow/contrib/losses/python/losses/loss_ops.py, TensorFlow 1.15.
"""

import functools

import tensorflow.compat.v1 as tf

__all__ = [
    "absolute_difference",
    "add_loss",
    "compute_weighted_loss",
    "get_losses",
    "get_regularization_losses",
    "get_total_loss",
    "log_loss",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
]


def predictions_first(function, predictions="predictions", labels="labels"):
    """Returns a loss of tf.losses that takes (predictions, labels, weights), by position or by name."""

    @functools.wraps(function)
    def loss(*args, **kwargs):
        given = dict(zip((predictions, labels, "weights"), args)) | kwargs
        return function(**{name: value for name, value in given.items() if value is not None})

    return loss


absolute_difference = predictions_first(tf.losses.absolute_difference)
log_loss = predictions_first(tf.losses.log_loss)
mean_squared_error = predictions_first(tf.losses.mean_squared_error)
sigmoid_cross_entropy = predictions_first(tf.losses.sigmoid_cross_entropy, "logits", "multi_class_labels")
softmax_cross_entropy = predictions_first(tf.losses.softmax_cross_entropy, "logits", "onehot_labels")
sparse_softmax_cross_entropy = predictions_first(tf.losses.sparse_softmax_cross_entropy, "logits", "labels")

add_loss = tf.losses.add_loss
compute_weighted_loss = tf.losses.compute_weighted_loss
get_losses = tf.losses.get_losses
get_regularization_losses = tf.losses.get_regularization_losses
get_total_loss = tf.losses.get_total_loss
