"""Names and orders of arguments of before 1.0, on today's TensorFlow."""

import numpy as np
import tensorflow.compat.v1 as tf

from legacy.script import names_2016
from tests.contrib.graphs import evaluate, graph, integers, numbers, softmax_loss  # noqa: F401


def test_either_order():
    a, b = numbers(2, 3), numbers(2, 3)
    both = np.concatenate([a, b], 1)
    for joined in (
        names_2016.concat(1, [a, b]), names_2016.concat([a, b], 1), names_2016.concat(concat_dim=1, values=[a, b]),
        names_2016.concat(values=[a, b], axis=1), names_2016.concat(tf.constant(1), [a, b]),
    ):  # fmt: skip
        assert np.array_equal(evaluate(joined), both)
    for parts in (
        names_2016.split(1, 2, tf.constant(both)), names_2016.split(tf.constant(both), 2, 1),
        names_2016.split(split_dim=1, num_split=2, value=both), names_2016.split(1, num_split=2, value=both),
        names_2016.split(both, num_or_size_splits=[3, 3], axis=1),
    ):  # fmt: skip
        assert np.array_equal(evaluate(parts), [a, b])
    for turned in (
        names_2016.reverse(a, [False, True]),
        names_2016.reverse(a, [1]),
        names_2016.reverse(a, dims=[False, True]),
    ):
        assert np.array_equal(evaluate(turned), a[:, ::-1])


def test_losses_by_position():
    logits, labels = numbers(4, 5), integers(5, 4)
    onehot = np.eye(5, dtype="float32")[labels]
    dense = names_2016.NN_NAMES["softmax_cross_entropy_with_logits"]
    sparse = names_2016.NN_NAMES["sparse_softmax_cross_entropy_with_logits"]
    binary = names_2016.NN_NAMES["sigmoid_cross_entropy_with_logits"]
    wanted = softmax_loss(logits, labels)
    for loss in (
        dense(logits, onehot),
        dense(labels=onehot, logits=logits),
        sparse(logits, labels),
        sparse(logits=logits, labels=labels),
    ):
        np.testing.assert_allclose(evaluate(loss), wanted, rtol=1e-5)
    wanted = np.maximum(logits, 0) - logits * onehot + np.log1p(np.exp(-np.abs(logits)))
    for loss in (binary(logits, onehot), binary(logits, targets=onehot)):
        np.testing.assert_allclose(evaluate(loss), wanted, rtol=1e-4)


def test_sampled_losses_in_either_order():
    weights, biases, inputs, labels = numbers(20, 4), numbers(20), numbers(3, 4), integers(20, (3, 1))
    loss = names_2016.NN_NAMES["sampled_softmax_loss"]
    losses = []
    for pair in ((inputs, labels), (labels, inputs)):
        sampled = [np.arange(5), np.ones((3, 1), "float32"), np.ones(5, "float32")]
        losses.append(evaluate(loss(weights, biases, *pair, 5, 20, sampled_values=sampled)))
    np.testing.assert_allclose(*losses)


def test_renamed_functions():
    a, b = numbers(2, 3, 4), numbers(2, 3, 4)
    names_of_tf = names_2016.TF_NAMES
    got = evaluate(
        [
            names_of_tf["pack"]([a, b]), names_of_tf["mul"](a, b), names_of_tf["sub"](a, b), names_of_tf["neg"](a),
            names_of_tf["batch_matmul"](a, b, adj_y=True), names_of_tf["select"](a > b, a, b), names_of_tf["inv"](a),
        ]
    )  # fmt: skip
    wanted = np.stack([a, b]), a * b, a - b, -a, a @ b.swapaxes(1, 2), np.maximum(a, b), 1 / a
    for value, each in zip(got, wanted, strict=True):
        np.testing.assert_allclose(value, each, rtol=1e-4, atol=1e-6)
    assert len(names_of_tf["unpack"](tf.constant(a), axis=1)) == 3


def test_summaries():
    names_2016.TF_NAMES["scalar_summary"]("cost", tf.constant(2.0))
    names_2016.TF_NAMES["histogram_summary"]("weights", tf.constant([1.0, 2.0]))
    names_2016.TF_NAMES["image_summary"]("picture", tf.zeros([1, 2, 2, 1]), max_images=1)
    summary = tf.Summary.FromString(evaluate(names_2016.TF_NAMES["merge_all_summaries"]()))
    assert [value.tag for value in summary.value] == ["cost", "weights", "picture/image"]
    assert summary.value[0].simple_value == 2.0


def test_ctc_loss_in_either_order():
    """(labels, inputs, lengths); until 1.0 (inputs, labels, lengths)."""
    inputs = tf.constant(numbers(4, 1, 3))
    labels = tf.SparseTensor([[0, 0]], [1], [1, 2])
    before, since = (names_2016.NN_NAMES["ctc_loss"](*pair, [4]) for pair in ((inputs, labels), (labels, inputs)))
    got = evaluate([before, since])
    np.testing.assert_array_equal(*got)
    assert got[0].shape == (1,) and got[0][0] > 0
