"""Gradients that make today another graph than in TensorFlow 1.15, as they made it then.

Today's know of shapes that are known in part, and leave out what does nothing. A gradient more is an entry more in
GRADIENTS.
"""

import weakref

import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.python.framework import ops, tensor_util
from tensorflow.python.ops import (
    array_grad,
    array_ops,
    gen_array_ops,
    math_grad,
    nn_grad,
    tensor_array_grad,
    tensor_array_ops,
)

get_gradient_function_today = ops.get_gradient_function

# graph -> (the shapes of two operands) -> (axes of one, of the other) that broadcasting went over
BROADCAST_AXES = weakref.WeakKeyDictionary()
# graph -> (shape, axes) -> (the shape that is left, with ones; how often each dimension is repeated in the gradient)
REDUCED = weakref.WeakKeyDictionary()


def in_graph(cache, key, compute):
    """Returns what `compute` gives, for each key once in a graph."""
    known = cache.setdefault(tf.get_default_graph(), {})
    if key not in known:
        known[key] = tuple(tuple(tensor_util.try_evaluate_constant(each)) for each in compute())
    return known[key]


def shape_of(x):
    """Returns the shape of a tensor as a tuple, or None if a part of it is unknown."""
    return tuple(x.shape.as_list()) if x.shape.is_fully_defined() else None


def are_equal(op, grad):
    """Whether both operands have the known shape of the gradient."""
    shapes = {shape_of(x) for x in (*op.inputs, grad)}
    return len(shapes) == 1 and None not in shapes


def for_operands(op, grad, of_x, of_y):
    """The gradients by two operands, `of_x()` and `of_y()`, summed over what broadcasting repeated.

    Source: tensorflow/python/ops/math_grad.py of 1.15, SmartBroadcastGradientArgs.
    """
    shapes = [shape_of(x) for x in op.inputs]
    if None in shapes:
        shapes = [array_ops.shape_internal(x, optimize=False) for x in op.inputs]
        return summed(shapes, gen_array_ops.broadcast_gradient_args(*shapes), of_x, of_y)
    axes = in_graph(BROADCAST_AXES, tuple(shapes), lambda: array_ops.broadcast_gradient_args(*shapes))
    reduce = [shape != shape_of(grad) for shape in shapes]
    return summed(shapes, axes, of_x, of_y, reduce)


def summed(shapes, axes, of_x, of_y, reduce=(True, True)):
    gradients = []
    for shape, over, gradient, must in zip(shapes, axes, (of_x, of_y), reduce):
        value = gradient()
        gradients.append(reshape(tf.reduce_sum(value, as_constant(over)), as_constant(shape)) if must else value)
    return gradients


def as_constant(value):
    return tf.constant(value, tf.int32) if isinstance(value, tuple) else value


def reshape(tensor, shape):
    """tf.reshape; today's makes two constants of a shape that is not a tensor, where the tensor's is unknown."""
    return gen_array_ops.reshape(tensor, shape)


def add_grad(op, grad):
    """Source: tensorflow/python/ops/math_grad.py of 1.15, as of those that follow."""
    if not isinstance(grad, tf.Tensor):
        return math_grad._AddGrad(op, grad)
    return (grad, grad) if are_equal(op, grad) else for_operands(op, grad, lambda: grad, lambda: grad)


def sub_grad(op, grad):
    if not isinstance(grad, tf.Tensor):
        return math_grad._SubGrad(op, grad)
    return (grad, -grad) if are_equal(op, grad) else for_operands(op, grad, lambda: grad, lambda: -grad)


def mul_grad(op, grad):
    if not isinstance(grad, tf.Tensor):
        return math_grad._MulGrad(op, grad)
    x, y = op.inputs
    if are_equal(op, grad) and grad.dtype in (tf.int32, tf.float32):
        return grad * y, grad * x
    x, y = tf.conj(x), tf.conj(y)
    return for_operands(op, grad, lambda: grad * y, lambda: x * grad)


def real_div_grad(op, grad):
    if not isinstance(grad, tf.Tensor):
        return math_grad._RealDivGrad(op, grad)
    shapes = [tf.shape(x) for x in op.inputs]
    axes = gen_array_ops.broadcast_gradient_args(*shapes)
    x, y = (tf.conj(each) for each in op.inputs)
    return summed(shapes, axes, lambda: tf.realdiv(grad, y), lambda: grad * tf.realdiv(tf.realdiv(-x, y), y))


def div_no_nan_grad(op, grad):
    shapes = [tf.shape(x) for x in op.inputs]
    axes = gen_array_ops.broadcast_gradient_args(*shapes)
    x, y = (tf.conj(each) for each in op.inputs)

    def by_y():
        return grad * tf.div_no_nan(tf.div_no_nan(-x, y), y)

    return summed(shapes, axes, lambda: tf.div_no_nan(grad, y), by_y)


