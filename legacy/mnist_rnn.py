"""Reads handwritten digits row by row: 28 rows of 28 pixels in, one of 10 classes out.

The program of "A Complete Guide To Recurrent Neural Network" (its last part), on today's TensorFlow: an LSTM of 128
units sees an image as a sequence, a row per time step; its last output tells the digit. 100,000 images in batches of
128, then the test images.

    python legacy/mnist_rnn.py
    python legacy/mnist_rnn.py --dataset digits          (needs no network)
    python legacy/mnist_rnn.py --model logs/legacy/mnist_rnn/model.ckpt-781

Test accuracy ends above 94%. About half a minute on two cores. Its twin of today: modern/mnist_rnn.py.
"""

import collections
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from legacy import console, input_data, runs, seeds
from legacy.console import FOLDER, NUMBER, POSITIVE, InputError

with console.quiet():
    import tensorflow.compat.v1 as tf  # the document: import tensorflow as tf

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


# --- data ---


def read_mnist(settings, run_dir=None):
    """Returns the images that the flags ask for, input_data.Datasets with one-hot labels.

    With `run_dir`, settles the run there and its seed, which shuffles them. Raises InputError as those two do.
    """
    arrays = input_data.read_images(settings)
    if run_dir:
        images = runs.checksum(*(array for part in arrays for array in part))
        settings.seed = runs.open_run(run_dir, settings, images, "other images")
        print(f"Seed: {settings.seed}")
    return input_data.as_data_sets(*arrays, one_hot=True, num_classes=settings.n_classes, seed=settings.seed)


# --- model ---


def RNN(x, weights, biases, cell, n_hidden):
    """Returns the logits, float32 [None, n_classes], of images x, float32 [None, n_steps, n_input]."""
    n_steps = x.shape[1]
    with tf.name_scope("rnn_input"):
        x = tf.unstack(x, n_steps, 1)  # n_steps times [None, n_input]

    # Define a cell with tensorflow; the document's is the LSTM
    if cell == "lstm":
        rnn_cell = tf.nn.rnn_cell.BasicLSTMCell(n_hidden, forget_bias=1.0)
    elif cell == "gru":
        rnn_cell = tf.nn.rnn_cell.GRUCell(n_hidden)
    else:
        rnn_cell = tf.nn.rnn_cell.BasicRNNCell(n_hidden)

    # Get cell output
    outputs, states = tf.nn.static_rnn(rnn_cell, x, dtype=tf.float32)  # n_steps times [None, n_hidden]

    # Linear activation, using rnn inner loop last output
    with tf.name_scope("output/"):
        return tf.add(tf.matmul(outputs[-1], weights["out"]), biases["out"], name="pred")  # [None, n_classes]


Net = collections.namedtuple("Net", "x y pred cost optimizer accuracy global_step init")


def build_graph(settings):
    """Builds the document's network in the current graph and returns its tensors by their names there."""
    n_steps, n_input, n_classes = settings.n_steps, settings.n_input, settings.n_classes
    # tf Graph input
    with tf.name_scope("input"):
        x = tf.placeholder("float", [None, n_steps, n_input], name="x")
        y = tf.placeholder("float", [None, n_classes], name="y")

    # Define weights. The slash lets RNN() come back to this scope; without it, that is output_1.
    with tf.name_scope("output/"):
        weights = {"out": tf.Variable(tf.random_normal([settings.n_hidden, n_classes]), name="weights")}
        biases = {"out": tf.Variable(tf.random_normal([n_classes]), name="biases")}

    # TensorFlow 1's own default for a cell's kernel. Left out, tf_keras would draw it past tf.set_random_seed.
    tf.get_variable_scope().set_initializer(tf.glorot_uniform_initializer())
    pred = RNN(x, weights, biases, settings.cell, settings.n_hidden)

    # Define loss and optimizer
    with tf.name_scope("loss"):
        cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=pred, labels=y))
    with tf.name_scope("train"):
        global_step = tf.train.get_or_create_global_step()
        optimizer = tf.train.AdamOptimizer(settings.learning_rate).minimize(cost, global_step=global_step)

    # Evaluate model
    with tf.name_scope("accuracy"):
        correct_pred = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
        accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))

    # Initializing the variables
    init = tf.global_variables_initializer()
    return Net(x, y, pred, cost, optimizer, accuracy, global_step, init)


# --- training ---


