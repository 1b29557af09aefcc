"""Records graphs with operations that TensorFlow gave up, as files of then have them, and what they gave."""

from __future__ import division, print_function

import numpy as np
import tensorflow as tf
from pieces import main, piece
from tensorflow.contrib.seq2seq.python.ops import beam_search_ops


def written(build):
    """The graph that `build` makes, as its bytes, and what its `output` gives once `begin` has run."""

    def ran(session):
        with tf.Graph().as_default() as graph, tf.Session() as inner:
            build()
            inner.run("begin")
            return {
                "graph": np.frombuffer(graph.as_graph_def().SerializeToString(), "uint8"),
                "output": inner.run("output:0"),
            }

    return ran


@piece()
def gather_tree():
    def build():
        ids = tf.constant([[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]], [[12, 13, 14], [15, 16, 17]]])
        parents = tf.constant([[[0, 0, 0], [0, 0, 0]], [[0, 1, 1], [1, 0, 2]], [[2, 1, 2], [0, 0, 1]]])
        tf.identity(beam_search_ops.gather_tree(ids, parents, [3, 2], end_token=20), name="output")
        tf.no_op(name="begin")

    return written(build)


@piece()
def zero_initializer():
    def build():
        variable = tf.Variable(tf.ones([2, 3]), name="v")
        tf.group(tf.contrib.framework.zero_initializer(variable._variable), name="begin")
        tf.identity(variable, name="output")

    return written(build)


if __name__ == "__main__":
    main()
