"""The long-term programs agree: sentences, networks, training; and what a person sees of them."""

import functools
import itertools
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from legacy import long_term as legacy
from modern import from_tf1, optimizers
from modern import long_term as modern
from tests.commands import picture, refused, run_together, settings_of, side

v1 = tf.compat.v1
PROGRAMS = pytest.mark.parametrize("program", [legacy, modern], ids=["legacy", "modern"])
DICTIONARY = legacy.build_dictionary()
WORDS = list(DICTIONARY)


def legacy_values(session):
    """Returns what a legacy session's trainable variables hold: name -> array."""
    variables = session.graph.get_collection(v1.GraphKeys.TRAINABLE_VARIABLES)
    return dict(zip((variable.op.name for variable in variables), session.run(variables)))


def moved(values, cell, forget_bias=1.0):
    """Returns the legacy values in the order and layout of the modern model's get_weights()."""
    if cell == "lstm":
        recurrent = from_tf1.lstm_weights(
            values["rnn/basic_lstm_cell/kernel"], values["rnn/basic_lstm_cell/bias"], forget_bias
        )
    elif cell == "gru":
        parts = [values[f"rnn/gru_cell/{part}"] for part in ("gates/kernel", "gates/bias", "candidate/kernel")]
        recurrent = from_tf1.gru_weights(*parts, values["rnn/gru_cell/candidate/bias"])
    else:
        recurrent = from_tf1.rnn_weights(values["rnn/basic_rnn_cell/kernel"], values["rnn/basic_rnn_cell/bias"])
    return [values["embedding/embeddings"], *recurrent, values["output/weights"], values["output/biases"]]


def first_values(cell, seed):
    """Returns the values that a legacy network starts with."""
    _, _, session = legacy.train(cell, settings_of(legacy, training_iters=0, seed=seed))
    with session:
        return legacy_values(session)


