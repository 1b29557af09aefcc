"""Learns which word comes next in a text of any size: where the story goes when it grows.

The question of story_rnn.py, asked as one would ask it today: an embedding for each word, windows in
mini-batches, Adam, and many updates in one compiled call. The story is learned by heart in seconds;
a novel, or a hundred megabytes, is held once, as integers, and cut into windows as they are needed.

    python modern/language_model.py
    python modern/language_model.py --prompt "had a general" --model logs/modern/language_model/model.keras
    python modern/language_model.py --text novel.txt --vocab-size 10000 --stateful --n-input 32 --n-hidden 256 \\
        --validation-split 0.1 --patience 3 --display-step 200 --training-iters 10000

The same command trains on all GPUs of a machine, and on several machines if TF_CONFIG names them.
"""

import argparse
import collections
import contextlib
import difflib
import functools
import itertools
import json
import math
import os
import random
import re
import shlex
import shutil
import signal
import sys
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
from tqdm import tqdm

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# XLA shall update a kernel where it lies, without a copy first (a twentieth less time per step), and use vectors of
# 512 bits where the processor has them (a twelfth less).
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
LEARNING_RATE = 0.005
TRAINING_ITERS = 1000  # updates, a batch each
DISPLAY_STEP = 50
BATCH_SIZE = 50  # windows in a batch, over all devices together
N_INPUT = 3  # words in a window
N_EMBEDDING = 64
N_HIDDEN = 128  # units in each LSTM layer
N_LAYERS = 1
N_WORDS = 32  # words told after a prompt

LONGEST_WORD = 1000  # characters; what is longer is no word, and Keras would give every word as much room
UNKNOWN = "[UNK]"  # stands for every word that --vocab-size leaves out
CHARACTERS_AT_ONCE = 1 << 16  # of the text, as it is read
UNROLLED = 10  # windows of up to so many words are compiled without a loop
UPDATES_PER_CALL = 100  # at most so many in one call of the compiled training function
ASKED_WINDOWS = 10000  # at most so many are asked at a report, evenly spaced if there are more
LOGDIR = Path("logs")  # this program's runs are in logs/modern/language_model

# What makes a run what it is: a resumed one must have the same.
SETTINGS = (
    "text vocab_size validation_split patience stateful batch_size n_input n_embedding n_hidden n_layers "
    "learning_rate display_step seed"
).split()


class InputError(ValueError):
    """What the person who runs the program can put right; it is shown to them as one line."""


# --- data ---


def text_files(path):
    """Returns the files of a text: the file itself, or all .txt files in and below a folder, by their names."""
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*.txt") if file.is_file())
    if not files:
        raise InputError(f"{path} is a folder without a .txt file")
    return files


def read_words(path):
    """Yields the words of a UTF-8 file or folder, a list at a time. `,` `.` `?` are words if they stand alone.

    Raises:
        OSError: a file cannot be read.
        InputError: one is not UTF-8, has NUL characters or a word of more than LONGEST_WORD characters, or the
            folder has no .txt file.
    """
    for fname in text_files(Path(path)):
        with open(fname, encoding="utf-8-sig", newline="") as file:
            begun = ""  # a word that goes on in the next characters
            try:
                while text := file.read(CHARACTERS_AT_ONCE):
                    if "\0" in text:
                        raise InputError(f"{fname} is not UTF-8 text: it has NUL characters, as UTF-16 text does")
                    text = begun + text
                    words = text.split()
                    begun = "" if text[-1].isspace() else words.pop()
                    if max(map(len, [*words, begun])) > LONGEST_WORD:
                        raise InputError(f"{fname} has a word of more than {LONGEST_WORD:,} characters")
                    yield words
            except UnicodeDecodeError as error:
                byte = file.buffer.tell() - len(error.object) + error.start
                value = error.object[error.start]
                raise InputError(f"{fname} is not UTF-8 text: byte {byte} is 0x{value:02x}") from None
            if begun:
                yield [begun]


def read_data(path, vocab_size=None):
    """Returns (tokens: the text as ids, int32 [n_tokens], vocabulary: the words, in the order of their ids).

    Ids go by frequency, the most frequent word is 0; ties go by first appearance. If there are more than
    `vocab_size` words, so many are kept, from 1 on, and 0 is UNKNOWN.

    Raises:
        OSError, InputError: as `read_words` does.
    """
    numbers = collections.defaultdict(itertools.count().__next__)  # a new word gets the next number
    parts = [np.fromiter(map(numbers.__getitem__, words), np.int32, len(words)) for words in read_words(path)]
    tokens = np.concatenate([np.empty(0, np.int32), *parts])
    del parts  # at no time is there more than twice the text, at four bytes a word

    counts = np.bincount(tokens, minlength=len(numbers))
    unknown = [UNKNOWN] if vocab_size and len(numbers) > vocab_size else []
    if unknown and UNKNOWN in numbers:
        counts[numbers[UNKNOWN]] = 0  # in the text, too, it is no word
    kept = np.argsort(-counts, kind="stable")[: vocab_size if unknown else None]
    words = list(numbers)
    vocabulary = unknown + [words[number] for number in kept]
    ids = np.zeros(len(words), np.int32)
    ids[kept] = np.arange(len(unknown), len(vocabulary))
    return ids[tokens], vocabulary


