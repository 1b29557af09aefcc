"""TF1 checkpoints of all generations become Keras models that compute the same, or are refused for a true reason."""

import collections
import dataclasses
import itertools
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from legacy import story_rnn as legacy
from modern import from_tf1
from modern import story_rnn as modern
from modern.tf1 import check, checkpoint, errors, vocabulary
from modern.tf1.cells import KINDS, names_of

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
    assert max(differences.values()) <= check.TOLERANCE
    return findings, keras.models.load_model(folder / "model.keras")


def sequences(*shape, ids=None):
    rng = np.random.default_rng(2)
    return rng.integers(0, ids, shape).astype("int32") if ids else rng.normal(size=shape).astype("float32")


def agree(parity, quantity, saved, model, x):
    wanted, told = saved.run(x), np.asarray(model(x))
    largest = max(1.0, np.abs(wanted).max())
    # One rounding in another order, carried over a few steps; measured up to 4e-7 of the largest value.
    parity.close(f"{quantity}, outputs, relative", wanted / largest, told / largest, 2e-6)


def accounted(findings, names):
    """Every variable is in a cell, around one, refused, left, or an optimizer's: once, and none is dropped."""
    found = names_of({cell.scope: cell for cell in the_cells(findings)}.values())
    for stack in findings.stacks:
        denses = [*stack.input_dense, *stack.dense]
        found += [stack.embedding] if stack.embedding else []
        found += [name for one in denses for name in (one.kernel, one.bias) if name and name != stack.embedding]
    found += [name for one in findings.refused for name in one.names]
    found += [*findings.left, *findings.slots, *findings.counters, *findings.averages.values()]
    assert sorted(found) == sorted(names)


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


def trained(optimizer, wrap=lambda cell: cell, count=2, shared=False):
    """A training graph: dropout around every cell, clipped gradients, an optimizer's slots, a learning rate."""

    def build():
        keep = v1.placeholder_with_default(1.0, [])
        ids, targets = v1.placeholder(tf.int32, [None, None]), v1.placeholder(tf.int32, [None, None])
        learning_rate = v1.get_variable("lr", initializer=0.1, trainable=False)
        inputs = v1.nn.dropout(tf.nn.embedding_lookup(v1.get_variable("embedding", [9, 6]), ids), rate=1 - keep)

        def cell():
            return rnn_cell.DropoutWrapper(wrap(rnn_cell.BasicLSTMCell(6, forget_bias=0.3)), output_keep_prob=keep)

        one = cell()
        cells = rnn_cell.MultiRNNCell([one if shared else cell() for _ in range(count)])
        outputs, _ = v1.nn.dynamic_rnn(cells, inputs, dtype=tf.float32)
        logits = v1.layers.dense(outputs, 9, name="fc")
        loss = tf.reduce_mean(v1.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits))
        variables = v1.trainable_variables()
        gradients, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), 5.0)
        step = v1.train.get_or_create_global_step()
        optimizer(learning_rate).apply_gradients(zip(gradients, variables), step)
        return ids, logits

    return build


def reader(outputs_of, last):
    """Vectors of 4 through cells, and what `last` makes of the outputs and states through a dense layer."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        return x, v1.layers.dense(last(*outputs_of(x)), 3)

    return build


def one_way(x, cell=rnn_cell.LSTMCell):
    return v1.nn.dynamic_rnn(cell(6), x, dtype=tf.float32)


def both_ways(x):
    outputs, states = v1.nn.bidirectional_dynamic_rnn(rnn_cell.LSTMCell(6), rnn_cell.LSTMCell(6), x, dtype=tf.float32)
    return tf.concat(outputs, 2), states


def both_ways_unrolled():
    x = v1.placeholder(tf.float32, [None, 5, 4])
    cells = (rnn_cell.BasicLSTMCell(6, forget_bias=0.5) for _ in range(2))
    outputs, _, _ = v1.nn.static_bidirectional_rnn(*cells, tf.unstack(x, 5, 1), dtype=tf.float32)
    return x, tf.matmul(outputs[-1], tf.Variable(tf.zeros([12, 3]))) + tf.Variable(tf.zeros([3]))


def both_ways_two_layers():
    """Each direction's two layers on their own, as bidirectional_dynamic_rnn over MultiRNNCell runs them."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    cells = (many(lambda: rnn_cell.GRUCell(6), 2) for _ in range(2))
    outputs, _ = v1.nn.bidirectional_dynamic_rnn(*cells, x, dtype=tf.float32)
    return x, v1.layers.dense(tf.concat(outputs, 2), 3)


def both_ways_two_levels():
    """The second level reads both directions of the first, as stack_bidirectional_dynamic_rnn runs them."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    y = x
    with v1.variable_scope("stack_bidirectional_rnn"):
        for level in range(2):
            with v1.variable_scope(f"cell_{level}"):
                y, _ = both_ways(y)
    return x, v1.layers.dense(y, 3)


def label_at_every_step():
    """static_rnn with a product for each step, as sequence labellers wrote it."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    outputs, _ = v1.nn.static_rnn(rnn_cell.BasicLSTMCell(6), tf.unstack(x, 5, 1), dtype=tf.float32)
    weights, biases = tf.Variable(tf.zeros([6, 3])), tf.Variable(tf.zeros([3]))
    return x, tf.stack([tf.matmul(v1.nn.dropout(output, rate=0.0), weights) + biases for output in outputs], 1)


def relu_regression():
    """Predicts a series: a plain RNN with ReLU, one number in and one out at every step."""
    x = v1.placeholder(tf.float32, [None, 5, 1])
    outputs, _ = v1.nn.dynamic_rnn(rnn_cell.BasicRNNCell(6, activation=tf.nn.relu), x, dtype=tf.float32)
    weights, biases = tf.Variable(tf.zeros([6, 1])), tf.Variable(tf.zeros([1]))
    return x, tf.reshape(tf.matmul(tf.reshape(outputs, [-1, 6]), weights) + biases, [-1, 5, 1])


def fused():
    """What tf.contrib.rnn.LSTMBlockFusedCell runs: one operation for all steps."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    with v1.variable_scope("lm/lstm_cell"):
        kernel, bias = v1.get_variable("kernel", [10, 24]), v1.get_variable("bias", [24])
    state, none = tf.zeros([tf.shape(x)[0], 6]), tf.zeros([6])
    result = tf.raw_ops.BlockLSTM(
        seq_len_max=tf.constant(5, tf.int64), x=tf.transpose(x, [1, 0, 2]), cs_prev=state, h_prev=state, w=kernel,
        wci=none, wcf=none, wco=none, b=bias, forget_bias=0.25, cell_clip=-1.0, use_peephole=False,
    )  # fmt: skip
    return x, tf.transpose(result.h, [1, 0, 2])


def own_name():
    """A cell that the program named itself: its gates in the graph tell what it is."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    cell = rnn_cell.LSTMCell(6, forget_bias=0.4, name="reader")
    return x, v1.nn.dynamic_rnn(cell, x, dtype=tf.float32)[0]


def embedded(x, rows=9, size=4):
    return tf.nn.embedding_lookup(v1.get_variable("embedding", [rows, size]), x)


