"""The layout rule, by the cells' equations."""

import keras
import numpy as np

from modern.tf1.layout import cudnn_gru_weights
from tests.tf1.checkpoints import numbers


def test_cudnn_gru_is_not_a_gru(tmp_path):
    """The reset gate acts after the product with the state: the hidden bias is inside it."""
    x, h = numbers(1, 4), numbers(1, 6)
    arrays = [numbers(10, 12), numbers(12), numbers(4, 6), numbers(6), numbers(6, 6), numbers(6, seed=9)]
    layer = keras.layers.GRU(6, reset_after=True)
    layer.build((1, 1, 4))
    layer.set_weights(cudnn_gru_weights(*arrays))
    r, u = np.split(1 / (1 + np.exp(-(np.concatenate([x, h], 1) @ arrays[0] + arrays[1]))), 2, 1)
    c = np.tanh(x @ arrays[2] + arrays[3] + r * (h @ arrays[4] + arrays[5]))
    assert np.allclose(layer(x[:, None], initial_state=h), u * h + (1 - u) * c, atol=1e-6)
