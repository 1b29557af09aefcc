"""Scripts run in this process, which is left as it was: a process of its own only where that is what is tested."""

import contextlib
import importlib
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy import input_data, run
from legacy.contrib import year
from legacy.script import graph_1_15, own_modules_2016, python_2015
from tests.test_mnist_rnn import write_idx_files


@contextlib.contextmanager
def left_as_it_was(folder):
    """Undoes what a script's run makes of a process, and forgets the modules of `folder`."""
    path, argv, finders, environ = [*sys.path], sys.argv, [*sys.meta_path], dict(os.environ)
    streams, hook = (sys.stdout, sys.stderr), sys.displayhook
    modules, bytecode, printing = dict(sys.modules), sys.dont_write_bytecode, np.get_printoptions()
    lost = [(module, name) for module, name in python_2015.NAMES if not hasattr(importlib.import_module(module), name)]
    operations = [(place, name, getattr(place, name)) for place, name, _ in graph_1_15.TABLE + own_modules_2016.TABLE]
    try:
        yield
    finally:
        sys.path[:], sys.argv, sys.meta_path[:], sys.dont_write_bytecode = path, argv, finders, bytecode
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None)).startswith(str(folder)):
                del sys.modules[name]
        sys.modules.update({name: module for name, module in modules.items() if name.partition(".")[0] == "legacy"})
        sys.modules["__main__"] = modules["__main__"]
        (sys.stdout, sys.stderr), sys.displayhook = streams, hook
        for name in ("maxint", "setdefaultencoding"):
            vars(sys).pop(name, None)
        importlib.invalidate_caches()
        os.environ.clear()
        os.environ.update(environ)
        np.set_printoptions(**printing)
        year.follow()
        for module, name in lost:
            vars(importlib.import_module(module)).pop(name, None)
        for place, name, today in operations:
            setattr(place, name, today)
        tf.reset_default_graph()  # of a default graph that is in use, TensorFlow would not go back
        tf.enable_v2_behavior()


@pytest.fixture
def run_here(tmp_path, capsys):
    """Returns a function that runs a script through legacy/run.py, in this process: the same as tests.script.processes.run."""

    def run_script(script, *arguments, flags=()):
        command = [str(each) for each in (*flags, script, *arguments)]
        capsys.readouterr()
        with left_as_it_was(tmp_path):
            try:
                run.main(command)
                code = 0
            except SystemExit as end:
                code = end.code
        return subprocess.CompletedProcess(command, code, *capsys.readouterr())

    return run_script


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """scikit-learn's digits as MNIST's four files."""
    folder = tmp_path_factory.mktemp("digits")
    write_idx_files(folder, *input_data.load_digits())
    return folder
