"""Attention of `tf.contrib.seq2seq`: at each step a decoder's cell reads a weighted mean of the encoder's outputs.

Source: tensorflow/contrib/seq2seq/python/ops/attention_wrapper.py, TensorFlow 1.15.
"""

import collections

import tensorflow.compat.v1 as tf
from tf_keras.src.layers.rnn.legacy_cells import _zero_state_tensors as zeros_of

from legacy.contrib import year
from legacy.contrib.rnn import RNNCell, dimension


class AttentionMechanism:
    """A memory, [batch, time, size], and how much a query is about each of its steps.

    `values` is the memory, with zeros past each sequence's length; `keys` is what queries are compared with.
    """

    query_layer = None

    def __init__(
        self, num_units, memory, memory_sequence_length=None, probability_fn=None, score_mask_value=None, dtype=None,
        name=None,
    ):  # fmt: skip
        self.num_units, self.name = num_units, name
        self.probability_fn = probability_fn or tf.nn.softmax
        self.score_mask_value = float("-inf") if score_mask_value is None else score_mask_value
        self.dtype = tf.as_dtype(dtype or tf.float32)
        self.lengths = memory_sequence_length
        self.memory_layer = tf.layers.Dense(num_units, use_bias=False, name="memory_layer", dtype=self.dtype)
        with tf.name_scope(name, "BaseAttentionMechanismInit", [memory]):
            self.values = self._masked(tf.convert_to_tensor(memory))
            self.keys = self.memory_layer(self.values)  # [batch, time, num_units]
            self.batch_size = dimension(self.keys, 0)
            self.alignments_size = dimension(self.keys, 1)

    def _masked(self, memory):
        if self.lengths is None:
            return memory
        lengths = tf.convert_to_tensor(self.lengths, name="memory_sequence_length")
        mask = tf.sequence_mask(lengths, tf.shape(memory)[1], memory.dtype)
        ones = tf.ones(memory.shape.ndims - 2, tf.int32)
        return memory * tf.reshape(mask, tf.concat([tf.shape(mask), ones], 0))

    @property
    def state_size(self):
        return self.alignments_size

    def initial_alignments(self, batch_size, dtype):
        """Returns the weights before the first step, zeros [batch, time]."""
        return zeros_of(self.alignments_size, batch_size, dtype)

    def initial_state(self, batch_size, dtype):
        """Returns what the first call gets for `state`."""
        return self.initial_alignments(batch_size, dtype)

    def __call__(self, query, state=None):
        """Returns (the weights of the memory's steps, [batch, time], for a query, [batch, size]; the next state, which
        is the same). Until 1.4 the weights alone."""
        score = self.score(query)
        if self.lengths is not None:
            message = "All values in memory_sequence_length must be greater than zero."
            with tf.control_dependencies([tf.assert_positive(self.lengths, message=message)]):
                mask = tf.sequence_mask(self.lengths, tf.shape(score)[1])
            score = tf.where(mask, score, self.score_mask_value * tf.ones_like(score))
        alignments = self.probability_fn(score)
        return alignments if year.until("1.4") else (alignments, alignments)


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
            ones = tf.ones_initializer()
            g = tf.get_variable("attention_g", [], query.dtype, initializer=ones) if self.scale else None
            score = tf.squeeze(tf.matmul(tf.expand_dims(query, 1), self.keys, transpose_b=True), [1])
            return g * score if self.scale else score


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
            processed = self.query_layer(query)
            v = tf.get_variable("attention_v", [self.num_units], query.dtype)
            if not self.normalize:
                return tf.reduce_sum(v * tf.tanh(self.keys + tf.expand_dims(processed, 1)), [2])
            initial_g = tf.constant_initializer(self.num_units**-0.5)
            g = tf.get_variable("attention_g", [], query.dtype, initializer=initial_g)
            b = tf.get_variable("attention_b", [self.num_units], query.dtype, initializer=tf.zeros_initializer())
            processed = tf.expand_dims(processed, 1)
            v = g * v * tf.rsqrt(tf.reduce_sum(tf.square(v)))
            return tf.reduce_sum(v * tf.tanh(self.keys + processed + b), [2])


