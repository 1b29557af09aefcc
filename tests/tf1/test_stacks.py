"""Cells are put in order by their scopes and sizes."""

import pytest

from modern.tf1.findings import inspect
from tests.tf1.checkpoints import assumes, lstm_arrays, numbers, write

SCOPES = {
    "rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell": "rnnlm",
    "rnnlm/rnn_decoder/basic_lstm_cell": "rnnlm_rnn_decoder",
    "Model/RNN/RNN/multi_rnn_cell/cell_0/cell_0/basic_lstm_cell": "model",
    "model/RNN/MultiRNNCell/Cell0/rnn/lstm_cell": "model",
    "rnn/output_projection_wrapper/basic_lstm_cell": "rnn",
    "seq2seq/embedding_wrapper/multi_rnn_cell/cell_0/lstm_cell": "seq2seq",
    "basic_lstm_cell_1": "rnn",
    "decoder/decoder/lstm_cell": "decoder_decoder",
    "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell": "rnn",
    "lstm_block_wrapper": "rnn",
    "ner/lstm_fused_cell": "ner",
    "LSTMBlockCell": "rnn",
    "tagger/bidirectional_rnn/fw/fw_cell/lstm_cell": "tagger",
}


@pytest.mark.parametrize("scope", SCOPES)
def test_scopes(tmp_path, scope):
    prefix = write(tmp_path, lstm_arrays(scope))
    findings = inspect(prefix)
    (stack,) = findings.stacks
    assert (stack.name, stack.inputs, stack.width) == (SCOPES[scope], 4, 6)
    assert not findings.left and not findings.refused


def test_layers_by_their_numbers(tmp_path):
    arrays = lstm_arrays("lstm_1/rnn/basic_lstm_cell") | lstm_arrays("lstm_2/rnn/basic_lstm_cell", inputs=6)
    prefix = write(tmp_path, arrays)
    findings = inspect(prefix)
    assert [len(stack.levels) for stack in findings.stacks] == [2]
    assert assumes(findings, "are layers of one stack", separate=True)
    assert [len(stack.levels) for stack in inspect(prefix, separate=True).stacks] == [1, 1]


def test_copies_are_no_layers(tmp_path):
    """The workers of an actor and critic: as many units as inputs, but each has an output layer of its own."""
    arrays = {}
    for worker in ("worker_0", "worker_1"):
        arrays |= lstm_arrays(f"{worker}/rnn/basic_lstm_cell", inputs=6)
        arrays |= {f"{worker}/fc/weights": numbers(6, 2), f"{worker}/fc/biases": numbers(2)}
    findings = inspect(write(tmp_path, arrays))
    assert [stack.name for stack in findings.stacks] == ["worker_0", "worker_1"]
    assert [stack.dense[0].kernel for stack in findings.stacks] == ["worker_0/fc/weights", "worker_1/fc/weights"]
