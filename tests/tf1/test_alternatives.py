"""What was assumed: by how much the output moves otherwise, kept in the file, and refused if nothing may be."""

import json
import zipfile

import keras
import numpy as np

from modern import from_tf1
from modern.tf1.convert import convert
from tests.commands import refused
from tests.tf1.checkpoints import ptb, write


def test_each_assumption_is_ranked_by_what_it_moves(tmp_path, ptb_checkpoint, capsys):
    findings, _, _ = convert(ptb_checkpoint, tmp_path / "model.keras")
    moved = [move for _, _, move in findings.moved if move is not None]
    assert len(moved) == 3 and moved == sorted(moved, reverse=True) and moved[-1] > 1e-2
    _, other, _ = convert(ptb_checkpoint, tmp_path / "other.keras", forget_bias=0.0)
    ids = np.random.default_rng(0).integers(0, 11, (2, 20)).astype("int32")
    model = keras.models.load_model(tmp_path / "model.keras")  # which passes over what else is in the file
    gap = np.abs(np.asarray(model(ids)) - other(ids)).max() / max(1.0, np.abs(model(ids)).max())
    told = next(move for remark, _, move in findings.moved if "forget_bias" in remark.options)
    assert np.isclose(gap, told, rtol=1e-3)
    from_tf1.main(["convert", str(ptb_checkpoint), str(tmp_path / "again.keras")])
    lines = capsys.readouterr().out.splitlines()
    assert sum("the output moves by" in line for line in lines) == 3


def test_what_was_assumed_is_in_the_file(tmp_path, ptb_checkpoint):
    convert(ptb_checkpoint, tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as packed:
        told = json.loads(packed.read("assumed.json"))
    assert told["source"].endswith("model.ckpt")
    assert any("forget bias 1.0" in one["assumed"] and one["moves"] > 0 for one in told["assumed"])


def test_strict_writes_nothing(tmp_path, capsys, ptb_checkpoint):
    line = refused(from_tf1, capsys, "convert", ptb_checkpoint, tmp_path / "model.keras", "--strict")
    assert "assumed, first:" in line and "moves the output by" in line
    assert not (tmp_path / "model.keras").exists()


def test_residual_layers_by_flag(tmp_path):
    """Without a graph nothing tells of them: they are asked for, and said."""
    prefix = write(tmp_path, ptb())
    findings, model, _ = convert(prefix, tmp_path / "model.keras", residual=True, forget_bias=0.0)
    assert all(cell.residual for cell in findings.stacks[0].cells)
    assert [type(layer).__name__ for layer in model.layers].count("Add") == 2
