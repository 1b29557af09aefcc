"""Whole programs of TensorFlow 1, as they were written: each builds its graph and returns (placeholder, output)."""

import tensorflow as tf

from tests.tf1.checkpoints import sequences

v1 = tf.compat.v1
rnn_cell = v1.nn.rnn_cell


def many(cell, count):
    return rnn_cell.MultiRNNCell([cell() for _ in range(count)]) if count > 1 else cell()


def language_model(forget_bias=0.0, count=2, vocab=11, units=6):
    """The PTB tutorial's: embedding, stack, softmax_w, softmax_b."""

    def build():
        with v1.variable_scope("Model"):
            ids = v1.placeholder(tf.int32, [None, 7])
            embedding = v1.get_variable("embedding", [vocab, units])
            inputs = tf.nn.embedding_lookup(embedding, ids)
            cell = many(lambda: rnn_cell.BasicLSTMCell(units, forget_bias=forget_bias), count)
            with v1.variable_scope("RNN"):
                outputs, _ = v1.nn.static_rnn(cell, tf.unstack(inputs, axis=1), dtype=tf.float32)
            output = tf.reshape(tf.concat(outputs, 1), [-1, units])
            softmax_w, softmax_b = v1.get_variable("softmax_w", [units, vocab]), v1.get_variable("softmax_b", [vocab])
            logits = v1.nn.xw_plus_b(output, softmax_w, softmax_b)
        return ids, tf.reshape(logits, [-1, 7, vocab])

    return build


def digits(cell=rnn_cell.BasicLSTMCell, dynamic=False, hidden=False):
    """The MNIST tutorials': rows as steps, the last output through Variable and Variable_1."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        inputs = x
        if hidden:
            weights, biases = tf.Variable(tf.zeros([4, 6])), tf.Variable(tf.zeros([6]))
            inputs = tf.reshape(tf.nn.relu(tf.matmul(tf.reshape(x, [-1, 4]), weights) + biases), [-1, 5, 6])
        weights, biases = tf.Variable(tf.zeros([6, 3])), tf.Variable(tf.zeros([3]))
        if dynamic:
            outputs, _ = v1.nn.dynamic_rnn(cell(6), inputs, dtype=tf.float32)
            last = tf.transpose(outputs, [1, 0, 2])[-1]
        else:
            outputs, _ = v1.nn.static_rnn(cell(6), tf.unstack(inputs, 5, 1), dtype=tf.float32)
            last = v1.nn.dropout(outputs[-1], rate=0.0)
        return x, tf.matmul(last, weights) + biases

    return build


def tagger(merge="concat"):
    """Two directions over an embedding, a label at every step."""

    def build():
        ids = v1.placeholder(tf.int32, [None, None])
        inputs = tf.nn.embedding_lookup(v1.get_variable("word_embeddings", [12, 5]), ids)
        cells = rnn_cell.LSTMCell(6), rnn_cell.LSTMCell(6)
        outputs, _ = v1.nn.bidirectional_dynamic_rnn(*cells, inputs, dtype=tf.float32)
        both = tf.concat(outputs, -1) if merge == "concat" else outputs[0] + outputs[1]
        return ids, v1.layers.dense(both, 4, name="proj")

    return build


def one_hot_characters():
    """hzy46's: one-hot rows of the ids, GRU or LSTM, softmax/w."""
    ids = v1.placeholder(tf.int32, [None, None])
    outputs, _ = v1.nn.dynamic_rnn(many(lambda: rnn_cell.BasicLSTMCell(6), 2), tf.one_hot(ids, 9), dtype=tf.float32)
    with v1.variable_scope("softmax"):
        weights, biases = v1.get_variable("softmax_w", [6, 9]), v1.get_variable("softmax_b", [9])
    logits = tf.matmul(tf.reshape(outputs, [-1, 6]), weights) + biases
    return ids, tf.reshape(logits, [-1, tf.shape(ids)[1], 9])


def trained(optimizer, wrap=lambda cell: cell, count=2, shared=False):
    """A training graph: dropout around every cell, clipped gradients, an optimizer's slots, a learning rate."""

    def build():
        keep = v1.placeholder_with_default(1.0, [])
        ids, targets = v1.placeholder(tf.int32, [None, None]), v1.placeholder(tf.int32, [None, None])
        learning_rate = v1.get_variable("lr", initializer=0.1, trainable=False)
        inputs = v1.nn.dropout(tf.nn.embedding_lookup(v1.get_variable("embedding", [9, 6]), ids), rate=1 - keep)

        def cell():
            return rnn_cell.DropoutWrapper(wrap(rnn_cell.BasicLSTMCell(6, forget_bias=0.3)), output_keep_prob=keep)

        one = cell()
        cells = rnn_cell.MultiRNNCell([one if shared else cell() for _ in range(count)])
        outputs, _ = v1.nn.dynamic_rnn(cells, inputs, dtype=tf.float32)
        logits = v1.layers.dense(outputs, 9, name="fc")
        loss = tf.reduce_mean(v1.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits))
        variables = v1.trainable_variables()
        gradients, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), 5.0)
        step = v1.train.get_or_create_global_step()
        optimizer(learning_rate).apply_gradients(zip(gradients, variables), step)
        return ids, logits

    return build


