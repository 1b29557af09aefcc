"""Operations that make today another graph than in TensorFlow 1.15, as they made it then.

How many operations a graph has is what a seed draws by: see legacy/seeds.py. An operation more is an entry more in TABLE.
"""

import functools
import numbers
import operator

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow.compat.v2 as v2
from tensorflow.python.data.ops import dataset_ops
from tensorflow.python.framework import op_def_library, op_def_registry, ops, tensor_util
from tensorflow.python.ops import (
    array_ops,
    clip_ops,
    gen_data_flow_ops,
    gen_dataset_ops,
    gen_math_ops,
    gen_random_ops,
    math_ops,
    nn_ops,
    random_ops,
    special_math_ops,
    standard_ops,
    tensor_array_ops,
    variable_scope,
)
from tensorflow.python.ops import while_loop as while_module
from tensorflow.python.training import ftrl
from tf_keras.src.legacy_tf_layers.core import Flatten  # tf.layers.Flatten, without its first touch

from legacy import seeds
from legacy.script import gradients_1_15, variables_1_15

apply_op_today = op_def_library._apply_op_helper
apply_options_today = dataset_ops.DatasetV2._apply_debug_options
constant_if_small_today = array_ops._constant_if_small
convolution_today = nn_ops.convolution_internal
dropout_today = nn_ops.dropout_v2
einsum_today = special_math_ops.einsum
flatten_today = Flatten.call
gamma_today = random_ops.random_gamma
one_hot_today = array_ops.one_hot
tensordot_today = math_ops.tensordot
while_loop_today = while_module.while_loop


def dropout(x, rate, noise_shape=None, seed=None, name=None):
    """x with elements put to zero by chance, the others scaled up; today's has its own way to them.

    Source: tensorflow/python/ops/nn_ops.py of 1.15, dropout_v2.
    """
    if isinstance(rate, numbers.Real) and not 0 < rate < 1:
        return dropout_today(x, rate, noise_shape, seed, name)
    with tf.name_scope(name, "dropout", [x]):
        x = tf.convert_to_tensor(x, name="x")
        if not x.dtype.is_floating:
            return dropout_today(x, rate, noise_shape, seed, name)  # which says what is wrong
        rate = tf.convert_to_tensor(rate, x.dtype, name="rate")
        if tensor_util.constant_value(rate) == 0:
            return x
        noise = tf.random_uniform(nn_ops._get_noise_shape(x, noise_shape), seed=seed, dtype=x.dtype)
        scale = 1 / (1 - rate)
        mask = noise >= rate
        kept = x * scale * tf.cast(mask, x.dtype)
        kept.set_shape(x.shape)
        return kept


def random_gamma(shape, alpha, beta=None, dtype=tf.float32, seed=None, name=None):
    """Draws of Gamma distributions; today's broadcasts alpha by its shape.

    Source: tensorflow/python/ops/random_ops.py of 1.15.
    """
    with tf.name_scope(name, "random_gamma", [shape, alpha, beta]):
        shape = tf.convert_to_tensor(shape, tf.int32, name="shape")
        alpha = tf.convert_to_tensor(alpha, dtype, name="alpha")
        beta = tf.convert_to_tensor(1 if beta is None else beta, dtype, name="beta")
        alpha = alpha + tf.zeros_like(beta)
        seed, seed2 = tf.get_seed(seed)
        drawn = gen_random_ops.random_gamma(shape, alpha, seed=seed, seed2=seed2)
        drawn = tf.maximum(np.finfo(alpha.dtype.as_numpy_dtype).tiny, drawn / beta)
        random_ops._maybe_set_static_shape_helper(drawn, shape, alpha)
        return drawn


def size(self, name=None):
    """TensorArray.size() by its operation; today's gives back the number that the array was made with.

    Source: tensorflow/python/ops/tensor_array_ops.py of 1.15.
    """
    return gen_data_flow_ops.tensor_array_size_v3(handle=self.handle, flow_in=self.flow, name=name)


def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    """(tensors scaled down to a norm of all, that norm); a norm that is not finite makes them NaN by a choice, today by
    a difference.

    Source: tensorflow/python/ops/clip_ops.py of 1.15.
    """
    t_list = list(t_list)
    use_norm = tf.global_norm(t_list, name) if use_norm is None else use_norm
    with tf.name_scope(name, "clip_by_global_norm", t_list + [clip_norm]) as name:
        scale = clip_norm * tf.minimum(1.0 / use_norm, tf.constant(1.0, use_norm.dtype) / clip_norm)
        scale = tf.where(tf.is_finite(use_norm), scale, tf.constant(float("nan"), use_norm.dtype))
        sparse = [isinstance(t, tf.IndexedSlices) for t in t_list]
        values = [t.values if is_sparse else t for t, is_sparse in zip(t_list, sparse)]
        values = [v if v is None else tf.convert_to_tensor(v, name=f"t_{place}") for place, v in enumerate(values)]
        clipped = []
        for place, (t, v) in enumerate(zip(t_list, values)):
            if v is not None:
                with tf.colocate_with(v):
                    v = tf.identity(v * scale, name=f"{name}_{place}")
            clipped.append(tf.IndexedSlices(v, t.indices, t.dense_shape) if sparse[place] else v)
    return clipped, use_norm