def train(mnist, settings, run_dir=None, initial_values=None):
    """Learns `training_iters` images of `mnist.train`, a batch a step, and reports every `display_step` steps.

    `mnist` is what `read_data_sets` returns, with one-hot labels, no batch taken yet. With `run_dir`, writes the graph,
    the scalars `loss` and `accuracy` and a checkpoint at every report there, and goes on from the last checkpoint it
    finds there. `initial_values` (name -> array) replaces the random start.

    Returns:
        (history, session): history holds a list each of `step`, `loss` and `accuracy`, of the step's batch after its
        update, as the document measures them; the session holds the trained graph: see `test`.

    Raises:
        InputError: the checkpoint in `run_dir` is damaged or of another shape.
    """
    batch_size, display_step = settings.batch_size, settings.display_step
    history = {"step": [], "loss": [], "accuracy": []}

    with tf.Graph().as_default() as graph, seeds.tensorflow_1(settings.seed):
        net = build_graph(settings)
        saver = tf.train.Saver(max_to_keep=2, save_relative_paths=True)
    graph.finalize()  # from here on, whatever would add to the graph is an error

    # Launch the graph
    session = runs.start_session(graph, net.init, initial_values)
    resumed = run_dir and runs.restore_latest(saver, session, run_dir)
    step, last = int(session.run(net.global_step)), settings.training_iters // batch_size
    for _ in range(step):
        mnist.train.next_batch(batch_size)  # what the interrupted run has seen

    bar = console.progress(last * batch_size, step * batch_size, unit=" images", unit_scale=True)
    with runs.file_writer(run_dir, graph, resumed) as writer, bar as progress:
        # Keep training until reach max iterations
        while step < last:
            batch_x, batch_y = mnist.train.next_batch(batch_size)
            batch_x = batch_x.reshape((batch_size, settings.n_steps, settings.n_input))
            # Run optimization op (backprop)
            session.run(net.optimizer, feed_dict={net.x: batch_x, net.y: batch_y})
            step += 1
            progress.update(batch_size)

            if step % display_step == 0:
                # Calculate batch accuracy and loss
                acc, loss = session.run([net.accuracy, net.cost], feed_dict={net.x: batch_x, net.y: batch_y})
                progress.write(f"Iter {step * batch_size}, Minibatch Loss= {loss:.6f}, Training Accuracy= {acc:.5f}")
                for name, value in zip(history, (step, float(loss), float(acc))):
                    history[name].append(value)
                runs.add_scalars(writer, step, {"loss": loss, "accuracy": acc})
            if run_dir and (step % display_step == 0 or step == last):
                # The graph is in the summary; with every checkpoint, writing it again would be half the program's time.
                runs.save(saver, session, run_dir, step, write_meta_graph=False)
    return history, session


# --- use ---


def load(checkpoint):
    """Returns (session, settings) of a checkpoint. Raises InputError as `runs.read_run` and `restore` do."""
    settings = runs.read_checkpoint_run(checkpoint)
    with tf.Graph().as_default() as graph:
        build_graph(settings)
    return runs.session_of(graph, checkpoint), settings


def test(session, images, labels):
    """Returns the share of images that the trained graph tells right.

    Args:
        images: float32 [images, n_steps * n_input].
        labels: one-hot [images, n_classes].
    """
    x = session.graph.get_tensor_by_name("input/x:0")
    images = images.reshape([-1, *x.shape[1:]])
    correct = 0.0
    for first in range(0, len(images), 1000):  # a thousand at a time: all at once take gigabytes
        batch_x, batch_y = images[first : first + 1000], labels[first : first + 1000]
        correct += len(batch_x) * session.run("accuracy/Mean:0", feed_dict={x: batch_x, "input/y:0": batch_y})
    return correct / len(images)


def report_test(session, mnist):
    """Prints the accuracy on the document's first 128 test images, and on all."""
    images, labels = mnist.test.images, mnist.test.labels
    print("Testing Accuracy:", f"{test(session, images[:TEST_LEN], labels[:TEST_LEN]):.5f}")
    print(f"Testing Accuracy, all {len(images)} images:", f"{test(session, images, labels):.5f}")


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
    console.add_keeping(parser, "test this checkpoint, learn nothing")
    return parser, parser.parse_args(argv)


def main(argv=None):
    start_time = time.time()
    parser, settings = parse_arguments(argv)
    run_dir = settings.logdir / "legacy" / "mnist_rnn"
    with console.errors_in_one_line(parser, run_dir, console.how_to_go_on(settings)):
        if settings.model:
            session, made_with = load(settings.model)
            made_with.dataset, made_with.data_dir = settings.dataset, settings.data_dir
            mnist = read_mnist(made_with)
        else:
            if settings.training_iters < settings.batch_size:
                few, batch = settings.training_iters, settings.batch_size
                raise InputError(f"--training-iters {few} is less than one batch of {batch}")
            mnist = read_mnist(settings, run_dir)
            _, session = train(mnist, settings, run_dir)
            print("Optimization Finished!")
    with session:
        report_test(session, mnist)
    if not settings.model:
        console.print_end(start_time, settings.logdir)


if __name__ == "__main__":
    console.start(main)
