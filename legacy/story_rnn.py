"""Learns a short story word by word: 3 words in, the next one out.

The program of "Recurrent Neural Networks" (edureka, 2018), on today's TensorFlow:
a two-layer LSTM reads three words as three numbers and guesses the fourth, one window
of the story per step, 50,000 steps. Then it asks you for three words and tells 32 more.

    python legacy/story_rnn.py
    python legacy/story_rnn.py --prompt "had a general" --model logs/legacy/story_rnn/model.ckpt-50000

Average accuracy passes 80% before the end. About five minutes on two cores.
Its twin, written as one would today: modern/story_rnn.py.
"""

import argparse
import collections
import difflib
import importlib.util
import itertools
import json
import math
import os
import random
import re
import shlex
import signal
import sys
import time
import warnings
import zlib
from pathlib import Path

import numpy as np
from tqdm import tqdm

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

# Text file containing words for training
TRAINING_FILE = Path(__file__).resolve().parents[1] / "data" / "story.txt"

# Parameters
LEARNING_RATE = 0.001
TRAINING_ITERS = 50000
DISPLAY_STEP = 1000
N_INPUT = 3  # words in a window
N_HIDDEN = 512  # units in each LSTM cell
N_LAYERS = 2
N_WORDS = 32  # words told after a prompt
LONGEST_WORD = 1000  # characters; what is longer is no word, and Keras would give every word as much room

# The output layer's share of memory: its weights, what RMSProp keeps of each (two numbers), the gradient and copies
# in passing. Measured, vocabularies of 10,000 to 100,000 words: the process grows by 6.4 times the weights.
COPIES = 6.4
# Bytes. Every step works through all of it: at 2 GB, 152,000 words, it takes 14 times as long as on the story.
MEMORY_LIMIT = 2e9

LOGDIR = Path("logs")  # this program's runs are in logs/legacy/story_rnn

# What makes a run what it is: a resumed one must have the same.
SETTINGS = ("words", "n_input", "n_hidden", "n_layers", "learning_rate", "display_step", "seed")


class InputError(ValueError):
    """What the person who runs the program can put right; it is shown to them as one line."""


# --- data ---


def read_data(fname, n_input=N_INPUT):
    """Returns the words of a UTF-8 text file: a list of n_tokens. `,` `.` `?` are words if they stand alone.

    Raises:
        OSError: the file cannot be read.
        InputError: it is not UTF-8, has NUL characters, a word of more than `LONGEST_WORD` characters,
            or fewer than `n_input + 1` words.
    """
    try:
        text = Path(fname).read_text(encoding="utf-8").removeprefix("\ufeff")  # a byte order mark is no word's
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise InputError(f"{fname} is not UTF-8 text: byte {error.start} is 0x{byte:02x}") from None
    if "\0" in text:
        raise InputError(f"{fname} is not UTF-8 text: it has NUL characters, as UTF-16 text does")
    content = text.split()
    longest = max(map(len, content), default=0)
    if longest > LONGEST_WORD:
        raise InputError(f"{fname} has a word of {longest:,} characters; {LONGEST_WORD:,} are the most")
    if len(content) < n_input + 1:
        raise InputError(f"{fname} has {len(content)} words; a window of {n_input} and the next one need {n_input + 1}")
    return content


def build_dataset(words):
    """Returns (dictionary: word -> id, reverse_dictionary: id -> word).

    Ids go by frequency, the most frequent word is 0; ties go by first appearance.
    """
    count = collections.Counter(words).most_common()
    dictionary = {word: number for number, (word, _) in enumerate(count)}
    reverse_dictionary = dict(zip(dictionary.values(), dictionary.keys()))
    return dictionary, reverse_dictionary


def check_size(fname, vocab_size, n_hidden=N_HIDDEN):
    """Raises InputError if the output layer for so many different words would take more than `MEMORY_LIMIT`."""
    needed = (n_hidden + 1) * vocab_size * 4 * COPIES
    if needed > MEMORY_LIMIT:
        raise InputError(
            f"{fname} has {vocab_size:,} different words; the output layer would need {n_hidden + 1:,} x {vocab_size:,} "
            f"x 4 bytes x {COPIES} = {needed / 1e9:,.1f} GB, and {MEMORY_LIMIT / 1e9:.0f} GB are the most; "
            "modern/language_model.py learns such a text"
        )


