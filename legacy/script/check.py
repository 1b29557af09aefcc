"""Which TensorFlow names a script uses, and how each fares, without running it."""

import ast
import importlib
import os
import sys
import types

from legacy.contrib.missing import MissingImport
from legacy.script import gone, modules_2, packages, python_2015
from legacy.script.imports import OWN_MODULES, find_import
from legacy.script.numpy_2015 import show_numpy
from legacy.script.program import place
from legacy.script.shown import short
from legacy.script.source import Names
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

# The packages whose names are looked up, besides TensorFlow.
LIBRARIES = {
    "PIL",
    "keras",
    "matplotlib",
    "nltk",
    "numpy",
    "pandas",
    "scipy",
    "skimage",
    "sklearn",
    *sys.stdlib_module_names,
}
LIBRARIES -= {"antigravity", "idlelib", "this", "__main__"}
BACK_2 = {("sys", "maxint"), ("sys", "setdefaultencoding"), ("os", "getcwdu")}  # Python 2's, put back for its scripts

MULTI = "tf.nn.rnn_cell.MultiRNNCell", "tf.contrib.rnn.MultiRNNCell"
IN_SEVERAL_PLACES = {  # whether it is of 1.2 or later
    False: "a cell that stands in several places gets variables of its own in each",
    True: "a cell that stands in several places has one set of variables",
}


class ReachedNames(Names):
    """The names that a module uses, of TensorFlow and of other packages, and whether the line of each is surely reached:
    `unsure` has the line of the first use of those that stand only in branches, or in functions that nothing names."""

    def __init__(self, used, place, packages, unsure, named, is_script):
        super().__init__(used, place, packages)
        self.unsure, self.named, self.is_script, self.sure = unsure, named, is_script, True

    def use(self, name, node):
        if self.sure and self.unsure.pop(name, None):
            self.used.pop(name)  # from here on it is reached
        if name not in self.used and not self.sure:
            self.unsure[name] = self.place(node.lineno)
        super().use(name, node)

    def maybe(self, *nodes):
        before, self.sure = self.sure, False
        for node in nodes:
            self.visit(node)
        self.sure = before

    def visit_If(self, node):
        self.visit(node.test)
        names = {each.id for each in ast.walk(node.test) if isinstance(each, ast.Name)}
        if "__name__" in names and self.is_script:
            for each in node.body:
                self.visit(each)
        else:
            self.maybe(*node.body, *node.orelse)

    def visit_IfExp(self, node):
        self.visit(node.test)
        self.maybe(node.body, node.orelse)

    def visit_Try(self, node):
        self.maybe(*node.body, *node.handlers, *node.orelse)
        for each in node.finalbody:
            self.visit(each)

    def visit_FunctionDef(self, node):
        for each in [*node.decorator_list, *node.args.defaults]:
            self.visit(each)
        known = node.name in self.named or node.name.startswith("__")
        if known:
            for each in node.body:
                self.visit(each)
        else:
            self.maybe(*node.body)


