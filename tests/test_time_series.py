"""The time series programs agree: the series, the network, training, what is told; and what a person sees of them."""

import functools
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.linear_model import LinearRegression
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from legacy import time_series as legacy
from modern import from_tf1
from modern import time_series as modern
from tests import recorded
from tests.commands import joined, picture, refused, reports, run_together, settings_of, side

v1 = tf.compat.v1
PROGRAMS = pytest.mark.parametrize("program", [legacy, modern], ids=["legacy", "modern"])
SERIES = legacy.read_series(legacy.SERIES)


def moved(values, forget_bias=1.0):
    """Returns the legacy values in the order and layout of the modern model's get_weights()."""
    cell = [values[f"rnn/basic_lstm_cell/{part}"] for part in ("kernel", "bias")]
    return [*from_tf1.lstm_weights(*cell, forget_bias), values["output/weights"], values["output/biases"]]


@functools.cache
def start(seed=1):
    """Returns the values of a legacy network, name -> array, the biases not all alike."""
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(seed)
        net = legacy.build_graph(settings_of(legacy))
        session.run(net.init)
        variables = v1.trainable_variables()
        values = dict(zip((variable.op.name for variable in variables), session.run(variables)))
    rng = np.random.default_rng(seed)
    return {
        name: rng.normal(0, 0.1, value.shape).astype("float32") if "bias" in name else value
        for name, value in values.items()
    }


# --- the series ---


def test_series(parity):
    read = [program.read_series(program.SERIES) for program in (legacy, modern)]
    parity.equal("sunspots as read", *[each.values.tolist() for each in read], of="months")
    first, last = read[0].moments[[0, -1]]
    assert (str(first), str(last), len(read[0].moments)) == ("1749-01", "2008-12", 3120)
    scaled = [program.scale(each, settings_of(program))[0] for program, each in zip((legacy, modern), read)]
    parity.close("sunspots, scaled by the training part", *scaled, 0)


@PROGRAMS
def test_scaled_by_the_training_part_alone(program):
    later = SERIES._replace(values=SERIES.values * np.where(np.arange(3120) < 2496, 1, 7))
    scaled, unscale, first = program.scale(SERIES, settings_of(program))
    assert first == 2496 and np.abs([scaled[:first].mean(), scaled[:first].std() - 1]).max() < 1e-5
    assert np.allclose(unscale(scaled), SERIES.values, atol=1e-4)
    for by_whole in (False, True):  # what is yet to come changes the scale only by mistake
        settings = settings_of(program, scale_by_whole=by_whole)
        pair = [program.scale(series, settings)[0][:first] for series in (SERIES, later)]
        assert np.array_equal(*pair) != by_whole


HEAD = "month,level,flow\n"
MONTHS = [f"{1900 + month // 12}-{month % 12 + 1:02}" for month in range(300)]
LINES = [f"{month},{at % 7},{at * at % 11}\n" for at, month in enumerate(MONTHS)]
WRONG = {
    "an empty file": ("", "line 1: no header that names two columns or more"),
    "one column": ("level\n1\n", "line 1: no header"),
    "no header": ("".join(LINES), "line 1: no header"),
    "a missing value": (HEAD + LINES[0] + "1900-02,,3\n", "line 3: the value is missing"),
    "NA": (HEAD + LINES[0] + "1900-02,NA,3\n", "line 3: the value is missing"),
    "a word": (HEAD + LINES[0] + "1900-02,high,3\n", "line 3: 'high' is no number"),
    "infinity": (HEAD + LINES[0] + "1900-02,inf,3\n", "line 3: 'inf' is no number"),
    "a decimal comma": (HEAD + LINES[0] + '1900-02,"1,5",3\n', "line 3: '1,5' is no number"),
    "fields left out": (HEAD + LINES[0] + "1900-02,4\n", "line 3: 3 fields are needed, not 2"),
    "no date": (HEAD + LINES[0] + "February,4,3\n", "line 3: 'February' is no date such as 1749"),
    "month 13": (HEAD + LINES[0] + "1900-13,4,3\n", "line 3: Month out of range"),
    "out of order": (HEAD + "".join(LINES[:3]) + LINES[1], "line 5: 1900-02 comes after 1900-03"),
    "a date twice": (HEAD + LINES[0] + LINES[0], "line 3: 1900-01 comes after 1900-01"),
    "a month left out": (
        HEAD + "".join(LINES[:3] + LINES[4:]),
        "line 5: 1900-05 comes after 1900-03, but 1900-02 after",
    ),
    "too short": (
        HEAD + "".join(LINES[:20]),
        "has 20 values, 16 of them to learn; --n-input 36 and --season 132 need 132",
    ),
    "constant": (HEAD + "".join(f"{month},5,0\n" for month in MONTHS), "are all 5.0"),
    "UTF-16": ((HEAD + LINES[0]).encode("utf-16"), "is not UTF-8 text"),
}


