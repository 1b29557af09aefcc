"""One sequence through a plain RNN, an LSTM and a GRU, by hand, each step printed with its gates.

The equations of the tutorials ("Recurrent Neural Networks", edureka, 2018, and its kin), computed line by
line in NumPy on the gym schedule shoulder, biceps, cardio as one-hot vectors; then TensorFlow 1's own cell
runs on the same weights, and the largest difference is printed. Before that, what the gates are made of:
the squashing functions and their derivatives.

    python legacy/cell_steps.py
    python legacy/cell_steps.py --seed 1 --plot squashing.png

Every difference is below 1e-6. Five seconds. Its twin, with Keras' layers: modern/cell_steps.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from legacy import console, runs
from legacy.console import NUMBER, PICTURE

with console.quiet():
    import numpy as np
    import tensorflow.compat.v1 as tf  # the document: import tensorflow as tf

EXERCISES = ("shoulder", "biceps", "cardio")
N_STEPS = 4  # days
N_HIDDEN = 3  # units in each cell
FORGET_BIAS = 1.0
POINTS = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0)  # where the squashing functions are shown


# --- data ---


def schedule(n_steps):
    """Returns the exercises of `n_steps` days as one-hot vectors, float32 [n_steps, 3]."""
    return np.eye(len(EXERCISES), dtype="float32")[np.arange(n_steps) % len(EXERCISES)]


def draw_weights(gates, n_input, n_hidden, rng):
    """Returns, for each gate, W_x [n_input, n_hidden], W_h [n_hidden, n_hidden] and b [n_hidden], float32."""
    shapes = (n_input, n_hidden), (n_hidden, n_hidden), (n_hidden,)
    return {gate: [rng.normal(0, 0.5, shape).astype("float32") for shape in shapes] for gate in gates}


# --- squashing functions ---


def sigmoid(x):
    """Squashes into (0, 1): how much of something passes a gate."""
    return 1 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    """At most 1/4, at x = 0: a gradient shrinks at every sigmoid that it passes."""
    return sigmoid(x) * (1 - sigmoid(x))


def tanh_derivative(x):
    """At most 1, at x = 0; near 0 where tanh is saturated."""
    return 1 - np.tanh(x) ** 2


def relu(x):
    return np.maximum(x, 0)


def relu_derivative(x):
    """1 for all x above 0: there, no gradient shrinks; 0 below. At 0 it has none, and TensorFlow says 0."""
    return (x > 0).astype(x.dtype)


SQUASHING = {
    "sigmoid": (sigmoid, sigmoid_derivative, tf.sigmoid),
    "tanh": (np.tanh, tanh_derivative, tf.tanh),
    "ReLU": (relu, relu_derivative, tf.nn.relu),
}


def library_squashing(function, x):
    """Returns (function(x), its derivative at x) as TensorFlow has them; x is float32 [points]."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(x)
        y = function(x)
        return session.run([y, tf.gradients(y, x)[0]])


# --- the cells, by hand ---


def rnn_steps(x, weights, n_hidden):
    """Yields {"h": h_t}, float32 [n_hidden], for every row x_t of x, float32 [n_steps, n_input].

    h_t = g(W_x x_t + W_h h_(t-1) + b), with g = tanh. Source: "the math behind" of the documents. Vectors are rows
    here, as in the library, and so the matrices stand on their right.
    """
    W_x, W_h, b = weights["h"]
    h = np.zeros(n_hidden, "float32")
    for x_t in x:
        h = np.tanh(x_t @ W_x + h @ W_h + b)
        yield {"h": h}


def lstm_steps(x, weights, n_hidden):
    """Yields the gates and states f, i, c~, c, o, h, float32 [n_hidden] each, for every row x_t of x.

    Source: the documents' four steps; the equations, Hochreiter and Schmidhuber 1997 with the forget gate of Gers,
    Schmidhuber and Cummins 2000.
    """
    h = c = np.zeros(n_hidden, "float32")
    for x_t in x:
        z = {gate: x_t @ W_x + h @ W_h + b for gate, (W_x, W_h, b) in weights.items()}
        # Step 1, what to forget: f_t = sigmoid(W_f [h_(t-1), x_t] + b_f); TensorFlow adds 1, to forget little at first.
        f = sigmoid(z["f"] + FORGET_BIAS)
        # Step 2, what to take in: the input gate i_t, and the candidate c~_t.
        i = sigmoid(z["i"])
        candidate = np.tanh(z["c~"])
        # Step 3, the new cell state: c_t = f_t * c_(t-1) + i_t * c~_t
        c = f * c + i * candidate
        # Step 4, what to tell: h_t = o_t * tanh(c_t)
        o = sigmoid(z["o"])
        h = o * np.tanh(c)
        yield {"f": f, "i": i, "c~": candidate, "c": c, "o": o, "h": h}


