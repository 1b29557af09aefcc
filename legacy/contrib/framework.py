"""`tf.contrib.framework`: the step counter, and nested structures."""

import tensorflow.compat.v1 as tf

nest = tf.nest
get_global_step = tf.train.get_global_step
get_or_create_global_step = tf.train.get_or_create_global_step
