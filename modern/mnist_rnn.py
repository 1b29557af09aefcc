"""Reads handwritten digits row by row: 28 rows of 28 pixels in, one of 10 classes out.

The digit reader of legacy/mnist_rnn.py as one writes it today, in Keras 3: the same LSTM of
128 units, images in the same order, arithmetic and output. Then it shows the test images it
misread, and a confusion matrix, in TensorBoard.

    python modern/mnist_rnn.py
    python modern/mnist_rnn.py --dataset digits          (needs no network)
    python modern/mnist_rnn.py --model logs/modern/mnist_rnn/mnist.keras

Test accuracy ends above 94%. About a quarter of a minute on two cores.
"""

import argparse
import contextlib
import gzip
import hashlib
import io
import itertools
import json
import math
import os
import queue
import random
import re
import shlex
import signal
import socket
import sys
import threading
import time
import urllib.request
import zipfile
import zlib
from pathlib import Path

import numpy as np
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
from keras import layers, ops
from matplotlib.figure import Figure

# Parameters
LEARNING_RATE = 0.001
TRAINING_ITERS = 100000  # images
BATCH_SIZE = 128
DISPLAY_STEP = 10

# Network Parameters
N_INPUT = 28  # pixels in a row
N_STEPS = 28  # rows in an image
N_HIDDEN = 128  # units in the cell
N_CLASSES = 10
CELLS = ("lstm", "gru", "rnn")
TEST_LEN = 128  # the document tests the first so many test images

# MNIST as Keras keeps it
MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)

STEPS_PER_CALL = 10  # at most so many updates in one call of the training function
LOGDIR = Path("logs")  # this program's runs are in logs/modern/mnist_rnn

# What makes a run what it is: a resumed one must have the same.
SETTINGS = ("images", "cell", "n_input", "n_steps", "n_hidden", "n_classes", "learning_rate", "batch_size")
SETTINGS += ("display_step", "seed")


class InputError(ValueError):
    """What the person who runs the program can put right; it is shown to them as one line."""


# --- data ---


