"""A program rebuilt from its graph: every operation from the placeholders to an output, in Keras' own.

What is rebuilt so holds whatever the program did around its cells, and cells that Keras has no layer for. Cells that
it has one for stay layers where the graph runs them in a loop of their own; other loops are unrolled.
"""

import dataclasses
import re
import sys

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from modern.tf1 import blocks, picking
from modern.tf1.graph import VARIABLES
from modern.tf1.loops import Dead, Loops, Written
from modern.tf1.operations import OPERATIONS
from modern.tf1.outputs import Unclear
from modern.tf1.values import BATCH, STEPS, Held, Layers, Tensor, is_open


@dataclasses.dataclass
class Given:
    """An input of the rebuilt model: the node that it was, its sizes (None where open), its type, its Keras Input."""

    node: str
    dims: tuple
    dtype: str
    keras: object
    rows: int | None = None  # of the table that it looks up


class Rebuilt:
    """What is rebuilt of a graph.

    Args:
        graph: Graph.
        value: a function from a variable's name to its value.
        names: the variables that there are.
        cells: those that Keras has layers for.
        steps: the number of time steps, where the graph leaves it open.

    Attributes: `given`, the inputs; `used`, the variables that are in it; `turned`,
    whether the graph's outputs have the batch second; `assumed`, in words, what was taken for
    placeholders that are no data.
    """

    def __init__(self, graph, value, names, cells=(), steps=None):
        self.graph, self.value, self.names, self.steps = graph, value, set(names), steps
        self.made, self.loops = Layers(), Loops(self, cells)
        self.given, self.used, self.assumed = [], [], []
        self.top = {}  # a node outside of all loops -> its value
        self.settled = {}  # a placeholder or variable -> its value, in all loops alike

    def model(self, outputs, name="program"):
        """Returns the Keras model that gives these tensors of the graph, [(node, output)].

        Raises:
            Unclear: the graph does something that is not understood; the message names the operation.
        """
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, 100_000))
        try:
            for tensor in outputs:
                self.find_inputs(tensor)
            told = [self.of(tensor, self.top) for tensor in outputs]
        finally:
            sys.setrecursionlimit(limit)
        for tensor, value in zip(outputs, told):
            if not isinstance(value, Tensor):
                raise Unclear(f"{tensor[0]} depends on no input")
        inputs = [one.keras for one in self.given]
        results = [split_up(value) for value in told]
        self.turned = [has_batch_second(value) for value in told]
        model = keras.Model(inputs if len(inputs) > 1 else inputs[0], results if len(results) > 1 else results[0])
        for one in self.given:
            one.rows = self.made.bounds.get(id(one.keras))
        model.name = name
        return model

    def find_inputs(self, tensor):
        """Makes the Keras inputs of the placeholders that a tensor depends on, the one with the batch first."""
        behind = self.graph.before([tensor[0]])
        found = [name for name in self.graph.nodes if name in behind and self.graph.op(name) == "Placeholder"]
        found = [name for name in found if self.is_data(name) and name not in self.settled]
        found.sort(key=lambda name: -len(self.dims_of(name)))
        for name in found:
            self.place(name)
        if not self.given:
            raise Unclear(f"{tensor[0]} depends on no placeholder of a known shape")

    def place(self, name):
        """Makes the Keras input of a placeholder."""
        dims = self.dims_of(name)
        dtype = tf.as_dtype(self.graph.nodes[name].attr["dtype"].type).name
        dtype = "int32" if dtype in ("int64", "uint8", "int16", "int8") else dtype
        shape = [None if is_open(size) else size for size in dims]
        given = keras.Input(shape[1:], shape[0], dtype=dtype, name=self.made.called(name.split("/")[-1].lower()))
        self.given.append(Given(name, tuple(shape), dtype, given))
        self.settled[name] = Tensor(dims, given)
        self.made.first = self.made.first or self.settled[name]

    def dims_of(self, name):
        """Returns a placeholder's sizes: the batch first, open as a rule; of the others one may be open."""
        node = self.graph.nodes[name]
        shape = node.attr["shape"].shape
        listed = node.attr["_output_shapes"].list.shape
        if (shape.unknown_rank or not shape.dim) and listed:
            shape = listed[0]
        sizes = [size.size for size in shape.dim]
        dims = []
        for at, size in enumerate(sizes):
            if size >= 0:
                dims.append(size)
            elif at == 0:
                dims.append(BATCH)
            else:
                dims.append(self.steps or STEPS)
        return dims

    def is_data(self, name):
        """Whether a placeholder holds data, not a number or a switch of training."""
        return len(self.dims_of(name)) > 0

    def setting(self, name):
        """Returns what a placeholder without axes is when a program is used, not trained."""
        node = self.graph.nodes[name]
        dtype, short = tf.as_dtype(node.attr["dtype"].type), name.split("/")[-1]
        if dtype == tf.bool:
            self.assumed.append(
                f"{name} is {bool(re.search('test|infer', short))}: the program in use, not in training"
            )
            return Held(np.array(bool(re.search("test|infer", short))))
        if dtype.is_floating:
            self.assumed.append(f"{name} is 1: nothing is dropped")
            return Held(np.array(1.0, dtype.as_numpy_dtype))
        if dtype.is_integer and re.search("batch", name):
            return Held(np.array(BATCH, dtype.as_numpy_dtype), open=True)
        if dtype.is_integer and re.search("step|len|time", name):
            return Held(np.array(self.steps or STEPS, dtype.as_numpy_dtype), open=not self.steps)
        raise Unclear(f"the placeholder {name}, whose shape the graph does not tell")

    def of(self, tensor, context):
        """Returns the value of a tensor, [(node, output)], in a context: {node: its value} of a loop's one step."""
        name, output = tensor
        if name not in context:
            context[name] = Unclear("a loop of its own")
            try:
                context[name] = self.find(name, context)
            except (Unclear, Dead) as error:
                context[name] = error
        told = context[name]
        if isinstance(told, Exception):
            raise told
        return told[output] if isinstance(told, list) else told

    def find(self, name, context):
        graph, op = self.graph, self.graph.op(name)
        if name in self.settled:
            return self.settled[name]
        inputs, node = graph.inputs[name], graph.nodes[name]
        if name.endswith("/ConcatPartitions/concat") and op == "Identity":
            return self.variable(name.removesuffix("/ConcatPartitions/concat"))
        if op == "Const":
            return Held(tf.make_ndarray(node.attr["value"].tensor))
        if op in VARIABLES:
            return self.variable(name)
        if op == "Placeholder":
            self.settled[name] = self.setting(name)
            return self.settled[name]
        if op == "PlaceholderWithDefault" and len(self.dims_of(name)) == 0:
            return self.of(inputs[0], context)
        passed = graph.dropped(name)
        if passed is not None:
            return self.of(passed, context)
        found = self.loops.find(name, op, context)
        if found is not None:
            return found
        if op not in OPERATIONS:
            raise Unclear(f"what {op} does, {name}")
        values = [self.of(source, context) for source in inputs]
        if any(isinstance(value, Written) for value in values):
            return values[0]
        try:
            return OPERATIONS[op](node, values, self.made)
        except Unclear as error:
            raise Unclear(str(error) if name in str(error) else f"{error}, {op} {name}") from error
        except (ValueError, TypeError, IndexError) as error:
            raise Unclear(f"what {op} does, {name}") from error

    def variable(self, node):
        name, start, end = self.graph.rows_of_part(node) if node not in self.names else (node, None, None)
        if name not in self.names:
            raise Unclear(f"{name}, which the file does not hold")
        if node not in self.settled:
            self.used.append(name)
            self.settled[node] = Held(self.value(name)[start:end] if end else self.value(name), node)
        return self.settled[node]


def has_batch_second(value):
    return not value.pair and len(value.dims) > 1 and value.dims[1] == BATCH != value.dims[0]


def split_up(value):
    """Returns the Keras tensor of an output, the batch first; [batch, steps, ...] for [batch * steps, ...]."""
    if value.pair:
        return value.inner
    return ops.swapaxes(value.keras, 0, 1) if has_batch_second(value) else value.keras


assert blocks and picking  # their operations stand in OPERATIONS once they are imported
