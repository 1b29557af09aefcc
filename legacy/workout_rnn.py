"""Which exercise is it today? A feed-forward net reads the calendar, a recurrent net what was done before.

The gym of "Recurrent Neural Networks" (edureka, 2018, and its kin): shoulder, then biceps, then cardio, and
from the start again. On an ill day nobody trains, and the schedule waits. The feed-forward net knows the day,
the month and the health status; the recurrent net knows the exercises of the last training days, as one-hot
vectors. Both learn the first two thirds of two years and are scored on the last. Then training days are
missed: the schedule goes on, nothing is recorded, and the recurrent net carries on from its own prediction.

    python legacy/workout_rnn.py
    python legacy/workout_rnn.py --schedule shoulder biceps cardio legs rest back yoga --plot workout.png
    python legacy/workout_rnn.py --period 7 --n-input 5

Ten seconds on two cores. Its twin, written as one would today: modern/workout_rnn.py.
"""

import argparse
import collections
import datetime
import importlib.util
import itertools
import math
import os
import random
import re
import signal
import sys
import threading
import warnings
from pathlib import Path

import numpy as np

# TensorFlow's rnn_cell lives in tf_keras, and this variable, read once, leads it there.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# As they load, TensorFlow's libraries write to standard error whatever the log level says: it is held back so long.
stderr, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
os.dup2(devnull, 2)
try:
    import tensorflow.compat.v1 as tf  # the document: import tensorflow as tf
finally:
    os.dup2(stderr, 2)
    os.close(stderr)
    os.close(devnull)

# The calendar
SCHEDULE = ("shoulder", "biceps", "cardio")
N_DAYS = 730
FIRST_DAY = datetime.date(2017, 1, 1)
ILL = 0.15  # share of days on which nobody trains
MISSED = 0.2  # share of training days that are missed
SEEN = 2 / 3  # share of days that are learned; the rest is for the score

# The nets
LEARNING_RATE = 0.01
EPOCHS = 40
BATCH_SIZE = 32
N_INPUT = 3  # training days that the recurrent net looks back
N_HIDDEN = 32  # units, in both nets

N_SHOWN = 14  # days printed
LOGDIR = Path("logs")  # this program's runs are in logs/legacy/workout_rnn

# One entry for each day: its date, 1 for good health, and the exercise's number or -1.
Calendar = collections.namedtuple("Calendar", "dates health exercises")


class InputError(ValueError):
    """What the person who runs the program can put right; it is shown to them as one line."""


# --- data ---


def make_calendar(schedule, n_days, ill, rng):
    """Returns the Calendar of `n_days`; `schedule` holds the exercises' numbers in their order.

    On an ill day nobody trains, and the schedule waits.
    """
    dates = [FIRST_DAY + datetime.timedelta(days=day) for day in range(n_days)]
    health = (rng.random(n_days) >= ill).astype(int)
    exercises = np.where(health == 1, np.array(schedule)[(np.cumsum(health) - 1) % len(schedule)], -1)
    return Calendar(dates, health, exercises)


def one_hot(numbers, n_classes):
    """Returns float32 [..., n_classes]."""
    return np.eye(n_classes, dtype="float32")[numbers]


def read_dates(calendar, period):
    """Returns what the feed-forward net knows of each day, float32 [days, 51 + period].

    Day, month and weekday, the day's number modulo the schedule's period, and the health status: with these,
    the exercise of every day can be told exactly as long as nobody was ever ill. Health says whether a day is
    a training day: it is 1 on all of those.
    """
    day, month, weekday = np.array([(date.day - 1, date.month - 1, date.weekday()) for date in calendar.dates]).T
    phase = np.arange(len(day)) % period
    health = calendar.health[:, None].astype("float32")
    return np.concatenate(
        [one_hot(day, 31), one_hot(month, 12), one_hot(weekday, 7), one_hot(phase, period), health], axis=1
    )


def look_back(exercises, n_classes, n_input=N_INPUT):
    """Returns the exercises before each one, all the recurrent net knows: [days - n_input, n_input, n_classes]."""
    windows = np.lib.stride_tricks.sliding_window_view(exercises[:-1], n_input)
    return one_hot(windows, n_classes)


# --- model ---