def walk(n_tokens, n_input, seed):
    """Yields each step's offset: where its window of `n_input` words starts.

    The document's walk: from a random offset near the start, a whole window further each
    step, and back to another random offset near the start when the text ends.
    """
    rng = random.Random(seed)
    end_offset = n_input + 1
    last = n_tokens - end_offset  # a text may be shorter than the document's first stride
    offset = rng.randint(0, min(end_offset, last))
    while True:
        if offset > last:
            offset = rng.randint(0, min(end_offset, last))
        yield offset
        offset += end_offset


# --- model ---


def RNN(x, weights, biases, n_hidden=N_HIDDEN, n_layers=N_LAYERS):
    """Returns the logits, float32 [None, vocab_size], of windows x, float32 [None, n_input, 1]."""
    n_input = x.shape[1]
    with tf.name_scope("rnn_input"):
        x = tf.reshape(x, [-1, n_input])
        # (eg. [had] [a] [general] -> [24] [6] [33])
        x = tf.split(x, n_input, 1)  # n_input times [None, 1]

    # Average Accuracy in the document after 50k iterations: 95.20% with 2 layers, 90.60% with 1.
    # A cell a layer, never [cell] * 2: that would be one cell's weights used twice.
    if n_layers > 1:
        rnn_cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(n_hidden) for _ in range(n_layers)])
    else:
        rnn_cell = tf.nn.rnn_cell.BasicLSTMCell(n_hidden)
    # the document: from tensorflow.contrib import rnn, rnn.static_rnn, rnn.BasicLSTMCell
    outputs, states = tf.nn.static_rnn(rnn_cell, x, dtype=tf.float32)  # n_input times [None, n_hidden]

    with tf.name_scope("output/"):
        # there are n_input outputs but we only want the last one
        return tf.add(tf.matmul(outputs[-1], weights["out"]), biases["out"], name="pred")  # [None, vocab_size]


Net = collections.namedtuple("Net", "x y pred cost optimizer accuracy predicted global_step init")


def build_graph(vocab_size, n_input=N_INPUT, n_hidden=N_HIDDEN, n_layers=N_LAYERS, learning_rate=LEARNING_RATE):
    """Builds the document's network in the current graph and returns its tensors by their names there."""
    with tf.name_scope("input"):
        x = tf.placeholder("float", [None, n_input, 1], name="x")
        y = tf.placeholder("float", [None, vocab_size], name="y")

    # RNN output node weights and biases. The slash lets RNN() come back to this scope; without it, that is output_1.
    with tf.name_scope("output/"):
        weights = {"out": tf.Variable(tf.random_normal([n_hidden, vocab_size]), name="weights")}
        biases = {"out": tf.Variable(tf.random_normal([vocab_size]), name="biases")}

    # TensorFlow 1's own default for a cell's kernel. Left out, tf_keras would draw it past tf.set_random_seed.
    tf.get_variable_scope().set_initializer(tf.glorot_uniform_initializer())
    pred = RNN(x, weights, biases, n_hidden, n_layers)

    # Loss and optimizer
    with tf.name_scope("loss"):
        cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y))
    with tf.name_scope("train"):
        global_step = tf.train.get_or_create_global_step()
        optimizer = tf.train.RMSPropOptimizer(learning_rate=learning_rate).minimize(cost, global_step=global_step)

    # Model evaluation. Built here once: an argmax in the loop would add to the graph at every report.
    with tf.name_scope("accuracy"):
        predicted = tf.argmax(pred, 1, name="predicted")
        correct_pred = tf.equal(predicted, tf.argmax(y, 1))
        accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))

    # Initializing the variables
    init = tf.global_variables_initializer()
    return Net(x, y, pred, cost, optimizer, accuracy, predicted, global_step, init)


