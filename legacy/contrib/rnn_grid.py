"""`tf.contrib.rnn`: LSTMs in time and in frequency, over blocks of the inputs.

Source: tensorflow/contrib/rnn/python/ops/rnn_cell.py, TensorFlow 1.15.
"""

import collections

import tensorflow.compat.v1 as tf

from legacy.contrib.rnn import RNNCell, dimension
from legacy.contrib.rnn_lstm import as_tuple, clipped, parts_of

__all__ = ["BidirectionalGridLSTMCell", "GridLSTMCell", "TimeFreqLSTMCell"]


def blocks_of(inputs, size, skip, begin=0, count=None):
    """Returns parts [batch, size] of inputs [batch, all], each `skip` further; as many as there are, if no count says it."""
    count = (inputs.shape.as_list()[1] - size) // skip + 1 if count is None else count
    return [tf.slice(inputs, [0, begin + place * skip], [-1, size]) for place in range(count)]


class TimeFreqLSTMCell(RNNCell):
    """An LSTM that goes over the inputs' blocks, too: each reads the block below (Sainath and Li, 2016).

    Its state is one tensor, but of one block's size: TensorFlow 1 said so, and a script gives the first one itself.
    """

    def __init__(
        self, num_units, use_peepholes=False, cell_clip=None, initializer=None, num_unit_shards=1, forget_bias=1.0,
        feature_size=None, frequency_skip=1, reuse=None,
    ):  # fmt: skip
        super().__init__(_reuse=reuse)
        self._num_units, self._use_peepholes, self._cell_clip = num_units, use_peepholes, cell_clip
        self._shards, self._forget_bias = num_unit_shards, forget_bias
        self._feature_size, self._frequency_skip = feature_size, frequency_skip

    @property
    def output_size(self):
        return self._num_units

    @property
    def state_size(self):
        return 2 * self._num_units

    def call(self, inputs, state):
        """Returns (m of every block, [batch, blocks * units]; c, m of every block, [batch, blocks * 2 * units])."""
        units, dtype = self._num_units, inputs.dtype
        blocks = blocks_of(inputs, self._feature_size, self._frequency_skip)
        kernel = parts_of("W", [self._feature_size + 2 * units, 4 * units], dtype, self._shards)
        bias = tf.get_variable("B", [4 * units], dtype, tf.zeros_initializer())
        f_w = i_w = o_w = None
        if self._use_peepholes:
            f_w, i_w, o_w = (tf.get_variable(f"W_{gate}_diag", [units], dtype) for gate in "FIO")
        below = tf.zeros([dimension(inputs, 0), units], dtype)
        outputs, states = [], []
        for place, block in enumerate(blocks):
            c = tf.slice(state, [0, 2 * place * units], [-1, units])
            m = tf.slice(state, [0, (2 * place + 1) * units], [-1, units])
            matrix = tf.nn.bias_add(tf.matmul(tf.concat([block, m, below], 1), kernel), bias)
            i, j, f, o = tf.split(value=matrix, num_or_size_splits=4, axis=1)
            f = tf.sigmoid(f + self._forget_bias + f_w * c if self._use_peepholes else f + self._forget_bias)
            i = tf.sigmoid(i + i_w * c if self._use_peepholes else i)
            c = clipped(f * c + i * tf.tanh(j), self._cell_clip)
            below = tf.sigmoid(o + o_w * c if self._use_peepholes else o) * tf.tanh(c)
            outputs.append(below)
            states += [c, below]
        return tf.concat(outputs, 1), tf.concat(states, 1)


