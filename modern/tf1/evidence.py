"""What the graph tells of one cell: how it runs, what feeds it, where it gives its output."""

import collections
import itertools

from modern.tf1.graph import ACTIVATIONS, ADDING, BETWEEN, BLOCK_OUTPUTS, MULTIPLYING, PASSING

SPLITTING = {"Split", "SplitV"}
INPUT, CANDIDATE, FORGET, OUTPUT = range(4)  # an LSTM's gates i, j, f, o, as they come out of the split
CLIPPED = "its cell state is clipped, for which Keras has no layer"


def cell_evidence(graph, cell):
    """Returns what the graph says of a cell: {"forget_bias", "activation", "shared", "residual", "fused", "fault"}.

    Each is a set of all that it says, or empty.
    """
    if cell.of.cudnn:
        return collections.defaultdict(set)
    return EVIDENCE[cell.family](graph, cell.names[cell.of.candidate][0])


def lstm_evidence(graph, kernel):
    """Returns what the graph says of an LSTM cell, given its kernel, as `cell_evidence` does."""
    told = collections.defaultdict(set)
    matmuls = graph.used_by(kernel, MULTIPLYING)
    for name in graph.used_by(kernel, {"LSTMBlockCell", "BlockLSTM"}):
        attr = graph.nodes[name].attr
        told["forget_bias"].add(attr["forget_bias"].f)
        told["activation"].add("tanh")
        told["fused"].add(True)
        if attr["cell_clip"].f > 0:
            told["fault"].add(CLIPPED)
        if attr["use_peephole"].b:
            told["fault"].add("it has peepholes, for which Keras has no layer")
    for matmul in matmuls:
        for split in graph.used_by(matmul, SPLITTING, PASSING | ADDING):
            for what, values in evidence_of_gates(graph, matmul, split).items():
                told[what] |= values
    told["shared"].add(max((layer_depth(graph, matmul, set(matmuls)) for matmul in matmuls), default=1))
    return told


def evidence_of_gates(graph, matmul, split):
    """Returns what one step of an LSTM cell shows, given its product and where that is split into gates."""
    told = collections.defaultdict(set)
    gates = [graph.used_by(split, {"Sigmoid"}, output=gate) for gate in range(4)]
    candidates = graph.used_by(split, ACTIVATIONS, output=CANDIDATE)
    if not gates[INPUT] or not gates[OUTPUT]:
        told["fault"].add("its gates are not in TensorFlow 1's order: a cell of the program's own")
        return told
    told["activation"] |= {ACTIVATIONS[graph.op(name)] for name in candidates} or {None}
    if gates[FORGET]:
        told["forget_bias"].add(0.0)
    for added in graph.used_by(split, ADDING, output=FORGET):
        constants = [graph.constant(source) for source, _ in graph.inputs[added] if source != split]
        told["forget_bias"] |= {constant for constant in constants if constant is not None}
    for product in itertools.chain(*(graph.used_by(name, {"Mul"}) for name in candidates)):
        if any(graph.used_by(state, {"Minimum", "Maximum"}) for state in graph.used_by(product, ADDING)):
            told["fault"].add(CLIPPED)
    outputs = [name for gate in gates[OUTPUT] for name in graph.used_by(gate, {"Mul"})]
    told["residual"].add(adds_input(graph, matmul, outputs))
    return told


def candidate_evidence(graph, kernel):
    """Returns what the graph says of a GRU or a plain RNN, given the candidate's kernel, as `cell_evidence` does."""
    told = collections.defaultdict(set)
    matmuls = graph.used_by(kernel, MULTIPLYING)
    if matmuls:
        outputs = {
            node: matmul for matmul in matmuls for step in (gru_outputs, rnn_outputs) for node, _ in step(graph, matmul)
        }
        told["shared"].add(max(depth_of(graph, matmul, outputs) for matmul in matmuls))
    for matmul in matmuls:
        for added in graph.used_by(matmul, ADDING):
            activation = graph.activation(added)
            told["activation"].add(None if activation == "linear" else activation)
            candidates = graph.used_by(added, ACTIVATIONS)
            states = [state for name in candidates for state in graph.used_by(name, ADDING, PASSING | {"Mul"})]
            told["residual"].add(adds_input(graph, matmul, candidates) or adds_input(graph, matmul, states))
    if graph.used_by(kernel, {"GRUBlockCell"}):
        told["activation"].add("tanh")
    return told


EVIDENCE = {"lstm": lstm_evidence, "gru": candidate_evidence, "rnn": candidate_evidence}  # by the cell's family


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


def depth_of(graph, matmul, outputs):
    """Returns the same by `outputs`, {a step's output: its product}: how often one step's output is the next one's input."""
    depth = 1
    while depth < 100:
        node = cell_input(graph, matmul)
        for _ in range(10):
            if node in outputs or node is None:
                break
            passed = graph.dropped(node) or next(iter(graph.handed_on(node)), None)
            node = passed and passed[0]
        if node not in outputs:
            return depth
        matmul, depth = outputs[node], depth + 1
    return depth


def cell_outputs(graph, cells):
    """Returns {(node, output): (cell, "h" or "c", the step's product)}: where the graph holds what cells put out."""
    found = {}
    for cell in {id(cell): cell for cell in cells}.values():
        kernel = cell.names[cell.of.candidate][0]
        for op, outputs in BLOCK_OUTPUTS.items():
            for name in graph.used_by(kernel, {op}):
                found[name, outputs.index("h")] = cell, "h", name
                if "cs" in outputs:
                    found[name, outputs.index("cs")] = cell, "c", name
        for matmul in graph.used_by(kernel, MULTIPLYING):
            for node, part in STEP_OUTPUTS[cell.family](graph, matmul):
                found[node, 0] = cell, part, matmul
    return found


def lstm_outputs(graph, matmul):
    """Yields (node, "h" or "c") of an LSTM cell's step, given its product."""
    for gates in graph.used_by(matmul, SPLITTING, PASSING | ADDING):
        for name in graph.used_by(gates, {"Sigmoid"}, output=OUTPUT):
            yield from ((product, "h") for product in graph.used_by(name, {"Mul"}))
        for name in graph.used_by(gates, ACTIVATIONS, output=CANDIDATE):
            for product in graph.used_by(name, {"Mul"}):
                yield from ((state, "c") for state in graph.used_by(product, ADDING))


def gru_outputs(graph, matmul):
    """Yields (node, "h") of a GRU cell's step, given the candidate's product."""
    for name in activated(graph, matmul):
        for product in graph.used_by(name, {"Mul"}):
            yield from ((state, "h") for state in graph.used_by(product, ADDING))


def rnn_outputs(graph, matmul):
    """Yields (node, "h") of a plain RNN cell's step, given its product."""
    yield from ((name, "h") for name in activated(graph, matmul))


def activated(graph, matmul):
    """Yields what is applied to a product and its bias; the sum itself if nothing is."""
    for added in graph.used_by(matmul, ADDING):
        yield from graph.used_by(added, ACTIVATIONS) or [added]


STEP_OUTPUTS = {"lstm": lstm_outputs, "gru": gru_outputs, "rnn": rnn_outputs}  # by the cell's family
