"""Records checkpoints as each TensorFlow wrote them, and what the same session gave on a recorded input.

Each is packed with its .meta into a .zip of its own, in a folder beside the .npz.
"""

from __future__ import division, print_function

import os
import shutil
import sys
import tempfile
import zipfile

import numpy as np
import tensorflow as tf
from pieces import PIECES, as_array, main, new_session, numbered, piece, ramp

BATCH, TIME, INPUTS, UNITS, CLASSES, WORDS, SIZE = 2, 5, 3, 4, 3, 7, 3
FOLDER = sys.argv[1].replace(".npz", "")

# Of the years in between, which call variables and scopes as 1.4.1 or 1.15.5 do, what comes up most, or changed in between.
FEW = (
    "static_basic_lstm static_lstm_peepholes static_multi static_multi_one_cell_twice dynamic_lengths dynamic_multi_dropout "
    "dynamic_bidirectional stack_bidirectional_dynamic stack_bidirectional_static output_projection_wrapper "
    "embedding_wrapper block_cell gru_block_cell fused_block_cell layer_norm_cell cudnn_compatible_lstm keras_lstm_layer "
    "attention_wrapper encoder_decoder embedding_attention_seq2seq language_model slots_adam averages partitioned"
).split()

OLD = not hasattr(tf.contrib.rnn, "MultiRNNCell")  # 0.12
if not OLD:
    CELLS = tf.contrib.rnn
    static_rnn, static_bidirectional_rnn = CELLS.static_rnn, CELLS.static_bidirectional_rnn
else:
    CELLS = tf.nn.rnn_cell
    static_rnn, static_bidirectional_rnn = tf.nn.rnn, tf.nn.bidirectional_rnn


