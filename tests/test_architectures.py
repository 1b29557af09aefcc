"""The architectures programs agree: data, networks, training, what they say; and what a person sees of them."""

import functools
import re
import shutil
import sys

import keras
import mido
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from legacy import architectures as legacy
from modern import architectures as modern
from modern import from_tf1
from tests.commands import refused, run_together, settings_of, side

v1 = tf.compat.v1
PROGRAMS = pytest.mark.parametrize("program", [legacy, modern], ids=["legacy", "modern"])
NAMES = [name for names in legacy.KINDS.values() for name in names]
TASKS = {name: legacy.read_task(name) for name in NAMES}


def legacy_values(session):
    """Returns what a legacy session's trainable variables hold: name -> array."""
    variables = session.graph.get_collection(v1.GraphKeys.TRAINABLE_VARIABLES)
    return dict(zip((variable.op.name for variable in variables), session.run(variables)))


def moved(values, model, forget_bias=1.0):
    """Returns the legacy values in the order and layout of the modern model's get_weights()."""
    weights = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Embedding):
            weights += [values[f"{layer.name}/embeddings"]]
        elif isinstance(layer, keras.layers.LSTM):
            cell = f"{layer.name}/basic_lstm_cell"
            weights += from_tf1.lstm_weights(values[f"{cell}/kernel"], values[f"{cell}/bias"], forget_bias)
        elif isinstance(layer, keras.layers.Dense):
            weights += [values[f"{layer.name}/weights"], values[f"{layer.name}/biases"]]
    assert len(weights) == len(values) + sum(isinstance(layer, keras.layers.LSTM) for layer in model.layers)
    return weights


def build_model(name):
    task = TASKS[name]
    sizes = [4] if name == "flowers" else [len(ids) + 2 for ids in task.dictionaries]
    return modern.build_model(name, sizes, len(task.classes), settings_of(modern))


@functools.cache
def start(name):
    """Returns initial values with biases that are not all alike, which would hide gates in the wrong order."""
    _, _, session = legacy.train(name, TASKS[name], settings_of(legacy, training_iters=0, seed=1))
    with session:
        values = legacy_values(session)
    rng = np.random.default_rng(1)
    return {
        key: rng.normal(0, 0.1, value.shape).astype("float32") if "bias" in key else value
        for key, value in values.items()
    }


# --- data ---


@pytest.mark.parametrize("name", NAMES)
def test_data(name, parity):
    tasks = TASKS[name], modern.read_task(name)
    for part, x, y in (("learned", "x", "y"), ("held-out", "test_x", "test_y")):
        examples = [[*zip(*map(np.ndarray.tolist, (*getattr(task, x), getattr(task, y))))] for task in tasks]
        parity.equal(f"{name}: {part} examples", *examples, of="examples")
    assert tasks[0][4:] == tasks[1][4:]
    assert legacy.levels(tasks[0]) == modern.levels(tasks[1])


@pytest.mark.parametrize("name", NAMES)
def test_nothing_held_out_is_learned(name):
    pairs = legacy.read_tunes() if name == "tunes" else legacy.read_pairs(name)
    sources = [" ".join(source) for source, _ in pairs]
    assert len(sources) >= {"tunes": 30, "flowers": 150}.get(name, 300)
    held_out = {" ".join(source) for source, _ in TASKS[name].held_out}
    assert held_out == set(sources[4::5])
    assert not held_out & {source for number, source in enumerate(sources, 1) if number % 5}
    # Every answer that is asked for can be learned, and so can every word to translate.
    task = TASKS[name]
    if name != "tunes":
        assert set(task.test_y.ravel()) <= set(task.y.ravel())
    if name == "translation":
        assert not (task.test_x[0] == legacy.UNKNOWN).any()


