"""The `tensorflow` of a script of 2016 to 2018: which modules it has, and what is in each.

A module more is an entry more.
"""

from importlib import import_module

import tensorflow.compat.v1 as tf

from legacy.contrib import (
    attention_monotonic,
    buckets,
    crf,
    cudnn_rnn,
    data,
    decoder_functions,
    distributions,
    eager,
    estimator,
    framework,
    grid_rnn,
    helpers,
    layers,
    layers_slim,
    learn,
    learn_experiment,
    learn_models,
    learn_text,
    legacy_seq2seq,
    legacy_seq2seq_losses,
    lookup,
    losses,
    metrics,
    nn,
    projector,
    rnn,
    rnn_blocks,
    rnn_grid,
    rnn_lstm,
    rnn_others,
    rnn_wrappers,
    seq2seq,
    signal,
    slim,
    summary,
    tfprof,
    training,
    util,
    variables,
)
from legacy.input_data import read_data_sets
from legacy.script import flags_2016, graphs_2016, names_2016, own_modules_2016, rnn_cell_2015
from legacy.script.shown import modules_of


def names_of(*modules):
    """Returns name -> value of what the files of a module of contrib show."""
    return {name: getattr(module, name) for module in modules for name in module.__all__}


def own_names_of(path):
    """Returns name -> value of what a module of today, by its path, defines itself."""
    module = import_module(path)
    listed = getattr(module, "__all__", None) or [
        name for name, value in vars(module).items() if getattr(value, "__module__", None) == path
    ]
    return {name: getattr(module, name) for name in listed if not name.startswith("_")}


LAYERS = names_of(layers, layers_slim)
LEGACY_SEQ2SEQ = names_of(legacy_seq2seq, legacy_seq2seq_losses)
LEARN = names_of(learn, learn_experiment)
SEQ2SEQ = names_of(seq2seq, attention_monotonic, decoder_functions, helpers)

# Cells that contrib had where its sources stood, and did not list.
UNLISTED = {"CFNCell", "LayerNormLSTMCell", "MinimalRNNCell", "WeightNormLSTMCell"}
RNN_SOURCE = names_of(rnn, rnn_blocks, rnn_grid, rnn_lstm, rnn_others, rnn_wrappers)
RNN = {name: value for name, value in RNN_SOURCE.items() if name not in UNLISTED}


