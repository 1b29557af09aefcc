"""Records `tf.contrib.rnn`: cells, wrappers, and the ways of running them."""

from __future__ import division, print_function

import tensorflow as tf
from pieces import given, main, piece, ramp, steps

BATCH, INPUTS, UNITS, TIME = 2, 3, 4, 5


def static(cell, inputs=INPUTS):
    return tf.contrib.rnn.static_rnn(cell, steps(3, BATCH, inputs), dtype=tf.float32)


def dynamic(cell, lengths=None):
    return tf.nn.dynamic_rnn(cell, given(BATCH, TIME, INPUTS), lengths, dtype=tf.float32)


@piece("rnn.BasicRNNCell", "rnn.static_rnn")
def basic_rnn_cell():
    return static(tf.contrib.rnn.BasicRNNCell(UNITS))


@piece("rnn.BasicRNNCell")
def basic_rnn_cell_relu():
    return static(tf.contrib.rnn.BasicRNNCell(UNITS, activation=tf.nn.relu))


@piece("rnn.BasicRNNCell")
def basic_rnn_cell_input_size():
    return static(tf.contrib.rnn.BasicRNNCell(UNITS, input_size=INPUTS))


@piece("rnn.BasicLSTMCell", "rnn.LSTMStateTuple")
def basic_lstm_cell():
    return static(tf.contrib.rnn.BasicLSTMCell(UNITS))


@piece("rnn.BasicLSTMCell")
def basic_lstm_cell_forget_bias_relu():
    return static(tf.contrib.rnn.BasicLSTMCell(UNITS, forget_bias=0.3, activation=tf.nn.relu))


@piece("rnn.BasicLSTMCell")
def basic_lstm_cell_one_tensor():
    return static(tf.contrib.rnn.BasicLSTMCell(UNITS, state_is_tuple=False))


@piece("rnn.BasicLSTMCell")
def basic_lstm_cell_input_size():
    return static(tf.contrib.rnn.BasicLSTMCell(UNITS, 1.0, input_size=INPUTS))


@piece("rnn.LSTMStateTuple")
def lstm_state_tuple():
    start = tf.contrib.rnn.LSTMStateTuple(given(BATCH, UNITS), given(BATCH, UNITS))
    outputs, state = tf.contrib.rnn.static_rnn(
        tf.contrib.rnn.BasicLSTMCell(UNITS), steps(2, BATCH, INPUTS), initial_state=start
    )
    return outputs, state.c, state.h


@piece("rnn.LSTMCell")
def lstm_cell():
    return static(tf.contrib.rnn.LSTMCell(UNITS))


@piece("rnn.LSTMCell")
def lstm_cell_peepholes():
    return static(tf.contrib.rnn.LSTMCell(UNITS, use_peepholes=True, forget_bias=0.2))


@piece("rnn.LSTMCell")
def lstm_cell_projection_clips():
    return static(tf.contrib.rnn.LSTMCell(UNITS, use_peepholes=True, num_proj=3, cell_clip=0.3, proj_clip=0.2))


@piece("rnn.LSTMCell")
def lstm_cell_one_tensor_projection():
    return static(tf.contrib.rnn.LSTMCell(UNITS, num_proj=3, state_is_tuple=False))


@piece("rnn.LSTMCell")
def lstm_cell_partitioned():
    return static(tf.contrib.rnn.LSTMCell(UNITS, num_unit_shards=2, num_proj=2, num_proj_shards=2))


@piece("rnn.LSTMCell")
def lstm_cell_initializer():
    cell = tf.contrib.rnn.LSTMCell(UNITS, initializer=tf.constant_initializer(0.1))
    outputs = static(cell)

    def initial(session):
        session.run(tf.global_variables_initializer())
        return session.run([tf.trainable_variables(), outputs])

    return initial


@piece("rnn.GRUCell")
def gru_cell():
    return static(tf.contrib.rnn.GRUCell(UNITS))


@piece("rnn.GRUCell")
def gru_cell_initial_biases():
    """Its gates' biases begin with 1, the candidate's with 0."""
    outputs = static(tf.contrib.rnn.GRUCell(UNITS))

    def initial(session):
        session.run(tf.global_variables_initializer())
        biases = [each for each in tf.trainable_variables() if "bias" in each.op.name]
        return session.run(biases), [each.get_shape().as_list() for each in outputs[0]]

    return initial


@piece("rnn.MultiRNNCell")
def multi_rnn_cell():
    return static(tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.BasicLSTMCell(UNITS), tf.contrib.rnn.GRUCell(3)]))


