"""`tf.contrib.seq2seq`: the loss, attention, beam search, and decoders that read given words or their own.

Source: tensorflow/contrib/seq2seq/python/ops/{loss,helper,basic_decoder,decoder}.py, TensorFlow 1.15.
"""

import collections

import tensorflow.compat.v1 as tf

from legacy.contrib.attention import (
    AttentionMechanism,
    AttentionWrapper,
    AttentionWrapperState,
    BahdanauAttention,
    LuongAttention,
    hardmax,
)
from legacy.contrib.beam_search import (
    BeamSearchDecoder,
    BeamSearchDecoderOutput,
    BeamSearchDecoderState,
    FinalBeamSearchDecoderOutput,
    gather_tree,
)

__all__ = [
    "AttentionMechanism",
    "AttentionWrapper",
    "AttentionWrapperState",
    "BahdanauAttention",
    "BasicDecoder",
    "BasicDecoderOutput",
    "BeamSearchDecoder",
    "BeamSearchDecoderOutput",
    "BeamSearchDecoderState",
    "CustomHelper",
    "Decoder",
    "FinalBeamSearchDecoderOutput",
    "GreedyEmbeddingHelper",
    "Helper",
    "LuongAttention",
    "SampleEmbeddingHelper",
    "TrainingHelper",
    "dynamic_decode",
    "gather_tree",
    "hardmax",
    "sequence_loss",
    "tile_batch",
]


def sequence_loss(
    logits,
    targets,
    weights,
    average_across_timesteps=True,
    average_across_batch=True,
    softmax_loss_function=None,
    name=None,
):
    """Returns the weighted cross entropy of logits [batch, time, classes], targets int [batch, time], weights [batch, time].

    A number, if it is averaged over both; else [batch], [time] or [batch, time].
    """
    with tf.name_scope(name, "sequence_loss", [logits, targets, weights]):
        classes = tf.shape(logits)[2]
        loss = softmax_loss_function or tf.nn.sparse_softmax_cross_entropy_with_logits
        crossent = loss(labels=tf.reshape(targets, [-1]), logits=tf.reshape(logits, [-1, classes]))
        crossent *= tf.reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return tf.reduce_sum(crossent) / (tf.reduce_sum(weights) + 1e-12)
        crossent = tf.reshape(crossent, tf.shape(logits)[:2])
        if average_across_timesteps:
            return tf.reduce_sum(crossent, 1) / (tf.reduce_sum(weights, 1) + 1e-12)
        if average_across_batch:
            return tf.reduce_sum(crossent, 0) / (tf.reduce_sum(weights, 0) + 1e-12)
        return crossent


# --- helpers: what a decoder reads at each step ---


class Helper:
    """What they have in common: nothing but the name."""


class TrainingHelper(Helper):
    """Reads given inputs, [batch, time, size], each sequence to its length, int [batch]."""

    def __init__(self, inputs, sequence_length, time_major=False, name=None):
        inputs = tf.convert_to_tensor(inputs)
        self.inputs = inputs if time_major else tf.transpose(inputs, [1, 0, 2])  # [time, batch, size]
        self.sequence_length = tf.cast(sequence_length, tf.int32)
        self.batch_size = tf.size(self.sequence_length)

    def initialize(self, name=None):
        """Returns (which sequences are finished before the first step, the first inputs)."""
        return tf.equal(0, self.sequence_length), self._at(0)

    def sample(self, time, outputs, state, name=None):
        """Returns the ids told, int32 [batch]."""
        return tf.argmax(outputs, axis=-1, output_type=tf.int32)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        """Returns (which sequences are finished, the next inputs, the state)."""
        return time + 1 >= self.sequence_length, self._at(time + 1), state

    def _at(self, time):
        """The inputs of a step; past the end, zeros."""
        padded = tf.concat([self.inputs, tf.zeros_like(self.inputs[:1])], 0)
        inputs = padded[tf.minimum(time, tf.shape(self.inputs)[0])]
        inputs.set_shape(self.inputs.shape[1:])
        return inputs


class GreedyEmbeddingHelper(Helper):
    """Reads what was told the step before, from an embedding (a tensor, or a function of ids), until `end_token`."""

    def __init__(self, embedding, start_tokens, end_token):
        self.embed = embedding if callable(embedding) else lambda ids: tf.nn.embedding_lookup(embedding, ids)
        self.start_tokens, self.end_token = tf.cast(start_tokens, tf.int32), end_token
        self.batch_size = tf.size(self.start_tokens)

    def initialize(self, name=None):
        return tf.fill([self.batch_size], False), self.embed(self.start_tokens)

    def sample(self, time, outputs, state, name=None):
        return tf.argmax(outputs, axis=-1, output_type=tf.int32)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        return tf.equal(sample_ids, self.end_token), self.embed(sample_ids), state


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """The same, telling ids at random, as likely as the logits say, divided by `softmax_temperature`."""

    def __init__(self, embedding, start_tokens, end_token, softmax_temperature=None, seed=None):
        super().__init__(embedding, start_tokens, end_token)
        self.temperature, self.seed = softmax_temperature or 1.0, seed

    def sample(self, time, outputs, state, name=None):
        return tf.cast(tf.random.categorical(outputs / self.temperature, 1, seed=self.seed)[:, 0], tf.int32)


