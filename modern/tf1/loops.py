"""The loops of a graph that is rebuilt: cells that run as a Keras layer, and others a step at a time."""

import re

import numpy as np

from modern.tf1.cell_loops import CellLoops, gathered_after
from modern.tf1.graph import STACKING
from modern.tf1.outputs import Unclear
from modern.tf1.shaping import joined, pack, unstacked
from modern.tf1.values import Held

LONGEST = 400  # steps of a loop that is unrolled; a file of more would be too large to open
ARRAYS = re.compile(r"TensorArray(Write|Read|Gather|Scatter|Size|Pack|Unpack|Concat|Close)?(V\d)?$")


class Dead(Exception):
    """A tensor of the branch that a condition does not take."""


class Written(dict):
    """A TensorArray: step -> value."""

    size = 0


def merges_of_frames(graph):
    """Returns {a loop's name: the Merges at its start, one for each thing that it carries}."""
    found = {}
    for node in list(graph.nodes):
        for source, _ in graph.inputs[node] if graph.op(node) == "Merge" else []:
            if graph.op(source) in ("Enter", "RefEnter"):
                found.setdefault(graph.nodes[source].attr["frame_name"].s, []).append(node)
    return found


class Loops:
    """The loops, conditions and arrays of a graph; `whole` is the Rebuilt that asks for them."""

    def __init__(self, whole, cells):
        self.whole, self.graph = whole, whole.graph
        self.cells = CellLoops(whole, cells)
        self.ran = {}  # (frame, id of the context around it) -> its Merges' values at the end
        self.merges = merges_of_frames(self.graph)
        self.layers = {}  # a frame -> what its cells' layers give, or None
        self.outside = {}  # id of a context -> the one around it

    def find(self, name, op, context):
        """Returns the value of a node that belongs to a loop, a condition or an array; None of any other."""
        inputs = self.graph.inputs[name]
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
            given = self.as_layers(gathered_after(self.graph, name), context)
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
        return pack(type(self.graph.nodes[name])(name=name), steps, self.whole.made)

    # --- loops ---

    def frame_of(self, name):
        """Returns (the frame's name, its Merges) of an Exit."""
        graph = self.graph
        merge = graph.inputs[graph.inputs[name][0][0]][0][0]
        enter = next(source for source, _ in graph.inputs[merge] if graph.op(source) in ("Enter", "RefEnter"))
        frame = graph.nodes[enter].attr["frame_name"].s
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
                source = next(
                    one for one in graph.inputs[merge] if graph.op(one[0]) in ("NextIteration", "RefNextIteration")
                )
                following[merge] = self.attempt(source, inner)
            state = following
        raise Unclear(f"a loop of more than {LONGEST} steps, which is too long to unroll")

    def attempt(self, tensor, context):
        try:
            return self.whole.of(tensor, context)
        except (Unclear, Dead) as error:
            return error

    # --- cells as layers ---

    def as_layers(self, leave, context):
        """Returns {Merge or gathering node: its value} of a loop that runs cells as Keras layers; None of another."""
        if leave is None or not self.cells.own:
            return None
        frame, merges = self.frame_of(leave)
        if frame not in self.layers:
            self.layers[frame] = None
            try:
                self.layers[frame] = self.cells.find(merges, context)
            except (Unclear, Dead, StopIteration, ValueError):
                pass  # no loop that runs cells alone: it is unrolled
        return self.layers[frame]
