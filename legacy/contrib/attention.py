"""Attention of `tf.contrib.seq2seq`: at each step a decoder's cell reads a weighted mean of the encoder's outputs.

Source: tensorflow/contrib/seq2seq/python/ops/attention_wrapper.py, TensorFlow 1.15.
"""

import collections

import tensorflow.compat.v1 as tf

from legacy.contrib.rnn import RNNCell


class AttentionMechanism:
    """A memory, [batch, time, size], and how much a query is about each of its steps.

    `values` is the memory, with zeros past each sequence's length; `keys` is what queries are compared with.
    """

    def __init__(
        self, num_units, memory, memory_sequence_length=None, probability_fn=None, score_mask_value=None, dtype=None,
        name=None,
    ):  # fmt: skip
        self.num_units, self.name = num_units, name
        self.probability_fn = probability_fn or tf.nn.softmax
        self.score_mask_value = float("-inf") if score_mask_value is None else score_mask_value
        memory = tf.convert_to_tensor(memory)
        self.dtype = tf.as_dtype(dtype or memory.dtype)
        self.lengths = memory_sequence_length
        self.values = memory
        if self.lengths is not None:
            self.values *= tf.sequence_mask(self.lengths, tf.shape(memory)[1], memory.dtype)[:, :, None]
        self.memory_layer = tf.layers.Dense(num_units, use_bias=False, name="memory_layer", dtype=self.dtype)
        self.keys = self.memory_layer(self.values)  # [batch, time, num_units]
        self.batch_size = memory.shape.as_list()[0] or tf.shape(memory)[0]
        self.alignments_size = memory.shape.as_list()[1] or tf.shape(memory)[1]

    def initial_alignments(self, batch_size, dtype):
        return tf.zeros([batch_size, self.alignments_size], dtype)

    def __call__(self, query, previous_alignments=None):
        """Returns the weights of the memory's steps, [batch, time], for a query, [batch, size]."""
        score = self.score(query)
        if self.lengths is not None:
            masked = self.score_mask_value * tf.ones_like(score)
            score = tf.where(tf.sequence_mask(self.lengths, tf.shape(score)[1]), score, masked)
        return self.probability_fn(score)


class LuongAttention(AttentionMechanism):
    """Weights by the inner product of query and key, times a variable if it is to `scale`."""

    def __init__(
        self, num_units, memory, memory_sequence_length=None, scale=False, probability_fn=None, score_mask_value=None,
        dtype=None, name="LuongAttention",
    ):  # fmt: skip
        super().__init__(num_units, memory, memory_sequence_length, probability_fn, score_mask_value, dtype, name)
        self.scale = scale

    def score(self, query):
        with tf.variable_scope(None, "luong_attention", [query]):
            score = tf.squeeze(tf.matmul(query[:, None], self.keys, transpose_b=True), [1])
            return score * tf.get_variable("attention_g", dtype=query.dtype, initializer=1.0) if self.scale else score


class BahdanauAttention(AttentionMechanism):
    """Weights by v . tanh(query's layer + key), v normed, times a variable, and with a bias if it is to `normalize`."""

    def __init__(
        self, num_units, memory, memory_sequence_length=None, normalize=False, probability_fn=None,
        score_mask_value=None, dtype=None, name="BahdanauAttention",
    ):  # fmt: skip
        super().__init__(num_units, memory, memory_sequence_length, probability_fn, score_mask_value, dtype, name)
        self.normalize = normalize
        self.query_layer = tf.layers.Dense(num_units, use_bias=False, name="query_layer", dtype=self.dtype)

    def score(self, query):
        with tf.variable_scope(None, "bahdanau_attention", [query]):
            query = self.query_layer(query)[:, None]
            v = tf.get_variable("attention_v", [self.num_units], query.dtype)
            if not self.normalize:
                return tf.reduce_sum(v * tf.tanh(self.keys + query), 2)
            initial_g = tf.constant_initializer(self.num_units**-0.5)
            g = tf.get_variable("attention_g", [], query.dtype, initializer=initial_g)
            b = tf.get_variable("attention_b", [self.num_units], query.dtype, initializer=tf.zeros_initializer())
            v = g * v * tf.rsqrt(tf.reduce_sum(tf.square(v)))
            return tf.reduce_sum(v * tf.tanh(self.keys + query + b), 2)