def characters(inputs, outputs, cell=rnn_cell.LSTMCell, size=4):
    """Ids through an embedding and `inputs` into a cell, what it gives through `outputs`."""

    def build():
        ids = v1.placeholder(tf.int32, [None, 8])
        told, _ = v1.nn.dynamic_rnn(cell(6), inputs(embedded(ids, size=size)), dtype=tf.float32)
        return ids, outputs(told)

    return build


def dropped_in_training(x):
    """tf.layers.dropout(x, training=placeholder), as TensorFlow 1 wrote it: a condition around it."""
    training = v1.placeholder_with_default(False, [])
    return v1.cond(training, lambda: v1.nn.dropout(x, rate=0.5), lambda: tf.identity(x))


def last(outputs):
    return v1.layers.dense(outputs[:, -1], 3)


def every(outputs):
    return v1.layers.dense(outputs, 3)


def layers_around(x):
    return v1.layers.dense(v1.layers.dense(x, 7, tf.nn.relu), 5, tf.tanh)


def turned_around():
    """proj_w stands a row a word, as sampled_softmax_loss wants it."""
    ids = v1.placeholder(tf.int32, [None, 8])
    outputs, _ = v1.nn.dynamic_rnn(rnn_cell.GRUCell(6), embedded(ids), dtype=tf.float32)
    kernel, bias = v1.get_variable("proj_w", [9, 6]), v1.get_variable("proj_b", [9])
    loss = tf.nn.sampled_softmax_loss(kernel, bias, tf.reshape(ids, [-1, 1]), tf.reshape(outputs, [-1, 6]), 4, 9)
    v1.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_mean(loss))
    logits = tf.matmul(tf.reshape(outputs, [-1, 6]), tf.transpose(kernel)) + bias
    return ids, tf.reshape(logits, [-1, 8, 9])


def tied():
    """One matrix is the embedding and, turned around, the output layer."""
    ids = v1.placeholder(tf.int32, [None, 8])
    outputs, _ = v1.nn.dynamic_rnn(rnn_cell.LSTMCell(6), embedded(ids, size=6), dtype=tf.float32)
    with v1.variable_scope("", reuse=True):
        table = v1.get_variable("embedding")
    logits = tf.matmul(tf.reshape(outputs, [-1, 6]), table, transpose_b=True) + v1.get_variable("softmax_b", [9])
    return ids, tf.reshape(logits, [-1, 8, 9])


def one_after_the_other(scopes, unrolled=False):
    """Two stacks in scopes of their own; a dropout stands between them."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        y = x
        for scope, cell in zip(scopes, (rnn_cell.GRUCell(5), rnn_cell.LSTMCell(6))):
            with v1.variable_scope(scope):
                if unrolled:
                    outputs, _ = v1.nn.static_rnn(cell, tf.unstack(y, 5, 1), dtype=tf.float32)
                    y = tf.stack(outputs, 1)
                else:
                    y, _ = v1.nn.dynamic_rnn(cell, y, dtype=tf.float32)
            y = dropped_in_training(y)
        return x, last(y)

    return build


def in_parts():
    """A partitioner's scope: the graph holds a kernel's parts, the checkpoint the whole."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    initializer = v1.random_uniform_initializer(-0.5, 0.5, seed=1)  # without a seed, tf_keras warns of equal parts
    with v1.variable_scope("model", initializer=initializer, partitioner=v1.fixed_size_partitioner(2)):
        return x, v1.nn.dynamic_rnn(rnn_cell.BasicLSTMCell(6, forget_bias=0.2), x, dtype=tf.float32)[0]


def pair(x):
    cells = rnn_cell.LSTMCell(6), rnn_cell.LSTMCell(6)
    outputs, _ = v1.nn.bidirectional_dynamic_rnn(*cells, x, dtype=tf.float32)
    return outputs, None


IDS, VECTORS = sequences(2, 8, ids=9), sequences(3, 5, 4)
PROGRAMS = {
    "language model": (language_model(), sequences(2, 7, ids=11)),
    "digits, static": (digits(), VECTORS),
    "digits, dynamic GRU": (digits(rnn_cell.GRUCell, dynamic=True), VECTORS),
    "digits, static plain RNN": (digits(rnn_cell.BasicRNNCell), VECTORS),
    "sensors, ReLU layer before": (digits(hidden=True), VECTORS),
    "tagger, both directions": (tagger(), sequences(2, 8, ids=12)),
    "characters, one-hot": (one_hot_characters, IDS),
    "trained with Adam": (trained(v1.train.AdamOptimizer), IDS),
    "trained with RMSProp, one cell's weights three times": (
        trained(v1.train.RMSPropOptimizer, count=3, shared=True),
        IDS,
    ),
    "trained with Momentum, residual": (
        trained(lambda rate: v1.train.MomentumOptimizer(rate, 0.9), rnn_cell.ResidualWrapper),
        IDS,
    ),
    "last state": (reader(one_way, lambda outputs, state: state.h), VECTORS),
    "mean of the steps": (reader(one_way, lambda outputs, state: tf.reduce_mean(outputs, 1)), VECTORS),
    "both directions, last step": (reader(both_ways, lambda outputs, states: outputs[:, -1]), VECTORS),
    "both directions, last states": (
        reader(both_ways, lambda outputs, states: tf.concat([state.h for state in states], 1)),
        VECTORS,
    ),
    "both directions, static": (both_ways_unrolled, VECTORS),
    "both directions, two layers each": (both_ways_two_layers, VECTORS),
    "both directions, two levels": (both_ways_two_levels, VECTORS),
    "label at every step, static": (label_at_every_step, VECTORS),
    "series, ReLU": (relu_regression, sequences(3, 5, 1)),
    "fused": (fused, VECTORS),
    "a name of its own": (own_name, VECTORS),
    "dropout in training alone": (characters(dropped_in_training, lambda told: last(dropped_in_training(told))), IDS),
    "a layer after the embedding": (
        characters(lambda x: v1.layers.dense(x, 7, use_bias=False, name="wide"), every),
        IDS,
    ),
    "a layer of the embedding's size": (characters(lambda x: v1.layers.dense(x, 4, tf.nn.relu, name="in"), every), IDS),
    "two layers before, two after": (
        lambda: (x := v1.placeholder(tf.float32, [None, 5, 4]), every(layers_around(one_way(layers_around(x))[0]))),
        VECTORS,
    ),
    "both directions, each one's end": (
        reader(pair, lambda outputs, _: tf.concat([outputs[0][:, -1], outputs[1][:, 0]], 1)),
        VECTORS,
    ),
    "both directions, their average": (
        reader(pair, lambda outputs, _: (outputs[0] + outputs[1]) / 2),
        VECTORS,
    ),
    "output layer turned around": (turned_around, IDS),
    "output layer and embedding in one": (tied, IDS),
    "one stack after the other": (one_after_the_other(["below", "above"]), VECTORS),
    "one stack after the other, static": (one_after_the_other(["below", "above"], unrolled=True), VECTORS),
}
IN_BOTH_GRAPHS = ("language model", "digits, dynamic GRU", "characters, one-hot", "trained with Adam", "last state")


