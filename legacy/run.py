"""Runs somebody else's TensorFlow 1 script, as it is, on today's TensorFlow.

Such a script begins with `import tensorflow as tf` and `from tensorflow.contrib import rnn`, and today stops
there. Here its `tensorflow` is `tf.compat.v1` with the behaviour, the names and the `contrib` of 2016 to 2018;
the rest of the process, Keras and TensorFlow's own modules, keeps the real one.

    python legacy/run.py path/to/rnn_words.py [its own arguments]
    python legacy/run.py --check path/to/rnn_words.py         what it uses, without running it
    python legacy/run.py --data-dir mnist path/to/mnist_rnn.py    reads MNIST there, not from the network

What a script needs and does not get ends it in one line: the name, the script's line, what comes nearest.
"""

import argparse
import ast
import builtins
import difflib
import importlib
import importlib.machinery
import importlib.util
import os
import re
import sys
import traceback
import types
import warnings
from pathlib import Path

# TensorFlow's rnn_cell lives in tf_keras, and this variable, read once, leads it there.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "DISPLAY" not in os.environ:
    os.environ.setdefault("MPLBACKEND", "Agg")  # without a screen, plt.show() would be an error
# As they load, TensorFlow's libraries write to standard error whatever the log level says: it is held back so long.
stderr, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
os.dup2(devnull, 2)
try:
    import tensorflow.compat.v1 as tf
finally:
    os.dup2(stderr, 2)
    os.close(stderr)
    os.close(devnull)
import numpy as np
from tensorboard.plugins import projector

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from legacy import mnist_rnn  # noqa: E402
from legacy.contrib import (  # noqa: E402
    framework,
    layers,
    learn,
    legacy_seq2seq,
    losses,
    names_2016,
    rnn,
    seq2seq,
    training,
)
from legacy.contrib.missing import Missing, MissingImport  # noqa: E402

sys.path.pop(0)

# What comes nearest to some names that are not covered.
NEAREST = {
    "tf.contrib.cudnn_rnn": "tf.contrib.rnn",
    "tf.contrib.slim": "tf.contrib.layers",
    "tf.contrib.tpu": "tf.train",
    "tf.estimator": "tf.layers and tf.Session",
    "tf.contrib.rnn.AttentionCellWrapper": "tf.contrib.rnn.LSTMCell",
    "tf.contrib.rnn.LayerNormBasicLSTMCell": "tf.contrib.rnn.BasicLSTMCell",
    "tf.contrib.seq2seq.BahdanauMonotonicAttention": "tf.contrib.seq2seq.BahdanauAttention",
    "tf.contrib.seq2seq.LuongMonotonicAttention": "tf.contrib.seq2seq.LuongAttention",
}

# What `--check` says of names that run otherwise than they did.
NOTES = {
    "tf.nn.rnn_cell.BasicLSTMCell": "state_is_tuple was False until 0.12; now it is True",
    "tf.nn.rnn_cell.LSTMCell": "state_is_tuple was False until 0.12; now it is True",
    "tf.nn.rnn_cell.MultiRNNCell": "a cell that stands in several places gets variables of its own in each",
    "tf.contrib.rnn.MultiRNNCell": "a cell that stands in several places gets variables of its own in each",
    "tf.concat": "either order of arguments",
    "tf.split": "either order of arguments",
    "tf.set_random_seed": "random numbers differ from those of TensorFlow 1",
    "tf.contrib.layers.fully_connected": "its activation is ReLU unless you say otherwise, as ever",
}

# Where TensorFlow's own modules are, which are imported by their paths.
OWN_MODULES = ("tensorflow.python.", "tensorflow.core.")

PYTHON_2_NAMES = {
    "xrange",
    "raw_input",
    "unicode",
    "basestring",
    "long",
    "unichr",
    "reduce",
    "file",
    "execfile",
    "reload",
}
PYTHON_2_MODULES = {"cPickle", "StringIO", "cStringIO", "urllib2", "Queue", "ConfigParser", "HTMLParser", "Tkinter"}
PYTHON_2_METHODS = {"iteritems", "iterkeys", "itervalues", "has_key"}
# What the views, iterators and generators of Python 3 answer to a script that takes them for lists.
PYTHON_2_LISTS = re.compile(
    r"'(dict_keys|dict_values|dict_items|map|zip|filter|range)' object (is not subscriptable|has no attribute 'sort'"
    r"|does not support item assignment)|object of type '(map|zip|filter)' has no len\(\)"
    r"|'\w+' object has no attribute 'next'"
    r"|cannot import name '(izip|imap|ifilter|urlopen|urlretrieve|urlencode|maketrans)'"
)


