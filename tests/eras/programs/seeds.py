"""Records what a seed draws, and which operations the graph had by then: the number of them is the seed of the next.

Beside the .npz and the .txt, `seeds.operations.gz` has every operation of each piece in order: type, name, seeds.
"""

from __future__ import division, print_function

import gzip
import sys

import numpy as np
import tensorflow as tf
from pieces import flat, main, new_session, piece, ramp

OPERATIONS = []  # lines
FIRST = 10  # numbers of each draw

BATCH, INPUTS, UNITS, TIME, WORDS = 2, 3, 4, 3, 7


def constant(*shape):
    return tf.constant(ramp(shape))


def steps(count=TIME):
    return [constant(BATCH, INPUTS) for _ in range(count)]


def sequence():
    return constant(BATCH, TIME, INPUTS)


def record(function):
    """Returns (what was drawn, no variables' shapes): the first numbers of each result, and of each variable's start."""
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        results = [tf.convert_to_tensor(each) for each in flat(function())]
        last = tf.random_normal([FIRST], name="last")  # tells by its numbers how many operations came before
        OPERATIONS.append("== %s" % function.__name__)
        for operation in graph.get_operations():
            seeds = [
                "%s=%d" % (name, operation.get_attr(name))
                for name in ("seed", "seed2")
                if name in operation.node_def.attr
            ]
            OPERATIONS.append(" ".join([operation.type, operation.name] + seeds))
        variables = tf.global_variables()
        with new_session() as session:
            session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
            found = {} if graph.seed is None else {"last": session.run(last)}
            for place, value in enumerate(session.run(variables)):
                found["variable %d" % place] = value
            coordinator = tf.train.Coordinator()
            threads = tf.train.start_queue_runners(session, coordinator)
            for place, value in enumerate(session.run(results)):
                found["result %d" % place] = value
            coordinator.request_stop()
            for queue in tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS):
                session.run(queue.cancel_op)
            coordinator.join(threads)
    return dict((name, np.ravel(value)[:FIRST]) for name, value in found.items() if np.size(value)), []


# --- draws and initializers ---


@piece()
def random_normal():
    return tf.random_normal([10]), tf.random_normal([2, 5], 1.0, 0.5)


@piece()
def random_uniform():
    return tf.random_uniform([10]), tf.random_uniform([5], -1.0, 1.0), tf.random_uniform([5], maxval=9, dtype=tf.int32)


@piece()
def truncated_normal():
    return tf.truncated_normal([10]), tf.truncated_normal([5], stddev=0.1)


@piece()
def multinomial():
    return tf.multinomial(tf.log([[0.1, 0.2, 0.7]]), 10)


@piece()
def random_gamma():
    return tf.random_gamma([10], 0.5)


@piece()
def random_shuffle():
    return tf.random_shuffle(tf.range(10))


@piece()
def random_crop():
    return tf.random_crop(constant(6, 6), [3, 3])


@piece()
def op_seeds():
    """Seeds said by the operation, beside the graph's."""
    return tf.random_normal([5], seed=3), tf.random_uniform([5], seed=3), tf.truncated_normal([5], seed=4)


@piece()
def op_seeds_without_the_graph_s():
    tf.set_random_seed(None)
    return tf.random_normal([5], seed=3), tf.random_uniform([5], seed=0)


@piece()
def another_graph_seed():
    tf.set_random_seed(42)
    return tf.random_normal([10]), tf.Variable(tf.random_normal([3, 3]))


@piece()
def variables():
    """As the listings of 2016 to 2018 begin."""
    weights = {"out": tf.Variable(tf.random_normal([UNITS, 3]))}
    biases = {"out": tf.Variable(tf.random_normal([3]))}
    return weights["out"] + biases["out"]


@piece()
def variables_truncated():
    return [tf.Variable(tf.truncated_normal([3, 4], stddev=0.1)), tf.Variable(tf.constant(0.1, shape=[4]))]


@piece()
def get_variable():
    return [tf.get_variable("w", [3, 4]), tf.get_variable("b", [4]), tf.get_variable("v", [5])]


@piece()
def initializers():
    names = (
        "random_normal_initializer random_uniform_initializer truncated_normal_initializer "
        "uniform_unit_scaling_initializer orthogonal_initializer zeros_initializer ones_initializer "
        "glorot_normal_initializer glorot_uniform_initializer variance_scaling_initializer"
    ).split()
    return [tf.get_variable(name, [3, 4], initializer=getattr(tf, name)()) for name in names]


@piece()
def initializers_of_keras():
    kinds = [tf.keras.initializers.he_normal, tf.keras.initializers.lecun_uniform, tf.keras.initializers.lecun_normal]
    return [tf.get_variable("w%d" % place, [3, 4], initializer=kind()) for place, kind in enumerate(kinds)]


@piece()
def initializers_of_contrib():
    layers = tf.contrib.layers
    return [
        tf.get_variable("xavier", [3, 4], initializer=layers.xavier_initializer()),
        tf.get_variable("normal", [3, 4], initializer=layers.xavier_initializer(uniform=False)),
        tf.get_variable("scaling", [3, 4], initializer=layers.variance_scaling_initializer()),
    ]


@piece()
def scope_initializer():
    with tf.variable_scope("model", initializer=tf.random_uniform_initializer(-0.1, 0.1)):
        return tf.get_variable("embedding", [WORDS, 3]), tf.get_variable("softmax_w", [3, WORDS])


@piece()
def dropout():
    return tf.nn.dropout(tf.ones([10]), 0.5), tf.nn.dropout(tf.ones([10]), 0.7, seed=3)


@piece()
def layers_dropout():
    return tf.layers.dropout(tf.ones([10]), 0.5, training=True)


# --- cells, and the ways of running them ---


def cell(kind="BasicLSTMCell", units=UNITS, **how):
    return getattr(tf.contrib.rnn, kind)(units, **how)


