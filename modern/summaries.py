"""What TensorBoard shows of a run: the graph in the boxes of the legacy graph, scalars and pictures."""

import contextlib
import io
import re

from modern import console

with console.quiet():
    import tensorflow as tf

# What the tape and Keras add to the names of an update: their boxes become those of the legacy graph.
OF_AN_UPDATE = (
    (r"\bgradient_tape/(train/gradients/)?", "train/gradients/"),
    (r"\bcompile_loss/loss\b", "loss"),
)


@contextlib.contextmanager
def file_writer(run_dir):
    """Yields a writer of TensorBoard's files and closes it; None without a folder."""
    if run_dir is None:
        yield None
        return
    writer = tf.summary.create_file_writer(str(run_dir))
    yield writer
    writer.close()


def write_graph(writer, function, specs, renames=()):
    """Writes the graph of a function of these tf.TensorSpecs; its names are changed by (pattern, replacement) in turn.

    (keras.callbacks.TensorBoard's write_graph draws the layers alone: no gates, no loss, no optimizer.)
    """
    graph = tf.function(function).get_concrete_function(*specs).graph.as_graph_def()

    def plain(name):
        for pattern, replacement in renames:
            name = re.sub(pattern, replacement, name)
        return name

    for node in graph.node:
        node.name = plain(node.name)
        node.input[:] = [plain(name) for name in node.input]
    with writer.as_default(step=0):
        tf.summary.graph(graph)


def write_update(writer, model, forward, x, y, renames):
    """Writes the graph of one update, in the boxes of the legacy graph: input, rnn, output, loss, train.

    model: compiled, its optimizer built. forward: what stands for it, with its variables. x, y: tf.TensorSpecs, a
    list and one.
    """

    def learn(y, *x):
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=y, y_pred=forward(*x))
        with tf.name_scope("train/gradients/"):
            gradients = tape.gradient(loss, model.trainable_variables)
        with tf.name_scope("train/"):  # with its slash, this is the same scope again, not train_1
            model.optimizer.apply(gradients, model.trainable_variables)

    write_graph(writer, learn, [y, *x], [*OF_AN_UPDATE, *renames])


def add_scalars(writer, step, values):
    """Writes scalars, tag -> value, and sees them written; does nothing without a writer."""
    if writer:
        with writer.as_default(step):
            for tag, value in values.items():
                tf.summary.scalar(tag, value)
        writer.flush()


def add_figure(writer, tag, figure, step=0):
    """Writes a figure of Matplotlib as a picture."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=120)
    with writer.as_default(step):
        tf.summary.image(tag, tf.io.decode_png(png.getvalue())[None])
