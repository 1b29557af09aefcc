# 2017: an encoder and a decoder with dynamic_rnn, dropout around both cells, letters as one-hot vectors.
import numpy as np
import tensorflow as tf

char_arr = [c for c in "SEPabcdefghijklmnopqrstuvwxyz"]
num_dic = {n: i for i, n in enumerate(char_arr)}
dic_len = len(num_dic)
seq_data = [["word", "WORT"], ["wood", "HOLZ"], ["game", "FLUG"], ["girl", "KIND"], ["kiss", "KUSS"], ["love", "HERZ"]]
seq_data = [[left, right.lower()] for left, right in seq_data]
tf.set_random_seed(3)


def make_batch(seq_data):
    input_batch, output_batch, target_batch = [], [], []
    for left, right in seq_data:
        input_batch.append(np.eye(dic_len)[[num_dic[n] for n in left]])
        output_batch.append(np.eye(dic_len)[[num_dic[n] for n in ("S" + right)]])
        target_batch.append([num_dic[n] for n in (right + "E")])
    return input_batch, output_batch, target_batch


n_hidden = 64
enc_input = tf.placeholder(tf.float32, [None, None, dic_len])
dec_input = tf.placeholder(tf.float32, [None, None, dic_len])
targets = tf.placeholder(tf.int64, [None, None])
with tf.variable_scope("encode"):
    enc_cell = tf.nn.rnn_cell.BasicRNNCell(n_hidden)
    enc_cell = tf.nn.rnn_cell.DropoutWrapper(enc_cell, output_keep_prob=0.9)
    outputs, enc_states = tf.nn.dynamic_rnn(enc_cell, enc_input, dtype=tf.float32)
with tf.variable_scope("decode"):
    dec_cell = tf.nn.rnn_cell.BasicRNNCell(n_hidden)
    dec_cell = tf.nn.rnn_cell.DropoutWrapper(dec_cell, output_keep_prob=0.9)
    outputs, dec_states = tf.nn.dynamic_rnn(dec_cell, dec_input, initial_state=enc_states, dtype=tf.float32)
model = tf.layers.dense(outputs, dic_len, activation=None)
cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(logits=model, labels=targets))
optimizer = tf.train.AdamOptimizer(0.01).minimize(cost)

sess = tf.Session()
sess.run(tf.global_variables_initializer())
input_batch, output_batch, target_batch = make_batch(seq_data)
for epoch in range(150):
    sess.run(optimizer, feed_dict={enc_input: input_batch, dec_input: output_batch, targets: target_batch})


def translate(word):
    input_batch, output_batch, target_batch = make_batch([[word, "P" * len(word)]])
    result = sess.run(tf.argmax(model, 2), feed_dict={
        enc_input: input_batch, dec_input: make_batch([[word, dict(seq_data)[word]]])[1], targets: target_batch})
    return "".join(char_arr[i] for i in result[0]).split("E")[0]


for word in ("word", "wood", "love"):
    print(word, "->", translate(word))
