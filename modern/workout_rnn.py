"""Which exercise is it today? A feed-forward net reads the calendar, a recurrent net what was done before.

The gym of "Recurrent Neural Networks" (edureka, 2018, and its kin): shoulder, then biceps, then cardio, and from the
start again. On an ill day nobody trains, and the schedule waits. The feed-forward net knows the day, the month and the
health status; the recurrent net knows the exercises of the last training days. Both learn the first two thirds of two
years and are scored on the last. Then training days are missed, and it carries on from its own prediction.

    python modern/workout_rnn.py
    python modern/workout_rnn.py --schedule shoulder biceps cardio legs rest back yoga --plot workout.png
    python modern/workout_rnn.py --period 7 --n-input 5

Ten seconds on two cores. The calendar and the start of legacy/workout_rnn.py, for the same seed.
"""

import collections
import datetime
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from modern import console, optimizers, runs, summaries
from modern.console import NUMBER, PICTURE, POSITIVE, SHARE, InputError

with console.quiet():
    import keras
    import numpy as np
    import tensorflow as tf
    from keras import layers

SCHEDULE = ("shoulder", "biceps", "cardio")
N_DAYS = 730
FIRST_DAY = datetime.date(2017, 1, 1)
ILL = 0.15  # share of days on which nobody trains
MISSED = 0.2  # share of training days that are missed
SEEN = 2 / 3  # share of days that are learned; the rest is for the score
N_SHOWN = 14  # days printed

LEARNING_RATE = 0.01
EPOCHS = 40
BATCH_SIZE = 32
N_INPUT = 3  # training days that the recurrent net looks back
N_HIDDEN = 32  # units, in both nets


# --- data ---


# Of each day: its date, 1 for good health, and the exercise's number or -1.
Calendar = collections.namedtuple("Calendar", "dates health exercises")
# Of each training day: what a net knows of it, the exercise's number, and if it is one of those learned.
Days = collections.namedtuple("Days", "x y seen")


def make_calendar(schedule, n_days, ill, rng):
    """Returns the Calendar of `n_days`; `schedule` holds the exercises' numbers, and waits on ill days."""
    dates = [FIRST_DAY + datetime.timedelta(days=day) for day in range(n_days)]
    health = (rng.random(n_days) >= ill).astype(int)
    exercises = np.where(health == 1, np.array(schedule)[(np.cumsum(health) - 1) % len(schedule)], -1)
    return Calendar(dates, health, exercises)


def one_hot(numbers, n_classes):
    """Returns float32 [..., n_classes]."""
    return np.eye(n_classes, dtype="float32")[numbers]


def read_dates(calendar, period):
    """Returns what the feed-forward net knows of each day, float32 [days, 51 + period].

    Day, month and weekday, the day's number modulo the schedule's period, and the health status: with these, the
    exercise of every day can be told exactly as long as nobody was ever ill. Health is 1 on all training days.
    """
    day, month, weekday = np.array([(date.day - 1, date.month - 1, date.weekday()) for date in calendar.dates]).T
    phase = np.arange(len(day)) % period
    health = calendar.health[:, None].astype("float32")
    known = one_hot(day, 31), one_hot(month, 12), one_hot(weekday, 7), one_hot(phase, period), health
    return np.concatenate(known, axis=1)


def look_back(exercises, n_classes, n_input):
    """Returns the exercises before each one, all the recurrent net knows: [days - n_input, n_input, n_classes]."""
    windows = np.lib.stride_tricks.sliding_window_view(exercises[:-1], n_input)
    return one_hot(windows, n_classes)


def one_period(schedule, period):
    """Returns the exercises' names until the schedule starts again. Raises InputError if these are one exercise."""
    schedule = [schedule[day % len(schedule)] for day in range(period or len(schedule))]
    if len(set(schedule)) < 2:
        raise InputError("--schedule needs two exercises or more, and --period two days or more")
    return schedule


def make_data(schedule, settings, rng):
    """Returns (calendar, data, absent): data holds the Days of each net; absent tells which days not seen are missed.

    Raises InputError if there are too few training days to learn from and to be scored on, or more than dates.
    """
    n_days, ill, n_input, n_classes = settings.n_days, settings.ill, settings.n_input, len(set(schedule))
    if n_days > (datetime.date.max - FIRST_DAY).days:
        raise InputError(f"{n_days} days are too many: the calendar begins in {FIRST_DAY.year} and ends in 9999")
    calendar, never_ill = (make_calendar(schedule, n_days, share, rng) for share in (ill, 0))
    data = {}
    for name, dates in (("feed_forward", calendar), ("feed_forward_never_ill", never_ill)):
        days = np.flatnonzero(dates.health)  # training days
        data[name] = Days(read_dates(dates, len(schedule))[days], dates.exercises[days], days < SEEN * n_days)
    _, sequence, seen = data["feed_forward"]
    if not n_input < seen.sum() < len(sequence):
        raise InputError(f"{n_days} days, {ill:.0%} of them ill, leave too few to learn from and to be scored on")
    data["recurrent"] = Days(look_back(sequence, n_classes, n_input), sequence[n_input:], seen[n_input:])
    return calendar, data, rng.random(np.sum(~seen)) < settings.missed


