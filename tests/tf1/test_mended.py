"""Faults that were found on real files, each as its kind."""

import numpy as np
import tensorflow as tf

from modern import from_tf1
from modern.tf1.findings import inspect
from tests.tf1.checkpoints import assumes, lstm_arrays, numbers, save, write

v1 = tf.compat.v1
rnn_cell = v1.nn.rnn_cell
CUDNN = "cudnn_lstm/stack_bidirectional_rnn/cell_0/bidirectional_rnn"


def test_an_optimizer_of_any_name(tmp_path):
    """`RMSPropOptimizer(0.01, name="optimizer")` keeps slots rnn/.../kernel/optimizer."""
    cell = lstm_arrays("rnn/basic_lstm_cell")
    slots = {f"{name}/{slot}": array for name, array in cell.items() for slot in ("optimizer", "optimizer_1", "mine")}
    findings = inspect(write(tmp_path, cell | slots))
    assert len(findings.slots) == 6 and not findings.refused and len(findings.stacks) == 1


def test_plain_cells_inside_a_home_made_one(tmp_path):
    arrays = {}
    for at in range(8):
        scope = f"MyRNNCell/SubCell{at}/basic_rnn_cell"
        arrays |= {f"{scope}/kernel": numbers(10, 6), f"{scope}/bias": numbers(6)}
    findings = inspect(write(tmp_path, arrays))
    assert not findings.stacks and len(findings.refused) == 8
    assert all("it runs inside MyRNNCell, a cell of the program's own" in one.reason for one in findings.refused)


def test_a_scope_that_is_named_like_a_cell_is_none(tmp_path):
    findings = inspect(write(tmp_path, lstm_arrays("my_rnn_cell/rnn/basic_lstm_cell")))
    assert len(findings.stacks) == 1 and not findings.refused


def test_opaque_weights_beside_their_canonical_copy(tmp_path):
    arrays = {"cudnn_lstm/opaque_kernel": numbers(600)}
    for direction in ("fw", "bw"):
        arrays |= lstm_arrays(f"{CUDNN}/{direction}/cudnn_compatible_lstm_cell")
    findings = inspect(write(tmp_path, arrays))
    assert not findings.refused and len(findings.stacks[0].cells) == 2
    assert findings.left == ["cudnn_lstm/opaque_kernel"]


def test_what_a_flag_has_settled_is_no_longer_assumed(tmp_path):
    arrays = lstm_arrays("rnn/basic_lstm_cell") | {"w": numbers(6, 5), "b": numbers(5)}
    prefix = write(tmp_path, arrays)
    assert assumes(inspect(prefix), "the output layer sees every step", gives="last-step")
    assert not assumes(inspect(prefix, gives="last-step"), "the output layer sees")
    assert not assumes(inspect(prefix, dense=["w"], gives="every-step"), "is followed by")


def test_attention_is_no_output_layer(tmp_path, as_tensorflow_1):
    """What an encoder's outputs are multiplied with for a decoder's attention is no layer after the encoder."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        with v1.variable_scope("encoder"):
            outputs, _ = v1.nn.dynamic_rnn(rnn_cell.GRUCell(6), x, dtype=tf.float32)
        keys = v1.layers.dense(outputs, 7, use_bias=False, name="memory_layer")
        return x, tf.reduce_sum(keys, 2)

    findings = inspect(save(tmp_path, build).prefix, parts=True)
    assert not findings.stacks[0].dense
    assert [one.what for one in findings.refused] == ["attention"]


def test_a_file_without_a_cell_is_said_to_be_one(tmp_path, capsys):
    from_tf1.main(["inspect", write(tmp_path, {"dense/kernel": np.ones((3, 4), "float32")})])
    assert "No recurrent cell of TensorFlow 1 was found" in capsys.readouterr().out


def test_several_stacks_are_printed(tmp_path, capsys, as_tensorflow_1):
    """An encoder and a decoder, converted from the command line."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        with v1.variable_scope("encoder"):
            _, state = v1.nn.dynamic_rnn(rnn_cell.GRUCell(6), x, dtype=tf.float32)
        with v1.variable_scope("decoder"):
            outputs, _ = v1.nn.dynamic_rnn(rnn_cell.GRUCell(6), x, initial_state=state)
        return x, outputs

    saved = save(tmp_path, build)
    from_tf1.main(["convert", str(saved.prefix), str(tmp_path / "model.keras")])
    out = capsys.readouterr().out
    assert "gives encoder_output" in out and "gives decoder_state_0" in out
