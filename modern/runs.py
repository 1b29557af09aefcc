"""What a run keeps, and how it goes on: its folder, its settings, its checkpoints."""

import contextlib
import hashlib
import itertools
import json
import zipfile
import zlib
from argparse import Namespace

from modern import console
from modern.console import InputError

with console.quiet():
    import keras
    import numpy as np

# What may differ when a run is resumed: where things are, how far it goes, what it is asked. All else makes the run.
FREE = "text dataset data_dir training_iters logdir resume model prompt n_words temperature top_k".split()
FREE += "series column season horizon plot".split()


# --- the folder and the settings ---


def new_run(run_dir):
    """Makes the folder of a new run; a run that is there already moves aside to `<run_dir>-1`, `-2` and so on."""
    if run_dir.exists() and any(run_dir.iterdir()):
        aside = (run_dir.with_name(f"{run_dir.name}-{number}") for number in itertools.count(1))
        run_dir.rename(next(path for path in aside if not path.exists()))
    run_dir.mkdir(parents=True, exist_ok=True)


def open_run(run_dir, settings, data, other, **kept):
    """Makes the folder of a new run, or checks that of the run to resume; returns the run's seed.

    The settings, the seed among them, are kept in `run.json`: all but those in `FREE`.

    Args:
        settings: the program's flags.
        data: a checksum of what is learned.
        other: what that is if the checksum differs, such as "another text".
        kept: what else `read_run` shall return, of types that JSON has.

    Raises:
        OSError: the folder cannot be written.
        InputError: there is no run to resume, or it was made with other settings.
    """
    made_with = {"data": data, **{name: value for name, value in vars(settings).items() if name not in FREE}}
    if not settings.resume:
        new_run(run_dir)
        made_with["seed"] = console.draw_seed(settings.seed)
        write_run(run_dir, {**made_with, **kept})
        return made_with["seed"]

    if not run_dir.exists() or not any(run_dir.iterdir()):
        raise InputError(f"{run_dir} holds no run to resume")
    before = vars(read_run(run_dir))
    if settings.seed is None:
        made_with["seed"] = before.get("seed")
    for name, value in made_with.items():
        if value != before.get(name):
            flag = name.replace("_", "-")
            wanted = other if name == "data" else f"--{flag} {before.get(name)}, not {value}"
            raise InputError(f"the run in {run_dir} was made with {wanted}")
    return made_with["seed"]


def write_run(run_dir, made_with):
    """Writes `run.json`, with a CRC-32 by which damage is known: one wrong letter would make another network."""
    made_with = {**made_with, "crc32": crc32(made_with)}
    (run_dir / "run.json").write_text(json.dumps(made_with), encoding="utf-8")


def read_run(run_dir):
    """Returns what a run was made with, a Namespace. Raises InputError if `run.json` is missing or damaged."""
    path = run_dir / "run.json"
    try:
        made_with = json.loads(path.read_text(encoding="utf-8"))
        if made_with.pop("crc32") != crc32(made_with):
            raise ValueError("wrong checksum")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}, which says what the checkpoint was made with, is missing or damaged") from error
    return Namespace(**made_with)


def crc32(made_with):
    return zlib.crc32(json.dumps(made_with).encode())


def checksum(*parts):
    """Returns the SHA-256 of parts that are bytes, or arrays of NumPy."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


# --- checkpoints ---


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


class Backup(keras.callbacks.Callback):
    """Keeps weights and optimizer in one file, at every report and at the end, replaced in one step.

    (keras.callbacks.BackupAndRestore writes the weights and the epoch they belong to in two files. A kill
    between the two would train an epoch twice; here the optimizer's own count of updates is the position.
    With a report every tenth of a second, Keras' `save_weights` would take a tenth of the time, this a hundredth.)
    """

    def __init__(self, run_dir, display_step):
        super().__init__()
        self.path, self.display_step = run_dir / "checkpoint.npz", display_step

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.optimizer.iterations) % self.display_step == 0:
            self.save()

    def on_train_end(self, logs=None):
        self.save()

    def save(self):
        with replacing(self.path) as unfinished:
            variables = (*self.model.weights, *self.model.optimizer.variables)
            np.savez(unfinished, *[variable.numpy() for variable in variables])


def restore_latest(model, run_dir):
    """Loads what `Backup` kept in `run_dir`; returns False if there is none yet.

    Raises:
        InputError: it is damaged, or of another shape.
    """
    path = run_dir / "checkpoint.npz"
    if not path.exists():
        return False
    check_archive(path)
    try:
        with np.load(path) as arrays:
            for variable, array in zip([*model.weights, *model.optimizer.variables], arrays.values(), strict=True):
                variable.assign(array)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path} holds a network of another shape") from error
    return True


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


def save_model(model, path):
    """Saves a .keras file, in one step."""
    with replacing(path) as unfinished:
        model.save(unfinished)


def load_model(file, look):
    """Returns (a model that `save_model` saved, what `look` finds in it).

    Raises:
        InputError: it is missing or damaged, or `look` does not find its way in it.
    """
    check_archive(file)
    try:
        model = keras.models.load_model(file)
        return model, look(model)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{file} is not a .keras file that this program saved, or is damaged") from error
