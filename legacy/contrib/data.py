"""`tf.contrib.data`: where datasets stood until 1.4.

Source: tensorflow/contrib/data/__init__.py, TensorFlow 1.3 to 1.15.
"""

import tensorflow.compat.v1 as tf

__all__ = ["Dataset", "FixedLengthRecordDataset", "Iterator", "TFRecordDataset", "TextLineDataset"]

Dataset = tf.data.Dataset
FixedLengthRecordDataset = tf.data.FixedLengthRecordDataset
Iterator = tf.data.Iterator
TFRecordDataset = tf.data.TFRecordDataset
TextLineDataset = tf.data.TextLineDataset
