"""What Python and its own library had in those years, and lost since."""

import ast
import builtins
import collections.abc
import importlib
import inspect
import os
import sys
import time

from legacy.script.cells import SHELL


def getargspec(function):
    """inspect.getargspec, gone since Python 3.11."""
    return inspect.getfullargspec(function)[:4]


# What Python's library lost since: (module, name) -> what it is today.
NAMES = {("time", "clock"): time.perf_counter, ("inspect", "getargspec"): getargspec}
for abstract in ("Callable", "Iterable", "Iterator", "Mapping", "MutableMapping", "Sequence", "Hashable"):
    NAMES["collections", abstract] = getattr(collections.abc, abstract)


def put_back():
    """Gives the library's modules their names of then, for the whole process."""
    for (module, name), value in NAMES.items():
        if not hasattr(importlib.import_module(module), name):
            setattr(importlib.import_module(module), name, value)


class Generators(ast.NodeTransformer):
    """Lets a generator end with `raise StopIteration`, as it could until Python 3.7."""

    def __init__(self):
        self.in_generator = False

    def visit_FunctionDef(self, node):
        before, self.in_generator = self.in_generator, any(map(is_yield, own_nodes(node)))
        self.generic_visit(node)
        self.in_generator = before
        return node

    def visit_Raise(self, node):
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if self.in_generator and isinstance(raised, ast.Name) and raised.id == "StopIteration":
            return ast.copy_location(ast.Return(None), node)
        return node


def is_yield(node):
    return isinstance(node, (ast.Yield, ast.YieldFrom))


def own_nodes(function):
    """Yields the nodes of a function that are in no function within it."""
    waiting = [*function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def open_3(file, mode="r", buffering=-1, encoding=None, errors=None, *args, **kwargs):
    """open; it had the mode "U" until Python 3.11. A text that is not UTF-8 is read as Latin-1, which is said."""
    mode = mode.replace("U", "") if "U" in mode else mode
    mode = mode if set(mode) & set("rwax") else f"r{mode}"
    reads = (
        "b" not in mode and "r" in mode and encoding is None and errors is None and isinstance(file, (str, os.PathLike))
    )
    if reads and os.path.isfile(file) and not is_utf_8(file):
        print(f"run.py: {file} is not UTF-8; it is read as Latin-1", file=sys.stderr)
        encoding = "latin-1"
    return builtins.open(file, mode, buffering, encoding, errors, *args, **kwargs)


def is_utf_8(file):
    try:
        with builtins.open(file, encoding="utf-8") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def decode(value, *args, **kwargs):
    """value.decode(...); what is text already stays it: tf.gfile gave bytes or text by its year."""
    return value if isinstance(value, str) else value.decode(*args, **kwargs)


# The builtins of a script.
BUILTINS = {"open": open_3, "get_ipython": lambda: SHELL, "__decode__": decode}
