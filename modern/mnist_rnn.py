"""Reads handwritten digits row by row: 28 rows of 28 pixels in, one of 10 classes out.

The program of legacy/mnist_rnn.py as one writes it today, in Keras 3: the same LSTM, images in the same order,
arithmetic and output. Then it shows the test images it misread, and a confusion matrix, in TensorBoard.

    python modern/mnist_rnn.py
    python modern/mnist_rnn.py --dataset digits          (needs no network)
    python modern/mnist_rnn.py --model logs/modern/mnist_rnn/mnist.keras

Test accuracy ends above 94%. About a quarter of a minute on two cores.
"""

import itertools
import math
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from modern import console, mnist_data, optimizers, runs, summaries
from modern.console import FOLDER, NUMBER, POSITIVE, InputError

with console.quiet():
    import keras
    import numpy as np
    import tensorflow as tf
    from keras import layers, ops

# Parameters
LEARNING_RATE = 0.001
TRAINING_ITERS = 100000  # images
BATCH_SIZE = 128
DISPLAY_STEP = 10

# Network Parameters
N_INPUT = 28  # pixels in a row
N_STEPS = 28  # rows in an image
N_HIDDEN = 128  # units in the cell
N_CLASSES = 10
CELLS = ("lstm", "gru", "rnn")
TEST_LEN = 128  # the document tests the first so many test images
STEPS_PER_CALL = 10  # at most so many updates in one call of the training function


# --- data ---


