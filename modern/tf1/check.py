"""The check: TensorFlow 1's cells and the Keras model, side by side."""

import itertools
import math
import os
import warnings

import keras
import numpy as np
import tensorflow as tf

from modern.tf1.build import build_model, dense_kernel, layer_names, one_hot_size
from modern.tf1.rerun import gap

v1 = tf.compat.v1

TOLERANCE = 1e-5  # of the largest value, where that is above 1
CHECK_STEPS = 20  # random steps that both sides run
CHECK_BATCH = 2


def run_tensorflow_1(stack, value, x, states, lengths, dtype):
    """Runs TensorFlow 1's cells over x from the given states, each sequence up to its length, as dynamic_rnn does.

    Returns:
        {layer's name: float32 [batch, time, units], "model": what comes out at the end}.
    """
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # read once, when rnn_cell is first touched
    single, value = value, lambda name: single(name).astype(dtype)
    feed, loads, outputs = {}, [], {}

    def fed(array):
        tensor = v1.placeholder(array.dtype, array.shape)
        feed[tensor] = array
        return tensor

    def dense(x, one):
        x = tf.tensordot(x, fed(dense_kernel(one, value)), 1)
        x = x if one.bias is None else x + fed(value(one.bias))
        return x if one.activation == "linear" else getattr(tf.nn, one.activation)(x)

    with tf.Graph().as_default(), v1.Session() as session, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if stack.embedding:
            y = tf.nn.embedding_lookup(fed(value(stack.embedding)), x)
        else:
            y = tf.one_hot(x, one_hot_size(stack, value), dtype=dtype) if stack.one_hot else fed(x)
        for one in stack.input_dense:
            y = dense(y, one)
        for level, entries in itertools.groupby(layer_names(stack), key=lambda entry: entry[3]):
            sides = []
            for direction, run in itertools.groupby(entries, key=lambda entry: entry[2]):
                side = tf.reverse_sequence(y, lengths, seq_axis=1) if direction == "bw" else y
                for cell, name, _, _, _ in run:
                    with v1.variable_scope(name):
                        step, variables = tensorflow_1_cell(cell, value, fed, dtype)
                    loads += variables
                    output = run_steps(step, side, states[name], lengths)
                    side = output + side if cell.residual else output
                    if direction == "bw":  # Keras reads from the padding on
                        output = tf.reverse(tf.reverse_sequence(output, lengths, seq_axis=1), [1])
                    outputs[name] = output
                if stack.gives == "last-states" and level == len(stack.levels) - 1:
                    side = last_of(side, lengths)
                elif direction == "bw":
                    side = tf.reverse_sequence(side, lengths, seq_axis=1)
                sides.append(side)
            y = MERGED[stack.merge](*sides) if len(sides) == 2 else sides[0]
        if stack.gives in ("mean", "max"):
            y = getattr(tf, f"reduce_{stack.gives}")(y, axis=1, keepdims=True)
        elif stack.gives == "last-step":
            y = last_of(y, lengths)
        for one in stack.dense:
            y = dense(y, one)
        outputs["model"] = y if stack.gives == "every-step" else y[:, 0]
        for variable, array in loads:
            variable.load(array, session)
        return session.run(outputs, feed)


MERGED = {
    "concat": lambda fw, bw: tf.concat([fw, bw], -1),
    "sum": lambda fw, bw: fw + bw,
    "ave": lambda fw, bw: (fw + bw) / 2,
    "mul": lambda fw, bw: fw * bw,
}


def run_steps(step, x, state, lengths):
    """Returns a cell's outputs over x, [batch, time, units]: zeros after a sequence's end, where its state stays."""
    state, told = [tf.constant(part) for part in state], []
    for at, inputs in enumerate(tf.unstack(x, axis=1)):
        output, after = step(inputs, state)
        counts = (lengths > at)[:, None]
        state = [tf.where(counts, *parts) for parts in zip(after, state)]
        told.append(tf.where(counts, output, tf.zeros_like(output)))
    return tf.stack(told, axis=1)


def last_of(x, lengths):
    """Returns each sequence's last step, [batch, 1, units]."""
    return tf.gather(x, lengths - 1, axis=1, batch_dims=1)[:, None]


def tensorflow_1_cell(cell, value, fed, dtype):
    """Returns (step: (x, state) -> (output, state), [(variable, its value)]) of TensorFlow 1's own cell.

    The state is [h], or [h, c] as Keras orders it. In float64, which the block cells' operations do not know, the
    plain cells stand for them.
    """
    arrays = cell.values(value)
    if cell.of.block and dtype == "float32":
        return BLOCK_STEPS[cell.of.block](cell, *map(fed, arrays)), []
    if cell.of.plain is None:
        return cudnn_gru_step(*map(fed, arrays)), []
    activation = tf.identity if cell.activation == "linear" else getattr(tf.nn, cell.activation)
    options = {"activation": activation, "dtype": dtype} | ({"forget_bias": cell.forget_bias} if cell.is_lstm else {})
    made = getattr(v1.nn.rnn_cell, cell.of.plain)(cell.units, **options)
    made.build(tf.TensorShape([None, cell.inputs]))

    def step(x, state):
        if cell.is_lstm:
            output, (c, h) = made(x, v1.nn.rnn_cell.LSTMStateTuple(c=state[1], h=state[0]))
            return output, [h, c]
        output, h = made(x, state[0])
        return output, [h]

    return step, list(zip(made.variables, arrays))


