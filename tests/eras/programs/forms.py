"""Records frozen graphs and SavedModels as each TensorFlow wrote them, and what the same session gave.

Both forms of a piece are packed into one .zip, in a folder beside the .npz: frozen.pb, and saved_model/.
"""

from __future__ import division, print_function

import os
import shutil
import sys
import tempfile
import zipfile

import numpy as np
import tensorflow as tf
from pieces import main, new_session, numbered, piece, ramp

BATCH, TIME, INPUTS, UNITS, CLASSES, WORDS, SIZE = 2, 5, 3, 4, 3, 7, 3
FOLDER = sys.argv[1].replace(".npz", "")
CELLS = tf.contrib.rnn if hasattr(tf.contrib.rnn, "MultiRNNCell") else tf.nn.rnn_cell


def vectors():
    return tf.placeholder(tf.float32, [None, TIME, INPUTS], name="x")


def dense(x, rows, columns):
    with tf.variable_scope("softmax"):
        weights = tf.get_variable("w", [rows, columns])
        return tf.matmul(x, weights) + tf.get_variable("b", [columns])


@piece()
def last_step():
    """Two layers with dropout, the last step's probabilities."""
    x, keep = vectors(), tf.placeholder(tf.float32, name="keep_prob")
    cells = [CELLS.DropoutWrapper(CELLS.BasicLSTMCell(UNITS), output_keep_prob=keep) for _ in range(2)]
    outputs, _ = tf.nn.dynamic_rnn(CELLS.MultiRNNCell(cells), x, dtype=tf.float32)
    return {x: ramp([BATCH, TIME, INPUTS]), keep: 1.0}, tf.nn.softmax(
        dense(outputs[:, -1], UNITS, CLASSES), name="probabilities"
    )


@piece()
def words():
    """Ids through an embedding, both directions, a label at every step."""
    x = tf.placeholder(tf.int32, [None, TIME], name="x")
    embedded = tf.nn.embedding_lookup(tf.get_variable("embedding", [WORDS, SIZE]), x)
    outputs, _ = tf.nn.bidirectional_dynamic_rnn(CELLS.GRUCell(UNITS), CELLS.GRUCell(UNITS), embedded, dtype=tf.float32)
    flat = tf.reshape(tf.concat(outputs, 2) if CELLS is not tf.nn.rnn_cell else tf.concat(2, outputs), [-1, 2 * UNITS])
    logits = tf.reshape(dense(flat, 2 * UNITS, CLASSES), [-1, TIME, CLASSES], name="logits")
    return {x: (np.arange(BATCH * TIME).reshape(BATCH, TIME) * 3) % WORDS}, logits


@piece()
def lengths():
    """Sequences that end early; their mean through a layer."""
    x, ends = vectors(), tf.placeholder(tf.int32, [None], name="lengths")
    outputs, _ = tf.nn.dynamic_rnn(CELLS.BasicLSTMCell(UNITS), x, ends, dtype=tf.float32)
    mean = tf.reduce_sum(outputs, 1) / tf.expand_dims(tf.cast(ends, tf.float32), 1)
    return {x: ramp([BATCH, TIME, INPUTS]), ends: np.array([5, 3])}, tf.identity(
        dense(mean, UNITS, CLASSES), name="logits"
    )


@piece()
def peepholes():
    x = vectors()
    cell = CELLS.LSTMCell(UNITS, use_peepholes=True, num_proj=3, cell_clip=0.1, state_is_tuple=True)
    outputs, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    return {x: ramp([BATCH, TIME, INPUTS])}, tf.identity(dense(state[0], UNITS, CLASSES), name="logits")


def saved(session, folder, feed, output):
    """Writes both forms of what gives a tensor."""
    freeze = tf.python.framework.graph_util if not hasattr(tf, "graph_util") else tf.graph_util
    frozen = freeze.convert_variables_to_constants(session, session.graph.as_graph_def(), [output.op.name])
    with open(os.path.join(folder, "frozen.pb"), "wb") as file:
        file.write(frozen.SerializeToString())
    if not hasattr(tf, "saved_model"):  # 0.12
        return
    info = tf.saved_model.utils.build_tensor_info
    signature = tf.saved_model.signature_def_utils.build_signature_def(
        dict((each.op.name, info(each)) for each in feed), {"output": info(output)}, "tensorflow/serving/predict"
    )
    builder = tf.saved_model.builder.SavedModelBuilder(os.path.join(folder, "saved_model"))
    builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map={"serving_default": signature})
    builder.save()


def packed(folder, name):
    """Packs a folder into NAME.zip; the archive has no dates."""
    if not os.path.isdir(FOLDER):
        os.makedirs(FOLDER)
    with zipfile.ZipFile(os.path.join(FOLDER, name + ".zip"), "w") as archive:
        for place, _, files in sorted(os.walk(folder)):
            for file in sorted(files):
                path = os.path.join(place, file)
                info = zipfile.ZipInfo(os.path.relpath(path, folder), (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                with open(path, "rb") as content:
                    archive.writestr(info, content.read())


def record(function):
    """Returns what was fed, by its placeholder's name, and "output"; packs the forms."""
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        feed, output = function()
        folder = tempfile.mkdtemp()
        with new_session() as session:
            session.run(tf.global_variables_initializer())
            for place, variable in numbered():
                session.run(tf.assign(variable, ramp(variable.get_shape().as_list(), place)))
            found = {"output": session.run(output, feed)}
            saved(session, folder, feed, output)
        found.update((each.op.name, np.asarray(value)) for each, value in feed.items())
        packed(folder, function.__name__)
        shutil.rmtree(folder)
        return found, ["%s %s" % (each.op.name, each.get_shape().as_list()) for each in tf.global_variables()]


if __name__ == "__main__":
    main(record)