def reader(outputs_of, last):
    """Vectors of 4 through cells, and what `last` makes of the outputs and states through a dense layer."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        return x, v1.layers.dense(last(*outputs_of(x)), 3)

    return build


def one_way(x, cell=rnn_cell.LSTMCell):
    return v1.nn.dynamic_rnn(cell(6), x, dtype=tf.float32)


def both_ways(x):
    outputs, states = v1.nn.bidirectional_dynamic_rnn(rnn_cell.LSTMCell(6), rnn_cell.LSTMCell(6), x, dtype=tf.float32)
    return tf.concat(outputs, 2), states


def both_ways_unrolled():
    x = v1.placeholder(tf.float32, [None, 5, 4])
    cells = (rnn_cell.BasicLSTMCell(6, forget_bias=0.5) for _ in range(2))
    outputs, _, _ = v1.nn.static_bidirectional_rnn(*cells, tf.unstack(x, 5, 1), dtype=tf.float32)
    return x, tf.matmul(outputs[-1], tf.Variable(tf.zeros([12, 3]))) + tf.Variable(tf.zeros([3]))


def both_ways_two_layers():
    """Each direction's two layers on their own, as bidirectional_dynamic_rnn over MultiRNNCell runs them."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    cells = (many(lambda: rnn_cell.GRUCell(6), 2) for _ in range(2))
    outputs, _ = v1.nn.bidirectional_dynamic_rnn(*cells, x, dtype=tf.float32)
    return x, v1.layers.dense(tf.concat(outputs, 2), 3)


def both_ways_two_levels():
    """The second level reads both directions of the first, as stack_bidirectional_dynamic_rnn runs them."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    y = x
    with v1.variable_scope("stack_bidirectional_rnn"):
        for level in range(2):
            with v1.variable_scope(f"cell_{level}"):
                y, _ = both_ways(y)
    return x, v1.layers.dense(y, 3)


def label_at_every_step():
    """static_rnn with a product for each step, as sequence labellers wrote it."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    outputs, _ = v1.nn.static_rnn(rnn_cell.BasicLSTMCell(6), tf.unstack(x, 5, 1), dtype=tf.float32)
    weights, biases = tf.Variable(tf.zeros([6, 3])), tf.Variable(tf.zeros([3]))
    return x, tf.stack([tf.matmul(v1.nn.dropout(output, rate=0.0), weights) + biases for output in outputs], 1)


def relu_regression():
    """Predicts a series: a plain RNN with ReLU, one number in and one out at every step."""
    x = v1.placeholder(tf.float32, [None, 5, 1])
    outputs, _ = v1.nn.dynamic_rnn(rnn_cell.BasicRNNCell(6, activation=tf.nn.relu), x, dtype=tf.float32)
    weights, biases = tf.Variable(tf.zeros([6, 1])), tf.Variable(tf.zeros([1]))
    return x, tf.reshape(tf.matmul(tf.reshape(outputs, [-1, 6]), weights) + biases, [-1, 5, 1])


def fused():
    """What tf.contrib.rnn.LSTMBlockFusedCell runs: one operation for all steps."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    with v1.variable_scope("lm/lstm_cell"):
        kernel, bias = v1.get_variable("kernel", [10, 24]), v1.get_variable("bias", [24])
    state, none = tf.zeros([tf.shape(x)[0], 6]), tf.zeros([6])
    result = tf.raw_ops.BlockLSTM(
        seq_len_max=tf.constant(5, tf.int64), x=tf.transpose(x, [1, 0, 2]), cs_prev=state, h_prev=state, w=kernel,
        wci=none, wcf=none, wco=none, b=bias, forget_bias=0.25, cell_clip=-1.0, use_peephole=False,
    )  # fmt: skip
    return x, tf.transpose(result.h, [1, 0, 2])


def block_lstm():
    """What tf.contrib.rnn.LSTMBlockCell runs: one operation a step; the last output through a dense layer."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    with v1.variable_scope("rnn/lstm_cell"):
        kernel, bias = v1.get_variable("kernel", [10, 24]), v1.get_variable("bias", [24])
    h, cs, none = tf.zeros([tf.shape(x)[0], 6]), tf.zeros([tf.shape(x)[0], 6]), tf.zeros([6])
    for step in tf.unstack(x, 5, 1):
        result = tf.raw_ops.LSTMBlockCell(
            x=step, cs_prev=cs, h_prev=h, w=kernel, wci=none, wcf=none, wco=none, b=bias,
            forget_bias=0.25, cell_clip=-1.0, use_peephole=False,
        )  # fmt: skip
        h, cs = result.h, result.cs
    return x, v1.layers.dense(h, 3)


