"""One or many in, one or many out: the four shapes of recurrent networks, each on a small task.

The networks of legacy/architectures.py as one writes them today, in Keras 3:

    one-to-one    a flower's four measures in, its species out; no sequence, no recurrence
    one-to-many   a first note in, a tune out: each note that comes out goes in again (ABC and MIDI)
    many-to-one   a sentence in, the opinion it holds out
    many-to-many  a sentence in, a part of speech for each of its words out; and
                  two English words in, three French words out, by an encoder and a decoder

    python modern/architectures.py
    python modern/architectures.py --kind one-to-many --first-note D2

Every fifth example of the data is held out: never learned, and scored on its own.
All four take under a minute on two cores.
"""

import argparse
import collections
import itertools
import math
import os
import random
import re
import shlex
import signal
import sys
import time
from pathlib import Path

import mido
import numpy as np
from matplotlib.figure import Figure
from tqdm import tqdm

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# As they load, TensorFlow's libraries write to standard error whatever the log level says: it is held back so long.
stderr, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
os.dup2(devnull, 2)
try:
    import tensorflow as tf
finally:
    os.dup2(stderr, 2)
    os.close(stderr)
    os.close(devnull)
import keras
from keras import layers

DATA = Path(__file__).resolve().parents[1] / "data"
KINDS = {
    "one-to-one": ("flowers",),
    "one-to-many": ("tunes",),
    "many-to-one": ("opinions",),
    "many-to-many": ("tagging", "translation"),
}
FILES = {
    "flowers": "flowers.tsv",
    "tunes": "tunes.abc",
    "opinions": "opinions.tsv",
    "tagging": "tagged.tsv",
    "translation": "phrases.tsv",
}

# Parameters
LEARNING_RATE = 0.01
TRAINING_ITERS = 300  # batches
BATCH_SIZE = 32
DISPLAY_STEP = 50
HELD_OUT = 5  # every fifth example

# Network Parameters
N_HIDDEN = 64
EMBEDDING_SIZE = 16
INIT_SCALE = 0.2  # weights start between -0.2 and 0.2

PADDING, UNKNOWN = 0, 1  # ids of no word, and of a word that the learned part does not have
START = "<start>"  # what the decoder reads before its first word
NOTE = re.compile(r"([A-Ga-g])([,']?)(\d*)(/2)?")  # in ABC: pitch, octave and length in eighths
BAR, END = "|", "|]"
PITCHES = {"C": 60, "D": 62, "E": 64, "F": 66, "G": 67, "A": 69, "B": 71}  # MIDI's, in the key of G: F is sharp
N_SYMBOLS = 100  # notes and bar lines in a tune, at most

LOGDIR = Path("logs")  # this program's runs are in logs/modern/architectures


class InputError(ValueError):
    """What the person who runs the program can put right; it is shown to them as one line."""


# --- data ---


