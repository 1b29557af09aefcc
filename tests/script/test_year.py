"""The year of a script: found by what it uses, or said by --tensorflow; said where it decides something."""

import ast
from pathlib import Path

import pytest

from legacy.script.years import SPAN_OF, Year, decided, version_of, versions_of, year_of
from tests.script.processes import write


def found(text, **beside):
    trees = {Path("script.py"): ast.parse("import tensorflow as tf\n" + text)}
    trees |= {Path(f"{name}.py"): ast.parse("import tensorflow as tf\n" + each) for name, each in beside.items()}
    return year_of(trees)


# --- found ---


@pytest.mark.parametrize(
    ("line", "first", "last"),
    [
        ("tf.contrib.rnn.core_rnn_cell.BasicLSTMCell(3)", "1.0", "1.1"),
        ("from tensorflow.contrib.rnn.python.ops import core_rnn_cell_impl", "1.0", "1.1"),
        ("tf.contrib.rnn.GRUCell(3)", "1.0", "1.15"),
        ("tf.contrib.seq2seq.simple_decoder_fn_train", "1.0", "1.0"),
        ("tf.contrib.seq2seq.DynamicAttentionWrapper", "1.1", "1.1"),
        ("tf.contrib.seq2seq.TrainingHelper; tf.contrib.seq2seq.AttentionWrapper", "1.2", "1.15"),
        ("tf.pack([1])", "0.11", "0.12"),
        ("tf.nn.rnn_cell.GRUCell(3); tf.layers.dense", "1.2", "1.15"),
        ("tf.nn.rnn_cell.GRUCell(3); tf.contrib.rnn.core_rnn_cell", "0.11", "1.15"),  # no version had both
        ("tf.nn.static_rnn; tf.contrib.data.Dataset", "1.2", "1.7"),
        ("tf.nn.softmax_cross_entropy_with_logits(pred, y)", "0.11", "0.12"),
        ("tf.nn.softmax_cross_entropy_with_logits(None, y, pred)", "0.11", "1.15"),
        ("tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y)", "0.11", "1.15"),
        ("tf.concat(1, [x, y])", "0.11", "0.12"),
        ("tf.concat([x, y], 1)", "0.11", "1.15"),
        ("tf.split(0, 3, x)", "0.11", "0.12"),
        ("tf.split(x, 3, 0)", "0.11", "1.15"),
        ("s = cell.zero_state(2, tf.float32).eval()", "0.11", "0.11"),
        ("tf.matmul", "0.11", "1.15"),
    ],
)
def test_what_tells_the_year(line, first, last):
    year = found(line)
    assert (year.first, year.last) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    rnn = tf.nn.seq2seq\nexcept AttributeError:\n    rnn = None",
        "if tf.__version__ < '1.0':\n    tf.pack([1])",
        "if hasattr(tf, 'pack'):\n    tf.pack([1])",
    ],
)
def test_what_a_script_only_tries_tells_nothing(text):
    assert found(text) == Year()


def test_what_is_in_a_try_for_another_reason_tells():
    assert found("try:\n    tf.pack([1])\nexcept KeyboardInterrupt:\n    pass").last == "0.12"


def test_the_least_names_are_said_with_their_lines():
    year = found("tf.contrib.rnn.GRUCell\n", model="\ntf.contrib.rnn.core_rnn_cell\n")
    assert year.why == (("tf.contrib.rnn.core_rnn_cell", "model.py, line 3"),)


def test_every_span_is_of_versions():
    assert all(versions_of(span) for span in SPAN_OF.values())
    assert versions_of("-0.12 1.14-") == {"0.11", "0.12", "1.14", "1.15"} and versions_of("1.1") == {"1.1"}


@pytest.mark.parametrize(
    ("text", "version"), [("1.0", "1.0"), ("1.0.1", "1.0"), ("0.12.1", "0.12"), ("1.15.5", "1.15")]
)
def test_a_version(text, version):
    assert version_of(text) == version


@pytest.mark.parametrize("text", ["1", "1.16", "2.0", "1.0.x", "1.0.1.2", "", "old", "0.9"])
def test_no_version(text, tmp_path, run_here):
    finished = run_here(tmp_path / "none.py", flags=["--tensorflow", text])
    line = f"run.py: argument --tensorflow: {text!r} is none of TensorFlow's versions 0.11, 0.12, 1.0 to 1.15\n"
    assert (finished.returncode, finished.stderr) == (2, line)


# --- what it decides ---


def lines(text, first="0.11", last="1.15"):
    return decided([ast.parse(text)], Year(first, last))


def test_a_cell_in_several_places():
    each = "one cell in several places has variables in each"
    for text in (
        "rnn.MultiRNNCell([cell] * 2)",
        "MultiRNNCell([GRUCell(3)] * n)",
        "MultiRNNCell([cell for _ in range(2)])",
    ):
        assert lines(text, last="1.1") == [each]
        assert lines(text, first="1.2") == ["one cell in several places has one set of variables"]
        assert lines(text) == [each + ", though since 1.2 it had one set"]
    for text in (
        "MultiRNNCell([cell for cell in cells])",
        "MultiRNNCell([cell(3) for _ in range(2)]); [0] * 3",
        "[cell] * 2",
    ):
        assert lines(text, first="1.2") == []


