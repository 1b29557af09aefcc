"""`tf.contrib.legacy_seq2seq`, in 2016 `tf.nn.seq2seq`: lists of steps in, lists of steps out.

Source: tensorflow/contrib/legacy_seq2seq/python/ops/seq2seq.py, TensorFlow 1.15.
"""

import copy
import weakref

import tensorflow.compat.v1 as tf

from legacy.contrib.rnn import EmbeddingWrapper, OutputProjectionWrapper, linear, projection, static_rnn

__all__ = [
    "attention_decoder",
    "basic_rnn_seq2seq",
    "embedding_attention_decoder",
    "embedding_attention_seq2seq",
    "embedding_rnn_decoder",
    "embedding_rnn_seq2seq",
    "embedding_tied_rnn_seq2seq",
    "linear",
    "rnn_decoder",
    "tied_rnn_seq2seq",
]

UNBUILT = weakref.WeakKeyDictionary()  # cell -> its copy from before it had variables


def another(cell):
    """Returns a cell of the same kind without variables, though the cell may have got some in another model."""
    if cell not in UNBUILT:
        UNBUILT[cell] = copy.deepcopy(cell)
    return copy.deepcopy(UNBUILT[cell])


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
        decoder_cell = another(cell)
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
        inputs, told = embed(
            decoder_inputs, num_symbols, embedding_size, output_projection, update_embedding_for_previous
        )
        return rnn_decoder(inputs, initial_state, cell, told if feed_previous else None)


def embed(decoder_inputs, num_symbols, embedding_size, output_projection, update_embedding_for_previous):
    """Returns (ids, a list of int [batch], as vectors, each looked up when it is read; a loop function that makes a
    vector of the id told)."""
    embedding = tf.get_variable("embedding", [num_symbols, embedding_size])

    def told(output, _):
        if output_projection is not None:
            output = tf.nn.xw_plus_b(output, *output_projection)
        looked_up = tf.nn.embedding_lookup(embedding, tf.argmax(output, 1))
        return looked_up if update_embedding_for_previous else tf.stop_gradient(looked_up)

    return (tf.nn.embedding_lookup(embedding, ids) for ids in decoder_inputs), told


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
    """Encoder and decoder of ids, each with an embedding and weights of its own. `feed_previous`: a bool, or a tensor
    of one."""
    with tf.variable_scope(scope or "embedding_rnn_seq2seq"):
        encoder_cell = EmbeddingWrapper(another(cell), num_encoder_symbols, embedding_size)
        _, state = static_rnn(encoder_cell, encoder_inputs, dtype=dtype or tf.float32)
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)
        return either_way(
            feed_previous,
            lambda feeds: embedding_rnn_decoder(
                decoder_inputs, state, cell, num_decoder_symbols, embedding_size, output_projection, feeds,
                update_embedding_for_previous=isinstance(feed_previous, bool),
            ),
        )  # fmt: skip


def either_way(feed_previous, decoder):
    """Returns decoder(feed_previous); of a tensor, both ways on the same variables, of which one runs."""
    if isinstance(feed_previous, bool):
        return decoder(feed_previous)
    structure = []

    def one_way(feeds, reuse):
        with tf.variable_scope(tf.get_variable_scope(), reuse=reuse):
            result = decoder(feeds)
        structure.append(result)
        return tf.nest.flatten(result)

    flat = tf.cond(feed_previous, lambda: one_way(True, None), lambda: one_way(False, True))
    return tf.nest.pack_sequence_as(structure[0], flat)


def embedding_tied_rnn_seq2seq(
    encoder_inputs,
    decoder_inputs,
    cell,
    num_symbols,
    embedding_size,
    num_decoder_symbols=None,
    output_projection=None,
    feed_previous=False,
    dtype=None,
    scope=None,
):
    """The same of one vocabulary: encoder and decoder share embedding and weights."""
    with tf.variable_scope(scope or "embedding_tied_rnn_seq2seq"):
        classes = num_symbols if num_decoder_symbols is None else num_decoder_symbols
        inputs, told = embed(
            [*encoder_inputs, *decoder_inputs], num_symbols, embedding_size, output_projection,
            isinstance(feed_previous, bool),
        )  # fmt: skip
        inputs = list(inputs)
        encoder, decoder = inputs[: len(encoder_inputs)], inputs[len(encoder_inputs) :]
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, classes)
        return either_way(
            feed_previous,
            lambda feeds: tied_rnn_seq2seq(encoder, decoder, cell, told if feeds else None, dtype or tf.float32),
        )


# --- attention ---


