"""`tf.contrib.legacy_seq2seq`, in 2016 `tf.nn.seq2seq`: lists of steps in, lists of steps out. Without attention.

Source: tensorflow/contrib/legacy_seq2seq/python/ops/seq2seq.py, TensorFlow 1.15.
"""

import copy
import inspect

import tensorflow.compat.v1 as tf

from legacy.contrib.missing import Missing
from legacy.contrib.rnn import EmbeddingWrapper, OutputProjectionWrapper, static_rnn


def rnn_decoder(decoder_inputs, initial_state, cell, loop_function=None, scope=None):
    """Runs the cell over the inputs, a list of [batch, inputs]; with `loop_function(output, step)` only the first
    is read, and what the function makes of each output is the next one's. Returns (outputs: a list, last state)."""
    with tf.variable_scope(scope or "rnn_decoder"):
        state, outputs, output = initial_state, [], None
        for step, step_input in enumerate(decoder_inputs):
            if loop_function is not None and output is not None:
                with tf.variable_scope("loop_function", reuse=True):
                    step_input = loop_function(output, step)
            if step > 0:
                tf.get_variable_scope().reuse_variables()
            output, state = cell(step_input, state)
            outputs.append(output)
    return outputs, state


def basic_rnn_seq2seq(encoder_inputs, decoder_inputs, cell, dtype=tf.float32, scope=None):
    """An encoder, and a decoder of its own weights that starts from the encoder's last state."""
    with tf.variable_scope(scope or "basic_rnn_seq2seq"):
        decoder_cell = copy.deepcopy(cell)
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, decoder_cell)


def tied_rnn_seq2seq(encoder_inputs, decoder_inputs, cell, loop_function=None, dtype=tf.float32, scope=None):
    """An encoder and a decoder that share their weights."""
    with tf.variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        tf.get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function, scope)


def embedding_rnn_decoder(
    decoder_inputs,
    initial_state,
    cell,
    num_symbols,
    embedding_size,
    output_projection=None,
    feed_previous=False,
    update_embedding_for_previous=True,
    scope=None,
):
    """`rnn_decoder` of ids, a list of int [batch]; with `feed_previous` each reads the id its step before told."""
    with tf.variable_scope(scope or "embedding_rnn_decoder"):
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size])

        def told(output, _):
            if output_projection is not None:
                output = tf.nn.xw_plus_b(output, *output_projection)
            looked_up = tf.nn.embedding_lookup(embedding, tf.argmax(output, 1))
            return looked_up if update_embedding_for_previous else tf.stop_gradient(looked_up)

        inputs = [tf.nn.embedding_lookup(embedding, ids) for ids in decoder_inputs]
        return rnn_decoder(inputs, initial_state, cell, told if feed_previous else None)


def embedding_rnn_seq2seq(
    encoder_inputs,
    decoder_inputs,
    cell,
    num_encoder_symbols,
    num_decoder_symbols,
    embedding_size,
    output_projection=None,
    feed_previous=False,
    dtype=None,
    scope=None,
):
    """Encoder and decoder of ids, each with an embedding and weights of its own. `feed_previous`: a bool."""
    if isinstance(feed_previous, tf.Tensor):
        raise Missing("embedding_rnn_seq2seq with a tensor as feed_previous", "a graph with True and one with False")
    with tf.variable_scope(scope or "embedding_rnn_seq2seq"):
        encoder_cell = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        _, state = static_rnn(encoder_cell, encoder_inputs, dtype=dtype or tf.float32)
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)
        return embedding_rnn_decoder(
            decoder_inputs, state, cell, num_decoder_symbols, embedding_size, output_projection, feed_previous
        )


def sequence_loss_by_example(
    logits, targets, weights, average_across_timesteps=True, softmax_loss_function=None, name=None
):
    """Returns the cross entropy of each example, float [batch], of lists of logits [batch, classes], targets int
    [batch] and weights float [batch], a step each."""
    if not len(targets) == len(logits) == len(weights):
        raise ValueError(f"{len(logits)} logits, {len(targets)} targets and {len(weights)} weights are not as many")
    with tf.name_scope(name, "sequence_loss_by_example", [*logits, *targets, *weights]):
        losses = [loss_of(pred, y, softmax_loss_function) * w for pred, y, w in zip(logits, targets, weights)]
        total = tf.add_n(losses)
        return total / (tf.add_n(list(weights)) + 1e-12) if average_across_timesteps else total


def loss_of(logits, targets, softmax_loss_function=None):
    """Returns the losses of one step; a function of the script's own takes (labels, logits), under whatever names."""
    if softmax_loss_function is None:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.reshape(targets, [-1]), logits=logits)
    if {"labels", "logits"} <= set(inspect.signature(softmax_loss_function).parameters):
        return softmax_loss_function(labels=targets, logits=logits)
    return softmax_loss_function(targets, logits)


def sequence_loss(
    logits,
    targets,
    weights,
    average_across_timesteps=True,
    average_across_batch=True,
    softmax_loss_function=None,
    name=None,
):
    """Returns the sum of `sequence_loss_by_example`, a number, divided by the batch's size if asked to."""
    with tf.name_scope(name, "sequence_loss", [*logits, *targets, *weights]):
        cost = tf.reduce_sum(
            sequence_loss_by_example(logits, targets, weights, average_across_timesteps, softmax_loss_function)
        )
        return cost / tf.cast(tf.shape(targets[0])[0], cost.dtype) if average_across_batch else cost