@PROGRAMS
def test_a_wrong_series_is_one_line(program, capsys, tmp_path):
    path = tmp_path / "series.csv"
    for name, (text, message) in WRONG.items():
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        line = refused(program, capsys, "--series", path, "--logdir", tmp_path / "logs")
        assert str(path) in line and message in line, name
    path.write_text(HEAD + "".join(LINES))
    line = refused(program, capsys, "--series", path, "--column", "depth")
    assert line.endswith(f"{path} has no column 'depth'; after 'month' it has level, flow\n")
    assert "No such file" in refused(program, capsys, "--series", tmp_path / "none.csv")
    assert not (tmp_path / "logs").exists()  # no run begins


@PROGRAMS
def test_what_a_series_may_be(program, tmp_path):
    path = tmp_path / "series.csv"
    path.write_text("\ufeff" + HEAD + "".join(LINES) + "\n")  # as spreadsheets save it
    for column, wanted in ((None, [0, 1, 2]), ("flow", [0, 1, 4])):
        series = program.read_series(path, column)
        assert (series.name, len(series.values)) == (column or "level", 300)
        assert series.values[:3].tolist() == wanted
    path.write_text("day,price\n2020-01-03,1e2\n2020-01-06,-.5\n2020-01-07T10:00Z,+7\n")  # a weekend left out
    assert program.read_series(path).values.tolist() == [100.0, -0.5, 7.0]
    path.write_text("year,price\n1700,1\n1710,2\n1720,3\n")
    assert str(program.read_series(path).moments[-1]) == "1720"


# --- baselines ---


@PROGRAMS
def test_baselines(program):
    values = np.arange(20.0)
    starts = np.array([10, 12])
    assert program.season_ago(values, starts, 4, 1).tolist() == [[9] * 4, [11] * 4]
    assert program.season_ago(values, starts, 4, 3).tolist() == [[7, 8, 9, 7], [9, 10, 11, 9]]
    rng = np.random.default_rng(1)
    learned = rng.normal(size=(500, 9)).astype("float32")
    wanted = LinearRegression().fit(learned[:, :-1], learned[:, -1]).predict(learned[:, :-1])
    assert np.abs(program.autoregression(learned)(learned[:, :-1]) - wanted).max() < 1e-5  # float32
    told = program.run_on(lambda read: read[:, 0] + read[:, -1], np.array([[1.0, 1.0], [0.0, 2.0]]), 4)
    assert told.tolist() == [[2, 3, 5, 8], [2, 4, 6, 10]]  # Fibonacci, from what it told itself


# --- the network ---


def test_network(parity):
    values, settings = start(), settings_of(legacy)
    scaled, _, first = legacy.scale(SERIES, settings)
    learned = np.lib.stride_tricks.sliding_window_view(scaled[:first], 37)[::10]
    x, y = learned[:, :-1, None], learned[:, -1:]
    model = modern.build_model(settings_of(modern))
    model.set_weights(moved(values))
    with tf.GradientTape() as tape:
        pred = model(x)
        loss = keras.losses.MeanSquaredError()(y, pred)
    gradients = tape.gradient(loss, model.trainable_variables)
    with tf.Graph().as_default(), v1.Session() as session:
        net = legacy.build_graph(settings)
        session.run(net.init)
        variables = v1.trainable_variables()
        for variable in variables:
            variable.load(values[variable.op.name], session)
        told = session.run([net.pred, net.cost, v1.gradients(net.cost, variables)], {net.x: x, net.y: y})
    # float32: 32 products a gate, 36 times over, summed in another order. Measured: 1e-7.
    parity.close("next month told, 246 windows", told[0], pred, 5e-6)
    parity.close("loss", told[1], float(loss), 5e-6)
    wanted = moved(dict(zip((variable.op.name for variable in variables), told[2])), forget_bias=0.0)
    for number, (gradient, value) in enumerate(zip(gradients, wanted, strict=True)):
        parity.close(f"gradient {number}", value, gradient, 1e-5)


