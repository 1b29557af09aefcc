"""tf-slim 1.1, of 2020, on today's TensorFlow: what it looks up in modules of TensorFlow's own, and has moved since.

Source: tf_slim/{layers,learning,losses,metrics,ops,training}, tf-slim 1.1.0.
"""

import pkgutil
import sys
import types

import tensorflow.compat.v1 as tf
import tf_slim

# TensorFlow's own module -> the name there -> its name in tf.
MOVED = {
    "tensorflow.python.framework.ops": {"IndexedSlices": "IndexedSlices", "Tensor": "Tensor"},
    "tensorflow.python.layers.normalization": {"BatchNormalization": "layers.BatchNormalization"},
    "tensorflow.python.ops.array_ops": {"stack": "stack", "unstack": "unstack"},
    "tensorflow.python.ops.control_flow_ops": {
        "Assert": "Assert", "case": "case", "cond": "cond", "while_loop": "while_loop",
    },
    "tensorflow.python.ops.variable_scope": {"variable": "Variable"},
}  # fmt: skip


class WithMoved(types.ModuleType):
    """A module with the names that have left it; it itself stays as it is."""

    def __init__(self, real, moved):
        super().__init__(real.__name__)
        self._real, self._moved = real, moved

    def __getattr__(self, name):
        if name not in self._moved:
            return getattr(self._real, name)
        value = tf
        for part in self._moved[name].split("."):
            value = getattr(value, part)
        return value


def put_back():
    """Shows tf-slim's modules, and no others, the names where they look for them."""
    for found in pkgutil.walk_packages(tf_slim.__path__, "tf_slim."):
        module = sys.modules.get(found.name)
        for name, value in list(vars(module).items()) if module else []:
            if isinstance(value, types.ModuleType) and value.__name__ in MOVED:
                setattr(module, name, WithMoved(value, MOVED[value.__name__]))


put_back()
