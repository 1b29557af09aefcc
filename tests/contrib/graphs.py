"""What the tests of contrib share: a graph for each, numbers to feed it, its values, and NumPy's arithmetic."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf


@pytest.fixture(autouse=True)
def graph(monkeypatch):
    """A graph of its own for each test, with loops as they were in TensorFlow 1, as a script has; the same numbers for
    each, whichever tests ran before."""
    monkeypatch.setitem(globals(), "RNG", np.random.default_rng(0))
    tf.disable_control_flow_v2()
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        yield graph
    tf.enable_control_flow_v2()


RNG = np.random.default_rng(0)


def numbers(*shape):
    return RNG.normal(size=shape).astype("float32")


def integers(high, shape):
    return RNG.integers(0, high, shape)


def shares(*shape):
    """Returns numbers between 0 and 1."""
    return RNG.random(shape).astype("float32")


def evaluate(fetches, feed=None, values=None):
    """Runs in a new session; `values` (variable name -> array) replaces what the variables begin with."""
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for variable in tf.global_variables() if values else []:
            if variable.op.name in values:
                variable.load(values[variable.op.name], session)
        return session.run(fetches, feed)


def names():
    return [variable.op.name for variable in tf.trainable_variables()]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def softmax_loss(logits, labels):
    logits = logits - logits.max(-1, keepdims=True)
    return -(logits - np.log(np.exp(logits).sum(-1, keepdims=True)))[np.arange(len(labels)), labels]


def lstm(x, kernel, bias, forget_bias=1.0):
    """Returns (every h, the last c) of x [time, batch, inputs]."""
    units = bias.size // 4
    c = h = np.zeros((x.shape[1], units))
    outputs = []
    for x_t in x:
        i, j, f, o = np.split(np.concatenate([x_t, h], 1) @ kernel + bias, 4, axis=1)
        c = c * sigmoid(f + forget_bias) + sigmoid(i) * np.tanh(j)
        h = np.tanh(c) * sigmoid(o)
        outputs.append(h)
    return np.array(outputs), c
