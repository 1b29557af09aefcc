"""Records `tf.contrib.learn` with input functions, `data`, `signal`, `distributions`, `nn`, `util`, and `tf.estimator`."""

from __future__ import division, print_function

import os
import shutil
import tempfile

import numpy as np
import tensorflow as tf
from pieces import given, main, piece, ramp

learn = tf.contrib.learn
data = tf.contrib.data


def in_folder(function):
    """A piece of what a function of a folder, which is empty and goes again, says."""

    def ran(session):
        folder = tempfile.mkdtemp()
        try:
            with tf.Graph().as_default():
                return function(folder)
        finally:
            shutil.rmtree(folder)

    return ran


# --- learn ---


def model_fn(features, labels, mode, params):
    x = features["x"] if isinstance(features, dict) else features
    weights = tf.get_variable("weights", [3, 1], initializer=tf.constant_initializer(0.2))
    predictions = tf.squeeze(tf.matmul(x, weights), [1])
    loss = tf.reduce_mean(tf.square(predictions - labels)) if labels is not None else None
    train = None
    if mode == learn.ModeKeys.TRAIN:
        train = tf.train.GradientDescentOptimizer(params["rate"]).minimize(loss, tf.contrib.framework.get_global_step())
    return learn.ModelFnOps(mode, {"y": predictions, "half": predictions / 2}, loss, train)


def model(folder, **config):
    return learn.Estimator(model_fn, folder, learn.RunConfig(**config), params={"rate": 0.1})


def input_fn():
    return {"x": tf.constant(ramp([6, 3], 1))}, tf.constant(ramp([6], 2))


def once_fn():
    """Two batches of three, and then the input ends."""
    x, y = tf.train.slice_input_producer([ramp([6, 3], 1), ramp([6], 2)], num_epochs=1, shuffle=False)
    x, y = tf.train.batch([x, y], 3)
    return {"x": x}, y


def mean_error(labels, predictions):
    return tf.metrics.mean_absolute_error(labels, predictions)


@piece("learn.Estimator", "learn.MetricSpec", "learn.RunConfig")
def estimator_of_input_functions():
    def told(folder):
        estimator = model(folder)
        estimator.fit(input_fn=input_fn, steps=5)
        metrics = {"mae": learn.MetricSpec(mean_error, prediction_key="y")}
        found = estimator.evaluate(input_fn=once_fn, metrics=metrics)
        told = list(estimator.predict(input_fn=once_fn))
        estimator.fit(input_fn=input_fn, max_steps=7)
        return {
            "evaluated": [found["loss"], found["mae"], found["global_step"]],
            "y": [each["y"] for each in told],
            "half": [each["half"] for each in told],
            "weights": estimator.get_variable_value("weights"),
            "names": sorted(estimator.get_variable_names()),
        }

    return in_folder(told)


@piece("learn.Estimator")
def estimator_until_the_input_ends():
    def told(folder):
        estimator = model(folder).fit(input_fn=once_fn)
        return estimator.get_variable_value("weights"), estimator.get_variable_value("global_step")

    return in_folder(told)


@piece("learn.monitors.ValidationMonitor", "learn.NotFittedError", "learn.NanLossDuringTrainingError")
def validation_monitor():
    def told(folder):
        estimator = model(folder, save_checkpoints_steps=2)
        monitor = learn.monitors.ValidationMonitor(
            input_fn=input_fn, eval_steps=1, every_n_steps=2, early_stopping_rounds=100, check_interval_secs=None
        )
        try:
            next(iter(estimator.predict(input_fn=input_fn)))
            fitted = "fitted"
        except learn.NotFittedError:
            fitted = "not fitted"
        estimator.fit(input_fn=input_fn, steps=6, monitors=[monitor])
        assert issubclass(learn.NanLossDuringTrainingError, Exception)
        return {
            "weights": estimator.get_variable_value("weights"),
            "fitted": [fitted],
            "stopped": monitor.early_stopped,
        }

    return in_folder(told)