def read_idx(path, n_dims):
    """Returns the uint8 array of `n_dims` dimensions in an IDX file, gzipped if its name ends in .gz.

    Such a file is the magic number 0x0800 + n_dims, the size of each dimension and then the bytes;
    numbers are big-endian, of four bytes. Source: yann.lecun.com/exdb/mnist.

    Raises:
        OSError: the file cannot be read.
        InputError: it is damaged, or is no such file.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
            content = file.read()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path} is damaged: its gzip stream cannot be read to the end") from error
    magic, header = 0x0800 + n_dims, 4 + 4 * n_dims
    if int.from_bytes(content[:4], "big") != magic or len(content) < header:
        raise InputError(f"{path} is not an IDX file of {n_dims} dimensions: it does not begin with {magic}")
    shape = np.frombuffer(content, ">u4", n_dims, offset=4).astype(int)
    if len(content) - header != shape.prod():
        raise InputError(f"{path} is damaged: {len(content) - header} bytes where its header says {shape.prod()}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def read_idx_files(data_dir):
    """Returns ((train images, labels), (test images, labels)) of the four IDX files in a directory.

    Raises:
        InputError: one is missing or damaged, or an image has no label.
    """
    arrays = []
    for name in IDX_FILES:
        paths = [data_dir / name, data_dir / name.removesuffix(".gz")]
        found = [path for path in paths if path.exists()]
        if not found:
            raise InputError(f"{data_dir} holds neither {paths[0].name} nor {paths[1].name}")
        arrays.append(read_idx(found[0], n_dims=3 if "images" in name else 1))
    train_images, train_labels, test_images, test_labels = arrays
    for part, images, labels in (("train", train_images, train_labels), ("t10k", test_images, test_labels)):
        if len(images) != len(labels):
            raise InputError(f"{data_dir} holds {len(images)} {part}-images and {len(labels)} {part}-labels")
    return (train_images, train_labels), (test_images, test_labels)


def answers(url, seconds=10):
    """Returns None if the server answers, or says why it does not.

    Asked in a thread: a look-up of a name and the addresses behind it each have a time limit of their own,
    and together they can take minutes.
    """
    answer = queue.SimpleQueue()

    def ask():
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds).close()
            answer.put(None)
        except OSError as error:
            answer.put(getattr(error, "reason", error))

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answer.get(timeout=seconds)
    except queue.Empty:
        return f"no answer in {seconds} seconds"


def download(url, sha256, path):
    """Downloads a file, with progress on a terminal, unless `path` already is that file.

    Raises:
        InputError: it cannot be downloaded, or is not what it should be; then nothing is kept.
    """
    folder = dict(cache_dir=str(path.parent.parent), cache_subdir=path.parent.name)
    if not path.exists() and (reason := answers(url)):
        raise InputError(f"{url} cannot be downloaded: {reason}")
    path.parent.mkdir(parents=True, exist_ok=True)  # get_file would look for another place if it were not there
    socket.setdefaulttimeout(10)  # seconds without a byte
    try:
        with contextlib.redirect_stdout(sys.stderr if sys.stderr.isatty() else io.StringIO()):
            keras.utils.get_file(path.name, url, file_hash=sha256, **folder)
    except Exception as error:  # get_file raises Exception itself
        path.unlink(missing_ok=True)
        raise InputError(f"{url} cannot be downloaded: {error}") from error
    finally:
        socket.setdefaulttimeout(None)


def load_mnist():
    """Returns MNIST as Keras keeps it: ((60,000 images, labels), (10,000 images, labels)), downloaded once."""
    path = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets" / "mnist.npz"
    try:
        download(MNIST_URL, MNIST_SHA256, path)
    except InputError as error:
        raise InputError(f"{error}; try --dataset digits, or --data-dir with the four IDX files") from error
    with np.load(path) as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])


def load_digits():
    """Returns scikit-learn's 1,797 digits of 8 x 8 pixels, enlarged to 28 x 28: every sixth is a test image."""
    import sklearn.datasets  # takes a second, and only this needs it

    digits = sklearn.datasets.load_digits()
    images = np.kron(digits.images, np.ones((3, 3)))  # each pixel becomes 3 x 3: [1797, 24, 24]
    images = np.pad(images * 255 / 16, [(0, 0), (2, 2), (2, 2)]).astype(np.uint8)  # [1797, 28, 28]
    labels = digits.target.astype(np.uint8)
    to_test = np.arange(len(images)) % 6 == 5
    return (images[~to_test], labels[~to_test]), (images[to_test], labels[to_test])


def shuffled(num_examples, seed):
    """Yields the numbers of the examples without end, each epoch in another order."""
    for epoch in itertools.count():
        yield from np.random.default_rng([seed, epoch]).permutation(num_examples)


def read_images(dataset, data_dir, n_steps=N_STEPS, n_input=N_INPUT, n_classes=N_CLASSES):
    """Returns the images that the flags ask for: ((train images, labels), (test images, labels)), uint8.

    Raises:
        InputError: they cannot be had, are not [n_steps, n_input], or have more than n_classes labels.
    """
    if dataset == "digits":
        arrays = load_digits()
    else:
        arrays = read_idx_files(data_dir) if data_dir else load_mnist()
    (train_images, train_labels), (test_images, test_labels) = arrays
    if train_images.shape[1:] != test_images.shape[1:] or train_images.shape[1:] != (n_steps, n_input):
        sizes = " and ".join(f"{rows}x{columns}" for rows, columns in {images.shape[1:] for images, _ in arrays})
        raise InputError(
            f"the images are {sizes}; --n-steps {n_steps} and --n-input {n_input} want {n_steps}x{n_input}"
        )
    if not (len(train_images) and len(test_images)):
        raise InputError(f"there are {len(train_images)} images to learn and {len(test_images)} to test")
    highest = max(train_labels.max(), test_labels.max())
    if highest >= n_classes:
        raise InputError(f"there is a label {highest}; with --n-classes {n_classes} the highest is {n_classes - 1}")
    return arrays


# --- model ---