# --- what the script sees ---


class Shown(types.ModuleType):
    """A module as the script sees it: `own` names first, then those of `real`, else Missing."""

    def __init__(self, name, real=None, own=()):
        super().__init__(name)
        self.__dict__.update(own)
        self.__dict__["_real"] = real
        self.__path__ = []  # a package: import tensorflow.contrib.rnn looks for its last name in it

    def __getattr__(self, name):
        try:
            return getattr(self._real, name)
        except AttributeError:
            if name.startswith("__") or self.__name__ == "numpy":
                raise
        full_name = f"{self.__name__}.{name}".replace("tensorflow", "tf", 1)
        raise Missing(full_name, nearest_to(full_name, self)) from None

    def __dir__(self):
        return sorted({*self.__dict__, *dir(self._real)} - {"_real", "__path__"})


def nearest_to(name, module):
    """Returns what comes nearest to a name that `module` does not have, or None."""
    if name in NEAREST:
        return NEAREST[name]
    scope, _, last = name.rpartition(".")
    found = difflib.get_close_matches(last, [each for each in dir(module) if not each.startswith("_")], 1, cutoff=0.7)
    return f"{scope}.{found[0]}" if found else None


def show_tensorflow(data_dir=None, one_tensor_states=False):
    """Returns the `tensorflow` of the script. `data_dir`: where read_data_sets finds its files, whatever it is told.

    one_tensor_states: an LSTM of tf.nn.rnn_cell has a state of one tensor unless it is told otherwise, as until 0.12.
    """

    def read_data_sets(train_dir, *args, **kwargs):
        return mnist_rnn.read_data_sets(data_dir or train_dir, *args, **kwargs)

    contrib_shown = {
        "framework": Shown("tensorflow.contrib.framework", framework),
        "layers": Shown("tensorflow.contrib.layers", layers),
        "learn": Shown("tensorflow.contrib.learn", learn),
        "legacy_seq2seq": Shown("tensorflow.contrib.legacy_seq2seq", legacy_seq2seq),
        "losses": Shown("tensorflow.contrib.losses", losses),
        "rnn": Shown("tensorflow.contrib.rnn", rnn),
        "seq2seq": Shown("tensorflow.contrib.seq2seq", seq2seq),
        "training": Shown("tensorflow.contrib.training", training),
        "data": Shown("tensorflow.contrib.data", tf.data),
        "lookup": Shown("tensorflow.contrib.lookup", importlib.import_module("tensorflow.python.ops.lookup_ops")),
    }
    # Where the sources had them, under tensorflow/contrib/rnn/python/ops and the like.
    for name, package, modules in (
        ("rnn", "ops", ("rnn", "rnn_cell", "core_rnn", "core_rnn_cell", "core_rnn_cell_impl", "lstm_ops")),
        ("legacy_seq2seq", "ops", ("seq2seq",)),
        ("seq2seq", "ops", ("loss", "helper", "decoder", "basic_decoder", "attention_wrapper", "beam_search_decoder")),
        ("layers", "layers", ("initializers", "layers", "regularizers", "optimizers")),
    ):
        module = contrib_shown[name]
        inner = Shown(f"{module.__name__}.python.{package}", own=dict.fromkeys(modules, module))
        module.python = Shown(f"{module.__name__}.python", own={package: inner})
    contrib_shown["rnn"].core_rnn_cell = contrib_shown["rnn"]
    contrib_shown["learn"].models = contrib_shown["learn"]
    estimators = Shown("tensorflow.contrib.learn.python.learn.estimators", own={"estimator": contrib_shown["learn"]})
    inner = Shown("tensorflow.contrib.learn.python.learn", learn, {"estimators": estimators})
    contrib_shown["learn"].python = Shown("tensorflow.contrib.learn.python", own={"learn": inner})
    plugins = Shown("tensorflow.contrib.tensorboard.plugins", own={"projector": projector})
    contrib_shown["tensorboard"] = Shown("tensorflow.contrib.tensorboard", own={"plugins": plugins})

    input_data = Shown("tensorflow.examples.tutorials.mnist.input_data", own={"read_data_sets": read_data_sets})
    mnist = Shown("tensorflow.examples.tutorials.mnist", own={"input_data": input_data})
    tutorials = Shown("tensorflow.examples.tutorials", own={"mnist": mnist})

    nn = Shown("tensorflow.nn", tf.nn, names_2016.NN_NAMES)
    nn.rnn_cell = Shown("tensorflow.nn.rnn_cell", rnn, names_2016.MODELS_RNN_NAMES if one_tensor_states else ())
    nn.seq2seq = Shown("tensorflow.nn.seq2seq", legacy_seq2seq)
    rnn_cell = Shown("tensorflow.models.rnn.rnn_cell", rnn, names_2016.MODELS_RNN_NAMES)
    models = {"rnn_cell": rnn_cell, "rnn": contrib_shown["rnn"], "seq2seq": nn.seq2seq}
    flags = Shown("tensorflow.app.flags", tf.flags, names_2016.FLAGS_NAMES)
    shown = Shown("tensorflow", tf, names_2016.TF_NAMES)
    shown.__dict__.update(
        app=Shown("tensorflow.app", tf.app, {"flags": flags}),
        contrib=Shown("tensorflow.contrib", own=contrib_shown),
        examples=Shown("tensorflow.examples", own={"tutorials": tutorials}),
        flags=flags,
        models=Shown("tensorflow.models", own={"rnn": Shown("tensorflow.models.rnn", own=models)}),
        nn=nn,
        train=Shown("tensorflow.train", tf.train, names_2016.TRAIN_NAMES),
    )
    shown.core = importlib.import_module("tensorflow.core")
    python_rnn = Shown("tensorflow.python.ops.rnn", importlib.import_module("tensorflow.python.ops.rnn"), vars_of(rnn))
    shown.python = Shown("tensorflow.python", importlib.import_module("tensorflow.python"))
    shown.python.ops = Shown("tensorflow.python.ops", importlib.import_module("tensorflow.python.ops"))
    shown.python.ops.__dict__.update(
        constant_op=importlib.import_module("tensorflow.python.framework.constant_op"),  # where it was until 0.8
        nn=nn, rnn=python_rnn, rnn_cell=nn.rnn_cell, rnn_cell_impl=nn.rnn_cell, seq2seq=nn.seq2seq,
    )  # fmt: skip
    return shown