def test_initial_distributions(parity):
    for program in (legacy, modern):
        assert program.INIT_SCALE == 0.2
    keras.utils.set_random_seed(1)
    names = ("kernel", "recurrent kernel", "bias", "output weights", "output biases")
    with tf.Graph().as_default(), v1.Session() as session:
        v1.set_random_seed(1)
        session.run(legacy.build_graph(settings_of(legacy)).init)
        variables = v1.trainable_variables()
        drawn = moved(dict(zip((variable.op.name for variable in variables), session.run(variables))))
    for name, one, other in zip(names, drawn, modern.build_model(settings_of(modern)).get_weights(), strict=True):
        parity.same_distribution(name, one, other)


# --- training ---


def test_a_hundred_steps_and_what_is_told(parity, monkeypatch):
    """From the weights, and in the order, of tests/eras/programs/lessons.py, which TensorFlow 1.15.5 ran."""
    lessons, then = recorded.program("lessons"), recorded.given("lessons", "sunspots")
    shapes = {"output/weights": [32, 1], "output/biases": [1]}  # in the order of making
    shapes.update({"rnn/basic_lstm_cell/kernel": [33, 128], "rnn/basic_lstm_cell/bias": [128]})
    values = {name: lessons.ramp(shape, place) for place, (name, shape) in enumerate(shapes.items())}
    for program in (legacy, modern):
        monkeypatch.setattr(program, "shuffled", lambda n_windows, seed: iter(lessons.order(n_windows)))
    small = dict(training_iters=lessons.N_BATCHES, display_step=1)
    history, predict, session = legacy.train(SERIES, settings_of(legacy, **small), initial_values=values)
    with session:
        truth, told = legacy.forecast(predict, SERIES, settings_of(legacy))
    modern_history, predict, _ = modern.train(SERIES, settings_of(modern, **small), initial_values=moved(values))
    modern_truth, modern_told = modern.forecast(predict, SERIES, settings_of(modern))
    # The same arithmetic, rounded in another order, and every step builds on the one before. Measured: 7e-6.
    losses = history["loss"], modern_history["loss"]
    parity.close("loss at each of 100 steps", *losses, 1e-4, recorded=then["loss"])
    errors = history["error_held_out"], modern_history["error_held_out"]
    parity.close("held-out error at each of 100 steps, in sunspots", *errors, 1e-2)
    # In sunspots, of which there are up to 253.8; what is told is read again, up to 60 times. Measured: 8e-3.
    lstm = told["LSTM"][:: lessons.APART], modern_told["LSTM"][:: lessons.APART]
    parity.close("60 months told by the LSTM from 71 starts", *lstm, 5e-2, recorded=then["told"])
    for name in ("last value", "132 steps ago", "autoregression"):
        parity.close(f"60 months told from 565 starts, {name}", told[name], modern_told[name], 1e-9)
    assert np.array_equal(truth, modern_truth)


# --- as a person runs them ---