def gru_steps(x, weights, n_hidden):
    """Yields the gates and states r, z, h~, h, float32 [n_hidden] each, for every row x_t of x.

    Source: Cho et al. 2014, arxiv.org/abs/1406.1078.
    TensorFlow 1 calls z `u`; with z at 1 the state stays as it is.
    """
    h = np.zeros(n_hidden, "float32")
    for x_t in x:
        r, z = (sigmoid(x_t @ W_x + h @ W_h + b) for W_x, W_h, b in (weights["r"], weights["z"]))
        W_x, W_h, b = weights["h~"]
        candidate = np.tanh(x_t @ W_x + (r * h) @ W_h + b)  # the reset gate decides what of the state it sees
        h = z * h + (1 - z) * candidate
        yield {"r": r, "z": z, "h~": candidate, "h": h}


# What each cell's steps say, in the order of their computation.
CELLS = {
    "RNN": (rnn_steps, ("h",), {"h": "h_t = tanh(W_x x_t + W_h h_(t-1) + b)"}),
    "LSTM": (
        lstm_steps,
        ("f", "i", "c~", "o"),
        {
            "f": "step 1: forget gate",
            "i": "step 2: input gate",
            "c~": "        candidate",
            "c": "step 3: cell state f * c + i * c~",
            "o": "step 4: output gate",
            "h": "        output o * tanh(c)",
        },
    ),
    "GRU": (
        gru_steps,
        ("r", "z", "h~"),
        {"r": "reset gate", "z": "update gate", "h~": "candidate", "h": "output z * h + (1 - z) * h~"},
    ),
}


# --- the cells, TensorFlow's own ---


def library_cell(name, weights, n_hidden):
    """Returns (TensorFlow 1's cell, the values that its variables take from `weights`, in their order)."""

    def kernel(*gates):  # the inputs' rows above the state's, a gate beside the other
        return np.concatenate([np.concatenate(weights[gate][:2]) for gate in gates], axis=1)

    def bias(*gates):
        return np.concatenate([weights[gate][2] for gate in gates])

    if name == "RNN":
        return tf.nn.rnn_cell.BasicRNNCell(n_hidden), [kernel("h"), bias("h")]
    if name == "LSTM":
        cell = tf.nn.rnn_cell.BasicLSTMCell(n_hidden, forget_bias=FORGET_BIAS)
        return cell, [kernel("i", "c~", "f", "o"), bias("i", "c~", "f", "o")]
    return tf.nn.rnn_cell.GRUCell(n_hidden), [kernel("r", "z"), bias("r", "z"), kernel("h~"), bias("h~")]


def library_outputs(name, x, weights, n_hidden):
    """Returns h_t for every row of x, float32 [n_steps, n_hidden], as TensorFlow 1's cell computes it."""
    cell, values = library_cell(name, weights, n_hidden)
    with tf.name_scope("input/"):
        steps = tf.unstack(tf.placeholder(tf.float32, [1, *x.shape], name=name), axis=1)  # n_steps times [1, n_input]
    with tf.variable_scope(name):
        outputs, _ = tf.nn.static_rnn(cell, steps, dtype=tf.float32)  # n_steps times [1, n_hidden]
    with tf.Session() as session:
        for variable, value in zip(cell.variables, values, strict=True):
            variable.load(value, session)
        return np.concatenate(session.run(outputs, feed_dict={f"input/{name}:0": x[None]}))


# --- what is shown ---


def show_squashing(x):
    """Prints the squashing functions and their derivatives at x, float32 [points]; returns what they differ by."""
    print("Squashing functions and their derivatives")
    print("      x" + "".join(f"{name:>10}{'slope':>8}" for name in SQUASHING))
    for row in zip(x, *(column for by_hand, slope, _ in SQUASHING.values() for column in (by_hand(x), slope(x)))):
        print(f"{row[0]:7.1f}" + "".join(f"{value:10.4f}{slope:8.4f}" for value, slope in zip(row[1::2], row[2::2])))
    differences = {}
    for name, (by_hand, slope, function) in SQUASHING.items():
        value, gradient = library_squashing(function, x)
        differences[name] = max(np.abs(by_hand(x) - value).max(), np.abs(slope(x) - gradient).max())
    print(f"Largest difference from TensorFlow's: {max(differences.values()):.1e}\n")
    return differences


