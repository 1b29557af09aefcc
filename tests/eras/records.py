"""What TensorFlow 1 itself gave: where a record is, how it is read, and how two are compared."""

import ast
import difflib
import gzip
import hashlib
import importlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
PROGRAMS = FOLDER / "programs"
RECORDED = FOLDER / "recorded"
SUMS = FOLDER / "recorded.sha256"
RUN = FOLDER.parents[1] / "legacy" / "run.py"

VERSIONS = ("0.12.1", "1.0.1", "1.1.0", "1.2.1", "1.4.1", "1.8.0", "1.12.3", "1.15.5")

# Recording program -> the versions that it is recorded in.
YEARS = ("1.15.5", "1.4.1", "1.0.1")
THEMES = {
    "names": VERSIONS,
    "cells": YEARS,
    "seq2seq": YEARS,
    "legacy_seq2seq": YEARS,
    "around": YEARS,
    "by_slim": ("1.15.5",),
    "crf": YEARS,
    "cudnn": ("1.15.5",),
    "graphs": ("1.15.5",),
    "grid": ("1.15.5",),
    "more_around": ("1.15.5",),
    "more_cells": YEARS,
    "more_seq2seq": ("1.15.5", "1.4.1"),
    "seq2seq_2017": ("1.0.1",),
    "streaming": ("1.15.5",),
    "names_2016": ("0.12.1",),
    "checkpoints": ("1.15.5", "1.12.3", "1.8.0", "1.4.1", "1.2.1", "1.0.1", "0.12.1"),
    "story": YEARS,
    "mnist": YEARS,
    "drawn": ("1.15.5",),
    "seeds": ("1.15.5", "1.8.0", "1.4.1"),
    "lessons": ("1.15.5",),
    "seeded": ("1.15.5",),
    "forms": ("1.15.5", "1.8.0", "1.4.1", "1.0.1", "0.12.1"),
    "keras_files": ("1.15.5", "1.12.3", "1.2.1", "1.0.1"),
}


@dataclass
class Piece:
    """What one piece of a program gave: name -> array, variables as "name [shape]", or why it is absent."""

    names: list = field(default_factory=list)  # of tf.contrib, which it records
    variables: list = field(default_factory=list)
    arrays: dict = field(default_factory=dict)
    absent: str = ""


def read(folder, theme):
    """Returns piece -> Piece of a record, as programs/pieces.py writes it: THEME.txt and THEME.npz in `folder`."""
    pieces = {}
    shapes = []  # (piece, array, type, shape), in the order of the file
    for line in (folder / f"{theme}.txt").read_text(encoding="utf-8").splitlines():
        name, colon, said = line.strip().partition(": ")
        if not line.startswith(" "):
            piece = pieces[name] = Piece(absent=said.removeprefix("absent, ") if said != "recorded" else "")
            piece_name = name
        elif colon:
            kind, _, shape = said.partition(" ")
            shapes.append((piece_name, name, kind, ast.literal_eval(shape)))
        elif name.startswith("of "):
            piece.names.append(name.removeprefix("of "))
        else:
            piece.variables.append(name.removeprefix("variable "))
    with np.load(folder / f"{theme}.npz", allow_pickle=False) as packed:
        ends = {key: packed[key] for key in packed.files}
    for piece_name, name, kind, shape in shapes:
        count, key = int(np.prod(shape)), f"{piece_name}/{kind}"
        pieces[piece_name].arrays[name], ends[key] = ends[key][:count].reshape(shape), ends[key][count:]
    return pieces


def difference(one, other):
    """Returns the largest difference of two arrays: 0.0 if they are equal, infinite if no number says it."""
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape or one.dtype.kind != other.dtype.kind:
        return np.inf
    if one.dtype.kind not in "fiub":
        return 0.0 if np.array_equal(one, other) else np.inf
    one, other = one.astype("float64"), other.astype("float64")
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(invalid="ignore"):
        gaps = np.where(same, 0.0, np.abs(one - other))
    return float(np.where(np.isnan(gaps), np.inf, gaps).max(initial=0.0))


