"""The whole of what is found in a checkpoint."""

import dataclasses
import os

from modern.console import InputError
from modern.tf1.around import Surroundings
from modern.tf1.by_graph import chain_by_graph, place_after, place_before, shows
from modern.tf1.by_hand import place_by_hand
from modern.tf1.by_names import place_by_names, place_turned
from modern.tf1.cells import names_of
from modern.tf1.forms import GraphAlone, is_hdf5, read_form
from modern.tf1.keras_file import read_keras_file
from modern.tf1.learned import assumed_of_cells, learn, share
from modern.tf1.names import AVERAGE, sort_out
from modern.tf1.outputs import Unclear
from modern.tf1.program import rebuild_program
from modern.tf1.refused import ATTENTION_NAME, Refused, refused_beside
from modern.tf1.remarks import Option, Remark
from modern.tf1.scopes import find_cells
from modern.tf1.stacks import find_stacks


@dataclasses.dataclass
class Findings:
    """What a checkpoint holds: what `convert` makes a model of, what it refuses, and what it leaves."""

    reader: object  # of read_form
    stacks: list
    refused: list
    assumed: list  # Remarks
    left: list  # variables that have found no place
    slots: list
    counters: list
    averages: dict
    averaged: bool = False
    cells: list = dataclasses.field(default_factory=list)  # of all stacks, more than those that are looked at
    plain: bool = True  # whether nothing was said that the file itself should tell
    program: object = None  # the whole one, rebuilt from the graph, where its parts alone would not be it
    not_rebuilt: str | None = None  # why there is none
    moved: list = dataclasses.field(default_factory=list)  # of `moves`: what was assumed, by what it moves
    not_compared: str | None = None  # why the graph itself was not run beside the model

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
    residual=False,
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
    whole=False,
    parts=False,
    nodes=(),
    steps=None,
    architecture=None,
):
    """Returns the Findings of a checkpoint; of a Keras file, its KerasFile.

    Args:
        checkpoint: its prefix, one of its files, or the directory of its `checkpoint` file; a frozen graph; the
            directory of a SavedModel; a .meta alone.
        forget_bias: what the LSTM cells add to their forget gate, over what the graph says.
        activation: of the cells, by Keras' name, over what the graph says.
        shared_layers: how many layers use the one cell's weights, as `[cell] * 3` does.
        residual: whether each layer whose input is of its size adds it to its output, as ResidualWrapper does.
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
        whole: rebuild the whole program from the graph, also where its parts are placed.
        parts: take the stacks and what is placed around them, never the whole program.
        nodes: the graph's nodes that the whole program gives, if they are not to be found.
        steps: time steps, where the graph leaves them open.
        architecture: the JSON file of a Keras model whose .h5 holds weights alone.

    Raises:
        InputError: the checkpoint or what was said of it cannot be right.
    """
    if is_hdf5(checkpoint):
        return read_keras_file(checkpoint, architecture)
    reader = read_form(checkpoint)
    graph = reader.graph
    shapes, (names, slots, counters, averaged) = variables_of(reader, averages)
    found, refused = find_cells(shapes, names, cells, graph)
    refused += refused_beside(shapes, names, found, refused, graph)
    shown = bool(graph) and any(shows(graph, [cell]) for cell in found)
    stacks, broken, assumed = find_stacks(found, names, separate or shown)
    refused += broken
    taken = {*names_of(found), *(name for one in refused for name in one.names)}
    around = Surroundings(shapes, [name for name in names if name not in taken], graph, assumed=assumed)
    refused += settle_cells(stacks, around, forget_bias, activation, shared_layers, residual)
    for one in stacks:
        one.merge = merge
    if shown and not separate:
        chain_by_graph(stacks, graph)
    around.cells = [cell for one in stacks for cell in one.cells]
    if stack is not None:
        if stack not in [one.name for one in stacks]:
            raise InputError(f"no stack is named {stack}; there are: {', '.join(one.name for one in stacks) or 'none'}")
        stacks = [one for one in stacks if one.name == stack]
    if stacks:
        place_around(stacks, around)
        place_by_hand(stacks, around, embedding, one_hot, input_dense, dense, gives)
    assumed = assumed_of_cells(stacks, graph, names) + around.assumed
    refused += refused_attention(around)
    given = {"dense": dense, "gives": gives, "embedding": embedding, "input_dense": input_dense}
    settled = [name for name, value in given.items() if value]
    assumed = [remark for remark in assumed if next(iter(remark.options), None) not in settled]
    findings = Findings(reader, stacks, refused, assumed, around.left, slots, counters, averaged, averages)
    findings.cells = around.cells
    said = activation, shared_layers, residual, cells, embedding, one_hot, input_dense, dense, gives, stack, separate
    findings.plain = not parts and not any(said) and forget_bias is None and merge == "concat"
    if isinstance(reader, GraphAlone):
        return findings
    if whole or nodes:
        whole_program(findings, nodes, steps, asked=True)
    elif graph and findings.plain and (refused or around.open):
        whole_program(findings, steps=steps)
    elif graph and findings.plain and around.left:
        whole_program(findings, steps=steps, only=set(around.left))
    return findings


