"""Helpers of `tf.contrib.seq2seq` that read what was told now and then, or whatever a function makes of it.

Source: tensorflow/contrib/seq2seq/python/ops/helper.py, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf

from legacy.contrib.seq2seq import Helper, TrainingHelper, categorical_sample

__all__ = ["InferenceHelper", "ScheduledEmbeddingTrainingHelper", "ScheduledOutputTrainingHelper"]


def at_random(probability, size, dtype, seed):
    """Returns 1, or True, as likely as that: [size]."""
    return tf.cast(tf.random_uniform([size], seed=seed) < probability, dtype)


class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """A TrainingHelper that reads its own last word instead, as likely as `sampling_probability` (Bengio et al., 2015).

    The ids told are -1 where it reads the given input.
    """

    def __init__(
        self, inputs, sequence_length, embedding, sampling_probability, time_major=False, seed=None,
        scheduling_seed=None, name=None,
    ):  # fmt: skip
        super().__init__(inputs, sequence_length, time_major)
        self.embed = embedding if callable(embedding) else lambda ids: tf.nn.embedding_lookup(embedding, ids)
        self.probability = tf.convert_to_tensor(sampling_probability)
        self.seed, self.scheduling_seed = seed, scheduling_seed

    def sample(self, time, outputs, state, name=None):
        own = at_random(self.probability, self.batch_size, tf.bool, self.scheduling_seed)
        told = categorical_sample(outputs, self.seed)
        return tf.where(own, told, tf.fill([self.batch_size], -1))

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        finished, inputs, state = super().next_inputs(time, outputs, state, sample_ids)
        told = self.embed(tf.maximum(sample_ids, 0))
        return finished, tf.where(tf.logical_or(sample_ids < 0, tf.reduce_all(finished)), inputs, told), state


class ScheduledOutputTrainingHelper(TrainingHelper):
    """The same of outputs: it reads the last one, or what `next_inputs_fn` makes of it, beside `auxiliary_inputs`."""

    def __init__(
        self, inputs, sequence_length, sampling_probability, time_major=False, seed=None, next_inputs_fn=None,
        auxiliary_inputs=None, name=None,
    ):  # fmt: skip
        self.beside = None
        if auxiliary_inputs is not None:
            inputs = tf.concat([inputs, auxiliary_inputs], -1)
            beside = auxiliary_inputs if time_major else tf.transpose(auxiliary_inputs, [1, 0, 2])
            self.beside = tf.concat([beside, tf.zeros_like(beside[:1])], 0)  # one step more, past the end
        super().__init__(inputs, sequence_length, time_major)
        self.probability, self.seed = tf.convert_to_tensor(sampling_probability), seed
        self.next_inputs_fn = next_inputs_fn or tf.identity

    def sample(self, time, outputs, state, name=None):
        return at_random(self.probability, self.batch_size, tf.int32, self.seed)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        finished, inputs, state = super().next_inputs(time, outputs, state, sample_ids)
        own = self.next_inputs_fn(outputs)
        if self.beside is not None:
            own = tf.concat([own, self.beside[tf.minimum(time + 1, tf.shape(self.beside)[0] - 1)]], -1)
        own.set_shape(inputs.shape)
        given = tf.logical_or(tf.equal(sample_ids, 0), tf.reduce_all(finished))
        return finished, tf.where(given, inputs, own), state


class InferenceHelper(Helper):
    """Reads what three functions make of the outputs: what is told, whether that is the end, the next inputs."""

    def __init__(self, sample_fn, sample_shape, sample_dtype, start_inputs, end_fn, next_inputs_fn=None):
        self.sample_fn, self.end_fn, self.next_inputs_fn = sample_fn, end_fn, next_inputs_fn or (lambda ids: ids)
        self.start_inputs = tf.convert_to_tensor(start_inputs)
        self.batch_size = tf.shape(start_inputs)[0]
        self.sample_ids_shape, self.sample_ids_dtype = tf.TensorShape(sample_shape), sample_dtype

    def initialize(self, name=None):
        return tf.tile([False], [self.batch_size]), self.start_inputs

    def sample(self, time, outputs, state, name=None):
        return self.sample_fn(outputs)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        return self.end_fn(sample_ids), self.next_inputs_fn(sample_ids), state
