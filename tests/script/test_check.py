"""`--check`: every TensorFlow name of a script, and how it fares."""

import re

import pytest

from legacy.script.check import check
from tests.script.processes import SCRIPTS, write


def test_check(tmp_path, run_here):
    script = write(
        tmp_path,
        "script.py",
        """
raise SystemExit("it is not run")
import tensorflow as tf
from tensorflow.contrib import rnn as r, slim
from tensorflow.python.ops import array_ops
x = tf.placeholder(tf.float32)
y = tf.concat(1, [x, x])
cell = r.MultiRNNCell([r.GRUCell(3)])
seq = tf.contrib.seq2seq
seq.AttentionWrapper
tf.contrib.seq2seq.LuongMonotonicAttention
tf.summary.FileWriter("x").add_graph(None)
array_ops.concat
tf.train.Saver.save
""",
    )
    assert {name: fare[1] for name, fare in check(script).items()} == {
        "tf": "runs",
        "tf.contrib.rnn": "runs",
        "tf.contrib.slim": "missing; tf.contrib.layers comes nearest",
        "tf.python.ops.array_ops": "runs",
        "tf.placeholder": "runs",
        "tf.float32": "runs",
        "tf.concat": "either order of arguments",
        "tf.contrib.rnn.MultiRNNCell": "a cell that stands in several places gets variables of its own in each",
        "tf.contrib.rnn.GRUCell": "runs",
        "tf.contrib.seq2seq": "runs",
        "tf.contrib.seq2seq.AttentionWrapper": "runs",
        "tf.contrib.seq2seq.LuongMonotonicAttention": "missing; tf.contrib.seq2seq.LuongAttention comes nearest",
        "tf.summary.FileWriter": "runs",
        "tf.python.ops.array_ops.concat": "runs",
        "tf.train.Saver.save": "runs",
    }
    finished = run_here(script, flags=["--check"])
    assert finished.returncode == 1 and finished.stderr == ""
    assert re.search(r"\nmissing:\n  tf\.contrib\.slim +line 4: missing; ", finished.stdout)


def test_check_of_what_is_beside_the_script(tmp_path):
    """What it imports counts, in its own package, too; what it does not import does not."""
    write(tmp_path, "other.py", "import tensorflow as tf\ntf.contrib.opt\n")
    write(tmp_path, "model.py", "import tensorflow as tf\nfrom parts import cells\ntf.contrib.slim\n")
    (tmp_path / "parts").mkdir()
    write(tmp_path / "parts", "cells.py", "import tensorflow as tf\ntf.contrib.cudnn_rnn\n")
    write(tmp_path / "parts", "__init__.py", "")
    write(tmp_path, "broken.py", "print 1\n")
    script = write(tmp_path, "script.py", "from model import *\nimport broken\n")
    assert {name: line for name, (line, _) in check(script).items() if name != "tf"} == {
        "tf.contrib.slim": "model.py, line 3",
        "tf.contrib.cudnn_rnn": "cells.py, line 2",
    }


def test_check_says_what_a_seed_draws(tmp_path):
    script = write(tmp_path, "script.py", "import tensorflow as tf\ntf.set_random_seed(1)\n")
    assert check(script)["tf.set_random_seed"] == ("line 2", "draws the numbers of TensorFlow 1.15")
    script.write_text(
        script.read_text()
        + "from tensorflow.contrib import rnn\nrnn.LSTMBlockCell(3)\ntf.contrib.seq2seq.BeamSearchDecoder\n"
    )
    assert check(script)["tf.set_random_seed"][1] == (
        "draws the numbers of TensorFlow 1.15, but not after tf.contrib.seq2seq.BeamSearchDecoder"
    )


@pytest.mark.parametrize("script", sorted(SCRIPTS.rglob("*.py")), ids=lambda path: path.stem)
def test_nothing_is_missing_in_the_scripts(script):
    assert not [name for name, (_, fare) in check(script).items() if fare.startswith("missing")]
