"""How much of a gradient reaches the first steps of a long sequence: vanishing, exploding, and the remedies.

Back-propagation through time multiplies by the recurrent weights once a step ("Recurrent Neural Networks", edureka,
2018, and "Training Recurrent Neural Networks"). The loss is the squared error after the last of 100 steps; printed is
the norm of its gradient by the state of every step, for a plain RNN and for each remedy of the tutorials' table.

    python legacy/gradient_flow.py
    python legacy/gradient_flow.py --seed 1 --plot gradient_flow.png

Ten seconds on two cores. Its twin, by GradientTape: modern/gradient_flow.py.
"""

import collections
import contextlib
import itertools
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from legacy import console, runs
from legacy.console import NUMBER, PICTURE, POSITIVE

with console.quiet():
    import numpy as np
    import tensorflow.compat.v1 as tf  # the document: import tensorflow as tf
    from matplotlib import colormaps
    from matplotlib.figure import Figure

LEARNING_RATE = 0.001
N_STEPS = 100
N_INPUT = 8
N_HIDDEN = 64
INPUT_SCALE = 0.1  # small inputs leave tanh near its slope of 1, so that W_h is what is seen
SCALES = (0.5, 0.9, 1.0, 1.5, 2.0)  # of the plain RNN's recurrent weights
VANISHING = 0.9  # the remedies against vanishing start from this scale
EXPLODING = 2.0  # and those against exploding from this
TRUNCATE = 10  # steps that truncated back-propagation goes back; the document: "like 10"
THRESHOLD = 1.0  # gradients are clipped at this norm
OPEN_BIAS = 5.0  # holds a forget gate open: sigmoid(5) = 0.993
UPDATES = 1000  # updates with the same gradient, for what RMSProp makes of it in the long run
CELL_COLORS = {"ReLU": "tab:green", "LSTM": "tab:blue", "GRU": "tab:orange"}  # in the picture


# --- data ---


# A net: its cell (rnn, relu, lstm or gru), the scale of its recurrent weights, the bias of its forget gate.
Net = collections.namedtuple("Net", "cell scale bias")


def draw(n_steps, n_hidden, seed):
    """Returns (sequence, weights), float64, the same on both sides for the same seed.

    A net whose gradient explodes is chaotic: it would blow float32's rounding up as it does the gradient.

    sequence: x [n_steps, n_input] and the target, a number.
    weights: `x`, `i`, `c`, `f`, `o` (gates), each [n_input, n_hidden] for the inputs and an orthogonal
    [n_hidden, n_hidden] for the state; `y`, [n_hidden, 1], for the output.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n_steps, N_INPUT))
    weights = {}
    for gate in ("i", "c", "f", "o"):
        W_x = rng.normal(0, INPUT_SCALE / math.sqrt(N_INPUT), (N_INPUT, n_hidden))
        weights[gate] = W_x, np.linalg.qr(rng.normal(size=(n_hidden, n_hidden)))[0]
    weights["y"] = rng.normal(0, 1 / math.sqrt(n_hidden), (n_hidden, 1))
    return (x, 1.0), weights


# --- back-propagation through time ---


def build_cell(name, n_hidden):
    """Returns TensorFlow 1's cell of a net."""
    if name == "lstm":  # its forget bias is in the bias that is loaded, so that one graph serves all of them
        return tf.nn.rnn_cell.BasicLSTMCell(n_hidden, forget_bias=0.0, dtype=tf.float64)
    if name == "gru":
        return tf.nn.rnn_cell.GRUCell(n_hidden, dtype=tf.float64)
    activation = tf.nn.relu if name == "relu" else tf.tanh
    return tf.nn.rnn_cell.BasicRNNCell(n_hidden, activation=activation, dtype=tf.float64)


def cell_values(net, weights, n_hidden):
    """Returns the values that the variables of a net's cell take, in their order."""

    def kernel(*gates):  # the inputs' rows above the state's, a gate beside the other
        return np.concatenate([np.concatenate([weights[g][0], net.scale * weights[g][1]]) for g in gates], axis=1)

    zeros = np.zeros(n_hidden)
    if net.cell == "lstm":
        return [kernel("i", "c", "f", "o"), np.concatenate([zeros, zeros, zeros + net.bias, zeros])]
    if net.cell == "gru":  # its update gate holds the state as a forget gate does
        return [kernel("i", "f"), np.concatenate([zeros, zeros + net.bias]), kernel("c"), zeros]
    if net.cell == "relu":  # Le, Jaitly, Hinton 2015, arxiv.org/abs/1504.00941: W_h is the identity
        return [np.concatenate([weights["c"][0], net.scale * np.eye(n_hidden)]), zeros]
    return [kernel("c"), zeros]


