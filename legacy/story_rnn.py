"""Learns a short story word by word: 3 words in, the next one out.

The program of "Recurrent Neural Networks" (edureka, 2018), on today's TensorFlow: a two-layer LSTM reads three
words as three numbers and guesses the fourth, one window of the story per step, 50,000 steps. Then it asks you
for three words and tells 32 more.

    python legacy/story_rnn.py
    python legacy/story_rnn.py --prompt "had a general" --model logs/legacy/story_rnn/model.ckpt-50000

Average accuracy passes 80% before the end. About five minutes on two cores. Its twin of today: modern/story_rnn.py.
"""

import collections
import itertools
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from legacy import console, runs, seeds
from legacy.console import FILE, NUMBER, POSITIVE, InputError

with console.quiet():
    import numpy as np
    import tensorflow.compat.v1 as tf  # the document: import tensorflow as tf

# Parameters
LEARNING_RATE = 0.001
TRAINING_ITERS = 50000
DISPLAY_STEP = 1000
N_INPUT = 3  # words in a window
N_HIDDEN = 512  # units in each LSTM cell
N_LAYERS = 2
N_WORDS = 32  # words told after a prompt

TRAINING_FILE = Path(__file__).resolve().parents[1] / "data" / "story.txt"  # text containing words for training
LONGEST_WORD = 1000  # characters; what is longer is no word, and Keras would give every word as much room
COPIES = 6.4  # sizes of its weights that the output layer takes; measured, vocabularies of 10,000 to 100,000 words
MEMORY_LIMIT = 2e9  # bytes; each step works through all of it, 14 times as long as on the story


# --- data ---


def read_data(fname, n_input):
    """Returns the words of a UTF-8 text file: a list of n_tokens. `,` `.` `?` are words if they stand alone.

    Raises OSError or InputError as `console.read_text` does, and InputError if a word has more than `LONGEST_WORD`
    characters, or there are fewer than `n_input + 1` words.
    """
    content = console.read_text(fname).split()
    longest = max(map(len, content), default=0)
    if longest > LONGEST_WORD:
        raise InputError(f"{fname} has a word of {longest:,} characters; {LONGEST_WORD:,} are the most")
    if len(content) < n_input + 1:
        raise InputError(f"{fname} has {len(content)} words; a window of {n_input} and the next one need {n_input + 1}")
    return content


def build_dataset(words):
    """Returns (dictionary: word -> id, reverse_dictionary: id -> word).

    Ids go by frequency, the most frequent word is 0; ties go by first appearance.
    """
    count = collections.Counter(words).most_common()
    dictionary = {word: number for number, (word, _) in enumerate(count)}
    reverse_dictionary = dict(zip(dictionary.values(), dictionary.keys()))
    return dictionary, reverse_dictionary


def check_size(fname, vocab_size, n_hidden):
    """Raises InputError if the output layer for so many different words would take more than `MEMORY_LIMIT`."""
    needed = (n_hidden + 1) * vocab_size * 4 * COPIES
    if needed > MEMORY_LIMIT:
        raise InputError(
            f"{fname} has {vocab_size:,} different words; the output layer would need {n_hidden + 1:,} x {vocab_size:,} "
            f"x 4 bytes x {COPIES} = {needed / 1e9:,.1f} GB, and {MEMORY_LIMIT / 1e9:.0f} GB are the most; "
            "modern/language_model.py learns such a text"
        )


def walk(n_tokens, n_input, seed):
    """Yields each step's offset: where its window of `n_input` words starts.

    The document's walk: from a random offset near the start, a whole window further each step, and back to another
    random offset near the start when the text ends.
    """
    rng = random.Random(seed)
    end_offset = n_input + 1
    last = n_tokens - end_offset  # a text may be shorter than the document's first stride
    offset = rng.randint(0, min(end_offset, last))
    while True:
        if offset > last:
            offset = rng.randint(0, min(end_offset, last))
        yield offset
        offset += end_offset


# --- model ---


def RNN(x, weights, biases, n_hidden, n_layers):
    """Returns the logits, float32 [None, vocab_size], of windows x, float32 [None, n_input, 1]."""
    n_input = x.shape[1]
    with tf.name_scope("rnn_input"):
        x = tf.reshape(x, [-1, n_input])
        # (eg. [had] [a] [general] -> [24] [6] [33])
        x = tf.split(x, n_input, 1)  # n_input times [None, 1]

    # Average Accuracy in the document after 50k iterations: 95.20% with 2 layers, 90.60% with 1.
    # A cell a layer, never [cell] * 2: that would be one cell's weights used twice.
    if n_layers > 1:
        rnn_cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(n_hidden) for _ in range(n_layers)])
    else:
        rnn_cell = tf.nn.rnn_cell.BasicLSTMCell(n_hidden)
    # the document: from tensorflow.contrib import rnn, rnn.static_rnn, rnn.BasicLSTMCell
    outputs, states = tf.nn.static_rnn(rnn_cell, x, dtype=tf.float32)  # n_input times [None, n_hidden]

    with tf.name_scope("output/"):
        # there are n_input outputs but we only want the last one
        return tf.add(tf.matmul(outputs[-1], weights["out"]), biases["out"], name="pred")  # [None, vocab_size]


