"""By how much a model's output moves if what was assumed were otherwise: both are run."""

import copy
import json
import re
import zipfile

import keras
import numpy as np

from modern.tf1.build import build_model
from modern.tf1.rerun import SEED, gap

STEPS, BATCH = 20, 2


def otherwise(stack, remark):
    """Returns a copy of a stack in which what a Remark assumes is otherwise, and in words how; (None, None) for none."""
    options, told = remark.options, copy.deepcopy(stack)
    if "forget_bias" in options:
        cells = [cell for cell in told.cells if cell.learned.get("forget_bias") == "assumed"]
        for cell in cells:
            cell.forget_bias = 0.0
        return (told, "forget bias 0") if cells else (None, None)
    if "activation" in options:
        cells = [cell for cell in told.cells if cell.learned.get("activation") == "assumed"]
        for cell in cells:
            cell.activation = "relu"
        return (told, "activation relu") if cells else (None, None)
    if "residual" in options:
        for cell in told.cells:
            cell.residual = cell.inputs == cell.units
        return told, "its input added"
    for name, layers in (("dense", told.dense), ("input_dense", told.input_dense)):
        named = [
            str(value).rpartition(":")[0] for value in options.get(name) or [] if str(value).endswith(":ACTIVATION")
        ]
        for layer in layers:
            if layer.kernel in named:
                layer.activation = "relu" if layer.activation == "linear" else "linear"
                return told, f"{layer.activation} after it"
    return None, None


def moves(stack, assumed, value, model):
    """Returns [(Remark, in words what else it could be, by how much the output moves then)], the largest first.

    The movement is the largest difference between the outputs on random inputs, of the largest value where that is
    above 1. A Remark that no other stack stands for has None for both, and comes last.
    """
    x = random_input(model)
    wanted, told = np.asarray(first(model(x))), []
    for remark in assumed:
        other, words = otherwise(stack, remark)
        moved = None
        if other is not None:
            moved = gap(first(build_model(other, value, steps=model.inputs[0].shape[1])(x)), wanted)
        told.append((remark, words, moved))
    return sorted(told, key=lambda one: -1.0 if one[2] is None else one[2], reverse=True)


def first(output):
    return output[0] if isinstance(output, (list, tuple)) else output


def random_input(model):
    """Returns a random input of a stack's model: ids, or vectors."""
    rng, given = np.random.default_rng(SEED), model.inputs[0]
    shape = [given.shape[0] or BATCH, given.shape[1] or STEPS, *given.shape[2:]]
    if given.dtype == "int32":
        rows = [layer.input_dim for layer in model.layers if isinstance(layer, keras.layers.Embedding)]
        return rng.integers(0, rows[0] if rows else 2, shape).astype("int32")
    return rng.normal(size=shape).astype("float32")


def keep(file, source, told):
    """Puts what was assumed into a .keras file, as assumed.json, which Keras passes over; `told` is of `moves`."""
    lines = [
        {"assumed": re.sub(r"\s+", " ", str(remark)), "else": words, "moves": moved} for remark, words, moved in told
    ]
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr("assumed.json", json.dumps({"source": source, "assumed": lines}, indent=1))