class CustomHelper(Helper):
    """Three functions of the script's own."""

    def __init__(self, initialize_fn, sample_fn, next_inputs_fn, *shape_and_type):
        self.initialize_fn, self.sample_fn, self.next_inputs_fn = initialize_fn, sample_fn, next_inputs_fn

    @property
    def batch_size(self):
        return tf.size(self.initialize()[0])

    def initialize(self, name=None):
        return self.initialize_fn()

    def sample(self, time, outputs, state, name=None):
        return self.sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        return self.next_inputs_fn(time=time, outputs=outputs, state=state, sample_ids=sample_ids)


# --- decoders ---


BasicDecoderOutput = collections.namedtuple("BasicDecoderOutput", "rnn_output sample_id")


class Decoder:
    """What `dynamic_decode` runs: it has initialize() and step(), as BasicDecoder has them."""

    tracks_own_finished = False

    def finalize(self, outputs, final_state, sequence_lengths):
        """Returns (outputs, state) of all steps, [time, batch, ...], as they are given out."""
        return outputs, final_state


class BasicDecoder(Decoder):
    """A cell, what it reads (a helper), the state it starts from, and a layer that its outputs go through."""

    def __init__(self, cell, helper, initial_state, output_layer=None):
        self.cell, self.helper, self.initial_state, self.output_layer = cell, helper, initial_state, output_layer

    @property
    def batch_size(self):
        return self.helper.batch_size

    def initialize(self, name=None):
        """Returns (which sequences are finished before the first step, the first inputs, the state)."""
        return *self.helper.initialize(), self.initial_state

    def step(self, time, inputs, state, name=None):
        """Returns (BasicDecoderOutput, state, the next inputs, which sequences are finished)."""
        outputs, state = self.cell(inputs, state)
        if self.output_layer is not None:
            outputs = self.output_layer(outputs)
        sample_ids = self.helper.sample(time=time, outputs=outputs, state=state)
        finished, inputs, state = self.helper.next_inputs(
            time=time, outputs=outputs, state=state, sample_ids=sample_ids
        )
        return BasicDecoderOutput(outputs, sample_ids), state, inputs, finished


def dynamic_decode(
    decoder,
    output_time_major=False,
    impute_finished=False,
    maximum_iterations=None,
    parallel_iterations=32,
    swap_memory=False,
    scope=None,
):
    """Runs a decoder until all sequences are finished, or for `maximum_iterations`.

    impute_finished: past its end, a sequence has outputs of 0 and keeps its last state.

    Returns:
        (outputs, state, lengths): a BasicDecoderOutput of [batch, time, ...], or what the decoder gives out; the last
        state; int32 [batch].
    """
    with tf.variable_scope(scope, "decoder"):
        finished, inputs, state = decoder.initialize()
        if maximum_iterations is not None:
            finished = tf.logical_or(finished, 0 >= maximum_iterations)
        # The cell and the layer make their variables here; in the loop they would belong to it.
        first, _, _, _ = decoder.step(tf.constant(0), inputs, state)
        arrays = tf.nest.map_structure(
            lambda each: tf.TensorArray(each.dtype, 0, dynamic_size=True, element_shape=each.shape), first
        )

        def one_step(time, arrays, state, inputs, finished, lengths):
            outputs, next_state, next_inputs, now_finished = decoder.step(time, inputs, state)
            next_finished = now_finished if decoder.tracks_own_finished else tf.logical_or(finished, now_finished)
            if maximum_iterations is not None:
                next_finished = tf.logical_or(next_finished, time + 1 >= maximum_iterations)
            lengths = tf.where(tf.logical_and(~finished, next_finished), tf.fill(tf.shape(lengths), time + 1), lengths)

            def past_end(old, new):  # what is not there for each sequence, as a step counter, goes on
                if isinstance(new, tf.TensorArray) or new.shape.ndims == 0:
                    return new
                new.set_shape(old.shape)
                return tf.where(finished, old, new)

            if impute_finished:
                outputs = tf.nest.map_structure(lambda each: past_end(tf.zeros_like(each), each), outputs)
                next_state = tf.nest.map_structure(past_end, state, next_state)
            arrays = tf.nest.map_structure(lambda array, each: array.write(time, each), arrays, outputs)
            return time + 1, arrays, next_state, next_inputs, next_finished, lengths

        def unfinished(time, arrays, state, inputs, finished, lengths):
            return tf.logical_not(tf.reduce_all(finished))

        lengths = tf.zeros_like(finished, tf.int32)
        _, arrays, state, _, _, lengths = tf.while_loop(
            unfinished, one_step, (tf.constant(0), arrays, state, inputs, finished, lengths),
            parallel_iterations=parallel_iterations, swap_memory=swap_memory,
        )  # fmt: skip
        outputs = tf.nest.map_structure(lambda array: array.stack(), arrays)  # [time, batch, ...]
        outputs, state = decoder.finalize(outputs, state, lengths)
        if not output_time_major:
            outputs = tf.nest.map_structure(lambda y: tf.transpose(y, [1, 0, *range(2, y.shape.ndims)]), outputs)
        return outputs, state, lengths


def tile_batch(t, multiplier, name=None):
    """Returns a tensor, or a structure of tensors, with each of its batch's rows `multiplier` times."""
    return tf.nest.map_structure(lambda each: tf.repeat(each, multiplier, axis=0), t)
