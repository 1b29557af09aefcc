"""Learns a short story word by word: 3 words in, the next one out.

The story program of legacy/story_rnn.py as one writes it today, in Keras 3: the same
two-layer LSTM, windows, arithmetic and output, several times faster. Then it asks you for
three words and tells 32 more; the trained model answers later, too.

    python modern/story_rnn.py
    python modern/story_rnn.py --prompt "had a general" --model logs/modern/story_rnn/story.keras

Average accuracy passes 80% before the end. About a minute and a quarter on two cores.
"""

import argparse
import contextlib
import difflib
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
import zipfile
import zlib
from pathlib import Path

import numpy as np
from tqdm import tqdm

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# XLA shall update a kernel where it lies, without a copy first (a sixth less time per step), and use vectors of
# 512 bits where the processor has them (an eighth less).
os.environ["XLA_FLAGS"] = (
    "--xla_cpu_copy_insertion_use_region_analysis=true --xla_cpu_prefer_vector_width=512 "
    + os.environ.get("XLA_FLAGS", "")  # yours come last, and decide
)
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
from keras import layers, ops

# Text file containing words for training
TRAINING_FILE = Path(__file__).resolve().parents[1] / "data" / "story.txt"

# Parameters
LEARNING_RATE = 0.001
TRAINING_ITERS = 50000
DISPLAY_STEP = 1000
N_INPUT = 3  # words in a window
N_HIDDEN = 512  # units in each LSTM layer
N_LAYERS = 2
N_WORDS = 32  # words told after a prompt
LONGEST_WORD = 1000  # characters; what is longer is no word, and Keras would give every word as much room

WINDOWS_PER_CALL = 100  # at most so many updates in one call of the compiled training function
LOGDIR = Path("logs")  # this program's runs are in logs/modern/story_rnn

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
    """Returns (dictionary: word -> id, vocabulary: the words, in the order of their ids).

    Ids go by frequency, the most frequent word is 0; ties go by first appearance.
    """
    symbols, first, counts = np.unique(np.array(words, dtype=object), return_index=True, return_counts=True)
    vocabulary = symbols[np.lexsort((first, -counts))].tolist()
    dictionary = {word: number for number, word in enumerate(vocabulary)}
    return dictionary, vocabulary


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


def build_windows(words, dictionary, offsets, n_input=N_INPUT):
    """Returns (windows, float32 [steps, n_input, 1], and the ids of the words after them, int64 [steps])."""
    ids = np.array([dictionary[word] for word in words])
    windows = ids[offsets[:, None] + np.arange(n_input)]  # [steps, n_input]
    return windows[..., None].astype("float32"), ids[offsets + n_input]


# --- model ---