def build_model(cell="lstm", n_steps=N_STEPS, n_input=N_INPUT, n_hidden=N_HIDDEN, n_classes=N_CLASSES):
    """Returns the network: images, uint8 [batch, n_steps, n_input] -> logits, float32 [batch, n_classes].

    Its weights start as TensorFlow 1's did: glorot_uniform over a cell's kernels as [n_input + n_hidden, columns]
    matrices, one of the LSTM's four gates, one of the GRU's two gates and one of its candidate; a standard
    normal in the output layer. Biases start at 0, those of the LSTM's forget gate and the GRU's gates at 1.
    """

    def limit(columns):
        return math.sqrt(6 / (n_input + n_hidden + columns))

    if cell == "lstm":
        cell_class, gates, biases = layers.LSTM, [limit(4 * n_hidden)] * 4, [0, 1, 0, 0]  # i, f, c, o
    elif cell == "gru":
        cell_class, gates, biases = layers.GRU, [limit(2 * n_hidden)] * 2 + [limit(n_hidden)], [1, 1, 0]  # z, r, h
    else:
        cell_class, gates, biases = layers.SimpleRNN, [limit(n_hidden)], [0]
    recurrent = cell_class(
        n_hidden,
        kernel_initializer=keras.initializers.RandomUniform(-1, 1),
        recurrent_initializer=keras.initializers.RandomUniform(-1, 1),
        name=cell,
        **({"reset_after": False} if cell == "gru" else {}),  # TensorFlow 1 resets the state before the product
    )

    inputs = keras.Input((n_steps, n_input), dtype="uint8", name="input")
    x = layers.Rescaling(1 / 255, name="rnn_input")(inputs)
    x = recurrent(x)  # [batch, n_hidden], the last of n_steps
    outputs = layers.Dense(
        n_classes,
        kernel_initializer=keras.initializers.RandomNormal(stddev=1.0),
        bias_initializer=keras.initializers.RandomNormal(stddev=1.0),
        name="output",
    )(x)
    for kernel in (recurrent.cell.kernel, recurrent.cell.recurrent_kernel):
        kernel.assign(kernel * np.repeat(gates, n_hidden))
    recurrent.cell.bias.assign(np.repeat(biases, n_hidden))
    return keras.Model(inputs, outputs, name="rnn")


class InHalves(keras.Model):
    """A model that runs a batch as two halves.

    They need nothing of each other until the loss, so two cores take one each, where one half's product
    is too small to divide and its step must wait for the step before. A quarter less time on two cores.
    """

    def call(self, images, training=None, mask=None):
        if images.shape[0] == 1:
            return super().call(images, training=training)
        middle = ops.shape(images)[0] // 2
        halves = [super(InHalves, self).call(half, training=training) for half in (images[:middle], images[middle:])]
        return ops.concatenate(halves)


# --- training ---


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
    between the two would train an epoch twice; here the optimizer's own count of updates is the position.
    With a report every tenth of a second, Keras' `save_weights` would take a tenth of the time, this a hundredth.)
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


def write_graph(rnn, model, writer):
    """Shows TensorBoard the graph of one update, in the boxes of the legacy graph: input, rnn, output, loss, train.

    The steps stand in a row, as legacy's do, and the batch is whole; in training they are a loop, over halves.
    (keras.callbacks.TensorBoard's write_graph draws the layers alone: no gates, no loss, no optimizer.)
    """
    recurrent = next(layer for layer in rnn.layers if isinstance(layer, layers.RNN))

    @tf.function
    def learn(images, labels):
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=labels, y_pred=rnn(images))
        with tf.name_scope("train/gradients/"):
            gradients = tape.gradient(loss, rnn.trainable_variables)
        with tf.name_scope("train/"):  # with its slash, this is the same scope again, not train_1
            model.optimizer.apply(gradients, rnn.trainable_variables)

    images = tf.TensorSpec((None, *rnn.input_shape[1:]), tf.uint8, name="input/x")
    labels = tf.TensorSpec((None,), tf.uint8, name="input/y")
    recurrent.unroll = True
    graph = learn.get_concrete_function(images, labels).graph.as_graph_def()
    recurrent.unroll = False

    def plain(name):
        """The name without what Keras and the tape add to it: rnn_1/lstm_1 is rnn/lstm."""
        name = re.sub(r"\bgradient_tape/(train/gradients/)?", "train/gradients/", name)
        name = re.sub(r"\bcompile_loss/loss\b", "loss", name)
        name = re.sub(r"\b(rnn|lstm|gru|rnn_input|output)(_\d+)+/", r"\1/", name)
        name = re.sub(r"\brnn/Cast\b", "rnn_input/Cast", name)
        return re.sub(r"\brnn/(rnn_input|output)/", r"\1/", name)

    for node in graph.node:
        node.name = plain(node.name)
        node.input[:] = [plain(name) for name in node.input]
    with writer.as_default(step=0):
        tf.summary.graph(graph)