def vars_of(module):
    return {name: value for name, value in vars(module).items() if not name.startswith("__")}


def script_import(shown):
    """Returns the `__import__` of the script: `tensorflow` and what is in it is what `shown` has; NumPy has its old names."""
    numpy = Shown("numpy", np, names_2016.NUMPY_NAMES)
    numpy.__dict__["__all__"] = np.__all__

    def find(name):
        module, path = shown, "tensorflow"
        for part in name.split(".")[1:]:
            path += f".{part}"
            try:
                module = getattr(module, part)
            except AttributeError as error:
                missing = error if isinstance(error, Missing) else Missing(path.replace("tensorflow", "tf", 1))
                if not path.startswith(OWN_MODULES):
                    raise missing from None
                try:  # TensorFlow's own modules are imported, not attributes
                    module = importlib.import_module(path)
                except ModuleNotFoundError:
                    raise missing from None
        return module

    def __import__(name, globals=None, locals=None, fromlist=(), level=0):
        if level == 0 and name == "numpy":
            return numpy
        # In 2015 one put TensorFlow's input_data.py beside a script. If it is not there, it is the later module.
        if level == 0 and name == "input_data" and importlib.util.find_spec(name) is None:
            return shown.examples.tutorials.mnist.input_data
        if level or name.partition(".")[0] != "tensorflow":
            return builtins.__import__(name, globals, locals, fromlist, level)
        try:
            module = find(name)
            for each in fromlist or ():
                if each != "*" and not hasattr(module, each):
                    find(f"{name}.{each}")  # a module that is not imported yet, or Missing
        except Missing as missing:
            raise MissingImport(missing) from None
        return module if fromlist else shown

    return __import__


