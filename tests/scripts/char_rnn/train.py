# 2017: a character RNN in two files, trained, saved, and sampled from its checkpoint in another graph.
from __future__ import print_function

import argparse
import os

import numpy as np
import tensorflow as tf
from model import Model

parser = argparse.ArgumentParser()
parser.add_argument("--save_dir", default="save")
parser.add_argument("--model", default="lstm")
parser.add_argument("--num_epochs", type=int, default=60)
args = parser.parse_args()
args.rnn_size, args.num_layers, args.keep_prob, args.grad_clip = 32, 2, 1.0, 5.0
args.batch_size, args.seq_length = 4, 10

text = "the quick brown fox jumps over the lazy dog. " * 20
chars = sorted(set(text))
vocab = dict(zip(chars, range(len(chars))))
args.vocab_size = len(chars)
tensor = np.array(list(map(vocab.get, text)))
num_batches = int(tensor.size / (args.batch_size * args.seq_length))
tensor = tensor[: num_batches * args.batch_size * args.seq_length]
ydata = np.copy(tensor)
ydata[:-1], ydata[-1] = tensor[1:], tensor[0]
x_batches = np.split(tensor.reshape(args.batch_size, -1), num_batches, 1)
y_batches = np.split(ydata.reshape(args.batch_size, -1), num_batches, 1)

tf.set_random_seed(1)
model = Model(args)
with tf.Session() as sess:
    summaries = tf.summary.merge_all()
    writer = tf.summary.FileWriter(os.path.join(args.save_dir, "logs"))
    writer.add_graph(sess.graph)
    sess.run(tf.global_variables_initializer())
    saver = tf.train.Saver(tf.global_variables())
    for e in range(args.num_epochs):
        sess.run(tf.assign(model.lr, 0.01 * (0.97**e)))
        state = sess.run(model.initial_state)
        for b in range(num_batches):
            feed = {model.input_data: x_batches[b], model.targets: y_batches[b]}
            for i, (c, h) in enumerate(model.initial_state):
                feed[c] = state[i].c
                feed[h] = state[i].h
            summ, train_loss, state, _ = sess.run([summaries, model.cost, model.final_state, model.train_op], feed)
            writer.add_summary(summ, e * num_batches + b)
    saver.save(sess, os.path.join(args.save_dir, "model.ckpt"), global_step=e)
    print("train_loss = {:.3f}".format(train_loss))

tf.reset_default_graph()
model = Model(args, training=False)
with tf.Session() as sess:
    ckpt = tf.train.get_checkpoint_state(args.save_dir)
    tf.train.Saver(tf.global_variables()).restore(sess, ckpt.model_checkpoint_path)
    print(model.sample(sess, chars, vocab, 30, "the "))
