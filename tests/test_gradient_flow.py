"""Gradients through time agree, by tf.gradients and by GradientTape; and the remedies do what the lesson says."""

import functools

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from legacy import gradient_flow as legacy
from modern import from_tf1
from modern import gradient_flow as modern
from tests import recorded
from tests.commands import refused, run_together, settings_of, side

PROGRAMS = pytest.mark.parametrize("program", [legacy, modern], ids=["legacy", "modern"])


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Both programs' default run, seed 1: (flow, numbers), (flow, numbers)."""
    return tuple(program.run(settings_of(program, seed=1)) for program in (legacy, modern))


def back_propagate(program, net, sequence, weights, truncate=None):
    """Returns (by_state, by_weight) of one net."""
    [(_, *gradients)] = program.back_propagate([program.Net(*net)], sequence, weights, truncate)
    return gradients


def reaching(flow, steps):
    """Returns what share of the gradient reaches `steps` steps back, of each net."""
    return {name: norms[-1 - steps] / norms[-1] for name, norms in flow.items()}


def test_flow(parity, shown):
    (legacy_flow, legacy_numbers), (modern_flow, modern_numbers) = shown
    assert list(legacy_flow) == list(modern_flow) and list(legacy_numbers) == list(modern_numbers)
    for name, norms in legacy_flow.items():
        # Two logarithms differ by what the norms differ, relative to them. float64; a net whose gradient grows by 1e6
        # makes as much of a rounding. Measured: up to 5e-10.
        reached = norms > 0
        assert np.array_equal(modern_flow[name] > 0, reached)
        parity.close(f"{name}: log of norm", np.log(norms[reached]), np.log(modern_flow[name][reached]), 1e-4)
    for name, number in legacy_numbers.items():
        # Keras holds the learning rate as a float32; measured 1.2e-7.
        parity.close(f"{name}: log", np.log(number), np.log(modern_numbers[name]), 1e-4)


MOVE = {
    "rnn": from_tf1.rnn_weights,
    "relu": from_tf1.rnn_weights,
    "lstm": functools.partial(from_tf1.lstm_weights, forget_bias=0),  # gradients are moved, not weights
    "gru": from_tf1.gru_weights,
}


@pytest.mark.parametrize("cell", MOVE)
def test_every_gradient(parity, cell):
    """Every element by every state and every weight, not only the norms."""
    lessons, then = recorded.program("lessons"), recorded.given("lessons", cell)
    *sequence, weights = lessons.drawn()
    net = (cell, lessons.SCALE, lessons.BIAS)
    by_state, by_weight = back_propagate(legacy, net, sequence, weights)
    modern_by_state, modern_by_weight = back_propagate(modern, net, sequence, weights)
    symbols = ("c", "h") if cell == "lstm" else ("h",)
    assert set(by_state) == set(modern_by_state) == set(symbols)
    # float64: the last digits; measured 9e-16.
    for place, symbol in enumerate(symbols):
        assert cell == "relu" or by_state[symbol][0].any()  # it reaches back to the initial state; a shut ReLU ends it
        told = by_state[symbol], modern_by_state[symbol]
        parity.close(f"{cell}: gradient by every {symbol}_t", *told, 1e-9, recorded=then["by state"][:, place])
    wanted = MOVE[cell](*by_weight)
    then = MOVE[cell](*(then[f"by weight {number}"] for number in range(len(by_weight))))
    for number, told in enumerate(zip(wanted, modern_by_weight, then, strict=True)):
        parity.close(f"{cell}: gradient by weight {number}", *told[:2], 1e-9, recorded=told[2])


def test_updates_as_tensorflow_1_made_them(parity):
    """The norm of the last update, with the same gradients each time."""
    lessons = recorded.program("lessons")
    gradients, then = lessons.remedies(), recorded.given("lessons", "remedy")
    remedies = {
        "no remedy": {},
        "clipped": {"threshold": lessons.THRESHOLD},
        "RMSProp, the first update": {"rmsprop": True},
        "RMSProp, the last update": {"rmsprop": True, "updates": lessons.UPDATES},
    }
    for name, how in remedies.items():
        told = [np.log(program.update(gradients, **how)) for program in (legacy, modern)]
        # Keras holds the learning rate as a float32; measured 1.1e-7.
        parity.close(f"{name}: log of its norm", *told, 1e-6, recorded=np.log(then[name]))


@PROGRAMS
def test_the_gradient_is_that_of_the_loss(program):
    """Moving the initial state, and running forward again, changes the loss as dloss/dh_0 says."""
    (x, target), weights = program.draw(5, 8, seed=3)
    by_state, _ = back_propagate(program, ("rnn", 1.0, 0), (x, target), weights)
    W_x, W_h = weights["c"]

    def loss(h):
        for x_t in x:
            h = np.tanh(x_t @ W_x + h @ W_h)
        return ((h @ weights["y"]).item() - target) ** 2

    moved = np.eye(8) * 1e-6
    np.testing.assert_allclose(by_state["h"][0], [(loss(m) - loss(-m)) / 2e-6 for m in moved], atol=1e-8)


