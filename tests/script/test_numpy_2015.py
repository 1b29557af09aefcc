"""What NumPy and Python's library were in those years."""

from tests.script.processes import run, write


def test_what_python_and_numpy_lost(tmp_path):
    """The script has NumPy's old names, and arrays of lists of different length; the library beside it has not."""
    elsewhere = tmp_path / "site-packages"
    elsewhere.mkdir()
    write(elsewhere, "library.py", "import numpy as np\nhas = 'product' in dir(np)\n")
    script = write(
        tmp_path,
        "script.py",
        """
import collections, inspect, time
from numpy import *
import library
import numpy as np
print(np.float(1), np.int(2.5), np.NaN, np.product([2, 3]), np.array([[1, 2], [3]]).shape, library.has)
np.save("words.npy", {"the": 1})
print(np.load("words.npy").item(), [np.float32(0.5)], np.in1d([1, 2], [2]))
print(issubclass(dict, collections.Mapping), inspect.getargspec(lambda a, b=1: 0)[0], time.clock() > 0, arange(2))
try:
    np.nothing
except AttributeError as error:
    print(error)
""",
    )
    assert run(script, cwd=tmp_path, PYTHONPATH=elsewhere).stdout.splitlines() == [
        "1.0 2 nan 6 (2,) False",
        "{'the': 1} [0.5] [False  True]",
        "True ['a', 'b'] True [0 1]",
        "module 'numpy' has no attribute 'nothing'",
    ]


def test_an_array_of_one_element_is_a_number(tmp_path, run_here):
    """As the words of a story are told, and characters picked; in a module beside the script, too."""
    source = """import numpy as np
print(int(np.array([[3]])), float(np.ones(1)), '%d of %.1f %s' % (np.array([4]), 5, 'x'))
"""
    write(tmp_path, "sibling.py", source)
    script = write(tmp_path, "script.py", f"import sibling\n{source}print('%d' % np.ones(1), int('7', 8), int(2.5))\n")
    assert run_here(script).stdout == 2 * "3 1.0 4 of 5.0 x\n" + "1 7 2\n"
    script = write(tmp_path, "script.py", "import numpy as np\nprint('%s' % 'text')\nfloat(np.ones(2))\n")
    finished = run_here(script)
    assert finished.stdout == "text\n"
    assert finished.stderr.count("File") == 1 and "line 3, in <module>" in finished.stderr
