"""Records `tf.contrib.seq2seq` of 1.0, which 1.1 gave up: decoders made of a function."""

from __future__ import division, print_function

import tensorflow as tf
from pieces import given, main, piece

BATCH, INPUTS, UNITS, TIME, WORDS = 2, 3, 4, 5, 6
seq2seq = tf.contrib.seq2seq


def encoded(cell):
    outputs, state = tf.nn.dynamic_rnn(cell, given(BATCH, 4, INPUTS), dtype=tf.float32)
    return outputs, state


@piece("seq2seq.dynamic_rnn_decoder", "seq2seq.simple_decoder_fn_train")
def function_train():
    with tf.variable_scope("encoder"):
        _, state = encoded(tf.contrib.rnn.BasicLSTMCell(UNITS))
    with tf.variable_scope("decoder") as scope:
        return seq2seq.dynamic_rnn_decoder(
            tf.contrib.rnn.BasicLSTMCell(UNITS), seq2seq.simple_decoder_fn_train(state), given(BATCH, TIME, INPUTS),
            [5, 3], scope=scope,
        )  # fmt: skip


@piece("seq2seq.dynamic_rnn_decoder", "seq2seq.simple_decoder_fn_inference")
def function_inference():
    with tf.variable_scope("encoder"):
        _, state = encoded(tf.contrib.rnn.GRUCell(UNITS))
    with tf.variable_scope("decoder") as scope:
        output_fn = lambda x: tf.contrib.layers.linear(x, WORDS, scope=scope)  # noqa: E731
        decoder_fn = seq2seq.simple_decoder_fn_inference(
            output_fn, state, given(WORDS, INPUTS), 1, 0, TIME, WORDS, tf.int32
        )
        return seq2seq.dynamic_rnn_decoder(tf.contrib.rnn.GRUCell(UNITS), decoder_fn, scope=scope)


def with_attention(option, train):
    with tf.variable_scope("encoder"):
        states, state = encoded(tf.contrib.rnn.BasicLSTMCell(UNITS))
    with tf.variable_scope("decoder") as scope:
        attention = seq2seq.prepare_attention(states, option, UNITS)
        cell = tf.contrib.rnn.BasicLSTMCell(UNITS)
        if train:
            decoder_fn = seq2seq.attention_decoder_fn_train(state, *attention)
            return seq2seq.dynamic_rnn_decoder(cell, decoder_fn, given(BATCH, TIME, INPUTS), [5, 3], scope=scope)
        output_fn = lambda x: tf.contrib.layers.linear(x, WORDS, scope=scope)  # noqa: E731
        embeddings = given(WORDS, INPUTS)
        decoder_fn = seq2seq.attention_decoder_fn_inference(
            *((output_fn, state) + attention + (embeddings, 1, 0, TIME, WORDS))
        )
        return seq2seq.dynamic_rnn_decoder(cell, decoder_fn, scope=scope)


@piece("seq2seq.prepare_attention", "seq2seq.attention_decoder_fn_train")
def function_attention_bahdanau():
    return with_attention("bahdanau", True)


@piece("seq2seq.prepare_attention", "seq2seq.attention_decoder_fn_train")
def function_attention_luong():
    return with_attention("luong", True)


@piece("seq2seq.prepare_attention", "seq2seq.attention_decoder_fn_inference")
def function_attention_inference():
    return with_attention("bahdanau", False)


if __name__ == "__main__":
    main()