# --- model ---


def draw_weights(shapes, rng):
    """Returns glorot_uniform matrices and zero vectors, float32: the same on both sides for the same seed."""
    limits = [np.sqrt(6 / sum(shape)) if len(shape) == 2 else 0 for shape in shapes]
    return [rng.uniform(-limit, limit, shape).astype("float32") for limit, shape in zip(limits, shapes)]


def finish(model, weights, settings):
    """Sets a model's weights and compiles it."""
    model.set_weights(weights)
    model.compile(
        optimizer=optimizers.TF1Adam(settings.learning_rate, name="adam"),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, name="loss"),
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)
    return model


def feed_forward(name, shape, n_classes, settings, rng):
    """Returns the model: float32 [batch, n_features] -> a hidden layer of ReLUs -> logits [batch, n_classes]."""
    (n_features,), n_hidden = shape, settings.n_hidden
    shapes = [(n_features, n_hidden), (n_hidden,), (n_hidden, n_classes), (n_classes,)]
    x = keras.Input(shape, name="x")
    hidden = layers.Dense(n_hidden, activation="relu", name="hidden")(x)  # [batch, n_hidden]
    pred = layers.Dense(n_classes, name="output")(hidden)
    return finish(keras.Model(x, pred, name=name), draw_weights(shapes, rng), settings)


def recurrent(name, shape, n_classes, settings, rng):
    """Returns the model: float32 [batch, n_input, n_classes] -> a plain RNN -> logits [batch, n_classes]."""
    n_hidden = settings.n_hidden
    shapes = [(n_classes, n_hidden), (n_hidden, n_hidden), (n_hidden,), (n_hidden, n_classes), (n_classes,)]
    x = keras.Input(shape, name="x")
    last = layers.SimpleRNN(n_hidden, unroll=True, name="rnn")(x)  # [batch, n_hidden]
    pred = layers.Dense(n_classes, name="output")(last)
    return finish(keras.Model(x, pred, name=name), draw_weights(shapes, rng), settings)


# --- training ---


def train(model, x, y, settings):
    """Learns x, y in batches, in one order drawn from the seed; returns a list of (loss, accuracy), an epoch each."""
    order = np.random.default_rng(settings.seed).permutation(len(x))
    history = model.fit(x[order], y[order], BATCH_SIZE, settings.epochs, shuffle=False, verbose=0).history
    return list(zip(history["loss"], history["accuracy"]))


def predict(model, x):
    """Returns the exercise's number that the net tells for each x, int [days]."""
    return model.predict_on_batch(x).argmax(1)


# --- use ---


def carry_on(tell, exercises, first, missed, n_classes, n_input, fill=True):
    """Returns what the recurrent net tells for each training day from `first` on, where some are missed.

    On a missed day (`missed`: bool, one for each of these days) there is no record: the net's own prediction stands for
    it in what the net looks back on. Without `fill` the net looks back on the attended days, as if side by side.
    """
    records, told = list(exercises[:first]), []
    for exercise, was_missed in zip(exercises[first:], missed, strict=True):
        told.append(int(tell(one_hot([records[-n_input:]], n_classes))[0]))
        if not was_missed:
            records.append(exercise)
        elif fill:
            records.append(told[-1])
    return np.array(told)


def score(data, told, absent):
    """Returns accuracy and told, as `run` has them. `told`: what each net tells of each of its Days."""

    def right(name, seen):
        days = data[name].seen == seen
        return float(np.mean(told[name][days] == data[name].y[days]))

    truth = data["recurrent"].y[~data["recurrent"].seen]
    accuracy = {
        "chance, the most frequent exercise": float(np.bincount(truth).max() / len(truth)),
        "feed-forward": right("feed_forward", False),
        "feed-forward, on the days it learned": right("feed_forward", True),
        "feed-forward, where nobody is ever ill": right("feed_forward_never_ill", False),
        "recurrent": right("recurrent", False),
        "recurrent, with missed days": float(np.mean(told["missed"] == truth)),
        "recurrent, missed days left out": float(np.mean(told["left out"] == truth)),
    }
    unseen = [told[name][~data[name].seen] for name in ("feed_forward", "recurrent")]
    return accuracy, np.stack([truth, *unseen, told["missed"], absent], axis=1)


