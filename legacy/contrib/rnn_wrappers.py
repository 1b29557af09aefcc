"""`tf.contrib.rnn`: wrappers that attend to their last outputs or pass the inputs on, and cells for whole sequences.

Source: tensorflow/contrib/rnn/python/ops/{rnn_cell,fused_rnn_cell}.py, TensorFlow 1.15.
"""

import contextlib

import tensorflow.compat.v1 as tf
from tensorflow.python.framework import op_def_registry
from tensorflow.python.ops.rnn import _best_effort_input_batch_size as best_effort_input_batch_size

from legacy.contrib.rnn import RNNCell, _Projection, linear
from legacy.contrib.rnn_lstm import as_tuple

__all__ = [
    "AttentionCellWrapper",
    "CompiledWrapper",
    "FusedRNNCell",
    "FusedRNNCellAdaptor",
    "HighwayWrapper",
    "LayerRNNCell",
    "TimeReversedFusedRNN",
    "best_effort_input_batch_size",
]

LayerRNNCell = tf.nn.rnn_cell.BasicRNNCell.__bases__[0]


@contextlib.contextmanager
def checked_scope(cell, scope, reuse=None, **kwargs):
    """The scope of a script's own cell, `_checked_scope` of 1.0 and 1.1: it makes variables there, or finds its own."""
    with tf.variable_scope(scope, reuse=reuse, **kwargs) as here:
        yield here


class AttentionCellWrapper(RNNCell):
    """A cell that attends to its last `attn_length` outputs. Its state is (the cell's, what it attended to, the outputs,
    [batch, attn_length * attn_size]), or all beside each other."""

    def __init__(
        self, cell, attn_length, attn_size=None, attn_vec_size=None, input_size=None, state_is_tuple=None, reuse=None
    ):
        super().__init__(_reuse=reuse)
        state_is_tuple = as_tuple(state_is_tuple)
        if isinstance(cell.state_size, tuple) and not state_is_tuple:
            raise ValueError(
                f"Cell returns tuple of states, but the flag state_is_tuple is not set. State size is: {cell.state_size}"
            )
        if attn_length <= 0:
            raise ValueError(f"attn_length should be greater than zero, got {attn_length}")
        self._cell, self._length, self._state_is_tuple = cell, attn_length, state_is_tuple
        self._size = cell.output_size if attn_size is None else attn_size
        self._vec_size = self._size if attn_vec_size is None else attn_vec_size
        self._input_size = input_size

    @property
    def state_size(self):
        sizes = self._cell.state_size, self._size, self._size * self._length
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self):
        return self._size

    def call(self, inputs, state):
        if not self._state_is_tuple:
            state = tf.split(state, [self._cell.state_size, self._size, self._size * self._length], 1)
        cell_state, attended, last = state
        last = tf.reshape(last, [-1, self._length, self._size])
        inputs = linear([inputs, attended], self._input_size or inputs.shape.as_list()[1], True)
        output, cell_state = self._cell(inputs, cell_state)
        attended, last = self._attend(tf.concat(tf.nest.flatten(cell_state), 1), last)
        with tf.variable_scope("attn_output_projection"):
            output = linear([output, attended], self._size, True)
        last = tf.reshape(tf.concat([last, output[:, None]], 1), [-1, self._length * self._size])
        state = cell_state, attended, last
        return output, state if self._state_is_tuple else tf.concat(state, 1)

    def _attend(self, query, last):
        """Returns (a weighted mean of the last outputs, those outputs but the first)."""
        with tf.variable_scope("attention"):
            k = tf.get_variable("attn_w", [1, 1, self._size, self._vec_size])
            v = tf.get_variable("attn_v", [self._vec_size])
            hidden = last[:, :, None]  # [batch, length, 1, size]
            features = tf.nn.conv2d(hidden, k, [1, 1, 1, 1], "SAME")
            y = tf.reshape(linear(query, self._vec_size, True), [-1, 1, 1, self._vec_size])
            weights = tf.nn.softmax(tf.reduce_sum(v * tf.tanh(features + y), [2, 3]))
            mean = tf.reduce_sum(weights[:, :, None, None] * hidden, [1, 2])
            return tf.reshape(mean, [-1, self._size]), last[:, 1:]


class HighwayWrapper(_Projection):
    """A cell whose inputs are carried beside it, as far as a gate says (Srivastava et al., 2015)."""

    def __init__(self, cell, couple_carry_transform_gates=True, carry_bias_init=1.0):
        super().__init__(cell)
        self._coupled, self._bias = couple_carry_transform_gates, carry_bias_init

    def __call__(self, inputs, state, scope=None):
        outputs, state = self._cell(inputs, state, scope=scope)

        def gate(kind, bias):
            size = inputs.shape.as_list()[1]
            weights = tf.get_variable(f"{kind}_w", [size, size])
            biases = tf.get_variable(f"{kind}_b", [size], initializer=tf.constant_initializer(bias))
            return tf.sigmoid(tf.nn.xw_plus_b(inputs, weights, biases))

        inputs.shape.assert_is_compatible_with(outputs.shape)
        carry = gate("carry", self._bias)
        transform = 1 - carry if self._coupled else gate("transform", -self._bias)
        return inputs * carry + outputs * transform, state


class CompiledWrapper(_Projection):
    """A cell whose operations XLA may compile; what they give is the same."""

    def __init__(self, cell, compile_stateful=False):
        super().__init__(cell)
        self._compile_stateful = compile_stateful

    def __call__(self, inputs, state, scope=None):
        def stateless(node):
            return not op_def_registry.get(node.op).is_stateful

        with tf.xla.experimental.jit_scope(compile_ops=True if self._compile_stateful else stateless):
            return self._cell(inputs, state, scope=scope)


# --- cells for whole sequences: time-major inputs in, every output and the last state out ---


class FusedRNNCell:
    """A cell that takes inputs [time, batch, size], or a list of [batch, size], all at once."""

    def __call__(self, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
        """Returns (outputs, as the inputs are; the last state)."""
        raise NotImplementedError


class FusedRNNCellAdaptor(FusedRNNCell):
    """A cell for one step as one for the whole sequence."""

    def __init__(self, cell, use_dynamic_rnn=False):
        self._cell, self._dynamic = cell, use_dynamic_rnn

    def __call__(self, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
        is_list = isinstance(inputs, list)
        if self._dynamic:
            outputs, state = tf.nn.dynamic_rnn(
                self._cell, tf.stack(inputs) if is_list else inputs, sequence_length, initial_state, dtype,
                time_major=True, scope=scope,
            )  # fmt: skip
            return (tf.unstack(outputs) if is_list else outputs), state
        outputs, state = tf.nn.static_rnn(
            self._cell, inputs if is_list else tf.unstack(inputs), initial_state, dtype, sequence_length, scope
        )
        return (outputs if is_list else tf.stack(outputs)), state


class TimeReversedFusedRNN(FusedRNNCell):
    """A cell for the whole sequence that reads it from its end."""

    def __init__(self, cell):
        self._cell = cell

    def __call__(self, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
        def reverse(values):
            if isinstance(values, list):
                return values[::-1]
            if sequence_length is None:
                return tf.reverse(values, [0])
            return tf.reverse_sequence(values, sequence_length, 0, 1)

        outputs, state = self._cell(
            reverse(inputs), initial_state=initial_state, dtype=dtype, sequence_length=sequence_length, scope=scope
        )
        return reverse(outputs), state
