"""What Python's own library had in those years, and lost since."""

import collections.abc
import importlib
import inspect
import time


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
