"""Reads handwritten digits row by row: 28 rows of 28 pixels in, one of 10 classes out.

The program of "A Complete Guide To Recurrent Neural Network" (its last part), on today's
TensorFlow: an LSTM of 128 units sees an image as a sequence, a row per time step; its last
output tells the digit. 100,000 images in batches of 128, then the test images.

    python legacy/mnist_rnn.py
    python legacy/mnist_rnn.py --dataset digits          (needs no network)
    python legacy/mnist_rnn.py --model logs/legacy/mnist_rnn/model.ckpt-781

Test accuracy ends above 94%. About half a minute on two cores.
Its twin, written as one would today: modern/mnist_rnn.py.
"""

import argparse
import collections
import contextlib
import gzip
import hashlib
import importlib.util
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

# MNIST as Keras keeps it, and as its four files
MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
DEFAULT_SOURCE_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"
IDX_FILES = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}

LOGDIR = Path("logs")  # this program's runs are in logs/legacy/mnist_rnn

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
            tf.keras.utils.get_file(path.name, url, file_hash=sha256, **folder)
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


class DataSet:
    """Images, labels and their next batch, as TensorFlow 1's tutorials had them.

    Attributes:
        images: float32 [num_examples, pixels] from 0 to 1, or [num_examples, rows, columns, 1].
        labels: float [num_examples, num_classes], one-hot, or uint8 [num_examples].
    """

    def __init__(self, images, labels, seed):
        self.images, self.labels, self.seed = images, labels, seed
        self.order = None
        self.taken = 0

    @property
    def num_examples(self):
        return len(self.images)

    @property
    def epochs_completed(self):
        return max(self.taken - 1, 0) // self.num_examples

    def next_batch(self, batch_size, shuffle=True):
        """Returns the next (images, labels). The first call decides whether the epochs are shuffled."""
        if self.order is None:
            self.order = (
                shuffled(self.num_examples, self.seed) if shuffle else itertools.cycle(range(self.num_examples))
            )
        self.taken += batch_size
        batch = np.fromiter(itertools.islice(self.order, batch_size), int)
        return self.images[batch], self.labels[batch]


Datasets = collections.namedtuple("Datasets", "train validation test")


