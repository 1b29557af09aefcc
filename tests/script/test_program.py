"""Programs as they are given: packages, modules of them, folders, what lies elsewhere, and names that others have."""

import sys

import pytest

from legacy.script.check import check
from legacy.script.program import find_program, read_program
from tests.script.processes import run, write

PACKAGE = {
    "nmt/__init__.py": "",
    "nmt/nmt.py": """
import argparse, sys
import tensorflow as tf
from . import model_helper
from .utils import words
from nmt import vocabulary
parser = argparse.ArgumentParser()
parser.add_argument("--units", type=int)
def main(_):
    print(__name__, __package__, FLAGS.units, model_helper.cell(FLAGS.units).state_size, words.many, vocabulary.size)
    print(sys.argv)
if __name__ == "__main__":
    FLAGS, rest = parser.parse_known_args()
    tf.app.run(main=main, argv=[sys.argv[0]] + rest)
""",
    "nmt/model_helper.py": "import tensorflow as tf\n\ndef cell(units):\n    return tf.contrib.rnn.GRUCell(units)\n",
    "nmt/utils/__init__.py": "",
    "nmt/utils/words.py": "import tensorflow as tf\nmany = hasattr(tf, 'contrib')\n",
    "nmt/vocabulary.py": "size = 3\n",
}


@pytest.fixture
def package(tmp_path):
    for name, text in PACKAGE.items():
        write(tmp_path, name, text)
    return tmp_path


def test_a_module_of_a_package(package):
    """As after python -m: from the folder in which one stands, with its flags; and given as a file, which has dots."""
    wanted = "__main__ nmt 5 5 True 3\n"
    finished = run("nmt.nmt", "--units", "5", cwd=package, flags=["-m"])
    assert finished.stdout == f"{wanted}['{package}/nmt/nmt.py', '--units', '5']\n", finished.stderr
    (package / "elsewhere").mkdir()
    finished = run(package / "nmt" / "nmt.py", "--units", "5", cwd=package / "elsewhere")
    assert finished.stdout.startswith(wanted), finished.stderr


def test_a_folder(package):
    write(package, "nmt/__main__.py", "import vocabulary, sys\nprint(vocabulary.size, sys.argv[1:])\n")
    assert run(package / "nmt", "--a", cwd=package).stdout == "3 ['--a']\n"
    finished = run(package / "nmt" / "utils", cwd=package)
    line = (
        f"run.py: {package}/nmt/utils: a folder without a __main__.py; -m PACKAGE.MODULE runs a module of a package\n"
    )
    assert (finished.returncode, finished.stderr) == (2, line)


def test_a_module_that_is_not_there(package, run_here):
    finished = run_here("nmt.nothing", flags=["-m"])
    assert finished.returncode == 2 and finished.stderr.startswith("run.py: nmt.nothing: no such module under ")


def test_check_reads_what_a_package_imports(package):
    write(package, "nmt/utils/words.py", "import tensorflow as tf\ntf.contrib.nothing\n")
    fares = check(read_program(package / "nmt" / "nmt.py"))
    assert fares["tf.contrib.nothing"] == ("words.py, line 2", "missing")
    assert fares["tf.contrib.rnn.GRUCell"] == ("model_helper.py, line 4", "runs")


def test_from_the_root_of_a_repository(tmp_path):
    """`python src/train.py` with `from src.model import ...` and its own package's name, as with PYTHONPATH=. ."""
    write(tmp_path, "src/train.py", "from src.model import cell\nfrom tools import whose\nprint(cell, whose)\n")
    write(tmp_path, "src/model.py", "import tensorflow as tf\ncell = tf.contrib.rnn.GRUCell(3).state_size\n")
    write(tmp_path, "tools.py", "whose = 'root'\n")
    assert run("src/train.py", cwd=tmp_path).stdout == "3 root\n"


@pytest.mark.parametrize("way", ["append", "environment", "link", "import_module"])
def test_modules_outside_its_folder(way, tmp_path):
    """They have the script's TensorFlow, wherever they lie, and whoever asks for them."""
    write(tmp_path, "common/shared_model.py", "import tensorflow as tf\ncell = tf.contrib.rnn.GRUCell(3).state_size\n")
    source = "import shared_model\nprint(shared_model.cell)\n"
    environment = {}
    if way == "append":
        source = f"import sys\nsys.path.append('../common')\n{source}"
    elif way == "environment":
        environment["PYTHONPATH"] = tmp_path / "common"
    elif way == "link":
        (tmp_path / "own").mkdir()
        (tmp_path / "own" / "shared_model.py").symlink_to(tmp_path / "common" / "shared_model.py")
    else:
        source = """import importlib, sys
sys.path.append('../common')
tf = importlib.import_module('tensorflow')
print(tf.contrib.rnn.GRUCell(3).state_size, importlib.import_module('shared_model').cell, importlib.util.find_spec)
"""
    write(tmp_path, "own/script.py", source)
    finished = run("script.py", cwd=tmp_path / "own", **environment)
    assert finished.stdout.startswith("3 3 <function find_spec" if way == "import_module" else "3\n"), finished.stderr


def test_a_module_named_as_one_of_python(tmp_path, run_here):
    """The script has its own `queue` and `tokenize`; the rest of the process keeps Python's."""
    write(tmp_path, "queue.py", "import tensorflow as tf\nwhose = 'the script s', hasattr(tf, 'contrib')\n")
    write(tmp_path, "tokenize.py", "import queue\nwhose = queue.whose\n")
    script = write(
        tmp_path,
        "script.py",
        """
import concurrent.futures, sys
import queue, tokenize
from queue import whose
print(queue.whose, tokenize.whose, whose, hasattr(sys.modules["queue"], "Queue"))
print(list(concurrent.futures.ThreadPoolExecutor(1).map(abs, [-1])))
""",
    )
    told = "('the script s', True)"
    finished = run_here(script)
    assert finished.stdout == f"{told} {told} {told} True\n[1]\n", finished.stderr
    assert "queue" in sys.modules and hasattr(sys.modules["queue"], "Queue")


def test_scripts_that_were_half_ported(tmp_path, run_here):
    script = write(
        tmp_path,
        "script.py",
        """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
from tensorflow.compat.v1.nn import rnn_cell
print(tf.contrib.rnn.GRUCell is rnn_cell.GRUCell, tf.__version__, tf.compat.v1.placeholder is tf.placeholder)
""",
    )
    assert run_here(script).stdout == "True 1.15.5 True\n"


def test_dots_tell_the_package(tmp_path):
    write(tmp_path, "a/b/script.py", "from ..c import d\n")
    program = find_program(tmp_path / "a" / "b" / "script.py")
    assert (program.package, program.roots) == ("a.b", [tmp_path])
    write(tmp_path, "a/b/plain.py", "import d\n")
    assert find_program(tmp_path / "a" / "b" / "plain.py").package == ""