def check(program, year=None):
    """Returns the names that a Program uses, of TensorFlow and of other packages as far as they are missing:
    name -> (its first line, how it fares).

    How it fares: "runs", a note of what differs, or "missing", with what comes nearest, and "only if line N is reached".

    Args:
        year: the Year that it is of; if None, what it uses tells.
    """
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # as when it runs
    shown = show_tensorflow()
    used, unsure, assigned = {}, {}, set()
    named = {node.id for tree in program.trees.values() for node in ast.walk(tree) if isinstance(node, ast.Name)}
    named |= {
        node.attr for tree in program.trees.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    own = {each.stem for root in program.roots for each in root.iterdir()}
    for file, tree in program.trees.items():

        def where(line, file=file):
            return place(program, file, line)

        others = LIBRARIES - own
        names = ReachedNames(used, where, others, unsure, named | {"main"}, file == program.file)
        names.visit(tree)
        assigned |= names.assigned
    notes = NOTES | dict.fromkeys(MULTI, IN_SEVERAL_PLACES[(year or year_of(program.trees)).is_since("1.2")])
    fares = {}
    for name, line in used.items():
        if any(name == each or name.startswith(f"{each}.") for each in assigned):
            continue
        if name.partition(".")[0] == "tensorflow":
            how = fare(shown, name, notes)
        elif (how := fare_elsewhere(name, program.python)) == "runs":
            continue  # only what is missing is said of other packages
        fares[short(name)] = (
            line,
            f"{how}, only if {unsure[name]} is reached" if "missing" in how and name in unsure else how,
        )
    if "tf.set_random_seed" in fares:
        fares["tf.set_random_seed"] = fares["tf.set_random_seed"][0], fare_of_seed(fares)
    return fares


def fare_elsewhere(name, python):
    """Returns what `check` says of a dotted name of NumPy, its neighbours, or Python's own library."""
    top, *rest = name.split(".")
    if top == "numpy":
        module = show_numpy()
    elif python == 2 and (old := modules_2.find_module(top)):
        module = old
    else:
        module = library(top)
    for at, part in enumerate(rest):
        if not isinstance(module, types.ModuleType):
            return "runs"  # an attribute of an object, or a package that is not there, which is said elsewhere
        path = ".".join([top, *rest[: at + 1]])
        gone.put_back(f"tf_{path}" if top == "keras" else path)
        module = getattr(module, part, Gone)
        if module is Gone and (module := library(path)) is None:
            back = (top, part) in python_2015.NAMES or (python == 2 and (top, part) in BACK_2)
            return "runs" if back else "missing"
    return "runs"


class Gone:
    """What stands for a name that is not there."""


def library(name):
    """Returns a module that is no part of the program, or None."""
    try:
        return importlib.import_module(f"tf_{name}" if name.partition(".")[0] == "keras" else name)
    except ImportError:
        return None


def fare_of_seed(fares):
    """Returns what `check` says of a seed, by the other names that a script uses."""
    others = [name for name in fares if name.rpartition(".")[2] in OTHER_SEEDS]
    return "draws the numbers of TensorFlow 1.15" + (f", but not after {', '.join(others)}" if others else "")


def said_before(program, year=None):
    """Returns what there is to say of a Program's years, in lines: that it is for Python 2, which TensorFlow it looks like,
    if none is said, and what the year decides; then what surely stops it that is no name."""
    found = year or year_of(program.trees)
    lines = decided(program.trees.values(), found)
    if not year and (found.why or lines):
        lines.insert(0, said(found))
    if program.told:
        lines.insert(0, f"for Python 2: {program.told[0]}, {program.told[1]}")
    return lines


def stops(program):
    """Returns (what surely stops a Program before it does anything, what stops it if it gets there): lines."""
    found = packages.missing(program)
    places = {top: place(program, each.file, each.line) for top, each in found.items()}
    surely = {top: each for top, each in found.items() if each.sure}
    perhaps = {top: each for top, each in found.items() if not each.sure}
    lines = [[str(packages.MissingModules(each, places))] if each else [] for each in (surely, perhaps)]
    for file, error in program.unread.items():
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        lines[0].append(f"{file.name}{line}, cannot be read: {getattr(error, 'msg', error)}")
    return lines


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


def print_check(fares, stops=((), ())):
    """Prints what `check` and `stops` found, by how it fares; returns how much of it surely stops the program."""
    missing = {name: it for name, it in fares.items() if it[1].startswith("missing")}
    perhaps = {name: it for name, it in missing.items() if "only if" in it[1]}
    surely = {name: it for name, it in missing.items() if name not in perhaps}
    noted = {name: it for name, it in fares.items() if it[1] != "runs" and name not in missing}
    runs = [name for name, it in fares.items() if it[1] == "runs"]
    width = max([len(name) for name in fares], default=0)
    for title, names in (("runs, with a note", noted), ("missing", surely), ("missing, if it is reached", perhaps)):
        if names:
            print(f"{title}:")
            for name, (line, what) in names.items():
                print(f"  {name:{width}}  {line}: {what}")
    for title, lines in zip(("stops it", "stops it, if it is reached"), stops):
        for line in lines:
            print(f"{title}: {line}")
    print(f"runs: {', '.join(runs)}" if runs else "it uses no TensorFlow")
    return len(surely) + len(stops[0])
