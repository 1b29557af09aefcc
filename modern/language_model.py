"""Learns which word comes next in a text of any size: where the story goes when it grows.

Today's recipe: an embedding a word, mini-batches, Adam; on all GPUs of a machine, or on the machines of TF_CONFIG.

    python modern/language_model.py --text novel.txt --vocab-size 10000 --stateful --n-input 32 --validation-split 0.1
"""

import collections
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from modern import console, runs, summaries
from modern.console import FILE, NUMBER, POSITIVE, SHARE, InputError

with console.quiet():
    import keras
    import numpy as np
    import tensorflow as tf
    from keras import layers, ops

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
TRAINING_FILE = Path(__file__).resolve().parents[1] / "data" / "story.txt"  # text containing words for training
LONGEST_WORD = 1000  # characters; what is longer is no word, and Keras would give every word as much room
UNKNOWN = "[UNK]"  # stands for every word that --vocab-size leaves out
CHARACTERS_AT_ONCE = 1 << 16  # of the text, as it is read
UPDATES_PER_CALL = 100  # at most so many in one call of the compiled training function
ASKED_WINDOWS = 10000  # at most so many are asked at a report, evenly spaced if there are more


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
    numbers = collections.defaultdict()
    numbers.default_factory = numbers.__len__  # a new word gets the next number
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


def build_dictionary(vocabulary):
    """Returns word -> id; in a vocabulary with UNKNOWN, each word that is not there has its id, 0."""
    dictionary = {word: number for number, word in enumerate(vocabulary)}
    return collections.defaultdict(int, dictionary) if vocabulary[0] == UNKNOWN else dictionary


def split(tokens, settings):
    """Returns (the text to learn, the last `validation_split` of it, which is held out, or None).

    Raises InputError if a part is too short to cut a window and the word after it from each of its streams.
    """
    n_input, streams = settings.n_input, settings.batch_size if settings.stateful else 1
    n_learned = len(tokens) - int(len(tokens) * settings.validation_split)
    learned, held_out = tokens[:n_learned], tokens[n_learned:] if settings.validation_split else None
    for name, part, streams in (("text to learn", learned, streams), ("text held out", held_out, 1)):
        if part is not None and len(part) < streams * (n_input + 1):
            of = f"{streams} windows" if streams > 1 else "a window"
            needed = streams * (n_input + 1)
            raise InputError(f"the {name} has {len(part)} words; {of} of {n_input} and the next one need {needed}")
    return learned, held_out


def build_windows(tokens, settings, first, per_call, workers=1, worker=0):
    """Returns the tf.data pipeline of one worker, for the updates from `first` on, `per_call` an element.

    An element is (windows, int32 [updates, share, n_input + 1], fresh, bool [updates]); a window's last word is the
    one to guess. The worker's share is `batch_size / workers` windows of each batch, and any batch can be cut
    without those before it.

    Windows lie anywhere in the text, in an order drawn anew for each epoch. `stateful` cuts the text into
    `batch_size` streams, and every batch goes on in each of them where the one before ended; `fresh` says where
    they begin anew.
    """
    n_input, batch_size = settings.n_input, settings.batch_size
    share = batch_size // workers
    n_windows = len(tokens) - n_input
    stream = len(tokens) // batch_size  # words in one
    updates_per_epoch = (stream - 1) // n_input
    tokens, seed = tf.constant(tokens), tf.constant(settings.seed, tf.int64)

    def cut(updates):
        rows = worker * share + tf.range(share, dtype=tf.int64)  # of the batch
        if settings.stateful:
            starts = rows * stream + (updates % updates_per_epoch)[:, None] * n_input  # [updates, share]
            fresh = updates % updates_per_epoch == 0
        else:
            # A permutation that is computed, not stored: to shuffle ten million windows takes no memory. (The op by
            # its raw name: tf.random.experimental.index_shuffle takes no seed a window, and mixes less.)
            index = tf.reshape(updates[:, None] * batch_size + rows, [-1])
            epoch = index // n_windows
            seeds = tf.cast(tf.stack([tf.fill(tf.shape(epoch), seed), epoch, epoch], 1), tf.int32)
            starts = tf.raw_ops.RandomIndexShuffle(
                index=index % n_windows, seed=seeds, max_index=tf.constant(n_windows - 1, tf.int64), rounds=8
            )
            starts = tf.reshape(starts, [-1, share])
            fresh = tf.zeros_like(updates, tf.bool)
        return tf.gather(tokens, starts[..., None] + tf.range(n_input + 1, dtype=tf.int64)), fresh

    return tf.data.Dataset.range(first, settings.training_iters).batch(per_call).map(cut).prefetch(2)