@functools.cache
def start(cell, seed=1):
    """Returns initial values with biases that are not all alike, which would hide gates in the wrong order."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.normal(0, 0.1, value.shape).astype("float32") if "bias" in name else value
        for name, value in first_values(cell, seed).items()
    }


# --- sentences ---


def test_sentences(parity):
    drawn = []
    for program in (legacy, modern):
        dictionary = program.build_dictionary()
        data = itertools.islice(program.batches(dictionary, program.read_test(dictionary), 3), 30)
        drawn.append([pair for x, y in data for pair in zip(x.tolist(), y.tolist())])
    parity.equal("sentences of 30 batches", *drawn, of="sentences")


@PROGRAMS
def test_the_answer_follows_from_the_word_at_the_gap_and_from_no_other(program):
    pairs = dict(pair.split() for pair in f"{program.PLACES}, {program.LANGUAGES}".split(","))
    for gap, (sentences, answers) in program.read_test(DICTIONARY).items():
        assert sentences.shape == (program.TEST_SIZE, program.BEFORE + (2 if gap == 3 else 5) + gap)
        for sentence, answer in zip(sentences, answers):
            assert pairs[WORDS[sentence[-gap - 1]]] == WORDS[answer]
            assert sum(WORDS[number] in pairs for number in sentence) == 1
        assert len(set(answers)) == 8


@PROGRAMS
def test_test_sentences_are_never_learned(program):
    test = program.read_test(DICTIONARY)
    unseen = {sentence.tobytes() for sentences, _ in test.values() for sentence in sentences}
    for sentences, _ in itertools.islice(program.batches(DICTIONARY, test, 5), 300):
        assert not unseen & {sentence.tobytes() for sentence in sentences}


# --- the networks ---


@pytest.mark.parametrize("cell", legacy.CELLS + legacy.MORE_CELLS)
def test_network(cell, parity):
    values = start(cell)
    model = modern.build_model(len(WORDS), cell, settings_of(modern))
    for weight, value in zip(model.weights, moved(values, cell), strict=True):
        assert weight.shape == value.shape
    model.set_weights(moved(values, cell))
    sentences, answers = legacy.read_test(DICTIONARY)[40]
    with tf.GradientTape() as tape:
        logits = model(sentences)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(answers, logits)
    gradients = tape.gradient(loss, model.trainable_variables)

    with tf.Graph().as_default(), v1.Session() as session:
        net = legacy.build_graph(len(WORDS), cell, settings_of(legacy))
        variables = v1.trainable_variables()
        wanted = v1.gradients(net.cost, variables)
        wanted = [tf.convert_to_tensor(gradient) for gradient in wanted]
        session.run(net.init)
        for variable in variables:
            variable.load(values[variable.op.name], session)
        feed = {net.x: sentences, net.y: answers}
        pred, cost, wanted = session.run([net.pred, net.cost, wanted], feed)

    # 64 products a gate, 55 times over, summed in another order. Measured: 7e-7, and 5e-6 where states grow (irnn).
    tolerance = 5e-5 if cell == "irnn" else 1e-5
    parity.close(f"logits of the {cell}", pred, logits, tolerance)
    parity.close(f"loss of the {cell}", cost, float(loss), tolerance)
    wanted = moved(dict(zip((variable.op.name for variable in variables), wanted)), cell, forget_bias=0.0)
    worst = [], []
    for gradient, value in zip(gradients, wanted, strict=True):
        gradient, largest = tf.convert_to_tensor(gradient).numpy(), np.abs(value).max()
        at = np.unravel_index(np.abs(gradient - value).argmax(), value.shape)
        worst[0].append(value[at] / largest)
        worst[1].append(gradient[at] / largest)
    # Relative to the largest of each variable. Measured: 3e-6.
    parity.close(f"gradients of the {cell}, relative", *worst, 3e-5)


@pytest.mark.parametrize("cell", legacy.CELLS)
def test_initial_distributions(cell):
    wanted = moved(first_values(cell, seed=1), cell)
    keras.utils.set_random_seed(1)
    model = modern.build_model(len(WORDS), cell, settings_of(modern))
    for weight, value in zip(model.get_weights(), wanted, strict=True):
        if value.ndim == 1:
            assert np.array_equal(weight, value)  # biases are not drawn
        else:
            for drawn in (weight, value):  # a uniform distribution: both ends are reached, and the spread is its own
                assert 0.19 < np.abs(drawn).max() <= 0.2
                assert abs(drawn.std() - 0.2 / np.sqrt(3)) < 0.005


def test_relu_from_the_identity():
    """Both sides: the state's rows are the identity, the inputs' are drawn as all weights are; no cell else has it."""
    _, kernel, recurrent, *_ = moved(first_values("irnn", seed=1), "irnn")
    _, modern_kernel, modern_recurrent, *_ = modern.build_model(len(WORDS), "irnn", settings_of(modern)).get_weights()
    assert np.array_equal(recurrent, np.eye(64)) and np.array_equal(modern_recurrent, np.eye(64))
    for drawn in (kernel, modern_kernel):
        assert 0.19 < np.abs(drawn).max() <= 0.2 and abs(drawn.std() - 0.2 / np.sqrt(3)) < 0.005
    assert np.abs(moved(first_values("relu", seed=1), "relu")[2]).max() <= 0.2


# --- training ---


def train_both(cell, values, monkeypatch, batch_size, **changed):
    """Returns what both programs make of the same values, sentences and settings."""
    for program in (legacy, modern):
        monkeypatch.setattr(program, "BATCH_SIZE", batch_size)
    return (
        legacy.train(cell, settings_of(legacy, **changed), initial_values=values),
        modern.train(cell, settings_of(modern, **changed), initial_values=moved(values, cell)),
    )


@pytest.mark.parametrize(("cell", "clip_norm"), [("rnn", None), ("lstm", None), ("gru", None), ("rnn", 1.0)])
def test_a_hundred_steps(cell, clip_norm, parity, monkeypatch):
    values = start(cell)
    small = dict(training_iters=100, display_step=1, clip_norm=clip_norm, seed=1)
    (legacy_history, _, session), (modern_history, _, _) = train_both(cell, values, monkeypatch, 16, **small)
    session.close()
    assert legacy_history["step"] == modern_history["step"] == list(range(1, 101))
    name = f"loss at each of 100 steps, {cell}" + (", clipped" if clip_norm else "")
    # The same arithmetic, rounded in another order, and every step builds on the one before. Measured: 2e-5; where
    # the gradient is not clipped, one long step can multiply it: 2e-3 for the LSTM.
    parity.close(name, legacy_history["loss"], modern_history["loss"], 1e-2 if clip_norm is None else 2e-4)


def run_optimizers(keras_optimizer, updates=200):
    """Returns an embedding after `updates` equal gradients of 3 rows, some of them twice: (TensorFlow 1's Adam, the other)."""
    rng = np.random.default_rng(2)
    begin = rng.normal(size=(20, 5)).astype("float32")
    rows, values = rng.integers(0, 20, (updates, 3)), rng.normal(size=(updates, 3, 5)).astype("float32")
    with tf.Graph().as_default(), v1.Session() as session:
        variable = v1.get_variable("variable", initializer=begin)
        row, value = v1.placeholder(tf.int64, [3]), v1.placeholder(tf.float32, [3, 5])
        gradient = tf.IndexedSlices(value, row, tf.constant([20, 5]))
        update = v1.train.AdamOptimizer(0.003).apply_gradients([(gradient, variable)])
        session.run(v1.global_variables_initializer())
        for step in range(updates):
            session.run(update, {row: rows[step], value: values[step]})
        wanted = session.run(variable)
    variable = keras.Variable(begin)
    for step in range(updates):
        gradient = tf.IndexedSlices(tf.constant(values[step]), tf.constant(rows[step]), tf.constant([20, 5]))
        keras_optimizer.apply([gradient], [variable])
    return wanted, variable.numpy()


def test_optimizer(parity):
    # The rounding of 200 updates; measured 2.4e-7.
    parity.close("TF1Adam, an embedding after 200 updates", *run_optimizers(optimizers.TF1Adam(0.003)), 1e-6)


def test_keras_own_adam_drifts(parity):
    own = run_optimizers(keras.optimizers.Adam(0.003, epsilon=1e-8))
    parity.drift("keras.optimizers.Adam, an embedding after 200 updates", *own, 5e-3)


def test_accuracy_trend(parity, monkeypatch):
    values = start("gru", seed=2)
    full = dict(training_iters=240, display_step=80, learning_rate=0.01, seed=2)
    (legacy_history, legacy_accuracies, session), (modern_history, modern_accuracies, _) = train_both(
        "gru", values, monkeypatch, 32, **full
    )
    session.close()
    # No answer differed; rounding may grow to a few.
    parity.close("gru, average accuracy of 80 steps", legacy_history["accuracy"], modern_history["accuracy"], 0.02)
    gaps = [list(accuracies.values()) for accuracies in (legacy_accuracies, modern_accuracies)]
    parity.close("gru, accuracy by gap after 240 steps", *gaps, 0.05)
    assert min(map(min, gaps)) > 0.9  # far above chance, 0.125, at every gap


# --- as a person runs them ---


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A small run of each, the second in its directory: program -> (directory, process)."""
    folder = tmp_path_factory.mktemp("runs")
    for program in (legacy, modern):
        run_dir = folder / side(program) / "logs" / side(program) / "long_term"
        run_dir.mkdir(parents=True)
        (run_dir / "old").touch()
    flags = "--seed 1 --n-hidden 8 --training-iters 12 --display-step 6 --plot plot.png".split()
    return run_together([legacy, modern], folder, *flags)


@pytest.fixture(params=[legacy, modern], ids=["legacy", "modern"])
def finished(request, runs):
    """A finished small run: (program, directory, process)."""
    return request.param, *runs[request.param]


def test_what_is_printed(finished):
    _, folder, run = finished
    assert (run.returncode, run.stderr) == (0, "")
    patterns = [
        r"Seed: 1",
        *(rf"Gap {gap}: .* (are in the|the language spoken there is) \[\w+\]" for gap in (3, 5, 10, 20)),
        *(
            rf"Iter= {step}, {cell}, Average Loss= \d+\.\d{{6}}, Average Accuracy= \d+\.\d\d%"
            for cell in legacy.CELLS
            for step in (6, 12)
        ),
        r"Optimization Finished!",
        r"Accuracy on 200 unseen sentences for each gap; chance is 12\.5%",
        r"gap       rnn    lstm     gru",
        *(rf"{gap} +(\d+\.\d% *){{3}}" for gap in legacy.GAPS),
        r"Elapsed time:  \d+\.\d sec",
        r"Run on command line\.",
        r"\t\S+ -m tensorboard\.main --logdir " + re.escape(str(folder / "logs")),
        r"Point your web browser to: http://localhost:6006/",
    ]
    lines = run.stdout.splitlines()
    assert len(lines) == len(patterns), run.stdout
    for line, pattern in zip(lines, patterns):
        assert re.fullmatch(pattern, line), line


def test_what_is_kept(finished):
    program, folder, _ = finished
    run_dir = folder / "logs" / side(program) / "long_term"
    assert (run_dir.with_name("long_term-1") / "old").exists()  # the former run moved aside
    for cell in program.CELLS:
        events = EventAccumulator(str(run_dir / cell)).Reload()
        boxes = {node.name.split("/")[0] for node in events.Graph().node}
        assert boxes - {"accuracy", "init"} == {"input", "embedding", "rnn", "output", "loss", "train"}
        for tag in ("loss", "accuracy"):
            points = events.Scalars(tag) if program is legacy else events.Tensors(tag)
            assert [point.step for point in points] == [6, 12]
    events = EventAccumulator(str(run_dir)).Reload()
    plotted = tf.io.decode_png((folder / "plot.png").read_bytes())
    assert np.array_equal(picture(program, events, "accuracy_by_gap"), plotted)  # TensorBoard shows what --plot draws


def test_a_seed_repeats_a_run(finished, capsys):
    """Here, after other trainings and without a graph to write, as in a process of its own."""
    program, _, run = finished
    for seed in (1, 2):
        program.train("lstm", settings_of(program, training_iters=12, display_step=6, n_hidden=8, seed=seed))
        printed = capsys.readouterr().out
        assert printed.count("Iter= ") == 2
        assert (printed in run.stdout) == (seed == 1)


@PROGRAMS
def test_other_gaps_and_cells(program, capsys, tmp_path):
    flags = "--seed 1 --n-hidden 8 --training-iters 4 --display-step 2 --gaps 3 60 --cells irnn relu".split()
    program.main([*flags, "--logdir", str(tmp_path), "--plot", str(tmp_path / "plot.png")])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[1] for line in lines if line.startswith("Iter")] == [" irnn", " irnn", " relu", " relu"]
    table = lines[lines.index("gap      irnn    relu") :][:4]
    assert [line.split()[0] for line in table] == ["gap", "3", "60", "Elapsed"]
    assert (tmp_path / "plot.png").exists()


@PROGRAMS
def test_wrong_flags_are_refused(program, capsys, tmp_path):
    for flag in ("--training-iters", "--display-step", "--n-hidden", "--learning-rate", "--clip-norm"):
        assert "above zero" in refused(program, capsys, f"{flag}=0")
    assert "2147483647" in refused(program, capsys, "--seed=-1")
    assert "3 words are in between, or 5 and more, not 4" in refused(program, capsys, "--gaps", 100, 4)
    assert "invalid choice: 'elman'" in refused(program, capsys, "--cells", "elman")
    assert "--clipnorm" in refused(program, capsys, "--clipnorm", "1")
    assert "not a .png file in a directory that exists" in refused(program, capsys, "--plot", tmp_path / "plot.pdf")
    (tmp_path / "file").touch()
    assert "Not a directory" in refused(program, capsys, "--logdir", tmp_path / "file")


@PROGRAMS
def test_ctrl_c(program, monkeypatch, capsys, tmp_path):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "train", interrupted)
    with pytest.raises(SystemExit) as end:
        program.main(["--logdir", str(tmp_path)])
    assert end.value.code == 130
    run_dir = tmp_path / side(program) / "long_term"
    assert capsys.readouterr().err == f"\nInterrupted. What was reported so far is in {run_dir}.\n"
