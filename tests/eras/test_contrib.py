"""What legacy/contrib gives is what TensorFlow 1's contrib gave, piece by piece, as tests/eras/recorded has it."""

import importlib

import numpy as np
import pytest

from legacy.script import tensorflow_2016
from tests.contrib.test_names import MADE_OF
from tests.eras import records

# The largest difference measured is 9.5e-7, of beam scores near -10; of gradients and states 3e-7, of one rounding in
# another order over three to five steps. Relative to the value, where that is above 1.
TOLERANCE = 1e-6

NOT_COVERED = "not covered"
EXCHANGED = "its gradient took the peepholes of the forget and the output gate for each other; here as in 1.15.5"
# Pieces that give something else than the real one, by version and program, and why. One that is mended leaves the list.
OTHERWISE = {
    ("1.15.5", "cells"): {
        "basic_rnn_cell_input_size": "taken, as until 1.1; 1.15.5 refuses",
        "basic_lstm_cell_input_size": "taken, as until 1.1; 1.15.5 refuses",
    },
    ("1.4.1", "cells"): {"lstm_block_cell_peephole": EXCHANGED},
    ("1.0.1", "cells"): {"lstm_block_cell_peephole": EXCHANGED},
    ("1.15.5", "seq2seq"): {"beam_search_coverage_penalty": NOT_COVERED},
    ("1.4.1", "seq2seq"): {
        "gather_tree": "as in 1.15.5; in 1.4 it had no end token to fill with",
        "beam_search": "the same, of the ids and lengths past a sequence's end",
    },
    ("1.4.1", "around"): {"hparams_refuse": "refused as in 1.15.5"},
    ("1.4.1", "crf"): {"crf_log_likelihood_of_an_empty_sequence": "0, as in 1.15.5; 1.4 counted its first step"},
    ("1.0.1", "crf"): {"crf_log_likelihood_of_an_empty_sequence": "0, as in 1.15.5; 1.0 counted its first step"},
    ("1.4.1", "more_cells"): {"groups": "each group has a kernel; in 1.4 all read with the first one's"},
    ("1.4.1", "more_seq2seq"): {"luong_monotonic_hard": "no gradient through hard choices, as in 1.15.5"},
    ("0.12.1", "names_2016"): {"rnn_lstm_cell": "input_size as the second argument is not taken"},
}


def close(one, other):
    """Whether two arrays agree, within the tolerance."""
    largest = np.abs(one).max(initial=1.0) if np.asarray(one).dtype.kind == "f" else 1.0
    return records.difference(one, other) <= TOLERANCE * (largest if np.isfinite(largest) else 1.0)


def differences(there, here):
    """Returns what of one piece is not here what it was there: lines."""
    if there.absent or here.absent:
        return [] if there.absent and here.absent else [f"absent there: {there.absent}; here: {here.absent}"]
    names = sorted(there.arrays.keys() | here.arrays.keys())
    missing = [name for name in names if name not in there.arrays or name not in here.arrays]
    if missing:
        return [f"only on one side: {', '.join(missing)}"]
    gaps = {name: records.difference(there.arrays[name], here.arrays[name]) for name in names}
    return [f"{name} by {gaps[name]:.2g}" for name in names if not close(there.arrays[name], here.arrays[name])]


BY_YEAR = ("cells", "seq2seq", "legacy_seq2seq", "more_cells")  # where the year of a script decides


@pytest.fixture(scope="session")
def here(tmp_path_factory):
    """A function: theme, version -> what its pieces give through legacy/run.py, in one process, if that year is said."""
    ran = {}

    def run(theme, version):
        flags = ("--tensorflow", version) if theme in BY_YEAR else ()
        if (theme, flags) not in ran:
            ran[theme, flags] = records.run_here(theme, tmp_path_factory.mktemp(theme), *flags)
        return ran[theme, flags]

    return run