# --- model ---


def build_model(vocab_size, settings):
    """Returns the network: windows, int32 [batch, n_input] -> logits, float32 [batch, vocab_size], for the next word.

    With `stateful`: windows of any length, and for each layer its h and c, float32 [batch, n_hidden]
    -> logits for the word after each word, float32 [batch, length, vocab_size], and the new h and c.
    """
    n_input, n_hidden, stateful = settings.n_input, settings.n_hidden, settings.stateful
    inputs = [keras.Input((None if stateful else n_input,), dtype="int32", name="input")]
    state_after = []
    x = layers.Embedding(vocab_size, settings.n_embedding, name="embedding")(inputs[0])  # [batch, n_input, n_embedding]
    for layer in range(settings.n_layers):
        state = [keras.Input((n_hidden,), name=f"{part}_{layer}") for part in ("h", "c")] if stateful else []
        x, *after = layers.LSTM(
            n_hidden,
            return_sequences=stateful or layer < settings.n_layers - 1,
            return_state=True,
            unroll=not stateful and n_input <= 10,  # a few words: no loop to pay for
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

    Raises InputError if TF_CONFIG does not name workers, or this one cannot listen at its address.
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
            print(f"Waiting for all {len(workers)} workers; this is worker {index}.")
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


def agree(strategy, settings, text):
    """Returns worker 0's seed, on every worker. `text`: the checksum of what is learned.

    Raises InputError if this worker was started with other flags, or on another text, than worker 0.
    """
    if strategy.num_replicas_in_sync == 1:
        return settings.seed
    seed = int(from_chief(strategy, settings.seed or 0))
    flags = {name: value for name, value in vars(settings).items() if name not in runs.FREE}
    mine = runs.crc32([text, settings.training_iters, {**flags, "seed": seed}])
    if mine != int(from_chief(strategy, mine)):
        raise InputError("this worker was started with other flags, or on another text, than worker 0")
    return seed


def start_again(again):
    """Starts this process anew, with the flags `again` added, where another worker was lost.

    TensorFlow cannot take a lost one back into a cluster: all begin again, from the last report, each as soon as it
    knows, and wait for one another there.
    """
    print("A worker was lost. Waiting for it to be started again.", file=sys.stderr, flush=True)
    os.execv(sys.executable, [sys.executable, *sys.argv, *again])


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


def ask(measure, tokens, settings):
    """Returns [mean loss, accuracy] of `measure`, a compiled `guess`, over all windows of a text or ASKED_WINDOWS.

    A model with a state is asked in consecutive windows.
    """
    n_input, batch_size = settings.n_input, settings.batch_size
    windows = np.lib.stride_tricks.sliding_window_view(tokens, n_input + 1)
    state = []
    if settings.stateful:
        streams = min(batch_size, len(tokens) // (n_input + 1))
        stream = len(tokens) // streams
        starts = np.arange(streams) * stream + np.arange(0, stream - n_input, n_input)[:, None]
        batches = starts[: max(1, ASKED_WINDOWS // streams)]  # [batches, streams]
        state = [tf.zeros((streams, settings.n_hidden))] * (2 * settings.n_layers)
    else:
        starts = np.linspace(0, len(windows) - 1, min(len(windows), ASKED_WINDOWS)).astype(int)
        batches = np.split(starts, range(batch_size, len(starts), batch_size))

    totals, n_guessed = np.zeros(2), 0
    for batch in batches:
        loss, right, state = measure(tf.constant(windows[batch]), state)
        totals += float(loss), float(right)
        n_guessed += len(batch) * (n_input if settings.stateful else 1)
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


def save(write, run_dir, **where):
    """Calls `write`, which saves a checkpoint in `run_dir`; one that cannot be written whole leaves nothing."""
    try:
        write(**where)
    except tf.errors.OpError:
        tidy(run_dir)
        raise


def tidy(run_dir):
    """Removes what TensorFlow left half-written when the run was killed or the disk was full."""
    for pattern in ("checkpoint.tmp*", "*.tempstate*", "ckpt-*_temp", "best_temp"):
        for left in run_dir.glob(pattern):
            tf.io.gfile.rmtree(left) if left.is_dir() else left.unlink()


def restore_latest(checkpoint, run_dir):
    """Restores the last checkpoint in `run_dir`; returns False if there is none yet.

    Raises InputError if it is damaged, or of another shape.
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


def judge(checkpoint, loss, accuracy, n_windows, settings, possible=None):
    """Notes in the checkpoint whether the model answered best at this report, and whether there is more to do.

    possible: how many of `n_windows` can be answered right at most, where a text is learned by heart.
    """
    better = loss < checkpoint.best
    checkpoint.best.assign(loss if better else checkpoint.best)
    checkpoint.waited.assign(0 if better else checkpoint.waited + 1)
    by_heart = possible is not None and round(accuracy * n_windows) == possible
    in_vain = bool(settings.patience) and checkpoint.waited >= settings.patience
    checkpoint.finished.assign(int(by_heart or in_vain))


def perplexity(loss):
    """Returns how many equally likely words would be as hard to tell apart: e to the loss."""
    return np.exp(min(loss, 700))  # which is infinite enough


def report(step, scores, asked_name):
    """Returns the lines that tell how far the training is. `scores`: loss and accuracy, and those of what was asked."""

    def line(start, loss, accuracy):
        return f"{start}Loss= {loss:.6f}, {start}Accuracy= {100 * accuracy:.2f}%, Perplexity= {perplexity(loss):.2f}"

    lines = [f"Iter= {step}, " + line("Average ", *scores[:2])]
    return lines + [f"{asked_name}: " + line("", *scores[2:])] if scores[2:] else lines


def example(model, tokens, vocabulary, n_input, step):
    """Returns the document's line on a window, another at each report: its last words, the next one, and the guess."""
    offset = random.Random(step).randrange(len(tokens) - n_input)
    window = tokens[None, offset : offset + n_input + 1]
    inputs = [window[:, :-1], *(np.zeros((1, part.shape[1]), "float32") for part in model.inputs[1:])]
    logits = model(inputs)[0][0, -1] if len(inputs) > 1 else model(inputs)[0]
    *symbols_in, symbols_out = [vocabulary[number] for number in window[0]]
    return f"{symbols_in[-N_INPUT:]} - [{symbols_out}] vs [{vocabulary[int(ops.argmax(logits))]}]"


def print_ceiling(vocabulary, n_windows, possible, ambiguous):
    """Tells why training ended: `possible` of `n_windows` are right. `ambiguous`: as `ceiling` returns them."""
    print(f"{possible} of {n_windows} windows right, and no more can be:")
    for context, words in ambiguous:
        after = " or ".join(f"[{vocabulary[word]}]" for word in words)
        print(f"{[vocabulary[word] for word in context]} - {after}")


def write_graph(writer, model):
    """Shows TensorBoard the network, a box a layer."""
    inputs = [tf.TensorSpec((1, *part.shape[1:]), part.dtype, name=part.name) for part in model.inputs]
    summaries.write_graph(writer, model, [inputs])


def curves(loss, accuracy):
    """Returns the scalars that TensorBoard shows of a report: tag -> value."""
    return {"loss": loss, "accuracy": accuracy, "perplexity": perplexity(loss)}


def build_checkpoint(vocab_size, settings, strategy):
    """Returns all that a resumed run needs, a tf.train.Checkpoint.

    It has model and optimizer; states, the h and c of each layer, float32 [batch_size, n_hidden]; best, the lowest
    loss of what is asked, waited, the reports since, and finished, 1 if there is nothing left to do.
    """
    keras.utils.set_random_seed(settings.seed)
    with strategy.scope():
        model = build_model(vocab_size, settings)
        optimizer = keras.optimizers.Adam(settings.learning_rate, name="adam")
        optimizer.build(model.trainable_variables)
    states = [tf.Variable(tf.zeros((settings.batch_size, part.shape[1]))) for part in model.inputs[1:]]
    best, waited, finished = tf.Variable(np.inf), tf.Variable(0), tf.Variable(0)
    return tf.train.Checkpoint(
        model=model, optimizer=optimizer, states=states, best=best, waited=waited, finished=finished
    )


def learn(checkpoint, dataset, settings, strategy, progress):
    """Makes the updates of `dataset`; yields (step, mean loss, accuracy) at each report, and at the end.

    Both are averages since the report before; model, optimizer and states in the checkpoint are those at this step.
    """
    batch_size, display_step = settings.batch_size, settings.display_step
    update = compile_updates(checkpoint.model, checkpoint.optimizer, strategy, batch_size)

    @tf.function
    def new_totals():
        return strategy.run(tf.zeros, ([2],))

    @tf.function
    def shared(states):
        return strategy.run(lambda: [share_of(part, batch_size, strategy) for part in states])

    @tf.function
    def gathered(state):
        return [strategy.gather(part, axis=0) for part in state]

    step = reported = int(checkpoint.optimizer.iterations.numpy())
    totals, state = new_totals(), shared([*checkpoint.states])
    for windows, fresh in dataset:
        if checkpoint.finished:
            return
        totals, state = update(windows, fresh, totals, state)
        step += len(windows)
        progress.update(step - progress.n)
        if step % display_step == 0 or step == settings.training_iters:
            for variable, part in zip(checkpoint.states, gathered(state)):
                variable.assign(part)
            n_guessed = (step - reported) * batch_size * (settings.n_input if settings.stateful else 1)
            yield step, *(strategy.reduce("SUM", totals, axis=None).numpy() / n_guessed).tolist()
            totals, reported = new_totals(), step


def train(tokens, vocabulary, settings, run_dir=None, strategy=None):
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

    Raises InputError if the text is too short, the batch cannot be shared evenly, or the checkpoint is damaged.
    """
    strategy = strategy or tf.distribute.get_strategy()
    replicas, (workers, worker) = strategy.num_replicas_in_sync, place(strategy)
    n_input, display_step, chief = settings.n_input, settings.display_step, worker == 0
    run_dir = run_dir if chief else None
    if settings.batch_size % replicas:
        raise InputError(f"a batch of {settings.batch_size} windows cannot be shared evenly by {replicas} devices")
    learned, held_out = split(tokens, settings)
    by_heart = not settings.stateful and held_out is None and len(learned) - n_input <= ASKED_WINDOWS
    asked, asked_name = (learned, "Whole text") if by_heart else (held_out, "Validation")
    possible, ambiguous = ceiling(learned, n_input) if by_heart else (None, None)
    history = {name: [] for name in ("step", "loss", "accuracy", "asked_loss", "asked_accuracy")}

    checkpoint = build_checkpoint(len(vocabulary), settings, strategy)
    model = checkpoint.model
    best_model = tf.train.Checkpoint(model=model)
    measure = tf.function(lambda windows, state: guess(model, windows, state), jit_compile=True)
    resumed = run_dir and restore_latest(checkpoint, run_dir)
    if replicas > 1:  # the other workers have no checkpoint
        others = [*checkpoint.states, checkpoint.best, checkpoint.waited, checkpoint.finished]
        send_from_chief(strategy, [*model.variables, *checkpoint.optimizer.variables, *others])
    first = int(checkpoint.optimizer.iterations.numpy())
    per_call = int(np.gcd.reduce([UPDATES_PER_CALL, display_step, first])) if replicas == 1 else 1
    # Each worker cuts its own; a pipeline that TensorFlow distributes took a third of two workers' speed.
    dataset = build_windows(learned, settings, first, per_call, workers, worker)

    asked_dir = run_dir / asked_name.lower().replace(" ", "_") if run_dir and asked is not None else None
    with (
        summaries.file_writer(run_dir) as writer,
        summaries.file_writer(asked_dir) as asked_writer,
        console.progress(settings.training_iters, first, disable=None if chief else True) as progress,
    ):
        if writer and not resumed:
            write_graph(writer, model)  # once in a run: TensorBoard wants no second one
        manager = tf.train.CheckpointManager(checkpoint, str(run_dir), max_to_keep=2) if run_dir else None
        for step, *scores in learn(checkpoint, dataset, settings, strategy, progress):
            if step % display_step == 0:
                summaries.add_scalars(writer, step, curves(*scores))
                if asked is not None:
                    answers = from_chief(strategy, ask(measure, asked, settings)).tolist()
                    summaries.add_scalars(asked_writer, step, curves(*answers))
                    judge(checkpoint, *answers, len(asked) - n_input, settings, possible)
                    if run_dir and settings.patience and checkpoint.waited == 0:
                        save(best_model.write, run_dir, file_prefix=str(run_dir / "best"))
                    scores += answers
                for name, value in zip(history, (step, *scores)):
                    history[name].append(value)
                if chief:
                    for line in report(step, scores, asked_name):
                        progress.write(line)
                    progress.write(example(model, learned, vocabulary, n_input, step))
            if manager:
                save(manager.save, run_dir, checkpoint_number=step)

    if chief and by_heart and checkpoint.finished:
        print_ceiling(vocabulary, len(learned) - n_input, possible, ambiguous)
    if run_dir and settings.patience and np.isfinite(checkpoint.best):
        best_model.read(str(run_dir / "best")).expect_partial()
    language_model = with_vocabulary(model, vocabulary)
    if run_dir:
        runs.save_model(language_model, run_dir / "model.keras")
    return history, language_model


# --- use ---


def load(file):
    """Returns (model, dictionary, n_input) of a model that `train` saved; n_input is None if it carries a state.

    Raises InputError as `runs.load_model` does.
    """
    model, vocabulary = runs.load_model(file, lambda model: model.get_layer("vocabulary").get_vocabulary())
    return model, build_dictionary(vocabulary), model.inputs[0].shape[1]


def generate(model, dictionary, words, n_words, temperature=0.0, top_k=None, rng=None):
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


# --- main ---


def parse_arguments(argv=None):
    parser = console.Parser(
        prog="language_model.py",
        description="Learns which word comes next in a text of any size; then tells it on from words of yours.",
    )
    text = parser.add_argument_group("text")
    text.add_argument("--text", **FILE, default=TRAINING_FILE, help="text, or folder of .txt files (data/story.txt)")
    text.add_argument("--vocab-size", **NUMBER, help="words to know, the most frequent ones (all)")
    text.add_argument("--validation-split", **SHARE, default=0.0, help="last part to hold out (none)")
    text.add_argument("--n-input", **NUMBER, default=N_INPUT, help="words in a window (%(default)s)")
    text.add_argument(
        "--stateful", action="store_true", help="read on from window to window, and guess every word of them"
    )

    learn = parser.add_argument_group("learning")
    learn.add_argument("--training-iters", **NUMBER, default=TRAINING_ITERS, help="updates at most (%(default)s)")
    learn.add_argument("--display-step", **NUMBER, default=DISPLAY_STEP, help="updates between reports (%(default)s)")
    learn.add_argument("--batch-size", **NUMBER, default=BATCH_SIZE, help="windows in an update (%(default)s)")
    learn.add_argument("--n-embedding", **NUMBER, default=N_EMBEDDING, help="numbers for a word (%(default)s)")
    learn.add_argument("--n-hidden", **NUMBER, default=N_HIDDEN, help="units in each LSTM layer (%(default)s)")
    learn.add_argument("--n-layers", **NUMBER, default=N_LAYERS, help="LSTM layers (%(default)s)")
    learn.add_argument("--learning-rate", **POSITIVE, default=LEARNING_RATE, help="Adam's (%(default)s)")
    learn.add_argument("--patience", **NUMBER, help="stop after so many reports that validate no better")
    learn.add_argument("--seed", **console.SEED)

    console.add_keeping(parser, "ask this .keras file, learn nothing")
    tell = console.add_telling(parser, N_WORDS)
    tell.add_argument("--temperature", **POSITIVE, default=0.0, help="draw words; small: likely ones only")
    tell.add_argument("--top-k", **NUMBER, help="draw from the K likeliest words")
    settings = parser.parse_args(argv)
    if settings.patience and not settings.validation_split:
        parser.error("--patience needs a --validation-split to watch")
    if settings.top_k and not settings.temperature:
        parser.error("--top-k needs a --temperature to draw with")
    return parser, settings


def learn_text(tokens, vocabulary, settings, run_dir):
    """Settles the run and its seed and trains, with all workers; returns the model on worker 0, None on the others.

    Raises InputError as `open_strategy`, `runs.open_run`, `agree` and `train` do.
    """
    text = runs.checksum(tokens, " ".join(vocabulary).encode())
    strategy = open_strategy()
    chief = place(strategy)[1] == 0
    if chief:
        print("Loaded training data...")
        if vocabulary[0] == UNKNOWN:
            known, unknown = f"{settings.vocab_size:,} of them known", f"{100 * np.mean(tokens == 0):.1f}%"
            print(f"{len(tokens):,} words, {known}; {unknown} of the text is not")
        else:
            print(f"{len(tokens):,} words, {len(vocabulary):,} of them different")
        settings.seed = runs.open_run(run_dir, settings, text, "another text")
    try:
        settings.seed = agree(strategy, settings, text)
        if chief:
            print(f"Seed: {settings.seed}")
        _, model = train(tokens, vocabulary, settings, run_dir, strategy)
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError):  # only between workers
        start_again(["--resume"] if chief and not settings.resume else [])
    print("Optimization Finished!")
    return model if chief else None


def main(argv=None):
    start_time = time.time()
    parser, settings = parse_arguments(argv)
    run_dir = settings.logdir / "modern" / "language_model"
    with console.errors_in_one_line(parser, run_dir, console.how_to_go_on(settings)):
        if settings.model:
            model, dictionary, n_input = load(settings.model)
        else:
            tokens, vocabulary = read_data(settings.text, settings.vocab_size)
            split(tokens, settings)
            dictionary = build_dictionary(vocabulary)
            n_input = None if settings.stateful else settings.n_input
        console.check_prompts(settings.prompt, dictionary, n_input)
        if not settings.model:
            model = learn_text(tokens, vocabulary, settings, run_dir)
            if model is None:
                print("Elapsed time: ", console.elapsed(time.time() - start_time))
                return
            console.print_end(start_time, settings.logdir)

    settings.n_input = n_input
    rng = np.random.default_rng(settings.seed)
    how = {"temperature": settings.temperature, "top_k": settings.top_k, "rng": rng}
    console.answer(lambda *asked: generate(*asked, **how), model, dictionary, settings)


# XLA shall update a kernel where it lies, without a copy first (a twentieth less time per step), and use vectors of
# 512 bits where the processor has them (a twelfth less).
XLA_FLAGS = "--xla_cpu_copy_insertion_use_region_analysis=true --xla_cpu_prefer_vector_width=512"

if __name__ == "__main__":
    console.start(main, XLA_FLAGS)
