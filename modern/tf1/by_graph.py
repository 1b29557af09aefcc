"""What stands around a stack, by the graph."""

import collections
import dataclasses

from modern.tf1.graph import (
    ACTIVATIONS,
    ADDING,
    BLOCK_OUTPUTS,
    CUDNN,
    MULTIPLYING,
    PASSING,
    SLICING,
    kernel_of,
    placeholder_steps,
    sum_after,
)
from modern.tf1.inputs import Fed, Inputs
from modern.tf1.outputs import Outputs, Unclear, cell_in
from modern.tf1.refused import ATTENTION_NAME
from modern.tf1.remarks import Option
from modern.tf1.stacks import Dense, level_width


def shows(graph, cells):
    """Returns whether the graph shows what a stack's cells do."""
    kernels = [names[0] for cell in cells for names in cell.names.values()]
    cudnn = all(cell.of.cudnn for cell in cells)
    return any(graph.used_by(kernel, MULTIPLYING | BLOCK_OUTPUTS.keys()) for kernel in kernels) or (
        cudnn and any(node.op in CUDNN for node in graph.nodes.values())
    )


@dataclasses.dataclass
class LayersAfter:
    """The dense layers that the graph shows after a stack, by their kernels.

    first: what feeds the products of those that see the cells' outputs. after: the kernels of those that follow one.
    dense: each one's Dense. unclear: why it is unclear what one sees. products: each one's nodes.
    """

    first: dict
    after: dict
    dense: dict
    unclear: dict
    products: dict


def layers_after(graph, outputs, names):
    """Returns the LayersAfter a stack among the matrices `names`."""
    told = LayersAfter({}, collections.defaultdict(set), {}, {}, collections.defaultdict(list))
    of_product = {}
    for name in names:
        for matmul in graph.used_by(name, MULTIPLYING, PASSING | {"Reshape", "Transpose"}):
            told.products[name].append(matmul)
            kernel, transposed = kernel_of(graph, matmul)
            if kernel == name:
                of_product[matmul] = name
                bias, activation = sum_after(graph, matmul)
                told.dense.setdefault(name, Dense(name, bias, activation, transposed))
    for matmul, name in of_product.items():
        source = graph.inputs[matmul][0]
        try:
            outputs.seen(source)
            told.first.setdefault(name, []).append(source)
        except Unclear as error:
            told.unclear[name] = error
            below = dense_below(graph, source, of_product)
            if below:
                told.after[below].add(name)
    return told


def dense_below(graph, tensor, products):
    """Returns the kernel of the dense layer whose outcome a tensor is, dropout and the like aside, or None."""
    front, seen = [tensor], set()
    while front:
        name, _ = tensor = front.pop()
        if name in products:
            return products[name]
        if tensor in seen:
            continue
        seen.add(tensor)
        op, inputs = graph.op(name), graph.inputs[name]
        if op in ACTIVATIONS or op == "BiasAdd" or op in SLICING - {"Split"}:
            front.append(inputs[0])
        elif op in ADDING:
            biases = [graph.variable(source) for source, _ in inputs]
            front += [source for source, bias in zip(inputs, biases) if bias is None] if any(biases) else []
        else:
            front += graph.handed_on(name)
    return None


def place_after(stack, around):
    """Finds the dense layers after a stack, and what of its outputs they see, in the graph.

    Returns whether there are any, placed or not.
    """
    outputs = Outputs(around.graph, stack, around.cells)
    matrices = [name for name in around.matrices if not ATTENTION_NAME.search(name)]
    told = layers_after(around.graph, outputs, matrices)
    beside = layers_beside(stack, around, outputs, told)

    def not_placed(name, why):
        options = Option("dense", [name]), " ", Option("gives", ...)
        around.leave_open(f"{stack.name}: {name} sees {why}: not placed (", *options, ")")

    if len(told.first) != 1 or beside:
        if len(told.first) > 1:
            around.leave_open(
                f"{stack.name}: {', '.join(told.first)} all see its outputs: none is placed (", *NAMES_OUTPUT
            )
        for name in beside[:1]:
            not_placed(name, told.unclear[name])
        return bool(told.first or beside)
    ((name, tensors),) = told.first.items()
    try:
        stack.gives, stack.merge = outputs.gives(tensors)
    except Unclear as error:
        not_placed(name, error)
        return True
    if around.shapes[name][told.dense[name].transposed] != stack.width:
        not_placed(name, "several steps side by side")
        stack.gives = "every-step"
        return True
    if outputs.computed:
        what = f"{name} sees a step that the graph computes: taken for each sequence's last ("
        around.leave_open(what, Option("gives"), ")")
    place_from(name, stack, around, told)
    return True