@piece("learn.Experiment", "learn.TaskType", "learn.PredictionKey")
def experiment():
    def told(folder):
        def experiment_fn(run_config, hparams):
            estimator = learn.Estimator(model_fn, config=run_config, params={"rate": 0.1})
            return learn.Experiment(
                estimator, input_fn, input_fn, train_steps=4, eval_steps=1,
                eval_metrics={"mae": learn.MetricSpec(mean_error, prediction_key="y")},
            )  # fmt: skip

        found = learn.learn_runner.run(
            experiment_fn, run_config=learn.RunConfig(model_dir=folder), schedule="train_and_evaluate"
        )[0]
        keys = [learn.TaskType.PS, learn.PredictionKey.CLASSES, learn.PredictionKey.PROBABILITIES]
        return {"found": [found["loss"], found["mae"], found["global_step"]], "keys": keys}

    return in_folder(told)


@piece("learn.run_n", "learn.run_feeds")
def run_n():
    def told(folder):
        counter = tf.train.range_input_producer(5, shuffle=False).dequeue()
        found = [each["x"] for each in learn.run_n({"x": counter}, n=3)]
        fed = tf.placeholder_with_default(1.0, [])
        found += [each["y"] for each in learn.run_feeds({"y": 2 * fed}, [{fed: 1.5}, {fed: 3.0}])]
        return found

    return in_folder(told)


@piece("learn.models.logistic_regression")
def logistic_regression():
    labels = tf.one_hot(tf.constant([0, 2, 1, 1]), 3)
    return learn.models.logistic_regression(given(4, 3), labels)


TEXTS = ["the quick brown fox jumps over the lazy dog", "The dog's quick-ish", "a fox, a dog and HTMLParser"]


@piece("learn.preprocessing.VocabularyProcessor", "learn.preprocessing.CategoricalVocabulary")
def vocabulary():
    def told(folder):
        processor = learn.preprocessing.VocabularyProcessor(6, min_frequency=1)
        numbers = np.array(list(processor.fit_transform(TEXTS)))
        path = os.path.join(folder, "vocabulary")
        processor.save(path)
        again = learn.preprocessing.VocabularyProcessor.restore(path)
        every = learn.preprocessing.VocabularyProcessor(5)
        return {
            "numbers": numbers,
            "again": np.array(list(again.transform(["dog fox unknown quick"]))),
            "reversed": list(again.reverse(numbers)),
            "every": np.array(list(every.fit_transform(TEXTS))),
            "words": [every.vocabulary_.reverse(each) for each in range(len(every.vocabulary_))],
        }

    return in_folder(told)


@piece("learn.preprocessing.ByteProcessor", "learn.preprocessing.tokenizer")
def bytes_and_words():
    def told(session):
        processor = learn.preprocessing.ByteProcessor(12)
        numbers = np.array(list(processor.transform(["caf\u00e9", "tea and coffee"])))
        words = [word for words in learn.preprocessing.tokenizer(TEXTS) for word in words]
        return {"numbers": numbers, "words": words, "reversed": list(processor.reverse(numbers))}

    return told


# --- tf.estimator ---