@piece()
def static_basic_rnn():
    return tf.contrib.rnn.static_rnn(cell("BasicRNNCell"), steps(), dtype=tf.float32)


@piece()
def static_basic_lstm():
    return tf.contrib.rnn.static_rnn(cell(), steps(), dtype=tf.float32)


@piece()
def static_basic_lstm_one_tensor():
    return tf.contrib.rnn.static_rnn(cell(state_is_tuple=False), steps(), dtype=tf.float32)


@piece()
def static_lstm():
    return tf.contrib.rnn.static_rnn(cell("LSTMCell"), steps(), dtype=tf.float32)


@piece()
def static_lstm_peepholes_projection():
    one = cell("LSTMCell", use_peepholes=True, num_proj=3, cell_clip=1.0)
    return tf.contrib.rnn.static_rnn(one, steps(), dtype=tf.float32)


@piece()
def static_gru():
    return tf.contrib.rnn.static_rnn(cell("GRUCell"), steps(), dtype=tf.float32)


@piece()
def static_multi():
    cells = tf.contrib.rnn.MultiRNNCell([cell(), cell()])
    return tf.contrib.rnn.static_rnn(cells, steps(), dtype=tf.float32)


@piece()
def static_multi_zero_state():
    cells = tf.contrib.rnn.MultiRNNCell([cell(), cell("GRUCell")])
    return tf.contrib.rnn.static_rnn(cells, steps(), cells.zero_state(BATCH, tf.float32))


@piece()
def static_lengths():
    return tf.contrib.rnn.static_rnn(cell(), steps(), dtype=tf.float32, sequence_length=[2, 3])


@piece()
def static_bidirectional():
    return tf.contrib.rnn.static_bidirectional_rnn(cell(), cell(), steps(), dtype=tf.float32)


@piece()
def static_dropout_wrapper():
    one = tf.contrib.rnn.DropoutWrapper(cell(), input_keep_prob=0.7, output_keep_prob=0.5)
    return tf.contrib.rnn.static_rnn(one, steps(), dtype=tf.float32)


@piece()
def static_dropout_wrapper_variational():
    one = tf.contrib.rnn.DropoutWrapper(
        cell(), 0.7, 0.5, 0.6, variational_recurrent=True, input_size=INPUTS, dtype=tf.float32
    )
    return tf.contrib.rnn.static_rnn(one, steps(), dtype=tf.float32)


@piece()
def static_residual_device_wrappers():
    one = tf.contrib.rnn.ResidualWrapper(tf.contrib.rnn.DeviceWrapper(cell("GRUCell", INPUTS), "/cpu:0"))
    return tf.contrib.rnn.static_rnn(one, steps(), dtype=tf.float32)


@piece()
def static_projection_wrappers():
    one = tf.contrib.rnn.OutputProjectionWrapper(tf.contrib.rnn.InputProjectionWrapper(cell("GRUCell"), 5), 2)
    return tf.contrib.rnn.static_rnn(one, steps(), dtype=tf.float32)


@piece()
def static_embedding_wrapper():
    one = tf.contrib.rnn.EmbeddingWrapper(cell("GRUCell"), WORDS, 3)
    return tf.contrib.rnn.static_rnn(one, [tf.constant([1, 2]), tf.constant([0, 6])], dtype=tf.float32)


@piece()
def static_block_cell():
    return tf.contrib.rnn.static_rnn(cell("LSTMBlockCell"), steps(), dtype=tf.float32)


@piece()
def fused_block_cell():
    return cell("LSTMBlockFusedCell")(constant(TIME, BATCH, INPUTS), dtype=tf.float32)


@piece()
def dynamic_basic_lstm():
    return tf.nn.dynamic_rnn(cell(), sequence(), dtype=tf.float32)


@piece()
def dynamic_gru_time_major():
    return tf.nn.dynamic_rnn(cell("GRUCell"), constant(TIME, BATCH, INPUTS), dtype=tf.float32, time_major=True)


@piece()
def dynamic_lstm_lengths():
    return tf.nn.dynamic_rnn(cell("LSTMCell"), sequence(), [2, 3], dtype=tf.float32)


@piece()
def dynamic_placeholder():
    """Of an unknown batch and time, as most scripts have it."""
    x = tf.placeholder_with_default(ramp([BATCH, TIME, INPUTS]), [None, None, INPUTS])
    return tf.nn.dynamic_rnn(cell(), x, dtype=tf.float32)


@piece()
def dynamic_multi_dropout():
    def one():
        return tf.contrib.rnn.DropoutWrapper(cell(), output_keep_prob=0.5)

    cells = tf.contrib.rnn.MultiRNNCell([one() for _ in range(2)])
    return tf.nn.dynamic_rnn(cells, sequence(), initial_state=cells.zero_state(BATCH, tf.float32))


@piece()
def dynamic_bidirectional():
    return tf.nn.bidirectional_dynamic_rnn(cell("GRUCell"), cell("GRUCell"), sequence(), dtype=tf.float32)


@piece()
def dynamic_bidirectional_lengths():
    return tf.nn.bidirectional_dynamic_rnn(cell(), cell(), sequence(), [2, 3], dtype=tf.float32)


@piece()
def stack_bidirectional():
    cells = [[cell("GRUCell") for _ in range(2)] for _ in range(2)]
    return tf.contrib.rnn.stack_bidirectional_dynamic_rnn(cells[0], cells[1], sequence(), dtype=tf.float32)


@piece()
def cell_in_a_loop():
    """As the language models of 2016 ran their cells."""
    cells = tf.contrib.rnn.MultiRNNCell([cell() for _ in range(2)])
    state, outputs = cells.zero_state(BATCH, tf.float32), []
    with tf.variable_scope("RNN"):
        for step, x in enumerate(steps()):
            if step:
                tf.get_variable_scope().reuse_variables()
            output, state = cells(x, state)
            outputs.append(output)
    return tf.reshape(tf.concat(outputs, 1), [-1, UNITS])


