"""TF1 checkpoints of all generations become Keras models that compute the same, or are refused for a true reason."""

import collections
import json
import pickle
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from legacy import story_rnn as legacy
from modern import from_tf1
from modern import story_rnn as modern

v1 = tf.compat.v1
rnn_cell = v1.nn.rnn_cell
Saved = collections.namedtuple("Saved", "prefix run values")
V1, V2 = v1.train.SaverDef.V1, v1.train.SaverDef.V2


def save(folder, build, rename=lambda name: name, meta=True, version=V2, extra=None, name="model.ckpt"):
    """Writes a checkpoint of the graph that `build` builds, with random numbers in its variables.

    `build` returns (placeholder, output); `rename` gives a variable's name in the file; `extra` are arrays that
    stand in the file, too. Returns Saved: the checkpoint's prefix, a function from what is fed to the graph's
    output, and the values under the names in the file.
    """
    rng = np.random.default_rng(1)
    with tf.Graph().as_default():
        fed, output = build()
        for extra_name, array in (extra or {}).items():
            v1.get_variable(extra_name, initializer=array)
        variables = v1.global_variables()
        session = v1.Session()
        session.run(v1.global_variables_initializer())
        values = {}
        for variable in variables:
            array = session.run(variable)
            if variable.op.name not in (extra or {}) and array.dtype == np.float32:
                array = rng.normal(0, 0.5, array.shape).astype("float32")
                variable.load(array, session)
            values[rename(variable.op.name)] = array
        saver = v1.train.Saver({rename(variable.op.name): variable for variable in variables}, write_version=version)
        prefix = saver.save(session, str(folder / name), write_meta_graph=meta, latest_filename=f"{name}.latest")
    return Saved(prefix, lambda x: session.run(output, {fed: x}), values)


def convert(saved, folder, **said):
    """Converts a checkpoint; returns the findings and the model as plain Keras loads it."""
    findings, _, differences = from_tf1.convert(saved.prefix, folder / "model.keras", **said)
    assert max(differences.values()) <= from_tf1.TOLERANCE
    return findings, keras.models.load_model(folder / "model.keras")


def sequences(*shape, ids=None):
    rng = np.random.default_rng(2)
    return rng.integers(0, ids, shape).astype("int32") if ids else rng.normal(size=shape).astype("float32")


def agree(parity, quantity, saved, model, x):
    wanted, told = saved.run(x), np.asarray(model(x))
    largest = max(1.0, np.abs(wanted).max())
    # One rounding in another order, carried over a few steps; measured up to 4e-7 of the largest value.
    parity.close(f"{quantity}, outputs, relative", wanted / largest, told / largest, 2e-6)


def the_cells(findings):
    return [cell for stack in findings.stacks for cell in stack.cells]


# --- whole programs, as they were written ---


def many(cell, count):
    return rnn_cell.MultiRNNCell([cell() for _ in range(count)]) if count > 1 else cell()


def language_model(forget_bias=0.0, count=2, vocab=11, units=6):
    """The PTB tutorial's: embedding, stack, softmax_w, softmax_b."""

    def build():
        with v1.variable_scope("Model"):
            ids = v1.placeholder(tf.int32, [None, 7])
            embedding = v1.get_variable("embedding", [vocab, units])
            inputs = tf.nn.embedding_lookup(embedding, ids)
            cell = many(lambda: rnn_cell.BasicLSTMCell(units, forget_bias=forget_bias), count)
            with v1.variable_scope("RNN"):
                outputs, _ = v1.nn.static_rnn(cell, tf.unstack(inputs, axis=1), dtype=tf.float32)
            output = tf.reshape(tf.concat(outputs, 1), [-1, units])
            softmax_w, softmax_b = v1.get_variable("softmax_w", [units, vocab]), v1.get_variable("softmax_b", [vocab])
            logits = v1.nn.xw_plus_b(output, softmax_w, softmax_b)
        return ids, tf.reshape(logits, [-1, 7, vocab])

    return build


