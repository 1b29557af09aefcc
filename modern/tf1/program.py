"""The whole program of a graph: which tensors it gives, rebuilt in Keras and run beside the graph itself."""

import dataclasses
import re

import numpy as np
from tensorflow.core.framework import types_pb2

from modern.tf1.evidence import cell_outputs
from modern.tf1.graph import (
    ACTIVATIONS,
    ADDING,
    BLOCK_OUTPUTS,
    LOOKING_UP,
    MULTIPLYING,
    PASSING,
    STACKING,
    VARIABLES,
    whole_of,
)
from modern.tf1.outputs import Unclear
from modern.tf1.rebuild import Rebuilt
from modern.tf1.rerun import draw_inputs, gap, run_graph

# What no program gives: training, saving, summaries.
NO_RESULT = ("Save", "Restore", "Apply", "Assign", "Summary", "Sparse", "Queue", "ScatterSub", "L2Loss", "Assert")
LIKE = 1e-4  # of the largest value: what is another program differs by far more, a chaotic cell's rounding by less
WEIGHING = MULTIPLYING | {"Conv2D"}
LOSSES = ("SoftmaxCrossEntropyWithLogits", "SigmoidCrossEntropy")


@dataclasses.dataclass
class Program:
    """A program that is rebuilt from its graph: the tensors that it gives, its Keras model, its Rebuilt."""

    graph: object
    outputs: list
    model: object
    rebuilt: Rebuilt

    def check(self, model, value):
        """Returns {"program": the largest difference between a model and the graph itself on random inputs}.

        It is relative to the largest value where that is above 1.

        Raises:
            Unclear: the graph does not run today.
        """
        feed = draw_inputs(self.rebuilt.given)
        wanted = run_graph(self.graph, value, feed | settings(self.rebuilt), self.outputs)
        fed = [feed[one.node] for one in self.rebuilt.given]
        told = model(fed if len(fed) > 1 else fed[0])
        told = told if isinstance(told, (list, tuple)) else [told]
        differences = []
        for one, array, turned in zip(told, wanted, self.rebuilt.turned):
            array = np.swapaxes(array, 0, 1) if turned else array
            differences.append(gap(np.asarray(one).reshape(array.shape), array))
        return {"program": max(differences)}


def graph_gives(model, graph, value, names, cells):
    """Returns whether the model of a stack gives one of the tensors that the graph itself gives, on random inputs.

    Raises:
        Unclear: the graph cannot be run, or reads something else than the model.
    """
    outputs = [*graph.outputs, *find_outputs(graph, cells, names)]
    if not outputs:
        raise Unclear("which of its nodes are the outputs")
    rebuilt = Rebuilt(graph, value, names, cells)
    for tensor in outputs:
        rebuilt.find_inputs(tensor)
        for node in graph.before([tensor[0]]):
            if graph.op(node) == "Placeholder" and node not in rebuilt.settled:
                rebuilt.settled[node] = rebuilt.setting(node)
    one, feed = fed_alike(model, rebuilt, value)
    told = np.asarray(model(feed.pop("")))
    for array in run_graph(graph, value, feed | settings(rebuilt), outputs):
        if array.size != told.size:
            continue
        steps = told.shape[1] if told.ndim == 3 else 1  # the graph may have them first, or in one axis with the batch
        for wanted in (
            array.reshape(told.shape),
            np.swapaxes(array.reshape(steps, len(told), -1), 0, 1).reshape(told.shape),
        ):
            if gap(told, wanted) <= LIKE:
                return True
    return False


def fed_alike(model, rebuilt, value):
    """Returns (the input that the model reads, {placeholder's node: what it is fed, "": what the model is}).

    Lengths are those of whole sequences, states zero.
    """
    rank, kind = len(model.inputs[0].shape), model.inputs[0].dtype[:3]
    given = [one for one in rebuilt.given if len(one.dims) in (rank, rank - 1) and one.dtype[:3] == kind]
    given.sort(key=lambda one: -len(one.dims))
    if not given or len(model.inputs) != 1:
        raise Unclear("it reads something else than the model")
    rows = [layer.input_dim for layer in model.layers if type(layer).__name__ == "Embedding"]
    given[0].rows = rows[0] if rows else given[0].rows
    drawn = draw_inputs(rebuilt.given)
    x = drawn[given[0].node]
    for one in rebuilt.given:
        if one is not given[0] and one.dtype.startswith("float"):
            drawn[one.node] = np.zeros_like(drawn[one.node])
        elif one is not given[0]:
            drawn[one.node] = np.full_like(drawn[one.node], x.shape[1])
    return given[0], drawn | {"": x if x.ndim == rank else x[:, None]}


