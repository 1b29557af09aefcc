"""Records `tf.contrib.seq2seq`: the loss, attention, helpers, decoders, beam search."""

from __future__ import division, print_function

import numpy as np
import tensorflow as tf
from pieces import given, main, piece

BATCH, INPUTS, UNITS, TIME, WORDS, BEAMS = 2, 3, 4, 5, 6, 3
LENGTHS = [5, 3]


def targets():
    return tf.constant([[1, 0, 4, 2, 3], [5, 5, 0, 1, 2]])


def weights():
    return tf.constant([[1.0, 1.0, 0.5, 1.0, 0.0], [1.0, 1.0, 0.25, 0.0, 0.0]])


def loss(**how):
    return tf.contrib.seq2seq.sequence_loss(given(BATCH, TIME, WORDS), targets(), weights(), **how)


@piece("seq2seq.sequence_loss")
def sequence_loss():
    return loss()


@piece("seq2seq.sequence_loss")
def sequence_loss_across_timesteps():
    return loss(average_across_timesteps=True, average_across_batch=False)


@piece("seq2seq.sequence_loss")
def sequence_loss_across_batch():
    return loss(average_across_timesteps=False, average_across_batch=True)


@piece("seq2seq.sequence_loss")
def sequence_loss_of_each():
    return loss(average_across_timesteps=False, average_across_batch=False)


@piece("seq2seq.sequence_loss")
def sequence_loss_function():
    def own(labels, logits):
        return tf.reduce_sum(tf.square(tf.one_hot(labels, WORDS) - logits), 1)

    return loss(softmax_loss_function=own)


@piece("seq2seq.hardmax")
def hardmax():
    return tf.contrib.seq2seq.hardmax(given(3, 4))


@piece("seq2seq.tile_batch")
def tile_batch():
    state = tf.contrib.rnn.LSTMStateTuple(given(BATCH, UNITS), given(BATCH, UNITS))
    return tf.contrib.seq2seq.tile_batch(state, 3), tf.contrib.seq2seq.tile_batch(tf.constant([4, 7]), multiplier=2)


@piece("seq2seq.gather_tree")
def gather_tree():
    step_ids = tf.constant([[[2, 3, 4]], [[5, 1, 3]], [[2, 2, 5]], [[1, 4, 2]]])
    parents = tf.constant([[[0, 0, 0]], [[0, 1, 1]], [[2, 1, 0]], [[1, 0, 2]]])
    try:
        return tf.contrib.seq2seq.gather_tree(step_ids, parents, tf.constant([4]), 1)
    except TypeError:  # in 1.4 there was no end token, and the lengths were [batch, beams]
        return tf.contrib.seq2seq.gather_tree(step_ids, parents, tf.constant([[4, 4, 4]]))


# --- attention ---


def memory():
    return given(BATCH, TIME, 3)


def attention(mechanism):
    """A mechanism asked once, and its keys and values."""
    query = given(BATCH, UNITS)
    try:
        asked = mechanism(query, mechanism.initial_alignments(BATCH, tf.float32))
    except TypeError:  # until 1.5 there was no second argument
        asked = mechanism(query)
    asked = asked[0] if isinstance(asked, tuple) else asked
    return asked, mechanism.keys, mechanism.values


@piece("seq2seq.AttentionMechanism")
def attention_mechanism_returns():
    """What a mechanism returns: the alignments alone, or with the next state."""
    mechanism = tf.contrib.seq2seq.LuongAttention(UNITS, memory())
    asked = mechanism(given(BATCH, UNITS), mechanism.initial_alignments(BATCH, tf.float32))
    return lambda session: [np.array(len(asked) if isinstance(asked, tuple) else 1)]


@piece("seq2seq.LuongAttention", "seq2seq.AttentionMechanism")
def luong_attention():
    return attention(tf.contrib.seq2seq.LuongAttention(UNITS, memory()))


@piece("seq2seq.LuongAttention")
def luong_attention_scaled_lengths():
    return attention(tf.contrib.seq2seq.LuongAttention(UNITS, memory(), LENGTHS, scale=True))


@piece("seq2seq.LuongAttention", "seq2seq.hardmax")
def luong_attention_hardmax():
    return attention(tf.contrib.seq2seq.LuongAttention(UNITS, memory(), probability_fn=tf.contrib.seq2seq.hardmax))


@piece("seq2seq.BahdanauAttention")
def bahdanau_attention():
    return attention(tf.contrib.seq2seq.BahdanauAttention(5, memory()))


@piece("seq2seq.BahdanauAttention")
def bahdanau_attention_normed_lengths():
    return attention(tf.contrib.seq2seq.BahdanauAttention(5, memory(), LENGTHS, normalize=True))


def training_helper(time=4):
    return tf.contrib.seq2seq.TrainingHelper(given(BATCH, time, INPUTS), [4, 2])


