"""The model that is built: stateful, masked."""

import numpy as np
import pytest
import tensorflow as tf

from modern.console import InputError
from modern.tf1.convert import convert
from tests.tf1.checkpoints import assumes, converted, lstm_arrays, save, sequences, write
from tests.tf1.programs import VECTORS

v1 = tf.compat.v1
rnn_cell = v1.nn.rnn_cell


def test_a_stateful_model_goes_on(tmp_path, ptb_checkpoint):
    _, whole, _ = convert(ptb_checkpoint, tmp_path / "whole.keras")
    _, stateful, _ = convert(ptb_checkpoint, tmp_path / "model.keras", stateful=2)
    ids = sequences(2, 8, ids=11)
    parts = [stateful(ids[:, :3]), stateful(ids[:, 3:])]
    assert np.allclose(np.concatenate(parts, 1), whole(ids), atol=1e-6)
    both = {f"rnn/bidirectional_rnn/{direction}/lstm_cell": 4 for direction in ("fw", "bw")}
    arrays = {name: array for scope in both for name, array in lstm_arrays(scope).items()}
    with pytest.raises(InputError, match="no state to go on from"):
        convert(write(tmp_path, arrays, "both"), tmp_path / "both.keras", stateful=1)


def padded(gives):
    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        cells = rnn_cell.LSTMCell(6, forget_bias=0.7), rnn_cell.LSTMCell(6, forget_bias=0.7)
        if gives == "last step":
            _, state = v1.nn.dynamic_rnn(cells[0], x, [5, 3, 1], dtype=tf.float32)
            return x, v1.layers.dense(state.h, 3)
        outputs, states = v1.nn.bidirectional_dynamic_rnn(*cells, x, [5, 3, 1], dtype=tf.float32)
        both = tf.concat(outputs if gives == "every step" else [state.h for state in states], -1)
        return x, v1.layers.dense(both, 3)

    return build


@pytest.mark.parametrize("gives", ["every step", "last step", "last states"])
def test_padded_sequences(parity, tmp_path, gives):
    saved = save(tmp_path, padded(gives))
    findings, model = converted(saved, tmp_path, mask=True)
    mask = np.arange(5) < np.array([[5], [3], [1]])
    assert assumes(findings, "sequences of one length", mask=True)
    parity.close(f"sequence_length, {gives}", saved.run(VECTORS), model([VECTORS, mask]), 2e-6)
