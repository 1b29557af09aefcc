"""The table of cells: shapes, layout, and TensorFlow's own operations beside them."""

import pytest

from modern.tf1.cells import KIND_OF_SCOPE, KINDS
from modern.tf1.check import TOLERANCE
from modern.tf1.convert import convert
from tests.tf1.checkpoints import numbers, write


@pytest.mark.parametrize(
    ("scope", "arrays", "weights"),
    [
        (
            "GRUBlockCell",
            {"w_ru": (10, 12), "b_ru": (12,), "w_c": (10, 6), "b_c": (6,)},
            [(4, 18), (6, 18), (18,)],
        ),
        (
            "cudnn_gru/rnn/multi_rnn_cell/cell_0/cudnn_compatible_gru_cell",
            {
                "gates/kernel": (10, 12),
                "gates/bias": (12,),
                "candidate/input_projection/kernel": (4, 6),
                "candidate/input_projection/bias": (6,),
                "candidate/hidden_projection/kernel": (6, 6),
                "candidate/hidden_projection/bias": (6,),
            },
            [(4, 18), (6, 18), (2, 18)],
        ),
        ("lstm_block_wrapper", {"weights": (10, 24), "biases": (24,)}, [(4, 24), (6, 24), (24,)]),
        ("cudnn_compatible_lstm_cell", {"kernel": (10, 24), "bias": (24,)}, [(4, 24), (6, 24), (24,)]),
        ("RNN/LSTMCell", {"W_0": (5, 24), "W_1": (5, 24), "B": (24,)}, [(4, 24), (6, 24), (24,)]),
    ],
)
def test_cells_that_compat_v1_no_longer_makes(tmp_path, scope, arrays, weights):
    prefix = write(tmp_path, {f"{scope}/{name}": numbers(*shape) for name, shape in arrays.items()})
    _, model, differences = convert(prefix, tmp_path / "model.keras")
    assert [weight.shape for weight in model.get_weights()] == weights
    assert max(differences.values()) <= TOLERANCE  # against TensorFlow's own operations


LSTM_SHAPES = [(10, 24), (24,)]
GRU_SHAPES = [(10, 12), (12,), (10, 6), (6,)]
SHAPES = {  # of 4 inputs and 6 units
    "BasicLSTMCell": LSTM_SHAPES,
    "LSTMCell": LSTM_SHAPES,
    "LSTMBlockCell": LSTM_SHAPES,
    "CudnnCompatibleLSTMCell": LSTM_SHAPES,
    "GRUCell": GRU_SHAPES,
    "GRUBlockCell": GRU_SHAPES,
    "CudnnCompatibleGRUCell": [(10, 12), (12,), (4, 6), (6,), (6, 6), (6,)],
    "BasicRNNCell": [(10, 6), (6,)],
}


@pytest.mark.parametrize("kind", KINDS)
def test_shapes(kind):
    """A cell's shapes tell its sizes; with any of them of another size, or one axis more, they are not one's."""
    right = SHAPES[kind]
    assert KINDS[kind].sizes(right) == (4, 6)
    for at, shape in enumerate(right):
        resized = [(*shape[:axis], size + 1, *shape[axis + 1 :]) for axis, size in enumerate(shape)]
        for wrong in [(), (*shape, 1), *resized]:
            # A lone kernel of one row more is that of a cell of one input more.
            wanted = (5, 6) if len(right) == 2 and at == 0 and wrong == (11, *shape[1:]) else None
            assert KINDS[kind].sizes([*right[:at], wrong, *right[at + 1 :]]) == wanted, (at, wrong)


def test_no_inputs_and_no_units_are_no_cell():
    assert KINDS["BasicLSTMCell"].sizes([(6, 24), (24,)]) is None
    assert KINDS["BasicLSTMCell"].sizes([(4, 0), (0,)]) is None


def test_a_scope_is_one_kind():
    assert len(KIND_OF_SCOPE) == sum(len(kind.scopes) for kind in KINDS.values())
