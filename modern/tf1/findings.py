"""The whole of what is found in a checkpoint."""

import collections
import dataclasses
import os
import re

from modern.tf1.by_graph import chain_by_graph, layers_after, place_after, place_before, shows
from modern.tf1.by_names import OUTPUT_NAME, bias_of, closeness, output_chain, place_input, place_turned, settle_dense
from modern.tf1.cells import FORGET_BIAS, names_of
from modern.tf1.checkpoint import Reader
from modern.tf1.errors import InputError
from modern.tf1.evidence import cell_evidence
from modern.tf1.names import AVERAGE, canonical_scope, sort_out
from modern.tf1.outputs import GIVES, Outputs, Unclear
from modern.tf1.refused import ATTENTION_NAME, Refused, refused_beside
from modern.tf1.scopes import find_cells
from modern.tf1.stacks import Dense, find_stacks, level_width


@dataclasses.dataclass
class Findings:
    """What a checkpoint holds: what `convert` makes a model of, what it refuses, and what it leaves."""

    reader: Reader
    stacks: list
    refused: list
    assumed: list
    left: list  # variables that have found no place
    slots: list
    counters: list
    averages: dict
    averaged: bool = False

    @property
    def tensorflow(self):
        return (self.reader.graph and self.reader.graph.tensorflow) or "unknown"

    def value(self, name):
        return self.reader[self.averages.get(name, name) if self.averaged else name]


def inspect(
    checkpoint,
    forget_bias=None,
    activation=None,
    shared_layers=None,
    averages=False,
    cells=None,
    embedding=None,
    one_hot=False,
    input_dense=(),
    dense=(),
    gives=None,
    merge="concat",
    separate=False,
    stack=None,
):
    """Returns the Findings of a checkpoint.

    Args:
        checkpoint: its prefix, one of its files, or the directory of its `checkpoint` file.
        forget_bias: what the LSTM cells add to their forget gate, over what the graph says.
        activation: of the cells, by Keras' name, over what the graph says.
        shared_layers: how many layers use the one cell's weights, as `[cell] * 3` does.
        averages: take the ExponentialMovingAverage of a variable for the variable.
        cells: {scope: kind} of cells whose scopes' names do not tell: BasicLSTMCell, GRUCell, ...
        embedding: the embedding's name, or "none".
        one_hot: whether the stack reads ids as one-hot rows.
        input_dense: ["KERNEL" or "KERNEL:ACTIVATION", ...] of the dense layers before the stack, in their order;
            ["none"] for none.
        dense: the same of those after it.
        gives: what the dense layers see, one of GIVES, over what the graph says.
        merge: how two directions' outputs are put together: "concat", "sum", "ave" or "mul".
        separate: whether scopes that differ by a number are stacks of their own, not layers of one.
        stack: the name of the one stack to look at.

    Raises:
        InputError: the checkpoint or what was said of it cannot be right.
    """
    reader = Reader(checkpoint)
    shapes, graph = reader.shapes, reader.graph
    if "_CHECKPOINTABLE_OBJECT_GRAPH" in shapes:
        raise InputError(
            f"{reader.prefix} is a checkpoint of objects, TensorFlow 2's form: its program's Keras can load it"
        )
    names, slots, counters, averaged = sort_out(shapes)
    if averages:
        if not averaged:
            raise InputError(f"{reader.prefix} holds no {AVERAGE}")
        shapes = {**shapes, **{name: shapes[average] for name, average in averaged.items()}}
        names = sorted({*names, *averaged})
    elif len(averaged) > len(names):
        raise InputError(f"{reader.prefix} holds averages alone: --averages takes them for the variables")

    found, refused = find_cells(shapes, names, cells, graph)
    refused += refused_beside(shapes, names, found, refused, graph)
    shown = bool(graph) and any(shows(graph, [cell]) for cell in found)
    stacks, broken, assumed = find_stacks(found, names, separate or shown)
    refused += broken
    taken = set(names_of(found))
    taken |= {name for one in refused for name in one.names}
    left = [name for name in names if name not in taken]

    for one in list(stacks):
        for cell in one.cells:
            shared, fault = learn(cell, graph, forget_bias, activation)
            if fault:
                kept = sorted(names_of(one.cells))
                refused.append(Refused(cell.scope, cell.kind, fault, kept))
                stacks.remove(one)
                break
            share(one, cell, shared_layers or shared, shared_layers, graph, assumed)
        one.merge = merge
    if shown and not separate:
        chain_by_graph(stacks, graph)
    cells_of_all = [cell for one in stacks for cell in one.cells]
    if stack is not None:
        if stack not in [one.name for one in stacks]:
            raise InputError(f"no stack is named {stack}; there are: {', '.join(one.name for one in stacks) or 'none'}")
        stacks = [one for one in stacks if one.name == stack]
    if stacks:
        assumed += place_around(stacks, left, shapes, graph, cells_of_all)
        place_named(stacks, left, shapes, graph, assumed, embedding, one_hot, input_dense, dense, gives)
    assumed = assume(stacks, graph, names) + assumed
    if any(ATTENTION_NAME.search(name) for name in left):
        kept = [name for name in left if ATTENTION_NAME.search(name)]
        left = [name for name in left if name not in kept]
        why = "attention around the cells: what it feeds is placed by flag alone"
        refused.append(Refused(os.path.commonprefix(kept).rstrip("/_") or kept[0], "attention", why, kept))
    return Findings(reader, stacks, refused, assumed, left, slots, counters, averaged, averages)


