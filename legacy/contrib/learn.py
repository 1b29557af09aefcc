"""`tf.contrib.learn`: an Estimator of a model function, of arrays or of an input function; its settings and metrics.

Source: tensorflow/contrib/learn/python/learn/{metric_spec,estimators/{estimator,model_fn,run_config}}.py, TensorFlow
1.15.
"""

import collections
import inspect
import itertools
import os
import tempfile

import numpy as np
import tensorflow.compat.v1 as tf

from legacy.contrib.missing import Missing

__all__ = [
    "Estimator",
    "MetricSpec",
    "ModeKeys",
    "ModelFnOps",
    "NanLossDuringTrainingError",
    "NotFittedError",
    "PredictionKey",
    "RunConfig",
    "SKCompat",
]

NanLossDuringTrainingError = tf.train.NanLossDuringTrainingError


class NotFittedError(ValueError, AttributeError):
    """The model was not trained yet."""


class ModeKeys:
    TRAIN, EVAL, INFER = "train", "eval", "infer"

    @classmethod
    def validate(cls, key):
        if key not in (cls.TRAIN, cls.EVAL, cls.INFER):
            raise ValueError(f"Invalid mode {key}.")


class PredictionKey:
    CLASSES, PROBABILITIES, LOGITS, LOGISTIC = "classes", "probabilities", "logits", "logistic"
    SCORES, TOP_K, GENERIC = "scores", "top_k", "output"


ModelFnOps = collections.namedtuple(
    "ModelFnOps", "mode predictions loss train_op eval_metric_ops output_alternatives training_chief_hooks training_hooks scaffold",
    defaults=[None] * 8,
)  # fmt: skip


class RunConfig:
    """How a model is trained: where, how often it is saved, from which seed."""

    def __init__(
        self, master=None, num_cores=0, log_device_placement=False, gpu_memory_fraction=1, tf_random_seed=None,
        save_summary_steps=100, save_checkpoints_secs=0, save_checkpoints_steps=None, keep_checkpoint_max=5,
        keep_checkpoint_every_n_hours=10000, log_step_count_steps=100, protocol=None, evaluation_master="",
        model_dir=None, session_config=None, session_creation_timeout_secs=7200,
    ):  # fmt: skip
        self.master, self.evaluation_master, self.model_dir = master or "", evaluation_master, model_dir
        self.tf_random_seed, self.save_summary_steps = tf_random_seed, save_summary_steps
        self.save_checkpoints_secs = save_checkpoints_secs or (None if save_checkpoints_steps else 600)
        self.save_checkpoints_steps, self.keep_checkpoint_max = save_checkpoints_steps, keep_checkpoint_max
        self.keep_checkpoint_every_n_hours, self.log_step_count_steps = (
            keep_checkpoint_every_n_hours,
            log_step_count_steps,
        )
        self.session_config = session_config
        self.tf_config = session_config or tf.ConfigProto(log_device_placement=log_device_placement)
        self.task_type, self.task_id, self.num_ps_replicas, self.is_chief, self.num_worker_replicas = (
            None,
            0,
            0,
            True,
            1,
        )
        self.cluster_spec = tf.train.ClusterSpec({})

    def replace(self, **kwargs):
        """Returns a copy with other values."""
        copy = RunConfig()
        vars(copy).update(vars(self), **kwargs)
        return copy

    def uid(self, whitelist=None):
        return repr(
            sorted((name, str(value)) for name, value in vars(self).items() if name not in (whitelist or ["model_dir"]))
        )


class MetricSpec:
    """A metric of some of the predictions, labels and features, by their keys."""

    def __init__(self, metric_fn, prediction_key=None, label_key=None, weight_key=None):
        self.metric_fn, self.prediction_key = metric_fn, prediction_key
        self.label_key, self.weight_key = label_key, weight_key

    def create_metric_ops(self, inputs, labels, predictions):
        """Returns (value, update), tensors."""

        def chosen(values, key, what):
            if key is None:
                if isinstance(values, dict) and len(values) != 1:
                    raise ValueError(
                        f"MetricSpec without specified {what}_key requires {what}s tensor or single element dictionary, got {values}"
                    )
                return next(iter(values.values())) if isinstance(values, dict) else values
            if not isinstance(values, dict):
                raise ValueError(f"MetricSpec with {what}_key specified requires {what}s dictionary, got {values}")
            return values[key]

        names = list(inspect.signature(self.metric_fn).parameters)
        given = {"predictions": chosen(predictions, self.prediction_key, "prediction")}
        if labels is not None:
            given["labels"] = chosen(labels, self.label_key, "label")
        if self.weight_key is not None:
            given["weights"] = chosen(inputs, self.weight_key, "weight")
        other = {
            "predictions": ("prediction", "logits", "logit"),
            "labels": ("label", "targets", "target"),
            "weights": ("weight",),
        }
        named = {}
        for name, value in given.items():
            here = [each for each in (name, *other[name]) if each in names]
            if here:
                named[here[0]] = value
            elif name == "predictions":
                return self.metric_fn(value, *([given["labels"]] if labels is not None and not named else []), **named)
        return self.metric_fn(**named)


