"""`tf.contrib.layers`: what RNN scripts put around their cells.

Source: tensorflow/contrib/layers, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf
from tf_slim.layers.layers import dropout, flatten, fully_connected, linear, relu

from legacy.contrib.missing import Missing

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


def l1_regularizer(scale, scope=None):
    """Returns weights -> scale * sum |w|."""
    return lambda weights: scale * tf.reduce_sum(tf.abs(weights))


def l2_regularizer(scale, scope=None):
    """Returns weights -> scale * sum w^2 / 2."""
    return lambda weights: scale * tf.nn.l2_loss(weights)


def one_hot_encoding(labels, num_classes, on_value=1.0, off_value=0.0, outputs_collections=None, scope=None):
    return tf.one_hot(labels, num_classes, on_value, off_value)


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


def optimize_loss(
    loss,
    global_step,
    learning_rate,
    optimizer,
    gradient_noise_scale=None,
    gradient_multipliers=None,
    clip_gradients=None,
    learning_rate_decay_fn=None,
    update_ops=None,
    variables=None,
    name=None,
    summaries=None,
):
    """Returns an operation that updates the variables and has the loss as its value.

    `optimizer`: the name, class or object of one. `clip_gradients`: the norm of all at which they are clipped.
    """
    if gradient_noise_scale is not None or gradient_multipliers is not None:
        raise Missing("optimize_loss with gradient noise or multipliers", "tf.train.Optimizer.compute_gradients")
    names = {"Adagrad": "Adagrad", "Adam": "Adam", "Ftrl": "Ftrl", "Momentum": "Momentum", "RMSProp": "RMSProp"}
    names["SGD"] = "GradientDescent"
    if global_step is None:
        global_step = tf.train.get_or_create_global_step()
    if learning_rate_decay_fn is not None:
        learning_rate = learning_rate_decay_fn(learning_rate, global_step)
    if isinstance(optimizer, str):
        extra = {"momentum": 0.9} if optimizer == "Momentum" else {}
        optimizer = getattr(tf.train, names[optimizer] + "Optimizer")(learning_rate, **extra)
    elif isinstance(optimizer, type) or not hasattr(optimizer, "apply_gradients"):
        optimizer = optimizer(learning_rate)
    gradients, variables = zip(*optimizer.compute_gradients(loss, variables))
    if clip_gradients is not None:
        gradients, _ = tf.clip_by_global_norm(gradients, clip_gradients)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS) if update_ops is None else update_ops
    with tf.control_dependencies(list(updates)):
        update = optimizer.apply_gradients(zip(gradients, variables), global_step)
    with tf.control_dependencies([update]):
        return tf.identity(loss, name=name or "OptimizeLoss")