def build_graph(name, n_steps, n_hidden, truncate=None):
    """Builds a cell's run over the sequence and back, once for all nets of that cell: their weights are loaded.

    Returns:
        (graph, variables, n_parts, gradients): the cell's variables; and the gradients by h_0, h_1, ..., of
        an LSTM by c_0, h_0, c_1, h_1, ..., n_parts of [1, n_hidden] each, and then by the variables.
    """
    with tf.Graph().as_default() as graph:
        with tf.name_scope("input"):
            x = tf.placeholder(tf.float64, [1, n_steps, N_INPUT], name="x")
            steps = tf.unstack(x, axis=1)  # n_steps times [1, n_input]
        cell = build_cell(name, n_hidden)
        with tf.name_scope("rnn/"):
            state = cell.zero_state(1, tf.float64)
        states = [state]
        for t, x_t in enumerate(steps):
            if truncate and t == n_steps - truncate:
                state = tf.nest.map_structure(tf.stop_gradient, state)
            h, state = cell(x_t, state, scope="rnn")
            states.append(state)
        with tf.name_scope("loss"):
            W_y = tf.placeholder(tf.float64, [n_hidden, 1], name="W_y")
            target = tf.placeholder(tf.float64, [], name="target")
            loss = tf.reduce_sum(tf.square(tf.matmul(h, W_y) - target))
        parts = tf.nest.flatten(states)
        with tf.name_scope("gradients"):
            gradients = tf.gradients(loss, parts + cell.trainable_variables, unconnected_gradients="zero")
    return graph, cell.trainable_variables, len(parts), gradients


def back_propagate(nets, sequence, weights, truncate=None, writer=None):
    """Runs each net over the sequence and back.

    truncate: the steps that the gradient goes back, if not all. writer: shows TensorBoard the first net's graph.

    Yields:
        (net, by_state, by_weight): by_state["h"] is dloss/dh_t for t = 0 (the initial state) to n_steps, float64
        [n_steps + 1, n_hidden], and of an LSTM by_state["c"] is dloss/dc_t, that of its cell state; by_weight
        is a list of the gradients of all the weights.
    """
    (x, target), n_hidden = sequence, len(weights["y"])
    feed_dict = {"input/x:0": x[None], "loss/W_y:0": weights["y"], "loss/target:0": target}
    for cell, alike in itertools.groupby(nets, lambda net: net.cell):  # nets of one cell differ in their weights alone
        graph, variables, n_parts, gradients = build_graph(cell, len(x), n_hidden, truncate)
        if writer and cell == nets[0].cell:
            writer.add_graph(graph)
        symbols = ("c", "h") if cell == "lstm" else ("h",)
        with contextlib.closing(tf.Session(graph=graph)) as session:
            for net in alike:
                with graph.as_default():
                    for variable, value in zip(variables, cell_values(net, weights, n_hidden), strict=True):
                        variable.load(value, session)
                values = session.run(gradients, feed_dict)
                by_state = np.reshape(values[:n_parts], [len(x) + 1, len(symbols), n_hidden])
                yield net, {symbol: by_state[:, place] for place, symbol in enumerate(symbols)}, values[n_parts:]


# --- updates ---


def update(gradients, threshold=None, rmsprop=False, updates=1):
    """Returns the norm of the last of `updates` changes of the weights, with the same gradients each time.

    threshold: the gradients are clipped at this norm of all of them together.
    rmsprop: RMSProp instead of gradient descent, as TensorFlow 1 has it: its mean square starts at one.
    """
    with tf.Graph().as_default(), tf.Session() as session:
        variables = [tf.Variable(np.zeros_like(gradient)) for gradient in gradients]
        gradients = [tf.constant(gradient) for gradient in gradients]
        if threshold:
            gradients, _ = tf.clip_by_global_norm(gradients, threshold)
        optimizer = (tf.train.RMSPropOptimizer if rmsprop else tf.train.GradientDescentOptimizer)(LEARNING_RATE)
        step = optimizer.apply_gradients(zip(gradients, variables))
        session.run(tf.global_variables_initializer())
        for _ in range(updates - 1):
            session.run(step)
        before = session.run(variables)
        session.run(step)
        after = session.run(variables)
    return math.sqrt(sum(np.sum(np.square(new - old)) for new, old in zip(after, before)))


