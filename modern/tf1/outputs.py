"""What of the cells' outputs a tensor of the graph holds."""

import dataclasses

from modern.tf1.evidence import cell_outputs
from modern.tf1.graph import BETWEEN, CUDNN, LOOKING_UP, STACKING

# What the layers after a stack may see of its outputs, and in words.
GIVEN = {
    "every-step": "every step",
    "last-step": "the last step",
    "last-states": "each direction's last step",
    "mean": "the steps' mean",
    "max": "their maximum",
}
GIVES = tuple(GIVEN)


class Unclear(Exception):
    """What the graph shows is none of what a Stack can say; the message says what it is, `cell` whose output.

    `nothing`: only that the way which was followed ends, as that to a zero state does; another may tell more.
    """

    def __init__(self, message, cell=None, nothing=False):
        super().__init__(message)
        self.cell, self.nothing = cell, nothing


@dataclasses.dataclass
class Seen:
    """What of the cells' outputs a tensor of the graph holds.

    kind: one of GIVES; "one-step", as an unrolled graph or a loop's body has them; or "first-step". `sides`: the
    cells, several if the directions stand side by side or, with `merge`, are added. `places`: of one step, each
    side's node. `turned`: read from the end on. `axis`: that of time, where it is known.
    """

    kind: str
    sides: tuple
    places: tuple = ()
    turned: bool = False
    axis: int | None = None
    merge: str = "concat"


def find_once(known, tensor, find):
    """Returns find(tensor), or raises the Unclear that it raised, from `known` if it was asked before."""
    if tensor not in known:
        known[tensor] = Unclear("a loop of its own")  # until it is known
        try:
            known[tensor] = find(tensor)
        except Unclear as error:
            known[tensor] = error
    if isinstance(known[tensor], Unclear):
        raise known[tensor]
    return known[tensor]


