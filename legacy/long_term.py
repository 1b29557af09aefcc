"""Bridges a growing gap: a word read long ago decides the next one.

What "Recurrent Neural Networks" (edureka, 2018) says of long-term dependencies, measured: a plain RNN, an LSTM and a
GRU of the same size learn the same sentences in the same order, with 3 to 80 words between the word that decides
("I am going to France ...") and its answer ("... the language spoken there is French").

    python legacy/long_term.py
    python legacy/long_term.py --clip-norm 1 --plot long_term.png
    python legacy/long_term.py --gaps 5 20 100 300 1000 --cells rnn relu irnn gru --clip-norm 1    (minutes)

About half a minute on two cores. Its twin of today: modern/long_term.py.
"""

import collections
import itertools
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from legacy import console, runs, seeds
from legacy.console import NUMBER, PICTURE, POSITIVE, InputError

with console.quiet():
    import numpy as np
    import tensorflow.compat.v1 as tf
    from matplotlib.figure import Figure

# Parameters
LEARNING_RATE = 0.003
TRAINING_ITERS = 1200  # batches, each of one gap
BATCH_SIZE = 64
DISPLAY_STEP = 200
TEST_SIZE = 200  # sentences for each gap

# Network Parameters
CELLS = ("rnn", "lstm", "gru")
MORE_CELLS = ("relu", "irnn")  # the plain RNN with ReLU for tanh; and its recurrent weights start as the identity
N_HIDDEN = 64  # units in the cell
EMBEDDING_SIZE = 32
INIT_SCALE = 0.2  # weights start between -0.2 and 0.2


# --- data ---

# The sentences: the deciding word and its answer
PLACES = "clouds sky, fish sea, trees forest, books library, cows meadow, cars garage, apples basket, actors theatre"
LANGUAGES = "France French, Germany German, Italy Italian, Poland Polish, Greece Greek, Turkey Turkish, Japan Japanese"
LANGUAGES += ", Sweden Swedish"
# What is said before and in between decides nothing.
TALK = (
    "we leave early in the morning, my sister comes with me, the train is often late, I pack a warm coat,"
    " the tickets were not cheap, we want to see the old town, there will be good food, I have read about it,"
    " a friend lent me her map, the hotel has a garden, we stay for two weeks, rain is not expected,"
    " the children look forward to it, nobody knows us there, our dog stays at home, I take many photographs"
)
GAPS = (3, 5, 10, 20, 40, 80)  # words between the deciding word and its answer; 3: the clouds, from 5 on: France
BEFORE = 10  # words of talk before the sentence
CHANCE = 1 / len(LANGUAGES.split(","))  # of a right answer


def build_dictionary():
    """Returns the word -> id of every word there is, in alphabetical order."""
    words = f"{PLACES} {LANGUAGES} {TALK} the are in the I am going to the language spoken there is"
    return {word: number for number, word in enumerate(sorted(set(words.replace(",", " ").split())))}


def draw_sentences(gap, size, dictionary, rng, unseen=frozenset()):
    """Returns `size` random sentences of one gap: (ids, int [size, n_steps], and the answers' ids, int [size]).

    None of them is in `unseen`, a set of rows' bytes.
    """
    talk = [[dictionary[word] for word in phrase.split()] for phrase in TALK.split(",")]
    pairs = [[dictionary[word] for word in pair.split()] for pair in (PLACES if gap == 3 else LANGUAGES).split(",")]
    opening, question = ("the", "are in the") if gap == 3 else ("I am going to", "the language spoken there is")
    opening, question = ([dictionary[word] for word in part.split()] for part in (opening, question))

    sentences = []
    while len(sentences) < size:
        n_words = BEFORE + gap - len(question)
        said = []
        while len(said) < n_words + 10:
            said += talk[rng.integers(len(talk))]
        start = rng.integers(10)  # anywhere in a phrase
        said = said[start : start + n_words]
        word, answer = pairs[rng.integers(len(pairs))]
        sentence = [*said[:BEFORE], *opening, word, *said[BEFORE:], *question]
        if np.array(sentence).tobytes() not in unseen:
            sentences.append([*sentence, answer])
    sentences = np.array(sentences)
    return sentences[:, :-1], sentences[:, -1]


def read_test(dictionary, gaps=GAPS):
    """Returns gap -> (sentences, answers): the same for every seed, never trained on."""
    rng = np.random.default_rng(0)
    return {gap: draw_sentences(gap, TEST_SIZE, dictionary, rng) for gap in gaps}


def batches(dictionary, test, seed):
    """Yields (sentences, answers) without end, a batch of each gap in turn, without any sentence of `test`."""
    rng = np.random.default_rng([seed, 1])
    unseen = {sentence.tobytes() for sentences, _ in test.values() for sentence in sentences}
    for gap in itertools.cycle(test):
        yield draw_sentences(gap, BATCH_SIZE, dictionary, rng, unseen)


# --- model ---


