"""Records `tf.contrib.legacy_seq2seq`: lists of steps in, lists of steps out."""

from __future__ import division, print_function

import tensorflow as tf
from pieces import given, main, piece, ramp, steps

BATCH, INPUTS, UNITS, WORDS, SIZE = 2, 3, 4, 6, 3


def ids(count, first=0):
    return [tf.constant([(first + 2 * step) % WORDS, (first + 3 * step + 1) % WORDS]) for step in range(count)]


def gru():
    return tf.contrib.rnn.GRUCell(UNITS)


def lstm():
    return tf.contrib.rnn.BasicLSTMCell(UNITS)


@piece("legacy_seq2seq.rnn_decoder")
def rnn_decoder():
    return tf.contrib.legacy_seq2seq.rnn_decoder(steps(3, BATCH, INPUTS), given(BATCH, UNITS), gru())


@piece("legacy_seq2seq.rnn_decoder")
def rnn_decoder_loop_function():
    def loop_function(previous, step):
        return previous[:, :INPUTS] * (step + 1.0)

    return tf.contrib.legacy_seq2seq.rnn_decoder(
        steps(3, BATCH, INPUTS), given(BATCH, UNITS), gru(), loop_function, scope="told"
    )


@piece("legacy_seq2seq.basic_rnn_seq2seq")
def basic_rnn_seq2seq():
    return tf.contrib.legacy_seq2seq.basic_rnn_seq2seq(steps(3, BATCH, INPUTS), steps(2, BATCH, INPUTS), lstm())


@piece("legacy_seq2seq.tied_rnn_seq2seq")
def tied_rnn_seq2seq():
    return tf.contrib.legacy_seq2seq.tied_rnn_seq2seq(steps(3, BATCH, INPUTS), steps(2, BATCH, INPUTS), lstm())


@piece("legacy_seq2seq.embedding_rnn_decoder")
def embedding_rnn_decoder():
    return tf.contrib.legacy_seq2seq.embedding_rnn_decoder(ids(3), given(BATCH, UNITS), gru(), WORDS, SIZE)


@piece("legacy_seq2seq.embedding_rnn_decoder")
def embedding_rnn_decoder_feed_previous():
    projection = tf.get_variable("w", [UNITS, WORDS]), tf.get_variable("b", [WORDS])
    return tf.contrib.legacy_seq2seq.embedding_rnn_decoder(
        ids(3), given(BATCH, UNITS), gru(), WORDS, SIZE, projection, True
    )


@piece("legacy_seq2seq.embedding_rnn_decoder")
def embedding_rnn_decoder_fixed_for_previous():
    projection = tf.get_variable("w", [UNITS, WORDS]), tf.get_variable("b", [WORDS])
    return tf.contrib.legacy_seq2seq.embedding_rnn_decoder(
        ids(3), given(BATCH, UNITS), gru(), WORDS, SIZE, projection, True, update_embedding_for_previous=False
    )


@piece("legacy_seq2seq.embedding_rnn_seq2seq")
def embedding_rnn_seq2seq():
    return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(ids(3), ids(2, 1), lstm(), WORDS, WORDS, SIZE)


@piece("legacy_seq2seq.embedding_rnn_seq2seq")
def embedding_rnn_seq2seq_feed_previous():
    return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
        ids(3), ids(3, 1), lstm(), WORDS, WORDS, SIZE, feed_previous=True
    )


@piece("legacy_seq2seq.embedding_rnn_seq2seq")
def embedding_rnn_seq2seq_either_way():
    return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
        ids(3), ids(3, 1), lstm(), WORDS, WORDS, SIZE, feed_previous=tf.constant(True)
    )


@piece("legacy_seq2seq.embedding_rnn_seq2seq")
def embedding_rnn_seq2seq_projection():
    projection = tf.get_variable("w", [UNITS, WORDS]), tf.get_variable("b", [WORDS])
    return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
        ids(3), ids(2, 1), gru(), WORDS, WORDS, SIZE, projection, True
    )


@piece("legacy_seq2seq.embedding_tied_rnn_seq2seq")
def embedding_tied_rnn_seq2seq():
    return tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq(ids(3), ids(2, 1), lstm(), WORDS, SIZE)


@piece("legacy_seq2seq.embedding_tied_rnn_seq2seq")
def embedding_tied_rnn_seq2seq_feed_previous():
    return tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq(
        ids(3), ids(3, 1), lstm(), WORDS, SIZE, num_decoder_symbols=5, feed_previous=True
    )


@piece("legacy_seq2seq.attention_decoder")
def attention_decoder():
    return tf.contrib.legacy_seq2seq.attention_decoder(
        steps(3, BATCH, INPUTS), given(BATCH, UNITS), given(BATCH, 5, 3), gru()
    )


@piece("legacy_seq2seq.attention_decoder")
def attention_decoder_heads_lstm():
    state = tf.contrib.rnn.LSTMStateTuple(given(BATCH, UNITS), given(BATCH, UNITS))
    return tf.contrib.legacy_seq2seq.attention_decoder(
        steps(3, BATCH, INPUTS), state, given(BATCH, 5, 3), lstm(), output_size=2, num_heads=2
    )


