"""The equations, TensorFlow 1's cells and Keras' layers agree, step by step."""

import re

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from legacy import cell_steps as legacy
from modern import cell_steps as modern
from tests import recorded
from tests.commands import refused, run_together, side

PROGRAMS = pytest.mark.parametrize("program", [legacy, modern], ids=["legacy", "modern"])


def gate_weights(cell, n_input, n_hidden, seed):
    _, gates, _ = legacy.CELLS[cell]
    return legacy.draw_weights(gates, n_input, n_hidden, np.random.default_rng(seed))


def library_outputs(cell, x, weights, n_hidden):
    """Returns every h_t as (TensorFlow 1's cell, Keras' layer) compute it, [n_steps, n_hidden] each."""
    with tf.Graph().as_default():
        by_cell = legacy.library_outputs(cell, x, weights, n_hidden)
    return by_cell, modern.library_layer(cell, weights, n_hidden)(x[None])[0].numpy()


def test_squashing_functions(parity):
    x = np.linspace(-6, 6, 1201, dtype="float32")
    for name, (by_hand, slope, function) in legacy.SQUASHING.items():
        value, gradient = legacy.library_squashing(function, x)
        keras_value, keras_gradient = modern.library_squashing(modern.SQUASHING[name][2], x)
        # The same function of TensorFlow on both sides; measured 0. By hand, in NumPy, up to 1.8e-7.
        parity.close(f"{name} at 1,201 points", value, keras_value, 1e-6)
        parity.close(f"{name}, derivative", gradient, keras_gradient, 1e-6)
        np.testing.assert_allclose(by_hand(x), value, atol=1e-6)
        np.testing.assert_allclose(slope(x), gradient, atol=1e-6)


@pytest.mark.parametrize("cell", legacy.CELLS)
def test_cells(parity, cell):
    """A hundred steps of a sequence that is no schedule, at another size."""
    x = np.random.default_rng(2).normal(size=(100, 5)).astype("float32")
    weights = gate_weights(cell, 5, 7, seed=3)
    by_cell, by_layer = library_outputs(cell, x, weights, 7)
    by_hand = np.array([step["h"] for step in legacy.CELLS[cell][0](x, weights, 7)])
    # float32 sums of 12 products in another order; measured up to 4e-7.
    parity.close(f"{cell}: h at 100 steps", by_cell, by_layer, 1e-6)
    np.testing.assert_allclose(by_hand, by_cell, atol=1e-6)
    assert np.abs(by_hand).max() > 0.5  # it does something


@pytest.mark.parametrize("cell", legacy.CELLS)
def test_the_last_step_s_gradient_at_every_input(parity, cell):
    x = np.random.default_rng(2).normal(size=(10, 5)).astype("float32")
    weights = gate_weights(cell, 5, 7, seed=3)
    layer = modern.library_layer(cell, weights, 7)
    with tf.GradientTape() as tape:
        inputs = tf.constant(x[None])
        tape.watch(inputs)
        last = tf.reduce_sum(layer(inputs)[0, -1])
    by_layer = tape.gradient(last, inputs)[0].numpy()

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        library_cell, values = legacy.library_cell(cell, weights, 7)
        inputs = v1.placeholder(tf.float32, [1, 10, 5])
        outputs, _ = v1.nn.static_rnn(library_cell, tf.unstack(inputs, axis=1), dtype=tf.float32)
        gradient = v1.gradients(tf.reduce_sum(outputs[-1]), inputs)[0]
        for variable, value in zip(library_cell.variables, values, strict=True):
            variable.load(value, session)
        by_cell = session.run(gradient, {inputs: x[None]})[0]
    # Ten products of float32, relative to gradients of up to 0.9; measured up to 4e-7.
    parity.close(f"{cell}: gradient of the last h by every x", by_cell, by_layer, 1e-6)
    assert np.abs(by_cell[0]).max() > 0  # it reaches back to the first step


# Cell -> what is recorded of it, its gates in the order of their columns, and each variable's first gate.
RECORDED = {
    "RNN": ("basic_rnn_cell", (("h",),)),
    "LSTM": ("basic_lstm_cell", (("i", "c~", "f", "o"),)),
    "GRU": ("gru_cell", (("r", "z"), ("h~",))),
}


def recorded_cell(cell):
    """Returns (x, float32 [batch, n_steps, n_input], the weights by gate, name -> array) of a recorded cell."""
    pieces, cells = recorded.program("pieces"), recorded.program("cells")
    name, gates = RECORDED[cell]
    n_steps, n_input, n_hidden = 3, cells.INPUTS, cells.UNITS
    x = np.stack([pieces.ramp([cells.BATCH, n_input], 50 + step) for step in range(n_steps)], axis=1)
    weights = {}
    for place, columns in enumerate(gates):
        shape = n_input + n_hidden, len(columns) * n_hidden
        kernel, bias = pieces.ramp(shape, 2 * place), pieces.ramp(shape[1:], 2 * place + 1)
        parts = zip(np.split(kernel, len(columns), axis=1), np.split(bias, len(columns)))
        weights.update({gate: [k[:n_input], k[n_input:], b] for gate, (k, b) in zip(columns, parts)})
    return x, weights, recorded.given("cells", name)


def weighed(outputs):
    """Returns the sum that the record's gradients are of: each output times numbers of its own."""
    ramp = recorded.program("pieces").ramp
    return tf.add_n([tf.reduce_sum(value * ramp(value.shape, 20 + place)) for place, value in enumerate(outputs)])