def block_gru():
    """What tf.contrib.rnn.GRUBlockCellV2 runs, in the same way."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    with v1.variable_scope("rnn/gru_cell"):
        w_ru, b_ru = v1.get_variable("gates/kernel", [10, 12]), v1.get_variable("gates/bias", [12])
        w_c, b_c = v1.get_variable("candidate/kernel", [10, 6]), v1.get_variable("candidate/bias", [6])
    h = tf.zeros([tf.shape(x)[0], 6])
    for step in tf.unstack(x, 5, 1):
        h = tf.raw_ops.GRUBlockCell(x=step, h_prev=h, w_ru=w_ru, w_c=w_c, b_ru=b_ru, b_c=b_c).h
    return x, v1.layers.dense(h, 3)


def own_name():
    """A cell that the program named itself: its gates in the graph tell what it is."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    cell = rnn_cell.LSTMCell(6, forget_bias=0.4, name="reader")
    return x, v1.nn.dynamic_rnn(cell, x, dtype=tf.float32)[0]


def embedded(x, rows=9, size=4):
    return tf.nn.embedding_lookup(v1.get_variable("embedding", [rows, size]), x)


def characters(inputs, outputs, cell=rnn_cell.LSTMCell, size=4):
    """Ids through an embedding and `inputs` into a cell, what it gives through `outputs`."""

    def build():
        ids = v1.placeholder(tf.int32, [None, 8])
        told, _ = v1.nn.dynamic_rnn(cell(6), inputs(embedded(ids, size=size)), dtype=tf.float32)
        return ids, outputs(told)

    return build


def dropped_in_training(x):
    """tf.layers.dropout(x, training=placeholder), as TensorFlow 1 wrote it: a condition around it."""
    training = v1.placeholder_with_default(False, [])
    return v1.cond(training, lambda: v1.nn.dropout(x, rate=0.5), lambda: tf.identity(x))


def last(outputs):
    return v1.layers.dense(outputs[:, -1], 3)


def every(outputs):
    return v1.layers.dense(outputs, 3)


def layers_around(x):
    return v1.layers.dense(v1.layers.dense(x, 7, tf.nn.relu), 5, tf.tanh)


def turned_around():
    """proj_w stands a row a word, as sampled_softmax_loss wants it."""
    ids = v1.placeholder(tf.int32, [None, 8])
    outputs, _ = v1.nn.dynamic_rnn(rnn_cell.GRUCell(6), embedded(ids), dtype=tf.float32)
    kernel, bias = v1.get_variable("proj_w", [9, 6]), v1.get_variable("proj_b", [9])
    loss = tf.nn.sampled_softmax_loss(kernel, bias, tf.reshape(ids, [-1, 1]), tf.reshape(outputs, [-1, 6]), 4, 9)
    v1.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_mean(loss))
    logits = tf.matmul(tf.reshape(outputs, [-1, 6]), tf.transpose(kernel)) + bias
    return ids, tf.reshape(logits, [-1, 8, 9])


def tied():
    """One matrix is the embedding and, turned around, the output layer."""
    ids = v1.placeholder(tf.int32, [None, 8])
    outputs, _ = v1.nn.dynamic_rnn(rnn_cell.LSTMCell(6), embedded(ids, size=6), dtype=tf.float32)
    with v1.variable_scope("", reuse=True):
        table = v1.get_variable("embedding")
    logits = tf.matmul(tf.reshape(outputs, [-1, 6]), table, transpose_b=True) + v1.get_variable("softmax_b", [9])
    return ids, tf.reshape(logits, [-1, 8, 9])


