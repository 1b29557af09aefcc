"""What the graph tells of one cell."""

import collections
import itertools

from modern.tf1.graph import ACTIVATIONS, ADDING, BETWEEN, MULTIPLYING, PASSING


def lstm_evidence(graph, kernel):
    """Returns what the graph says of an LSTM cell: {"forget_bias", "activation", "shared", "residual", "fault"}."""
    told = collections.defaultdict(set)
    matmuls = graph.used_by(kernel, MULTIPLYING)
    for name in graph.used_by(kernel, {"LSTMBlockCell", "BlockLSTM"}):
        told["forget_bias"].add(graph.nodes[name].attr["forget_bias"].f)
        told["activation"].add("tanh")
        told["fused"].add(True)
        if graph.nodes[name].attr["cell_clip"].f > 0:
            told["fault"].add("its cell state is clipped, for which Keras has no layer")
        if graph.nodes[name].attr["use_peephole"].b:
            told["fault"].add("it has peepholes, for which Keras has no layer")
    for matmul in matmuls:
        for split in graph.used_by(matmul, {"Split", "SplitV"}, PASSING | ADDING):
            gates = [graph.used_by(split, {"Sigmoid"}, output=gate) for gate in range(4)]
            candidates = graph.used_by(split, ACTIVATIONS, output=1)
            if not gates[0] or not gates[3]:
                told["fault"].add("its gates are not in TensorFlow 1's order: a cell of the program's own")
                continue
            told["activation"] |= {ACTIVATIONS[graph.op(name)] for name in candidates} or {None}
            if gates[2]:
                told["forget_bias"].add(0.0)
            for added in graph.used_by(split, ADDING, output=2):
                constants = [graph.constant(source) for source, _ in graph.inputs[added] if source != split]
                told["forget_bias"] |= {constant for constant in constants if constant is not None}
            for product in itertools.chain(*(graph.used_by(name, {"Mul"}) for name in candidates)):
                for state in graph.used_by(product, ADDING):
                    if graph.used_by(state, {"Minimum", "Maximum"}):
                        told["fault"].add("its cell state is clipped, for which Keras has no layer")
            outputs = [name for gate in gates[3] for name in graph.used_by(gate, {"Mul"})]
            told["residual"].add(adds_input(graph, matmul, outputs))
    told["shared"].add(max((layer_depth(graph, matmul, set(matmuls)) for matmul in matmuls), default=1))
    return told


def cell_input(graph, matmul):
    """Returns the node that feeds a cell, given its product [inputs, state] x kernel; None if it is not plain."""
    for concat, _ in graph.inputs[matmul][:1]:
        sources = [source for source, _ in graph.inputs[concat]]
        if graph.op(concat) == "ConcatV2" and len(sources) == 3:
            return sources[0]
        if graph.op(concat) == "Concat" and len(sources) == 3:  # before 1.0 the axis came first
            return sources[1]
    return None


def adds_input(graph, matmul, outputs):
    """Returns whether a cell's input is added to its outputs, as ResidualWrapper does."""
    source = cell_input(graph, matmul)
    summed = {name for name in graph.used_by(source, ADDING) if graph.op(name) != "BiasAdd"} if source else set()
    return bool(summed) and any(graph.used_by(output, summed, BETWEEN, by_name=True) for output in outputs)


def layer_depth(graph, matmul, matmuls):
    """Returns how many layers up to this product use one kernel: `[cell] * 3` is three."""
    depth, front = 1, {matmul}
    while front and depth < 100:
        below = set()
        for name in front:
            # Down from the cell's input over a dropout and an output gate; the cell state's way is left out.
            path, seen = [cell_input(graph, name)], set()
            while path:
                node = path.pop()
                if node in seen or node is None:
                    continue
                seen.add(node)
                if node in matmuls:
                    below.add(node)
                elif graph.op(node) in BETWEEN | {"Sigmoid", "Split", "BiasAdd"}:
                    path += [source for source, _ in graph.inputs[node]]
        front = below
        depth += bool(below)
    return depth


def other_evidence(graph, kernel):
    """Returns what the graph says of a GRU's candidate or of a plain RNN's kernel: {"activation", "residual"}."""
    told = collections.defaultdict(set)
    for matmul in graph.used_by(kernel, MULTIPLYING):
        for added in graph.used_by(matmul, ADDING):
            activation = graph.activation(added)
            told["activation"].add(None if activation == "linear" else activation)
            candidates = graph.used_by(added, ACTIVATIONS)
            states = [state for name in candidates for state in graph.used_by(name, ADDING, PASSING | {"Mul"})]
            told["residual"].add(adds_input(graph, matmul, candidates) or adds_input(graph, matmul, states))
    if graph.used_by(kernel, {"GRUBlockCell"}):
        told["activation"].add("tanh")
    return told


def cell_outputs(graph, cells):
    """Returns {(node, output): (cell, "h" or "c", the step's product)}: where the graph holds what cells put out."""
    found = {}
    for cell in {id(cell): cell for cell in cells}.values():
        kernel = cell.names["kernel" if "kernel" in cell.names else list(cell.names)[2]][0]
        for name in graph.used_by(kernel, {"LSTMBlockCell", "BlockLSTM", "BlockLSTMV2"}):
            found |= {(name, 6): (cell, "h", name), (name, 1): (cell, "c", name)}
        for name in graph.used_by(kernel, {"GRUBlockCell"}):
            found[name, 3] = cell, "h", name
        for matmul in graph.used_by(kernel, MULTIPLYING):
            for gates in graph.used_by(matmul, {"Split", "SplitV"}, PASSING | ADDING) if cell.is_lstm else []:
                for name in graph.used_by(gates, {"Sigmoid"}, output=3):
                    found |= {(product, 0): (cell, "h", matmul) for product in graph.used_by(name, {"Mul"})}
                for name in graph.used_by(gates, ACTIVATIONS, output=1):
                    for product in graph.used_by(name, {"Mul"}):
                        found |= {(state, 0): (cell, "c", matmul) for state in graph.used_by(product, ADDING)}
            for added in [] if cell.is_lstm else graph.used_by(matmul, ADDING):
                for name in graph.used_by(added, ACTIVATIONS) or [added]:
                    if "GRU" not in cell.kind:
                        found[name, 0] = cell, "h", matmul
                    for product in graph.used_by(name, {"Mul"}) if "GRU" in cell.kind else []:
                        found |= {(state, 0): (cell, "h", matmul) for state in graph.used_by(product, ADDING)}
    return found
