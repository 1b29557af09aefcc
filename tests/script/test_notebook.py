"""Notebooks: their cells in order, their magics, what they show, and where they fail."""

import json

import pytest

from legacy.script.check import check
from legacy.script.notebook import read_notebook, without_magics
from legacy.script.program import read_program
from tests.script.processes import run, write


def notebook(folder, *cells, name="lesson.ipynb", version="3.6.1"):
    """Writes a notebook of code cells; returns its path."""
    code = [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": cell} for cell in cells
    ]
    text = {"cell_type": "markdown", "metadata": {}, "source": "# A lesson"}
    book = {
        "cells": [text, *code],
        "metadata": {"language_info": {"name": "python", "version": version}},
        "nbformat": 4,
    }
    return write(folder, name, json.dumps(book | {"nbformat_minor": 0}))


def test_cells_run_in_order_and_show(tmp_path):
    path = notebook(
        tmp_path,
        "%matplotlib inline\nimport tensorflow as tf\nimport matplotlib.pyplot as plt\n!pip install nothing",
        "cell = tf.contrib.rnn.GRUCell(3)\n%time x = 1 + 1\nx",
        "%%time\ny = x * 2\nplt.plot([1, 2])\nplt.show()\ndisplay(y)\n'shown';",
        "%%bash\ntouch made_by_bash",
        "plt.plot([2, 1])\n{'a': cell.state_size}",
    )
    finished = run(path, cwd=tmp_path, flags=["--figures", tmp_path / "figures"])
    assert finished.returncode == 0, finished.stderr
    out = finished.stdout.splitlines()
    assert out[0] == "2" and out[1] == "4" and out[-1] == "{'a': 3}" and "'shown'" not in finished.stdout
    assert sorted(each.name for each in (tmp_path / "figures").iterdir()) == ["lesson-1.png", "lesson-2.png"]
    assert not (tmp_path / "made_by_bash").exists()
    assert f"run.py: {path}, cell 1, line 4: !pip install nothing is not run" in finished.stderr.splitlines()
    assert f"run.py: {path}, cell 4, line 1: %%bash is not run" in finished.stderr.splitlines()


def test_an_error_names_the_cell_and_its_line(tmp_path, run_here):
    path = notebook(tmp_path, "def f():\n    return {}['key']", "x = 1\n\nf()")
    finished = run_here(path, flags=["--figures", tmp_path])
    assert finished.returncode == 1
    assert f'File "{path}, cell 2, line 3, in <module>\n    f()\n'.replace("2, line", '2", line') in finished.stderr
    assert f'File "{path}, cell 1", line 2, in f\n' in finished.stderr and "KeyError: 'key'" in finished.stderr
    path = notebook(tmp_path, "import tensorflow as tf", "\ntf.contrib.nothing")
    finished = run_here(path, flags=["--figures", tmp_path])
    assert finished.stderr.endswith(f"run.py: {path}, cell 2, line 2: tf.contrib.nothing is not covered\n")


def test_a_notebook_of_python_2(tmp_path, run_here):
    path = notebook(tmp_path, "x = 7 / 2", "print x, map(str, [x])", version="2.7.12")
    finished = run_here(path, flags=["--figures", tmp_path])
    assert finished.stdout == "3 ['3']\n" and "taken for Python 2: its kernel is Python 2" in finished.stderr


def test_check_of_a_notebook(tmp_path):
    path = notebook(tmp_path, "import tensorflow as tf\n!ls", "\ntf.contrib.nothing\ntf.concat")
    assert {name: line for name, (line, _) in check(read_program(path)).items()} == {
        "tf": "cell 1, line 1", "tf.contrib.nothing": "cell 2, line 2", "tf.concat": "cell 2, line 3",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "source", "notes"),
    [
        ("%matplotlib inline\nx", "pass\nx", ()),
        ("if x:\n    !ls\n", "if x:\n    pass\n", ("!ls is not run",)),
        ("files = !ls\n", "pass\n", ("files = !ls is not run",)),
        ("%timeit -n 10 f(x)", "f(x)", ()),
        ("a = b % c\nd = '''\n!not a line'''", "a = b % c\nd = '''\n!not a line'''", ()),
        ("x = a %b", "x = a %b", ()),
        ("tf.Session?\nx", "pass\nx", ()),
        ("%run other.py", "pass", ("%run other.py is not run",)),
        ("%%writefile model.py\nimport this\n", "\n\n\n", ("%%writefile is not run",)),
    ],
)
def test_magics(cell, source, notes):
    found = without_magics("cell", cell)
    assert (found.source, tuple(what for _, what in found.notes)) == (source, notes)


def test_what_is_no_notebook(tmp_path, run_here):
    path = write(tmp_path, "lesson.ipynb", "no notebook")
    with pytest.raises(OSError, match="not a notebook"):
        read_notebook(path)
    finished = run_here(path)
    assert finished.returncode == 2 and finished.stderr.startswith(f"run.py: {path}: not a notebook: ")
    assert finished.stderr.count("\n") == 1
