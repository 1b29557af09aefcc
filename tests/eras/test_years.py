"""The year of a script: which names tell it, and what it decides. Results and names of every piece: test_contrib.py."""

import subprocess
import sys

import numpy as np
import pytest

from legacy.script.years import SPAN_OF, SPANS, version_of, versions_of
from tests.eras import records

# --- which names tell a year ---


def had(version, name):
    """Whether a recorded version had a name, or something below it."""
    lines = records.lines_of(records.RECORDED / version / "names.txt")
    return any(line == name or line.startswith(f"{name}.") for line in lines)


def test_a_name_stands_once():
    assert len(SPAN_OF) == sum(len(names.split()) for names in SPANS.values())


@pytest.mark.parametrize("version", records.VERSIONS)
def test_spans_are_those_of_the_record(version):
    assert [
        name for name, span in SPAN_OF.items() if (version_of(version) in versions_of(span)) != had(version, name)
    ] == []


# --- what a year decides ---


def test_layers_of_one_cell_and_two_sizes_are_refused_as_then(tmp_path):
    """Since 1.2, with the ValueError of TensorFlow's own."""
    name = "multi_rnn_cell_one_cell_twice_other_size"
    for version in ("1.4.1", "1.15.5"):
        there = records.read(records.RECORDED / version, "cells")[name]
        assert there.absent.startswith("ValueError: Dimensions must be equal, but are 8 and 7 for")
    command = [sys.executable, str(records.RUN), "--tensorflow", "1.4", str(records.PROGRAMS / "cells.py")]
    subprocess.run([*command, str(tmp_path / "cells.npz"), name], check=True, capture_output=True, cwd=tmp_path)
    here = records.read(tmp_path, "cells")[name]
    assert here.absent.startswith("ValueError: Dimensions must be equal, but are 8 and 7 for")


# --- checkpoints, by whatever names ---

# Wrappers and cells whose variables 0.12 called otherwise, and a cell that was called otherwise until 1.1.
OF_0_12 = {"attention_cell_wrapper", "coupled_gate_cell", "layer_norm_cell", "static_lstm_shards"}
BLOCK = {"gru_block_cell"}
CUDNN = {"cudnn_compatible_lstm", "cudnn_compatible_gru"}  # came with 1.3
TWICE = {"static_multi_one_cell_twice"}  # two sets of weights on one side, one on the other


@pytest.mark.parametrize(
    ("version", "year", "refused"),
    [
        ("1.0.1", "1.0", set()),
        ("1.0.1", "1.15", BLOCK | TWICE),
        ("0.12.1", "0.12", OF_0_12),
        ("0.12.1", "1.15", OF_0_12 | BLOCK | TWICE),
        ("1.2.1", "1.2", set()),
        ("1.4.1", "1.0", CUDNN | TWICE),
        ("1.8.0", "1.15", set()),
        ("1.12.3", "1.15", set()),
        ("1.15.5", "1.15", set()),
    ],
)
def test_an_old_checkpoint_restored(version, year, refused, tmp_path):
    """A script of each year restores a checkpoint of its own year, and of another's: the outputs are those recorded.
    The largest difference measured is 2.4e-7."""
    there = {n: p for n, p in records.read(records.RECORDED / version, "checkpoints").items() if not p.absent}
    for name in there:
        (tmp_path / name).mkdir()
        records.unpack(records.RECORDED / version / "checkpoints" / f"{name}.zip", tmp_path / name)
    np.savez(tmp_path / "inputs.npz", **{name: piece.arrays["input"] for name, piece in there.items()})
    script = [records.PROGRAMS / "restore.py", tmp_path / "out.npz", tmp_path]
    command = [sys.executable, records.RUN, "--tensorflow", year, *script]
    finished = subprocess.run([str(each) for each in command], capture_output=True, text=True, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    print((tmp_path / "out.absent").read_text(), finished.stderr)
    here = np.load(tmp_path / "out.npz")
    assert there.keys() - set(here.files) == refused & there.keys()
    gaps = {name: records.difference(here[name], there[name].arrays["output"]) for name in here.files}
    assert max(gaps.values()) < 1e-6, max(gaps, key=gaps.get)
