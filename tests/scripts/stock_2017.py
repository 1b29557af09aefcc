# 2017: a regression on the last output through contrib.layers, and a plot.
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

tf.set_random_seed(777)
seq_length, data_dim, hidden_dim = 7, 5, 10


def MinMaxScaler(data):
    return (data - np.min(data, 0)) / (np.max(data, 0) - np.min(data, 0) + 1e-7)


time = np.arange(300)
xy = np.stack([np.sin(time / (9.0 + i)) * (i + 1) + time / 100.0 for i in range(data_dim)], 1)
xy = MinMaxScaler(xy)
dataX = [xy[i : i + seq_length] for i in range(len(xy) - seq_length)]
dataY = [xy[i + seq_length, [-1]] for i in range(len(xy) - seq_length)]
train_size = int(len(dataY) * 0.7)
trainX, testX = np.array(dataX[:train_size]), np.array(dataX[train_size:])
trainY, testY = np.array(dataY[:train_size]), np.array(dataY[train_size:])

X = tf.placeholder(tf.float32, [None, seq_length, data_dim])
Y = tf.placeholder(tf.float32, [None, 1])
cell = tf.contrib.rnn.BasicLSTMCell(num_units=hidden_dim, state_is_tuple=True, activation=tf.tanh)
outputs, _states = tf.nn.dynamic_rnn(cell, X, dtype=tf.float32)
Y_pred = tf.contrib.layers.fully_connected(outputs[:, -1], 1, activation_fn=None)
loss = tf.reduce_sum(tf.square(Y_pred - Y))
train = tf.train.AdamOptimizer(0.01).minimize(loss)
rmse = tf.sqrt(tf.reduce_mean(tf.square(Y_pred - Y)))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(300):
        _, step_loss = sess.run([train, loss], feed_dict={X: trainX, Y: trainY})
    print("RMSE: {}".format(sess.run(rmse, feed_dict={X: testX, Y: testY})))
    plt.plot(testY)
    plt.plot(sess.run(Y_pred, feed_dict={X: testX}))
    plt.show()
