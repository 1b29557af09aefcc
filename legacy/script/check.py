"""Which TensorFlow names a script uses, and how each fares, without running it."""

import types
from pathlib import Path

from legacy.contrib.missing import MissingImport
from legacy.script.imports import OWN_MODULES, find_import
from legacy.script.shown import short
from legacy.script.source import Names, own_sources
from legacy.script.tensorflow_2016 import show_tensorflow
from legacy.script.years import decided, said, year_of

# What is said of names that run otherwise than they did.
NOTES = {
    "tf.nn.rnn_cell.BasicLSTMCell": "state_is_tuple was False until 0.12; now it is True",
    "tf.nn.rnn_cell.LSTMCell": "state_is_tuple was False until 0.12; now it is True",
    "tf.concat": "either order of arguments",
    "tf.split": "either order of arguments",
    "tf.contrib.layers.fully_connected": "its activation is ReLU unless you say otherwise, as ever",
}

# What makes other operations than in 1.15, so that what is drawn after it gets another seed. By its last name, since
# scripts reach it by several. tests/eras/test_seeds.py holds the operations of what is not here.
OTHER_SEEDS = {"BeamSearchDecoder"}

MULTI = "tf.nn.rnn_cell.MultiRNNCell", "tf.contrib.rnn.MultiRNNCell"
IN_SEVERAL_PLACES = {  # whether it is of 1.2 or later
    False: "a cell that stands in several places gets variables of its own in each",
    True: "a cell that stands in several places has one set of variables",
}


def check(script, year=None):
    """Returns the TensorFlow names that a script and the modules beside it use: name -> (its first line, how it fares).

    How it fares: "runs", a note of what differs, or "missing", with what comes nearest.

    Args:
        year: the script's Year; if None, what it uses tells.

    Raises:
        OSError, SyntaxError: it cannot be read.
    """
    trees = own_sources(script)
    shown = show_tensorflow()
    used = {}
    for path, tree in trees.items():
        Names(used, "" if path == Path(script) else f"{path.name}, ").visit(tree)
    notes = NOTES | dict.fromkeys(MULTI, IN_SEVERAL_PLACES[(year or year_of(trees)).is_since("1.2")])
    fares = {short(name): (line, fare(shown, name, notes)) for name, line in used.items()}
    if "tf.set_random_seed" in fares:
        fares["tf.set_random_seed"] = fares["tf.set_random_seed"][0], fare_of_seed(fares)
    return fares


def fare_of_seed(fares):
    """Returns what `check` says of a seed, by the other names that a script uses."""
    others = [name for name in fares if name.rpartition(".")[2] in OTHER_SEEDS]
    return "draws the numbers of TensorFlow 1.15" + (f", but not after {', '.join(others)}" if others else "")


def check_year(script, year=None):
    """Returns what there is to say of a script's year, in lines: which it looks like, if none is said, and what the year
    decides. Raises OSError or SyntaxError."""
    trees = own_sources(script)
    found = year or year_of(trees)
    lines = decided(trees.values(), found)
    return [said(found), *lines] if not year and (found.why or lines) else lines


def fare(shown, name, notes):
    """Returns what `check` says of one dotted name."""
    module = shown
    for part in name.split(".")[1:]:
        if not isinstance(module, types.ModuleType):
            break  # an attribute of an object: only running it can tell
        try:
            module = getattr(module, part)
        except AttributeError as error:
            if name.startswith(OWN_MODULES):
                return fare_of_import(shown, name)
            nearest = getattr(error, "nearest", None)
            return f"missing; {nearest} comes nearest" if nearest else "missing"
    return notes.get(short(name), "runs")


def fare_of_import(shown, name):
    """Returns what `check` says of a name in one of TensorFlow's own modules, which is there once it is imported."""
    scope, _, last = name.rpartition(".")
    try:
        find_import(shown, scope, (last,))
    except (MissingImport, ModuleNotFoundError):
        return "missing"
    return "runs"


def print_check(fares):
    """Prints what `check` found, by how it fares; returns how many are missing."""
    missing = {name: it for name, it in fares.items() if it[1].startswith("missing")}
    noted = {name: it for name, it in fares.items() if it[1] != "runs" and name not in missing}
    runs = [name for name, it in fares.items() if it[1] == "runs"]
    width = max([len(name) for name in fares], default=0)
    for title, names in (("runs, with a note", noted), ("missing", missing)):
        if names:
            print(f"{title}:")
            for name, (line, what) in names.items():
                print(f"  {name:{width}}  {line}: {what}")
    print(f"runs: {', '.join(runs)}" if runs else "it uses no TensorFlow")
    return len(missing)
