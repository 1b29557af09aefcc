"""What a tensor of a graph holds while the graph is rebuilt: numbers that are known, or a tensor of the Keras model."""

import dataclasses

import numpy as np
from keras import layers, ops

from modern.tf1.outputs import Unclear

# A size that is open until the model runs is counted as one of these: primes that no program has for a size.
BATCH, STEPS = 1013, 1019
LARGEST_CONSTANT = 4096  # numbers in a file's JSON; more are kept as a layer's weights


def is_open(size):
    """Returns whether a size is known only as the model runs."""
    return size > 0 and (size % BATCH == 0 or size % STEPS == 0)


def is_count(array):
    """Returns whether numbers go up by the same step each."""
    return len(array) > 1 and np.array_equal(array, array[0] + np.arange(len(array)) * (array[1] - array[0]))


@dataclasses.dataclass
class Held:
    """Numbers that are known as the graph is read.

    name: of the variable, or the node, whose weights they are; None of a constant. open: whether the numbers
    themselves follow from a size that is open, as a batch's size does. sizes: whether they are a tensor's sizes.
    """

    array: np.ndarray
    name: str | None = None
    open: bool = False
    sizes: bool = False

    @property
    def dims(self):
        return self.array.shape


class Tensor:
    """A tensor of the Keras model.

    dims: its sizes, as the graph has them, an open one as its prime. pair: with it, the first of them is the product
    of these two, [batch * steps, ...], and the Keras tensor [batch, steps, ...]: both may be open, and a reshape
    could not part them again. product: (source, kernel, transposed), if it is one with weights, whose layer
    is made when it is known whether a bias follows.
    """

    def __init__(self, dims, inner=None, pair=None, product=None, made=None):
        self.dims, self._inner, self.pair, self.product, self.made = tuple(dims), inner, pair, product, made

    @property
    def inner(self):
        if self._inner is None:
            self._inner = self.made.dense(self.product, None)
        return self._inner

    @property
    def keras(self):
        """The Keras tensor of these sizes."""
        return self.inner if self.pair is None else ops.reshape(self.inner, keras_shape(self.dims))


def keras_shape(dims):
    """Returns sizes as `ops.reshape` takes them.

    Raises:
        Unclear: more than one is open.
    """
    if sum(map(is_open, dims)) > 1:
        raise Unclear("a shape with two open sizes: the number of steps would settle it")
    return tuple(-1 if is_open(size) else int(size) for size in dims)


class Layers:
    """The layers of a model that is being rebuilt: one for each kernel, however often it is used."""

    def __init__(self):
        self.known, self.kept, self.names = {}, [], set()
        self.first = None  # the Tensor of the first input, from which what has the batch's size is made
        self.bounds = {}  # id of an input's Keras tensor -> how many rows the table has that it looks up

    def key(self, array):
        self.kept.append(array)  # so that its id stays its own
        return id(array)

    def called(self, name):
        """Returns a layer's name that no other has, from a variable's."""
        plain = "".join(sign if sign.isalnum() else "_" for sign in name or "constant").strip("_")[-60:] or "weights"
        plain, number = plain.lstrip("_"), 0
        while (named := plain if not number else f"{plain}_{number}") in self.names:
            number += 1
        self.names.add(named)
        return named

    def once(self, key, make):
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]

    def dense(self, product, bias):
        """Returns the outcome of a Dense, [..., columns], with this bias or none; `product` is a Tensor's."""
        source, kernel, transposed = product
        key = "dense", self.key(kernel.array), transposed, None if bias is None else self.key(bias.array)
        array = kernel.array.T if transposed else kernel.array
        layer = self.once(
            key, lambda: layers.Dense(array.shape[1], use_bias=bias is not None, name=self.called(kernel.name))
        )
        out = layer(source.inner)
        layer.set_weights([array] if bias is None else [array, bias.array])
        return out

    def embedding(self, table, ids):
        """Returns the rows of a table, [..., columns], that `ids`, a Keras tensor, name."""
        key = "embedding", self.key(table.array)
        layer = self.once(key, lambda: layers.Embedding(*table.array.shape, name=self.called(table.name)))
        out = layer(ids)
        layer.set_weights([table.array])
        return out

    def convolution(self, x, kernel, strides, padding, dilations):
        def make():
            height, width, _, filters = kernel.array.shape
            options = {"strides": strides, "padding": padding, "dilation_rate": dilations, "use_bias": False}
            return layers.Conv2D(filters, (height, width), **options, name=self.called(kernel.name))

        layer = self.once(("conv", self.key(kernel.array), strides, padding, dilations), make)
        out = layer(x)
        layer.set_weights([kernel.array])
        return out

    def weights(self, held):
        """Returns numbers as a Keras tensor that stays a weight of the model: the one row of an Embedding."""

        def make():
            zero = ops.reshape(ops.cast(ops.sum(ops.zeros_like(self.first.inner)), "int32"), (1,))
            layer = layers.Embedding(1, held.array.size, name=self.called(held.name))
            row = layer(zero)
            layer.set_weights([held.array.reshape(1, -1)])
            return ops.reshape(row, held.array.shape)

        return self.once(("weights", self.key(held.array)), make)

    def column(self, like=None, axis=0, dtype="float32"):
        """Returns zeros, [batch] or of the size of another axis of a Tensor."""
        like = (like or self.first).keras
        others = [place for place in range(len(like.shape)) if place != axis]
        return ops.cast(ops.zeros_like(ops.max(like, axis=others) if others else like), dtype)

    def solid(self, held, like=None):
        """Returns known numbers as an operand beside Keras tensors.

        Raises:
            Unclear: they depend on a size that is open.
        """
        if isinstance(held, Tensor):
            return held.keras
        array = held.array
        if held.open and array.ndim == 0 and is_open(int(array)):
            return self.size_of(int(array), like)
        if held.open and not (array.ndim == 1 and is_open(len(array)) and is_count(array)):
            raise Unclear("a number that follows from the size of the batch or the number of steps, which is open")
        for axis, size in enumerate(array.shape):
            if is_open(size):
                first = np.take(array, [0], axis)
                if array.strides[axis] == 0 or np.array_equal(np.broadcast_to(first, array.shape), array):
                    array = first
                elif array.ndim == 1 and is_count(array):
                    return self.counted(array, like)
                else:
                    raise Unclear("numbers that differ along an axis whose size is open")
        if array.dtype.kind == "f" and (held.name or array.size > LARGEST_CONSTANT) and array.size > 1:
            return self.weights(held if array is held.array else Held(np.array(array), held.name))
        return np.array(array)

    def counted(self, array, like):
        """Returns start, start + step, ... along an open axis."""
        tensor, size = like or self.first, len(array)
        if size not in tensor.dims:
            tensor = self.first
        if size not in tensor.dims:
            raise Unclear("a count along an axis whose size is open")
        ones = self.column(tensor, tensor.dims.index(size), "int32") + 1
        step = int(array[1] - array[0])
        step = self.size_of(step, like) if is_open(step) else step
        return ops.cast((ops.cumsum(ones) - 1) * step + int(array[0]), array.dtype.name)

    def size_of(self, size, like=None):
        """Returns a size that is open, or times a whole number, as a Keras tensor: counted as the model runs."""
        for tensor in (like, self.first):
            for axis, dim in enumerate(tensor.dims if tensor else ()):
                if is_open(dim) and size % dim == 0 and not is_open(size // dim) and not tensor.pair:
                    return ops.sum(self.column(tensor, axis, "int32") + 1) * (size // dim)
        raise Unclear("a number that follows from the size of the batch or the number of steps, which is open")
