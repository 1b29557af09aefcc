# 2018: static_rnn from contrib, FileWriter, a loop of feed_dicts.
from __future__ import print_function

import collections
import random

import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn

random.seed(1)
tf.set_random_seed(1)
words = np.array("the mice had a council and the cat had a plan".split())
count = collections.Counter(words).most_common()
dictionary = {word: number for number, (word, _) in enumerate(count)}
vocab_size, n_input, n_hidden = len(dictionary), 2, 32

x = tf.placeholder("float", [None, n_input, 1])
y = tf.placeholder("float", [None, vocab_size])
weights = {"out": tf.Variable(tf.random_normal([n_hidden, vocab_size]))}
biases = {"out": tf.Variable(tf.random_normal([vocab_size]))}


def RNN(x, weights, biases):
    x = tf.reshape(x, [-1, n_input])
    x = tf.split(x, n_input, 1)
    rnn_cell = rnn.MultiRNNCell([rnn.BasicLSTMCell(n_hidden), rnn.BasicLSTMCell(n_hidden)])
    outputs, states = rnn.static_rnn(rnn_cell, x, dtype=tf.float32)
    return tf.matmul(outputs[-1], weights["out"]) + biases["out"]


pred = RNN(x, weights, biases)
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y))
optimizer = tf.train.RMSPropOptimizer(learning_rate=0.005).minimize(cost)
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1)), tf.float32))
writer = tf.summary.FileWriter("logs")

with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    writer.add_graph(session.graph)
    windows = [[dictionary[word] for word in words[at : at + n_input + 1]] for at in range(len(words) - n_input)]
    for step in range(1500):
        window = windows[step % len(windows)]
        keys = np.reshape(np.array(window[:-1]), [-1, n_input, 1])
        onehot = np.zeros([1, vocab_size], dtype=float)
        onehot[0, window[-1]] = 1.0
        session.run(optimizer, feed_dict={x: keys, y: onehot})
    keys = np.reshape([window[:-1] for window in windows], [-1, n_input, 1])
    onehot = np.eye(vocab_size)[[window[-1] for window in windows]]
    print("Accuracy:", session.run(accuracy, feed_dict={x: keys, y: onehot}))
