"""`tf.contrib.framework`: the step counter.

Source: tensorflow/contrib/framework/__init__.py, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf

__all__ = ["get_global_step", "get_or_create_global_step"]

get_global_step = tf.train.get_global_step
get_or_create_global_step = tf.train.get_or_create_global_step