@pytest.fixture
def as_tensorflow_1():
    """Loops and variables in the graph as TensorFlow 1 wrote them, not as compat.v1 does today."""
    v1.disable_control_flow_v2()
    v1.disable_resource_variables()
    yield
    v1.enable_control_flow_v2()
    v1.enable_resource_variables()


def converts(parity, folder, name):
    build, x = PROGRAMS[name]
    saved = save(folder, build)
    findings, model = convert(saved, folder)
    accounted(findings, saved.values)
    assert not findings.assumed and not findings.refused and not findings.left
    assert ("lr" in findings.counters) == name.startswith("trained")
    agree(parity, name, saved, model, x)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_by_its_graph(parity, tmp_path, name, as_tensorflow_1):
    converts(parity, tmp_path, name)


@pytest.mark.parametrize("name", IN_BOTH_GRAPHS)
def test_a_program_by_the_graph_of_today(parity, tmp_path, name):
    converts(parity, tmp_path, name)


def two_layers(x):
    return v1.nn.dynamic_rnn(many(lambda: rnn_cell.LSTMCell(6), 2), x, dtype=tf.float32)


def normalized(x):
    values = [v1.get_variable(f"bn/{name}", [6]) for name in ("mean", "variance", "beta", "gamma")]
    return tf.nn.batch_normalization(x, values[0], tf.square(values[1]), values[2], values[3], 1e-3)


def attended(outputs):
    scores = tf.tensordot(tf.tanh(tf.tensordot(outputs, v1.get_variable("w_omega", [12, 7]), 1)), tf.ones([7]), 1)
    return tf.reduce_sum(outputs * tf.nn.softmax(scores)[..., None], 1)


NOT_PLACED = {
    "the first step": (one_way, lambda outputs, state: outputs[:, 0]),
    "one step that is not the last": (one_way, lambda outputs, state: outputs[:, -2]),
    "the state c of rnn/lstm_cell, not its output h": (one_way, lambda outputs, state: state.c),
    "the output of rnn/multi_rnn_cell/cell_0/lstm_cell": (two_layers, lambda outputs, states: states[0].h),
    "what Relu makes of the outputs": (one_way, lambda outputs, state: tf.nn.relu(outputs[:, -1])),
    "a sum of the outputs and something else": (one_way, lambda outputs, state: normalized(outputs[:, -1])),
    "what Sum makes of the outputs": (both_ways, lambda outputs, states: attended(outputs)),
    "the backward direction before the forward one": (pair, lambda outputs, _: tf.concat(outputs[::-1], 2)),
    "first-step of the forward direction with last-step of the backward one": (
        pair,
        lambda outputs, _: tf.concat([outputs[0][:, 0], outputs[1][:, -1]], 1),
    ),
}


@pytest.mark.parametrize("reason", NOT_PLACED)
def test_what_the_output_layer_sees_is_none_that_a_model_has(tmp_path, reason, as_tensorflow_1):
    saved = save(tmp_path, reader(*NOT_PLACED[reason]))
    findings = from_tf1.inspect(saved.prefix)
    accounted(findings, saved.values)
    assert any(f"dense/kernel sees {reason}: not placed" in line for line in findings.assumed), findings.assumed
    assert {"dense/kernel", "dense/bias"} <= set(findings.left)
    findings = from_tf1.inspect(saved.prefix, dense=["dense/kernel"])
    assert any(f"dense/kernel sees every step; in the graph, {reason}" in line for line in findings.assumed)


def after_the_image(x):
    image = v1.layers.dense(tf.ones([2, 3]), 4, name="image")
    return tf.concat([image[:, None], x], 1)


NOT_FED = {
    "what Conv2D makes of its input": lambda x: tf.nn.conv1d(x, v1.get_variable("conv", [3, 4, 4]), 1, "SAME"),
    "what Mul makes of its input": lambda x: 2.0 * x,
    "several things side by side": after_the_image,
    "rows of a table that is no variable": lambda x: tf.nn.embedding_lookup(numbers(9, 4), tf.argmax(x, 2)),
}


@pytest.mark.parametrize("reason", NOT_FED)
def test_what_feeds_the_cells_is_none_that_a_model_has(tmp_path, reason, as_tensorflow_1):
    saved = save(tmp_path, characters(NOT_FED[reason], last))
    findings = from_tf1.inspect(saved.prefix)
    accounted(findings, saved.values)
    assert any(f"in the graph it is fed with {reason}, which is left out" in line for line in findings.assumed)
    assert "embedding" in findings.left
    assert convert(saved, tmp_path)[1].input_shape == (None, None, 4)


def test_a_step_that_the_graph_computes(parity, tmp_path, as_tensorflow_1):
    """The last one of each sequence, as a row of them all."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        lengths = v1.placeholder_with_default(tf.fill([tf.shape(x)[0]], 5), [None])
        outputs, _ = v1.nn.dynamic_rnn(rnn_cell.GRUCell(6), x, lengths, dtype=tf.float32)
        rows = tf.range(tf.shape(x)[0]) * 5 + lengths - 1
        return x, v1.layers.dense(tf.gather(tf.reshape(outputs, [-1, 6]), rows), 3)

    saved = save(tmp_path, build)
    findings, model = convert(saved, tmp_path)
    assert any("taken for each sequence's last" in line for line in findings.assumed)
    agree(parity, "a step that the graph computes", saved, model, VECTORS)


def test_heads_are_asked_for(tmp_path, as_tensorflow_1):
    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        last = one_way(x)[0][:, -1]
        return x, (v1.layers.dense(last, 3, name="policy"), v1.layers.dense(last, 1, name="value"))

    saved = save(tmp_path, build)
    findings = from_tf1.inspect(saved.prefix)
    assert any("policy/kernel, value/kernel all see its outputs: none is placed" in line for line in findings.assumed)
    _, model = convert(saved, tmp_path, dense=["value/kernel"])  # what it sees, the graph tells
    assert np.allclose(model(VECTORS), saved.run(VECTORS)[1], atol=2e-6)


def test_a_model_and_its_copy(parity, tmp_path, as_tensorflow_1):
    """Each stack's layers are its own, as the graph connects them."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        told = []
        for scope in ("main", "target"):
            with v1.variable_scope(scope):
                told.append(v1.layers.dense(one_way(x)[0][:, -1], 3))
        return x, told[0]

    saved = save(tmp_path, build)
    findings, model = convert(saved, tmp_path, stack="main")
    assert [stack.dense[0].kernel for stack in findings.stacks] == ["main/dense/kernel"]
    agree(parity, "one of two models in a checkpoint", saved, model, VECTORS)


def test_what_else_feeds_the_cells_is_said(tmp_path, as_tensorflow_1):
    """A picture makes the state with which the words begin."""

    def build():
        ids, picture = v1.placeholder(tf.int32, [2, 8]), v1.placeholder_with_default(np.ones([2, 3], "float32"), [2, 3])
        cell = rnn_cell.BasicLSTMCell(6)
        with v1.variable_scope("lstm") as scope:
            _, state = cell(v1.layers.dense(picture, 4, name="picture"), cell.zero_state(2, tf.float32))
            scope.reuse_variables()
        with v1.variable_scope("text"):
            inputs = embedded(ids)
        outputs, _ = v1.nn.dynamic_rnn(cell, inputs, initial_state=state, scope=scope)
        with v1.variable_scope("out"):
            return ids, every(outputs)

    findings = from_tf1.inspect(save(tmp_path, build).prefix)
    (stack,) = findings.stacks
    assert (stack.embedding, stack.input_dense) == ("text/embedding", [])
    assert any("the graph feeds it with vectors through lstm/picture/kernel, too" in line for line in findings.assumed)


