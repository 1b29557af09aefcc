"""Which TensorFlow names a script uses, and how each fares, without running it."""

import ast
import types
from pathlib import Path

from legacy.contrib.missing import MissingImport
from legacy.script.imports import OWN_MODULES, find_import
from legacy.script.shown import short
from legacy.script.source import own_sources, states_are_one_tensor
from legacy.script.tensorflow_2016 import show_tensorflow

# What is said of names that run otherwise than they did.
NOTES = {
    "tf.nn.rnn_cell.BasicLSTMCell": "state_is_tuple was False until 0.12; now it is True",
    "tf.nn.rnn_cell.LSTMCell": "state_is_tuple was False until 0.12; now it is True",
    "tf.nn.rnn_cell.MultiRNNCell": "a cell that stands in several places gets variables of its own in each",
    "tf.contrib.rnn.MultiRNNCell": "a cell that stands in several places gets variables of its own in each",
    "tf.concat": "either order of arguments",
    "tf.split": "either order of arguments",
    "tf.contrib.layers.fully_connected": "its activation is ReLU unless you say otherwise, as ever",
}

# What makes other operations than in 1.15, so that what is drawn after it gets another seed; measured in
# tests/eras/test_seeds.py. By its last name, since scripts reach it by several.
OTHER_SEEDS = {
    "AttentionWrapper",
    "FtrlOptimizer",
    "InputProjectionWrapper",
    "LSTMBlockCell",
    "LSTMBlockFusedCell",
    "OutputProjectionWrapper",
    "dynamic_decode",
    "embedding_attention_seq2seq",
    "embedding_rnn_seq2seq",
    "l2_regularizer",
    "one_hot_encoding",
    "optimize_loss",
    "sequence_loss",
}


def check(script):
    """Returns the TensorFlow names that a script and the modules beside it use: name -> (its first line, how it fares).

    How it fares: "runs", a note of what differs, or "missing", with what comes nearest.

    Raises:
        OSError, SyntaxError: it cannot be read.
    """
    trees = own_sources(script)
    shown = show_tensorflow(one_tensor_states=states_are_one_tensor(trees.values()))
    used = {}
    for path, tree in trees.items():
        Names(used, "" if path == Path(script) else f"{path.name}, ").visit(tree)
    fares = {short(name): (line, fare(shown, name)) for name, line in used.items()}
    if "tf.set_random_seed" in fares:
        fares["tf.set_random_seed"] = fares["tf.set_random_seed"][0], fare_of_seed(fares)
    return fares


def fare_of_seed(fares):
    """Returns what `check` says of a seed, by the other names that a script uses."""
    others = [name for name in fares if name.rpartition(".")[2] in OTHER_SEEDS]
    return "draws the numbers of TensorFlow 1.15" + (f", but not after {', '.join(others)}" if others else "")


class Names(ast.NodeVisitor):
    """Puts the TensorFlow names of a syntax tree into `used`: dotted name -> its first line, after `where`."""

    def __init__(self, used, where):
        self.used, self.where = used, where
        self.aliases = {}  # a name in the script -> the dotted name in TensorFlow

    def use(self, name, node):
        self.used.setdefault(name, f"{self.where}line {node.lineno}")

    def visit_Import(self, node):
        for alias in node.names:
            if alias.name.partition(".")[0] == "tensorflow":
                self.aliases[alias.asname or "tensorflow"] = alias.name if alias.asname else "tensorflow"
                self.use(alias.name, node)

    def visit_ImportFrom(self, node):
        if node.module and not node.level and node.module.partition(".")[0] == "tensorflow":
            for alias in node.names:
                self.aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                self.use(f"{node.module}.{alias.name}", node)

    def visit_Assign(self, node):  # seq = tf.contrib.seq2seq
        self.generic_visit(node)
        name = self.name_of(node.value)
        if name and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.aliases[node.targets[0].id] = name

    def visit_Attribute(self, node):
        if name := self.name_of(node):
            self.use(name, node)
        else:
            self.generic_visit(node)

    def name_of(self, node):
        """The dotted name in TensorFlow that an expression is, or None."""
        if isinstance(node, ast.Attribute):
            scope = self.name_of(node.value)
            return scope and f"{scope}.{node.attr}"
        return self.aliases.get(node.id) if isinstance(node, ast.Name) else None


def fare(shown, name):
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
    return NOTES.get(short(name), "runs")


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
