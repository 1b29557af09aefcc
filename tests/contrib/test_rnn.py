"""Cells, wrappers and functions of legacy/contrib/rnn.py and rnn_blocks.py, against NumPy or what TensorFlow still has."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy.contrib import rnn, rnn_blocks
from tests.contrib.graphs import evaluate, lstm, names, numbers


def test_a_cell_in_several_places_is_copied():
    cell = rnn.MultiRNNCell([rnn.DropoutWrapper(rnn.BasicLSTMCell(4), tf.placeholder_with_default(1.0, []))] * 3)
    rnn.static_rnn(cell, [tf.zeros([2, 5])] * 2, dtype=tf.float32)
    kernels = [name for name in names() if name.endswith("kernel")]
    assert kernels == [f"rnn/multi_rnn_cell/cell_{layer}/basic_lstm_cell/kernel" for layer in range(3)]


def test_one_model_s_variables_serve_another():
    """PTB's way: a loop with reuse_variables(), and a second model under reuse=True."""
    outputs = []
    for reuse in (None, True):
        with tf.variable_scope("model", reuse=reuse):
            cell = rnn.MultiRNNCell([rnn.BasicLSTMCell(4)] * 2)
            state = cell.zero_state(2, tf.float32)
            with tf.variable_scope("RNN"):
                for step in range(3):
                    if step:
                        tf.get_variable_scope().reuse_variables()
                    output, state = cell(tf.ones([2, 4]), state)
        outputs.append(output)
    assert len(names()) == 4
    first, second = evaluate(outputs)
    assert np.array_equal(first, second) and np.abs(first).max() > 0


@pytest.mark.parametrize("cell_class", [rnn.BasicLSTMCell, rnn_blocks.LSTMBlockCell])
def test_lstm_block_cell(cell_class):
    x, kernel, bias = numbers(3, 2, 5), numbers(9, 16), numbers(16)
    outputs, state = rnn.static_rnn(cell_class(4, forget_bias=0.5), list(tf.unstack(tf.constant(x))), dtype=tf.float32)
    values = dict(zip(names(), (kernel, bias)))
    got, c = evaluate([outputs, state.c], values=values)
    wanted, wanted_c = lstm(x, kernel, bias, 0.5)
    np.testing.assert_allclose(got, wanted, atol=1e-5)
    np.testing.assert_allclose(c, wanted_c, atol=1e-5)


def test_lstm_block_fused_cell():
    x, kernel, bias = numbers(6, 3, 5), numbers(9, 16), numbers(16)
    fused = rnn_blocks.LSTMBlockFusedCell(4)
    outputs, state = fused(tf.constant(x), dtype=tf.float32)
    assert names() == ["lstm_fused_cell/kernel", "lstm_fused_cell/bias"]
    gradient = tf.gradients(tf.reduce_sum(outputs), tf.trainable_variables())
    values = {"lstm_fused_cell/kernel": kernel, "lstm_fused_cell/bias": bias}
    got, (c, h), gradient = evaluate([outputs, state, gradient], values=values)
    wanted, wanted_c = lstm(x, kernel, bias)
    np.testing.assert_allclose(got, wanted, atol=1e-5)
    np.testing.assert_allclose(c, wanted_c, atol=1e-5)
    assert np.array_equal(h, got[-1]) and all(np.abs(each).max() > 0 for each in gradient)


def test_lstm_block_fused_cell_of_sequences_of_different_length():
    x, length = numbers(6, 3, 5), [6, 2, 0]
    outputs, state = rnn_blocks.LSTMBlockFusedCell(4)(tf.constant(x), dtype=tf.float32, sequence_length=length)
    cell = rnn.BasicLSTMCell(4)
    wanted = tf.nn.dynamic_rnn(cell, tf.constant(x), length, dtype=tf.float32, time_major=True)
    kernel, bias = numbers(9, 16), numbers(16)
    values = {name: kernel if name.endswith("kernel") else bias for name in names()}
    (got, got_state), (wanted, wanted_state) = evaluate([(outputs, state), wanted], values=values)
    np.testing.assert_allclose(got, wanted, atol=1e-5)
    np.testing.assert_allclose(np.array(got_state), np.array(wanted_state), atol=1e-5)


