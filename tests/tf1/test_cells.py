"""The table of cells: shapes, layout, and TensorFlow's own operations beside them."""

import pytest

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
