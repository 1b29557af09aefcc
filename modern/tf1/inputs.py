"""What feeds the cells, in the graph."""

import dataclasses
import re

from modern.tf1.evidence import cell_outputs
from modern.tf1.graph import (
    ACTIVATIONS,
    ADDING,
    BLOCK_INPUT,
    LOOKING_UP,
    MULTIPLYING,
    READING,
    SLICING,
    STACKING,
    kernel_of,
)
from modern.tf1.outputs import Unclear, find_once
from modern.tf1.stacks import Dense


@dataclasses.dataclass
class Fed:
    """What feeds the cells: "embedding" (of the variable `what`), "one-hot" (rows of `what`) or "vectors".

    `dense` are the layers between, in their order.
    """

    kind: str
    what: object = None
    dense: tuple = ()


class Inputs:
    """Follows what feeds a stack's first cells back to where it is from."""

    def __init__(self, graph, cells):
        self.graph, self.own, self.known = graph, cell_outputs(graph, cells), {}

    def of(self, cell):
        """Returns the Fed of a cell, None if the graph shows none, and in words what else feeds it in other places.

        Raises:
            Unclear: something else than a dense layer stands before it.
        """
        found, told = [], []
        for tensor in self.tensors(cell):
            try:
                found += [self.fed(tensor)] if self.fed(tensor) not in found else []
            except Unclear as error:
                told.append(error)
        if told and not found:
            raise told[-1]
        found.sort(key=lambda fed: fed.kind == "vectors")
        others = [" through ".join([one.what or one.kind, *(layer.kernel for layer in one.dense)]) for one in found[1:]]
        others += [str(error) for error in told if not error.nothing and error.cell is not cell]
        return next(iter(found), None), list(dict.fromkeys(others))

    def tensors(self, cell):
        """Returns what feeds a cell, once for each place where the graph runs it."""
        graph, kernel = self.graph, next(iter(cell.names.values()))[0]
        tensors = [graph.inputs[name][at] for op, at in BLOCK_INPUT.items() for name in graph.used_by(kernel, {op})]
        for matmul in graph.used_by(kernel, MULTIPLYING):
            concat = graph.inputs[matmul][0][0]
            parts = graph.inputs[concat]
            if graph.op(concat) in ("ConcatV2", "Concat") and len(parts) == 3:
                tensors.append(parts[graph.op(concat) == "Concat"])
        return tensors

    def whole(self, tensor):
        """Returns the sequence of which a tensor is the step that the cells read; the tensor itself if it is none."""
        for _ in range(20):
            op, inputs = self.graph.op(tensor[0]), self.graph.inputs[tensor[0]]
            if op in READING:
                return self.unstacked(inputs[0 if op == "TensorListGetItem" else -1])
            if op in ("Unpack", "Split", "StridedSlice"):
                return inputs[op == "Split"]
            passed = self.graph.handed_on(tensor[0])
            if tensor in self.own or len(passed) != 1:
                break
            tensor = passed[0]
        return tensor

    def fed(self, tensor):
        return find_once(self.known, tensor, self.find)

    def find(self, tensor):
        name, graph = tensor[0], self.graph
        op, inputs = graph.op(name), graph.inputs[name]
        if tensor in self.own:
            cell = self.own[tensor][0]
            raise Unclear(f"the output of {cell.scope}", cell)
        if op in LOOKING_UP:
            table = graph.variable(inputs[0][0])
            if table is None:
                raise Unclear("rows of a table that is no variable")
            return Fed("embedding", table)
        if op == "OneHot":
            return Fed("one-hot", graph.constant(inputs[1][0]))
        if op in ACTIVATIONS or op in ADDING or op in MULTIPLYING:
            return self.dense(name, op, inputs)
        if op in READING:
            return self.fed(self.unstacked(inputs[0 if op == "TensorListGetItem" else -1]))
        if op in ("Pack", "ConcatV2", "Concat"):
            parts = {"Pack": inputs, "ConcatV2": inputs[:-1], "Concat": inputs[1:]}[op]
            found = []
            for part in parts:
                try:
                    found.append(self.fed(part))
                except Unclear as error:
                    found.append(error)
            if any(one != found[0] and str(one) != str(found[0]) for one in found):
                raise Unclear("several things side by side")
            return self.fed(parts[0])
        if op in STACKING or op in ("Exit", "RefExit", "While", "StatelessWhile"):
            behind = graph.before([name])
            cells = [cell.scope for (node, _), (cell, _, _) in self.own.items() if node in behind]
            raise Unclear(f"what {cells[-1]} gives" if cells else "what a loop of its own gives")
        if op in SLICING:
            return self.fed(inputs[op == "Split"])
        if op == "PlaceholderWithDefault":
            return Fed("vectors")
        if op in ("Const", "Fill", "ZerosLike"):
            raise Unclear("a constant", nothing=True)
        if not inputs or re.search("Queue|Iterator|Parse|Decode|PyFunc", op):
            return Fed("vectors")
        why = None
        for source in graph.handed_on(name):
            try:
                return self.fed(source)
            except Unclear as error:
                why = error if why is None or why.nothing else why
        raise why or Unclear(f"what {op} makes of its input")

    def dense(self, name, op, inputs):
        """Returns the Fed of a dense layer's product, sum or activation."""
        if op in MULTIPLYING:
            kernel, transposed = kernel_of(self.graph, name)
            if kernel is None or transposed:
                raise Unclear(f"what {op} makes of its input")
            inner = self.fed(inputs[0])
            return dataclasses.replace(inner, dense=(*inner.dense, Dense(kernel, None)))
        if op in ADDING:
            biases = [self.graph.variable(source) for source, _ in inputs]
            if sum(bias is not None for bias in biases) == 1:
                inner = self.fed(inputs[0 if biases[0] is None else 1])
                bias = biases[0] or biases[1]
                if inner.dense and inner.dense[-1].bias is None and inner.dense[-1].activation == "linear":
                    return dataclasses.replace(
                        inner, dense=(*inner.dense[:-1], dataclasses.replace(inner.dense[-1], bias=bias))
                    )
        if op in ACTIVATIONS:
            inner = self.fed(inputs[0])
            if inner.dense and inner.dense[-1].activation == "linear":
                layer = dataclasses.replace(inner.dense[-1], activation=ACTIVATIONS[op])
                return dataclasses.replace(inner, dense=(*inner.dense[:-1], layer))
        raise Unclear(f"what {op} makes of its input")

    def unstacked(self, stacked):
        """Returns the tensor whose steps stand in an array."""
        graph = self.graph
        for _ in range(20):
            op, inputs = graph.op(stacked[0]), graph.inputs[stacked[0]]
            if op in ("TensorArrayScatterV3", "TensorArrayScatterV2", "TensorArrayScatter", "TensorArrayUnpack"):
                return inputs[-2]
            if op == "TensorListFromTensor":
                return inputs[0]
            stacked = next(iter(graph.handed_on(stacked[0])), None)
            if stacked is None:
                break
        raise Unclear("an array of an unknown kind")
