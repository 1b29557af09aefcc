"""Runs a script as its own `__main__`, in the process and on the TensorFlow of those years."""

import builtins
import importlib.machinery
import os
import sys
import types
import warnings
from pathlib import Path

import numpy as np
import tensorflow.compat.v1 as tf

from legacy import seeds
from legacy.script import graph_1_15, numpy_2015, python_2015
from legacy.script.imports import Siblings, script_import
from legacy.script.source import compile_script, own_sources
from legacy.script.tensorflow_2016 import show_tensorflow
from legacy.script.years import follow_year


def execute(script, arguments=(), data_dir=None, year=None):
    """Runs a script with its own arguments, folder and siblings, until its end. The process is the script's from here.

    data_dir: where read_data_sets finds its files, whatever it is told.
    year: the Year that it is of; if None, what it uses tells.

    Raises:
        OSError, SyntaxError: it cannot be read.
        SystemExit and whatever the script raises.
    """
    script = Path(script)
    trees = own_sources(script)
    code = compile_script(script.read_bytes(), str(script))
    settle()
    shown = show_tensorflow(data_dir, follow_year(trees, year))
    script_builtins = dict(vars(builtins), **numpy_2015.BUILTINS, __import__=script_import(shown))
    folder = script.resolve().parent
    sys.meta_path.insert(0, Siblings(folder, script_builtins))
    if sys.flags.safe_path:  # python -P: Python put no folder of ours there
        sys.path.insert(0, str(folder))
    else:
        sys.path[0] = str(folder)
    step_aside()
    sys.argv = [str(script), *arguments]
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=str(script), __builtins__=script_builtins)
    sys.modules["__main__"] = main  # tf.app.run() looks for main() there
    exec(code, main.__dict__)


def settle():
    """Makes the process one of those years: TensorFlow builds graphs as it did, Python has its old names, NumPy prints as it did."""
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # tf.layers and tf.keras read it at their first touch
    tf.logging.set_verbosity(tf.logging.ERROR)
    tf.disable_v2_behavior()
    seeds.put_back(graph_1_15.TABLE)
    warnings.filterwarnings("ignore", message=".*(is|are) deprecated")
    np.set_printoptions(legacy="1.25")  # a number in a list prints as 0.5, not as np.float32(0.5)
    python_2015.put_back()
    if "DISPLAY" not in os.environ:
        os.environ.setdefault("MPLBACKEND", "Agg")  # without a screen, plt.show() would be an error
    sys.dont_write_bytecode = True  # the script's folder stays as it is


def step_aside():
    """Lets the script have a `legacy` of its own: if there is one where it looks, ours go by that name no longer."""
    if importlib.machinery.PathFinder.find_spec("legacy", sys.path):
        for name in [each for each in sys.modules if each.partition(".")[0] == "legacy"]:
            del sys.modules[name]
