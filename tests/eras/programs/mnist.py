"""Records the document's other listing, digits read row by row: one LSTM, Adam. The images are ones that NumPy draws.

As story.py: with weights that NumPy draws, and with those of tf.set_random_seed.
"""

from __future__ import division, print_function

import numpy as np
import tensorflow as tf
from pieces import main, piece, record_as_drawn, summary

N_INPUT, N_STEPS, N_HIDDEN, N_CLASSES = 28, 28, 128, 10
BATCH_SIZE, UPDATES, LEARNING_RATE = 128, 200, 0.001


def batches(count):
    """Yields (images, one-hot labels): ten pictures, each time under other noise."""
    rng = np.random.RandomState(2)
    pictures = rng.uniform(size=[N_CLASSES, N_STEPS, N_INPUT])
    for _ in range(count):
        labels = rng.randint(N_CLASSES, size=BATCH_SIZE)
        images = 0.5 * pictures[labels] + 0.5 * rng.uniform(size=[BATCH_SIZE, N_STEPS, N_INPUT])
        yield images.astype("float32"), np.eye(N_CLASSES)[labels].astype("float32")


def listing():
    x = tf.placeholder("float", [None, N_STEPS, N_INPUT])
    y = tf.placeholder("float", [None, N_CLASSES])
    weights = {"out": tf.Variable(tf.random_normal([N_HIDDEN, N_CLASSES]))}
    biases = {"out": tf.Variable(tf.random_normal([N_CLASSES]))}

    rows = tf.unstack(x, N_STEPS, 1)
    lstm_cell = tf.contrib.rnn.BasicLSTMCell(N_HIDDEN, forget_bias=1.0)
    outputs, _ = tf.contrib.rnn.static_rnn(lstm_cell, rows, dtype=tf.float32)
    pred = tf.matmul(outputs[-1], weights["out"]) + biases["out"]

    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y))
    optimizer = tf.train.AdamOptimizer(learning_rate=LEARNING_RATE)
    train = optimizer.minimize(cost)
    correct_pred = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
    accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))
    return x, y, pred, cost, optimizer, train, accuracy


def given_weights():
    """Returns the weights that NumPy draws, in the order of tf.trainable_variables()."""
    rng = np.random.RandomState(0)
    limit = (6.0 / (N_INPUT + N_HIDDEN + 4 * N_HIDDEN)) ** 0.5
    drawn = [
        rng.normal(size=[N_HIDDEN, N_CLASSES]), rng.normal(size=[N_CLASSES]),
        rng.uniform(-limit, limit, [N_INPUT + N_HIDDEN, 4 * N_HIDDEN]), np.zeros([4 * N_HIDDEN]),
    ]  # fmt: skip
    return [array.astype("float32") for array in drawn]


def trained(session, net, found):
    """Trains for 200 steps, and puts losses, accuracies and slots into `found`."""
    x, y, pred, cost, optimizer, train, accuracy = net
    values = [session.run([cost, accuracy, train], {x: images, y: labels})[:2] for images, labels in batches(UPDATES)]
    found["loss at each step"], found["accuracy at each step"] = np.array(values, "float32").T
    for place, variable in enumerate(tf.trainable_variables()):
        found.update(summary("variable %d after %d" % (place, UPDATES), session.run(variable)))
        for slot in ("m", "v"):
            value = session.run(optimizer.get_slot(variable, slot))
            found.update(summary("%s %d after %d" % (slot, place, UPDATES), value))


@piece()
def given():
    net = listing()
    x, y, pred, cost = net[:4]
    by = tf.trainable_variables()
    gradients = tf.gradients(cost, by)
    assign = [tf.assign(variable, value) for variable, value in zip(by, given_weights())]

    def told(session):
        for each in assign:
            session.run(each)
        found = {}
        images, labels = next(batches(1))
        feed = {x: images[:8], y: labels[:8]}
        found["logits"], found["loss"] = session.run([pred, cost], feed)
        for place, value in enumerate(session.run(gradients, feed)):
            found.update(summary("gradient %d" % place, value))
        trained(session, net, found)
        return found

    return told


@piece()
def drawn():
    net = listing()

    def told(session):
        found = {}
        for place, value in enumerate(session.run(tf.trainable_variables())):
            found.update(summary("variable %d" % place, value))
        trained(session, net, found)
        return found

    return told


if __name__ == "__main__":
    main(record_as_drawn)