SMALL = "--seed 1 --n-hidden 8 --n-input 12 --season 24 --horizon 6 --display-step 10".split()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A small run of each, the second in its directory: program -> (directory, process)."""
    folder = tmp_path_factory.mktemp("runs")
    for program in (legacy, modern):
        run_dir = folder / side(program) / "logs" / side(program) / "time_series"
        run_dir.mkdir(parents=True)
        (run_dir / "old").touch()
    return run_together([legacy, modern], folder, *SMALL, "--training-iters", 20, "--plot", "plot.png")


@pytest.fixture(params=[legacy, modern], ids=["legacy", "modern"])
def finished(request, runs):
    """A finished small run: (program, directory, process)."""
    return request.param, *runs[request.param]


def test_what_is_printed(finished):
    _, folder, run = finished
    assert (run.returncode, run.stderr) == (0, "")
    patterns = [
        r"Seed: 1",
        *(rf"Iter= {step}, Average Loss= \d+\.\d{{6}}, Held-out Error= [\d.]+ sunspots" for step in (10, 20)),
        r"Optimization Finished!",
        r"Root mean square error in sunspots, over 619 starts, by the steps ahead",
        r" +1 +3 +6",
        *(rf"{name} +([\d.]+ *){{3}}" for name in ("LSTM", "last value", "24 steps ago", "autoregression")),
        r"The LSTM does not beat '(last value|24 steps ago|autoregression)' at (1, )?(3, )?6?\.",
        r"One step ahead it is [\d.]+ from the truth, [\d.]+ from the value before\.",
        r"Correlation with the truth: -?\d\.\d{3}; of the value before: 0\.93\d",
        r"After 2008-12: (-?[\d.]+ ?){12}",
        r"Elapsed time:  \d+\.\d sec",
        r"Run on command line\.",
        r"\t\S+ -m tensorboard\.main --logdir " + re.escape(str(folder / "logs")),
        r"Point your web browser to: http://localhost:6006/",
    ]
    lines = run.stdout.splitlines()
    unbeaten = [line for line in lines if line.startswith("The LSTM does not beat")]
    assert unbeaten, run.stdout  # after 20 steps it cannot
    lines = [line for line in lines if line not in unbeaten[1:]]
    assert len(lines) == len(patterns), run.stdout
    for line, pattern in zip(lines, patterns):
        assert re.fullmatch(pattern, line), line


def test_what_is_kept(finished):
    program, folder, _ = finished
    run_dir = folder / "logs" / side(program) / "time_series"
    assert (run_dir.with_name("time_series-1") / "old").exists()  # the former run moved aside
    events = EventAccumulator(str(run_dir)).Reload()
    boxes = {node.name.split("/")[0] for node in events.Graph().node}
    assert {"input", "rnn", "output", "loss", "train"} <= boxes
    for tag in ("loss", "error_held_out"):
        points = events.Scalars(tag) if program is legacy else events.Tensors(tag)
        assert [point.step for point in points] == [10, 20]
    plotted = tf.io.decode_png((folder / "plot.png").read_bytes())
    assert np.array_equal(picture(program, events, "told"), plotted)  # TensorBoard shows what --plot draws


@pytest.mark.parametrize("stopped", [0, 1])
def test_a_stopped_run_goes_on(stopped, finished, monkeypatch, capsys, tmp_path):
    """Stopped at the first report or at the second, and resumed, it prints and ends as the run that was not stopped."""
    program, _, run = finished
    said = []

    def interrupted(*_):
        said.append(0)
        if len(said) > stopped:
            raise KeyboardInterrupt

    flags = [*SMALL, "--training-iters", "20", "--logdir", str(tmp_path)]
    with monkeypatch.context() as patch:
        patch.setattr(program.runs if program is legacy else program.summaries, "add_scalars", interrupted)
        with pytest.raises(SystemExit) as end:
            program.main(flags)
    before = capsys.readouterr()
    assert end.value.code == 130 and "--resume" in before.err
    program.main([*flags, "--resume"])
    after = capsys.readouterr().out
    told = joined(reports(before.out.splitlines()), reports(after.splitlines()))
    assert told == reports(run.stdout.splitlines())
    ends = [text.partition("Optimization Finished!")[2].partition("Elapsed")[0] for text in (after, run.stdout)]
    assert ends[0] == ends[1] != ""
    assert "was made with --n-hidden 8, not 9" in refused(program, capsys, *flags, "--n-hidden", 9, "--resume")
    other = legacy.SERIES.with_name("sea_temperature.csv")
    assert "was made with another series" in refused(program, capsys, *flags, "--series", other, "--resume")


@PROGRAMS
def test_wrong_flags_are_refused(program, capsys, tmp_path):
    for flag in ("--training-iters", "--display-step", "--n-hidden", "--n-input", "--season", "--horizon"):
        assert "above zero" in refused(program, capsys, f"{flag}=0")
    assert "holds no run to resume" in refused(program, capsys, "--logdir", tmp_path, "--resume")
    assert "not a .png file in a directory that exists" in refused(program, capsys, "--plot", tmp_path / "plot.pdf")


@PROGRAMS
def test_the_lstm_is_compared_and_may_lose(program, capsys):
    """The program's own point, with forecasts made up: of an exact baseline and of a net that repeats the last value."""
    truth = np.arange(12.0).reshape(4, 3) ** 1.5
    before, settings = truth - 1, settings_of(program, horizon=3)
    program.report_test(truth, {"LSTM": before, "last value": before, "autoregression": truth}, SERIES, settings)
    lines = capsys.readouterr().out.splitlines()
    assert "The LSTM does not beat 'last value' at 1, 3." in lines
    assert "The LSTM does not beat 'autoregression' at 1, 3." in lines
    assert "One step ahead it is 1 from the truth, 0 from the value before." in lines
    program.report_test(truth, {"LSTM": truth, "last value": before, "autoregression": before}, SERIES, settings)
    assert "does not beat" not in capsys.readouterr().out