class TF1RMSprop(keras.optimizers.Optimizer):
    """RMSProp as TensorFlow 1 computed it, for gradient g and learning rate lr:

        mean_square <- 0.9 mean_square + 0.1 g^2        (starts at 1)
        variable    <- variable - lr g / sqrt(mean_square + 1e-10)

    keras.optimizers.RMSprop starts mean_square at 0 and has an epsilon of 1e-7. Its first step for
    a small gradient is therefore far longer: about 3.2 lr whatever g is, where this one moves about lr g.
    Source: tf.compat.v1.train.RMSPropOptimizer with its defaults (momentum 0).
    """

    def __init__(self, learning_rate=LEARNING_RATE, rho=0.9, epsilon=1e-10, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def build(self, variables):
        if not self.built:
            super().build(variables)
            self.mean_squares = self.add_optimizer_variables(variables, "mean_square", initializer="ones")

    def update_step(self, gradient, variable, learning_rate):
        mean_square = self.mean_squares[self._get_variable_index(variable)]
        self.assign_add(mean_square, (ops.square(gradient) - mean_square) * (1 - self.rho))
        self.assign_sub(variable, learning_rate * gradient * ops.rsqrt(mean_square + self.epsilon))


class LastPrediction(keras.metrics.Metric):
    """The id of the word predicted for the last window."""

    def __init__(self, name="predicted"):
        super().__init__(name=name)
        self.id = self.add_variable((), initializer="zeros", dtype="int32", name="id")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.id.assign(ops.argmax(y_pred[-1]))

    def result(self):
        return ops.copy(self.id)


class WindowByWindow(keras.Model):
    """A model that learns each window of a batch on its own: one update a window, in their order.

    `fit` compiles the whole of `train_step`, so a batch of 100 windows is 100 updates in one call.
    This is where the speed comes from: no Python between the updates, and XLA compiles forward pass,
    gradients and update of a window together.
    """

    def train_step(self, data):
        windows, labels = data  # [windows, n_input, 1], [windows]
        learn = super().train_step

        def body(i):
            learn((windows[i][None], labels[i][None]))  # [1, n_input, 1], [1]
            return i + 1

        tf.while_loop(lambda i: i < tf.shape(windows)[0], body, [tf.constant(0)])
        return self.get_metrics_result()


def build_model(vocab_size, n_input=N_INPUT, n_hidden=N_HIDDEN, n_layers=N_LAYERS):
    """Returns the network: windows, float32 [batch, n_input, 1] -> logits, float32 [batch, vocab_size].

    Its weights start as TensorFlow 1's did: glorot_uniform over an LSTM's two kernels as one
    [inputs + n_hidden, 4 n_hidden] matrix, a standard normal in the output layer.
    """
    x = inputs = keras.Input((n_input, 1), name="input")
    for layer in range(n_layers):
        limit = math.sqrt(6 / (x.shape[-1] + n_hidden + 4 * n_hidden))
        x = layers.LSTM(
            n_hidden,
            kernel_initializer=keras.initializers.RandomUniform(-limit, limit),
            recurrent_initializer=keras.initializers.RandomUniform(-limit, limit),
            return_sequences=layer < n_layers - 1,
            unroll=True,  # a few words: no loop to pay for
            name=f"lstm_{layer}",
        )(x)  # [batch, n_input, n_hidden], the last one [batch, n_hidden]
    outputs = layers.Dense(
        vocab_size,
        kernel_initializer=keras.initializers.RandomNormal(stddev=1.0),
        bias_initializer=keras.initializers.RandomNormal(stddev=1.0),
        name="output",
    )(x)
    return keras.Model(inputs, outputs, name="rnn")


def with_vocabulary(model, vocabulary):
    """Returns the model that takes words instead of their numbers: str [batch, n_input] -> logits."""
    n_input = model.input_shape[1]
    words = keras.Input((n_input,), dtype="string", name="words")
    # No word holds a space, so none is taken for the out-of-vocabulary token.
    lookup = layers.StringLookup(vocabulary=vocabulary, num_oov_indices=0, oov_token=" ", name="vocabulary")
    ids = ops.reshape(ops.cast(lookup(words), "float32"), (-1, n_input, 1))
    return keras.Model(words, model(ids), name="story")


# --- training ---


class Scalars(keras.callbacks.Callback):
    """Writes `loss` and `accuracy` at every report, under the tags of the legacy run, so that the two overlay.

    (keras.callbacks.TensorBoard would call them epoch_loss and epoch_accuracy, in a run `train` of its own.)
    """

    def __init__(self, writer, display_step):
        super().__init__()
        self.writer, self.display_step = writer, display_step

    def on_train_batch_end(self, batch, logs=None):
        step = int(self.model.optimizer.iterations)
        if step % self.display_step == 0:
            with self.writer.as_default(step):
                for tag in ("loss", "accuracy"):
                    tf.summary.scalar(tag, logs[tag])
            self.writer.flush()


@contextlib.contextmanager
def replacing(path):
    """Yields the name of a file to write, which then replaces `path` in one step; nothing half-written stays."""
    unfinished = path.with_name("unfinished" + path.suffix)
    try:
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        error.filename = path  # a full disk names none
        raise
    finally:
        unfinished.unlink(missing_ok=True)


def check_archive(path):
    """Raises InputError if a checkpoint or model, both of them zip archives, is damaged.

    What reads them does not look: keras.models.load_model takes flipped weights, and numpy.load a flipped dtype.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except Exception as error:  # each damaged field of an archive has an exception of its own
        raise InputError(f"{path} is damaged, or no file that this program saved") from error
    if damaged:
        raise InputError(f"{path} is damaged: {damaged} in it has a wrong checksum")


class Backup(keras.callbacks.Callback):
    """Keeps weights and optimizer in one file, at every report and at the end, replaced in one step.

    (keras.callbacks.BackupAndRestore writes the weights and the epoch they belong to in two files. A kill
    between the two would train an epoch twice; here the optimizer's own count of updates is the position.)
    """

    def __init__(self, path, display_step):
        super().__init__()
        self.path, self.display_step = path, display_step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) % self.display_step == 0:
            self.save()

    def on_train_end(self, logs=None):
        self.save()

    def save(self):
        with replacing(self.path) as unfinished:
            variables = (*self.model.weights, *self.model.optimizer.variables)
            np.savez(unfinished, *[variable.numpy() for variable in variables])


def restore(model, path):
    """Loads what `Backup` kept. Raises InputError if it is damaged or of another shape."""
    check_archive(path)
    try:
        with np.load(path) as arrays:
            for variable, array in zip([*model.weights, *model.optimizer.variables], arrays.values(), strict=True):
                variable.assign(array)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path} holds a network of another shape") from error


def write_graph(model, writer):
    """Shows TensorBoard the graph of one update, in the boxes of the legacy graph: input, rnn, output, loss, train.

    (keras.callbacks.TensorBoard's write_graph draws the layers alone: no gates, no loss, no optimizer.)
    """

    @tf.function
    def learn(window, label):
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=label, y_pred=model(window))
        with tf.name_scope("train/gradients/"):
            gradients = tape.gradient(loss, model.trainable_variables)
        with tf.name_scope("train/"):  # with its slash, this is the same scope again, not train_1
            model.optimizer.apply(gradients, model.trainable_variables)

    window = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="input/x")
    label = tf.TensorSpec((1,), tf.int64, name="input/y")
    graph = learn.get_concrete_function(window, label).graph.as_graph_def()

    def plain(name):
        """The name without what Keras and the tape add to it: rnn_1/lstm_0_1 is rnn/lstm_0."""
        name = re.sub(r"\bgradient_tape/(train/gradients/)?", "train/gradients/", name)
        name = re.sub(r"\bcompile_loss/loss\b", "loss", name)
        name = re.sub(r"\b(rnn|lstm_\d+|output)(_\d+)+/", r"\1/", name)
        return re.sub(r"\brnn/output/", "output/", name)

    for node in graph.node:
        node.name = plain(node.name)
        node.input[:] = [plain(name) for name in node.input]
    with writer.as_default(step=0):
        tf.summary.graph(graph)


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
    report there, and goes on from the checkpoint it finds there; the trained model is `story.keras`.
    `initial_values` (the arrays of `model.get_weights()`) replaces the random start.

    Returns:
        (history, model): history holds a list each of `step`, `loss` and `accuracy` (averages
        since the report before) and `predicted` (the last window's word); the model takes words:
        ask it with `generate`.

    Raises:
        InputError: the checkpoint in `run_dir` is damaged or of another shape.
    """
    dictionary, vocabulary = build_dataset(words)
    history = {"step": [], "loss": [], "accuracy": [], "predicted": []}

    keras.utils.set_random_seed(seed)
    rnn = build_model(len(vocabulary), n_input, n_hidden, n_layers)
    if initial_values is not None:
        rnn.set_weights(initial_values)
    model = WindowByWindow(rnn.inputs, rnn.outputs, name="rnn")
    model.compile(
        optimizer=TF1RMSprop(learning_rate, name="rmsprop"),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, name="loss"),
        metrics=["accuracy", LastPrediction()],
        jit_compile=True,
    )
    model.optimizer.build(model.trainable_variables)

    callbacks = []
    if run_dir:
        writer = tf.summary.create_file_writer(str(run_dir))
        backup = run_dir / "checkpoint.npz"
        if backup.exists():
            restore(model, backup)
        else:
            write_graph(model, writer)  # once in a run: TensorBoard wants no second one from a resumed run
        callbacks = [Scalars(writer, display_step), Backup(backup, display_step)]
    first = int(model.optimizer.iterations)

    # A resumed walk is the same walk, from the start: its seed and its length are all there is to remember.
    offsets = itertools.islice(walk(len(words), n_input, seed), first, training_iters)
    offsets = np.fromiter(offsets, dtype=int)
    windows, labels = build_windows(words, dictionary, offsets, n_input)
    # Each call of the training function ends at a report or divides the way to it.
    windows_per_call = math.gcd(WINDOWS_PER_CALL, display_step, first)
    dataset = tf.data.Dataset.from_tensor_slices((windows, labels)).batch(windows_per_call)

    def report(batch, logs):
        step = int(model.optimizer.iterations)
        progress.update(step - progress.n)
        if step % display_step == 0:
            offset = offsets[step - first - 1]
            symbols_in, symbols_out = words[offset : offset + n_input], words[offset + n_input]
            symbols_out_pred = vocabulary[int(logs["predicted"])]
            loss, accuracy = logs["loss"], logs["accuracy"]
            tqdm.write(f"Iter= {step}, Average Loss= {loss:.6f}, Average Accuracy= {100 * accuracy:.2f}%")
            tqdm.write(f"{symbols_in} - [{symbols_out}] vs [{symbols_out_pred}]")
            sys.stdout.flush()  # into a pipe, too, before the checkpoint is kept
            for name, value in zip(history, (step, loss, accuracy, symbols_out_pred)):
                history[name].append(value)
            model.reset_metrics()

    if first < training_iters:
        with tqdm(total=training_iters, initial=first, unit=" iter", leave=False, disable=None) as progress:
            # Before the backup: a kill between the two then repeats a report, and loses none.
            callbacks.insert(0, keras.callbacks.LambdaCallback(on_train_batch_end=report))
            model.fit(dataset, shuffle=False, callbacks=callbacks, verbose=0)

    story = with_vocabulary(rnn, vocabulary)
    if run_dir:
        writer.close()
        with replacing(run_dir / "story.keras") as unfinished:
            story.save(unfinished)
    return history, story


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


def load(file):
    """Returns (model, dictionary, n_input) of a model that `train` saved.

    Raises:
        InputError: it is missing, damaged, or knows no words.
    """
    check_archive(file)
    try:
        model = keras.models.load_model(file)
        vocabulary = model.get_layer("vocabulary").get_vocabulary()
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{file} is not a .keras file that this program saved, or is damaged") from error
    return model, {word: number for number, word in enumerate(vocabulary)}, model.input_shape[1]


def check_words(words, dictionary, n_input=N_INPUT):
    """Raises InputError if `words` are not `n_input` words of the dictionary."""
    if len(words) != n_input:
        raise InputError(f"{n_input} words are needed, not {len(words)}: {' '.join(words)!r}")
    for word in words:
        if word not in dictionary:
            nearest = difflib.get_close_matches(word, dictionary, cutoff=0.5)
            hint = f" (nearest: {', '.join(nearest)})" if nearest else ""
            raise InputError(f"Word not in dictionary: {word!r}{hint}")


def generate(model, dictionary, words, n_words=N_WORDS):
    """Returns `words` and the `n_words` words that the trained model tells after them, as a list."""
    vocabulary = list(dictionary)
    sentence = list(words)
    for _ in range(n_words):
        logits = model(tf.constant([sentence[-len(words) :]]))  # [1, vocab_size]
        sentence.append(vocabulary[int(ops.argmax(logits[0]))])
    return sentence


def answer(model, dictionary, n_input, prompts, n_words):
    """Tells on from each prompt; without prompts, asks for them until the input ends or Ctrl-C."""
    for prompt in prompts:
        print(" ".join(generate(model, dictionary, prompt.split(), n_words)))
    while not prompts:
        try:
            words = input(f"{n_input} words: " if sys.stdin.isatty() else "").split()
            check_words(words, dictionary, n_input)
            print(" ".join(generate(model, dictionary, words, n_words)))
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
    kept.add_argument("--model", **file, help="ask this .keras file, learn nothing")

    tell = parser.add_argument_group("telling")
    tell.add_argument("--prompt", action="append", default=[], metavar="WORDS", help="answer and exit; repeatable")
    tell.add_argument("--n-words", **number, default=N_WORDS, help="words told after a prompt (%(default)s)")
    return parser, parser.parse_args(argv)


def main(argv=None):
    start_time = time.time()
    parser, args = parse_arguments(argv)

    if args.model:
        try:
            model, dictionary, n_input = load(args.model)
            for prompt in args.prompt:
                check_words(prompt.split(), dictionary, n_input)
        except InputError as error:
            parser.error(error)
        answer(model, dictionary, n_input, args.prompt, args.n_words)
        return

    run_dir = args.logdir / "modern" / "story_rnn"
    try:
        words = read_data(args.text, args.n_input)
        print("Loaded training data...")
        dictionary, _ = build_dataset(words)
        for prompt in args.prompt:
            check_words(prompt.split(), dictionary, args.n_input)
        flags = {name: getattr(args, name) for name in SETTINGS if name != "words"}
        settings = open_run(run_dir, {"words": words, **flags}, args.resume)
        print(f"Seed: {settings['seed']}")
        history, model = train(**settings, training_iters=args.training_iters, run_dir=run_dir)
    except OSError as error:
        parser.error(f"{error.filename or run_dir}: {error.strerror or error}")
    except tf.errors.OpError as error:  # of its many lines one is such as "FILE; No space left on device"
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
    answer(model, dictionary, args.n_input, args.prompt, args.n_words)


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):  # where there is one, a reader that leaves, such as `head`, ends the program
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