def learn(cell, graph, forget_bias, activation):
    """Settles a cell's forget bias and activation: by flag, by the graph, or by TensorFlow 1's default.

    Returns (layers that share its weights, its fault or None).
    """
    told = cell_evidence(graph, cell) if graph else collections.defaultdict(set)
    if True in told["fused"]:
        cell.kind = "LSTMBlockCell"
    cell.residual = True in told["residual"]

    if cell.is_lstm and cell.of.cudnn:
        cell.forget_bias, cell.learned["forget_bias"] = 0.0, "the cell has none"
    elif cell.is_lstm:
        if forget_bias is not None:
            cell.forget_bias, cell.learned["forget_bias"] = forget_bias, "--forget-bias"
        elif len(told["forget_bias"]) == 1:
            cell.forget_bias, cell.learned["forget_bias"] = round(told["forget_bias"].pop(), 6), "graph"
        else:
            cell.forget_bias, cell.learned["forget_bias"] = FORGET_BIAS, "assumed"
    if activation is not None:
        cell.activation, cell.learned["activation"] = activation, "--activation"
    elif len(told["activation"]) == 1 and None not in told["activation"]:
        cell.activation, cell.learned["activation"] = told["activation"].pop(), "graph"
    elif cell.of.cudnn:
        cell.learned["activation"] = "the cell has none other"
    elif told["activation"]:
        told["fault"].add("its activation is none that Keras has by name (--activation takes another)")
    else:
        cell.learned["activation"] = "assumed"
    return max(told["shared"], default=1), next(iter(sorted(told["fault"])), None)


def share(stack, cell, count, by_flag, graph, assumed):
    """Makes as many layers of a cell as use its weights."""
    for level in stack.levels:
        for direction, run in level.items():
            if len(run) != 1 or run[0] is not cell:
                continue
            if count > 1 and cell.inputs != cell.units:
                raise InputError(
                    f"--shared-layers {count}: {cell.scope} reads {cell.inputs} numbers and has {cell.units} units"
                )
            if count > 1:
                level[direction] = [cell] * count
            elif (
                not (graph and cell.is_lstm)
                and not by_flag
                and cell.inputs == cell.units
                and re.search(r"cell_?0(/|$)", "/".join(canonical_scope(cell.scope)))
            ):
                assumed.append(f"{stack.name} has one layer; [cell] * 3 would look the same (--shared-layers 3)")


def assume(stacks, graph, names):
    """Returns what was taken for granted of the cells, why, and the flags that change it."""
    assumed = []
    why = "the graph does not show it" if graph else "there is no .meta file to tell"
    lstms = [cell for stack in stacks for cell in stack.cells if cell.learned.get("forget_bias") == "assumed"]
    if lstms:
        hint = ""
        if any(re.match(r"(Train/)?Model/(embedding|softmax_w)$", name) for name in names):
            hint = "; the PTB tutorial, whose names these are, set 0.0"
        assumed.append(f"forget bias {FORGET_BIAS}, TensorFlow 1's default: {why}{hint} (--forget-bias)")
    if any(cell.learned.get("activation") == "assumed" for stack in stacks for cell in stack.cells):
        assumed.append(f"activation tanh, TensorFlow 1's default: {why} (--activation)")
    if graph and any(re.search(r"(^|[/|])(CheckSeqLen|sequence_length)$", name) for name in graph.nodes):
        assumed.append(
            "sequences of one length: the graph has a sequence_length, after which TensorFlow 1 gives zeros and from "
            "which it reads backward (--mask)"
        )
    for stack in stacks:
        if any(set(level) == {"bw"} for level in stack.levels):
            assumed.append(f"{stack.name} reads backward, by its scope's name; no cell that reads forward goes with it")
        if stack.dense and not graph:
            assumed.append(
                f"{stack.name}: the output layer sees every step, which holds the last one, too (--gives last-step"
                f"{', or last-states for the end of each direction' if len(stack.levels[-1]) == 2 else ''})"
            )
        if not stack.dense and len(stack.levels[-1]) == 2:
            assumed.append(f"{stack.name}: two directions side by side (--merge)")
    return assumed


GIVEN = dict(
    zip(GIVES, ("every step", "the last step", "each direction's last step", "the steps' mean", "their maximum"))
)


