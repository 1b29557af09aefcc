"""Packages that are not there are all named before anything runs; those that are there have what they lost."""

import sys

import numpy as np
import pandas
import pytest

from legacy.script import gone
from legacy.script.check import check, fare_elsewhere, stops
from legacy.script.packages import NAMES
from legacy.script.program import read_program
from tests.script.processes import run, write


def test_all_are_named_before_anything_runs(tmp_path):
    write(tmp_path, "model.py", "import cv2_not_there\nimport midi\n")
    script = write(
        tmp_path,
        "script.py",
        """
print("it runs")
import svgwrite, prettytensor
from no_such_module.inner import thing
import model
try:
    import tried_only
except ImportError:
    pass
def draw():
    import later_only
""",
    )
    finished = run(script, cwd=tmp_path)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == (
        f"run.py: {script}: modules that are not installed here: svgwrite (line 3), prettytensor (line 3), "
        "no_such_module (line 4), cv2_not_there (model.py, line 1), midi (model.py, line 2); "
        f"{sys.executable.rpartition('/')[2]} -m pip install svgwrite prettytensor python3-midi; "
        "a file of its own that is not there, or a package that is not known here: no_such_module, cv2_not_there\n"
    )
    finished = run(script, cwd=tmp_path, flags=["--check"])
    assert finished.returncode == 1
    assert (
        "\nstops it, if it is reached: modules that are not installed here: tried_only (line 7), later_only"
        in finished.stdout
    )


def test_a_script_may_catch_that_one_is_missing(tmp_path, run_here):
    source = "try:\n    import no_such_module\nexcept ImportError as error:\n    print(error)\n"
    assert run_here(write(tmp_path, "script.py", source)).stdout == "No module named 'no_such_module'\n"


def test_one_that_is_met_later(tmp_path, run_here):
    script = write(tmp_path, "script.py", "def f():\n    import no_such_module.a\n\nf()\n")
    finished = run_here(script)
    assert finished.returncode == 2
    assert finished.stderr.startswith(
        f"run.py: {script}, line 2: the module no_such_module (line 2) is not installed here;"
    )


def test_no_package_is_proposed_for_an_unknown_name():
    """A name on the index need not be what a script means: `utils`, `model`, `reader`."""
    assert not {"utils", "model", "models", "reader", "data", "config"} & NAMES.keys()
    assert (NAMES["cv2"], NAMES["skimage"], NAMES["sklearn"], NAMES["PIL"], NAMES["nltk"]) == (
        "opencv-python-headless", "scikit-image", "scikit-learn", "pillow", "nltk",
    )  # fmt: skip


def test_an_installed_package_of_then_has_the_script_s_tensorflow(tmp_path):
    """tflearn, prettytensor: what names tf.contrib is of those years; what is built upon today's is not."""
    old = tmp_path / "site-packages" / "old_layers"
    write(old, "__init__.py", "from . import core\n")
    write(old, "core.py", "import tensorflow as tf\nhas = hasattr(tf, 'contrib')\ncell = tf.contrib.rnn.GRUCell\n")
    new = tmp_path / "site-packages" / "new_layers"
    write(new, "__init__.py", "import tensorflow as tf\nhas = hasattr(tf, 'contrib')\n")
    script = write(
        tmp_path / "own", "script.py", "import new_layers, old_layers\nprint(old_layers.core.has, new_layers.has)\n"
    )
    finished = run(script, cwd=tmp_path, PYTHONPATH=tmp_path / "site-packages")
    assert finished.stdout == "True False\n", finished.stderr


# --- what they lost ---


