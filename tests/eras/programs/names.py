"""Records what there is in the modules that scripts use: every public name, one a line, into the .txt beside argv[1]."""

from __future__ import division, print_function

import sys
import types

import tensorflow as tf

MODULES = (
    "contrib.data contrib.framework contrib.layers contrib.learn contrib.legacy_seq2seq contrib.losses contrib.lookup "
    "contrib.rnn contrib.seq2seq contrib.training nn nn.rnn_cell nn.seq2seq train"
).split()


def main():
    lines = []
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
