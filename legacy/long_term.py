"""Bridges a growing gap: a word read long ago decides the next one.

What "Recurrent Neural Networks" (edureka, 2018) says of long-term dependencies, measured. "The clouds
are in the ..." needs the word three back; "I am going to France ... the language spoken there is ..."
needs the country, however much is said in between. A plain RNN, an LSTM and a GRU of the same size learn
the same sentences in the same order, with 3 to 80 words between the deciding word and its answer.

    python legacy/long_term.py
    python legacy/long_term.py --clip-norm 1 --plot long_term.png

About half a minute on two cores. Its twin, written as one would today: modern/long_term.py.
"""

import argparse
import collections
import importlib.util
import io
import itertools
import math
import os
import random
import re
import shlex
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from tqdm import tqdm

# TensorFlow's rnn_cell lives in tf_keras, and this variable, read once, leads it there.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# As they load, TensorFlow's libraries write to standard error whatever the log level says: it is held back so long.
stderr, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
os.dup2(devnull, 2)
try:
    import tensorflow.compat.v1 as tf
finally:
    os.dup2(stderr, 2)
    os.close(stderr)
    os.close(devnull)

# The sentences: the deciding word and its answer
PLACES = "clouds sky, fish sea, trees forest, books library, cows meadow, cars garage, apples basket, actors theatre"
LANGUAGES = "France French, Germany German, Italy Italian, Poland Polish, Greece Greek, Turkey Turkish, Japan Japanese"
LANGUAGES += ", Sweden Swedish"
# What is said before and in between decides nothing.
TALK = (
    "we leave early in the morning, my sister comes with me, the train is often late, I pack a warm coat,"
    " the tickets were not cheap, we want to see the old town, there will be good food, I have read about it,"
    " a friend lent me her map, the hotel has a garden, we stay for two weeks, rain is not expected,"
    " the children look forward to it, nobody knows us there, our dog stays at home, I take many photographs"
)
GAPS = (3, 5, 10, 20, 40, 80)  # words between the deciding word and its answer; 3: the clouds, from 5 on: France
BEFORE = 10  # words of talk before the sentence

# Parameters
LEARNING_RATE = 0.003
TRAINING_ITERS = 1200  # batches, each of one gap
BATCH_SIZE = 64
DISPLAY_STEP = 200
TEST_SIZE = 200  # sentences for each gap

# Network Parameters
CELLS = ("rnn", "lstm", "gru")
N_HIDDEN = 64  # units in the cell
EMBEDDING_SIZE = 32
INIT_SCALE = 0.2  # weights start between -0.2 and 0.2

LOGDIR = Path("logs")  # this program's runs are in logs/legacy/long_term


# --- data ---


def build_dictionary():
    """Returns the word -> id of every word there is, in alphabetical order."""
    words = f"{PLACES} {LANGUAGES} {TALK} the are in the I am going to the language spoken there is"
    return {word: number for number, word in enumerate(sorted(set(words.replace(",", " ").split())))}


def draw_sentences(gap, size, dictionary, rng, unseen=frozenset()):
    """Returns `size` random sentences of one gap: (ids, int [size, n_steps], and the answers' ids, int [size]).

    None of them is in `unseen`, a set of rows' bytes.
    """
    talk = [[dictionary[word] for word in phrase.split()] for phrase in TALK.split(",")]
    pairs = [[dictionary[word] for word in pair.split()] for pair in (PLACES if gap == 3 else LANGUAGES).split(",")]
    opening, question = ("the", "are in the") if gap == 3 else ("I am going to", "the language spoken there is")
    opening, question = ([dictionary[word] for word in part.split()] for part in (opening, question))

    sentences = []
    while len(sentences) < size:
        n_words = BEFORE + gap - len(question)
        said = []
        while len(said) < n_words + 10:
            said += talk[rng.integers(len(talk))]
        start = rng.integers(10)  # anywhere in a phrase
        said = said[start : start + n_words]
        word, answer = pairs[rng.integers(len(pairs))]
        sentence = [*said[:BEFORE], *opening, word, *said[BEFORE:], *question]
        if np.array(sentence).tobytes() not in unseen:
            sentences.append([*sentence, answer])
    sentences = np.array(sentences)
    return sentences[:, :-1], sentences[:, -1]