NAMES_OUTPUT = Option("dense"), " names the output layers)"


def layers_beside(stack, around, outputs, told):
    """Returns the dense layers that see, in some unclear way, what a stack gives, and none other's outcome."""
    own = {name for name, _ in outputs.own}
    widths = stack.width, stack.width // len(stack.levels[-1])
    return [
        name for name, why in told.unclear.items()
        if (why.cell is None or cell_in(why.cell, stack.cells))
        and around.shapes[name][told.dense[name].transposed] in widths
        and not any(name in others for others in told.after.values())
        and own & around.graph.before(told.products[name])
    ]  # fmt: skip


def place_from(name, stack, around, told):
    """Puts a dense layer after a stack, and those that follow it as long as there is one."""
    while name:
        layer, others = told.dense[name], told.after[name] - {one.kernel for one in stack.dense}
        if layer.activation is None:
            layer.activation = "linear"
            what = f"{name} is followed by linear: the graph shows none that Keras has by name ("
            around.leave_open(what, Option("dense", [f"{name}:ACTIVATION"]), ")")
        layer.bias = layer.bias if layer.bias in around.left else None
        stack.dense.append(layer)
        around.take(layer.kernel, layer.bias)
        if len(others) > 1:
            all_of_them = ", ".join(sorted(others))
            around.leave_open(f"{stack.name}: {all_of_them} all follow {name}: none is placed (", *NAMES_OUTPUT)
        name = others.pop() if len(others) == 1 else None


def place_before(stack, around):
    """Finds what feeds a stack in the graph: ids through an embedding or as one-hot rows, vectors, dense layers."""
    try:
        fed, others = what_feeds(stack, around)
    except Unclear as error:
        what = f"{stack.name} reads vectors of {stack.inputs}: in the graph it is fed with {error}, which is left out"
        around.leave_open(what)
        return
    for other in others:
        around.leave_open(f"{stack.name}: the graph feeds it with {other}, too, which is left out")
    stack.embedding = fed.what if fed.kind == "embedding" else None
    stack.one_hot = fed.kind == "one-hot"
    stack.input_dense = list(fed.dense)
    for layer in stack.input_dense:
        layer.bias = layer.bias if layer.bias in around.shapes else None
    around.take(stack.embedding, *(name for layer in stack.input_dense for name in (layer.kernel, layer.bias)))
    if not stack.embedding:
        stack.steps = placeholder_steps(around.graph, stack.inputs)


def what_feeds(stack, around):
    """Returns (the Fed of a stack's first cells, in words what else feeds them).

    Raises:
        Unclear: it is something else, or the checkpoint does not hold it.
    """
    inputs = Inputs(around.graph, around.cells)
    (fed, others), *backward = [inputs.of(run[0]) for run in stack.levels[0].values()]
    if any(other != fed for other, _ in backward):
        raise Unclear("another thing for each direction")
    fed = fed or Fed("vectors")
    names = [*([fed.what] if fed.kind == "embedding" else []), *(one.kernel for one in fed.dense)]
    missing = [name for name in names if name not in around.shapes]
    if missing:
        raise Unclear(f"{missing[0]}, which the checkpoint does not hold")
    return fed, others


def chain_by_graph(stacks, graph):
    """Joins, in `stacks`, those of which the graph shows that one reads every step of another's outputs."""
    cells = [cell for stack in stacks for cell in stack.cells]
    inputs = Inputs(graph, cells)
    for above in list(stacks):
        for below in [stack for stack in stacks if stack is not above]:
            outputs = Outputs(graph, below, cells)
            try:
                told, steps = set(), True
                for run in above.levels[0].values():
                    tensors = inputs.tensors(run[0])
                    steps = steps and len(set(tensors)) == len(tensors) > 0  # not one of them again and again
                    told.add(outputs.gives([inputs.whole(tensor) for tensor in tensors]))
            except Unclear:
                continue
            if steps and told == {("every-step", "concat")} and level_width(below.levels[-1]) == above.inputs:
                above.name, above.levels = below.name, below.levels + above.levels
                stacks.remove(below)
                break
