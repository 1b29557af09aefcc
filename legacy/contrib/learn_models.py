"""`tf.contrib.learn.models`, `.ops` and `.io`: small models, and batches from files and arrays.

Source: tensorflow/contrib/learn/python/learn/{models,ops/*,learn_io/*}.py, TensorFlow 0.8 to 1.15.
"""

import tensorflow.compat.v1 as tf
import tf_slim

from legacy.contrib import data

__all__ = []


def linear_regression(x, y, init_mean=None, init_stddev=1.0):
    """Returns (predictions, loss) of x [batch, inputs] times `weights`, plus `bias`."""
    with tf.variable_scope("linear_regression"):
        weights, bias = weights_of(x, 1 if y.shape.ndims == 1 else y.shape.as_list()[1], init_mean, init_stddev)
        predictions = tf.nn.xw_plus_b(x, weights, bias)
        if y.shape.ndims == 1:
            predictions = tf.squeeze(predictions, [1])
        return predictions, tf.losses.mean_squared_error(y, predictions)


def logistic_regression(x, y, class_weight=None, init_mean=None, init_stddev=1.0):
    """Returns (probabilities, loss) of classes, y one-hot [batch, classes]."""
    with tf.variable_scope("logistic_regression"):
        weights, bias = weights_of(x, y.shape.as_list()[-1], init_mean, init_stddev)
        logits = tf.nn.xw_plus_b(x, weights, bias)
        if class_weight is not None:
            logits *= class_weight
        return tf.nn.softmax(logits), tf.losses.softmax_cross_entropy(y, logits)


def weights_of(x, outputs, init_mean, init_stddev):
    initializer = None if init_mean is None else tf.random_normal_initializer(init_mean, init_stddev)
    weights = tf.get_variable("weights", [x.shape.as_list()[1], outputs], x.dtype, initializer=initializer)
    return weights, tf.get_variable("bias", [outputs], x.dtype, initializer=initializer)


def dnn(tensor_in, hidden_units, activation=tf.nn.relu, dropout=None):
    """Returns [batch, the last of `hidden_units`]: layers one upon the other, `dropout` the share that is dropped."""
    with tf.variable_scope("dnn"):
        for layer, units in enumerate(hidden_units):
            with tf.variable_scope(f"layer{layer}"):
                tensor_in = tf_slim.layers.fully_connected(tensor_in, units, activation_fn=activation)
                if dropout is not None:
                    tensor_in = tf.nn.dropout(tensor_in, 1.0 - dropout)
        return tensor_in


def split_squeeze(dim, num_split, tensor_in):
    """Returns a tensor in as many parts along a dimension, without it: a list."""
    return [tf.squeeze(each, axis=[dim]) for each in tf.split(tensor_in, num_split, dim)]


def categorical_variable(tensor_in, n_classes, embedding_size, name):
    """Returns [..., embedding_size] of ids, from a variable of that name."""
    with tf.variable_scope(name):
        return tf.nn.embedding_lookup(tf.get_variable(f"{name}_embeddings", [n_classes, embedding_size]), tensor_in)


def numpy_input_fn(*args, **kwargs):
    """tf.estimator.inputs.numpy_input_fn."""
    from legacy.contrib.estimator import load

    return load().inputs.numpy_input_fn(*args, **kwargs)


def read_batch_features(
    file_pattern, batch_size, features, reader, randomize_input=True, num_epochs=None, queue_capacity=10000,
    feature_queue_capacity=100, reader_num_threads=1, num_enqueue_threads=2, parse_fn=None, name=None,
    read_batch_size=None,
):  # fmt: skip
    """Returns the features, name -> tensor, of a batch of the examples in files, by a `tf.TFRecordReader`."""
    return data.read_batch_features(
        file_pattern, batch_size, features, randomize_input=randomize_input, num_epochs=num_epochs,
        capacity=queue_capacity,
    )  # fmt: skip


MODELS = {
    "linear_regression": linear_regression,
    "linear_regression_zero_init": lambda x, y: linear_regression(x, y, 0.0, 0.0),
    "logistic_regression": logistic_regression,
    "logistic_regression_zero_init": lambda x, y: logistic_regression(x, y, None, 0.0, 0.0),
}
OPS = {
    "categorical_variable": categorical_variable,
    "dnn": dnn,
    "embedding_lookup": tf.nn.embedding_lookup,
    "split_squeeze": split_squeeze,
}
IO = {"numpy_input_fn": numpy_input_fn, "read_batch_features": read_batch_features}
