"""The `tensorflow` of a script of 2016 to 2018: which modules it has, and what is in each.

A module more is an entry more.
"""

from importlib import import_module

import tensorflow.compat.v1 as tf

from legacy.contrib import (
    data,
    framework,
    layers,
    learn,
    legacy_seq2seq,
    lookup,
    losses,
    projector,
    rnn,
    seq2seq,
    training,
)
from legacy.input_data import read_data_sets
from legacy.script import flags_2016, names_2016, own_modules_2016, rnn_cell_2015
from legacy.script.shown import modules_of


def names_of(module):
    """Returns name -> value of what a module of contrib shows."""
    return {name: getattr(module, name) for name in module.__all__}


# dotted name -> (its names of then, the module of today whose names come after them, or None), or the dotted name of
# the module that it is, too.
TREE = {
    "tensorflow": (names_2016.TF_NAMES, tf),
    "tensorflow.app": ({}, tf.app),
    "tensorflow.app.flags": (flags_2016.NAMES, tf.flags),
    "tensorflow.flags": "tensorflow.app.flags",
    "tensorflow.nn": (names_2016.NN_NAMES, tf.nn),
    "tensorflow.nn.rnn_cell": (names_of(rnn) | own_modules_2016.RNN_CELL, None),
    "tensorflow.nn.seq2seq": (names_of(legacy_seq2seq), None),
    "tensorflow.train": (names_2016.TRAIN_NAMES, tf.train),
    # contrib
    "tensorflow.contrib.data": (names_of(data), None),
    "tensorflow.contrib.framework": (names_of(framework), None),
    "tensorflow.contrib.framework.nest": ({}, tf.nest),
    "tensorflow.contrib.layers": (names_of(layers), None),
    "tensorflow.contrib.learn": (names_of(learn), None),
    "tensorflow.contrib.learn.models": ({"linear_regression": learn.linear_regression}, None),
    "tensorflow.contrib.legacy_seq2seq": (names_of(legacy_seq2seq), None),
    "tensorflow.contrib.lookup": (names_of(lookup), None),
    "tensorflow.contrib.losses": (names_of(losses), None),
    "tensorflow.contrib.rnn": (names_of(rnn), None),
    "tensorflow.contrib.seq2seq": (names_of(seq2seq), None),
    "tensorflow.contrib.tensorboard.plugins.projector": (names_of(projector), None),
    "tensorflow.contrib.training": (names_of(training), None),
    # contrib, where its sources stood
    "tensorflow.contrib.layers.python.layers.initializers": "tensorflow.contrib.layers",
    "tensorflow.contrib.layers.python.layers.layers": "tensorflow.contrib.layers",
    "tensorflow.contrib.layers.python.layers.optimizers": "tensorflow.contrib.layers",
    "tensorflow.contrib.layers.python.layers.regularizers": "tensorflow.contrib.layers",
    "tensorflow.contrib.learn.python.learn": (names_of(learn), None),
    "tensorflow.contrib.learn.python.learn.estimators.estimator": "tensorflow.contrib.learn",
    "tensorflow.contrib.legacy_seq2seq.python.ops.seq2seq": "tensorflow.contrib.legacy_seq2seq",
    "tensorflow.contrib.rnn.core_rnn_cell": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.core_rnn": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.core_rnn_cell": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.core_rnn_cell_impl": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.lstm_ops": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.rnn": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.rnn_cell": "tensorflow.contrib.rnn",
    "tensorflow.contrib.seq2seq.python.ops.attention_wrapper": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.basic_decoder": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.beam_search_decoder": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.decoder": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.helper": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.loss": "tensorflow.contrib.seq2seq",
    # examples, and the models that 2015's releases brought along
    "tensorflow.examples.tutorials.mnist.input_data": ({"read_data_sets": read_data_sets}, None),
    "tensorflow.models.rnn.rnn": "tensorflow.contrib.rnn",
    "tensorflow.models.rnn.rnn_cell": (names_of(rnn) | rnn_cell_2015.NAMES, None),
    "tensorflow.models.rnn.seq2seq": "tensorflow.nn.seq2seq",
    # TensorFlow's own modules, by their paths
    "tensorflow.core": ({}, import_module("tensorflow.core")),
    "tensorflow.python": ({}, import_module("tensorflow.python")),
    "tensorflow.python.ops": ({}, import_module("tensorflow.python.ops")),
    "tensorflow.python.ops.constant_op": ({}, import_module("tensorflow.python.framework.constant_op")),  # until 0.8
    "tensorflow.python.ops.nn": "tensorflow.nn",
    "tensorflow.python.ops.rnn": (names_of(rnn), import_module("tensorflow.python.ops.rnn")),
    "tensorflow.python.ops.rnn_cell": "tensorflow.nn.rnn_cell",
    "tensorflow.python.ops.rnn_cell_impl": "tensorflow.nn.rnn_cell",
    "tensorflow.python.ops.seq2seq": "tensorflow.nn.seq2seq",
    **own_modules_2016.TREE,
    # scripts of 1.13 to 1.15 that were half ported
    "tensorflow.compat": ({}, tf.compat),
    "tensorflow.compat.v1": "tensorflow",
}


def show_tensorflow(data_dir=None, one_tensor_states=False):
    """Returns the `tensorflow` of a script.

    Args:
        data_dir: where read_data_sets finds its files, whatever it is told.
        one_tensor_states: an LSTM of tf.nn.rnn_cell has a state of one tensor unless it is told otherwise, as until
            0.12.
    """
    table = dict(TREE)
    if data_dir:

        def read_there(train_dir, *args, **kwargs):
            return read_data_sets(data_dir, *args, **kwargs)

        table["tensorflow.examples.tutorials.mnist.input_data"] = {"read_data_sets": read_there}, None
    if one_tensor_states:
        table["tensorflow.nn.rnn_cell"] = TREE["tensorflow.models.rnn.rnn_cell"]
    return modules_of(table)["tensorflow"]
