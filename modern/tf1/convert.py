"""Writes the Keras model of a checkpoint, once it is checked."""

import importlib.util
import os
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np

from modern.console import InputError
from modern.tf1.alternatives import keep, moves
from modern.tf1.build import build_model, side_by_side
from modern.tf1.check import TOLERANCE, check, check_in_float64
from modern.tf1.findings import inspect, whole_program
from modern.tf1.keras_check import check_keras_file
from modern.tf1.keras_file import KerasFile, build_keras_model
from modern.tf1.outputs import Unclear
from modern.tf1.program import graph_gives
from modern.tf1.remarks import Option, Remark
from modern.tf1.vocabulary import read_vocabulary, with_vocabulary


class CheckError(ArithmeticError):
    """The Keras model does not compute what TensorFlow 1's cells compute; nothing was written."""


def convert(
    checkpoint,
    output,
    steps=None,
    stateful=None,
    mask=False,
    vocabulary=None,
    weights_only=False,
    partial=False,
    strict=False,
    **said,
):
    """Writes the Keras model of a checkpoint to `output`, once it has been checked against TensorFlow 1's cells.

    Args:
        checkpoint, **said: as for `inspect`.
        output: a .keras file; with `weights_only` an .npz file of `<layer>/<weight>`.
        steps: time steps, if the model is to take so many and no other number.
        stateful: sequences at a time of a model that goes on from where its last call ended.
        mask: whether the model also takes which steps count, bool [batch, time], for padded sequences.
        vocabulary: file of the words that the model is to read instead of their ids.
        weights_only: write the layers' weights instead of a model.
        partial: convert the rest where part is refused.
        strict: refuse to write while anything is assumed.

    Returns:
        (findings, model, differences): differences holds what `check` returns, with the stack's name before the
        layer's if there are several stacks.

    Raises:
        InputError: what is given cannot be converted.
        CheckError: the model does not compute the same; nothing is written.
        OSError: `output` cannot be written.
    """
    output = Path(output)
    refuse_output(output, ".npz" if weights_only else ".keras")
    refuse_environment()
    findings = inspect(checkpoint, steps=steps, **said)
    if isinstance(findings, KerasFile):
        return findings, *convert_keras_file(findings, output, weights_only)
    if findings.program and not partial:
        model, differences = convert_program(findings, output, weights_only, (mask, stateful, vocabulary), strict)
        return findings, model, differences
    stacks = findings.stacks
    refuse_findings(findings, partial or said.get("stack"))
    refuse_stacks(stacks, steps, stateful, vocabulary)
    if mask:
        refuse_mask(stacks, stateful, vocabulary)
    words, window = read_vocabulary(Path(vocabulary)) if vocabulary else (None, None)
    if vocabulary and steps is None:
        steps = window or stacks[0].steps

    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".unfinished-") as folder:
        unfinished = Path(folder) / output.name
        options = {"steps": steps, "batch": stateful, "states": len(stacks) > 1, "masked": mask}
        models = [build_model(stack, findings.value, **options) for stack in stacks]
        model = models[0] if len(models) == 1 else side_by_side(models)
        if vocabulary:
            model = with_vocabulary(model, stacks[0], words, steps)
        if weights_only:
            np.savez(unfinished, **named_weights(models))
        else:
            model = saved_and_loaded(model, unfinished)
            nested = len(stacks) > 1 or vocabulary
            models = [model.get_layer(stack.name) for stack in stacks] if nested else [model]
        differences = check_all(models, stacks, findings.value, **options)
        if not (findings.plain and beside_graph(findings, models, steps, stateful, mask, partial)):
            plain = len(stacks) == 1 and not (stateful or mask)
            told = moves(stacks[0], findings.assumed, findings.value, models[0]) if plain else untold(findings)
            finish(unfinished, output, findings, told, strict, weights_only)
            return findings, model, differences
    model, differences = convert_program(findings, output, weights_only, (mask, stateful, vocabulary), strict)
    return findings, model, differences


def untold(findings):
    return [(remark, None, None) for remark in findings.assumed]


def finish(unfinished, output, findings, told, strict, weights_only):
    """Puts a file in its place, with what was assumed in it; `told` is of `moves`.

    Raises:
        InputError: something was assumed, and nothing should be.
    """
    findings.moved = told
    if strict and told:
        remark, _, moved = told[0]
        by = "" if moved is None else f", which moves the output by {moved:.1e}"
        raise InputError(Remark(Option("strict", True), f": {len(told)} assumed, first: ", remark, by))
    if not weights_only and told:
        keep(unfinished, str(findings.reader.prefix), told)
    unfinished.replace(output)


def beside_graph(findings, models, *others):
    """Returns whether the whole program is to be written, since the graph itself gives something else than a stack."""
    graph = findings.reader.graph
    if not graph or len(models) > 1 or any(others):
        return False
    try:
        if graph_gives(models[0], graph, findings.value, list(findings.reader.shapes), findings.cells):
            return False
        whole_program(findings)
    except Unclear as error:
        findings.not_compared = str(error)
        return False
    if findings.program is None:
        what = f"the graph itself gives something else; it is not rebuilt: {findings.not_rebuilt}"
        findings.assumed.append(Remark(what))
    return findings.program is not None