def split(tokens, validation_split, n_input, streams=1):
    """Returns (the text to learn, the last `validation_split` of it, which is held out, or None).

    Raises:
        InputError: a part is too short to cut a window and the word after it from each of its streams.
    """
    n_learned = len(tokens) - int(len(tokens) * validation_split)
    learned, held_out = tokens[:n_learned], tokens[n_learned:] if validation_split else None
    for name, part, streams in (("text to learn", learned, streams), ("text held out", held_out, 1)):
        if part is not None and len(part) < streams * (n_input + 1):
            of = f"{streams} windows" if streams > 1 else "a window"
            needed = streams * (n_input + 1)
            raise InputError(f"the {name} has {len(part)} words; {of} of {n_input} and the next one need {needed}")
    return learned, held_out


def build_windows(tokens, first, last, per_call, n_input, batch_size, stateful, seed, workers=1, worker=0):
    """Returns the tf.data pipeline of one worker, for the updates from `first` to `last`, `per_call` an element.

    An element is (windows, int32 [updates, share, n_input + 1], fresh, bool [updates]); a window's last word is the
    one to guess. The worker's share is `batch_size / workers` windows of each batch, and any batch can be cut
    without those before it.

    Windows lie anywhere in the text, in an order drawn anew for each epoch. `stateful` cuts the text into
    `batch_size` streams, and every batch goes on in each of them where the one before ended; `fresh` says where
    they begin anew.
    """
    share = batch_size // workers
    n_windows = len(tokens) - n_input
    stream = len(tokens) // batch_size  # words in one
    updates_per_epoch = (stream - 1) // n_input
    tokens = tf.constant(tokens)

    def cut(updates):
        rows = worker * share + tf.range(share, dtype=tf.int64)  # of the batch
        if stateful:
            starts = rows * stream + (updates % updates_per_epoch)[:, None] * n_input  # [updates, share]
            fresh = updates % updates_per_epoch == 0
        else:
            # A permutation that is computed, not stored: to shuffle ten million windows takes no memory. (The op by
            # its raw name: tf.random.experimental.index_shuffle takes no seed a window, and mixes less.)
            index = tf.reshape(updates[:, None] * batch_size + rows, [-1])
            epoch = index // n_windows
            seeds = tf.cast(
                tf.stack([tf.fill(tf.shape(epoch), tf.constant(seed, tf.int64)), epoch, epoch], 1), tf.int32
            )
            starts = tf.raw_ops.RandomIndexShuffle(
                index=index % n_windows, seed=seeds, max_index=tf.constant(n_windows - 1, tf.int64), rounds=8
            )
            starts = tf.reshape(starts, [-1, share])
            fresh = tf.zeros_like(updates, tf.bool)
        return tf.gather(tokens, starts[..., None] + tf.range(n_input + 1, dtype=tf.int64)), fresh

    return tf.data.Dataset.range(first, last).batch(per_call).map(cut).prefetch(2)


# --- model ---


def build_model(
    vocab_size, n_input=N_INPUT, n_embedding=N_EMBEDDING, n_hidden=N_HIDDEN, n_layers=N_LAYERS, stateful=False
):
    """Returns the network: windows, int32 [batch, n_input] -> logits, float32 [batch, vocab_size], for the next word.

    With `stateful`: windows of any length, and for each layer its h and c, float32 [batch, n_hidden]
    -> logits for the word after each word, float32 [batch, length, vocab_size], and the new h and c.
    """
    inputs = [keras.Input((None if stateful else n_input,), dtype="int32", name="input")]
    state_after = []
    x = layers.Embedding(vocab_size, n_embedding, name="embedding")(inputs[0])  # [batch, n_input, n_embedding]
    for layer in range(n_layers):
        state = [keras.Input((n_hidden,), name=f"{part}_{layer}") for part in ("h", "c")] if stateful else []
        x, *after = layers.LSTM(
            n_hidden,
            return_sequences=stateful or layer < n_layers - 1,
            return_state=True,
            unroll=not stateful and n_input <= UNROLLED,
            use_cudnn=False,  # XLA compiles the layer, and could not compile cuDNN's
            name=f"lstm_{layer}",
        )(x, initial_state=state or None)  # [batch, n_input, n_hidden], the last one [batch, n_hidden]
        inputs += state
        state_after += after
    logits = layers.Dense(vocab_size, name="output")(x)
    return keras.Model(inputs, [logits, *state_after] if stateful else logits, name="rnn")