def read_test(dictionary):
    """Returns gap -> (sentences, answers): the same for every seed, never trained on."""
    rng = np.random.default_rng(0)
    return {gap: draw_sentences(gap, TEST_SIZE, dictionary, rng) for gap in GAPS}


def batches(dictionary, test, batch_size, seed):
    """Yields (sentences, answers) without end, a batch of each gap in turn, without any sentence of `test`."""
    rng = np.random.default_rng([seed, 1])
    unseen = {sentence.tobytes() for sentences, _ in test.values() for sentence in sentences}
    for gap in itertools.cycle(GAPS):
        yield draw_sentences(gap, batch_size, dictionary, rng, unseen)


# --- model ---


Net = collections.namedtuple("Net", "x y pred cost optimizer accuracy init")


def RNN(x, weights, biases, cell, n_hidden=N_HIDDEN):
    """Returns the logits, float32 [None, n_words], of embedded sentences x, float32 [None, None, embedding_size]."""
    if cell == "lstm":
        rnn_cell = tf.nn.rnn_cell.BasicLSTMCell(n_hidden)
    elif cell == "gru":
        rnn_cell = tf.nn.rnn_cell.GRUCell(n_hidden)
    else:
        rnn_cell = tf.nn.rnn_cell.BasicRNNCell(n_hidden)
    outputs, states = tf.nn.dynamic_rnn(rnn_cell, x, dtype=tf.float32)  # [None, None, n_hidden]
    with tf.name_scope("output/"):
        return tf.add(tf.matmul(outputs[:, -1], weights["out"]), biases["out"], name="pred")  # [None, n_words]


def build_graph(n_words, cell, n_hidden=N_HIDDEN, learning_rate=LEARNING_RATE, clip_norm=None):
    """Builds one network in the current graph: it reads a sentence and guesses the next of `n_words` words."""
    with tf.name_scope("input"):
        x = tf.placeholder(tf.int32, [None, None], name="x")
        y = tf.placeholder(tf.int32, [None], name="y")

    tf.get_variable_scope().set_initializer(tf.random_uniform_initializer(-INIT_SCALE, INIT_SCALE))
    with tf.variable_scope("embedding"):
        embeddings = tf.get_variable("embeddings", [n_words, EMBEDDING_SIZE])
        embedded = tf.nn.embedding_lookup(embeddings, x)  # [None, None, embedding_size]
    # The slash lets RNN() come back to this scope; without it, that is output_1.
    with tf.variable_scope("output"):
        weights = {"out": tf.get_variable("weights", [n_hidden, n_words])}
        biases = {"out": tf.get_variable("biases", [n_words], initializer=tf.zeros_initializer())}
    pred = RNN(embedded, weights, biases, cell, n_hidden)

    with tf.name_scope("loss"):
        cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(logits=pred, labels=y))
    with tf.name_scope("train"):
        adam = tf.train.AdamOptimizer(learning_rate)
        gradients, variables = zip(*adam.compute_gradients(cost))
        if clip_norm:
            # An embedding's gradient has a row for every word read. As one matrix, each word counts once in the norm.
            gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
            gradients, _ = tf.clip_by_global_norm(gradients, clip_norm)
        optimizer = adam.apply_gradients(zip(gradients, variables))
    with tf.name_scope("accuracy"):
        correct_pred = tf.equal(tf.argmax(pred, 1, output_type=tf.int32), y)
        accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))
    return Net(x, y, pred, cost, optimizer, accuracy, tf.global_variables_initializer())


# --- training ---


