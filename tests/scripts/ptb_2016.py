# 2016: a word model in three graphs that share their variables, unrolled by hand; the summaries' old names.
import numpy as np
import tensorflow as tf
from tensorflow.models.rnn import rnn_cell, seq2seq

flags = tf.flags
flags.DEFINE_string("model", "small", "A type of model.")
flags.DEFINE_integer("epochs", 20, "Epochs.")
flags.DEFINE_string("log_dir", "ptb_logs", "Where the summaries go.")
FLAGS = flags.FLAGS


class PTBModel(object):
    def __init__(self, is_training, batch_size, num_steps, size=32, vocab_size=8):
        self.input_data = tf.placeholder(tf.int32, [batch_size, num_steps])
        self.targets = tf.placeholder(tf.int32, [batch_size, num_steps])
        lstm_cell = rnn_cell.BasicLSTMCell(size, forget_bias=0.0, state_is_tuple=False)
        if is_training:
            lstm_cell = rnn_cell.DropoutWrapper(lstm_cell, output_keep_prob=0.9)
        cell = rnn_cell.MultiRNNCell([lstm_cell] * 2, state_is_tuple=False)
        self.initial_state = cell.zero_state(batch_size, tf.float32)
        with tf.device("/cpu:0"):
            embedding = tf.get_variable("embedding", [vocab_size, size])
            inputs = tf.nn.embedding_lookup(embedding, self.input_data)
        outputs = []
        state = self.initial_state
        with tf.variable_scope("RNN"):
            for time_step in range(num_steps):
                if time_step > 0:
                    tf.get_variable_scope().reuse_variables()
                (cell_output, state) = cell(inputs[:, time_step, :], state)
                outputs.append(cell_output)
        output = tf.reshape(tf.concat(1, outputs), [-1, size])
        softmax_w = tf.get_variable("softmax_w", [size, vocab_size])
        softmax_b = tf.get_variable("softmax_b", [vocab_size])
        logits = tf.matmul(output, softmax_w) + softmax_b
        loss = seq2seq.sequence_loss_by_example(
            [logits], [tf.reshape(self.targets, [-1])], [tf.ones([batch_size * num_steps])])
        self.cost = tf.reduce_sum(loss) / batch_size
        self.final_state = state
        if not is_training:
            return
        self.lr = tf.Variable(0.0, trainable=False)
        tvars = tf.trainable_variables()
        grads, _ = tf.clip_by_global_norm(tf.gradients(self.cost, tvars), 5)
        self.train_op = tf.train.GradientDescentOptimizer(self.lr).apply_gradients(zip(grads, tvars))
        tf.scalar_summary("cost", self.cost)
        tf.histogram_summary("softmax_w", softmax_w)


def run_epoch(session, m, data, eval_op):
    costs, iters, state = 0.0, 0, session.run(m.initial_state)
    batch_size, num_steps = m.input_data.get_shape().as_list()
    rows = data[: len(data) // batch_size * batch_size].reshape(batch_size, -1)
    for i in range((rows.shape[1] - 1) // num_steps):
        x, y = rows[:, i * num_steps : (i + 1) * num_steps], rows[:, i * num_steps + 1 : (i + 1) * num_steps + 1]
        feed = {m.input_data: x, m.targets: y, m.initial_state: state}
        cost, state, _ = session.run([m.cost, m.final_state, eval_op], feed)
        costs += cost
        iters += num_steps
    return np.exp(costs / iters)


def main(_):
    data = np.tile([0, 3, 1, 4, 2, 5, 7, 6], 100)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        initializer = tf.random_uniform_initializer(-0.1, 0.1, seed=1)
        with tf.variable_scope("model", reuse=None, initializer=initializer):
            m = PTBModel(True, 4, 5)
        with tf.variable_scope("model", reuse=True, initializer=initializer):
            mtest = PTBModel(False, 1, 1)
        merged = tf.merge_all_summaries()
        writer = tf.train.SummaryWriter(FLAGS.log_dir, session.graph)
        tf.initialize_all_variables().run()
        for i in range(FLAGS.epochs):
            session.run(tf.assign(m.lr, 1.0))
            run_epoch(session, m, data, m.train_op)
        feed = {m.input_data: data[:20].reshape(4, 5), m.targets: data[1:21].reshape(4, 5)}
        writer.add_summary(session.run(merged, feed), 1)
        writer.close()
        print("%d variables" % len(tf.trainable_variables()))
        print("Test Perplexity: %.3f" % run_epoch(session, mtest, data, tf.no_op()))


if __name__ == "__main__":
    tf.app.run()