def train(
    images,
    labels,
    training_iters=TRAINING_ITERS,
    display_step=DISPLAY_STEP,
    cell="lstm",
    n_steps=N_STEPS,
    n_input=N_INPUT,
    n_hidden=N_HIDDEN,
    n_classes=N_CLASSES,
    learning_rate=LEARNING_RATE,
    batch_size=BATCH_SIZE,
    seed=0,
    run_dir=None,
    initial_values=None,
):
    """Learns `training_iters` images, a batch a step, and reports every `display_step` steps.

    `images` are uint8 [examples, n_steps, n_input], `labels` uint8 [examples].
    With `run_dir`, writes the graph, the scalars `loss` and `accuracy` and a checkpoint at every
    report there, and goes on from the checkpoint it finds there; the trained model is `mnist.keras`.
    `initial_values` (the arrays of `model.get_weights()`) replaces the random start.

    Returns:
        (history, model): history holds a list each of `step`, `loss` and `accuracy`, of the step's
        batch after its update, as the document measures them.

    Raises:
        InputError: the checkpoint in `run_dir` is damaged or of another shape.
    """
    history = {"step": [], "loss": [], "accuracy": []}

    keras.utils.set_random_seed(seed)
    rnn = build_model(cell, n_steps, n_input, n_hidden, n_classes)
    if initial_values is not None:
        rnn.set_weights(initial_values)
    model = InHalves(rnn.input, rnn.output, name="rnn")
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate, epsilon=1e-8, name="adam"),  # TensorFlow 1's epsilon
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, name="loss"),
        jit_compile=False,  # XLA's matrix products are slower here than TensorFlow's own, from oneDNN
    )
    model.optimizer.build(model.trainable_variables)

    callbacks = []
    if run_dir:
        writer = tf.summary.create_file_writer(str(run_dir))
        backup = run_dir / "checkpoint.npz"
        if backup.exists():
            restore(model, backup)
        else:
            write_graph(rnn, model, writer)  # once in a run: TensorBoard wants no second one from a resumed run
        callbacks = [Backup(backup, display_step)]
    first, last = int(model.optimizer.iterations), training_iters // batch_size

    # The order is the same, from the start: a resumed run takes up its own part of it.
    order = itertools.islice(shuffled(len(images), seed), first * batch_size, last * batch_size)
    order = np.fromiter(order, int).reshape(-1, batch_size)  # [steps, batch_size]
    dataset = tf.data.Dataset.from_tensor_slices(order)
    dataset = dataset.map(lambda batch: (tf.gather(images, batch), tf.gather(labels, batch))).prefetch(2)
    # Each call of the training function ends at a report or divides the way to it.
    model.steps_per_execution = math.gcd(STEPS_PER_CALL, display_step, first)

    @tf.function
    def measure(batch, targets):
        logits = model(batch)
        return model.compute_loss(y=targets, y_pred=logits), tf.reduce_mean(
            tf.cast(tf.argmax(logits, 1) == tf.cast(targets, tf.int64), tf.float32)
        )

    def report(batch, logs):
        step = int(model.optimizer.iterations)
        progress.update(step * batch_size - progress.n)
        if step % display_step == 0:
            batch = order[step - first - 1]
            loss, accuracy = (float(value) for value in measure(images[batch], labels[batch]))
            tqdm.write(f"Iter {step * batch_size}, Minibatch Loss= {loss:.6f}, Training Accuracy= {accuracy:.5f}")
            sys.stdout.flush()  # into a pipe, too, before the checkpoint is kept
            for name, value in zip(history, (step, loss, accuracy)):
                history[name].append(value)
            if run_dir:
                with writer.as_default(step):
                    tf.summary.scalar("loss", loss)
                    tf.summary.scalar("accuracy", accuracy)
                writer.flush()

    if first < last:
        with tqdm(
            total=last * batch_size,
            initial=first * batch_size,
            unit=" images",
            unit_scale=True,
            leave=False,
            disable=None,
        ) as progress:
            callbacks.insert(0, keras.callbacks.LambdaCallback(on_train_batch_end=report))
            model.fit(dataset, shuffle=False, callbacks=callbacks, verbose=0)

    if run_dir:
        writer.close()
        with replacing(run_dir / "mnist.keras") as unfinished:
            rnn.save(unfinished)
    return history, rnn


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
                wanted = "other images" if name == "images" else f"--{flag} {made_with[name]}, not {value}"
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
    """Returns a model that `train` saved.

    Raises:
        InputError: it is missing or damaged, or takes no images.
    """
    check_archive(file)
    try:
        model = keras.models.load_model(file)
        _, n_steps, n_input = model.input_shape
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{file} is not a .keras file that this program saved, or is damaged") from error
    return model


