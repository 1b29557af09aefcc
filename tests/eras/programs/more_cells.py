"""Records what of `tf.contrib.rnn` programs/cells.py does not: the cells and wrappers that only contrib had."""

from __future__ import division, print_function

import tensorflow as tf
from pieces import flat, given, main, piece, steps
from tensorflow.contrib.rnn.python.ops import rnn_cell

BATCH, INPUTS, UNITS, TIME = 2, 3, 4, 5
rnn = tf.contrib.rnn


def static(cell, inputs=INPUTS):
    return rnn.static_rnn(cell, steps(3, BATCH, inputs), dtype=tf.float32)


def dynamic(cell, lengths=None):
    return tf.nn.dynamic_rnn(cell, given(BATCH, TIME, INPUTS), lengths, dtype=tf.float32)


def started(outputs):
    """What the variables begin with, where that is no draw, and the outputs' shapes."""

    def initial(session):
        session.run(tf.global_variables_initializer())
        biases = [each for each in tf.trainable_variables() if each.get_shape().ndims == 1]
        return session.run(biases), [each.get_shape().as_list() for each in flat(outputs)]

    return initial


# --- relatives of the LSTM ---


@piece("rnn.CoupledInputForgetGateLSTMCell")
def coupled_gates():
    return static(rnn.CoupledInputForgetGateLSTMCell(UNITS))


@piece("rnn.CoupledInputForgetGateLSTMCell")
def coupled_gates_peepholes_projection():
    return dynamic(
        rnn.CoupledInputForgetGateLSTMCell(
            UNITS, use_peepholes=True, num_proj=3, proj_clip=0.2, num_unit_shards=2, num_proj_shards=2, forget_bias=0.5
        ),
        [3, 5],
    )


@piece("rnn.CoupledInputForgetGateLSTMCell")
def coupled_gates_normalized():
    return static(
        rnn.CoupledInputForgetGateLSTMCell(UNITS, layer_norm=True, norm_gain=0.5, norm_shift=0.1, use_peepholes=True)
    )


@piece("rnn.CoupledInputForgetGateLSTMCell")
def coupled_gates_one_tensor():
    return static(rnn.CoupledInputForgetGateLSTMCell(UNITS, state_is_tuple=False, num_proj=3))


@piece("rnn.LayerNormBasicLSTMCell")
def layer_norm():
    return static(rnn.LayerNormBasicLSTMCell(UNITS))


@piece("rnn.LayerNormBasicLSTMCell")
def layer_norm_dynamic():
    return dynamic(rnn.LayerNormBasicLSTMCell(UNITS, forget_bias=0.3, activation=tf.nn.relu), [2, 5])


@piece("rnn.LayerNormBasicLSTMCell")
def layer_norm_off():
    return static(rnn.LayerNormBasicLSTMCell(UNITS, layer_norm=False))


@piece("rnn.LayerNormBasicLSTMCell")
def layer_norm_begins_with():
    return started(static(rnn.LayerNormBasicLSTMCell(UNITS, norm_gain=0.7, norm_shift=0.2)))


@piece("rnn.LayerNormBasicLSTMCell")
def layer_norm_dropout_of_one():
    """A tensor of 1 as the share that is kept: the operation is there, and drops nothing."""
    return static(rnn.LayerNormBasicLSTMCell(UNITS, dropout_keep_prob=tf.constant(1.0)))


@piece("rnn.PhasedLSTMCell")
def phased():
    """The times are far enough apart that each of its phases is met."""
    cell = rnn.PhasedLSTMCell(UNITS, use_peepholes=True, ratio_on=0.6)
    times = tf.constant([[[0.0], [0.3], [0.5], [1.7], [2.6]], [[0.1], [0.2], [0.9], [1.1], [3.3]]])
    return tf.nn.dynamic_rnn(cell, (times, given(BATCH, TIME, INPUTS)), dtype=tf.float32)


@piece("rnn.PhasedLSTMCell")
def phased_not_trained():
    cell = rnn.PhasedLSTMCell(UNITS, trainable_ratio_on=False, leak=0.1)
    times = tf.constant([[[1.0], [2.3]], [[4.1], [5.2]]], tf.float64)
    return tf.nn.dynamic_rnn(cell, (times, given(BATCH, 2, INPUTS)), dtype=tf.float32)


@piece("rnn.GLSTMCell")
def groups():
    return dynamic(rnn.GLSTMCell(6, number_of_groups=3, num_proj=3))


@piece("rnn.GLSTMCell")
def groups_of_one():
    return static(rnn.GLSTMCell(UNITS, forget_bias=0.4, initializer=tf.constant_initializer(0.1)))


@piece("rnn.NASCell")
def nas():
    return static(rnn.NASCell(UNITS))


@piece("rnn.NASCell")
def nas_projection():
    return dynamic(rnn.NASCell(UNITS, num_proj=3, use_bias=True), [3, 5])


# --- other cells ---


@piece("rnn.UGRNNCell")
def ugrnn():
    return dynamic(rnn.UGRNNCell(UNITS, forget_bias=0.3))


