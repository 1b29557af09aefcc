"""One or many in, one or many out: the four shapes of "A Complete Guide To Recurrent Neural Network", made to run.

- one-to-one: a flower's four measures in, its species out; no sequence, no recurrence
- one-to-many: a first note in, a tune out: each note that comes out goes in again (ABC and MIDI)
- many-to-one: a sentence in, the opinion it holds out
- many-to-many: a sentence in, parts of speech out; two English words in, three French out, by encoder and decoder

    python legacy/architectures.py    (all four, under a minute on two cores; its twin of today: modern/architectures.py)
    python legacy/architectures.py --kind one-to-many --first-note D2
"""

import argparse
import collections
import itertools
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from legacy import console, runs, seeds
from legacy.console import NUMBER, PICTURE, POSITIVE, InputError

with console.quiet():
    import mido
    import numpy as np
    import tensorflow.compat.v1 as tf

# Parameters
LEARNING_RATE = 0.01
TRAINING_ITERS = 300  # batches
BATCH_SIZE = 32
DISPLAY_STEP = 50
HELD_OUT = 5  # every fifth example is never learned, and scored on its own

# Network Parameters
N_HIDDEN = 64
EMBEDDING_SIZE = 16
INIT_SCALE = 0.2  # weights start between -0.2 and 0.2
N_SYMBOLS = 100  # notes and bar lines in a tune, at most


# --- data ---

DATA = Path(__file__).resolve().parents[1] / "data"
KINDS = {  # kind -> its tasks and their files in data/
    "one-to-one": {"flowers": "flowers.tsv"},
    "one-to-many": {"tunes": "tunes.abc"},
    "many-to-one": {"opinions": "opinions.tsv"},
    "many-to-many": {"tagging": "tagged.tsv", "translation": "phrases.tsv"},
}
FILES = {name: file for tasks in KINDS.values() for name, file in tasks.items()}
PADDING, UNKNOWN = 0, 1  # ids of no word, and of a word that the learned part does not have
START = "<start>"  # what the decoder reads before its first word
NOTE = re.compile(r"([A-Ga-g])([,']?)(\d*)(/2)?")  # in ABC: pitch, octave and length in eighths
BAR, END = "|", "|]"
PITCHES = {"C": 60, "D": 62, "E": 64, "F": 66, "G": 67, "A": 69, "B": 71}  # MIDI's, in the key of G: F is sharp


def read_lines(path):
    """Returns the lines of a text file. Raises as `console.read_text` does, and InputError if they are too few."""
    lines = console.read_text(path).splitlines()
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


def RNN(x, n_words, n_hidden, name="rnn", initial_state=None):
    """Returns (outputs, float32 [None, None, n_hidden], last state) of an LSTM that reads word ids x, [None, None]."""
    with tf.variable_scope(f"{name}_embedding"):
        embeddings = tf.get_variable("embeddings", [n_words, EMBEDDING_SIZE])
        embedded = tf.nn.embedding_lookup(embeddings, x)  # [None, None, embedding_size]
        n_steps = tf.math.count_nonzero(x, 1)  # words without the padding
    lstm_cell = tf.nn.rnn_cell.BasicLSTMCell(n_hidden)
    return tf.nn.dynamic_rnn(lstm_cell, embedded, n_steps, initial_state, dtype=tf.float32, scope=name)


Net = collections.namedtuple("Net", "x y pred cost optimizer accuracy predicted init")