def predict(model, images):
    """Returns the class the model tells each image to be, int [images]."""
    return model.predict(images, batch_size=1000, verbose=0).argmax(1)


def write_pictures(predicted, images, labels, n_classes, run_dir, step):
    """Shows TensorBoard the first 25 misread test images and the confusion matrix, as images."""
    misread = np.flatnonzero(predicted != labels)
    grid = Figure(figsize=(6, 6.5), layout="constrained")
    grid.suptitle(f"{len(misread)} of {len(labels)} test images misread")
    for axes, at in itertools.zip_longest(grid.subplots(5, 5).flat, misread[:25]):
        axes.axis("off")
        if at is not None:
            axes.imshow(images[at], cmap="gray_r")
            axes.set_title(f"{labels[at]} read as {predicted[at]}", fontsize="small")

    confusion = np.zeros((n_classes, n_classes), int)
    np.add.at(confusion, (labels, predicted), 1)
    matrix = Figure(figsize=(6, 6), layout="constrained")
    axes = matrix.subplots()
    axes.imshow(np.log1p(confusion), cmap="Blues")  # the diagonal is far above the rest
    axes.set(xlabel="read as", ylabel="is", xticks=range(n_classes), yticks=range(n_classes), title="test images")
    for (row, column), count in np.ndenumerate(confusion):
        color = "white" if count > confusion.max() / 10 else "black"
        axes.text(column, row, count or "", ha="center", va="center", color=color)

    writer = tf.summary.create_file_writer(str(run_dir))
    with writer.as_default(step):
        for name, figure in (("misread", grid), ("confusion", matrix)):
            png = io.BytesIO()
            figure.savefig(png, format="png", dpi=120)
            tf.summary.image(name, tf.io.decode_png(png.getvalue())[None])
    writer.close()