def read_training(settings, run_dir):
    """Returns ((images, labels) to learn, (images, labels) to test), and settles the run and its seed.

    Raises InputError as `mnist_data.read_images` and `runs.open_run` do.
    """
    (images, labels), test = arrays = mnist_data.read_images(settings)
    checksum = runs.checksum(*(array for part in arrays for array in part))
    settings.seed = runs.open_run(run_dir, settings, checksum, "other images")
    print(f"Seed: {settings.seed}")
    held_out = min(5000, len(images) // 12)  # for validation, as TensorFlow 1's reader does
    return (images[held_out:], labels[held_out:]), test


# --- model ---


def build_model(settings):
    """Returns the network: images, uint8 [batch, n_steps, n_input] -> logits, float32 [batch, n_classes].

    Its weights start as TensorFlow 1's did: glorot_uniform over a cell's kernels as [n_input + n_hidden, columns]
    matrices, one of the LSTM's four gates, one of the GRU's two gates and one of its candidate; a standard
    normal in the output layer. Biases start at 0, those of the LSTM's forget gate and the GRU's gates at 1.
    """
    cell, n_steps, n_input, n_hidden = settings.cell, settings.n_steps, settings.n_input, settings.n_hidden

    def limit(columns):
        return math.sqrt(6 / (n_input + n_hidden + columns))

    if cell == "lstm":
        cell_class, gates, biases = layers.LSTM, [limit(4 * n_hidden)] * 4, [0, 1, 0, 0]  # i, f, c, o
    elif cell == "gru":
        cell_class, gates, biases = layers.GRU, [limit(2 * n_hidden)] * 2 + [limit(n_hidden)], [1, 1, 0]  # z, r, h
    else:
        cell_class, gates, biases = layers.SimpleRNN, [limit(n_hidden)], [0]
    recurrent = cell_class(
        n_hidden,
        kernel_initializer=keras.initializers.RandomUniform(-1, 1),
        recurrent_initializer=keras.initializers.RandomUniform(-1, 1),
        name=cell,
        **({"reset_after": False} if cell == "gru" else {}),  # TensorFlow 1 resets the state before the product
    )

    inputs = keras.Input((n_steps, n_input), dtype="uint8", name="input")
    x = layers.Rescaling(1 / 255, name="rnn_input")(inputs)
    x = recurrent(x)  # [batch, n_hidden], the last of n_steps
    outputs = layers.Dense(
        settings.n_classes,
        kernel_initializer=keras.initializers.RandomNormal(stddev=1.0),
        bias_initializer=keras.initializers.RandomNormal(stddev=1.0),
        name="output",
    )(x)
    for kernel in (recurrent.cell.kernel, recurrent.cell.recurrent_kernel):
        kernel.assign(kernel * np.repeat(gates, n_hidden))
    recurrent.cell.bias.assign(np.repeat(biases, n_hidden))
    return keras.Model(inputs, outputs, name="rnn")


class InHalves(keras.Model):
    """A model that runs a batch as two halves.

    They need nothing of each other until the loss, so two cores take one each, where one half's product
    is too small to divide and its step must wait for the step before. A quarter less time on two cores.
    """

    def call(self, images, training=None, mask=None):
        if images.shape[0] == 1:
            return super().call(images, training=training)
        middle = ops.shape(images)[0] // 2
        halves = [super(InHalves, self).call(half, training=training) for half in (images[:middle], images[middle:])]
        return ops.concatenate(halves)


# --- training ---


def write_graph(writer, rnn, model):
    """Shows TensorBoard the graph of one update; rnn_1/lstm_1 is rnn/lstm there, without Keras' numbers.

    The steps stand in a row, as legacy's do, and the batch is whole; in training they are a loop, over halves.
    """
    images = tf.TensorSpec((None, *rnn.input_shape[1:]), tf.uint8, name="input/x")
    labels = tf.TensorSpec((None,), tf.uint8, name="input/y")
    renames = [
        (r"\b(rnn|lstm|gru|rnn_input|output)(_\d+)+/", r"\1/"),
        (r"\brnn/Cast\b", "rnn_input/Cast"),
        (r"\brnn/(rnn_input|output)/", r"\1/"),
    ]
    recurrent = next(layer for layer in rnn.layers if isinstance(layer, layers.RNN))
    recurrent.unroll = True
    summaries.write_update(writer, model, rnn, [images], labels, renames)
    recurrent.unroll = False


def train(images, labels, settings, run_dir=None, initial_values=None):
    """Learns `training_iters` images, a batch a step, and reports every `display_step` steps.

    `images` are uint8 [examples, n_steps, n_input], `labels` uint8 [examples]. With `run_dir`, writes the graph, the
    scalars `loss` and `accuracy` and a checkpoint at every report there, and goes on from the checkpoint it finds
    there; the trained model is `mnist.keras`. `initial_values` (the arrays of `model.get_weights()`) replaces the
    random start.

    Returns:
        (history, model): history holds a list each of `step`, `loss` and `accuracy`, of the step's batch after its
        update, as the document measures them.

    Raises:
        InputError: the checkpoint in `run_dir` is damaged or of another shape.
    """
    batch_size, display_step = settings.batch_size, settings.display_step
    history = {"step": [], "loss": [], "accuracy": []}

    keras.utils.set_random_seed(settings.seed)
    rnn = build_model(settings)
    if initial_values is not None:
        rnn.set_weights(initial_values)
    model = InHalves(rnn.input, rnn.output, name="rnn")
    model.compile(
        optimizer=optimizers.TF1Adam(settings.learning_rate, name="adam"),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, name="loss"),
        jit_compile=False,  # XLA's matrix products are slower here than TensorFlow's own, from oneDNN
    )
    model.optimizer.build(model.trainable_variables)
    resumed = run_dir and runs.restore_latest(model, run_dir)
    first, last = int(model.optimizer.iterations), settings.training_iters // batch_size

    # The order is the same, from the start: a resumed run takes up its own part of it.
    order = itertools.islice(mnist_data.shuffled(len(images), settings.seed), first * batch_size, last * batch_size)
    order = np.fromiter(order, int).reshape(-1, batch_size)  # [steps, batch_size]
    dataset = tf.data.Dataset.from_tensor_slices(order)
    dataset = dataset.map(lambda batch: (tf.gather(images, batch), tf.gather(labels, batch))).prefetch(2)
    # Each call of the training function ends at a report or divides the way to it.
    model.steps_per_execution = math.gcd(STEPS_PER_CALL, display_step, first)

    @tf.function
    def measure(batch, targets):
        logits = model(batch)
        right = tf.argmax(logits, 1) == tf.cast(targets, tf.int64)
        return model.compute_loss(y=targets, y_pred=logits), tf.reduce_mean(tf.cast(right, tf.float32))

    def report(batch, logs):
        step = int(model.optimizer.iterations)
        progress.update(step * batch_size - progress.n)
        if step % display_step == 0:
            batch = order[step - first - 1]
            loss, accuracy = (float(value) for value in measure(images[batch], labels[batch]))
            progress.write(f"Iter {step * batch_size}, Minibatch Loss= {loss:.6f}, Training Accuracy= {accuracy:.5f}")
            for name, value in zip(history, (step, loss, accuracy)):
                history[name].append(value)
            summaries.add_scalars(writer, step, {"loss": loss, "accuracy": accuracy})

    # The backup comes last: a kill between the two then repeats a report, and loses none.
    callbacks = [keras.callbacks.LambdaCallback(on_train_batch_end=report)]
    if run_dir:
        callbacks.append(runs.Backup(run_dir, display_step))
    bar = console.progress(last * batch_size, first * batch_size, unit=" images", unit_scale=True)
    with summaries.file_writer(run_dir) as writer, bar as progress:
        if writer and not resumed:
            write_graph(writer, rnn, model)  # once in a run: TensorBoard wants no second one
        if first < last:
            model.fit(dataset, shuffle=False, callbacks=callbacks, verbose=0)

    if run_dir:
        runs.save_model(rnn, run_dir / "mnist.keras")
    return history, rnn


# --- use ---


def load(file):
    """Returns (a model that `train` saved, its sizes by their flags). Raises InputError as `runs.load_model` does."""

    def look(model):
        (_, n_steps, n_input), (_, n_classes) = model.input_shape, model.output_shape
        return {"n_steps": n_steps, "n_input": n_input, "n_classes": n_classes}

    return runs.load_model(file, look)