def test_a_kernel_in_parts(tmp_path, as_tensorflow_1):
    with tf.Graph().as_default(), v1.Session() as session:
        in_parts()
        session.run(v1.global_variables_initializer())
        prefix = v1.train.Saver().save(session, str(tmp_path / "model.ckpt"))
    findings, _, _ = from_tf1.convert(prefix, tmp_path / "model.keras")
    assert [(cell.forget_bias, cell.learned["forget_bias"]) for cell in the_cells(findings)] == [(0.2, "graph")]


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
    name = name.replace("gru_cell/gates/", "GRUCell/Gates/Linear/").replace(
        "gru_cell/candidate/", "GRUCell/Candidate/Linear/"
    )
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
    ("years", "cell", "count"),
    [(years, cell, 1 + at % 3) for years, (_, cells) in NAMINGS.items() for at, cell in enumerate(cells)],
)
def test_names_of_all_years(parity, tmp_path, years, cell, count):
    rename, _ = NAMINGS[years]
    version = V1 if years in ("oldest", "old") else V2
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
    "tagger/bidirectional_rnn/fw/fw_cell/lstm_cell": "tagger",
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
    findings = from_tf1.inspect(prefix)
    (stack,) = findings.stacks
    assert (stack.name, stack.inputs, stack.width) == (SCOPES[scope], 4, 6)
    assert not findings.left and not findings.refused


@pytest.mark.parametrize(
    ("scope", "arrays", "weights"),
    [
        (
            "GRUBlockCell",
            {"w_ru": (10, 12), "b_ru": (12,), "w_c": (10, 6), "b_c": (6,)},
            [(4, 18), (6, 18), (18,)],
        ),
        (
            "cudnn_gru/rnn/multi_rnn_cell/cell_0/cudnn_compatible_gru_cell",
            {
                "gates/kernel": (10, 12),
                "gates/bias": (12,),
                "candidate/input_projection/kernel": (4, 6),
                "candidate/input_projection/bias": (6,),
                "candidate/hidden_projection/kernel": (6, 6),
                "candidate/hidden_projection/bias": (6,),
            },
            [(4, 18), (6, 18), (2, 18)],
        ),
        ("lstm_block_wrapper", {"weights": (10, 24), "biases": (24,)}, [(4, 24), (6, 24), (24,)]),
        ("cudnn_compatible_lstm_cell", {"kernel": (10, 24), "bias": (24,)}, [(4, 24), (6, 24), (24,)]),
        ("RNN/LSTMCell", {"W_0": (5, 24), "W_1": (5, 24), "B": (24,)}, [(4, 24), (6, 24), (24,)]),
    ],
)
def test_cells_that_compat_v1_no_longer_makes(tmp_path, scope, arrays, weights):
    prefix = write(tmp_path, {f"{scope}/{name}": numbers(*shape) for name, shape in arrays.items()})
    _, model, differences = from_tf1.convert(prefix, tmp_path / "model.keras")
    assert [weight.shape for weight in model.get_weights()] == weights
    assert max(differences.values()) <= check.TOLERANCE  # against TensorFlow's own operations


def test_cudnn_gru_is_not_a_gru(tmp_path):
    """The reset gate acts after the product with the state: the hidden bias is inside it."""
    x, h = numbers(1, 4), numbers(1, 6)
    arrays = [numbers(10, 12), numbers(12), numbers(4, 6), numbers(6), numbers(6, 6), numbers(6, seed=9)]
    layer = keras.layers.GRU(6, reset_after=True)
    layer.build((1, 1, 4))
    layer.set_weights(from_tf1.cudnn_gru_weights(*arrays))
    r, u = np.split(1 / (1 + np.exp(-(np.concatenate([x, h], 1) @ arrays[0] + arrays[1]))), 2, 1)
    c = np.tanh(x @ arrays[2] + arrays[3] + r * (h @ arrays[4] + arrays[5]))
    assert np.allclose(layer(x[:, None], initial_state=h), u * h + (1 - u) * c, atol=1e-6)


# --- what the file cannot tell ---


def ptb(forget=None):
    cells = {f"Model/RNN/multi_rnn_cell/cell_{at}/basic_lstm_cell": at for at in (0, 1)}
    arrays = {"Model/embedding": numbers(11, 6), "Model/softmax_w": numbers(6, 11), "Model/softmax_b": numbers(11)}
    for scope, at in cells.items():
        arrays |= lstm_arrays(scope, inputs=6, seed=at)
    return arrays


def test_forget_bias_without_a_graph(parity, tmp_path):
    saved = save(tmp_path, language_model(forget_bias=0.0), meta=False)
    findings, model = convert(saved, tmp_path, forget_bias=0.0)
    agree(parity, "forget bias 0 by flag", saved, model, sequences(2, 7, ids=11))
    findings, model = convert(saved, tmp_path)
    assert {cell.forget_bias for cell in the_cells(findings)} == {1.0}
    assert {cell.learned["forget_bias"] for cell in the_cells(findings)} == {"assumed"}
    assert any("--forget-bias" in line and "set 0.0" in line for line in findings.assumed)
    wanted, told = saved.run(sequences(2, 7, ids=11)), np.asarray(model(sequences(2, 7, ids=11)))
    parity.drift("forget bias 1 where it was 0, logits", wanted, told, 1e-2)


def test_activation_without_a_graph(parity, tmp_path):
    saved = save(tmp_path, relu_regression, meta=False)
    findings, model = convert(saved, tmp_path, activation="relu")
    agree(parity, "ReLU by flag", saved, model, sequences(3, 5, 1))
    assert any("--activation" in line for line in convert(saved, tmp_path)[0].assumed)


def test_shared_layers_without_a_graph(parity, tmp_path):
    build = trained(v1.train.AdagradOptimizer, count=3, shared=True)
    saved = save(tmp_path, build, meta=False)
    findings, model = convert(saved, tmp_path, shared_layers=3, forget_bias=0.3)
    agree(parity, "[cell] * 3 by flag", saved, model, IDS)
    assert any("--shared-layers" in line for line in convert(saved, tmp_path)[0].assumed)
    with pytest.raises(errors.InputError, match="reads 4 numbers and has 6 units"):
        from_tf1.inspect(write(tmp_path, lstm_arrays("rnn/basic_lstm_cell"), "other"), shared_layers=2)


def test_one_hot_and_last_step_without_a_graph(parity, tmp_path):
    saved = save(tmp_path, one_hot_characters, meta=False)
    findings, model = convert(saved, tmp_path, one_hot=True)
    agree(parity, "one-hot by flag", saved, model, IDS)
    assert any("--one-hot" in line for line in convert(saved, tmp_path)[0].assumed)
    saved = save(tmp_path, digits(hidden=True), meta=False, name="digits")
    findings, model = convert(saved, tmp_path, gives="last-step", input_dense=["Variable:relu"])
    agree(parity, "layers by flag", saved, model, VECTORS)