def wrapped(mechanism, cell=None, **how):
    cell = cell or tf.contrib.rnn.LSTMCell(UNITS)
    return tf.contrib.seq2seq.AttentionWrapper(cell, mechanism, **how)


def decoded(cell, helper=None, layer=None, state=None, **how):
    state = cell.zero_state(BATCH, tf.float32) if state is None else state
    decoder = tf.contrib.seq2seq.BasicDecoder(cell, helper or training_helper(), state, layer)
    outputs, state, lengths = tf.contrib.seq2seq.dynamic_decode(decoder, **how)
    return outputs, state, lengths


def shown(result):
    """The outputs, lengths, the cell's state, and the attention."""
    outputs, state, lengths = result
    return [outputs.rnn_output, outputs.sample_id, lengths, state.cell_state, state.attention, state.time] + list(
        state.alignments if isinstance(state.alignments, tuple) else [state.alignments]
    )


@piece("seq2seq.AttentionWrapper", "seq2seq.AttentionWrapperState", "seq2seq.LuongAttention")
def attention_wrapper_luong():
    return shown(decoded(wrapped(tf.contrib.seq2seq.LuongAttention(UNITS, memory(), LENGTHS), attention_layer_size=3)))


@piece("seq2seq.AttentionWrapper", "seq2seq.BahdanauAttention")
def attention_wrapper_bahdanau():
    mechanism = tf.contrib.seq2seq.BahdanauAttention(5, memory(), LENGTHS)
    return shown(decoded(wrapped(mechanism, output_attention=False)))


@piece("seq2seq.AttentionWrapper", "seq2seq.BahdanauAttention")
def attention_wrapper_bahdanau_normed():
    mechanism = tf.contrib.seq2seq.BahdanauAttention(5, memory(), LENGTHS, normalize=True)
    return shown(decoded(wrapped(mechanism, attention_layer_size=3)))


@piece("seq2seq.AttentionWrapper")
def attention_wrapper_no_layer():
    return shown(decoded(wrapped(tf.contrib.seq2seq.LuongAttention(UNITS, memory()))))


@piece("seq2seq.AttentionWrapper")
def attention_wrapper_two_mechanisms():
    mechanisms = [tf.contrib.seq2seq.LuongAttention(UNITS, memory()), tf.contrib.seq2seq.BahdanauAttention(5, memory())]
    return shown(decoded(wrapped(mechanisms, attention_layer_size=[3, 2])))


@piece("seq2seq.AttentionWrapper")
def attention_wrapper_history():
    cell = wrapped(tf.contrib.seq2seq.LuongAttention(UNITS, memory(), LENGTHS), alignment_history=True)
    outputs, state, _ = decoded(cell)
    return outputs.rnn_output, state.alignment_history.stack()


@piece("seq2seq.AttentionWrapper")
def attention_wrapper_cell_input():
    mechanism = tf.contrib.seq2seq.LuongAttention(UNITS, memory())
    return shown(decoded(wrapped(mechanism, cell_input_fn=lambda inputs, attention: inputs + 0.5 * attention)))


@piece("seq2seq.AttentionWrapper")
def attention_wrapper_initial_cell_state():
    cell = wrapped(
        tf.contrib.seq2seq.LuongAttention(UNITS, memory()),
        tf.contrib.rnn.GRUCell(UNITS), initial_cell_state=given(BATCH, UNITS), attention_layer_size=2,
    )  # fmt: skip
    return shown(decoded(cell))


@piece("seq2seq.AttentionWrapperState")
def attention_wrapper_state_clone():
    cell = wrapped(tf.contrib.seq2seq.LuongAttention(UNITS, memory()), tf.contrib.rnn.GRUCell(UNITS))
    state = cell.zero_state(BATCH, tf.float32).clone(cell_state=given(BATCH, UNITS))
    return shown(decoded(cell, state=state))


@piece("seq2seq.AttentionWrapper")
def attention_wrapper_multi():
    cell = tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.LSTMCell(UNITS), tf.contrib.rnn.GRUCell(UNITS)])
    return shown(decoded(wrapped(tf.contrib.seq2seq.LuongAttention(UNITS, memory(), LENGTHS), cell)))


# --- helpers and decoders ---


def embedding():
    return tf.get_variable("embedding", [WORDS, INPUTS])


def words():
    return tf.layers.Dense(WORDS, name="words")


@piece("seq2seq.BasicDecoder", "seq2seq.BasicDecoderOutput", "seq2seq.TrainingHelper", "seq2seq.dynamic_decode",
       "seq2seq.Decoder", "seq2seq.Helper")  # fmt: skip
def training():
    return decoded(tf.contrib.rnn.GRUCell(UNITS), layer=words())


@piece("seq2seq.dynamic_decode")
def training_impute_finished():
    return decoded(tf.contrib.rnn.BasicLSTMCell(UNITS), layer=words(), impute_finished=True)


@piece("seq2seq.dynamic_decode")
def training_time_major_output():
    return decoded(tf.contrib.rnn.GRUCell(UNITS), output_time_major=True, maximum_iterations=3)


