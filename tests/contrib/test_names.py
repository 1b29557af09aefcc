"""What a script sees of contrib is what contrib had: no module that a file of ours imports, no helper of ours."""

import importlib
import types
from pathlib import Path

import pytest

from legacy import contrib
from legacy.contrib.missing import Missing
from legacy.script.shown import modules_of
from legacy.script.tensorflow_2016 import TREE

FILES = {path.stem for path in Path(contrib.__file__).parent.glob("*.py")} - {"__init__"}
# Module of tf.contrib -> the files that it is made of, where these are not one of its name.
MADE_OF = {
    "framework": ("framework", "variables"),
    "layers": ("layers", "layers_slim"),
    "learn": ("learn", "learn_experiment"),
    "learn.preprocessing": ("learn_text",),
    "legacy_seq2seq": ("legacy_seq2seq", "legacy_seq2seq_losses"),
    "rnn.python.ops.rnn_cell": ("rnn", "rnn_blocks", "rnn_grid", "rnn_lstm", "rnn_others", "rnn_wrappers"),
    "seq2seq": ("seq2seq", "attention_monotonic", "decoder_functions", "helpers"),
    "slim": ("layers", "layers_slim", "slim", "variables"),
    "tensorboard.plugins.projector": ("projector",),
    "training": ("training", "buckets"),
}
# Part of a file above, shown otherwise, or not at all.
OTHERS = {
    "attention",
    "beam_search",
    "cudnn_weights",
    "estimator",
    "learn_models",
    "missing",
    "slim_today",
    "tfprof",
    "year",
}
IN_SEVERAL = {file for files in MADE_OF.values() for file in files}
MADE_OF |= {file: (file,) for file in FILES - OTHERS - IN_SEVERAL}


def contrib_modules():
    return {name: module for name, module in modules_of(TREE).items() if name.startswith("tensorflow.contrib")}


def test_no_module_leaks():
    """Every module that is reached from tf.contrib stands in the table, by the name by which it is reached."""
    modules, seen = contrib_modules(), 0
    for scope, module in modules.items():
        for name in dir(module):
            if not name.startswith("_") and isinstance(getattr(module, name), types.ModuleType):
                assert getattr(module, name) is modules.get(f"{scope}.{name}", modules.get(f"{module.__name__}.{name}"))
                seen += 1
    assert seen > 40


@pytest.mark.parametrize("name", sorted(MADE_OF))
def test_a_script_sees_what_its_files_say(name):
    files = [importlib.import_module(f"legacy.contrib.{file}") for file in MADE_OF[name]]
    shown = contrib_modules()[f"tensorflow.contrib.{name}"]
    entries = {entry for entry in dir(shown) if not isinstance(getattr(shown, entry), types.ModuleType)}
    assert {entry for entry in entries if not entry.startswith("__")} == {
        each for file in files for each in file.__all__
    }
    assert all(len(file.__all__) == len({*file.__all__}) for file in files)


def test_every_file_is_shown():
    assert FILES == OTHERS | IN_SEVERAL | {file for files in MADE_OF.values() for file in files}


@pytest.mark.parametrize(
    "name",
    [
        "rnn.copy", "rnn.tf", "rnn.of_its_year", "rnn.year", "rnn.Missing", "layers.functools", "learn.os", "learn.batches_of",
        "lookup.array_ops", "lookup.gen_lookup_ops", "legacy_seq2seq.re", "legacy_seq2seq.UNBUILT", 
        "data.experimental", "rnn.LayerNormLSTMCell", "slim.tf_slim", "training.json", "seq2seq.collections", "tensorboard.plugins.projector.os", "rnn.python.ops.core_rnn_cell.copy",
    ],
)  # fmt: skip
def test_what_never_was_in_contrib_is_missing(name):
    *scope, last = name.split(".")
    with pytest.raises(Missing, match=last):
        getattr(contrib_modules()[".".join(["tensorflow.contrib", *scope])], last)


def test_every_file_says_its_source():
    for name in FILES - {"missing", "year"}:
        assert "Source" in importlib.import_module(f"legacy.contrib.{name}").__doc__, name
