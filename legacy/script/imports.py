"""The `__import__` of a script and of the modules beside it: their `tensorflow` and `numpy` are the shown ones."""

import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
from pathlib import Path

from legacy.contrib.missing import Missing, MissingImport
from legacy.script.numpy_2015 import show_numpy
from legacy.script.shown import short
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


def script_import(shown):
    """Returns the `__import__` of a script: `tensorflow` and what is in it is what `shown` has; NumPy has its old names."""
    numpy = show_numpy()

    def __import__(name, globals=None, locals=None, fromlist=(), level=0):
        if level == 0 and name == "numpy":
            return numpy
        # In 2015 one put TensorFlow's input_data.py beside a script. If it is not there, it is the later module.
        if level == 0 and name == "input_data" and importlib.util.find_spec(name) is None:
            return shown.examples.tutorials.mnist.input_data
        if level or name.partition(".")[0] != "tensorflow":
            return builtins.__import__(name, globals, locals, fromlist, level)
        module = find_import(shown, name, fromlist)
        return module if fromlist else shown

    return __import__


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
        return importlib.util.spec_from_file_location(
            name, spec.origin, loader=SiblingLoader(name, spec.origin, self.script_builtins),
            submodule_search_locations=spec.submodule_search_locations,
        )  # fmt: skip


class SiblingLoader(importlib.machinery.SourceFileLoader):
    """Loads a module as the script itself is compiled, with the script's builtins."""

    def __init__(self, name, path, script_builtins):
        super().__init__(name, path)
        self.script_builtins = script_builtins

    def get_code(self, name):
        return compile_script(self.get_data(self.path), self.path)

    def exec_module(self, module):
        module.__dict__["__builtins__"] = self.script_builtins
        super().exec_module(module)