# --- training ---


def train(
    words,
    training_iters=TRAINING_ITERS,
    display_step=DISPLAY_STEP,
    n_input=N_INPUT,
    n_hidden=N_HIDDEN,
    n_layers=N_LAYERS,
    learning_rate=LEARNING_RATE,
    seed=0,
    run_dir=None,
    initial_values=None,
):
    """Learns `words`, one window a step, and reports every `display_step` steps.

    With `run_dir`, writes the graph, the scalars `loss` and `accuracy` and a checkpoint at every
    report there, and goes on from the last checkpoint it finds there.
    `initial_values` (variable name -> array) replaces the random start.

    Returns:
        (history, session): history holds a list each of `step`, `loss` and `accuracy` (averages
        since the report before) and `predicted` (the last window's word); the session holds the
        trained graph: ask it with `generate`.

    Raises:
        InputError: the checkpoint in `run_dir` is damaged or of another shape.
    """
    dictionary, reverse_dictionary = build_dataset(words)
    history = {"step": [], "loss": [], "accuracy": [], "predicted": []}

    with tf.Graph().as_default() as graph:
        tf.set_random_seed(seed)
        net = build_graph(len(dictionary), n_input, n_hidden, n_layers, learning_rate)
        saver = tf.train.Saver(max_to_keep=2, save_relative_paths=True)
        writer = tf.summary.FileWriter(str(run_dir)) if run_dir else None
    graph.finalize()  # from here on, whatever would add to the graph is an error

    # Launch the graph
    session = tf.Session(graph=graph)
    session.run(net.init)
    with graph.as_default():
        for variable in tf.trainable_variables() if initial_values else []:
            variable.load(initial_values[variable.op.name], session)
    if run_dir and not restore_latest(saver, session, run_dir):
        writer.add_graph(graph)  # once in a run: TensorBoard wants no second one from a resumed run
    step = reported = int(session.run(net.global_step))
    loss_total = acc_total = 0.0

    # A resumed walk is the same walk, from the start: its seed and its length are all there is to remember.
    offsets = itertools.islice(walk(len(words), n_input, seed), step, training_iters)

    progress = tqdm(total=training_iters, initial=step, unit=" iter", leave=False, disable=None)
    with graph.as_default(), progress:
        for offset in offsets:
            symbols_in_keys = [[dictionary[word]] for word in words[offset : offset + n_input]]
            symbols_in_keys = np.reshape(np.array(symbols_in_keys), [-1, n_input, 1])  # [1, n_input, 1]

            symbols_out_onehot = np.zeros([len(dictionary)], dtype=float)
            symbols_out_onehot[dictionary[words[offset + n_input]]] = 1.0
            symbols_out_onehot = np.reshape(symbols_out_onehot, [1, -1])  # [1, vocab_size]

            _, acc, loss, predicted = session.run(
                [net.optimizer, net.accuracy, net.cost, net.predicted],
                feed_dict={net.x: symbols_in_keys, net.y: symbols_out_onehot},
            )
            loss_total += float(loss)
            acc_total += float(acc)
            step += 1
            progress.update()

            if step % display_step == 0:
                loss, acc = loss_total / (step - reported), acc_total / (step - reported)
                symbols_in = words[offset : offset + n_input]
                symbols_out_pred = reverse_dictionary[int(predicted[0])]
                tqdm.write(f"Iter= {step}, Average Loss= {loss:.6f}, Average Accuracy= {100 * acc:.2f}%")
                tqdm.write(f"{symbols_in} - [{words[offset + n_input]}] vs [{symbols_out_pred}]")
                sys.stdout.flush()  # into a pipe, too, before the checkpoint is kept
                for name, value in zip(history, (step, loss, acc, symbols_out_pred)):
                    history[name].append(value)
                loss_total = acc_total = 0.0
                reported = step

            if run_dir and step == reported:
                for tag in ("loss", "accuracy"):
                    value = tf.Summary.Value(tag=tag, simple_value=history[tag][-1])
                    writer.add_summary(tf.Summary(value=[value]), step)
                writer.flush()
            if run_dir and (step == reported or step == training_iters):
                saver.save(session, str(run_dir / "model.ckpt"), global_step=step)

    if run_dir:
        writer.close()
    return history, session


