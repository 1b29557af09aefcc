"""What stands around a stack, as the graph shows it, or why it is not placed."""

import numpy as np
import pytest
import tensorflow as tf

from modern.tf1.findings import inspect
from tests.tf1.checkpoints import accounted, agree, assumes, converted, numbers, save
from tests.tf1.programs import VECTORS, both_ways, characters, embedded, every, last, one_way, pair, reader, two_layers

v1 = tf.compat.v1
rnn_cell = v1.nn.rnn_cell


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
    findings = inspect(saved.prefix, parts=True)
    accounted(findings, saved.values)
    assert assumes(findings, f"dense/kernel sees {reason}: not placed", dense=["dense/kernel"]), findings.assumed
    assert {"dense/kernel", "dense/bias"} <= set(findings.left)
    findings = inspect(saved.prefix, dense=["dense/kernel"])
    assert assumes(findings, f"dense/kernel sees every step; in the graph, {reason}", gives=None)


def test_a_step_that_the_graph_computes(parity, tmp_path, as_tensorflow_1):
    """The last one of each sequence, as a row of them all."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        lengths = v1.placeholder_with_default(tf.fill([tf.shape(x)[0]], 5), [None])
        outputs, _ = v1.nn.dynamic_rnn(rnn_cell.GRUCell(6), x, lengths, dtype=tf.float32)
        rows = tf.range(tf.shape(x)[0]) * 5 + lengths - 1
        return x, v1.layers.dense(tf.gather(tf.reshape(outputs, [-1, 6]), rows), 3)

    saved = save(tmp_path, build)
    findings, model = converted(saved, tmp_path, parts=True)
    assert assumes(findings, "taken for each sequence's last", gives=None)
    agree(parity, "a step that the graph computes", saved, model, VECTORS)


def test_heads_are_asked_for(tmp_path, as_tensorflow_1):
    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        last = one_way(x)[0][:, -1]
        return x, (v1.layers.dense(last, 3, name="policy"), v1.layers.dense(last, 1, name="value"))

    saved = save(tmp_path, build)
    findings = inspect(saved.prefix, parts=True)
    assert assumes(findings, "policy/kernel, value/kernel all see its outputs: none is placed", dense=None)
    _, model = converted(saved, tmp_path, dense=["value/kernel"])  # what it sees, the graph tells
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
    findings, model = converted(saved, tmp_path, stack="main")
    assert [stack.dense[0].kernel for stack in findings.stacks] == ["main/dense/kernel"]
    agree(parity, "one of two models in a checkpoint", saved, model, VECTORS)


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
    findings = inspect(saved.prefix, parts=True)
    accounted(findings, saved.values)
    assert assumes(findings, f"in the graph it is fed with {reason}, which is left out")
    assert "embedding" in findings.left
    assert converted(saved, tmp_path, parts=True)[1].input_shape == (None, None, 4)


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

    findings = inspect(save(tmp_path, build).prefix, parts=True)
    (stack,) = findings.stacks
    assert (stack.embedding, stack.input_dense) == ("text/embedding", [])
    assert assumes(findings, "the graph feeds it with vectors through lstm/picture/kernel, too")