class Outputs:
    """Follows tensors of the graph back to the outputs of a stack's last cells."""

    def __init__(self, graph, stack, cells):
        self.graph, self.stack = graph, stack
        self.own = cell_outputs(graph, cells)
        self.last = tuple(run[-1] for run in stack.levels[-1].values())
        self.known = {}
        self.computed = False  # whether the step that is seen is known only as the graph runs

    def seen(self, tensor):
        """Returns the Seen of a tensor.

        Raises:
            Unclear: it holds something else, or something was done to the outputs.
        """
        return find_once(self.known, tensor, self.find)

    def find(self, tensor):
        name, graph = tensor[0], self.graph
        op, inputs = graph.op(name), graph.inputs[name]
        if tensor in self.own:
            return self.output_of(tensor)
        if op in CUDNN and tensor[1] == 0 and all(cell.of.cudnn for cell in self.last):
            return Seen("every-step", self.last, axis=0)
        if op in ("Exit", "RefExit"):
            return self.at_the_end(graph.carried(name))
        if op in ("While", "StatelessWhile"):
            return self.at_the_end(graph.returns[name][tensor[1]] if name in graph.returns else None)
        if op in STACKING:
            inner = self.seen(self.written(name))
            if inner.kind != "one-step":
                raise Unclear("the outputs of a loop around the cells")
            return dataclasses.replace(inner, kind="every-step", axis=0)
        if op in ("Pack", "ConcatV2", "Concat"):
            parts = {"Pack": inputs, "ConcatV2": inputs[:-1], "Concat": inputs[1:]}[op]
            axis = graph.nodes[name].attr["axis"].i if op == "Pack" else None
            return self.joined([self.seen(part) for part in parts], axis)
        if op in ("Add", "AddV2") and len(inputs) == 2:
            return self.added(inputs)
        if op in ("ReverseV2", "Reverse", "ReverseSequence"):
            inner = self.seen(inputs[0])
            return dataclasses.replace(inner, turned=not inner.turned)
        if op == "Transpose":
            inner, order = self.seen(inputs[0]), graph.array(inputs[1][0])
            known = order is not None and inner.axis is not None
            return dataclasses.replace(inner, axis=order.tolist().index(inner.axis) if known else None)
        if op in ("Mean", "Max"):
            inner, over = self.seen(inputs[0]), graph.array(inputs[1][0])
            over = None if over is None else [axis % 3 for axis in over.reshape(-1).tolist()]
            if inner.kind != "every-step" or over not in ([[0], [1]] if inner.axis is None else [[inner.axis]]):
                raise Unclear(f"a {op.lower()} that is not the steps'")
            return dataclasses.replace(inner, kind=op.lower())
        if op in ("StridedSlice", "Slice", "Unpack", *LOOKING_UP):
            return self.one_of(tensor)
        if op in ("RealDiv", "Mul") and graph.constant(inputs[1][0]) == {"RealDiv": 2.0, "Mul": 0.5}[op]:
            inner = self.seen(inputs[0])
            if inner.merge == "sum":
                return dataclasses.replace(inner, merge="ave")
        if op == "Reshape":
            return dataclasses.replace(self.seen(inputs[0]), axis=None)
        why = None
        for source in graph.handed_on(name):
            try:
                return self.seen(source)
            except Unclear as error:
                why = error if why is None or why.nothing else why
        if inputs:
            raise why or Unclear(f"what {op} makes of the outputs")
        raise Unclear("something that no cell gives", nothing=True)

    def output_of(self, tensor):
        cell, part, _ = self.own[tensor]
        if part == "c":
            raise Unclear(f"the state c of {cell.scope}, not its output h", cell)
        if not cell_in(cell, self.last):
            raise Unclear(f"the output of {cell.scope}", cell)
        if self.graph.op(tensor[0]).startswith("BlockLSTM"):
            return Seen("every-step", (cell,), axis=0)
        return Seen("one-step", (cell,), (tensor,))

    def at_the_end(self, tensor):
        if tensor is None:
            raise Unclear("a loop of an unknown kind")
        inner = self.seen(tensor)
        if inner.kind != "one-step":
            raise Unclear("a loop around the cells")
        return dataclasses.replace(inner, kind="last-states")

    def written(self, name):
        """Returns the tensor that is written, a step at a time, into the array that a node stacks."""
        graph = self.graph
        stacked = graph.inputs[name][0 if graph.op(name) == "TensorListStack" else -1]
        for _ in range(20):
            op, inputs = graph.op(stacked[0]), graph.inputs[stacked[0]]
            if op in ("TensorListSetItem", "TensorArrayWrite", "TensorArrayWriteV2", "TensorArrayWriteV3"):
                return inputs[2]
            if op in ("Exit", "RefExit"):
                stacked = graph.carried(stacked[0])
            elif op in ("While", "StatelessWhile"):
                stacked = graph.returns.get(stacked[0], {stacked[1]: None})[stacked[1]]
            else:
                stacked = next(iter(graph.handed_on(stacked[0])), None)
            if stacked is None:
                break
        raise Unclear("an array of an unknown kind")

    def joined(self, parts, axis):
        """Returns the Seen of tensors put side by side: steps of one kind, or the two directions."""
        if len(parts) == 1:
            return parts[0]
        if all(part.kind == "one-step" and same(part.sides, parts[0].sides) for part in parts):
            return Seen("every-step", parts[0].sides, axis=axis, merge=parts[0].merge)
        return self.both(parts, "concat")

    def both(self, parts, merge):
        """Returns the Seen of the forward and the backward direction, side by side or added."""
        if len(parts) != 2 or not same(sum((part.sides for part in parts), ()), self.last):
            if len(parts) == 2 and same(parts[1].sides + parts[0].sides, self.last):
                raise Unclear("the backward direction before the forward one")
            raise Unclear("several things side by side")
        forward, backward = parts
        kinds = [forward.kind, backward.kind]
        if kinds == ["one-step", "one-step"]:
            return Seen("one-step", self.last, forward.places + backward.places, merge=merge)
        # Turned around, the backward direction's outputs stand in the order of time, and the end is the first.
        if backward.kind in ("every-step", "last-step", "first-step") and not backward.turned:
            kinds[1] = {"last-step": "its end", "first-step": "its start"}.get(backward.kind, "unturned")
        elif backward.kind in ("first-step", "last-states"):
            kinds[1] = "its end"
        if kinds[1] == "its end" and forward.kind in ("last-step", "last-states"):
            return Seen("last-states", self.last, merge=merge)
        if kinds[0] == kinds[1] and forward.kind != "first-step" and not forward.turned:
            return Seen(forward.kind, self.last, axis=forward.axis, merge=merge)
        raise Unclear(f"{forward.kind} of the forward direction with {kinds[1]} of the backward one")

    def added(self, inputs):
        parts = []
        for source in inputs:
            try:
                parts.append(self.seen(source))
            except Unclear as error:
                parts.append(error)
        found = [part for part in parts if isinstance(part, Seen)]
        if len(found) == 2:
            return self.both(found, "sum")
        if len(found) == 1 and found[0].sides[-1].residual and found[0].kind == "one-step":
            return found[0]  # the residual layer's input is the other
        raise Unclear("a sum of the outputs and something else")

    def one_of(self, tensor):
        """Returns the Seen of a slice: one step, or all of them."""
        graph, (name, output) = self.graph, tensor
        op, inputs, attr = graph.op(name), graph.inputs[name], graph.nodes[name].attr
        inner = self.seen(inputs[0])
        axis, at = 1 if inner.axis is None else inner.axis, None
        if op == "Unpack":
            axis, at, count = attr["axis"].i, output, attr["num"].i
        elif op in LOOKING_UP:
            at, count = graph.constant(inputs[1][0]), graph.size(inputs[0], 0)
            axis = 0 if at is not None else axis
        else:
            begin, end = (graph.array(source) for source, _ in inputs[1:3])
            if begin is None or end is None:
                pass
            elif op == "StridedSlice":
                cut = [
                    place for place in range(len(begin))
                    if not (attr["begin_mask"].i >> place & 1 and attr["end_mask"].i >> place & 1)
                ]  # fmt: skip
                if not cut:
                    return inner
                if len(cut) > 1 or cut[0] > 1:
                    raise Unclear("a part of the outputs")
                axis, at, shrunk = cut[0], int(begin[cut[0]]), attr["shrink_axis_mask"].i >> cut[0] & 1
                to_the_end = attr["end_mask"].i >> cut[0] & 1
                if not shrunk and not (at == -1 and to_the_end) and end[axis] - at != 1:
                    raise Unclear("a part of the steps")
            else:
                whole = [(-1, graph.size(inputs[0], place)) for place in range(len(begin))]
                cut = [place for place in range(len(begin)) if begin[place] or end[place] not in whole[place]]
                if not cut:
                    return inner
                if len(cut) > 1 or end[cut[0]] != 1:
                    raise Unclear("a part of the outputs")
                axis, at = cut[0], int(begin[cut[0]])
            count = None if at is None else graph.size(inputs[0], axis)
        if count == 1 and inner.kind != "every-step":
            return inner
        if inner.kind != "every-step":
            raise Unclear("a part of the outputs")
        if inner.axis not in (None, axis):
            if count == 1:
                return dataclasses.replace(inner, axis=None)
            raise Unclear("one sequence of the batch")
        self.computed = self.computed or at is None
        if at is None or at == -1 or (count is not None and at == count - 1):
            return dataclasses.replace(inner, kind="last-step", axis=None)
        if at == 0:
            return dataclasses.replace(inner, kind="first-step", axis=None)
        raise Unclear("one step that is not the last")

    def gives(self, tensors):
        """Returns (one of GIVES, how the directions meet): what the layer sees that is fed with these tensors.

        Raises:
            Unclear: none of these.
        """
        found = [self.seen(tensor) for tensor in tensors]
        if not all(same(one.sides, self.last) and one.merge == found[0].merge for one in found):
            raise Unclear("one direction alone")
        kinds = {one.kind for one in found if one.kind != "one-step"}
        single = [one for one in found if one.kind == "one-step"]
        if single:
            kind = self.kind_of_steps(single)
            kinds |= {kind} if not kinds or kind not in ("any", "last-step") else set()
            kinds = {"every-step"} if kinds == {"any"} else kinds
        if "first-step" in kinds and same(found[0].sides, found[0].sides[:1]) and found[0].turned:
            kinds = {"last-states"}
        if len(kinds) != 1 or "first-step" in kinds:
            shown = " and ".join(sorted(kinds)) if len(kinds) > 1 else "the first step"
            raise Unclear(shown)
        kind = kinds.pop()
        if found[0].turned and len(found[0].sides) == 1 and kind == "every-step":
            raise Unclear("the steps from the last to the first")
        return kind, found[0].merge

    def kind_of_steps(self, found):
        """Returns what steps of an unrolled graph, or of a loop's body, are together; "any" if there is but one."""
        graph = self.graph
        products = {matmul for cell, _, matmul in self.own.values() if cell_in(cell, self.last)}
        kernels = [next(iter(cell.names.values()))[0] for cell in self.last]
        through = BETWEEN | {"ConcatV2", "Concat", "Split", "SplitV", "Slice", "Pack", "Reshape", "Merge"}

        def after(tensor):
            return set(graph.used_by(tensor[0], products, through, by_name=True)) - {self.own[tensor][2]}

        follows = {tensor: after(tensor) for one in found for tensor in one.places}
        if any(graph.op(name) in ("Enter", "RefEnter", "Arg") for kernel in kernels for name in self.users_of(kernel)):
            return "every-step"
        outputs = [tensor for tensor, (cell, part, _) in self.own.items() if part == "h" and cell_in(cell, self.last)]
        led_to = set().union(*map(after, outputs))
        starts = {tensor for tensor in follows if self.own[tensor][2] not in led_to}
        ends = {tensor for tensor in follows if not follows[tensor]}
        if all(tensor in starts and tensor in ends for tensor in follows):
            return "any"
        if all(one.places[0] in ends for one in found):
            if all(place in ends for one in found for place in one.places):
                return "last-states" if len(self.last) == 2 else "last-step"
            if all(place in starts for one in found for place in one.places[1:]):
                return "last-step"
        if len({one.places for one in found}) > 1:
            return "every-step"
        raise Unclear("one step that is not the last")

    def users_of(self, kernel):
        """Returns the nodes that read a variable, and those that read these."""
        front, found = [kernel], []
        while front:
            for user, _ in self.graph.uses[front.pop()]:
                found.append(user)
                if self.graph.op(user) in ("Identity", "ReadVariableOp"):
                    front.append(user)
        return found


def cell_in(cell, cells):
    return any(cell is one for one in cells)


def same(cells, others):
    return len(cells) == len(others) and all(one is other for one, other in zip(cells, others))