def restore_latest(saver, session, run_dir):
    """Restores the last checkpoint in `run_dir`; returns False if there is none yet.

    Raises:
        InputError: it is damaged, or of another shape.
    """
    tidy(run_dir)
    try:
        state = tf.train.get_checkpoint_state(run_dir)
    except ValueError:
        state = None
    if state is None:
        if (run_dir / "checkpoint").exists():
            raise InputError(f"{run_dir / 'checkpoint'} is damaged: it should name the last checkpoint")
        return False
    restore(saver, session, state.model_checkpoint_path)
    saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
    return True


def tidy(run_dir):
    """Removes what Saver left half-written when the run was killed or the disk was full."""
    for pattern in ("checkpoint.tmp*", "model.ckpt-*.tmp*", "model.ckpt-*.tempstate*"):
        for file in run_dir.glob(pattern):
            file.unlink()


def restore(saver, session, checkpoint):
    """Restores one checkpoint. Raises InputError if it is damaged or of another shape."""
    try:
        with session.graph.as_default():
            # Saver would load a kernel of any shape, and the first step would stumble over it.
            shapes = tf.train.load_checkpoint(str(checkpoint)).get_variable_to_shape_map()
            if any(shapes.get(variable.op.name) != variable.shape.as_list() for variable in tf.global_variables()):
                raise InputError(f"{checkpoint} holds a network of another shape")
            saver.restore(session, str(checkpoint))
    except (tf.errors.OpError, IndexError) as error:
        raise InputError(f"{checkpoint} is damaged, or part of it is missing") from error


# --- runs ---


def open_run(run_dir, settings, resume=False):
    """Makes the directory of a new run, or checks that of the run to resume; returns the run's settings.

    A run that is there already stays: it moves aside to `<run_dir>-1`, `-2` and so on.
    The settings, with the seed that was drawn if they name none, are kept in `run.json`.

    Raises:
        OSError: the directory cannot be written.
        InputError: there is no run to resume, or it was made with other settings.
    """
    if resume:
        if not run_dir.exists() or not any(run_dir.iterdir()):
            raise InputError(f"{run_dir} holds no run to resume")
        made_with = read_run(run_dir)
        settings["seed"] = made_with["seed"] if settings["seed"] is None else settings["seed"]
        for name, value in settings.items():
            if value != made_with[name]:
                flag = name.replace("_", "-")
                wanted = "another text" if name == "words" else f"--{flag} {made_with[name]}, not {value}"
                raise InputError(f"the run in {run_dir} was made with {wanted}")
        return settings

    if run_dir.exists() and any(run_dir.iterdir()):
        aside = (run_dir.with_name(f"{run_dir.name}-{number}") for number in itertools.count(1))
        run_dir.rename(next(path for path in aside if not path.exists()))
    run_dir.mkdir(parents=True, exist_ok=True)
    if settings["seed"] is None:
        settings["seed"] = random.SystemRandom().randrange(2**31)
    (run_dir / "run.json").write_text(json.dumps({**settings, "crc32": crc32(settings)}), encoding="utf-8")
    return settings


def crc32(settings):
    """Returns the CRC-32 by which a damaged `run.json` is known: one wrong letter would make another network."""
    return zlib.crc32(json.dumps([settings[name] for name in SETTINGS]).encode())


def read_run(run_dir):
    """Returns the settings that `open_run` kept. Raises InputError if they are missing or damaged."""
    path = run_dir / "run.json"
    try:
        made_with = json.loads(path.read_text(encoding="utf-8"))
        if made_with["crc32"] != crc32(made_with):
            raise ValueError("wrong checksum")
        return {name: made_with[name] for name in SETTINGS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}, which says what the checkpoint was made with, is missing or damaged") from error


# --- use ---


