"""Restores checkpoints into the graphs of checkpoints.py, and records what they give: OUT.npz, the folder with the recorded
checkpoints, unpacked, a folder each.

For the comparison only: today's TensorFlow, through legacy/run.py.
"""

import os
import sys

import checkpoints
import numpy as np
import tensorflow as tf
from pieces import PIECES, as_array, reason


def restored(function, prefix, recorded):
    """What a graph gives with the variables of a checkpoint: name -> array."""
    with tf.Graph().as_default():
        x, output = (result := function())[:2]
        more = result[2] if len(result) > 2 else {}
        feed = {**more.get("feed", {}), x: recorded}
        saver = tf.train.Saver(write_version=more.get("version", tf.train.SaverDef.V2))
        with checkpoints.new_session() as session:
            saver.restore(session, prefix)
            return as_array(session.run(output, feed))


def main():
    out, folder = sys.argv[1:3]
    inputs = np.load(os.path.join(folder, "inputs.npz"))
    found, absent = {}, []
    for name, _, function in PIECES:
        if name in inputs.files:
            try:
                found[name] = restored(function, os.path.join(folder, name, "model.ckpt"), inputs[name])
            except Exception as error:
                absent.append(f"{name}: {reason(error)}\n")
    np.savez(out, **found)
    with open(out.replace(".npz", ".absent"), "w") as file:
        file.writelines(absent)


main()