@piece("rnn.IntersectionRNNCell")
def intersection():
    return static(rnn.IntersectionRNNCell(UNITS), UNITS)


@piece("rnn.IntersectionRNNCell")
def intersection_projection():
    return dynamic(rnn.IntersectionRNNCell(UNITS, num_in_proj=UNITS, y_activation=tf.tanh))


@piece("rnn.IntersectionRNNCell")
def intersection_refuses():
    return dynamic(rnn.IntersectionRNNCell(UNITS))


@piece("rnn.SRUCell")
def sru():
    return dynamic(rnn.SRUCell(UNITS), [3, 5])


@piece("rnn.IndRNNCell")
def ind_rnn():
    return static(rnn.IndRNNCell(UNITS, activation=tf.nn.relu))


@piece("rnn.IndyGRUCell")
def indy_gru():
    return dynamic(rnn.IndyGRUCell(UNITS))


@piece("rnn.IndyGRUCell")
def indy_gru_begins_with():
    return started(dynamic(rnn.IndyGRUCell(UNITS)))


@piece("rnn.IndyLSTMCell")
def indy_lstm():
    return dynamic(rnn.IndyLSTMCell(UNITS, forget_bias=0.5), [4, 5])


@piece("rnn.ConvLSTMCell", "rnn.Conv1DLSTMCell")
def conv_1d():
    cell = rnn.Conv1DLSTMCell(input_shape=[6, 2], output_channels=3, kernel_shape=[3])
    return tf.nn.dynamic_rnn(cell, given(BATCH, 3, 6, 2), dtype=tf.float32)


@piece("rnn.ConvLSTMCell", "rnn.Conv2DLSTMCell")
def conv_2d():
    cell = rnn.Conv2DLSTMCell(
        input_shape=[4, 3, 2], output_channels=3, kernel_shape=[2, 2], use_bias=False, forget_bias=0.5
    )
    return tf.nn.dynamic_rnn(cell, given(BATCH, 3, 4, 3, 2), dtype=tf.float32)


@piece("rnn.ConvLSTMCell", "rnn.Conv2DLSTMCell")
def conv_2d_skips():
    """With the inputs' channels in it, the output is no state for a second step: one step."""
    cell = rnn.ConvLSTMCell(2, [4, 3, 2], 3, [2, 2], skip_connection=True)
    return cell(given(BATCH, 4, 3, 2), cell.zero_state(BATCH, tf.float32))


@piece("rnn.ConvLSTMCell", "rnn.Conv3DLSTMCell")
def conv_3d():
    cell = rnn.Conv3DLSTMCell(input_shape=[3, 2, 2, 1], output_channels=2, kernel_shape=[2, 2, 2])
    return tf.nn.dynamic_rnn(cell, given(1, 2, 3, 2, 2, 1), dtype=tf.float32)


# --- cells that contrib had, but did not list ---


@piece()
def layer_norm_lstm():
    cell = rnn_cell.LayerNormLSTMCell(
        UNITS, use_peepholes=True, cell_clip=0.4, num_proj=3, proj_clip=0.3, layer_norm=True, norm_gain=0.5
    )
    return dynamic(cell, [3, 5])


@piece()
def layer_norm_lstm_off():
    return static(rnn_cell.LayerNormLSTMCell(UNITS))


@piece()
def weight_norm_lstm():
    cell = rnn_cell.WeightNormLSTMCell(UNITS, use_peepholes=True, cell_clip=0.4, num_proj=3, proj_clip=0.3)
    return dynamic(cell)


@piece()
def weight_norm_lstm_off():
    return static(rnn_cell.WeightNormLSTMCell(UNITS, norm=False))


@piece()
def minimal():
    return dynamic(rnn_cell.MinimalRNNCell(UNITS))


@piece()
def chaos_free():
    return dynamic(rnn_cell.CFNCell(UNITS, activation="relu"), [3, 5])


# --- in time and in frequency ---


@piece("rnn.TimeFreqLSTMCell")
def time_freq():
    cell = rnn.TimeFreqLSTMCell(2, use_peepholes=True, cell_clip=0.4, feature_size=2, frequency_skip=1)
    state = given(BATCH, 12)
    outputs = []
    for place, inputs in enumerate(steps(2, BATCH, 4)):
        with tf.variable_scope("cells", reuse=place > 0):
            output, state = cell(inputs, state)
        outputs.append(output)
    return outputs, state


GRID = {"feature_size": 2, "frequency_skip": 1, "num_frequency_blocks": [3]}


@piece("rnn.GridLSTMCell")
def grid():
    return static(rnn.GridLSTMCell(2, **GRID), 4)


@piece("rnn.GridLSTMCell")
def grid_peepholes():
    return static(rnn.GridLSTMCell(2, use_peepholes=True, cell_clip=0.5, forget_bias=0.4, **GRID), 4)


@piece("rnn.GridLSTMCell")
def grid_peepholes_coupled():
    return static(rnn.GridLSTMCell(2, use_peepholes=True, couple_input_forget_gates=True, **GRID), 4)


