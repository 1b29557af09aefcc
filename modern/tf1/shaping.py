"""The operations that move values and compute none: reshapes, what is put side by side and taken apart."""

import numpy as np
import tensorflow as tf
from keras import ops

from modern.tf1.operations import OPERATIONS, add, known
from modern.tf1.outputs import Unclear
from modern.tf1.values import BATCH, STEPS, Held, Tensor, is_open, keras_shape

NODE = tf.compat.v1.NodeDef(name="step")


def passed(node, values, made):
    return values[0]


def whole(value, what):
    """Returns the numbers of an operand that must be known.

    Raises:
        Unclear: they are not.
    """
    if not isinstance(value, Held):
        raise Unclear(f"{what} that is known only as the graph runs")
    return value.array


def moved(node, x, array):
    array = np.asarray(array)
    if x.sizes:
        return Held(array, open=any(is_open(int(size)) for size in array.reshape(-1)), sizes=True)
    return Held(array, x.name and node.name, x.open)


def reshape(node, values, made):
    x, sizes = values[0], [int(size) for size in whole(values[1], "a shape").reshape(-1)]
    total = int(np.prod(x.dims, dtype="int64"))
    if -1 in sizes:
        rest = int(np.prod([size for size in sizes if size != -1], dtype="int64"))
        sizes[sizes.index(-1)] = total // rest if rest else 0
    if int(np.prod(sizes, dtype="int64")) != total:
        raise Unclear(f"a reshape of {shown(x.dims)} to {shown(sizes)}")
    if tuple(sizes) == x.dims:
        return x
    if isinstance(x, Held):
        return moved(node, x, x.array.reshape(sizes))
    if x.product and sizes and sizes[-1] == x.dims[-1]:  # the bias of a layer may follow its reshape
        source, kernel, turned = x.product
        source = reshaped(source, [*sizes[:-1], source.dims[-1]])
        return Tensor(sizes, pair=source.pair, product=(source, kernel, turned), made=x.made)
    return reshaped(x, sizes)


def reshaped(x, sizes):
    if x.pair and (*x.pair, *x.dims[1:]) == tuple(sizes):
        return Tensor(sizes, x.inner)
    if len(x.dims) > 1 and tuple(sizes[1:]) == x.dims[2:] and is_open(x.dims[0]) and is_open(x.dims[1]):
        return Tensor(sizes, x.inner, x.dims[:2])
    if tuple(sizes) == x.dims:
        return x
    if sum(map(is_open, sizes)) > 1:
        return around_ones(x, sizes)
    return Tensor(sizes, ops.reshape(x.inner, keras_shape(sizes)))


def around_ones(x, sizes):
    """Returns a reshape that puts in or takes out axes of one number alone."""
    if [size for size in sizes if size != 1] != [size for size in x.dims if size != 1]:
        raise Unclear(f"a reshape of {shown(x.dims)} to {shown(sizes)}, two of whose sizes are open")
    ones = [at for at, size in enumerate(x.dims) if size == 1]
    y = ops.squeeze(x.keras, tuple(ones)) if ones else x.keras
    for at, size in enumerate(sizes):
        y = ops.expand_dims(y, at) if size == 1 else y
    return Tensor(sizes, y)


def shown(dims):
    names = {BATCH: "batch", STEPS: "steps", BATCH * STEPS: "batch * steps"}
    return "[" + ", ".join(names.get(int(size), str(size)) for size in dims) + "]"


def expand_dims(node, values, made):
    x, at = values[0], int(whole(values[1], "an axis"))
    at = at if at >= 0 else len(x.dims) + 1 + at
    dims = (*x.dims[:at], 1, *x.dims[at:])
    if isinstance(x, Held):
        return moved(node, x, x.array.reshape(dims) if x.array.size else np.expand_dims(x.array, at))
    return Tensor(dims, ops.expand_dims(x.keras, at))