def apply_op(op_type_name, name=None, **keywords):
    """Makes an operation. A shape or axes that are an empty list became a constant of int32 at once; today it is one of
    float32 before that, which is thrown away.

    Source: tensorflow/python/framework/op_def_library.py of 1.15.
    """
    empty = {key for key, value in keywords.items() if isinstance(value, (list, tuple)) and not value}
    definition = op_def_registry.get(op_type_name) if empty else None
    if definition is not None:
        whole = {attribute.name for attribute in definition.attr if attribute.default_value.type == tf.int32}
        for argument in definition.input_arg:
            if argument.name in empty and argument.type_attr in whole and not argument.number_attr:
                keywords[argument.name] = np.zeros(0, np.int32)
    return apply_op_today(op_type_name, name, **keywords)


def einsum(equation, *inputs, **kwargs):
    """tf.einsum by multiplications and sums; today it is an operation, which also knows "..."."""
    return (einsum_today if "..." in equation else special_math_ops._einsum_v1)(equation, *inputs, **kwargs)


def reduction_dims(x, axis):
    """The axes that a reduction without axes goes over; today's takes operations for those of a scalar, then those of a
    variable did.

    Source: tensorflow/python/ops/math_ops.py of 1.15, _ReductionDims.
    """
    if axis is not None:
        return axis
    rank = x.shape.rank if isinstance(x, (tf.Tensor, tf.SparseTensor)) else None
    return tf.range(0, tf.rank(x)) if rank is None else tf.constant(np.arange(rank), tf.int32)


def tensordot(a, b, axes, name=None):
    """A product over axes, as of layers.dense with more than two dimensions; today's leaves out a transposition and a
    reshape that change nothing.

    Source: tensorflow/python/ops/math_ops.py of 1.15.
    """
    a, b = tf.convert_to_tensor(a, name="a"), tf.convert_to_tensor(b, name="b")
    rank = a.shape.rank
    if isinstance(axes, int) and rank is not None and rank >= axes >= 0:
        axes = [range(rank - axes, rank), range(axes)]
    if not isinstance(axes, (list, tuple)) or rank is None or b.shape.rank is None:
        return tensordot_today(a, b, axes, name)
    a_axes, b_axes = ([each] if isinstance(each, int) else [*each] for each in axes)
    with tf.name_scope(name, "Tensordot", [a, b, axes]) as name:
        (a_matrix, a_free), (b_matrix, b_free) = matrix(a, a_axes), matrix(b, b_axes, flipped=True)
        product = tf.matmul(a_matrix, b_matrix)
        if isinstance(a_free, list) and isinstance(b_free, list):
            return tf.reshape(product, a_free + b_free, name=name)
        a_free, b_free = tf.convert_to_tensor(a_free, tf.int32), tf.convert_to_tensor(b_free, tf.int32)
        product = tf.reshape(product, tf.concat([a_free, b_free], 0), name=name)
        product.set_shape(sizes_without(a, a_axes) + sizes_without(b, b_axes))
        return product


def sizes_without(x, axes):
    """The sizes of a tensor's dimensions but those of `axes`, None where one is unknown."""
    gone = {axis % x.shape.rank for axis in axes}
    return [size for place, size in enumerate(x.shape.as_list()) if place not in gone]


def matrix(x, axes, flipped=False):
    """Returns (x as a matrix with `axes` as its columns or, if flipped, its rows; the sizes of the others: a list, or a
    tensor if one of x is unknown)."""
    axes = [axis % x.shape.rank for axis in axes]
    free = [axis for axis in range(x.shape.rank) if axis not in axes]
    if x.shape.is_fully_defined():
        free_sizes, shape = sizes_without(x, axes), x.shape.as_list()
        sizes = [int(np.prod(free_sizes)), int(np.prod([shape[axis] for axis in axes]))]
        order = axes + free if flipped else free + axes
        return tf.reshape(tf.transpose(x, order), sizes[::-1] if flipped else sizes), free_sizes
    axes, free = tf.constant(axes, tf.int32, name="axes"), tf.constant(free, tf.int32, name="free")
    shape = tf.shape(x)
    free_sizes, axes_sizes = tf.gather(shape, free), tf.gather(shape, axes)
    sizes = [tf.reduce_prod(free_sizes), tf.reduce_prod(axes_sizes)]
    order = tf.concat([axes, free] if flipped else [free, axes], 0)
    sizes = tf.stack(sizes[::-1] if flipped else sizes)
    return tf.reshape(tf.transpose(x, order), sizes), free_sizes


def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """tf.one_hot, which made constants of its two values, for their type alone.

    Source: tensorflow/python/ops/array_ops.py of 1.15.
    """
    with tf.name_scope(name, "one_hot", [indices, depth, on_value, off_value]) as name:
        for value in (on_value, off_value):
            if value is not None:
                tf.convert_to_tensor(value)
        return one_hot_today(indices, depth, on_value, off_value, axis, dtype, name)