@piece("rnn.GridLSTMCell")
def grid_shared():
    return static(rnn.GridLSTMCell(2, use_peepholes=True, share_time_frequency_weights=True, **GRID), 4)


@piece("rnn.GridLSTMCell")
def grid_one_tensor_in_parts():
    return static(rnn.GridLSTMCell(2, state_is_tuple=False, num_unit_shards=2, **GRID), 4)


@piece("rnn.GridLSTMCell")
def grid_two_blocks():
    cell = rnn.GridLSTMCell(
        2, feature_size=2, frequency_skip=1, num_frequency_blocks=[2, 1], start_freqindex_list=[0, 2],
        end_freqindex_list=[3, 4],
    )  # fmt: skip
    return static(cell, 4)


@piece("rnn.GridLSTMCell")
def grid_refuses():
    return static(rnn.GridLSTMCell(2, feature_size=2, frequency_skip=1, num_frequency_blocks=[4]), 4)


@piece("rnn.BidirectionalGridLSTMCell")
def grid_both_ways():
    return static(rnn.BidirectionalGridLSTMCell(2, use_peepholes=True, **GRID), 4)


@piece("rnn.BidirectionalGridLSTMCell")
def grid_both_ways_offset():
    return static(rnn.BidirectionalGridLSTMCell(2, backward_slice_offset=1, **GRID), 4)


# --- wrappers ---


@piece("rnn.AttentionCellWrapper")
def attention_wrapper():
    return static(rnn.AttentionCellWrapper(rnn.LSTMCell(UNITS), 2))


@piece("rnn.AttentionCellWrapper")
def attention_wrapper_sizes():
    return dynamic(rnn.AttentionCellWrapper(rnn.GRUCell(UNITS), 3, attn_size=5, attn_vec_size=2, input_size=2))


@piece("rnn.AttentionCellWrapper")
def attention_wrapper_one_tensor():
    return static(rnn.AttentionCellWrapper(rnn.GRUCell(UNITS), 2, state_is_tuple=False))


@piece("rnn.HighwayWrapper")
def highway():
    return dynamic(rnn.HighwayWrapper(rnn.GRUCell(INPUTS)))


@piece("rnn.HighwayWrapper")
def highway_two_gates():
    return dynamic(rnn.HighwayWrapper(rnn.BasicLSTMCell(INPUTS), couple_carry_transform_gates=False))


@piece("rnn.CompiledWrapper")
def compiled():
    return dynamic(rnn.CompiledWrapper(rnn.LSTMCell(UNITS)))


@piece("rnn.LayerRNNCell")
def layer_rnn_cell():
    """A script's own cell, whose variables are a layer's."""

    class Own(rnn.LayerRNNCell):
        @property
        def state_size(self):
            return UNITS

        output_size = state_size

        def build(self, shape):
            self.matrix = self.add_variable("matrix", [INPUTS, UNITS])
            self.built = True

        def call(self, inputs, state):
            state = tf.tanh(tf.matmul(inputs, self.matrix) + 0.5 * state)
            return state, state

    return dynamic(Own())


# --- blocks, and whole sequences ---


@piece("rnn.GRUBlockCell")
def gru_block():
    return dynamic(rnn.GRUBlockCell(UNITS))


@piece("rnn.GRUBlockCellV2")
def gru_block_v2():
    return static(rnn.GRUBlockCellV2(UNITS))


@piece("rnn.GRUBlockCell")
def gru_block_begins_with():
    return started(static(rnn.GRUBlockCell(UNITS)))


@piece("rnn.FusedRNNCell", "rnn.FusedRNNCellAdaptor")
def fused_adaptor():
    cell = rnn.FusedRNNCellAdaptor(rnn.GRUCell(UNITS))
    assert isinstance(cell, rnn.FusedRNNCell)
    return cell(given(TIME, BATCH, INPUTS), dtype=tf.float32, sequence_length=[5, 3])


@piece("rnn.FusedRNNCellAdaptor")
def fused_adaptor_dynamic_of_a_list():
    return rnn.FusedRNNCellAdaptor(rnn.LSTMCell(UNITS), True)(steps(3, BATCH, INPUTS), dtype=tf.float32)


@piece("rnn.TimeReversedFusedRNN", "rnn.LSTMBlockWrapper")
def time_reversed():
    cell = rnn.LSTMBlockFusedCell(UNITS)
    assert isinstance(cell, rnn.LSTMBlockWrapper)
    return rnn.TimeReversedFusedRNN(cell)(given(TIME, BATCH, INPUTS), dtype=tf.float32)


@piece("rnn.TimeReversedFusedRNN")
def time_reversed_lengths():
    cell = rnn.TimeReversedFusedRNN(rnn.FusedRNNCellAdaptor(rnn.GRUCell(UNITS), use_dynamic_rnn=True))
    return cell(given(TIME, BATCH, INPUTS), dtype=tf.float32, sequence_length=tf.constant([5, 3]))


@piece("rnn.best_effort_input_batch_size")
def best_effort_input_batch_size():
    return tf.constant(rnn.best_effort_input_batch_size([given(TIME, BATCH, INPUTS)]))


if __name__ == "__main__":
    main()
