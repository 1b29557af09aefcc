"""Modules as a script of those years sees them: the names of then first, then what today's module has, else Missing."""

import difflib
import types

from legacy.contrib.missing import Missing, NotInstalled

# What comes nearest to some names that are not covered.
NEAREST = {
    "tf.contrib.tpu": "tf.train",
}


class Shown(types.ModuleType):
    """A module that has its `own` names (name -> value), and after them those of the module `real`, if there is one.

    Any other name is Missing; NumPy's own error stands.
    """

    def __init__(self, name, own=(), real=None):
        super().__init__(name)
        self.__dict__.update(own)
        self.__dict__["_real"] = real
        self.__path__ = []  # a package: import tensorflow.contrib.rnn looks for its last name in it

    def __getattr__(self, name):
        try:
            return getattr(self._real, name)
        except NotInstalled:
            raise
        except AttributeError:
            if name.startswith("__") or self.__name__ in ("numpy", "importlib"):
                raise
        full_name = short(f"{self.__name__}.{name}")
        raise Missing(full_name, nearest_to(full_name, self)) from None

    def __dir__(self):
        return sorted({*self.__dict__, *dir(self._real)} - {"_real", "__path__"})


class Joined(types.ModuleType):
    """A module that has its `own` names, and after them those of several modules of today."""

    def __init__(self, name, own, modules):
        super().__init__(name)
        self.__dict__.update(own)
        self.__dict__["_modules"] = modules

    def __getattr__(self, name):
        for module in self._modules:
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)

    def __dir__(self):
        return sorted({*self.__dict__, *(name for module in self._modules for name in dir(module))} - {"_modules"})


def short(name):
    """Returns a dotted name as scripts write it: tf.nn.rnn_cell of tensorflow.nn.rnn_cell."""
    scope, dot, rest = name.partition(".")
    return ("tf" if scope == "tensorflow" else scope) + dot + rest


def nearest_to(name, module):
    """Returns what comes nearest to a name that `module` does not have, or None."""
    if name in NEAREST:
        return NEAREST[name]
    scope, _, last = name.rpartition(".")
    names = [each for each in dir(module) if not each.startswith("_") and not is_a_leak(module, each)]
    found = difflib.get_close_matches(last, names, 1, cutoff=0.7)
    return f"{scope}.{found[0]}" if found else None


def modules_of(table):
    """Returns dotted name -> module, of a table, and of the packages that its names stand in.

    table: dotted name -> (its own names, the real module behind it or None), or the dotted name of another entry, whose
        module it is, too.
    """
    modules = {}

    def module_at(name):
        if name not in modules:
            entry = table.get(name, ({}, None))  # a package that only holds others
            modules[name] = module_at(entry) if isinstance(entry, str) else Shown(name, *entry)
        return modules[name]

    for name in table:
        while "." in name:
            scope, _, last = name.rpartition(".")
            setattr(module_at(scope), last, module_at(name))
            name = scope
    return modules


def is_a_leak(module, name):
    """Whether a name in a module is only a module that it imports for itself, such as `os`."""
    value = module.__dict__.get(name)
    value = getattr(module.__dict__.get("_real"), name, None) if value is None else value
    return isinstance(value, types.ModuleType) and not isinstance(value, Shown) and "tensorflow" not in value.__name__
