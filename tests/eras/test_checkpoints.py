"""Checkpoints as TensorFlow 0.12 to 1.15 wrote them: from_tf1 gives what the same session gave, or refuses.

By default each is converted once, with its .meta, in the oldest version that has it; `-m slow` converts them all, with
.meta and without.
"""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from modern import from_tf1
from modern.console import InputError
from tests.eras import records

VERSIONS = ("0.12.1", "1.0.1", "1.2.1", "1.4.1", "1.8.0", "1.12.3", "1.15.5")  # the oldest first
TOLERANCE = 1e-5  # the largest that was measured is 1.2e-7: one rounding in another order

# What the refusal has to say, without .meta, of a cell that Keras has no layer for; with it the program is rebuilt.
REFUSED = {
    "static_lstm_peepholes": "it has peepholes, for which Keras has no layer",
    "static_lstm_projection": r"it has a projection of its output \(num_proj\), for which Keras has no layer",
    "layer_norm_cell": "it has layer normalization, for which Keras has no layer",
    "coupled_gate_cell": "it has coupled gates, for which Keras has no layer",
    "nas_cell": "it has its own equations, for which Keras has no layer",
    "ugrnn_cell": "it has its own equations, for which Keras has no layer",
    "attention_cell_wrapper": "it runs inside attention_cell_wrapper, and Keras has no layer that attends",
    "attention_wrapper": "it runs inside attention_wrapper, and Keras has no layer that attends",
    "embedding_attention_seq2seq": "it runs inside embedding_attention_decoder, and Keras has no layer that attends",
    "keras_lstm_layer": "a Keras layer's weights, which are in Keras' layout already",
}
# What is rebuilt from its graph as a whole: Keras has no layer for the cells, or what stands around them.
REBUILT = {*REFUSED, "raw_rnn", "static_lstm_clipped"}
# Block cells, whose state was clipped at 3 up to 1.2, are rebuilt there alone; a kernel in parts from 1.0 on.
REBUILT_IN = {(version, name) for version in VERSIONS[:3] for name in ("block_cell", "fused_block_cell")}
REBUILT_IN |= {(version, "static_lstm_shards") for version in VERSIONS[1:]}

# What a person has to say of a checkpoint without .meta, since nothing in it tells.
SAID = {
    "static_basic_lstm_forget_bias": {"forget_bias": 0.3},
    "dynamic_lstm": {"forget_bias": 0.4},
    "block_cell": {"forget_bias": 0.4},
    "language_model": {"forget_bias": 0.0},
    "dynamic_basic_rnn_relu": {"activation": "relu"},
    "static_multi_one_cell_twice": {"shared_layers": 2},
}
# Without .meta these come out wrong, and no flag can say it.
NOT_TOLD = {"static_lstm_clipped", "residual_wrapper"}

# What does not come out right today. One that is mended leaves the list.
WRONG = {
    # Found as two stacks beside each other.
    ("0.12.1", "stack_bidirectional_static", False),
}


def pieces():
    """Returns (version, piece) of each checkpoint that there is."""
    found = {version: records.read(records.RECORDED / version, "checkpoints") for version in VERSIONS}
    return {
        (version, name): piece for version in VERSIONS for name, piece in found[version].items() if not piece.absent
    }


RECORDED = pieces()


def cases():
    """Returns (version, piece, with .meta), the oldest version's with .meta as they are, the others as slow."""
    found, seen = [], set()
    for version, name in RECORDED:
        quick = name not in seen
        seen.add(name)
        for meta in (True, False):
            marks = [] if quick and meta else [pytest.mark.slow]
            name_of_test = f"{name}-{version}{'' if meta else '-without-meta'}"
            found.append(pytest.param(version, name, meta, marks=marks, id=name_of_test))
    return found


def outputs(model, name, piece):
    """Returns what the Keras model gives on the recorded input."""
    x = piece.arrays["input"]
    if name == "dynamic_lengths":
        return np.asarray(model([x, np.arange(x.shape[1]) < np.array([[5], [3]])]))
    if name == "encoder_decoder":
        encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
        states = encoder([keras.ops.convert_to_tensor(x), keras.ops.zeros((len(x), 4))])[1:]
        return np.asarray(decoder([keras.ops.convert_to_tensor(x), *states])[0])
    return np.asarray(model(x))


def agrees(told, wanted):
    told = told[:, -1] if told.ndim == wanted.ndim + 1 else told  # every step, which holds the last one, too
    return told.shape == wanted.shape and np.abs(told - wanted).max() <= TOLERANCE


@pytest.mark.parametrize(("version", "name", "meta"), cases())
def test_checkpoint(version, name, meta, tmp_path):
    prefix = records.unpack(records.RECORDED / version / "checkpoints" / f"{name}.zip", tmp_path)
    if not meta:
        Path(prefix + ".meta").unlink()
    said = {} if meta else SAID.get(name, {})
    if name == "dynamic_lengths":
        said = {**said, "mask": True}
    if name in REFUSED and not meta:
        with pytest.raises(InputError, match=REFUSED[name]):
            from_tf1.convert(prefix, tmp_path / "model.keras", **said)
        assert not (tmp_path / "model.keras").exists()
        return
    findings, model, _ = from_tf1.convert(prefix, tmp_path / "model.keras", **said)
    assert bool(findings.program) == (meta and (name in REBUILT or (version, name) in REBUILT_IN))
    if (version, name, meta) in WRONG:
        told = model(RECORDED[version, name].arrays["input"]) if len(model.inputs) == 1 else np.zeros(())
        assert not agrees(np.asarray(told), RECORDED[version, name].arrays["output"])
        return
    right = agrees(outputs(model, name, RECORDED[version, name]), RECORDED[version, name].arrays["output"])
    assert right == (meta or name not in NOT_TOLD)


def test_every_checkpoint_has_its_file():
    for version in VERSIONS:
        packed = {path.stem for path in (records.RECORDED / version / "checkpoints").glob("*.zip")}
        assert packed == {name for at, name in RECORDED if at == version}


def test_the_averages_are_recorded():
    """One file holds the weights, changed since, and their averages."""
    values = records.values_of(records.RECORDED / "1.15.5" / "checkpoints" / "averages.zip")
    averages = [name for name in values if name.endswith("/ExponentialMovingAverage")]
    assert len(averages) == 6 and all(
        not np.array_equal(values[name], values[re.sub("/ExponentialMovingAverage", "", name)]) for name in averages
    )