def batch_matmul_grad(op, grad):
    """Of tf.matmul with more than two dimensions; today's knows that equal batches need no sum."""
    x, y = op.inputs
    adjoint_x, adjoint_y = op.get_attr("adj_x"), op.get_attr("adj_y")
    by_x = (y, grad, adjoint_y, True) if adjoint_x else (grad, y, False, not adjoint_y)
    by_y = (grad, x, True, adjoint_x) if adjoint_y else (x, grad, not adjoint_x, False)
    gradients = [tf.matmul(a, b, adjoint_a=of_a, adjoint_b=of_b) for a, b, of_a, of_b in (by_x, by_y)]
    shape = shape_of(x)
    if shape is not None and shape == shape_of(y):
        return gradients
    shapes = [tf.shape(x), tf.shape(y)]
    axes = gen_array_ops.broadcast_gradient_args(*(each[:-2] for each in shapes))
    return [tf.reshape(tf.reduce_sum(value, over), each) for value, over, each in zip(gradients, axes, shapes)]


def pow_grad(op, grad):
    x, y = (tf.conj(each) for each in op.inputs)

    def by_y():
        power = tf.conj(op.outputs[0])
        mask = tf.not_equal(x, 0) if x.dtype.is_complex else x > 0
        safe = tf.where(mask, x, tf.ones_like(x))
        log = tf.where(mask, tf.log(safe), tf.zeros_like(x))
        return grad * power * log

    return for_operands(op, grad, lambda: grad * y * tf.pow(x, y - 1), by_y)


def squared_difference_grad(op, grad):
    x, y = op.inputs
    with tf.control_dependencies([grad]):
        by_x = tf.scalar_mul(2.0, grad) * (x - y)
    if isinstance(grad, tf.Tensor) and are_equal(op, grad):
        return by_x, -by_x
    by_x, by_minus_y = for_operands(op, grad, lambda: by_x, lambda: by_x)
    return by_x, -by_minus_y


def maximum_grad(op, grad, takes_x=tf.greater_equal):
    shapes = [tf.shape(x) for x in op.inputs]
    zeros = tf.zeros(tf.shape(grad), grad.dtype)
    mask = takes_x(*op.inputs)
    axes = gen_array_ops.broadcast_gradient_args(*shapes)
    return summed(shapes, axes, lambda: tf.where(mask, grad, zeros), lambda: tf.where(mask, zeros, grad))


def minimum_grad(op, grad):
    return maximum_grad(op, grad, tf.less_equal)


def max_or_min_grad(op, grad):
    """Of tf.reduce_max and tf.reduce_min: the gradient goes to the largest, in equal parts."""
    x, axes = op.inputs
    left = reduced_shape(tf.shape(x), axes)
    largest, grad = tf.reshape(op.outputs[0], left), tf.reshape(grad, left)
    chosen = tf.cast(tf.equal(largest, x), grad.dtype)
    count = tf.reshape(tf.reduce_sum(chosen, axes), left)
    return [tf.divide(chosen, count) * grad, None]


def safe_shape_div(x, y):
    return x // tf.maximum(y, 1)


def sum_grad(op, grad):
    shape, axes = op.inputs[0].shape, tensor_util.constant_value(op.inputs[1])
    known = shape.rank is not None and axes is not None
    if known and np.array_equal(axes, np.arange(shape.rank)):
        grad = reshape(grad, [1] * shape.rank)
        sizes = tf.constant(shape.as_list(), tf.int32) if shape.is_fully_defined() else tf.shape(op.inputs[0])
        return [tf.tile(grad, sizes), None]
    if known and shape.is_fully_defined():
        sizes, axes = tuple(shape.as_list()), tuple(axes.reshape(-1))

        def compute():
            left = reduced_shape(sizes, axes)
            yield left
            yield safe_shape_div(sizes, tuple(tensor_util.try_evaluate_constant(left)))

        left, repeats = in_graph(REDUCED, (sizes, axes), compute)
        return [tf.tile(tf.reshape(grad, left), repeats), None]
    sizes = tf.shape(op.inputs[0])
    with tf.colocate_with(sizes):
        left = reduced_shape(sizes, op.inputs[1])
        repeats = safe_shape_div(sizes, left)
    return [tf.tile(tf.reshape(grad, left), repeats), None]


