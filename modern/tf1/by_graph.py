"""What stands around a stack, by the graph."""

import collections

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
from modern.tf1.stacks import Dense, level_width


def shows(graph, cells):
    """Returns whether the graph shows what a stack's cells do."""
    kernels = [names[0] for cell in cells for names in cell.names.values()]
    cudnn = all(cell.of.cudnn for cell in cells)
    return any(graph.used_by(kernel, MULTIPLYING | BLOCK_OUTPUTS.keys()) for kernel in kernels) or (
        cudnn and any(node.op in CUDNN for node in graph.nodes.values())
    )


def layers_after(graph, outputs, names):
    """Returns the dense layers that the graph shows after a stack.

    Returns:
        ({kernel: [what feeds its products]} of those that see the cells' outputs, {kernel: kernels of those that
        follow it}, {kernel: its Dense}, {kernel: why it is unclear what it sees}).
    """
    first, after, found, unclear, products = {}, collections.defaultdict(set), {}, {}, {}
    for name in names:
        for matmul in graph.used_by(name, MULTIPLYING, PASSING | {"Reshape", "Transpose"}):
            kernel, transposed = kernel_of(graph, matmul)
            if kernel == name:
                products[matmul] = name
                bias, activation = sum_after(graph, matmul)
                found.setdefault(name, Dense(name, bias, activation, transposed))
    for matmul, name in products.items():
        source = graph.inputs[matmul][0]
        try:
            outputs.seen(source)
            first.setdefault(name, []).append(source)
        except Unclear as error:
            unclear[name] = error
            below = dense_below(graph, source, products)
            if below:
                after[below].add(name)
    return first, after, found, unclear


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


def place_after(stack, left, shapes, graph, cells, assumed):
    """Finds the dense layers after a stack, and what of its outputs they see, in the graph.

    Returns whether there are any, placed or not.
    """
    outputs = Outputs(graph, stack, cells)
    names = [name for name in left if len(shapes[name]) == 2]
    first, after, found, unclear = layers_after(graph, outputs, names)

    def not_placed(name, why):
        assumed.append(f"{stack.name}: {name} sees {why}: not placed (--dense {name} --gives ...)")

    own = {name for name, _ in outputs.own}
    beside = [
        name for name, matmuls in found_products(graph, unclear).items()
        if (unclear[name].cell is None or cell_in(unclear[name].cell, stack.cells))
        and shapes[name][found[name].transposed] in (stack.width, stack.width // len(stack.levels[-1]))
        and not any(name in others for others in after.values()) and own & graph.before(matmuls)
    ]  # fmt: skip
    if len(first) != 1 or beside:
        if len(first) > 1:
            assumed.append(
                f"{stack.name}: {', '.join(first)} all see its outputs: none is placed "
                "(--dense names the output layers)"
            )
        for name in beside[:1]:
            not_placed(name, unclear[name])
        return bool(first or beside)
    ((name, tensors),) = first.items()
    try:
        stack.gives, stack.merge = outputs.gives(tensors)
    except Unclear as error:
        not_placed(name, error)
        return True
    if outputs.computed:
        assumed.append(f"{name} sees a step that the graph computes: taken for each sequence's last (--gives)")
    while name:
        layer, others = found[name], after[name] - {one.kernel for one in stack.dense}
        if layer.activation is None:
            layer.activation = "linear"
            assumed.append(
                f"{name} is followed by linear: the graph shows none that Keras has by name (--dense {name}:ACTIVATION)"
            )
        layer.bias = layer.bias if layer.bias in left else None
        stack.dense.append(layer)
        left[:] = [other for other in left if other not in (layer.kernel, layer.bias)]
        if len(others) > 1:
            assumed.append(
                f"{stack.name}: {', '.join(sorted(others))} all follow {name}: none is placed "
                "(--dense names the output layers)"
            )
        name = others.pop() if len(others) == 1 else None
    return True


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


def found_products(graph, names):
    return {name: graph.used_by(name, MULTIPLYING, PASSING | {"Reshape", "Transpose"}) for name in names}


def place_before(stack, left, shapes, graph, cells, assumed):
    """Finds what feeds a stack in the graph: ids through an embedding or as one-hot rows, vectors, dense layers."""
    inputs = Inputs(graph, cells)
    try:
        (fed, others), *backward = [inputs.of(run[0]) for run in stack.levels[0].values()]
        if any(other != fed for other, _ in backward):
            raise Unclear("another thing for each direction")
        fed = fed or Fed("vectors")
        missing = [name for name in (fed.kind == "embedding" and fed.what, *(one.kernel for one in fed.dense)) if name]
        missing = [name for name in missing if name not in shapes]
        if missing:
            raise Unclear(f"{missing[0]}, which the checkpoint does not hold")
    except Unclear as error:
        assumed.append(
            f"{stack.name} reads vectors of {stack.inputs}: in the graph it is fed with {error}, which is left out"
        )
        return
    for other in others:
        assumed.append(f"{stack.name}: the graph feeds it with {other}, too, which is left out")
    stack.embedding = fed.what if fed.kind == "embedding" else None
    stack.one_hot = fed.kind == "one-hot"
    stack.input_dense = list(fed.dense)
    for layer in stack.input_dense:
        layer.bias = layer.bias if layer.bias in shapes else None
    taken = {stack.embedding, *(name for layer in stack.input_dense for name in (layer.kernel, layer.bias))}
    left[:] = [name for name in left if name not in taken]
    if not stack.embedding:
        stack.steps = placeholder_steps(graph, stack.inputs)