def constant_if_small(value, shape, dtype, name, layout=None):
    """What tf.zeros and tf.ones make of a small shape, or None. Whether it is small was asked of tensors, too.

    Source: tensorflow/python/ops/array_ops.py of 1.15, _constant_if_small.
    """
    if isinstance(shape, (list, tuple)) and any(isinstance(size, tf.Tensor) for size in shape):
        functools.reduce(operator.mul, shape) < 1000  # noqa: B015, two operations that nobody asks
        return None
    return constant_if_small_today(value, shape, dtype, name, layout)


def flatten(self, inputs):
    """layers.flatten, whose batch was asked for if it was not known.

    Source: tensorflow/python/keras/layers/core.py of 1.15, Flatten.
    """
    if self.data_format == "channels_first" or inputs.shape.rank is None or inputs.shape.rank < 2:
        return flatten_today(self, inputs)
    flat = tf.reshape(inputs, (inputs.shape[0] or tf.shape(inputs)[0], -1))
    flat.set_shape(self.compute_output_shape(inputs.shape))
    return flat


def apply_options(self):
    """What a dataset does before an iterator is made of it: it put two of its operations at the end.

    Source: tensorflow/python/data/ops/dataset_ops.py of 1.15, DatasetV2._apply_options.
    """
    optimizations = tf.constant(["map_and_batch_fusion", "noop_elimination"], tf.string, name="optimizations")
    structure = self._flat_structure
    optimized = gen_dataset_ops.optimize_dataset(self._variant_tensor, optimizations, **structure)
    gen_dataset_ops.model_dataset(optimized, **structure)
    return apply_options_today(self)


def convolution(input, filters, strides=None, padding="VALID", data_format=None, dilations=None, **others):
    """A convolution, which made a constant of its dilation.

    Source: tensorflow/python/ops/nn_ops.py of 1.15, Convolution.
    """
    filters = tf.convert_to_tensor(filters)
    each = np.broadcast_to(1 if dilations is None else dilations, [filters.shape.rank - 2])
    tf.constant(each, tf.int32, name="dilation_rate")
    return convolution_today(input, filters, strides, padding, data_format, dilations, **others)


def while_loop(*args, **kwargs):
    """tf.while_loop. Of steps that run at once, and draw what depends on nothing in them, the first drew first, and
    today the last does. Here they take turns: by edges of control, which are no operations."""
    graph = tf.get_default_graph()
    before = graph.num_operations()
    result = while_loop_today(*args, **kwargs)
    made = graph.get_operations()[before:]
    draws = [each for each in made if has_seeds(each.type) and each.inputs[0].op.type == "Const"]  # of a known shape
    for operation in made if draws else ():
        if operation.type == "NextIteration":
            loop = operation._get_control_flow_context()
            operation._add_control_inputs([draw for draw in draws if draw._get_control_flow_context() is loop])
    return result


@functools.cache
def has_seeds(kind):
    """Whether operations of this type draw by a seed."""
    definition = op_def_registry.get(kind)
    return definition is not None and any(attribute.name == "seed2" for attribute in definition.attr)


# (a module or a class, the name there, the function of then)
TABLE = [
    *seeds.DRAWS,
    (dataset_ops.DatasetV2, "_apply_debug_options", apply_options),
    (array_ops, "_constant_if_small", constant_if_small),
    (Flatten, "call", flatten),
    (clip_ops, "clip_by_global_norm", clip_by_global_norm),
    (tf, "clip_by_global_norm", clip_by_global_norm),
    (nn_ops, "convolution_internal", convolution),
    (op_def_library, "_apply_op_helper", apply_op),
    *((place, "einsum", einsum) for place in (special_math_ops, standard_ops, tf, tf.linalg, v2, v2.linalg)),
    *((place, "linspace", gen_math_ops.lin_space) for place in (math_ops, tf, v2)),
    *((place, "lin_space", gen_math_ops.lin_space) for place in (math_ops, tf)),
    (ftrl.FtrlOptimizer, "_create_slots", variables_1_15.ftrl_slots),
    (ftrl.FtrlOptimizer, "_prepare", variables_1_15.ftrl_prepare),
    (variable_scope._VariableStore, "_get_single_variable", variables_1_15.get_single_variable),
    *((place, "one_hot", one_hot) for place in (array_ops, standard_ops, tf, v2)),
    (nn_ops, "dropout_v2", dropout),
    (v2.nn, "dropout", dropout),
    (random_ops, "random_gamma", random_gamma),
    (tf, "random_gamma", random_gamma),
    (tf.random, "gamma", random_gamma),
    (math_ops, "_ReductionDims", reduction_dims),
    (tensor_array_ops._GraphTensorArray, "size", size),
    (math_ops, "tensordot", tensordot),
    (standard_ops, "tensordot", tensordot),
    (tf, "tensordot", tensordot),
    (v2, "tensordot", tensordot),
    (while_module, "while_loop", while_loop),
    (tf, "while_loop", while_loop),
    (ops, "get_gradient_function", gradients_1_15.get_gradient_function),
]