def train(
    cell,
    training_iters=TRAINING_ITERS,
    display_step=DISPLAY_STEP,
    n_hidden=N_HIDDEN,
    learning_rate=LEARNING_RATE,
    clip_norm=None,
    batch_size=BATCH_SIZE,
    seed=0,
    run_dir=None,
    initial_values=None,
):
    """Trains one network, a batch a step, and reports every `display_step` steps; then asks it the test sentences.

    With `run_dir`, writes the graph and the scalars `loss` and `accuracy` there.
    `initial_values` (variable name -> array) replaces the random start.

    Returns:
        (history, accuracies, session): history holds a list each of `step`, `loss` and `accuracy` (averages since
        the report before); accuracies holds gap -> share of right answers; the session holds the trained graph.
    """
    dictionary = build_dictionary()
    test = read_test(dictionary)
    history = {"step": [], "loss": [], "accuracy": []}

    with tf.Graph().as_default() as graph:
        tf.set_random_seed(seed)
        net = build_graph(len(dictionary), cell, n_hidden, learning_rate, clip_norm)
        writer = tf.summary.FileWriter(str(run_dir), graph) if run_dir else None
    graph.finalize()  # from here on, whatever would add to the graph is an error

    session = tf.Session(graph=graph)
    session.run(net.init)
    with graph.as_default():
        for variable in tf.trainable_variables() if initial_values else []:
            variable.load(initial_values[variable.op.name], session)

    loss_total = acc_total = 0.0
    data = itertools.islice(batches(dictionary, test, batch_size, seed), training_iters)
    for step, (batch_x, batch_y) in enumerate(tqdm(data, cell, training_iters, leave=False, disable=None), 1):
        feed_dict = {net.x: batch_x, net.y: batch_y}
        _, loss, acc = session.run([net.optimizer, net.cost, net.accuracy], feed_dict)
        loss_total += float(loss)
        acc_total += float(acc)
        if step % display_step == 0:
            loss, acc = loss_total / display_step, acc_total / display_step
            tqdm.write(f"Iter= {step}, {cell}, Average Loss= {loss:.6f}, Average Accuracy= {100 * acc:.2f}%")
            for name, value in zip(history, (step, loss, acc)):
                history[name].append(value)
            if run_dir:
                values = [tf.Summary.Value(tag=tag, simple_value=history[tag][-1]) for tag in ("loss", "accuracy")]
                writer.add_summary(tf.Summary(value=values), step)
            loss_total = acc_total = 0.0
    if run_dir:
        writer.close()

    accuracies = {gap: float(session.run(net.accuracy, {net.x: x, net.y: y})) for gap, (x, y) in test.items()}
    return history, accuracies, session


# --- use ---


def open_run(run_dir):
    """Makes the directory of a new run; a run that is there already moves aside to `<run_dir>-1`, `-2` and so on."""
    if run_dir.exists() and any(run_dir.iterdir()):
        aside = (run_dir.with_name(f"{run_dir.name}-{number}") for number in itertools.count(1))
        run_dir.rename(next(path for path in aside if not path.exists()))
    run_dir.mkdir(parents=True, exist_ok=True)


