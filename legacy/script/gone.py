"""Names that NumPy's neighbours lost since those years: they are put back where a script imports their module.

Source: the release notes of SciPy 1.0 to 1.12, pandas 0.20 to 2.0, Pillow 10, matplotlib 3.1 to 3.9, scikit-learn 0.18 to
0.24, Keras 2. A table only has what scripts of then were seen to use.
"""

import importlib
import importlib.util
import sys
import types

import numpy as np

# A module that is gone -> the modules of today that have its names.
MODULES = {
    "keras": ("tf_keras",),
    "scipy.misc": ("scipy.special",),
    "sklearn.cross_validation": ("sklearn.model_selection",),
    "sklearn.externals": (),
    "sklearn.externals.joblib": ("joblib",),
    "sklearn.externals.six": ("six",),
    "sklearn.grid_search": ("sklearn.model_selection",),
    "sklearn.learning_curve": ("sklearn.model_selection",),
    "tf_keras.utils.np_utils": ("tf_keras.utils",),
    "nltk.align": ("nltk.translate",),
    "nltk.align.bleu_score": ("nltk.translate.bleu_score",),
    "matplotlib.finance": (),
}


# --- scipy.misc ---


def imread(name, flatten=False, mode=None):
    """scipy.misc.imread: an image as an array; flat, in floats of its lightness."""
    image = importlib.import_module("PIL.Image").open(name)
    if flatten:
        return np.array(image.convert("F"))
    return np.array(image.convert(mode) if mode else image.convert("RGB") if image.mode == "P" else image)


def toimage(array, mode=None, **_):
    """scipy.misc.toimage: an array as an image, its values scaled to 0 to 255 unless they are bytes."""
    array = np.asarray(array)
    if array.dtype != np.uint8:
        low, high = array.min(), array.max()
        array = ((array - low) * (255.0 / ((high - low) or 1)) + 0.5).astype(np.uint8)
    return importlib.import_module("PIL.Image").fromarray(array, mode)


def imresize(array, size, interp="bilinear", mode=None):
    """scipy.misc.imresize: to a share in percent, a factor, or (height, width)."""
    image = toimage(array, mode)
    if isinstance(size, int):
        size = [int(each * size / 100) for each in image.size[::-1]]
    elif isinstance(size, float):
        size = [int(each * size) for each in image.size[::-1]]
    kinds = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "cubic": 3}
    return np.array(image.resize((size[1], size[0]), kinds[interp]))


def imsave(name, array, format=None):
    toimage(array).save(name, format)


# --- pandas ---


def as_matrix(frame, columns=None):
    return (frame if columns is None else frame[columns]).values


def places(labels, key):
    """Returns where on an axis, whose labels these are, what `.ix` was given is: a number is a place where no label
    is a number, else a label, as all else is.

    Raises:
        KeyError: no such label.
    """
    if isinstance(key, slice):
        given = [each for each in (key.start, key.stop) if each is not None]
    else:
        key = key if np.ndim(key) == 0 else np.asarray(key)
        given = [key] if np.ndim(key) == 0 else key
    if not np.ndim(key) == 0 and key.dtype == bool:
        return key
    if labels.dtype.kind not in "iuf" and all(isinstance(each, (int, np.integer)) for each in given):
        return key
    if isinstance(key, slice):
        return labels.slice_indexer(key.start, key.stop, key.step)
    if np.ndim(key) == 0:
        return labels.get_loc(key)
    found = labels.get_indexer_for(key)
    if (found < 0).any():
        raise KeyError(key)
    return found


class Ix:
    """`frame.ix` or `series.ix`: by label, else by place."""

    def __init__(self, held):
        self.held = held

    def by_place(self, keys):
        keys = keys if isinstance(keys, tuple) else (keys,)
        return tuple(places(labels, key) for labels, key in zip(self.held.axes, keys))

    def __getitem__(self, keys):
        return self.held.iloc[self.by_place(keys)]

    def __setitem__(self, keys, value):
        try:
            self.held.iloc[self.by_place(keys)] = value
        except KeyError:  # a label that is not there yet is made
            self.held.loc[keys] = value


def append_rows(frame, other, ignore_index=False, **_):
    """frame.append(rows)."""
    pandas = importlib.import_module("pandas")
    if isinstance(other, dict):
        other = pandas.DataFrame([other])
    elif isinstance(other, pandas.Series) and isinstance(frame, pandas.DataFrame):
        other = other.to_frame().T
    others = other if isinstance(other, list) else [other]
    return pandas.concat([frame, *others], ignore_index=ignore_index)


# (module, the class in it or None) -> name -> how its value is made.
NAMES = {
    ("scipy.misc", None): {
        "imread": lambda: imread,
        "imresize": lambda: imresize,
        "imsave": lambda: imsave,
        "toimage": lambda: toimage,
        "face": lambda: importlib.import_module("scipy.datasets").face,
    },
    ("numpy.lib", None): {"pad": lambda: np.pad},
    ("PIL.Image", None): {
        "ANTIALIAS": lambda: importlib.import_module("PIL.Image").LANCZOS,
    },
    ("pandas", "DataFrame"): {
        "append": lambda: append_rows,
        "as_matrix": lambda: as_matrix,
        "iteritems": lambda: importlib.import_module("pandas").DataFrame.items,
        "ix": lambda: property(Ix),
    },
    ("pandas", "Series"): {
        "append": lambda: append_rows,
        "as_matrix": lambda: as_matrix,
        "iteritems": lambda: importlib.import_module("pandas").Series.items,
        "ix": lambda: property(Ix),
    },
    ("matplotlib.axes", "Axes"): {
        "set_axis_bgcolor": lambda: importlib.import_module("matplotlib.axes").Axes.set_facecolor,
        "hold": lambda: lambda self, *_: None,
    },
    ("matplotlib.cm", None): {
        "get_cmap": lambda: (
            lambda name=None, lut=None: importlib.import_module("matplotlib.pyplot").get_cmap(name, lut)
        ),
    },
    ("matplotlib.pyplot", None): {"hold": lambda: lambda *_: None},
    ("sklearn.preprocessing", None): {
        "Imputer": lambda: importlib.import_module("sklearn.impute").SimpleImputer,
    },
    ("scipy.signal", None): {"hann": lambda: importlib.import_module("scipy.signal").windows.hann},
}


class Module(types.ModuleType):
    """A module that is gone: its names are in those of today, or in NAMES."""

    def __init__(self, name):
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        for today in MODULES[self.__name__]:
            module = importlib.import_module(today)
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)


def put_back(name):
    """Makes ready what a script is about to import by its dotted name: modules and names that are gone stand there again."""
    parts = name.split(".")
    for at in range(1, len(parts) + 1):
        scope = ".".join(parts[:at])
        if scope not in MODULES or scope == "keras" or isinstance(sys.modules.get(scope), Module):
            continue
        if find(scope):  # it is there, but empty
            module = importlib.import_module(scope)
            module.__getattr__ = Module(scope).__getattr__
        else:
            sys.modules[scope] = Module(scope)
            if at > 1:
                setattr(importlib.import_module(".".join(parts[: at - 1])), parts[at - 1], sys.modules[scope])
    for (module, owner), names in NAMES.items():
        if module.partition(".")[0] != parts[0] or module not in sys.modules:
            continue
        place = sys.modules[module] if owner is None else getattr(sys.modules[module], owner)
        for each, value in names.items():
            if not hasattr(place, each):
                setattr(place, each, value())


def find(name):
    """Returns the spec of a module, or None."""
    try:
        return importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None
