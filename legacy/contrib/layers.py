"""`tf.contrib.layers`: what RNN scripts put around their cells.

Source: tensorflow/contrib/layers, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf
from tf_slim.layers.layers import dropout, flatten, fully_connected, linear, one_hot_encoding, relu
from tf_slim.layers.optimizers import optimize_loss
from tf_slim.layers.regularizers import l1_regularizer, l2_regularizer

__all__ = [
    "dropout",
    "embed_sequence",
    "flatten",
    "fully_connected",
    "l1_regularizer",
    "l2_regularizer",
    "linear",
    "one_hot_encoding",
    "optimize_loss",
    "relu",
    "variance_scaling_initializer",
    "xavier_initializer",
    "xavier_initializer_conv2d",
]


def variance_scaling_initializer(factor=2.0, mode="FAN_IN", uniform=False, seed=None, dtype=tf.float32):
    """Returns an initializer of variance factor / n, n being fan in, fan out or their mean. Truncated normals
    have a little more than that: contrib took 1.3 for the truncation's share of variance."""
    if uniform:
        scale, distribution = factor, "uniform"
    else:
        scale, distribution = 1.3 * factor * 0.87962566103423978**2, "truncated_normal"
    return tf.variance_scaling_initializer(scale, mode.lower(), distribution, seed, dtype)


def xavier_initializer(uniform=True, seed=None, dtype=tf.float32):
    """Returns Glorot and Bengio's initializer (2010), uniform or normal."""
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


xavier_initializer_conv2d = xavier_initializer


def embed_sequence(
    ids,
    vocab_size=None,
    embed_dim=None,
    unique=False,
    initializer=None,
    regularizer=None,
    trainable=True,
    scope=None,
    reuse=None,
):
    """Returns [batch, time, embed_dim] of ids, int [batch, time], from a variable `embeddings`."""
    with tf.variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        embeddings = tf.get_variable(
            "embeddings", [vocab_size, embed_dim], initializer=initializer, regularizer=regularizer, trainable=trainable
        )
        return tf.nn.embedding_lookup(embeddings, ids)