def test_directions_that_are_added(parity, tmp_path):
    """The graph shows it; without it, the size of the output layer lets one ask."""
    for at, (meta, flags) in enumerate(((True, {}), (False, {"merge": "sum"}))):
        saved = save(tmp_path, tagger("sum"), meta=meta, name=f"model-{at}")
        if not meta:
            assert any("--merge sum" in line for line in convert(saved, tmp_path)[0].assumed)
        findings, model = convert(saved, tmp_path, **flags)
        how = "by flag" if flags else "by the graph"
        agree(parity, f"directions added {how}", saved, model, sequences(2, 8, ids=12))


def test_layers_by_their_numbers(tmp_path):
    arrays = lstm_arrays("lstm_1/rnn/basic_lstm_cell") | lstm_arrays("lstm_2/rnn/basic_lstm_cell", inputs=6)
    prefix = write(tmp_path, arrays)
    findings = from_tf1.inspect(prefix)
    assert [len(stack.levels) for stack in findings.stacks] == [2]
    assert any("--separate" in line for line in findings.assumed)
    assert [len(stack.levels) for stack in from_tf1.inspect(prefix, separate=True).stacks] == [1, 1]


def test_copies_are_no_layers(tmp_path):
    """The workers of an actor and critic: as many units as inputs, but each has an output layer of its own."""
    arrays = {}
    for worker in ("worker_0", "worker_1"):
        arrays |= lstm_arrays(f"{worker}/rnn/basic_lstm_cell", inputs=6)
        arrays |= {f"{worker}/fc/weights": numbers(6, 2), f"{worker}/fc/biases": numbers(2)}
    findings = from_tf1.inspect(write(tmp_path, arrays))
    assert [stack.name for stack in findings.stacks] == ["worker_0", "worker_1"]
    assert [stack.dense[0].kernel for stack in findings.stacks] == ["worker_0/fc/weights", "worker_1/fc/weights"]


def test_a_cell_named_by_flag(parity, tmp_path):
    saved = save(tmp_path, own_name, meta=False)
    (refused,) = from_tf1.inspect(saved.prefix).refused
    assert "--cell rnn/reader=BasicLSTMCell" in refused.reason
    findings, model = convert(saved, tmp_path, cells={"rnn/reader": "LSTMCell"}, forget_bias=0.4)
    agree(parity, "a cell named by flag", saved, model, VECTORS)


@pytest.mark.parametrize(
    ("arrays", "embedding", "dense"),
    [
        ({"Variable": (20, 4), "fc/weights": (6, 2), "fc/biases": (2,)}, "Variable", ["fc/weights"]),
        ({"text/W_text": (20, 4), "output/W": (6, 2), "output/b": (2,)}, "text/W_text", ["output/W"]),
        ({"softmax/Variable": (6, 9), "softmax/Variable_1": (9,)}, None, ["softmax/Variable"]),
        (
            {
                "embedding": (20, 4),
                "score/fc1/kernel": (6, 6),
                "score/fc1/bias": (6,),
                "score/fc2/kernel": (6, 2),
                "score/fc2/bias": (2,),
            },
            "embedding",
            ["score/fc1/kernel", "score/fc2/kernel"],
        ),
        (
            {"W_out": (6, 2), "b_out": (2,), "embedding_matrix": (20, 4), "transitions": (2, 2)},
            "embedding_matrix",
            ["W_out"],
        ),
        ({"w1": (6, 5), "b1": (5,), "w2": (6, 5), "b2": (5,)}, None, []),  # which comes first cannot be told
        ({"word_embeddings": (20, 4), "char_embeddings": (9, 4)}, None, []),
    ],
)
def test_what_stands_around(tmp_path, arrays, embedding, dense):
    arrays = {name: numbers(*shape) for name, shape in arrays.items()}
    findings = from_tf1.inspect(write(tmp_path, lstm_arrays("rnn/basic_lstm_cell") | arrays))
    (stack,) = findings.stacks
    assert stack.embedding == embedding
    assert [one.kernel for one in stack.dense] == dense
    accounted(findings, findings.reader.shapes)


def test_averages_and_slots(tmp_path):
    arrays = ptb()
    averages = {f"{name}/ExponentialMovingAverage": array + 1 for name, array in arrays.items()}
    slots = {f"{name}/{slot}": array for name, array in arrays.items() for slot in ("Adam", "Adam_1", "OwnSlot")}
    slots |= {f"train/{name}/RMSProp": array for name, array in arrays.items()}
    counters = {"global_step": np.int64(7), "train/beta1_power": np.float32(0.9)}
    prefix = write(tmp_path, arrays | averages | slots | counters)
    findings = from_tf1.inspect(prefix)
    accounted(findings, findings.reader.shapes)
    assert len(findings.slots) == 4 * len(arrays) and sorted(findings.counters) == sorted(counters)
    assert not findings.left
    _, model, _ = from_tf1.convert(prefix, tmp_path / "model.keras")
    assert np.array_equal(model.get_layer("embedding").get_weights()[0], arrays["Model/embedding"])
    _, model, _ = from_tf1.convert(prefix, tmp_path / "model.keras", averages=True)
    assert np.array_equal(model.get_layer("embedding").get_weights()[0], arrays["Model/embedding"] + 1)
    with pytest.raises(errors.InputError, match="averages alone: --averages"):
        from_tf1.inspect(write(tmp_path, averages, "averages"))
    with pytest.raises(errors.InputError, match="holds no ExponentialMovingAverage"):
        from_tf1.inspect(write(tmp_path, arrays, "plain"), averages=True)


# --- encoder and decoder ---