# --- layers ---


@piece()
def layers_dense():
    return tf.layers.dense(tf.layers.dense(constant(2, 3), 4, tf.nn.relu), 2)


@piece()
def layers_dense_three_dimensions():
    return tf.layers.dense(constant(2, 5, 3), 4)


@piece()
def layers_convolution():
    x = tf.layers.conv1d(constant(2, 6, 3), 4, 2)
    y = tf.layers.conv2d(constant(1, 6, 6, 2), 3, 3, padding="same", activation=tf.nn.relu)
    return x, tf.layers.flatten(tf.layers.max_pooling2d(y, 2, 2))


@piece()
def layers_batch_normalization():
    return tf.layers.batch_normalization(tf.layers.dense(constant(4, 3), 4), training=True)


@piece()
def contrib_fully_connected():
    layers = tf.contrib.layers
    return layers.fully_connected(layers.fully_connected(constant(2, 3), 4), 2, activation_fn=None)


@piece()
def contrib_embed_sequence():
    return tf.contrib.layers.embed_sequence(tf.constant([[1, 0], [2, 6]]), WORDS, 3)


@piece()
def contrib_layers_of_others():
    layers = tf.contrib.layers
    return (
        layers.flatten(constant(2, 3, 2)),
        layers.dropout(tf.ones([10])),
        layers.one_hot_encoding(tf.constant([1]), 3),
    )


@piece()
def embedding_lookup():
    table = tf.Variable(tf.random_uniform([WORDS, 3], -1.0, 1.0))
    return tf.nn.embedding_lookup(table, [[1, 2], [0, 6]])


# --- losses, metrics, training ---


def model():
    """Returns (loss, logits, labels) of a small model with a seed drawn before."""
    logits = tf.layers.dense(constant(4, 3), 3)
    labels = tf.constant([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=labels))
    return loss, logits, labels


@piece()
def cross_entropies():
    _, logits, labels = model()
    return (
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1, 2, 1], logits=logits),
        tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits),
        tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits),
    )


@piece()
def losses():
    _, logits, labels = model()
    return [
        tf.losses.softmax_cross_entropy(labels, logits),
        tf.losses.sparse_softmax_cross_entropy([0, 1, 2, 1], logits),
        tf.losses.mean_squared_error(labels, logits),
        tf.losses.absolute_difference(labels, logits),
        tf.losses.sigmoid_cross_entropy(labels, logits),
        tf.losses.get_total_loss(),
    ]


@piece()
def sequence_loss():
    return tf.contrib.seq2seq.sequence_loss(
        tf.random_normal([2, 3, WORDS]), tf.constant([[1, 2, 3], [4, 5, 6]]), tf.ones([2, 3])
    )


@piece()
def sampled_losses():
    w, b = tf.Variable(tf.random_normal([WORDS, 3])), tf.Variable(tf.zeros([WORDS]))
    labels = tf.constant([[1], [2]], tf.int64)
    return (
        tf.nn.nce_loss(w, b, labels, constant(2, 3), 3, WORDS),
        tf.nn.sampled_softmax_loss(w, b, labels, constant(2, 3), 3, WORDS),
    )


@piece()
def metrics():
    loss, logits, labels = model()
    accuracy = tf.metrics.accuracy(tf.argmax(labels, 1), tf.argmax(logits, 1))
    mean = tf.metrics.mean(logits)
    return accuracy[1], mean[1]


@piece()
def accuracy_of_ones_own():
    loss, logits, labels = model()
    correct = tf.equal(tf.argmax(logits, 1), tf.argmax(labels, 1))
    return tf.reduce_mean(tf.cast(correct, tf.float32))


def minimized(optimizer):
    loss, _, _ = model()
    optimizer.minimize(loss)
    return loss


@piece()
def gradient_descent():
    return minimized(tf.train.GradientDescentOptimizer(0.1))


@piece()
def momentum():
    return minimized(tf.train.MomentumOptimizer(0.1, 0.9))


@piece()
def adagrad():
    return minimized(tf.train.AdagradOptimizer(0.1))


@piece()
def rmsprop():
    return minimized(tf.train.RMSPropOptimizer(0.001))


@piece()
def adam():
    return minimized(tf.train.AdamOptimizer(0.001))


@piece()
def adam_of_a_static_lstm():
    outputs, _ = tf.contrib.rnn.static_rnn(cell(), steps(), dtype=tf.float32)
    loss = tf.reduce_mean(tf.square(tf.layers.dense(outputs[-1], 1)))
    tf.train.AdamOptimizer(0.01).minimize(loss, global_step=tf.train.get_or_create_global_step())
    return loss


@piece()
def rmsprop_of_a_dynamic_lstm():
    outputs, _ = tf.nn.dynamic_rnn(cell(), sequence(), dtype=tf.float32)
    loss = tf.reduce_mean(tf.square(tf.layers.dense(outputs[:, -1], 1)))
    tf.train.RMSPropOptimizer(0.01).minimize(loss)
    return loss


@piece()
def clip_by_global_norm():
    loss, _, _ = model()
    variables = tf.trainable_variables()
    clipped, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), 0.1)
    tf.train.GradientDescentOptimizer(0.1).apply_gradients(zip(clipped, variables))
    return clipped


@piece()
def clip_by_value():
    loss, _, _ = model()
    optimizer = tf.train.AdamOptimizer(0.01)
    pairs = [(tf.clip_by_value(g, -1.0, 1.0), v) for g, v in optimizer.compute_gradients(loss) if g is not None]
    optimizer.apply_gradients(pairs)
    return [gradient for gradient, _ in pairs]


@piece()
def exponential_decay():
    loss, _, _ = model()
    step = tf.Variable(0, trainable=False)
    rate = tf.train.exponential_decay(0.1, step, 10, 0.9, staircase=True)
    tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=step)
    return rate


@piece()
def moving_average():
    loss, _, _ = model()
    average = tf.train.ExponentialMovingAverage(0.9)
    average.apply(tf.trainable_variables())
    return loss


