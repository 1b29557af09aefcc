"""Graphs of then, with operations that are gone, give what they gave under TensorFlow 1."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy.contrib.missing import Missing
from legacy.script.graphs_2016 import import_graph_def, import_meta_graph
from tests.eras import records

PIECES = records.read(records.RECORDED / "1.15.5", "graphs")


def graph_of(name):
    return tf.GraphDef.FromString(PIECES[name].arrays["graph"].tobytes())


@pytest.mark.parametrize("name", PIECES)
@pytest.mark.parametrize("meta", [False, True])
def test_graphs_give_what_they_gave(name, meta, tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        if meta:
            meta_graph = tf.MetaGraphDef(graph_def=graph_of(name))
            (tmp_path / "model.meta").write_bytes(meta_graph.SerializeToString())
            import_meta_graph(str(tmp_path / "model.meta"))
        else:
            import_graph_def(graph_of(name), name="")
        session.run("begin")
        np.testing.assert_array_equal(session.run("output:0"), PIECES[name].arrays["output"])


def test_an_operation_that_is_gone_is_named():
    graph_def = graph_of("gather_tree")
    graph_def.node[-1].op = "BestSplits"
    with pytest.raises(Missing, match="the operation BestSplits of the graph"), tf.Graph().as_default():
        import_graph_def(graph_def)