@piece("rnn.MultiRNNCell")
def multi_rnn_cell_one_tensor():
    cells = [tf.contrib.rnn.BasicLSTMCell(UNITS, state_is_tuple=False) for _ in range(2)]
    return static(tf.contrib.rnn.MultiRNNCell(cells, state_is_tuple=False))


@piece("rnn.MultiRNNCell")
def multi_rnn_cell_one_cell_twice():
    """[cell] * 2 on inputs of as many numbers as it has units."""
    return static(tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.BasicLSTMCell(UNITS)] * 2), UNITS)


@piece("rnn.MultiRNNCell")
def multi_rnn_cell_one_cell_twice_other_size():
    """[cell] * 2 on inputs of another size."""
    return static(tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.BasicLSTMCell(UNITS)] * 2))


@piece("rnn.MultiRNNCell", "rnn.DropoutWrapper")
def multi_rnn_cell_one_cell_in_two_wrappers():
    cell = tf.contrib.rnn.BasicLSTMCell(UNITS)
    return static(tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.DropoutWrapper(cell) for _ in range(2)]), UNITS)


@piece("rnn.MultiRNNCell")
def one_cell_in_two_scopes():
    """One cell object called in two variable scopes."""
    cell = tf.contrib.rnn.GRUCell(UNITS)
    x = steps(2, BATCH, INPUTS)
    with tf.variable_scope("first"):
        first = tf.contrib.rnn.static_rnn(cell, x, dtype=tf.float32)
    with tf.variable_scope("second"):
        second = tf.contrib.rnn.static_rnn(cell, x, dtype=tf.float32)
    return first, second


@piece("rnn.DropoutWrapper")
def dropout_wrapper_all_kept():
    return static(tf.contrib.rnn.DropoutWrapper(tf.contrib.rnn.GRUCell(UNITS), 1.0, 1.0))


@piece("rnn.DropoutWrapper")
def dropout_wrapper_seeded():
    """Which inputs and outputs it lets through, by its own seed and the graph's."""
    cell = tf.contrib.rnn.DropoutWrapper(tf.contrib.rnn.BasicRNNCell(8), 0.6, 0.5, seed=3)
    return static(cell, 6)


@piece("rnn.DropoutWrapper")
def dropout_wrapper_state_seeded():
    cell = tf.contrib.rnn.DropoutWrapper(tf.contrib.rnn.BasicLSTMCell(8), state_keep_prob=0.5, seed=3)
    return static(cell, 6)


@piece("rnn.DropoutWrapper")
def dropout_wrapper_variational_seeded():
    cell = tf.contrib.rnn.DropoutWrapper(
        tf.contrib.rnn.BasicRNNCell(8),
        0.5,
        0.5,
        0.5,
        variational_recurrent=True,
        input_size=6,
        dtype=tf.float32,
        seed=3,
    )
    return static(cell, 6)


@piece("rnn.ResidualWrapper")
def residual_wrapper():
    return static(tf.contrib.rnn.ResidualWrapper(tf.contrib.rnn.GRUCell(UNITS)), UNITS)


@piece("rnn.ResidualWrapper")
def residual_wrapper_function():
    cell = tf.contrib.rnn.ResidualWrapper(tf.contrib.rnn.GRUCell(UNITS), residual_fn=lambda i, o: i * 2.0 - o)
    return static(cell, UNITS)


@piece("rnn.DeviceWrapper")
def device_wrapper():
    return static(tf.contrib.rnn.DeviceWrapper(tf.contrib.rnn.GRUCell(UNITS), "/cpu:0"))


@piece("rnn.InputProjectionWrapper")
def input_projection_wrapper():
    return static(tf.contrib.rnn.InputProjectionWrapper(tf.contrib.rnn.GRUCell(UNITS), 6))


@piece("rnn.InputProjectionWrapper")
def input_projection_wrapper_activation():
    return static(tf.contrib.rnn.InputProjectionWrapper(tf.contrib.rnn.GRUCell(UNITS), 6, activation=tf.tanh))


@piece("rnn.OutputProjectionWrapper")
def output_projection_wrapper():
    return static(tf.contrib.rnn.OutputProjectionWrapper(tf.contrib.rnn.BasicLSTMCell(UNITS), 2))


@piece("rnn.OutputProjectionWrapper")
def output_projection_wrapper_activation():
    return static(tf.contrib.rnn.OutputProjectionWrapper(tf.contrib.rnn.BasicLSTMCell(UNITS), 2, activation=tf.tanh))


