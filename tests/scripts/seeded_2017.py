# 2017: a seed, static_rnn with dropout, Adam with clipped gradients, and a sample at the end.
from __future__ import print_function

import numpy as np
import tensorflow as tf

np.random.seed(7)
tf.set_random_seed(7)
batch_size, n_steps, n_hidden, n_words = 8, 5, 16, 6

x = tf.placeholder(tf.int32, [None, n_steps])
y = tf.placeholder(tf.int32, [None])
keep_prob = tf.placeholder(tf.float32)

embedding = tf.Variable(tf.random_uniform([n_words, n_hidden], -1.0, 1.0))
weights = tf.Variable(tf.truncated_normal([n_hidden, n_words], stddev=0.1))
biases = tf.Variable(tf.zeros([n_words]))


def lstm():
    cell = tf.contrib.rnn.BasicLSTMCell(n_hidden)
    return tf.contrib.rnn.DropoutWrapper(cell, output_keep_prob=keep_prob)


cells = tf.contrib.rnn.MultiRNNCell([lstm() for _ in range(2)])
inputs = tf.nn.dropout(tf.nn.embedding_lookup(embedding, x), keep_prob)
outputs, _ = tf.contrib.rnn.static_rnn(cells, tf.unstack(inputs, axis=1), dtype=tf.float32)
logits = tf.matmul(outputs[-1], weights) + biases
cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

optimizer = tf.train.AdamOptimizer(0.01)
variables = tf.trainable_variables()
gradients, _ = tf.clip_by_global_norm(tf.gradients(cost, variables), 0.1)
train = optimizer.apply_gradients(zip(gradients, variables))
sample = tf.multinomial(logits / 4.0, 10)

with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    print("first weights:", " ".join("%.6f" % each for each in session.run(weights)[0]))
    for step in range(200):
        start = np.random.randint(0, n_words, [batch_size, 1])
        words = (start + np.arange(n_steps + 1)) % n_words  # 4, 5, 0, 1, ...: the next is one more
        feed_dict = {x: words[:, :-1], y: words[:, -1], keep_prob: 0.8}
        loss, _ = session.run([cost, train], feed_dict=feed_dict)
        if step < 10:
            print("step %d, loss %.6f" % (step, loss))
    told = session.run(sample, feed_dict={x: [[0, 1, 2, 3, 4]], keep_prob: 1.0})
    print("after 0 1 2 3 4:", " ".join(str(each) for each in told[0]))