def lines_of(path):
    """Returns the lines of a text, which may be packed."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return file.read().splitlines()


def files_of(folder, theme):
    """Returns the names of a theme's files in a folder, sorted."""
    files = [*folder.glob(f"{theme}.*"), *folder.glob(f"{theme}/*")]
    return sorted(str(path.relative_to(folder)) for path in files)


def moved(before, after, theme):
    """Yields a line for each file and array of a theme that is not in `after` what it is in `before`."""
    names = files_of(before, theme)
    for name in sorted({*names, *files_of(after, theme)}):
        if not (before / name).exists() or not (after / name).exists():
            yield f"{name}: only in the {'record' if (before / name).exists() else 'new recording'}"
        elif name.endswith((".txt", ".gz")):
            yield from moved_lines(name, lines_of(before / name), lines_of(after / name))
        elif name.endswith(".zip") and theme == "checkpoints":
            yield from moved_checkpoint(name, before / name, after / name)
    if f"{theme}.npz" in names:
        old, new = read(before, theme), read(after, theme)
        for piece in old.keys() & new.keys():
            for name in old[piece].arrays.keys() & new[piece].arrays.keys():
                if gap := difference(old[piece].arrays[name], new[piece].arrays[name]):
                    yield f"{theme}.npz: {piece}, {name} by {gap:.3g}"


def moved_lines(name, before, after):
    changed = [line for line in difflib.unified_diff(before, after, n=0, lineterm="") if line[:3] not in ("---", "+++")]
    if changed:
        lines = sum(not line.startswith("@@") for line in changed)
        yield f"{name}: {lines} lines, the first: {changed[1]}"


def moved_checkpoint(name, before, after):
    """The same of a checkpoint, by its variables; a file's bytes tell nothing, since a .meta is written in any order."""
    old, new = (values_of(path) for path in (before, after))
    for variable in sorted(old.keys() | new.keys()):
        gap = difference(old[variable], new[variable]) if variable in old and variable in new else np.inf
        if gap:
            yield f"{name}: {variable} by {gap:.3g}"


def unpack(path, folder):
    """Unpacks a recorded checkpoint into a folder, and returns its prefix, as Saver returned it."""
    with zipfile.ZipFile(path) as packed:
        packed.extractall(folder)
    return str(folder / "model.ckpt")


def load_tensorflow():
    """Returns today's TensorFlow. Its libraries write to standard error as they load: it is held back so long."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    stderr, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)
    try:
        return importlib.import_module("tensorflow")
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(devnull)


def values_of(path):
    """Returns variable -> array of a packed checkpoint."""
    tf = load_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        reader = tf.train.load_checkpoint(unpack(path, Path(folder)))
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def run_here(theme, folder, *flags):
    """Runs a recording program through legacy/run.py, and returns what it gave, as `read` does."""
    command = [sys.executable, str(RUN), *flags, str(PROGRAMS / f"{theme}.py"), str(folder / f"{theme}.npz")]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert finished.returncode == 0, finished.stderr
    return read(folder, theme)


def record(python, version, themes, folder):
    """Runs recording programs under an old Python, each into `folder`. Raises CalledProcessError."""
    # Sets of strings have one order, and TensorFlow says nothing.
    environment = {**os.environ, "PYTHONHASHSEED": "0", "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment = {name: value for name, value in environment.items() if not name.startswith("PYTHONPATH")}
    for theme in themes:
        command = [str(python), "-B", str(PROGRAMS / f"{theme}.py"), str(folder / f"{theme}.npz")]
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, env=environment)


def sums():
    """Returns recorded file, relative to `RECORDED` -> the SHA-256 that it had when it was recorded."""
    lines = SUMS.read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def sum_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
