# 2016: tf.nn.seq2seq with embeddings; a sequence is told backwards.
import numpy as np
import tensorflow as tf

tf.set_random_seed(5)
np.random.seed(5)
seq_length, batch_size, vocab_size, embedding_dim, memory_dim = 4, 50, 6, 12, 48
enc_inp = [tf.placeholder(tf.int32, shape=(None,), name="inp%i" % t) for t in range(seq_length)]
labels = [tf.placeholder(tf.int32, shape=(None,), name="labels%i" % t) for t in range(seq_length)]
weights = [tf.ones_like(label, dtype=tf.float32) for label in labels]
dec_inp = [tf.zeros_like(enc_inp[0], dtype=np.int32, name="GO")] + labels[:-1]
cell = tf.nn.rnn_cell.GRUCell(memory_dim)
with tf.variable_scope("model"):
    dec_outputs, dec_memory = tf.nn.seq2seq.embedding_rnn_seq2seq(
        enc_inp, dec_inp, cell, vocab_size, vocab_size, embedding_dim)
loss = tf.nn.seq2seq.sequence_loss(dec_outputs, labels, weights, vocab_size)
train_op = tf.train.AdamOptimizer(0.01).minimize(loss)
sess = tf.InteractiveSession()
sess.run(tf.initialize_all_variables())
for t in range(400):
    X = np.random.randint(1, vocab_size, (batch_size, seq_length)).T
    feed_dict = {enc_inp[t]: X[t] for t in range(seq_length)}
    feed_dict.update({labels[t]: X[::-1][t] for t in range(seq_length)})
    _, loss_t = sess.run([train_op, loss], feed_dict)
X = np.random.randint(1, vocab_size, (100, seq_length)).T
feed_dict = {enc_inp[t]: X[t] for t in range(seq_length)}
feed_dict.update({labels[t]: X[::-1][t] for t in range(seq_length)})
told = np.array(sess.run(dec_outputs, feed_dict)).argmax(axis=2)
print("right: %.3f" % np.mean(told == X[::-1]))
