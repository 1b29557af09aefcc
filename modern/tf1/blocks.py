"""The operations that run a whole step of a cell, as Keras' operations."""

import tensorflow as tf
from keras import ops

from modern.tf1.operations import OPERATIONS, bias_add, matmul
from modern.tf1.outputs import Unclear
from modern.tf1.shaping import joined, pack, spread, unstacked
from modern.tf1.values import Held, Tensor

PRODUCT = tf.compat.v1.NodeDef(op="MatMul")


def lstm_block(node, values, made):
    """One step of LSTMBlockCell, all that the operation gives: i, cs, f, o, ci, co, h."""
    x, c, h, kernel, wci, wcf, wco, bias = values
    units = c.dims[-1]
    peepholes = node.attr["use_peephole"].b
    side_by_side = joined(node, [x, h], 1, made)
    gates = bias_add(node, [matmul(PRODUCT, [side_by_side, kernel], made), bias], made)
    dims = (*gates.dims[:-1], units)
    i, j, f, o = ops.split(gates.keras, 4, -1)
    c = spread(c, gates, made)
    i, f = (i + ops.multiply(c, made.solid(wci)), f + ops.multiply(c, made.solid(wcf))) if peepholes else (i, f)
    i, f, j = ops.sigmoid(i), ops.sigmoid(f + node.attr["forget_bias"].f), ops.tanh(j)
    state, clip = j * i + c * f, node.attr["cell_clip"].f
    state = ops.clip(state, -clip, clip) if clip > 0 else state
    o = ops.sigmoid(o + ops.multiply(state, made.solid(wco))) if peepholes else ops.sigmoid(o)
    told = ops.tanh(state)
    return [Tensor(dims, one) for one in (i, state, f, o, j, told, o * told)]


def block_lstm(node, values, made):
    """All steps of LSTMBlockFusedCell, what LSTMBlockCell gives at each put together, [time, batch, ...]."""
    longest, x, c, h, *weights = values
    if not isinstance(longest, Held) or longest.open or int(longest.array) < x.dims[0]:
        raise Unclear("a length of the sequences that is known only as the graph runs")
    told = []
    for step in unstacked(x, 0):
        told.append(lstm_block(node, [step, c, h, *weights], made))
        c, h = told[-1][1], told[-1][-1]
    stacked = tf.compat.v1.NodeDef(name=node.name)
    return [pack(stacked, list(steps), made) for steps in zip(*told)]


def gru_block(node, values, made):
    """One step of GRUBlockCell, all that the operation gives: r, u, c, h."""
    x, h, gates, candidate, gate_bias, candidate_bias = values
    both = joined(node, [x, h], 1, made)
    told = ops.sigmoid(bias_add(node, [matmul(PRODUCT, [both, gates], made), gate_bias], made).keras)
    r, u = ops.split(told, 2, -1)
    dims, h = h.dims, spread(h, x, made)
    both = joined(node, [x, Tensor(dims, r * h)], 1, made)
    c = ops.tanh(bias_add(node, [matmul(PRODUCT, [both, candidate], made), candidate_bias], made).keras)
    return [Tensor(dims, one) for one in (r, u, c, u * h + (1.0 - u) * c)]


OPERATIONS |= {"BlockLSTM": block_lstm, "GRUBlockCell": gru_block, "LSTMBlockCell": lstm_block}