def plot(accuracies, chance):
    """Returns the picture of accuracy by gap as the bytes of a PNG file; `accuracies`: cell -> gap -> share."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    # Where two are equal, the wide one shows behind the narrow one.
    styles = {"rnn": ("o-", "plain RNN", 2), "lstm": ("s-", "LSTM", 5), "gru": ("D--", "GRU", 1.5)}
    for cell, (style, label, width) in styles.items():
        shares = [100 * accuracies[cell][gap] for gap in GAPS]
        axes.plot(range(len(GAPS)), shares, style, label=label, linewidth=width, markersize=5 + width)
    axes.axhline(100 * chance, color="gray", linestyle=":", label="chance")
    axes.set(xlabel="words between the deciding word and the answer", xticks=range(len(GAPS)), xticklabels=GAPS)
    axes.set(ylabel="unseen sentences answered right, %", ylim=(0, 105))
    axes.grid(alpha=0.3)
    axes.legend(loc="center right")
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=120)
    return png.getvalue()


def write_picture(png, run_dir):
    """Shows TensorBoard a picture."""
    with tf.Graph().as_default():
        writer = tf.summary.FileWriter(str(run_dir))
    image = tf.Summary.Image(encoded_image_string=png)
    writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="accuracy_by_gap", image=image)]), 0)
    writer.close()


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


def picture(text):
    path = Path(text)
    if path.suffix != ".png" or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a .png file in a directory that exists")
    return path


def parse_arguments(argv):
    parser = argparse.ArgumentParser(
        prog="long_term.py", description="How far back can they look? A plain RNN, an LSTM and a GRU, by the gap."
    )
    parser.error = lambda message: parser.exit(2, f"{parser.prog}: {message}\n")  # one line, without the usage
    number, value = {"type": whole_number, "metavar": "N"}, {"type": positive, "metavar": "X"}
    parser.add_argument("--training-iters", **number, default=TRAINING_ITERS, help="steps (%(default)s)")
    parser.add_argument("--display-step", **number, default=DISPLAY_STEP, help="steps between reports (%(default)s)")
    parser.add_argument("--n-hidden", **number, default=N_HIDDEN, help="units in each cell (%(default)s)")
    parser.add_argument("--learning-rate", **value, default=LEARNING_RATE, help="Adam's (%(default)s)")
    parser.add_argument("--clip-norm", **value, help="clips the whole gradient at this norm (it is not clipped)")
    parser.add_argument("--seed", type=seed, metavar="N", help="repeats a run; without it one is drawn and printed")
    parser.add_argument("--logdir", type=Path, metavar="DIR", default=LOGDIR, help="where runs are kept (%(default)s)")
    parser.add_argument("--plot", type=picture, metavar="FILE", help="draws accuracy by gap into a .png file")
    return parser, parser.parse_args(argv)


def main(argv=None):
    start_time = time.time()
    parser, args = parse_arguments(argv)
    tf.logging.set_verbosity(tf.logging.FATAL)
    warnings.filterwarnings("ignore", message=".* is deprecated and will be removed")
    threading.excepthook = lambda _: None  # the writer's thread fails as the writer does, and would say so at length
    if os.environ["TF_USE_LEGACY_KERAS"] not in ("1", "True", "true"):
        parser.error("TF_USE_LEGACY_KERAS must be 1 or unset: the cells of TensorFlow 1 live in legacy Keras")
    if importlib.util.find_spec("tf_keras") is None:
        parser.error("the package tf_keras is missing, where the cells of TensorFlow 1 live: pip install tf_keras")

    run_dir = args.logdir / "legacy" / "long_term"
    try:
        open_run(run_dir)
        run_seed = random.SystemRandom().randrange(2**31) if args.seed is None else args.seed
        print(f"Seed: {run_seed}")
        dictionary = build_dictionary()
        vocabulary = list(dictionary)
        for gap, (sentences, answers) in read_test(dictionary).items():
            if gap <= 20:
                words = [vocabulary[number] for number in sentences[0, BEFORE:]]
                print(f"Gap {gap}: {' '.join(words)} [{vocabulary[answers[0]]}]")

        accuracies = {}
        for cell in CELLS:
            _, accuracies[cell], _ = train(
                cell,
                args.training_iters,
                args.display_step,
                args.n_hidden,
                args.learning_rate,
                args.clip_norm,
                seed=run_seed,
                run_dir=run_dir / cell,
            )
        chance = 1 / len(LANGUAGES.split(","))
        png = plot(accuracies, chance)
        write_picture(png, run_dir)
        if args.plot:
            args.plot.write_bytes(png)
    except OSError as error:
        parser.error(f"{error.filename or run_dir}: {error.strerror or error}")
    except (RuntimeError, IndexError) as error:
        failed = re.search(r"(\S+); (.+)", str(error))  # an event file: "FILE; No space left on device"
        if not failed:
            raise
        parser.error(": ".join(failed.groups()))
    except KeyboardInterrupt:
        parser.exit(130, f"\n{parser.prog}: interrupted; what was reported so far is in {run_dir}\n")

    print("Optimization Finished!")
    print(f"Accuracy on {TEST_SIZE} unseen sentences for each gap; chance is {100 * chance:.1f}%")
    print("gap  " + "".join(f"{cell:>8}" for cell in CELLS))
    for gap in GAPS:
        print(f"{gap:<5}" + "".join(f"{100 * accuracies[cell][gap]:7.1f}%" for cell in CELLS))
    print("Elapsed time: ", elapsed(time.time() - start_time))
    print("Run on command line.")
    print("\t" + shlex.join([sys.executable, "-m", "tensorboard.main", "--logdir", str(args.logdir.resolve())]))
    print("Point your web browser to: http://localhost:6006/")


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # into a pipe, too, each line goes out at once
    if hasattr(signal, "SIGPIPE"):  # where there is one, a reader that leaves, such as `head`, ends the program
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
