"""Handwritten digits: MNIST, downloaded once or from its files, or scikit-learn's digits; read and checked."""

import contextlib
import gzip
import io
import itertools
import os
import queue
import socket
import sys
import threading
import urllib.request
import zlib
from pathlib import Path

from modern import console
from modern.console import InputError

with console.quiet():
    import keras
    import numpy as np

# MNIST as Keras keeps it
MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


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
