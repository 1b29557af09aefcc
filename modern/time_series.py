"""Tells a time series on: the last 36 months in, the next one out, then five years from its own predictions.

The network of legacy/time_series.py in Keras 3: an LSTM learns the sunspots up to 1956 and tells those after; beside it
stand baselines that cost nothing. A quarter of a minute on two cores.

    python modern/time_series.py
    python modern/time_series.py --series data/sea_temperature.csv --season 12 --horizon 24
"""

import collections
import csv
import itertools
import math
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from modern import console, runs, summaries
from modern.console import FILE, NUMBER, PICTURE, POSITIVE, InputError

with console.quiet():
    import keras
    import numpy as np
    import tensorflow as tf
    from matplotlib.figure import Figure
    from numpy.lib.stride_tricks import sliding_window_view

SERIES = Path(__file__).resolve().parents[1] / "data" / "sunspots.csv"
SEASON = 132  # steps; the sun's is eleven years
HORIZON = 60  # steps told from its own predictions
N_INPUT = 36  # steps read
N_HIDDEN = 32  # units in the cell
LEARNING_RATE = 0.003
TRAINING_ITERS = 1000  # batches
BATCH_SIZE = 32
DISPLAY_STEP = 200
STEPS_PER_CALL = 50  # batches in one compiled call
INIT_SCALE = 0.2  # weights start between -0.2 and 0.2
TEST_SHARE = 0.2  # the last part of the series, never learned from


# --- data ---

# moments: datetime64 [steps]. values: float64 [steps], in the series' own units.
Series = collections.namedtuple("Series", "name moments values")

MOMENT = re.compile(r"\d{4}(-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?)?)?")
VALUE = re.compile(r"[-+]?(\d{1,30}\.?\d*|\.\d+)([eE][-+]?\d\d?)?")


def read_row(row, header, name):
    """Returns (moment, value). Raises ValueError, which says what is wrong."""
    if len(row) != len(header):
        raise ValueError(f"{len(header)} fields are needed, not {len(row)}")
    moment, value = row[0].strip().removesuffix("Z"), row[header.index(name, 1)].strip()
    if not MOMENT.fullmatch(moment):
        raise ValueError(f"{moment[:60]!r} is no date such as 1749, 1749-01, 1749-01-31 or 1749-01-31 12:00")
    if not VALUE.fullmatch(value):
        raise ValueError(
            "the value is missing" if value.lower() in ("", "na", "nan", "null") else f"{value[:60]!r} is no number"
        )
    return np.datetime64(moment), float(value)


def read_series(path, column=None):
    """Returns the Series in a CSV file: a header, the moments in the first column, the values in `column` (the second).

    Raises OSError, or InputError: it is no such file, a value is missing or no number, or a moment does not come after
    the one before. Years and months must be as far apart as the first two; days may be left out, as a stock market's.
    """
    lines = csv.reader(console.read_text(path).splitlines())
    header = [name.strip() for name in next(lines, [])]
    if len(header) < 2 or MOMENT.fullmatch(header[0]):
        raise InputError(f"{path}, line 1: no header that names two columns or more, such as month,sunspots")
    name = column or header[1]
    if name not in header[1:]:
        raise InputError(f"{path} has no column {name!r}; after {header[0]!r} it has {', '.join(header[1:])}")
    moments, values = [], []
    for row in filter(None, lines):
        try:
            moment, value = read_row(row, header, name)
            if moments and moment <= moments[-1]:
                raise ValueError(f"{moment} comes after {moments[-1]}")
            even = moments[1:] and np.datetime_data(moment)[0] in "YM"
            if even and moment - moments[-1] != moments[1] - moments[0]:
                raise ValueError(f"{moment} comes after {moments[-1]}, but {moments[1]} after {moments[0]}")
        except ValueError as error:
            raise InputError(f"{path}, line {lines.line_num}: {error}") from None
        moments.append(moment)
        values.append(value)
    return Series(name, np.array(moments), np.array(values))