def read_lines(path):
    """Returns the lines of a UTF-8 text file. Raises OSError, or InputError if it is no such file or empty."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}") from None
    if len(lines) < HELD_OUT:
        raise InputError(f"{path} has {len(lines)} lines; at least {HELD_OUT} are needed")
    return lines


def read_pairs(name):
    """Returns [(words in, words out)] of a task's file with a pair a line, a tab between its halves.

    Raises:
        OSError: the file cannot be read.
        InputError: it is not UTF-8, or a line is no such pair, or not of the task's size.
    """
    path = DATA / FILES[name]
    pairs = []
    for number, line in enumerate(read_lines(path), 1):
        halves = [half.split() for half in line.split("\t")]
        if len(halves) != 2 or not all(halves):
            raise InputError(f"{path}, line {number}: two texts with a tab between are needed, not {line[:60]!r}")
        n_in, n_out = map(len, halves)
        needed = {"flowers": (4, 1), "opinions": (n_in, 1), "tagging": (n_in, n_in), "translation": (2, 3)}[name]
        if (n_in, n_out) != needed:
            wrong = f"{n_in} words before the tab and {n_out} after it"
            raise InputError(f"{path}, line {number}: {wrong}; {needed[0]} and {needed[1]} are needed")
        if name == "flowers" and not all(re.fullmatch(r"\d+(\.\d+)?", word) for word in halves[0]):
            raise InputError(f"{path}, line {number}: four numbers are needed before the tab, not {line[:60]!r}")
        pairs.append(tuple(halves))
    return pairs


def read_tunes():
    """Returns [(all symbols but the last, all but the first)] of the tunes in the task's ABC file.

    A symbol is a note with its length, a bar line, or the end. Source: abcnotation.com/wiki/abc:standard:v2.1.

    Raises:
        OSError: the file cannot be read.
        InputError: it is not UTF-8, a symbol is none of these, or there are too few tunes.
    """
    path = DATA / FILES["tunes"]
    tunes = []
    for number, line in enumerate(read_lines(path), 1):
        if line.startswith("X:"):
            tunes.append([])
        if line.startswith("%") or re.match("[A-Z]:", line):
            continue
        for symbol in line.split():
            if not tunes or not (symbol in (BAR, END) or NOTE.fullmatch(symbol)):
                raise InputError(f"{path}, line {number}: {symbol[:60]!r} is no note or bar line of a tune")
            tunes[-1].append(symbol)
    if len(tunes) < HELD_OUT or min(map(len, tunes)) < 2:
        raise InputError(f"{path} has {len(tunes)} tunes; at least {HELD_OUT} are needed, none of them empty")
    return [(tune[:-1], tune[1:]) for tune in tunes]


def build_dictionary(sentences):
    """Returns word -> id of the words in alphabetical order. The first ids are for padding and for unknown words."""
    words = sorted({word for sentence in sentences for word in sentence})
    return {word: number for number, word in enumerate(words, UNKNOWN + 1)}


def encode(sentences, ids):
    """Returns the ids of the words, int32 [sentences, words of the longest], padded with 0."""
    encoded = np.full([len(sentences), max(map(len, sentences))], PADDING, np.int32)
    for row, sentence in zip(encoded, sentences):
        row[: len(sentence)] = [ids.get(word, UNKNOWN) for word in sentence]
    return encoded


# x, test_x: lists of what goes in, float32 [examples, 4], or ids, int32 [examples, words]. y, test_y: numbers in
# `classes` of what should come out, int32 [examples] or [examples, words]. dictionaries: word -> id, one for each x.
# held_out: the test part in words, [(words in, words out)].
Task = collections.namedtuple("Task", "x y test_x test_y dictionaries classes held_out")


def read_task(name):
    """Returns a task's data, every fifth example held out. Raises OSError or InputError if its file is damaged."""
    pairs = read_tunes() if name == "tunes" else read_pairs(name)
    classes = sorted({word for _, words in pairs for word in words})
    numbers = {word: number for number, word in enumerate(classes)}
    learned = [pair for at, pair in enumerate(pairs, 1) if at % HELD_OUT]
    held_out = pairs[HELD_OUT - 1 :: HELD_OUT]

    dictionaries = [build_dictionary(words for words, _ in learned)]
    if name == "translation":
        dictionaries.append(build_dictionary([START, *words] for _, words in learned))
    arrays = []
    for part in (learned, held_out):
        sources, targets = zip(*part)
        x = [encode(sources, dictionaries[0])]
        if name == "translation":  # while it learns, the decoder reads the right words, one step late
            x.append(encode([[START, *words[:-1]] for words in targets], dictionaries[1]))
        if name == "flowers":
            x = [np.array(sources, np.float32)]
        y = encode(targets, numbers)
        arrays += [x, y if name in ("tunes", "tagging", "translation") else y[:, 0]]
    if name == "flowers":
        mean, deviation = arrays[0][0].mean(0), arrays[0][0].std(0)
        for x in (arrays[0], arrays[2]):
            x[0] = (x[0] - mean) / deviation
    return Task(*arrays, dictionaries, classes, held_out)


def levels(task):
    """Returns what two rules without any memory score on the held-out part: label -> share right.

    One always gives the most frequent answer; the other the most frequent answer to the input of the same step.
    """
    majority = np.bincount(task.y[task.x[-1] != PADDING] if task.y.ndim == 2 else task.y).argmax()
    if task.y.ndim == 1:
        return {"always the most frequent": float((task.test_y == majority).mean())}
    counts = np.zeros([task.x[-1].max() + 1, len(task.classes)])
    counts[:, majority] = 0.5  # for what was never seen
    np.add.at(counts, (task.x[-1], task.y), task.x[-1] != PADDING)
    there = task.test_x[-1] != PADDING
    return {
        "always the most frequent": float((task.test_y == majority)[there].mean()),
        "by the step's input alone": float((task.test_y == counts.argmax(1)[task.test_x[-1]])[there].mean()),
    }


