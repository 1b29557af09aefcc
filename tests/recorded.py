"""What TensorFlow 1.15.5 gave, for the parity table's third column, and the program that asked it."""

import importlib
import sys

from tests.eras import records

VERSION = "1.15.5"


def given(theme, piece="given"):
    """Returns name -> array of what a piece of a recording program gave; text is str."""
    arrays = records.read(records.RECORDED / VERSION, theme)[piece].arrays
    return {name: array.astype("U") if array.dtype.kind == "S" else array for name, array in arrays.items()}


def program(theme):
    """Returns a recording program as a module: it draws the weights and inputs that were recorded from."""
    sys.path.insert(0, str(records.PROGRAMS))  # where it finds pieces.py, as when it is run
    try:
        return importlib.import_module(theme)
    finally:
        sys.path.remove(str(records.PROGRAMS))