def own_sources(script):
    """Returns file -> syntax tree, of the script and of the modules beside it that it imports.

    Raises OSError or SyntaxError for the script itself; a module that cannot be read is left to the import.
    """
    script = Path(script)
    trees = {script: ast.parse(script.read_bytes(), str(script))}
    waiting = [script]
    while waiting:
        for node in ast.walk(trees[waiting.pop()]):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                scope = [node.module] if node.module else []
                names = [*scope, *(".".join([*scope, alias.name]) for alias in node.names)]
            for name in names:
                file = script.parent.joinpath(*name.split("."))
                for path in (file.with_suffix(".py"), file / "__init__.py"):
                    try:
                        if path not in trees and path.is_file():
                            trees[path] = ast.parse(path.read_bytes(), str(path))
                            waiting.append(path)
                    except (OSError, SyntaxError):
                        pass
    return trees


def states_are_one_tensor(trees):
    """Whether a script takes an LSTM's state for one tensor, [batch, c and h], without asking for it: it is of 2015 or
    2016, when this was the default. It evaluates a state, or takes its size for a number, or feeds one of 2 n units."""
    found = False
    for tree in trees:
        for node in ast.walk(tree):
            match node:
                case ast.keyword(arg="state_is_tuple") | ast.Attribute(attr="LSTMStateTuple"):
                    return False
                case ast.Attribute(attr="global_variables_initializer"):  # of 0.12 or later
                    return False
                case ast.Call(func=ast.Attribute(attr="eval", value=ast.Call(func=ast.Attribute(attr="zero_state")))):
                    found = True
                case ast.Call(func=ast.Attribute(attr="eval", value=ast.Name() | ast.Attribute() as state)):
                    found |= "state" in last_name(state)
                case ast.List(elts=sizes):
                    found |= any(is_state_size(size) for size in sizes)
                case ast.BinOp(left=left, right=right):
                    found |= is_state_size(left) or is_state_size(right)
                case ast.Assign(
                    targets=[ast.Name() | ast.Attribute() as target],
                    value=ast.Call(
                        func=ast.Attribute(attr="placeholder"), args=[_, ast.List(elts=[_, ast.BinOp() as size]), *_]
                    ),
                ):
                    numbers = [each.value for each in ast.walk(size) if isinstance(each, ast.Constant)]
                    found |= "state" in last_name(target) and numbers == [2]
    return found


def last_name(node):
    return node.id if isinstance(node, ast.Name) else node.attr


def is_state_size(node):
    """Whether an expression is cell.state_size, of something that is called a cell, an LSTM or an RNN."""
    match node:
        case ast.Attribute(attr="state_size", value=ast.Name() | ast.Attribute() as cell):
            return re.search("cell|lstm|rnn", last_name(cell), re.IGNORECASE) is not None
    return False