def with_vocabulary(model, vocabulary):
    """Returns the model that takes words instead of their ids: str [batch, n_input] (and the state) -> as before."""
    has_unknown = vocabulary[0] == UNKNOWN
    # No word holds a space, so none is taken for the out-of-vocabulary token.
    lookup = layers.StringLookup(
        vocabulary=vocabulary, num_oov_indices=int(has_unknown), oov_token=UNKNOWN if has_unknown else " ",
        name="vocabulary",
    )  # fmt: skip
    words = keras.Input(model.inputs[0].shape[1:], dtype="string", name="words")
    state = [keras.Input(part.shape[1:], name=part.name) for part in model.inputs[1:]]
    ids = ops.cast(lookup(words), "int32")
    return keras.Model([words, *state], model([ids, *state]), name="language_model")


def guess(model, windows, state):
    """Returns (loss, summed over the words guessed; how many were right; the state after the windows).

    windows: int32 [batch, n_input + 1]. A model without a state guesses each window's last word, one with a
    state every word but the first.
    """
    if state:
        logits, *state = model([windows[:, :-1], *state])
        labels = windows[:, 1:]  # [batch, n_input]
    else:
        logits, labels = model(windows[:, :-1]), windows[:, -1]  # [batch, vocab_size], [batch]
    loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
    right = tf.reduce_sum(tf.cast(tf.argmax(logits, -1, tf.int32) == labels, tf.float32))
    return loss, right, state


# --- devices ---


def open_strategy():
    """Returns TensorFlow's strategy for what is there: the machines of TF_CONFIG, all GPUs of this one, or its CPU.

    Raises:
        InputError: TF_CONFIG does not name workers, or this one cannot listen at its address.
    """
    if "TF_CONFIG" in os.environ:
        try:
            config = json.loads(os.environ["TF_CONFIG"])
            workers, index = config["cluster"]["worker"], config["task"]["index"]
            if config["task"]["type"] != "worker" or index not in range(len(workers)):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            example = '{"cluster": {"worker": ["host:port", "host:port"]}, "task": {"type": "worker", "index": 0}}'
            raise InputError(f"TF_CONFIG should look like this, with another index on each worker: {example}") from None
        if len(workers) > 1:
            print(f"Waiting for all {len(workers)} workers; this is worker {index}.", flush=True)
            # TensorFlow waits where Python hears no Ctrl-C.
            handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
            try:
                return tf.distribute.MultiWorkerMirroredStrategy()
            except tf.errors.UnknownError as error:
                raise InputError(f"TF_CONFIG: worker {index} cannot listen at {workers[index]}") from error
            finally:
                signal.signal(signal.SIGINT, handler)
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def place(strategy):
    """Returns (how many workers there are, which of them this process is). Worker 0 reports, and keeps the run."""
    if not strategy.cluster_resolver:
        return 1, 0
    return len(strategy.cluster_resolver.cluster_spec().task_indices("worker")), strategy.cluster_resolver.task_id


def share_of(part, batch_size, strategy):
    """Returns the rows of this replica, of a batch or of its worker's share of one; called by `strategy.run`."""
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    share = batch_size // strategy.num_replicas_in_sync
    shares = tf.reshape(part, [-1, share, *part.shape[1:]])
    return shares[replica % tf.shape(shares)[0]]


def from_chief(strategy, value):
    """Returns worker 0's value, an array or a number, on every worker."""
    value = np.asarray(value)
    values = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(value if context.replica_id_in_sync_group == 0 else np.zeros_like(value))
    )
    return strategy.reduce("SUM", values, axis=None).numpy()


def send_from_chief(strategy, variables):
    """Gives the variables of all workers the values that they have on worker 0, all in one message."""
    values = [variable.numpy() for variable in variables]
    message = from_chief(strategy, np.concatenate([np.ravel(value).astype("float64") for value in values]))
    parts = np.split(message, np.cumsum([value.size for value in values])[:-1])
    for variable, value, part in zip(variables, values, parts):
        variable.assign(part.reshape(value.shape).astype(value.dtype))


# --- training ---


def compile_updates(model, optimizer, strategy, batch_size):
    """Returns learn(windows, fresh, totals, state) -> (totals, state): the updates of one element of the pipeline.

    totals: float32 [2], the loss and the right guesses since the last report, summed, on each replica; the state,
    too, is that of each replica's rows. Where there are several replicas, an element is one update.
    """

    @tf.function(jit_compile=True)
    def gradients_of(windows, state):
        with tf.GradientTape() as tape:
            loss, right, state = guess(model, windows, state)
            words = batch_size * (windows.shape[1] - 1 if state else 1)  # guessed, on all replicas together
            mean = loss / words
        gradients = tape.gradient(mean, model.trainable_variables)
        # The embedding's comes as rows, several for a word that comes several times. Here they are added up: Adam
        # would square each, and not their sum.
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        return gradients, tf.stack([loss, right]), state

    def update(windows, fresh, totals, state):
        state = [tf.where(fresh, tf.zeros_like(part), part) for part in state]
        gradients, more, state = gradients_of(windows, state)
        optimizer.apply(gradients, model.trainable_variables)  # adds up the gradients of all replicas
        return totals + more, state

    @tf.function(jit_compile=True)
    def learn_many(windows, fresh, totals, state):
        def body(i, totals, state):
            return i + 1, *update(windows[i], fresh[i], totals, state)

        return tf.while_loop(lambda i, *_: i < tf.shape(windows)[0], body, [0, totals, state])[1:]

    @tf.function
    def learn_one(windows, fresh, totals, state):
        def update_share(totals, state):
            return update(share_of(windows[0], batch_size, strategy), fresh[0], totals, state)

        return strategy.run(update_share, (totals, state))

    # XLA does not compile the talk between replicas: where there are several, it compiles the work of each.
    return learn_many if strategy.num_replicas_in_sync == 1 else learn_one