@piece("estimator.Estimator", "estimator.EstimatorSpec", "estimator.ModeKeys", "estimator.RunConfig")
def estimator_of_tensorflow():
    def told(folder):
        def core_model_fn(features, labels, mode, params):
            weights = tf.get_variable("weights", [3, 1], initializer=tf.constant_initializer(0.2))
            y = tf.squeeze(tf.matmul(features["x"], weights), [1])
            if mode == tf.estimator.ModeKeys.PREDICT:
                return tf.estimator.EstimatorSpec(mode, predictions={"y": y})
            loss = tf.losses.mean_squared_error(labels, y)
            step = tf.train.get_or_create_global_step()
            train = tf.train.AdamOptimizer(params["rate"]).minimize(loss, step)
            metrics = {"mae": tf.metrics.mean_absolute_error(labels, y)}
            return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train, eval_metric_ops=metrics)

        x, y = ramp([6, 3], 1), ramp([6], 2)
        endless = tf.estimator.inputs.numpy_input_fn({"x": x}, y, batch_size=2, num_epochs=None, shuffle=False)
        once = tf.estimator.inputs.numpy_input_fn({"x": x}, y, batch_size=2, num_epochs=1, shuffle=False)
        config = tf.estimator.RunConfig(folder, tf_random_seed=1, save_checkpoints_steps=5)
        estimator = tf.estimator.Estimator(core_model_fn, config=config, params={"rate": 0.05})
        tf.estimator.train_and_evaluate(
            estimator, tf.estimator.TrainSpec(endless, max_steps=9), tf.estimator.EvalSpec(once, throttle_secs=0)
        )
        found = estimator.evaluate(once)
        return {
            "evaluated": [found["loss"], found["mae"], found["global_step"]],
            "y": [each["y"] for each in estimator.predict(once)],
            "weights": estimator.get_variable_value("weights"),
        }

    return in_folder(told)


@piece("estimator.LinearRegressor")
def linear_regressor():
    def told(folder):
        x, y = ramp([6, 3], 1), ramp([6, 1], 2)
        endless = tf.estimator.inputs.numpy_input_fn({"x": x}, y, batch_size=6, num_epochs=None, shuffle=False)
        once = tf.estimator.inputs.numpy_input_fn({"x": x}, y, batch_size=6, num_epochs=1, shuffle=False)
        column = tf.feature_column.numeric_column("x", [3])
        model = tf.estimator.LinearRegressor([column], folder, optimizer=tf.train.GradientDescentOptimizer(0.1))
        model.train(endless, steps=4)
        return [each["predictions"] for each in model.predict(once)], model.evaluate(once)["average_loss"]

    return in_folder(told)


# --- data ---


def elements(make):
    """The first elements of a dataset, end to end."""

    def ran(session):
        with tf.Graph().as_default(), tf.Session() as inner:
            element = make().make_one_shot_iterator().get_next()
            found = []
            try:
                for _ in range(20):
                    found.append(inner.run(element))
            except tf.errors.OutOfRangeError:
                pass
            return {
                "shapes": [str(np.shape(each)) for each in found],
                "values": np.concatenate([np.ravel(each) for each in found]),
            }

    return ran


def numbers(count=10):
    return tf.data.Dataset.range(count)


@piece("data.batch_and_drop_remainder")
def batch_and_drop_remainder():
    return elements(lambda: numbers().apply(data.batch_and_drop_remainder(3)))


@piece("data.padded_batch_and_drop_remainder")
def padded_batch_and_drop_remainder():
    return elements(lambda: numbers().map(tf.range).apply(data.padded_batch_and_drop_remainder(4, [None])))


@piece("data.sliding_window_batch")
def sliding_window_batch():
    return elements(lambda: numbers().apply(data.sliding_window_batch(4, window_shift=3)))


@piece("data.assert_element_shape")
def assert_element_shape():
    return elements(lambda: numbers().batch(5).apply(data.assert_element_shape([5])))


@piece("data.group_by_window", "data.bucket_by_sequence_length", "data.map_and_batch")
def group_by_window():
    grouped = lambda: numbers().apply(  # noqa: E731
        data.group_by_window(lambda x: x % 2, lambda _, window: window.batch(3), window_size=3)
    )
    return elements(lambda: grouped().concatenate(numbers().apply(data.map_and_batch(lambda x: 2 * x, 4))))


@piece("data.scan", "data.unique", "data.enumerate_dataset", "data.unbatch", "data.ignore_errors", "data.Counter")
def changes():
    def made():
        summed = numbers().apply(data.scan(tf.constant(0, tf.int64), lambda total, x: (total + x, total + x)))
        unique = tf.data.Dataset.from_tensor_slices(np.array([1, 2, 1, 3], "int64")).apply(data.unique())
        counted = numbers(3).apply(data.enumerate_dataset(start=5)).map(lambda place, x: place + x)
        flat = numbers(4).batch(2).apply(data.unbatch()).apply(data.ignore_errors())
        rest = counted.concatenate(flat).concatenate(data.Counter(start=7).take(2))
        return summed.concatenate(unique).concatenate(rest)

    return elements(made)