def hardmax(logits, name=None):
    """Returns 1 at each row's largest logit, else 0: all attention in one place."""
    with tf.name_scope(name, "Hardmax", [logits]):
        logits = tf.convert_to_tensor(logits, name="logits")
        depth = dimension(logits, -1)
        return tf.one_hot(tf.argmax(logits, -1), depth, dtype=logits.dtype)


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

    def _same_batch(self, batch_size, what):
        """The checks that the memories have this batch size."""
        message = f"{what} and the memory have other batch sizes; for BeamSearchDecoder, tile_batch makes them alike"
        return [tf.assert_equal(batch_size, each.batch_size, message=message) for each in self._mechanisms]

    @property
    def output_size(self):
        return self._attention_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self):
        alignments = self._one_or_all([each.alignments_size for each in self._mechanisms])
        states = self._one_or_all([each.state_size for each in self._mechanisms])
        history = self._one_or_all([() for _ in self._mechanisms])
        return AttentionWrapperState(
            self._cell.state_size, self._attention_size, tf.TensorShape([]), alignments, history, states
        )

    def zero_state(self, batch_size, dtype):
        """Returns the state before the first step; .clone(cell_state=...) puts the encoder's last state into it."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            state = self._initial_cell_state
            if state is None:
                state = self._cell.get_initial_state(batch_size=batch_size, dtype=dtype)
            with tf.control_dependencies(self._same_batch(batch_size, "zero_state")):
                state = tf.nest.map_structure(lambda each: tf.identity(each, name="checked_cell_state"), state)
            alignments = [each.initial_alignments(batch_size, dtype) for each in self._mechanisms]
            return AttentionWrapperState(
                time=tf.zeros([], tf.int32),
                attention=zeros_of(self._attention_size, batch_size, dtype),
                attention_state=self._one_or_all([each.initial_state(batch_size, dtype) for each in self._mechanisms]),
                alignment_history=self._one_or_all(
                    tf.TensorArray(dtype, 0, dynamic_size=True, element_shape=each.shape)
                    if self._alignment_history
                    else ()
                    for each in alignments
                ),
                cell_state=state,
                alignments=self._one_or_all(alignments),
            )

    def call(self, inputs, state):
        output, cell_state = self._cell(self._cell_input_fn(inputs, state.attention), state.cell_state)
        batch_size = dimension(output, 0)
        with tf.control_dependencies(self._same_batch(batch_size, "The query")):
            output = tf.identity(output, name="checked_cell_output")
        attentions, alignments, states, histories = [], [], [], []
        previous = state.attention_state if self._several else (state.attention_state,)
        history = state.alignment_history if self._several else (state.alignment_history,)
        for mechanism, layer, before, array in zip(self._mechanisms, self._layers_of, previous, history):
            weights = mechanism(output, before)
            # A script's own mechanism of until 1.4 returns the weights alone.
            weights, next_state = weights if isinstance(weights, tuple) else (weights, weights)
            context = tf.squeeze(tf.matmul(tf.expand_dims(weights, 1), mechanism.values), [1])
            attentions.append(context if layer is None else layer(tf.concat([output, context], 1)))
            alignments.append(weights)
            states.append(next_state)
            histories.append(array.write(state.time, weights) if self._alignment_history else ())
        attention = tf.concat(attentions, 1)
        next_state = AttentionWrapperState(
            time=state.time + 1,
            cell_state=cell_state,
            attention=attention,
            attention_state=self._one_or_all(states),
            alignments=self._one_or_all(alignments),
            alignment_history=self._one_or_all(histories),
        )
        return attention if self._output_attention else output, next_state
