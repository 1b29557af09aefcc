"""The loops of a graph that is rebuilt: cells that run as a Keras layer, and others a step at a time."""

import re

import numpy as np
from keras import layers, ops

from modern.tf1.build import keras_layer
from modern.tf1.evidence import cell_outputs
from modern.tf1.graph import BLOCK_INPUT, MULTIPLYING, READING, STACKING
from modern.tf1.operations import add
from modern.tf1.outputs import Unclear
from modern.tf1.shaping import joined, unstacked
from modern.tf1.values import BATCH, Held, Tensor, is_open

LONGEST = 400  # steps of a loop that is unrolled; a file of more would be too large to open
ARRAYS = re.compile(r"TensorArray(Write|Read|Gather|Scatter|Size|Pack|Unpack|Concat|Close)?(V\d)?$")


class Dead(Exception):
    """A tensor of the branch that a condition does not take."""


class Written(dict):
    """A TensorArray: step -> value."""

    size = 0


written_arrays = Written


class Loops:
    """The loops, conditions and arrays of a graph; `whole` is the Rebuilt that asks for them."""

    def __init__(self, whole, cells):
        self.whole, self.graph = whole, whole.graph
        self.own = cell_outputs(whole.graph, cells)
        self.ran = {}  # (frame, id of the context around it) -> its Merges' values at the end
        self.layers = {}  # a frame -> what its cells' layers give, or None
        self.outside = {}  # id of a context -> the one around it
        self.unrolled = []  # the frames that are

    def find(self, name, op, context):
        """Returns the value of a node that belongs to a loop, a condition or an array; None of any other."""
        graph, inputs = self.graph, self.graph.inputs[name]
        if op in ("Enter", "RefEnter"):
            return self.whole.of(inputs[0], self.outside.get(id(context), self.whole.top))
        if op in ("Exit", "RefExit"):
            return self.at_the_end(name, context)
        if op in ("Switch", "RefSwitch"):
            return self.switch(name, inputs, context)
        if op == "Merge":
            return self.merge(name, inputs, context)
        if op in ("LoopCond", "NextIteration", "RefNextIteration"):
            return self.whole.of(inputs[0], context)
        if op in ("While", "StatelessWhile", "If", "StatelessIf", "PartitionedCall", "StatefulPartitionedCall"):
            raise Unclear(f"what {op} does, {name}: a loop or a function of TensorFlow 2")
        if op in STACKING and not self.is_inside(context):
            given = self.as_layers(self.frame_before(name), context)
            if given and name in given:
                return given[name]
        if ARRAYS.match(op):
            return self.array(ARRAYS.match(op)[1], name, inputs, context)
        return None

    def is_inside(self, context):
        return id(context) in self.outside

    # --- conditions ---

    def switch(self, name, inputs, context):
        if self.graph.op(inputs[1][0]) == "LoopCond":
            told = self.whole.of(inputs[0], context)
            return [told, told]
        told = self.whole.of(inputs[1], context)
        if not isinstance(told, Held):
            raise Unclear(f"a condition that depends on what is fed, {name}")
        taken = bool(told.array)
        data = self.whole.of(inputs[0], context)
        return [Dead(), data] if taken else [data, Dead()]

    def merge(self, name, inputs, context):
        dead = None
        for source in inputs:
            try:
                told = self.whole.of(source, context)
                if isinstance(told, Dead):
                    raise told
                return [told, Held(np.array(0))]
            except Dead as error:
                dead = error
        raise dead

    # --- arrays ---

    def array(self, what, name, inputs, context):
        def of(at):
            return self.whole.of(inputs[at], context)

        if what is None:
            made = Written()
            size = of(0)
            made.size = int(size.array) if isinstance(size, Held) else 0
            return [made, Held(np.float32(0))]
        flow = of(-1)  # what was written before
        array = of(0)
        if not isinstance(array, Written):
            raise Unclear(f"an array of an unknown kind, {name}")
        if what == "Write":
            array[self.number(of(1), name)] = of(2)
        elif what == "Read":
            at = self.number(of(1), name)
            if at not in array:
                raise Unclear(f"a step that nothing has written, {name}")
            return array[at]
        elif what in ("Scatter", "Unpack"):
            value = of(2 if what == "Scatter" else 1)
            array.update(enumerate(unstacked(value, 0)))
        elif what == "Size":
            return Held(np.array(array.size or len(array), "int32"))
        elif what in ("Gather", "Pack"):
            return self.stacked(array, name)
        elif what == "Concat":
            return joined(self.graph.nodes[name], [array[at] for at in sorted(array)], 0, self.whole.made)
        return flow

    def number(self, value, name):
        if not isinstance(value, Held):
            raise Unclear(f"a step whose number depends on what is fed, {name}")
        return int(value.array)

    def stacked(self, array, name):
        steps = [array[at] for at in sorted(array)]
        if not steps:
            raise Unclear(f"an array that nothing has written, {name}")
        node = type(self.graph.nodes[name])(name=name)
        return self.whole_pack(node, steps)

    def whole_pack(self, node, steps):
        from modern.tf1.shaping import pack

        return pack(node, steps, self.whole.made)

    # --- loops ---

    def frame_of(self, name):
        """Returns (the frame's name, its Merges) of an Exit."""
        graph = self.graph
        merge = graph.inputs[graph.inputs[name][0][0]][0][0]
        enter = next(source for source, _ in graph.inputs[merge] if graph.op(source) in ("Enter", "RefEnter"))
        frame = graph.nodes[enter].attr["frame_name"].s
        if not hasattr(self, "merges"):
            self.merges = {}
            for node in graph.nodes:
                for source, _ in graph.inputs[node] if graph.op(node) == "Merge" else []:
                    if graph.op(source) in ("Enter", "RefEnter"):
                        self.merges.setdefault(graph.nodes[source].attr["frame_name"].s, []).append(node)
        return frame, self.merges[frame]

    def at_the_end(self, name, context):
        graph = self.graph
        merge = graph.inputs[graph.inputs[name][0][0]][0][0]
        if not self.is_inside(context):
            given = self.as_layers(name, context)
            if given and merge in given:
                return given[merge]
        frame, merges = self.frame_of(name)
        key = frame, id(context)
        if key not in self.ran:
            self.ran[key] = self.run(frame, merges, context)
        told = self.ran[key][merge]
        if isinstance(told, Exception):
            raise told
        return told

    def run(self, frame, merges, context):
        """Runs a loop a step at a time; returns {Merge: its value at the end}."""
        graph = self.graph
        state = {}
        for merge in merges:
            start = next(source for source in graph.inputs[merge] if graph.op(source[0]) in ("Enter", "RefEnter"))
            state[merge] = self.attempt(start, context)
        switch = next(user for user, _ in graph.uses[merges[0]] if graph.op(user) in ("Switch", "RefSwitch"))
        condition = graph.inputs[switch][1]
        for step in range(LONGEST + 1):
            inner = {merge: value if isinstance(value, Exception) else [value, Held(np.array(0))]
                     for merge, value in state.items()}  # fmt: skip
            self.outside[id(inner)] = context
            self.whole.made.kept.append(inner)
            goes_on = self.whole.of(condition, inner)
            if isinstance(goes_on, Held):
                if goes_on.open:
                    raise Unclear("a loop over a number of steps that is open: give it, as it is unrolled")
                if not goes_on.array.all():
                    return state
            elif self.whole.steps is None:
                raise Unclear("a loop whose end depends on what is fed: give the number of steps, as it is unrolled")
            elif step >= self.whole.steps:
                return state
            if step == LONGEST:
                break
            following = {}
            for merge in merges:
                source = next(one for one in graph.inputs[merge] if graph.op(one[0]) in ("NextIteration", "RefNextIteration"))
                following[merge] = self.attempt(source, inner)
            state = following
        raise Unclear(f"a loop of more than {LONGEST} steps, which is too long to unroll")

    def attempt(self, tensor, context):
        try:
            return self.whole.of(tensor, context)
        except (Unclear, Dead) as error:
            return error

    # --- cells as layers ---

    def frame_before(self, name):
        """Returns the Exit that an array's gathering waits for, or None."""
        front = [source for source, _ in self.graph.inputs[name]]
        for source in front:
            if self.graph.op(source) in ("Exit", "RefExit"):
                return source
        return None

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

    def as_layers(self, leave, context):
        """Returns {Merge or gathering node: its value} of a loop that runs cells as Keras layers; None of another."""
        if leave is None or not self.own:
            return None
        frame, merges = self.frame_of(leave)
        if frame not in self.layers:
            self.layers[frame] = None
            try:
                self.layers[frame] = self.find_layers(merges, context)
            except (Unclear, Dead, StopIteration, ValueError) as error:
                if __import__("os").environ.get("DBG"): __import__("traceback").print_exc()
        return self.layers[frame]

    def find_layers(self, merges, context):
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
        y, mask = ops.transpose(x.keras, (1, 0, 2)), None
        if ends is not None:
            lengths = self.whole.of(ends, context)
            if not (isinstance(lengths, Held) and not lengths.open and (lengths.array == steps).all()):
                if not (isinstance(lengths, Held) and (lengths.array == steps).all()):
                    at = made.counted(np.arange(steps), x) if is_open(steps) else np.arange(steps, dtype="int32")
                    ends_ = ops.expand_dims(ops.cast(made.solid(lengths), "int32"), 1)
                    mask = ops.less(ops.expand_dims(ops.cast(at, "int32"), 0), ends_)
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
                leave = self.frame_before(name) if graph.op(name) in STACKING else None
                if leave and graph.inputs[graph.inputs[leave][0][0]][0][0] == merge:
                    given[name] = stacked
        return given

    def spread(self, value):
        if isinstance(value, Tensor):
            return value.keras
        return add(ops.reshape(self.whole.made.column(), (-1, 1)), self.whole.made.solid(value))


assert MULTIPLYING and BATCH and layers
