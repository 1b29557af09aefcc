"""The Estimator of legacy/contrib/learn.py."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy.contrib import layers, learn, learn_models
from legacy.contrib.missing import Missing
from tests.contrib.graphs import numbers

X = numbers(60, 3)
Y = X @ [[1.0], [2.0], [-1.0]] + 0.5


def regression(features, labels, params):
    predictions, loss = learn_models.linear_regression(features, labels, 0.0, 0.1)
    train_op = layers.optimize_loss(loss, tf.train.get_global_step(), params["rate"], "SGD")
    return predictions, loss, train_op


def test_estimator(tmp_path):
    """It learns, goes on from its checkpoint in another object, and tells one prediction after the other."""
    model_dir = tmp_path / "new" / "model"
    estimator = learn.SKCompat(learn.Estimator(regression, model_dir, params={"rate": 0.1}))
    assert estimator.fit(X, Y, batch_size=20, steps=30).score(X, Y)["global_step"] == 30
    first = estimator.score(X, Y)["loss"]
    again = learn.Estimator(regression, model_dir, params={"rate": 0.1})
    again.fit(X, Y, max_steps=200)
    score = again.evaluate(X, Y, batch_size=7)
    assert score["global_step"] == 200 and score["loss"] < min(first, 1e-3)
    predictions = learn.SKCompat(again).predict(X, batch_size=25)
    np.testing.assert_allclose(predictions, Y[:, 0], atol=0.1)  # [examples, 1] is [examples]
    np.testing.assert_allclose(list(again.predict(X, batch_size=60)), predictions, atol=1e-6)
    assert score["loss"] == pytest.approx(np.mean((predictions - Y[:, 0]) ** 2), rel=1e-4)
    with pytest.raises(Missing, match="monitors"):
        again.fit(X, Y, monitors=["any"])


def test_estimator_of_a_dictionary():
    def model(features, labels, mode):
        total = tf.Variable(1.0) * tf.reduce_sum(features, 1)
        train_op = tf.train.get_global_step().assign_add(1)
        predictions = {"total": total, "mode": tf.fill(tf.shape(total), mode)}
        return learn.ModelFnOps(mode, predictions, loss=tf.reduce_mean(total), train_op=train_op)

    estimator = learn.Estimator(model)
    estimator.fit(X[:, 0], np.arange(60), steps=2, batch_size=7)
    assert [each["total"] for each in estimator.predict(X)] == pytest.approx(X.sum(1), abs=1e-5)
    assert set(learn.SKCompat(estimator).predict(X)["mode"]) == {b"infer"}


def test_batches_take_every_example():
    batches = learn.batches_of(7, 3)
    for _ in range(2):
        assert sorted(np.concatenate([next(batches) for _ in range(3)])) == list(range(7))
