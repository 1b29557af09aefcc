"""NumPy as the scripts of 2015 to 2018 knew it: its names of then, and arrays of one element that are numbers.

Source: the release notes of NumPy 1.14 to 2.4.
"""

import ast

import numpy as np

from legacy.script.shown import Shown


def array(*args, **kwargs):
    """np.array; of lists of different length it was an array of lists, and is an error since NumPy 1.24."""
    try:
        return np.array(*args, **kwargs)
    except ValueError as error:
        if "inhomogeneous" not in str(error) or len(args) > 1 or "dtype" in kwargs:
            raise
        return np.array(*args, dtype=object, **kwargs)


def load(file, mmap_mode=None, allow_pickle=True, **kwargs):
    """np.load; until NumPy 1.16.3 it read arrays of objects without being asked to."""
    return np.load(file, mmap_mode, allow_pickle, **kwargs)


# What NumPy's own names of those years are today.
NAMES = {
    "alltrue": np.all,
    "array": array,
    "asscalar": lambda array: array.item(),
    "bool": bool,
    "complex": complex,
    "cumproduct": np.cumprod,
    "float": float,
    "float_": np.float64,
    "Inf": np.inf,
    "in1d": np.isin,
    "int": int,
    "load": load,
    "mat": np.asmatrix,
    "NaN": np.nan,
    "object": object,
    "product": np.prod,
    "sometrue": np.any,
    "str": str,
    "string_": np.bytes_,
    "unicode": str,
    "unicode_": np.str_,
}


def show_numpy():
    """Returns the `numpy` of a script."""
    return Shown("numpy", {**NAMES, "__all__": np.__all__}, np)


# --- an array of one element is a number ---


def number(value):
    """Returns the number that an array of one element holds, and anything else as it is."""
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value


def percent(text, values):
    """Returns text % values; arrays of one element are numbers if nothing else will do."""
    try:
        return text % values
    except TypeError:
        pass
    return text % (tuple(map(number, values)) if isinstance(values, tuple) else number(values))


# What `legacy/run.py` makes of int(x), float(x) and "..." % x in a script.
BUILTINS = {"__number__": number, "__percent__": percent}


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