# --- control flow, input, the rest ---


@piece()
def cond():
    x = tf.random_normal([5])
    return tf.cond(tf.reduce_sum(x) > 0, lambda: x * 2.0, lambda: tf.random_normal([5]))


@piece()
def while_loop():
    return tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x + tf.random_normal([5])), (0, tf.zeros([5])))


@piece()
def scan():
    return tf.scan(lambda a, x: a + x, tf.random_normal([5]))


@piece()
def map_fn():
    return tf.map_fn(lambda x: x * 2.0, tf.random_normal([5])), tf.foldl(lambda a, x: a + x, tf.random_normal([5]))


@piece()
def case():
    x = tf.random_normal([])
    return tf.case([(x < 0.0, lambda: tf.constant(1)), (x < 1.0, lambda: tf.constant(2))], lambda: tf.constant(3))


@piece()
def queues():
    queue = tf.FIFOQueue(10, tf.float32, [[3]])
    with tf.control_dependencies([queue.enqueue_many(constant(4, 3))]):
        return tf.identity(queue.size())


@piece()
def input_producers():
    """As the readers of 2016 fed their models; range_input_producer without shuffling, so that its order is one."""
    i = tf.train.range_input_producer(4, shuffle=False).dequeue()
    return tf.strided_slice(constant(2, 20), [0, i * 3], [2, (i + 1) * 3])


@piece()
def shuffled_batch():
    tf.train.shuffle_batch([constant(3)], 2, 20, 5, seed=3)
    tf.train.batch([constant(3)], 2)
    return tf.random_normal([5])


@piece()
def dataset():
    data = tf.data.Dataset.from_tensor_slices(np.arange(12, dtype="float32").reshape(6, 2))
    return data.repeat().batch(3).make_one_shot_iterator().get_next(), tf.random_normal([5])


@piece()
def dataset_shuffled():
    data = tf.data.Dataset.range(10).shuffle(10).batch(10)
    return data.make_one_shot_iterator().get_next(), tf.random_normal([5])


@piece()
def dataset_shuffled_seeded():
    data = tf.data.Dataset.range(10).shuffle(10, seed=3).batch(10)
    return data.make_one_shot_iterator().get_next(), tf.random_normal([5])


@piece()
def summaries():
    loss, logits, _ = model()
    tf.summary.scalar("loss", loss)
    tf.summary.histogram("logits", logits)
    tf.summary.merge_all()
    return loss


@piece()
def saver():
    loss, _, _ = model()
    tf.train.Saver()
    return loss


@piece()
def placeholders():
    x = tf.placeholder("float", [None, 3, 1], name="x")
    tf.split(tf.reshape(x, [-1, 3]), 3, 1)
    tf.unstack(x, 3, 1)
    tf.transpose(x, [1, 0, 2])
    tf.one_hot(tf.placeholder(tf.int32, [None]), 5)
    return tf.random_normal([5])


@piece()
def arithmetic():
    """What models are built of: operators, reductions, slices, concatenation."""
    x, y = constant(2, 3), constant(2, 3)
    z = (x + y) * 2.0 - x / 3.0
    z = tf.concat([z, -x], 1)[:, 1:4] + tf.reduce_mean(y, 1, keep_dims=True)
    z = tf.nn.softmax(tf.nn.relu(z) ** 2.0 + tf.tanh(z) + tf.sigmoid(z))
    return tf.reduce_sum(z), tf.matmul(z, x, transpose_b=True), tf.argmax(z, 1), tf.expand_dims(tf.squeeze(x[:1]), 0)


@piece()
def attention_decoder():
    mechanism = tf.contrib.seq2seq.LuongAttention(UNITS, constant(BATCH, 5, 3), [5, 3])
    wrapped = tf.contrib.seq2seq.AttentionWrapper(cell(), mechanism, attention_layer_size=3)
    helper = tf.contrib.seq2seq.TrainingHelper(sequence(), [3, 2])
    decoder = tf.contrib.seq2seq.BasicDecoder(wrapped, helper, wrapped.zero_state(BATCH, tf.float32))
    return tf.contrib.seq2seq.dynamic_decode(decoder)[0].rnn_output


@piece()
def embedding_attention_seq2seq():
    ids = [tf.constant([1, 2]), tf.constant([0, 6])]
    return tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(ids, ids, cell("GRUCell"), WORDS, WORDS, 3)[0]


@piece()
def the_document_s_listing():
    """Three words in, the next one out: two layers of LSTM, RMSProp."""
    x = tf.placeholder_with_default(ramp([1, 3, 1]), [None, 3, 1])
    y = tf.placeholder_with_default(np.eye(1, WORDS, 2).astype("float32"), [None, WORDS])
    weights = {"out": tf.Variable(tf.random_normal([UNITS, WORDS]))}
    biases = {"out": tf.Variable(tf.random_normal([WORDS]))}
    inputs = tf.split(tf.reshape(x, [-1, 3]), 3, 1)
    cells = tf.contrib.rnn.MultiRNNCell([cell(), cell()])
    outputs, _ = tf.contrib.rnn.static_rnn(cells, inputs, dtype=tf.float32)
    pred = tf.matmul(outputs[-1], weights["out"]) + biases["out"]
    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y))
    tf.train.RMSPropOptimizer(learning_rate=0.001).minimize(cost)
    correct_pred = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
    return cost, tf.reduce_mean(tf.cast(correct_pred, tf.float32))


# --- gradients, by what they are of ---


def graded(y, *variables):
    """The gradients of y by these variables, or by all."""
    return tf.gradients(y, list(variables) or tf.trainable_variables())


def weight(*shape):
    return tf.get_variable("w%d" % len(tf.global_variables()), shape)


def anything(*shape):
    """An input whose dimensions that are None are unknown to the graph, and 2."""
    return tf.placeholder_with_default(ramp([n if n else 2 for n in shape]), [n if n else None for n in shape])


