"""`tf.contrib.learn`: an Estimator of arrays, and linear regression. No input functions, monitors or other models.

Source: tensorflow/contrib/learn/python/learn/{estimators/estimator,learn_io/data_feeder,models}.py, TensorFlow 1.15.
"""

import collections
import inspect
import itertools
import os
import tempfile

import numpy as np
import tensorflow.compat.v1 as tf

from legacy.contrib.missing import Missing

__all__ = ["Estimator", "ModeKeys", "ModelFnOps", "SKCompat"]


class ModeKeys:
    TRAIN, EVAL, INFER = "train", "eval", "infer"


ModelFnOps = collections.namedtuple("ModelFnOps", "mode predictions loss train_op eval_metric_ops", defaults=[None] * 4)


class Estimator:
    """A model that `model_fn(features, labels)` builds, each time in a new graph, and its checkpoints in `model_dir`.

    The function may take `mode` and `params`, too. It returns (predictions, loss, train_op), or ModelFnOps.
    """

    def __init__(self, model_fn=None, model_dir=None, config=None, params=None):
        self.model_fn, self.model_dir, self.params = model_fn, model_dir or tempfile.mkdtemp(), params
        self.labels_like = None  # the labels it was trained with: a model that predicts is built with some, too

    def fit(self, x=None, y=None, input_fn=None, steps=None, batch_size=None, monitors=None, max_steps=None):
        """Trains for some steps, or forever, on batches in random order; by default a batch is all there is."""
        if input_fn is not None or monitors:
            raise Missing("Estimator.fit with an input function or monitors", "tf.Session")
        x, y = features_of(x), labels_of(y)
        self.labels_like = y
        with tf.Graph().as_default(), tf.Session() as session:
            features, labels, (_, loss, train_op), saver = self._build(x, ModeKeys.TRAIN, session)
            step = tf.train.get_global_step()
            given = max_steps - session.run(step) if max_steps is not None else steps
            for at, rows in zip(itertools.count() if given is None else range(given), batches_of(len(x), batch_size)):
                value, _ = session.run([loss, train_op], {features: x[rows], labels: y[rows]})
                if at % 100 == 0:
                    tf.logging.info("loss = %s, step = %s", value, session.run(step))
            os.makedirs(self.model_dir, exist_ok=True)
            saver.save(session, os.path.join(self.model_dir, "model.ckpt"), step)
        return self

    def predict(self, x=None, input_fn=None, batch_size=None, outputs=None, as_iterable=True):
        """Returns the predictions, one after the other: an array each, or a dictionary of arrays."""
        if input_fn is not None:
            raise Missing("Estimator.predict with an input function", "tf.Session")
        for batch in self.predict_batches(x, batch_size):
            if isinstance(batch, dict):
                yield from (dict(zip(batch, values)) for values in zip(*batch.values()))
            else:
                yield from batch

    def predict_batches(self, x, batch_size=None):
        x = features_of(x)
        with tf.Graph().as_default(), tf.Session() as session:
            features, _, (predictions, _, _), _ = self._build(x, ModeKeys.INFER, session)
            size = batch_size or len(x)
            for start in range(0, len(x), size):
                yield session.run(predictions, {features: x[start : start + size]})

    def evaluate(self, x=None, y=None, input_fn=None, batch_size=None, steps=None, metrics=None):
        """Returns {"loss": its mean over the examples, "global_step": how long it was trained}."""
        if input_fn is not None or metrics:
            raise Missing("Estimator.evaluate with an input function or metrics", "tf.Session")
        x, y = features_of(x), labels_of(y)
        self.labels_like = y
        with tf.Graph().as_default(), tf.Session() as session:
            features, labels, (_, loss, _), _ = self._build(x, ModeKeys.EVAL, session)
            size = batch_size or len(x)
            total = 0.0
            for start in range(0, len(x), size):
                rows = slice(start, start + size)
                total += session.run(loss, {features: x[rows], labels: y[rows]}) * len(x[rows])
            return {"loss": total / len(x), "global_step": session.run(tf.train.get_global_step())}

    def _build(self, x, mode, session):
        """Returns (features, labels, (predictions, loss, train_op), saver) of a model, as it was left or new."""
        tf.train.get_or_create_global_step()
        features, labels = (each if each is None else fed_like(each) for each in (x, self.labels_like))
        takes = inspect.signature(self.model_fn).parameters
        extra = {name: value for name, value in (("mode", mode), ("params", self.params)) if name in takes}
        ops = self.model_fn(features, labels, **extra)
        if isinstance(ops, ModelFnOps):
            ops = ops.predictions, ops.loss, ops.train_op
        saver = tf.train.Saver()
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer(), tf.tables_initializer()])
        if checkpoint := tf.train.latest_checkpoint(self.model_dir):
            saver.restore(session, checkpoint)
        return features, labels, ops, saver


class SKCompat:
    """An Estimator whose predictions are one array, as scikit-learn's are."""

    def __init__(self, estimator):
        self._estimator = estimator

    def fit(self, x, y, batch_size=128, steps=None, max_steps=None, monitors=None):
        self._estimator.fit(x, y, steps=steps, batch_size=batch_size, monitors=monitors, max_steps=max_steps)
        return self

    def predict(self, x, batch_size=128, outputs=None):
        batches = list(self._estimator.predict_batches(x, batch_size))
        if isinstance(batches[0], dict):
            return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
        return np.concatenate(batches)

    def score(self, x, y, batch_size=128, steps=None, metrics=None):
        return self._estimator.evaluate(x, y, batch_size=batch_size, metrics=metrics)


def features_of(x):
    """Returns an array as it is fed: real numbers of 32 bits, and [examples, 1] of one number each."""
    x = np.asarray(x)
    x = x.astype(np.float32) if x.dtype == np.float64 else x
    return x[:, None] if x.ndim == 1 else x


def labels_of(y):
    """The same of labels; [examples, 1] is [examples]."""
    y = features_of(y)
    return y[:, 0] if y.shape[1] == 1 else y


def fed_like(values):
    return tf.placeholder(values.dtype, [None, *values.shape[1:]])


def batches_of(count, size):
    """Yields rows, without end: all of them in random order, then again."""
    size = size or count
    while True:
        order = np.random.permutation(count)
        yield from (order[start : start + size] for start in range(0, count, size))


def linear_regression(x, y, init_mean=None, init_stddev=1.0):
    """Returns (predictions, loss) of x [batch, inputs] times `weights`, plus `bias`."""
    with tf.variable_scope("linear_regression"):
        initializer = None if init_mean is None else tf.random_normal_initializer(init_mean, init_stddev)
        outputs = 1 if y.shape.ndims == 1 else y.shape.as_list()[1]
        weights = tf.get_variable("weights", [x.shape.as_list()[1], outputs], x.dtype, initializer=initializer)
        predictions = tf.nn.xw_plus_b(x, weights, tf.get_variable("bias", [outputs], x.dtype, initializer=initializer))
        if y.shape.ndims == 1:
            predictions = tf.squeeze(predictions, [1])
        return predictions, tf.losses.mean_squared_error(y, predictions)
