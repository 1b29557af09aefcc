"""`tf.contrib.crf`: a linear-chain conditional random field over tags, its likelihood and its best sequences.

Source: tensorflow/contrib/crf/python/ops/crf.py, TensorFlow 1.15.
"""

import numpy as np
import tensorflow.compat.v1 as tf

__all__ = [
    "CrfDecodeBackwardRnnCell",
    "CrfDecodeForwardRnnCell",
    "CrfForwardRnnCell",
    "crf_binary_score",
    "crf_decode",
    "crf_log_likelihood",
    "crf_log_norm",
    "crf_multitag_sequence_score",
    "crf_sequence_score",
    "crf_unary_score",
    "viterbi_decode",
]

RNNCell = tf.nn.rnn_cell.RNNCell


def of_one_step(inputs, if_one, if_more):
    """Returns what `if_one` gives if `inputs` [batch, time, tags] have one step, else what `if_more` gives."""
    steps = inputs.shape.as_list()[1]
    if steps is not None:
        return if_one() if steps == 1 else if_more()
    return tf.cond(tf.equal(tf.shape(inputs)[1], 1), if_one, if_more)


def zero_if_empty(values, lengths):
    """Returns values [batch], 0 where a sequence has no step."""
    return tf.where(tf.less_equal(lengths, 0), tf.zeros_like(values), values)


def one_less(lengths):
    """Returns lengths - 1, at least 0."""
    return tf.maximum(tf.constant(0, lengths.dtype), lengths - 1)


def crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params):
    """Returns the score of tag sequences, float [batch]: what each tag has at its step, and each pair beside each other.

    inputs: float [batch, time, tags]. tag_indices: int [batch, time]. sequence_lengths: int [batch].
    transition_params: float [tags, tags], from a tag to the next one.
    """
    inputs, tag_indices = tf.convert_to_tensor(inputs), tf.convert_to_tensor(tag_indices)
    sequence_lengths = tf.convert_to_tensor(sequence_lengths)

    def one():
        rows = tf.reshape(tf.range(tf.shape(inputs, out_type=tag_indices.dtype)[0]), [-1, 1])
        scores = tf.gather_nd(tf.squeeze(inputs, [1]), tf.concat([rows, tag_indices], axis=1))
        return zero_if_empty(scores, sequence_lengths)

    def more():
        unary = crf_unary_score(tag_indices, sequence_lengths, inputs)
        return unary + crf_binary_score(tag_indices, sequence_lengths, transition_params)

    return of_one_step(inputs, one, more)


def crf_multitag_sequence_score(inputs, tag_bitmap, sequence_lengths, transition_params):
    """Returns the log of the summed scores, exp, of all sequences whose tags are among those of `tag_bitmap`, bool [batch,
    time, tags]: float [batch]."""
    inputs = tf.convert_to_tensor(inputs)
    allowed = tf.where(tag_bitmap, inputs, tf.fill(tf.shape(inputs), float("-inf")))
    return of_one_step(
        inputs,
        lambda: tf.reduce_logsumexp(allowed, axis=[1, 2]),
        lambda: crf_log_norm(allowed, sequence_lengths, transition_params),
    )


def crf_log_norm(inputs, sequence_lengths, transition_params):
    """Returns the log of the summed scores, exp, of all tag sequences: float [batch]."""
    inputs, sequence_lengths = tf.convert_to_tensor(inputs), tf.convert_to_tensor(sequence_lengths)
    first = tf.squeeze(tf.slice(inputs, [0, 0, 0], [-1, 1, -1]), [1])

    def one():
        return zero_if_empty(tf.reduce_logsumexp(first, [1]), sequence_lengths)

    def more():
        rest = tf.slice(inputs, [0, 1, 0], [-1, -1, -1])
        cell = CrfForwardRnnCell(transition_params)
        _, alphas = tf.nn.dynamic_rnn(cell, rest, one_less(sequence_lengths), first, dtype=tf.float32)
        return zero_if_empty(tf.reduce_logsumexp(alphas, [1]), sequence_lengths)

    return of_one_step(inputs, one, more)


def crf_log_likelihood(inputs, tag_indices, sequence_lengths, transition_params=None):
    """Returns (the log likelihood of tag sequences, float [batch]; transition_params, a variable `transitions` [tags, tags]
    if none are given). The arguments are those of `crf_sequence_score`."""
    tags = inputs.shape.as_list()[2]
    if transition_params is None:
        transition_params = tf.get_variable("transitions", [tags, tags])
    scores = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    return scores - crf_log_norm(inputs, sequence_lengths, transition_params), transition_params


def crf_unary_score(tag_indices, sequence_lengths, inputs):
    """Returns the sum of what each tag has at its step: float [batch]."""
    batch, steps, tags = (tf.shape(inputs)[axis] for axis in range(3))
    rows = tf.expand_dims(tf.range(batch) * steps * tags, 1) + tf.expand_dims(tf.range(steps) * tags, 0)
    places = tf.reshape(tf.cast(rows, tag_indices.dtype) + tag_indices, [-1])
    scores = tf.reshape(tf.gather(tf.reshape(inputs, [-1]), places), [batch, steps])
    return tf.reduce_sum(scores * tf.sequence_mask(sequence_lengths, tf.shape(tag_indices)[1], tf.float32), 1)


