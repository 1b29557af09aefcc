"""What a cell's variables do not tell: learned from the graph, said, or assumed."""

import collections
import re

from modern.console import InputError
from modern.tf1.cells import FORGET_BIAS
from modern.tf1.evidence import cell_evidence
from modern.tf1.names import canonical_scope
from modern.tf1.remarks import Option, Remark


def learn(cell, graph, forget_bias, activation):
    """Settles a cell's forget bias and activation: as it was said, by the graph, or by TensorFlow 1's default.

    Returns (layers that share its weights, or None where the graph does not tell; its fault or None).
    """
    told = cell_evidence(graph, cell) if graph else collections.defaultdict(set)
    if True in told["fused"]:
        cell.kind = "LSTMBlockCell"
    cell.residual = True in told["residual"]

    if cell.is_lstm and cell.of.cudnn:
        cell.forget_bias, cell.learned["forget_bias"] = 0.0, "the cell has none"
    elif cell.is_lstm:
        if forget_bias is not None:
            cell.forget_bias, cell.learned["forget_bias"] = forget_bias, "said"
        elif len(told["forget_bias"]) == 1:
            cell.forget_bias, cell.learned["forget_bias"] = round(told["forget_bias"].pop(), 6), "graph"
        else:
            cell.forget_bias, cell.learned["forget_bias"] = FORGET_BIAS, "assumed"
    if activation is not None:
        cell.activation, cell.learned["activation"] = activation, "said"
    elif len(told["activation"]) == 1 and None not in told["activation"]:
        cell.activation, cell.learned["activation"] = told["activation"].pop(), "graph"
    elif cell.of.cudnn:
        cell.learned["activation"] = "the cell has none other"
    elif told["activation"]:
        what = "its activation is none that Keras has by name ("
        told["fault"].add(Remark(what, Option("activation"), " takes another)"))
    else:
        cell.learned["activation"] = "assumed"
    return max(told["shared"], default=None), next(iter(sorted(told["fault"], key=str)), None)


def share(stack, cell, count, said, around):
    """Makes as many layers of a cell as use its weights; `said` is the number
    that was said or that the graph shows, or None."""
    for level in stack.levels:
        for direction, run in level.items():
            if len(run) != 1 or run[0] is not cell:
                continue
            if count > 1 and cell.inputs != cell.units:
                sizes = f"{cell.scope} reads {cell.inputs} numbers and has {cell.units} units"
                raise InputError(Remark(Option("shared_layers", count), f": {sizes}"))
            if count > 1:
                level[direction] = [cell] * count
            elif not said and may_be_shared(cell):
                what = f"{stack.name} has one layer; [cell] * 3 would look the same ("
                around.assume(what, Option("shared_layers", 3), ")")


def may_be_shared(cell):
    first = re.search(r"cell_?0(/|$)", "/".join(canonical_scope(cell.scope)))
    return bool(first) and cell.inputs == cell.units


def assumed_of_cells(stacks, graph, names):
    """Returns what was taken for granted of the cells, why, and what changes it: Remarks."""
    assumed = []
    why = "the graph does not show it" if graph else "there is no .meta file to tell"
    cells = [cell for stack in stacks for cell in stack.cells]
    if any(cell.learned.get("forget_bias") == "assumed" for cell in cells):
        hint = ""
        if any(re.match(r"(Train/)?Model/(embedding|softmax_w)$", name) for name in names):
            hint = "; the PTB tutorial, whose names these are, set 0.0"
        what = f"forget bias {FORGET_BIAS}, TensorFlow 1's default: {why}{hint} ("
        assumed.append(Remark(what, Option("forget_bias"), ")"))
    if any(cell.learned.get("activation") == "assumed" for cell in cells):
        assumed.append(Remark(f"activation tanh, TensorFlow 1's default: {why} (", Option("activation"), ")"))
    if graph and any(re.search(r"(^|[/|])(CheckSeqLen|sequence_length)$", name) for name in graph.nodes):
        what = (
            "sequences of one length: the graph has a sequence_length, after which TensorFlow 1 gives zeros and from "
            "which it reads backward ("
        )
        assumed.append(Remark(what, Option("mask", True), ")"))
    for stack in stacks:
        assumed += assumed_of_stack(stack, graph)
    return assumed


def assumed_of_stack(stack, graph):
    both_ways = len(stack.levels[-1]) == 2
    if any(set(level) == {"bw"} for level in stack.levels):
        yield Remark(f"{stack.name} reads backward, by its scope's name; no cell that reads forward goes with it")
    if stack.dense and not graph:
        end = ", or last-states for the end of each direction)" if both_ways else ")"
        what = f"{stack.name}: the output layer sees every step, which holds the last one, too ("
        yield Remark(what, Option("gives", "last-step"), end)
    if not graph and any(cell.inputs == cell.units and not cell.residual and not cell.of.cudnn for cell in stack.cells):
        yield Remark(f"{stack.name}: no layer adds its input to its output (", Option("residual", True), ")")
    if not stack.dense and both_ways:
        yield Remark(f"{stack.name}: two directions side by side (", Option("merge"), ")")
