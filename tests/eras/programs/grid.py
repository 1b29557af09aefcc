"""Records `tf.contrib.grid_rnn`: cells along one to three dimensions, tied or not, with a dimension that has no state."""

from __future__ import division, print_function

import tensorflow as tf
from pieces import given, main, piece, steps

BATCH, INPUTS, UNITS = 2, 3, 4
grid = tf.contrib.grid_rnn


def static(cell):
    return tf.contrib.rnn.static_rnn(cell, steps(3, BATCH, INPUTS), dtype=tf.float32)


@piece("grid_rnn.Grid1BasicRNNCell")
def basic_1():
    return static(grid.Grid1BasicRNNCell(UNITS))


@piece("grid_rnn.Grid2BasicRNNCell")
def basic_2():
    return static(grid.Grid2BasicRNNCell(UNITS))


@piece("grid_rnn.Grid2BasicRNNCell")
def basic_2_tied():
    return static(grid.Grid2BasicRNNCell(UNITS, tied=True))


@piece("grid_rnn.Grid1BasicLSTMCell")
def basic_lstm_1():
    return static(grid.Grid1BasicLSTMCell(UNITS, forget_bias=0.5))


@piece("grid_rnn.Grid2BasicLSTMCell")
def basic_lstm_2():
    return static(grid.Grid2BasicLSTMCell(UNITS))


@piece("grid_rnn.Grid2BasicLSTMCell")
def basic_lstm_2_not_recurrent():
    with tf.variable_scope("grid", initializer=tf.constant_initializer(0.1)):
        return static(grid.Grid2BasicLSTMCell(UNITS, non_recurrent_fn=tf.tanh))


@piece("grid_rnn.Grid1LSTMCell")
def lstm_1():
    return static(grid.Grid1LSTMCell(UNITS, use_peepholes=True))


@piece("grid_rnn.Grid2LSTMCell")
def lstm_2():
    return static(grid.Grid2LSTMCell(UNITS, use_peepholes=True, forget_bias=0.5))


@piece("grid_rnn.Grid2LSTMCell")
def lstm_2_tied():
    return static(grid.Grid2LSTMCell(UNITS, tied=True))


@piece("grid_rnn.Grid3LSTMCell")
def lstm_3():
    return static(grid.Grid3LSTMCell(UNITS))


@piece("grid_rnn.Grid2GRUCell")
def gru_2():
    return static(grid.Grid2GRUCell(UNITS))


@piece("grid_rnn.Grid2GRUCell")
def gru_2_not_recurrent():
    with tf.variable_scope("grid", initializer=tf.constant_initializer(0.1)):
        return static(grid.Grid2GRUCell(UNITS, non_recurrent_fn=tf.nn.relu))


@piece("grid_rnn.GridRNNCell")
def two_inputs_and_outputs():
    cell = grid.GridRNNCell(UNITS, 3, input_dims=[0, 1], output_dims=[1, 2], priority_dims=2)
    return tf.contrib.rnn.static_rnn(cell, steps(2, BATCH, 4), dtype=tf.float32)


@piece("grid_rnn.GridRNNCell")
def one_tensor():
    """It never could: the cell within is given a tuple."""
    cell = grid.GridRNNCell(UNITS, 2, 0, 0, 0, state_is_tuple=False, output_is_tuple=False)
    return cell(given(BATCH, INPUTS), given(BATCH, 16))


if __name__ == "__main__":
    main()
