"""NumPy as the scripts of 2015 to 2018 knew it: its names of then, and arrays of one element that are numbers.

Source: the release notes of NumPy 1.14 to 2.4.
"""

import ast
import functools

import numpy as np

from legacy.script.shown import Shown


def array(*args, **kwargs):
    """np.array; of lists of different length it was an array of lists, and is an error since NumPy 1.24."""
    return rows(np.array, *args, **kwargs)


def rows(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except ValueError as error:
        if "inhomogeneous" not in str(error) or len(args) > 1 or "dtype" in kwargs:
            raise
        return function(*args, dtype=object, **kwargs)


def load(file, mmap_mode=None, allow_pickle=True, **kwargs):
    """np.load; until NumPy 1.16.3 it read arrays of objects without being asked to."""
    return np.load(file, mmap_mode, allow_pickle, **kwargs)


def asarray(value, *args, **kwargs):
    """np.asarray; the same of it."""
    return (
        value if isinstance(value, np.ndarray) and not args and not kwargs else rows(np.asarray, value, *args, **kwargs)
    )


def counted(function, *places):
    """A function of NumPy whose counts, the arguments at `places`, may be floats, as until NumPy 1.18."""

    def with_counts(*args, **kwargs):
        args = [counts(each) if at in places else each for at, each in enumerate(args)]
        return function(*args, **{name: counts(each) if name in COUNTS else each for name, each in kwargs.items()})

    return functools.wraps(function)(with_counts)


COUNTS = {"shape", "num", "indices_or_sections", "repeats", "reps"}


def counts(value):
    """A count, or a list of some, in whole numbers."""
    if isinstance(value, (float, np.floating)):
        return int(value)
    return type(value)(map(counts, value)) if type(value) in (list, tuple) else value


# What NumPy's own names of those years are today.
NAMES = {
    "alltrue": np.all,
    "array": array,
    "array_split": counted(np.array_split, 1),
    "asarray": asarray,
    "asscalar": lambda array: array.item(),
    "bool": bool,
    "complex": complex,
    "cumproduct": np.cumprod,
    "empty": counted(np.empty, 0),
    "float": float,
    "float_": np.float64,
    "Inf": np.inf,
    "in1d": np.isin,
    "int": int,
    "linspace": counted(np.linspace, 2),
    "load": load,
    "mat": np.asmatrix,
    "NaN": np.nan,
    "object": object,
    "ones": counted(np.ones, 0),
    "product": np.prod,
    "repeat": counted(np.repeat, 1),
    "split": counted(np.split, 1),
    "sometrue": np.any,
    "str": str,
    "string_": np.bytes_,
    "unicode": str,
    "unicode_": np.str_,
    "zeros": counted(np.zeros, 0),
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


def whole(value):
    """Returns the edge of a slice as a whole number; NumPy took a float for one until 1.12."""
    return int(value) if isinstance(value, (float, np.floating)) else value


# What `legacy/run.py` makes of int(x), float(x), "..." % x and x[a:b] in a script.
BUILTINS = {"__number__": number, "__percent__": percent, "__whole__": whole}


class ArraysOfOne(ast.NodeTransformer):
    """Lets an array of one element be a number in int(x), float(x) and "..." % x, as it was until NumPy 2.4; a float the
    edge of a slice; and text what is decoded."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("int", "float") and len(node.args) == 1:
            node.args = [called("__number__", node.args)]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "decode":
            node.args.insert(0, node.func.value)
            node.func = ast.copy_location(ast.Name("__decode__", ast.Load()), node.func)
        return node

    def visit_Slice(self, node):
        self.generic_visit(node)
        for edge in ("lower", "upper"):
            value = getattr(node, edge)
            if isinstance(value, (ast.BinOp, ast.Call, ast.Name, ast.Attribute)):
                setattr(node, edge, called("__whole__", [value]))
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        text = isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
        return called("__percent__", [node.left, node.right]) if text and isinstance(node.op, ast.Mod) else node


def called(name, arguments):
    """Returns the call of a function by its name; in a traceback it stands where its first argument stands."""
    function = ast.copy_location(ast.Name(name, ast.Load()), arguments[0])
    return ast.copy_location(ast.Call(function, arguments, []), arguments[0])
