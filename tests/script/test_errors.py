"""What a script that ends with an error says: one line, or its own traceback."""

import pytest

from tests.script.processes import write


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import tensorflow as tf\n\ntf.nn.rnn_cel.GRUCell\n", "line 3: tf.nn.rnn_cel is not covered; tf.nn.rnn_cell comes nearest"),
        (
            "from tensorflow.contrib.rnn import LayerNormLSTMCell\n",
            "line 1: tf.contrib.rnn.LayerNormLSTMCell is not covered; tf.contrib.rnn.LayerNormBasicLSTMCell comes nearest",
        ),
        ("import tensorflow.contrib.tpu as tpu\n", "line 1: tf.contrib.tpu is not covered; tf.train comes nearest"),
        ("from tensorflow.no import thing\n", "line 1: tf.no is not covered"),
        ("x = map(str, [1])\nx[0]\n", "line 2: this is Python 2 ('map' object is not subscriptable); run.py --python 2 runs it"),
        ("x = (\n", "line 1: '(' was never closed"),
        (
            "from tensorflow.examples.tutorials.mnist import input_data\n\ninput_data.read_data_sets('.')\n",
            "line 3: ",
        ),
    ],
)  # fmt: skip
def test_one_line(source, line, tmp_path, run_here):
    script = write(tmp_path, "script.py", source)
    empty = tmp_path / "empty"
    empty.mkdir()
    write(empty, "t10k-images-idx3-ubyte", "not what it should be")  # so that nothing is downloaded
    finished = run_here(script, flags=["--data-dir", empty])
    assert finished.returncode == 2, finished.stderr
    assert finished.stderr.startswith(f"run.py: {script}, {line}") and finished.stderr.count("\n") == 1


def test_the_line_of_a_sibling(tmp_path, run_here):
    write(tmp_path, "sibling.py", "import tensorflow as tf\n\n\ndef build():\n    return tf.contrib.tpu.TPUEstimator\n")
    script = write(tmp_path, "script.py", "import sibling\nsibling.build()\n")
    finished = run_here(script)
    assert "sibling.py, line 5: tf.contrib.tpu is not covered; tf.train comes nearest" in finished.stderr


def test_a_script_s_own_error_is_its_own(tmp_path, run_here):
    script = write(tmp_path, "script.py", "def fail():\n    return {}['key']\n\n\nfail()\n")
    finished = run_here(script)
    assert finished.returncode == 1
    assert finished.stderr.endswith("KeyError: 'key'\n") and finished.stderr.count("File") == 2  # none of ours
    script = write(tmp_path, "script.py", "from csv import nothing\n")
    *frames, message = run_here(script).stderr.splitlines()
    assert frames[1:] == [f'  File "{script}", line 1, in <module>', "    from csv import nothing"]
    assert message.startswith("ImportError: cannot import name 'nothing' from 'csv'")
    script = write(tmp_path, "script.py", "import sys\nsys.exit(7)\n")
    assert run_here(script).returncode == 7