def shuffled(num_examples, seed):
    """Yields the numbers of the examples without end, each epoch in another order."""
    for epoch in itertools.count():
        yield from np.random.default_rng([seed, epoch]).permutation(num_examples)


# --- model ---


def uniform():
    """Returns a new initializer: one used twice would draw the same numbers twice."""
    return keras.initializers.RandomUniform(-INIT_SCALE, INIT_SCALE)


def RNN(x, n_words, n_hidden, name="rnn", initial_state=None):
    """Returns (outputs, float32 [batch, words, n_hidden], last state) of an LSTM that reads word ids x."""
    # Zeros are padding: a mask goes with the words from here to the loss, which leaves them out.
    embedding = layers.Embedding(
        n_words, EMBEDDING_SIZE, mask_zero=True, embeddings_initializer=uniform(), name=f"{name}_embedding"
    )
    lstm = layers.LSTM(
        n_hidden,
        kernel_initializer=uniform(),
        recurrent_initializer=uniform(),
        return_sequences=True,
        return_state=True,
        name=name,
    )
    outputs, *state = lstm(embedding(x), initial_state=initial_state)
    return outputs, state


def build_model(name, n_inputs, n_classes, n_hidden=N_HIDDEN):
    """Returns a task's network; `n_inputs`: the measures, or the words of each dictionary.

    It takes what `Task` holds as x, and returns the logits, float32 [batch, n_classes] or [batch, words, n_classes].
    """
    if name == "flowers":
        x = [keras.Input(n_inputs, name="x")]
    else:
        x = [keras.Input((None,), dtype="int32", name=f"x_{number}") for number, _ in enumerate(n_inputs)]

    if name == "flowers":  # one-to-one
        hidden = layers.Dense(n_hidden, "tanh", kernel_initializer=uniform(), name="hidden")(x[0])  # [batch, n_hidden]
    elif name == "opinions":  # many-to-one: the state after the last word
        _, (hidden, _) = RNN(x[0], *n_inputs, n_hidden)  # [batch, n_hidden]
    elif name == "translation":  # many-to-many: the decoder starts where the encoder ends
        _, state = RNN(x[0], n_inputs[0], n_hidden, "encoder")
        hidden, _ = RNN(x[1], n_inputs[1], n_hidden, "decoder", state)  # [batch, 3, n_hidden]
    else:  # an output for every input. many-to-many: the inputs are there; one-to-many: they are the outputs before
        hidden, _ = RNN(x[0], *n_inputs, n_hidden)  # [batch, words, n_hidden]

    pred = layers.Dense(n_classes, kernel_initializer=uniform(), name="output")(hidden)
    return keras.Model(x, pred, name="model")


class TF1Adam(keras.optimizers.Adam):
    """Adam as TensorFlow 1 computed it: with epsilon 1e-8, and an embedding's gradient summed word by word.

    An embedding's gradient has a row for every word of the batch. Where a word comes twice, with rows a and b,
    TensorFlow 1 takes (a + b)^2 into the second moment; keras.optimizers.Adam takes a^2 + b^2, unless it clips.
    Source: tf.compat.v1.train.Optimizer, `_deduplicate_indexed_slices`.
    """

    def __init__(self, learning_rate=LEARNING_RATE, epsilon=1e-8, **kwargs):
        super().__init__(learning_rate, epsilon=epsilon, **kwargs)

    def apply(self, grads, trainable_variables=None):
        return super().apply([tf.convert_to_tensor(gradient) for gradient in grads], trainable_variables)


# --- training ---