def hardmax(logits, name=None):
    """Returns 1 at each row's largest logit, else 0: all attention in one place."""
    return tf.one_hot(tf.argmax(logits, -1), tf.shape(logits)[-1], dtype=logits.dtype)


class AttentionWrapperState(
    collections.namedtuple(
        "AttentionWrapperState", "cell_state attention time alignments alignment_history attention_state"
    )
):
    """The cell's own state, the last attention, the step, the last weights of the memory's steps."""

    def clone(self, **kwargs):
        return self._replace(**kwargs)


class AttentionWrapper(RNNCell):
    """A cell that reads its input beside the last attention, and asks the memory with its output.

    The attention is the memory's weighted mean; beside the cell's output and through a layer of `attention_layer_size`,
    if that is given. The wrapper gives it out, or with `output_attention=False` the cell's output. With several
    mechanisms, a list, each has its layer, and their attentions stand beside each other.
    """

    def __init__(
        self, cell, attention_mechanism, attention_layer_size=None, alignment_history=False, cell_input_fn=None,
        output_attention=True, initial_cell_state=None, name=None, attention_layer=None,
    ):  # fmt: skip
        super().__init__(name=name)
        self._cell = cell
        self._several = isinstance(attention_mechanism, (list, tuple))
        self._mechanisms = tuple(attention_mechanism) if self._several else (attention_mechanism,)
        self._cell_input_fn = cell_input_fn or (lambda inputs, attention: tf.concat([inputs, attention], -1))
        self._output_attention, self._alignment_history = output_attention, alignment_history
        self._initial_cell_state = initial_cell_state
        sizes = [each.values.shape.as_list()[-1] for each in self._mechanisms]
        self._layers_of = [None] * len(self._mechanisms)
        if attention_layer_size is not None:
            sizes = attention_layer_size if isinstance(attention_layer_size, (list, tuple)) else [attention_layer_size]
            if len(sizes) != len(self._mechanisms):
                raise ValueError(f"{len(sizes)} attention_layer_size for {len(self._mechanisms)} mechanisms")
            self._layers_of = [tf.layers.Dense(size, use_bias=False, name="attention_layer") for size in sizes]
        elif attention_layer is not None:
            self._layers_of = list(attention_layer) if isinstance(attention_layer, (list, tuple)) else [attention_layer]
            sizes = [layer.units for layer in self._layers_of]
        self._attention_size = sum(sizes)

    def _one_or_all(self, values):
        return tuple(values) if self._several else next(iter(values))

    @property
    def output_size(self):
        return self._attention_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self):
        alignments = self._one_or_all([each.alignments_size for each in self._mechanisms])
        history = self._one_or_all([() for _ in self._mechanisms])
        return AttentionWrapperState(
            self._cell.state_size, self._attention_size, tf.TensorShape([]), alignments, history, alignments
        )

    def zero_state(self, batch_size, dtype):
        """Returns the state before the first step; .clone(cell_state=...) puts the encoder's last state into it."""
        state = self._initial_cell_state
        alignments = self._one_or_all([each.initial_alignments(batch_size, dtype) for each in self._mechanisms])
        history = [
            tf.TensorArray(dtype, 0, dynamic_size=True) if self._alignment_history else () for _ in self._mechanisms
        ]
        return AttentionWrapperState(
            self._cell.zero_state(batch_size, dtype) if state is None else state,
            tf.zeros([batch_size, self._attention_size], dtype), tf.zeros([], tf.int32),
            alignments, self._one_or_all(history), alignments,
        )  # fmt: skip

    def call(self, inputs, state):
        output, cell_state = self._cell(self._cell_input_fn(inputs, state.attention), state.cell_state)
        attentions, alignments, histories = [], [], []
        previous = state.alignments if self._several else (state.alignments,)
        history = state.alignment_history if self._several else (state.alignment_history,)
        for mechanism, layer, before, array in zip(self._mechanisms, self._layers_of, previous, history):
            weights = mechanism(output, before)
            context = tf.squeeze(tf.matmul(weights[:, None], mechanism.values), [1])
            attentions.append(context if layer is None else layer(tf.concat([output, context], 1)))
            alignments.append(weights)
            histories.append(array.write(state.time, weights) if self._alignment_history else ())
        attention = tf.concat(attentions, 1)
        alignments = self._one_or_all(alignments)
        next_state = AttentionWrapperState(
            cell_state, attention, state.time + 1, alignments, self._one_or_all(histories), alignments
        )
        return attention if self._output_attention else output, next_state