def identity(shape, dtype=tf.float32, partition_info=None):
    """Initializes a plain RNN's kernel: the inputs' rows as all weights, the state's as the identity.

    Source: Le, Jaitly, Hinton 2015, arxiv.org/abs/1504.00941.
    """
    n_inputs, n_hidden = shape[0] - shape[1], shape[1]
    inputs = tf.random_uniform([n_inputs, n_hidden], -INIT_SCALE, INIT_SCALE, dtype)
    return tf.concat([inputs, tf.eye(n_hidden, dtype=dtype)], 0)


def RNN(x, weights, biases, cell, n_hidden):
    """Returns the logits, float32 [None, n_words], of embedded sentences x, float32 [None, None, embedding_size]."""
    if cell == "lstm":
        rnn_cell = tf.nn.rnn_cell.BasicLSTMCell(n_hidden)
    elif cell == "gru":
        rnn_cell = tf.nn.rnn_cell.GRUCell(n_hidden)
    else:
        rnn_cell = tf.nn.rnn_cell.BasicRNNCell(n_hidden, activation=tf.tanh if cell == "rnn" else tf.nn.relu)
    if cell == "irnn":
        tf.get_variable_scope().set_initializer(identity)
    outputs, states = tf.nn.dynamic_rnn(rnn_cell, x, dtype=tf.float32)  # [None, None, n_hidden]
    with tf.name_scope("output/"):  # with its slash, the scope of the weights again, not output_1
        return tf.add(tf.matmul(outputs[:, -1], weights["out"]), biases["out"], name="pred")  # [None, n_words]


Net = collections.namedtuple("Net", "x y pred cost optimizer accuracy init")


def build_graph(n_words, cell, settings):
    """Builds one network in the current graph: it reads a sentence and guesses the next of `n_words` words."""
    with tf.name_scope("input"):
        x = tf.placeholder(tf.int32, [None, None], name="x")
        y = tf.placeholder(tf.int32, [None], name="y")

    tf.get_variable_scope().set_initializer(tf.random_uniform_initializer(-INIT_SCALE, INIT_SCALE))
    with tf.variable_scope("embedding"):
        embeddings = tf.get_variable("embeddings", [n_words, EMBEDDING_SIZE])
        embedded = tf.nn.embedding_lookup(embeddings, x)  # [None, None, embedding_size]
    with tf.variable_scope("output"):
        weights = {"out": tf.get_variable("weights", [settings.n_hidden, n_words])}
        biases = {"out": tf.get_variable("biases", [n_words], initializer=tf.zeros_initializer())}
    pred = RNN(embedded, weights, biases, cell, settings.n_hidden)

    with tf.name_scope("loss"):
        cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(logits=pred, labels=y))
    with tf.name_scope("train"):
        adam = tf.train.AdamOptimizer(settings.learning_rate)
        gradients, variables = zip(*adam.compute_gradients(cost))
        if settings.clip_norm:
            # An embedding's gradient has a row for every word read. As one matrix, each word counts once in the norm.
            gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
            gradients, _ = tf.clip_by_global_norm(gradients, settings.clip_norm)
        optimizer = adam.apply_gradients(zip(gradients, variables))
    with tf.name_scope("accuracy"):
        correct_pred = tf.equal(tf.argmax(pred, 1, output_type=tf.int32), y)
        accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))
    return Net(x, y, pred, cost, optimizer, accuracy, tf.global_variables_initializer())


# --- training ---


def train(cell, settings, run_dir=None, initial_values=None):
    """Trains one network, a batch a step, and reports every `display_step` steps; then asks it the test sentences.

    With `run_dir`, writes the graph and the scalars `loss` and `accuracy` there.
    `initial_values` (variable name -> array) replaces the random start.

    Returns:
        (history, accuracies, session): history holds a list each of `step`, `loss` and `accuracy` (averages since
        the report before); accuracies holds gap -> share of right answers; the session holds the trained graph.
    """
    dictionary = build_dictionary()
    test = read_test(dictionary, settings.gaps)
    training_iters, display_step = settings.training_iters, settings.display_step
    history = {"step": [], "loss": [], "accuracy": []}

    with tf.Graph().as_default() as graph, seeds.tensorflow_1(settings.seed):
        net = build_graph(len(dictionary), cell, settings)
    graph.finalize()  # from here on, whatever would add to the graph is an error

    session = runs.start_session(graph, net.init, initial_values)
    loss_total = acc_total = 0.0
    data = itertools.islice(batches(dictionary, test, settings.seed), training_iters)
    with runs.file_writer(run_dir, graph) as writer, console.progress(training_iters, desc=cell) as progress:
        for step, (batch_x, batch_y) in enumerate(data, 1):
            feed_dict = {net.x: batch_x, net.y: batch_y}
            _, loss, acc = session.run([net.optimizer, net.cost, net.accuracy], feed_dict)
            loss_total += float(loss)
            acc_total += float(acc)
            progress.update()
            if step % display_step == 0:
                loss, acc = loss_total / display_step, acc_total / display_step
                progress.write(f"Iter= {step}, {cell}, Average Loss= {loss:.6f}, Average Accuracy= {100 * acc:.2f}%")
                for name, value in zip(history, (step, loss, acc)):
                    history[name].append(value)
                runs.add_scalars(writer, step, {"loss": loss, "accuracy": acc})
                loss_total = acc_total = 0.0

    accuracies = {gap: float(session.run(net.accuracy, {net.x: x, net.y: y})) for gap, (x, y) in test.items()}
    return history, accuracies, session