def test_tunes_are_whole():
    """Every bar of data/tunes.abc has its metre's length; an upbeat and the last bar together have one."""
    text = (legacy.DATA / "tunes.abc").read_text(encoding="utf-8")
    for tune in text.split("X:")[1:]:
        beats, unit = map(int, re.search(r"M:(\d)/(\d)", tune).groups())
        body = " ".join(line for line in tune.splitlines()[1:] if line and not re.match("[A-Z]:", line))
        assert body.endswith("|]") and body.count("|]") == 1
        lengths = []
        for bar in body.removesuffix("|]").split("|"):
            notes = [legacy.NOTE.fullmatch(symbol).groups() for symbol in bar.split()]
            lengths.append(sum(int(eighths or 1) / (2 if halved else 1) for _, _, eighths, halved in notes))
        whole = beats * 8 / unit
        assert set(lengths[1:-1]) == {whole}, tune
        assert lengths[0] == lengths[-1] == whole or lengths[0] + lengths[-1] == whole, tune


def test_french_agrees():
    """The article and the form of the adjective follow the noun's gender, one noun one gender."""
    genders, forms = {}, {}
    for (adjective, noun), (article, nom, adjectif) in legacy.read_pairs("translation"):
        assert genders.setdefault(noun, (article, nom)) == (article, nom)
        assert forms.setdefault((adjective, article), adjectif) == adjectif
    assert {article for article, _ in genders.values()} == {"le", "la"}
    assert len(genders) * len(forms) // 2 == 672  # every adjective with every noun


# --- the networks ---


@pytest.mark.parametrize("name", NAMES)
def test_network(name, parity):
    task, values, model = TASKS[name], start(name), build_model(name)
    x, y = [x[:64] for x in task.x], task.y[:64]
    model.set_weights(moved(values, model))
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    with tf.GradientTape() as tape:
        logits = model([tf.constant(part) for part in x])
        loss = model.compute_loss(y=y, y_pred=logits)
    gradients = tape.gradient(loss, model.trainable_variables)

    with tf.Graph().as_default(), v1.Session() as session:
        sizes = [4] if name == "flowers" else [len(ids) + 2 for ids in task.dictionaries]
        net = legacy.build_graph(name, sizes, len(task.classes), settings_of(legacy))
        variables = v1.trainable_variables()
        wanted = [tf.convert_to_tensor(gradient) for gradient in v1.gradients(net.cost, variables)]
        session.run(net.init)
        for variable in variables:
            variable.load(values[variable.op.name], session)
        pred, cost, wanted = session.run([net.pred, net.cost, wanted], {**dict(zip(net.x, x)), net.y: y})

    there = (x[-1] != 0)[..., None] if y.ndim == 2 else 1  # what comes out at padding is nobody's concern
    # Sums in another order, up to 90 steps. Measured: 3e-7.
    parity.close(f"{name}: logits", pred * there, logits.numpy() * there, 1e-5)
    parity.close(f"{name}: loss", cost, float(loss), 1e-5)
    worst = [], []
    wanted = moved(dict(zip((variable.op.name for variable in variables), wanted)), model, forget_bias=0.0)
    for gradient, value in zip(gradients, wanted, strict=True):
        gradient, largest = tf.convert_to_tensor(gradient).numpy(), np.abs(value).max()
        at = np.unravel_index(np.abs(gradient - value).argmax(), value.shape)
        worst[0].append(value[at] / largest)
        worst[1].append(gradient[at] / largest)
    # Relative to the largest of each variable. Measured: 1e-6, and 2e-5 for the opinions, whose first gradients are
    # sums over 64 sentences that all but cancel.
    parity.close(f"{name}: gradients, relative", *worst, 1e-4)


# --- training ---