@piece()
def dense_of_an_unknown_batch():
    return tf.layers.dense(anything(None, 5, 3), 4)


@piece()
def dense_of_an_unknown_batch_and_time():
    return tf.layers.dense(anything(None, None, 3), 4)


@piece()
def gradients_of_dense():
    return graded(tf.reduce_mean(tf.square(tf.layers.dense(anything(None, None, 3), 4))))


@piece()
def gradients_of_broadcasting():
    x, y, z = weight(2, 3), weight(3), weight(2, 1)
    return graded(tf.reduce_sum((x + y) * z - y / z * 2.0 + 1.0 / x))


@piece()
def gradients_of_broadcasting_unknown():
    x, y, z = anything(None, 3) * weight(3), weight(3), anything(None, 1) * weight(1)
    return graded(tf.reduce_sum((x + y) * z - y / z * 2.0 + 1.0 / x))


@piece()
def gradients_of_reductions():
    x = weight(2, 3, 4)
    return graded(
        tf.reduce_sum(tf.reduce_mean(x, 1))
        + tf.reduce_mean(tf.reduce_sum(x, [0, 2]))
        + tf.reduce_mean(tf.reduce_max(x, 2))
        + tf.reduce_sum(tf.reduce_mean(x, [0, 1], keep_dims=True))
    )


@piece()
def gradients_of_reductions_unknown():
    x = anything(None, 3, 4) * weight(4)
    return graded(
        tf.reduce_sum(tf.reduce_mean(x, 1))
        + tf.reduce_mean(tf.reduce_sum(x, [0, 2]))
        + tf.reduce_mean(tf.reduce_max(x, 2))
        + tf.reduce_sum(tf.reduce_mean(x, [0, 1], keep_dims=True))
    )


@piece()
def gradients_of_functions():
    x, y = weight(2, 3), weight(2, 3)
    return graded(
        tf.reduce_sum(
            tf.exp(x)
            + tf.log(tf.abs(y) + 1.0)
            + tf.sqrt(tf.square(x))
            + tf.tanh(x) * tf.sigmoid(y)
            + tf.nn.relu(x)
            + tf.nn.softmax(x)
            + tf.nn.elu(y)
            + tf.sin(x)
            + tf.nn.softplus(x)
        )
    )


@piece()
def gradients_of_pow():
    return graded(tf.reduce_sum(weight(2, 3) ** 2 + tf.pow(tf.abs(weight(2, 3)), 1.5)))


@piece()
def gradients_of_maximum():
    x, y = weight(2, 3), weight(2, 3)
    return graded(tf.reduce_sum(tf.maximum(x, y) + tf.minimum(x, 0.5)))


@piece()
def gradients_of_squared_difference():
    return graded(tf.reduce_mean(tf.squared_difference(weight(2, 3), constant(2, 3))))


@piece()
def gradients_of_shapes():
    x = weight(2, 3, 4)
    y = tf.concat([tf.transpose(x, [1, 0, 2]), tf.ones([3, 2, 2])], 2)
    y = tf.stack(tf.unstack(y, axis=1)) + tf.expand_dims(tf.squeeze(x[:, :1], 1), 0)[0, :, :1][:, None]
    return graded(tf.reduce_sum(tf.add_n(tf.split(y, 2, 2)) + tf.tile(x[:, 1:2, :3], [1, 3, 1])))


@piece()
def gradients_of_gather():
    table = weight(WORDS, 3)
    return [each.values for each in graded(tf.reduce_sum(tf.nn.embedding_lookup(table, [[1, 2], [0, 6]])))]


@piece()
def gradients_of_cross_entropies():
    x = tf.layers.dense(anything(None, 3), 3)
    return graded(
        tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1], logits=x))
        + tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones([2, 3]), logits=x))
    )


@piece()
def gradients_of_convolution():
    x = tf.layers.conv2d(anything(None, 6, 6, 2), 3, 3, padding="same", activation=tf.nn.relu)
    x = tf.layers.flatten(tf.layers.max_pooling2d(x, 2, 2))
    return graded(tf.reduce_mean(tf.layers.dense(x, 2)))


@piece()
def gradients_of_conv1d():
    return graded(tf.reduce_mean(tf.layers.conv1d(anything(None, 6, 3), 4, 2)))


@piece()
def gradients_of_batch_normalization():
    return graded(
        tf.reduce_mean(tf.square(tf.layers.batch_normalization(tf.layers.dense(constant(4, 3), 4), training=True)))
    )


@piece()
def gradients_of_dropout():
    return graded(tf.reduce_mean(tf.nn.dropout(tf.layers.dense(anything(None, 3), 4), 0.5)))


@piece()
def gradients_of_cond():
    x = weight(3)
    return graded(tf.reduce_sum(tf.cond(tf.reduce_sum(x) > 0, lambda: x * 2.0, lambda: x * x)))


@piece()
def gradients_of_scan():
    return graded(tf.reduce_sum(tf.scan(lambda a, x: a * x, weight(5))))


@piece()
def gradients_of_map_fn():
    return graded(tf.reduce_sum(tf.map_fn(lambda x: x * x, weight(5))))


@piece()
def gradients_of_norms():
    x = weight(2, 3)
    mean, variance = tf.nn.moments(x, [0])
    return graded(
        tf.nn.l2_loss(x) + tf.norm(x) + tf.reduce_sum(tf.nn.l2_normalize(x, 1)) + tf.reduce_sum(mean + variance)
    )


@piece()
def clips():
    x = weight(2, 3)
    return tf.clip_by_norm(x, 1.0), tf.clip_by_average_norm(x, 1.0), tf.global_norm([x])


