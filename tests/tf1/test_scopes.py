"""Which variables are a cell."""

from modern.tf1.findings import inspect
from tests.tf1.checkpoints import agree, converted, save
from tests.tf1.programs import VECTORS, own_name


def test_a_cell_named_by_flag(parity, tmp_path):
    saved = save(tmp_path, own_name, meta=False)
    (refused,) = inspect(saved.prefix).refused
    assert refused.reason.options == {"cells": {"rnn/reader": "BasicLSTMCell"}}
    findings, model = converted(saved, tmp_path, cells={"rnn/reader": "LSTMCell"}, forget_bias=0.4)
    agree(parity, "a cell named by flag", saved, model, VECTORS)
