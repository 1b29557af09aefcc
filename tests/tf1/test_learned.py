"""What the variables do not tell is said, or assumed."""

import numpy as np
import pytest
import tensorflow as tf

from modern.console import InputError
from modern.tf1.findings import inspect
from tests.tf1.checkpoints import agree, assumes, converted, lstm_arrays, save, sequences, the_cells, write
from tests.tf1.programs import IDS, language_model, relu_regression, trained

v1 = tf.compat.v1


def test_forget_bias_without_a_graph(parity, tmp_path):
    saved = save(tmp_path, language_model(forget_bias=0.0), meta=False)
    findings, model = converted(saved, tmp_path, forget_bias=0.0)
    agree(parity, "forget bias 0 by flag", saved, model, sequences(2, 7, ids=11))
    findings, model = converted(saved, tmp_path)
    assert {cell.forget_bias for cell in the_cells(findings)} == {1.0}
    assert {cell.learned["forget_bias"] for cell in the_cells(findings)} == {"assumed"}
    assert assumes(findings, "set 0.0", forget_bias=None)
    wanted, told = saved.run(sequences(2, 7, ids=11)), np.asarray(model(sequences(2, 7, ids=11)))
    parity.drift("forget bias 1 where it was 0, logits", wanted, told, 1e-2)


def test_activation_without_a_graph(parity, tmp_path):
    saved = save(tmp_path, relu_regression, meta=False)
    findings, model = converted(saved, tmp_path, activation="relu")
    agree(parity, "ReLU by flag", saved, model, sequences(3, 5, 1))
    assert assumes(inspect(saved.prefix), "activation tanh", activation=None)


def test_shared_layers_without_a_graph(parity, tmp_path):
    build = trained(v1.train.AdagradOptimizer, count=3, shared=True)
    saved = save(tmp_path, build, meta=False)
    findings, model = converted(saved, tmp_path, shared_layers=3, forget_bias=0.3)
    agree(parity, "[cell] * 3 by flag", saved, model, IDS)
    assert assumes(inspect(saved.prefix), "has one layer", shared_layers=3)
    with pytest.raises(InputError, match="reads 4 numbers and has 6 units"):
        inspect(write(tmp_path, lstm_arrays("rnn/basic_lstm_cell"), "other"), shared_layers=2)