def show_cell(name, x, weights, output, n_hidden):
    """Prints every step of a cell by hand; returns its steps, a list of what rnn_steps and its kin yield."""
    steps, _, meaning = CELLS[name]
    W_y, b_y = output
    print(name)
    history = list(steps(x, weights, n_hidden))
    for t, (x_t, step) in enumerate(zip(x, history)):
        print(f"  t={t}  x = {numbers(x_t)}  {EXERCISES[t % len(EXERCISES)]}")
        for symbol, value in {**step, "y": step["h"] @ W_y + b_y}.items():
            print(f"    {symbol:>4} = {numbers(value)}  {meaning.get(symbol, 'y_t = W_y h_t + b_y')}")
    return history


def numbers(values):
    return "[" + " ".join(f"{value:7.4f}" for value in values) + "]"


def plot_squashing(path):
    """Draws the squashing functions and their derivatives into a picture."""
    from matplotlib.figure import Figure  # takes a second, and only this needs it

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    x = np.linspace(-5, 5, 401, dtype="float32")
    for axes, part, title in zip(figure.subplots(1, 2), (0, 1), ("function", "derivative")):
        for (name, functions), style in zip(SQUASHING.items(), ("-", "--", ":")):
            axes.plot(x, functions[part](x), style, label=name, linewidth=2)
        axes.set(title=title, xlabel="x", ylim=(-1.1, 2.1) if part == 0 else (-0.1, 1.1))
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=120)


def run(settings, run_dir=None):
    """Shows the squashing functions and every cell; with `run_dir`, writes the graph and each gate's mean by step.

    Returns:
        (steps, differences): the steps of each cell by its name, and the largest difference between
        the equations and the library, of each squashing function and each cell.
    """
    n_input, n_hidden = len(EXERCISES), settings.n_hidden
    differences = show_squashing(np.array(POINTS, "float32"))
    rng = np.random.default_rng(settings.seed)
    x = schedule(settings.n_steps)
    output = [rng.normal(0, 0.5, shape).astype("float32") for shape in ((n_hidden, n_input), n_input)]
    steps = {}
    with tf.Graph().as_default() as graph:
        for name, (_, gates, _) in CELLS.items():
            weights = draw_weights(gates, n_input, n_hidden, rng)
            steps[name] = show_cell(name, x, weights, output, n_hidden)
            by_hand = np.array([step["h"] for step in steps[name]])
            differences[name] = np.abs(by_hand - library_outputs(name, x, weights, n_hidden)).max()
            print(f"Largest difference from TensorFlow's cell: {differences[name]:.1e}\n")
    with runs.file_writer(run_dir, graph) as writer:
        for t in range(settings.n_steps):
            runs.add_scalars(writer, t, means(steps, t))
    return steps, differences


def means(steps, t):
    """Returns the mean of every gate and state at step t, by the tag that TensorBoard shows it under."""
    values = {f"{cell}/{symbol}": value for cell, history in steps.items() for symbol, value in history[t].items()}
    return {tag.replace("~", "_candidate"): value.mean() for tag, value in values.items()}


# --- main ---


def parse_arguments(argv=None):
    parser = console.Parser(
        prog="cell_steps.py", description="Shows every step of a plain RNN, an LSTM and a GRU, by hand and by library."
    )
    parser.add_argument("--n-steps", **NUMBER, default=N_STEPS, help="days of the schedule (%(default)s)")
    parser.add_argument("--n-hidden", **NUMBER, default=N_HIDDEN, help="units in each cell (%(default)s)")
    parser.add_argument("--seed", **console.SEED)
    parser.add_argument("--logdir", **console.LOGDIR)
    parser.add_argument("--plot", **PICTURE, help="draws the squashing functions into this .png")
    return parser, parser.parse_args(argv)


def main(argv=None):
    parser, settings = parse_arguments(argv)
    run_dir = settings.logdir / "legacy" / "cell_steps"
    with console.errors_in_one_line(parser, run_dir):
        runs.new_run(run_dir)
        settings.seed = console.draw_seed(settings.seed)
        print(f"Seed: {settings.seed}\n")
        run(settings, run_dir)
        if settings.plot:
            plot_squashing(settings.plot)


if __name__ == "__main__":
    console.start(main)
