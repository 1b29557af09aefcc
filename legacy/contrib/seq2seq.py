"""`tf.contrib.seq2seq`: the loss. Decoders, helpers and attention are not covered.

Source: tensorflow/contrib/seq2seq/python/ops/loss.py, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf


def sequence_loss(
    logits,
    targets,
    weights,
    average_across_timesteps=True,
    average_across_batch=True,
    softmax_loss_function=None,
    name=None,
):
    """Returns the weighted cross entropy of logits [batch, time, classes], targets int [batch, time], weights [batch, time].

    A number, if it is averaged over both; else [batch], [time] or [batch, time].
    """
    with tf.name_scope(name, "sequence_loss", [logits, targets, weights]):
        classes = tf.shape(logits)[2]
        loss = softmax_loss_function or tf.nn.sparse_softmax_cross_entropy_with_logits
        crossent = loss(labels=tf.reshape(targets, [-1]), logits=tf.reshape(logits, [-1, classes]))
        crossent *= tf.reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return tf.reduce_sum(crossent) / (tf.reduce_sum(weights) + 1e-12)
        crossent = tf.reshape(crossent, tf.shape(logits)[:2])
        if average_across_timesteps:
            return tf.reduce_sum(crossent, 1) / (tf.reduce_sum(weights, 1) + 1e-12)
        if average_across_batch:
            return tf.reduce_sum(crossent, 0) / (tf.reduce_sum(weights, 0) + 1e-12)
        return crossent
