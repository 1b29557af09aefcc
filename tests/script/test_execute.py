"""What a script's process is: whose TensorFlow, whose modules, whose flags, whose path."""

from tests.script.processes import run, write


def test_two_tensorflows_in_one_process(tmp_path):
    """The script and its sibling have TensorFlow 1; the installed packages that they import have the real one."""
    elsewhere = tmp_path / "site-packages"
    elsewhere.mkdir()
    write(
        elsewhere, "library.py", "import tensorflow as tf\nhas = hasattr(tf, 'placeholder'), hasattr(tf, 'contrib')\n"
    )
    own = tmp_path / "own"
    own.mkdir()
    write(own, "sibling.py", "import tensorflow as tf\nhas = hasattr(tf, 'placeholder'), hasattr(tf, 'contrib')\n")
    script = write(
        own,
        "script.py",
        """
import sys
import library, sibling
import tensorflow as tf
import tensorflow.contrib.rnn as rnn
from tensorflow.python.framework import ops
from tensorflow.python.ops import rnn_cell
import keras
print(sibling.has, library.has, rnn.GRUCell is rnn_cell.GRUCell is tf.nn.rnn_cell.GRUCell, ops.__name__)
print(hasattr(sys.modules['tensorflow'], 'placeholder'), sys.modules['tensorflow'].__version__[:2], tf.__version__)
print(__name__, __file__, sys.argv, keras.__version__[:2], sys.modules.get('tf_keras') is keras)
print(tf.placeholder(tf.float32, [None, 3]).get_shape()[1].value, tf.executing_eagerly())
""",
    )
    finished = run(script, "--a", "b", cwd=tmp_path, PYTHONPATH=elsewhere)
    assert finished.stdout.splitlines() == [
        "(True, True) (False, False) True tensorflow.python.framework.ops",
        "False 2. 1.15.5",
        f"__main__ {script} ['{script}', '--a', 'b'] 2. True",
        "3 False",
    ], finished.stderr


def test_flags_of_those_days(tmp_path):
    script = write(
        tmp_path,
        "script.py",
        """
import tensorflow as tf
tf.app.flags.DEFINE_integer("log_dir", 1, "a name that a library has taken")
tf.flags.DEFINE_boolean("train", True, "")
FLAGS = tf.flags.FLAGS
FLAGS._parse_flags()
print(FLAGS.__flags, FLAGS.log_dir)
def main(argv):
    print(argv[1:], FLAGS.train)
tf.app.run()
""",
    )
    finished = run(script, "--log_dir", "5", "--notrain", "rest", cwd=tmp_path)
    assert finished.stdout == "{'log_dir': 5, 'train': False} 5\n['rest'] False\n", finished.stderr


def test_flags_that_nobody_defines(tmp_path):
    """Until 1.4 they were passed over on the command line, and a value could be put there without a flag."""
    source = """
import tensorflow as tf
tf.flags.DEFINE_integer("units", 1, "")
FLAGS = tf.flags.FLAGS
print(FLAGS.units)
FLAGS.size = 7
FLAGS.units = 3
print(FLAGS.size, tf.flags.FLAGS.units)
"""
    finished = run(write(tmp_path, "script.py", source), "--units=2", "--unknown", "1", cwd=tmp_path)
    assert finished.stdout == "2\n7 3\n", finished.stderr


def test_a_script_may_catch_what_is_missing(tmp_path, run_here):
    script = write(
        tmp_path,
        "script.py",
        """
import tensorflow as tf
try:
    from tensorflow.contrib import tpu
except ImportError:
    print("no tpu")
try:
    tf.nn.something
except AttributeError:
    print("no something")
print(hasattr(tf, "nothing"))
""",
    )
    assert run_here(script).stdout == "no tpu\nno something\nFalse\n"


def test_a_script_of_states_of_one_tensor(tmp_path, run_here):
    """It never says state_is_tuple, and holds the state of two LSTMs in one array."""
    write(
        tmp_path,
        "model.py",
        """
import tensorflow as tf
cell = tf.nn.rnn_cell.BasicLSTMCell(4, input_size=5, forget_bias=0.0)
cell = tf.nn.rnn_cell.MultiRNNCell([cell] * 2)
initial_state = cell.zero_state(2, tf.float32)
fed = tf.placeholder(tf.float32, [2, cell.state_size])
outputs, final_state = tf.nn.rnn(cell, [tf.ones([2, 5])] * 3, initial_state=fed)
""",
    )
    script = write(
        tmp_path,
        "script.py",
        """
import tensorflow as tf
import model
with tf.Session():
    tf.initialize_all_variables().run()
    state = model.initial_state.eval()
    for _ in range(2):
        state = model.final_state.eval({model.fed: state})
    print(state.shape)
""",
    )
    finished = run_here(script)
    assert finished.stdout == "(2, 16)\n", finished.stderr