Net = collections.namedtuple("Net", "x y pred cost optimizer accuracy predicted global_step init")


def build_graph(vocab_size, settings):
    """Builds the document's network in the current graph and returns its tensors by their names there."""
    n_input, n_hidden = settings.n_input, settings.n_hidden
    with tf.name_scope("input"):
        x = tf.placeholder("float", [None, n_input, 1], name="x")
        y = tf.placeholder("float", [None, vocab_size], name="y")

    # RNN output node weights and biases. The slash lets RNN() come back to this scope; without it, that is output_1.
    with tf.name_scope("output/"):
        weights = {"out": tf.Variable(tf.random_normal([n_hidden, vocab_size]), name="weights")}
        biases = {"out": tf.Variable(tf.random_normal([vocab_size]), name="biases")}

    # TensorFlow 1's own default for a cell's kernel. Left out, tf_keras would draw it past tf.set_random_seed.
    tf.get_variable_scope().set_initializer(tf.glorot_uniform_initializer())
    pred = RNN(x, weights, biases, n_hidden, settings.n_layers)

    # Loss and optimizer
    with tf.name_scope("loss"):
        cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y))
    with tf.name_scope("train"):
        global_step = tf.train.get_or_create_global_step()
        optimizer = tf.train.RMSPropOptimizer(settings.learning_rate).minimize(cost, global_step=global_step)

    # Model evaluation. Built here once: an argmax in the loop would add to the graph at every report.
    with tf.name_scope("accuracy"):
        predicted = tf.argmax(pred, 1, name="predicted")
        correct_pred = tf.equal(predicted, tf.argmax(y, 1))
        accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))

    # Initializing the variables
    init = tf.global_variables_initializer()
    return Net(x, y, pred, cost, optimizer, accuracy, predicted, global_step, init)


# --- training ---


def train(words, settings, run_dir=None, initial_values=None):
    """Learns `words`, one window a step, and reports every `display_step` steps.

    With `run_dir`, writes the graph, the scalars `loss` and `accuracy` and a checkpoint at every report there, and
    goes on from the last checkpoint it finds there. `initial_values` (name -> array) replaces the random start.

    Returns:
        (history, session): history holds a list each of `step`, `loss` and `accuracy` (averages since the report
        before) and `predicted` (the last window's word); the session holds the trained graph: ask it with `generate`.

    Raises InputError if the checkpoint in `run_dir` is damaged or of another shape.
    """
    dictionary, reverse_dictionary = build_dataset(words)
    n_input, training_iters, display_step = settings.n_input, settings.training_iters, settings.display_step
    history = {"step": [], "loss": [], "accuracy": [], "predicted": []}

    with tf.Graph().as_default() as graph, seeds.tensorflow_1(settings.seed):
        net = build_graph(len(dictionary), settings)
        saver = tf.train.Saver(max_to_keep=2, save_relative_paths=True)
    graph.finalize()  # from here on, whatever would add to the graph is an error

    # Launch the graph
    session = runs.start_session(graph, net.init, initial_values)
    resumed = run_dir and runs.restore_latest(saver, session, run_dir)
    step = reported = int(session.run(net.global_step))
    loss_total = acc_total = 0.0

    # A resumed walk is the same walk, from the start: its seed and its length are all there is to remember.
    offsets = itertools.islice(walk(len(words), n_input, settings.seed), step, training_iters)
    with runs.file_writer(run_dir, graph, resumed) as writer, console.progress(training_iters, step) as progress:
        for offset in offsets:
            symbols_in = words[offset : offset + n_input]
            symbols_in_keys = np.reshape([dictionary[word] for word in symbols_in], [-1, n_input, 1])  # [1, n_input, 1]

            symbols_out = words[offset + n_input]
            symbols_out_onehot = np.zeros([1, len(dictionary)])  # [1, vocab_size]
            symbols_out_onehot[0, dictionary[symbols_out]] = 1.0
            feed_dict = {net.x: symbols_in_keys, net.y: symbols_out_onehot}
            asked = [net.optimizer, net.accuracy, net.cost, net.predicted]
            _, acc, loss, predicted = session.run(asked, feed_dict)
            loss_total += float(loss)
            acc_total += float(acc)
            step += 1
            progress.update()

            if step % display_step == 0:
                loss, acc = loss_total / (step - reported), acc_total / (step - reported)
                symbols_out_pred = reverse_dictionary[int(predicted[0])]
                progress.write(f"Iter= {step}, Average Loss= {loss:.6f}, Average Accuracy= {100 * acc:.2f}%")
                progress.write(f"{symbols_in} - [{symbols_out}] vs [{symbols_out_pred}]")
                for name, value in zip(history, (step, loss, acc, symbols_out_pred)):
                    history[name].append(value)
                runs.add_scalars(writer, step, {"loss": loss, "accuracy": acc})
                loss_total = acc_total = 0.0
                reported = step
            if run_dir and (step == reported or step == training_iters):
                runs.save(saver, session, run_dir, step)
    return history, session


