"""The loops of a graph that run cells and nothing else: each as Keras layers, over sequences of any length."""

import re

import numpy as np
from keras import ops

from modern.tf1.build import keras_layer
from modern.tf1.evidence import cell_outputs
from modern.tf1.graph import BLOCK_INPUT, READING, STACKING
from modern.tf1.operations import add
from modern.tf1.outputs import Unclear
from modern.tf1.values import Held, Tensor, is_open


def gathered_after(graph, name):
    """Returns the Exit that an array's gathering waits for, or None."""
    for source, _ in graph.inputs[name]:
        if graph.op(source) in ("Exit", "RefExit"):
            return source
    return None


class CellLoops:
    """The loops that run the cells that Keras has layers for; `whole` is the Rebuilt that asks for them."""

    def __init__(self, whole, cells):
        self.whole, self.graph = whole, whole.graph
        self.own = cell_outputs(whole.graph, cells)

    def stripped(self, tensor):
        """Returns (cell, part, product) of the cell's output that a tensor holds, and the lengths it stops at; or None."""
        ends = None
        for _ in range(12):
            if tensor in self.own:
                return self.own[tensor], ends
            op, inputs = self.graph.op(tensor[0]), self.graph.inputs[tensor[0]]
            dropped = self.graph.dropped(tensor[0])
            if dropped:
                tensor = dropped
            elif op in ("Select", "SelectV2"):
                ends = self.ends_at(inputs[0]) or ends
                tensor = inputs[2]
            elif op in ("Identity", "Merge") and inputs:
                tensor = inputs[-1]
            else:
                break
        return None, None

    def ends_at(self, condition):
        """Returns the tensor outside the loop of the lengths that a step is compared with."""
        graph = self.graph
        if graph.op(condition[0]) == "GreaterEqual":
            for source in graph.inputs[condition[0]]:
                name = source[0]
                while graph.op(name) == "Identity":
                    name = graph.inputs[name][0][0]
                if graph.op(name) == "Enter":
                    return graph.inputs[name][0]
        return None

    def find(self, merges, context):
        """Returns {Merge or gathering node: its value} of a loop, given its Merges; None if it runs anything else."""
        graph, states, ends, arrays = self.graph, {}, None, []
        for merge in merges:
            following = next(one for one in graph.inputs[merge] if graph.op(one[0]) == "NextIteration")
            carried = graph.inputs[following[0]][0]
            told, lengths = self.stripped(carried)
            if told:
                states[merge], ends = told, ends or lengths
            elif graph.op(carried[0]).startswith("TensorArrayWrite"):
                arrays.append((merge, carried[0]))
        cells = {id(told[0]): told for told in states.values()}
        first = {id(told[0]): self.input_of(told[0], told[2]) for told in cells.values()}
        order = self.in_order(first)
        if order is None or len(arrays) > 1 or any(cell.residual for cell, _, _ in cells.values()):
            return None
        sequence = next(source for source in first.values() if graph.op(source[0]) in READING)
        flow = graph.inputs[sequence[0]][-1][0]
        source = self.scattered(flow)
        x = self.whole.of(source, context)
        if not isinstance(x, Tensor) or len(x.dims) != 3 or x.pair:
            return None
        return self.run_layers(x, [cells[one] for one in order], states, arrays, ends, context)

    def input_of(self, cell, product):
        graph = self.graph
        if graph.op(product) in BLOCK_INPUT:
            return graph.inputs[product][BLOCK_INPUT[graph.op(product)]]
        concat = graph.inputs[product][0][0]
        source = graph.inputs[concat][graph.op(concat) == "Concat"]
        for _ in range(12):
            dropped = graph.dropped(source[0])
            passed = [dropped] if dropped else graph.handed_on(source[0]) if source not in self.own else []
            if len(passed) != 1 or source in self.own or graph.op(source[0]) in READING:
                return source
            source = passed[0]
        return source

    def in_order(self, first):
        """Returns ids of cells, each reading the one before it, or None."""
        order, left = [], dict(first)
        while left:
            before = order[-1] if order else None
            found = [
                one for one, source in left.items()
                if (self.graph.op(source[0]) in READING if before is None
                    else (self.stripped(source)[0] or (None, None))[:2] == self.h_of(before))
            ]  # fmt: skip
            if len(found) != 1:
                return None
            order.append(found[0])
            del left[found[0]]
        return order

    def h_of(self, cell):
        return next(((told[0], told[1]) for told in self.own.values() if id(told[0]) == cell and told[1] == "h"), None)

    def scattered(self, flow):
        graph = self.graph
        while graph.op(flow) in ("Enter", "Identity"):
            flow = graph.inputs[flow][0][0]
        if not re.match("TensorArray(Scatter|Unpack)", graph.op(flow) or ""):
            raise Unclear("an array of an unknown kind")
        return graph.inputs[flow][-2]

    def run_layers(self, x, cells, states, arrays, ends, context):
        """Runs the layers over x, [time, batch, inputs]; returns {Merge or gathering node: its value}."""
        graph, made = self.graph, self.whole.made
        steps, batch, _ = x.dims
        y, mask = ops.transpose(x.keras, (1, 0, 2)), self.mask(ends, x, context)
        given = {}
        for cell, _, _ in cells:
            initial = {}
            for merge, told in states.items():
                if told[0] is cell:
                    enter = next(one for one in graph.inputs[merge] if graph.op(one[0]) == "Enter")
                    initial[told[1]] = merge, self.whole.of(enter, context)
            parts = ["h", "c"] if cell.is_lstm else ["h"]
            begun = [initial[part][1] for part in parts]
            zero = all(isinstance(one, Held) and not one.array.any() for one in begun)
            options = {"return_sequences": True, "return_state": True, "zero_output_for_mask": mask is not None}
            layer = keras_layer(cell, made.called(cell.scope.split("/")[-1]), **options)
            start = None if zero else [self.spread(one) for one in begun]
            y, *ended = layer(y, initial_state=start, mask=mask)
            layer.set_weights(cell.keras_weights(self.whole.value))
            self.whole.used += [name for names in cell.names.values() for name in names]
            for part, told in zip(parts, ended):
                given[initial[part][0]] = Tensor((batch, cell.units), told)
        stacked = Tensor((steps, batch, cells[-1][0].units), ops.transpose(y, (1, 0, 2)))
        for merge, write in arrays:
            wrote = self.stripped(graph.inputs[write][2])[0]
            if not wrote or wrote[0] is not cells[-1][0] or wrote[1] != "h":
                return None
            for name in graph.nodes:
                leave = gathered_after(graph, name) if graph.op(name) in STACKING else None
                if leave and graph.inputs[graph.inputs[leave][0][0]][0][0] == merge:
                    given[name] = stacked
        return given

    def mask(self, ends, x, context):
        """Returns which steps count, bool [batch, time], given the tensor of the lengths; None if all do."""
        steps, made = x.dims[0], self.whole.made
        lengths = None if ends is None else self.whole.of(ends, context)
        if lengths is None or (isinstance(lengths, Held) and (lengths.array == steps).all()):
            return None
        at = made.counted(np.arange(steps), x) if is_open(steps) else np.arange(steps, dtype="int32")
        lengths = ops.expand_dims(ops.cast(made.solid(lengths), "int32"), 1)
        return ops.less(ops.expand_dims(ops.cast(at, "int32"), 0), lengths)

    def spread(self, value):
        if isinstance(value, Tensor):
            return value.keras
        return add(ops.reshape(self.whole.made.column(), (-1, 1)), self.whole.made.solid(value))