@piece("data.reduce_dataset", "data.Reducer", "data.get_single_element", "data.group_by_reducer")
def reduced():
    def ran(session):
        with tf.Graph().as_default(), tf.Session() as inner:
            reducer = data.Reducer(lambda _: np.int64(0), lambda total, x: total + x, lambda total: total)
            one = data.get_single_element(numbers().skip(9))
            return inner.run([data.reduce_dataset(numbers(), reducer), one])

    return ran


# --- signal, distributions, nn, util ---


@piece(
    "signal.frame", "signal.hamming_window", "signal.hann_window", "signal.stft", "signal.inverse_stft",
    "signal.inverse_stft_window_fn", "signal.overlap_and_add", "signal.linear_to_mel_weight_matrix",
    "signal.mfccs_from_log_mel_spectrograms",
)  # fmt: skip
def signal():
    s, x = tf.contrib.signal, given(2, 40)
    spectrum = s.stft(x, 16, 8, 16)
    return [
        s.frame(x, 10, 5),
        s.hamming_window(8),
        s.hann_window(8),
        tf.abs(spectrum),
        s.inverse_stft(spectrum, 16, 8, window_fn=s.inverse_stft_window_fn(8)),
        s.overlap_and_add(s.frame(x, 10, 5), 5),
        s.linear_to_mel_weight_matrix(4, 9, 8000),
        s.mfccs_from_log_mel_spectrograms(given(2, 3, 4)),
    ]


@piece("distributions.Categorical", "distributions.Bernoulli", "distributions.Normal", "distributions.kl_divergence")
def distributions():
    d = tf.contrib.distributions
    categorical, bernoulli = d.Categorical(logits=given(2, 3)), d.Bernoulli(logits=given(3))
    normal, other = d.Normal(given(3), 1.0 + given(3)), d.Normal(tf.zeros([3]), tf.ones([3]))
    return [
        categorical.log_prob([0, 2]),
        categorical.entropy(),
        bernoulli.prob([0, 1, 1]),
        bernoulli.mean(),
        normal.log_prob([0.1, 0.2, 0.3]),
        d.kl_divergence(normal, other),
    ]


@piece(
    "nn.deprecated_flipped_softmax_cross_entropy_with_logits", "nn.scaled_softplus", "nn.nth_element",
    "nn.deprecated_flipped_sigmoid_cross_entropy_with_logits", "nn.alpha_dropout",
    "nn.deprecated_flipped_sparse_softmax_cross_entropy_with_logits", "nn.conv1d_transpose",
)  # fmt: skip
def nn():
    n, x = tf.contrib.nn, given(3, 4)
    return [
        n.deprecated_flipped_softmax_cross_entropy_with_logits(x, tf.one_hot([0, 1, 3], 4)),
        n.deprecated_flipped_sparse_softmax_cross_entropy_with_logits(x, tf.constant([0, 1, 3])),
        n.deprecated_flipped_sigmoid_cross_entropy_with_logits(x, tf.one_hot([0, 1, 3], 4)),
        n.scaled_softplus(x, tf.constant(0.5), 0.9),
        n.alpha_dropout(x, 1.0),
        n.nth_element(x, 2),
        n.conv1d_transpose(given(2, 3, 2), given(2, 3, 2), [2, 6, 3], 2),
    ]


@piece("util.constant_value", "util.make_ndarray", "util.make_tensor_proto")
def util():
    u = tf.contrib.util
    proto = u.make_tensor_proto(ramp([2, 3]))
    return lambda session: [u.make_ndarray(proto), u.constant_value(tf.constant(3.5))]


if __name__ == "__main__":
    main()