@pytest.mark.parametrize("cell_clip", [None, 0.5])
def test_an_lstm_block_cell_with_peepholes(cell_clip):
    """It is an LSTMCell with peepholes, whose state is clipped if it is to be. The kernel's gradient goes through the
    clip as if there were none, as it did then."""
    x, state = (
        tf.constant(numbers(2, 3)),
        rnn.LSTMStateTuple(tf.constant(3 * numbers(2, 4)), tf.constant(numbers(2, 4))),
    )
    block = rnn_blocks.LSTMBlockCell(4, cell_clip=cell_clip, use_peephole=True)
    own = tf.nn.rnn_cell.LSTMCell(4, use_peepholes=True, cell_clip=cell_clip, name="own")
    results = [cell(x, state) for cell in (block, own)]
    drawn, values = {}, {}
    for variable in tf.trainable_variables():
        last = variable.op.name.partition("/")[2]
        values[variable.op.name] = drawn.setdefault(last, numbers(*variable.shape.as_list()))
    assert len(drawn) == 5  # of ten variables: under the same names in both
    if cell_clip is None:
        results = [(*result, tf.gradients(result[0] + result[1].c, x)[0]) for result in results]
    for got, wanted in zip(*evaluate(results, values=values), strict=True):
        np.testing.assert_allclose(np.array(got), np.array(wanted), atol=1e-6)
        assert np.abs(got).max() > 0


def test_an_lstm_block_cell_has_no_peepholes_unless_it_is_told():
    rnn_blocks.LSTMBlockCell(4)(tf.zeros([2, 3]), [tf.zeros([2, 4])] * 2)
    assert names() == ["lstm_cell/kernel", "lstm_cell/bias"]


@pytest.mark.parametrize("name", ["BasicRNNCell", "BasicLSTMCell", "LSTMCell", "GRUCell"])
def test_cells_take_the_input_size_of_2016(name):
    cell = getattr(rnn, name)(4, input_size=7)
    rnn.static_rnn(cell, [tf.zeros([2, 5])], dtype=tf.float32)
    assert len(names()) == (4 if name == "GRUCell" else 2)
    assert isinstance(cell, getattr(tf.nn.rnn_cell, name))


def test_projection_wrappers():
    x = numbers(2, 5)
    for wrapper, size in ((rnn.OutputProjectionWrapper, 3), (rnn.InputProjectionWrapper, 7)):
        with tf.variable_scope(wrapper.__name__):
            cell = wrapper(rnn.BasicRNNCell(4), size)
            output, _ = cell(tf.constant(x), cell.zero_state(2, tf.float32))
            assert output.shape.as_list() == [2, cell.output_size]
            found = {name.split("/")[-2:][0] + name[-5:]: name for name in names() if wrapper.__name__ in name}
        values = {variable.op.name: numbers(*variable.shape.as_list()) for variable in tf.trainable_variables()}
        got = evaluate(output, values=values)
        own = {name: values[name] for name in found.values()}
        inner = {name: value for name, value in own.items() if "basic_rnn_cell" in name}
        kernel, bias = (next(v for n, v in inner.items() if n.endswith(kind)) for kind in ("kernel", "bias"))
        outer = {name: value for name, value in own.items() if name not in inner}
        w, b = (next(v for n, v in outer.items() if n.endswith(kind)) for kind in ("kernel", "bias"))
        if wrapper is rnn.OutputProjectionWrapper:
            wanted = np.tanh(np.concatenate([x, np.zeros((2, 4))], 1) @ kernel + bias) @ w + b
        else:
            wanted = np.tanh(np.concatenate([x @ w + b, np.zeros((2, 4))], 1) @ kernel + bias)
        np.testing.assert_allclose(got, wanted, atol=1e-5)