def predict(model, images):
    """Returns the class the model tells each image to be, int [images]."""
    return model.predict(images, batch_size=1000, verbose=0).argmax(1)


def write_pictures(predicted, images, labels, n_classes, run_dir, step):
    """Shows TensorBoard the first 25 misread test images and the confusion matrix, as images."""
    from matplotlib.figure import Figure  # takes a second, and only this needs it

    misread = np.flatnonzero(predicted != labels)
    grid = Figure(figsize=(6, 6.5), layout="constrained")
    grid.suptitle(f"{len(misread)} of {len(labels)} test images misread")
    for axes, at in itertools.zip_longest(grid.subplots(5, 5).flat, misread[:25]):
        axes.axis("off")
        if at is not None:
            axes.imshow(images[at], cmap="gray_r")
            axes.set_title(f"{labels[at]} read as {predicted[at]}", fontsize="small")

    confusion = np.zeros((n_classes, n_classes), int)
    np.add.at(confusion, (labels, predicted), 1)
    matrix = Figure(figsize=(6, 6), layout="constrained")
    axes = matrix.subplots()
    axes.imshow(np.log1p(confusion), cmap="Blues")  # the diagonal is far above the rest
    axes.set(xlabel="read as", ylabel="is", xticks=range(n_classes), yticks=range(n_classes), title="test images")
    for (row, column), count in np.ndenumerate(confusion):
        color = "white" if count > confusion.max() / 10 else "black"
        axes.text(column, row, count or "", ha="center", va="center", color=color)

    with summaries.file_writer(run_dir) as writer:
        for name, figure in (("misread", grid), ("confusion", matrix)):
            summaries.add_figure(writer, name, figure, step)


def report_test(predicted, labels):
    """Prints the accuracy on the document's first 128 test images, and on all."""
    correct = predicted == labels
    print("Testing Accuracy:", f"{correct[:TEST_LEN].mean():.5f}")
    print(f"Testing Accuracy, all {len(labels)} images:", f"{correct.mean():.5f}")


# --- main ---


def parse_arguments(argv=None):
    parser = console.Parser(
        prog="mnist_rnn.py", description="Learns to read handwritten digits, a row of pixels per time step."
    )
    data = parser.add_argument_group("images")
    source = data.add_mutually_exclusive_group()
    source.add_argument("--dataset", choices=("mnist", "digits"), default="mnist",
                        help="mnist, downloaded once, or scikit-learn's digits, no network needed (%(default)s)")  # fmt: skip
    source.add_argument("--data-dir", **FOLDER, help="four IDX files, under MNIST's names, gzipped or not")
    data.add_argument("--n-steps", **NUMBER, default=N_STEPS, help="rows of an image (%(default)s)")
    data.add_argument("--n-input", **NUMBER, default=N_INPUT, help="pixels in a row (%(default)s)")
    data.add_argument("--n-classes", **NUMBER, default=N_CLASSES, help="labels go from 0 to N - 1 (%(default)s)")

    learn = parser.add_argument_group("learning")
    learn.add_argument("--cell", choices=CELLS, default=CELLS[0], help="recurrent cell: %(choices)s (%(default)s)")
    learn.add_argument("--training-iters", **NUMBER, default=TRAINING_ITERS, help="images to learn (%(default)s)")
    learn.add_argument("--batch-size", **NUMBER, default=BATCH_SIZE, help="images a step (%(default)s)")
    learn.add_argument("--display-step", **NUMBER, default=DISPLAY_STEP, help="steps between two reports (%(default)s)")
    learn.add_argument("--n-hidden", **NUMBER, default=N_HIDDEN, help="units in the cell (%(default)s)")
    learn.add_argument("--learning-rate", **POSITIVE, default=LEARNING_RATE, help="Adam's (%(default)s)")
    learn.add_argument("--seed", **console.SEED)
    console.add_keeping(parser, "test this .keras file, learn nothing")
    return parser, parser.parse_args(argv)


def main(argv=None):
    start_time = time.time()
    parser, settings = parse_arguments(argv)
    run_dir = settings.logdir / "modern" / "mnist_rnn"
    with console.errors_in_one_line(parser, run_dir, console.how_to_go_on(settings)):
        if settings.model:
            model, sizes = load(settings.model)
            vars(settings).update(sizes)
            _, (images, labels) = mnist_data.read_images(settings)
            report_test(predict(model, images), labels)
            return
        if settings.training_iters < settings.batch_size:
            few, batch = settings.training_iters, settings.batch_size
            raise InputError(f"--training-iters {few} is less than one batch of {batch}")
        learned, (images, labels) = read_training(settings, run_dir)
        _, model = train(*learned, settings, run_dir)
        print("Optimization Finished!")
        predicted = predict(model, images)
        report_test(predicted, labels)
        step = settings.training_iters // settings.batch_size
        write_pictures(predicted, images, labels, settings.n_classes, run_dir, step)
    console.print_end(start_time, settings.logdir)


if __name__ == "__main__":
    console.start(main)