def mean_grad(op, grad):
    total, _ = sum_grad(op, grad)
    shapes = [shape_of(x) for x in (op.inputs[0], op.outputs[0])]
    if None in shapes:
        before, after = (tf.shape(x) for x in (op.inputs[0], op.outputs[0]))
        count = safe_shape_div(tf.reduce_prod(before), tf.reduce_prod(after))
    else:
        count = tf.constant(np.prod(shapes[0]) // max(np.prod(shapes[1]), 1), total.dtype)
    return tf.truediv(total, tf.cast(count, total.dtype)), None


def reduced_shape(sizes, axes):
    """The shape that a reduction leaves, with ones where it went. Source: tensorflow/python/ops/math_ops.py of 1.15."""
    sizes, axes = tf.cast(sizes, tf.int32), tf.cast(axes, tf.int32)
    rank = tf.size(sizes)
    axes = (axes + rank) % rank
    axes_shape = tf.shape(axes)
    return tf.dynamic_stitch([tf.range(rank), axes], [sizes, tf.fill(axes_shape, 1)])


def reshape_grad(op, grad):
    """Source: tensorflow/python/ops/array_grad.py of 1.15."""
    if not isinstance(grad, tf.Tensor):
        return array_grad._ReshapeGrad(op, grad)
    return [tf.reshape(grad, tf.shape(op.inputs[0])), None]


def gather_grad(op, grad):
    """Of tf.gather along the first axis, as of an embedding. Source: tensorflow/python/ops/array_grad.py of 1.15."""
    params, indices, axis = op.inputs
    if tensor_util.constant_value(axis) != 0 or not isinstance(grad, tf.Tensor):
        return array_grad._GatherV2Grad(op, grad)
    with tf.colocate_with(params):
        shape = tf.cast(tf.shape(params, out_type=tf.int64), tf.int32)
    count = tf.expand_dims(tf.size(indices), 0)
    values = tf.reshape(grad, tf.concat([count, shape[1:]], 0))
    return [tf.IndexedSlices(values, tf.reshape(indices, count), shape), None, None]


def sparse_softmax_grad(op, grad, _):
    """Source: tensorflow/python/ops/nn_grad.py of 1.15."""
    message = "sparse_softmax_cross_entropy_with_logits has no second derivative"
    return nn_grad._BroadcastMul(grad, array_ops.prevent_gradient(op.outputs[1], message=message)), None


def strided_slice_grad(op, grad):
    """Source: tensorflow/python/ops/array_grad.py of 1.15."""
    value, begin, end, strides = op.inputs
    masks = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    shape = tf.shape(value, out_type=begin.dtype)
    masks = {mask: op.get_attr(mask) for mask in masks}
    return array_ops.strided_slice_grad(shape, begin, end, strides, grad, **masks), None, None, None


def gradients_of_array(op, flow):
    """The array of gradients that belongs to a TensorArray; today's waits for what was written.

    Source: tensorflow/python/ops/tensor_array_grad.py of 1.15.
    """
    array = tensor_array_ops.TensorArray(
        op.get_attr("T"), handle=op.inputs[0], flow=flow, colocate_with_first_write_call=False
    )
    return array.grad(source=tensor_array_grad._GetGradSource(flow), flow=flow)


def tensor_array_write_grad(op, flow):
    return [None, None, gradients_of_array(op, flow).read(op.inputs[1]), flow]


def tensor_array_scatter_grad(op, flow):
    return [None, None, gradients_of_array(op, flow).gather(op.inputs[1]), flow]


# today's gradient -> that of 1.15
GRADIENTS = {
    math_grad._AddGrad: add_grad,
    math_grad._SubGrad: sub_grad,
    math_grad._MulGrad: mul_grad,
    math_grad._RealDivGrad: real_div_grad,
    math_grad._DivNoNanGrad: div_no_nan_grad,
    math_grad._BatchMatMulV2: batch_matmul_grad,
    math_grad._PowGrad: pow_grad,
    math_grad._SquaredDifferenceGrad: squared_difference_grad,
    math_grad._MaximumGrad: maximum_grad,
    math_grad._MinimumGrad: minimum_grad,
    math_grad._SumGrad: sum_grad,
    math_grad._MeanGrad: mean_grad,
    math_grad._MaxGrad: max_or_min_grad,
    math_grad._MinGrad: max_or_min_grad,
    nn_grad._SparseSoftmaxCrossEntropyWithLogitsGrad: sparse_softmax_grad,
    array_grad._GatherV2Grad: gather_grad,
    array_grad._ReshapeGrad: reshape_grad,
    array_grad._StridedSliceGrad: strided_slice_grad,
    tensor_array_grad._TensorArrayWriteGrad: tensor_array_write_grad,
    tensor_array_grad._TensorArrayScatterGrad: tensor_array_scatter_grad,
}


def get_gradient_function(op):
    """Returns the function that makes the gradient of an operation, as tf.gradients asks for it."""
    today = get_gradient_function_today(op)
    return GRADIENTS.get(today, today)
