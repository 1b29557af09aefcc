"""`tf.contrib.framework`: checkpoints and what tensors are; its argument scopes and variables are in variables.py.

Source: tensorflow/contrib/framework/__init__.py and python/framework/tensor_util.py, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf
from tensorflow.python.framework.ops import prepend_name_scope, strip_name_scope
from tensorflow.python.framework.smart_cond import smart_case, smart_cond, smart_constant_value
from tensorflow.python.framework.sparse_tensor import convert_to_tensor_or_sparse_tensor
from tensorflow.python.framework.tensor_spec import BoundedTensorSpec
from tensorflow.python.ops.data_flow_ops import RecordInput
from tensorflow.python.ops.init_ops import (
    convolutional_delta_orthogonal,
    convolutional_orthogonal_1d,
    convolutional_orthogonal_2d,
    convolutional_orthogonal_3d,
)
from tensorflow.python.util import nest
from tensorflow.python.util.deprecation import deprecated, deprecated_arg_values, deprecated_args
from tf_slim.ops.framework_ops import get_graph_from_inputs, get_name_scope

__all__ = [
    "BoundedTensorSpec",
    "RecordInput",
    "TensorSpec",
    "argsort",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_scalar_int",
    "convert_to_tensor_or_sparse_tensor",
    "convolutional_delta_orthogonal",
    "convolutional_orthogonal_1d",
    "convolutional_orthogonal_2d",
    "convolutional_orthogonal_3d",
    "deprecated",
    "deprecated_arg_values",
    "deprecated_args",
    "get_graph_from_inputs",
    "get_name_scope",
    "get_placeholders",
    "init_from_checkpoint",
    "is_tensor",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "prepend_name_scope",
    "py_func",
    "reduce_sum_n",
    "remove_squeezable_dimensions",
    "smart_case",
    "smart_cond",
    "smart_constant_value",
    "sort",
    "strip_name_scope",
    "with_same_shape",
    "with_shape",
    "zero_initializer",
]

argsort = tf.argsort
sort = tf.sort
TensorSpec = tf.TensorSpec
is_tensor = tf.is_tensor
assert_scalar = tf.debugging.assert_scalar
assert_same_float_dtype = tf.debugging.assert_same_float_dtype
init_from_checkpoint = tf.train.init_from_checkpoint
list_variables = tf.train.list_variables
load_checkpoint = tf.train.load_checkpoint
load_variable = tf.train.load_variable

# `tf.contrib.framework.nest`: structures of tensors.
NEST = {"is_sequence": nest.is_nested}
for name in """
    assert_same_structure assert_shallow_structure flatten flatten_dict_items flatten_up_to
    flatten_with_joined_string_paths flatten_with_tuple_paths flatten_with_tuple_paths_up_to
    get_traverse_shallow_structure is_nested is_sequence_or_composite map_structure map_structure_up_to
    map_structure_with_paths map_structure_with_tuple_paths map_structure_with_tuple_paths_up_to pack_sequence_as
    yield_flat_paths
