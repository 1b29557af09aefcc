"""The cells of TensorFlow 1: what each keeps, and the Keras weights it becomes."""

import dataclasses

import numpy as np

from modern.tf1.layout import cudnn_gru_weights, gru_weights, lstm_weights, rnn_weights

FORGET_BIAS = 1.0  # the default of every LSTM cell of TensorFlow 1
# A scope's name, in the spelling of 1.0 and later -> the cell that keeps its variables there.
CELLS = {
    "basic_lstm_cell": "BasicLSTMCell",
    "lstm_cell": "LSTMCell",
    "lstm_block_cell": "LSTMBlockCell",
    "lstm_block_wrapper": "LSTMBlockCell",
    "lstm_block_fused_cell": "LSTMBlockCell",
    "lstm_fused_cell": "LSTMBlockCell",
    "cudnn_compatible_lstm_cell": "CudnnCompatibleLSTMCell",
    "gru_cell": "GRUCell",
    "gru_block_cell": "GRUBlockCell",
    "gru_block_cell_v2": "GRUBlockCell",
    "cudnn_compatible_gru_cell": "CudnnCompatibleGRUCell",
    "basic_rnn_cell": "BasicRNNCell",
}
LSTMS = ("BasicLSTMCell", "LSTMCell", "LSTMBlockCell", "CudnnCompatibleLSTMCell")
NAMEABLE = ("BasicLSTMCell", "LSTMCell", "LSTMBlockCell", "GRUCell", "GRUBlockCell", "BasicRNNCell")
# A variable's name in its cell -> (what it is, the years of that name).
ONE_KERNEL = {
    "kernel": ("kernel", "new"),
    "bias": ("bias", "new"),
    "weights": ("kernel", "middle"),
    "biases": ("bias", "middle"),
    "linear/matrix": ("kernel", "old"),
    "linear/bias": ("bias", "old"),
    "w": ("kernel", "old"),
    "w_0": ("kernel", "oldest"),
    "b": ("bias", "oldest"),
}
GRU = {
    f"{part}/{leaf}": (f"{part} {role}", years)
    for part in ("gates", "candidate")
    for leaf, (role, years) in ONE_KERNEL.items()
} | {
    "w_ru": ("gates kernel", "new"),
    "b_ru": ("gates bias", "new"),
    "w_c": ("candidate kernel", "new"),
    "b_c": ("candidate bias", "new"),
}
CUDNN_GRU = {f"gates/{leaf}": (f"gates {leaf}", "new") for leaf in ("kernel", "bias")} | {
    f"candidate/{part}_projection/{leaf}": (f"{part} {leaf}", "new")
    for part in ("input", "hidden")
    for leaf in ("kernel", "bias")
}
ROLES = {
    "GRUCell": ("gates kernel", "gates bias", "candidate kernel", "candidate bias"),
    "GRUBlockCell": ("gates kernel", "gates bias", "candidate kernel", "candidate bias"),
    "CudnnCompatibleGRUCell": (
        *("gates kernel", "gates bias"),
        *("input kernel", "input bias", "hidden kernel", "hidden bias"),
    ),
}
LEAVES = {"GRUCell": GRU, "GRUBlockCell": GRU, "CudnnCompatibleGRUCell": CUDNN_GRU}


@dataclasses.dataclass
class Cell:
    """One cell of the checkpoint, with its values; `learned` says where forget bias and activation are from."""

    scope: str
    kind: str
    names: dict  # what it is -> the variable's names, several if it was kept in shards
    years: str
    inputs: int
    units: int
    forget_bias: float | None = None
    activation: str = "tanh"
    learned: dict = dataclasses.field(default_factory=dict)
    residual: bool = False

    @property
    def is_lstm(self):
        return self.kind in LSTMS


def keras_weights(kind, values, forget_bias=None):
    """Returns the weights of the Keras layer for one cell's values, in the order of its roles."""
    if kind in LSTMS:
        return lstm_weights(*values, forget_bias=forget_bias or 0.0)
    if kind == "CudnnCompatibleGRUCell":
        return cudnn_gru_weights(*values)
    return gru_weights(*values) if kind.startswith("GRU") else rnn_weights(*values)


def cell_values(cell, value):
    """Returns a cell's arrays in the order of its roles, shards put together."""
    return [np.concatenate([value(name) for name in names]) for names in cell.names.values()]
