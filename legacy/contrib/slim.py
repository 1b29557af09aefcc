"""`tf.contrib.slim`: what it has beside `tf.contrib.layers`, and the argument scopes and variables of variables.py.

Source: tensorflow/contrib/slim/__init__.py, TensorFlow 1.15.
"""

from tf_slim.layers.bucketization_op import bucketize
from tf_slim.layers.layers import pool
from tf_slim.layers.optimizers import adaptive_clipping_fn
from tf_slim.layers.summaries import (
    summarize_biases,
    summarize_variables,
    summarize_weights,
)
from tf_slim.ops.arg_scope import arg_scope_func_key

from legacy.contrib.framework import zero_initializer

__all__ = [
    "adaptive_clipping_fn",
    "arg_scope_func_key",
    "bucketize",
    "pool",
    "summarize_biases",
    "summarize_variables",
    "summarize_weights",
    "zero_initializer",
]