def packed(prefix, name):
    """Packs a checkpoint's files into NAME.zip; the archive has no dates."""
    if not os.path.isdir(FOLDER):
        os.makedirs(FOLDER)
    with zipfile.ZipFile(os.path.join(FOLDER, name + ".zip"), "w") as archive:
        for file in sorted(os.listdir(os.path.dirname(prefix))):
            if file.startswith(os.path.basename(prefix)):
                info = zipfile.ZipInfo(file, (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                with open(os.path.join(os.path.dirname(prefix), file), "rb") as content:
                    archive.writestr(info, content.read())


def record(function):
    """Returns ({"input": what was fed, "output": what the session gave}, the variables), and packs the checkpoint.

    A piece returns (placeholder, output), or with more: {"train": an operation to run once, "version": Saver's format,
    "feed": placeholder -> value, "also": name -> another output}.
    """
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        result = function()
        x, output = result[:2]
        more = result[2] if len(result) > 2 else {}
        version = more.get("version", tf.train.SaverDef.V2)
        saver = tf.train.Saver(write_version=version)
        value = ids() if x.dtype.is_integer else ramp(x.get_shape().as_list() if is_full(x) else [BATCH, TIME, INPUTS])
        feed = dict(more.get("feed", {}))
        feed[x] = value
        folder = tempfile.mkdtemp()
        with new_session() as session:
            session.run(tf.global_variables_initializer())
            for place, variable in numbered():
                session.run(tf.assign(variable, ramp(variable.get_shape().as_list(), place)))
            for train in more.get("train", []):
                session.run(train, feed)
            found = {"input": value, "output": session.run(output, feed)}
            for name, tensor in more.get("also", {}).items():
                found[name] = session.run(tensor, feed)
            packed(saver.save(session, os.path.join(folder, "model.ckpt")), function.__name__)
        variables = ["%s %s" % (each.op.name, each.get_shape().as_list()) for each in tf.global_variables()]
        shutil.rmtree(folder)
    return dict((name, as_array(each)) for name, each in found.items()), variables


def is_full(x):
    return x.get_shape().is_fully_defined()


def ids():
    return np.array([[1, 0, 6, 2, 4], [5, 5, 3, 1, 0]], "int32")


def vectors():
    return tf.placeholder(tf.float32, [None, TIME, INPUTS], name="x")


def words():
    return tf.placeholder(tf.int32, [None, TIME], name="ids")


def steps(x):
    return [tf.squeeze(step, [1]) for step in pieces_of(x)]


def pieces_of(x):
    """tf.split, whose arguments changed their order with 1.0."""
    return tf.split(1, TIME, x) if OLD else tf.split(x, TIME, 1)


def joined(tensors, axis):
    return tf.concat(axis, tensors) if OLD else tf.concat(tensors, axis)


def cell(kind="BasicLSTMCell", units=UNITS, **how):
    return getattr(CELLS, kind)(units, **how)


def projected(last, size=UNITS):
    """`Variable` and `Variable_1`, as the listings have their output layer."""
    weights, biases = tf.Variable(tf.zeros([size, CLASSES])), tf.Variable(tf.zeros([CLASSES]))
    return tf.matmul(last, weights) + biases


def static(one, size=UNITS):
    x = vectors()
    outputs, _ = static_rnn(one, steps(x), dtype=tf.float32)
    return x, projected(outputs[-1], size)


def dynamic(one, **how):
    x = vectors()
    outputs, _ = tf.nn.dynamic_rnn(one, x, dtype=tf.float32, **how)
    return x, outputs


# --- cells, unrolled ---


@piece()
def static_basic_rnn():
    return static(cell("BasicRNNCell"))


@piece()
def static_basic_lstm():
    return static(cell())


@piece()
def static_basic_lstm_forget_bias():
    return static(cell(forget_bias=0.3))


@piece()
def static_basic_lstm_one_tensor():
    return static(cell(state_is_tuple=False))


@piece()
def static_lstm():
    return static(cell("LSTMCell"))


@piece()
def static_lstm_peepholes():
    return static(cell("LSTMCell", use_peepholes=True))


@piece()
def static_lstm_projection():
    return static(cell("LSTMCell", num_proj=2), 2)


@piece()
def static_lstm_clipped():
    return static(cell("LSTMCell", cell_clip=0.2))


@piece()
def static_lstm_shards():
    return static(cell("LSTMCell", num_unit_shards=2))


@piece()
def static_gru():
    return static(cell("GRUCell"))


@piece()
def static_multi():
    return static(CELLS.MultiRNNCell([cell(), cell()]))


@piece()
def static_multi_one_cell_twice():
    """[cell] * 2, on inputs of as many numbers as it has units."""
    x = tf.placeholder(tf.float32, [BATCH, TIME, UNITS], name="x")
    outputs, _ = static_rnn(CELLS.MultiRNNCell([cell()] * 2), steps(x), dtype=tf.float32)
    return x, projected(outputs[-1])


@piece()
def static_bidirectional():
    x = vectors()
    outputs, _, _ = static_bidirectional_rnn(cell(), cell(), steps(x), dtype=tf.float32)
    return x, projected(outputs[-1], 2 * UNITS)


@piece()
def static_in_a_scope():
    with tf.variable_scope("reader"):
        return static(cell("GRUCell"))


# --- cells, in a loop ---


@piece()
def dynamic_basic_rnn_relu():
    return dynamic(cell("BasicRNNCell", activation=tf.nn.relu))


@piece()
def dynamic_basic_lstm():
    return dynamic(cell())


@piece()
def dynamic_lstm():
    return dynamic(cell("LSTMCell", forget_bias=0.4))


@piece()
def dynamic_gru():
    return dynamic(cell("GRUCell"))


@piece()
def dynamic_time_major():
    x = vectors()
    outputs, _ = tf.nn.dynamic_rnn(cell("GRUCell"), tf.transpose(x, [1, 0, 2]), dtype=tf.float32, time_major=True)
    return x, projected(outputs[-1])


@piece()
def dynamic_last():
    x = vectors()
    outputs, _ = tf.nn.dynamic_rnn(cell(), x, dtype=tf.float32)
    return x, projected(tf.transpose(outputs, [1, 0, 2])[-1])


@piece()
def dynamic_last_state():
    x = vectors()
    _, state = tf.nn.dynamic_rnn(cell("LSTMCell", state_is_tuple=True), x, dtype=tf.float32)
    return x, projected(state[1])


@piece()
def dynamic_lengths():
    lengths = tf.placeholder(tf.int32, [None], name="lengths")
    x, outputs = dynamic(cell(), sequence_length=lengths)
    return x, outputs, {"feed": {lengths: [5, 3]}}


@piece()
def dynamic_multi():
    return dynamic(
        CELLS.MultiRNNCell([cell("LSTMCell", state_is_tuple=True), cell("LSTMCell", 3, state_is_tuple=True)])
    )


@piece()
def dynamic_multi_dropout():
    keep = tf.placeholder(tf.float32, [], name="keep_prob")
    cells = [CELLS.DropoutWrapper(cell(state_is_tuple=True), output_keep_prob=keep) for _ in range(2)]
    x, outputs = dynamic(CELLS.MultiRNNCell(cells, state_is_tuple=True))
    return x, outputs, {"feed": {keep: 1.0}}


@piece()
def dynamic_bidirectional():
    x = vectors()
    outputs, _ = tf.nn.bidirectional_dynamic_rnn(cell("LSTMCell"), cell("LSTMCell"), x, dtype=tf.float32)
    return x, joined(outputs, 2)


@piece()
def dynamic_bidirectional_lengths():
    """Until 1.0 they had to be said."""
    x = vectors()
    lengths = tf.fill([tf.shape(x)[0]], TIME)
    outputs, _ = tf.nn.bidirectional_dynamic_rnn(cell("LSTMCell"), cell("LSTMCell"), x, lengths, dtype=tf.float32)
    return x, joined(outputs, 2)


@piece()
def dynamic_bidirectional_two_layers():
    x = vectors()
    cells = [CELLS.MultiRNNCell([cell("GRUCell"), cell("GRUCell")]) for _ in range(2)]
    outputs, _ = tf.nn.bidirectional_dynamic_rnn(cells[0], cells[1], x, dtype=tf.float32)
    return x, joined(outputs, 2)


@piece()
def stack_bidirectional_dynamic():
    x = vectors()
    cells = [[cell("GRUCell"), cell("GRUCell", 3)] for _ in range(2)]
    outputs, _, _ = tf.contrib.rnn.stack_bidirectional_dynamic_rnn(cells[0], cells[1], x, dtype=tf.float32)
    return x, outputs


@piece()
def stack_bidirectional_static():
    x = vectors()
    cells = [[cell("GRUCell"), cell("GRUCell", 3)] for _ in range(2)]
    outputs, _, _ = tf.contrib.rnn.stack_bidirectional_rnn(cells[0], cells[1], steps(x), dtype=tf.float32)
    return x, projected(outputs[-1], 6)


@piece()
def raw_rnn():
    x, one = vectors(), cell("GRUCell")
    transposed = tf.transpose(x, [1, 0, 2])
    batch = tf.shape(x)[0]

    def loop_fn(time, cell_output, cell_state, loop_state):
        state = one.zero_state(batch, tf.float32) if cell_output is None else cell_state
        finished = time >= TIME
        inputs = tf.gather(transposed, tf.minimum(time, TIME - 1))
        inputs.set_shape([None, INPUTS])
        return tf.fill([batch], finished), inputs, state, cell_output, None

    outputs, _, _ = tf.nn.raw_rnn(one, loop_fn)
    outputs = outputs.stack() if hasattr(outputs, "stack") else outputs.pack()
    return x, tf.transpose(outputs, [1, 0, 2])


# --- wrappers, and other cells ---


@piece()
def residual_wrapper():
    x = tf.placeholder(tf.float32, [BATCH, TIME, UNITS], name="x")
    outputs, _ = tf.nn.dynamic_rnn(tf.contrib.rnn.ResidualWrapper(cell("GRUCell")), x, dtype=tf.float32)
    return x, outputs


@piece()
def device_wrapper():
    return dynamic(tf.contrib.rnn.DeviceWrapper(cell("GRUCell"), "/cpu:0"))


@piece()
def output_projection_wrapper():
    return dynamic(CELLS.OutputProjectionWrapper(cell("GRUCell"), 2))


@piece()
def input_projection_wrapper():
    return dynamic(CELLS.InputProjectionWrapper(cell("GRUCell"), 5))


@piece()
def embedding_wrapper():
    x = words()
    one = CELLS.EmbeddingWrapper(cell("GRUCell"), WORDS, SIZE)
    outputs, _ = static_rnn(one, [tf.squeeze(step, [1]) for step in pieces_of(x)], dtype=tf.float32)
    return x, projected(outputs[-1])


@piece()
def block_cell():
    return static(tf.contrib.rnn.LSTMBlockCell(UNITS, forget_bias=0.4))


@piece()
def gru_block_cell():
    return static(tf.contrib.rnn.GRUBlockCell(UNITS))


@piece()
def fused_block_cell():
    x = vectors()
    outputs, _ = tf.contrib.rnn.LSTMBlockFusedCell(UNITS)(tf.transpose(x, [1, 0, 2]), dtype=tf.float32)
    return x, tf.transpose(outputs, [1, 0, 2])


@piece()
def layer_norm_cell():
    return static(tf.contrib.rnn.LayerNormBasicLSTMCell(UNITS))


@piece()
def coupled_gate_cell():
    return static(tf.contrib.rnn.CoupledInputForgetGateLSTMCell(UNITS))


@piece()
def nas_cell():
    return static(tf.contrib.rnn.NASCell(UNITS))


@piece()
def ugrnn_cell():
    return static(tf.contrib.rnn.UGRNNCell(UNITS))


@piece()
def attention_cell_wrapper():
    one = tf.contrib.rnn.AttentionCellWrapper(cell(), 3, state_is_tuple=True)
    return static(one)


@piece()
def cudnn_compatible_lstm():
    return dynamic(tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell(UNITS))


@piece()
def cudnn_compatible_gru():
    return dynamic(tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell(UNITS))


@piece()
def keras_lstm_layer():
    x = vectors()
    return x, tf.keras.layers.LSTM(UNITS, return_sequences=True)(x)


@piece()
def attention_wrapper():
    x = vectors()
    outputs, state = tf.nn.dynamic_rnn(cell("GRUCell"), x, dtype=tf.float32)
    mechanism = tf.contrib.seq2seq.LuongAttention(UNITS, outputs)
    wrapped = tf.contrib.seq2seq.AttentionWrapper(cell("GRUCell"), mechanism, attention_layer_size=UNITS)
    helper = tf.contrib.seq2seq.TrainingHelper(x, tf.fill([tf.shape(x)[0]], TIME))
    decoder = tf.contrib.seq2seq.BasicDecoder(wrapped, helper, wrapped.zero_state(tf.shape(x)[0], tf.float32))
    return x, tf.contrib.seq2seq.dynamic_decode(decoder)[0].rnn_output


@piece()
def encoder_decoder():
    """Of two dynamic_rnn, the decoder on the reversed input."""
    x = vectors()
    with tf.variable_scope("encoder"):
        _, state = tf.nn.dynamic_rnn(cell("GRUCell"), x, dtype=tf.float32)
    with tf.variable_scope("decoder"):
        outputs, _ = tf.nn.dynamic_rnn(cell("GRUCell"), x, initial_state=state)
    return x, outputs


@piece()
def embedding_attention_seq2seq():
    x = words()
    symbols = [tf.squeeze(step, [1]) for step in pieces_of(x)]
    seq2seq = tf.contrib.legacy_seq2seq if hasattr(tf.contrib, "legacy_seq2seq") else tf.nn.seq2seq
    outputs, _ = seq2seq.embedding_attention_seq2seq(symbols, symbols, cell("GRUCell"), WORDS, WORDS, SIZE)
    return x, outputs[-1]


# --- around the cells ---


@piece()
def language_model():
    """PTB's: embedding, two layers in a loop, softmax_w, softmax_b."""
    x = words()
    with tf.variable_scope("Model"):
        cells = CELLS.MultiRNNCell([cell(forget_bias=0.0, state_is_tuple=True) for _ in range(2)], state_is_tuple=True)
        embedding = tf.get_variable("embedding", [WORDS, UNITS])
        inputs = tf.nn.embedding_lookup(embedding, x)
        state, outputs = cells.zero_state(BATCH, tf.float32), []
        with tf.variable_scope("RNN"):
            for step in range(TIME):
                if step:
                    tf.get_variable_scope().reuse_variables()
                output, state = cells(inputs[:, step, :], state)
                outputs.append(output)
        output = tf.reshape(joined(outputs, 1), [-1, UNITS])
        softmax_w, softmax_b = tf.get_variable("softmax_w", [UNITS, WORDS]), tf.get_variable("softmax_b", [WORDS])
        return x, tf.reshape(tf.matmul(output, softmax_w) + softmax_b, [-1, TIME, WORDS])


@piece()
def layers_dense():
    x, outputs = dynamic(cell())
    return x, tf.layers.dense(outputs, CLASSES)


@piece()
def contrib_fully_connected():
    x, outputs = dynamic(cell("GRUCell"))
    return x, tf.contrib.layers.fully_connected(outputs, CLASSES, activation_fn=None)


@piece()
def input_layer():
    """`in` and `out`, as a tutorial of 2017 has them."""
    x = vectors()
    weights = {"in": tf.Variable(tf.zeros([INPUTS, 5])), "out": tf.Variable(tf.zeros([UNITS, CLASSES]))}
    biases = {"in": tf.Variable(tf.zeros([5])), "out": tf.Variable(tf.zeros([CLASSES]))}
    inputs = tf.reshape(tf.matmul(tf.reshape(x, [-1, INPUTS]), weights["in"]) + biases["in"], [-1, TIME, 5])
    outputs, _ = tf.nn.dynamic_rnn(cell(), inputs, dtype=tf.float32)
    return x, tf.matmul(tf.transpose(outputs, [1, 0, 2])[-1], weights["out"]) + biases["out"]


def trained(optimizer, **more):
    x, logits = static(cell())
    labels = tf.constant(np.eye(CLASSES)[[1, 0]].astype("float32"))
    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=labels))
    step = tf.Variable(0, name="global_step", trainable=False)
    train = optimizer.minimize(cost, global_step=step)
    return x, logits, dict(train=[train], **more)


