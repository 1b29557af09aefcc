"""The story programs agree: from their constants to the words they tell."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from legacy import story_rnn as legacy
from modern import from_tf1, optimizers
from modern import story_rnn as modern
from tests.commands import settings_of

v1 = tf.compat.v1
WORDS = legacy.read_data(legacy.TRAINING_FILE, n_input=3)
CELL = "rnn/multi_rnn_cell/cell_{}/basic_lstm_cell"


def legacy_values(session):
    """Returns what a legacy session's trainable variables hold: name -> array."""
    variables = session.graph.get_collection(v1.GraphKeys.TRAINABLE_VARIABLES)
    return dict(zip((variable.op.name for variable in variables), session.run(variables)))


def moved(values, forget_bias=1.0, n_layers=2):
    """Returns the legacy values in the order and layout of the modern model's get_weights()."""
    layers = []
    for layer in range(n_layers):
        cell = CELL.format(layer)
        layers += from_tf1.lstm_weights(values[f"{cell}/kernel"], values[f"{cell}/bias"], forget_bias)
    return [*layers, values["output/weights"], values["output/biases"]]


def all_windows():
    """Returns the story's 200 windows, float32 [200, 3, 1], and the ids after them, [200]."""
    dictionary, _ = modern.build_dataset(WORDS)
    return modern.build_windows(WORDS, dictionary, np.arange(len(WORDS) - 3), n_input=3)


@pytest.fixture(scope="module")
def start():
    """Full-size initial values, legacy's own, with biases that are not all alike.

    Zero biases, with which both sides start, would hide gates in the wrong order.
    """
    _, session = legacy.train(WORDS, settings_of(legacy, training_iters=0, seed=1))
    values = legacy_values(session)
    rng = np.random.default_rng(1)
    for layer in range(2):
        values[CELL.format(layer) + "/bias"] = rng.normal(0, 0.1, 4 * legacy.N_HIDDEN).astype("float32")
    return values


@pytest.fixture(scope="module")
def trained(start):
    """Both programs' 5,000 steps from the same start, full size: ((history, session), (history, model))."""
    steps = dict(training_iters=5000, display_step=1, seed=1)
    return (
        legacy.train(WORDS, settings_of(legacy, **steps), initial_values=start),
        modern.train(WORDS, settings_of(modern, **steps), initial_values=moved(start)),
    )


# --- vocabulary and data ---


def test_story():
    assert WORDS == modern.read_data(modern.TRAINING_FILE, n_input=3)
    assert (len(WORDS), len(set(WORDS))) == (203, 112)


def test_vocabulary(parity):
    (legacy_ids, legacy_words), (modern_ids, modern_words) = legacy.build_dataset(WORDS), modern.build_dataset(WORDS)
    parity.equal("vocabulary, word to id", legacy_ids, modern_ids, shown=f"{len(legacy_ids)} words")
    parity.equal("vocabulary, id to word", [legacy_words[i] for i in range(112)], modern_words, shown="112 ids")
    # By frequency, then by first appearance: 37 words come more than once, `long` is the first of the others.
    assert [modern_ids[word] for word in (",", "the", "long", "remedies")] == [0, 1, 37, 111]


@given(st.lists(st.text(min_size=1, max_size=3), min_size=1))
@settings(deadline=None)
def test_vocabulary_of_any_words(words):
    (legacy_ids, legacy_words), (modern_ids, modern_words) = legacy.build_dataset(words), modern.build_dataset(words)
    assert legacy_ids == modern_ids
    assert [legacy_words[i] for i in range(len(legacy_words))] == modern_words


@given(st.integers(1, 20), st.integers(0, 100), st.integers(0, 2**31 - 1))
@settings(deadline=None)
def test_walk_of_any_text(n_input, more, seed):
    n_tokens = n_input + 1 + more
    offsets = [list(itertools.islice(program.walk(n_tokens, n_input, seed), 200)) for program in (legacy, modern)]
    assert offsets[0] == offsets[1]
    assert 0 <= min(offsets[0]) and max(offsets[0]) + n_input < n_tokens  # the word after the window exists


def test_walk(parity):
    offsets = [list(itertools.islice(program.walk(203, 3, 1), 50000)) for program in (legacy, modern)]
    parity.equal("offsets of 50,000 windows", *offsets, shown="50000 offsets")
    strides = np.diff(offsets[0])
    assert set(strides[strides > 0]) == {4}  # a window and the word after it
    assert set(offsets[0]) == set(range(200))  # every window of the story is seen


def test_uneven_lines(tmp_path):
    text = tmp_path / "uneven.txt"
    text.write_text("one two three\nfour\n\n  five six\n\n")
    assert legacy.read_data(text, 3) == modern.read_data(text, 3) == "one two three four five six".split()


