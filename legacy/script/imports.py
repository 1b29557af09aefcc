"""The `__import__` of a script and of the modules of its own: their `tensorflow` and `numpy` are the shown ones."""

import __future__

import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import re
import sys
from pathlib import Path

from legacy.contrib.missing import Missing, MissingImport
from legacy.script import gone, modules_2
from legacy.script.numpy_2015 import show_numpy
from legacy.script.program import is_library
from legacy.script.shown import Shown, short
from legacy.script.source import compile_script

# Where TensorFlow's own modules are, which are imported by their paths.
OWN_MODULES = ("tensorflow.python.", "tensorflow.core.")


def find(shown, name):
    """Returns what a dotted name stands for in the `tensorflow` of a script. Raises Missing."""
    module, path = shown, "tensorflow"
    for part in name.split(".")[1:]:
        path += f".{part}"
        try:
            module = getattr(module, part)
        except AttributeError as error:
            missing = error if isinstance(error, Missing) else Missing(short(path))
            if not path.startswith(OWN_MODULES):
                raise missing from None
            try:  # TensorFlow's own modules are imported, not attributes
                module = importlib.import_module(path)
            except ModuleNotFoundError:
                raise missing from None
    return module


def find_import(shown, name, fromlist=()):
    """Returns what `import name` or `from name import fromlist` finds. Raises MissingImport."""
    try:
        module = find(shown, name)
        for each in fromlist or ():
            if each != "*" and not hasattr(module, each):
                find(shown, f"{name}.{each}")  # a module that is not imported yet, or Missing
    except Missing as missing:
        raise MissingImport(missing) from None
    return module


def script_import(shown, python=3, folder=None):
    """Returns the `__import__` of a script: `tensorflow` and what is in it is what `shown` has; NumPy has its old names.

    folder: where its modules are, which come before what else the process has by their names.
    """
    numpy, clashing = show_numpy(), Clashing(folder)

    def import_module(name, package=None):
        """importlib.import_module."""
        if name.startswith(".") or name.partition(".")[0] != "tensorflow":
            return importlib.import_module(name, package)
        return find_import(shown, name)

    library = Shown("importlib", {"import_module": import_module}, importlib)

    def __import__(name, globals=None, locals=None, fromlist=(), level=0):
        top = name.partition(".")[0]
        if level:
            return builtins.__import__(name, globals, locals, fromlist, level)
        if top == "tensorflow":
            module = find_import(shown, name, fromlist)
            return module if fromlist else shown
        if python == 2:
            if is_beside(top, globals):
                return builtins.__import__(name, globals, locals, fromlist, 1)
            if not clashing.has(top) and (module := modules_2.find_module(name)):
                return module
        if top == "numpy" and (name == "numpy" or not fromlist):
            builtins.__import__(name)
            return numpy
        if name == "importlib":
            return library
        # In 2015 one put TensorFlow's input_data.py beside a script. If it is not there, it is the later module.
        if name == "input_data" and importlib.util.find_spec(name) is None:
            return shown.examples.tutorials.mnist.input_data
        if clashing.has(top):
            return clashing.load(name, globals, locals, fromlist)
        if top == "keras" and top not in clashing.own:  # Keras of those years, as a package of its own
            name = f"tf_{name}"
        for each in (name, *(f"{name}.{each}" for each in fromlist or ())):
            gone.put_back(each)
        module = builtins.__import__(name, globals, locals, fromlist, level)
        gone.put_back(name)
        return module

    return __import__


def is_beside(name, names):
    """Whether a module of Python 2 finds `name` in its own package first, as it did without `absolute_import`."""
    package = (names or {}).get("__package__")
    if not package or package not in sys.modules or (names.get("absolute_import") is __future__.absolute_import):
        return False
    path = getattr(sys.modules[package], "__path__", None)
    return path is not None and importlib.machinery.PathFinder.find_spec(f"{package}.{name}", path) is not None


