# 2018: contrib.seq2seq's decoder, trained on given words, then telling its own; letters are put in order.
import numpy as np
import tensorflow as tf
from tensorflow.python.layers.core import Dense

np.random.seed(1)
tf.set_random_seed(1)
GO, EOS, PAD = 0, 1, 2
vocab_size, max_length, rnn_size, batch_size = 9, 4, 64, 64


def get_batch(n):
    lengths = np.random.randint(2, max_length + 1, n)
    sources, targets = [], []
    for length in lengths:
        word = np.random.randint(3, vocab_size, length)
        sources.append(list(word) + [PAD] * (max_length - length))
        targets.append(sorted(word) + [EOS] + [PAD] * (max_length - length))
    return np.array(sources), np.array(targets), lengths


input_data = tf.placeholder(tf.int32, [None, None], name="input")
targets = tf.placeholder(tf.int32, [None, None], name="targets")
source_length = tf.placeholder(tf.int32, (None,), name="source_length")
target_length = source_length + 1

enc_embed_input = tf.contrib.layers.embed_sequence(input_data, vocab_size, 16)
cell = tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.LSTMCell(rnn_size) for _ in range(2)])
_, enc_state = tf.nn.dynamic_rnn(cell, enc_embed_input, sequence_length=source_length, dtype=tf.float32)

ending = tf.strided_slice(targets, [0, 0], [tf.shape(targets)[0], -1], [1, 1])
dec_input = tf.concat([tf.fill([tf.shape(targets)[0], 1], GO), ending], 1)
dec_embeddings = tf.Variable(tf.random_uniform([vocab_size, 16]))
dec_embed_input = tf.nn.embedding_lookup(dec_embeddings, dec_input)
dec_cell = tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.LSTMCell(rnn_size) for _ in range(2)])
output_layer = Dense(vocab_size, kernel_initializer=tf.truncated_normal_initializer(mean=0.0, stddev=0.1))
with tf.variable_scope("decode"):
    helper = tf.contrib.seq2seq.TrainingHelper(dec_embed_input, target_length, time_major=False)
    decoder = tf.contrib.seq2seq.BasicDecoder(dec_cell, helper, enc_state, output_layer)
    training_output, _, _ = tf.contrib.seq2seq.dynamic_decode(
        decoder, impute_finished=True, maximum_iterations=max_length + 1)
with tf.variable_scope("decode", reuse=True):
    start_tokens = tf.tile(tf.constant([GO], dtype=tf.int32), [tf.shape(input_data)[0]])
    helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(dec_embeddings, start_tokens, EOS)
    decoder = tf.contrib.seq2seq.BasicDecoder(dec_cell, helper, enc_state, output_layer)
    inference_output, _, _ = tf.contrib.seq2seq.dynamic_decode(
        decoder, impute_finished=True, maximum_iterations=max_length + 1)

masks = tf.sequence_mask(target_length, max_length + 1, dtype=tf.float32)
logits = tf.identity(training_output.rnn_output, "logits")
pad = [[0, 0], [0, max_length + 1 - tf.shape(logits)[1]], [0, 0]]
cost = tf.contrib.seq2seq.sequence_loss(tf.pad(logits, pad), targets, masks)
optimizer = tf.train.AdamOptimizer(0.005)
gradients = optimizer.compute_gradients(cost)
capped = [(tf.clip_by_value(grad, -5.0, 5.0), var) for grad, var in gradients if grad is not None]
train_op = optimizer.apply_gradients(capped)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(500):
        sources, wanted, lengths = get_batch(batch_size)
        sess.run(train_op, {input_data: sources, targets: wanted, source_length: lengths})
    sources, wanted, lengths = get_batch(200)
    told = sess.run(inference_output.sample_id, {input_data: sources, source_length: lengths})
    right = [list(told[i][:length]) == list(wanted[i][:length]) for i, length in enumerate(lengths)]
    print("in order: %.2f" % np.mean(right))
