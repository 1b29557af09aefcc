"""Beam search of legacy/contrib/beam_search.py, against every sequence there is."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy.contrib import rnn, seq2seq
from tests.contrib.graphs import evaluate, names, numbers, softmax


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_beam_search(penalty):
    """A beam as wide as there are sequences finds the likeliest of all, in their order."""
    words, end, steps, width = 4, 1, 3, 40
    embedding, cell = tf.constant(5 * numbers(words, 3)), rnn.BasicRNNCell(5)
    layer = tf.layers.Dense(words, name="words")
    first = tf.constant(numbers(2, 5))
    decoder = seq2seq.BeamSearchDecoder(
        cell, embedding, tf.constant([0, 2]), end, seq2seq.tile_batch(first, width), width, layer, penalty
    )
    outputs, state, lengths = seq2seq.dynamic_decode(decoder, maximum_iterations=steps)
    values = {name: 2 * numbers(*variable.shape.as_list()) for name, variable in zip(names(), tf.trainable_variables())}
    ids, scores, table, h = evaluate(
        [outputs.predicted_ids, outputs.beam_search_decoder_output.scores, embedding, first], values=values
    )
    kernel, bias, kernel_out, bias_out = values.values()
    for example, start in enumerate([0, 2]):
        sequences = [((), 0.0, h[example], start)]
        for _ in range(steps):
            grown = []
            for told, score, state, last in sequences:
                if told and told[-1] == end:
                    grown.append((told, score, state, last))
                    continue
                after = np.tanh(np.concatenate([table[last], state]) @ kernel + bias)
                log_probs = np.log(softmax(after @ kernel_out + bias_out))
                grown += [((*told, word), score + log_probs[word], after, word) for word in range(words)]
            sequences = grown
        scored = []
        for told, score, *_ in sequences:
            # An end that has just been told does not count.
            length = len(told) - (len(told) == steps and told[-1] == end)
            scored.append((score / ((5 + length) / 6) ** penalty, told))
        sequences = sorted(scored, reverse=True)[:5]
        np.testing.assert_allclose(scores[example, -1, :5], [score for score, _ in sequences], atol=1e-4)
        for beam, (_, told) in enumerate(sequences):
            assert tuple(ids[example, :, beam]) == told + (end,) * (steps - len(told))


def test_a_narrow_beam_keeps_its_states_apart():
    """Each beam's scores are those of its own sequence, though the beams change places."""
    words, embedding, cell = 6, tf.constant(5 * numbers(6, 3)), rnn.MultiRNNCell([rnn.BasicLSTMCell(4)] * 2)
    layer = tf.layers.Dense(words, name="words")
    state = seq2seq.tile_batch(cell.zero_state(2, tf.float32), 3)
    decoder = seq2seq.BeamSearchDecoder(cell, embedding, [0, 0], 1, state, 3, layer)
    outputs, last, lengths = seq2seq.dynamic_decode(decoder, maximum_iterations=5, output_time_major=True)
    values = {name: 2 * numbers(*variable.shape.as_list()) for name, variable in zip(names(), tf.trainable_variables())}
    told = tf.placeholder(tf.int32, [None, 5])
    state, total = cell.zero_state(3, tf.float32), tf.zeros([3])
    finished, word = tf.fill([3], False), tf.zeros([3], tf.int32)
    with tf.variable_scope("decoder", reuse=True):
        for step in range(5):
            output, state = cell(tf.nn.embedding_lookup(embedding, word), state)
            word = told[:, step]
            log_probs = tf.nn.log_softmax(layer(output))
            total += tf.where(finished, tf.zeros([3]), tf.gather(log_probs, word, batch_dims=1))
            finished |= tf.equal(word, 1)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for variable in tf.trainable_variables():
            variable.load(values[variable.op.name], session)
        ids, log_probs = session.run([outputs.predicted_ids, last.log_probs])
        for example in range(2):
            np.testing.assert_allclose(session.run(total, {told: ids[:, example].T}), log_probs[example], atol=1e-4)
    assert len({tuple(ids[:, 0, beam]) for beam in range(3)}) == 3


def test_gather_tree():
    ids = tf.constant([[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]], [[-1, -1, -1]]])
    parents = tf.constant([[[0, 0, 0]], [[0, 1, 1]], [[2, 1, 2]], [[-1, -1, -1]]])
    got = evaluate(seq2seq.gather_tree(ids, parents, tf.constant([3]), 10))
    assert got[:, 0].tolist() == [[2, 2, 2], [6, 5, 6], [7, 8, 9], [10, 10, 10]]
    got = evaluate(seq2seq.gather_tree(ids, parents, tf.constant([3]), 5))  # past a sequence's own end
    assert got[:, 0].tolist() == [[2, 2, 2], [6, 5, 6], [7, 5, 9], [5, 5, 5]]
