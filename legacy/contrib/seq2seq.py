"""`tf.contrib.seq2seq`: the loss, attention, beam search, and decoders that read given words or their own.

Source: tensorflow/contrib/seq2seq/python/ops/{loss,helper,basic_decoder,decoder}.py, TensorFlow 1.15.
"""

import collections

import tensorflow.compat.v1 as tf
from tensorflow.python.ops.rnn import _should_cache as should_cache
from tensorflow.python.ops.rnn import _transpose_batch_time as transpose_batch_time
from tf_keras.src.layers.rnn.legacy_cells import _zero_state_tensors as zeros_of

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
        logits_flat = tf.reshape(logits, [-1, classes])
        crossent = loss(labels=tf.reshape(targets, [-1]), logits=logits_flat)
        crossent *= tf.reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return tf.div_no_nan(tf.reduce_sum(crossent), tf.reduce_sum(weights))
        crossent = tf.reshape(crossent, tf.shape(logits)[:2])
        if average_across_timesteps or average_across_batch:
            axis = [0] if average_across_batch else [1]
            return tf.div_no_nan(tf.reduce_sum(crossent, axis), tf.reduce_sum(weights, axis))
        return crossent


# --- helpers: what a decoder reads at each step ---


def categorical_sample(logits, seed=None):
    """Returns ids drawn as likely as their logits [batch, words] say, int32 [batch], in as many operations as then."""
    logits = tf.convert_to_tensor(logits, name="logits")
    tf.shape(logits)[-1]  # noqa: B018, two operations that nobody asks
    batch = tf.shape(logits)[:-1]
    with tf.name_scope("call_sampler"):
        count = tf.convert_to_tensor([], tf.int32, name="sample_shape")
        pad = tf.cast(tf.equal(tf.rank(count), 0), tf.int32)
        count = tf.reshape(count, tf.pad(tf.shape(count), [[pad, 0]], constant_values=1))
        draws_of_each = tf.reduce_prod(count)
        draws = tf.multinomial(logits, draws_of_each, seed=seed, output_dtype=tf.int32)
        draws = tf.reshape(tf.transpose(draws), tf.concat([[draws_of_each], batch], 0))
        return tf.reshape(draws, tf.concat([count, tf.shape(draws)[1:]], 0))


class Helper:
    """What they have in common: the shape and the type of what each sequence tells at a step."""

    sample_ids_shape, sample_ids_dtype = tf.TensorShape([]), tf.int32


class TrainingHelper(Helper):
    """Reads given inputs, [batch, time, size], each sequence to its length, int [batch]."""

    def __init__(self, inputs, sequence_length, time_major=False, name=None):
        with tf.name_scope(name, "TrainingHelper", [inputs, sequence_length]):
            self.inputs = inputs = tf.convert_to_tensor(inputs, name="inputs")
            inputs = inputs if time_major else transpose_batch_time(inputs)  # [time, batch, size]
            self.steps = tf.TensorArray(inputs.dtype, tf.shape(inputs)[0], element_shape=inputs.shape[1:])
            self.steps = self.steps.unstack(inputs)
            lengths = tf.convert_to_tensor(sequence_length, name="sequence_length")
            self.sequence_length = tf.cast(lengths, tf.int32)  # NumPy's whole numbers were int32 on Windows
            self.zero_inputs = tf.zeros_like(inputs[0, :])
            self.batch_size = tf.size(sequence_length)

    def initialize(self, name=None):
        """Returns (which sequences are finished before the first step, the first inputs)."""
        with tf.name_scope(name, "TrainingHelperInitialize"):
            finished = tf.equal(0, self.sequence_length)
            return finished, self._at(0, finished)

    def sample(self, time, outputs, state=None, name=None):
        """Returns the ids told, int32 [batch]."""
        with tf.name_scope(name, "TrainingHelperSample", [time, outputs]):
            return tf.cast(tf.argmax(outputs, axis=-1), tf.int32)

    def next_inputs(self, time, outputs, state, sample_ids=None, name=None):
        """Returns (which sequences are finished, the next inputs, the state)."""
        with tf.name_scope(name, "TrainingHelperNextInputs", [time, outputs, state]):
            next_time = time + 1
            finished = next_time >= self.sequence_length
            return finished, self._at(next_time, finished), state

    def _at(self, time, finished):
        """The inputs of a step; zeros if all are finished."""
        return tf.cond(tf.reduce_all(finished), lambda: self.zero_inputs, lambda: self.steps.read(time))


