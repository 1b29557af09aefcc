"""`tensorflow.models.rnn.rnn_cell` of 2015 and 2016, whose LSTMs had a state of one tensor, [batch, c and h].

Source: tensorflow/models/rnn/rnn_cell.py, TensorFlow 0.5 to 0.7, and tensorflow/python/ops/rnn_cell.py to 0.12.
"""

from legacy.contrib import rnn


class BasicLSTMCell(rnn.BasicLSTMCell):
    """The cell of tensorflow.models.rnn (2015 and 2016): its state was one tensor unless it was told otherwise."""

    def __init__(self, num_units, forget_bias=1.0, input_size=None, state_is_tuple=False, **kwargs):
        super().__init__(num_units, forget_bias, state_is_tuple=state_is_tuple, **kwargs)


class LSTMCell(rnn.LSTMCell):
    """The same of the LSTM with peepholes and projection."""

    def __init__(self, num_units, input_size=None, *args, state_is_tuple=False, **kwargs):
        super().__init__(num_units, *args, state_is_tuple=state_is_tuple, **kwargs)


class MultiRNNCell(rnn.MultiRNNCell):
    """The same of cells one upon the other."""

    def __init__(self, cells, state_is_tuple=False):
        super().__init__(cells, state_is_tuple)


NAMES = {"BasicLSTMCell": BasicLSTMCell, "LSTMCell": LSTMCell, "MultiRNNCell": MultiRNNCell}
