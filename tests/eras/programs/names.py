"""Records what there is in the modules that scripts use: every public name, and which modules can be imported by their
paths, one a line, into the .txt beside argv[1]."""

from __future__ import division, print_function

import importlib
import sys
import types

import tensorflow as tf

MODULES = (
    "contrib.data contrib.framework contrib.layers contrib.learn contrib.legacy_seq2seq contrib.losses contrib.lookup "
    "contrib.rnn contrib.seq2seq contrib.training layers losses nn nn.rnn_cell nn.seq2seq summary train"
).split()

# Modules that a script imported by their paths.
PATHS = (
    "contrib.cudnn_rnn contrib.estimator contrib.rnn.python.ops.core_rnn contrib.rnn.python.ops.core_rnn_cell "
    "contrib.rnn.python.ops.core_rnn_cell_impl contrib.rnn.python.ops.rnn_cell "
    "contrib.seq2seq.python.ops.attention_decoder_fn contrib.seq2seq.python.ops.attention_wrapper "
    "contrib.seq2seq.python.ops.beam_search_decoder models.rnn.rnn_cell python.ops.rnn python.ops.rnn_cell "
    "python.ops.rnn_cell_impl python.ops.seq2seq"
).split()


def main():
    lines = ["tf.%s" % name for name in dir(tf) if not name.startswith("_")]
    for path in PATHS:
        try:
            importlib.import_module("tensorflow.%s" % path)
        except ImportError:
            continue
        lines.append("tf.%s" % path)
    if hasattr(tf.contrib.rnn, "core_rnn_cell"):  # a module that was reached as an attribute
        lines.append("tf.contrib.rnn.core_rnn_cell")
    for path in MODULES:
        module = tf
        for part in path.split("."):
            module = getattr(module, part, None)
        for name in dir(module) if isinstance(module, types.ModuleType) else []:
            if not name.startswith("_") and not isinstance(getattr(module, name), types.ModuleType):
                lines.append("tf.%s.%s" % (path, name))
    with open(sys.argv[1].replace(".npz", ".txt"), "wb") as file:
        file.write("".join("%s\n" % line for line in sorted(lines)).encode("utf-8"))


main()