def convert_program(findings, output, weights_only, others, strict):
    """Writes the model of a whole program, once it gives what the graph itself gives; returns (model, differences).

    Raises:
        InputError: the graph does not run today, or what was asked for is for stacks alone.
        CheckError: the model gives something else; nothing is written.
    """
    if any(others):
        three = Option("mask", True), ", ", Option("stateful"), " and ", Option("vocabulary")
        raise InputError(Remark(*three, " are for a stack, not for a program that is rebuilt from its graph"))
    program = findings.program
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".unfinished-") as folder:
        unfinished = Path(folder) / output.name
        model = written(program.model, unfinished, weights_only)
        try:
            differences = program.check(model, findings.value)
        except Unclear as error:
            raise InputError(f"{findings.reader.prefix}: the graph cannot be run beside its model: {error}") from error
        refuse_differences(differences, "the graph itself, run by TensorFlow")
        finish(unfinished, output, findings, untold(findings), strict, weights_only)
    return model, differences


def convert_keras_file(file, output, weights_only):
    """Writes the Keras 3 model of a Keras file, once it gives what Keras 2 gives; returns (model, differences)."""
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".unfinished-") as folder:
        unfinished = Path(folder) / output.name
        model = written(build_keras_model(file), unfinished, weights_only)
        differences = check_keras_file(model, file)
        refuse_differences(differences, "Keras 2's")
        unfinished.replace(output)
    return model, differences


def written(model, file, weights_only):
    """Writes a model, or its weights; returns what is to be checked: what is in the file, if that is a model."""
    if not weights_only:
        return saved_and_loaded(model, file)
    np.savez(file, **named_weights([model]))
    return model


def saved_and_loaded(model, file):
    """Writes a model and returns it as it is loaded again: what is checked is what is in the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(file)
        return keras.models.load_model(file)


def refuse_output(output, suffix):
    if output.suffix != suffix:
        raise InputError(f"{output} should end with {suffix}")
    if not output.parent.is_dir():
        raise InputError(f"{output.parent} is not a directory")


def refuse_environment():
    if os.environ.get("TF_USE_LEGACY_KERAS", "1") not in ("1", "True", "true"):
        raise InputError("TF_USE_LEGACY_KERAS must be 1 or unset: TensorFlow 1's cells live in legacy Keras")
    if importlib.util.find_spec("tf_keras") is None:
        raise InputError("the package tf_keras is missing, where TensorFlow 1's cells live: pip install tf_keras")


def refuse_findings(findings, partial):
    """Refuses a checkpoint without a stack and, unless `partial`, one of which a part is refused."""
    if findings.refused and not partial:
        pieces = []
        for one in findings.refused[:3]:
            pieces += ["; "] * bool(pieces) + [f"{one.scope} ({one.what}): ", one.reason]
        more = len(findings.refused) - 3
        pieces += [f"; and {more} more"] if more > 0 else []
        why = f"; the whole program is not rebuilt from its graph: {findings.not_rebuilt}"
        pieces += [why] if findings.not_rebuilt else []
        pieces += [" (", Option("partial", True), " converts the rest)"] if findings.stacks else []
        raise InputError(Remark(*pieces))
    if not findings.stacks:
        names = ", ".join(findings.left[:5]) or "nothing but counters"
        raise InputError(f"{findings.reader.prefix} holds no recurrent cell of TensorFlow 1, but {names}")


def refuse_stacks(stacks, steps, stateful, vocabulary):
    """Refuses what these stacks cannot be."""
    if stateful and any(len(level) == 2 for stack in stacks for level in stack.levels):
        what = ": a stack that also reads backward has no state to go on from"
        raise InputError(Remark(Option("stateful"), what))
    if len(stacks) > 1 and (stateful or vocabulary or steps):
        three = Option("stateful"), ", ", Option("vocabulary"), " and ", Option("steps")
        names = ", ".join(stack.name for stack in stacks)
        raise InputError(Remark(*three, " are for one stack: choose it with ", Option("stack"), f": {names}"))


def refuse_mask(stacks, stateful, vocabulary):
    """Refuses the padded sequences that no model of these stacks can read."""
    if len(stacks) > 1 or stateful or vocabulary:
        others = Option("stateful"), " and ", Option("vocabulary")
        raise InputError(Remark(Option("mask", True), " is for one stack, without ", *others))
    if any(cell.residual for cell in stacks[0].cells):
        raise InputError(Remark(Option("mask", True), ": a residual layer adds its input at the padding, too"))
    if stacks[0].gives == "last-step" and any("bw" in level for level in stacks[0].levels):
        what = ": both directions' last step is another one in each sequence ("
        raise InputError(Remark(Option("mask", True), what, Option("gives", "every-step"), ")"))


def check_all(models, stacks, value, **options):
    """Returns what `check` returns for all models; `options` are those that `build_model` was given.

    Raises:
        CheckError: a model does not compute what its stack's cells compute.
    """
    differences = {}
    for stack, model in zip(stacks, models):
        before = f"{stack.name}/" if len(stacks) > 1 else ""
        told = check(model, stack, value)
        if not all(difference <= TOLERANCE for difference in told.values()):
            told = check_in_float64(model, stack, value, **options)
        differences |= {before + name: difference for name, difference in told.items()}
    refuse_differences(differences, "TensorFlow 1's cells")
    return differences


def refuse_differences(differences, beside):
    wrong = {name: difference for name, difference in differences.items() if not difference <= TOLERANCE}
    if wrong:
        name, difference = next(iter(wrong.items()))
        raise CheckError(f"{name} differs by {difference:.1e} from {beside}; nothing is written")


def named_weights(models):
    """Returns {"<layer>/<weight>": array}, with the stack's name before it if there are several."""
    return {
        (f"{model.name}/" if len(models) > 1 else "") + f"{layer.name}/{weight.name}": weight.numpy()
        for model in models
        for layer in model.layers
        for weight in layer.weights
    }