@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_steps(name, parity):
    task, values, model = TASKS[name], start(name), build_model(name)
    steps = dict(training_iters=100, display_step=10, seed=1)
    legacy_history, net, session = legacy.train(name, task, settings_of(legacy, **steps), initial_values=values)
    values = moved(values, model)
    modern_history, trained = modern.train(name, task, settings_of(modern, **steps), initial_values=values)
    assert legacy_history["step"] == modern_history["step"] == list(range(10, 101, 10))
    # The same arithmetic, rounded in another order, and every step builds on the one before. Measured: 7e-6.
    parity.close(f"{name}: loss of the first 40 steps", legacy_history["loss"][:4], modern_history["loss"][:4], 1e-4)
    # Through a tune's 90 notes back, a few steep steps multiply what rounding began: 3e-2. The others: 1e-5.
    parity.close(
        f"{name}: loss of 100 steps",
        legacy_history["loss"],
        modern_history["loss"],
        0.1 if name == "tunes" else 1e-3,
    )
    for tag in ("accuracy", "accuracy_held_out"):
        # For the tunes 0.02 of the notes; for the others no answer differed, and one may.
        parity.close(
            f"{name}: {tag} of 100 steps", legacy_history[tag], modern_history[tag], 0.05 if name == "tunes" else 0.02
        )
    assert modern_history["accuracy"][-1] > max(legacy.levels(task).values()) + 0.05

    # The same weights say the same.
    trained.set_weights(moved(legacy_values(session), model))
    if name == "tunes":
        tunes = legacy.compose(net, session, task, "D2"), modern.compose(trained, task, "D2")
        parity.equal("tunes: a tune composed after 100 steps", *tunes, of="symbols")
    if name == "translation":
        x, first = task.test_x[:1], ["<start>"] * len(task.held_out)
        said = legacy.greedy(net, session, task, x, first, 3), modern.greedy(trained, task, x, first, 3)
        parity.equal("translation: held-out phrases after 100 steps", *said, of="phrases")
    session.close()


@pytest.fixture(scope="module", params=[legacy, modern], ids=["legacy", "modern"])
def opinions(request):
    """A network that has learned the opinions: (program, what `predict` needs)."""
    settings = settings_of(request.param, training_iters=200, seed=1)
    _, *trained = request.param.train("opinions", TASKS["opinions"], settings)
    return request.param, trained


def test_order_decides_an_opinion(opinions):
    """What no bag of words can tell apart."""
    program, trained = opinions
    task = TASKS["opinions"]
    pairs = [("the film was not clever but dull", "the film was not dull but clever")]
    pairs += [("the room was not clean but noisy", "the room was not noisy but clean")]
    for negative, positive in pairs:
        x = [program.encode([negative.split(), positive.split()], task.dictionaries[0])]
        assert [task.classes[number] for number in program.predict(*trained, x)] == ["negative", "positive"]


def test_padding_changes_nothing(opinions):
    """A sentence gets the same answer alone and beside a longer one."""
    program, trained = opinions
    (x,) = TASKS["opinions"].x
    alone = x[:1, : np.count_nonzero(x[0])]
    longer = np.pad(alone, [(0, 0), (0, 30)])
    if program is legacy:
        net, session = trained
        logits = [session.run(net.pred, {net.x[0]: ids}) for ids in (alone, longer)]
    else:
        logits = [trained[0].predict_on_batch([ids]) for ids in (alone, longer)]
    assert np.abs(logits[0]).max() > 1
    assert np.abs(logits[0] - logits[1]).max() < 1e-5


# --- tunes as text and as MIDI ---


@PROGRAMS
def test_abc_and_midi(program, tmp_path):
    tune = "D G3/2 F/2 | g B,2 c'4 | d | e | f | |]".split()
    assert program.abc(tune) == (
        "X:1\nT:From a first note, D\nM:none\nL:1/8\nK:G\nD G3/2 F/2 | g B,2 c'4 | d | e |\nf | |]\n"
    )
    program.midi(tune).save(tmp_path / "tune.mid")
    file = mido.MidiFile(tmp_path / "tune.mid")
    notes = [(message.note, message.time) for message in file.tracks[0] if message.type == "note_off"]
    # The key of G has F sharp; eighths are 240 ticks; a comma is an octave below, an apostrophe one above.
    assert notes == [(62, 240), (67, 360), (66, 120), (79, 240), (59, 480), (84, 960), (74, 240), (76, 240), (78, 240)]
    assert file.length == pytest.approx(sum(ticks for _, ticks in notes) / 960)