def write_graph(model, writer):
    """Shows TensorBoard the graph of one update, in the boxes of the legacy graph."""

    @tf.function
    def learn(y, *x):
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=y, y_pred=model(list(x)))
        with tf.name_scope("train/gradients/"):
            gradients = tape.gradient(loss, model.trainable_variables)
        with tf.name_scope("train/"):  # with its slash, this is the same scope again, not train_1
            model.optimizer.apply(gradients, model.trainable_variables)

    x = [tf.TensorSpec(tensor.shape, tensor.dtype, name=f"input/{tensor.name}") for tensor in model.inputs]
    y = tf.TensorSpec(model.output.shape[:-1], tf.int32, name="input/y")
    graph = learn.get_concrete_function(y, *x).graph.as_graph_def()

    def plain(name):
        """The name without what Keras and the tape add to it: model_1/rnn_1/while is rnn/while."""
        name = re.sub(r"\bgradient_tape/(train/gradients/)?", "train/gradients/", name)
        name = re.sub(r"\bcompile_loss/loss\b", "loss", name)
        name = re.sub(r"\bmodel(_\d+)?/([a-z_]+?)(_\d+)*/", r"\2/", name)
        return re.sub(r"\bmodel(_\d+)?/", "mask/", name)

    for node in graph.node:
        node.name = plain(node.name)
        node.input[:] = [plain(name) for name in node.input]
    with writer.as_default(step=0):
        tf.summary.graph(graph)


def train(
    name,
    task,
    training_iters=TRAINING_ITERS,
    display_step=DISPLAY_STEP,
    n_hidden=N_HIDDEN,
    learning_rate=LEARNING_RATE,
    seed=0,
    run_dir=None,
    initial_values=None,
):
    """Learns a task, a batch a step, and reports every `display_step` steps.

    With `run_dir`, writes the graph and the scalars `loss`, `accuracy` and `accuracy_held_out` there.
    `initial_values` (the arrays of `model.get_weights()`) replaces the random start.

    Returns:
        (history, model): history holds a list each of `step`, `loss` (average since the report before),
        `accuracy` (on all that is learned) and `accuracy_held_out`.
    """
    history = {"step": [], "loss": [], "accuracy": [], "accuracy_held_out": []}
    n_inputs = [4] if name == "flowers" else [len(ids) + UNKNOWN + 1 for ids in task.dictionaries]

    keras.utils.set_random_seed(seed)
    model = build_model(name, n_inputs, len(task.classes), n_hidden)
    if initial_values is not None:
        model.set_weights(initial_values)
    model.compile(
        optimizer=TF1Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, name="loss"),
        jit_compile=False,  # compiling would take longer than the training
    )
    model.optimizer.build(model.trainable_variables)
    if run_dir:
        writer = tf.summary.create_file_writer(str(run_dir))
        write_graph(model, writer)

    def accuracy(x, y):
        right = predict(model, x) == y
        return float(right[x[-1] != PADDING].mean() if y.ndim == 2 else right.mean())  # padding does not count

    def report(batch, logs):
        step = batch + 1
        progress.update()
        if step % display_step == 0:
            loss, learned, held_out = logs["loss"], accuracy(task.x, task.y), accuracy(task.test_x, task.test_y)
            model.reset_metrics()
            tqdm.write(
                f"Iter= {step}, Average Loss= {loss:.6f},"
                f" Accuracy= {100 * learned:.2f}%, Held-out Accuracy= {100 * held_out:.2f}%"
            )
            for tag, value in zip(history, (step, loss, learned, held_out)):
                history[tag].append(value)
            if run_dir:
                with writer.as_default(step):
                    for tag in list(history)[1:]:
                        tf.summary.scalar(tag, history[tag][-1])

    order = np.fromiter(itertools.islice(shuffled(len(task.y), seed), training_iters * BATCH_SIZE), int)
    with tqdm(desc=name, total=training_iters, leave=False, disable=None) as progress:
        model.fit(
            [x[order] for x in task.x],
            task.y[order],
            batch_size=BATCH_SIZE,
            shuffle=False,
            callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=report)],
            verbose=0,
        )
    if run_dir:
        writer.close()
    return history, model


# --- use ---


def predict(model, x):
    """Returns the number of the likeliest class at every place, int [examples] or [examples, words]."""
    return model.predict_on_batch(x).argmax(-1)


def greedy(model, task, context, first, n_steps):
    """Says `n_steps` words, each the likeliest, and reads each before the next: [examples][n_steps].

    `context`: what the network reads beforehand, a list of arrays; `first`: the first word read, for each example.
    """
    dictionary = task.dictionaries[-1]
    read = np.full([len(first), n_steps], PADDING, np.int32)
    read[:, :1] = encode([[word] for word in first], dictionary)
    for step in range(n_steps):
        said = predict(model, [*context, read])[:, : step + 1]
        words = [[task.classes[number] for number in row] for row in said]
        if step + 1 < n_steps:
            read[:, step + 1] = encode([row[-1:] for row in words], dictionary)[:, 0]
    return words