# dotted name -> (its names of then, the module of today whose names come after them, or None), or the dotted name of
# the module that it is, too.
TREE = {
    "tensorflow": (names_2016.TF_NAMES | graphs_2016.TF_NAMES, tf),
    "tensorflow.app": ({}, tf.app),
    "tensorflow.app.flags": (flags_2016.NAMES, tf.flags),
    "tensorflow.estimator": ({}, estimator.Estimators("estimator")),
    "tensorflow.estimator.experimental": ({}, estimator.Estimators("experimental", "experimental")),
    "tensorflow.estimator.export": ({}, estimator.Estimators("export", "export")),
    "tensorflow.estimator.inputs": ({}, estimator.Estimators("inputs", "inputs")),
    "tensorflow.flags": "tensorflow.app.flags",
    "tensorflow.nn": (names_2016.NN_NAMES, tf.nn),
    "tensorflow.nn.rnn_cell": (RNN | own_modules_2016.RNN_CELL, None),
    "tensorflow.nn.seq2seq": (LEGACY_SEQ2SEQ, None),
    "tensorflow.train": (names_2016.TRAIN_NAMES | graphs_2016.TRAIN_NAMES, tf.train),
    # contrib
    "tensorflow.contrib.compiler": ({}, None),
    "tensorflow.contrib.compiler.jit": ({"experimental_jit_scope": tf.xla.experimental.jit_scope}, None),
    "tensorflow.contrib.crf": (names_of(crf), None),
    "tensorflow.contrib.cudnn_rnn": (names_of(cudnn_rnn), None),
    "tensorflow.contrib.data": (names_of(data), None),
    "tensorflow.contrib.distributions": (names_of(distributions), None),
    "tensorflow.contrib.eager": (names_of(eager), None),
    "tensorflow.contrib.eager.python.tfe": "tensorflow.contrib.eager",
    "tensorflow.contrib.framework": (names_of(framework, variables), None),
    "tensorflow.contrib.framework.nest": (framework.NEST, None),
    "tensorflow.contrib.grid_rnn": (names_of(grid_rnn), None),
    "tensorflow.contrib.grid_rnn.python.ops.grid_rnn_cell": "tensorflow.contrib.grid_rnn",
    "tensorflow.contrib.layers": (LAYERS, None),
    "tensorflow.contrib.learn": (LEARN, None),
    "tensorflow.contrib.learn.io": (learn_models.IO, None),
    "tensorflow.contrib.learn.learn_runner": ({"run": learn_experiment.run}, None),
    "tensorflow.contrib.learn.models": (learn_models.MODELS, None),
    "tensorflow.contrib.learn.monitors": (learn_experiment.MONITORS, None),
    "tensorflow.contrib.learn.ops": (learn_models.OPS, None),
    "tensorflow.contrib.learn.preprocessing": (names_of(learn_text), None),
    "tensorflow.contrib.legacy_seq2seq": (LEGACY_SEQ2SEQ, None),
    "tensorflow.contrib.lookup": (names_of(lookup), None),
    "tensorflow.contrib.losses": (names_of(losses), None),
    "tensorflow.contrib.metrics": (names_of(metrics), None),
    "tensorflow.contrib.nn": (names_of(nn), None),
    "tensorflow.contrib.rnn": (RNN, None),
    "tensorflow.contrib.seq2seq": (SEQ2SEQ, None),
    "tensorflow.contrib.signal": (names_of(signal), None),
    "tensorflow.contrib.slim": (LAYERS | names_of(slim, variables), None),
    "tensorflow.contrib.slim.losses": "tensorflow.contrib.losses",
    "tensorflow.contrib.slim.metrics": "tensorflow.contrib.metrics",
    "tensorflow.contrib.tensorboard.plugins.projector": (names_of(projector), None),
    "tensorflow.contrib.summary": (names_of(summary), None),
    "tensorflow.contrib.tfprof": ({}, None),
    "tensorflow.contrib.tfprof.model_analyzer": (tfprof.MODEL_ANALYZER, None),
    "tensorflow.contrib.tfprof.python.tools.tfprof.model_analyzer": "tensorflow.contrib.tfprof.model_analyzer",
    "tensorflow.contrib.tfprof.tfprof_logger": (tfprof.TFPROF_LOGGER, None),
    "tensorflow.contrib.training": (names_of(training, buckets), None),
    "tensorflow.contrib.training.python.training.hparam": "tensorflow.contrib.training",
    "tensorflow.contrib.util": (names_of(util), None),
    # contrib, where its sources stood
    "tensorflow.contrib.cudnn_rnn.python.layers.cudnn_rnn": "tensorflow.contrib.cudnn_rnn",
    "tensorflow.contrib.cudnn_rnn.python.ops.cudnn_rnn_ops": "tensorflow.contrib.cudnn_rnn",
    "tensorflow.contrib.distributions.python.ops.bernoulli": "tensorflow.contrib.distributions",
    "tensorflow.contrib.distributions.python.ops.categorical": "tensorflow.contrib.distributions",
    "tensorflow.contrib.framework.python.framework.checkpoint_utils": "tensorflow.contrib.framework",
    "tensorflow.contrib.framework.python.framework.tensor_util": "tensorflow.contrib.framework",
    "tensorflow.contrib.framework.python.ops.arg_scope": "tensorflow.contrib.slim",
    "tensorflow.contrib.framework.python.ops.variables": "tensorflow.contrib.framework",
    "tensorflow.contrib.layers.utils": (own_names_of("tf_slim.layers.utils"), None),
    "tensorflow.contrib.layers.python.layers.utils": "tensorflow.contrib.layers.utils",
    "tensorflow.contrib.layers.python.layers.initializers": "tensorflow.contrib.layers",
    "tensorflow.contrib.layers.python.layers.layers": "tensorflow.contrib.layers",
    "tensorflow.contrib.layers.python.layers.optimizers": "tensorflow.contrib.layers",
    "tensorflow.contrib.layers.python.layers.normalization": "tensorflow.contrib.layers",
    "tensorflow.contrib.layers.python.layers.regularizers": "tensorflow.contrib.layers",
    "tensorflow.contrib.learn.python.learn": (LEARN, None),
    "tensorflow.contrib.learn.python.learn.learn_io": "tensorflow.contrib.learn.io",
    "tensorflow.contrib.learn.python.learn.learn_runner": "tensorflow.contrib.learn.learn_runner",
    "tensorflow.contrib.learn.python.learn.models": "tensorflow.contrib.learn.models",
    "tensorflow.contrib.learn.python.learn.monitors": "tensorflow.contrib.learn.monitors",
    "tensorflow.contrib.learn.python.learn.ops": "tensorflow.contrib.learn.ops",
    "tensorflow.contrib.learn.python.learn.estimators.estimator": "tensorflow.contrib.learn",
    "tensorflow.contrib.learn.python.learn.estimators.model_fn": "tensorflow.contrib.learn",
    "tensorflow.contrib.learn.python.learn.estimators.run_config": "tensorflow.contrib.learn",
    "tensorflow.contrib.learn.python.learn.experiment": "tensorflow.contrib.learn",
    "tensorflow.contrib.learn.python.learn.metric_spec": "tensorflow.contrib.learn",
    "tensorflow.contrib.learn.python.learn.preprocessing": (names_of(learn_text), None),
    "tensorflow.contrib.learn.python.learn.preprocessing.text": "tensorflow.contrib.learn.preprocessing",
    "tensorflow.contrib.legacy_seq2seq.python.ops.seq2seq": "tensorflow.contrib.legacy_seq2seq",
    "tensorflow.contrib.rnn.core_rnn_cell": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.core_rnn": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.core_rnn_cell": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.core_rnn_cell_impl": (
        RNN_SOURCE | {"_checked_scope": rnn_wrappers.checked_scope},
        None,
    ),
    "tensorflow.contrib.rnn.python.ops.lstm_ops": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.rnn": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.fused_rnn_cell": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.gru_ops": "tensorflow.contrib.rnn",
    "tensorflow.contrib.rnn.python.ops.rnn_cell": (RNN_SOURCE, None),
    "tensorflow.contrib.seq2seq.python.ops.attention_decoder_fn": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.attention_wrapper": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.basic_decoder": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.beam_search_decoder": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.decoder": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.decoder_fn": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.helper": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.loss": "tensorflow.contrib.seq2seq",
    "tensorflow.contrib.seq2seq.python.ops.seq2seq": "tensorflow.contrib.seq2seq",
    # examples, and the models that 2015's releases brought along
    "tensorflow.examples.tutorials.mnist.input_data": ({"read_data_sets": read_data_sets}, None),
    "tensorflow.models.rnn.rnn": "tensorflow.contrib.rnn",
    "tensorflow.models.rnn.rnn_cell": (RNN | rnn_cell_2015.NAMES, None),
    "tensorflow.models.rnn.seq2seq": "tensorflow.nn.seq2seq",
    # TensorFlow's own modules, by their paths
    "tensorflow.core": ({}, import_module("tensorflow.core")),
    "tensorflow.python": ({}, import_module("tensorflow.python")),
    "tensorflow.python.ops": ({}, import_module("tensorflow.python.ops")),
    "tensorflow.python.ops.constant_op": ({}, import_module("tensorflow.python.framework.constant_op")),  # until 0.8
    "tensorflow.python.ops.nn": "tensorflow.nn",
    "tensorflow.python.ops.rnn": (RNN, import_module("tensorflow.python.ops.rnn")),
    "tensorflow.python.ops.rnn_cell": "tensorflow.nn.rnn_cell",
    "tensorflow.python.ops.rnn_cell_impl": "tensorflow.nn.rnn_cell",
    "tensorflow.python.ops.seq2seq": "tensorflow.nn.seq2seq",
    **own_modules_2016.TREE,
    # scripts of 1.13 to 1.15 that were half ported
    "tensorflow.compat": ({}, tf.compat),
    "tensorflow.compat.v1": "tensorflow",
}
# What of slim is modules, as tf-slim still has them, and where their sources stood.
SLIM = {
    "tf_slim": "evaluation learning model_analyzer queues summaries",
    "tf_slim.data": (
        "data_decoder data_provider dataset dataset_data_provider parallel_reader prefetch_queue tfexample_decoder"
    ),
    "tf_slim.nets": "alexnet inception inception_v1 inception_v2 inception_v3 overfeat resnet_utils resnet_v1 resnet_v2 vgg",
}
for package, names in SLIM.items():
    for name in names.split():
        source = "tensorflow.contrib.slim.python.slim" + package.removeprefix("tf_slim") + f".{name}"
        shown = "tensorflow.contrib.slim" + (".nets" if package == "tf_slim.nets" else "") + f".{name}"
        TREE[shown] = own_names_of(f"{package}.{name}"), None
        TREE[source] = shown


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
