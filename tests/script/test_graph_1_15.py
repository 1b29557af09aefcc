"""Operations as TensorFlow 1.15 made them: only in graphs, with today's errors, and with the values that they have today."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy import seeds
from legacy.script import graph_1_15


@pytest.fixture
def as_in_1_15(monkeypatch):
    """The table of a script's process, for one test."""
    for place, name, _ in graph_1_15.TABLE:
        monkeypatch.setattr(place, name, getattr(place, name))  # what it puts back afterwards
    seeds.put_back(graph_1_15.TABLE)
    tf.disable_control_flow_v2()
    yield
    tf.enable_control_flow_v2()


def test_only_graphs_get_them(as_in_1_15):
    either = seeds.in_graphs(lambda: "then", lambda: "today")
    assert either() == "today"
    with tf.Graph().as_default():
        assert either() == "then"
    halves = tf.split(tf.constant([1.0, 2.0]), 2)  # at once, as Keras calls it
    assert [each.numpy().tolist() for each in halves] == [[1.0], [2.0]]


def values_of(build):
    """The values of what `build` returns, of random weights that are the same every time."""
    with tf.Graph().as_default():
        x = tf.constant(np.random.default_rng(1).normal(size=[2, 3, 4]).astype("float32"))
        found = [tf.convert_to_tensor(each) for each in build(x)]
        with tf.Session() as session:
            return session.run(found)


def gradients(x):
    y, z = x[:, :1] + 2.0, tf.reduce_max(x, [0, 1])
    sums = tf.reduce_sum(x * y - x / (y * y) + tf.pow(tf.abs(x), y) + tf.maximum(x, z) - tf.minimum(y, x))
    means = tf.reduce_mean(tf.reduce_mean(x * z, [0, 2]) * tf.reduce_sum(tf.squared_difference(x, z), [-1, 0]))
    picked = tf.reduce_sum(tf.gather(x, [1, 0, 1]) * tf.gather(x, [2, 0], axis=1)[0, 0, 0])
    return tf.gradients(sums + means + picked, [x, y, z])


def others(x):
    clipped, norm = tf.clip_by_global_norm([x, None, tf.IndexedSlices(x[0], tf.constant([0, 2, 1]))], 0.5)
    assert clipped[1] is None
    products = [tf.tensordot(x, tf.transpose(x), 1), tf.tensordot(x, x, [[0, -1], [0, 2]])]
    sizes = [tf.zeros([tf.shape(x)[0], 2]), tf.layers.flatten(x), tf.reduce_sum(x[0, 0, 0])]
    return [clipped[0], clipped[2].values, norm, *products, *sizes]


@pytest.mark.parametrize("build", [gradients, others])
def test_values_are_todays(build, request):
    today = values_of(build)
    request.getfixturevalue("as_in_1_15")
    for then, now in zip(values_of(build), today, strict=True):
        np.testing.assert_allclose(then, now, rtol=2e-6, atol=2e-6)  # sums of some 24 numbers of the order of 1


def test_a_loop_draws_step_by_step(as_in_1_15):
    """As many steps run at once as may: the first still draws first."""
    drawn = []
    for at_once in (1, 32):
        with tf.Graph().as_default():
            tf.set_random_seed(1)
            array = tf.TensorArray(tf.float32, 8)
            steps = tf.while_loop(
                lambda i, array: i < 8,
                lambda i, array: (i + 1, array.write(i, tf.random_uniform([], seed=3))),
                (0, array),
                parallel_iterations=at_once,
            )[1]
            with tf.Session() as session:
                drawn.append(session.run(steps.stack()))
    assert np.array_equal(*drawn)


def test_errors_are_todays(as_in_1_15):
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="rate"):
            tf.nn.dropout(tf.ones([3]), rate=1.5)
        with pytest.raises(ValueError, match="floating point"):
            tf.nn.dropout(tf.constant([1, 2]), rate=0.5)
        with pytest.raises(ValueError, match="axes"):
            tf.tensordot(tf.ones([2, 3, 4]), tf.ones([4, 3]), 5)
