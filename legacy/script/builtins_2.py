"""The builtins of a script of Python 2, and what rewrite_2.py calls; text_2.py has those of text."""

import builtins
import functools
import io
import itertools
import operator
import sys

import numpy as np
import tensorflow.compat.v1 as tf

from legacy.script.text_2 import format_2, percent_2, print_2, str_2, translate

# --- numbers ---


def is_integer(value):
    return isinstance(value, (int, np.integer))


def div(left, right):
    """left / right; of two integers, or of arrays or tensors of integers, the whole part."""
    if is_integer(left) and is_integer(right):
        return left // right
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        if all(np.asarray(each).dtype.kind in "iub" for each in (left, right)):
            return np.floor_divide(left, right)
    elif tf.is_tensor(left) or tf.is_tensor(right):
        return tf.div(left, right)
    elif hasattr(type(left), "__div__"):
        return left.__div__(right)
    return left / right


def idiv(left, right):
    """left /= right; an array keeps its place."""
    if not isinstance(left, np.ndarray):
        return div(left, right)
    whole = left.dtype.kind in "iub" and np.asarray(right).dtype.kind in "iub"
    return (operator.ifloordiv if whole else operator.itruediv)(left, right)


def round_2(number, digits=0):
    """round, halves away from zero, always a float."""
    scaled = abs(number) * 10**digits
    whole = int(scaled) + (scaled - int(scaled) >= 0.5)
    return float(whole if number >= 0 else -whole) / 10**digits


def compare(left, right):
    return (left > right) - (left < right)


# --- lists ---


def map_2(function, *iterables):
    """map, a list; without a function the items; the longest decides."""
    rows = itertools.zip_longest(*iterables)
    if function is None:
        return list(iterables[0]) if len(iterables) == 1 else list(rows)
    return list(builtins.map(function, iterables[0])) if len(iterables) == 1 else [function(*row) for row in rows]


def filter_2(function, iterable):
    """filter, of the type of what it is given."""
    found = builtins.filter(function, iterable)
    return "".join(found) if isinstance(iterable, str) else tuple(found) if isinstance(iterable, tuple) else list(found)


def xrange(*args):
    return builtins.range(*[int(each) if isinstance(each, float) else each for each in args])


def list_of(view):
    """What keys(), values() and items() of a dict gave: a list."""
    return list(view) if isinstance(view, (type({}.keys()), type({}.values()), type({}.items()))) else view


def iter_of(mapping, name):
    """mapping.iteritems() and the like."""
    if hasattr(mapping, name):
        return getattr(mapping, name)()
    return iter(getattr(mapping, name.replace("iter", "").replace("view", ""))())


def has_key(mapping, key):
    return mapping.has_key(key) if hasattr(mapping, "has_key") else key in mapping


def key_of(cmp, key):
    """The key of a sort by `cmp`, which compares two items, or two keys."""
    if cmp is None:
        return key
    by = functools.cmp_to_key(cmp)
    return by if key is None else lambda each: by(key(each))


def sorted_2(iterable, cmp=None, key=None, reverse=False):
    return builtins.sorted(iterable, key=key_of(cmp, key), reverse=reverse)


def sort(items, *args, **kwargs):
    """items.sort(cmp=..., key=..., reverse=...)."""
    if isinstance(items, list):
        cmp, key, reverse = (*args, *(None, None, False)[len(args) :])
        return items.sort(
            key=key_of(kwargs.get("cmp", cmp), kwargs.get("key", key)), reverse=kwargs.get("reverse", reverse)
        )
    return items.sort(*args, **kwargs)


def input_2(prompt=""):
    return eval(input(prompt), sys._getframe(1).f_globals)


def execfile(file, names=None, own=None):
    caller = sys._getframe(1)
    with io.open_code(str(file)) as source:
        code = compile(source.read(), file, "exec")
    exec(code, caller.f_globals if names is None else names, own if own is not None or names else caller.f_locals)


def reload(module):
    """reload; of `sys`, which scripts reload for setdefaultencoding, nothing."""
    import importlib

    return module if module is sys else importlib.reload(module)


NAMES = {
    "StandardError": Exception,
    "basestring": str,
    "buffer": memoryview,
    "cmp": compare,
    "execfile": execfile,
    "filter": filter_2,
    "input": input_2,
    "intern": sys.intern,
    "long": int,
    "map": map_2,
    "print": print_2,
    "range": lambda *args: list(builtins.range(*args)),
    "raw_input": input,
    "reduce": functools.reduce,
    "reload": reload,
    "round": round_2,
    "sorted": sorted_2,
    "unichr": chr,
    "xrange": xrange,
    "zip": lambda *args: list(builtins.zip(*args)),
    "__div__": div,
    "__format__": format_2,
    "__has_key__": has_key,
    "__idiv__": idiv,
    "__iter_of__": iter_of,
    "__list__": list_of,
    "__percent__": percent_2,
    "__sort__": sort,
    "__str__": str_2,
    "__translate__": translate,
}