@piece("rnn.EmbeddingWrapper")
def embedding_wrapper():
    cell = tf.contrib.rnn.EmbeddingWrapper(tf.contrib.rnn.BasicRNNCell(UNITS), 7, 3)
    return tf.contrib.rnn.static_rnn(cell, [tf.constant([1, 6]), tf.constant([0, 1])], dtype=tf.float32)


@piece("rnn.LSTMBlockCell")
def lstm_block_cell():
    return static(tf.contrib.rnn.LSTMBlockCell(UNITS, forget_bias=0.4))


@piece("rnn.LSTMBlockCell")
def lstm_block_cell_peephole():
    return static(tf.contrib.rnn.LSTMBlockCell(UNITS, use_peephole=True))


@piece("rnn.LSTMBlockFusedCell")
def lstm_block_fused_cell():
    return tf.contrib.rnn.LSTMBlockFusedCell(UNITS, forget_bias=0.4)(given(TIME, BATCH, INPUTS), dtype=tf.float32)


@piece("rnn.LSTMBlockFusedCell")
def lstm_block_fused_cell_lengths_state():
    state = tf.contrib.rnn.LSTMStateTuple(given(BATCH, UNITS), given(BATCH, UNITS))
    cell = tf.contrib.rnn.LSTMBlockFusedCell(UNITS)
    return cell(given(TIME, BATCH, INPUTS), initial_state=state, sequence_length=tf.constant([3, 5]))


@piece("rnn.LSTMBlockFusedCell")
def lstm_block_fused_cell_peephole_clip():
    cell = tf.contrib.rnn.LSTMBlockFusedCell(UNITS, cell_clip=0.2, use_peephole=True)
    return cell(given(TIME, BATCH, INPUTS), dtype=tf.float32)


@piece("rnn.LSTMBlockFusedCell")
def lstm_block_fused_cell_default_clip():
    """From a state beyond 3, which is what it clipped at unless it was told otherwise."""
    state = tf.contrib.rnn.LSTMStateTuple(given(BATCH, UNITS) * 20.0, given(BATCH, UNITS))
    return tf.contrib.rnn.LSTMBlockFusedCell(UNITS)(given(TIME, BATCH, INPUTS), initial_state=state)


@piece("rnn.RNNCell")
def rnn_cell_of_ones_own():
    class Leaky(tf.contrib.rnn.RNNCell):
        @property
        def state_size(self):
            return UNITS

        @property
        def output_size(self):
            return UNITS

        def __call__(self, inputs, state, scope=None):
            with tf.variable_scope(scope or "leaky"):
                kernel = tf.get_variable("kernel", [INPUTS, UNITS])
            state = 0.5 * state + tf.matmul(inputs, kernel)
            return tf.tanh(state), state

    return static(Leaky())


@piece("rnn.RNNCell")
def rnn_cell_zero_state():
    cell = tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.LSTMCell(UNITS, num_proj=2), tf.contrib.rnn.GRUCell(3)])
    return cell.zero_state(BATCH, tf.float32)


@piece("rnn.static_rnn")
def static_rnn_lengths():
    return tf.contrib.rnn.static_rnn(
        tf.contrib.rnn.BasicLSTMCell(UNITS), steps(4, 3, INPUTS), dtype=tf.float32, sequence_length=[2, 4, 0]
    )


@piece("rnn.static_bidirectional_rnn")
def static_bidirectional_rnn():
    cells = tf.contrib.rnn.BasicLSTMCell(UNITS), tf.contrib.rnn.GRUCell(3)
    return tf.contrib.rnn.static_bidirectional_rnn(cells[0], cells[1], steps(3, BATCH, INPUTS), dtype=tf.float32)


@piece("rnn.static_bidirectional_rnn")
def static_bidirectional_rnn_lengths():
    cells = tf.contrib.rnn.GRUCell(UNITS), tf.contrib.rnn.GRUCell(UNITS)
    return tf.contrib.rnn.static_bidirectional_rnn(
        cells[0], cells[1], steps(4, BATCH, INPUTS), dtype=tf.float32, sequence_length=[2, 4]
    )


class StateSaver(object):
    """What static_state_saving_rnn asks for its state: variables."""

    def __init__(self, names):
        self.saved = dict((name, tf.Variable(ramp([BATCH, UNITS]), trainable=False)) for name in names)

    def state(self, name):
        return self.saved[name]

    def save_state(self, name, value):
        return tf.assign(self.saved[name], value)


