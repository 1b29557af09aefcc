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
SHOWN = FILES - {"attention", "beam_search", "missing", "year"}  # the first two are a part of seq2seq


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


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_a_script_sees_what_a_file_says(name):
    module = importlib.import_module(f"legacy.contrib.{name}")
    [entries] = [
        {entry for entry in dir(shown) if not isinstance(getattr(shown, entry), types.ModuleType)} - {"__builtins__"}
        for path, shown in contrib_modules().items()
        if path.endswith(f".{name}") and path.count(".") == (4 if name == "projector" else 2)
    ]
    assert {entry for entry in entries if not entry.startswith("__")} == {*module.__all__}
    assert len(module.__all__) == len({*module.__all__})


@pytest.mark.parametrize(
    "name",
    [
        "rnn.copy", "rnn.tf", "rnn.of_its_year", "rnn.year", "rnn.Missing", "layers.functools", "learn.os", "learn.batches_of",
        "lookup.array_ops", "lookup.gen_lookup_ops", "legacy_seq2seq.re", "legacy_seq2seq.UNBUILT", "losses.predictions_first",
        "data.experimental", "seq2seq.collections", "tensorboard.plugins.projector.os", "rnn.python.ops.core_rnn_cell.copy",
    ],
)  # fmt: skip
def test_what_never_was_in_contrib_is_missing(name):
    *scope, last = name.split(".")
    with pytest.raises(Missing, match=last):
        getattr(contrib_modules()[".".join(["tensorflow.contrib", *scope])], last)


def test_every_file_says_its_source():
    for name in FILES - {"missing", "year"}:
        assert "\nSource" in importlib.import_module(f"legacy.contrib.{name}").__doc__, name