def test_encoder_and_decoder(parity, tmp_path):
    """Two stacks in one file: one model holds both, and the encoder's last states start the decoder."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        with v1.variable_scope("encoder"):
            cells = many(lambda: rnn_cell.LSTMCell(6), 2)
            _, states = v1.nn.dynamic_rnn(cells, x, dtype=tf.float32)
        with v1.variable_scope("decoder"):
            cells = many(lambda: rnn_cell.LSTMCell(6), 2)
            outputs, _ = v1.nn.dynamic_rnn(cells, x[:, ::-1], initial_state=states)
            return x, v1.layers.dense(outputs, 3, name="projection")

    saved = save(tmp_path, build)
    findings, model = convert(saved, tmp_path)
    assert {stack.name for stack in findings.stacks} == {"encoder", "decoder"}
    x = VECTORS
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    zeros = [keras.ops.zeros((len(x), state.shape[1])) for state in encoder.inputs[1:]]
    _, *states = encoder([keras.ops.convert_to_tensor(x), *zeros])
    told, *_ = decoder([keras.ops.convert_to_tensor(x[:, ::-1]), *states])
    parity.close("encoder and decoder, outputs", saved.run(x), told, 2e-6)
    alone = from_tf1.inspect(saved.prefix, stack="encoder")
    assert not alone.assumed and "projection/kernel" in " ".join(alone.left)  # the decoder's, not the encoder's


def test_one_stack_of_several(tmp_path):
    arrays = lstm_arrays("encoder/rnn/lstm_cell") | lstm_arrays("decoder/rnn/lstm_cell", inputs=3)
    prefix = write(tmp_path, arrays)
    _, model, _ = from_tf1.convert(prefix, tmp_path / "model.keras", stack="decoder")
    assert model.input_shape == (None, None, 3)
    with pytest.raises(errors.InputError, match="no stack is named other; there are: decoder, encoder"):
        from_tf1.inspect(prefix, stack="other")
    with pytest.raises(errors.InputError, match="choose it with --stack: decoder, encoder"):
        from_tf1.convert(prefix, tmp_path / "model.keras", stateful=1)
    with pytest.raises(errors.InputError, match="--stack: decoder, encoder"):
        from_tf1.inspect(prefix, gives="last-step")


# --- the model ---


def test_a_stateful_model_goes_on(tmp_path):
    prefix = write(tmp_path, ptb())
    _, whole, _ = from_tf1.convert(prefix, tmp_path / "whole.keras")
    _, stateful, _ = from_tf1.convert(prefix, tmp_path / "model.keras", stateful=2)
    ids = sequences(2, 8, ids=11)
    parts = [stateful(ids[:, :3]), stateful(ids[:, 3:])]
    assert np.allclose(np.concatenate(parts, 1), whole(ids), atol=1e-6)
    both = {f"rnn/bidirectional_rnn/{direction}/lstm_cell": 4 for direction in ("fw", "bw")}
    arrays = {name: array for scope in both for name, array in lstm_arrays(scope).items()}
    with pytest.raises(errors.InputError, match="no state to go on from"):
        from_tf1.convert(write(tmp_path, arrays, "both"), tmp_path / "both.keras", stateful=1)


def padded(gives):
    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        cells = rnn_cell.LSTMCell(6, forget_bias=0.7), rnn_cell.LSTMCell(6, forget_bias=0.7)
        if gives == "last step":
            _, state = v1.nn.dynamic_rnn(cells[0], x, [5, 3, 1], dtype=tf.float32)
            return x, v1.layers.dense(state.h, 3)
        outputs, states = v1.nn.bidirectional_dynamic_rnn(*cells, x, [5, 3, 1], dtype=tf.float32)
        both = tf.concat(outputs if gives == "every step" else [state.h for state in states], -1)
        return x, v1.layers.dense(both, 3)

    return build


@pytest.mark.parametrize("gives", ["every step", "last step", "last states"])
def test_padded_sequences(parity, tmp_path, gives):
    saved = save(tmp_path, padded(gives))
    findings, model = convert(saved, tmp_path, mask=True)
    mask = np.arange(5) < np.array([[5], [3], [1]])
    assert any("--mask" in line for line in findings.assumed)
    parity.close(f"sequence_length, {gives}", saved.run(VECTORS), model([VECTORS, mask]), 2e-6)


def test_weights_only(tmp_path):
    _, model, _ = from_tf1.convert(write(tmp_path, ptb()), tmp_path / "weights.npz", weights_only=True)
    with np.load(tmp_path / "weights.npz") as kept:
        assert list(kept) == [
            "embedding/embeddings",
            *(f"lstm_{layer}/{name}" for layer in (0, 1) for name in ("kernel", "recurrent_kernel", "bias")),
            *("output/kernel", "output/bias"),
        ]
        for name, values in zip(kept, model.get_weights(), strict=True):
            assert np.array_equal(kept[name], values)


def test_the_model_needs_nothing_of_ours(tmp_path):
    from_tf1.convert(write(tmp_path, ptb()), tmp_path / "model.keras")
    code = "import keras, sys; print(keras.models.load_model('model.keras').output_shape, 'modern' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.stdout == "(None, None, 11) False\n", run.stderr


@pytest.mark.parametrize(
    "content", ["a\nb\nc\n", '["a", "b", "c"]', '{"c": 2, "a": 0, "b": 1}', '{"words": ["b", "a", "a"]}']
)
def test_vocabularies(tmp_path, content):
    file = tmp_path / ("words.json" if content[0] in "[{" else "words.txt")
    file.write_text(content)
    wanted = ["a", "b"] if "words" in content else ["a", "b", "c"]
    assert vocabulary.read_vocabulary(file) == (wanted, None)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("words.txt", b"a\n\nb", "a word a line"),
        ("words.txt", b"a\na", "each once"),
        ("words.txt", b"\xff", "not UTF-8 text"),
        ("words.json", b"{", "not JSON"),
        ("words.json", b'{"a": 1, "b": 3}', "an id of its own, from 0 to 1"),
        ("words.json", b"[]", "a word a line"),
        ("words.json", b"[1, 2]", "a word a line"),
        ("words.json", b'{"words": ["a"], "n_input": "3"}', "n_input is '3'"),
        ("words.pkl", b"", "a pickle runs whatever it holds"),
        ("missing.txt", None, "No such file"),
    ],
)
def test_vocabularies_are_refused(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(errors.InputError, match=message):
        vocabulary.read_vocabulary(tmp_path / name)


def test_a_vocabulary_of_another_size(tmp_path):
    prefix = write(tmp_path, ptb())
    (tmp_path / "words.txt").write_text("\n".join("abcdefghijk"))
    from_tf1.convert(prefix, tmp_path / "model.keras", vocabulary=tmp_path / "words.txt")
    (tmp_path / "words.txt").write_text("\n".join("abcdefghij"))
    with pytest.raises(errors.InputError, match="the vocabulary has 10 words, the embedding 11"):
        from_tf1.convert(prefix, tmp_path / "model.keras", vocabulary=tmp_path / "words.txt")


# --- the story, from 2018's style to today's ---


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Legacy's trained story and what it tells: (run's directory, {prompt: told words})."""
    run_dir = tmp_path_factory.mktemp("legacy")
    words = legacy.read_data(legacy.TRAINING_FILE)
    settings = dict(words=words, n_input=3, n_hidden=64, n_layers=2, learning_rate=0.01, display_step=1500, seed=1)
    (run_dir / "run.json").write_text(json.dumps(settings))
    _, session = legacy.train(**settings, training_iters=3000, run_dir=run_dir)
    dictionary, _ = legacy.build_dataset(words)
    prompts = ("had a general", "the cat ?", "mice mice mice")
    return run_dir, {prompt: legacy.generate(session, dictionary, prompt.split()) for prompt in prompts}


@pytest.mark.parametrize("graph", ["with the graph", "without it"])
def test_the_story_is_told_on(parity, story, tmp_path, capsys, graph):
    run_dir, told = story
    flags = ["--vocabulary", str(run_dir / "run.json")]
    if graph == "without it":
        for file in run_dir.iterdir():
            if file.suffix != ".meta":
                (tmp_path / file.name).write_bytes(file.read_bytes())
        run_dir, flags = tmp_path, [*flags, "--gives", "last-step"]
    from_tf1.main(["convert", str(run_dir), str(tmp_path / "story.keras"), *flags])
    capsys.readouterr()
    for prompt, words in told.items():
        modern.main(["--model", str(tmp_path / "story.keras"), "--prompt", prompt])
        parity.equal(f"story converted {graph}, '{prompt}'", words, capsys.readouterr().out.split(), shown="32 words")
    assert len(set(itertools.chain(*told.values()))) > 10  # it has learned something to tell