def build_graph(name, n_inputs, n_classes, settings):
    """Builds a task's network in the current graph; `n_inputs`: the measures, or the words of each dictionary."""
    n_hidden = settings.n_hidden
    in_steps = name in ("tunes", "tagging", "translation")  # an answer at every step
    with tf.name_scope("input"):
        if name == "flowers":
            x = [tf.placeholder(tf.float32, [None, *n_inputs], name="x")]
        else:
            x = [tf.placeholder(tf.int32, [None, None], name="x") for _ in n_inputs]
        y = tf.placeholder(tf.int32, [None, None] if in_steps else [None], name="y")
    tf.get_variable_scope().set_initializer(tf.random_uniform_initializer(-INIT_SCALE, INIT_SCALE))

    if name == "flowers":  # one-to-one
        with tf.variable_scope("hidden"):
            weights = tf.get_variable("weights", [*n_inputs, n_hidden])
            biases = tf.get_variable("biases", [n_hidden], initializer=tf.zeros_initializer())
            hidden = tf.tanh(tf.matmul(x[0], weights) + biases)  # [None, n_hidden]
    elif name == "opinions":  # many-to-one: the state after the last word
        _, (_, hidden) = RNN(x[0], *n_inputs, n_hidden)  # [None, n_hidden]
    elif name == "translation":  # many-to-many: the decoder starts where the encoder ends
        _, state = RNN(x[0], n_inputs[0], n_hidden, "encoder")
        hidden, _ = RNN(x[1], n_inputs[1], n_hidden, "decoder", state)  # [None, 3, n_hidden]
    else:  # an output for every input. many-to-many: the inputs are there; one-to-many: they are the outputs before
        hidden, _ = RNN(x[0], *n_inputs, n_hidden)  # [None, None, n_hidden]

    with tf.variable_scope("output"):
        weights = {"out": tf.get_variable("weights", [n_hidden, n_classes])}
        biases = {"out": tf.get_variable("biases", [n_classes], initializer=tf.zeros_initializer())}
        pred = tf.add(tf.tensordot(hidden, weights["out"], 1), biases["out"], name="pred")  # [None, (None,) n_classes]

    with tf.name_scope("loss"):
        there = tf.cast(tf.not_equal(x[-1], PADDING), tf.float32) if in_steps else 1.0  # padding does not count
        cost = tf.losses.sparse_softmax_cross_entropy(y, pred, there)
    with tf.name_scope("train"):
        optimizer = tf.train.AdamOptimizer(settings.learning_rate).minimize(cost)
    with tf.name_scope("accuracy"):
        predicted = tf.argmax(pred, -1, output_type=tf.int32)
        correct_pred = tf.cast(tf.equal(predicted, y), tf.float32) * there
        accuracy = tf.reduce_sum(correct_pred) / tf.reduce_sum(there * tf.ones_like(correct_pred))
    return Net(x, y, pred, cost, optimizer, accuracy, predicted, tf.global_variables_initializer())


# --- training ---


def train(name, task, settings, run_dir=None, initial_values=None):
    """Learns a task, a batch a step, and reports every `display_step` steps.

    With `run_dir`, writes the graph and the scalars `loss`, `accuracy` and `accuracy_held_out` there.
    `initial_values` (variable name -> array) replaces the random start.

    Returns:
        (history, net, session): history holds a list each of `step`, `loss` (average since the report before),
        `accuracy` (on all that is learned) and `accuracy_held_out`; the session holds the trained graph.
    """
    training_iters, display_step = settings.training_iters, settings.display_step
    history = {"step": [], "loss": [], "accuracy": [], "accuracy_held_out": []}
    n_inputs = [4] if name == "flowers" else [len(ids) + UNKNOWN + 1 for ids in task.dictionaries]

    with tf.Graph().as_default() as graph, seeds.tensorflow_1(settings.seed):
        net = build_graph(name, n_inputs, len(task.classes), settings)
    graph.finalize()  # from here on, whatever would add to the graph is an error

    def feed(x, y):
        return {**dict(zip(net.x, x)), net.y: y}

    session = runs.start_session(graph, net.init, initial_values)
    loss_total = 0.0
    order = shuffled(len(task.y), settings.seed)
    with runs.file_writer(run_dir, graph) as writer, console.progress(training_iters, desc=name) as progress:
        for step in range(1, training_iters + 1):
            batch = np.fromiter(itertools.islice(order, BATCH_SIZE), int)
            _, loss = session.run([net.optimizer, net.cost], feed([x[batch] for x in task.x], task.y[batch]))
            loss_total += float(loss)
            progress.update()
            if step % display_step == 0:
                loss, loss_total = loss_total / display_step, 0.0
                learned = float(session.run(net.accuracy, feed(task.x, task.y)))
                held_out = float(session.run(net.accuracy, feed(task.test_x, task.test_y)))
                progress.write(
                    f"Iter= {step}, Average Loss= {loss:.6f},"
                    f" Accuracy= {100 * learned:.2f}%, Held-out Accuracy= {100 * held_out:.2f}%"
                )
                for tag, value in zip(history, (step, loss, learned, held_out)):
                    history[tag].append(value)
                runs.add_scalars(writer, step, {tag: history[tag][-1] for tag in list(history)[1:]})
    return history, net, session


# --- use ---


def predict(net, session, x):
    """Returns the number of the likeliest class at every place, int [examples] or [examples, words]."""
    return session.run(net.predicted, dict(zip(net.x, x)))


def greedy(net, session, task, context, first, n_steps):
    """Says `n_steps` words, each the likeliest, and reads each before the next: [examples][n_steps].

    `context`: what the network reads beforehand, a list of arrays; `first`: the first word read, for each example.
    """
    dictionary = task.dictionaries[-1]
    read = np.full([len(first), n_steps], PADDING, np.int32)
    read[:, :1] = encode([[word] for word in first], dictionary)
    for step in range(n_steps):
        said = predict(net, session, [*context, read])[:, : step + 1]
        words = [[task.classes[number] for number in row] for row in said]
        if step + 1 < n_steps:
            read[:, step + 1] = encode([row[-1:] for row in words], dictionary)[:, 0]
    return words


