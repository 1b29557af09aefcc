"""The command line of modern/from_tf1.py: what a person types and is told."""

import subprocess
import sys

import keras
import pytest

from modern import from_tf1
from tests.commands import refused
from tests.tf1.checkpoints import lstm_arrays, ptb, write


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """The PTB tutorial's checkpoint, without a graph."""
    return write(tmp_path_factory.mktemp("ptb"), ptb())


def test_the_rest_on_request(tmp_path, capsys):
    arrays = lstm_arrays("encoder/rnn/lstm_cell") | lstm_arrays("decoder/attention_wrapper/lstm_cell", inputs=10)
    prefix = write(tmp_path, arrays)
    assert "(--partial converts the rest)" in refused(from_tf1, capsys, "convert", prefix, tmp_path / "model.keras")
    from_tf1.main(["convert", prefix, str(tmp_path / "model.keras"), "--partial"])
    assert keras.models.load_model(tmp_path / "model.keras").name == "encoder"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--forget-bias", "nan"], "'nan' is not a number"),
        (["--forget-bias", "much"], "'much' is not a number"),
        (["--shared-layers", "0"], "'0' is not a whole number above zero"),
        (["--activation", "swish"], "--activation"),
        (["--cell", "rnn=ConvLSTM"], "should be SCOPE=KIND"),
        (["--cell", "nowhere=GRUCell"], "--cell: no variables stand in nowhere"),
        (["--dense", "other"], "holds no variable other"),
        (["--dense", "Model/RNN/multi_rnn_cell/cell_0/basic_lstm_cell/kernel"], "has the shape [12, 24], not [6, any]"),
        (["--dense", "Model/softmax_w:swish"], "should end with one of"),
        (["--embedding", "Model/softmax_b"], "not [any, 6]"),
    ],
)
def test_flags_are_refused(capsys, prefix, flags, message):
    assert message in refused(from_tf1, capsys, "inspect", prefix, *flags)


def test_outputs_are_refused(tmp_path, capsys, monkeypatch, prefix):
    assert "should end with .keras" in refused(from_tf1, capsys, "convert", prefix, tmp_path / "model.h5")
    assert "should end with .npz" in refused(
        from_tf1, capsys, "convert", prefix, tmp_path / "model.keras", "--weights-only"
    )
    assert "is not a directory" in refused(from_tf1, capsys, "convert", prefix, tmp_path / "no" / "model.keras")
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    assert "TF_USE_LEGACY_KERAS must be 1 or unset" in refused(
        from_tf1, capsys, "convert", prefix, tmp_path / "model.keras"
    )


def test_a_command_as_a_person_runs_it(tmp_path, prefix):
    flags = ["convert", prefix, "model.keras", "--forget-bias", "0"]
    run = subprocess.run([sys.executable, from_tf1.__file__, *flags], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0 and run.stderr == ""
    assert run.stdout.splitlines()[-3:] == [
        "Wrote model.keras",
        "  reads ids, int32 [batch, time]",
        "  gives output, float32 [batch, time, 11]",
    ]


def test_several_stacks_as_a_person_converts_them(tmp_path):
    arrays = lstm_arrays("encoder/rnn/lstm_cell") | lstm_arrays("decoder/rnn/lstm_cell", inputs=3)
    flags = ["convert", write(tmp_path, arrays), "model.keras"]
    run = subprocess.run([sys.executable, from_tf1.__file__, *flags], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0 and run.stderr == ""
    sizes = {"input": "[batch, time, {}]", "lstm_0_h": "[batch, 6]", "lstm_0_c": "[batch, 6]"}
    gives = {"output": "[batch, time, 6]", "state_0": "[batch, 6]", "state_1": "[batch, 6]"}
    lines = ["Wrote model.keras"]
    for stack, inputs in (("decoder", 3), ("encoder", 4)):
        lines += [f"  reads {stack}_{name}, float32 {size.format(inputs)}" for name, size in sizes.items()]
    for stack in ("decoder", "encoder"):
        lines += [f"  gives {stack}_{name}, float32 {size}" for name, size in gives.items()]
    assert run.stdout.splitlines()[-len(lines) :] == lines
