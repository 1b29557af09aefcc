"""`tf.contrib.seq2seq` of 1.0: decoders made of a function, and the attention that stood in such functions.

Source: tensorflow/contrib/seq2seq/python/ops/{seq2seq,decoder_fn,attention_decoder_fn}.py, TensorFlow 1.0.
"""

import tensorflow.compat.v1 as tf
from tf_slim.layers.layers import linear

from legacy.contrib.rnn import LSTMStateTuple, dimension

__all__ = [
    "attention_decoder_fn_inference",
    "attention_decoder_fn_train",
    "dynamic_rnn_decoder",
    "prepare_attention",
    "simple_decoder_fn_inference",
    "simple_decoder_fn_train",
]


def dynamic_rnn_decoder(
    cell,
    decoder_fn,
    inputs=None,
    sequence_length=None,
    parallel_iterations=None,
    swap_memory=False,
    time_major=False,
    scope=None,
    name=None,
):
    """Runs a cell on inputs [batch, time, size], or on what a function makes of its outputs.

    decoder_fn(time, cell_state, cell_input, cell_output, context_state) returns (which sequences are done, or None: by
    `sequence_length`; the state, the next input, what is given out, the next context). Before the first step, the
    state and the output are None.

    Returns:
        (outputs [batch, time, size], the last state, the last context).
    """
    with tf.name_scope(name, "dynamic_rnn_decoder"):
        if inputs is not None:
            inputs = tf.convert_to_tensor(inputs)
            inputs = inputs if time_major else tf.transpose(inputs, [1, 0, 2])
            steps = dimension(inputs, 0)
            array = tf.TensorArray(inputs.dtype, size=steps).unstack(inputs)

        def loop_fn(time, cell_output, cell_state, loop_state):
            done, context = loop_state if isinstance(loop_state, tuple) else (loop_state, None)
            next_input = None
            if inputs is not None and cell_state is None:
                next_input = array.read(0)
            elif inputs is not None:
                batch = inputs.shape.as_list()[1] or tf.shape(done)[0]
                zeros = tf.zeros([batch, inputs.shape.as_list()[2]], inputs.dtype)
                next_input = tf.cond(tf.equal(time, steps), lambda: zeros, lambda: array.read(time))
            done, state, next_input, output, context = decoder_fn(time, cell_state, next_input, cell_output, context)
            if done is None:
                done = time >= sequence_length
            return done, next_input, state, output, done if context is None else (done, context)

        outputs, state, loop_state = tf.nn.raw_rnn(cell, loop_fn, parallel_iterations, swap_memory, scope)
        outputs = outputs.stack()
        context = loop_state[1] if isinstance(loop_state, tuple) else None
        return outputs if time_major else tf.transpose(outputs, [1, 0, 2]), state, context


def simple_decoder_fn_train(encoder_state, name=None):
    """Returns a function for a decoder that begins with the encoder's state and reads given inputs."""

    def decoder_fn(time, cell_state, cell_input, cell_output, context_state):
        return None, encoder_state if cell_state is None else cell_state, cell_input, cell_output, context_state

    return decoder_fn


def simple_decoder_fn_inference(
    output_fn,
    encoder_state,
    embeddings,
    start_of_sequence_id,
    end_of_sequence_id,
    maximum_length,
    num_decoder_symbols,
    dtype=tf.int32,
    name=None,
):
    """Returns a function for a decoder that reads what it told, the likeliest of `output_fn(output)`, [batch, symbols]."""
    ids = start_of_sequence_id, end_of_sequence_id, maximum_length, num_decoder_symbols
    start, end, longest, symbols = (tf.convert_to_tensor(each, dtype) for each in ids)
    first_state = tf.nest.flatten(encoder_state)[0]
    batch = dimension(first_state, 0)

    def decoder_fn(time, cell_state, cell_input, cell_output, context_state):
        if cell_input is not None:
            raise ValueError(f"Expected cell_input to be None, but saw: {cell_input}")
        if cell_output is None:
            told, done = tf.ones([batch], dtype) * start, tf.zeros([batch], tf.bool)
            cell_state, cell_output = encoder_state, tf.zeros([symbols], tf.float32)
        else:
            cell_output = output_fn(cell_output) if output_fn else cell_output
            told = tf.cast(tf.argmax(cell_output, 1), dtype)
            done = tf.equal(told, end)
        done = tf.cond(tf.greater(time, longest), lambda: tf.ones([batch], tf.bool), lambda: done)
        return done, cell_state, tf.gather(embeddings, told), cell_output, context_state

    return decoder_fn