# --- what is refused ---


def refused(capsys, *flags):
    """Runs the command and returns the one line with which it refuses."""
    with pytest.raises(SystemExit) as end:
        from_tf1.main([str(flag) for flag in flags])
    error = capsys.readouterr().err
    assert end.value.code == 2
    assert error.startswith("from_tf1.py: ") and error.count("\n") == 1, error
    return error


def cell_with(**more):
    scope = "rnn/lstm_cell"
    return lstm_arrays(scope) | {f"{scope}/{name.replace('__', '/')}": numbers(*shape) for name, shape in more.items()}


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
    assert re.search(reason, refused(capsys, "convert", prefix, tmp_path / "model.keras"))
    assert not (tmp_path / "model.keras").exists()
    accounted(from_tf1.inspect(prefix), arrays)


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
    assert reason in refused(capsys, "convert", saved.prefix, tmp_path / "model.keras")


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
    line = refused(capsys, "convert", prefix, tmp_path / "model.keras")
    assert "its gates are not in TensorFlow 1's order" in line


def test_the_rest_on_request(tmp_path, capsys):
    arrays = lstm_arrays("encoder/rnn/lstm_cell") | lstm_arrays("decoder/attention_wrapper/lstm_cell", inputs=10)
    prefix = write(tmp_path, arrays)
    assert "(--partial converts the rest)" in refused(capsys, "convert", prefix, tmp_path / "model.keras")
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
def test_flags_are_refused(tmp_path, capsys, flags, message):
    prefix = write(tmp_path, ptb())
    assert message in refused(capsys, "inspect", prefix, *flags)


def test_outputs_are_refused(tmp_path, capsys, monkeypatch):
    prefix = write(tmp_path, ptb())
    assert "should end with .keras" in refused(capsys, "convert", prefix, tmp_path / "model.h5")
    assert "should end with .npz" in refused(capsys, "convert", prefix, tmp_path / "model.keras", "--weights-only")
    assert "is not a directory" in refused(capsys, "convert", prefix, tmp_path / "no" / "model.keras")
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    assert "TF_USE_LEGACY_KERAS must be 1 or unset" in refused(capsys, "convert", prefix, tmp_path / "model.keras")