def digits(cell=rnn_cell.BasicLSTMCell, dynamic=False, hidden=False):
    """The MNIST tutorials': rows as steps, the last output through Variable and Variable_1."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        inputs = x
        if hidden:
            weights, biases = tf.Variable(tf.zeros([4, 6])), tf.Variable(tf.zeros([6]))
            inputs = tf.reshape(tf.nn.relu(tf.matmul(tf.reshape(x, [-1, 4]), weights) + biases), [-1, 5, 6])
        weights, biases = tf.Variable(tf.zeros([6, 3])), tf.Variable(tf.zeros([3]))
        if dynamic:
            outputs, _ = v1.nn.dynamic_rnn(cell(6), inputs, dtype=tf.float32)
            last = tf.transpose(outputs, [1, 0, 2])[-1]
        else:
            outputs, _ = v1.nn.static_rnn(cell(6), tf.unstack(inputs, 5, 1), dtype=tf.float32)
            last = v1.nn.dropout(outputs[-1], rate=0.0)
        return x, tf.matmul(last, weights) + biases

    return build


def tagger(merge="concat"):
    """Two directions over an embedding, a label at every step."""

    def build():
        ids = v1.placeholder(tf.int32, [None, None])
        inputs = tf.nn.embedding_lookup(v1.get_variable("word_embeddings", [12, 5]), ids)
        cells = rnn_cell.LSTMCell(6), rnn_cell.LSTMCell(6)
        outputs, _ = v1.nn.bidirectional_dynamic_rnn(*cells, inputs, dtype=tf.float32)
        both = tf.concat(outputs, -1) if merge == "concat" else outputs[0] + outputs[1]
        return ids, v1.layers.dense(both, 4, name="proj")

    return build


def one_hot_characters():
    """hzy46's: one-hot rows of the ids, GRU or LSTM, softmax/w."""
    ids = v1.placeholder(tf.int32, [None, None])
    outputs, _ = v1.nn.dynamic_rnn(many(lambda: rnn_cell.BasicLSTMCell(6), 2), tf.one_hot(ids, 9), dtype=tf.float32)
    with v1.variable_scope("softmax"):
        weights, biases = v1.get_variable("softmax_w", [6, 9]), v1.get_variable("softmax_b", [9])
    logits = tf.matmul(tf.reshape(outputs, [-1, 6]), weights) + biases
    return ids, tf.reshape(logits, [-1, tf.shape(ids)[1], 9])


PROGRAMS = {
    "language model": (language_model(), sequences(2, 7, ids=11)),
    "digits, static": (digits(), sequences(3, 5, 4)),
    "digits, dynamic GRU": (digits(rnn_cell.GRUCell, dynamic=True), sequences(3, 5, 4)),
    "digits, dynamic plain RNN": (digits(rnn_cell.BasicRNNCell, dynamic=True), sequences(3, 5, 4)),
    "sensors, ReLU layer before": (digits(hidden=True), sequences(3, 5, 4)),
    "tagger, both directions": (tagger(), sequences(2, 8, ids=12)),
    "characters, one-hot": (one_hot_characters, sequences(2, 8, ids=9)),
}


@pytest.fixture(params=["TF1 graph", "TF2 graph"])
def graph_kind(request):
    """Loops and variables as TensorFlow 1 wrote them into a graph, or as compat.v1 does it today."""
    if request.param == "TF1 graph":
        v1.disable_control_flow_v2()
        v1.disable_resource_variables()
    yield request.param
    v1.enable_control_flow_v2()
    v1.enable_resource_variables()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_by_its_graph(parity, tmp_path, program, graph_kind):
    build, x = PROGRAMS[program]
    saved = save(tmp_path, build)
    findings, model = convert(saved, tmp_path)
    assert not findings.assumed and not findings.left and not findings.refused
    agree(parity, f"{program}, {graph_kind}", saved, model, x)


# --- names of all generations ---


