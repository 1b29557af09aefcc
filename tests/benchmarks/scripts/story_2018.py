# The document's listing, 2018: three words of the story in, the next one out, batch 1.
from __future__ import print_function

import collections
import os
import random

import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn

training_file = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "data", "story.txt")
with open(training_file, "rb") as file:
    words = file.read().decode("utf-8").split()
count = collections.Counter(words).most_common()
dictionary = dict((word, number) for number, (word, _) in enumerate(count))
vocab_size, n_input, n_hidden = len(dictionary), 3, 512
learning_rate, training_iters, display_step = 0.001, 3000, 1000

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
optimizer = tf.train.RMSPropOptimizer(learning_rate=learning_rate).minimize(cost)
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1)), tf.float32))

with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    offset = random.randint(0, n_input + 1)
    for step in range(1, training_iters + 1):
        if offset > len(words) - n_input - 1:
            offset = random.randint(0, n_input + 1)
        keys = np.reshape([dictionary[word] for word in words[offset : offset + n_input]], [-1, n_input, 1])
        onehot = np.zeros([1, vocab_size])
        onehot[0, dictionary[words[offset + n_input]]] = 1.0
        _, acc, loss, onehot_pred = session.run([optimizer, accuracy, cost, pred], feed_dict={x: keys, y: onehot})
        if step % display_step == 0:
            print("Iter= %d, Loss= %.6f" % (step, loss), flush=True)
        offset += n_input + 1