@piece("seq2seq.TrainingHelper")
def training_time_major_input():
    helper = tf.contrib.seq2seq.TrainingHelper(given(4, BATCH, INPUTS), [4, 2], time_major=True)
    return decoded(tf.contrib.rnn.GRUCell(UNITS), helper)


@piece("seq2seq.GreedyEmbeddingHelper")
def greedy():
    helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(embedding(), tf.constant([1, 2]), 5)
    return decoded(tf.contrib.rnn.GRUCell(UNITS), helper, words(), maximum_iterations=6)


@piece("seq2seq.GreedyEmbeddingHelper")
def greedy_function():
    table = embedding()
    helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(
        lambda ids: tf.nn.embedding_lookup(table, ids) * 2.0, tf.constant([1, 2]), 0
    )
    return decoded(tf.contrib.rnn.BasicLSTMCell(UNITS), helper, words(), maximum_iterations=6, impute_finished=True)


@piece("seq2seq.SampleEmbeddingHelper")
def sample():
    helper = tf.contrib.seq2seq.SampleEmbeddingHelper(embedding(), tf.constant([1, 2]), 5, seed=3)
    return decoded(tf.contrib.rnn.GRUCell(UNITS), helper, words(), maximum_iterations=6)


@piece("seq2seq.CustomHelper")
def custom():
    inputs = given(BATCH, INPUTS)

    def next_inputs_fn(time, outputs, state, sample_ids):
        return time >= tf.constant([3, 1]), outputs[:, :INPUTS] + inputs, state

    helper = tf.contrib.seq2seq.CustomHelper(
        lambda: (tf.constant([False, False]), inputs),
        lambda time, outputs, state: tf.cast(tf.argmax(outputs, 1), tf.int32),
        next_inputs_fn,
    )
    return decoded(tf.contrib.rnn.GRUCell(UNITS), helper)


@piece("seq2seq.Decoder", "seq2seq.dynamic_decode")
def decoder_of_ones_own():
    class Doubling(tf.contrib.seq2seq.Decoder):
        """Gives out twice what it read, three times."""

        batch_size = BATCH
        output_size = tf.TensorShape([INPUTS])
        output_dtype = tf.float32

        def initialize(self, name=None):
            start = given(BATCH, INPUTS)
            return tf.fill([BATCH], False), start, start

        def step(self, time, inputs, state, name=None):
            outputs = inputs * 2.0
            return outputs, state + outputs, outputs, tf.fill([BATCH], time >= 2)

    return tf.contrib.seq2seq.dynamic_decode(Doubling())


# --- beam search ---


def beams(cell, state, layer=None, **how):
    decoder = tf.contrib.seq2seq.BeamSearchDecoder(
        cell, embedding(), tf.constant([1, 2]), 5, state, BEAMS, layer or words(), **how
    )
    (predicted, output), state, lengths = tf.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=5)
    return [predicted, output.scores, output.predicted_ids, output.parent_ids, lengths, state.log_probs, state.lengths]


@piece("seq2seq.BeamSearchDecoder", "seq2seq.BeamSearchDecoderOutput", "seq2seq.BeamSearchDecoderState",
       "seq2seq.FinalBeamSearchDecoderOutput", "seq2seq.tile_batch")  # fmt: skip
def beam_search():
    state = tf.contrib.seq2seq.tile_batch(given(BATCH, UNITS), BEAMS)
    return beams(tf.contrib.rnn.GRUCell(UNITS), state)


@piece("seq2seq.BeamSearchDecoder")
def beam_search_length_penalty():
    cell = tf.contrib.rnn.BasicLSTMCell(UNITS)
    return beams(cell, cell.zero_state(BATCH * BEAMS, tf.float32), length_penalty_weight=0.8)


@piece("seq2seq.BeamSearchDecoder", "seq2seq.AttentionWrapper")
def beam_search_attention():
    outputs = tf.contrib.seq2seq.tile_batch(memory(), BEAMS)
    lengths = tf.contrib.seq2seq.tile_batch(tf.constant(LENGTHS), BEAMS)
    mechanism = tf.contrib.seq2seq.LuongAttention(UNITS, outputs, lengths)
    cell = wrapped(mechanism, tf.contrib.rnn.GRUCell(UNITS), attention_layer_size=3)
    first = tf.contrib.seq2seq.tile_batch(given(BATCH, UNITS), BEAMS)
    return beams(cell, cell.zero_state(BATCH * BEAMS, tf.float32).clone(cell_state=first))


@piece("seq2seq.BeamSearchDecoder")
def beam_search_coverage_penalty():
    state = tf.contrib.seq2seq.tile_batch(given(BATCH, UNITS), BEAMS)
    return beams(tf.contrib.rnn.GRUCell(UNITS), state, coverage_penalty_weight=0.0)


if __name__ == "__main__":
    main()