def layers_of(cell, count=1):
    """One stack on vectors of 4, its outputs at every step."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        outputs, _ = v1.nn.dynamic_rnn(many(cell, count), x, dtype=tf.float32)
        return x, outputs

    return build


def old(name):
    """The name before 0.12."""
    name = re.sub(r"rnn/multi_rnn_cell/cell_(\d+)", r"RNN/MultiRNNCell/Cell\1", name).replace("rnn/", "RNN/")
    name = name.replace("basic_lstm_cell/", "BasicLSTMCell/Linear/").replace("basic_rnn_cell/", "BasicRNNCell/Linear/")
    name = name.replace("gru_cell/gates/", "GRUCell/Gates/Linear/").replace("gru_cell/candidate/", "GRUCell/Candidate/Linear/")
    return re.sub("kernel$", "Matrix", re.sub("bias$", "Bias", name))


def oldest(name):
    name = re.sub(r"rnn/multi_rnn_cell/cell_(\d+)", r"RNN/MultiRNNCell/Cell\1", name).replace("rnn/", "RNN/")
    return name.replace("lstm_cell", "LSTMCell").replace("kernel", "W_0").replace("bias", "B")


def middle(name):
    return name.replace("kernel", "weights").replace("bias", "biases")


NAMINGS = {
    "oldest": (oldest, [rnn_cell.LSTMCell]),
    "old": (old, [rnn_cell.BasicLSTMCell, rnn_cell.GRUCell, rnn_cell.BasicRNNCell]),
    "middle": (middle, [rnn_cell.BasicLSTMCell, rnn_cell.LSTMCell, rnn_cell.GRUCell, rnn_cell.BasicRNNCell]),
    "new": (lambda name: name, [rnn_cell.BasicLSTMCell, rnn_cell.LSTMCell, rnn_cell.GRUCell, rnn_cell.BasicRNNCell]),
}


@pytest.mark.parametrize(
    ("years", "cell", "count", "version"),
    [
        (years, cell, count, version)
        for years, (_, cells) in NAMINGS.items()
        for cell in cells
        for count, version in ((1, V1), (3, V2))
    ],
)
def test_names_of_all_years(parity, tmp_path, years, cell, count, version):
    rename, _ = NAMINGS[years]
    saved = save(tmp_path, layers_of(lambda: cell(6), count), rename, meta=False, version=version)
    findings, model = convert(saved, tmp_path)
    assert [found.kind for found in the_cells(findings)] == [cell.__name__] * count
    assert {found.years for found in the_cells(findings)} == {years}
    assert [(found.inputs, found.units) for found in the_cells(findings)] == [(4, 6), (6, 6), (6, 6)][:count]
    assert findings.reader.format == ("V1" if version == V1 else "V2")
    agree(parity, f"{cell.__name__} of {count} layers, {years} names", saved, model, sequences(2, 5, 4))


SCOPES = {
    "rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell": "rnnlm",
    "rnnlm/rnn_decoder/basic_lstm_cell": "rnnlm_rnn_decoder",
    "Model/RNN/RNN/multi_rnn_cell/cell_0/cell_0/basic_lstm_cell": "model",
    "model/RNN/MultiRNNCell/Cell0/rnn/lstm_cell": "model",
    "rnn/output_projection_wrapper/basic_lstm_cell": "rnn",
    "seq2seq/embedding_wrapper/multi_rnn_cell/cell_0/lstm_cell": "seq2seq",
    "basic_lstm_cell_1": "rnn",
    "decoder/decoder/lstm_cell": "decoder_decoder",
    "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell": "rnn",
    "lstm_block_wrapper": "rnn",
    "ner/lstm_fused_cell": "ner",
    "LSTMBlockCell": "rnn",
}


def write(folder, arrays, name="model.ckpt", version=V2):
    """Writes a checkpoint of arrays, without a graph; returns its prefix."""
    with tf.Graph().as_default(), v1.Session() as session:
        saved = {key: tf.Variable(array) for key, array in arrays.items()}
        session.run(v1.global_variables_initializer())
        saver = v1.train.Saver(saved, write_version=version)
        return saver.save(session, str(folder / name), write_meta_graph=False)


def numbers(*shape, seed=3):
    return np.random.default_rng(seed).normal(0, 0.5, shape).astype("float32")


def lstm_arrays(scope, inputs=4, units=6, seed=3):
    return {
        f"{scope}/kernel": numbers(inputs + units, 4 * units, seed=seed),
        f"{scope}/bias": numbers(4 * units, seed=seed),
    }


@pytest.mark.parametrize("scope", SCOPES)
def test_scopes(tmp_path, scope):
    prefix = write(tmp_path, lstm_arrays(scope))
    findings, _, _ = from_tf1.convert(prefix, tmp_path / "model.keras")
    (stack,) = findings.stacks
    assert (stack.name, stack.inputs, stack.width) == (SCOPES[scope], 4, 6)
    assert not findings.left and not findings.refused
