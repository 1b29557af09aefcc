# A character RNN of 2016: two layers of 128, 50 windows of 50 characters, dynamic_rnn, the state carried on, clipped.
from __future__ import print_function

import numpy as np
import tensorflow as tf

vocab_size, n_hidden, n_layers, batch_size, seq_length = 65, 128, 2, 50, 50
training_steps, display_step = 100, 25
characters = np.random.RandomState(0).randint(vocab_size, size=[batch_size, training_steps * seq_length + 1])

x = tf.placeholder(tf.int32, [batch_size, seq_length])
y = tf.placeholder(tf.int32, [batch_size, seq_length])
cell = tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.BasicLSTMCell(n_hidden) for _ in range(n_layers)])
initial_state = cell.zero_state(batch_size, tf.float32)
embedding = tf.get_variable("embedding", [vocab_size, n_hidden])
outputs, last_state = tf.nn.dynamic_rnn(cell, tf.nn.embedding_lookup(embedding, x), initial_state=initial_state)
weights, biases = tf.get_variable("softmax_w", [n_hidden, vocab_size]), tf.get_variable("softmax_b", [vocab_size])
logits = tf.matmul(tf.reshape(outputs, [-1, n_hidden]), weights) + biases
losses = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=tf.reshape(y, [-1]))
cost = tf.reduce_mean(losses)
variables = tf.trainable_variables()
gradients, _ = tf.clip_by_global_norm(tf.gradients(cost, variables), 5.0)
optimizer = tf.train.AdamOptimizer(0.002).apply_gradients(zip(gradients, variables))

with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    state = session.run(initial_state)
    for step in range(1, training_steps + 1):
        first = (step - 1) * seq_length
        feed_dict = {x: characters[:, first : first + seq_length], y: characters[:, first + 1 : first + seq_length + 1]}
        for (c, h), (last_c, last_h) in zip(initial_state, state):
            feed_dict[c], feed_dict[h] = last_c, last_h
        loss, state, _ = session.run([cost, last_state, optimizer], feed_dict)
        if step % display_step == 0:
            print("Iter= %d, Loss= %.6f" % (step, loss), flush=True)
