"""Beam search of `tf.contrib.seq2seq`: several sequences are told beside each other, and the likeliest kept.

Source: tensorflow/contrib/seq2seq/python/ops/beam_search_decoder.py and its gather_tree, TensorFlow 1.15.
"""

import collections

import tensorflow.compat.v1 as tf

from legacy.contrib.missing import Missing
from legacy.contrib.rnn import dimension

BeamSearchDecoderState = collections.namedtuple("BeamSearchDecoderState", "cell_state log_probs finished lengths")
BeamSearchDecoderOutput = collections.namedtuple("BeamSearchDecoderOutput", "scores predicted_ids parent_ids")
FinalBeamSearchDecoderOutput = collections.namedtuple(
    "FinalBeamSearchDecoderOutput", "predicted_ids beam_search_decoder_output"
)


class BeamSearchDecoder:
    """Tells the `beam_width` likeliest sequences of each example, until all have told `end_token`.

    `initial_state` is that of the cell, each example's `beam_width` times (`tile_batch`). A sequence's score is its log
    probability, divided by ((5 + its length) / 6) ** length_penalty_weight.
    """

    tracks_own_finished = True  # a beam's place is another sequence's after a step

    def __init__(
        self, cell, embedding, start_tokens, end_token, initial_state, beam_width, output_layer=None,
        length_penalty_weight=0.0,
    ):  # fmt: skip
        self.cell, self.end_token, self.beam_width, self.output_layer = cell, end_token, beam_width, output_layer
        self.embed = embedding if callable(embedding) else lambda ids: tf.nn.embedding_lookup(embedding, ids)
        self.start_tokens, self.length_penalty_weight = tf.cast(start_tokens, tf.int32), length_penalty_weight
        self.batch_size = tf.size(self.start_tokens)
        self.initial_state = tf.nest.map_structure(self._split, initial_state)

    @property
    def output_size(self):
        beams = tf.TensorShape([self.beam_width])
        return BeamSearchDecoderOutput(beams, beams, beams)

    @property
    def output_dtype(self):
        return BeamSearchDecoderOutput(tf.nest.flatten(self.initial_state)[0].dtype, tf.int32, tf.int32)

    def _split(self, value):
        """[batch * beams, ...] -> [batch, beams, ...]; what is not there for each sequence stays."""
        if isinstance(value, tf.TensorArray):
            raise Missing("BeamSearchDecoder with alignment_history", "GreedyEmbeddingHelper")
        if value.shape.ndims == 0:
            return value
        return reshape(value, [self.batch_size, self.beam_width], [None, self.beam_width], 1)

    def _merge(self, value):
        """[batch, beams, ...] -> [batch * beams, ...]."""
        return value if value.shape.ndims == 0 else reshape(value, [-1], [None], 2)

    def initialize(self, name=None):
        """Returns (finished [batch, beams], the first inputs, the state). At first there is one sequence, so that the
        first step takes the likeliest words that follow it, and not the likeliest as often as there are beams."""
        first = tf.one_hot(tf.zeros([self.batch_size], tf.int32), self.beam_width)
        finished = tf.equal(first, 0)
        log_probs = tf.where(finished, tf.fill(tf.shape(first), float("-inf")), tf.zeros_like(first))
        state = BeamSearchDecoderState(self.initial_state, log_probs, finished, tf.zeros_like(first, tf.int64))
        return finished, self.embed(tf.tile(self.start_tokens[:, None], [1, self.beam_width])), state

    def step(self, time, inputs, state, name=None):
        """Returns (BeamSearchDecoderOutput, state, the next inputs, finished), each of [batch, beams, ...]."""
        cell_state = tf.nest.map_structure(self._merge, state.cell_state)
        outputs, cell_state = self.cell(self._merge(inputs), cell_state)
        if self.output_layer is not None:
            outputs = self.output_layer(outputs)
        step_log_probs = tf.nn.log_softmax(self._split(outputs))  # [batch, beams, words]
        words = dimension(step_log_probs, 2)
        # A finished sequence goes on with end_token, for certain, and grows no longer.
        ended = tf.one_hot(self.end_token, words, 0.0, step_log_probs.dtype.min) + tf.zeros_like(step_log_probs)
        finished = tf.tile(state.finished[:, :, None], [1, 1, words])
        log_probs = state.log_probs[:, :, None] + tf.where(finished, ended, step_log_probs)
        longer = tf.one_hot(self.end_token, words, 0, 1, dtype=tf.int64) * tf.cast(~finished, tf.int64)
        lengths = tf.cast(state.lengths[:, :, None] + longer, log_probs.dtype)
        scores = log_probs / ((5.0 + lengths) / 6.0) ** self.length_penalty_weight
        scores, places = tf.nn.top_k(tf.reshape(scores, [self.batch_size, -1]), self.beam_width)
        ids, parents = places % words, places // words

        def of_parents(value):
            return value if value.shape.ndims == 0 else tf.gather(value, parents, batch_dims=1)

        finished = of_parents(state.finished)
        next_state = BeamSearchDecoderState(
            tf.nest.map_structure(lambda value: of_parents(self._split(value)), cell_state),
            tf.gather(tf.reshape(log_probs, [self.batch_size, -1]), places, batch_dims=1),
            finished | tf.equal(ids, self.end_token),
            of_parents(state.lengths) + tf.cast(~finished, tf.int64),
        )
        output = BeamSearchDecoderOutput(scores, ids, parents)
        return output, next_state, self.embed(ids), next_state.finished

    def finalize(self, outputs, final_state, sequence_lengths):
        """Returns (FinalBeamSearchDecoderOutput, state): the sequences, [time, batch, beams], the likeliest first."""
        longest = tf.reduce_max(final_state.lengths, 1)
        ids = gather_tree(outputs.predicted_ids, outputs.parent_ids, longest, self.end_token)
        return FinalBeamSearchDecoderOutput(ids, outputs), final_state


def reshape(value, sizes, known_sizes, count):
    """Returns a tensor with other sizes instead of its first `count`; the shape says what is known of them."""
    result = tf.reshape(value, tf.concat([sizes, tf.shape(value)[count:]], 0))
    result.set_shape([*known_sizes, *value.shape.as_list()[count:]])
    return result


def gather_tree(step_ids, parent_ids, max_sequence_lengths, end_token):
    """Returns the sequences that end in each beam, of the words and parents of every step, all [time, batch, beams].
    Past an example's longest sequence, and past a sequence's own end, there is `end_token`."""
    steps, batch_size, beams = tf.unstack(tf.shape(step_ids))
    end = tf.fill([batch_size, beams], end_token)

    def one_step_back(later, step):
        beam, _ = later
        time, ids, parents = step
        begun = tf.tile((tf.cast(time, tf.int64) < tf.cast(max_sequence_lengths, tf.int64))[:, None], [1, beams])
        return (
            tf.where(begun, tf.gather(parents, beam, batch_dims=1), beam),
            tf.where(begun, tf.gather(ids, beam, batch_dims=1), end),
        )

    every_beam = tf.tile(tf.range(beams)[None], [batch_size, 1])
    _, ids = tf.scan(
        one_step_back, (tf.range(steps), step_ids, parent_ids), (every_beam, end), reverse=True, back_prop=False
    )
    ended = tf.cumsum(tf.cast(tf.equal(ids, end_token), tf.int32), exclusive=True) > 0
    return tf.where(ended, tf.fill(tf.shape(ids), end_token), ids)
