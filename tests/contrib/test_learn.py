"""The Estimator of legacy/contrib/learn.py."""

import collections
import os
import pickle
import sys
import types

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy.contrib import layers, learn, learn_experiment, learn_models, learn_text
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
    with pytest.raises(Missing, match="export_savedmodel"):
        again.export_savedmodel("anywhere", None)


class Counter(learn_experiment.BaseMonitor):
    """A script's own monitor: what it was told, and when it stops."""

    def __init__(self):
        self.steps, self.seen = [], []

    def step_begin(self, step):
        return ["total:0"]

    def step_end(self, step, outputs):
        self.steps.append(step)
        self.seen.append(outputs["total:0"])
        return step >= 3


def test_a_monitor_is_told_and_may_stop():
    def model(features, labels):
        total = tf.get_variable("w", initializer=2.0) * tf.reduce_mean(features)
        tf.identity(total, name="total")
        return total[None], total, tf.train.get_global_step().assign_add(1).op

    counter = Counter()
    learn.Estimator(model).fit(np.ones([4, 2]), np.ones(4), steps=50, monitors=[counter])
    assert counter.steps == [1, 2, 3] and counter.seen == [2.0, 2.0, 2.0]


def test_a_vocabulary_of_then_is_read_and_nothing_is_called(tmp_path):
    """The pickle names a function of the script's own as tokenizer: it is found, and not called; another is a stranger."""
    then = types.ModuleType("tensorflow.contrib.learn.python.learn.preprocessing.text")
    for name in ("VocabularyProcessor", "CategoricalVocabulary"):
        setattr(then, name, type(name, (), {"__module__": then.__name__, "__qualname__": name}))
    processor, vocabulary = then.VocabularyProcessor(), then.CategoricalVocabulary()
    vocabulary.__dict__.update(
        _unknown_token="<UNK>", _mapping={"<UNK>": 0, "fox": 1, "dog": 2}, _support_reverse=True, _freeze=True,
        _reverse_mapping=["<UNK>", "fox", "dog"], _freq=collections.defaultdict(int, fox=2),
    )  # fmt: skip
    processor.__dict__.update(max_document_length=4, min_frequency=0, vocabulary_=vocabulary, _tokenizer=os.getcwd)
    sys.modules[then.__name__] = then
    try:
        contents = [pickle.dumps(processor, protocol) for protocol in (0, 2, 4)]
        bad = pickle.dumps(Stranger())
    finally:
        del sys.modules[then.__name__]
    for content in contents:
        (tmp_path / "vocab").write_bytes(content)
        again = learn_text.VocabularyProcessor.restore(str(tmp_path / "vocab"))
        assert again._tokenizer is learn_text.tokenizer  # os.getcwd is no function of the script's
        assert [list(each) for each in again.transform(["the dog fox"])] == [[0, 2, 1, 0]]
    (tmp_path / "vocab").write_bytes(bad)
    with pytest.raises(ValueError, match="no vocabulary"):
        learn_text.VocabularyProcessor.restore(str(tmp_path / "vocab"))
    assert not (tmp_path / "made").exists()


class Stranger:
    def __reduce__(self):
        return os.mkdir, ("made",)


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
