# 2016: sequences of different length, the last output of each gathered by hand; the names from before 1.0.
import random

import numpy as np
import tensorflow as tf

random.seed(2)
np.random.seed(2)
tf.set_random_seed(2)
seq_max_len, n_hidden = 12, 16


def make(n):
    """Sequences that count up, and sequences of random numbers."""
    data, labels, lengths = [], [], []
    for _ in range(n):
        length = random.randint(4, seq_max_len)
        start = random.random()
        rising = random.random() < 0.5
        numbers = [start + 0.1 * i for i in range(length)] if rising else [2 * random.random() for _ in range(length)]
        data.append([[number] for number in numbers] + [[0.0]] * (seq_max_len - length))
        labels.append([1.0, 0.0] if rising else [0.0, 1.0])
        lengths.append(length)
    return np.array(data, dtype=np.float), np.array(labels), np.array(lengths, dtype=np.int)


x = tf.placeholder("float", [None, seq_max_len, 1])
y = tf.placeholder("float", [None, 2])
seqlen = tf.placeholder(tf.int32, [None])
steps = tf.split(1, seq_max_len, x)
steps = [tf.squeeze(step, [1]) for step in steps]
cell = tf.nn.rnn_cell.BasicLSTMCell(n_hidden, state_is_tuple=True)
outputs, states = tf.nn.rnn(cell, steps, dtype=tf.float32, sequence_length=seqlen)
outputs = tf.transpose(tf.pack(outputs), [1, 0, 2])
index = tf.range(0, tf.shape(outputs)[0]) * seq_max_len + (seqlen - 1)
last = tf.gather(tf.reshape(outputs, [-1, n_hidden]), index)
pred = tf.matmul(last, tf.Variable(tf.random_normal([n_hidden, 2]))) + tf.Variable(tf.random_normal([2]))
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(pred, y))
optimizer = tf.train.AdamOptimizer(0.01).minimize(cost)
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1)), tf.float32))

init = tf.initialize_all_variables()
with tf.Session() as sess:
    sess.run(init)
    for step in range(300):
        batch_x, batch_y, batch_len = make(64)
        sess.run(optimizer, feed_dict={x: batch_x, y: batch_y, seqlen: batch_len})
    test_x, test_y, test_len = make(500)
    print("Testing Accuracy:", sess.run(accuracy, feed_dict={x: test_x, y: test_y, seqlen: test_len}))
