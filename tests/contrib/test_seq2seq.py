"""The loss, the helpers and the decoders of legacy/contrib/seq2seq.py."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy.contrib import rnn, seq2seq
from tests.contrib.graphs import evaluate, integers, names, numbers, shares, softmax_loss


def test_sequence_loss():
    """Of [batch, time], averaged over both, one or neither."""
    logits, labels, weights = numbers(3, 2, 5), integers(5, (3, 2)), shares(3, 2)
    by_step = np.array([softmax_loss(*pair) for pair in zip(logits, labels)]) * weights  # [time, batch]
    by_example = by_step.sum(0) / weights.sum(0)
    arrays = [tf.constant(array.swapaxes(0, 1)) for array in (logits, labels, weights)]
    got = evaluate([seq2seq.sequence_loss(*arrays, time, batch) for time in (True, False) for batch in (True, False)])
    wanted = by_step.sum() / weights.sum(), by_example, by_step.sum(1) / weights.sum(1), by_step.T
    for value, each in zip(got, wanted, strict=True):
        np.testing.assert_allclose(value, each, rtol=1e-5)


@pytest.mark.parametrize("impute_finished", [False, True])
def test_decoding_given_words(impute_finished):
    """A decoder that reads given inputs is dynamic_rnn and a layer."""
    x, lengths = numbers(3, 5, 4), [5, 2, 3]
    cell, layer = rnn.BasicLSTMCell(6), tf.layers.Dense(7)
    start = cell.zero_state(3, tf.float32)
    helper = seq2seq.TrainingHelper(tf.constant(x), lengths)
    decoder = seq2seq.BasicDecoder(cell, helper, start, layer)
    outputs, state, told_lengths = seq2seq.dynamic_decode(decoder, impute_finished=impute_finished)
    assert sorted(names()) == [
        f"decoder/{name}" for name in ("basic_lstm_cell/bias", "basic_lstm_cell/kernel", "dense/bias", "dense/kernel")
    ]
    with tf.variable_scope("decoder", reuse=True):
        wanted = [start]
        hs = []
        for step in range(5):
            h, after = cell(tf.constant(x[:, step]), wanted[-1])
            wanted.append(after)
            hs.append(layer(h))
    gradient = tf.gradients(tf.reduce_sum(outputs.rnn_output), tf.trainable_variables())
    fetched = evaluate([outputs, state, told_lengths, hs, wanted, gradient])
    outputs, state, told_lengths, hs, wanted, gradient = fetched
    assert told_lengths.tolist() == lengths
    mask = (np.arange(5) < np.array(lengths)[:, None])[..., None]
    logits = np.array(hs).swapaxes(0, 1)
    got = outputs.rnn_output * (1 if impute_finished else mask)
    np.testing.assert_allclose(got, logits * mask, atol=1e-5)
    np.testing.assert_array_equal((outputs.sample_id * mask[..., 0])[0], logits.argmax(-1)[0])
    if impute_finished:
        np.testing.assert_allclose(state.c, [wanted[length].c[row] for row, length in enumerate(lengths)], atol=1e-5)
    assert all(np.abs(each).max() > 0 for each in gradient)


@pytest.mark.parametrize("helper_class", [seq2seq.GreedyEmbeddingHelper, seq2seq.SampleEmbeddingHelper])
def test_decoding_its_own_words(helper_class):
    embedding, kernel, bias = numbers(4, 3), numbers(8, 5), numbers(5)
    w = numbers(5, 4) * 3
    start = numbers(2, 5)
    if helper_class is seq2seq.SampleEmbeddingHelper:  # so cold that it tells the likeliest
        helper = helper_class(tf.constant(embedding), [1, 2], 0, softmax_temperature=1e-6)
    else:
        helper = helper_class(lambda ids: tf.gather(tf.constant(embedding), ids), [1, 2], 0)
    decoder = seq2seq.BasicDecoder(rnn.BasicRNNCell(5), helper, tf.constant(start), tf.layers.Dense(4, use_bias=False))
    outputs, state, lengths = seq2seq.dynamic_decode(decoder, maximum_iterations=6, output_time_major=True)
    values = {f"decoder/basic_rnn_cell/{name}": value for name, value in (("kernel", kernel), ("bias", bias))}
    outputs, lengths = evaluate([outputs, lengths], values={**values, "decoder/dense/kernel": w})
    h, ids, told = start, np.array([1, 2]), []
    for _ in range(len(outputs.sample_id)):
        h = np.tanh(np.concatenate([embedding[ids], h], 1) @ kernel + bias)
        ids = (h @ w).argmax(1)
        told.append(ids)
    assert outputs.sample_id.tolist() == np.array(told).tolist()
    ends = [row.index(0) + 1 if 0 in row else 6 for row in np.array(told).T.tolist()]
    assert lengths.tolist() == ends and len(told) == max(ends)


def test_a_helper_of_the_script_s_own():
    """One that feeds back the outputs, as a prediction of numbers does."""
    first = tf.constant(numbers(2, 3))
    helper = seq2seq.CustomHelper(
        lambda: (tf.fill([2], False), first),
        lambda time, outputs, state: tf.zeros([2], tf.int32),
        lambda time, outputs, state, sample_ids: (tf.fill([2], time >= 2), outputs, state),
    )
    cell = rnn.GRUCell(3)
    decoder = seq2seq.BasicDecoder(cell, helper, tf.zeros([2, 3]))
    outputs, state, lengths = seq2seq.dynamic_decode(decoder)
    x, h, by_hand = first, tf.zeros([2, 3]), []
    with tf.variable_scope("decoder", reuse=True):
        for _ in range(3):
            x, h = cell(x, h)
            by_hand.append(x)
    got, lengths, wanted, size = evaluate([outputs.rnn_output, lengths, tf.stack(by_hand, 1), decoder.batch_size])
    np.testing.assert_allclose(got, wanted, atol=1e-6)
    assert list(lengths) == [3, 3] and size == 2


def test_tile_batch():
    c, h = evaluate(seq2seq.tile_batch(rnn.LSTMStateTuple(tf.constant([[1.0], [2.0]]), tf.constant([[3.0], [4.0]])), 2))
    assert c.ravel().tolist() == [1, 1, 2, 2] and h.ravel().tolist() == [3, 3, 4, 4]
