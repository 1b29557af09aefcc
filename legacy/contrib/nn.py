"""`tf.contrib.nn`: cross entropies whose logits come first, as until 1.0, and two functions.

Source: tensorflow/contrib/nn/python/ops/{cross_entropy,alpha_dropout,scaled_softplus}.py, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf
from tensorflow.python.ops.nn_ops import nth_element

__all__ = [
    "alpha_dropout",
    "conv1d_transpose",
    "deprecated_flipped_sigmoid_cross_entropy_with_logits",
    "deprecated_flipped_softmax_cross_entropy_with_logits",
    "deprecated_flipped_sparse_softmax_cross_entropy_with_logits",
    "nth_element",
    "scaled_softplus",
]

conv1d_transpose = tf.nn.conv1d_transpose


def deprecated_flipped_softmax_cross_entropy_with_logits(logits, labels, dim=-1, name=None):
    """Returns [batch] of logits and labels [batch, classes]."""
    return tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits, dim=dim, name=name)


def deprecated_flipped_sparse_softmax_cross_entropy_with_logits(logits, labels, name=None):
    """Returns [batch] of logits [batch, classes] and labels int [batch]."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name=name)


def deprecated_flipped_sigmoid_cross_entropy_with_logits(logits, targets, name=None):
    """Returns what both have: logits and targets of one shape."""
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name=name)


def alpha_dropout(x, keep_prob, noise_shape=None, seed=None, name=None):
    """Returns x with a share `keep_prob` kept, and of the mean and variance that it had (Klambauer et al., 2017)."""
    if isinstance(keep_prob, float) and keep_prob == 1:
        return tf.convert_to_tensor(x)
    low = -1.7580993408473766  # the least value of a SELU
    x = tf.convert_to_tensor(x)
    kept = tf.floor(keep_prob + tf.random_uniform(tf.shape(x) if noise_shape is None else noise_shape, seed=seed))
    a = (keep_prob + low**2 * keep_prob * (1 - keep_prob)) ** -0.5
    return a * (x * kept + low * (1 - kept)) - a * low * (1 - keep_prob)


def scaled_softplus(x, alpha, clip=None, name=None):
    """Returns alpha * log(1 + exp(x / alpha)), at most `clip`."""
    y = alpha * tf.nn.softplus(x / alpha)
    return y if clip is None else tf.minimum(y, clip)