def optimized(optimizer):
    cells = tf.contrib.rnn.MultiRNNCell([cell(), cell()])
    outputs, _ = tf.nn.dynamic_rnn(cells, anything(None, None, INPUTS), dtype=tf.float32)
    logits = tf.matmul(outputs[:, -1], weight(UNITS, 2)) + weight(2)
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=tf.ones([2, 2]) / 2.0))
    variables = tf.trainable_variables()
    clipped, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), 1.0)
    optimizer.apply_gradients(zip(clipped, variables))
    return clipped[:2]


@piece()
def adam_of_a_dynamic_stack():
    return optimized(tf.train.AdamOptimizer(0.01))


@piece()
def adadelta_of_a_dynamic_stack():
    return optimized(tf.train.AdadeltaOptimizer(0.01))


@piece()
def ftrl_of_a_dynamic_stack():
    return optimized(tf.train.FtrlOptimizer(0.01))


@piece()
def gradients_of_a_gru_with_lengths():
    outputs, _ = tf.nn.dynamic_rnn(cell("GRUCell"), anything(None, None, INPUTS), [2, 1], dtype=tf.float32)
    return graded(tf.reduce_mean(tf.square(outputs)))


@piece()
def gradients_of_a_basic_rnn():
    outputs, _ = tf.nn.dynamic_rnn(cell("BasicRNNCell"), anything(None, TIME, INPUTS), dtype=tf.float32)
    return graded(tf.reduce_mean(tf.square(tf.reshape(outputs, [-1, UNITS]))))


@piece()
def gradients_of_dropout_in_a_loop():
    one = tf.contrib.rnn.DropoutWrapper(cell(), output_keep_prob=0.5)
    outputs, _ = tf.nn.dynamic_rnn(one, anything(None, TIME, INPUTS), dtype=tf.float32)
    return graded(tf.reduce_mean(tf.square(outputs)))


@piece()
def gradients_of_a_language_model():
    """As the language models of 2016 ran."""
    cells = tf.contrib.rnn.MultiRNNCell([cell() for _ in range(2)])
    inputs = tf.nn.embedding_lookup(weight(WORDS, UNITS), tf.constant([[1, 2, 3], [4, 5, 6]]))
    inputs = tf.nn.dropout(inputs, 0.9)
    state, outputs = cells.zero_state(BATCH, tf.float32), []
    with tf.variable_scope("RNN"):
        for step in range(TIME):
            if step:
                tf.get_variable_scope().reuse_variables()
            output, state = cells(inputs[:, step, :], state)
            outputs.append(output)
    output = tf.reshape(tf.concat(outputs, 1), [-1, UNITS])
    logits = tf.matmul(output, weight(UNITS, WORDS)) + weight(WORDS)
    loss = tf.contrib.legacy_seq2seq.sequence_loss_by_example(
        [logits], [tf.constant([1, 2, 3, 4, 5, 6])], [tf.ones([6])]
    )
    cost = tf.reduce_sum(loss) / BATCH
    grads, _ = tf.clip_by_global_norm(tf.gradients(cost, tf.trainable_variables()), 5)
    tf.train.GradientDescentOptimizer(1.0).apply_gradients(zip(grads, tf.trainable_variables()))
    return cost


@piece()
def legacy_sequence_loss():
    return tf.contrib.legacy_seq2seq.sequence_loss_by_example([weight(2, WORDS)], [tf.constant([1, 2])], [tf.ones([2])])


@piece()
def masks():
    return tf.sequence_mask([1, 2], 3), tf.one_hot([1, 2], 4), tf.cast(tf.sign(constant(2, 3)), tf.int32)


@piece()
def shuffled_producers():
    tf.train.range_input_producer(4).dequeue()
    tf.train.slice_input_producer([constant(4, 3)])
    tf.train.shuffle_batch([constant(3)], 2, 20, 5)
    tf.train.string_input_producer(["a", "b"])
    return ()


@piece()
def dataset_with_a_draw_inside():
    data = tf.data.Dataset.range(3).map(lambda i: tf.random_uniform([2])).batch(3)
    return data.make_one_shot_iterator().get_next()


@piece()
def dataset_with_an_initializable_iterator():
    data = tf.data.Dataset.from_tensor_slices(constant(4, 3)).shuffle(4).repeat().batch(2)
    iterator = data.make_initializable_iterator()
    iterator.get_next()
    return ()


@piece()
def assigns():
    x = tf.Variable(tf.zeros([3]))
    tf.assign(x, tf.ones([3]))
    tf.assign_add(x, tf.ones([3]))
    return tf.random_normal([3])


@piece()
def partly_static():
    x = anything(None, 6)
    y = tf.reshape(x, [tf.shape(x)[0], 2, 3])
    return tf.reduce_sum(y, 1), tf.zeros([tf.shape(x)[0], 3]), tf.zeros_like(x), tf.ones_like(x), tf.fill([2], 1.0)


@piece()
def attention_by_hand():
    """As people wrote it: scores, softmax, a weighted sum."""
    outputs, _ = tf.nn.dynamic_rnn(cell("GRUCell"), anything(None, TIME, INPUTS), dtype=tf.float32)
    u = tf.tanh(tf.tensordot(outputs, weight(UNITS, 3), axes=1) + weight(3))
    alphas = tf.nn.softmax(tf.tensordot(u, weight(3), axes=1))
    return graded(tf.reduce_mean(tf.reduce_sum(outputs * tf.expand_dims(alphas, -1), 1)))


@piece()
def gradients_of_ctc():
    logits = weight(4, 2, 3)
    labels = tf.SparseTensor(
        tf.constant([[0, 0], [1, 0]], tf.int64), tf.constant([0, 1]), tf.constant([2, 1], tf.int64)
    )
    return graded(tf.reduce_mean(tf.nn.ctc_loss(labels, logits, [4, 4])))


@piece()
def second_gradients():
    x = weight(3)
    return graded(tf.reduce_sum(graded(tf.reduce_sum(x * x * x), x)[0] * tf.stop_gradient(x)))


