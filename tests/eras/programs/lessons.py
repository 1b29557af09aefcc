"""Records what the lessons show: gradients through time, clipping, what a remedy's update is, the optimizers,
and the sunspots as legacy/time_series.py learns them and tells them on.

The numbers are drawn by NumPy's RandomState, whose sequence is the same in every version; the tests draw them again.
"""

from __future__ import division, print_function

import argparse
import os

import numpy as np
import tensorflow as tf
from pieces import LEGACY, flat, main, model_of, piece, ramp  # noqa: F401, which the tests take from here

N_STEPS, N_INPUT, N_HIDDEN = 20, 8, 8
SCALE, BIAS = 0.9, 2.0  # of the recurrent weights, and of the gate that holds the state
THRESHOLD, LEARNING_RATE, UPDATES = 1.0, 0.001, 1000
RATE = 0.01  # of the optimizers
NORMS = [[3, 4], [12]], 6.5  # gradients, and the norm that they are clipped at
STEPS = (0, 9, 10, 35)  # at which a learning rate that decays is asked for
SUNSPOTS = os.path.join(LEGACY, "..", "data", "sunspots.csv")
N_READ, N_TOLD, N_LEARNED = 36, 60, 2496  # months
N_BATCHES, BATCH_SIZE, APART = 100, 32, 8  # APART: months between two starts from which it is told on


def drawn():
    """Returns x [N_STEPS, N_INPUT], the target, and weights: gate -> (by input, by state), and y [N_HIDDEN, 1]."""
    rng = np.random.RandomState(2)
    x = rng.normal(size=[N_STEPS, N_INPUT])
    weights = {}
    for gate in ("i", "c", "f", "o"):
        shapes = (N_INPUT, [N_INPUT, N_HIDDEN]), (N_HIDDEN, [N_HIDDEN, N_HIDDEN])
        weights[gate] = tuple(rng.normal(size=shape) / count**0.5 for count, shape in shapes)
    weights["y"] = rng.normal(size=[N_HIDDEN, 1]) / N_HIDDEN**0.5
    return x, 1.0, weights


def values(name, weights):
    """Returns what the variables of a cell take, in their order."""

    def kernel(*gates):
        return np.concatenate([np.concatenate([weights[g][0], SCALE * weights[g][1]]) for g in gates], axis=1)

    zeros = np.zeros(N_HIDDEN)
    if name == "lstm":
        return [kernel("i", "c", "f", "o"), np.concatenate([zeros, zeros, zeros + BIAS, zeros])]
    if name == "gru":
        return [kernel("i", "f"), np.concatenate([zeros, zeros + BIAS]), kernel("c"), zeros]
    if name == "relu":
        return [np.concatenate([weights["c"][0], SCALE * np.eye(N_HIDDEN)]), zeros]
    return [kernel("c"), zeros]


def through_time(name, cell):
    """Returns the gradients by the state of every step, [N_STEPS + 1, parts, N_HIDDEN], and by every variable."""
    x, target, weights = drawn()
    state = cell.zero_state(1, tf.float64)
    states = [state]
    for x_t in x:
        h, state = cell(tf.constant(x_t[None]), state)
        states.append(state)
    loss = tf.reduce_sum(tf.square(tf.matmul(h, tf.constant(weights["y"])) - target))
    by_state = tf.gradients(loss, flat(states))
    by_weight = tf.gradients(loss, tf.trainable_variables())
    assign = [tf.assign(variable, value) for variable, value in zip(tf.trainable_variables(), values(name, weights))]

    def told(session):
        session.run(assign)
        found = dict(("by weight %d" % place, value) for place, value in enumerate(session.run(by_weight)))
        found["by state"] = np.reshape(session.run(by_state), [N_STEPS + 1, -1, N_HIDDEN])
        return found

    return told


@piece()
def rnn():
    return through_time("rnn", tf.contrib.rnn.BasicRNNCell(N_HIDDEN, dtype=tf.float64))


@piece()
def relu():
    return through_time("relu", tf.contrib.rnn.BasicRNNCell(N_HIDDEN, activation=tf.nn.relu, dtype=tf.float64))


@piece()
def lstm():
    return through_time("lstm", tf.contrib.rnn.BasicLSTMCell(N_HIDDEN, forget_bias=0.0, dtype=tf.float64))


@piece()
def gru():
    return through_time("gru", tf.contrib.rnn.GRUCell(N_HIDDEN, dtype=tf.float64))


def remedies():
    """Returns the gradients that the remedies are given: some are large, some small; float64."""
    rng = np.random.RandomState(3)
    return [rng.normal(scale=scale, size=shape) for scale, shape in ((30, [8, 16]), (1e-6, [16]))]