def test_what_vanishes_and_what_explodes(shown):
    for flow, _ in shown:
        far, near = reaching(flow, 100), reaching(flow, 10)
        assert far["plain RNN, W_h scaled to 0.5"] < 0.5**100 * 1.01  # tanh's slope is at most 1
        assert far["plain RNN, W_h scaled to 0.9"] < 1e-5 < 1e-2 < near["plain RNN, W_h scaled to 0.9"]
        assert far["plain RNN, W_h scaled to 2"] > 1e5


def test_what_the_remedies_do(shown):
    for flow, numbers in shown:
        half = reaching(flow, 50)
        assert half["ReLU, W_h = 1 times the identity"] > 0.5
        # A ReLU alone is no remedy: with recurrent weights of 0.9 it vanishes as tanh does.
        assert half["ReLU, W_h = 0.9 times the identity"] < 0.9**50
        far = reaching(flow, 100)
        assert far["GRU, update gate's bias 5"] > 0.5 > 1e-6 > far["GRU, update gate's bias 1"]
        for symbol in "hc":
            open_gate, usual = (far[f"LSTM, forget gate's bias {bias}, by {symbol}_t"] for bias in (5, 1))
            assert open_gate > 1 > 0.01 > usual
        assert numbers["exploding: no remedy"] > 1000
        assert numbers["exploding: truncated back-propagation, 10 steps"] < 0.1
        assert numbers["exploding: gradient clipped at 1"] == pytest.approx(0.001)
        # TensorFlow 1's first step: lr g / sqrt(0.9 + 0.1 g^2), at most lr sqrt(10) for each of 4,672 weights.
        assert numbers["exploding: RMSProp"] == pytest.approx(0.001 * np.sqrt(10 * 4672), rel=0.02)
        assert numbers["vanishing: RMSProp, the first update"] < 2e-9
        assert numbers["vanishing: RMSProp, the 1,000th with that gradient"] > 1e-4


@PROGRAMS
def test_truncated_gradients_end(program):
    sequence, weights = program.draw(20, 8, seed=1)
    whole, _ = back_propagate(program, ("lstm", 1.0, 1), sequence, weights)
    by_state, _ = back_propagate(program, ("lstm", 1.0, 1), sequence, weights, truncate=6)
    for symbol in "hc":
        assert not by_state[symbol][:15].any()  # exactly zero before the last six steps
        assert np.array_equal(by_state[symbol][15:], whole[symbol][15:])


def test_both_print_the_same(parity, tmp_path, capsys):
    printed = []
    for program in (legacy, modern):
        small = ["--n-steps", "30", "--n-hidden", "8", "--truncate", "5"]
        program.main(["--seed", "5", *small, "--logdir", str(tmp_path)])
        printed.append(capsys.readouterr().out.splitlines())
    parity.equal("lines printed", *printed, of="lines")

    boxes, tags = [], []
    for program in (legacy, modern):
        events = EventAccumulator(str(tmp_path / side(program) / "gradient_flow")).Reload()
        boxes.append({node.name.split("/")[0] for node in events.Graph().node})
        found = events.Tags()
        tags.append({*found["scalars"], *found["tensors"], *found["images"]})
    parity.equal("boxes of the graph in TensorBoard", *boxes)
    assert boxes[0] == {"input", "rnn", "loss", "gradients"}
    parity.equal("tags of scalars and picture", *tags, of="tags")


FLAGS = ["--n-steps", "3", "--n-hidden", "2", "--plot", "flow.png"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run_together([legacy, modern], tmp_path_factory.mktemp("runs"), *FLAGS)


@PROGRAMS
def test_as_a_person_runs_it(program, finished, monkeypatch, capsys):
    folder, run = finished[program]
    assert (run.returncode, run.stderr) == (0, "")
    assert (folder / "flow.png").read_bytes().startswith(b"\x89PNG")
    seed = run.stdout.split()[1]
    monkeypatch.chdir(folder)
    program.main([*FLAGS, "--seed", seed])
    assert capsys.readouterr().out == run.stdout
    assert (folder / "logs" / side(program) / "gradient_flow-1").exists()  # the first run moved aside


@PROGRAMS
def test_refusals(program, tmp_path, capsys):
    for flag in ("--n-steps", "--n-hidden", "--truncate", "--vanishing", "--exploding", "--threshold"):
        line = refused(program, capsys, f"{flag}=-1")
        assert flag in line and "above zero" in line
    (tmp_path / "file").write_text("")
    assert f"{tmp_path / 'file'}" in refused(program, capsys, "--logdir", tmp_path / "file")