class GridLSTMCell(RNNCell):
    """An LSTM in time and one in frequency, each with a state of its own (Kalchbrenner et al., 2015).

    The inputs are read in blocks of `feature_size`, each `frequency_skip` further: num_frequency_blocks says how many,
    a list of one number, or of one for each part from start_freqindex_list to end_freqindex_list.
    """

    directions = [""]

    def __init__(
        self, num_units, use_peepholes=False, share_time_frequency_weights=False, cell_clip=None, initializer=None,
        num_unit_shards=1, forget_bias=1.0, feature_size=None, frequency_skip=None, num_frequency_blocks=None,
        start_freqindex_list=None, end_freqindex_list=None, couple_input_forget_gates=False, state_is_tuple=None,
        reuse=None,
    ):  # fmt: skip
        super().__init__(_reuse=reuse)
        state_is_tuple = as_tuple(state_is_tuple)
        if num_frequency_blocks is None:
            raise ValueError("Must specify num_frequency_blocks")
        self._num_units, self._use_peepholes, self._share = num_units, use_peepholes, share_time_frequency_weights
        self._coupled, self._state_is_tuple, self._cell_clip = couple_input_forget_gates, state_is_tuple, cell_clip
        self._shards, self._forget_bias = num_unit_shards, forget_bias
        self._feature_size, self._frequency_skip = feature_size, frequency_skip
        self._counts = [int(count) for count in num_frequency_blocks]
        self._starts, self._ends = start_freqindex_list, end_freqindex_list
        names = [
            f"{direction}state_f{place:02d}_b{block:02d}_{part}"
            for direction in self.directions
            for block, count in enumerate(self._counts)
            for place in range(count)
            for part in "cm"
        ]
        kind = type(self).__name__.replace("Cell", "StateTuple")
        self._state_tuple_type = collections.namedtuple(kind, names) if state_is_tuple else None

    @property
    def output_size(self):
        return 2 * self._num_units * sum(self._counts) * len(self.directions)

    @property
    def state_size(self):
        if self._state_is_tuple:
            return self._state_tuple_type(*[self._num_units] * len(self._state_tuple_type._fields))
        return 2 * self._num_units * sum(self._counts)

    @property
    def state_tuple_type(self):
        return self._state_tuple_type

    def call(self, inputs, state):
        """Returns (the time's and the frequency's m of every block, [batch, output_size]; the states in time)."""
        outputs, states = self._over(self._features(inputs), state)
        joined = self._state_tuple_type(*states) if self._state_is_tuple else tf.concat(states, 1)
        return tf.concat(outputs, 1), joined

    def _features(self, inputs, offset=0):
        """Returns the blocks of each part: lists of [batch, feature_size]."""
        if offset:
            inputs = tf.pad(inputs, [[0, 0], [0, offset] if offset > 0 else [-offset, 0]])
        size = inputs.shape.as_list()[1] - abs(offset)
        if not self._starts and len(self._counts) != 1:
            raise ValueError(f"Length of num_frequency_blocks is not 1, but instead is {len(self._counts)}")
        if self._starts and not len(self._starts) == len(self._ends) == len(self._counts):
            raise ValueError("start_freqindex_list, end_freqindex_list and num_frequency_blocks are not as long")
        parts = list(zip(self._starts, self._ends)) if self._starts else [(0, size)]
        found = []
        for (start, end), count in zip(parts, self._counts):
            fit = (end - start - self._feature_size) // self._frequency_skip + 1
            if fit != count:
                raise ValueError(f"Invalid num_frequency_blocks, requires {count} but gets {fit}")
            found.append(
                blocks_of(inputs, self._feature_size, self._frequency_skip, start + max(offset, 0), count)
            )  # fmt: skip
        return found

    def _over(self, parts, state, direction=""):
        """Returns (outputs, states), lists, of all parts."""
        outputs, states = [], []
        for part, blocks in enumerate(parts):
            weights = self._weights(part, blocks[0])
            zeros = tf.zeros([tf.shape(blocks[0])[0], self._num_units], blocks[0].dtype)
            below = zeros, zeros
            for place, block in enumerate(blocks):
                if self._state_is_tuple:
                    name = f"{direction}state_f{place:02d}_b{part:02d}_"
                    before = getattr(state, name + "c"), getattr(state, name + "m")
                else:
                    before = tf.split(
                        tf.slice(state, [0, 2 * place * self._num_units], [-1, 2 * self._num_units]), 2, 1
                    )
                in_time, below = self._step(block, before, below, weights)
                states += in_time
                outputs += [in_time[1], below[1]]
        return outputs, states

    def _weights(self, part, block):
        """Returns (kernel, bias, peepholes) of the frequency's LSTM and of the time's, which may be the same ones."""
        units, dtype = self._num_units, block.dtype
        gates = 3 if self._coupled else 4
        matrices = []
        for letter in "f" if self._share else "ft":
            shape = [block.shape.as_list()[1] + 2 * units, gates * units]
            kernel = parts_of(f"W_{letter}_{part}", shape, dtype, self._shards)
            bias = tf.get_variable(f"B_{letter}_{part}", [gates * units], dtype, tf.zeros_initializer())
            matrices.append((kernel, bias))
        peepholes = []
        for where in ("freq",) if self._share else ("freq", "time"):
            peepholes.append({})
            for gate in ("I", "O") if self._coupled else ("F", "I", "O"):
                if self._use_peepholes:
                    names = [f"W_{gate}_diag_{where}{letter}_{part}" for letter in "ft"]
                    peepholes[-1][gate] = [tf.get_variable(name, [units], dtype) for name in names]
        both = [(*matrix, peephole) for matrix, peephole in zip(matrices, peepholes)]
        return both * 2 if self._share else both

    def _step(self, block, before, below, weights):
        """Returns ([c, m] in time, (c, m) in frequency) of one block, and of what was before it in both."""
        joined = tf.concat([block, before[1], below[1]], 1)
        gates = []
        for place, (kernel, bias, _) in enumerate(weights):
            if place and self._share:
                gates.append(gates[0])
            else:
                gates.append(tf.split(tf.nn.bias_add(tf.matmul(joined, kernel), bias), 3 if self._coupled else 4, 1))

        def seen(gate, peepholes, c_frequency, c_time):
            if not self._use_peepholes:
                return gate
            return gate + peepholes[0] * c_frequency + peepholes[1] * c_time

        cells = []
        for (*_, peephole), gate, c in zip(weights, gates, (below[0], before[0])):
            i = tf.sigmoid(seen(gate[0], peephole.get("I"), below[0], before[0]))
            if self._coupled:
                f = 1.0 - i
            else:
                f = tf.sigmoid(seen(gate[2] + self._forget_bias, peephole.get("F"), below[0], before[0]))
            cells.append(clipped(f * c + i * tf.tanh(gate[1]), self._cell_clip))
        hidden = [
            tf.sigmoid(seen(gate[-1], peephole.get("O"), *cells)) * tf.tanh(c)
            for (*_, peephole), gate, c in zip(weights, gates, cells)
        ]
        return [cells[1], hidden[1]], (cells[0], hidden[0])


