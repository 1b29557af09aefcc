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
from tests import recorded
from tests.commands import settings_of

v1 = tf.compat.v1
WORDS = legacy.read_data(legacy.TRAINING_FILE, n_input=3)
CELL = "rnn/multi_rnn_cell/cell_{}/basic_lstm_cell"
# The variables in the order of the record of the document's listing, and what that gave under TensorFlow 1.15.5.
NAMES = [
    "output/weights",
    "output/biases",
    *(f"{CELL.format(layer)}/{name}" for layer in (0, 1) for name in ("kernel", "bias")),
]
RECORDER, THEN = recorded.program("story"), recorded.given("story")


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


def moved_back(weights, forget_bias=1.0):
    """Returns the modern model's weights, or gradients, as a list in the layout and order of the record."""
    cells = [recorded.lstm_variables(*weights[first : first + 3], forget_bias) for first in (0, 3)]
    return [*weights[6:], *cells[0], *cells[1]]


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
def recorded_start():
    """The full-size initial values from which TensorFlow 1.15.5 was recorded. Its walk was that of seed 0."""
    return dict(zip(NAMES, RECORDER.given_weights(), strict=True))


def train_both(values, **steps):
    """Returns what both programs make of these values, full size: ((history, session), (history, model))."""
    return (
        legacy.train(WORDS, settings_of(legacy, **steps), initial_values=values),
        modern.train(WORDS, settings_of(modern, **steps), initial_values=moved(values)),
    )


@pytest.fixture(scope="module")
def a_thousand(recorded_start):
    """Both programs' first 1,000 steps from the recorded start, each reported."""
    return train_both(recorded_start, training_iters=RECORDER.STEPS, display_step=1)


@pytest.fixture(scope="module")
def trained(recorded_start):
    """Both programs' 5,000 steps from the recorded start, with a report of every 1,000."""
    return train_both(recorded_start, training_iters=5000, display_step=1000)


# --- vocabulary and data ---


def test_story():
    assert WORDS == modern.read_data(modern.TRAINING_FILE, n_input=3)
    assert (len(WORDS), len(set(WORDS))) == (203, 112)


def test_vocabulary(parity):
    (legacy_ids, legacy_words), (modern_ids, modern_words) = legacy.build_dataset(WORDS), modern.build_dataset(WORDS)
    parity.equal("vocabulary, word to id", legacy_ids, modern_ids, of="words")
    parity.equal("vocabulary, id to word", [legacy_words[i] for i in range(112)], modern_words, of="words")
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
    parity.equal("offsets of 50,000 windows", *offsets, of="offsets")
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


def both_ways(values, windows, labels):
    """Returns what both networks make of the values: their (logits, loss, gradients in the layout of each)."""
    with tf.Graph().as_default(), v1.Session() as session:
        net = legacy.build_graph(112, settings_of(legacy))
        variables = v1.trainable_variables()
        asked = net.pred, net.cost, v1.gradients(net.cost, variables)
        session.run(net.init)
        for variable in variables:
            variable.load(values[variable.op.name], session)
        pred, cost, wanted = session.run(asked, {net.x: windows, net.y: np.eye(112)[labels]})
    wanted = dict(zip((variable.op.name for variable in variables), wanted))

    model = modern.build_model(112, settings_of(modern))
    model.set_weights(moved(values))
    with tf.GradientTape() as tape:
        logits = model(windows)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
    gradients = [gradient.numpy() for gradient in tape.gradient(loss, model.trainable_variables)]
    return (pred, cost, wanted), (logits.numpy(), float(loss), gradients)


@pytest.fixture(scope="module")
def over_the_story(start):
    return both_ways(start, *all_windows())


def test_forward_pass(parity, over_the_story):
    (pred, cost, _), (logits, loss, _) = over_the_story
    # Logits reach 8.7; 512 products are summed in another order, twice over. Measured: 5e-7 of the largest.
    largest = np.abs(pred).max()
    parity.close("logits of 200 windows, relative to the largest", pred / largest, logits / largest, 2e-6)
    # Float32 has steps of 4.8e-7 there; measured 9.5e-7.
    parity.close("loss over 200 windows", cost, loss, 2e-6)


def test_gradients(parity, over_the_story):
    (_, _, wanted), (_, _, gradients) = over_the_story
    weights = modern.build_model(112, settings_of(modern)).weights
    for weight, gradient, value in zip(weights, gradients, moved(wanted, forget_bias=0.0), strict=True):
        largest = np.abs(value).max()
        # Sums over 200 windows in another order, relative to the largest element; measured up to 2.4e-7.
        parity.close(f"gradient of {weight.path}, relative", value / largest, gradient / largest, 2e-6)


def test_forward_pass_and_gradients_as_recorded(parity, recorded_start):
    windows, labels = (array[[*RECORDER.OFFSETS]] for array in all_windows())
    (pred, cost, wanted), (logits, loss, gradients) = both_ways(recorded_start, windows, labels)
    largest = np.abs(pred).max()
    then = THEN["logits"] / largest
    # As over 200 windows. Measured: logits 5.1e-7, the loss 9.5e-7, gradients 7.2e-7.
    parity.close("logits of 5 windows, relative to the largest", pred / largest, logits / largest, 2e-6, recorded=then)
    parity.close("loss over 5 windows", cost, loss, 2e-6, recorded=THEN["loss"])
    wanted = [wanted[name] for name in NAMES]
    gradients = moved_back(gradients, forget_bias=0.0)
    recorded.close(parity, "gradients of 5 windows", wanted, gradients, THEN, "gradient {}", 2e-6)


