"""The check finds what is wrong, and nothing else."""

import dataclasses

import keras
import numpy as np
import pytest

from modern import from_tf1
from modern.tf1.cells import KINDS
from modern.tf1.check import TOLERANCE
from modern.tf1.convert import convert
from tests.tf1.checkpoints import write


def test_a_failed_check_writes_nothing(tmp_path, capsys, monkeypatch, ptb_checkpoint):
    # The gates left in TensorFlow 1's order: the mistake that the check is there to find.
    wrong = lambda kernel, bias, forget_bias: [*np.split(kernel, [-len(bias) // 4]), bias + forget_bias]  # noqa: E731
    monkeypatch.setitem(KINDS, "BasicLSTMCell", dataclasses.replace(KINDS["BasicLSTMCell"], weights=wrong))
    with pytest.raises(SystemExit) as end:
        from_tf1.main(["convert", ptb_checkpoint, str(tmp_path / "model.keras")])
    assert end.value.code == 1
    assert "differs by" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    monkeypatch.undo()
    from_tf1.main(["convert", ptb_checkpoint, str(tmp_path / "model.keras")])
    assert list(tmp_path.iterdir()) == [tmp_path / "model.keras"]


def test_chaotic_cells_are_checked_in_float64(tmp_path):
    """Of such a size that a rounding grows at every step: in float32 the same arithmetic parts within 20 steps."""
    rng = np.random.default_rng(8)
    for at, cell in enumerate(("basic_lstm_cell", "lstm_block_wrapper", "gru_cell")):
        scope, units = f"rnn/{cell}", 200
        shapes = {"kernel": (2 * units, 4 * units), "bias": (4 * units,)}
        if cell == "gru_cell":
            shapes = {f"{part}/kernel": (2 * units, n * units) for part, n in (("gates", 2), ("candidate", 1))}
            shapes |= {f"{part}/bias": (n * units,) for part, n in (("gates", 2), ("candidate", 1))}
        arrays = {f"{scope}/{name}": rng.normal(0, 1.5, shape).astype("float32") for name, shape in shapes.items()}
        prefix = write(tmp_path, arrays, f"model-{at}")
        _, _, differences = convert(prefix, tmp_path / "model.keras")
        assert all(name.endswith(" in float64") for name in differences)
        assert max(differences.values()) <= TOLERANCE
    assert keras.config.floatx() == "float32"
