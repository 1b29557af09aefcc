"""`tf.contrib.eager`: what of running at once was tried before TensorFlow itself had it.

Source: tensorflow/contrib/eager/python/tfe.py, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf
from tensorflow.python.eager import backprop
from tensorflow.python.eager.context import (
    ASYNC,
    DEVICE_PLACEMENT_EXPLICIT,
    DEVICE_PLACEMENT_SILENT,
    DEVICE_PLACEMENT_WARN,
    SYNC,
    async_clear_error,
    async_wait,
    execution_mode,
    num_gpus,
    set_execution_mode,
)
from tensorflow.python.ops.resource_variable_ops import ResourceVariable as Variable
from tensorflow.python.ops.variable_scope import EagerVariableStore

__all__ = [
    "ASYNC",
    "Checkpoint",
    "Checkpointable",
    "DEVICE_PLACEMENT_EXPLICIT",
    "DEVICE_PLACEMENT_SILENT",
    "DEVICE_PLACEMENT_WARN",
    "EagerVariableStore",
    "GradientTape",
    "Iterator",
    "SYNC",
    "Saver",
    "TensorSpec",
    "Variable",
    "async_clear_error",
    "async_wait",
    "custom_gradient",
    "defun",
    "enable_eager_execution",
    "executing_eagerly",
    "execution_mode",
    "function",
    "gradients_function",
    "implicit_gradients",
    "implicit_value_and_gradients",
    "in_eager_mode",
    "list_devices",
    "make_template",
    "num_gpus",
    "py_func",
    "set_execution_mode",
    "value_and_gradients_function",
]

Checkpoint = tf.train.Checkpoint
Checkpointable = tf.Module
GradientTape = tf.GradientTape
TensorSpec = tf.TensorSpec
custom_gradient = tf.custom_gradient
defun = tf.function
enable_eager_execution = tf.enable_eager_execution
executing_eagerly = tf.executing_eagerly
function = tf.function
gradients_function = backprop.gradients_function
implicit_gradients = backprop.implicit_grad
implicit_value_and_gradients = backprop.implicit_val_and_grad
in_eager_mode = tf.executing_eagerly
make_template = tf.make_template
py_func = tf.py_function
value_and_gradients_function = backprop.val_and_grad_function


def list_devices():
    """Returns the names of the devices."""
    return [each.name for each in tf.config.list_logical_devices()]


class Iterator:
    """The elements of a dataset, one after the other."""

    def __init__(self, dataset):
        self._iterator = iter(dataset)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._iterator)

    def next(self, name=None):
        """Raises StopIteration after the last one."""
        return next(self._iterator)


class Saver:
    """Saves and restores variables in eager mode, by their names."""

    def __init__(self, var_list):
        self._variables = list(var_list.values()) if isinstance(var_list, dict) else list(var_list)

    def save(self, file_prefix, global_step=None):
        return tf.train.Saver(self._variables).save(None, file_prefix, global_step=global_step)

    def restore(self, file_prefix):
        tf.train.Saver(self._variables).restore(None, file_prefix)
