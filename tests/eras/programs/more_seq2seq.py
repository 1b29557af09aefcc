"""Records what of `tf.contrib.seq2seq` programs/seq2seq.py does not: monotonic attention, scheduled and free inputs."""

from __future__ import division, print_function

import tensorflow as tf
from pieces import given, main, piece

BATCH, INPUTS, UNITS, TIME, WORDS = 2, 3, 4, 5, 6
seq2seq = tf.contrib.seq2seq


def decode(helper, cell, state=None, layer=True):
    output_layer = tf.layers.Dense(WORDS, name="projection") if layer else None
    decoder = seq2seq.BasicDecoder(cell, helper, state or cell.zero_state(BATCH, tf.float32), output_layer)
    return seq2seq.dynamic_decode(decoder, maximum_iterations=TIME)


def attend(kind, **how):
    """A decoder that reads given inputs and attends by this mechanism; the last weights of the memory, too."""
    mechanism = getattr(seq2seq, kind)(UNITS, given(BATCH, 4, INPUTS), [4, 2], **how)
    cell = seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(UNITS), mechanism, 3)
    helper = seq2seq.TrainingHelper(given(BATCH, TIME, INPUTS), [5, 3])
    outputs, state, _ = decode(helper, cell)
    return outputs.rnn_output, state.alignments


@piece("seq2seq.safe_cumprod")
def safe_cumprod():
    return seq2seq.safe_cumprod(0.5 + given(2, 5), axis=1, exclusive=True)


def by_mode(mode):
    chosen = tf.sigmoid(4 * given(2, 5))
    before = tf.nn.softmax(given(2, 5))
    return seq2seq.monotonic_attention(chosen, before, mode)


@piece("seq2seq.monotonic_attention")
def monotonic_attention_recursive():
    return by_mode("recursive")


@piece("seq2seq.monotonic_attention")
def monotonic_attention_parallel():
    return by_mode("parallel")


@piece("seq2seq.monotonic_attention")
def monotonic_attention_hard():
    chosen = tf.constant([[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]])
    return seq2seq.monotonic_attention(chosen, tf.constant([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]), "hard")


@piece("seq2seq.BahdanauMonotonicAttention")
def bahdanau_monotonic():
    return attend("BahdanauMonotonicAttention", score_bias_init=0.3)


@piece("seq2seq.BahdanauMonotonicAttention")
def bahdanau_monotonic_normalized():
    return attend("BahdanauMonotonicAttention", normalize=True, mode="recursive")


@piece("seq2seq.LuongMonotonicAttention")
def luong_monotonic():
    return attend("LuongMonotonicAttention")


@piece("seq2seq.LuongMonotonicAttention")
def luong_monotonic_hard():
    return attend("LuongMonotonicAttention", scale=True, mode="hard", score_bias_init=-0.2)


# --- helpers ---


@piece("seq2seq.ScheduledEmbeddingTrainingHelper")
def scheduled_embedding_never():
    helper = seq2seq.ScheduledEmbeddingTrainingHelper(given(BATCH, TIME, INPUTS), [5, 3], given(WORDS, INPUTS), 0.0)
    return decode(helper, tf.nn.rnn_cell.GRUCell(UNITS))


@piece("seq2seq.ScheduledEmbeddingTrainingHelper")
def scheduled_embedding_always():
    """Its draws are certain: one word is a million times likelier than the others."""
    embedding = given(WORDS, INPUTS)
    helper = seq2seq.ScheduledEmbeddingTrainingHelper(given(BATCH, TIME, INPUTS), [5, 3], embedding, 1.0)

    class Certain(tf.layers.Layer):
        """Makes the largest logit certain."""

        def call(self, inputs):
            return 1e6 * inputs

        def compute_output_shape(self, shape):
            return shape

        def _compute_output_shape(self, shape):
            return shape

    cell = tf.nn.rnn_cell.GRUCell(WORDS)
    outputs, state, lengths = seq2seq.dynamic_decode(
        seq2seq.BasicDecoder(cell, helper, cell.zero_state(BATCH, tf.float32), Certain()), maximum_iterations=TIME
    )
    return outputs.sample_id, outputs.rnn_output / 1e6, state, lengths


@piece("seq2seq.ScheduledOutputTrainingHelper")
def scheduled_output_never():
    helper = seq2seq.ScheduledOutputTrainingHelper(given(BATCH, TIME, INPUTS), [5, 3], 0.0)
    return decode(helper, tf.nn.rnn_cell.GRUCell(INPUTS), layer=False)


@piece("seq2seq.ScheduledOutputTrainingHelper")
def scheduled_output_always():
    helper = seq2seq.ScheduledOutputTrainingHelper(given(BATCH, TIME, INPUTS), [5, 3], 1.0)
    return decode(helper, tf.nn.rnn_cell.GRUCell(INPUTS), layer=False)


@piece("seq2seq.ScheduledOutputTrainingHelper")
def scheduled_output_beside():
    helper = seq2seq.ScheduledOutputTrainingHelper(
        given(BATCH, TIME, INPUTS), [5, 5], 1.0, next_inputs_fn=lambda outputs: 2 * outputs,
        auxiliary_inputs=given(BATCH, TIME, 2),
    )  # fmt: skip
    return decode(helper, tf.nn.rnn_cell.GRUCell(INPUTS), layer=False)


@piece("seq2seq.InferenceHelper")
def inference():
    helper = seq2seq.InferenceHelper(
        lambda outputs: tf.tanh(3 * outputs), [INPUTS], tf.float32, given(BATCH, INPUTS),
        lambda told: tf.reduce_sum(told, 1) > 2.0, lambda told: 0.5 * told,
    )  # fmt: skip
    return decode(helper, tf.nn.rnn_cell.GRUCell(INPUTS), layer=False)


if __name__ == "__main__":
    main()