def draw_weights(shapes, rng):
    """Returns glorot_uniform matrices and zero vectors, float32: the same on both sides for the same seed."""
    drawn = []
    for shape in shapes:
        limit = math.sqrt(6 / sum(shape)) if len(shape) == 2 else 0
        drawn.append(rng.uniform(-limit, limit, shape).astype("float32"))
    return drawn


Net = collections.namedtuple("Net", "x y pred cost optimizer accuracy")


def finish(x, pred, n_classes, learning_rate):
    """Adds loss, optimizer and accuracy to a net's logits."""
    y = tf.placeholder(tf.float32, [None, n_classes], name="y")
    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(logits=pred, labels=y), name="loss")
    optimizer = tf.train.AdamOptimizer(learning_rate).minimize(cost)
    correct_pred = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
    return Net(x, y, pred, cost, optimizer, tf.reduce_mean(tf.cast(correct_pred, tf.float32), name="accuracy"))


def feed_forward(n_features, n_classes, n_hidden, rng, learning_rate=LEARNING_RATE):
    """Returns the Net: float32 [None, n_features] -> a hidden layer of ReLUs -> logits [None, n_classes]."""
    shapes = [(n_features, n_hidden), (n_hidden,), (n_hidden, n_classes), (n_classes,)]
    weights, biases, out_weights, out_biases = (tf.Variable(value) for value in draw_weights(shapes, rng))
    x = tf.placeholder(tf.float32, [None, n_features], name="x")
    hidden = tf.nn.relu(tf.matmul(x, weights) + biases)  # [None, n_hidden]
    return finish(x, tf.matmul(hidden, out_weights) + out_biases, n_classes, learning_rate)


def recurrent(n_input, n_classes, n_hidden, rng, learning_rate=LEARNING_RATE):
    """Returns the Net: float32 [None, n_input, n_classes] -> a plain RNN -> logits [None, n_classes]."""
    shapes = [(n_classes, n_hidden), (n_hidden, n_hidden), (n_hidden,), (n_hidden, n_classes), (n_classes,)]
    W_x, W_h, b, *out = draw_weights(shapes, rng)
    weights, biases = (tf.Variable(value) for value in out)
    x = tf.placeholder(tf.float32, [None, n_input, n_classes], name="x")
    kernel = tf.constant_initializer(np.concatenate([W_x, W_h]))  # the inputs' rows above the state's
    with tf.variable_scope(tf.get_variable_scope(), initializer=kernel):
        rnn_cell = tf.nn.rnn_cell.BasicRNNCell(n_hidden)
        outputs, _ = tf.nn.static_rnn(rnn_cell, tf.unstack(x, axis=1), dtype=tf.float32)  # [None, n_hidden] each
    return finish(x, tf.matmul(outputs[-1], weights) + biases, n_classes, learning_rate)


# --- training ---


def train(session, net, x, y, epochs=EPOCHS, batch_size=BATCH_SIZE, seed=0):
    """Learns x, y in batches, in one order drawn from the seed; returns a list of (loss, accuracy), an epoch each."""
    order = np.random.default_rng(seed).permutation(len(x))
    history = []
    for _ in range(epochs):
        sums = np.zeros(2)
        for first in range(0, len(x), batch_size):
            batch = order[first : first + batch_size]
            feed_dict = {net.x: x[batch], net.y: y[batch]}
            _, loss, accuracy = session.run([net.optimizer, net.cost, net.accuracy], feed_dict)
            sums += len(batch) * loss, len(batch) * accuracy
        history.append(tuple(sums / len(x)))
    return history


def predict(session, net, x):
    """Returns the exercise's number that the net tells for each x, int [days]."""
    return session.run(net.pred, feed_dict={net.x: x}).argmax(1)


# --- use ---


def carry_on(tell, exercises, first, missed, n_classes, n_input=N_INPUT, fill=True):
    """Returns what the recurrent net tells for each training day from `first` on, where some are missed.

    On a missed day (`missed`: bool, one for each of these days) there is no record: the net's own
    prediction stands for it in what the net looks back on, as long as it does. Without `fill` nothing
    stands for it: the net looks back on the attended days alone, as if they lay side by side.
    """
    records = list(exercises[:first])
    told = []
    for exercise, was_missed in zip(exercises[first:], missed, strict=True):
        told.append(int(tell(one_hot([records[-n_input:]], n_classes))[0]))
        if not was_missed:
            records.append(exercise)
        elif fill:
            records.append(told[-1])
    return np.array(told)


