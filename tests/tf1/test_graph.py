"""Graphs as TensorFlow 1 wrote them."""

import tensorflow as tf

from modern.tf1.convert import convert
from tests.tf1.checkpoints import the_cells
from tests.tf1.programs import in_parts

v1 = tf.compat.v1


def test_a_kernel_in_parts(tmp_path, as_tensorflow_1):
    with tf.Graph().as_default(), v1.Session() as session:
        in_parts()
        session.run(v1.global_variables_initializer())
        prefix = v1.train.Saver().save(session, str(tmp_path / "model.ckpt"))
    findings, _, _ = convert(prefix, tmp_path / "model.keras")
    assert [(cell.forget_bias, cell.learned["forget_bias"]) for cell in the_cells(findings)] == [(0.2, "graph")]
