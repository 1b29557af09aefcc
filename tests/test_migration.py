"""The numbers of docs/migration.md: by how much a TF1 call and its Keras 3 call differ, as they are and matched."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import optimizers

from modern.optimizers import TF1Adam, TF1RMSprop
from modern.tf1 import layout
from tests import recorded

v1 = tf.compat.v1
LESSONS = recorded.program("lessons")  # it drew the gradients that 1.15.5 was given, too
RATE = LESSONS.RATE
START, GRADIENTS = LESSONS.updates()  # float32 [200], and 50 gradients for it, of sizes from 1e-4 to 1
UPDATES = len(GRADIENTS)


def both(tf1, keras_optimizer, start=START, gradients=GRADIENTS):
    """Returns the variable after the same gradients: (TensorFlow 1's optimizer, Keras')."""
    with tf.Graph().as_default(), v1.Session() as session:
        variable = v1.get_variable("variable", initializer=start)
        gradient = v1.placeholder(tf.float32, start.shape)
        update = tf1().apply_gradients([(gradient, variable)])
        session.run(v1.global_variables_initializer())
        for each in gradients:
            session.run(update, {gradient: each})
        wanted = session.run(variable)
    variable = keras.Variable(start)
    for each in gradients:
        keras_optimizer.apply([each], [variable])
    return wanted, variable.numpy()


def make(name, *arguments, **options):
    return lambda: getattr(v1.train, name)(*arguments, **options)


# TensorFlow 1's optimizer -> Keras' that does the same. The rounding of 50 updates: measured up to 4.8e-7.
MATCHED = {
    "RMSPropOptimizer": (make("RMSPropOptimizer", RATE), lambda: TF1RMSprop(RATE), 1e-6),
    "AdamOptimizer": (make("AdamOptimizer", RATE), lambda: TF1Adam(RATE), 1e-6),
    "AdadeltaOptimizer": (
        make("AdadeltaOptimizer", RATE),
        lambda: optimizers.Adadelta(RATE, rho=0.95, epsilon=1e-8),
        1e-6,
    ),
    "AdagradOptimizer": (make("AdagradOptimizer", RATE), lambda: optimizers.Adagrad(RATE), 1e-6),
    "GradientDescentOptimizer": (make("GradientDescentOptimizer", RATE), lambda: optimizers.SGD(RATE), 1e-6),
    "MomentumOptimizer": (
        make("MomentumOptimizer", RATE, 0.9),
        lambda: optimizers.SGD(RATE, momentum=0.9),
        1e-6,
    ),
    "MomentumOptimizer, use_nesterov": (
        make("MomentumOptimizer", RATE, 0.9, use_nesterov=True),
        lambda: optimizers.SGD(RATE, momentum=0.9, nesterov=True),
        1e-6,
    ),
    "FtrlOptimizer": (make("FtrlOptimizer", RATE), lambda: optimizers.Ftrl(RATE), 1e-6),
}
# What one writes first, with Keras' own defaults.
DEFAULTS = {
    "RMSPropOptimizer": (lambda: optimizers.RMSprop(RATE), 1e-2),
    "AdamOptimizer": (lambda: optimizers.Adam(RATE), 1e-4),
    "AdadeltaOptimizer": (lambda: optimizers.Adadelta(RATE), 1e-5),
}


@pytest.mark.parametrize("name", MATCHED)
def test_optimizers(parity, name):
    tf1, matched, tolerance = MATCHED[name]
    then = recorded.given("lessons", "optimizers")[name]
    parity.close(f"{name}, {UPDATES} updates", *both(tf1, matched()), tolerance, recorded=then)


@pytest.mark.parametrize("name", DEFAULTS)
def test_optimizers_as_keras_has_them(parity, name):
    own, at_least = DEFAULTS[name]
    then = recorded.given("lessons", "optimizers")[name]
    parity.drift(f"{name}, Keras' defaults", *both(MATCHED[name][0], own()), at_least, recorded=then)


def test_the_first_step_of_rmsprop(parity):
    """For a gradient of 0.01, Keras' default moves a variable 300 times as far as TensorFlow 1."""
    first = np.float32([0.0]), np.float32([[0.01]])
    then = recorded.given("lessons", "optimizers")["RMSPropOptimizer, first step"]
    tf1 = make("RMSPropOptimizer", 1.0)
    wanted, told = both(tf1, TF1RMSprop(1.0), *first)
    # Neighbours in float32 are 9e-10 apart there; measured 0.
    parity.close("first step of RMSProp, g 0.01, rate 1", wanted, told, 1e-8, recorded=then)
    assert np.isclose(-then, 0.01 / np.sqrt(0.9 + 0.1 * 0.01**2))
    wanted, told = both(tf1, optimizers.RMSprop(1.0), *first)
    parity.drift("the same, Keras' default", wanted, told, 3.0, recorded=then)


