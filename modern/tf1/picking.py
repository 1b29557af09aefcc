"""The operations that pick values: slices, rows of a table, the order of steps."""

import numpy as np
from keras import ops

from modern.tf1.operations import OPERATIONS, known
from modern.tf1.outputs import Unclear
from modern.tf1.shaping import moved, whole
from modern.tf1.values import BATCH, Held, Tensor, is_open


def strided_slice(node, values, made):
    x = values[0]
    begin, end, strides = (whole(value, "a slice").reshape(-1).tolist() for value in values[1:4])
    mask = {name: node.attr[f"{name}_mask"].i for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")}
    cut, axis = [], 0
    for at in range(len(begin)):
        if mask["ellipsis"] >> at & 1:
            others = sum(not mask["new_axis"] >> after & 1 for after in range(at + 1, len(begin)))
            cut += [slice(None)] * (len(x.dims) - axis - others)
            axis = len(x.dims) - others
        elif mask["new_axis"] >> at & 1:
            cut.append(None)
        else:
            if mask["shrink_axis"] >> at & 1:
                cut.append(int(begin[at]))
            else:
                start = None if mask["begin"] >> at & 1 else int(begin[at])
                cut.append(slice(start, None if mask["end"] >> at & 1 else int(end[at]), int(strides[at])))
            axis += 1
    return cut_out(node, x, cut)


def slice_(node, values, made):
    begin, sizes = (whole(value, "a slice").tolist() for value in values[1:3])
    return cut_out(
        node, values[0],
        [slice(at or None, None if size == -1 or at + size == of else at + size)
         for at, size, of in zip(begin, sizes, values[0].dims)],
    )  # fmt: skip


def cut_out(node, x, cut):
    """Returns x[cut], of whole numbers, slices and None for a new axis."""
    if isinstance(x, Held):
        return moved(node, x, np.asarray(x.array[tuple(cut)]))
    dims, keras_cut, axis = [], [], 0
    for one in cut:
        if one is None:
            dims.append(1)
            keras_cut.append(None)
            continue
        size = x.dims[axis]
        if isinstance(one, int):
            if size == BATCH:
                raise Unclear("one sequence of the batch")
            if is_open(size) and one not in (0, -1, size - 1):
                raise Unclear("a step by its number, with the number of steps open")
            keras_cut.append(-1 if one == size - 1 else one)
        else:
            start, stop, step = one.indices(size)
            full = step == 1 and (start, stop) == (0, size)
            flipped = step == -1 and one.start is None and one.stop is None
            if is_open(size) and not full and not flipped:
                what = "a part of the batch" if size == BATCH else "a part of the steps, whose number is open"
                raise Unclear(what)
            dims.append(len(range(start, stop, step)))
            keras_cut.append(slice(None) if full else one)
        axis += 1
    dims += x.dims[axis:]
    if all(one == slice(None) for one in keras_cut):
        return x
    return Tensor(dims, x.keras[tuple(keras_cut)])


def gather(node, values, made):
    table, ids = values[:2]
    axis = int(whole(values[2], "an axis")) if len(values) > 2 else 0
    axis %= max(len(table.dims), 1)
    dims = (*table.dims[:axis], *ids.dims, *table.dims[axis + 1 :])
    if known(values[:2]):
        return moved(node, table, np.take(table.array, ids.array, axis))
    if isinstance(table, Held) and axis == 0:
        if isinstance(ids, Tensor):
            made.bounds.setdefault(id(ids.inner), table.dims[0])
        if (
            len(table.dims) == 2
            and table.dims[0] == table.dims[1]
            and np.array_equal(table.array, np.eye(table.dims[0]))
        ):
            return Tensor(dims, ops.one_hot(ids.inner, table.dims[0]), ids.pair)
        if len(table.dims) == 2 and table.array.dtype.kind == "f":
            return Tensor(dims, made.embedding(table, ids.inner), ids.pair)
    if isinstance(table, Tensor) and axis == 0 and table.dims[0] == BATCH and isinstance(ids, Held):
        if ids.dims != (BATCH,):
            raise Unclear("one sequence of the batch")
    return Tensor(
        dims, ops.take(made.solid(table), made.solid(ids, table if isinstance(table, Tensor) else None), axis)
    )


def gather_nd(node, values, made):
    x, index = values
    depth = index.dims[-1]
    if known(values):
        return moved(node, x, x.array[tuple(np.moveaxis(index.array, -1, 0))])
    rest, places = x.dims[depth:], made.solid(index)
    row = places[..., 0]
    for at in range(1, depth):
        size = made.size_of(x.dims[at], x) if is_open(x.dims[at]) else x.dims[at]
        row = row * size + places[..., at]
    flat = ops.reshape(made.solid(x), (-1, *rest))
    return Tensor((*index.dims[:-1], *rest), ops.take(flat, row, axis=0))


def one_hot(node, values, made):
    ids, depth, on, off = values
    size, axis = int(whole(depth, "a depth")), node.attr["axis"].i
    numbers = float(whole(on, "a value")), float(whole(off, "a value"))
    if numbers != (1.0, 0.0) or axis not in (-1, len(ids.dims)):
        raise Unclear("one-hot rows of other numbers than 1 and 0")
    if isinstance(ids, Held):
        return Held(np.eye(size, dtype="float32")[ids.array], None, ids.open)
    made.bounds.setdefault(id(ids.inner), size)
    return Tensor((*ids.dims, size), ops.one_hot(ids.inner, size), ids.pair)


def reverse(node, values, made):
    x, axes = values[0], whole(values[1], "an axis").reshape(-1)
    axes = np.flatnonzero(axes) if axes.dtype == bool else axes % len(x.dims)
    axes = tuple(int(axis) for axis in axes)
    if isinstance(x, Held):
        return moved(node, x, np.flip(x.array, axes))
    return Tensor(x.dims, ops.flip(x.keras, axes) if axes else x.keras)


def reverse_sequence(node, values, made):
    x, lengths = values
    along, batch = node.attr["seq_dim"].i, node.attr["batch_dim"].i
    if isinstance(lengths, Held) and (lengths.array == x.dims[along]).all():
        if isinstance(x, Held):
            return moved(node, x, np.flip(x.array, along))
        return Tensor(x.dims, ops.flip(x.keras, along))
    if {along, batch} != {0, 1} or is_open(x.dims[along]):
        raise Unclear("a sequence turned around by its length, with the number of steps open")
    y = made.solid(x)
    y = y if batch == 0 else ops.transpose(y, (1, 0, *range(2, len(x.dims))))
    steps = np.arange(x.dims[along], dtype="int32")[None]
    ends = ops.expand_dims(ops.cast(made.solid(lengths), "int32"), 1)
    places = ops.where(steps < ends, ends - 1 - steps, steps)  # [batch, time]
    places = ops.reshape(places, (-1, x.dims[along], *(1 for _ in x.dims[2:])))
    y = ops.take_along_axis(y, places + np.zeros((1, 1, *x.dims[2:]), "int32"), axis=1)
    return Tensor(x.dims, y if batch == 0 else ops.transpose(y, (1, 0, *range(2, len(x.dims)))))


OPERATIONS |= {
    **dict.fromkeys(("Gather", "GatherV2", "ResourceGather"), gather),
    **dict.fromkeys(("Reverse", "ReverseV2"), reverse),
    "GatherNd": gather_nd,
    "OneHot": one_hot,
    "ReverseSequence": reverse_sequence,
    "Slice": slice_,
    "StridedSlice": strided_slice,
}