def state_saving(run, cell, saver, state_name):
    outputs, state = run(cell, steps(2, BATCH, INPUTS), saver, state_name)

    def twice(session):
        return [session.run([outputs, state]) for _ in range(2)], [
            session.run(saver.saved[n]) for n in sorted(saver.saved)
        ]

    return twice


@piece("rnn.static_state_saving_rnn")
def static_state_saving_rnn():
    run = tf.contrib.rnn.static_state_saving_rnn
    return state_saving(run, tf.contrib.rnn.GRUCell(UNITS), StateSaver(["h"]), "h")


@piece("rnn.static_state_saving_rnn")
def static_state_saving_rnn_lstm():
    run = tf.contrib.rnn.static_state_saving_rnn
    return state_saving(run, tf.contrib.rnn.BasicLSTMCell(UNITS), StateSaver(["c", "h"]), ("c", "h"))


def cells(kind, *units):
    return [kind(each) for each in units]


@piece("rnn.stack_bidirectional_rnn")
def stack_bidirectional_rnn():
    forth, back = cells(tf.contrib.rnn.GRUCell, UNITS, 3), cells(tf.contrib.rnn.GRUCell, UNITS, 3)
    return tf.contrib.rnn.stack_bidirectional_rnn(forth, back, steps(3, BATCH, INPUTS), dtype=tf.float32)


@piece("rnn.stack_bidirectional_dynamic_rnn")
def stack_bidirectional_dynamic_rnn():
    forth, back = cells(tf.contrib.rnn.LSTMCell, UNITS, 3), cells(tf.contrib.rnn.LSTMCell, UNITS, 3)
    return tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
        forth, back, given(BATCH, TIME, INPUTS), dtype=tf.float32, sequence_length=[3, 5]
    )


@piece("rnn.stack_bidirectional_dynamic_rnn")
def stack_bidirectional_dynamic_rnn_states():
    forth, back = cells(tf.contrib.rnn.GRUCell, UNITS, UNITS), cells(tf.contrib.rnn.GRUCell, UNITS, UNITS)
    return tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
        forth, back, given(BATCH, TIME, INPUTS), steps(2, BATCH, UNITS), steps(2, BATCH, UNITS)
    )


@piece("rnn.stack_bidirectional_dynamic_rnn")
def stack_bidirectional_dynamic_rnn_time_major():
    forth, back = cells(tf.contrib.rnn.GRUCell, UNITS, 3), cells(tf.contrib.rnn.GRUCell, UNITS, 3)
    return tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
        forth, back, given(TIME, BATCH, INPUTS), dtype=tf.float32, time_major=True
    )


@piece("rnn.transpose_batch_time")
def transpose_batch_time():
    return tf.contrib.rnn.transpose_batch_time(given(2, 3, 4))


# --- tf.nn's own ways of running a cell ---


@piece("nn.dynamic_rnn")
def dynamic_rnn():
    return dynamic(tf.contrib.rnn.BasicLSTMCell(UNITS))


@piece("nn.dynamic_rnn")
def dynamic_rnn_lengths():
    return dynamic(tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.GRUCell(UNITS), tf.contrib.rnn.LSTMCell(3)]), [2, 5])


@piece("nn.dynamic_rnn")
def dynamic_rnn_time_major():
    return tf.nn.dynamic_rnn(
        tf.contrib.rnn.GRUCell(UNITS), given(TIME, BATCH, INPUTS), dtype=tf.float32, time_major=True
    )


@piece("nn.bidirectional_dynamic_rnn")
def bidirectional_dynamic_rnn():
    forth, back = cells(tf.contrib.rnn.GRUCell, UNITS, 3)
    return tf.nn.bidirectional_dynamic_rnn(forth, back, given(BATCH, TIME, INPUTS), [3, 5], dtype=tf.float32)


@piece("nn.raw_rnn")
def raw_rnn():
    cell, inputs = tf.contrib.rnn.LSTMCell(UNITS), given(TIME, BATCH, INPUTS)
    array = tf.TensorArray(tf.float32, TIME).unstack(inputs)

    def loop_fn(time, cell_output, cell_state, loop_state):
        next_state = cell.zero_state(BATCH, tf.float32) if cell_output is None else cell_state
        finished = time >= TIME
        next_input = tf.cond(finished, lambda: tf.zeros([BATCH, INPUTS]), lambda: array.read(time))
        next_input.set_shape([BATCH, INPUTS])
        return tf.fill([BATCH], finished), next_input, next_state, cell_output, None

    outputs, state, _ = tf.nn.raw_rnn(cell, loop_fn)
    return outputs.stack(), state


if __name__ == "__main__":
    main()
