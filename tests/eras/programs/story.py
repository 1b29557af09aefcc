"""Records the document's listing, "predict the next word of a story": two layers of LSTM, RMSProp.

With weights that NumPy draws, which every side can draw again: logits, gradients, slots, and word and loss at each of
the first 1,000 steps. With those of tf.set_random_seed: the weights' start, and the same steps. Of large arrays a corner
and the norm.
"""

from __future__ import division, print_function

import collections
import os
import random

import numpy as np
import tensorflow as tf
from pieces import main, piece, record_as_drawn, summary

TRAINING_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "data", "story.txt")
LEARNING_RATE, N_INPUT, N_HIDDEN = 0.001, 3, 512
UPDATES, STEPS, N_WORDS = 200, 1000, 32
OFFSETS = (0, 7, 50, 100, 150)  # the windows whose logits are recorded
PROMPT = ("had", "a", "general")


def read_data():
    with open(TRAINING_FILE, "rb") as file:
        return file.read().decode("utf-8").split()


def build_dataset(words):
    """Ids go by frequency; ties go by first appearance, which Python 2 would not keep."""
    count = collections.Counter(words)
    first = dict((word, place) for place, word in reversed(list(enumerate(words))))
    ordered = sorted(count, key=lambda word: (-count[word], first[word]))
    return dict((word, place) for place, word in enumerate(ordered)), ordered


WORDS = read_data()
DICTIONARY, REVERSE = build_dataset(WORDS)


def walk(seed):
    """Yields each step's offset, as the document moves through the story."""
    rng = random.Random(seed)
    end_offset = N_INPUT + 1
    last = len(WORDS) - end_offset
    offset = rng.randint(0, end_offset)
    while True:
        if offset > last:
            offset = rng.randint(0, end_offset)
        yield offset
        offset += end_offset


def window(offset):
    keys = [DICTIONARY[word] for word in WORDS[offset : offset + N_INPUT]]
    onehot = np.zeros([1, len(DICTIONARY)], "float32")
    onehot[0, DICTIONARY[WORDS[offset + N_INPUT]]] = 1.0
    return np.reshape(np.array(keys, "float32"), [1, N_INPUT, 1]), onehot


def listing():
    """The document's graph. Returns its tensors by their names there."""
    x = tf.placeholder("float", [None, N_INPUT, 1])
    y = tf.placeholder("float", [None, len(DICTIONARY)])
    weights = {"out": tf.Variable(tf.random_normal([N_HIDDEN, len(DICTIONARY)]))}
    biases = {"out": tf.Variable(tf.random_normal([len(DICTIONARY)]))}

    inputs = tf.split(tf.reshape(x, [-1, N_INPUT]), N_INPUT, 1)
    rnn = tf.contrib.rnn
    rnn_cell = rnn.MultiRNNCell([rnn.BasicLSTMCell(N_HIDDEN), rnn.BasicLSTMCell(N_HIDDEN)])
    outputs, _ = rnn.static_rnn(rnn_cell, inputs, dtype=tf.float32)
    pred = tf.matmul(outputs[-1], weights["out"]) + biases["out"]

    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y))
    optimizer = tf.train.RMSPropOptimizer(learning_rate=LEARNING_RATE)
    return x, y, pred, cost, optimizer, optimizer.minimize(cost)


def given_weights():
    """Returns the weights that NumPy draws, in the order of tf.trainable_variables(): the output layer's, each cell's."""
    rng = np.random.RandomState(0)
    drawn = [rng.normal(size=[N_HIDDEN, len(DICTIONARY)]), rng.normal(size=[len(DICTIONARY)])]
    for inputs in (1, N_HIDDEN):
        limit = (6.0 / (inputs + N_HIDDEN + 4 * N_HIDDEN)) ** 0.5
        drawn += [rng.uniform(-limit, limit, [inputs + N_HIDDEN, 4 * N_HIDDEN]), np.zeros([4 * N_HIDDEN])]
    return [array.astype("float32") for array in drawn]


def trained(session, net, found):
    """Trains for 1,000 steps, and puts the words told and the losses into `found`; the slots after the first 200."""
    x, y, pred, cost, optimizer, train = net
    losses, told = [], []
    for step, offset in zip(range(1, STEPS + 1), walk(0)):
        symbols_in, onehot = window(offset)
        _, loss, onehot_pred = session.run([train, cost, pred], {x: symbols_in, y: onehot})
        losses.append(loss)
        told.append(REVERSE[int(onehot_pred.argmax())])
        if step == UPDATES:
            for place, variable in enumerate(tf.trainable_variables()):
                found.update(summary("variable %d after %d" % (place, step), session.run(variable)))
                for slot in ("rms", "momentum"):
                    value = session.run(optimizer.get_slot(variable, slot))
                    found.update(summary("%s %d after %d" % (slot, place, step), value))
    found["loss at each step"] = np.array(losses, "float32")
    found["word at each step"] = np.array(told)
    keys, sentence = [DICTIONARY[word] for word in PROMPT], list(PROMPT)
    for _ in range(N_WORDS):
        onehot_pred = session.run(pred, {x: np.reshape(np.array(keys, "float32"), [1, N_INPUT, 1])})
        keys = keys[1:] + [int(onehot_pred.argmax())]
        sentence.append(REVERSE[keys[-1]])
    found["text told"] = np.array([" ".join(sentence)])


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
        windows = [window(offset) for offset in OFFSETS]
        feed = {x: np.concatenate([each for each, _ in windows]), y: np.concatenate([each for _, each in windows])}
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