def test_clipping_by_global_norm(parity):
    gradients, norm = [np.float32(gradient) for gradient in LESSONS.NORMS[0]], LESSONS.NORMS[1]
    then = np.concatenate([*recorded.given("lessons", "clipping").values()])
    with tf.Graph().as_default(), v1.Session() as session:
        wanted = session.run(tf.clip_by_global_norm([tf.constant(g) for g in gradients], norm)[0])
    for option, drifts in (("global_clipnorm", False), ("clipnorm", True)):
        variables = [keras.Variable(np.zeros_like(gradient)) for gradient in gradients]
        optimizers.SGD(1.0, **{option: norm}).apply(gradients, variables)
        told = -np.concatenate([variable.numpy() for variable in variables])
        if drifts:
            parity.drift(f"clip_by_global_norm, {option}", np.concatenate(wanted), told, 0.1, recorded=then)
        else:
            parity.close(f"clip_by_global_norm, {option}", np.concatenate(wanted), told, 1e-6, recorded=then)


def test_learning_rate_decay(parity):
    schedule = optimizers.schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5, staircase=True)
    with tf.Graph().as_default(), v1.Session() as session:
        step = v1.placeholder(tf.int64, [])
        rate = v1.train.exponential_decay(0.1, step, 10, 0.5, staircase=True)
        wanted = [session.run(rate, {step: at}) for at in LESSONS.STEPS]
    then = recorded.given("lessons", "decay")["rate"]
    parity.close("exponential_decay", wanted, [float(schedule(at)) for at in LESSONS.STEPS], 1e-8, recorded=then)


# --- losses ---


def logits_and_labels():
    rng = np.random.default_rng(5)
    return rng.normal(0, 3, (6, 5)).astype("float32"), rng.integers(0, 5, 6)


def run(build):
    with tf.Graph().as_default(), v1.Session() as session:
        return session.run(build())


def test_cross_entropy(parity):
    logits, labels = logits_and_labels()
    rows = np.eye(5, dtype="float32")[labels]
    wanted = run(lambda: tf.reduce_mean(v1.nn.softmax_cross_entropy_with_logits(logits=logits, labels=rows)))
    told = keras.losses.CategoricalCrossentropy(from_logits=True)(rows, logits)
    parity.close("softmax_cross_entropy_with_logits", wanted, float(told), 1e-6)
    wanted = run(lambda: tf.reduce_mean(v1.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=labels)))
    told = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
    parity.close("sparse_softmax_cross_entropy_with_logits", wanted, float(told), 1e-6)
    told = keras.losses.SparseCategoricalCrossentropy()(labels, logits)
    parity.drift("the same, from_logits left out", wanted, float(told), 0.1)


def test_weighted_losses(parity):
    """tf.losses divides by the weights that are not zero, Keras by all of them."""
    logits, labels = logits_and_labels()
    weights = np.float32([1, 1, 1, 0, 0, 0])
    wanted = run(lambda: v1.losses.sparse_softmax_cross_entropy(labels, logits, weights))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    parity.drift("tf.losses with zero weights", wanted, float(loss(labels, logits, sample_weight=weights)), 0.1)
    loss.reduction = "mean_with_sample_weight"
    told = float(loss(labels, logits, sample_weight=weights))
    parity.close("the same, mean_with_sample_weight", wanted, told, 1e-6)


# --- initial values ---