@pytest.mark.parametrize(
    ("version", "theme"),
    [(version, theme) for theme in ("cells", "crf", "more_cells") for version in records.YEARS]
    + [(version, theme) for theme in ("seq2seq", "legacy_seq2seq", "around") for version in records.YEARS]
    + [("1.15.5", theme) for theme in ("by_slim", "cudnn", "grid", "more_around", "more_seq2seq", "streaming")]
    + [("1.4.1", "more_seq2seq"), ("1.0.1", "seq2seq_2017"), ("0.12.1", "names_2016")],
)
def test_pieces(version, theme, here):
    there, today = records.read(records.RECORDED / version, theme), here(theme, version)
    # What a year did not have yet, or no longer, is no difference from it; what 1.15.5 does not have, is.
    there = {name: piece for name, piece in there.items() if version == "1.15.5" or not piece.absent}
    found = {name: differences(piece, today[name]) for name, piece in there.items()}
    found = {name: lines for name, lines in found.items() if lines}
    expected = OTHERWISE.get((version, theme), {})
    for name in found.keys() | expected.keys():
        print(name, found.get(name, "agrees"), sep=": ")
    assert found.keys() == expected.keys()


@pytest.mark.parametrize(
    ("version", "theme"),
    [("1.15.5", theme) for theme in ("around", "crf", "grid", "more_seq2seq")]
    + [(version, theme) for theme in BY_YEAR for version in records.YEARS],
)
def test_variables_have_the_names_of_their_year(version, theme, here):
    today, found = here(theme, version), {}
    for name, piece in records.read(records.RECORDED / version, theme).items():
        if not piece.absent and not today[name].absent and piece.variables != today[name].variables:
            found[name] = [pair for pair in zip(piece.variables, today[name].variables) if len(set(pair)) > 1]
    print(found)
    assert found.keys() == OTHER_NAMES.get((version, theme), set())


# Their variables have other names: all three were conv_lstm_cell.
OTHER_NAMES = {("1.4.1", "more_cells"): {"conv_1d", "conv_2d", "conv_3d", "groups"}}


# --- names ---


def served():
    """Returns the names of tf.contrib that a script sees, as `rnn.LSTMCell`, without those of TensorFlow's own objects."""
    found = set()
    for scope, files in MADE_OF.items():
        for file in files if scope not in TODAYS_OWN else ():
            names = importlib.import_module(f"legacy.contrib.{file}").__all__
            found |= {f"{scope}.{name}" for name in names}
    return found


# Modules of what TensorFlow has today by another name.
TODAYS_OWN = {"data", "distributions", "eager", "summary", "tensorboard.plugins.projector"}
# Names that no call is recorded of by this name: of a class that others come from, or recorded by another.
NOT_RECORDED = {
    "legacy_seq2seq.linear",
    "metrics.streaming_mean_tensor",  # it wants a batch of known size, and then is tf.metrics.mean_tensor
    *(f"slim.{name}" for name in ("adaptive_clipping_fn", "arg_scope_func_key", "bucketize", "pool")),
    *(f"slim.summarize_{name}" for name in ("biases", "variables", "weights")),
}
# Where else a name may be recorded: tf.nn had the cells first, and slim is made of the other two.
ELSEWHERE = {
    "rnn": ("nn", "nn.rnn_cell"),
    "rnn.python.ops.rnn_cell": ("rnn", "nn", "nn.rnn_cell"),
    "slim": ("layers", "framework"),
}
UNLISTED = {f"rnn.python.ops.rnn_cell.{name}" for name in tensorflow_2016.UNLISTED}  # pieces of more_cells


def test_every_name_served_has_a_record():
    recorded = set()
    for version, theme in [(version, theme) for theme, versions in records.THEMES.items() for version in versions]:
        if (records.RECORDED / version / f"{theme}.npz").exists():
            for piece in records.read(records.RECORDED / version, theme).values():
                recorded |= set() if piece.absent else set(piece.names)
    missing = {
        name
        for name in served() - recorded - UNLISTED
        for scope, _, last in [name.rpartition(".")]
        if not {f"{other}.{last}" for other in ELSEWHERE.get(scope, ())} & recorded
    }
    assert missing == NOT_RECORDED
