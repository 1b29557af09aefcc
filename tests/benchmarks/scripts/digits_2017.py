# A listing of 2017: images row by row, static_rnn, Adam, batch 128. The images are drawn: what they show costs nothing.
from __future__ import print_function

import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn

n_steps, n_input, n_hidden, n_classes, batch_size = 28, 28, 128, 10, 128
training_steps, display_step = 200, 50
images = np.random.RandomState(0).uniform(size=[1280, n_steps, n_input]).astype("float32")
labels = np.eye(n_classes)[np.random.RandomState(1).randint(n_classes, size=1280)]

x = tf.placeholder("float", [None, n_steps, n_input])
y = tf.placeholder("float", [None, n_classes])
outputs, states = rnn.static_rnn(rnn.BasicLSTMCell(n_hidden), tf.unstack(x, n_steps, 1), dtype=tf.float32)
pred = tf.matmul(outputs[-1], tf.Variable(tf.random_normal([n_hidden, n_classes])))
pred = pred + tf.Variable(tf.random_normal([n_classes]))
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y))
optimizer = tf.train.AdamOptimizer(learning_rate=0.001).minimize(cost)

with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for step in range(1, training_steps + 1):
        first = step * batch_size % 1280
        feed_dict = {x: images[first : first + batch_size], y: labels[first : first + batch_size]}
        session.run(optimizer, feed_dict=feed_dict)
        if step % display_step == 0:
            print("Iter= %d, Loss= %.6f" % (step, session.run(cost, feed_dict=feed_dict)), flush=True)