def one_after_the_other(scopes, unrolled=False):
    """Two stacks in scopes of their own; a dropout stands between them."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        y = x
        for scope, cell in zip(scopes, (rnn_cell.GRUCell(5), rnn_cell.LSTMCell(6))):
            with v1.variable_scope(scope):
                if unrolled:
                    outputs, _ = v1.nn.static_rnn(cell, tf.unstack(y, 5, 1), dtype=tf.float32)
                    y = tf.stack(outputs, 1)
                else:
                    y, _ = v1.nn.dynamic_rnn(cell, y, dtype=tf.float32)
            y = dropped_in_training(y)
        return x, last(y)

    return build


def in_parts():
    """A partitioner's scope: the graph holds a kernel's parts, the checkpoint the whole."""
    x = v1.placeholder(tf.float32, [None, 5, 4])
    initializer = v1.random_uniform_initializer(-0.5, 0.5, seed=1)  # without a seed, tf_keras warns of equal parts
    with v1.variable_scope("model", initializer=initializer, partitioner=v1.fixed_size_partitioner(2)):
        return x, v1.nn.dynamic_rnn(rnn_cell.BasicLSTMCell(6, forget_bias=0.2), x, dtype=tf.float32)[0]


def pair(x):
    cells = rnn_cell.LSTMCell(6), rnn_cell.LSTMCell(6)
    outputs, _ = v1.nn.bidirectional_dynamic_rnn(*cells, x, dtype=tf.float32)
    return outputs, None


def two_layers(x):
    return v1.nn.dynamic_rnn(many(lambda: rnn_cell.LSTMCell(6), 2), x, dtype=tf.float32)


def layers_of(cell, count=1):
    """One stack on vectors of 4, its outputs at every step."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        outputs, _ = v1.nn.dynamic_rnn(many(cell, count), x, dtype=tf.float32)
        return x, outputs

    return build


IDS, VECTORS = sequences(2, 8, ids=9), sequences(3, 5, 4)
PROGRAMS = {
    "language model": (language_model(), sequences(2, 7, ids=11)),
    "digits, static": (digits(), VECTORS),
    "digits, dynamic GRU": (digits(rnn_cell.GRUCell, dynamic=True), VECTORS),
    "digits, static plain RNN": (digits(rnn_cell.BasicRNNCell), VECTORS),
    "sensors, ReLU layer before": (digits(hidden=True), VECTORS),
    "tagger, both directions": (tagger(), sequences(2, 8, ids=12)),
    "characters, one-hot": (one_hot_characters, IDS),
    "trained with Adam": (trained(v1.train.AdamOptimizer), IDS),
    "trained with RMSProp, one cell's weights three times": (
        trained(v1.train.RMSPropOptimizer, count=3, shared=True),
        IDS,
    ),
    "trained with Momentum, residual": (
        trained(lambda rate: v1.train.MomentumOptimizer(rate, 0.9), rnn_cell.ResidualWrapper),
        IDS,
    ),
    "last state": (reader(one_way, lambda outputs, state: state.h), VECTORS),
    "mean of the steps": (reader(one_way, lambda outputs, state: tf.reduce_mean(outputs, 1)), VECTORS),
    "both directions, last step": (reader(both_ways, lambda outputs, states: outputs[:, -1]), VECTORS),
    "both directions, last states": (
        reader(both_ways, lambda outputs, states: tf.concat([state.h for state in states], 1)),
        VECTORS,
    ),
    "both directions, static": (both_ways_unrolled, VECTORS),
    "both directions, two layers each": (both_ways_two_layers, VECTORS),
    "both directions, two levels": (both_ways_two_levels, VECTORS),
    "label at every step, static": (label_at_every_step, VECTORS),
    "series, ReLU": (relu_regression, sequences(3, 5, 1)),
    "fused": (fused, VECTORS),
    "block LSTM, last step": (block_lstm, VECTORS),
    "block GRU, last step": (block_gru, VECTORS),
    "a name of its own": (own_name, VECTORS),
    "dropout in training alone": (characters(dropped_in_training, lambda told: last(dropped_in_training(told))), IDS),
    "a layer after the embedding": (
        characters(lambda x: v1.layers.dense(x, 7, use_bias=False, name="wide"), every),
        IDS,
    ),
    "a layer of the embedding's size": (characters(lambda x: v1.layers.dense(x, 4, tf.nn.relu, name="in"), every), IDS),
    "two layers before, two after": (
        lambda: (x := v1.placeholder(tf.float32, [None, 5, 4]), every(layers_around(one_way(layers_around(x))[0]))),
        VECTORS,
    ),
    "both directions, each one's end": (
        reader(pair, lambda outputs, _: tf.concat([outputs[0][:, -1], outputs[1][:, 0]], 1)),
        VECTORS,
    ),
    "both directions, their average": (
        reader(pair, lambda outputs, _: (outputs[0] + outputs[1]) / 2),
        VECTORS,
    ),
    "output layer turned around": (turned_around, IDS),
    "output layer and embedding in one": (tied, IDS),
    "one stack after the other": (one_after_the_other(["below", "above"]), VECTORS),
    "one stack after the other, static": (one_after_the_other(["below", "above"], unrolled=True), VECTORS),
}
IN_BOTH_GRAPHS = ("language model", "digits, dynamic GRU", "characters, one-hot", "trained with Adam", "last state")