class GreedyEmbeddingHelper(Helper):
    """Reads what was told the step before, from an embedding (a tensor, or a function of ids), until `end_token`."""

    def __init__(self, embedding, start_tokens, end_token):
        self.embed = embedding if callable(embedding) else lambda ids: tf.nn.embedding_lookup(embedding, ids)
        self.start_tokens = tf.convert_to_tensor(start_tokens, tf.int32, name="start_tokens")
        self.end_token = tf.convert_to_tensor(end_token, tf.int32, name="end_token")
        self.batch_size = tf.size(start_tokens)
        self.start_inputs = self.embed(self.start_tokens)

    def initialize(self, name=None):
        return tf.tile([False], [self.batch_size]), self.start_inputs

    def sample(self, time, outputs, state=None, name=None):
        return tf.argmax(outputs, axis=-1, output_type=tf.int32)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        finished = tf.equal(sample_ids, self.end_token)
        inputs = tf.cond(tf.reduce_all(finished), lambda: self.start_inputs, lambda: self.embed(sample_ids))
        return finished, inputs, state


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """The same, telling ids at random, as likely as the logits say, divided by `softmax_temperature`."""

    def __init__(self, embedding, start_tokens, end_token, softmax_temperature=None, seed=None):
        super().__init__(embedding, start_tokens, end_token)
        self.temperature, self.seed = softmax_temperature, seed

    def sample(self, time, outputs, state=None, name=None):
        return categorical_sample(outputs if self.temperature is None else outputs / self.temperature, self.seed)


class CustomHelper(Helper):
    """Three functions of the script's own."""

    def __init__(self, initialize_fn, sample_fn, next_inputs_fn, sample_ids_shape=None, sample_ids_dtype=None):
        self.initialize_fn, self.sample_fn, self.next_inputs_fn = initialize_fn, sample_fn, next_inputs_fn
        self.sample_ids_shape, self.sample_ids_dtype = (
            tf.TensorShape(sample_ids_shape or []),
            sample_ids_dtype or tf.int32,
        )
        self.batch_size = None  # known once it is initialized

    def initialize(self, name=None):
        with tf.name_scope(name, f"{type(self).__name__}Initialize"):
            finished, inputs = self.initialize_fn()
            if self.batch_size is None:
                self.batch_size = tf.size(finished)
        return finished, inputs

    def sample(self, time, outputs, state, name=None):
        with tf.name_scope(name, f"{type(self).__name__}Sample", [time, outputs, state]):
            return self.sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        with tf.name_scope(name, f"{type(self).__name__}NextInputs", [time, outputs, state]):
            return self.next_inputs_fn(time=time, outputs=outputs, state=state, sample_ids=sample_ids)


# --- decoders ---


BasicDecoderOutput = collections.namedtuple("BasicDecoderOutput", "rnn_output sample_id")


