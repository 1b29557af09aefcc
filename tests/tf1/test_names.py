"""Names of all years are turned into those of TensorFlow 1.2 and later."""

import re

import pytest
import tensorflow as tf

from tests.tf1.checkpoints import V1, V2, agree, converted, save, sequences, the_cells
from tests.tf1.programs import layers_of

v1 = tf.compat.v1
rnn_cell = v1.nn.rnn_cell


def old(name):
    """The name before 0.12."""
    name = re.sub(r"rnn/multi_rnn_cell/cell_(\d+)", r"RNN/MultiRNNCell/Cell\1", name).replace("rnn/", "RNN/")
    name = name.replace("basic_lstm_cell/", "BasicLSTMCell/Linear/").replace("basic_rnn_cell/", "BasicRNNCell/Linear/")
    name = name.replace("gru_cell/gates/", "GRUCell/Gates/Linear/").replace(
        "gru_cell/candidate/", "GRUCell/Candidate/Linear/"
    )
    return re.sub("kernel$", "Matrix", re.sub("bias$", "Bias", name))


def oldest(name):
    name = re.sub(r"rnn/multi_rnn_cell/cell_(\d+)", r"RNN/MultiRNNCell/Cell\1", name).replace("rnn/", "RNN/")
    return name.replace("lstm_cell", "LSTMCell").replace("kernel", "W_0").replace("bias", "B")


def middle(name):
    return name.replace("kernel", "weights").replace("bias", "biases")


NAMINGS = {
    "oldest": (oldest, [rnn_cell.LSTMCell]),
    "old": (old, [rnn_cell.BasicLSTMCell, rnn_cell.GRUCell, rnn_cell.BasicRNNCell]),
    "middle": (middle, [rnn_cell.BasicLSTMCell, rnn_cell.LSTMCell, rnn_cell.GRUCell, rnn_cell.BasicRNNCell]),
    "new": (lambda name: name, [rnn_cell.BasicLSTMCell, rnn_cell.LSTMCell, rnn_cell.GRUCell, rnn_cell.BasicRNNCell]),
}


@pytest.mark.parametrize(
    ("years", "cell", "count"),
    [(years, cell, 1 + at % 3) for years, (_, cells) in NAMINGS.items() for at, cell in enumerate(cells)],
)
def test_names_of_all_years(parity, tmp_path, years, cell, count):
    rename, _ = NAMINGS[years]
    version = V1 if years in ("oldest", "old") else V2
    saved = save(tmp_path, layers_of(lambda: cell(6), count), rename, meta=False, version=version)
    findings, model = converted(saved, tmp_path)
    assert [found.kind for found in the_cells(findings)] == [cell.__name__] * count
    assert {found.years for found in the_cells(findings)} == {years}
    assert [(found.inputs, found.units) for found in the_cells(findings)] == [(4, 6), (6, 6), (6, 6)][:count]
    assert findings.reader.format == ("V1" if version == V1 else "V2")
    agree(parity, f"{cell.__name__} of {count} layers, {years} names", saved, model, sequences(2, 5, 4))
