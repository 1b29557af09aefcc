"""Handwritten digits: what tensorflow.examples.tutorials.mnist.input_data was, its files read and checked."""

import collections
import contextlib
import gzip
import io
import itertools
import math
import os
import queue
import random
import socket
import sys
import threading
import urllib.request
import zlib
from pathlib import Path

from legacy import console
from legacy.console import InputError

with console.quiet():
    import numpy as np
    import tensorflow.compat.v1 as tf

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


def as_data_sets(train, test, one_hot=False, reshape=True, validation_size=None, num_classes=10, seed=None):
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
    num_classes=10,
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


def read_images(settings):
    """Returns the images that the flags ask for: ((train images, labels), (test images, labels)), uint8.

    settings: `dataset`, `data_dir`, and what the network takes: `n_steps`, `n_input`, `n_classes`.

    Raises:
        InputError: they cannot be had, are not [n_steps, n_input], or have more than n_classes labels.
    """
    if settings.dataset == "digits":
        arrays = load_digits()
    else:
        arrays = read_idx_files(settings.data_dir) if settings.data_dir else load_mnist()
    (train_images, train_labels), (test_images, test_labels) = arrays
    wanted = settings.n_steps, settings.n_input
    if train_images.shape[1:] != test_images.shape[1:] or train_images.shape[1:] != wanted:
        found = " and ".join(f"{rows}x{columns}" for rows, columns in {images.shape[1:] for images, _ in arrays})
        raise InputError(
            f"the images are {found}; --n-steps {wanted[0]} and --n-input {wanted[1]} want {wanted[0]}x{wanted[1]}"
        )
    if not (len(train_images) and len(test_images)):
        raise InputError(f"there are {len(train_images)} images to learn and {len(test_images)} to test")
    highest, n_classes = max(train_labels.max(), test_labels.max()), settings.n_classes
    if highest >= n_classes:
        raise InputError(f"there is a label {highest}; with --n-classes {n_classes} the highest is {n_classes - 1}")
    return arrays