def run(
    schedule=SCHEDULE,
    n_days=N_DAYS,
    ill=ILL,
    missed=MISSED,
    epochs=EPOCHS,
    n_input=N_INPUT,
    n_hidden=N_HIDDEN,
    learning_rate=LEARNING_RATE,
    seed=0,
    run_dir=None,
):
    """Trains the nets, prints the schedule as they tell it, and how often each is right.

    Returns:
        (accuracy, told, history): accuracy by its printed name; what is told of each unseen training day, int
        [days, 5]: the exercise, the feed-forward net's word, the recurrent net's, its word with missed days, and
        1 if the day is missed; and of each net a list of (loss, accuracy), an epoch each.

    Raises:
        OSError: `run_dir` cannot be written.
        InputError: there are too few training days to learn from and to be scored on, or more than dates.
    """
    if n_days > (datetime.date.max - FIRST_DAY).days:
        raise InputError(f"{n_days} days are too many: the calendar begins in {FIRST_DAY.year} and ends in 9999")
    rng = np.random.default_rng(seed)
    exercises = sorted(set(schedule), key=schedule.index)
    schedule = [exercises.index(name) for name in schedule]
    n_classes, period = len(exercises), len(schedule)
    calendar, never_ill = (make_calendar(schedule, n_days, share, rng) for share in (ill, 0))

    x, y, seen = {}, {}, {}
    for name, dates in (("feed_forward", calendar), ("feed_forward_never_ill", never_ill)):
        days = np.flatnonzero(dates.health)  # training days
        x[name], y[name], seen[name] = read_dates(dates, period)[days], dates.exercises[days], days < SEEN * n_days
    sequence, first = y["feed_forward"], int(np.sum(seen["feed_forward"]))  # the first one not seen
    if not n_input < first < len(sequence):
        raise InputError(f"{n_days} days, {ill:.0%} of them ill, leave too few to learn from and to be scored on")
    if run_dir:
        new_run(run_dir)  # not before everything asked for is found possible
    x["recurrent"], y["recurrent"] = look_back(sequence, n_classes, n_input), sequence[n_input:]
    seen["recurrent"] = seen["feed_forward"][n_input:]
    absent = rng.random(len(sequence) - first) < missed

    with tf.Graph().as_default() as graph, tf.Session() as session:
        nets = {}
        for name in x:
            with tf.variable_scope(name):
                if name == "recurrent":
                    nets[name] = recurrent(n_input, n_classes, n_hidden, rng, learning_rate)
                else:
                    nets[name] = feed_forward(x[name].shape[1], n_classes, n_hidden, rng, learning_rate)
        session.run(tf.global_variables_initializer())
        history, told = {}, {}
        for name, net in nets.items():
            learned = x[name][seen[name]], one_hot(y[name][seen[name]], n_classes)
            history[name] = train(session, net, *learned, epochs, seed=seed)
            told[name] = predict(session, net, x[name])
        for name, fill in (("missed", True), ("left out", False)):
            told[name] = carry_on(
                lambda window: predict(session, nets["recurrent"], window),
                sequence,
                first,
                absent,
                n_classes,
                n_input,
                fill,
            )
    if run_dir:
        write_summaries(graph, history, run_dir)

    def right(name, part):
        return float(np.mean(told[name][part] == y[name][part]))

    unseen = {name: ~part for name, part in seen.items()}
    truth = y["recurrent"][unseen["recurrent"]]
    accuracy = {
        "chance, the most frequent exercise": float(np.bincount(truth).max() / len(truth)),
        "feed-forward": right("feed_forward", unseen["feed_forward"]),
        "feed-forward, on the days it learned": right("feed_forward", seen["feed_forward"]),
        "feed-forward, where nobody is ever ill": right("feed_forward_never_ill", unseen["feed_forward_never_ill"]),
        "recurrent": right("recurrent", unseen["recurrent"]),
        "recurrent, with missed days": float(np.mean(told["missed"] == truth)),
        "recurrent, missed days left out": float(np.mean(told["left out"] == truth)),
    }
    feed_forward_told, recurrent_told = (told[name][unseen[name]] for name in ("feed_forward", "recurrent"))
    told = np.stack([truth, feed_forward_told, recurrent_told, told["missed"], absent], axis=1)
    show(calendar, exercises, told, accuracy)
    return accuracy, told, history