def load(checkpoint):
    """Returns (session, dictionary, n_input) of a checkpoint and the `run.json` beside it.

    Raises:
        InputError: either is missing or damaged, or they do not belong together.
    """
    if not tf.train.checkpoint_exists(str(checkpoint)):
        raise InputError(f"{checkpoint} is not a checkpoint, or part of it is missing")
    made_with = read_run(checkpoint.parent)
    dictionary, _ = build_dataset(made_with["words"])
    with tf.Graph().as_default() as graph:
        build_graph(len(dictionary), made_with["n_input"], made_with["n_hidden"], made_with["n_layers"])
        saver = tf.train.Saver()
    session = tf.Session(graph=graph)
    restore(saver, session, checkpoint)
    return session, dictionary, made_with["n_input"]


def check_words(words, dictionary, n_input=N_INPUT):
    """Raises InputError if `words` are not `n_input` words of the dictionary."""
    if len(words) != n_input:
        raise InputError(f"{n_input} words are needed, not {len(words)}: {' '.join(words)!r}")
    for word in words:
        if word not in dictionary:
            nearest = difflib.get_close_matches(word, dictionary, cutoff=0.5)
            hint = f" (nearest: {', '.join(nearest)})" if nearest else ""
            raise InputError(f"Word not in dictionary: {word!r}{hint}")


def generate(session, dictionary, words, n_words=N_WORDS):
    """Returns `words` and the `n_words` words that the trained graph tells after them, as a list."""
    reverse_dictionary = dict(zip(dictionary.values(), dictionary.keys()))
    symbols_in_keys = [dictionary[word] for word in words]
    sentence = list(words)
    for _ in range(n_words):
        keys = np.reshape(np.array(symbols_in_keys), [1, -1, 1])  # [1, n_input, 1]
        onehot_pred = session.run("output/pred:0", feed_dict={"input/x:0": keys})  # [1, vocab_size]
        onehot_pred_index = int(np.argmax(onehot_pred, 1)[0])
        sentence.append(reverse_dictionary[onehot_pred_index])
        symbols_in_keys = symbols_in_keys[1:] + [onehot_pred_index]
    return sentence


def answer(session, dictionary, n_input, prompts, n_words):
    """Tells on from each prompt; without prompts, asks for them until the input ends or Ctrl-C."""
    for prompt in prompts:
        print(" ".join(generate(session, dictionary, prompt.split(), n_words)))
    while not prompts:
        try:
            words = input(f"{n_input} words: " if sys.stdin.isatty() else "").split()
            check_words(words, dictionary, n_input)
            print(" ".join(generate(session, dictionary, words, n_words)))
        except InputError as error:
            print(error, file=sys.stderr)
        except (EOFError, KeyboardInterrupt):
            if sys.stdin.isatty():
                print()  # leaves the shell's prompt on a line of its own
            break


def elapsed(sec):
    if sec < 60:
        return f"{sec:.1f} sec"
    if sec < 60 * 60:
        return f"{sec / 60:.1f} min"
    return f"{sec / (60 * 60):.1f} hr"


# --- main ---