# --- use ---


def load(checkpoint):
    """Returns (session, dictionary, n_input) of a checkpoint. Raises InputError as `runs.read_run` and `restore` do."""
    settings = runs.read_checkpoint_run(checkpoint)
    dictionary = {word: number for number, word in enumerate(settings.vocabulary)}
    with tf.Graph().as_default() as graph:
        build_graph(len(dictionary), settings)
    return runs.session_of(graph, checkpoint), dictionary, settings.n_input


def generate(session, dictionary, words, n_words):
    """Returns `words` and the `n_words` words that the trained graph tells after them, as a list."""
    reverse_dictionary = dict(zip(dictionary.values(), dictionary.keys()))
    symbols_in_keys = [dictionary[word] for word in words]
    sentence = list(words)
    for _ in range(n_words):
        keys = np.reshape(np.array(symbols_in_keys), [1, -1, 1])  # [1, n_input, 1]
        onehot_pred = session.run("output/pred:0", feed_dict={"input/x:0": keys})  # [1, vocab_size]
        onehot_pred_index = int(np.argmax(onehot_pred, 1)[0])
        sentence.append(reverse_dictionary[onehot_pred_index])
        symbols_in_keys = symbols_in_keys[1:] + [onehot_pred_index]
    return sentence


# --- main ---


def parse_arguments(argv=None):
    parser = console.Parser(
        prog="story_rnn.py",
        description="Learns a story, three words in and the next one out; then tells it on from three words of yours.",
    )
    learn = parser.add_argument_group("learning")
    learn.add_argument("--text", **FILE, default=TRAINING_FILE, help="text to learn (data/story.txt)")
    learn.add_argument("--training-iters", **NUMBER, default=TRAINING_ITERS, help="steps, a window each (%(default)s)")
    learn.add_argument("--display-step", **NUMBER, default=DISPLAY_STEP, help="steps between two reports (%(default)s)")
    learn.add_argument("--n-input", **NUMBER, default=N_INPUT, help="words in a window (%(default)s)")
    learn.add_argument("--n-hidden", **NUMBER, default=N_HIDDEN, help="units in each LSTM layer (%(default)s)")
    learn.add_argument("--n-layers", **NUMBER, default=N_LAYERS, help="LSTM layers (%(default)s)")
    learn.add_argument("--learning-rate", **POSITIVE, default=LEARNING_RATE, help="RMSProp's (%(default)s)")
    learn.add_argument("--seed", **console.SEED)
    console.add_keeping(parser, "ask this checkpoint, learn nothing")
    console.add_telling(parser, N_WORDS)
    return parser, parser.parse_args(argv)


def main(argv=None):
    start_time = time.time()
    parser, settings = parse_arguments(argv)
    run_dir = settings.logdir / "legacy" / "story_rnn"
    with console.errors_in_one_line(parser, run_dir, console.how_to_go_on(settings)):
        if settings.model:
            session, dictionary, settings.n_input = load(settings.model)
        else:
            words = read_data(settings.text, settings.n_input)
            print("Loaded training data...")
            dictionary, _ = build_dataset(words)
            check_size(settings.text, len(dictionary), settings.n_hidden)
        console.check_prompts(settings.prompt, dictionary, settings.n_input)
        if not settings.model:
            text = runs.checksum(" ".join(words).encode())
            settings.seed = runs.open_run(run_dir, settings, text, "another text", vocabulary=list(dictionary))
            print(f"Seed: {settings.seed}")
            _, session = train(words, settings, run_dir)
            print("Optimization Finished!")
            console.print_end(start_time, settings.logdir)

    with session:
        console.answer(generate, session, dictionary, settings)


if __name__ == "__main__":
    console.start(main)