# --- what is shown ---


def name_of(net, symbol):
    if net.cell == "rnn":
        return f"plain RNN, W_h scaled to {net.scale:g}"
    if net.cell == "relu":
        return f"ReLU, W_h = {net.scale:g} times the identity"
    if net.cell == "gru":
        return f"GRU, update gate's bias {net.bias:g}"
    return f"LSTM, forget gate's bias {net.bias:g}, by {symbol}_t"


def show_flow(nets, sequence, weights, writer=None):
    """Prints how much of the gradient reaches back, in every net. `writer` shows TensorBoard the first one's graph.

    Returns:
        (flow, gradients): the norm of the gradient by the state of every step, float64 [n_steps + 1], of each
        net by its name; and of each net (by_state, by_weight), as `back_propagate` has them.
    """
    n_steps, flow, gradients = len(sequence[0]), {}, {}
    back = [steps for steps in (1, 10, 20, 50, 100, 200, 500, 1000) if steps < n_steps] + [n_steps]
    print(f"{'Norm of dloss/dh_t, the last = 1':44}" + "".join(f"{f'{steps} back':>10}" for steps in back))
    for net, by_state, by_weight in back_propagate(nets, sequence, weights, writer=writer):
        gradients[net] = by_state, by_weight
        for symbol, by_step in sorted(by_state.items(), reverse=True):
            name = name_of(net, symbol)
            norms = flow[name] = np.linalg.norm(by_step, axis=1)
            print(f"{name:44}" + "".join(f"{norms[-1 - steps] / norms[-1]:10.1e}" for steps in back))
    return flow, gradients


def show_updates(problem, updates):
    """Prints the norm of each remedy's update; returns them by problem and remedy."""
    for remedy, norm in updates.items():
        print(f"{remedy:44}{norm:10.1e}")
    return {f"{problem}: {remedy}": norm for remedy, norm in updates.items()}


def run(settings, writer=None):
    """Prints the flow of the gradient in every net, and what each remedy does.

    Returns:
        (flow, numbers): flow as `show_flow` has it; and the norm of each remedy's update by its name.
    """
    n_steps, n_hidden = settings.n_steps, settings.n_hidden
    vanishing, exploding = settings.vanishing, settings.exploding
    sequence, weights = draw(n_steps, n_hidden, settings.seed)
    plain = [Net("rnn", scale, 0) for scale in sorted({*SCALES, vanishing, exploding})]
    remedies = [Net("relu", vanishing, 0), Net("relu", 1, 0)]
    remedies += [Net(cell, vanishing, bias) for cell in ("lstm", "gru") for bias in (1, OPEN_BIAS)]

    print(f"A sequence of {n_steps} steps, {n_hidden} units; the loss is the squared error after the last step.\n")
    flow, gradients = show_flow(plain + remedies, sequence, weights, writer)
    vanished = gradients[Net("rnn", vanishing, 0)][0]["h"][:1]  # by the initial state
    exploded = gradients[Net("rnn", exploding, 0)][1]  # by all the weights
    [(_, _, truncated)] = back_propagate([Net("rnn", exploding, 0)], sequence, weights, settings.truncate)

    print(f"\nFirst update of all the weights at learning rate {LEARNING_RATE:g}, W_h scaled to {exploding:g}")
    updates = {
        "no remedy": update(exploded),
        f"truncated back-propagation, {settings.truncate} steps": update(truncated),
        f"gradient clipped at {settings.threshold:g}": update(exploded, threshold=settings.threshold),
        "RMSProp": update(exploded, rmsprop=True),
    }
    numbers = show_updates("exploding", updates)

    print(f"\nUpdate of the initial state, {n_steps} steps back, W_h scaled to {vanishing:g}")
    updates = {
        "no remedy": update(vanished),
        "RMSProp, the first update": update(vanished, rmsprop=True),
        f"RMSProp, the {UPDATES:,}th with that gradient": update(vanished, rmsprop=True, updates=UPDATES),
    }
    return flow, numbers | show_updates("vanishing", updates)