def compose(net, session, task, first_note):
    """Returns the symbols of a tune that begins with `first_note`."""
    (tune,) = greedy(net, session, task, [], [first_note], N_SYMBOLS)
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


def show(name, task, net, session, first_note, run_dir):
    """Prints what the trained network makes of the first held-out examples, or of the first note."""
    if name == "tunes":
        tune = compose(net, session, task, first_note)
        print(abc(tune), end="")
        (run_dir / "tune.abc").write_text(abc(tune), encoding="utf-8")
        midi(tune).save(run_dir / "tune.mid")
        print(f"Kept as tune.abc and tune.mid in {run_dir}")
        return
    if name == "translation":  # nobody tells the decoder the right words now: it reads its own
        said = greedy(net, session, task, task.test_x[:1], [START] * len(task.held_out), 3)
        right = np.mean([words == wanted for words, (_, wanted) in zip(said, task.held_out)])
        print(f"Held-out phrases with all three words right: {100 * right:.1f}%")
    else:
        said = predict(net, session, task.test_x).reshape(len(task.held_out), -1)
        said = [[task.classes[number] for number in row] for row in said]
    for words, (source, wanted) in itertools.islice(zip(said, task.held_out), 0, None, len(said) // 4):
        note = "" if words[: len(wanted)] == wanted else f"  (wrong: {' '.join(wanted)})"
        print(f"{' '.join(source)} -> {' '.join(words[: len(wanted)])}{note}")


def plot(results):
    """Returns a figure of each task's accuracy as it learned, and of rules without a memory; `results`: name -> both."""
    from matplotlib.figure import Figure  # takes a second, and only --plot needs it

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
    return figure


# --- main ---


def note(text):
    if not NOTE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a note in ABC notation, such as G2")
    return text


def parse_arguments(argv=None):
    parser = console.Parser(
        prog="architectures.py", description="One or many in, one or many out: four shapes, each on a small task."
    )
    parser.add_argument("--kind", choices=KINDS, help="%(choices)s (all four)")
    parser.add_argument("--first-note", type=note, metavar="NOTE", default="G2", help="of the tune (%(default)s)")
    parser.add_argument("--training-iters", **NUMBER, default=TRAINING_ITERS, help="steps (%(default)s)")
    parser.add_argument("--display-step", **NUMBER, default=DISPLAY_STEP, help="steps between reports (%(default)s)")
    parser.add_argument("--n-hidden", **NUMBER, default=N_HIDDEN, help="units in each layer (%(default)s)")
    parser.add_argument("--learning-rate", **POSITIVE, default=LEARNING_RATE, help="Adam's (%(default)s)")
    parser.add_argument("--seed", **console.SEED)
    parser.add_argument("--logdir", **console.LOGDIR)
    parser.add_argument("--plot", **PICTURE, help="draws accuracy by step into a .png file")
    return parser, parser.parse_args(argv)


def check_first_note(tunes, first_note):
    """Raises InputError if no tune that is learned has this note."""
    if first_note not in tunes.dictionaries[0]:
        notes = ", ".join(sorted({words[0] for words, _ in tunes.held_out}))
        raise InputError(f"--first-note {first_note} is in no tune that is learned; tunes begin with {notes}")


def main(argv=None):
    start_time = time.time()
    parser, settings = parse_arguments(argv)
    kinds = [settings.kind] if settings.kind else list(KINDS)
    run_dir = settings.logdir / "legacy" / "architectures"
    results = {}
    with console.errors_in_one_line(parser, run_dir, f"What was reported so far is in {run_dir}."):
        tasks = {name: read_task(name) for kind in kinds for name in KINDS[kind]}
        if "tunes" in tasks:
            check_first_note(tasks["tunes"], settings.first_note)
        for kind in kinds:
            runs.new_run(run_dir / kind)
        settings.seed = console.draw_seed(settings.seed)
        print(f"Seed: {settings.seed}")
        for kind, name in ((kind, name) for kind in kinds for name in KINDS[kind]):
            task, task_dir = tasks[name], run_dir / kind / name
            print(f"{kind}, {name}: {len(task.y)} examples to learn, {len(task.test_y)} held out")
            history, net, session = train(name, task, settings, task_dir)
            rules = levels(task)
            results[name] = history, rules
            for label, share in rules.items():
                print(f"Held-out accuracy of a rule, {label}: {100 * share:.2f}%")
            with session:
                show(name, task, net, session, settings.first_note, task_dir)
        if settings.plot:
            plot(results).savefig(settings.plot, dpi=110)

    print("Optimization Finished!")
    console.print_end(start_time, settings.logdir)


if __name__ == "__main__":
    console.start(main)
