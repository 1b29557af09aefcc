"""`tf.contrib.grid_rnn`: cells along several dimensions, each with a state of its own (Kalchbrenner et al., 2015).

Source: tensorflow/contrib/grid_rnn/python/ops/grid_rnn_cell.py, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf
from tf_slim.layers.initializers import xavier_initializer
from tf_slim.layers.layers import fully_connected

from legacy.contrib.rnn import BasicLSTMCell, BasicRNNCell, GRUCell, LSTMCell, RNNCell

__all__ = [
    "Grid1BasicLSTMCell",
    "Grid1BasicRNNCell",
    "Grid1LSTMCell",
    "Grid2BasicLSTMCell",
    "Grid2BasicRNNCell",
    "Grid2GRUCell",
    "Grid2LSTMCell",
    "Grid3LSTMCell",
    "GridRNNCell",
]


def dims_of(dims, count):
    """Returns dimensions as a sorted list. Raises ValueError if one is not there."""
    dims = sorted(set(dims if isinstance(dims, (list, tuple)) else [] if dims is None else [dims]))
    if any(dim < 0 or dim >= count for dim in dims):
        raise ValueError(f"Invalid dims: {dims}. Must be in [0, {count})")
    return dims


class GridRNNCell(RNNCell):
    """A cell for each dimension; those of `priority_dims` see what the others give in this step.

    The inputs go, projected, into the states of `input_dims`; `output_dims` give out. `non_recurrent_dims` have no state,
    but a layer. tied: all cells have the same variables.
    """

    def __init__(
        self, num_units, num_dims=1, input_dims=None, output_dims=None, priority_dims=None, non_recurrent_dims=None,
        tied=False, cell_fn=None, non_recurrent_fn=None, state_is_tuple=True, output_is_tuple=True,
    ):  # fmt: skip
        super().__init__()
        if num_dims < 1:
            raise ValueError(f"dims must be >= 1: {num_dims}")
        self._num_units, self._count, self._tied = num_units, num_dims, tied
        self._ins, self._outs = dims_of(input_dims, num_dims), dims_of(output_dims, num_dims)
        self._first = dims_of(priority_dims, num_dims)
        self._still = dims_of(non_recurrent_dims, num_dims)
        self._moving = [dim for dim in range(num_dims) if dim not in self._still]
        self._still_fn = non_recurrent_fn or tf.nn.relu
        self._state_is_tuple, self._output_is_tuple = state_is_tuple, output_is_tuple

        def make():
            return cell_fn(num_units) if cell_fn else LSTMCell(num_units, state_is_tuple=state_is_tuple)

        cells = [make()] * num_dims if tied else [make() for _ in range(num_dims)]
        if not isinstance(cells[0], RNNCell):
            raise TypeError(f"cell_fn must return an RNNCell instance, saw: {type(cells[0])}")
        self._cells = cells

    @property
    def output_size(self):
        size = self._cells[0].output_size
        return (size,) * len(self._outs) if self._output_is_tuple else size * len(self._outs)

    @property
    def state_size(self):
        size = self._cells[0].state_size
        return (size,) * len(self._moving) if self._state_is_tuple else sum(tf.nest.flatten(size)) * len(self._moving)

    def __call__(self, inputs, state, scope=None):
        has_c = sum(tf.nest.flatten(self._cells[0].state_size)) > self._num_units
        c, m = self._parts(state, has_c)
        outputs, states = [None] * self._count, [None] * self._count
        with tf.variable_scope(scope or type(self).__name__):
            if self._ins and inputs is not None and inputs.shape.as_list()[1] > 0:
                for dim, part in zip(self._ins, tf.split(inputs, len(self._ins), 1)):
                    shape = [part.shape.as_list()[1], self._num_units]
                    m[dim] = tf.matmul(part, tf.get_variable(f"project_m_{dim}", shape, inputs.dtype))
                    if has_c:
                        c[dim] = tf.matmul(part, tf.get_variable(f"project_c_{dim}", shape, inputs.dtype))
            others = [dim for dim in range(self._count) if dim not in self._first]
            self._go(others, c, m, outputs, states, True)
            self._go(self._first, c, m, outputs, states, False)
            output, state = [outputs[dim] for dim in self._outs], [states[dim] for dim in self._moving]
            if not self._output_is_tuple:
                output = tf.concat(output, 1) if output else tf.zeros([0, 0], inputs.dtype)
            if not self._state_is_tuple:
                flat = [each for one in state for each in (tf.nest.flatten(one) if has_c else [one])]
                state = tf.concat(flat, 1) if flat else tf.zeros([0, 0], inputs.dtype)
        return tuple(output) if self._output_is_tuple else output, tuple(state) if self._state_is_tuple else state

    def _parts(self, state, has_c):
        """Returns (c, m) of each dimension, None where there is none."""
        c, m = [None] * self._count, [None] * self._count
        if self._state_is_tuple:
            if len(state) != len(self._moving):
                raise ValueError(f"Expected state as a tuple of {len(self._moving)} element")
            parts = [tuple(each) if has_c else (each,) for each in state]
        else:
            whole = sum(tf.nest.flatten(self._cells[0].state_size))
            sizes = [self._num_units, whole - self._num_units] if has_c else [self._num_units]
            flat = tf.split(state, sizes * len(self._moving), 1)
            parts = [flat[at : at + len(sizes)] for at in range(0, len(flat), len(sizes))]
        for dim, part in zip(self._moving, parts):
            m[dim] = part[-1]
            c[dim] = part[0] if has_c else None
        return c, m

    def _go(self, dims, c, m, outputs, states, first_call):
        """Fills the outputs and states of some dimensions: each reads what the others have so far."""
        if not dims:
            return
        so_far = [m[dim] if outputs[dim] is None else outputs[dim] for dim in range(self._count)]
        read = tf.concat(so_far[:-1], 1) if self._count > 1 else tf.zeros([m[0].shape.as_list()[0], 0], m[0].dtype)
        for dim in dims:
            recurrent = dim not in self._still
            name = "recurrent" if recurrent else "non_recurrent"
            with tf.variable_scope(name if self._tied else f"{name}/cell_{dim}") as here:
                if self._tied and not (first_call and dim == dims[0]):
                    here.reuse_variables()
                if recurrent:
                    state = so_far[-1] if c[dim] is None else (c[dim], so_far[-1])
                    outputs[dim], states[dim] = self._cells[dim](read, state)
                else:
                    both = tf.concat([read, so_far[-1]], 1) if self._count > 1 else so_far[-1]
                    outputs[dim] = fully_connected(
                        both, self._num_units, self._still_fn,
                        weights_initializer=here.initializer or xavier_initializer(),
                        weights_regularizer=here.regularizer,
                    )  # fmt: skip


def of_cells(num_dims, tied, non_recurrent_fn, cell_fn, is_tuple):
    """Returns the arguments of a GridRNNCell whose first dimension has the inputs, the outputs and the priority."""
    return {
        "num_dims": num_dims, "input_dims": 0, "output_dims": 0, "priority_dims": 0, "tied": tied,
        "non_recurrent_dims": None if non_recurrent_fn is None else 0, "cell_fn": cell_fn,
        "non_recurrent_fn": non_recurrent_fn, "state_is_tuple": is_tuple[0], "output_is_tuple": is_tuple[1],
    }  # fmt: skip


class Grid1BasicRNNCell(GridRNNCell):
    """BasicRNNCells in one dimension."""

    def __init__(self, num_units, state_is_tuple=True, output_is_tuple=True):
        super().__init__(num_units, **of_cells(1, False, None, BasicRNNCell, (state_is_tuple, output_is_tuple)))


class Grid2BasicRNNCell(GridRNNCell):
    """BasicRNNCells in two dimensions."""

    def __init__(self, num_units, tied=False, non_recurrent_fn=None, state_is_tuple=True, output_is_tuple=True):
        super().__init__(
            num_units, **of_cells(2, tied, non_recurrent_fn, BasicRNNCell, (state_is_tuple, output_is_tuple))
        )


class Grid1BasicLSTMCell(GridRNNCell):
    """BasicLSTMCells in one dimension."""

    def __init__(self, num_units, forget_bias=1, state_is_tuple=True, output_is_tuple=True):
        def cell_fn(units):
            return BasicLSTMCell(units, forget_bias=forget_bias)

        super().__init__(num_units, **of_cells(1, False, None, cell_fn, (state_is_tuple, output_is_tuple)))


class Grid2BasicLSTMCell(GridRNNCell):
    """BasicLSTMCells in two dimensions."""

    def __init__(
        self, num_units, tied=False, non_recurrent_fn=None, forget_bias=1, state_is_tuple=True, output_is_tuple=True
    ):
        def cell_fn(units):
            return BasicLSTMCell(units, forget_bias=forget_bias)

        super().__init__(num_units, **of_cells(2, tied, non_recurrent_fn, cell_fn, (state_is_tuple, output_is_tuple)))


class _GridLSTM(GridRNNCell):
    dims = 1

    def __init__(
        self, num_units, tied=False, non_recurrent_fn=None, use_peepholes=False, forget_bias=1.0, state_is_tuple=True,
        output_is_tuple=True,
    ):  # fmt: skip
        def cell_fn(units):
            return LSTMCell(units, forget_bias=forget_bias, use_peepholes=use_peepholes)

        is_tuple = state_is_tuple, output_is_tuple
        super().__init__(num_units, **of_cells(self.dims, tied, non_recurrent_fn, cell_fn, is_tuple))


class Grid1LSTMCell(_GridLSTM):
    """LSTMCells in one dimension."""

    def __init__(self, num_units, use_peepholes=False, forget_bias=1.0, state_is_tuple=True, output_is_tuple=True):
        super().__init__(num_units, False, None, use_peepholes, forget_bias, state_is_tuple, output_is_tuple)


class Grid2LSTMCell(_GridLSTM):
    """LSTMCells in two dimensions."""

    dims = 2


class Grid3LSTMCell(_GridLSTM):
    """LSTMCells in three dimensions."""

    dims = 3


class Grid2GRUCell(GridRNNCell):
    """GRUCells in two dimensions."""

    def __init__(self, num_units, tied=False, non_recurrent_fn=None, state_is_tuple=True, output_is_tuple=True):
        super().__init__(num_units, **of_cells(2, tied, non_recurrent_fn, GRUCell, (state_is_tuple, output_is_tuple)))
