"""The cells of TensorFlow 1, a table: what each keeps, in which shapes, and the Keras layer that computes the same.

A cell more is an entry in KINDS; if it is of no family that is there, also what the graph shows of it, in evidence.py.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from modern.tf1.layout import cudnn_gru_weights, gru_weights, lstm_weights, rnn_weights

FORGET_BIAS = 1.0  # the default of every LSTM cell of TensorFlow 1
BOTH, INPUTS, UNITS = "inputs + units", "inputs", "units"


@dataclasses.dataclass(frozen=True)
class Part:
    """A variable of a cell: what it is called, its rows (None of a bias), and its columns' gates, each of `units`."""

    called: str
    rows: str | None
    gates: int


def one_kernel(gates):
    return {"kernel": Part("kernel", BOTH, gates), "bias": Part("bias", None, gates)}


GATES = {"gates/kernel": Part("gates kernel", BOTH, 2), "gates/bias": Part("gates bias", None, 2)}
GRU = GATES | {
    "candidate/kernel": Part("candidate kernel", BOTH, 1),
    "candidate/bias": Part("candidate bias", None, 1),
}
CUDNN_GRU = GATES | {
    "candidate/input_projection/kernel": Part("input kernel", INPUTS, 1),
    "candidate/input_projection/bias": Part("input bias", None, 1),
    "candidate/hidden_projection/kernel": Part("hidden kernel", UNITS, 1),
    "candidate/hidden_projection/bias": Part("hidden bias", None, 1),
}


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of cell.

    family: "lstm", "gru" or "rnn": the Keras layer, and where the graph shows what it does.
    scopes: the names of the scopes in which it keeps its variables, without a number.
    parts: a variable's canonical name in the cell -> its Part, in the order in which `weights` takes their values.
    weights: the layout rule's function.
    candidate: the part whose product the activation follows.
    plain: TensorFlow 1's cell of `tf.compat.v1.nn.rnn_cell` that computes the same, None if there is none.
    block: the operation that computes a step of it, if one does.
    cudnn: whether it is Cudnn's in canonical form: no forget bias, tanh alone, and a graph that shows neither.
    nameable: whether --cell may name it, where the scope's own name does not tell.
    """

    family: str
    scopes: tuple
    parts: dict
    weights: Callable
    candidate: str
    plain: str | None
    block: str | None = None
    cudnn: bool = False
    nameable: bool = True

    def sizes(self, shapes):
        """Returns (inputs, units) of a cell whose parts have these shapes, in their order; None if it can be none."""
        kernel, bias = shapes[:2]  # the first two parts of every kind
        rows = kernel[0] if kernel else 0
        units = bias[0] // list(self.parts.values())[1].gates if bias else 0
        number = {BOTH: rows, INPUTS: rows - units, UNITS: units}
        wanted = [
            (part.gates * units,) if part.rows is None else (number[part.rows], part.gates * units)
            for part in self.parts.values()
        ]
        return (rows - units, units) if 0 < units < rows and wanted == list(map(tuple, shapes)) else None


def lstm(*scopes, plain="LSTMCell", **more):
    return Kind("lstm", scopes, one_kernel(4), lstm_weights, "kernel", plain, **more)


def gru(*scopes, **more):
    return Kind("gru", scopes, GRU, gru_weights, "candidate/kernel", "GRUCell", **more)


KINDS = {
    "BasicLSTMCell": lstm("basic_lstm_cell", plain="BasicLSTMCell"),
    "LSTMCell": lstm("lstm_cell"),
    "LSTMBlockCell": lstm(
        *("lstm_block_cell", "lstm_block_wrapper", "lstm_block_fused_cell", "lstm_fused_cell"),
        block="LSTMBlockCell",
    ),
    "CudnnCompatibleLSTMCell": lstm("cudnn_compatible_lstm_cell", block="LSTMBlockCell", cudnn=True, nameable=False),
    "GRUCell": gru("gru_cell"),
    "GRUBlockCell": gru("gru_block_cell", "gru_block_cell_v2", block="GRUBlockCell"),
    "CudnnCompatibleGRUCell": Kind(
        *("gru", ("cudnn_compatible_gru_cell",), CUDNN_GRU, cudnn_gru_weights, "candidate/input_projection/kernel"),
        plain=None,
        cudnn=True,
        nameable=False,
    ),
    "BasicRNNCell": Kind("rnn", ("basic_rnn_cell",), one_kernel(1), rnn_weights, "kernel", "BasicRNNCell"),
}
KIND_OF_SCOPE = {scope: name for name, kind in KINDS.items() for scope in kind.scopes}
NAMEABLE = tuple(name for name, kind in KINDS.items() if kind.nameable)


@dataclasses.dataclass
class Cell:
    """One cell of the checkpoint; `learned` says where forget bias and activation are from."""

    scope: str
    kind: str
    names: dict  # a part's canonical name -> the variable's names, several if it was kept in shards
    years: str
    inputs: int
    units: int
    forget_bias: float | None = None
    activation: str = "tanh"
    learned: dict = dataclasses.field(default_factory=dict)
    residual: bool = False

    @property
    def of(self):
        return KINDS[self.kind]

    @property
    def family(self):
        return KINDS[self.kind].family

    @property
    def is_lstm(self):
        return self.family == "lstm"

    def values(self, value):
        """Returns its arrays in the order of its parts, shards put together; `value` gives a variable's."""
        return [np.concatenate([value(name) for name in names]) for names in self.names.values()]

    def keras_weights(self, value):
        """Returns the weights of the Keras layer that computes the same."""
        options = {"forget_bias": self.forget_bias or 0.0} if self.is_lstm else {}
        return self.of.weights(*self.values(value), **options)


def names_of(cells):
    return [name for cell in cells for names in cell.names.values() for name in names]
