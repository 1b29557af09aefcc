"""Records names and argument orders that went with TensorFlow 1.0: TensorFlow 0.12 had both the old and some of the new."""

from __future__ import division, print_function

import tensorflow as tf
from pieces import given, main, piece, ramp, steps

BATCH, INPUTS, UNITS, WORDS = 2, 3, 4, 6


@piece("tf.concat")
def concat():
    return tf.concat(1, [given(2, 3), given(2, 4)])


@piece("tf.concat")
def concat_by_name():
    return tf.concat(concat_dim=0, values=[given(2, 3), given(1, 3)])


@piece("tf.split")
def split():
    return tf.split(1, 3, given(2, 6))


@piece("tf.split")
def split_by_name():
    return tf.split(split_dim=0, num_split=2, value=given(2, 6))


@piece("tf.reverse")
def reverse():
    return tf.reverse(given(2, 3), [False, True])


@piece("tf.pack", "tf.unpack")
def pack():
    return tf.pack([given(3), given(3)]), tf.unpack(given(2, 3))


@piece("tf.mul", "tf.sub", "tf.neg")
def arithmetic():
    x, y = given(2, 3), given(2, 3)
    return tf.mul(x, y), tf.sub(x, y), tf.neg(x)


@piece("tf.batch_matmul")
def batch_matmul():
    return tf.batch_matmul(given(2, 3, 4), given(2, 5, 4), adj_y=True)


@piece("tf.select")
def select():
    return tf.select(tf.constant([True, False, True]), given(3), given(3))


@piece("tf.select")
def select_rows():
    return tf.select(tf.constant([True, False]), given(2, 3), given(2, 3))


@piece("tf.complex_abs")
def complex_abs():
    return tf.complex_abs(tf.complex(given(3), given(3)))


@piece("nn.softmax_cross_entropy_with_logits")
def softmax_cross_entropy():
    return tf.nn.softmax_cross_entropy_with_logits(given(2, 3), tf.constant([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0]]))


@piece("nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy():
    return tf.nn.sparse_softmax_cross_entropy_with_logits(given(2, 3), tf.constant([1, 2]))


@piece("nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy():
    return tf.nn.sigmoid_cross_entropy_with_logits(given(2, 3), tf.constant(ramp([2, 3], 5) + 0.5))


@piece("nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy_targets():
    return tf.nn.sigmoid_cross_entropy_with_logits(logits=given(2, 3), targets=tf.constant(ramp([2, 3], 5) + 0.5))


def candidates(true):
    return tf.constant(list(range(WORDS)), tf.int64), tf.ones([BATCH, true]), tf.ones([WORDS])


@piece("nn.sampled_softmax_loss")
def sampled_softmax_loss():
    w, b = tf.get_variable("w", [WORDS, INPUTS]), tf.get_variable("b", [WORDS])
    labels = tf.constant([[1], [4]], tf.int64)
    return tf.nn.sampled_softmax_loss(w, b, given(BATCH, INPUTS), labels, WORDS, WORDS, sampled_values=candidates(1))


@piece("nn.nce_loss")
def nce_loss():
    w, b = tf.get_variable("w", [WORDS, INPUTS]), tf.get_variable("b", [WORDS])
    labels = tf.constant([[1], [4]], tf.int64)
    return tf.nn.nce_loss(w, b, given(BATCH, INPUTS), labels, WORDS, WORDS, sampled_values=candidates(1))


@piece("nn.rnn")
def rnn():
    return tf.nn.rnn(
        tf.nn.rnn_cell.BasicLSTMCell(UNITS, state_is_tuple=True), steps(3, BATCH, INPUTS), dtype=tf.float32
    )


@piece("nn.rnn", "nn.rnn_cell.BasicLSTMCell")
def rnn_one_tensor():
    """In 0.12 a state is a tuple unless it is told otherwise."""
    cell = tf.nn.rnn_cell.BasicLSTMCell(UNITS, state_is_tuple=False)
    return tf.nn.rnn(cell, steps(3, BATCH, INPUTS), initial_state=given(BATCH, 2 * UNITS))


@piece("nn.rnn_cell.LSTMCell")
def rnn_lstm_cell():
    cell = tf.nn.rnn_cell.LSTMCell(UNITS, INPUTS, use_peepholes=True, num_proj=3, forget_bias=0.5)
    return tf.nn.rnn(cell, steps(3, BATCH, INPUTS), dtype=tf.float32)


@piece("nn.rnn_cell.GRUCell")
def rnn_gru_cell():
    return tf.nn.rnn(tf.nn.rnn_cell.GRUCell(UNITS), steps(3, BATCH, INPUTS), dtype=tf.float32, sequence_length=[2, 3])


@piece("nn.rnn_cell.MultiRNNCell")
def rnn_multi_cell_twice():
    cell = tf.nn.rnn_cell.BasicLSTMCell(UNITS, state_is_tuple=True)
    stacked = tf.nn.rnn_cell.MultiRNNCell([cell] * 2, state_is_tuple=True)
    return tf.nn.rnn(stacked, steps(3, BATCH, INPUTS), dtype=tf.float32)


@piece("nn.bidirectional_rnn")
def bidirectional_rnn():
    forth, back = tf.nn.rnn_cell.GRUCell(UNITS), tf.nn.rnn_cell.GRUCell(3)
    return tf.nn.bidirectional_rnn(forth, back, steps(3, BATCH, INPUTS), dtype=tf.float32)


@piece("nn.state_saving_rnn")
def state_saving_rnn():
    saved = tf.Variable(ramp([BATCH, UNITS]), trainable=False)

    class Saver(object):
        def state(self, name):
            return saved

        def save_state(self, name, value):
            return tf.assign(saved, value)

    outputs, state = tf.nn.state_saving_rnn(tf.nn.rnn_cell.GRUCell(UNITS), steps(2, BATCH, INPUTS), Saver(), "h")
    return lambda session: [session.run([outputs, state]), session.run(saved)]


@piece("nn.rnn_cell._linear", "nn.rnn_cell.linear")
def linear():
    return tf.nn.rnn_cell._linear([given(BATCH, 3), given(BATCH, 2)], 4, True)


@piece("nn.seq2seq")
def nn_seq2seq():
    ids = [tf.constant([1, 0]), tf.constant([5, 2])]
    return tf.nn.seq2seq.embedding_attention_seq2seq(ids, ids, tf.nn.rnn_cell.GRUCell(UNITS), WORDS, WORDS, 3)


@piece("nn.seq2seq")
def nn_seq2seq_loss():
    """Its own loss function was called with (logits, labels)."""

    def own(logits, labels):
        return tf.reduce_sum(tf.square(tf.one_hot(labels, WORDS) - logits), 1)

    return tf.nn.seq2seq.sequence_loss_by_example(
        steps(2, BATCH, WORDS), [tf.constant([1, 0]), tf.constant([5, 2])], [tf.ones([BATCH])] * 2,
        softmax_loss_function=own,
    )  # fmt: skip


if __name__ == "__main__":
    main()
