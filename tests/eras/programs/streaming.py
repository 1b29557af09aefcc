"""Records `tf.contrib.metrics`: each metric's value and update after two batches, and the functions of sets."""

from __future__ import division, print_function

import numpy as np
import tensorflow as tf
from pieces import PIECES, given, main, piece, ramp

metrics = tf.contrib.metrics


def counted(function, *fed, **how):
    """The update after each of two batches, then the value."""

    def ran(session):
        with tf.Graph().as_default(), tf.Session() as inner:
            inputs = [tf.placeholder(tf.as_dtype(first.dtype), [None] + list(first.shape[1:])) for first, _ in fed]
            value, update = function(*inputs, **how)
            inner.run(tf.local_variables_initializer())
            found = [inner.run(update, dict(zip(inputs, [pair[batch] for pair in fed]))) for batch in range(2)]
            last = dict(zip(inputs, [pair[1] for pair in fed]))  # some values are computed where what is fed is checked
            return found + [inner.run(value, last)]

    return ran


REAL = (ramp([4, 2], 1), ramp([3, 2], 2))
OTHER = (ramp([4, 2], 3), ramp([3, 2], 4))
CLASSES = (np.array([0, 1, 2, 1], "int64"), np.array([2, 2, 0], "int64"))
LABELS = (np.array([0, 1, 1, 1], "int64"), np.array([2, 0, 0], "int64"))
YES = (np.array([True, False, True, True]), np.array([False, True, False]))
TRUE = (np.array([True, True, False, True]), np.array([True, True, False]))
SHARES = (np.array([0.9, 0.4, 0.6, 0.2], "float32"), np.array([0.1, 0.7, 0.8], "float32"))
SCORES = (ramp([4, 5], 1), ramp([3, 5], 2))
RIGHT = (np.array([[0, 2], [1, 3], [4, 0], [2, 2]], "int64"), np.array([[1, 2], [0, 3], [4, 1]], "int64"))
TOP = (np.array([[0, 2], [1, 4], [4, 3], [1, 2]], "int64"), np.array([[1, 0], [2, 3], [0, 1]], "int64"))

TABLE = {
    "cohen_kappa": (CLASSES, LABELS, {"num_classes": 3}),
    "count": (REAL, {}),
    "precision_at_recall": (TRUE, SHARES, {"target_recall": 0.5, "num_thresholds": 20}),
    "recall_at_precision": (TRUE, SHARES, {"precision": 0.5, "num_thresholds": 20}),
    "sparse_recall_at_top_k": (RIGHT, TOP, {}),
    "streaming_accuracy": (CLASSES, LABELS, {}),
    "streaming_auc": (SHARES, TRUE, {"num_thresholds": 20}),
    "streaming_concat": (REAL, {}),
    "streaming_covariance": (REAL, OTHER, {}),
    "streaming_curve_points": (TRUE, SHARES, {"num_thresholds": 5}),
    "streaming_dynamic_auc": (TRUE, SHARES, {}),
    "streaming_false_negative_rate": (YES, TRUE, {}),
    "streaming_false_negative_rate_at_thresholds": (SHARES, TRUE, {"thresholds": [0.3, 0.5]}),
    "streaming_false_negatives": (YES, TRUE, {}),
    "streaming_false_negatives_at_thresholds": (SHARES, TRUE, {"thresholds": [0.3, 0.5]}),
    "streaming_false_positive_rate": (YES, TRUE, {}),
    "streaming_false_positive_rate_at_thresholds": (SHARES, TRUE, {"thresholds": [0.3, 0.5]}),
    "streaming_false_positives": (YES, TRUE, {}),
    "streaming_false_positives_at_thresholds": (SHARES, TRUE, {"thresholds": [0.3, 0.5]}),
    "streaming_mean": (REAL, {}),
    "streaming_mean_absolute_error": (REAL, OTHER, {}),
    "streaming_mean_cosine_distance": (REAL, OTHER, {"dim": 1}),
    "streaming_mean_iou": (CLASSES, LABELS, {"num_classes": 3}),
    "streaming_mean_squared_error": (REAL, OTHER, {}),
    "streaming_mean_tensor": ((ramp([], 1) + 0.2, ramp([], 2) - 0.1), {}),
    "streaming_pearson_correlation": (REAL, OTHER, {}),
    "streaming_percentage_less": (REAL, {"threshold": 0.1}),
    "streaming_precision": (YES, TRUE, {}),
    "streaming_precision_at_thresholds": (SHARES, TRUE, {"thresholds": [0.3, 0.5]}),
    "streaming_recall": (YES, TRUE, {}),
    "streaming_recall_at_k": (SCORES, LABELS, {"k": 2}),
    "streaming_recall_at_thresholds": (SHARES, TRUE, {"thresholds": [0.3, 0.5]}),
    "streaming_root_mean_squared_error": (REAL, OTHER, {}),
    "streaming_sensitivity_at_specificity": (SHARES, TRUE, {"specificity": 0.5, "num_thresholds": 20}),
    "streaming_sparse_average_precision_at_k": (SCORES, RIGHT, {"k": 2}),
    "streaming_sparse_average_precision_at_top_k": (TOP, RIGHT, {}),
    "streaming_sparse_precision_at_k": (SCORES, RIGHT, {"k": 2}),
    "streaming_sparse_precision_at_top_k": (TOP, RIGHT, {}),
    "streaming_sparse_recall_at_k": (SCORES, RIGHT, {"k": 2}),
    "streaming_specificity_at_sensitivity": (SHARES, TRUE, {"sensitivity": 0.5, "num_thresholds": 20}),
    "streaming_true_negatives": (YES, TRUE, {}),
    "streaming_true_negatives_at_thresholds": (SHARES, TRUE, {"thresholds": [0.3, 0.5]}),
    "streaming_true_positives": (YES, TRUE, {}),
    "streaming_true_positives_at_thresholds": (SHARES, TRUE, {"thresholds": [0.3, 0.5]}),
}