def as_data_sets(train, test, one_hot=False, reshape=True, validation_size=None, num_classes=N_CLASSES, seed=None):
    """Returns Datasets of ((train images, labels), (test images, labels)), uint8 arrays; see `read_data_sets`."""
    if validation_size is None:
        validation_size = min(5000, len(train[0]) // 12)  # 5,000 of MNIST's 60,000
    if seed is None:
        seed = random.SystemRandom().randrange(2**31)

    def data_set(images, labels):
        shape = [len(images), math.prod(images.shape[1:])] if reshape else [*images.shape, 1]
        images = np.multiply(images.reshape(shape), np.float32(1 / 255))
        return DataSet(images, np.eye(num_classes)[labels] if one_hot else labels, seed)

    images, labels = train
    return Datasets(
        train=data_set(images[validation_size:], labels[validation_size:]),
        validation=data_set(images[:validation_size], labels[:validation_size]),
        test=data_set(*test),
    )


def read_data_sets(
    train_dir,
    one_hot=False,
    reshape=True,
    validation_size=None,
    seed=None,
    source_url=DEFAULT_SOURCE_URL,
    num_classes=N_CLASSES,
):
    """Reads MNIST, or another set in its form; as tensorflow.examples.tutorials.mnist.input_data had it.

    Args:
        train_dir: directory of the four IDX files, gzipped or not. If it holds none, MNIST's are downloaded there.
        one_hot: labels are rows of `num_classes` with a single 1, not numbers.
        reshape: an image is a row of its pixels, not [rows, columns, 1].
        validation_size: so many of the first training images are set apart (5,000; of less than 60,000, a twelfth).
        seed: of the order that `train.next_batch` takes the images in.
        source_url: where MNIST's files are.

    Returns:
        Datasets: train, validation and test.

    Raises:
        InputError: a file is missing, damaged or cannot be downloaded, or counts differ.
    """
    train_dir = Path(train_dir)
    if not any((train_dir / name).exists() or (train_dir / name.removesuffix(".gz")).exists() for name in IDX_FILES):
        for name, sha256 in IDX_FILES.items():
            download(source_url + name, sha256, train_dir / name)
    train, test = read_idx_files(train_dir)
    return as_data_sets(train, test, one_hot, reshape, validation_size, num_classes, seed)


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


def RNN(x, weights, biases, cell="lstm", n_hidden=N_HIDDEN):
    """Returns the logits, float32 [None, n_classes], of images x, float32 [None, n_steps, n_input]."""
    n_steps = x.shape[1]
    with tf.name_scope("rnn_input"):
        x = tf.unstack(x, n_steps, 1)  # n_steps times [None, n_input]

    # Define a cell with tensorflow; the document's is the LSTM
    if cell == "lstm":
        rnn_cell = tf.nn.rnn_cell.BasicLSTMCell(n_hidden, forget_bias=1.0)
    elif cell == "gru":
        rnn_cell = tf.nn.rnn_cell.GRUCell(n_hidden)
    else:
        rnn_cell = tf.nn.rnn_cell.BasicRNNCell(n_hidden)

    # Get cell output
    outputs, states = tf.nn.static_rnn(rnn_cell, x, dtype=tf.float32)  # n_steps times [None, n_hidden]

    # Linear activation, using rnn inner loop last output
    with tf.name_scope("output/"):
        return tf.add(tf.matmul(outputs[-1], weights["out"]), biases["out"], name="pred")  # [None, n_classes]


Net = collections.namedtuple("Net", "x y pred cost optimizer accuracy global_step init")


def build_graph(
    cell="lstm",
    n_steps=N_STEPS,
    n_input=N_INPUT,
    n_hidden=N_HIDDEN,
    n_classes=N_CLASSES,
    learning_rate=LEARNING_RATE,
):
    """Builds the document's network in the current graph and returns its tensors by their names there."""
    # tf Graph input
    with tf.name_scope("input"):
        x = tf.placeholder("float", [None, n_steps, n_input], name="x")
        y = tf.placeholder("float", [None, n_classes], name="y")

    # Define weights. The slash lets RNN() come back to this scope; without it, that is output_1.
    with tf.name_scope("output/"):
        weights = {"out": tf.Variable(tf.random_normal([n_hidden, n_classes]), name="weights")}
        biases = {"out": tf.Variable(tf.random_normal([n_classes]), name="biases")}

    # TensorFlow 1's own default for a cell's kernel. Left out, tf_keras would draw it past tf.set_random_seed.
    tf.get_variable_scope().set_initializer(tf.glorot_uniform_initializer())
    pred = RNN(x, weights, biases, cell, n_hidden)

    # Define loss and optimizer
    with tf.name_scope("loss"):
        cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y))
    with tf.name_scope("train"):
        global_step = tf.train.get_or_create_global_step()
        optimizer = tf.train.AdamOptimizer(learning_rate=learning_rate).minimize(cost, global_step=global_step)

    # Evaluate model
    with tf.name_scope("accuracy"):
        correct_pred = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
        accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))

    # Initializing the variables
    init = tf.global_variables_initializer()
    return Net(x, y, pred, cost, optimizer, accuracy, global_step, init)


# --- training ---