def attention_decoder_fn_train(
    encoder_state, attention_keys, attention_values, attention_score_fn, attention_construct_fn, name=None
):
    """`simple_decoder_fn_train` that reads its input beside the attention, and gives that out."""

    def decoder_fn(time, cell_state, cell_input, cell_output, context_state):
        if cell_state is None:
            cell_state, attention = encoder_state, no_attention(encoder_state)
        else:
            cell_output = attention = attention_construct_fn(cell_output, attention_keys, attention_values)
        return None, cell_state, tf.concat([cell_input, attention], 1), cell_output, context_state

    return decoder_fn


def attention_decoder_fn_inference(
    output_fn,
    encoder_state,
    attention_keys,
    attention_values,
    attention_score_fn,
    attention_construct_fn,
    embeddings,
    start_of_sequence_id,
    end_of_sequence_id,
    maximum_length,
    num_decoder_symbols,
    dtype=tf.int32,
    name=None,
):
    """`simple_decoder_fn_inference` that reads what it told beside the attention, and tells by that."""
    simple = simple_decoder_fn_inference(
        output_fn, encoder_state, embeddings, start_of_sequence_id, end_of_sequence_id, maximum_length,
        num_decoder_symbols, dtype,
    )  # fmt: skip

    def decoder_fn(time, cell_state, cell_input, cell_output, context_state):
        if cell_output is None:
            attention = no_attention(encoder_state)
        else:
            cell_output = attention = attention_construct_fn(cell_output, attention_keys, attention_values)
        done, state, read, output, context = simple(time, cell_state, cell_input, cell_output, context_state)
        return done, state, tf.concat([read, attention], 1), output, context

    return decoder_fn


def no_attention(encoder_state):
    """Returns zeros as the last layer's output has them."""
    top = encoder_state
    if isinstance(top, tuple):
        top = top[-1]
    return tf.zeros_like(top.h if isinstance(top, LSTMStateTuple) else top)


def prepare_attention(attention_states, attention_option, num_units, reuse=False):
    """Returns (keys, values, score function, construct function) of the encoder's outputs, [batch, time, num_units].

    attention_option: bahdanau or luong. The construct function makes the attention, [batch, num_units], of a query.
    """
    with tf.variable_scope("attention_keys", reuse=reuse) as scope:
        keys = linear(attention_states, num_units, biases_initializer=None, scope=scope)
    if attention_option == "bahdanau":
        with tf.variable_scope("attention_score", reuse=reuse):
            query_w = tf.get_variable("attnW", [num_units, num_units], tf.float32)
            score_v = tf.get_variable("attnV", [num_units], tf.float32)

    def score_fn(query, keys, values):
        if attention_option == "bahdanau":
            query = tf.reshape(tf.matmul(query, query_w), [-1, 1, num_units])
            scores = tf.reduce_sum(score_v * tf.tanh(keys + query), [2])
        elif attention_option == "luong":
            scores = tf.reduce_sum(keys * tf.reshape(query, [-1, 1, num_units]), [2])
        else:
            raise ValueError(f"Unknown attention option {attention_option}!")
        context = tf.reduce_sum(tf.expand_dims(tf.nn.softmax(scores), 2) * values, [1])
        context.set_shape([None, num_units])
        return context

    with tf.variable_scope("attention_construct", reuse=reuse) as construct_scope:

        def construct_fn(query, keys, values):
            joined = tf.concat([query, score_fn(query, keys, values)], 1)
            return linear(joined, num_units, biases_initializer=None, scope=construct_scope)

    return keys, attention_states, score_fn, construct_fn