def test_what_else_is_decided():
    assert lines("GRUCell(3); tf.train.Saver()", last="1.1") == ["cells call their variables weights and biases"]
    assert lines("GRUCell(3); tf.train.Saver()") == []
    assert lines("DropoutWrapper(cell, seed=1)", last="1.1") == ["DropoutWrapper has one seed for inputs and outputs"]
    assert lines("LSTMBlockFusedCell(3)", last="1.4") == ["LSTMBlockFusedCell has the scope lstm_block_wrapper"]


TWO_LAYERS = """
import tensorflow as tf
cell = tf.contrib.rnn.GRUCell(3)
outputs, _ = tf.nn.dynamic_rnn(tf.contrib.rnn.MultiRNNCell([cell] * 2), tf.ones([2, 4, 3]), dtype=tf.float32)
print(len(tf.trainable_variables()), tf.trainable_variables()[0].op.name)
"""
OWN, ONE = "rnn/multi_rnn_cell/cell_0/gru_cell/gates/weights", "rnn/multi_rnn_cell/cell_0/gru_cell/gates/kernel"


@pytest.mark.parametrize(
    ("flags", "printed"),
    [(["--tensorflow", "1.0"], f"8 {OWN}\n"), (["--tensorflow", "1.4.1"], f"4 {ONE}\n"), ([], f"8 {ONE}\n")],
)
def test_two_layers_of_one_cell(flags, printed, tmp_path, run_here):
    finished = run_here(write(tmp_path, "script.py", TWO_LAYERS), flags=flags)
    assert finished.stdout == printed
    assert ("though since 1.2 it had one set; --tensorflow VERSION" in finished.stderr) == (not flags)


def test_a_year_that_is_found_is_followed_and_said(tmp_path, run_here):
    script = write(tmp_path, "script.py", TWO_LAYERS + "tf.contrib.rnn.core_rnn_cell\n")
    finished = run_here(script)
    assert finished.stdout == f"8 {OWN}\n"
    assert finished.stderr == (
        "run.py: looks like TensorFlow 1.0 to 1.1: tf.contrib.rnn.core_rnn_cell, line 6. "
        "one cell in several places has variables in each; --tensorflow VERSION says another year\n"
    )
    checked = run_here(script, flags=["--check"])
    assert checked.stdout.startswith(
        "looks like TensorFlow 1.0 to 1.1: tf.contrib.rnn.core_rnn_cell, line 6\n"
        "one cell in several places has variables in each\n"
    )
    checked = run_here(script, flags=["--check", "--tensorflow", "1.4"])
    assert checked.stdout.startswith("one cell in several places has one set of variables\n")


def test_two_sizes_of_one_cell_are_an_error_since_1_2(tmp_path, run_here):
    """With the script's own traceback; until 1.1 each layer has its own."""
    script = write(tmp_path, "script.py", TWO_LAYERS.replace("[2, 4, 3]", "[2, 4, 5]"))
    finished = run_here(script, flags=["--tensorflow", "1.15"])
    assert finished.returncode == 1 and 'script.py", line 4, in <module>' in finished.stderr
    assert "ValueError: Dimensions must be equal, but are 6 and 8 for" in finished.stderr
    assert run_here(script, flags=["--tensorflow", "1.0"]).stdout == f"8 {OWN}\n"


SAVED = """
import sys
import tensorflow as tf
outputs, _ = tf.nn.dynamic_rnn(tf.contrib.rnn.GRUCell(3), tf.ones([2, 4, 3]), dtype=tf.float32)
saver = tf.train.Saver()
with tf.Session() as sess:
    if sys.argv[1] == "save":
        tf.set_random_seed(1)
        sess.run(tf.global_variables_initializer())
        saver.save(sess, "./model.ckpt")
    else:
        saver.restore(sess, "./model.ckpt")
    print(sess.run(tf.reduce_sum(outputs)), [v.op.name for v in tf.global_variables() if "weights" in v.op.name])
"""


@pytest.mark.parametrize(("of", "to"), [("1.0", "1.4"), ("1.4", "1.0")])
def test_a_checkpoint_of_another_year(of, to, tmp_path, run_here, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script = write(tmp_path, "script.py", SAVED)
    saved = run_here(script, "save", flags=["--tensorflow", of])
    restored = run_here(script, "restore", flags=["--tensorflow", to])
    assert restored.stdout.split()[0] == saved.stdout.split()[0]
    names = {"1.0": ("weights", "weights"), "1.4": ("kernel", "kernel")}
    line = "run.py: ./model.ckpt has names of another TensorFlow: rnn/gru_cell/gates/{} is restored as rnn/gru_cell/gates/{}"
    assert restored.stderr == line.format(names[of][0], names[to][1]) + " and 3 more\n"
    assert ("weights" in restored.stdout) == (to == "1.0")


def test_a_checkpoint_of_something_else_is_refused(tmp_path, run_here, monkeypatch):
    """With TensorFlow's own error: what is missing has another shape by its other name."""
    monkeypatch.chdir(tmp_path)
    run_here(write(tmp_path, "one.py", SAVED), "save", flags=["--tensorflow", "1.0"])
    other = write(tmp_path, "other.py", SAVED.replace("GRUCell(3)", "GRUCell(4)"))
    finished = run_here(other, "restore", flags=["--tensorflow", "1.4"])
    assert finished.returncode == 1 and "NotFoundError" in finished.stderr