def test_names_that_are_gone_stand_there_again(tmp_path):
    script = write(
        tmp_path,
        "script.py",
        """
import numpy as np
from numpy.lib import pad
from scipy.misc import imread, imresize, imsave, logsumexp
import scipy.misc
from sklearn.cross_validation import train_test_split
from sklearn.externals import joblib
import matplotlib.cm as cm
from PIL import Image
imsave("a.png", np.arange(12).reshape(3, 4))
image = imread("a.png")
print(image.shape, image[2, 3], imresize(image, (6, 8)).shape, scipy.misc.imresize(image, 0.5).shape, pad is np.pad)
print(len(train_test_split([1, 2, 3, 4], test_size=0.5)), joblib.dump, Image.ANTIALIAS == Image.LANCZOS, round(logsumexp([0, 0]), 3))
print(cm.get_cmap("jet").name)
import keras
from keras.utils import np_utils
print(keras.__version__[:2], np_utils.to_categorical([1], 3))
""",
    )
    finished = run(script, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    first, second, *rest = finished.stdout.splitlines()
    assert first == "(3, 4) 255 (6, 8) (1, 2) True"
    assert (
        second.startswith("2 <function dump") and second.endswith("True 0.693") and rest == ["jet", "2. [[0. 1. 0.]]"]
    )


def test_frames():
    gone.put_back("pandas")
    frame = pandas.DataFrame({"a": [1, 2, 3], "b": [4.0, 5.0, 6.0]})
    assert np.array_equal(frame.as_matrix(), [[1, 4], [2, 5], [3, 6]]) and frame.as_matrix(["b"]).shape == (3, 1)
    assert len(frame.append({"a": 0, "b": 1}, ignore_index=True)) == 4
    assert [name for name, _ in frame.iteritems()] == ["a", "b"]


def test_ix_of_frames():
    """As the documentation of pandas 0.19 has it: a number is a label if labels are numbers, else a place."""
    gone.put_back("pandas")
    frame = pandas.DataFrame({"a": [1, 2, 3], "b": [4.0, 5.0, 6.0]}, index=[2, 1, 0])
    assert frame.ix[2, "b"] == 4 and frame.ix[2, 0] == 1 and list(frame.ix[2]) == [1, 4]
    assert list(frame.ix[2:1, "a"]) == [1, 2]  # labels, the last one, too
    assert list(frame.ix[frame.a > 1, "b"]) == [5, 6] and list(frame.ix[[0, 2], "a"]) == [3, 1]
    named = frame.set_axis(["x", "y", "z"])
    assert list(named.ix[0:2, "a"]) == [1, 2] and list(named.ix["x":"y", 1]) == [4, 5]
    assert list(named.ix[:, ["b"]].b) == [4, 5, 6] and named.a.ix["z"] == named.a.ix[2] == 3
    named.ix["y", "a"], named.ix["new", :] = 7, 0
    assert list(named.a) == [1, 7, 3, 0]
    with pytest.raises(KeyError):
        frame.ix[5, "a"]


@pytest.mark.parametrize(
    ("name", "python", "how"),
    [
        ("numpy.zeros", 3, "runs"),
        ("numpy.newaxis", 3, "runs"),
        ("numpy.c_", 3, "runs"),
        ("numpy.nothing", 3, "missing"),
        ("numpy.lib.pad", 3, "runs"),
        ("scipy.misc.imread", 3, "runs"),
        ("sklearn.cross_validation.KFold", 3, "runs"),
        ("string.letters", 3, "missing"),
        ("string.letters", 2, "runs"),
        ("sys.maxint", 2, "runs"),
        ("urllib.urlretrieve", 2, "runs"),
        ("time.clock", 3, "runs"),
        ("keras.layers.LSTM", 3, "runs"),
    ],
)
def test_names_of_other_packages(name, python, how):
    assert fare_elsewhere(name, python) == how


def test_check_says_what_only_perhaps_is_reached(tmp_path, run_here):
    write(tmp_path, "broken.py", "x = (\n")
    source = """
import tensorflow as tf
from tensorflow.contrib import rnn
import numpy as np
kind = "lstm"
cell = tf.contrib.nothing if kind == "nas" else rnn.LSTMCell
def never_called():
    return tf.contrib.never
def called():
    return np.nothing
called()
tf.model = called
tf.model.fit
"""
    script = write(tmp_path, "script.py", source)
    program = read_program(script)
    assert {name: how for name, (_, how) in check(program).items() if how != "runs"} == {
        "tf.contrib.nothing": "missing, only if line 6 is reached",
        "tf.contrib.never": "missing, only if line 8 is reached",
        "numpy.nothing": "missing",
    }
    assert stops(program) == [[], []]
    assert run_here(script, flags=["--check"]).returncode == 1
    script.write_text(source.replace("np.nothing", "np.zeros"))
    assert run_here(script, flags=["--check"]).returncode == 0
    script.write_text(source.replace("np.nothing", "np.zeros") + "import broken\n")
    finished = run_here(script, flags=["--check"])
    assert (
        finished.returncode == 1
        and "stops it: broken.py, line 1, cannot be read: '(' was never closed" in finished.stdout
    )