def compose(model, task, first_note):
    """Returns the symbols of a tune that begins with `first_note`."""
    (tune,) = greedy(model, task, [], [first_note], N_SYMBOLS)
    return [first_note, *itertools.takewhile(lambda symbol: symbol != END, tune), END]


def abc(tune):
    """Returns the symbols of a tune as a text in ABC notation."""
    lines = re.sub(r"((?:[^|]*\|){4})(?!\]|$) ?", r"\1\n", " ".join(tune))  # four bars a line
    return f"X:1\nT:From a first note, {tune[0]}\nM:none\nL:1/8\nK:G\n{lines}\n"


def midi(tune):
    """Returns the symbols of a tune as a mido.MidiFile, at 120 quarters a minute, mido's own tempo."""
    file = mido.MidiFile(ticks_per_beat=480)
    track = file.add_track("a tune")
    for symbol in tune:
        if symbol in (BAR, END):
            continue
        letter, octave, eighths, halved = NOTE.fullmatch(symbol).groups()
        pitch = PITCHES[letter.upper()] + 12 * (letter.islower() + octave.count("'") - octave.count(","))
        ticks = 240 * int(eighths or 1) // (2 if halved else 1)
        track.append(mido.Message("note_on", note=pitch))
        track.append(mido.Message("note_off", note=pitch, time=ticks))
    return file


