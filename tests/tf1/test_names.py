"""Names of all years are turned into those of TensorFlow 1.2 and later."""

import re

import pytest
import tensorflow as tf

from modern.tf1 import names
from modern.tf1.names import SPELLINGS, canonical, canonical_scope
from tests.tf1.checkpoints import V1, V2, agree, converted, save, sequences, the_cells
from tests.tf1.programs import layers_of

v1 = tf.compat.v1
rnn_cell = v1.nn.rnn_cell


CANONICAL = {
    # name: (in TensorFlow 1.2 and later, years, shard)
    "RNN/MultiRNNCell/Cell1/BasicLSTMCell/Linear/Matrix": (
        "rnn/multi_rnn_cell/cell_1/basic_lstm_cell/kernel",
        "old",
        None,
    ),
    "RNN/BasicLSTMCell/Linear/Bias": ("rnn/basic_lstm_cell/bias", "old", None),
    "RNN/GRUCell/Gates/Linear/Matrix": ("rnn/gru_cell/gates/kernel", "old", None),
    "RNN/LSTMCell/W_0": ("rnn/lstm_cell/kernel", "oldest", 0),
    "RNN/LSTMCell/W_12": ("rnn/lstm_cell/kernel", "oldest", 12),
    "RNN/LSTMCell/B": ("rnn/lstm_cell/bias", "oldest", None),
    "RNN/LSTMCell/W": ("rnn/lstm_cell/kernel", "old", None),
    "RNN/BasicRNNCell/Linear/Matrix_1": ("rnn/basic_rnn_cell/kernel", "old", 1),
    "rnn/gru_cell/gates/gates/weights": ("rnn/gru_cell/gates/kernel", "middle", None),
    "rnn/gru_cell/candidate/candidate/biases": ("rnn/gru_cell/candidate/bias", "middle", None),
    "rnn/lstm_cell/weights/part_3": ("rnn/lstm_cell/kernel", "middle", 3),
    "rnn/lstm_cell/kernel/part_0": ("rnn/lstm_cell/kernel", "new", 0),
    "rnn/basic_lstm_cell_1/kernel": ("rnn/basic_lstm_cell_1/kernel", "new", None),
    "GRUBlockCell/w_ru": ("gru_block_cell/gates/kernel", "new", None),
    "GRUBlockCell/b_ru": ("gru_block_cell/gates/bias", "new", None),
    "GRUBlockCell/w_c": ("gru_block_cell/candidate/kernel", "new", None),
    "GRUBlockCell/b_c": ("gru_block_cell/candidate/bias", "new", None),
    "rnn/lstm_cell/w_f_diag": ("rnn/lstm_cell/w_f_diag", "new", None),
    "rnn/lstm_cell/W_P_0": ("rnn/lstm_cell/w_p_0", "new", None),
    "cell0": ("cell0", "new", None),
    "Variable_1": ("variable_1", "new", None),
}


@pytest.mark.parametrize("own", CANONICAL)
def test_a_name_and_its_years(own):
    name = canonical(own)
    assert (name.own, name.canonical, name.years, name.shard) == (own, *CANONICAL[own])


@pytest.mark.parametrize("row", range(len(SPELLINGS)), ids=[pattern for _, pattern, _ in SPELLINGS])
def test_every_row_of_the_table_is_needed(monkeypatch, row):
    """Without it, at least one of the names above is another."""
    monkeypatch.setattr(names, "SPELLINGS", SPELLINGS[:row] + SPELLINGS[row + 1 :])
    canonical.cache_clear()
    try:
        assert any(canonical(own).canonical != wanted for own, (wanted, _, _) in CANONICAL.items())
    finally:
        canonical.cache_clear()


def test_a_scope_keeps_its_parts():
    assert canonical_scope("RNN/MultiRNNCell/Cell0/GRUCell") == ["rnn", "multi_rnn_cell", "cell_0", "gru_cell"]
    assert canonical("RNN/GRUCell/Gates/Linear/Matrix").within("RNN/GRUCell") == "gates/kernel"


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