def scale(series, settings):
    """Returns (scaled, unscale, first): the values as a network reads them, float32 [steps], and the way back.

    The steps from `first` on are for the test. Scaled is by the mean and deviation of those before, which are all that
    is known then; with `--scale-by-whole`, by the whole series'. Raises InputError if it is too short, or constant.
    """
    first, before = int(len(series.values) * (1 - TEST_SHARE)), max(2 * settings.n_input + 1, settings.season)
    if first < before or len(series.values) - first < settings.horizon:
        sizes = f"--n-input {settings.n_input} and --season {settings.season} need {before}, --horizon {settings.horizon} more"
        raise InputError(f"{settings.series} has {len(series.values)} values, {first} of them to learn; {sizes}")
    part = series.values if settings.scale_by_whole else series.values[:first]
    mean, deviation = part.mean(), part.std()
    if deviation == 0:
        raise InputError(f"the first {first} values of {settings.series} are all {part[0]}")
    return ((series.values - mean) / deviation).astype(np.float32), lambda told: told * deviation + mean, first


def shuffled(n_windows, seed):
    """Yields the numbers of the windows without end, each time round in another order."""
    for epoch in itertools.count():
        yield from np.random.default_rng([seed, epoch]).permutation(n_windows)


# --- baselines ---


def season_ago(values, starts, horizon, season):
    """Returns what stood a season before each step, or as many seasons as it takes to be before the start.

    float64 [starts, horizon]. With a season of one step, it is the last value.
    """
    ahead = np.arange(horizon)
    return values[starts[:, None] + ahead - season * (ahead // season + 1)]


def autoregression(learned):
    """Returns the linear function, [n, n_input] -> [n], that is nearest to what was learned, [runs, n_input + 1]."""
    weights = np.linalg.lstsq(np.insert(learned[:, :-1], 0, 1, axis=1), learned[:, -1], rcond=None)[0]
    return lambda read: weights[0] + read @ weights[1:]


# --- model ---


def uniform():  # a new one each time: one used twice would draw the same numbers twice
    return keras.initializers.RandomUniform(-INIT_SCALE, INIT_SCALE)


def build_model(settings):
    """Returns the network: steps, float32 [batch, n_input, 1] -> the next step, float32 [batch, 1].

    Biases start as TensorFlow 1's do: at 0, those of the LSTM's forget gate at 1.
    """
    inputs = keras.Input((settings.n_input, 1), name="input")
    start = {"kernel_initializer": uniform(), "recurrent_initializer": uniform(), "name": "rnn"}
    x = keras.layers.LSTM(settings.n_hidden, **start)(inputs)  # [batch, n_hidden]
    outputs = keras.layers.Dense(1, kernel_initializer=uniform(), name="output")(x)
    return keras.Model(inputs, outputs, name="model")


# --- training ---


def write_graph(writer, model):
    """Shows TensorBoard the graph of one update; model_1/rnn_1/while is rnn/while there, without Keras' numbers."""
    x, y = tf.TensorSpec((None, *model.input_shape[1:]), name="input/x"), tf.TensorSpec((None, 1), name="input/y")
    summaries.write_update(writer, model, model, [x], y, [(r"\bmodel(_\d+)?/([a-z]+)(_\d+)*/", r"\2/")])


def train(series, settings, run_dir=None, initial_values=None):
    """Learns the first part of the series, a batch of windows a step, and reports every `display_step` steps.

    With `run_dir`, writes the graph, the scalars `loss` and `error_held_out` and a checkpoint at every report there, and
    goes on from the checkpoint it finds. `initial_values` (arrays of `model.get_weights()`) replaces the random start.

    Returns:
        (history, predict, model): history holds a list each of `step`, `loss` (average since the report before) and
        `error_held_out` (root mean square, one step ahead); `predict`: steps read, [n, n_input] -> the next, [n].

    Raises InputError as `scale` does, or if the checkpoint is damaged or of another shape.
    """
    scaled, unscale, first = scale(series, settings)
    # Every run of n_input steps and the one to tell, float32 [runs, n_input + 1]
    learned = sliding_window_view(scaled[:first], settings.n_input + 1)
    held_out = sliding_window_view(scaled[first - settings.n_input :], settings.n_input + 1)
    history = {"step": [], "loss": [], "error_held_out": []}

    keras.utils.set_random_seed(settings.seed)
    model = build_model(settings)
    if initial_values is not None:
        model.set_weights(initial_values)
    adam = keras.optimizers.Adam(settings.learning_rate, epsilon=1e-8)  # TensorFlow 1's epsilon
    model.compile(optimizer=adam, loss=keras.losses.MeanSquaredError(name="loss"), jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    resumed = run_dir and runs.restore_latest(model, run_dir)
    done, last, display_step = int(model.optimizer.iterations), settings.training_iters, settings.display_step
    model.steps_per_execution = math.gcd(STEPS_PER_CALL, display_step, done)
    call = tf.function(model)

    def predict(read):
        return call(tf.constant(read[..., None])).numpy()[:, 0]

    def report(batch, logs):
        step = int(model.optimizer.iterations)
        progress.update(step - progress.n)
        if step % display_step == 0:
            error = rmse(unscale(predict(held_out[:, :-1])), unscale(held_out[:, -1]))
            progress.write(f"Iter= {step}, Average Loss= {logs['loss']:.6f}, Held-out Error= {error:.4g} {series.name}")
            for name, value in zip(history, (step, logs["loss"], error)):
                history[name].append(value)
            summaries.add_scalars(writer, step, {"loss": logs["loss"], "error_held_out": error})
            model.reset_metrics()

    order = itertools.islice(shuffled(len(learned), settings.seed), done * BATCH_SIZE, last * BATCH_SIZE)
    order = np.fromiter(order, int).reshape(-1, BATCH_SIZE)  # [steps, batch_size]
    dataset = tf.data.Dataset.from_tensor_slices(order).map(lambda batch: tf.gather(learned, batch))
    dataset = dataset.map(lambda batch: (batch[:, :-1, None], batch[:, -1:])).prefetch(2)
    callbacks = [keras.callbacks.LambdaCallback(on_train_batch_end=report)]
    if run_dir:
        callbacks.append(runs.Backup(run_dir, display_step))
    with summaries.file_writer(run_dir) as writer, console.progress(last, done) as progress:
        if writer and not resumed:
            write_graph(writer, model)
        if done < last:
            model.fit(dataset, shuffle=False, callbacks=callbacks, verbose=0)
    return history, predict, model


# --- use ---


def run_on(predict, read, horizon):
    """Returns the `horizon` steps after those read, float64 [n, horizon]; each one told is read before the next."""
    told = read
    for _ in range(horizon):
        told = np.column_stack([told, predict(told[:, -read.shape[1] :]).astype(np.float32)])
    return told[:, -horizon:].astype(float)


def rmse(told, truth):
    """Returns the root mean square error, of each column if there are some."""
    return np.sqrt(np.mean(np.square(told - truth), axis=0))


def forecast(predict, series, settings):
    """Returns (truth, told): what comes after each start in the test part, and name -> what was told.

    All in the series' units, float64 [starts, horizon].
    """
    n_input, horizon, season, values = settings.n_input, settings.horizon, settings.season, series.values
    scaled, unscale, first = scale(series, settings)
    starts = np.arange(first, len(values) - horizon + 1)
    read = scaled[starts[:, None] + np.arange(-n_input, 0)]  # [starts, n_input]
    linear = autoregression(sliding_window_view(scaled[:first], n_input + 1))
    return values[starts[:, None] + np.arange(horizon)], {
        "LSTM": unscale(run_on(predict, read, horizon)),
        "last value": season_ago(values, starts, horizon, 1),
        f"{season} steps ago": season_ago(values, starts, horizon, season),
        "autoregression": unscale(run_on(linear, read, horizon)),
    }


def report_test(truth, told, series, settings):
    """Prints the errors by the steps ahead, what the LSTM does not beat, and whether it only repeats the last value."""
    shown = sorted({1, 3, 6, 12, 24, 36, 60, settings.horizon} & set(range(settings.horizon + 1)))
    errors = {name: rmse(each, truth)[np.array(shown) - 1] for name, each in told.items()}
    print(f"Root mean square error in {series.name}, over {len(truth)} starts, by the steps ahead")
    for name, row in {"": shown, **errors}.items():
        print(f"{name:<16}" + "".join(f"{number:8.4g}" for number in row))
    for name, row in errors.items():
        unbeaten = [str(ahead) for ahead, error, lstm in zip(shown, row, errors["LSTM"]) if error <= lstm]
        if unbeaten and name != "LSTM":
            print(f"The LSTM does not beat {name!r} at {', '.join(unbeaten)}.")
    one, before, right = told["LSTM"][:, 0], told["last value"][:, 0], truth[:, 0]
    print(f"One step ahead it is {rmse(one, right):.4g} from the truth, {rmse(one, before):.4g} from the value before.")
    correlation = np.corrcoef([right, one, before])[0]
    print(f"Correlation with the truth: {correlation[1]:.3f}; of the value before: {correlation[2]:.3f}")


def report_future(predict, series, settings):
    """Prints the first twelve steps that the LSTM tells after the end of the series."""
    scaled, unscale, _ = scale(series, settings)
    future = unscale(run_on(predict, scaled[None, -settings.n_input :], 12)[0])
    print(f"After {series.moments[-1]}: {' '.join(f'{value:.4g}' for value in future)}")


def plot(truth, told, series, settings):
    """Returns the picture, a figure: what was told from a start each horizon, beside the truth; and the errors."""
    horizon, first = settings.horizon, len(series.values) - settings.horizon - len(truth) + 1
    figure = Figure(figsize=(9, 7), layout="constrained")
    above, below = figure.subplots(2)
    above.plot(series.moments[first:], series.values[first:], color="black", linewidth=0.7, label="truth")
    for number, (name, each) in enumerate(told.items()):
        style = {"color": f"C{number}", "linewidth": 1 if number else 2}
        for at in range(0, len(truth), horizon):
            above.plot(series.moments[first + at :][:horizon], each[at], label=None if at else name, **style)
        below.plot(range(1, horizon + 1), rmse(each, truth), label=name, **style)
    above.set(ylabel=series.name, title=f"told {horizon} steps ahead, from a new start every {horizon} steps")
    below.set(xlabel="steps ahead", ylabel=f"root mean square error, {series.name}", ylim=(0, None))
    for axes, corner in ((above, "upper right"), (below, "upper left")):
        axes.grid(alpha=0.3)
        axes.legend(loc=corner, fontsize="small")
    return figure


# --- main ---


def parse_arguments(argv=None):
    parser = console.Parser(prog="time_series.py", description="Tells a time series on, beside what costs nothing.")
    parser.add_argument("--series", **FILE, default=SERIES, help="CSV with a header, dates first (the sunspots)")
    parser.add_argument("--column", metavar="NAME", help="the column of the values (the second)")
    parser.add_argument("--season", **NUMBER, default=SEASON, help="steps in a season, for the baseline (%(default)s)")
    parser.add_argument("--horizon", **NUMBER, default=HORIZON, help="steps to tell (%(default)s)")
    parser.add_argument("--scale-by-whole", action="store_true", help="a mistake: scales by what is yet to come, too")
    parser.add_argument("--n-input", **NUMBER, default=N_INPUT, help="steps read (%(default)s)")
    parser.add_argument("--n-hidden", **NUMBER, default=N_HIDDEN, help="units in the cell (%(default)s)")
    parser.add_argument("--learning-rate", **POSITIVE, default=LEARNING_RATE, help="Adam's (%(default)s)")
    parser.add_argument("--training-iters", **NUMBER, default=TRAINING_ITERS, help="batches (%(default)s)")
    parser.add_argument("--display-step", **NUMBER, default=DISPLAY_STEP, help="batches between reports (%(default)s)")
    parser.add_argument("--seed", **console.SEED)
    parser.add_argument("--logdir", **console.LOGDIR)
    parser.add_argument("--resume", action="store_true", help="go on with the last run, from its last report")
    parser.add_argument("--plot", **PICTURE, help="draws what was told into a .png file")
    return parser, parser.parse_args(argv)


def main(argv=None):
    start_time = time.time()
    parser, settings = parse_arguments(argv)
    run_dir = settings.logdir / "modern" / "time_series"
    with console.errors_in_one_line(parser, run_dir, console.how_to_go_on(settings)):
        series = read_series(settings.series, settings.column)
        scale(series, settings)  # what is wrong with it is said before a run begins
        settings.seed = runs.open_run(run_dir, settings, runs.checksum(series.values), "another series")
        print(f"Seed: {settings.seed}")
        _, predict, _ = train(series, settings, run_dir)
        print("Optimization Finished!")
        truth, told = forecast(predict, series, settings)
        report_test(truth, told, series, settings)
        report_future(predict, series, settings)
        figure = plot(truth, told, series, settings)
        with summaries.file_writer(run_dir) as writer:
            summaries.add_figure(writer, "told", figure)
        if settings.plot:
            figure.savefig(settings.plot, dpi=120)
    console.print_end(start_time, settings.logdir)


if __name__ == "__main__":
    console.start(main)
