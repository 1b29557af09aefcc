"""Monotonic attention of `tf.contrib.seq2seq`: at each step it stays where it is in the memory, or goes on.

Source: tensorflow/contrib/seq2seq/python/ops/attention_wrapper.py, TensorFlow 1.15.
"""

import numpy as np
import tensorflow.compat.v1 as tf

from legacy.contrib import year
from legacy.contrib.attention import AttentionMechanism, BahdanauAttention, LuongAttention
from legacy.contrib.rnn import dimension

__all__ = ["BahdanauMonotonicAttention", "LuongMonotonicAttention", "monotonic_attention", "safe_cumprod"]


def safe_cumprod(x, *args, **kwargs):
    """Returns the running product of numbers from 0 to 1, by their logarithms, so that none is divided by 0."""
    x = tf.convert_to_tensor(x)
    tiny = np.finfo(x.dtype.as_numpy_dtype).tiny
    return tf.exp(tf.cumsum(tf.log(tf.clip_by_value(x, tiny, 1)), *args, **kwargs))


def monotonic_attention(p_choose_i, previous_attention, mode):
    """Returns how likely each step of the memory is attended to, [batch, time] (Raffel et al., 2017).

    p_choose_i: how likely it is to stay at each, [batch, time]. previous_attention: the step before's. mode: recursive
    (exact), parallel (the same but for very small numbers) or hard (of 0 and 1 alone).
    """
    p_choose_i, previous_attention = tf.convert_to_tensor(p_choose_i), tf.convert_to_tensor(previous_attention)
    if mode == "recursive":
        batch = dimension(p_choose_i, 0)
        pass_on = tf.concat([tf.ones([batch, 1]), 1 - p_choose_i[:, :-1]], 1)
        come = tf.scan(
            lambda x, yz: tf.reshape(yz[0] * x + yz[1], [batch]),
            [tf.transpose(pass_on), tf.transpose(previous_attention)],
            tf.zeros([batch]),
        )
        return p_choose_i * tf.transpose(come)
    if mode == "parallel":
        passed = safe_cumprod(1 - p_choose_i, axis=1, exclusive=True)
        return p_choose_i * passed * tf.cumsum(previous_attention / tf.clip_by_value(passed, 1e-10, 1.0), axis=1)
    if mode == "hard":
        p_choose_i *= tf.cumsum(previous_attention, axis=1)
        return p_choose_i * tf.cumprod(1 - p_choose_i, axis=1, exclusive=True)
    raise ValueError("mode must be 'recursive', 'parallel', or 'hard'.")


class Monotonic(AttentionMechanism):
    """What both have in common: a score's bias, noise on scores while training, and where the attention begins."""

    scope_name = None

    def set_monotonic(self, sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode):
        self.noise, self.seed, self.score_bias_init, self.mode = (
            sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode,
        )  # fmt: skip

    def initial_alignments(self, batch_size, dtype):
        return tf.one_hot(tf.zeros([batch_size], tf.int32), self.alignments_size, dtype=dtype)

    def __call__(self, query, state):
        """Returns (the weights of the memory's steps, [batch, time], for a query, [batch, size]; the next state, which
        is the same). `state`: the weights of the step before. Until 1.4 the weights alone."""
        with tf.variable_scope(None, self.scope_name, [query]):
            score = self.score_here(query)
            score += tf.get_variable("attention_score_bias", dtype=query.dtype, initializer=float(self.score_bias_init))
        if self.lengths is not None:
            masked = self.score_mask_value * tf.ones_like(score)
            score = tf.where(tf.sequence_mask(self.lengths, tf.shape(score)[1]), score, masked)
        if self.noise > 0:
            score += self.noise * tf.random_normal(tf.shape(score), dtype=score.dtype, seed=self.seed)
        stay = tf.cast(score > 0, score.dtype) if self.mode == "hard" else tf.sigmoid(score)
        alignments = monotonic_attention(stay, state, self.mode)
        return alignments if year.until("1.4") else (alignments, alignments)


class BahdanauMonotonicAttention(Monotonic, BahdanauAttention):
    """Monotonic attention by the score of BahdanauAttention."""

    scope_name = "bahdanau_monotonic_attention"

    def __init__(
        self, num_units, memory, memory_sequence_length=None, normalize=False, score_mask_value=None, sigmoid_noise=0.0,
        sigmoid_noise_seed=None, score_bias_init=0.0, mode="parallel", dtype=None, name="BahdanauMonotonicAttention",
    ):  # fmt: skip
        super().__init__(
            num_units, memory, memory_sequence_length, normalize, score_mask_value=score_mask_value, dtype=dtype,
            name=name,
        )  # fmt: skip
        self.set_monotonic(sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode)

    def score_here(self, query):
        query = self.query_layer(query)[:, None]
        v = tf.get_variable("attention_v", [self.num_units], query.dtype)
        if not self.normalize:
            return tf.reduce_sum(v * tf.tanh(self.keys + query), 2)
        g = tf.get_variable("attention_g", [], query.dtype, tf.constant_initializer(self.num_units**-0.5))
        b = tf.get_variable("attention_b", [self.num_units], query.dtype, tf.zeros_initializer())
        return tf.reduce_sum(g * v * tf.rsqrt(tf.reduce_sum(tf.square(v))) * tf.tanh(self.keys + query + b), 2)


class LuongMonotonicAttention(Monotonic, LuongAttention):
    """Monotonic attention by the score of LuongAttention."""

    scope_name = "luong_monotonic_attention"

    def __init__(
        self, num_units, memory, memory_sequence_length=None, scale=False, score_mask_value=None, sigmoid_noise=0.0,
        sigmoid_noise_seed=None, score_bias_init=0.0, mode="parallel", dtype=None, name="LuongMonotonicAttention",
    ):  # fmt: skip
        super().__init__(
            num_units, memory, memory_sequence_length, scale, score_mask_value=score_mask_value, dtype=dtype, name=name
        )
        self.set_monotonic(sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode)

    def score_here(self, query):
        score = tf.squeeze(tf.matmul(query[:, None], self.keys, transpose_b=True), [1])
        return score * tf.get_variable("attention_g", dtype=query.dtype, initializer=1.0) if self.scale else score