def ask(measure, tokens, n_input, batch_size, units):
    """Returns [mean loss, accuracy] of `measure`, a compiled `guess`, over all windows of a text or ASKED_WINDOWS.

    `units` are those of the parts of the model's state. A model with a state is asked in consecutive windows.
    """
    windows = np.lib.stride_tricks.sliding_window_view(tokens, n_input + 1)
    if units:
        streams = min(batch_size, len(tokens) // (n_input + 1))
        stream = len(tokens) // streams
        starts = np.arange(streams) * stream + np.arange(0, stream - n_input, n_input)[:, None]
        batches = starts[: max(1, ASKED_WINDOWS // streams)]  # [batches, streams]
    else:
        streams = 0
        starts = np.linspace(0, len(windows) - 1, min(len(windows), ASKED_WINDOWS)).astype(int)
        batches = np.split(starts, range(batch_size, len(starts), batch_size))
    state = [tf.zeros((streams, size)) for size in units]

    totals, n_guessed = np.zeros(2), 0
    for batch in batches:
        loss, right, state = measure(tf.constant(windows[batch]), state)
        totals += float(loss), float(right)
        n_guessed += len(batch) * (n_input if units else 1)
    return totals / n_guessed


def ceiling(tokens, n_input):
    """Returns (how many windows can be answered right at most, [(context, the words after it)] if there are several).

    The same words, followed by different ones, have one answer: all but its own windows go wrong.
    """
    after = collections.defaultdict(collections.Counter)
    for *context, word in np.lib.stride_tricks.sliding_window_view(tokens, n_input + 1).tolist():
        after[tuple(context)][word] += 1
    possible = sum(max(words.values()) for words in after.values())
    return possible, [(context, list(words)) for context, words in after.items() if len(words) > 1]


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


def tidy(run_dir):
    """Removes what TensorFlow left half-written when the run was killed or the disk was full."""
    for pattern in ("checkpoint.tmp*", "*.tempstate*", "ckpt-*_temp", "best_temp"):
        for left in run_dir.glob(pattern):
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def restore_latest(checkpoint, run_dir):
    """Restores the last checkpoint in `run_dir`; returns False if there is none yet.

    Raises:
        InputError: it is damaged, or of another shape.
    """
    tidy(run_dir)
    if not (run_dir / "checkpoint").exists():
        return False
    try:
        latest = tf.train.latest_checkpoint(str(run_dir))
    except ValueError:
        latest = None
    if latest is None:
        raise InputError(f"{run_dir / 'checkpoint'} is damaged, or the checkpoint that it names is missing")
    try:
        checkpoint.restore(latest).assert_consumed()
    except (tf.errors.OpError, AssertionError, IndexError, ValueError) as error:
        raise InputError(f"{latest} is damaged, or part of it is missing") from error
    return True


def write_graph(model, writer):
    """Shows TensorBoard the network, a box a layer."""
    inputs = [tf.TensorSpec((1, *part.shape[1:]), part.dtype, name=part.name) for part in model.inputs]
    graph = tf.function(model).get_concrete_function(inputs).graph.as_graph_def()
    with writer.as_default(step=0):
        tf.summary.graph(graph)


def train(
    tokens,
    vocabulary,
    training_iters=TRAINING_ITERS,
    display_step=DISPLAY_STEP,
    batch_size=BATCH_SIZE,
    n_input=N_INPUT,
    n_embedding=N_EMBEDDING,
    n_hidden=N_HIDDEN,
    n_layers=N_LAYERS,
    learning_rate=LEARNING_RATE,
    stateful=False,
    validation_split=0.0,
    patience=None,
    seed=0,
    run_dir=None,
    strategy=None,
):
    """Learns a text, a batch of windows an update, and reports every `display_step` updates.

    The last `validation_split` of the text is not learned but asked at each report; with `patience`, training
    ends after so many reports without a lower loss there, and the best model is kept. Without a validation
    split, a text of up to ASKED_WINDOWS windows is learned by heart: all of it is asked at each report, and
    training ends when no more of it can be answered right.

    With `run_dir`, worker 0 writes the graph, the scalars and a checkpoint at every report there, and training
    goes on from the last checkpoint it finds there; the trained model is `model.keras`.

    Returns:
        (history, model): history holds a list each of `step`, `loss` and `accuracy` (averages since the report
        before), `asked_loss` and `asked_accuracy` (if something is asked); the model takes words: ask it with
        `generate`.

    Raises:
        InputError: the text is too short, the batch cannot be shared evenly, or the checkpoint is damaged.
    """
    strategy = strategy or tf.distribute.get_strategy()
    replicas = strategy.num_replicas_in_sync
    if batch_size % replicas:
        raise InputError(f"a batch of {batch_size} windows cannot be shared evenly by {replicas} devices")
    learned, held_out = split(tokens, validation_split, n_input, batch_size if stateful else 1)
    by_heart = not stateful and not validation_split and len(learned) - n_input <= ASKED_WINDOWS
    asked = learned if by_heart else held_out
    possible, ambiguous = ceiling(learned, n_input) if by_heart else (None, None)
    history = {name: [] for name in ("step", "loss", "accuracy", "asked_loss", "asked_accuracy")}

    keras.utils.set_random_seed(seed)
    with strategy.scope():
        model = build_model(len(vocabulary), n_input, n_embedding, n_hidden, n_layers, stateful)
        optimizer = keras.optimizers.Adam(learning_rate, name="adam")
        optimizer.build(model.trainable_variables)
    learn = compile_updates(model, optimizer, strategy, batch_size)
    measure = tf.function(functools.partial(guess, model), jit_compile=True)
    units = [part.shape[1] for part in model.inputs[1:]]

    # All that a resumed run needs. The totals are not part of it: they begin anew at each report.
    states = [tf.Variable(tf.zeros((batch_size, size))) for size in units]
    best, waited, finished = tf.Variable(math.inf), tf.Variable(0), tf.Variable(0)
    checkpoint = tf.train.Checkpoint(
        model=model, optimizer=optimizer, states=states, best=best, waited=waited, finished=finished
    )
    workers, worker = place(strategy)
    chief = worker == 0
    keeping = chief and run_dir is not None
    if keeping:
        best_model = tf.train.Checkpoint(model=model)
        writers = {"": tf.summary.create_file_writer(str(run_dir))}
        if asked is not None:
            writers["asked_"] = tf.summary.create_file_writer(
                str(run_dir / ("whole_text" if by_heart else "validation"))
            )
        if not restore_latest(checkpoint, run_dir):
            write_graph(model, writers[""])  # once in a run: TensorBoard wants no second one from a resumed run
        manager = tf.train.CheckpointManager(checkpoint, str(run_dir), max_to_keep=2)
    if replicas > 1:  # the other workers have no checkpoint
        send_from_chief(strategy, [*model.variables, *optimizer.variables, *states, best, waited, finished])

    first = step = reported = int(optimizer.iterations.numpy())
    per_call = math.gcd(UPDATES_PER_CALL, display_step, first) if replicas == 1 else 1
    # Each worker cuts its own; a pipeline that TensorFlow distributes took a third of two workers' speed.
    dataset = build_windows(
        learned, first, training_iters, per_call, n_input, batch_size, stateful, seed, workers, worker
    )

    @tf.function
    def new_totals():
        return strategy.run(tf.zeros, ([2],))

    @tf.function
    def shared(states):
        return strategy.run(lambda: [share_of(part, batch_size, strategy) for part in states])

    @tf.function
    def gathered(state):
        return [strategy.gather(part, axis=0) for part in state]

    totals, state = new_totals(), shared(states)
    progress = tqdm(total=training_iters, initial=step, unit=" iter", leave=False, disable=None if chief else True)
    with progress:
        for windows, fresh in dataset:
            if finished:
                break
            totals, state = learn(windows, fresh, totals, state)
            step = min(step + per_call, training_iters)
            progress.update(step - progress.n)

            if step % display_step == 0:
                n_guessed = (step - reported) * batch_size * (n_input if stateful else 1)
                loss, accuracy = (strategy.reduce("SUM", totals, axis=None).numpy() / n_guessed).tolist()
                totals, reported = new_totals(), step
                scores = {"loss": loss, "accuracy": accuracy}
                if asked is not None:
                    answers = from_chief(strategy, ask(measure, asked, n_input, batch_size, units)).tolist()
                    scores |= dict(zip(("asked_loss", "asked_accuracy"), answers))
                    better = answers[0] < best
                    best.assign(answers[0] if better else best)
                    waited.assign(0 if better else waited + 1)
                    learned_by_heart = by_heart and round(answers[1] * (len(asked) - n_input)) == possible
                    finished.assign(int(learned_by_heart or bool(patience) and waited >= patience))
                    if keeping and patience and better:
                        best_model.write(str(run_dir / "best"))
                for name, value in {"step": step, **scores}.items():
                    history[name].append(value)
                if chief:
                    for line in report(step, scores, "Whole text" if by_heart else "Validation"):
                        tqdm.write(line)
                    tqdm.write(example(model, learned, vocabulary, n_input, step))
                    sys.stdout.flush()  # into a pipe, too, before the checkpoint is kept
                if keeping:
                    write_scalars(writers, step, scores)

            if step % display_step == 0 or step == training_iters:
                for variable, part in zip(states, gathered(state)):
                    variable.assign(part)
                if keeping:
                    manager.save(checkpoint_number=step)

    if chief and by_heart and finished:
        print(f"{possible} of {len(learned) - n_input} windows right, and no more can be:")
        for context, words in ambiguous:
            print(
                f"{[vocabulary[word] for word in context]} - " + " or ".join(f"[{vocabulary[word]}]" for word in words)
            )
    if keeping and patience and math.isfinite(best):
        best_model.read(str(run_dir / "best")).expect_partial()
    language_model = with_vocabulary(model, vocabulary)
    if keeping:
        for writer in writers.values():
            writer.close()
        with replacing(run_dir / "model.keras") as unfinished:
            language_model.save(unfinished)
    return history, language_model


def perplexity(loss):
    """Returns how many equally likely words would be as hard to tell apart: e to the loss."""
    return math.exp(min(loss, 700))  # which is infinite enough


def report(step, scores, asked_name):
    """Returns the lines that tell how far the training is."""

    def line(start, loss, accuracy):
        return f"{start}Loss= {loss:.6f}, {start}Accuracy= {100 * accuracy:.2f}%, Perplexity= {perplexity(loss):.2f}"

    lines = [f"Iter= {step}, " + line("Average ", scores["loss"], scores["accuracy"])]
    if "asked_loss" in scores:
        lines.append(f"{asked_name}: " + line("", scores["asked_loss"], scores["asked_accuracy"]))
    return lines


def example(model, tokens, vocabulary, n_input, step):
    """Returns the document's line on a window, another at each report: its last words, the next one, and the guess."""
    offset = random.Random(step).randrange(len(tokens) - n_input)
    window = tokens[None, offset : offset + n_input + 1]
    inputs = [window[:, :-1], *(np.zeros((1, part.shape[1]), "float32") for part in model.inputs[1:])]
    logits = model(inputs)[0][0, -1] if len(inputs) > 1 else model(inputs)[0]
    *symbols_in, symbols_out = [vocabulary[number] for number in window[0]]
    return f"{symbols_in[-N_INPUT:]} - [{symbols_out}] vs [{vocabulary[int(ops.argmax(logits))]}]"


def write_scalars(writers, step, scores):
    """Writes loss, accuracy and perplexity for TensorBoard; what was asked is a run beside that of the training."""
    for prefix, writer in writers.items():
        with writer.as_default(step):
            tf.summary.scalar("loss", scores[prefix + "loss"])
            tf.summary.scalar("accuracy", scores[prefix + "accuracy"])
            tf.summary.scalar("perplexity", perplexity(scores[prefix + "loss"]))
        writer.flush()


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
                wanted = f"--{flag} {json.dumps(made_with[name])}, not {json.dumps(value)}"
                raise InputError(f"the run in {run_dir} was made with {'another text' if name == 'text' else wanted}")
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
    """Returns the CRC-32 by which a damaged `run.json` is known, and a worker with other flags."""
    return zlib.crc32(json.dumps(settings, sort_keys=True).encode())


def read_run(run_dir):
    """Returns the settings that `open_run` kept. Raises InputError if they are missing or damaged."""
    path = run_dir / "run.json"
    try:
        made_with = json.loads(path.read_text(encoding="utf-8"))
        settings = {name: made_with[name] for name in SETTINGS}
        if made_with["crc32"] != crc32(settings):
            raise ValueError("wrong checksum")
        return settings
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}, which says what the checkpoint was made with, is missing or damaged") from error


def agree(strategy, settings, training_iters):
    """Gives every worker the seed that worker 0 has; returns the settings.

    Raises:
        InputError: this worker was started with other flags, or on another text, than worker 0.
    """
    if strategy.num_replicas_in_sync > 1:
        settings["seed"] = int(from_chief(strategy, settings["seed"] or 0))
        mine = crc32({**settings, "training_iters": training_iters})
        if mine != int(from_chief(strategy, mine)):
            raise InputError("this worker was started with other flags, or on another text, than worker 0")
    return settings


# --- use ---


def load(file):
    """Returns (model, dictionary, n_input) of a model that `train` saved; n_input is None if it carries a state.

    Raises:
        InputError: it is missing, damaged, or knows no words.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            damaged = archive.testzip()  # load_model does not look, and would take flipped weights
    except Exception as error:  # each damaged field of an archive has an exception of its own
        raise InputError(f"{file} is damaged, or no file that this program saved") from error
    if damaged:
        raise InputError(f"{file} is damaged: {damaged} in it has a wrong checksum")
    try:
        model = keras.models.load_model(file)
        vocabulary = model.get_layer("vocabulary").get_vocabulary()
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{file} is not a .keras file that this program saved, or is damaged") from error
    return model, {word: number for number, word in enumerate(vocabulary)}, model.inputs[0].shape[1]


def check_words(words, dictionary, n_input=N_INPUT):
    """Raises InputError if `words` are not `n_input` words (one or more, if that is None) that the model can read."""
    if len(words) != n_input and (n_input or not words):
        raise InputError(f"{n_input or 'One or more'} words are needed, not {len(words)}: {' '.join(words)!r}")
    for word in words:
        if word not in dictionary and next(iter(dictionary)) != UNKNOWN:
            nearest = difflib.get_close_matches(word, dictionary, cutoff=0.5)
            hint = f" (nearest: {', '.join(nearest)})" if nearest else ""
            raise InputError(f"Word not in dictionary: {word!r}{hint}")


def generate(model, dictionary, words, n_words=N_WORDS, temperature=0.0, top_k=None, rng=None):
    """Returns `words` and the `n_words` words that the trained model tells after them, as a list.

    With a `temperature`, each word is drawn by `rng`, a NumPy generator, from the probabilities softmax(logits /
    temperature) of all words, or of the `top_k` likeliest; at 0 the likeliest is told. UNKNOWN never is.
    """
    vocabulary = list(dictionary)
    sentence = list(words)
    read = tf.constant([sentence])
    state = [tf.zeros((1, part.shape[1])) for part in model.inputs[1:]]
    for _ in range(n_words):
        if state:
            logits, *state = model([read, *state])
            logits = logits[:, -1]
        else:
            logits = model(read)
        logits = logits[0].numpy().astype("float64")  # [vocab_size]
        if vocabulary[0] == UNKNOWN:
            logits[0] = -np.inf
        if temperature:
            kept = np.argsort(-logits, kind="stable")[:top_k]
            odds = np.exp((logits[kept] - logits.max()) / temperature)
            number = rng.choice(kept, p=odds / odds.sum())
        else:
            number = logits.argmax()
        sentence.append(vocabulary[number])
        # A model with a state needs but the new word; the other one the window before the next.
        read = tf.constant([sentence[-1:] if state else sentence[-len(words) :]])
    return sentence


def answer(tell_on, dictionary, n_input, prompts):
    """Tells on from each prompt; without prompts, asks for them until the input ends or Ctrl-C."""
    for prompt in prompts:
        print(" ".join(tell_on(prompt.split())))
    while not prompts:
        try:
            words = input(f"{n_input or 'Some'} words: " if sys.stdin.isatty() else "").split()
            check_words(words, dictionary, n_input)
            print(" ".join(tell_on(words)))
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


def share(text):
    try:
        if 0 < float(text) < 1:
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a number between 0 and 1")


def parse_arguments(argv):
    parser = argparse.ArgumentParser(
        prog="language_model.py",
        description="Learns which word comes next in a text of any size; then tells it on from words of yours.",
    )
    parser.error = lambda message: parser.exit(2, f"{parser.prog}: {message}\n")  # one line, without the usage
    number, file = {"type": whole_number, "metavar": "N"}, {"type": Path, "metavar": "FILE"}

    text = parser.add_argument_group("text")
    text.add_argument("--text", **file, default=TRAINING_FILE, help="text, or folder of .txt files (data/story.txt)")
    text.add_argument("--vocab-size", **number, help="words to know, the most frequent ones (all)")
    text.add_argument("--validation-split", type=share, metavar="X", default=0.0, help="last part to hold out (none)")
    text.add_argument("--n-input", **number, default=N_INPUT, help="words in a window (%(default)s)")
    text.add_argument(
        "--stateful", action="store_true", help="read on from window to window, and guess every word of them"
    )

    learn = parser.add_argument_group("learning")
    learn.add_argument("--training-iters", **number, default=TRAINING_ITERS, help="updates at most (%(default)s)")
    learn.add_argument("--display-step", **number, default=DISPLAY_STEP, help="updates between reports (%(default)s)")
    learn.add_argument("--batch-size", **number, default=BATCH_SIZE, help="windows in an update (%(default)s)")
    learn.add_argument("--n-embedding", **number, default=N_EMBEDDING, help="numbers for a word (%(default)s)")
    learn.add_argument("--n-hidden", **number, default=N_HIDDEN, help="units in each LSTM layer (%(default)s)")
    learn.add_argument("--n-layers", **number, default=N_LAYERS, help="LSTM layers (%(default)s)")
    learn.add_argument("--learning-rate", type=rate, metavar="X", default=LEARNING_RATE, help="Adam's (%(default)s)")
    learn.add_argument("--patience", **number, help="stop after so many reports that validate no better")
    learn.add_argument("--seed", type=seed, metavar="N", help="repeats a run; without it one is drawn and printed")

    keep = parser.add_argument_group("keeping")
    keep.add_argument("--logdir", type=Path, metavar="DIR", default=LOGDIR, help="where runs are kept (%(default)s)")
    kept = keep.add_mutually_exclusive_group()
    kept.add_argument("--resume", action="store_true", help="go on with the last run, from its last report")
    kept.add_argument("--model", **file, help="ask this .keras file, learn nothing")

    tell = parser.add_argument_group("telling")
    tell.add_argument("--prompt", action="append", default=[], metavar="WORDS", help="answer and exit; repeatable")
    tell.add_argument("--n-words", **number, default=N_WORDS, help="words told after a prompt (%(default)s)")
    tell.add_argument("--temperature", type=rate, metavar="X", default=0.0, help="draw words; small: likely ones only")
    tell.add_argument("--top-k", **number, help="draw from the K likeliest words")
    args = parser.parse_args(argv)
    if args.patience and not args.validation_split:
        parser.error("--patience needs a --validation-split to watch")
    if args.top_k and not args.temperature:
        parser.error("--top-k needs a --temperature to draw with")
    return parser, args


def main(argv=None):
    start_time = time.time()
    parser, args = parse_arguments(argv)
    tf.get_logger().setLevel("ERROR")

    def tell(model, dictionary, n_input, seed):
        rng = np.random.default_rng(seed)
        tell_on = functools.partial(
            generate, model, dictionary, n_words=args.n_words, temperature=args.temperature, top_k=args.top_k, rng=rng
        )
        answer(tell_on, dictionary, n_input, args.prompt)

    if args.model:
        try:
            model, dictionary, n_input = load(args.model)
            for prompt in args.prompt:
                check_words(prompt.split(), dictionary, n_input)
        except InputError as error:
            parser.error(error)
        tell(model, dictionary, n_input, args.seed)
        return

    run_dir = args.logdir / "modern" / "language_model"
    n_input = None if args.stateful else args.n_input
    try:
        tokens, vocabulary = read_data(args.text, args.vocab_size)
        split(tokens, args.validation_split, args.n_input, args.batch_size if args.stateful else 1)
        dictionary = {word: number for number, word in enumerate(vocabulary)}
        for prompt in args.prompt:
            check_words(prompt.split(), dictionary, n_input)
        strategy = open_strategy()
        chief = place(strategy)[1] == 0
        settings = {name: getattr(args, name) for name in SETTINGS if name != "text"}
        settings = {"text": zlib.crc32(" ".join(vocabulary).encode(), zlib.crc32(tokens)), **settings}
        if chief:
            print("Loaded training data...")
            if vocabulary[0] == UNKNOWN:
                unknown = 100 * np.mean(tokens == 0)
                print(f"{len(tokens):,} words, {args.vocab_size:,} of them known; {unknown:.1f}% of the text is not")
            else:
                print(f"{len(tokens):,} words, {len(vocabulary):,} of them different")
            settings = open_run(run_dir, settings, args.resume)
        settings = agree(strategy, settings, args.training_iters)
        if chief:
            print(f"Seed: {settings['seed']}")
        flags = {name: settings[name] for name in SETTINGS if name not in ("text", "vocab_size")}
        history, model = train(tokens, vocabulary, args.training_iters, **flags, run_dir=run_dir, strategy=strategy)
    except OSError as error:
        parser.error(f"{error.filename or run_dir}: {error.strerror or error}")
    except InputError as error:
        parser.error(error)
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError):
        # Only between workers. TensorFlow cannot take a lost one back into a cluster: all begin again, from the last
        # report, each as soon as it knows, and wait for one another there.
        print("A worker was lost. Waiting for it to be started again.", file=sys.stderr, flush=True)
        again = [] if args.resume or not chief else ["--resume"]
        os.execv(sys.executable, [sys.executable, *sys.argv, *again])
    except tf.errors.OpError as error:  # of its many lines one is such as "FILE; No space left on device [Op:SaveV2]"
        tidy(run_dir)
        failed = re.search(r"(\S+?)(?:_temp/\S+)?; (.+?)(?: \[Op|$)", error.message)
        parser.error(": ".join(failed.groups()) if failed else error.message.splitlines()[0])
    except KeyboardInterrupt:
        again = shlex.join([sys.executable, *sys.argv, *([] if args.resume else ["--resume"])])
        message = "Interrupted. What was learned up to the last report is kept; to go on from there:"
        print(f"\n{message}\n\t{again}", file=sys.stderr, flush=True)
        sys.stdout.flush()
        os._exit(130)  # the pipeline's threads are at work, and Python's own way out has crashed under them

    print("Optimization Finished!")
    print("Elapsed time: ", elapsed(time.time() - start_time))
    if not chief:
        return
    print("Run on command line.")
    print("\t" + shlex.join([sys.executable, "-m", "tensorboard.main", "--logdir", str(args.logdir.resolve())]))
    print("Point your web browser to: http://localhost:6006/")
    tell(model, dictionary, n_input, settings["seed"])


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):  # where there is one, a reader that leaves, such as `head`, ends the program
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
