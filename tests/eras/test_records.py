"""The record is the one that was made, and recording again says what moved."""

import subprocess
import sys

import numpy as np
import pytest

from tests.eras import __main__ as command
from tests.eras import records


def files():
    return {
        path.relative_to(records.RECORDED).as_posix(): path for path in records.RECORDED.rglob("*") if path.is_file()
    }


def test_no_recorded_file_was_changed():
    expected = records.sums()
    found = {name: records.sum_of(path) for name, path in files().items()}
    changed = {name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)}
    assert not changed, f"changed, added or gone since they were recorded: {', '.join(sorted(changed))}"


def test_the_record_is_small():
    assert sum(path.stat().st_size for path in files().values()) <= 8e6


def test_the_record_holds_nothing_else():
    assert {name.rpartition(".")[2] for name in files()} == {"npz", "txt", "gz", "zip", "h5"}


def test_every_program_is_recorded():
    for theme, versions in records.THEMES.items():
        assert (records.PROGRAMS / f"{theme}.py").exists()
        for version in versions:
            assert records.files_of(records.RECORDED / version, theme), f"{theme} of {version}"


def test_nothing_recorded_holds_an_object():
    for name, path in files().items():
        if name.endswith(".npz"):
            with np.load(path, allow_pickle=False) as arrays:
                assert not [key for key in arrays.files if arrays[key].dtype.hasobject]


@pytest.fixture
def again(tmp_path):
    """A copy of the record of 1.0.1's cells."""
    for name in records.files_of(records.RECORDED / "1.0.1", "cells"):
        (tmp_path / name).write_bytes((records.RECORDED / "1.0.1" / name).read_bytes())
    return tmp_path


def test_what_moved_is_named(again):
    record = records.RECORDED / "1.0.1"
    assert not [*records.moved(record, again, "cells")]
    with np.load(again / "cells.npz", allow_pickle=False) as packed:
        arrays = dict(packed)
    arrays["gru_cell/float32"][-1] += 0.5  # the end of its last output
    np.savez(again / "cells.npz", **arrays)
    assert [*records.moved(record, again, "cells")] == ["cells.npz: gru_cell, output 3 by 0.5"]
    text = (again / "cells.txt").read_text()
    (again / "cells.txt").write_text(text.replace("rnn/gru_cell/gates/weights", "rnn/gru_cell/gates/kernel", 1))
    assert "cells.txt: 2 lines, the first: -    variable rnn/gru_cell/gates/weights [7, 8]" in [
        *records.moved(record, again, "cells")
    ]
    (again / "cells.txt").write_text(text)
    (again / "cells.log").write_text("")
    assert "cells.log: only in the new recording" in [*records.moved(record, again, "cells")]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["1.15.5"], "--python PATH says where TensorFlow 1.15.5 is"),
        (["1.15.5", "--python", "/nowhere/python"], "/nowhere/python: No such file or directory"),
        (["1.15.5", "--python", "false"], "false has no TensorFlow; docs/referee.md tells how to get 1.15.5"),
        (["1.15.5", "--python", sys.executable], ", not 1.15.5"),
        (["1.16.0", "--python", sys.executable], "invalid choice: '1.16.0'"),
        (["1.0.1", "--only", "names_2016", "--python", sys.executable], ", not 1.0.1"),
    ],
)
def test_it_cannot_be_recorded(flags, message, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(flags)
    error = capsys.readouterr().err
    assert end.value.code == 2 and message in error and error.count("\n") == 1


def test_a_command_as_a_person_runs_it():
    finished = subprocess.run([sys.executable, "-m", "tests.eras", "1.4.1"], capture_output=True, text=True)
    assert finished.returncode == 2 and finished.stdout == ""
    assert finished.stderr.startswith("tests.eras: --python PATH")
