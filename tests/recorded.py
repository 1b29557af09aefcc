"""What TensorFlow 1.15.5 gave, for the parity table's third column, and the program that asked it."""

import importlib
import sys

import numpy as np

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


def lstm_variables(kernel, recurrent_kernel, bias, forget_bias=1.0):
    """Returns a Keras LSTM's weights as a BasicLSTMCell's [kernel, bias]; gradients by them with a `forget_bias` of 0."""

    def reorder(columns):
        i, f, c, o = np.split(columns, 4, axis=-1)
        return np.concatenate([i, c, f, o], axis=-1)

    i, f, c, o = np.split(bias, 4)
    return [reorder(np.concatenate([kernel, recurrent_kernel])), reorder(np.concatenate([i, f - forget_bias, c, o]))]


def close(parity, quantity, legacy, modern, then, name, tolerance):
    """Compares large arrays, lists of them in the record's order, by what is recorded of each: a corner and the norm.

    `then` is the record, `name` what each is called there, with {} for its number. Corners are relative to the largest
    element recorded; of two norms the logarithms differ by what they differ, relative to them.
    """
    summary = program("pieces").summary
    names = [name.format(number) for number in range(len(legacy))]
    corners, norms = [], []
    for arrays in (legacy, modern, None):
        kept = then if arrays is None else {}
        for each, array in zip(names, arrays or ()):
            kept.update(summary(each, array))
        corners.append([kept[f"{each}, corner"] / np.abs(then[f"{each}, corner"]).max() for each in names])
        norms.append([np.log(kept[f"{each}, norm"]) for each in names])
    corners = [np.concatenate([*map(np.ravel, side)]) for side in corners]
    parity.close(f"{quantity}, corners, relative", *corners[:2], tolerance, recorded=corners[2])
    parity.close(f"{quantity}, log of the norms", *norms[:2], tolerance, recorded=norms[2])