class Clashing:
    """The modules in a script's folder by whose names the process has others: `queue.py`, `token.py`. The script gets its
    own, the rest of the process keeps the others."""

    def __init__(self, folder):
        self.folder, self.own, self.known = folder, {}, {}

    def has(self, top):
        """Whether the script has a module of that name, and the process another one."""
        if (
            self.folder is None
            or top in sys.builtin_module_names
            or top in ("os", "site", "codecs", "abc", "io", "stat")
        ):
            return False
        if top not in self.known:
            loaded = getattr(sys.modules.get(top), "__file__", None) or ""
            spec = importlib.machinery.PathFinder.find_spec(top, [str(self.folder)])
            beside = spec is not None and spec.origin is not None
            self.known[top] = beside and top in sys.modules and is_library(loaded or "<frozen>")
        return self.known[top]

    def load(self, name, globals, locals, fromlist):
        top = name.partition(".")[0]
        others = self.take(top)
        sys.modules.update(self.own.get(top, {}))
        try:
            return builtins.__import__(name, globals, locals, fromlist, 0)
        finally:
            self.own[top] = self.take(top)
            sys.modules.update(others)

    def take(self, top):
        """Takes a module and what is in it out of the process; returns name -> module."""
        names = [each for each in sys.modules if each.partition(".")[0] == top]
        return {each: sys.modules.pop(each) for each in names}


# --- the modules that get the script's builtins ---

# What is built upon today's TensorFlow, or is it.
TODAYS = {"keras", "tensorboard", "tensorflow", "tensorflow_estimator", "tf_keras", "tf_slim", "legacy"}
OF_THEN = re.compile(
    rb"(tensorflow|\btf)\.(contrib|placeholder|get_variable|variable_scope|Session|global_variables|app\.flags)\b"
)


class Siblings(importlib.abc.MetaPathFinder):
    """Finds the modules of the script's own, wherever they are, and the installed packages that are of those years, too,
    and gives them the script's builtins.

    Args:
        compiled: (bytes, file) -> the code of a module of its own.
        script_builtins: theirs.
        library_builtins: those of installed packages.
    """

    def __init__(self, compiled, script_builtins, library_builtins):
        self.compiled, self.script_builtins, self.library_builtins = compiled, script_builtins, library_builtins
        self.of_then = {}  # an installed package -> whether it is of those years

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in TODAYS or self.of_then.get(top) is False:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or not spec.has_location or not str(spec.origin).endswith(".py"):
            return None
        if not is_library(spec.origin):
            loader = Loader(name, spec.origin, self.compiled, self.script_builtins)
        elif "site-packages" in spec.origin and self.is_of_then(top, spec):
            loader = Loader(name, spec.origin, compile_script, self.library_builtins)
        else:
            return None
        return importlib.util.spec_from_file_location(
            name, spec.origin, loader=loader, submodule_search_locations=spec.submodule_search_locations
        )

    def is_of_then(self, top, spec):
        """Whether an installed package is built upon the TensorFlow of those years: it names what is gone since."""
        if top not in self.of_then:
            files = Path(spec.origin).parent.rglob("*.py") if spec.submodule_search_locations else [Path(spec.origin)]
            self.of_then[top] = (
                any(
                    re.search(rb"^\s*(import|from) tensorflow\b(?!\.compat)", text, re.MULTILINE)
                    and OF_THEN.search(text)
                    for text in map(Path.read_bytes, files)
                )
                if mentions_tensorflow(spec)
                else False
            )
        return self.of_then[top]


def mentions_tensorflow(spec):
    """Whether a package says that it needs TensorFlow, or one of the modules that it begins with imports it."""
    if not spec.submodule_search_locations:
        return b"tensorflow" in Path(spec.origin).read_bytes()
    folder = Path(spec.origin).parent
    return any(b"tensorflow" in each.read_bytes() for each in [*folder.glob("*.py"), *folder.glob("*/*.py")][:200])


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a module as the script itself is compiled, with the script's builtins."""

    def __init__(self, name, path, compiled, builtins_of_then):
        super().__init__(name, path)
        self.compiled, self.builtins_of_then = compiled, builtins_of_then

    def get_code(self, name):
        return self.compiled(self.get_data(self.path), self.path)

    def exec_module(self, module):
        module.__dict__["__builtins__"] = self.builtins_of_then
        super().exec_module(module)