def crf_binary_score(tag_indices, sequence_lengths, transition_params):
    """Returns the sum of what each pair of tags beside each other has: float [batch]."""
    tags, pairs = transition_params.shape.as_list()[0], tf.shape(tag_indices)[1] - 1
    before = tf.slice(tag_indices, [0, 0], [-1, pairs])
    after = tf.slice(tag_indices, [0, 1], [-1, pairs])
    scores = tf.gather(tf.reshape(transition_params, [-1]), before * tags + after)
    mask = tf.sequence_mask(sequence_lengths, tf.shape(tag_indices)[1], tf.float32)
    return tf.reduce_sum(scores * tf.slice(mask, [0, 1], [-1, -1]), 1)


class _OfTags(RNNCell):
    """A cell whose state and output have a number for each tag; it has no variables."""

    def __init__(self, transition_params):
        super().__init__()
        self._transition_params = tf.expand_dims(transition_params, 0)  # [1, tags, tags]
        self._num_tags = transition_params.shape.as_list()[0]

    @property
    def state_size(self):
        return self._num_tags

    @property
    def output_size(self):
        return self._num_tags


class CrfForwardRnnCell(_OfTags):
    """A step of the forward algorithm: the log of the summed scores, exp, of all that ends in each tag."""

    def __call__(self, inputs, state, scope=None):
        """Returns (alphas, alphas), [batch, tags], of a step's inputs and the alphas before, [batch, tags] both."""
        alphas = inputs + tf.reduce_logsumexp(tf.expand_dims(state, 2) + self._transition_params, [1])
        return alphas, alphas


class CrfDecodeForwardRnnCell(_OfTags):
    """A step of Viterbi's algorithm: which tag before gives the best score to each tag."""

    def __call__(self, inputs, state, scope=None):
        """Returns (the tags before, int32; the best scores), [batch, tags] both."""
        scores = tf.expand_dims(state, 2) + self._transition_params  # [batch, tags, tags]
        best = inputs + tf.reduce_max(scores, [1])
        return tf.cast(tf.argmax(scores, 1), tf.int32), best


class CrfDecodeBackwardRnnCell(RNNCell):
    """A step back along the tags before, which `CrfDecodeForwardRnnCell` found."""

    def __init__(self, num_tags):
        super().__init__()
        self._num_tags = num_tags

    @property
    def state_size(self):
        return 1

    @property
    def output_size(self):
        return 1

    def __call__(self, inputs, state, scope=None):
        """Returns (tags, tags), int32 [batch, 1], of the tags before, int32 [batch, tags], and the tags after."""
        state = tf.squeeze(state, axis=[1])
        rows = tf.range(tf.shape(inputs)[0])
        tags = tf.expand_dims(tf.gather_nd(inputs, tf.stack([rows, state], axis=1)), axis=-1)
        return tags, tags


def viterbi_decode(score, transition_params):
    """Returns (the best tags, a list; their score) of one sequence, in NumPy: score [time, tags]."""
    trellis, before = np.zeros_like(score), np.zeros_like(score, dtype=np.int32)
    trellis[0] = score[0]
    for step in range(1, score.shape[0]):
        scores = np.expand_dims(trellis[step - 1], 1) + transition_params
        trellis[step], before[step] = score[step] + np.max(scores, 0), np.argmax(scores, 0)
    tags = [np.argmax(trellis[-1])]
    for each in reversed(before[1:]):
        tags.append(each[tags[-1]])
    return tags[::-1], np.max(trellis[-1])


def crf_decode(potentials, transition_params, sequence_length):
    """Returns (the best tags, int32 [batch, time]; their scores, float [batch]) of potentials [batch, time, tags]."""
    potentials, sequence_length = tf.convert_to_tensor(potentials), tf.convert_to_tensor(sequence_length)
    transition_params = tf.convert_to_tensor(transition_params)

    def one():
        squeezed = tf.squeeze(potentials, [1])
        tags = tf.expand_dims(tf.argmax(squeezed, axis=1), 1)
        return tf.cast(tags, tf.int32), tf.reduce_max(squeezed, axis=1)

    def more():
        first = tf.squeeze(tf.slice(potentials, [0, 0, 0], [-1, 1, -1]), axis=[1])
        rest = tf.slice(potentials, [0, 1, 0], [-1, -1, -1])
        lengths = one_less(sequence_length)
        forward = CrfDecodeForwardRnnCell(transition_params)
        before, scores = tf.nn.dynamic_rnn(forward, rest, lengths, first, dtype=tf.int32)  # [batch, time - 1, tags]
        before = tf.reverse_sequence(before, lengths, seq_axis=1)
        last = tf.expand_dims(tf.cast(tf.argmax(scores, axis=1), tf.int32), axis=-1)
        backward = CrfDecodeBackwardRnnCell(potentials.shape.as_list()[2])
        tags, _ = tf.nn.dynamic_rnn(backward, before, lengths, last, dtype=tf.int32)
        tags = tf.concat([last, tf.squeeze(tags, axis=[2])], axis=1)
        return tf.reverse_sequence(tags, sequence_length, seq_axis=1), tf.reduce_max(scores, axis=1)

    return of_one_step(potentials, one, more)
