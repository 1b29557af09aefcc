"""`tf.contrib.util`: tensors as values and as protos.

Source: tensorflow/contrib/util/__init__.py, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf

__all__ = [
    "constant_value",
    "make_ndarray",
    "make_tensor_proto",
]

constant_value = tf.get_static_value
make_ndarray = tf.make_ndarray
make_tensor_proto = tf.make_tensor_proto