def run(settings, run_dir=None):
    """Trains the nets, prints the schedule as they tell it, and how often each is right.

    Returns:
        (accuracy, told, history): accuracy by its printed name; what is told of each unseen training day, int
        [days, 5]: the exercise, the feed-forward net's word, the recurrent net's, its word with missed days, and
        1 if the day is missed; and of each net a list of (loss, accuracy), an epoch each.

    Raises InputError as `make_data` does.
    """
    rng = np.random.default_rng(settings.seed)
    exercises = list(dict.fromkeys(settings.schedule))
    schedule, n_classes = [exercises.index(name) for name in settings.schedule], len(exercises)
    calendar, data, absent = make_data(schedule, settings, rng)
    if run_dir:
        runs.new_run(run_dir)  # not before everything asked for is found possible
    nets, history, told = {}, {}, {}
    for name, (x, y, seen) in data.items():
        build = recurrent if name == "recurrent" else feed_forward
        nets[name] = build(name, x.shape[1:], n_classes, settings, rng)
        history[name] = train(nets[name], x[seen], y[seen], settings)
        told[name] = predict(nets[name], x)

    def tell(window):
        return predict(nets["recurrent"], window)

    _, y, seen = data["feed_forward"]
    for name, fill in (("missed", True), ("left out", False)):
        told[name] = carry_on(tell, y, seen.sum(), absent, n_classes, settings.n_input, fill)
    write_summaries(nets.values(), history, run_dir)
    accuracy, told = score(data, told, absent)
    show(calendar, exercises, told, accuracy)
    return accuracy, told, history


def show(calendar, exercises, told, accuracy):
    """Prints the first unseen days as each net tells them, and how often each is right."""
    first = next(day for day in range(len(calendar.dates)) if day >= SEEN * len(calendar.dates))
    width = max(map(len, [*exercises, "feed-forward", "with missed days"])) + 2
    heads = ("exercise", "feed-forward", "recurrent", "with missed days")
    print("day         health  " + "".join(head.ljust(width) for head in heads).rstrip())
    rows = iter(told)
    for day in range(first, min(first + N_SHOWN, len(calendar.dates))):
        if calendar.health[day]:
            *numbers, absent = next(rows)
            cells = "".join(exercises[number].ljust(width) for number in numbers) + ("missed" if absent else "")
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


def write_summaries(models, history, run_dir):
    """Shows TensorBoard the graph of an update of each net, and loss and accuracy of each net by epoch."""
    x = [tf.TensorSpec(model.input_shape, tf.float32, name=f"{model.name}/x") for model in models]
    y = [tf.TensorSpec((None,), tf.int64, name=f"{model.name}/y") for model in models]

    def learn(xs, ys):
        for model, x, y in zip(models, xs, ys):
            with tf.name_scope(f"{model.name}/"), tf.GradientTape() as tape:
                loss = model.compute_loss(y=y, y_pred=model(x))
            with tf.name_scope(f"{model.name}/"):
                gradients = tape.gradient(loss, model.trainable_variables)
                model.optimizer.apply(gradients, model.trainable_variables)

    with summaries.file_writer(run_dir) as writer:
        if writer:  # the tape puts its operations into a box of its own; here, into their net's
            summaries.write_graph(writer, learn, [x, y], [(r"^(\^?)gradient_tape/(\w+)/", r"\1\2/gradients/")])
        for name, epochs in history.items():
            for epoch, (loss, accuracy) in enumerate(epochs, 1):
                summaries.add_scalars(writer, epoch, {f"loss/{name}": loss, f"accuracy/{name}": accuracy})


# --- main ---


def parse_arguments(argv=None):
    parser = console.Parser(
        prog="workout_rnn.py", description="Tells today's exercise, from the date or from the exercises before it."
    )
    parser.add_argument("--schedule", nargs="+", metavar="NAME", default=SCHEDULE, help="exercises, in their order")
    parser.add_argument("--period", **NUMBER, help="days after which it starts again (as many as it has exercises)")
    parser.add_argument("--n-days", **NUMBER, default=N_DAYS, help="days of the calendar (%(default)s)")
    parser.add_argument("--ill", **SHARE, default=ILL, help="days on which nobody trains (%(default)s)")
    parser.add_argument("--missed", **SHARE, default=MISSED, help="training days not recorded (%(default)s)")
    parser.add_argument("--epochs", **NUMBER, default=EPOCHS, help="times through the days learned (%(default)s)")
    parser.add_argument("--n-input", **NUMBER, default=N_INPUT, help="training days looked back on (%(default)s)")
    parser.add_argument("--n-hidden", **NUMBER, default=N_HIDDEN, help="units in both nets (%(default)s)")
    parser.add_argument("--learning-rate", **POSITIVE, default=LEARNING_RATE, help="Adam's (%(default)s)")
    parser.add_argument("--seed", **console.SEED)
    parser.add_argument("--logdir", **console.LOGDIR)
    parser.add_argument("--plot", **PICTURE, help="draws the days into this .png")
    return parser, parser.parse_args(argv)


def main(argv=None):
    parser, settings = parse_arguments(argv)
    run_dir = settings.logdir / "modern" / "workout_rnn"
    with console.errors_in_one_line(parser, run_dir):
        settings.schedule = one_period(settings.schedule, settings.period)
        settings.seed = console.draw_seed(settings.seed)
        print(f"Seed: {settings.seed}")
        _, told, _ = run(settings, run_dir)
        if settings.plot:
            plot(told, list(dict.fromkeys(settings.schedule)), settings.plot)


if __name__ == "__main__":
    console.start(main)