class Estimator:
    """A model that `model_fn(features, labels)` builds, each time in a new graph, and its checkpoints in `model_dir`.

    The function may take `mode`, `params`, `config` and `model_dir`, too. It returns (predictions, loss, train_op), or
    ModelFnOps. It is trained on arrays, or on the tensors of an input function, (features, labels).
    """

    def __init__(self, model_fn=None, model_dir=None, config=None, params=None, feature_engineering_fn=None):
        self.model_fn, self.params, self.config = model_fn, params, config or RunConfig()
        self.model_dir = str(model_dir or self.config.model_dir or tempfile.mkdtemp())
        self._engineer = feature_engineering_fn or (lambda features, labels: (features, labels))
        self.labels_like = None  # the labels it was trained with: a model that predicts is built with some, too

    def fit(self, x=None, y=None, input_fn=None, steps=None, batch_size=None, monitors=None, max_steps=None):
        """Trains for some steps, until a step, or until the input ends: arrays come in random order, without end, in
        batches, by default of all."""
        with tf.Graph().as_default():
            tf.set_random_seed(self.config.tf_random_seed)
            step = tf.train.create_global_step()
            features, labels, feeds = self._inputs(x, y, input_fn, batch_size)
            ops = self._model(features, labels, ModeKeys.TRAIN)
            tf.add_to_collection(tf.GraphKeys.LOSSES, ops.loss)
            hooks = [tf.train.NanTensorHook(ops.loss), *(ops.training_hooks or []), *(ops.training_chief_hooks or [])]
            if steps is not None or max_steps is not None:
                hooks.append(tf.train.StopAtStepHook(steps, None if steps is not None else max_steps))
            for monitor in monitors or []:
                if hasattr(monitor, "set_estimator"):
                    monitor.set_estimator(self)
                hooks.append(monitor)
            hooks.append(tf.train.LoggingTensorHook({"loss": ops.loss, "step": step}, every_n_iter=100))
            os.makedirs(self.model_dir, exist_ok=True)
            # In front of the others, so that they see what it has saved.
            hooks.insert(0, tf.train.CheckpointSaverHook(
                self.model_dir, self.config.save_checkpoints_secs, self.config.save_checkpoints_steps,
                scaffold=(scaffold := ops.scaffold or tf.train.Scaffold(saver=tf.train.Saver(max_to_keep=self.config.keep_checkpoint_max))),
            ))  # fmt: skip
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=self.model_dir, hooks=hooks, scaffold=scaffold, save_checkpoint_secs=None,
                save_checkpoint_steps=None, save_summaries_steps=self.config.save_summary_steps,
                config=self.config.tf_config, log_step_count_steps=self.config.log_step_count_steps,
            ) as session:  # fmt: skip
                for feed in feeds:
                    if session.should_stop():
                        break
                    session.run([ops.train_op, ops.loss], feed)
        return self

    def partial_fit(self, x=None, y=None, input_fn=None, steps=1, batch_size=None, monitors=None):
        return self.fit(x, y, input_fn, steps, batch_size, monitors)

    def predict(self, x=None, input_fn=None, batch_size=None, outputs=None, as_iterable=True, iterate_batches=False):
        """Returns the predictions, one after the other: an array each, or a dictionary of arrays."""
        if not as_iterable:
            batches = list(self.predict_batches(x, batch_size, input_fn, outputs))
            if isinstance(batches[0], dict):
                return {name: np.concatenate([each[name] for each in batches]) for name in batches[0]}
            return np.concatenate(batches)
        return self._one_by_one(self.predict_batches(x, batch_size, input_fn, outputs), iterate_batches)

    def _one_by_one(self, batches, whole):
        for batch in batches:
            if whole:
                yield batch
            elif isinstance(batch, dict):
                yield from (dict(zip(batch, values)) for values in zip(*batch.values()))
            else:
                yield from batch

    def predict_batches(self, x=None, batch_size=None, input_fn=None, outputs=None):
        with tf.Graph().as_default():
            tf.set_random_seed(self.config.tf_random_seed)
            tf.train.create_global_step()
            features, labels, feeds = self._inputs(x, None, input_fn, batch_size, once=True)
            predictions = self._model(features, labels, ModeKeys.INFER).predictions
            if isinstance(predictions, dict) and outputs:
                predictions = {name: each for name, each in predictions.items() if name in outputs}
            with self._restored() as session:
                for feed in feeds:
                    if session.should_stop():
                        break
                    try:
                        yield session.run(predictions, feed)
                    except (tf.errors.OutOfRangeError, StopIteration):
                        break

    def evaluate(
        self, x=None, y=None, input_fn=None, feed_fn=None, batch_size=None, steps=None, metrics=None, name=None,
        checkpoint_path=None, hooks=None, log_progress=True,
    ):  # fmt: skip
        """Returns {"loss": its mean over the batches, "global_step": how long it was trained, and the metrics}.

        metrics: name -> MetricSpec, or a function of (predictions, labels); the name may be (name, prediction key).
        """
        with tf.Graph().as_default():
            tf.set_random_seed(self.config.tf_random_seed)
            step = tf.train.create_global_step()
            features, labels, feeds = self._inputs(x, y, input_fn, batch_size, once=True)
            ops = self._model(features, labels, ModeKeys.EVAL)
            found = dict(ops.eval_metric_ops or {})
            if ops.loss is not None and "loss" not in found:
                found["loss"] = tf.metrics.mean(ops.loss)
            for key, metric in (metrics or {}).items():
                if isinstance(metric, MetricSpec):
                    found[key] = metric.create_metric_ops(features, labels, ops.predictions)
                else:
                    key, part = key if isinstance(key, tuple) else (key, None)
                    found[key] = metric(ops.predictions if part is None else ops.predictions[part], labels)
            # What is one tensor, and no (value, update), is read once, at the end.
            values = {key: each[0] if isinstance(each, tuple) else each for key, each in found.items()}
            updates = [each[1] for each in found.values() if isinstance(each, tuple)]
            with self._restored(hooks, checkpoint_path) as session:
                read = {}
                for count, feed in zip(itertools.count() if steps is None else range(steps), feeds):
                    if session.should_stop():
                        break
                    try:
                        session.run(updates, feed)
                    except (tf.errors.OutOfRangeError, StopIteration):
                        break
                    read = session.run({**values, "global_step": step}, feed)
                return read

    def get_variable_names(self):
        return [name for name, _ in tf.train.list_variables(self.model_dir)]

    def get_variable_value(self, name):
        return tf.train.load_variable(self.model_dir, name)

    def export_savedmodel(self, *args, **kwargs):
        raise Missing("Estimator.export_savedmodel of tf.contrib.learn", "tf.estimator.Estimator.export_savedmodel")

    def _restored(self, hooks=None, checkpoint_path=None):
        """Returns a session on the last checkpoint, with queues running. Raises NotFittedError if there is none."""
        path = checkpoint_path or tf.train.latest_checkpoint(self.model_dir)
        if path is None:
            raise NotFittedError(f"Couldn't find trained model at {self.model_dir}.")
        creator = tf.train.ChiefSessionCreator(checkpoint_filename_with_path=path, config=self.config.tf_config)
        return tf.train.MonitoredSession(creator, hooks=hooks)

    def _inputs(self, x, y, input_fn, batch_size, once=False):
        """Returns (features, labels, feeds): tensors, and what to feed at each step, for ever, or the arrays once."""
        if input_fn is not None:
            found = input_fn()
            features, labels = found if isinstance(found, tuple) else (found, None)
            return *self._engineer(features, labels), itertools.repeat(None)
        x = {name: features_of(each) for name, each in x.items()} if isinstance(x, dict) else features_of(x)
        if y is not None:
            self.labels_like = y = labels_of(y)
        features = tf.nest.map_structure(fed_like, x)
        labels = None if self.labels_like is None else fed_like(self.labels_like)
        count = len(tf.nest.flatten(x)[0])
        size = batch_size or count

        def feeds():
            for rows in (
                [range(at, min(at + size, count)) for at in range(0, count, size)] if once else batches_of(count, size)
            ):
                feed = dict(zip(tf.nest.flatten(features), [each[rows] for each in tf.nest.flatten(x)]))
                yield feed if y is None else {**feed, labels: y[rows]}

        return *self._engineer(features, labels), feeds()

    def _model(self, features, labels, mode):
        """Returns the ModelFnOps of a model."""
        given = {"mode": mode, "params": self.params, "config": self.config, "model_dir": self.model_dir}
        takes = inspect.signature(self.model_fn).parameters
        ops = self.model_fn(features, labels, **{name: value for name, value in given.items() if name in takes})
        return ops if hasattr(ops, "predictions") else ModelFnOps(mode, *ops)


class SKCompat:
    """An Estimator whose predictions are one array, as scikit-learn's are."""

    def __init__(self, estimator):
        self._estimator = estimator

    def fit(self, x, y, batch_size=128, steps=None, max_steps=None, monitors=None):
        self._estimator.fit(x, y, steps=steps, batch_size=batch_size, monitors=monitors, max_steps=max_steps)
        return self

    def predict(self, x, batch_size=128, outputs=None):
        return self._estimator.predict(x, batch_size=batch_size, outputs=outputs, as_iterable=False)

    def score(self, x, y, batch_size=128, steps=None, metrics=None):
        return self._estimator.evaluate(x, y, batch_size=batch_size, steps=steps, metrics=metrics)


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
    while True:
        order = np.random.permutation(count)
        yield from (order[start : start + size] for start in range(0, count, size))