def attention_decoder(
    decoder_inputs,
    initial_state,
    attention_states,
    cell,
    output_size=None,
    num_heads=1,
    loop_function=None,
    dtype=None,
    scope=None,
    initial_state_attention=False,
):
    """`rnn_decoder` that reads, beside each input, a weighted mean of `attention_states`, float [batch, steps, size]:
    its weights are v . tanh(W h + layer(state)), one such mean a head."""
    decoder_inputs = list(decoder_inputs)
    if not decoder_inputs:
        raise ValueError("Must provide at least 1 input to attention decoder.")
    output_size = cell.output_size if output_size is None else output_size
    with tf.variable_scope(scope or "attention_decoder", dtype=dtype) as scope:
        dtype = scope.dtype
        batch_size = tf.shape(decoder_inputs[0])[0]
        size, attention = attention_of(attention_states, num_heads, dtype)
        state, outputs, output = initial_state, [], None
        sizes = tf.stack([batch_size, size])
        means = [tf.zeros(sizes, dtype) for _ in range(num_heads)]
        for mean in means:
            mean.set_shape([None, size])
        if initial_state_attention:
            means = attention(initial_state)
        for step, step_input in enumerate(decoder_inputs):
            if step > 0:
                tf.get_variable_scope().reuse_variables()
            if loop_function is not None and output is not None:
                with tf.variable_scope("loop_function", reuse=True):
                    step_input = loop_function(output, step)
            step_input = projection([step_input, *means], step_input.shape.as_list()[1])
            cell_output, state = cell(step_input, state)
            with tf.variable_scope(tf.get_variable_scope(), reuse=True if initial_state_attention else None):
                means = attention(state)
            with tf.variable_scope("AttnOutputProjection"):
                output = projection([cell_output, *means], output_size)
            outputs.append(output)
    return outputs, state


def attention_of(attention_states, num_heads, dtype):
    """Returns (the size of what is attended to, a function that makes each head's weighted mean of a cell's state)."""
    _, length, size = attention_states.shape.as_list()
    length = tf.shape(attention_states)[1] if length is None else length
    hidden = tf.reshape(attention_states, [-1, length, 1, size])
    heads = []
    for head in range(num_heads):
        kernel = tf.get_variable(f"AttnW_{head}", [1, 1, size, size], dtype)
        features = tf.nn.conv2d(hidden, kernel, [1, 1, 1, 1], "SAME")  # [batch, steps, 1, size]
        heads.append((features, tf.get_variable(f"AttnV_{head}", [size], dtype)))

    def attention(state):
        query = tf.concat(tf.nest.flatten(state), 1) if tf.nest.is_nested(state) else state
        means = []
        for head, (features, v) in enumerate(heads):
            with tf.variable_scope(f"Attention_{head}"):
                y = tf.reshape(projection(query, size), [-1, 1, 1, size])
                scores = tf.reduce_sum(v * tf.tanh(features + y), [2, 3])
                shares = tf.reshape(tf.nn.softmax(scores), [-1, length, 1, 1])
                means.append(tf.reshape(tf.reduce_sum(shares * hidden, [1, 2]), [-1, size]))
        return means

    return size, attention


def embedding_attention_decoder(
    decoder_inputs,
    initial_state,
    attention_states,
    cell,
    num_symbols,
    embedding_size,
    num_heads=1,
    output_size=None,
    output_projection=None,
    feed_previous=False,
    update_embedding_for_previous=True,
    dtype=None,
    scope=None,
    initial_state_attention=False,
):
    """`attention_decoder` of ids, a list of int [batch]."""
    with tf.variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        inputs, told = embed(
            decoder_inputs, num_symbols, embedding_size, output_projection, update_embedding_for_previous
        )
        return attention_decoder(
            inputs, initial_state, attention_states, cell, output_size, num_heads, told if feed_previous else None,
            initial_state_attention=initial_state_attention,
        )  # fmt: skip


def embedding_attention_seq2seq(
    encoder_inputs,
    decoder_inputs,
    cell,
    num_encoder_symbols,
    num_decoder_symbols,
    embedding_size,
    num_heads=1,
    output_projection=None,
    feed_previous=False,
    dtype=None,
    scope=None,
    initial_state_attention=False,
):
    """`embedding_rnn_seq2seq` whose decoder attends to every output of the encoder."""
    with tf.variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype):
        encoder_cell = EmbeddingWrapper(another(cell), num_encoder_symbols, embedding_size)
        outputs, state = static_rnn(encoder_cell, encoder_inputs, dtype=dtype or tf.float32)
        attention_states = tf.concat([tf.reshape(output, [-1, 1, cell.output_size]) for output in outputs], 1)
        output_size = None
        if output_projection is None:
            cell, output_size = OutputProjectionWrapper(cell, num_decoder_symbols), num_decoder_symbols
        return either_way(
            feed_previous,
            lambda feeds: embedding_attention_decoder(
                decoder_inputs, state, attention_states, cell, num_decoder_symbols, embedding_size, num_heads,
                output_size, output_projection, feeds, update_embedding_for_previous=isinstance(feed_previous, bool),
                initial_state_attention=initial_state_attention,
            ),
        )  # fmt: skip