def test_a_failed_check_writes_nothing(tmp_path, capsys, monkeypatch):
    prefix = write(tmp_path, ptb())
    before = sorted(tmp_path.iterdir())
    # The gates left in TensorFlow 1's order: the mistake that the check is there to find.
    wrong = lambda kernel, bias, forget_bias: [*np.split(kernel, [-len(bias) // 4]), bias + forget_bias]  # noqa: E731
    monkeypatch.setitem(KINDS, "BasicLSTMCell", dataclasses.replace(KINDS["BasicLSTMCell"], weights=wrong))
    with pytest.raises(SystemExit) as end:
        from_tf1.main(["convert", prefix, str(tmp_path / "model.keras")])
    assert end.value.code == 1
    assert "differs by" in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before
    monkeypatch.undo()
    from_tf1.main(["convert", prefix, str(tmp_path / "model.keras")])
    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "model.keras"])


def test_chaotic_cells_are_checked_in_float64(tmp_path):
    """Of such a size that a rounding grows at every step: in float32 the same arithmetic parts within 20 steps."""
    rng = np.random.default_rng(8)
    for at, cell in enumerate(("basic_lstm_cell", "lstm_block_wrapper", "gru_cell")):
        scope, units = f"rnn/{cell}", 200
        shapes = {"kernel": (2 * units, 4 * units), "bias": (4 * units,)}
        if cell == "gru_cell":
            shapes = {f"{part}/kernel": (2 * units, n * units) for part, n in (("gates", 2), ("candidate", 1))}
            shapes |= {f"{part}/bias": (n * units,) for part, n in (("gates", 2), ("candidate", 1))}
        arrays = {f"{scope}/{name}": rng.normal(0, 2, shape).astype("float32") for name, shape in shapes.items()}
        prefix = write(tmp_path, arrays, f"model-{at}")
        _, _, differences = from_tf1.convert(prefix, tmp_path / "model.keras")
        assert all(name.endswith(" in float64") for name in differences)
        assert max(differences.values()) <= check.TOLERANCE
    assert keras.config.floatx() == "float32"


# --- damaged files ---


def flip(file, at):
    content = bytearray(file.read_bytes())
    content[at] ^= 0xFF
    file.write_bytes(content)


def test_damaged_checkpoints(tmp_path, capsys):
    def fresh(name, **how):
        folder = tmp_path / name
        folder.mkdir()
        return folder, write(folder, ptb(), **how)

    folder, prefix = fresh("cut")
    file = folder / "model.ckpt.data-00000-of-00001"
    file.write_bytes(file.read_bytes()[:-100])
    assert "is damaged" in refused(capsys, "convert", prefix, folder / "model.keras")

    folder, prefix = fresh("flipped")
    flip(folder / "model.ckpt.data-00000-of-00001", 500)
    assert "is damaged" in refused(capsys, "convert", prefix, folder / "model.keras")

    folder, prefix = fresh("flipped index")
    flip(folder / "model.ckpt.index", 60)
    assert "is damaged" in refused(capsys, "convert", prefix, folder / "model.keras")

    folder, prefix = fresh("no data")
    (folder / "model.ckpt.data-00000-of-00001").unlink()
    assert "part of it is missing" in refused(capsys, "convert", prefix, folder / "model.keras")

    folder, prefix = fresh("other index")
    other = write(folder, lstm_arrays("rnn/lstm_cell", 50, 40), "other")
    (folder / "model.ckpt.index").write_bytes(Path(f"{other}.index").read_bytes())
    assert "is damaged" in refused(capsys, "convert", prefix, folder / "model.keras")

    folder, prefix = fresh("cut V1", version=V1)
    (folder / "model.ckpt").write_bytes((folder / "model.ckpt").read_bytes()[:-200])
    assert "is damaged" in refused(capsys, "convert", prefix, folder / "model.keras")

    folder, prefix = fresh("flipped V1", version=V1)
    flip(folder / "model.ckpt", 700)
    assert "is damaged" in refused(capsys, "convert", prefix, folder / "model.keras")
    assert not list(tmp_path.rglob("*.keras"))


def test_damaged_graphs(tmp_path, capsys):
    saved = save(tmp_path, digits())
    meta = Path(f"{saved.prefix}.meta")
    whole = meta.read_bytes()
    meta.write_bytes(whole[: len(whole) // 2])
    assert "model.ckpt.meta is damaged" in refused(capsys, "inspect", saved.prefix)
    other = save(tmp_path, language_model(), name="other")
    meta.write_bytes(Path(f"{other.prefix}.meta").read_bytes())
    assert "is the graph of another checkpoint" in refused(capsys, "inspect", saved.prefix)


def test_values_that_are_not_finite(tmp_path, capsys):
    arrays = ptb()
    arrays["Model/softmax_b"][3] = np.nan
    line = refused(capsys, "convert", write(tmp_path, arrays), tmp_path / "model.keras")
    assert "Model/softmax_b holds values that are not finite" in line


def test_layers_before_and_after_by_their_sizes(tmp_path):
    around = {"dense": (4, 7), "dense_1": (7, 5), "dense_2": (6, 7), "dense_3": (7, 3)}
    arrays = {f"{name}/kernel": numbers(*shape) for name, shape in around.items()}
    arrays |= {f"{name}/bias": numbers(shape[1]) for name, shape in around.items()}
    (stack,) = from_tf1.inspect(write(tmp_path, lstm_arrays("rnn/lstm_cell", inputs=5) | arrays)).stacks
    assert [one.kernel for one in stack.input_dense] == ["dense/kernel", "dense_1/kernel"]
    assert [one.kernel for one in stack.dense] == ["dense_2/kernel", "dense_3/kernel"]
    arrays = {"embedding": numbers(12, 4), "wide/kernel": numbers(4, 7)}
    (stack,) = from_tf1.inspect(write(tmp_path, lstm_arrays("rnn/lstm_cell", inputs=7) | arrays, "other")).stacks
    assert (stack.embedding, [one.kernel for one in stack.input_dense]) == ("embedding", ["wide/kernel"])


def test_an_output_layer_turned_around_by_its_size(tmp_path):
    arrays = lstm_arrays("rnn/lstm_cell", inputs=6) | {"embedding": numbers(12, 6), "proj_b": numbers(12)}
    findings = from_tf1.inspect(write(tmp_path, arrays | {"proj_w": numbers(12, 6)}))
    assert [(one.kernel, one.bias, one.transposed) for one in findings.stacks[0].dense] == [("proj_w", "proj_b", True)]
    assert any("proj_w is taken for rnn's output layer, turned around" in line for line in findings.assumed)
    prefix = write(tmp_path, arrays, "tied")
    assert any("--embedding embedding --dense embedding" in line for line in from_tf1.inspect(prefix).assumed)
    said = {"embedding": "embedding", "dense": ["embedding"]}
    _, model, _ = from_tf1.convert(prefix, tmp_path / "model.keras", **said)
    assert np.array_equal(model.get_layer("output").kernel.numpy(), arrays["embedding"].T)


def test_checkpoints_as_people_leave_them(tmp_path, capsys):
    prefix = write(tmp_path, ptb(), "model.ckpt-100")
    for text in (
        r'model_checkpoint_path: "C:\\me\\save\\model.ckpt-100"',
        r'model_checkpoint_path: "C:\me\new\model.ckpt-100"',
        '\ufeffmodel_checkpoint_path: "model.ckpt-100"\r\n',
    ):
        (tmp_path / "checkpoint").write_text(text, encoding="utf-8")
        assert checkpoint.find_checkpoint(tmp_path) == prefix
        assert checkpoint.find_checkpoint(tmp_path / "checkpoint") == prefix
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-900"')
    line = refused(capsys, "inspect", tmp_path)
    assert f"names model.ckpt-900, which is not there: name one, such as {prefix}" in line

    for name in ("weights.h5", "-0", "my model", "model--6", "模型-7"):
        folder = tmp_path / f"named {name}"
        folder.mkdir()
        prefix = write(folder, ptb(), name)
        assert {checkpoint.find_checkpoint(path) for path in (folder, prefix)} == {prefix}

    (tmp_path / "V1").mkdir()
    prefix = write(tmp_path / "V1", ptb(), version=V1)
    (tmp_path / "V1" / "checkpoint").unlink()
    assert checkpoint.find_checkpoint(tmp_path / "V1") == prefix
    Path(prefix).rename(f"{prefix}-00000-of-00001")
    for path in (tmp_path / "V1", prefix, f"{prefix}-00000-of-00001"):
        assert from_tf1.inspect(path).reader.format == "V1"
    Path(f"{prefix}-00000-of-00001").write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "is a pointer of Git LFS" in refused(capsys, "inspect", prefix)


def test_where_a_checkpoint_is(tmp_path, capsys):
    prefix = write(tmp_path, ptb())
    paths = [prefix, f"{prefix}.index", f"{prefix}.meta", f"{prefix}.data-00000-of-00001", str(tmp_path)]
    assert {checkpoint.find_checkpoint(path) for path in paths} == {prefix}
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "/home/somebody/save/model.ckpt"')
    assert checkpoint.find_checkpoint(tmp_path) == prefix  # the files have moved since
    (tmp_path / "checkpoint").write_text("{")
    assert "is damaged" in refused(capsys, "inspect", tmp_path)
    (tmp_path / "checkpoint").unlink()
    write(tmp_path, ptb(), "other.ckpt")
    (tmp_path / "checkpoint").unlink()
    assert "holds 2 checkpoints: name one" in refused(capsys, "inspect", tmp_path)
    (tmp_path / "empty").mkdir()
    assert "holds no checkpoint" in refused(capsys, "inspect", tmp_path / "empty")
    assert "is not a checkpoint" in refused(capsys, "inspect", tmp_path / "frozen.pb")


class Bomb:
    def __reduce__(self):
        return (open, (str(Bomb.planted), "w"))


def test_pickles_are_never_loaded(tmp_path):
    Bomb.planted = tmp_path / "planted"
    prefix = write(tmp_path, ptb())
    for name in ("config.pkl", "chars_vocab.pkl", "vocab.pickle", "model.ckpt.pkl"):
        (tmp_path / name).write_bytes(pickle.dumps(Bomb()))
    from_tf1.convert(prefix, tmp_path / "model.keras")
    from_tf1.inspect(tmp_path)
    with pytest.raises(errors.InputError):
        from_tf1.convert(prefix, tmp_path / "model.keras", vocabulary=tmp_path / "vocab.pickle")
    assert not Bomb.planted.exists()


# --- what is printed ---


def test_inspect_prints_a_table(tmp_path, capsys):
    saved = save(tmp_path, language_model(), extra={"other": numbers(3, 5)})
    from_tf1.main(["inspect", saved.prefix])
    lines = capsys.readouterr().out.splitlines()
    version = re.escape(
        v1.MetaGraphDef.FromString(Path(f"{saved.prefix}.meta").read_bytes()).meta_info_def.tensorflow_version
    )
    patterns = [
        r".*model\.ckpt: V2, 8 variables, TensorFlow " + version,
        "",
        r"stack +layer +cell +units +input +names +TensorFlow +forget bias +activation",
        rf"model +lstm_0 +BasicLSTMCell +6 +6 +new +{version} +0 \(graph\) +tanh \(graph\)",
        rf"model +lstm_1 +BasicLSTMCell +6 +6 +new +{version} +0 \(graph\) +tanh \(graph\)",
        "",
        r"model: reads ids through Model/embedding \[11, 6\]; gives every step through Model/softmax_w \[6, 11\] \+ .*",
        "",
        "Not placed:",
        r"  other  \[3, 5\]",
        "",
        "Left out: optimizer slots, 0; counters, 0",
    ]
    for line, pattern in zip(lines, patterns, strict=True):
        assert re.fullmatch(pattern, line), line


def test_a_command_as_a_person_runs_it(tmp_path):
    prefix = write(tmp_path, ptb())
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