def squeeze(node, values, made):
    (x,) = values
    at = [axis % len(x.dims) for axis in node.attr["squeeze_dims"].list.i] or [
        axis for axis, size in enumerate(x.dims) if size == 1
    ]
    dims = tuple(size for axis, size in enumerate(x.dims) if axis not in at)
    if isinstance(x, Held):
        return moved(node, x, np.squeeze(x.array, tuple(at)))
    return Tensor(dims, ops.squeeze(x.keras, tuple(at)) if at else x.keras)


def transpose(node, values, made):
    x, order = values[0], [int(axis) for axis in whole(values[1], "an order of axes")]
    if isinstance(x, Held):
        return moved(node, x, np.transpose(x.array, order))
    return Tensor([x.dims[axis] for axis in order], ops.transpose(x.keras, order))


def concat(node, values, made):
    axis, parts = (values[0], values[1:]) if node.op == "Concat" else (values[-1], values[:-1])
    return joined(node, parts, int(whole(axis, "an axis")), made)


def joined(node, parts, axis, made):
    """Returns parts put side by side; known numbers among them are spread over the batch first."""
    rank = len(parts[0].dims)
    axis %= max(rank, 1)
    if known(parts):
        name = node.name if any(part.name for part in parts) else None
        return Held(np.concatenate([part.array for part in parts], axis), name, any(part.open for part in parts))
    if any(is_open(part.dims[axis]) for part in parts) and len(parts) > 1:
        raise Unclear("parts side by side along an axis whose size is open")
    tensors = [part for part in parts if isinstance(part, Tensor)]
    dims = list(tensors[0].dims)
    dims[axis] = sum(part.dims[axis] for part in parts)
    pair = tensors[0].pair
    if axis == rank - 1 and pair and all(isinstance(part, Tensor) and part.pair == pair for part in parts):
        return Tensor(dims, ops.concatenate([part.inner for part in parts], -1), pair)
    return Tensor(dims, ops.concatenate([spread(part, tensors[0], made) for part in parts], axis))


def spread(part, like, made):
    """Returns a part's Keras tensor, its open sizes as long as those of `like`, a Tensor."""
    if isinstance(part, Tensor):
        return part.keras
    y = made.solid(part, like)
    for axis, size in enumerate(part.dims):
        if is_open(size) and size in like.dims and part.array.ndim:
            column = made.column(like, like.dims.index(size), part.array.dtype.name)
            column = ops.reshape(column, [-1 if at == axis else 1 for at in range(len(part.dims))])
            y = add(y, column)
    return y


def pack(node, values, made):
    axis, rank = node.attr["axis"].i, len(values[0].dims) + 1
    axis %= rank
    if known(values):
        name = node.name if any(value.name for value in values) else None
        return Held(np.stack([value.array for value in values], axis), name, any(value.open for value in values))
    tensors = [value for value in values if isinstance(value, Tensor)]
    dims = (*tensors[0].dims[:axis], len(values), *tensors[0].dims[axis:])
    return Tensor(dims, ops.stack([spread(value, tensors[0], made) for value in values], axis))


def unpack(node, values, made):
    x, axis = values[0], node.attr["axis"].i % len(values[0].dims)
    return unstacked(x, axis, node)


def unstacked(x, axis, node=None):
    """Returns the parts of a value along an axis, without it."""
    if is_open(x.dims[axis]):
        raise Unclear("a step at a time, with the number of steps open")
    if isinstance(x, Held):
        node = node or NODE
        return [moved(node, x, part) for part in np.moveaxis(x.array, axis, 0)]
    dims, y = (*x.dims[:axis], *x.dims[axis + 1 :]), x.keras
    return [Tensor(dims, y[(slice(None),) * axis + (at,)]) for at in range(x.dims[axis])]