# --- the network ---


def test_shapes(parity, start):
    model = modern.build_model(112, settings_of(modern))
    names = [f"lstm_{layer} {name}" for layer in (0, 1) for name in ("kernel", "recurrent kernel", "bias")]
    for name, value, weight in zip([*names, "output kernel", "output bias"], moved(start), model.weights, strict=True):
        parity.equal(f"shape of {name}", value.shape, tuple(weight.shape))

    with tf.Graph().as_default():
        net = legacy.build_graph(112, settings_of(legacy))
    parity.equal("shape of a batch of windows", net.x.shape.as_list(), list(model.input_shape))
    parity.equal("shape of the logits", net.pred.shape.as_list(), list(model.output_shape))
    assert net.y.shape.as_list() == [None, 112]


def test_parameters(parity, start):
    count = sum(value.size for value in start.values())
    parity.equal("parameters", count, modern.build_model(112, settings_of(modern)).count_params())


def test_initial_distributions(parity):
    _, session = legacy.train(WORDS, settings_of(legacy, training_iters=0, seed=1))
    keras.utils.set_random_seed(1)
    model = modern.build_model(112, settings_of(modern))
    for weight, value in zip(model.weights, moved(legacy_values(session)), strict=True):
        parity.same_distribution(f"first {weight.path}", value, weight.numpy())


def test_forward_pass(parity, start):
    windows, labels = all_windows()
    model = modern.build_model(112, settings_of(modern))
    model.set_weights(moved(start))
    logits = model(windows)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)

    _, session = legacy.train(WORDS, settings_of(legacy, training_iters=0), initial_values=start)
    feed = {"input/x:0": windows, "input/y:0": np.eye(112)[labels]}
    pred, cost = session.run(["output/pred:0", "loss/Mean:0"], feed)
    # Logits reach 8.7; 512 products are summed in another order, twice over. Measured: 5e-7 of the largest.
    largest = np.abs(pred).max()
    parity.close("logits of 200 windows, relative to the largest", pred / largest, logits / largest, 2e-6)
    parity.close("loss over 200 windows, relative", 1, float(loss) / cost, 2e-6)


def test_gradients(parity, start):
    windows, labels = all_windows()
    model = modern.build_model(112, settings_of(modern))
    model.set_weights(moved(start))
    with tf.GradientTape() as tape:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, model(windows))
    gradients = tape.gradient(loss, model.trainable_variables)

    with tf.Graph().as_default(), v1.Session() as session:
        net = legacy.build_graph(112, settings_of(legacy))
        variables = v1.trainable_variables()
        wanted = v1.gradients(net.cost, variables)
        session.run(net.init)
        for variable in variables:
            variable.load(start[variable.op.name], session)
        feed = {net.x: windows, net.y: np.eye(112)[labels]}
        wanted = dict(zip((variable.op.name for variable in variables), session.run(wanted, feed)))

    for weight, gradient, value in zip(model.weights, gradients, moved(wanted, forget_bias=0.0), strict=True):
        largest = np.abs(value).max()
        # Sums over 200 windows in another order, relative to the largest element; measured up to 2.4e-7.
        parity.close(f"gradient of {weight.path}, relative", value / largest, gradient.numpy() / largest, 2e-6)


# --- training ---


def run_optimizers(keras_optimizer, updates=200):
    """Returns the variable after `updates` equal gradients: (TensorFlow 1's RMSProp, `keras_optimizer`)."""
    rng = np.random.default_rng(2)
    begin = rng.normal(size=100).astype("float32")
    gradients = rng.normal(scale=10.0 ** rng.integers(-4, 1, 100), size=(updates, 100)).astype("float32")
    with tf.Graph().as_default(), v1.Session() as session:
        variable = v1.get_variable("variable", initializer=begin)
        gradient = v1.placeholder(tf.float32, [100])
        update = v1.train.RMSPropOptimizer(0.001).apply_gradients([(gradient, variable)])
        session.run(v1.global_variables_initializer())
        for step in range(updates):
            session.run(update, {gradient: gradients[step]})
        wanted = session.run(variable)
    variable = keras.Variable(begin)
    for step in range(updates):
        keras_optimizer.apply([gradients[step]], [variable])
    return wanted, variable.numpy()


def test_optimizer(parity):
    # The rounding of 200 updates; measured 2.4e-7.
    parity.close("RMSProp, 200 updates", *run_optimizers(optimizers.TF1RMSprop(0.001)), 1e-6)


def test_keras_own_rmsprop_drifts(parity):
    parity.drift("keras.optimizers.RMSprop, 200 updates", *run_optimizers(keras.optimizers.RMSprop(0.001)), 1e-2)