def whole_number(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def seed(text):
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2147483647")
    return int(text)


def rate(text):
    try:
        if 0 < float(text) < math.inf:
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a number above zero")


def parse_arguments(argv):
    parser = argparse.ArgumentParser(
        prog="story_rnn.py",
        description="Learns a story, three words in and the next one out; then tells it on from three words of yours.",
    )
    parser.error = lambda message: parser.exit(2, f"{parser.prog}: {message}\n")  # one line, without the usage
    number, file = {"type": whole_number, "metavar": "N"}, {"type": Path, "metavar": "FILE"}

    learn = parser.add_argument_group("learning")
    learn.add_argument("--text", **file, default=TRAINING_FILE, help="text to learn (data/story.txt)")
    learn.add_argument("--training-iters", **number, default=TRAINING_ITERS, help="steps, a window each (%(default)s)")
    learn.add_argument("--display-step", **number, default=DISPLAY_STEP, help="steps between two reports (%(default)s)")
    learn.add_argument("--n-input", **number, default=N_INPUT, help="words in a window (%(default)s)")
    learn.add_argument("--n-hidden", **number, default=N_HIDDEN, help="units in each LSTM layer (%(default)s)")
    learn.add_argument("--n-layers", **number, default=N_LAYERS, help="LSTM layers (%(default)s)")
    learn.add_argument("--learning-rate", type=rate, metavar="X", default=LEARNING_RATE, help="RMSProp's (%(default)s)")
    learn.add_argument("--seed", type=seed, metavar="N", help="repeats a run; without it one is drawn and printed")

    keep = parser.add_argument_group("keeping")
    keep.add_argument("--logdir", type=Path, metavar="DIR", default=LOGDIR, help="where runs are kept (%(default)s)")
    kept = keep.add_mutually_exclusive_group()
    kept.add_argument("--resume", action="store_true", help="go on with the last run, from its last report")
    kept.add_argument("--model", **file, help="ask this checkpoint, learn nothing")

    tell = parser.add_argument_group("telling")
    tell.add_argument("--prompt", action="append", default=[], metavar="WORDS", help="answer and exit; repeatable")
    tell.add_argument("--n-words", **number, default=N_WORDS, help="words told after a prompt (%(default)s)")
    return parser, parser.parse_args(argv)


def main(argv=None):
    start_time = time.time()
    parser, args = parse_arguments(argv)
    tf.logging.set_verbosity(tf.logging.FATAL)
    warnings.filterwarnings("ignore", message=".* is deprecated and will be removed")
    if os.environ["TF_USE_LEGACY_KERAS"] not in ("1", "True", "true"):
        parser.error("TF_USE_LEGACY_KERAS must be 1 or unset: the LSTM cells of TensorFlow 1 live in legacy Keras")
    if importlib.util.find_spec("tf_keras") is None:
        parser.error("the package tf_keras is missing, where the LSTM cells of TensorFlow 1 live: pip install tf_keras")

    if args.model:
        try:
            session, dictionary, n_input = load(args.model)
            for prompt in args.prompt:
                check_words(prompt.split(), dictionary, n_input)
        except InputError as error:
            parser.error(error)
        answer(session, dictionary, n_input, args.prompt, args.n_words)
        return

    run_dir = args.logdir / "legacy" / "story_rnn"
    try:
        words = read_data(args.text, args.n_input)
        print("Loaded training data...")
        dictionary, _ = build_dataset(words)
        check_size(args.text, len(dictionary), args.n_hidden)
        for prompt in args.prompt:
            check_words(prompt.split(), dictionary, args.n_input)
        flags = {name: getattr(args, name) for name in SETTINGS if name != "words"}
        settings = open_run(run_dir, {"words": words, **flags}, args.resume)
        print(f"Seed: {settings['seed']}")
        history, session = train(**settings, training_iters=args.training_iters, run_dir=run_dir)
    except OSError as error:
        parser.error(f"{error.filename or run_dir}: {error.strerror or error}")
    except tf.errors.OpError as error:  # of its many lines one is such as "FILE; No space left on device"
        tidy(run_dir)
        failed = re.search(r"(\S+); (.+)", error.message)
        parser.error(": ".join(failed.groups()) if failed else error.message.splitlines()[0])
    except InputError as error:
        parser.error(error)
    except KeyboardInterrupt:
        again = shlex.join([sys.executable, *sys.argv, *([] if args.resume else ["--resume"])])
        message = "Interrupted. What was learned up to the last report is kept; to go on from there:"
        parser.exit(130, f"\n{message}\n\t{again}\n")

    print("Optimization Finished!")
    print("Elapsed time: ", elapsed(time.time() - start_time))
    print("Run on command line.")
    print("\t" + shlex.join([sys.executable, "-m", "tensorboard.main", "--logdir", str(args.logdir.resolve())]))
    print("Point your web browser to: http://localhost:6006/")
    answer(session, dictionary, args.n_input, args.prompt, args.n_words)


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):  # where there is one, a reader that leaves, such as `head`, ends the program
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