class BidirectionalGridLSTMCell(GridLSTMCell):
    """The same, over the blocks in both directions, each with weights of its own; in time it goes forward alone."""

    directions = ["fwd_", "bwd_"]

    def __init__(
        self, num_units, use_peepholes=False, share_time_frequency_weights=False, cell_clip=None, initializer=None,
        num_unit_shards=1, forget_bias=1.0, feature_size=None, frequency_skip=None, num_frequency_blocks=None,
        start_freqindex_list=None, end_freqindex_list=None, couple_input_forget_gates=False, backward_slice_offset=0,
        reuse=None,
    ):  # fmt: skip
        super().__init__(
            num_units, use_peepholes, share_time_frequency_weights, cell_clip, initializer, num_unit_shards,
            forget_bias, feature_size, frequency_skip, num_frequency_blocks, start_freqindex_list, end_freqindex_list,
            couple_input_forget_gates, True, reuse,
        )  # fmt: skip
        self._offset = int(backward_slice_offset)

    def call(self, inputs, state):
        forward = self._features(inputs)
        backward = self._features(inputs, self._offset) if self._offset else forward
        with tf.variable_scope("fwd"):
            outputs, states = self._over(forward, state, "fwd_")
        with tf.variable_scope("bwd"):
            more = self._over([blocks[::-1] for blocks in backward], state, "bwd_")
        return tf.concat(outputs + more[0], 1), self._state_tuple_type(*states, *more[1])
