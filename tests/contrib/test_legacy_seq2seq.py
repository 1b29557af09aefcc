"""Encoders, decoders, buckets and losses of legacy/contrib/legacy_seq2seq.py and its losses, lists of steps in and out."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy.contrib import legacy_seq2seq, legacy_seq2seq_losses, rnn
from tests.contrib.graphs import evaluate, integers, names, numbers, shares, softmax, softmax_loss


def test_rnn_decoder():
    steps = [tf.constant(numbers(2, 3)) for _ in range(4)]
    cell = rnn.GRUCell(3)
    outputs, state = legacy_seq2seq.rnn_decoder(steps, tf.zeros([2, 3]), cell)
    # With a loop function, the first input alone is read, and then what the function makes of each output.
    looped, _ = legacy_seq2seq.rnn_decoder(
        [steps[0]] + [None] * 3, tf.zeros([2, 3]), cell, lambda output, step: output * step, scope="rnn_decoder"
    )
    by_hand, output, h = [], None, tf.zeros([2, 3])
    with tf.variable_scope("rnn_decoder", reuse=True):
        for step in range(4):
            output, h = cell(steps[0] if output is None else output * step, h)
            by_hand.append(output)
    outputs, state, looped, by_hand = evaluate([outputs, state, looped, by_hand])
    assert np.array_equal(outputs[-1], state)
    np.testing.assert_allclose(looped, by_hand, atol=1e-6)
    assert len(names()) == 4


@pytest.mark.parametrize(("function", "cells"), [("basic_rnn_seq2seq", 2), ("tied_rnn_seq2seq", 1)])
def test_encoders_and_decoders(function, cells):
    steps = [tf.constant(numbers(2, 3)) for _ in range(4)]
    outputs, state = getattr(legacy_seq2seq, function)(steps, steps[:2], rnn.BasicRNNCell(5))
    assert len(names()) == 2 * cells
    kernels = [numbers(8, 5) for _ in range(cells)]
    values = dict(zip([name for name in names() if name.endswith("kernel")], kernels))
    outputs, x = evaluate([outputs, steps], values=values)
    h = np.zeros((2, 5))
    for x_t in x:
        h = np.tanh(np.concatenate([x_t, h], 1) @ kernels[0])
    for x_t, output in zip(x[:2], outputs, strict=True):
        h = np.tanh(np.concatenate([x_t, h], 1) @ kernels[-1])
        np.testing.assert_allclose(output, h, atol=1e-5)


def test_embedding_rnn_seq2seq():
    ids = [tf.constant([1, 2]), tf.constant([3, 0])]
    feeding = {}
    for feed_previous in (False, True):
        with tf.variable_scope("model", reuse=feed_previous or None):
            feeding[feed_previous], _ = legacy_seq2seq.embedding_rnn_seq2seq(
                ids, [*ids, tf.constant([2, 2])], rnn.GRUCell(6), 4, 5, 7, feed_previous=feed_previous
            )
    shapes = {variable.op.name.split("/")[-1]: variable.shape.as_list() for variable in tf.trainable_variables()}
    assert sum(name.endswith("embedding") for name in names()) == 2 and shapes["embedding"][1] == 7
    fed, told = evaluate([feeding[False], feeding[True]])
    assert fed[0].shape == (2, 5)
    assert np.array_equal(fed[0], told[0])  # the first input is the same
    assert not np.allclose(fed[1], told[1])  # then each reads its own word


def test_one_cell_in_two_models():
    """A model to train and one to tell words are given the same cell, which has variables by then."""
    cell = rnn.MultiRNNCell([rnn.DropoutWrapper(rnn.BasicLSTMCell(6), output_keep_prob=tf.placeholder(tf.float32))] * 2)
    ids = [tf.constant([1, 2]), tf.constant([3, 0])]
    for feed_previous in (False, True):
        with tf.variable_scope("model", reuse=feed_previous or None):
            legacy_seq2seq.embedding_rnn_seq2seq(ids, ids, cell, 4, 5, 7, feed_previous=feed_previous)
    assert sum(name.endswith("lstm_cell/kernel") for name in names()) == 4  # two layers each


@pytest.mark.parametrize("function", ["rnn", "tied_rnn", "attention"])
def test_feed_previous_by_a_tensor(function):
    ids = [tf.constant([1, 2]), tf.constant([3, 0])]
    seq2seq_of = getattr(legacy_seq2seq, f"embedding_{function}_seq2seq")
    sizes = (9, 7) if function == "tied_rnn" else (9, 9, 7)
    feeds = tf.placeholder(tf.bool, [])
    results = []
    for reuse, feed_previous in ((None, feeds), (True, True), (True, False)):
        with tf.variable_scope("model", reuse=reuse):
            results.append(seq2seq_of(ids, [*ids, ids[0]], rnn.GRUCell(6), *sizes, feed_previous=feed_previous))
    (outputs, state), (told, told_state), (given, _) = results
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for value, wanted in ((True, told), (False, given)):
            got, wanted = session.run([outputs, wanted], {feeds: value})
            np.testing.assert_allclose(got, wanted, atol=1e-6)
        got, wanted = session.run([state, told_state], {feeds: True})
    np.testing.assert_allclose(got, wanted, atol=1e-6)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert not np.allclose(*session.run([told, given]))


def test_buckets():
    """The buckets' models have one set of variables; each has as many steps as its bucket, and a loss of its own."""
    encoder, decoder, weights = [[tf.constant(numbers(2, 3)) for _ in range(count)] for count in (4, 5, 5)]
    targets, weights = [tf.constant([0, 2])] * 5, [tf.ones([2])] * 5
    cell = rnn.GRUCell(3)
    outputs, losses = legacy_seq2seq_losses.model_with_buckets(
        encoder, decoder, targets, weights, [(2, 3), (4, 5)],
        lambda x, y: legacy_seq2seq.basic_rnn_seq2seq(x, y, cell),
    )  # fmt: skip
    assert [len(each) for each in outputs] == [3, 5] and len(names()) == 8
    wanted = [legacy_seq2seq_losses.sequence_loss(each, targets[: len(each)], weights[: len(each)]) for each in outputs]
    np.testing.assert_allclose(*evaluate([losses, wanted]))
    assert evaluate(legacy_seq2seq_losses.model_with_buckets(
        encoder, decoder, targets, weights, [(1, 1)], lambda x, y: (outputs[0][:1], None), per_example_loss=True
    )[1])[0].shape == (2,)  # fmt: skip
    with pytest.raises(ValueError, match="4 encoder inputs are fewer than the last bucket's 6"):
        legacy_seq2seq_losses.model_with_buckets(encoder, decoder, targets, weights, [(6, 5)], None)