# --- training ---


def run_optimizers(keras_optimizer):
    """Returns the variable after 200 equal gradients: (TensorFlow 1's RMSProp, `keras_optimizer`)."""
    begin, gradients = recorded.program("lessons").updates(100, 200)
    with tf.Graph().as_default(), v1.Session() as session:
        variable = v1.get_variable("variable", initializer=begin)
        gradient = v1.placeholder(tf.float32, [100])
        update = v1.train.RMSPropOptimizer(0.001).apply_gradients([(gradient, variable)])
        session.run(v1.global_variables_initializer())
        for each in gradients:
            session.run(update, {gradient: each})
        wanted = session.run(variable)
    variable = keras.Variable(begin)
    for each in gradients:
        keras_optimizer.apply([each], [variable])
    return wanted, variable.numpy()


def test_optimizer(parity):
    then = recorded.given("lessons", "optimizers")["RMSPropOptimizer, 200 updates"]
    # The rounding of 200 updates; measured 2.4e-7.
    parity.close("RMSProp, 200 updates", *run_optimizers(optimizers.TF1RMSprop(0.001)), 1e-6, recorded=then)
    told = run_optimizers(keras.optimizers.RMSprop(0.001))
    parity.drift("keras.optimizers.RMSprop, 200 updates", *told, 1e-2, recorded=then)


def test_weights_and_slots(parity, recorded_start, monkeypatch):
    made = []

    class Kept(optimizers.TF1RMSprop):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            made.append(self)

    monkeypatch.setattr(optimizers, "TF1RMSprop", Kept)
    (_, session), (_, model) = train_both(
        recorded_start, training_iters=RECORDER.UPDATES, display_step=RECORDER.UPDATES
    )
    held = {variable.op.name: variable for variable in session.graph.get_collection(v1.GraphKeys.GLOBAL_VARIABLES)}
    wanted = session.run([held[name] for name in NAMES])
    weights = moved_back(model.get_layer("rnn").get_weights())
    # The rounding of 200 updates, each from the one before. Measured: weights 7.2e-7, mean squares 5.5e-6.
    recorded.close(parity, "weights after 200 steps", wanted, weights, THEN, "variable {} after 200", 2e-5)
    # TensorFlow 1's other slot, momentum, is what the last step was, and TF1RMSprop does without.
    wanted = session.run([held[f"{name}/RMSProp"] for name in NAMES])
    squares = moved_back([square.numpy() for square in made[0].mean_squares], forget_bias=0.0)
    recorded.close(parity, "RMSProp's mean squares after 200 steps", wanted, squares, THEN, "rms {} after 200", 2e-5)


def test_trajectory(parity, a_thousand):
    (legacy_history, _), (modern_history, _) = a_thousand
    for history in (legacy_history, modern_history):
        assert history["step"] == list(range(1, 1001))
    predicted = legacy_history["predicted"], modern_history["predicted"]
    then = THEN["word at each step"].tolist()
    parity.equal("word predicted at each of the first 1,000 steps", *predicted, of="words", recorded=then)
    # The same arithmetic, rounded in another order, and every step builds on the one before: measured 1.7e-5.
    losses = legacy_history["loss"], modern_history["loss"]
    parity.close("loss at each of the first 1,000 steps", *losses, 1e-3, recorded=THEN["loss at each step"])


def test_text_told(parity, a_thousand):
    """After 1,000 steps each tells the story with the weights that it has come to."""
    (_, session), (_, model) = a_thousand
    dictionary, _ = modern.build_dataset(WORDS)
    ask = dictionary, RECORDER.PROMPT, RECORDER.N_WORDS
    told = legacy.generate(session, *ask), modern.generate(model, *ask)
    prompt = " ".join(RECORDER.PROMPT)
    parity.equal(f"told after 1,000 steps and '{prompt}'", *told, of="words", recorded=THEN["text told"][0].split(" "))


def test_accuracy_trend(parity, trained):
    (legacy_history, _), (modern_history, _) = trained
    for last, *means in list(zip(legacy_history["step"], legacy_history["accuracy"], modern_history["accuracy"]))[1:]:
        # After some 3,000 steps rounding has grown into another trajectory; its averages stay together: measured 0.002.
        parity.close(f"average accuracy, steps {last - 999} to {last}", *means, 0.05)
    assert modern_history["accuracy"][-1] > modern_history["accuracy"][0] + 0.2


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
        parity.equal(f"told after '{prompt}'", *told, of="words")


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
    parity.equal("boxes of the graph in TensorBoard", boxes[0] & boxes[1], boxes[1])
    parity.equal("steps of the scalars loss and accuracy", steps[0] + steps[1], steps[2] + steps[3], of="steps")


def test_layout_rule_refuses_other_shapes():
    with pytest.raises(ValueError, match="not one cell's of 4 gates"):
        from_tf1.lstm_weights(np.zeros((5, 8)), np.zeros(12))