class ArraysOfOne(ast.NodeTransformer):
    """Lets an array of one element be a number in int(x), float(x) and "..." % x, as it was until NumPy 2.4."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("int", "float") and len(node.args) == 1:
            node.args = [called("__number__", node.args)]
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        text = isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
        return called("__percent__", [node.left, node.right]) if text and isinstance(node.op, ast.Mod) else node


def called(name, arguments):
    """Returns the call of a function by its name; in a traceback it stands where its first argument stands."""
    function = ast.copy_location(ast.Name(name, ast.Load()), arguments[0])
    return ast.copy_location(ast.Call(function, arguments, []), arguments[0])


def compile_script(source, filename):
    """Returns the code of a script. Raises SyntaxError."""
    return compile(ArraysOfOne().visit(ast.parse(source, filename)), filename, "exec", dont_inherit=True)


class Siblings(importlib.abc.MetaPathFinder):
    """Finds the modules in the script's own folder, and gives them the script's builtins."""

    def __init__(self, folder, script_builtins):
        self.folder, self.script_builtins = folder, script_builtins

    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, [str(self.folder)] if path is None else path)
        if spec is None or not spec.has_location or "site-packages" in spec.origin:
            return None
        if not Path(spec.origin).resolve().is_relative_to(self.folder):
            return None
        loader = importlib.machinery.SourceFileLoader(name, spec.origin)
        script_builtins = self.script_builtins

        class Loader(importlib.machinery.SourceFileLoader):
            def get_code(self, name):
                return compile_script(self.get_data(self.path), self.path)

            def exec_module(self, module):
                module.__dict__["__builtins__"] = script_builtins
                super().exec_module(module)

        return importlib.util.spec_from_file_location(
            name, spec.origin, loader=Loader(loader.name, loader.path),
            submodule_search_locations=spec.submodule_search_locations,
        )  # fmt: skip


# --- running ---


def run(script, arguments=(), data_dir=None):
    """Runs a script as its own `__main__`, with its own arguments, folder and siblings, until its end.

    Raises:
        OSError, SyntaxError: it cannot be read.
        SystemExit and whatever the script raises.
    """
    script = Path(script)
    trees = own_sources(script)
    code = compile_script(script.read_bytes(), str(script))
    tf.logging.set_verbosity(tf.logging.ERROR)
    tf.disable_v2_behavior()
    warnings.filterwarnings("ignore", message=".*(is|are) deprecated")
    np.set_printoptions(legacy="1.25")  # a number in a list prints as 0.5, not as np.float32(0.5)
    for (module, name), value in names_2016.PYTHON_NAMES.items():
        if not hasattr(importlib.import_module(module), name):
            setattr(importlib.import_module(module), name, value)

    shown = show_tensorflow(data_dir, states_are_one_tensor(trees.values()))
    script_builtins = dict(vars(builtins), **names_2016.BUILTINS, __import__=script_import(shown))
    sys.dont_write_bytecode = True  # the script's folder stays as it is
    sys.meta_path.insert(0, Siblings(script.resolve().parent, script_builtins))
    sys.path[0] = str(script.resolve().parent)
    sys.argv = [str(script), *arguments]
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=str(script), __builtins__=script_builtins)
    sys.modules["__main__"] = main  # tf.app.run() looks for main() there
    exec(code, main.__dict__)


def line_of(error, script):
    """Returns (file, line) of the last line of the script, or of its siblings, that led to the error."""
    folder = Path(script).resolve().parent
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).resolve().is_relative_to(folder)]
    own = [frame for frame in own if "site-packages" not in frame.filename]
    return (own[-1].filename, own[-1].lineno) if own else (str(script), 1)


def is_of_script(error, script):
    """Whether the script or a module beside it raised the error itself, not a library that it called."""
    last = traceback.extract_tb(error.__traceback__)[-1].filename
    return last == __file__ or Path(last).resolve().is_relative_to(Path(script).resolve().parent)


def explain(error, script):
    """Returns the one line that says what the script needs and does not get, or None if the error is its own."""
    if isinstance(error, SyntaxError):
        where = f"{error.filename}, line {error.lineno}"
        text = (error.text or "").strip()
        python_2 = r"print\b|exec\b|.*\bexcept .*,|raise .*,|.*<>|.*`|.*\b0\d+\b|.*\b\d+L\b|.*\bur['\"]"
        if re.match(python_2, text) or isinstance(error, TabError):
            return f"{where}: this is Python 2 ({text}); 2to3 turns it into Python 3"
        return f"{where}: {error.msg}"
    file, line = line_of(error, script)
    where = f"{file}, line {line}"
    if isinstance(error, (Missing, MissingImport)):
        return f"{where}: {error}"
    python_2 = None
    if isinstance(error, NameError) and error.name in PYTHON_2_NAMES:
        python_2 = error.name
    elif isinstance(error, ModuleNotFoundError) and error.name in PYTHON_2_MODULES:
        python_2 = f"import {error.name}"
    elif isinstance(error, AttributeError) and error.name in PYTHON_2_METHODS:
        python_2 = f".{error.name}"
    elif isinstance(error, AttributeError) and str(error).startswith("module 'urllib' has no attribute"):
        python_2 = f"urllib.{error.name}"
    elif isinstance(error, (TypeError, AttributeError, ImportError)) and is_of_script(error, script):
        match = PYTHON_2_LISTS.search(str(error))
        python_2 = match and match[0]
    if python_2:
        return f"{where}: this is Python 2 ({python_2}); 2to3 turns it into Python 3"
    if isinstance(error, mnist_rnn.InputError):
        return f"{where}: {error}; --data-dir DIR reads MNIST's files there"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"{where}: the module {error.name} is not installed here"
    return None


# --- checking ---


def check(script):
    """Returns the TensorFlow names that a script and the modules beside it use, without running it: name -> (its first
    line, how it fares).

    How it fares: "runs", a note of what differs, or "missing", with what comes nearest.

    Raises:
        OSError, SyntaxError: it cannot be read.
    """
    trees = own_sources(script)
    shown = show_tensorflow(one_tensor_states=states_are_one_tensor(trees.values()))
    used = {}
    find = script_import(shown)
    where = ""  # the module's name, if it is not the script itself

    class Names(ast.NodeVisitor):
        def __init__(self):
            self.aliases = {}  # a name in the script -> the dotted name in TensorFlow

        def visit_Import(self, node):
            for alias in node.names:
                if alias.name.partition(".")[0] == "tensorflow":
                    self.aliases[alias.asname or "tensorflow"] = alias.name if alias.asname else "tensorflow"
                    used.setdefault(alias.name, f"{where}line {node.lineno}")

        def visit_ImportFrom(self, node):
            if node.module and not node.level and node.module.partition(".")[0] == "tensorflow":
                for alias in node.names:
                    self.aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                    used.setdefault(f"{node.module}.{alias.name}", f"{where}line {node.lineno}")

        def visit_Assign(self, node):  # seq = tf.contrib.seq2seq
            self.generic_visit(node)
            name = self.name_of(node.value)
            if name and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self.aliases[node.targets[0].id] = name

        def visit_Attribute(self, node):
            if name := self.name_of(node):
                used.setdefault(name, f"{where}line {node.lineno}")
            else:
                self.generic_visit(node)

        def name_of(self, node):
            """The dotted name in TensorFlow that an expression is, or None."""
            if isinstance(node, ast.Attribute):
                scope = self.name_of(node.value)
                return scope and f"{scope}.{node.attr}"
            return self.aliases.get(node.id) if isinstance(node, ast.Name) else None

    for path, tree in trees.items():
        where = "" if path == Path(script) else f"{path.name}, "
        Names().visit(tree)
    fares = {}
    for name, line in used.items():
        short = re.sub(r"^tensorflow\b", "tf", name)
        fares[short] = (line, fare(find, shown, name, short))
    return fares


def fare(find, shown, name, short):
    """Returns what `check` says of one dotted name."""
    module = shown
    for part in name.split(".")[1:]:
        if not isinstance(module, types.ModuleType):
            break  # an attribute of an object: only running it can tell
        try:
            module = getattr(module, part)
        except AttributeError as error:
            if name.startswith(OWN_MODULES):
                return fare_of_import(find, name)
            nearest = getattr(error, "nearest", None)
            return f"missing; {nearest} comes nearest" if nearest else "missing"
    return NOTES.get(short, "runs")


def fare_of_import(find, name):
    """Returns what `check` says of a name in one of TensorFlow's own modules, which is there once it is imported."""
    scope, _, last = name.rpartition(".")
    try:
        find(scope, fromlist=(last,))
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


