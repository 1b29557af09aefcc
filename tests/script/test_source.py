"""What is read off a script before it runs."""

import ast

import pytest

from legacy.script.source import states_are_one_tensor


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("state = model.initial_state.eval()", True),
        ("state = cell.zero_state(2, tf.float32).eval()", True),
        ("state = tf.placeholder(tf.float32, [None, lstm_cell.state_size])", True),
        ("state = tf.zeros([2, cell.state_size * 3])", True),
        ("istate = tf.placeholder('float', [None, 2 * n_hidden])", True),
        ("loss.eval()", False),
        ("w = tf.zeros([2, config.state_size])", False),
        ("x = tf.placeholder('float', [None, 2 * n_hidden])", False),
        ("state = tf.placeholder('float', [None, 3 * n_hidden])", False),
        ("state = cell.zero_state(2, tf.float32).eval(); rnn_cell.LSTMCell(2, state_is_tuple=True)", False),
        ("state = cell.zero_state(2, tf.float32).eval(); tf.nn.rnn_cell.LSTMStateTuple", False),
        ("tf.global_variables_initializer().run(); state = model.state.eval()", False),
    ],
)
def test_what_tells_a_state_of_one_tensor(line, found):
    assert states_are_one_tensor([ast.parse(line)]) is found