def show(calendar, exercises, told, accuracy):
    """Prints the first unseen days as each net tells them, and how often each is right."""
    first = next(day for day in range(len(calendar.dates)) if day >= SEEN * len(calendar.dates))
    width = max(map(len, [*exercises, "feed-forward", "with missed days"])) + 2
    heads = ("exercise", "feed-forward", "recurrent", "with missed days")
    print("day         health  " + "".join(head.ljust(width) for head in heads).rstrip())
    row = 0
    for day in range(first, min(first + N_SHOWN, len(calendar.dates))):
        if calendar.health[day]:
            *numbers, absent = told[row]
            cells = "".join(exercises[number].ljust(width) for number in numbers) + ("missed" if absent else "")
            row += 1
        else:
            cells = "-"
        print(f"{calendar.dates[day]}  {'good' if calendar.health[day] else 'ill':6}  {cells}".rstrip())
    print(f"\nRight on the {len(told)} training days not learned")
    for name, share in accuracy.items():
        print(f"{name:40}{share:7.1%}")
    print(
        f"\nThe date tells {accuracy['feed-forward, where nobody is ever ill']:.1%} where nobody is ever ill, and "
        f"{accuracy['feed-forward']:.1%} where\nevery ill day moves the schedule against it by one."
    )


def plot(told, exercises, path):
    """Draws the first 60 unseen training days as each net tells them."""
    from matplotlib.figure import Figure  # takes a second, and only this needs it
    from matplotlib.patches import Patch

    *told, absent = told[:60].T  # four rows of days, and which of them are missed
    figure = Figure(figsize=(10, 2.6), layout="constrained")
    axes = figure.subplots()
    n_colors = max(8, len(exercises))
    picture = axes.pcolormesh(told, cmap="Set2", vmin=-0.5, vmax=n_colors - 0.5, edgecolors="white", linewidth=1)
    rows, days = np.nonzero(told != told[0])
    axes.plot(days + 0.5, rows + 0.5, "kx", markersize=5, label="wrong")
    days = np.flatnonzero(absent)
    axes.plot(days + 0.5, [3.5] * len(days), "ko", markersize=5, fillstyle="none", label="missed")
    axes.set_yticks(np.arange(4) + 0.5, ("exercise", "feed-forward", "recurrent", "with missed days"))
    axes.set(xlabel="training days not learned", ylim=(4, 0))
    axes.tick_params(left=False)
    axes.spines[:].set_visible(False)
    marks, _ = axes.get_legend_handles_labels()
    colors = [Patch(color=picture.cmap(picture.norm(number)), label=name) for number, name in enumerate(exercises)]
    figure.legend(handles=colors + marks, loc="outside upper center", ncols=len(colors) + 2, frameon=False)
    figure.savefig(path, dpi=120)


def write_summaries(graph, history, run_dir):
    """Shows TensorBoard the graph, and loss and accuracy of each net by epoch."""
    with graph.as_default():
        writer = tf.summary.FileWriter(str(run_dir), graph)
    for name, epochs in history.items():
        for epoch, (loss, accuracy) in enumerate(epochs, 1):
            for tag, value in (("loss", loss), ("accuracy", accuracy)):
                value = tf.Summary.Value(tag=f"{tag}/{name}", simple_value=value)
                writer.add_summary(tf.Summary(value=[value]), epoch)
    writer.close()


# --- main ---


def new_run(run_dir):
    """Makes the directory of a new run; one that is there already moves aside to `<run_dir>-1`, `-2` and so on."""
    if run_dir.exists() and any(run_dir.iterdir()):
        aside = (run_dir.with_name(f"{run_dir.name}-{number}") for number in itertools.count(1))
        run_dir.rename(next(path for path in aside if not path.exists()))
    run_dir.mkdir(parents=True, exist_ok=True)