@pytest.mark.parametrize("cell", legacy.CELLS)
def test_cells_as_tensorflow_1_ran_them(parity, cell):
    """Every output, the last state, and the gradient of them all by every input."""
    x, weights, then = recorded_cell(cell)
    n_hidden = recorded.program("cells").UNITS

    layer_cell = modern.library_layer(cell, weights, n_hidden).cell
    inputs = [tf.constant(x[:, step]) for step in range(x.shape[1])]
    state, by_layer = [tf.zeros([len(x), n_hidden])] * (2 if cell == "LSTM" else 1), []
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        for x_t in inputs:
            h, state = layer_cell(x_t, state)
            by_layer.append(h)
        by_layer += reversed(state)  # Keras' h, c is c, h there
        loss = weighed(by_layer)
    layer_gradients = tape.gradient(loss, inputs)

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        library_cell, values = legacy.library_cell(cell, weights, n_hidden)
        inputs = [tf.constant(x[:, step]) for step in range(x.shape[1])]
        outputs, state = v1.nn.static_rnn(library_cell, inputs, dtype=tf.float32)
        outputs += tf.nest.flatten(state)
        gradients = v1.gradients(weighed(outputs), inputs)
        for variable, value in zip(library_cell.variables, values, strict=True):
            variable.load(value, session)
        by_cell, cell_gradients = session.run([outputs, gradients])

    # Sums of 7 products of float32, three steps deep; measured up to 6e-8.
    wanted = [then[f"output {place}"] for place in range(len(by_cell))]
    parity.close(f"{cell}: outputs and state of 3 steps", by_cell, by_layer, 1e-6, recorded=wanted)
    wanted = [then[f"gradient by input {step}"] for step in range(x.shape[1])]
    parity.close(f"{cell}: gradient of them by every x", cell_gradients, layer_gradients, 1e-6, recorded=wanted)
    for place, by_hand in enumerate(legacy.CELLS[cell][0](one, weights, n_hidden) for one in x):
        np.testing.assert_allclose(
            [step["h"] for step in by_hand], [then[f"output {t}"][place] for t in range(3)], atol=1e-6
        )


@PROGRAMS
def test_every_gate_is_where_it_should_be(program):
    """Gates lie between 0 and 1, candidates and outputs between -1 and 1; and with z at 1 a GRU keeps its state."""
    x = program.schedule(5)
    rng = np.random.default_rng(0)
    weights = program.draw_weights(("f", "i", "c~", "o"), 3, 4, rng)
    for step in program.lstm_steps(x, weights, 4):
        assert all(0 < step[gate].min() and step[gate].max() < 1 for gate in "fio")
        assert np.abs(step["h"]).max() < 1
    weights = program.draw_weights(("r", "z", "h~"), 3, 4, rng)
    weights["z"][2][:] = 50
    assert all(np.allclose(step["h"], 0) for step in program.gru_steps(x, weights, 4))


def test_both_print_the_same_steps(parity, tmp_path, capsys):
    printed = []
    for program in (legacy, modern):
        program.main(["--seed", "5", "--logdir", str(tmp_path)])
        lines = capsys.readouterr().out.splitlines()
        printed.append([line for line in lines if not line.startswith("Largest difference")])
        differences = [float(line.split(": ")[1]) for line in lines if line.startswith("Largest difference")]
        assert len(differences) == 4 and max(differences) <= 1e-6
    parity.equal("lines printed", *printed, of="lines")


def test_event_files(parity, tmp_path):
    boxes, tags = [], []
    for program in (legacy, modern):
        program.main(["--seed", "1", "--logdir", str(tmp_path)])
        events = EventAccumulator(str(tmp_path / side(program) / "cell_steps")).Reload()
        boxes.append({node.name.split("/")[0] for node in events.Graph().node})
        tags.append(set(events.Tags()["scalars"]) | set(events.Tags()["tensors"]))
    parity.equal("boxes of the graph in TensorBoard", *boxes)
    parity.equal("tags of the scalars", *tags, of="tags")
    assert boxes[0] == {"input", "RNN", "LSTM", "GRU"}


FLAGS = ["--n-steps", "2", "--n-hidden", "1", "--plot", "squashing.png"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run_together([legacy, modern], tmp_path_factory.mktemp("runs"), *FLAGS)


@PROGRAMS
def test_as_a_person_runs_it(program, finished, monkeypatch, capsys):
    folder, run = finished[program]
    assert (run.returncode, run.stderr) == (0, "")
    assert re.match(r"Seed: \d+\n\nSquashing functions", run.stdout)
    assert (folder / "squashing.png").read_bytes().startswith(b"\x89PNG")
    seed = run.stdout.split()[1]
    monkeypatch.chdir(folder)
    program.main([*FLAGS, "--seed", seed])
    assert capsys.readouterr().out == run.stdout
    assert (folder / "logs" / side(program) / "cell_steps-1").exists()  # the first run moved aside


@PROGRAMS
def test_refusals(program, tmp_path, capsys):
    assert "--n-steps: '0' is not a whole number above zero" in refused(program, capsys, "--n-steps", "0")
    (tmp_path / "file").write_text("")
    assert f"{tmp_path / 'file'}" in refused(program, capsys, "--logdir", tmp_path / "file")