@piece()
def gradients_of_matmul():
    x = weight(2, 3, 4)
    return graded(
        tf.reduce_sum(tf.matmul(x, x, transpose_b=True)) + tf.reduce_sum(tf.matmul(weight(2, 3), weight(3, 2)))
    )


@piece()
def random_others():
    return (
        tf.random_poisson([2.0], [5]),
        tf.random_uniform([3], 0, 5, tf.int64),
        tf.random_normal([2], dtype=tf.float64),
    )


# --- contrib, by its names ---


@piece()
def static_input_projection():
    return tf.contrib.rnn.static_rnn(tf.contrib.rnn.InputProjectionWrapper(cell(), 5), steps(), dtype=tf.float32)


@piece()
def static_output_projection():
    return tf.contrib.rnn.static_rnn(tf.contrib.rnn.OutputProjectionWrapper(cell(), 5), steps(), dtype=tf.float32)


@piece()
def training_decoder():
    helper = tf.contrib.seq2seq.TrainingHelper(sequence(), [3, 2])
    one = cell()
    decoder = tf.contrib.seq2seq.BasicDecoder(one, helper, one.zero_state(BATCH, tf.float32), tf.layers.Dense(WORDS))
    return tf.contrib.seq2seq.dynamic_decode(decoder)[0].rnn_output


@piece()
def greedy_decoder():
    table = tf.get_variable("embedding", [WORDS, 3])
    helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(table, tf.constant([1, 2]), 0)
    one = cell()
    decoder = tf.contrib.seq2seq.BasicDecoder(one, helper, one.zero_state(BATCH, tf.float32), tf.layers.Dense(WORDS))
    return tf.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=3)[0].rnn_output


@piece()
def bahdanau_attention():
    mechanism = tf.contrib.seq2seq.BahdanauAttention(UNITS, constant(BATCH, 5, 3), [5, 3])
    wrapped = tf.contrib.seq2seq.AttentionWrapper(cell(), mechanism)
    return tf.nn.dynamic_rnn(wrapped, sequence(), dtype=tf.float32)[0]


@piece()
def luong_attention_without_lengths():
    mechanism = tf.contrib.seq2seq.LuongAttention(UNITS, constant(BATCH, 5, 3))
    wrapped = tf.contrib.seq2seq.AttentionWrapper(cell(), mechanism)
    return tf.nn.dynamic_rnn(wrapped, sequence(), dtype=tf.float32)[0]


@piece()
def basic_rnn_seq2seq():
    return tf.contrib.legacy_seq2seq.basic_rnn_seq2seq(steps(), steps(), cell())[0]


@piece()
def rnn_decoder():
    one = cell()
    return tf.contrib.legacy_seq2seq.rnn_decoder(steps(), one.zero_state(BATCH, tf.float32), one)[0]


@piece()
def embedding_rnn_seq2seq():
    ids = [tf.constant([1, 2]), tf.constant([0, 6])]
    return tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(ids, ids, cell("GRUCell"), WORDS, WORDS, 3)[0]


@piece()
def contrib_linear_of_three_dimensions():
    return tf.contrib.layers.fully_connected(anything(None, 5, 3), 4)


@piece()
def contrib_regularization():
    tf.get_variable("w", [3, 4], regularizer=tf.contrib.layers.l2_regularizer(0.1))
    return tf.losses.get_regularization_loss()


@piece()
def contrib_optimize_loss():
    loss, _, _ = model()
    return tf.contrib.layers.optimize_loss(loss, tf.train.get_or_create_global_step(), 0.1, "Adam")


@piece()
def gradients_of_a_block_cell():
    one = tf.contrib.rnn.LSTMBlockCell(UNITS, use_peephole=True, cell_clip=1.0)
    outputs, _ = tf.nn.dynamic_rnn(one, anything(None, TIME, INPUTS), dtype=tf.float32)
    return graded(tf.reduce_mean(tf.square(outputs)))


@piece()
def fused_block_cell_with_lengths():
    one = tf.contrib.rnn.LSTMBlockFusedCell(UNITS, use_peephole=True)
    outputs, _ = one(anything(TIME, None, INPUTS), dtype=tf.float32, sequence_length=tf.constant([3, 2]))
    return graded(tf.reduce_mean(tf.square(outputs)))


@piece()
def gradients_of_an_attention_decoder():
    """An encoder's outputs and its last state, of a batch that is not known, as translators had them."""
    words, lengths = anything(None, 5, INPUTS), tf.placeholder_with_default(np.array([5, 3], "int32"), [None])
    encoded, state = tf.nn.dynamic_rnn(cell(), words, lengths, dtype=tf.float32)
    mechanism = tf.contrib.seq2seq.BahdanauAttention(UNITS, encoded, lengths, normalize=True)
    wrapped = tf.contrib.seq2seq.AttentionWrapper(cell(), mechanism, attention_layer_size=3, alignment_history=True)
    start = wrapped.zero_state(tf.shape(words)[0], tf.float32)
    helper = tf.contrib.seq2seq.TrainingHelper(anything(None, None, INPUTS), tf.constant([2, 1]))
    decoder = tf.contrib.seq2seq.BasicDecoder(wrapped, helper, start, tf.layers.Dense(WORDS, use_bias=False))
    outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(decoder, impute_finished=True)
    loss = tf.contrib.seq2seq.sequence_loss(
        outputs.rnn_output, tf.constant([[1, 2], [3, 4]]), tf.constant([[1.0, 1.0], [1.0, 0.0]])
    )
    return graded(loss)


@piece()
def sampling_decoder():
    table = tf.get_variable("embedding", [WORDS, 3])
    helper = tf.contrib.seq2seq.SampleEmbeddingHelper(table, tf.constant([1, 2]), 0, softmax_temperature=0.7)
    one = cell("GRUCell")
    decoder = tf.contrib.seq2seq.BasicDecoder(one, helper, one.zero_state(BATCH, tf.float32), tf.layers.Dense(WORDS))
    outputs, _, _ = tf.contrib.seq2seq.dynamic_decode(decoder, impute_finished=True, maximum_iterations=4)
    return outputs.sample_id


