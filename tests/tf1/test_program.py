"""Whole programs, rebuilt from their graphs: they give what the graph gives, whatever stands around the cells."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from modern.console import InputError
from modern.tf1.convert import convert
from modern.tf1.findings import inspect
from tests.tf1.checkpoints import agree, converted, save, sequences
from tests.tf1.programs import VECTORS, both_ways, many, one_way, pair, reader, two_layers

v1 = tf.compat.v1
rnn_cell = v1.nn.rnn_cell
dense = v1.layers.dense


def vectors(steps=5, size=4):
    return v1.placeholder(tf.float32, [None, steps, size])


def run(cell, x):
    return v1.nn.dynamic_rnn(cell, x, dtype=tf.float32)


def one_cell_for_both_directions(layer=True):
    def build():
        x, cell = vectors(), rnn_cell.BasicLSTMCell(6)
        outputs, _ = v1.nn.bidirectional_dynamic_rnn(cell, cell, x, dtype=tf.float32)
        return x, dense(tf.concat(outputs, 2), 3) if layer else tf.concat(outputs, 2)

    return build


def flattened_steps():
    x = vectors()
    return x, dense(tf.reshape(one_way(x)[0], [-1, 5 * 6]), 3)


def slices_by_example():
    x, lengths = v1.placeholder(tf.float32, [2, 5, 4]), v1.placeholder_with_default([5, 5], [2])
    outputs, _ = run(rnn_cell.LSTMCell(6), x)
    return x, dense(tf.concat([outputs[at, : lengths[at]] for at in range(2)], 0), 3)


def mapped_over_steps():
    x, weights = vectors(), v1.get_variable("w", [6, 3])
    steps = tf.map_fn(lambda step: tf.matmul(step, weights), tf.transpose(one_way(x)[0], [1, 0, 2]))
    return x, tf.transpose(steps, [1, 0, 2])


def weights_of_each_step():
    x, weights = vectors(), v1.get_variable("w", [5, 6, 3])
    outputs = one_way(x)[0]
    return x, tf.stack([tf.matmul(outputs[:, at], weights[at]) for at in range(5)], 1)


def one_sequence():
    x = v1.placeholder(tf.float32, [1, 5, 4])
    return x, dense(one_way(x)[0][0, -1][None], 3)


def rows_of_eye(table):
    def build():
        ids = v1.placeholder(tf.int32, [None, 5])
        return ids, dense(one_way(tf.gather(table(), ids))[0][:, -1], 3)

    return build


def convolution():
    x = vectors(8)
    y = v1.layers.conv1d(x, 5, 3, padding="same", activation=tf.nn.relu)
    return x, dense(one_way(v1.layers.max_pooling1d(y, 2, 2))[0][:, -1], 3)


def attended(outputs):
    scores = tf.tensordot(tf.tanh(tf.tensordot(outputs, v1.get_variable("w_omega", [12, 7]), 1)), tf.ones([7]), 1)
    return tf.reduce_sum(outputs * tf.nn.softmax(scores)[..., None], 1)


def odd_cell():
    """A cell that no Keras layer computes: peepholes, a projection, clips."""
    x = vectors()
    cell = rnn_cell.LSTMCell(6, use_peepholes=True, num_proj=3, cell_clip=0.5, proj_clip=0.4)
    return x, dense(run(cell, x)[0][:, -1], 3)


def own_cell():
    """A home-made cell that a loop runs: plain cells inside, and arithmetic of its own."""
    x = vectors()
    with v1.variable_scope("MyRNNCell"):
        inner = [rnn_cell.BasicRNNCell(6, name=f"sub_cell{at}") for at in range(2)]

        def step(state, x):
            return sum(cell(x, state)[1] for cell in inner) * tf.sigmoid(state)

        for cell in inner:  # their variables stand outside of the loop
            cell.build(tf.TensorShape([None, 4]))
        states = tf.scan(step, tf.transpose(x, [1, 0, 2]), tf.zeros([tf.shape(x)[0], 6]))
    return x, dense(states[-1], 3)


def other_gates():
    """tflearn's LSTM: TensorFlow's order of gates, softsign in the place of sigmoid."""
    x = vectors()
    with v1.variable_scope("LSTM"):
        kernel, bias = v1.get_variable("W", [10, 24]), v1.get_variable("b", [24])
    c = h = tf.zeros([tf.shape(x)[0], 6])
    for step in tf.unstack(x, 5, 1):
        i, j, f, o = tf.split(tf.matmul(tf.concat([step, h], 1), kernel) + bias, 4, 1)
        c = c * tf.nn.softsign(f + 1.0) + tf.nn.softsign(i) * tf.tanh(j)
        h = tf.tanh(c) * tf.nn.softsign(o)
    return x, tf.matmul(h, v1.get_variable("out", [6, 3]))


IDS = sequences(3, 5, ids=9)
PROGRAMS = {
    "one cell for both directions": (one_cell_for_both_directions(), VECTORS),
    "one cell for both directions, no layer after": (one_cell_for_both_directions(False), VECTORS),
    "flattened steps": (flattened_steps, VECTORS),
    "slices by example": (slices_by_example, VECTORS[:2]),
    "tf.map_fn over steps": (mapped_over_steps, VECTORS),
    "weights of each step": (weights_of_each_step, VECTORS),
    "outputs[0, -1]": (one_sequence, VECTORS[:1]),
    "gather(eye, ids)": (rows_of_eye(lambda: tf.eye(9)), IDS),
    "gather(constant eye, ids)": (rows_of_eye(lambda: tf.constant(np.eye(9, dtype="float32"))), IDS),
    "a convolution before": (convolution, sequences(3, 8, 4)),
    "attention over the outputs": (reader(both_ways, lambda outputs, states: attended(outputs)), VECTORS),
    "the state c": (reader(one_way, lambda outputs, state: state.c), VECTORS),
    "c and h": (reader(one_way, lambda outputs, state: tf.concat([state.c, state.h], 1)), VECTORS),
    "a lower layer's state": (reader(two_layers, lambda outputs, states: states[0].h), VECTORS),
    "the backward direction first": (reader(pair, lambda outputs, _: tf.concat(outputs[::-1], 2)), VECTORS),
    "the first step": (reader(one_way, lambda outputs, state: outputs[:, 0]), VECTORS),
    "leaky ReLU": (reader(one_way, lambda outputs, state: tf.nn.leaky_relu(dense(outputs[:, -1], 5))), VECTORS),
    "a cell with peepholes, projection, clips": (odd_cell, VECTORS),
    "a cell of the program's own": (own_cell, VECTORS),
    "gates of another activation": (other_gates, VECTORS),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_whole_program(parity, tmp_path, name, as_tensorflow_1):
    build, x = PROGRAMS[name]
    saved = save(tmp_path, build)
    findings, model = converted(saved, tmp_path)
    assert findings.program and not findings.refused and not findings.left
    wanted, told = saved.run(x), np.asarray(model(x))
    parity.close(f"whole program, {name}", wanted, told.reshape(wanted.shape), 2e-6)


def dropped(scaled, unknown=True):
    """Dropout as its years wrote it, its keep_prob from a placeholder without a shape."""

    def build():
        keep, x = v1.placeholder(tf.float32, None if unknown else []), vectors()
        last = one_way(x)[0][:, -1]
        mask = tf.floor(keep + tf.random.uniform(tf.shape(last)))
        return x, tf.matmul(scaled(last, keep) * mask, v1.get_variable("w", [6, 3])), keep

    return build


@pytest.mark.parametrize(
    "scaled", [tf.divide, lambda x, keep: x * tf.raw_ops.Inv(x=keep)], ids=["div(x, keep)", "x * inv(keep)"]
)
@pytest.mark.parametrize("unknown", [True, False], ids=["no shape", "scalar"])
def test_dropout_of_all_years_is_passed(tmp_path, scaled, unknown, as_tensorflow_1):
    saved = save(tmp_path, lambda: dropped(scaled, unknown)()[:2])
    findings, model = converted(saved, tmp_path)
    assert not findings.program and not findings.left  # placed as a layer after the last step
    assert not findings.not_compared  # and run beside the graph, in which nothing is dropped
    assert model.output_shape == (None, 3)


@pytest.mark.parametrize("cell", [rnn_cell.BasicLSTMCell, rnn_cell.GRUCell, rnn_cell.BasicRNNCell])
def test_layers_that_share_a_cell_over_one_step(tmp_path, cell, as_tensorflow_1):
    """`MultiRNNCell([cell] * 3)`, called once, is three layers and one step."""

    def build():
        x, one = v1.placeholder(tf.float32, [None, 6]), cell(6)
        layers = rnn_cell.MultiRNNCell([one] * 3)
        return x, dense(layers(x, layers.zero_state(tf.shape(x)[0], tf.float32))[0], 3)

    saved = save(tmp_path, build)
    findings, model = converted(saved, tmp_path)
    assert len(findings.stacks[0].cells) == 3
    x = sequences(3, 6)
    assert np.allclose(model(x[:, None]), saved.run(x), atol=2e-6)


def test_lengths_are_an_input(tmp_path, as_tensorflow_1):
    """reduce_sum / lengths, and the last step by gather_nd, with the number of steps open."""

    def build():
        x, lengths = vectors(steps=None), v1.placeholder(tf.int32, [None], "lengths")
        outputs, _ = v1.nn.dynamic_rnn(many(lambda: rnn_cell.LSTMCell(6), 2), x, lengths, dtype=tf.float32)
        mean = tf.reduce_sum(outputs, 1) / tf.cast(lengths, tf.float32)[:, None]
        last = tf.gather_nd(outputs, tf.stack([tf.range(tf.shape(x)[0]), lengths - 1], 1))
        return (x, lengths), dense(tf.concat([mean, last], 1), 3)

    with tf.Graph().as_default():
        (x, lengths), logits = build()
        session = v1.Session()
        session.run(v1.global_variables_initializer())
        prefix = v1.train.Saver().save(session, str(tmp_path / "model.ckpt"))
        fed, ends = VECTORS, np.array([5, 3, 1], "int32")
        wanted = session.run(logits, {x: fed, lengths: ends})
    convert(prefix, tmp_path / "model.keras")
    model = keras.models.load_model(tmp_path / "model.keras")
    assert [given.shape for given in model.inputs] == [(None, None, 4), (None,)]
    assert np.allclose(model([fed, ends]), wanted, atol=2e-6)
    assert {type(layer).__name__ for layer in model.layers} >= {"LSTM", "Dense"}  # no loop is unrolled


def test_several_outputs(tmp_path, as_tensorflow_1):
    def build():
        x = vectors()
        last = one_way(x)[0][:, -1]
        return x, (dense(last, 3, name="policy"), dense(last, 1, name="value"))

    saved = save(tmp_path, build)
    findings, model = converted(saved, tmp_path)
    told = {shape[1]: np.asarray(result) for shape, result in zip(model.output_shape, model(VECTORS))}
    for wanted in saved.run(VECTORS):
        assert np.allclose(told[wanted.shape[1]], wanted, atol=2e-6)
    _, model = converted(saved, tmp_path, nodes=["value/BiasAdd"])
    assert model.output_shape == (None, 1)


def test_what_is_not_understood_is_named(tmp_path, as_tensorflow_1):
    saved = save(
        tmp_path,
        reader(one_way, lambda outputs, state: tf.linalg.inv(tf.matmul(outputs, outputs, transpose_a=True))[:, 0]),
    )
    findings = inspect(saved.prefix)
    assert "what MatrixInverse does" in findings.not_rebuilt and "MatrixInverse" in findings.not_rebuilt
    with pytest.raises(InputError, match="what MatrixInverse does"):
        convert(saved.prefix, tmp_path / "model.keras", whole=True)


def test_a_loop_of_open_length_asks_for_its_steps(tmp_path, as_tensorflow_1):
    def build():
        x = vectors(steps=None)
        return x, dense(run(rnn_cell.LSTMCell(6, use_peepholes=True), x)[0][:, -1], 3)

    saved = save(tmp_path, build)
    with pytest.raises(InputError, match="a loop over a number of steps that is open"):
        convert(saved.prefix, tmp_path / "model.keras")
    _, model = converted(saved, tmp_path, steps=5)
    assert np.allclose(model(VECTORS), saved.run(VECTORS), atol=2e-6)


def test_a_sum_where_the_batch_is_as_large_as_the_units():
    """`keras.ops.add` takes [batch, 1] for a bias there; what is rebuilt adds in another way."""
    from modern.tf1.operations import add

    x = keras.Input((1,))
    model = keras.Model(x, add(np.ones((1, 3), "float32"), x))
    assert model(np.arange(3, dtype="float32")[:, None]).shape == (3, 3)


def test_parts_alone_are_taken_if_they_are_asked_for(parity, tmp_path, as_tensorflow_1):
    saved = save(tmp_path, reader(one_way, lambda outputs, state: state.h))
    findings, model = converted(saved, tmp_path, parts=True)
    assert not findings.program
    agree(parity, "parts alone", saved, model, VECTORS)