def settings(rebuilt):
    """Returns {placeholder's node: array} of the numbers and switches of training."""
    graph, batch = rebuilt.graph, 3
    told = {}
    for name, value in rebuilt.settled.items():
        if graph.op(name) == "Placeholder" and hasattr(value, "array"):
            told[name] = np.array(batch if value.open else value.array)
    return told


def rebuild_program(graph, value, names, cells, outputs=(), steps=None):
    """Returns the Program of a graph.

    Args:
        value: a function from a variable's name to its value.
        names: the variables of the file.
        cells: those that Keras has layers for.
        outputs: the nodes that it is to give, if it is said.
        steps: the number of time steps, where the graph leaves it open.

    Raises:
        Unclear: the graph does something that is not understood.
    """
    tensors = [tensor_of(graph, text) for text in outputs] or graph.outputs or find_outputs(graph, cells, names)
    if not tensors:
        raise Unclear("which of its nodes are the outputs")
    rebuilt = Rebuilt(graph, value, names, cells, steps)
    model = rebuilt.model(tensors)
    return Program(graph, tensors, model, rebuilt)


def tensor_of(graph, text):
    name, colon, output = text.partition(":")
    if name not in graph.nodes or (colon and not output.isdigit()):
        raise Unclear(f"{text}, which is no node of the graph")
    return name, int(output or 0)


def find_outputs(graph, cells, names):
    """Returns the tensors that a program gives, [(node, output)]: of its last layers that see the cells.

    These depend on what feeds the cells alone, not on labels; a softmax over them, a loss or a summary is none.
    """
    own, again = cell_outputs(graph, cells), recurrent(graph, names)
    steps = {product for _, _, product in own.values()} or again
    behind = graph.before(steps)
    feeding = {name for name in behind if graph.op(name) == "Placeholder"}
    strange = [
        name for name in graph.nodes
        if graph.op(name) == "Placeholder" and name not in feeding and len(graph.nodes[name].attr["shape"].shape.dim)
    ]  # fmt: skip
    after = reached(graph, {*steps, *(node for node, _ in own)}, stop=reached(graph, strange))
    own_kernels = {one for cell in cells for names_ in cell.names.values() for one in names_}
    kernels = by_kernel(graph, after, WEIGHING, names)
    kernels = {kernel: nodes for kernel, nodes in kernels.items() if kernel not in own_kernels}
    products = {node for nodes in kernels.values() for node in nodes} | steps
    kernels = {kernel: nodes for kernel, nodes in kernels.items() if not again & set(nodes)}
    found = []
    for kernel, nodes in kernels.items():
        ends = [node for node in nodes if not reached(graph, [node]) & after & products - set(nodes)]
        if ends:
            drawn = {node: draws(graph, node) for node in ends}
            found += joined_ends(graph, [node for node in ends if drawn[node] == min(drawn.values())], after)
    found = list(dict.fromkeys(found or ends_without_layers(graph, after)))
    return [tensor for tensor in found if "|" not in tensor[0]]


def ends_without_layers(graph, after):
    """Returns what a program without layers after its cells gives: what the arrays of its loops, or its steps, end in."""
    gathered = sorted(node for node in after if graph.op(node) in STACKING and is_float(graph, node))
    gathered = [node for node in gathered if not (reached(graph, [node]) & set(gathered)) - {node}]
    behind = reached(graph, gathered) & after if gathered else after
    last = [node for node in behind if not any(user in after for user, _ in graph.uses[node])]
    joins = [
        node
        for node in last
        if graph.op(node) in ("Pack", "ConcatV2", "Concat", "Transpose", "Reshape", "AddV2", "Add")
    ]
    return sorted((node, 0) for node in joins or gathered or last)


def is_float(graph, node):
    return graph.nodes[node].attr["dtype"].type in (0, types_pb2.DT_FLOAT, types_pb2.DT_DOUBLE)