def show(name, task, model, first_note, run_dir):
    """Prints what the trained network makes of the first held-out examples, or of the first note."""
    if name == "tunes":
        tune = compose(model, task, first_note)
        print(abc(tune), end="")
        (run_dir / "tune.abc").write_text(abc(tune), encoding="utf-8")
        midi(tune).save(run_dir / "tune.mid")
        print(f"Kept as tune.abc and tune.mid in {run_dir}")
        return
    if name == "translation":  # nobody tells the decoder the right words now: it reads its own
        said = greedy(model, task, task.test_x[:1], [START] * len(task.held_out), 3)
        right = np.mean([words == wanted for words, (_, wanted) in zip(said, task.held_out)])
        print(f"Held-out phrases with all three words right: {100 * right:.1f}%")
    else:
        said = predict(model, task.test_x).reshape(len(task.held_out), -1)
        said = [[task.classes[number] for number in row] for row in said]
    for words, (source, wanted) in itertools.islice(zip(said, task.held_out), 0, None, len(said) // 4):
        note = "" if words[: len(wanted)] == wanted else f"  (wrong: {' '.join(wanted)})"
        print(f"{' '.join(source)} -> {' '.join(words[: len(wanted)])}{note}")


def open_run(run_dir):
    """Makes the directory of a new run; a run that is there already moves aside to `<run_dir>-1`, `-2` and so on."""
    if run_dir.exists() and any(run_dir.iterdir()):
        aside = (run_dir.with_name(f"{run_dir.name}-{number}") for number in itertools.count(1))
        run_dir.rename(next(path for path in aside if not path.exists()))
    run_dir.mkdir(parents=True, exist_ok=True)


def plot(results, file):
    """Draws the accuracy of each task as it learned, and what rules without a memory score; `results`: name -> both."""
    kinds = {name: kind for kind, names in KINDS.items() for name in names}
    figure = Figure(figsize=(max(2.3 * len(results) + 0.8, 5), 3.6), layout="constrained")
    panels = figure.subplots(1, len(results), sharey=True, squeeze=False)[0]
    for axes, (name, (history, rules)) in zip(panels, results.items()):
        axes.plot(history["step"], np.multiply(100, history["accuracy"]), label="learned")
        axes.plot(history["step"], np.multiply(100, history["accuracy_held_out"]), "--", label="held out")
        for (label, share), style in zip(rules.items(), ("--", ":")):
            axes.axhline(100 * share, color="gray", linestyle=style, linewidth=1, label=label)
        axes.set(title=f"{kinds[name]}\n{name}", xlabel="steps", ylim=(0, 105))
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("accuracy, %")
    figure.legend(
        *panels[-1].get_legend_handles_labels(), loc="outside lower center", ncols=4 if len(results) > 2 else 2
    )
    figure.savefig(file, dpi=110)


def elapsed(sec):
    return f"{sec:.1f} sec" if sec < 60 else f"{sec / 60:.1f} min"


# --- main ---


def whole_number(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def seed(text):
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2147483647")
    return int(text)


def positive(text):
    try:
        if 0 < float(text) < math.inf:
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a number above zero")


def note(text):
    if not NOTE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a note in ABC notation, such as G2")
    return text


def picture(text):
    path = Path(text)
    if path.suffix != ".png" or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a .png file in a directory that exists")
    return path


def parse_arguments(argv):
    parser = argparse.ArgumentParser(
        prog="architectures.py", description="One or many in, one or many out: four shapes, each on a small task."
    )
    parser.error = lambda message: parser.exit(2, f"{parser.prog}: {message}\n")  # one line, without the usage
    number = {"type": whole_number, "metavar": "N"}
    parser.add_argument("--kind", choices=KINDS, help="%(choices)s (all four)")
    parser.add_argument("--first-note", type=note, metavar="NOTE", default="G2", help="of the tune (%(default)s)")
    parser.add_argument("--training-iters", **number, default=TRAINING_ITERS, help="steps (%(default)s)")
    parser.add_argument("--display-step", **number, default=DISPLAY_STEP, help="steps between reports (%(default)s)")
    parser.add_argument("--n-hidden", **number, default=N_HIDDEN, help="units in each layer (%(default)s)")
    parser.add_argument(
        "--learning-rate", type=positive, metavar="X", default=LEARNING_RATE, help="Adam's (%(default)s)"
    )
    parser.add_argument("--seed", type=seed, metavar="N", help="repeats a run; without it one is drawn and printed")
    parser.add_argument("--logdir", type=Path, metavar="DIR", default=LOGDIR, help="where runs are kept (%(default)s)")
    parser.add_argument("--plot", type=picture, metavar="FILE", help="draws accuracy by step into a .png file")
    return parser, parser.parse_args(argv)


def main(argv=None):
    start_time = time.time()
    parser, args = parse_arguments(argv)
    tf.get_logger().setLevel("ERROR")  # it warns that a network met sentences of several lengths

    kinds = [args.kind] if args.kind else list(KINDS)
    run_dir = args.logdir / "modern" / "architectures"
    results = {}
    try:
        tasks = {name: read_task(name) for kind in kinds for name in KINDS[kind]}
        if "tunes" in tasks and args.first_note not in tasks["tunes"].dictionaries[0]:
            notes = ", ".join(sorted({words[0] for words, _ in tasks["tunes"].held_out}))
            raise InputError(f"--first-note {args.first_note} is in no tune that is learned; tunes begin with {notes}")
        for kind in kinds:
            open_run(run_dir / kind)
        run_seed = random.SystemRandom().randrange(2**31) if args.seed is None else args.seed
        print(f"Seed: {run_seed}")
        for kind, name in ((kind, name) for kind in kinds for name in KINDS[kind]):
            task, task_dir = tasks[name], run_dir / kind / name
            print(f"{kind}, {name}: {len(task.y)} examples to learn, {len(task.test_y)} held out")
            history, model = train(
                name,
                task,
                args.training_iters,
                args.display_step,
                args.n_hidden,
                args.learning_rate,
                run_seed,
                task_dir,
            )
            rules = levels(task)
            results[name] = history, rules
            for label, share in rules.items():
                print(f"Held-out accuracy of a rule, {label}: {100 * share:.2f}%")
            show(name, task, model, args.first_note, task_dir)
        if args.plot:
            plot(results, args.plot)
    except OSError as error:
        parser.error(f"{error.filename or run_dir}: {error.strerror or error}")
    except tf.errors.OpError as error:
        failed = re.search(r"(\S+); (.+)", str(error))  # an event file: "FILE; No space left on device"
        if not failed:
            raise
        parser.error(": ".join(failed.groups()))
    except InputError as error:
        parser.error(error)
    except KeyboardInterrupt:
        parser.exit(130, f"\n{parser.prog}: interrupted; what was reported so far is in {run_dir}\n")

    print("Optimization Finished!")
    print("Elapsed time: ", elapsed(time.time() - start_time))
    print("Run on command line.")
    print("\t" + shlex.join([sys.executable, "-m", "tensorboard.main", "--logdir", str(args.logdir.resolve())]))
    print("Point your web browser to: http://localhost:6006/")


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # into a pipe, too, each line goes out at once
    if hasattr(signal, "SIGPIPE"):  # where there is one, a reader that leaves, such as `head`, ends the program
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