def whole_program(findings, nodes=(), steps=None, asked=False, only=None):
    """Rebuilds the whole program from the graph, in place of what was found of its parts.

    Raises:
        InputError: it was asked for, and cannot be.
    """
    graph, names = findings.reader.graph, list(findings.reader.shapes)
    cells = [cell for cell in findings.cells if not cell.residual]
    try:
        if graph is None:
            raise Unclear("there is no graph beside the variables: no .meta")
        program = rebuild_program(graph, findings.value, names, cells, nodes, steps)
    except Unclear as error:
        if asked:
            raise InputError(f"{findings.reader.prefix}: the program is not rebuilt: {error}") from error
        findings.not_rebuilt = str(error)
        return
    if only and not only & set(program.rebuilt.used):
        return  # what is left has no part in it
    findings.program = program
    used = set(program.rebuilt.used)
    findings.refused = []
    findings.assumed = [Remark(text) for text in program.rebuilt.assumed]
    variables, *_ = sort_out(findings.reader.shapes)
    findings.left = [name for name in variables if name not in used]


def variables_of(reader, averages):
    """Returns ({name: shape}, what `sort_out` returns) of a checkpoint, with its `averages` for the variables if asked.

    Raises:
        InputError: it is of TensorFlow 2, or the averages are not there or are all that is there.
    """
    shapes = reader.shapes
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
        what = f"{reader.prefix} holds averages alone: "
        raise InputError(Remark(what, Option("averages", True), " takes them for the variables"))
    return shapes, (names, slots, counters, averaged)


def settle_cells(stacks, around, forget_bias, activation, shared_layers, residual=False):
    """Settles what the cells' variables do not tell; takes the stacks with a fault out, and returns them Refused."""
    refused = []
    for stack in list(stacks):
        for cell in stack.cells:
            shared, fault = learn(cell, around.graph, forget_bias, activation)
            cell.residual = cell.residual or (residual and cell.inputs == cell.units)
            if fault:
                refused.append(Refused(cell.scope, cell.kind, fault, sorted(names_of(stack.cells))))
                stacks.remove(stack)
                break
            share(stack, cell, shared_layers or shared or 1, shared_layers or shared, around)
    return refused


def place_around(stacks, around):
    """Finds each stack's embedding or input layer and its output layers, by the graph where it shows the cells."""
    attended = any(ATTENTION_NAME.search(name) for name in around.left)
    matrices = [name for name in around.matrices if not ATTENTION_NAME.search(name)]
    for stack in stacks:
        if not around.graph or not shows(around.graph, stack.cells):
            place_by_names(stack, stacks, around, matrices, attended)
            continue
        placed = place_after(stack, around)
        place_before(stack, around)
        if not placed:
            place_turned(stack, around)


def refused_attention(around):
    """Returns, Refused, what is left of an attention around the cells, and takes it out."""
    kept = [name for name in around.left if ATTENTION_NAME.search(name)]
    if not kept:
        return []
    around.take(*kept)
    why = "attention around the cells: what it feeds is placed by flag alone"
    return [Refused(os.path.commonprefix(kept).rstrip("/_") or kept[0], "attention", why, kept)]
