"""TensorFlow's own modules by the paths by which scripts of 2016 to 2019 imported them: what has moved since, or has
another name, stands where it stood.

Source: tensorflow/python of TensorFlow 0.12, 1.4 and 1.15, and of today.
"""

from importlib import import_module

import tensorflow.compat.v1 as tf
from tf_keras.src.layers.rnn import legacy_cells

from legacy.contrib import rnn
from legacy.script.names_2016 import NN_NAMES, TF_NAMES
from legacy.script.shown import Joined

# What `tf` had under names of then, its modules had, too.
OPS = {name: value for name, value in TF_NAMES.items() if name.lower() not in ("version", "__version__")}


def joined(name, *elsewhere):
    """Returns a module of today, by its path below tensorflow.python, with the names that went elsewhere since."""
    return Joined(
        f"tensorflow.python.{name}", {}, [import_module(f"tensorflow.python.{each}") for each in (name, *elsewhere)]
    )


def zero_state_tensors(state_size, batch_size, dtype):
    """rnn_cell_impl._zero_state_tensors; a batch size may be a variable, as a script assigned one."""
    size = tf.convert_to_tensor(batch_size) if isinstance(batch_size, tf.Variable) else batch_size
    return ZERO_STATE(state_size, size, dtype)


ZERO_STATE = legacy_cells._zero_state_tensors
TABLE = [(legacy_cells, "_zero_state_tensors", zero_state_tensors)]  # for seeds.put_back

CONTROL = (
    "ops.control_flow_ops",
    "ops.cond",
    "ops.while_loop",
    "ops.control_flow_case",
    "ops.control_flow_switch_case",
    "ops.control_flow_assert",
    "ops.control_flow_util",
)
FRAMEWORK = ("framework.ops", "framework.tensor", "framework.indexed_slices", "framework.sparse_tensor")

# dotted name -> (its names of then, the module of today), as in tensorflow_2016.TREE.
TREE = {
    "tensorflow.python.framework.ops": ({}, joined(*FRAMEWORK)),
    "tensorflow.python.layers.base": (
        {"_Layer": tf.layers.Layer, "Layer": tf.layers.Layer}, import_module("tensorflow.python.layers.base"),
    ),
    "tensorflow.python.ops.array_ops": (OPS, joined("ops.array_ops")),
    "tensorflow.python.ops.control_flow_ops": ({}, joined(*CONTROL)),
    "tensorflow.python.ops.gen_array_ops": (
        {"_concat_v2": lambda values, axis, name=None: tf.concat(values, axis, name)}, joined("ops.gen_array_ops"),
    ),
    "tensorflow.python.ops.math_ops": (OPS, joined("ops.math_ops")),
    "tensorflow.python.ops.nn_ops": (NN_NAMES, joined("ops.nn_ops", "ops.nn_impl")),
    "tensorflow.python.pywrap_tensorflow": (
        {"NewCheckpointReader": tf.train.NewCheckpointReader}, import_module("tensorflow.python.pywrap_tensorflow"),
    ),
    "tensorflow.python.util.nest": (
        {"is_sequence": tf.nest.is_nested}, import_module("tensorflow.python.util.nest"),
    ),
}  # fmt: skip
RNN_CELL = {"_RNNCell": rnn.RNNCell, "_zero_state_tensors": zero_state_tensors, "nest": tf.nest}