def whole_number(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def seed(text):
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2147483647")
    return int(text)


def share(text):
    try:
        if 0 <= float(text) < 1:
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to less than 1")


def rate(text):
    try:
        if 0 < float(text) < math.inf:
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a number above zero")


def picture(text):
    path = Path(text)
    if path.suffix != ".png" or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a .png file in a directory that exists")
    return path


def parse_arguments(argv):
    parser = argparse.ArgumentParser(
        prog="workout_rnn.py", description="Tells today's exercise, from the date or from the exercises before it."
    )
    parser.error = lambda message: parser.exit(2, f"{parser.prog}: {message}\n")  # one line, without the usage
    number, part = {"type": whole_number, "metavar": "N"}, {"type": share, "metavar": "SHARE"}
    parser.add_argument("--schedule", nargs="+", metavar="NAME", default=SCHEDULE, help="exercises, in their order")
    parser.add_argument("--period", **number, help="days after which it starts again (as many as it has exercises)")
    parser.add_argument("--n-days", **number, default=N_DAYS, help="days of the calendar (%(default)s)")
    parser.add_argument("--ill", **part, default=ILL, help="days on which nobody trains (%(default)s)")
    parser.add_argument("--missed", **part, default=MISSED, help="training days not recorded (%(default)s)")
    parser.add_argument("--epochs", **number, default=EPOCHS, help="times through the days learned (%(default)s)")
    parser.add_argument("--n-input", **number, default=N_INPUT, help="training days looked back on (%(default)s)")
    parser.add_argument("--n-hidden", **number, default=N_HIDDEN, help="units in both nets (%(default)s)")
    parser.add_argument("--learning-rate", type=rate, metavar="X", default=LEARNING_RATE, help="Adam's (%(default)s)")
    parser.add_argument("--seed", type=seed, metavar="N", help="repeats a run; without it one is drawn and printed")
    parser.add_argument("--logdir", type=Path, metavar="DIR", default=LOGDIR, help="where runs are kept (%(default)s)")
    parser.add_argument("--plot", type=picture, metavar="FILE", help="draws the days into this .png")
    return parser, parser.parse_args(argv)


def main(argv=None):
    parser, args = parse_arguments(argv)
    tf.logging.set_verbosity(tf.logging.FATAL)
    warnings.filterwarnings("ignore", message=".* is deprecated and will be removed")
    threading.excepthook = lambda _: None  # the writer's thread fails as the writer does, and would say so at length
    if os.environ["TF_USE_LEGACY_KERAS"] not in ("1", "True", "true"):
        parser.error("TF_USE_LEGACY_KERAS must be 1 or unset: the cells of TensorFlow 1 live in legacy Keras")
    if importlib.util.find_spec("tf_keras") is None:
        parser.error("the package tf_keras is missing, where the cells of TensorFlow 1 live: pip install tf_keras")
    run_dir = args.logdir / "legacy" / "workout_rnn"
    schedule = tuple(itertools.islice(itertools.cycle(args.schedule), args.period or len(args.schedule)))
    try:
        if len(set(schedule)) < 2:
            raise InputError("--schedule needs two exercises or more, and --period two days or more")
        drawn = random.SystemRandom().randrange(2**31) if args.seed is None else args.seed
        print(f"Seed: {drawn}")
        sizes = {name: getattr(args, name) for name in ("n_days", "ill", "missed", "epochs", "n_input", "n_hidden")}
        _, told, _ = run(schedule, **sizes, learning_rate=args.learning_rate, seed=drawn, run_dir=run_dir)
        if args.plot:
            plot(told, sorted(set(schedule), key=schedule.index), args.plot)
    except OSError as error:
        parser.error(f"{error.filename or run_dir}: {error.strerror or error}")
    except (RuntimeError, IndexError) as error:
        failed = re.search(r"(\S+); (.+)", str(error))  # an event file: "FILE; No space left on device"
        if not failed:
            raise
        parser.error(": ".join(failed.groups()))
    except InputError as error:
        parser.error(error)
    except KeyboardInterrupt:
        parser.exit(130, "\nInterrupted.\n")


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # into a pipe, too, each line goes out at once
    if hasattr(signal, "SIGPIPE"):  # where there is one, a reader that leaves, such as `head`, ends the program
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
