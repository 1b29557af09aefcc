"""Runs a program as its own `__main__`, in the process and on the TensorFlow of those years."""

import builtins
import functools
import importlib.machinery
import os
import sys
import types
import warnings

import numpy as np
import tensorflow.compat.v1 as tf

from legacy import seeds
from legacy.script import builtins_2, cells, graph_1_15, numpy_2015, own_modules_2016, packages, python_2015, text_2
from legacy.script.imports import Siblings, script_import
from legacy.script.program import place
from legacy.script.source import compile_script, tree_of
from legacy.script.tensorflow_2016 import show_tensorflow
from legacy.script.years import follow_year


def execute(program, arguments=(), data_dir=None, year=None, figures=None):
    """Runs a Program with its own arguments, folder and siblings, until its end. The process is the script's from here.

    Args:
        data_dir: where read_data_sets finds its files, whatever it is told.
        year: the Year that it is of; if None, what it uses tells.
        figures: the folder into which what it shows is saved; None: a notebook's are saved where you stand, and no others.

    Raises:
        MissingModules: it imports packages that are not there.
        SystemExit and whatever the script raises.
    """
    stop_at_missing(program)
    settle(program.python)
    shown = show_tensorflow(data_dir, follow_year(program.trees, year))
    folder = program.roots[0]
    for at, root in enumerate(map(str, program.roots)):
        if at or sys.flags.safe_path:  # python -P: Python put no folder of ours there
            sys.path.insert(at, root)
        else:
            sys.path[0] = root

    library_builtins = dict(vars(builtins), **numpy_2015.BUILTINS, __import__=script_import(shown))
    script_builtins = dict(
        library_builtins, **python_2015.BUILTINS, __import__=script_import(shown, program.python, folder)
    )
    codec = program.codec
    if program.python == 2:
        script_builtins |= builtins_2.NAMES | text_2.names_of(codec)

    of_then = {"python": program.python, "codec": codec}
    compiled = functools.partial(compile_script, **of_then)
    sys.meta_path.insert(0, Siblings(compiled, script_builtins, library_builtins))
    step_aside()
    sys.argv = [str(program.file), *arguments]
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=str(program.file), __builtins__=script_builtins, __package__=program.package or None)
    sys.modules["__main__"] = main  # tf.app.run() looks for main() there
    if program.package:
        importlib.import_module(program.package)
    if program.file.suffix == ".ipynb":
        cells.run(program.file, main, functools.partial(tree_of, **of_then), figures or ".")
        return
    if figures:
        cells.save_at_show(figures, program.file.stem)
    exec(compiled(program.file.read_bytes(), str(program.file)), main.__dict__)


def stop_at_missing(program):
    """Raises MissingModules if a program imports, whatever happens, packages that are not there."""
    found = packages.missing(program)
    if any(each.sure for each in found.values()):
        places = {top: place(program, each.file, each.line) for top, each in found.items()}
        raise packages.MissingModules({top: each for top, each in found.items() if each.sure}, places)


def settle(python=3):
    """Makes the process one of those years: TensorFlow builds graphs as it did, Python has its old names, NumPy prints as it did."""
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # tf.layers and tf.keras read it at their first touch
    tf.logging.set_verbosity(tf.logging.ERROR)
    tf.disable_v2_behavior()
    seeds.put_back(graph_1_15.TABLE + own_modules_2016.TABLE)
    warnings.filterwarnings("ignore", message=".*(is|are) deprecated")
    warnings.filterwarnings("ignore", category=SyntaxWarning)  # "\d" in a text, `is` with a number
    np.set_printoptions(legacy="1.25")  # a number in a list prints as 0.5, not as np.float32(0.5)
    python_2015.put_back()
    if python == 2:
        sys.maxint, sys.setdefaultencoding = sys.maxsize, lambda encoding: None
        sys.stdout, sys.stderr = text_2.Output(sys.stdout), text_2.Output(sys.stderr)
    if "DISPLAY" not in os.environ:
        os.environ.setdefault("MPLBACKEND", "Agg")  # without a screen, plt.show() would be an error
    sys.dont_write_bytecode = True  # the script's folder stays as it is


def step_aside():
    """Lets the script have a `legacy` of its own: if there is one where it looks, ours go by that name no longer."""
    if importlib.machinery.PathFinder.find_spec("legacy", sys.path):
        for name in [each for each in sys.modules if each.partition(".")[0] == "legacy"]:
            del sys.modules[name]