class Decoder:
    """What `dynamic_decode` runs: it has initialize() and step(), and says the sizes and types of what it gives out, as
    BasicDecoder does."""

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

    def _rnn_output_size(self):
        size = self.cell.output_size
        if self.output_layer is None:
            return size
        shapes = tf.nest.map_structure(lambda each: tf.TensorShape([None]).concatenate(each), size)
        return tf.nest.map_structure(lambda each: each[1:], self.output_layer.compute_output_shape(shapes))

    @property
    def output_size(self):
        return BasicDecoderOutput(self._rnn_output_size(), self.helper.sample_ids_shape)

    @property
    def output_dtype(self):
        dtype = tf.nest.flatten(self.initial_state)[0].dtype
        dtypes = tf.nest.map_structure(lambda _: dtype, self._rnn_output_size())
        return BasicDecoderOutput(dtypes, self.helper.sample_ids_dtype)

    def initialize(self, name=None):
        """Returns (which sequences are finished before the first step, the first inputs, the state)."""
        return *self.helper.initialize(), self.initial_state

    def step(self, time, inputs, state, name=None):
        """Returns (BasicDecoderOutput, state, the next inputs, which sequences are finished)."""
        with tf.name_scope(name, "BasicDecoderStep", [time, inputs, state]):
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
    with tf.variable_scope(scope, "decoder") as scope:
        if should_cache() and scope.caching_device is None:
            scope.set_caching_device(lambda operation: operation.device)
        if maximum_iterations is not None:
            maximum_iterations = tf.convert_to_tensor(maximum_iterations, tf.int32, name="maximum_iterations")
        finished, inputs, state = decoder.initialize()
        sizes, dtypes = decoder.output_size, decoder.output_dtype
        zero_outputs = tf.nest.map_structure(
            lambda size, dtype: zeros_of(size, decoder.batch_size, dtype), sizes, dtypes
        )
        if maximum_iterations is not None:
            finished = tf.logical_or(finished, 0 >= maximum_iterations)
        lengths = tf.zeros_like(finished, tf.int32)
        time = tf.constant(0)
        arrays = tf.nest.map_structure(lambda size, dtype: array_of(size, dtype, decoder.batch_size), sizes, dtypes)

        def one_step(time, arrays, state, inputs, finished, lengths):
            outputs, next_state, next_inputs, now_finished = decoder.step(time, inputs, state)
            next_finished = now_finished if decoder.tracks_own_finished else tf.logical_or(now_finished, finished)
            goes_on = tf.logical_not(finished)
            lengths = tf.where(goes_on, tf.fill(tf.shape(lengths), time + 1), lengths)
            if impute_finished:
                outputs, next_state = imputed(finished, outputs, zero_outputs, next_state, state)
            arrays = tf.nest.map_structure(lambda array, each: array.write(time, each), arrays, outputs)
            return time + 1, arrays, next_state, next_inputs, next_finished, lengths

        def unfinished(time, arrays, state, inputs, finished, lengths):
            return tf.logical_not(tf.reduce_all(finished))

        _, arrays, state, _, _, lengths = tf.while_loop(
            unfinished, one_step, (time, arrays, state, inputs, finished, lengths),
            parallel_iterations=parallel_iterations, maximum_iterations=maximum_iterations, swap_memory=swap_memory,
        )  # fmt: skip
        outputs = tf.nest.map_structure(lambda array: array.stack(), arrays)  # [time, batch, ...]
        outputs, state = decoder.finalize(outputs, state, lengths)
        if not output_time_major:
            outputs = tf.nest.map_structure(transpose_batch_time, outputs)
        return outputs, state, lengths


def imputed(finished, outputs, zero_outputs, next_state, state):
    """Returns (outputs, state), of a sequence that is finished zeros and the last state; what is not there for each
    sequence, as a step counter, goes on."""

    def past_end(new, old):
        if isinstance(old, tf.TensorArray):
            return new
        new.set_shape(old.shape)
        return new if new.shape.ndims == 0 else tf.where(finished, old, new)

    outputs = tf.nest.map_structure(lambda out, zero: tf.where(finished, zero, out), outputs, zero_outputs)
    return outputs, tf.nest.map_structure(past_end, next_state, state)


def array_of(size, dtype, batch_size):
    """Returns an array of steps, each [batch, *size], of which a size that is a number tells nothing."""
    shape = None
    if isinstance(size, tf.TensorShape) and size.ndims != 0:
        batch_size = tf.get_static_value(tf.convert_to_tensor(batch_size, name="batch_size"))
        shape = tf.TensorShape([batch_size]).concatenate(size)
    return tf.TensorArray(dtype, 0, dynamic_size=True, element_shape=shape)


def tile_batch(t, multiplier, name=None):
    """Returns a tensor, or a structure of tensors, with each of its batch's rows `multiplier` times."""
    return tf.nest.map_structure(lambda each: tf.repeat(each, multiplier, axis=0), t)