def report_test(predicted, labels):
    """Prints the accuracy on the document's first 128 test images, and on all."""
    correct = predicted == labels
    print("Testing Accuracy:", f"{correct[:TEST_LEN].mean():.5f}")
    print(f"Testing Accuracy, all {len(labels)} images:", f"{correct.mean():.5f}")


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
        prog="mnist_rnn.py", description="Learns to read handwritten digits, a row of pixels per time step."
    )
    parser.error = lambda message: parser.exit(2, f"{parser.prog}: {message}\n")  # one line, without the usage
    number, folder = {"type": whole_number, "metavar": "N"}, {"type": Path, "metavar": "DIR"}

    data = parser.add_argument_group("images")
    source = data.add_mutually_exclusive_group()
    source.add_argument("--dataset", choices=("mnist", "digits"), default="mnist",
                        help="mnist, downloaded once, or scikit-learn's digits, no network needed (%(default)s)")  # fmt: skip
    source.add_argument("--data-dir", **folder, help="four IDX files, under MNIST's names, gzipped or not")
    data.add_argument("--n-steps", **number, default=N_STEPS, help="rows of an image (%(default)s)")
    data.add_argument("--n-input", **number, default=N_INPUT, help="pixels in a row (%(default)s)")
    data.add_argument("--n-classes", **number, default=N_CLASSES, help="labels go from 0 to N - 1 (%(default)s)")

    learn = parser.add_argument_group("learning")
    learn.add_argument("--cell", choices=CELLS, default="lstm", help="recurrent cell: %(choices)s (%(default)s)")
    learn.add_argument("--training-iters", **number, default=TRAINING_ITERS, help="images to learn (%(default)s)")
    learn.add_argument("--batch-size", **number, default=BATCH_SIZE, help="images a step (%(default)s)")
    learn.add_argument("--display-step", **number, default=DISPLAY_STEP, help="steps between two reports (%(default)s)")
    learn.add_argument("--n-hidden", **number, default=N_HIDDEN, help="units in the cell (%(default)s)")
    learn.add_argument("--learning-rate", type=rate, metavar="X", default=LEARNING_RATE, help="Adam's (%(default)s)")
    learn.add_argument("--seed", type=seed, metavar="N", help="repeats a run; without it one is drawn and printed")

    keep = parser.add_argument_group("keeping")
    keep.add_argument("--logdir", **folder, default=LOGDIR, help="where runs are kept (%(default)s)")
    kept = keep.add_mutually_exclusive_group()
    kept.add_argument("--resume", action="store_true", help="go on with the last run, from its last report")
    kept.add_argument("--model", type=Path, metavar="FILE", help="test this .keras file, learn nothing")
    return parser, parser.parse_args(argv)


def main(argv=None):
    start_time = time.time()
    parser, args = parse_arguments(argv)

    if args.model:
        try:
            model = load(args.model)
            _, n_steps, n_input = model.input_shape
            _, (images, labels) = read_images(args.dataset, args.data_dir, n_steps, n_input, model.output_shape[1])
        except OSError as error:
            parser.error(f"{error.filename}: {error.strerror or error}")
        except InputError as error:
            parser.error(error)
        report_test(predict(model, images), labels)
        return

    run_dir = args.logdir / "modern" / "mnist_rnn"
    try:
        if args.training_iters < args.batch_size:
            raise InputError(f"--training-iters {args.training_iters} is less than one batch of {args.batch_size}")
        arrays = read_images(args.dataset, args.data_dir, args.n_steps, args.n_input, args.n_classes)
        checksum = hashlib.sha256(b"".join(array.tobytes() for part in arrays for array in part)).hexdigest()
        flags = {name: getattr(args, name) for name in SETTINGS if name != "images"}
        settings = open_run(run_dir, {"images": checksum, **flags}, args.resume)
        print(f"Seed: {settings['seed']}")
        (images, labels), (test_images, test_labels) = arrays
        held_out = min(5000, len(images) // 12)  # for validation, as TensorFlow 1's reader does
        settings.update(images=images[held_out:], labels=labels[held_out:])
        history, model = train(**settings, training_iters=args.training_iters, run_dir=run_dir)
        print("Optimization Finished!")
        predicted = predict(model, test_images)
        report_test(predicted, test_labels)
        step = args.training_iters // args.batch_size
        write_pictures(predicted, test_images, test_labels, args.n_classes, run_dir, step)
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
        print(f"\n{message}\n\t{again}", file=sys.stderr, flush=True)
        sys.stdout.flush()
        os._exit(130)  # the pipeline's threads are at work, and Python's own way out has crashed under them

    print("Elapsed time: ", elapsed(time.time() - start_time))
    print("Run on command line.")
    print("\t" + shlex.join([sys.executable, "-m", "tensorboard.main", "--logdir", str(args.logdir.resolve())]))
    print("Point your web browser to: http://localhost:6006/")


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):  # where there is one, a reader that leaves, such as `head`, ends the program
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