@pytest.mark.parametrize(("heads", "at_first"), [(1, False), (2, True)])
def test_attention_decoder(heads, at_first):
    memory, steps, first = numbers(2, 4, 3), numbers(3, 2, 5), numbers(2, 6)
    outputs, state = legacy_seq2seq.attention_decoder(
        list(tf.unstack(tf.constant(steps))), tf.constant(first), tf.constant(memory), rnn.BasicRNNCell(6),
        output_size=7, num_heads=heads, initial_state_attention=at_first,
    )  # fmt: skip
    values = {variable.op.name: numbers(*variable.shape.as_list()) for variable in tf.trainable_variables()}
    w = {name.removeprefix("attention_decoder/"): value for name, value in values.items()}
    outputs, state = evaluate([outputs, state], values=values)

    def attend(h):
        means = []
        for head in range(heads):
            query = h @ w[f"Attention_{head}/kernel"] + w[f"Attention_{head}/bias"]
            scores = np.tanh(memory @ w[f"AttnW_{head}"][0, 0] + query[:, None]) @ w[f"AttnV_{head}"]
            means.append((softmax(scores)[:, :, None] * memory).sum(1))
        return means

    h = first
    means = attend(h) if at_first else [np.zeros((2, 3))] * heads
    for x, output in zip(steps, outputs, strict=True):
        x = np.concatenate([x, *means], 1) @ w["kernel"] + w["bias"]
        h = np.tanh(np.concatenate([x, h], 1) @ w["basic_rnn_cell/kernel"] + w["basic_rnn_cell/bias"])
        means = attend(h)
        wanted = np.concatenate([h, *means], 1) @ w["AttnOutputProjection/kernel"] + w["AttnOutputProjection/bias"]
        np.testing.assert_allclose(output, wanted, atol=1e-4)
    np.testing.assert_allclose(state, h, atol=1e-5)


def test_sequence_losses():
    logits, labels, weights = numbers(3, 2, 5), integers(5, (3, 2)), shares(3, 2)
    by_step = np.array([softmax_loss(*pair) for pair in zip(logits, labels)]) * weights  # [time, batch]
    lists = [list(map(tf.constant, array)) for array in (logits, labels, weights)]
    got = evaluate(
        [
            legacy_seq2seq_losses.sequence_loss_by_example(*lists),
            legacy_seq2seq_losses.sequence_loss_by_example(*lists, average_across_timesteps=False),
            legacy_seq2seq_losses.sequence_loss(*lists),
            legacy_seq2seq_losses.sequence_loss(*lists, average_across_batch=False),
        ]
    )
    by_example = by_step.sum(0) / weights.sum(0)
    for value, wanted in zip(got, (by_example, by_step.sum(0), by_example.mean(), by_example.sum())):
        np.testing.assert_allclose(value, wanted, rtol=1e-5)
    # A loss of the script's own, by position or by name; until 1.0 the logits came first.
    for own in (
        lambda labels, logits: logits[:, 0],
        lambda targets, predicted: predicted[:, 0],
        lambda inputs, labels: inputs[:, 0],
    ):
        got = evaluate(legacy_seq2seq_losses.sequence_loss_by_example(*lists, softmax_loss_function=own))
        np.testing.assert_allclose(got, (logits[:, :, 0] * weights).sum(0) / weights.sum(0), rtol=1e-4)
    with pytest.raises(ValueError, match="not as many"):
        legacy_seq2seq_losses.sequence_loss_by_example(lists[0], lists[1][:2], lists[2])