@piece()
def slots_adam():
    return trained(tf.train.AdamOptimizer(0.01))


@piece()
def slots_rmsprop():
    return trained(tf.train.RMSPropOptimizer(0.01))


@piece()
def slots_momentum():
    return trained(tf.train.MomentumOptimizer(0.01, 0.9))


@piece()
def slots_adagrad():
    return trained(tf.train.AdagradOptimizer(0.01))


@piece()
def averages():
    x, logits = static(cell("GRUCell"))
    average = tf.train.ExponentialMovingAverage(0.9)
    apply = average.apply(tf.trainable_variables())
    change = [tf.assign_add(each, 0.5 * tf.ones_like(each)) for each in tf.trainable_variables()]
    return x, logits, {"train": [apply] + change + [apply]}


@piece()
def format_v1():
    return static(cell()) + ({"version": tf.train.SaverDef.V1},)


@piece()
def format_v1_slots():
    return trained(tf.train.AdamOptimizer(0.01), version=tf.train.SaverDef.V1)


@piece()
def partitioned():
    with tf.variable_scope("split", partitioner=tf.fixed_size_partitioner(2)):
        return dynamic(cell("LSTMCell"))


if __name__ == "__main__":
    if tf.__version__ in ("1.2.1", "1.8.0", "1.12.3"):
        PIECES[:] = [each for each in PIECES if each[0] in FEW]
    main(record)
