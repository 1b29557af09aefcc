"""Records `tf.contrib.crf`: scores, likelihoods and the best sequences of tags."""

from __future__ import division, print_function

import numpy as np
import tensorflow as tf
from pieces import given, main, piece, ramp

BATCH, TIME, TAGS = 3, 5, 4
TAGGED = (np.arange(BATCH * TIME).reshape(BATCH, TIME) * 7 % TAGS).astype("int32")
LENGTHS = [5, 2, 1]
WITH_AN_EMPTY_ONE = [5, 0, 3]


def transitions():
    return tf.get_variable("pairs", [TAGS, TAGS])


@piece("crf.crf_log_likelihood")
def crf_log_likelihood():
    return tf.contrib.crf.crf_log_likelihood(given(BATCH, TIME, TAGS), tf.constant(TAGGED), tf.constant(LENGTHS))


@piece("crf.crf_log_likelihood")
def crf_log_likelihood_int64():
    lengths = tf.constant(LENGTHS, tf.int64)
    return tf.contrib.crf.crf_log_likelihood(
        given(BATCH, TIME, TAGS), tf.constant(TAGGED, tf.int64), lengths, transitions()
    )


@piece("crf.crf_log_likelihood")
def crf_log_likelihood_of_an_empty_sequence():
    return tf.contrib.crf.crf_log_likelihood(
        given(BATCH, TIME, TAGS), tf.constant(TAGGED), tf.constant(WITH_AN_EMPTY_ONE)
    )


@piece("crf.crf_log_likelihood")
def crf_log_likelihood_of_one_step():
    return tf.contrib.crf.crf_log_likelihood(given(BATCH, 1, TAGS), tf.constant(TAGGED[:, :1]), tf.constant([1, 1, 0]))


@piece("crf.crf_log_likelihood", "crf.crf_decode")
def crf_of_unknown_shape():
    """As scripts fed it: placeholders whose batch and time are not known."""
    inputs = tf.placeholder(tf.float32, [None, None, TAGS])
    tags, lengths = tf.placeholder(tf.int32, [None, None]), tf.placeholder(tf.int32, [None])
    likelihood, pairs = tf.contrib.crf.crf_log_likelihood(inputs, tags, lengths)
    best, score = tf.contrib.crf.crf_decode(inputs, pairs, lengths)
    slope = tf.gradients(tf.reduce_mean(-likelihood), [inputs, pairs])

    def fed(session):
        values = []
        for steps in (TIME, 1):
            feed = {inputs: ramp([BATCH, steps, TAGS]), tags: TAGGED[:, :steps], lengths: np.minimum(LENGTHS, steps)}
            values.append(session.run([likelihood, best, score, slope], feed))
        return values

    return fed


@piece("crf.crf_sequence_score", "crf.crf_unary_score", "crf.crf_binary_score", "crf.crf_log_norm")
def crf_scores():
    inputs, pairs = given(BATCH, TIME, TAGS), transitions()
    lengths = tf.constant(LENGTHS)
    return [
        tf.contrib.crf.crf_sequence_score(inputs, tf.constant(TAGGED), lengths, pairs),
        tf.contrib.crf.crf_unary_score(tf.constant(TAGGED), lengths, inputs),
        tf.contrib.crf.crf_binary_score(tf.constant(TAGGED), lengths, pairs),
        tf.contrib.crf.crf_log_norm(inputs, lengths, pairs),
    ]


@piece("crf.crf_multitag_sequence_score")
def crf_multitag_sequence_score():
    bitmap = ramp([BATCH, TIME, TAGS]) > -0.2
    return tf.contrib.crf.crf_multitag_sequence_score(
        given(BATCH, TIME, TAGS), bitmap, tf.constant(LENGTHS), transitions()
    )


@piece("crf.CrfForwardRnnCell")
def crf_forward_rnn_cell():
    cell = tf.contrib.crf.CrfForwardRnnCell(transitions())
    return cell(given(BATCH, TAGS), given(BATCH, TAGS))


@piece("crf.viterbi_decode")
def viterbi_decode():
    def decoded(session):
        tags, score = tf.contrib.crf.viterbi_decode(ramp([TIME, TAGS]), ramp([TAGS, TAGS]))
        return {"tags": np.array(tags, "int64"), "score": score}

    return decoded


@piece("crf.crf_decode")
def crf_decode():
    return tf.contrib.crf.crf_decode(given(BATCH, TIME, TAGS), transitions(), tf.constant(LENGTHS))


@piece("crf.crf_decode")
def crf_decode_of_one_step():
    return tf.contrib.crf.crf_decode(given(BATCH, 1, TAGS), transitions(), tf.constant([1, 1, 1]))


@piece("crf.CrfDecodeForwardRnnCell", "crf.CrfDecodeBackwardRnnCell")
def crf_decode_cells():
    forward = tf.contrib.crf.CrfDecodeForwardRnnCell(transitions())
    before, scores = forward(given(BATCH, TAGS), given(BATCH, TAGS))
    backward = tf.contrib.crf.CrfDecodeBackwardRnnCell(TAGS)
    return before, scores, backward(before, tf.constant([[1], [3], [0]]))


if __name__ == "__main__":
    main()