def place_around(stacks, left, shapes, graph, cells):
    """Finds each stack's embedding or input layer and its output layers; takes them out of the names `left`.

    `cells` are those of all stacks there are, more than those that are looked at.

    Returns what had to be assumed.
    """
    assumed = []
    matrices = [name for name in left if len(shapes[name]) == 2 and not ATTENTION_NAME.search(name)]
    attended = any(ATTENTION_NAME.search(name) for name in left)

    def nearest(name, stack, rivals):
        return all(closeness(name, stack) >= closeness(name, rival) for rival in rivals if rival is not stack)

    for stack in stacks:
        if graph and shows(graph, stack.cells):
            told = place_after(stack, left, shapes, graph, cells, assumed)
            place_before(stack, left, shapes, graph, cells, assumed)
            if not told:
                place_turned(stack, left, shapes, assumed)
            continue
        rivals = [other for other in stacks if other.width == stack.width]
        after = [name for name in matrices if name in left and not attended]
        after = [name for name in after if shapes[name][0] != stack.width or nearest(name, stack, rivals)]
        chain, choice = output_chain(stack.width, after, left, shapes)
        if choice:
            assumed.append(f"{stack.name}: {choice} (--dense names the output layers)")
        for kernel, bias in chain:
            flag = None if kernel == chain[-1][0] else "--dense"
            stack.dense.append(settle_dense(kernel, bias, None, assumed, flag))
            left[:] = [name for name in left if name not in (kernel, bias)]
        half = level_width(stack.levels[-1]) // 2
        for name in after if len(stack.levels[-1]) == 2 and not stack.dense else []:
            if shapes[name][0] == half and OUTPUT_NAME.search(name):
                assumed.append(f"{stack.name}: {name} would fit two directions that are added (--merge sum)")
        rivals = [other for other in stacks if other.inputs == stack.inputs]
        shared = [other.embedding for other in stacks]
        fitting = [name for name in matrices if (name in left or name in shared) and shapes[name][1] == stack.inputs]
        place_input(stack, [name for name in fitting if nearest(name, stack, rivals)], left, shapes, assumed)
        if not stack.dense and not choice and not attended:
            place_turned(stack, left, shapes, assumed)
    return assumed


def place_named(stacks, left, shapes, graph, assumed, embedding, one_hot, input_dense, dense, gives):
    """Puts in place what flags name, for the one stack there is."""
    if (embedding or one_hot or input_dense or dense or gives) and len(stacks) > 1:
        raise InputError(f"name the stack that this is of with --stack: {', '.join(stack.name for stack in stacks)}")
    stack = stacks[0]

    def give_back(*names):
        left.extend(name for name in names if name is not None)
        left.sort()

    def take(name, rows, columns):
        if name not in shapes:
            raise InputError(f"the checkpoint holds no variable {name}")
        shape = shapes[name]
        if len(shape) != 2 or rows not in (None, shape[0]) or columns not in (None, shape[1]):
            wanted = [rows or "any", columns or "any"]
            raise InputError(f"{name} has the shape {shape}, not [{wanted[0]}, {wanted[1]}]")
        left[:] = [other for other in left if other != name]
        return shape

    def layer(text, rows, columns):
        name, _, activation = text.partition(":")
        # A kernel that fits turned around alone is one whose transpose the program multiplies with.
        turned = rows is not None and list(shapes.get(name, ()))[1:] == [rows] and shapes[name][0] != rows
        shape = take(name, *((None, rows) if turned else (rows, columns)))
        bias = bias_of(name, shape[not turned], [other for other in left if len(shapes[other]) == 1], shapes)
        left[:] = [other for other in left if other != bias]
        return Dense(name, bias, activation or settle_dense(name, bias, graph, []).activation, turned)

    if embedding or one_hot or input_dense:
        give_back(stack.embedding, *(name for one in stack.input_dense for name in (one.kernel, one.bias)))
        stack.embedding, stack.input_dense, stack.one_hot = None, [], one_hot
    width = stack.inputs
    for text in reversed(input_dense if input_dense and list(input_dense) != ["none"] else []):
        stack.input_dense.insert(0, layer(text, None, width))
        width = shapes[stack.input_dense[0].kernel][0]
    if embedding and embedding != "none":
        take(embedding, None, width)
        stack.embedding = embedding
    if dense:
        give_back(*(name for one in stack.dense for name in (one.kernel, one.bias)))
        stack.dense, width = [], stack.width
        for text in dense if list(dense) != ["none"] else []:
            stack.dense.append(layer(text, width, None))
            width = shapes[stack.dense[-1].kernel][not stack.dense[-1].transposed]
    if stack.dense and dense and graph and shows(graph, stack.cells):
        kernel = stack.dense[0].kernel
        outputs = Outputs(graph, stack, stack.cells)
        first, _, _, unclear = layers_after(graph, outputs, [kernel])
        try:
            stack.gives = outputs.gives(first[kernel])[0] if kernel in first else stack.gives
        except Unclear as error:
            unclear[kernel] = error
        if kernel in unclear and not gives:
            seen = GIVEN[stack.gives]
            assumed.append(f"{stack.name}: {kernel} sees {seen}; in the graph, {unclear[kernel]} (--gives)")
    stack.gives = gives or stack.gives
    if one_hot and stack.inputs < 2:
        raise InputError("--one-hot: the stack reads one number a step")