@piece()
def luong_attention_of_two_memories():
    mechanisms = [tf.contrib.seq2seq.LuongAttention(UNITS, constant(BATCH, time, 3), scale=True) for time in (5, 2)]
    wrapped = tf.contrib.seq2seq.AttentionWrapper(cell(), mechanisms, [3, 2], output_attention=False)
    return graded(tf.reduce_sum(tf.nn.dynamic_rnn(wrapped, sequence(), dtype=tf.float32)[0]))


@piece()
def sequence_loss_of_each_step():
    return graded(
        tf.reduce_sum(
            tf.contrib.seq2seq.sequence_loss(
                tf.layers.dense(anything(None, None, 3), WORDS), tf.constant([[1, 2], [3, 4]]),
                tf.placeholder_with_default(np.ones([2, 2], "float32"), [None, None]), average_across_timesteps=False,
            )
        )
    )  # fmt: skip


@piece()
def embedding_rnn_seq2seq_fed():
    ids = [tf.constant([1, 2]), tf.constant([0, 6]), tf.constant([3, 3])]
    outputs, _ = tf.contrib.legacy_seq2seq.embedding_rnn_seq2seq(ids, ids, cell(), WORDS, WORDS, 3, feed_previous=True)
    loss = tf.contrib.legacy_seq2seq.sequence_loss(outputs, ids, [tf.ones([2])] * 3)
    return graded(loss)


@piece()
def embedding_attention_seq2seq_fed_or_not():
    ids = [tf.constant([1, 2]), tf.constant([0, 6])]
    fed = tf.placeholder_with_default(True, [])
    return tf.contrib.legacy_seq2seq.embedding_attention_seq2seq(
        ids, ids, cell("GRUCell"), WORDS, WORDS, 3, num_heads=2, feed_previous=fed, initial_state_attention=True
    )[0]


@piece()
def embedding_tied_rnn_seq2seq():
    ids = [tf.constant([1, 2]), tf.constant([0, 6])]
    return tf.contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq(ids, ids, cell("GRUCell"), WORDS, 3)[0]


@piece()
def model_with_buckets():
    ids, seq2seq = [tf.constant([1, 2]), tf.constant([0, 6])], tf.contrib.legacy_seq2seq

    def one_model(encoder_inputs, decoder_inputs):
        return seq2seq.embedding_attention_seq2seq(encoder_inputs, decoder_inputs, cell(), WORDS, WORDS, 3)

    return seq2seq.model_with_buckets(ids, ids, ids, [tf.ones([2])] * 2, [(1, 1), (2, 2)], one_model)[1]


@piece()
def regularized_layers():
    scale = tf.contrib.layers.l1_regularizer(0.1)
    x = tf.layers.dense(constant(2, 3), 4, kernel_regularizer=tf.contrib.layers.l2_regularizer(0.1))
    x = tf.contrib.layers.fully_connected(x, 3, weights_regularizer=scale, biases_regularizer=scale)
    with tf.variable_scope("scope", regularizer=tf.contrib.layers.l2_regularizer(0.0)):
        weights = tf.get_variable("weights", [3, 3])
    return tf.losses.get_regularization_loss(), tf.losses.get_total_loss(), tf.matmul(x, weights)


@piece()
def optimize_loss_clipped():
    loss, _, _ = model()
    return tf.contrib.layers.optimize_loss(
        loss, tf.train.get_or_create_global_step(), 0.1, "SGD", clip_gradients=1.0,
        learning_rate_decay_fn=lambda rate, step: tf.train.exponential_decay(rate, step, 10, 0.9),
        summaries=["loss", "learning_rate", "gradients", "gradient_norm"],
    )  # fmt: skip


@piece()
def linear_of_two():
    """_linear of contrib, which the cells that people wrote themselves called."""
    linear = __import__("tensorflow.contrib.rnn.python.ops.core_rnn_cell", fromlist=["_linear"])._linear
    with tf.variable_scope("own"):
        return linear([constant(2, 3), constant(2, 4)], 5, True), tf.layers.dropout(constant(2, 3), training=True)


@piece()
def embedded_sequence():
    return tf.contrib.layers.embed_sequence(tf.constant([[1, 2], [0, 6]]), WORDS, 3)


# --- kinds that public scripts brought up ---


@piece()
def gradients_of_losses():
    x, y, losses = tf.layers.dense(anything(None, 3), 1), anything(None, 1), tf.losses
    losses.mean_squared_error(y, x)
    losses.absolute_difference(y, x)
    losses.sigmoid_cross_entropy(y, x)
    losses.hinge_loss(y, x)
    losses.log_loss(y, tf.sigmoid(x))
    losses.sparse_softmax_cross_entropy(tf.constant([0, 1]), tf.layers.dense(x, 3))
    return graded(losses.get_total_loss())


@piece()
def shapes_of_nothing():
    """Shapes and axes that are an empty list."""
    x = weight(1, 1)
    y = tf.reshape(x, []) + tf.tile(tf.constant(1.0), []) + tf.fill([], 2.0) + tf.reshape(tf.reduce_sum(x, []), ())
    return graded(y * tf.tensordot(weight(3), weight(3), 1))


@piece()
def einsum():
    x, y = weight(2, 3), weight(3, 4)
    return graded(tf.reduce_sum(tf.einsum("ij,jk->ik", x, y)) + tf.reduce_sum(tf.einsum("bij,jk->bik", x[None], y)))


@piece()
def linspace():
    return tf.linspace(0.0, 1.0, 5), tf.lin_space(0.0, 2.0, 3)


if __name__ == "__main__":
    main(record)
    with open(sys.argv[1].replace(".npz", ".operations.gz"), "wb") as packed:
        with gzip.GzipFile("", "wb", 9, packed, mtime=0) as file:
            file.write("".join("%s\n" % line for line in OPERATIONS).encode("utf-8"))