def joined_ends(graph, products, after):
    """Returns what the products of one kernel give: of all steps, if each has its own and they are put side by side."""
    ends = {end_of(graph, product, after)[0] for product in products}
    if len(ends) > 1:
        joins = [name for name in after if graph.op(name) in ("Pack", "ConcatV2", "Concat")]
        joins = [name for name in joins if ends <= {source for source, _ in graph.inputs[name]}]
        if joins:
            return [end_of(graph, joins[0], after)]
    return [(max(ends, key=lambda node: (len(node), node)), 0)]


def weights_behind(graph, tensor, names):
    """Returns the variable of which the second factor of a product is the whole or a part, or None."""
    name, _ = tensor
    for _ in range(12):
        if graph.op(name) in VARIABLES:
            return whole_of(name) if whole_of(name) in names else None
        if graph.op(name) not in PASSING | {"Reshape", "Transpose", "StridedSlice", "Slice", "Unpack", *LOOKING_UP}:
            return None
        name = graph.inputs[name][0][0]
    return None


def by_kernel(graph, nodes, kinds, names):
    """Returns {variable: those of these nodes, products of such kinds, that multiply by it}."""
    kernels = {}
    for node in nodes:
        kernel = weights_behind(graph, graph.inputs[node][1], names) if graph.op(node) in kinds else None
        if kernel:
            kernels.setdefault(kernel, []).append(node)
    return kernels


def recurrent(graph, names):
    """Returns the nodes in which cells of any kind run: products that lead to one with the same weights, blocks."""
    found = {node for node in graph.nodes if graph.op(node) in BLOCK_OUTPUTS}
    for nodes in by_kernel(graph, graph.nodes, MULTIPLYING, names).values():
        after = reached(graph, {user for node in nodes for user, _ in graph.uses[node]})
        found |= set(nodes) if after & set(nodes) else set()
    return found


def reached(graph, names, stop=frozenset()):
    """Returns the nodes that depend on one of `names`, itself included, but for those in `stop`."""
    seen, front = set(), list(names)
    while front:
        name = front.pop()
        if name in seen or name in stop or any(word in (graph.op(name) or "") for word in NO_RESULT):
            continue
        seen.add(name)
        front += [user for user, _ in graph.uses[name]]
        if "|" in name:  # the body of a loop of today: what comes after the loop
            front.append(name.rpartition("|")[0])
    return seen


def draws(graph, node):
    """Returns how many random draws a node depends on: a training's copy of a model has dropout."""
    return sum(bool(re.search("RandomUniform|CandidateSampler", graph.op(name) or "")) for name in graph.before([node]))


def end_of(graph, node, after):
    """Returns the tensor that a last layer gives: with its bias, its activation and the shape that it is brought to."""
    node = followed(graph, node, after)
    if in_loop(graph, node):  # what the loop gathers of it
        gathered = [name for name in reached(graph, [node]) if graph.op(name) in STACKING and not in_loop(graph, name)]
        node = followed(graph, sorted(gathered)[0], after) if gathered else node
    return node, 0


def followed(graph, node, after):
    """Returns the last node of the bias, the activation and the shapes that follow a product alone."""
    left = [ADDING, ACTIVATIONS, {"Reshape"}, {"Reshape"}, {"Transpose"}, {"Squeeze"}]
    while left:
        found = [user for user, _ in graph.uses[node] if user in after and graph.op(user) in set().union(*left)]
        if len(found) != 1:
            break
        op = graph.op(found[0])
        losses = [graph.op(user) for user, _ in graph.uses[found[0]]]
        if op in ADDING and not any(graph.variable(source) for source, _ in graph.inputs[found[0]]):
            break
        if op == "Reshape" and any(loss in name for name in losses for loss in LOSSES):
            break
        node = found[0]
        left.remove(next(kind for kind in left if op in kind))
    return node


def in_loop(graph, node):
    """Returns whether a node stands in a loop: whether it depends on the loop's start, but not through its end."""
    seen, front = set(), [node]
    while front:
        name = front.pop()
        if name in seen or graph.op(name) in ("Exit", "RefExit"):
            continue
        if "|" in name or graph.op(name) in ("Enter", "RefEnter"):
            return True
        seen.add(name)
        front += [source for source, _ in graph.inputs[name]]
    return False
