"""The modules that a script sees, by which names, and what is in them."""

import pytest

from legacy.script.imports import script_import
from legacy.script.tensorflow_2016 import TREE, show_tensorflow
from tests.script.processes import write


def test_the_real_tensorflow_of_this_process_is_unharmed():
    import tensorflow as tf

    shown = show_tensorflow()
    assert shown.pack and shown.contrib.rnn.BasicLSTMCell and shown.nn.seq2seq.sequence_loss
    assert not hasattr(tf, "pack") and not hasattr(tf, "contrib") and not hasattr(tf.nn, "seq2seq")
    assert tf.__version__.startswith("2.") and tf.executing_eagerly()


@pytest.mark.parametrize(
    "line",
    [
        "from tensorflow.contrib.rnn.python.ops.core_rnn_cell import _linear",
        "from tensorflow.contrib.layers.python.layers.initializers import xavier_initializer",
        "from tensorflow.python.ops.nn import rnn_cell, dynamic_rnn",
        "from tensorflow.python.layers.core import Dense",
        "from tensorflow.contrib.framework import nest",
        "import tensorflow.contrib.seq2seq as seq2seq",
        "from tensorflow.python.platform import gfile",
        "from tensorflow.core.framework import variable_pb2",
        "import tensorflow.core.protobuf.config_pb2 as config",
        "from tensorflow.python.ops.constant_op import constant",
        "from tensorflow.contrib.tensorboard.plugins import projector",
        "from tensorflow.contrib.lookup import HashTable, index_table_from_tensor",
        "from tensorflow.contrib.learn.python.learn.estimators.estimator import SKCompat",
        "from tensorflow.contrib.learn import ModeKeys, models",
        "from tensorflow.contrib.seq2seq.python.ops.attention_wrapper import AttentionWrapperState",
    ],
)
def test_where_scripts_import_from(line):
    import_line = script_import(show_tensorflow())
    exec(line, {"__builtins__": {"__import__": import_line}})


# Entries of the table, and one name in each.
ENTRIES = """
placeholder, float32, app run, app.flags DEFINE_integer, flags FLAGS, nn rnn, nn.rnn_cell BasicLSTMCell,
nn.seq2seq sequence_loss, train SummaryWriter,
contrib.data TextLineDataset, contrib.framework get_global_step, contrib.framework.nest flatten,
contrib.layers fully_connected, contrib.learn Estimator, contrib.learn.models linear_regression,
contrib.legacy_seq2seq rnn_decoder, contrib.lookup HashTable, contrib.losses log_loss, contrib.rnn LSTMBlockCell,
contrib.seq2seq dynamic_decode, contrib.tensorboard.plugins.projector ProjectorConfig, contrib.training HParams,
contrib.layers.python.layers.initializers xavier_initializer, contrib.layers.python.layers.layers flatten,
contrib.layers.python.layers.optimizers optimize_loss, contrib.layers.python.layers.regularizers l2_regularizer,
contrib.learn.python.learn Estimator, contrib.learn.python.learn.estimators.estimator SKCompat,
contrib.legacy_seq2seq.python.ops.seq2seq model_with_buckets, contrib.rnn.core_rnn_cell GRUCell,
contrib.rnn.python.ops.core_rnn static_rnn, contrib.rnn.python.ops.core_rnn_cell _linear,
contrib.rnn.python.ops.core_rnn_cell_impl BasicLSTMCell, contrib.rnn.python.ops.lstm_ops LSTMBlockCell,
contrib.rnn.python.ops.rnn stack_bidirectional_dynamic_rnn, contrib.rnn.python.ops.rnn_cell LSTMCell,
contrib.seq2seq.python.ops.attention_wrapper AttentionWrapper, contrib.seq2seq.python.ops.basic_decoder BasicDecoder,
contrib.seq2seq.python.ops.beam_search_decoder BeamSearchDecoder, contrib.seq2seq.python.ops.decoder dynamic_decode,
contrib.seq2seq.python.ops.helper TrainingHelper, contrib.seq2seq.python.ops.loss sequence_loss,
examples.tutorials.mnist.input_data read_data_sets, models.rnn.rnn bidirectional_rnn, models.rnn.rnn_cell LSTMCell,
models.rnn.seq2seq sequence_loss, core.framework.graph_pb2 GraphDef, core protobuf, python framework,
python.ops array_ops, python.ops.constant_op constant, python.ops.nn dynamic_rnn, python.ops.rnn rnn,
python.ops.rnn dynamic_rnn, python.ops.rnn_cell GRUCell, python.ops.rnn_cell_impl RNNCell,
python.ops.seq2seq embedding_attention_seq2seq, python.framework.ops Tensor, python.layers.base _Layer,
python.ops.array_ops pack, python.ops.control_flow_ops while_loop, python.ops.gen_array_ops _concat_v2,
python.ops.math_ops mul, python.ops.nn_ops softmax, python.pywrap_tensorflow NewCheckpointReader,
python.util.nest is_sequence, compat v1, compat.v1 placeholder
"""


def test_every_entry():
    """A script imports from every module of the table."""
    import_line = script_import(show_tensorflow())
    found = set()
    for entry in ENTRIES.replace("\n", " ").split(","):
        *path, name = entry.split()
        module = ".".join(["tensorflow", *path])
        got = {"__builtins__": {"__import__": import_line}}
        exec(f"from {module} import {name}", got)
        assert got[name] is not None
        found.add(module)
    for module in {*TREE} - found:
        got = {"__builtins__": {"__import__": import_line}}
        exec(f"import {module} as it", got)
        assert dir(got["it"]), module


def test_states_of_one_tensor(tmp_path, run_here):
    """In 2015 an LSTM's state was one tensor, of the outputs' and the cell's units."""
    script = write(
        tmp_path,
        "script.py",
        """
import numpy as np
import tensorflow as tf
from tensorflow.models.rnn import rnn, rnn_cell
istate = tf.placeholder("float", [None, 8])
steps = tf.split(0, 3, tf.ones([6, 5]))
with tf.variable_scope("one", initializer=tf.constant_initializer(0.1)):
    cell = rnn_cell.BasicLSTMCell(4)
    outputs, states = rnn.rnn(cell, steps, initial_state=istate)
with tf.variable_scope("other", initializer=tf.constant_initializer(0.1)):
    again, _ = tf.nn.rnn(tf.nn.rnn_cell.BasicLSTMCell(4), steps, initial_state=istate)
print(cell.state_size, states.get_shape().as_list(), rnn_cell.MultiRNNCell([rnn_cell.GRUCell(8)] * 2).state_size)
with tf.Session() as sess:
    sess.run(tf.initialize_all_variables())
    one, other = sess.run([outputs[-1], again[-1]], {istate: 0.5 * np.ones((2, 8))})
    print(np.array_equal(one, other), one[0, 0] > 0.5)
""",
    )
    finished = run_here(script)
    assert finished.stdout == "8 [2, 8] 16\nTrue True\n", finished.stderr


def test_input_data_of_2015(digits, tmp_path, run_here):
    """`input_data` is a module beside the script, or if there is none, TensorFlow's own."""
    source = "import input_data\nprint(input_data.read_data_sets('none').train.images.shape[1])\n"
    script = write(tmp_path, "script.py", source)
    assert run_here(script, flags=["--data-dir", digits]).stdout == "784\n"
    write(tmp_path, "input_data.py", "import numpy\nread_data_sets = 1 / 0\n")
    assert "ZeroDivisionError" in run_here(script).stderr