def test_initial_values(parity):
    """Standard deviations of 40,000 values, or biases as they start."""
    n, glorot = 200, np.sqrt(6 / (200 + 200))
    rows = {
        "tf.random_normal": (lambda: tf.random.normal([n, n], seed=1), "RandomNormal", {"stddev": 1.0}),
        "tf.truncated_normal": (lambda: tf.random.truncated_normal([n, n], seed=1), "TruncatedNormal", {"stddev": 1.0}),
        "tf.random_uniform_initializer": (
            lambda: v1.random_uniform_initializer(seed=1)([n, n]),
            "RandomUniform",
            {"minval": 0, "maxval": 1},
        ),
        "tf.get_variable's own": (
            lambda: v1.glorot_uniform_initializer(seed=1)([n, n]),
            "GlorotUniform",
            {},
        ),
    }
    for name, (tf1, own, options) in rows.items():
        wanted = np.std(run(tf1))
        told = np.std(getattr(keras.initializers, own)(seed=1, **options)((n, n)))
        # The standard deviation of 40,000 values is drawn with an error of 0.35%; so much differs its logarithm.
        parity.close(f"{name}, log of the standard deviation", np.log(wanted), np.log(told), 0.02)
        if options:
            told = np.std(getattr(keras.initializers, own)(seed=1)((n, n)))
            parity.drift(f"{name}, Keras' defaults", wanted, told, 0.2)
    assert np.isclose(np.std(run(rows["tf.get_variable's own"][0])), glorot / np.sqrt(3), rtol=0.02)


def test_initial_values_of_cells(parity):
    keras.utils.set_random_seed(1)
    with tf.Graph().as_default(), v1.Session() as session:
        gru, lstm = v1.nn.rnn_cell.GRUCell(64), v1.nn.rnn_cell.BasicLSTMCell(64)
        for cell in (gru, lstm):
            cell.build(tf.TensorShape([None, 8]))
        session.run(v1.global_variables_initializer())
        gates_bias, lstm_kernel, lstm_bias = session.run([gru.variables[1], *lstm.variables])
    layer = keras.layers.GRU(64, reset_after=False)
    layer.build((None, None, 8))
    parity.drift("GRU, first bias of its gates", gates_bias[:64], layer.get_weights()[2][:64], 0.9)
    layer = keras.layers.LSTM(64)
    layer.build((None, None, 8))
    kernel, recurrent_kernel, bias = layer.get_weights()
    forget = layout.lstm_weights(lstm_kernel, lstm_bias)[2][64:128]  # with what TensorFlow 1's cell adds as it runs
    parity.close("LSTM, first forget bias", forget, bias[64:128], 0)
    largest = np.abs(lstm_kernel[8:]).max(), np.abs(recurrent_kernel).max()
    parity.drift("LSTM, largest first value of the state's kernel", *largest, 0.1)


# --- running cells over sequences ---


@pytest.mark.parametrize("both_ways", [False, True], ids=["dynamic_rnn", "bidirectional_dynamic_rnn"])
def test_sequence_length(parity, both_ways):
    """After a sequence's end TensorFlow 1 gives zeros; Keras repeats the last output, unless it is told otherwise."""
    rng = np.random.default_rng(6)
    x, lengths = rng.normal(size=(2, 5, 4)).astype("float32"), np.array([5, 3])
    keras.utils.set_random_seed(1)
    with tf.Graph().as_default(), v1.Session() as session:
        cells = [v1.nn.rnn_cell.BasicLSTMCell(6) for _ in range(1 + both_ways)]
        if both_ways:
            outputs, _ = v1.nn.bidirectional_dynamic_rnn(*cells, tf.constant(x), lengths, dtype=tf.float32)
            outputs = tf.concat(outputs, -1)
        else:
            outputs, _ = v1.nn.dynamic_rnn(*cells, tf.constant(x), lengths, dtype=tf.float32)
        session.run(v1.global_variables_initializer())
        wanted, values = session.run([outputs, [cell.variables for cell in cells]])
    weights = [array for kernel, bias in values for array in layout.lstm_weights(kernel, bias)]
    mask = np.arange(5) < lengths[:, None]
    name = "bidirectional_dynamic_rnn" if both_ways else "dynamic_rnn"
    for zeros in (True, False):
        layer = keras.layers.LSTM(6, return_sequences=True, zero_output_for_mask=zeros)
        layer = keras.layers.Bidirectional(layer) if both_ways else layer
        layer.build((None, None, 4))
        layer.set_weights(weights)
        told = np.asarray(layer(x, mask=mask))
        if zeros or both_ways:  # Bidirectional tells its layers so itself
            parity.close(f"{name}, sequence_length", wanted, told, 1e-6)
        else:
            parity.drift(f"{name}, zero_output_for_mask left out", wanted, told, 1e-2)
