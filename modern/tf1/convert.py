"""Writes the Keras model of a checkpoint, once it is checked."""

import importlib.util
import os
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np

from modern.tf1.build import build_model, side_by_side
from modern.tf1.check import TOLERANCE, check, check_in_float64
from modern.tf1.errors import InputError
from modern.tf1.findings import inspect
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

    Returns:
        (findings, model, differences): differences holds what `check` returns, with the stack's name before the
        layer's if there are several stacks.

    Raises:
        InputError: what is given cannot be converted.
        CheckError: the model does not compute the same; nothing is written.
        OSError: `output` cannot be written.
    """
    output = Path(output)
    suffix = ".npz" if weights_only else ".keras"
    if output.suffix != suffix:
        raise InputError(f"{output} should end with {suffix}")
    if not output.parent.is_dir():
        raise InputError(f"{output.parent} is not a directory")
    if os.environ.get("TF_USE_LEGACY_KERAS", "1") not in ("1", "True", "true"):
        raise InputError("TF_USE_LEGACY_KERAS must be 1 or unset: TensorFlow 1's cells live in legacy Keras")
    if importlib.util.find_spec("tf_keras") is None:
        raise InputError("the package tf_keras is missing, where TensorFlow 1's cells live: pip install tf_keras")
    findings = inspect(checkpoint, **said)
    stacks = findings.stacks
    if findings.refused and not (partial or said.get("stack")):
        shown = "; ".join(f"{one.scope} ({one.what}): {one.reason}" for one in findings.refused[:3])
        more = f"; and {len(findings.refused) - 3} more" if len(findings.refused) > 3 else ""
        raise InputError(f"{shown}{more}" + (" (--partial converts the rest)" if stacks else ""))
    if not stacks:
        names = ", ".join(findings.left[:5]) or "nothing but counters"
        raise InputError(f"{findings.reader.prefix} holds no recurrent cell of TensorFlow 1, but {names}")
    if stateful and any(len(level) == 2 for stack in stacks for level in stack.levels):
        raise InputError("--stateful: a stack that also reads backward has no state to go on from")
    if len(stacks) > 1 and (stateful or vocabulary or steps):
        names = ", ".join(stack.name for stack in stacks)
        raise InputError(f"--stateful, --vocabulary and --steps are for one stack: choose it with --stack: {names}")
    if mask and (len(stacks) > 1 or stateful or vocabulary):
        raise InputError("--mask is for one stack, without --stateful and --vocabulary")
    if mask and any(cell.residual for cell in stacks[0].cells):
        raise InputError("--mask: a residual layer adds its input at the padding, too")
    if mask and stacks[0].gives == "last-step" and any("bw" in level for level in stacks[0].levels):
        raise InputError("--mask: both directions' last step is another one in each sequence (--gives every-step)")
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
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.save(unfinished)
                model = keras.models.load_model(unfinished)  # what is checked is what is in the file
            nested = len(stacks) > 1 or vocabulary
            models = [model.get_layer(stack.name) for stack in stacks] if nested else [model]
        differences = {}
        for stack, checked in zip(stacks, models):
            before = f"{stack.name}/" if len(stacks) > 1 else ""
            told = check(checked, stack, findings.value)
            if not all(value <= TOLERANCE for value in told.values()):
                told = check_in_float64(checked, stack, findings.value, **options)
            differences |= {before + name: value for name, value in told.items()}
        wrong = {name: value for name, value in differences.items() if not value <= TOLERANCE}
        if wrong:
            name, value = next(iter(wrong.items()))
            raise CheckError(f"{name} differs by {value:.1e} from TensorFlow 1's cells; nothing is written")
        unfinished.replace(output)
    return findings, model, differences


def named_weights(models):
    """Returns {"<layer>/<weight>": array}, with the stack's name before it if there are several."""
    return {
        (f"{model.name}/" if len(models) > 1 else "") + f"{layer.name}/{weight.name}": weight.numpy()
        for model in models
        for layer in model.layers
        for weight in layer.weights
    }
