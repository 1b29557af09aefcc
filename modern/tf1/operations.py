"""The operations of TensorFlow 1's graphs, each as Keras has it.

Each function takes (node, values, made): the NodeDef, the values of its inputs, the Layers; it returns a value, or a
list of them where the operation gives several.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from modern.tf1.outputs import Unclear
from modern.tf1.values import BATCH, Held, Tensor, is_open


def numpy_of(value):
    return np.asarray(keras.ops.convert_to_numpy(value))


def known(values):
    return all(isinstance(value, Held) for value in values)


def held(node, array, values):
    """Returns an array that was computed from known numbers; it counts as weights if one of them did."""
    weights = any(value.name for value in values) and np.asarray(array).dtype.kind == "f"
    return Held(np.asarray(array), node.name if weights else None, any(value.open for value in values))


def add(x, y):
    """Returns x + y of any shapes.

    `keras.ops.add` takes a y of [batch, 1] for a bias where the batch happens to be as large as the last axis of x
    (Keras 3.15, keras/src/backend/tensorflow/numpy.py); a subtraction rounds alike and has no such case.
    """
    x_shape, y_shape = np.shape(x), np.shape(y)
    plain = x_shape == y_shape or not y_shape or (len(y_shape) == 1 and x_shape and x_shape[-1] == y_shape[0])
    return ops.add(x, y) if plain else ops.subtract(x, ops.negative(y))


def elementwise(function):
    def run(node, values, made):
        if known(values):
            return held(node, numpy_of(function(*(value.array for value in values))), values)
        tensors = [value for value in values if isinstance(value, Tensor)]
        dims = np.broadcast_shapes(*(value.dims for value in values))
        # [batch * steps, ...] that is kept in two axes stays so, if what stands beside it has no such axis.
        rows = [value for value in values if len(value.dims) == len(dims) and value.dims[0] == dims[0]]
        pair = tensors[0].pair
        if pair and all(isinstance(one, Tensor) and one.pair == pair for one in rows) and len(rows) == len(tensors):
            operands = [value.inner if isinstance(value, Tensor) else made.solid(value) for value in values]
            return Tensor(dims, function(*operands), pair)
        return Tensor(dims, function(*(made.solid(value, tensors[0]) for value in values)))

    return run


def truncated_division(x, y):
    whole = (
        np.asarray(x).dtype.kind in "iu"
        if isinstance(x, np.ndarray)
        else "int" in keras.backend.standardize_dtype(x.dtype)
    )
    return ops.floor_divide(x, y) if whole else ops.divide(x, y)


def bias_add(node, values, made):
    """A product and its bias are one Dense layer."""
    for at in (0, 1):
        product, bias = values[at], values[1 - at]
        if isinstance(product, Tensor) and product.product and isinstance(bias, Held) and not bias.open:
            if bias.dims == product.dims[-1:] and not is_open(bias.dims[0]) and bias.array.dtype.kind == "f":
                return Tensor(product.dims, made.dense(product.product, bias), product.pair)
    return elementwise(add)(node, values, made)


def leaky_relu(node, values, made):
    slope = node.attr["alpha"].f
    return elementwise(lambda x: ops.leaky_relu(x, slope))(node, values, made)


def cast(node, values, made):
    dtype = tf.as_dtype(node.attr["DstT"].type).name
    if known(values):
        return Held(values[0].array.astype(dtype), values[0].name, values[0].open)
    return Tensor(values[0].dims, ops.cast(values[0].inner, dtype), values[0].pair)


def axes_of(value, rank):
    return sorted({int(axis) % max(rank, 1) for axis in np.asarray(value.array).reshape(-1)})


def reduced(function):
    def run(node, values, made):
        x, axes = values[0], axes_of(values[1], len(values[0].dims))
        keep = node.attr["keep_dims"].b
        if isinstance(x, Held):
            return held(node, numpy_of(function(x.array, axis=tuple(axes), keepdims=keep)) if axes else x.array, values)
        if not axes:
            return x
        if x.dims[0] in (BATCH,) and 0 in axes and not (len(x.dims) > 1 and len(axes) == 1 and is_open(x.dims[1])):
            raise Unclear(f"a {node.op.lower()} over the batch")
        dims = [1 if at in axes else size for at, size in enumerate(x.dims) if keep or at not in axes]
        if x.pair and 0 not in axes:
            return Tensor(dims, function(x.inner, axis=tuple(axis + 1 for axis in axes), keepdims=keep), x.pair)
        return Tensor(dims, function(x.keras, axis=tuple(axes), keepdims=keep))

    return run


def arg(function):
    def run(node, values, made):
        x, axis = values[0], axes_of(values[1], len(values[0].dims))[0]
        kind = node.attr["output_type"].type
        dtype = tf.as_dtype(kind).name if kind else "int64"
        if isinstance(x, Held):
            return held(node, numpy_of(function(x.array, axis=axis)).astype(dtype), values[:1])
        dims = [size for at, size in enumerate(x.dims) if at != axis]
        if x.pair and axis:
            return Tensor(dims, ops.cast(function(x.inner, axis=axis + 1), dtype), x.pair)
        return Tensor(dims, ops.cast(function(x.keras, axis=axis), dtype))

    return run


def last_axis(function):
    def run(node, values, made):
        (x,) = values
        if isinstance(x, Held):
            return held(node, numpy_of(function(x.array)), values)
        return Tensor(x.dims, function(x.inner), x.pair)

    return run


def shape(node, values, made):
    return Held(np.array(values[0].dims, "int32"), open=any(map(is_open, values[0].dims)), sizes=True)


def filled(number):
    def run(node, values, made):
        x = values[0]
        dtype = x.array.dtype if isinstance(x, Held) else keras.backend.standardize_dtype(x.inner.dtype)
        return Held(np.broadcast_to(np.array(number, dtype), x.dims))

    return run


def fill(node, values, made):
    dims, value = values
    if not isinstance(dims, Held):
        raise Unclear("a shape that is known only as the graph runs")
    sizes = tuple(int(size) for size in dims.array)
    if isinstance(value, Tensor):
        return Tensor(sizes, value.keras + made.solid(Held(np.broadcast_to(np.float32(0), sizes)), value))
    return Held(np.broadcast_to(value.array, sizes), open=value.open)


def count(node, values, made):
    start, limit, delta = values
    if not known(values):
        raise Unclear("a range whose end is known only as the graph runs")
    return Held(np.arange(start.array, limit.array, delta.array), open=start.open or delta.open)


def matmul(node, values, made):
    a, b = values
    names = ("transpose_a", "transpose_b") if node.op == "MatMul" else ("adj_x", "adj_y")
    turns = [node.attr[name].b for name in names]
    if known(values):
        arrays = [np.swapaxes(one.array, -1, -2) if turn else one.array for one, turn in zip(values, turns)]
        return held(node, arrays[0] @ arrays[1], values)
    dims = [(*one.dims[:-2], *reversed(one.dims[-2:])) if turn else one.dims for one, turn in zip(values, turns)]
    out = (*np.broadcast_shapes(dims[0][:-2], dims[1][:-2]), dims[0][-2], dims[1][-1])
    if isinstance(a, Tensor) and isinstance(b, Held) and len(b.dims) == 2 and not turns[0] and not b.open:
        if not any(map(is_open, b.dims)):
            return Tensor(out, pair=a.pair, product=(a, b, turns[1]), made=made)
    keras_values = [made.solid(one) for one in values]
    keras_values = [ops.swapaxes(one, -1, -2) if turn else one for one, turn in zip(keras_values, turns)]
    return Tensor(out, ops.matmul(*keras_values))


def window(node, name):
    sizes = tuple(node.attr[name].list.i) or (1, 1, 1, 1)
    if node.attr["data_format"].s == b"NCHW":
        raise Unclear(f"{node.op} with the channels first")
    return sizes[1:3]


def convolution(node, values, made):
    x, kernel = values
    strides, dilations = window(node, "strides"), window(node, "dilations")
    padding = node.attr["padding"].s.decode().lower()
    if known(values) and padding in ("same", "valid"):
        told = ops.conv(x.array, kernel.array, strides=strides, padding=padding, dilation_rate=dilations)
        return held(node, numpy_of(told), values)
    if not isinstance(kernel, Held) or not isinstance(x, Tensor) or padding not in ("same", "valid"):
        raise Unclear("a convolution whose kernel is no variable")
    rows = [
        size if is_open(size) and padding == "same" and stride == 1
        else -(-size // stride) if padding == "same" else -(-(size - (width - 1) * dilation) // stride)
        for size, stride, width, dilation in zip(x.dims[1:3], strides, kernel.dims, dilations)
    ]  # fmt: skip
    if any(is_open(size) and row != size for size, row in zip(x.dims[1:3], rows)):
        raise Unclear("a convolution over a number of steps that is open")
    return Tensor((x.dims[0], *rows, kernel.dims[3]), made.convolution(x.keras, kernel, strides, padding, dilations))


def pool(function):
    def run(node, values, made):
        x, size, strides = values[0], window(node, "ksize"), window(node, "strides")
        padding = node.attr["padding"].s.decode().lower()
        if any(map(is_open, x.dims[1:3])):
            raise Unclear("a pooling over a number of steps that is open")
        rows = [
            -(-size // step) if padding == "same" else (size - width) // step + 1
            for size, step, width in zip(x.dims[1:3], strides, size)
        ]
        return Tensor((x.dims[0], *rows, x.dims[3]), function(x.keras, size, strides, padding))

    return run


def batch_norm(node, values, made):
    x, scale, offset, mean, variance = values
    if node.attr["is_training"].b:
        raise Unclear("a batch normalization that takes the batch's own mean, as in training")
    if not known(values[1:]):
        raise Unclear("a batch normalization whose numbers are no variables")
    factor = scale.array / np.sqrt(variance.array + node.attr["epsilon"].f)
    weights = Held(factor, f"{node.name}/scale"), Held(offset.array - mean.array * factor, f"{node.name}/offset")
    dims, (factor, shift) = x.dims, weights
    return [Tensor(dims, x.keras * made.solid(factor) + made.solid(shift)), mean, variance]


def clip(node, values, made):
    x, low, high = values
    return elementwise(ops.minimum)(node, [elementwise(ops.maximum)(node, [x, low], made), high], made)


def select(node, values, made):
    condition, x, y = values
    if known(values):
        mask = condition.array.reshape(condition.array.shape + (1,) * (x.array.ndim - condition.array.ndim))
        return held(node, np.where(mask, x.array, y.array), values)
    rank = max(len(x.dims), len(y.dims))
    told = made.solid(condition)
    for _ in range(rank - len(condition.dims) if node.op == "Select" and len(condition.dims) == 1 else 0):
        told = ops.expand_dims(told, -1)
    dims = np.broadcast_shapes(x.dims, y.dims)
    return Tensor(dims, ops.where(told, made.solid(x), made.solid(y)))


def square_difference(x, y):
    return ops.square(ops.subtract(x, y))


UNARY = {
    "Tanh": ops.tanh, "Sigmoid": ops.sigmoid, "Relu": ops.relu, "Relu6": ops.relu6, "Elu": ops.elu, "Selu": ops.selu,
    "Softplus": ops.softplus, "Softsign": ops.softsign, "Exp": ops.exp, "Log": ops.log, "Log1p": ops.log1p,
    "Neg": ops.negative, "Square": ops.square, "Sqrt": ops.sqrt, "Rsqrt": ops.rsqrt, "Abs": ops.abs,
    "Floor": ops.floor, "Ceil": ops.ceil, "Round": ops.round, "Sign": ops.sign, "Reciprocal": ops.reciprocal,
    "Inv": ops.reciprocal, "Sin": ops.sin, "Cos": ops.cos, "Erf": ops.erf, "LogicalNot": ops.logical_not,
}  # fmt: skip
BINARY = {
    "Sub": ops.subtract, "Mul": ops.multiply, "RealDiv": ops.divide, "Div": truncated_division,
    "Maximum": ops.maximum, "Minimum": ops.minimum, "Pow": ops.power, "SquaredDifference": square_difference,
    "FloorDiv": ops.floor_divide, "FloorMod": ops.mod, "Mod": ops.mod, "Less": ops.less, "LessEqual": ops.less_equal,
    "Greater": ops.greater, "GreaterEqual": ops.greater_equal, "Equal": ops.equal, "NotEqual": ops.not_equal,
    "LogicalAnd": ops.logical_and, "LogicalOr": ops.logical_or,
}  # fmt: skip
REDUCING = {
    "Sum": ops.sum,
    "Mean": ops.mean,
    "Max": ops.max,
    "Min": ops.min,
    "Prod": ops.prod,
    "All": ops.all,
    "Any": ops.any,
}
OPERATIONS = {
    **{name: elementwise(function) for name, function in {**UNARY, **BINARY}.items()},
    **{name: reduced(function) for name, function in REDUCING.items()},
    **dict.fromkeys(("Add", "AddV2", "BiasAdd"), bias_add),
    **dict.fromkeys(("MatMul", "BatchMatMul", "BatchMatMulV2"), matmul),
    **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), batch_norm),
    **dict.fromkeys(("Select", "SelectV2"), select),
    "ArgMax": arg(ops.argmax),
    "ArgMin": arg(ops.argmin),
    "AvgPool": pool(ops.average_pool),
    "MaxPool": pool(ops.max_pool),
    "Cast": cast,
    "ClipByValue": clip,
    "Conv2D": convolution,
    "Fill": fill,
    "LeakyRelu": leaky_relu,
    "LogSoftmax": last_axis(ops.log_softmax),
    "OnesLike": filled(1),
    "Range": count,
    "Rank": lambda node, values, made: Held(np.array(len(values[0].dims), "int32")),
    "Shape": shape,
    "Size": lambda node, values, made: held(node, shape(node, values, made).array.prod(), [shape(node, values, made)]),
    "Softmax": last_axis(ops.softmax),
    "ZerosLike": filled(0),
}