def piece_of(name):
    arguments = TABLE[name]

    def built():
        return counted(getattr(metrics, name), *arguments[:-1], **arguments[-1])

    built.__name__ = name
    PIECES.append((name, ("metrics." + name,), built))


for each in sorted(TABLE):
    piece_of(each)


@piece("metrics.streaming_mean_relative_error")
def streaming_mean_relative_error():
    return counted(lambda x, y: metrics.streaming_mean_relative_error(x, y, tf.abs(y)), REAL, OTHER)


@piece("metrics.precision_recall_at_equal_thresholds")
def precision_recall_at_equal_thresholds():
    function = lambda labels, predictions: metrics.precision_recall_at_equal_thresholds(  # noqa: E731
        labels, predictions, num_thresholds=5
    )
    return counted(function, TRUE, SHARES)


@piece("metrics.auc_with_confidence_intervals")
def auc_with_confidence_intervals():
    return counted(metrics.auc_with_confidence_intervals, TRUE, SHARES)


@piece("metrics.auc_using_histogram")
def auc_using_histogram():
    def ran(session):
        with tf.Graph().as_default(), tf.Session() as inner:
            auc, update = metrics.auc_using_histogram(
                tf.constant(TRUE[0]), tf.constant(SHARES[0]), [0.0, 1.0], nbins=10
            )
            inner.run(tf.local_variables_initializer())
            inner.run(update)
            return inner.run(auc)

    return ran


@piece("metrics.accuracy", "metrics.f1_score", "metrics.confusion_matrix")
def classes():
    def ran(session):
        with tf.Graph().as_default(), tf.Session() as inner:
            f1, update = metrics.f1_score(tf.constant(TRUE[0]), tf.constant(SHARES[0]), num_thresholds=20)
            accuracy = metrics.accuracy(tf.constant(CLASSES[0]), tf.constant(LABELS[0]))
            matrix = metrics.confusion_matrix(tf.constant(LABELS[0]), tf.constant(CLASSES[0]))
            inner.run(tf.local_variables_initializer())
            return inner.run([accuracy, matrix, update])

    return ran


@piece("metrics.aggregate_metrics", "metrics.aggregate_metric_map")
def aggregated():
    def ran(session):
        with tf.Graph().as_default(), tf.Session() as inner:
            real, other = tf.constant(REAL[0]), tf.constant(OTHER[0])
            values, updates = metrics.aggregate_metrics(
                metrics.streaming_mean(real), metrics.streaming_mean_squared_error(real, other)
            )
            names, by_name = metrics.aggregate_metric_map({"mean": metrics.streaming_mean(other)})
            inner.run(tf.local_variables_initializer())
            inner.run([updates, list(by_name.values())])
            return inner.run([values, names["mean"]])

    return ran


@piece("metrics.set_size", "metrics.set_difference", "metrics.set_intersection", "metrics.set_union")
def sets():
    one, other = tf.constant([[1, 2, 3], [4, 5, 6]]), tf.constant([[1, 3, 9], [9, 9, 5]])
    found = [getattr(metrics, "set_" + name)(one, other) for name in ("difference", "intersection", "union")]
    return [part for each in found for part in (each.indices, each.values)] + [metrics.set_size(found[0])]


@piece("losses.cosine_distance", "losses.hinge_loss", "losses.mean_pairwise_squared_error")
def losses():
    x, y = given(4, 3), tf.constant(ramp([4, 3], 9))
    labels = tf.constant((ramp([4, 3], 9) > 0).astype("float32"))
    return [
        tf.contrib.losses.cosine_distance(tf.nn.l2_normalize(x, 1), tf.nn.l2_normalize(y, 1), axis=1),
        tf.contrib.losses.hinge_loss(x, labels),
        tf.contrib.losses.mean_pairwise_squared_error(x, y, 2.0),
        tf.contrib.losses.get_total_loss(),
    ]


if __name__ == "__main__":
    main()