# --- use ---


def report_sentences(gaps):
    """Prints the first test sentence of each gap that a line holds."""
    dictionary = build_dictionary()
    vocabulary = list(dictionary)
    for gap, (sentences, answers) in read_test(dictionary, gaps).items():
        if gap <= 20:
            words = [vocabulary[number] for number in sentences[0, BEFORE:]]
            print(f"Gap {gap}: {' '.join(words)} [{vocabulary[answers[0]]}]")


def report_test(accuracies):
    """Prints the table of accuracy by gap; `accuracies`: cell -> gap -> share."""
    print(f"Accuracy on {TEST_SIZE} unseen sentences for each gap; chance is {100 * CHANCE:.1f}%")
    print("gap  " + "".join(f"{cell:>8}" for cell in accuracies))
    for gap in next(iter(accuracies.values())):
        print(f"{gap:<5}" + "".join(f"{100 * each[gap]:7.1f}%" for each in accuracies.values()))


def plot(accuracies):
    """Returns the picture of accuracy by gap, a figure; `accuracies`: cell -> gap -> share."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes, gaps = figure.subplots(), list(next(iter(accuracies.values())))
    # Where two are equal, the wide one shows behind the narrow one.
    styles = {"rnn": ("o-", "plain RNN", 2), "lstm": ("s-", "LSTM", 5), "gru": ("D--", "GRU", 1.5)}
    styles.update({"relu": ("v-", "ReLU", 2), "irnn": ("^-", "ReLU from the identity", 2)})
    for cell, shares in accuracies.items():
        style, label, width = styles[cell]
        shares = [100 * share for share in shares.values()]
        axes.plot(range(len(shares)), shares, style, label=label, linewidth=width, markersize=5 + width)
    axes.axhline(100 * CHANCE, color="gray", linestyle=":", label="chance")
    axes.set(xlabel="words between the deciding word and the answer", xticks=range(len(gaps)), xticklabels=gaps)
    axes.set(ylabel="unseen sentences answered right, %", ylim=(0, 105))
    axes.grid(alpha=0.3)
    axes.legend(loc="center right")
    return figure


# --- main ---


def parse_arguments(argv=None):
    parser = console.Parser(
        prog="long_term.py", description="How far back can they look? A plain RNN, an LSTM and a GRU, by the gap."
    )
    parser.add_argument("--training-iters", **NUMBER, default=TRAINING_ITERS, help="steps (%(default)s)")
    parser.add_argument("--display-step", **NUMBER, default=DISPLAY_STEP, help="steps between reports (%(default)s)")
    parser.add_argument("--n-hidden", **NUMBER, default=N_HIDDEN, help="units in each cell (%(default)s)")
    parser.add_argument("--learning-rate", **POSITIVE, default=LEARNING_RATE, help="Adam's (%(default)s)")
    parser.add_argument("--clip-norm", **POSITIVE, help="clips the whole gradient at this norm (it is not clipped)")
    parser.add_argument("--gaps", **NUMBER, nargs="+", default=GAPS, help="words in between (3 5 10 20 40 80)")
    cells = CELLS + MORE_CELLS
    parser.add_argument("--cells", nargs="+", choices=cells, default=CELLS, help="of %(choices)s (the first three)")
    parser.add_argument("--seed", **console.SEED)
    parser.add_argument("--logdir", **console.LOGDIR)
    parser.add_argument("--plot", **PICTURE, help="draws accuracy by gap into a .png file")
    return parser, parser.parse_args(argv)


def main(argv=None):
    start_time = time.time()
    parser, settings = parse_arguments(argv)
    run_dir = settings.logdir / "legacy" / "long_term"
    with console.errors_in_one_line(parser, run_dir, f"What was reported so far is in {run_dir}."):
        if not_there := {1, 2, 4} & set(settings.gaps):
            raise InputError(f"--gaps: 3 words are in between, or 5 and more, not {min(not_there)}")
        runs.new_run(run_dir)
        settings.seed = console.draw_seed(settings.seed)
        print(f"Seed: {settings.seed}")
        report_sentences(settings.gaps)
        accuracies = {}
        for cell in settings.cells:
            _, accuracies[cell], session = train(cell, settings, run_dir / cell)
            session.close()
        figure = plot(accuracies)
        with runs.file_writer(run_dir) as writer:
            runs.add_figure(writer, "accuracy_by_gap", figure)
        if settings.plot:
            figure.savefig(settings.plot, dpi=120)

    print("Optimization Finished!")
    report_test(accuracies)
    console.print_end(start_time, settings.logdir)


if __name__ == "__main__":
    console.start(main)