def lstm_block_step(cell, kernel, bias):
    none = tf.zeros([cell.units])

    def step(x, state):
        h, c = state
        result = tf.raw_ops.LSTMBlockCell(
            x=x, h_prev=h, cs_prev=c, w=kernel, b=bias, wci=none, wcf=none, wco=none,
            forget_bias=cell.forget_bias, cell_clip=-1.0, use_peephole=False,
        )  # fmt: skip
        return result.h, [result.h, result.cs]

    return step


def gru_block_step(cell, w_ru, b_ru, w_c, b_c):
    def step(x, state):
        h = tf.raw_ops.GRUBlockCell(x=x, h_prev=state[0], w_ru=w_ru, w_c=w_c, b_ru=b_ru, b_c=b_c).h
        return h, [h]

    return step


BLOCK_STEPS = {"LSTMBlockCell": lstm_block_step, "GRUBlockCell": gru_block_step}


def cudnn_gru_step(gates, gate_bias, input_kernel, input_bias, hidden_kernel, hidden_bias):
    def step(x, state):
        r, u = tf.split(tf.sigmoid(tf.matmul(tf.concat([x, state[0]], 1), gates) + gate_bias), 2, 1)
        hidden = tf.matmul(state[0], hidden_kernel) + hidden_bias
        h = (1 - u) * tf.tanh(tf.matmul(x, input_kernel) + input_bias + r * hidden) + u * state[0]
        return h, [h]

    return step


def check(model, stack, value, dtype="float32", seed=0):
    """Runs TensorFlow 1's cells and the Keras model, both in `dtype`, over random sequences.

    Returns:
        {layer's name: largest difference, ..., "model": the whole's}, relative to the largest value where that
        is above 1.
    """
    rng = np.random.default_rng(seed)
    batch = model.inputs[0].shape[0] or CHECK_BATCH
    steps = model.inputs[0].shape[1] or CHECK_STEPS
    stateful = any(getattr(layer, "stateful", False) for layer in model.layers)
    calls = 2 if stateful else 1  # the second goes on from where the first ended
    masked = len(model.inputs) > 1 and model.inputs[1].name == "mask"
    with_states = len(model.inputs) > 1 + masked
    lengths = np.full(batch, calls * steps, "int32")
    if masked:
        lengths[1:] = rng.integers(1, steps, batch - 1)
    if stack.embedding or stack.one_hot:
        rows = value(stack.embedding).shape[0] if stack.embedding else one_hot_size(stack, value)
        x = rng.integers(0, rows, (batch, calls * steps)).astype("int32")
    else:
        x = rng.normal(size=(batch, calls * steps, model.inputs[0].shape[2])).astype(dtype)
    given, states = [np.arange(steps) < lengths[:, None]] if masked else [], {}
    for cell, name, direction, _, _ in layer_names(stack):
        parts = 2 if cell.is_lstm else 1
        started = with_states and not direction
        draw = rng.normal(0, 0.5 if started else 0, (parts, batch, cell.units)).astype(dtype)
        states[name] = list(draw)
        given += list(draw) if started else []
    wanted = run_tensorflow_1(stack, value, x, states, lengths, dtype)

    def first(output):
        return output[0] if isinstance(output, (list, tuple)) else output

    probe = {name: first(model.get_layer(name).output) for name in wanted if name != "model"}
    probe = keras.Model(model.inputs, probe | {"model": first(model.outputs)})
    told = [probe([x[:, start : start + steps], *given]) for start in range(0, calls * steps, steps)]
    for layer in model.layers:
        if stateful and hasattr(layer, "reset_states"):
            layer.reset_states()
    differences = {}
    for name, values in wanted.items():
        parts = [np.asarray(part[name]) for part in told]
        one_step = parts[-1].ndim == 2
        keras_values = parts[-1] if one_step else np.concatenate(parts, axis=1)
        if one_step and values.ndim == 3:
            values = values[:, -1] if name.endswith("_bw") else values[np.arange(batch), lengths - 1]
        differences[name] = gap(keras_values, values)
    return differences


def check_in_float64(model, stack, value, **options):
    """Returns what `check` returns, in float64: of a model built anew, whose weights are those of `model`.

    Some trained cells are chaotic: they enlarge a rounding at every step, so that in float32 two right programs part
    as two wrong ones would. In float64 the roundings stay small, and a difference is one of arithmetic.
    """
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        twin = build_model(stack, lambda name: value(name).astype("float64"), **options)
        same = all(map(np.allclose, twin.get_weights(), model.get_weights()))  # but for a forget bias' rounding
        differences = check(twin, stack, value, "float64")
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)
    return {f"{name} in float64": value if same else math.inf for name, value in differences.items()}
