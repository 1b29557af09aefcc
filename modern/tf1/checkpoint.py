"""A checkpoint's files: where it is, what is in it, and what is damaged."""

import glob
import os
import re
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from modern.console import InputError
from modern.tf1.graph import Graph

v1 = tf.compat.v1

TABLE_END = bytes.fromhex("57fb808b247547db")  # of V1 files and of V2's .index
LFS_POINTER = b"version https://git-lfs"
# What TensorFlow's reader raises over damaged files: its own errors, and C++'s as they come.
READ_ERRORS = (tf.errors.OpError, ValueError, RuntimeError, LookupError, MemoryError, SystemError)


def find_checkpoint(path):
    """Returns the prefix of a checkpoint, given it, one of its files, or the directory of its `checkpoint` file.

    Raises:
        InputError: there is no checkpoint.
    """
    path = Path(path)
    if path.name == "checkpoint" and path.is_file():
        path = path.parent
    if path.is_dir():
        there = checkpoints_in(path)
        shown = f"name one, such as {there[-1]}" if there else "it holds no other"
        if not (path / "checkpoint").exists():
            if len(there) > 1:
                raise InputError(f"{path} holds {len(there)} checkpoints: {shown}")
            if not there:
                raise InputError(f"{path} holds no checkpoint")
            return there[0]
        last = last_checkpoint(path / "checkpoint")
        # The path is one of the machine that trained; the files may have moved since.
        found = [last, str(path / re.split(r"[/\\]+", last)[-1])]
        found = [prefix for prefix in found if exists(prefix)]
        if not found:
            raise InputError(f"{path / 'checkpoint'} names {last}, which is not there: {shown}")
        return found[0]
    prefix = re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", str(path))
    prefix = re.sub(r"-\d{5}-of-\d{5}$", "", prefix)
    if not exists(prefix):
        if path.suffix in (".pb", ".pbtxt", ".h5", ".hdf5", ".keras", ".npz", ".pkl", ".tflite"):
            raise InputError(
                f"{path} is not a checkpoint: those have a file .index and files .data, or, before 0.12, one file"
            )
        raise InputError(f"{path} is not a checkpoint, or part of it is missing")
    return prefix


def exists(prefix):
    """Returns whether there is a checkpoint, of either format, in shards or not."""
    return v1.train.checkpoint_exists(prefix) or bool(shards(prefix))


def shards(prefix):
    """Returns the files of a V1 checkpoint that was written in shards."""
    path = Path(prefix)
    return sorted(file for file in path.parent.glob(f"{glob.escape(path.name)}-?????-of-?????"))


def checkpoints_in(folder):
    """Returns the prefixes of a directory's checkpoints, sorted."""
    found = {str(file).removesuffix(".index") for file in folder.glob("*.index")}
    for file in folder.iterdir():
        if file.suffix != ".index" and file.is_file() and file.stat().st_size >= len(TABLE_END):
            with file.open("rb") as content:  # V1 files have no ending of their own, but end alike
                content.seek(-len(TABLE_END), os.SEEK_END)
                if content.read() == TABLE_END:
                    found.add(re.sub(r"-\d{5}-of-\d{5}$", "", str(file)))
    return sorted(found)


def last_checkpoint(file):
    """Returns what a file `checkpoint` names as the last one.

    Raises:
        InputError: it names none.
    """
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    named = re.search(r'^model_checkpoint_path:\s*"(.*)"\s*$', text, re.MULTILINE)
    if named is None:
        raise InputError(f"{file} is damaged: it should name the last checkpoint")
    # What is not ASCII stands there as its bytes, octal.
    last = re.sub(r"\\([2-3][0-7]{2})", lambda found: chr(int(found[1], 8)), named[1])
    try:
        last = last.encode("latin-1").decode("utf-8")
    except UnicodeError:
        pass
    return re.sub(r"-\?{5}-of-\d{5}$", "", last)


class Reader:
    """The variables of a checkpoint, V1 or V2: their names, shapes and, one at a time, values.

    Raises:
        InputError: the checkpoint is damaged, or part of it is missing.
    """

    def __init__(self, path):
        self.prefix = find_checkpoint(path)
        self.format = "V2" if Path(f"{self.prefix}.index").exists() else "V1"
        prefix = self.prefix
        if self.format == "V1" and shards(prefix):
            prefix += "-?????-of-?????"
        try:
            self.reader = tf.train.load_checkpoint(prefix)
            self.shapes = self.reader.get_variable_to_shape_map()
        except READ_ERRORS as error:
            raise InputError(f"{self.prefix} is damaged, or part of it is missing{self.pointer()}") from error
        self.graph = read_graph(self.prefix, self.shapes)

    def __getitem__(self, name):
        """Returns a variable's value, float32."""
        try:
            value = self.reader.get_tensor(name)
        except READ_ERRORS as error:
            raise InputError(
                f"{self.prefix} is damaged, or part of it is missing: {name} cannot be read{self.pointer()}"
            ) from error
        value = np.asarray(value).astype("float32")
        if not np.isfinite(value).all():
            raise InputError(f"{self.prefix}: {name} holds values that are not finite; the training had diverged")
        return value

    def pointer(self):
        """Returns what to add to a message if Git LFS has left a pointer in the place of a file."""
        path = Path(self.prefix)
        for file in path.parent.glob(f"{glob.escape(path.name)}*"):
            with file.open("rb") as content:
                if content.read(len(LFS_POINTER)) == LFS_POINTER:
                    return f"; {file.name} is a pointer of Git LFS, whose `git lfs pull` fetches the file itself"
        return ""


def read_graph(prefix, shapes):
    """Returns the Graph of the checkpoint's `.meta`, or None without one.

    Raises:
        InputError: it is damaged, or another checkpoint's.
    """
    path = Path(f"{prefix}.meta")
    if not path.exists():
        return None
    meta = v1.MetaGraphDef()
    try:
        meta.ParseFromString(path.read_bytes())  # not imported: an operation of then may be gone by now
    except DecodeError as error:
        raise InputError(f"{path} is damaged; without it the checkpoint can still be read: move it away") from error
    graph = Graph(meta)
    if graph.nodes and not any(name in graph.nodes for name in shapes):
        raise InputError(f"{path} is the graph of another checkpoint; move it away to go on without it")
    return graph if graph.nodes else None