def test_embedding_wrapper():
    cell = rnn.EmbeddingWrapper(rnn.BasicRNNCell(4), embedding_classes=9, embedding_size=5)
    outputs, _ = rnn.static_rnn(cell, [tf.constant([3, 8]), tf.constant([0, 3])], dtype=tf.float32)
    values = {variable.op.name: numbers(*variable.shape.as_list()) for variable in tf.trainable_variables()}
    [embedding] = [value for name, value in values.items() if name.endswith("embedding")]
    [kernel] = [value for name, value in values.items() if name.endswith("kernel")]
    [bias] = [value for name, value in values.items() if name.endswith("bias")]
    h = np.zeros((2, 4))
    for ids in ([3, 8], [0, 3]):
        h = np.tanh(np.concatenate([embedding[ids], h], 1) @ kernel + bias)
    np.testing.assert_allclose(evaluate(outputs, values=values)[-1], h, atol=1e-5)
    assert embedding.shape == (9, 5)


def test_linear():
    a, b, kernel, bias = numbers(2, 3), numbers(2, 4), numbers(7, 5), numbers(5)
    with tf.variable_scope("with_bias"):
        y = rnn.linear([tf.constant(a), tf.constant(b)], 5, True)
    with tf.variable_scope("without"):
        z = rnn._linear(tf.constant(a), 5, False)
    values = {"with_bias/kernel": kernel, "with_bias/bias": bias, "without/kernel": kernel[:3]}
    y, z = evaluate([y, z], values=values)
    np.testing.assert_allclose(y, np.concatenate([a, b], 1) @ kernel + bias, atol=1e-5)
    np.testing.assert_allclose(z, a @ kernel[:3], atol=1e-5)


def test_stacks_of_both_directions():
    """The static one and the dynamic one agree, and are two bidirectional layers one upon the other."""
    x = numbers(3, 6, 5)  # [batch, time, inputs]

    def cells():
        return [rnn.GRUCell(4), rnn.GRUCell(4)]

    with tf.variable_scope("static"):
        steps = tf.unstack(tf.constant(x), axis=1)
        static, static_fw, static_bw = rnn.stack_bidirectional_rnn(cells(), cells(), steps, dtype=tf.float32)
    with tf.variable_scope("dynamic"):
        dynamic, fw, bw = rnn.stack_bidirectional_dynamic_rnn(cells(), cells(), tf.constant(x), dtype=tf.float32)
    with tf.variable_scope("by_hand"):
        below = tf.constant(x)
        for layer in range(2):
            with tf.variable_scope(f"stack_bidirectional_rnn/cell_{layer}"):
                both, _ = tf.nn.bidirectional_dynamic_rnn(*cells(), below, dtype=tf.float32)
            below = tf.concat(both, 2)
    drawn = {}
    values = {}
    for variable in tf.trainable_variables():
        part = variable.op.name.split("/", 1)[1].replace("/bidirectional_rnn/", "/")  # as the static one has it
        values[variable.op.name] = drawn.setdefault(part, numbers(*variable.shape.as_list()))
    assert len(drawn) == 16  # four cells of four variables, under the same names in all three
    static, dynamic, by_hand, static_bw, bw = evaluate([static, dynamic, below, static_bw, bw], values=values)
    np.testing.assert_allclose(np.array(static).transpose(1, 0, 2), by_hand, atol=1e-5)
    np.testing.assert_allclose(dynamic, by_hand, atol=1e-5)
    np.testing.assert_allclose(static_bw, bw, atol=1e-5)


def test_old_names_of_rnn():
    steps = [tf.constant(numbers(2, 3)) for _ in range(4)]
    outputs, state = rnn.rnn(rnn.BasicRNNCell(5), steps, dtype=tf.float32)
    assert names()[0].startswith("RNN/")
    both, _, _ = rnn.bidirectional_rnn(rnn.BasicRNNCell(5), rnn.BasicRNNCell(5), steps, dtype=tf.float32)
    outputs, state, both = evaluate([outputs, state, both])
    assert np.array_equal(outputs[-1], state) and both[0].shape == (2, 10)
    x = tf.constant(numbers(2, 3, 4, 5))
    assert rnn.transpose_batch_time(x).shape.as_list() == [3, 2, 4, 5]
