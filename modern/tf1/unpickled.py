"""The plain data in a pickle, read without running anything: dict, list, tuple, str, bytes, numbers, set, arrays.

A pickle is a program: it may name any function of Python and call it. This reader knows the names below and refuses
every other by its name, before it is looked up. Pickles of Python 2 are read, too, their strings as Latin-1 or UTF-8.
"""

import collections
import io
import pickle

import numpy as np

from modern.console import InputError

KNOWN = {
    ("collections", "OrderedDict"): dict,
    ("collections", "defaultdict"): lambda *_: {},
    ("collections", "Counter"): dict,
    ("collections", "deque"): list,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("builtins", "list"): list,
    ("builtins", "dict"): dict,
    ("builtins", "bytearray"): bytearray,
    ("__builtin__", "set"): set,
    ("__builtin__", "frozenset"): frozenset,
    ("__builtin__", "list"): list,
    ("__builtin__", "dict"): dict,
    ("__builtin__", "int"): int,
    ("__builtin__", "long"): int,
    ("_codecs", "encode"): lambda text, encoding="latin-1": text.encode("latin-1"),
}
ARRAYS = {"_reconstruct", "scalar", "ndarray", "dtype"}
# How a pickle of Python 2 spells its strings, and the others.
ENCODINGS = ("ASCII", "utf-8", "latin-1")
DAMAGED = (pickle.UnpicklingError, ValueError, KeyError, IndexError, TypeError, EOFError, AttributeError, OverflowError)


class Plain(pickle.Unpickler):
    """Looks up no name but those of plain data."""

    def find_class(self, module, name):
        if (module, name) in KNOWN:
            return KNOWN[module, name]
        if module.split(".")[0] == "numpy" and name in ARRAYS:
            return {
                "_reconstruct": reconstructed,
                "scalar": scalar,
                "ndarray": np.ndarray,
                "dtype": plain_dtype,
            }[name]
        raise InputError(f"names {module}.{name}, which is no plain data and is not run")

    def persistent_load(self, identifier):
        raise InputError("refers to something outside of it")


def plain_dtype(*arguments):
    """Returns a type of numbers or of text; one of objects, which could hold anything, is refused."""
    dtype = np.dtype(*arguments[:1])
    if dtype.hasobject:
        raise InputError("holds an array of objects, which is no plain data")
    return dtype


def reconstructed(kind, shape, code):
    return np.ndarray.__new__(np.ndarray, (0,), "b")


def scalar(dtype, content):
    content = content.encode("latin-1") if isinstance(content, str) else content
    return np.frombuffer(content, dtype)[0].item()


def read_plain_pickle(path):
    """Returns the plain data that a pickle holds, {} and [] and text and numbers.

    Raises:
        InputError: it holds anything else, which is named, or is damaged.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    for encoding in ENCODINGS:
        try:
            return as_text(Plain(io.BytesIO(content), encoding=encoding).load())
        except InputError as error:
            raise InputError(f"{path} {error}") from error
        except UnicodeDecodeError:
            continue
        except (*DAMAGED, MemoryError, RecursionError) as error:
            raise InputError(f"{path} is damaged, or no pickle") from error
    raise InputError(f"{path} is damaged, or no pickle")


def as_text(value):
    """Returns data with its bytes as text, where they are any, and arrays as lists."""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, dict):
        return {as_text(key): as_text(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        return as_text(value.tolist())
    if isinstance(value, (list, tuple, collections.deque)):
        return [as_text(each) for each in value]
    return value