def train(
    mnist,
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
    """Learns `training_iters` images of `mnist.train`, a batch a step, and reports every `display_step` steps.

    `mnist` is what `read_data_sets` returns, with one-hot labels, no batch taken yet.
    With `run_dir`, writes the graph, the scalars `loss` and `accuracy` and a checkpoint at every
    report there, and goes on from the last checkpoint it finds there.
    `initial_values` (variable name -> array) replaces the random start.

    Returns:
        (history, session): history holds a list each of `step`, `loss` and `accuracy`, of the step's
        batch after its update, as the document measures them; the session holds the trained graph:
        see `test`.

    Raises:
        InputError: the checkpoint in `run_dir` is damaged or of another shape.
    """
    history = {"step": [], "loss": [], "accuracy": []}

    with tf.Graph().as_default() as graph:
        tf.set_random_seed(seed)
        net = build_graph(cell, n_steps, n_input, n_hidden, n_classes, learning_rate)
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
    step = int(session.run(net.global_step))
    for _ in range(step):
        mnist.train.next_batch(batch_size)  # what the interrupted run has seen

    # Keep training until reach max iterations
    last = training_iters // batch_size
    progress = tqdm(
        total=last * batch_size, initial=step * batch_size, unit=" images", unit_scale=True, leave=False, disable=None
    )
    with graph.as_default(), progress:
        while step < last:
            batch_x, batch_y = mnist.train.next_batch(batch_size)
            batch_x = batch_x.reshape((batch_size, n_steps, n_input))
            # Run optimization op (backprop)
            session.run(net.optimizer, feed_dict={net.x: batch_x, net.y: batch_y})
            step += 1
            progress.update(batch_size)

            if step % display_step == 0:
                # Calculate batch accuracy and loss
                acc, loss = session.run([net.accuracy, net.cost], feed_dict={net.x: batch_x, net.y: batch_y})
                tqdm.write(f"Iter {step * batch_size}, Minibatch Loss= {loss:.6f}, Training Accuracy= {acc:.5f}")
                sys.stdout.flush()  # into a pipe, too, before the checkpoint is kept
                for name, value in zip(history, (step, float(loss), float(acc))):
                    history[name].append(value)

            if run_dir and step % display_step == 0:
                for tag in ("loss", "accuracy"):
                    value = tf.Summary.Value(tag=tag, simple_value=history[tag][-1])
                    writer.add_summary(tf.Summary(value=[value]), step)
                writer.flush()
            if run_dir and (step % display_step == 0 or step == last):
                # The graph is in the summary; with every checkpoint, writing it again would be half the program's time.
                saver.save(session, str(run_dir / "model.ckpt"), global_step=step, write_meta_graph=False)

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


def load(checkpoint):
    """Returns (session, settings) of a checkpoint and the `run.json` beside it.

    Raises:
        InputError: either is missing or damaged, or they do not belong together.
    """
    if not tf.train.checkpoint_exists(str(checkpoint)):
        raise InputError(f"{checkpoint} is not a checkpoint, or part of it is missing")
    made_with = read_run(checkpoint.parent)
    network = ("cell", "n_steps", "n_input", "n_hidden", "n_classes")
    with tf.Graph().as_default() as graph:
        build_graph(**{name: made_with[name] for name in network})
        saver = tf.train.Saver()
    session = tf.Session(graph=graph)
    restore(saver, session, checkpoint)
    return session, made_with


def test(session, images, labels):
    """Returns the share of images that the trained graph tells right.

    Args:
        images: float32 [images, n_steps * n_input].
        labels: one-hot [images, n_classes].
    """
    x = session.graph.get_tensor_by_name("input/x:0")
    images = images.reshape([-1, *x.shape[1:]])
    correct = 0.0
    for first in range(0, len(images), 1000):  # a thousand at a time: all at once take gigabytes
        batch_x, batch_y = images[first : first + 1000], labels[first : first + 1000]
        correct += len(batch_x) * session.run("accuracy/Mean:0", feed_dict={x: batch_x, "input/y:0": batch_y})
    return correct / len(images)


def report_test(session, mnist):
    """Prints the accuracy on the document's first 128 test images, and on all."""
    images, labels = mnist.test.images, mnist.test.labels
    print("Testing Accuracy:", f"{test(session, images[:TEST_LEN], labels[:TEST_LEN]):.5f}")
    print(f"Testing Accuracy, all {len(images)} images:", f"{test(session, images, labels):.5f}")


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
    kept.add_argument("--model", type=Path, metavar="FILE", help="test this checkpoint, learn nothing")
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
            session, made_with = load(args.model)
            n_classes = made_with["n_classes"]
            arrays = read_images(args.dataset, args.data_dir, made_with["n_steps"], made_with["n_input"], n_classes)
        except OSError as error:
            parser.error(f"{error.filename}: {error.strerror or error}")
        except InputError as error:
            parser.error(error)
        report_test(session, as_data_sets(*arrays, one_hot=True, num_classes=n_classes))
        return

    run_dir = args.logdir / "legacy" / "mnist_rnn"
    try:
        if args.training_iters < args.batch_size:
            raise InputError(f"--training-iters {args.training_iters} is less than one batch of {args.batch_size}")
        arrays = read_images(args.dataset, args.data_dir, args.n_steps, args.n_input, args.n_classes)
        images = hashlib.sha256(b"".join(array.tobytes() for part in arrays for array in part)).hexdigest()
        flags = {name: getattr(args, name) for name in SETTINGS if name != "images"}
        settings = open_run(run_dir, {"images": images, **flags}, args.resume)
        del settings["images"]
        print(f"Seed: {settings['seed']}")
        mnist = as_data_sets(*arrays, one_hot=True, num_classes=args.n_classes, seed=settings["seed"])
        history, session = train(mnist, **settings, training_iters=args.training_iters, run_dir=run_dir)
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
    report_test(session, mnist)
    print("Elapsed time: ", elapsed(time.time() - start_time))
    print("Run on command line.")
    print("\t" + shlex.join([sys.executable, "-m", "tensorboard.main", "--logdir", str(args.logdir.resolve())]))
    print("Point your web browser to: http://localhost:6006/")


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):  # where there is one, a reader that leaves, such as `head`, ends the program
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