def split(node, values, made):
    if node.op == "Split":
        axis, x = int(whole(values[0], "an axis")), values[1]
        count = node.attr["num_split"].i
        sizes = [x.dims[axis] // count] * count
    else:
        x, sizes, axis = values[0], [int(size) for size in whole(values[1], "sizes")], int(whole(values[2], "an axis"))
        if -1 in sizes:
            sizes[sizes.index(-1)] = x.dims[axis] - sum(sizes) - 1
    axis %= len(x.dims)
    cuts = np.cumsum(sizes)[:-1].tolist()
    if isinstance(x, Held):
        return [moved(node, x, part) for part in np.split(x.array, cuts, axis)]
    if is_open(x.dims[axis]):
        raise Unclear("a split of an axis whose size is open")
    pair = x.pair if axis else None
    y, at = (x.inner, axis + 1) if pair else (x.keras, axis)
    parts = ops.split(y, cuts, at) if cuts else [y]
    return [Tensor((*x.dims[:axis], size, *x.dims[axis + 1 :]), part, pair) for size, part in zip(sizes, parts)]


def tile(node, values, made):
    x, times = values[0], [int(number) for number in whole(values[1], "a number of copies")]
    dims = tuple(size * number for size, number in zip(x.dims, times))
    if isinstance(x, Held):
        if all(size == 1 or number == 1 for size, number in zip(x.dims, times)):
            return Held(np.broadcast_to(x.array, dims), x.name, x.open)
        return moved(node, x, np.tile(x.array, times))
    if all(number == 1 for number in times):
        return x
    opened = [axis for axis, number in enumerate(times) if is_open(number)]
    if any(x.dims[axis] != 1 or times[axis] != BATCH for axis in opened):
        raise Unclear("copies of which the number is open")
    y = ops.tile(x.keras, [1 if axis in opened else number for axis, number in enumerate(times)])
    for axis in opened:
        shape = [-1 if at == axis else 1 for at in range(len(dims))]
        y = add(y, ops.cast(ops.reshape(made.column(), shape), y.dtype))
    return Tensor(dims, y)


def others(node, values, made):
    """ListDiff: the numbers of x that are not in y, and where they stood."""
    x, y = (whole(value, "a list of axes") for value in values)
    at = np.flatnonzero(~np.isin(x, y))
    return [Held(x[at]), Held(at.astype("int32"))]


def diagonal(node, values, made):
    return moved(node, values[0], np.apply_along_axis(np.diag, -1, whole(values[0], "a diagonal")))


def pad(node, values, made):
    x, widths = values[0], [tuple(map(int, pair)) for pair in whole(values[1], "a width")]
    fill = float(whole(values[2], "a value")) if len(values) > 2 else 0.0
    if isinstance(x, Held):
        return moved(node, x, np.pad(x.array, widths, constant_values=fill))
    if any(is_open(size) and pair != (0, 0) for size, pair in zip(x.dims, widths)):
        raise Unclear("a padding of an axis whose size is open")
    dims = [size + sum(pair) for size, pair in zip(x.dims, widths)]
    return Tensor(dims, ops.pad(x.keras, widths, constant_values=fill))


PASSED = (
    *("Identity", "StopGradient", "PreventGradient", "CheckNumerics", "Print", "EnsureShape", "Snapshot"),
    *("ReadVariableOp", "RefIdentity", "PlaceholderWithDefault"),
)
OPERATIONS |= {
    **dict.fromkeys(PASSED, passed),
    **dict.fromkeys(("Concat", "ConcatV2"), concat),
    **dict.fromkeys(("Split", "SplitV"), split),
    **dict.fromkeys(("Pad", "PadV2"), pad),
    **dict.fromkeys(("Diag", "MatrixDiag", "MatrixDiagV2", "MatrixDiagV3"), diagonal),
    "ExpandDims": expand_dims,
    "ListDiff": others,
    "Pack": pack,
    "Reshape": reshape,
    "Squeeze": squeeze,
    "Tile": tile,
    "Transpose": transpose,
    "Unpack": unpack,
}