""".split():
    NEST[name] = getattr(nest, name)


def reduce_sum_n(tensors, name=None):
    """Returns the sum of all numbers in a list of tensors, a number. Raises ValueError if it is empty."""
    if not tensors:
        raise ValueError("No tensors provided.")
    with tf.name_scope(name, "reduce_sum_n", tensors) as scope:
        sums = [tf.reduce_sum(each, name=f"{each.op.name}/sum") for each in tensors]
        return sums[0] if len(sums) == 1 else tf.add_n(sums, name=scope)


def remove_squeezable_dimensions(predictions, labels, name=None):
    """Returns (predictions, labels), the one with a dimension more without its last, which is 1."""
    with tf.name_scope(name, "remove_squeezable_dimensions", [predictions, labels]):
        predictions, labels = tf.convert_to_tensor(predictions), tf.convert_to_tensor(labels)
        if predictions.shape.ndims is None or labels.shape.ndims is None:
            more = tf.rank(predictions) - tf.rank(labels)

            def squeezed(values, if_more):
                if values.shape.ndims is not None and not values.shape.dims[-1].is_compatible_with(1):
                    return values
                return tf.cond(tf.equal(if_more, more), lambda: tf.squeeze(values, [-1]), lambda: values)

            return squeezed(predictions, 1), squeezed(labels, -1)
        if labels.shape.ndims == predictions.shape.ndims + 1:
            labels = tf.squeeze(labels, [-1])
        elif predictions.shape.ndims == labels.shape.ndims + 1:
            predictions = tf.squeeze(predictions, [-1])
        return predictions, labels


def with_shape(expected_shape, tensor):
    """Returns the tensor with a shape that is known, or checked as it runs. Raises ValueError if it is another."""
    if isinstance(tensor, tf.SparseTensor):
        raise ValueError("SparseTensor not supported.")
    said = tf.is_tensor(expected_shape)
    if not said and tensor.shape.is_fully_defined():
        if not tensor.shape.is_compatible_with(expected_shape):
            if not list(expected_shape) and tensor.shape.is_compatible_with([1]):
                return tf.reshape(tensor, [])
            raise ValueError(f"Invalid shape for tensor {tensor.name}, expected {expected_shape}, got {tensor.shape}.")
        return tensor
    if not said and not list(expected_shape):
        return tf.reshape(tensor, [])
    sizes = expected_shape if said else [size or -1 for size in tf.TensorShape(expected_shape).as_list()]
    actual = tf.shape(tensor)
    same = tf.reduce_all(tf.logical_or(tf.equal(sizes, -1), tf.equal(sizes, actual)))
    right = tf.logical_and(tf.equal(tf.size(sizes), tf.rank(tensor)), same)
    message = f"Wrong shape for {tensor.name} [expected] [actual]."
    with tf.control_dependencies([tf.Assert(right, [message, sizes, actual])]):
        result = tf.identity(tensor)
    if not said:
        result.set_shape(expected_shape)
    return result


def with_same_shape(expected_tensor, tensor):
    """Returns the tensor with the shape of another one."""
    known = expected_tensor.shape.is_fully_defined()
    return with_shape(expected_tensor.shape.as_list() if known else tf.shape(expected_tensor), tensor)


def assert_scalar_int(tensor, name=None):
    """Returns the tensor. Raises ValueError if it is no number, or not a whole one."""
    with tf.name_scope(name, "assert_scalar_int", [tensor]) as scope:
        tensor = tf.convert_to_tensor(tensor)
        if not tensor.dtype.base_dtype.is_integer:
            raise ValueError(f"Expected integer type for {tensor.name}, received type: {tensor.dtype}.")
        return tf.debugging.assert_scalar(tensor, name=scope)


def zero_initializer(ref, use_locking=True, name="zero_initializer"):
    """Returns a variable with zeros put into it, as it runs."""
    return tf.assign(ref, tf.zeros(ref.shape, ref.dtype.base_dtype), use_locking=use_locking, name=name)


def get_placeholders(graph):
    """Returns the placeholders of a graph. Raises TypeError if it is none."""
    if not isinstance(graph, tf.Graph):
        raise TypeError(f"Input graph needs to be a Graph: {graph}")
    return [each.outputs[0] for each in graph.get_operations() if each.type == "Placeholder"]


def py_func(func, args=(), kwargs=None, output_types=None, output_shapes=None, stateful=True, name=None):
    """Returns what a function of arrays returns, as tensors: `tf.py_func` with names, structures and shapes."""
    if not isinstance(args, (list, tuple)):
        raise TypeError(f"args must be list and not {type(args)}. args: {args}")
    if callable(output_types):
        output_types = output_types(*args, **(kwargs or {}))
    if callable(output_shapes):
        output_shapes = output_shapes(*args, **(kwargs or {}))
    given = args, kwargs or {}

    def of_arrays(*values):
        values, named = nest.pack_sequence_as(given, values)
        return nest.flatten(func(*values, **named))

    tensors = tf.py_func(of_arrays, nest.flatten(given), nest.flatten(output_types), stateful, name)
    if output_shapes is not None:
        shapes = nest.flatten(nest.map_structure_up_to(output_types, tf.TensorShape, output_shapes))
        for tensor, shape in zip(tensors, shapes):
            tensor.set_shape(shape)
    return nest.pack_sequence_as(output_types, tensors)
