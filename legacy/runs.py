"""What a run keeps, and how it goes on: its folder, its settings, its checkpoints and what TensorBoard shows of it."""

import contextlib
import hashlib
import io
import itertools
import json
import threading
import zlib
from argparse import Namespace
from pathlib import Path

from legacy import console
from legacy.console import InputError

with console.quiet():
    import tensorflow.compat.v1 as tf

# What may differ when a run is resumed: where things are, how far it goes, what it is asked. All else makes the run.
FREE = ("text", "dataset", "data_dir", "training_iters", "logdir", "resume", "model", "prompt", "n_words")
FREE += ("series", "column", "season", "horizon", "plot")


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


def start_session(graph, init, initial_values=None):
    """Returns a session of `graph` after `init`; `initial_values`, variable name -> array, replace what was drawn."""
    session = tf.Session(graph=graph)
    session.run(init)
    with graph.as_default():
        for variable in tf.trainable_variables() if initial_values else []:
            variable.load(initial_values[variable.op.name], session)
    return session


def save(saver, session, run_dir, step, **options):
    """Saves a checkpoint, `model.ckpt-<step>`; one that cannot be written whole leaves nothing."""
    try:
        with session.graph.as_default():
            saver.save(session, str(run_dir / "model.ckpt"), global_step=step, **options)
    except tf.errors.OpError:
        tidy(run_dir)
        raise


def tidy(run_dir):
    """Removes what Saver left half-written when the run was killed or the disk was full."""
    for pattern in ("checkpoint.tmp*", "model.ckpt-*.tmp*", "model.ckpt-*.tempstate*"):
        for file in run_dir.glob(pattern):
            file.unlink()


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


def read_checkpoint_run(checkpoint):
    """Returns what the run of a checkpoint was made with. Raises InputError if either is missing or damaged."""
    if not tf.train.checkpoint_exists(str(checkpoint)):
        raise InputError(f"{checkpoint} is not a checkpoint, or part of it is missing")
    return read_run(checkpoint.parent)


def session_of(graph, checkpoint):
    """Returns a session of `graph` with the variables of a checkpoint. Raises InputError if they do not fit."""
    with graph.as_default():
        saver = tf.train.Saver()
    session = tf.Session(graph=graph)
    restore(saver, session, checkpoint)
    return session


# --- TensorBoard ---


@contextlib.contextmanager
def file_writer(run_dir, graph=None, resumed=False):
    """Yields a tf.summary.FileWriter and closes it; None without a folder.

    It has written the graph, but not of a resumed run: TensorBoard wants it once. (Outside any graph, it refuses to be.)
    FileWriter writes in a thread. What fails there, on a full disk, fails at the next `flush` or `close`, too, and is
    the program's to say; that thread's own account of it, which Python would print as well, is not shown.
    """
    if run_dir is None:
        yield None
        return
    hook = threading.excepthook
    threading.excepthook = lambda failed: failed.thread.name == "EventLoggerThread" or hook(failed)
    try:
        with tf.Graph().as_default():
            # Its files are called by the second: one of the same second would be begun anew.
            others = len(list(Path(run_dir).glob("events.*")))
            suffix = f".{others}" if others else None
            writer = tf.summary.FileWriter(str(run_dir), None if resumed else graph, filename_suffix=suffix)
        yield writer
        writer.close()
    finally:
        threading.excepthook = hook


def add_scalars(writer, step, values):
    """Writes scalars, tag -> value, and sees them written; does nothing without a writer."""
    if writer:
        values = [tf.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
        writer.add_summary(tf.Summary(value=values), step)
        writer.flush()


def add_figure(writer, tag, figure, step=0):
    """Writes a figure of Matplotlib as a picture."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=120)
    image = tf.Summary.Image(encoded_image_string=png.getvalue())
    writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag=tag, image=image)]), step)
