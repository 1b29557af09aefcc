"""Attention of legacy/contrib/attention.py: its weights, its wrapper, and a decoder that has it."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy.contrib import attention, rnn, seq2seq
from tests.contrib.graphs import evaluate, numbers, softmax


@pytest.mark.parametrize("kind", ["luong", "scaled luong", "bahdanau", "normed bahdanau"])
def test_attention_mechanisms(kind):
    memory, query, lengths = numbers(2, 4, 3), numbers(2, 5), np.array([4, 2])
    if "luong" in kind:
        mechanism = seq2seq.LuongAttention(5, tf.constant(memory), lengths, scale="scaled" in kind)
    else:
        mechanism = seq2seq.BahdanauAttention(6, tf.constant(memory), lengths, normalize="normed" in kind)
    weights, state = mechanism(tf.constant(query))
    assert state is weights
    values = {variable.op.name: numbers(*variable.shape.as_list()) for variable in tf.trainable_variables()}
    w = {name.split("attention/")[-1]: value for name, value in values.items()}
    got, masked = evaluate([weights, mechanism.values], values=values)
    mask = np.arange(4) < lengths[:, None]
    np.testing.assert_allclose(masked, memory * mask[:, :, None])
    keys = masked @ w["memory_layer/kernel"]
    if "luong" in kind:
        scores = np.einsum("bu,btu->bt", query, keys) * w.get("attention_g", 1)
    else:
        v = w["attention_v"]
        if "normed" in kind:
            v = w["attention_g"] * v / np.linalg.norm(v)
        scores = np.tanh(keys + (query @ w["query_layer/kernel"])[:, None] + w.get("attention_b", 0)) @ v
    np.testing.assert_allclose(got, softmax(np.where(mask, scores, -np.inf)), atol=1e-5)


@pytest.mark.parametrize("layer", [True, False])
def test_attention_wrapper(layer):
    """One step: what the cell reads, what it gives out, and what the state holds."""
    memory, x, before, h = numbers(2, 4, 3), numbers(2, 5), numbers(2, 7 if layer else 3), numbers(2, 6)
    mechanism = seq2seq.LuongAttention(6, tf.constant(memory))
    cell = seq2seq.AttentionWrapper(
        rnn.BasicRNNCell(6), mechanism, attention_layer_size=7 if layer else None, output_attention=layer
    )
    state = cell.zero_state(2, tf.float32).clone(cell_state=tf.constant(h), attention=tf.constant(before))
    output, state = cell(tf.constant(x), state)
    assert cell.output_size == (7 if layer else 6) and cell.state_size.attention == before.shape[1]
    values = {variable.op.name: numbers(*variable.shape.as_list()) for variable in tf.trainable_variables()}
    w = {name.removeprefix("attention_wrapper/"): value for name, value in values.items()}
    output, (cell_state, attention, step, weights) = evaluate([output, tuple(state)[:4]], values=values)
    h = np.tanh(np.concatenate([x, before, h], 1) @ w["basic_rnn_cell/kernel"] + w["basic_rnn_cell/bias"])
    wanted = softmax(np.einsum("bu,btu->bt", h, memory @ w["memory_layer/kernel"]))
    context = np.einsum("bt,btm->bm", wanted, memory)
    if layer:
        context = np.concatenate([h, context], 1) @ w["attention_layer/kernel"]
    np.testing.assert_allclose(weights, wanted, atol=1e-5)
    np.testing.assert_allclose(attention, context, atol=1e-5)
    np.testing.assert_allclose(cell_state, h, atol=1e-5)
    np.testing.assert_allclose(output, context if layer else h, atol=1e-5)
    assert step == 1


def test_two_attentions_beside_each_other():
    memories = tf.constant(numbers(2, 4, 3)), tf.constant(numbers(2, 2, 4))
    mechanisms = [seq2seq.LuongAttention(6, memories[0]), seq2seq.BahdanauAttention(5, memories[1])]
    cell = seq2seq.AttentionWrapper(rnn.GRUCell(6), mechanisms, alignment_history=True)
    outputs, state = rnn.static_rnn(cell, [tf.zeros([2, 3])] * 3, initial_state=cell.zero_state(2, tf.float32))
    histories = [array.stack() for array in state.alignment_history]
    output, *histories = evaluate([outputs[0], *histories])
    assert output.shape == (2, 7) and cell.output_size == 7
    assert [history.shape for history in histories] == [(3, 2, 4), (3, 2, 2)]
    with pytest.raises(ValueError, match="1 attention_layer_size for 2 mechanisms"):
        seq2seq.AttentionWrapper(rnn.GRUCell(6), mechanisms, attention_layer_size=[5])


def test_decoding_with_attention():
    """A decoder in a loop does what the cell does step by step, with the weights of every step kept."""
    memory, x, first = tf.constant(numbers(2, 4, 3)), numbers(2, 3, 5), tf.constant(numbers(2, 6))
    cell = seq2seq.AttentionWrapper(
        rnn.GRUCell(6), seq2seq.BahdanauAttention(6, memory), attention_layer_size=6, alignment_history=True
    )
    state = cell.zero_state(2, tf.float32).clone(cell_state=first)
    helper = seq2seq.TrainingHelper(tf.constant(x), [3, 2])
    with tf.variable_scope("model"):
        outputs, last, lengths = seq2seq.dynamic_decode(seq2seq.BasicDecoder(cell, helper, state), impute_finished=True)
    by_hand = []
    with tf.variable_scope("model/decoder", reuse=True):
        for step in range(3):
            output, state = cell(tf.constant(x[:, step]), state)
            by_hand.append(output)
    got, history, wanted, lengths, weights = evaluate(
        [outputs.rnn_output, last.alignment_history.stack(), by_hand, lengths, state.alignments]
    )
    assert list(lengths) == [3, 2] and history.shape == (3, 2, 4)
    np.testing.assert_allclose(got[0], np.array(wanted)[:, 0], atol=1e-6)
    np.testing.assert_allclose(got[1, :2], np.array(wanted)[:2, 1], atol=1e-6)
    assert not got[1, 2].any()
    np.testing.assert_allclose(history[2, 0], weights[0], atol=1e-6)


def test_hardmax():
    assert evaluate(attention.hardmax(tf.constant([[0.1, 3, 2], [5, 0, 0]]))).tolist() == [[0, 1, 0], [1, 0, 0]]
