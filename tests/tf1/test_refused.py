"""What Keras has no layer for is refused, for a true reason."""

import re

import pytest
import tensorflow as tf

from modern import from_tf1
from modern.tf1.findings import inspect
from tests.commands import refused
from tests.tf1.checkpoints import accounted, cell_with, lstm_arrays, numbers, save, write

v1 = tf.compat.v1
rnn_cell = v1.nn.rnn_cell

KERAS_LSTM = {"lstm/kernel": (4, 24), "lstm/recurrent_kernel": (6, 24), "lstm/bias": (24,)}
REFUSED = {
    "peepholes": (cell_with(w_f_diag=(6,), w_i_diag=(6,), w_o_diag=(6,)), "it has peepholes"),
    "projection": (cell_with(projection__kernel=(6, 3)), r"it has a projection of its output \(num_proj\)"),
    "layer norm": (cell_with(input__gamma=(6,), input__beta=(6,)), "it has layer normalization"),
    "layer norm cell": (lstm_arrays("rnn/layer_norm_basic_lstm_cell"), "it has layer normalization"),
    "attention wrapper": (
        lstm_arrays("decoder/attention_wrapper/basic_lstm_cell"),
        "it runs inside attention_wrapper",
    ),
    "attention scope": (
        lstm_arrays("decoder/attention/basic_lstm_cell") | {"decoder/attention/luong_attention/v": numbers(6)},
        "it runs inside decoder/attention",
    ),
    "attention beside": (
        lstm_arrays("rnn/basic_lstm_cell") | {"attention_w": numbers(6, 6)},
        "attention around the cells",
    ),
    "opaque Cudnn": ({"cudnn_lstm/opaque_kernel": numbers(500)}, "Cudnn's own order of weights"),
    "home-made": ({"rnn/my_lstm_cell/W_xh": numbers(4, 24)}, "a cell of the program's own"),
    "home-made under a known name": (cell_with(W_hh=(6, 24)), "a cell of the program's own: a LSTMCell has no W_hh"),
    "NAS": (lstm_arrays("rnn/nas_rnn"), "its own equations"),
    "Keras' layer": ({name: numbers(*shape) for name, shape in KERAS_LSTM.items()}, "in Keras' layout already"),
    "part of a cell": ({"rnn/lstm_cell/kernel": numbers(10, 24)}, "its bias is missing"),
    "a cell's name on other shapes": (
        {"rnn/lstm_cell/kernel": numbers(10, 7), "rnn/lstm_cell/bias": numbers(7)},
        r"named like a LSTMCell, but the shapes \(10, 7\), \(7,\) are not one's",
    ),
    "a scalar": ({"rnn/lstm_cell/kernel": numbers(), "rnn/lstm_cell/bias": numbers()}, "are not one's"),
    "layers that do not follow": (
        lstm_arrays("rnn/multi_rnn_cell/cell_0/lstm_cell") | lstm_arrays("rnn/multi_rnn_cell/cell_1/lstm_cell", 9),
        "something stands between them",
    ),
    "a layer missing": (
        lstm_arrays("rnn/multi_rnn_cell/cell_0/lstm_cell") | lstm_arrays("rnn/multi_rnn_cell/cell_2/lstm_cell", 6),
        "layers are missing",
    ),
    "no cell": ({"dense/kernel": numbers(3, 4), "dense/bias": numbers(4)}, "holds no recurrent cell of TensorFlow 1"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(tmp_path, capsys, what):
    arrays, reason = REFUSED[what]
    prefix = write(tmp_path, arrays)
    assert re.search(reason, refused(from_tf1, capsys, "convert", prefix, tmp_path / "model.keras"))
    assert not (tmp_path / "model.keras").exists()
    accounted(inspect(prefix), arrays)


def clipped():
    x = v1.placeholder(tf.float32, [None, 5, 4])
    return x, v1.nn.dynamic_rnn(rnn_cell.LSTMCell(6, cell_clip=1.0), x, dtype=tf.float32)[0]


def own_activation():
    x = v1.placeholder(tf.float32, [None, 5, 4])
    return x, v1.nn.dynamic_rnn(rnn_cell.LSTMCell(6, activation=lambda t: 2 * t), x, dtype=tf.float32)[0]


def own_gru_activation():
    x = v1.placeholder(tf.float32, [None, 5, 4])
    return x, v1.nn.dynamic_rnn(rnn_cell.GRUCell(6, activation=lambda t: 2 * t), x, dtype=tf.float32)[0]


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (clipped, "its cell state is clipped"),
        (own_activation, "its activation is none"),
        (own_gru_activation, "its activation is none"),
    ],
)
def test_refused_by_the_graph(tmp_path, capsys, build, reason):
    saved = save(tmp_path, build)
    assert reason in refused(from_tf1, capsys, "convert", saved.prefix, tmp_path / "model.keras")


def test_gates_of_another_order_are_seen_in_the_graph(tmp_path, capsys):
    arrays = lstm_arrays("rnn/lstm_cell")
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 10])
        with v1.variable_scope("rnn/lstm_cell"):
            kernel = v1.get_variable("kernel", initializer=arrays["rnn/lstm_cell/kernel"])
            bias = v1.get_variable("bias", initializer=arrays["rnn/lstm_cell/bias"])
        i, f, o, j = tf.split(tf.matmul(x, kernel) + bias, 4, 1)
        tf.multiply(tf.sigmoid(o), tf.tanh(tf.sigmoid(i) * tf.tanh(j) + tf.sigmoid(f + 1.0)))
        session.run(v1.global_variables_initializer())
        prefix = v1.train.Saver().save(session, str(tmp_path / "model.ckpt"))
    line = refused(from_tf1, capsys, "convert", prefix, tmp_path / "model.keras")
    assert "its gates are not in TensorFlow 1's order" in line