@piece("legacy_seq2seq.attention_decoder")
def attention_decoder_initial_state_attention():
    return tf.contrib.legacy_seq2seq.attention_decoder(
        steps(3, BATCH, INPUTS), given(BATCH, UNITS), given(BATCH, 5, 3), gru(),
        loop_function=lambda previous, step: previous[:, :INPUTS], initial_state_attention=True,
    )  # fmt: skip


@piece("legacy_seq2seq.embedding_attention_decoder")
def embedding_attention_decoder():
    return tf.contrib.legacy_seq2seq.embedding_attention_decoder(
        ids(3), given(BATCH, UNITS), given(BATCH, 5, 3), gru(), WORDS, SIZE, output_size=WORDS, feed_previous=True
    )


@piece("legacy_seq2seq.embedding_attention_seq2seq")
def embedding_attention_seq2seq():
    return tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(ids(3), ids(2, 1), lstm(), WORDS, WORDS, SIZE)


@piece("legacy_seq2seq.embedding_attention_seq2seq")
def embedding_attention_seq2seq_feed_previous():
    return tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
        ids(3), ids(3, 1), gru(), WORDS, WORDS, SIZE, num_heads=2, feed_previous=True, initial_state_attention=True
    )


@piece("legacy_seq2seq.embedding_attention_seq2seq")
def embedding_attention_seq2seq_either_way():
    return tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
        ids(3), ids(3, 1), lstm(), WORDS, WORDS, SIZE, feed_previous=tf.constant(False)
    )


@piece("legacy_seq2seq.model_with_buckets")
def model_with_buckets():
    """As translate.py of 2016 used it."""
    encoder, decoder = ids(4), ids(5, 1)
    weights = [tf.constant([1.0, 0.5])] * 5

    def seq2seq(encoder_inputs, decoder_inputs):
        return tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
            encoder_inputs, decoder_inputs, gru(), WORDS, WORDS, SIZE
        )

    return tf.contrib.legacy_seq2seq.model_with_buckets(encoder, decoder, ids(5, 2), weights, [(2, 3), (4, 5)], seq2seq)


@piece("legacy_seq2seq.model_with_buckets")
def model_with_buckets_per_example():
    def seq2seq(encoder_inputs, decoder_inputs):
        return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(
            encoder_inputs, decoder_inputs, gru(), WORDS, WORDS, SIZE
        )

    return tf.contrib.legacy_seq2seq.model_with_buckets(
        ids(3), ids(3, 1), ids(3, 2), [tf.constant([1.0, 0.5])] * 3, [(2, 2), (3, 3)], seq2seq, per_example_loss=True
    )


def logits():
    return steps(3, BATCH, WORDS), ids(3), [tf.constant([1.0, 0.5]), tf.constant([0.25, 1.0]), tf.constant([1.0, 0.0])]


@piece("legacy_seq2seq.sequence_loss")
def sequence_loss():
    return tf.contrib.legacy_seq2seq.sequence_loss(*logits())


@piece("legacy_seq2seq.sequence_loss")
def sequence_loss_not_averaged():
    return tf.contrib.legacy_seq2seq.sequence_loss(
        *logits(), average_across_timesteps=False, average_across_batch=False
    )


@piece("legacy_seq2seq.sequence_loss_by_example")
def sequence_loss_by_example():
    return tf.contrib.legacy_seq2seq.sequence_loss_by_example(*logits())


@piece("legacy_seq2seq.sequence_loss_by_example")
def sequence_loss_by_example_function():
    """Until 1.0 it was called with (logits, labels), then with (labels, logits), then by names."""

    def own(labels, logits):
        return tf.reduce_sum(tf.square(tf.one_hot(labels, WORDS) - logits), 1)

    return tf.contrib.legacy_seq2seq.sequence_loss_by_example(*logits(), softmax_loss_function=own)


@piece("legacy_seq2seq.sequence_loss_by_example")
def sampled_loss():
    """As translate.py of 2016 used it: sampled_softmax_loss over the labels as [batch, 1], all classes sampled."""
    w, b = tf.get_variable("proj_w", [WORDS, INPUTS]), tf.get_variable("proj_b", [WORDS])

    def sampled(labels, logits):
        candidates = (tf.constant(list(range(WORDS)), tf.int64), tf.ones([BATCH, 1]), tf.ones([WORDS]))
        return tf.nn.sampled_softmax_loss(
            w, b, tf.reshape(tf.cast(labels, tf.int64), [-1, 1]), logits, WORDS, WORDS, sampled_values=candidates
        )

    weights = [tf.constant(ramp([BATCH], 3) + 1)] * 2
    return tf.contrib.legacy_seq2seq.sequence_loss_by_example(
        steps(2, BATCH, INPUTS), ids(2), weights, softmax_loss_function=sampled
    )


if __name__ == "__main__":
    main()