def plot(flow, numbers):
    """Returns the picture of what `run` returns, a Figure. A gradient of 0 has no place on its axes."""
    figure = Figure(figsize=(12, 5), layout="constrained")
    plain, remedies, updates = figure.subplots(1, 3, width_ratios=(4, 4, 2.5))
    plain.sharey(remedies)
    scales = [name for name in flow if name.startswith("plain RNN")]
    for place, name in enumerate(scales):  # the larger the scale, the brighter
        curve(plain, flow[name], name.removeprefix("plain RNN, "), color=colormaps["plasma"](place / len(scales)))
    drawn = set()
    for name in [name for name in flow if name not in scales]:
        cell, by_h = name.split(",")[0], name.endswith("by h_t")
        style = "-" if (cell, by_h) in drawn else "--"  # of each remedy first the weaker form
        curve(remedies, flow[name], name, linestyle=style, color=CELL_COLORS[cell], linewidth=1 if by_h else 2)
        drawn.add((cell, by_h))
    for axes, title in (plain, "plain RNN"), (remedies, "remedies against vanishing"):
        axes.set(title=title, xlabel="step t", yscale="log")
        axes.set_ylim(bottom=max(1e-10, axes.get_ylim()[0]))  # what is smaller is as good as nothing
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, frameon=False)
    plain.set_ylabel("norm of dloss/dh_t, the last = 1")

    exploding = {name.split(": ")[1]: value for name, value in numbers.items() if name.startswith("exploding")}
    bars = updates.barh(range(len(exploding)), exploding.values(), height=0.4, color="tab:gray")
    updates.bar_label(bars, [f"{value:.1e}" for value in exploding.values()], padding=3)
    for place, name in enumerate(exploding):
        updates.text(0, place - 0.3, name, transform=updates.get_yaxis_transform())
    updates.set(title="remedies against exploding", xlabel="norm of the first update", yticks=[])
    if any(exploding.values()):
        updates.set(xscale="log", xlim=(None, max(exploding.values()) * 1e3))  # room for the names
    updates.set_ylim(len(exploding) - 0.5, -0.7)
    updates.spines[["top", "right"]].set_visible(False)
    return figure


def curve(axes, norms, label, **style):
    axes.plot(np.where(norms > 0, norms / norms[-1], np.nan), label=label, **style)


def write_summaries(writer, flow, figure):
    """Shows TensorBoard each net's flow, as the decimal logarithm of the norm by step, and the picture."""
    for step, norms in enumerate(zip(*flow.values())):
        logarithms = {tag_of(name): math.log10(norm) for name, norm in zip(flow, norms) if norm > 0}
        runs.add_scalars(writer, step, logarithms)
    runs.add_figure(writer, "gradient_flow", figure)


def tag_of(name):
    """TensorBoard's tags hold no spaces or signs."""
    return "log10_gradient/" + "".join(letter if letter.isalnum() or letter == "." else "_" for letter in name)


# --- main ---


def parse_arguments(argv=None):
    parser = console.Parser(
        prog="gradient_flow.py", description="Shows how gradients vanish and explode through time, and each remedy."
    )
    parser.add_argument("--n-steps", **NUMBER, default=N_STEPS, help="steps of the sequence (%(default)s)")
    parser.add_argument("--n-hidden", **NUMBER, default=N_HIDDEN, help="units in each cell (%(default)s)")
    parser.add_argument("--vanishing", **POSITIVE, default=VANISHING, help="scale of W_h that vanishes (%(default)s)")
    parser.add_argument("--exploding", **POSITIVE, default=EXPLODING, help="scale of W_h that explodes (%(default)s)")
    parser.add_argument(
        "--truncate", **NUMBER, default=TRUNCATE, help="steps the truncated gradient goes (%(default)s)"
    )
    parser.add_argument("--threshold", **POSITIVE, default=THRESHOLD, help="norm at which it is clipped (%(default)s)")
    parser.add_argument("--seed", **console.SEED)
    parser.add_argument("--logdir", **console.LOGDIR)
    parser.add_argument("--plot", **PICTURE, help="draws the gradients into this .png")
    return parser, parser.parse_args(argv)


def main(argv=None):
    parser, settings = parse_arguments(argv)
    run_dir = settings.logdir / "legacy" / "gradient_flow"
    with console.errors_in_one_line(parser, run_dir):
        runs.new_run(run_dir)
        settings.seed = console.draw_seed(settings.seed)
        print(f"Seed: {settings.seed}")
        with runs.file_writer(run_dir) as writer:
            flow, numbers = run(settings, writer)
            figure = plot(flow, numbers)
            if settings.plot:
                figure.savefig(settings.plot, dpi=110)
            write_summaries(writer, flow, figure)


if __name__ == "__main__":
    console.start(main)