def test_trajectory(parity, trained):
    (legacy_history, _), (modern_history, _) = trained
    for history in (legacy_history, modern_history):
        assert history["step"] == list(range(1, 5001))
    predicted = legacy_history["predicted"][:1000], modern_history["predicted"][:1000]
    parity.equal("word predicted at each of the first 1,000 steps", *predicted, shown="1000 words")
    # The same arithmetic, rounded in another order, and every step builds on the one before: measured 2.4e-5.
    losses = legacy_history["loss"][:1000], modern_history["loss"][:1000]
    parity.close("loss at each of the first 1,000 steps", *losses, 1e-3)


def test_accuracy_trend(parity, trained):
    for last in (2000, 3000, 4000, 5000):
        legacy_mean, modern_mean = (np.mean(history["accuracy"][last - 1000 : last]) for history, _ in trained)
        # After some 3,000 steps rounding has grown into another trajectory; its averages stay together: measured 0.009.
        parity.close(f"average accuracy, steps {last - 999} to {last}", legacy_mean, modern_mean, 0.05)
    assert np.mean(trained[1][0]["accuracy"][-1000:]) > np.mean(trained[1][0]["accuracy"][:1000]) + 0.2


def test_generation(parity, trained):
    (_, session), _ = trained
    dictionary, vocabulary = modern.build_dataset(WORDS)
    model = modern.build_model(112, settings_of(modern))
    model.set_weights(moved(legacy_values(session)))
    model = modern.with_vocabulary(model, vocabulary)
    for prompt in ("had a general", "the cat ?", "mice mice mice"):
        words = prompt.split()
        told = legacy.generate(session, dictionary, words, 32), modern.generate(model, dictionary, words, 32)
        assert len(told[0]) == 3 + 32
        parity.equal(f"told after '{prompt}'", *told, shown="32 words")


@pytest.mark.parametrize("program", [legacy, modern])
def test_a_seed_repeats_a_run(program):
    small = dict(training_iters=40, display_step=10, n_hidden=16)
    first, again, other = (program.train(WORDS, settings_of(program, **small, seed=seed))[0] for seed in (3, 3, 4))
    assert first == again
    assert first["loss"] != other["loss"]


@pytest.mark.parametrize("program", [legacy, modern])
@pytest.mark.parametrize(("n_input", "n_layers", "n_words"), [(1, 1, 2), (2, 3, 3), (5, 1, 40)])
def test_other_sizes(program, n_input, n_layers, n_words):
    words = WORDS[:n_words] if n_words > n_input else WORDS
    sizes = dict(training_iters=25, display_step=10, n_input=n_input, n_layers=n_layers, n_hidden=4)
    history, trained = program.train(words, settings_of(program, **sizes))
    assert history["step"] == [10, 20]
    dictionary, _ = program.build_dataset(words)
    assert len(program.generate(trained, dictionary, words[:n_input], 5)) == n_input + 5


def test_the_graph_does_not_grow():
    _, session = legacy.train(WORDS, settings_of(legacy, training_iters=20, display_step=10, n_hidden=4))
    assert session.graph.finalized


# --- what is written ---


def test_event_files(parity, tmp_path):
    boxes, steps = [], []
    for program, layers in ((legacy, ("cell_0", "cell_1")), (modern, ("lstm_0", "lstm_1"))):
        run_dir = tmp_path / program.__name__
        run_dir.mkdir()
        small = settings_of(program, training_iters=30, display_step=10, n_hidden=8)
        history, _ = program.train(WORDS, small, run_dir)
        events = EventAccumulator(str(run_dir)).Reload()
        names = [node.name for node in events.Graph().node]
        boxes.append({name.split("/")[0] for name in names})
        for layer in layers:
            assert any(layer in name.split("/") for name in names)
        for tag in ("loss", "accuracy"):
            if program is legacy:
                points = [(event.step, event.value) for event in events.Scalars(tag)]
            else:
                points = [(event.step, tf.make_ndarray(event.tensor_proto).item()) for event in events.Tensors(tag)]
            assert points == list(zip(history["step"], np.float32(history[tag])))
            steps.append([step for step, _ in points])
    assert boxes[1] == {"input", "rnn", "output", "loss", "train"}
    assert boxes[0] - boxes[1] == {"rnn_input", "accuracy", "global_step", "init", "save"}
    parity.equal("boxes of the graph in TensorBoard", boxes[0] & boxes[1], boxes[1], shown="5 boxes")
    parity.equal("steps of the scalars loss and accuracy", steps[:2], steps[2:], shown="3 steps each")


def test_layout_rule_refuses_other_shapes():
    with pytest.raises(ValueError, match="not one cell's of 4 gates"):
        from_tf1.lstm_weights(np.zeros((5, 8)), np.zeros(12))