# --- main ---


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="run.py", description="Runs a TensorFlow 1 script, as it is, on today's TensorFlow."
    )
    parser.error = lambda message: parser.exit(2, f"{parser.prog}: {message}\n")  # one line, without the usage
    parser.add_argument("--check", action="store_true", help="list the TensorFlow names it uses; run nothing")
    parser.add_argument(
        "--data-dir", metavar="DIR", default=os.environ.get("UNROLLED_DATA"),
        help="where read_data_sets finds MNIST's four files, whatever the script tells it (or set UNROLLED_DATA)",
    )  # fmt: skip
    parser.add_argument("script", help="the script; what follows are its own arguments")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)

    try:
        if args.check:
            parser.exit(1 if print_check(check(args.script)) else 0)
        run(args.script, args.arguments, args.data_dir)
    except OSError as error:
        if error.filename != args.script:
            fail(error, args.script, parser)
        parser.error(f"{args.script}: {error.strerror}")
    except KeyboardInterrupt:
        parser.exit(130)
    except Exception as error:
        fail(error, args.script, parser)


def fail(error, script, parser):
    """Ends with one line if the script asks for what is not there, else with its own traceback."""
    if line := explain(error, script):
        parser.error(line)
    # The frames from the script on, without ours: how it came to be run is of no interest.
    frame = error.__traceback__
    while frame.tb_next and frame.tb_frame.f_code.co_filename != str(script):
        frame = frame.tb_next
    shown = traceback.TracebackException(type(error), error, frame)
    shown.stack[:] = [each for each in shown.stack if each.filename not in (__file__, names_2016.__file__)]
    print(*shown.format(), sep="", end="", file=sys.stderr)
    parser.exit(1)


if __name__ == "__main__":
    main()