@piece()
def remedy():
    """The norm of the last update of all the weights, with the same gradients each time."""
    given = [tf.constant(gradient) for gradient in remedies()]
    clipped, _ = tf.clip_by_global_norm(given, THRESHOLD)
    plain, rmsprop = tf.train.GradientDescentOptimizer(LEARNING_RATE), tf.train.RMSPropOptimizer(LEARNING_RATE)

    def told(session):
        found = {}
        for name, gradients, optimizer, updates in (
            ("no remedy", given, plain, 1),
            ("clipped", clipped, plain, 1),
            ("RMSProp, the first update", given, rmsprop, 1),
            ("RMSProp, the last update", given, rmsprop, UPDATES),
        ):
            variables = [tf.Variable(np.zeros_like(gradient)) for gradient in remedies()]
            step = optimizer.apply_gradients(zip(gradients, variables))
            session.run(tf.global_variables_initializer())
            for _ in range(updates - 1):
                session.run(step)
            before = session.run(variables)
            session.run(step)
            moved = [after - each for after, each in zip(session.run(variables), before)]
            found[name] = np.sqrt(sum(np.sum(np.square(each)) for each in moved))
        return found

    return told


def updates(size=200, count=50):
    """Returns a start, float32 [size], and as many gradients for it, of sizes from 1e-4 to 1."""
    rng = np.random.RandomState(4)
    start = rng.normal(size=size).astype("float32")
    scale = 10.0 ** rng.randint(-4, 1, size)
    return start, rng.normal(scale=scale, size=(count, size)).astype("float32")


def updated(optimizer, start, gradients):
    """Returns a function of the session: the variable after all the updates."""
    variable = tf.Variable(start)
    gradient = tf.placeholder(tf.float32, start.shape)
    update = optimizer.apply_gradients([(gradient, variable)])
    initializer = tf.global_variables_initializer()

    def told(session):
        session.run(initializer)
        for each in gradients:
            session.run(update, {gradient: each})
        return session.run(variable)

    return told


@piece()
def optimizers():
    train = tf.train
    after = {
        "RMSPropOptimizer": train.RMSPropOptimizer(RATE),
        "AdamOptimizer": train.AdamOptimizer(RATE),
        "AdadeltaOptimizer": train.AdadeltaOptimizer(RATE),
        "AdagradOptimizer": train.AdagradOptimizer(RATE),
        "GradientDescentOptimizer": train.GradientDescentOptimizer(RATE),
        "MomentumOptimizer": train.MomentumOptimizer(RATE, 0.9),
        "MomentumOptimizer, use_nesterov": train.MomentumOptimizer(RATE, 0.9, use_nesterov=True),
        "FtrlOptimizer": train.FtrlOptimizer(RATE),
    }
    after = dict((name, updated(optimizer, *updates())) for name, optimizer in after.items())
    after["RMSPropOptimizer, 200 updates"] = updated(train.RMSPropOptimizer(0.001), *updates(100, 200))
    first = np.zeros([1], "float32"), np.full([1, 1], 0.01, "float32")
    after["RMSPropOptimizer, first step"] = updated(train.RMSPropOptimizer(1.0), *first)
    return lambda session: dict((name, each(session)) for name, each in after.items())


@piece()
def clipping():
    gradients, norm = NORMS
    return tf.clip_by_global_norm([tf.constant(each, tf.float32) for each in gradients], norm)[0]


@piece()
def decay():
    step = tf.placeholder(tf.int64, [])
    rate = tf.train.exponential_decay(0.1, step, 10, 0.5, staircase=True)
    return lambda session: {"rate": np.array([session.run(rate, {step: at}) for at in STEPS])}


def order(n_windows):
    """Returns the numbers of the windows that the batches hold, one after the other."""
    rng = np.random.RandomState(5)
    rounds = N_BATCHES * BATCH_SIZE // n_windows + 1
    return np.concatenate([rng.permutation(n_windows) for _ in range(rounds)])[: N_BATCHES * BATCH_SIZE]


@piece()
def sunspots():
    settings = argparse.Namespace(n_input=N_READ, n_hidden=32, learning_rate=0.003)
    net = model_of("time_series", INIT_SCALE=0.2)["build_graph"](settings)
    values = np.loadtxt(SUNSPOTS, delimiter=",", skiprows=1, usecols=1)
    mean, deviation = values[:N_LEARNED].mean(), values[:N_LEARNED].std()
    scaled = ((values - mean) / deviation).astype("float32")

    def told(session):
        losses = []
        for batch in order(N_LEARNED - N_READ).reshape(N_BATCHES, BATCH_SIZE):
            windows = scaled[batch[:, None] + np.arange(N_READ + 1)]
            feed = {net.x: windows[:, :-1, None], net.y: windows[:, -1:]}
            losses.append(session.run([net.cost, net.optimizer], feed)[0])
        starts = np.arange(N_LEARNED, len(values) - N_TOLD + 1, APART)
        read = scaled[starts[:, None] + np.arange(-N_READ, 0)]
        for _ in range(N_TOLD):
            read = np.append(read, session.run(net.pred, {net.x: read[:, -N_READ:, None]}), axis=1)
        return {"loss": np.array(losses), "told": read[:, N_READ:].astype("float64") * deviation + mean}

    return told


if __name__ == "__main__":
    main()