# --- as a person runs them ---


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A small run of each, the second in its directory: program -> (directory, process)."""
    folder = tmp_path_factory.mktemp("runs")
    for program in (legacy, modern):
        run_dir = folder / side(program) / "logs" / side(program) / "architectures" / "one-to-many"
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
    lines = run.stdout.splitlines()
    assert lines[0] == "Seed: 1"
    heads = [line for line in lines if line.endswith("held out")]
    assert heads == [
        "one-to-one, flowers: 120 examples to learn, 30 held out",
        "one-to-many, tunes: 31 examples to learn, 7 held out",
        "many-to-one, opinions: 480 examples to learn, 120 held out",
        "many-to-many, tagging: 256 examples to learn, 64 held out",
        "many-to-many, translation: 538 examples to learn, 134 held out",
    ]
    reports = [line for line in lines if line.startswith("Iter= ")]
    pattern = r"Iter= (6|12), Average Loss= \d+\.\d{6}, Accuracy= \d+\.\d\d%, Held-out Accuracy= \d+\.\d\d%"
    assert len(reports) == 10 and all(re.fullmatch(pattern, line) for line in reports)
    assert sum(line.startswith("Held-out accuracy of a rule, ") for line in lines) == 5 + 3
    assert "K:G" in lines and "Optimization Finished!" in lines
    assert lines[-2] == f"\t{sys.executable} -m tensorboard.main --logdir {folder / 'logs'}"


def test_what_is_kept(finished):
    program, folder, _ = finished
    run_dir = folder / "logs" / side(program) / "architectures"
    assert (run_dir / "one-to-many-1" / "old").exists()  # the former run moved aside
    assert (folder / "plot.png").read_bytes().startswith(b"\x89PNG")
    assert mido.MidiFile(run_dir / "one-to-many" / "tunes" / "tune.mid").length > 0
    assert (run_dir / "one-to-many" / "tunes" / "tune.abc").read_text().startswith("X:1\n")
    for kind, name in ((kind, name) for kind, names in program.KINDS.items() for name in names):
        events = EventAccumulator(str(run_dir / kind / name)).Reload()
        boxes = {node.name.split("/")[0] for node in events.Graph().node}
        nets = {"flowers": {"hidden"}, "translation": {"encoder", "encoder_embedding", "decoder", "decoder_embedding"}}
        nets = nets.get(name, {"rnn", "rnn_embedding"})
        assert boxes - {"accuracy", "init", "mask"} == {"input", "output", "loss", "train"} | nets
        for tag in ("loss", "accuracy", "accuracy_held_out"):
            points = events.Scalars(tag) if program is legacy else events.Tensors(tag)
            assert [point.step for point in points] == [6, 12]


def test_a_seed_repeats_a_run(finished, capsys):
    """Here, after other trainings and without a graph to write, as in a process of its own."""
    program, _, run = finished
    for seed in (1, 2):
        settings = settings_of(program, training_iters=12, display_step=6, n_hidden=8, seed=seed)
        program.train("opinions", TASKS["opinions"], settings)
        printed = capsys.readouterr().out
        assert printed.count("Iter= ") == 2
        assert (printed in run.stdout) == (seed == 1)


@PROGRAMS
def test_wrong_flags_are_refused(program, capsys, tmp_path):
    for flag in ("--training-iters", "--display-step", "--n-hidden", "--learning-rate"):
        assert "above zero" in refused(program, capsys, f"{flag}=0")
    assert "one-to-one" in refused(program, capsys, "--kind", "some-to-some")
    assert "not a note in ABC notation" in refused(program, capsys, "--first-note", "H2")
    assert "2147483647" in refused(program, capsys, "--seed=-1")
    assert "not a .png file" in refused(program, capsys, "--plot", tmp_path / "plot.pdf")
    (tmp_path / "file").touch()
    assert "Not a directory" in refused(program, capsys, "--kind", "one-to-one", "--logdir", tmp_path / "file")


@PROGRAMS
def test_an_unknown_first_note_is_refused_before_any_training(program, capsys, tmp_path):
    flags = ["--kind", "one-to-many", "--first-note", "b7", "--logdir", tmp_path / "logs"]
    assert "is in no tune that is learned" in refused(program, capsys, *flags)
    assert not (tmp_path / "logs").exists()


@PROGRAMS
@pytest.mark.parametrize(
    ("kind", "file", "content", "message"),
    [
        ("one-to-one", "flowers.tsv", b"5.1 3.5 1.4 0.2\tsetosa\n" * 4 + b"5.1 3.5\tsetosa", "line 5: 2 words before"),
        ("one-to-one", "flowers.tsv", b"5.1 x 1.4 0.2\tsetosa\n" * 5, "line 1: four numbers are needed"),
        ("one-to-many", "tunes.abc", None, "tunes.abc: No such file or directory"),
        ("one-to-many", "tunes.abc", b"X:1\nK:G\nG2 H2 |\n\n\n\n", "line 3: 'H2' is no note or bar line of a tune"),
        ("one-to-many", "tunes.abc", b"X:1\nK:G\nG2 A2 |]\n\n\n", "has 1 tunes; at least 5 are needed"),
        ("one-to-many", "tunes.abc", b"X:1\nG2 |]\n" * 5 + b"X:6\n", "has 6 tunes; at least 5 are needed, none"),
        ("many-to-one", "opinions.tsv", b"good\tpositive\n" * 3, "has 3 lines; at least 5 are needed"),
        ("many-to-one", "opinions.tsv", b"good\tpositive\n" * 5 + b"bad\n", "line 6: two texts with a tab between"),
        ("many-to-one", "opinions.tsv", b"good\tpositive\nbad \xff\tnegative", "is not UTF-8 text: byte 18 is 0xff"),
        ("many-to-one", "opinions.tsv", b"good\tvery positive\n" * 5, "line 1: 1 words before the tab and 2 after it"),
        ("many-to-one", "opinions.tsv", b"\0" * 9000 + b"\n" * 5, "is not UTF-8 text: it has NUL characters"),
        (
            "many-to-many",
            "tagged.tsv",
            b"a dog\tDET NOUN\n" * 5 + b"a dog\tDET\n",
            "line 6: 2 words before the tab and 1",
        ),
        (
            "many-to-many",
            "phrases.tsv",
            b"a dog\tle chien\n" * 5,
            "line 1: 2 words before the tab and 2 after it; 2 and 3",
        ),
    ],
)
def test_damaged_data_is_refused(program, kind, file, content, message, monkeypatch, capsys, tmp_path):
    data = shutil.copytree(legacy.DATA, tmp_path / "data")
    (data / file).unlink()
    if content is not None:
        (data / file).write_bytes(content)
    monkeypatch.setattr(program, "DATA", data)
    line = refused(program, capsys, "--kind", kind, "--logdir", tmp_path / "logs")
    assert message in line and str(data / file) in line and len(line) < 500
    assert not (tmp_path / "logs").exists()


@PROGRAMS
def test_ctrl_c(program, monkeypatch, capsys, tmp_path):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "train", interrupted)
    with pytest.raises(SystemExit) as end:
        program.main(["--logdir", str(tmp_path)])
    assert end.value.code == 130
    run_dir = tmp_path / side(program) / "architectures"
    assert capsys.readouterr().err == f"\nInterrupted. What was reported so far is in {run_dir}.\n"
