"""Bridges a growing gap: a word read long ago decides the next one.

The networks of legacy/long_term.py as one writes them today, in Keras 3: a plain RNN, an LSTM and a GRU of
the same size learn the same sentences in the same order, with 3 to 80 words between the word that decides
("I am going to France ...") and its answer ("... the language spoken there is French"). Half a minute on two cores.

    python modern/long_term.py
    python modern/long_term.py --clip-norm 1 --plot long_term.png
    python modern/long_term.py --gaps 5 20 100 300 1000 --cells rnn relu irnn gru --clip-norm 1    (minutes)
"""

import itertools
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from modern import console, optimizers, runs, summaries
from modern.console import NUMBER, PICTURE, POSITIVE, InputError

with console.quiet():
    import keras
    import numpy as np
    import tensorflow as tf
    from keras import layers
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


def uniform():
    """Returns a new initializer: one used twice would draw the same numbers twice."""
    return keras.initializers.RandomUniform(-INIT_SCALE, INIT_SCALE)


def build_model(n_words, cell, settings):
    """Returns the network: sentences, int [batch, n_steps] -> logits of the next word, float32 [batch, n_words].

    Biases start as TensorFlow 1's do: at 0, those of the LSTM's forget gate and of the GRU's gates at 1.
    """
    n_hidden = settings.n_hidden
    start = {"kernel_initializer": uniform(), "recurrent_initializer": uniform(), "name": "rnn"}
    if cell == "lstm":
        recurrent = layers.LSTM(n_hidden, **start)
    elif cell == "gru":
        # TensorFlow 1 resets the state before the product.
        recurrent = layers.GRU(n_hidden, reset_after=False, **start)
    else:
        if cell == "irnn":  # Le, Jaitly, Hinton 2015, arxiv.org/abs/1504.00941
            start["recurrent_initializer"] = "identity"
        recurrent = layers.SimpleRNN(n_hidden, activation="tanh" if cell == "rnn" else "relu", **start)

    inputs = keras.Input((None,), dtype="int32", name="input")
    x = layers.Embedding(n_words, EMBEDDING_SIZE, embeddings_initializer=uniform(), name="embedding")(inputs)
    x = recurrent(x)  # [batch, n_hidden]
    outputs = layers.Dense(n_words, kernel_initializer=uniform(), name="output")(x)
    if cell == "gru":
        recurrent.cell.bias.assign(np.repeat([1.0, 1.0, 0.0], n_hidden))  # z, r, h
    return keras.Model(inputs, outputs, name="model")


# --- training ---


def write_graph(writer, model):
    """Shows TensorBoard the graph of one update; model_1/rnn_1/while is rnn/while there, without Keras' numbers."""
    sentences = tf.TensorSpec((None, None), tf.int32, name="input/x")
    answers = tf.TensorSpec((None,), tf.int32, name="input/y")
    renames = [(r"\bmodel(_\d+)?/([a-z]+)(_\d+)*/", r"\2/")]
    summaries.write_update(writer, model, model, [sentences], answers, renames)


def train(cell, settings, run_dir=None, initial_values=None):
    """Trains one network, a batch a step, and reports every `display_step` steps; then asks it the test sentences.

    With `run_dir`, writes the graph and the scalars `loss` and `accuracy` there.
    `initial_values` (the arrays of `model.get_weights()`) replaces the random start.

    Returns:
        (history, accuracies, model): history holds a list each of `step`, `loss` and `accuracy` (averages since
        the report before); accuracies holds gap -> share of right answers.
    """
    dictionary = build_dictionary()
    test = read_test(dictionary, settings.gaps)
    training_iters, display_step = settings.training_iters, settings.display_step
    history = {"step": [], "loss": [], "accuracy": []}

    keras.utils.set_random_seed(settings.seed)
    model = build_model(len(dictionary), cell, settings)
    if initial_values is not None:
        model.set_weights(initial_values)
    model.compile(
        optimizer=optimizers.TF1Adam(settings.learning_rate, global_clipnorm=settings.clip_norm),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, name="loss"),
        metrics=["accuracy"],
        jit_compile=False,  # XLA would compile each length anew, which takes longer than the training
    )
    model.optimizer.build(model.trainable_variables)

    def report(batch, logs):
        step = batch + 1
        progress.update()
        if step % display_step == 0:
            loss, acc = logs["loss"], logs["accuracy"]
            progress.write(f"Iter= {step}, {cell}, Average Loss= {loss:.6f}, Average Accuracy= {100 * acc:.2f}%")
            for name, value in zip(history, (step, loss, acc)):
                history[name].append(value)
            summaries.add_scalars(writer, step, {"loss": loss, "accuracy": acc})
            model.reset_metrics()

    data = batches(dictionary, test, settings.seed)
    callback = keras.callbacks.LambdaCallback(on_train_batch_end=report)
    with summaries.file_writer(run_dir) as writer, console.progress(training_iters, desc=cell) as progress:
        if writer:
            write_graph(writer, model)
        model.fit(data, steps_per_epoch=training_iters, shuffle=False, callbacks=[callback], verbose=0)

    accuracies = {gap: float(np.mean(np.argmax(model(x), 1) == y)) for gap, (x, y) in test.items()}
    return history, accuracies, model


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
    run_dir = settings.logdir / "modern" / "long_term"
    with console.errors_in_one_line(parser, run_dir, f"What was reported so far is in {run_dir}."):
        if not_there := {1, 2, 4} & set(settings.gaps):
            raise InputError(f"--gaps: 3 words are in between, or 5 and more, not {min(not_there)}")
        runs.new_run(run_dir)
        settings.seed = console.draw_seed(settings.seed)
        print(f"Seed: {settings.seed}")
        report_sentences(settings.gaps)
        accuracies = {}
        for cell in settings.cells:
            _, accuracies[cell], _ = train(cell, settings, run_dir / cell)
        figure = plot(accuracies)
        with summaries.file_writer(run_dir) as writer:
            summaries.add_figure(writer, "accuracy_by_gap", figure)
        if settings.plot:
            figure.savefig(settings.plot, dpi=120)

    print("Optimization Finished!")
    report_test(accuracies)
    console.print_end(start_time, settings.logdir)


if __name__ == "__main__":
    console.start(main)
