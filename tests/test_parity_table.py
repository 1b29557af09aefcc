"""A row is a proof; the table survives several processes, and gets into the documents from a whole run alone."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.parity import Parity

PROGRAMS = """
import pytest

@pytest.mark.parametrize("number", range(6))
def test_numbers(parity, number):
    parity.close(f"number {number}", number, number + 1e-7, 1e-6, recorded=number + 2e-7 if number < 2 else None)

def test_words(parity):
    parity.equal("words", ["a", "b"], ["a", "b"], of="words", recorded=["a", "b"])
"""
FROM_TF1 = """
def test_layout(parity):
    parity.drift("gates", [0, 1], [0, 3], 1)
"""
README = """# A project

<!-- parity: story_rnn -->
```
quantity  legacy  modern  difference  tolerance
words     old     old     0           0
number 3  old     old     old         old
```
<!-- parity ends -->

The end.
"""
TABLES = """# By how much

Its words.

## story_rnn

```
quantity         legacy         modern  TensorFlow 1.15.5  difference  tolerance
number 0              0          1e-07              2e-07     2.0e-07      1e-06
number 1              1              1                  1     2.0e-07      1e-06
number 2              2              2                        1.0e-07      1e-06
number 3              3              3                        1.0e-07      1e-06
number 4              4              4                        1.0e-07      1e-06
number 5              5              5                        1.0e-07      1e-06
words     2 words #08b5  2 words #08b5      2 words #08b5           0          0
```

## from_tf1

```
quantity  legacy  modern  TensorFlow 1.15.5  difference  tolerance
gates          1       3                        2.0e+00    > 1e+00
```
"""


# --- a row ---


@pytest.fixture
def rows():
    return []


@pytest.fixture
def kept(rows):
    """A Parity whose rows nobody prints."""
    return Parity("program", rows.append)


def test_a_column_is_made_from_its_own_value(kept, rows):
    with pytest.raises(AssertionError, match="words"):
        kept.equal("words", ["a", "b"], ["b", "a"], of="words", recorded=["a", "b"])
    (row,) = rows
    assert row.legacy == row.tensorflow_1 != row.modern and row.modern.startswith("2 words #")
    assert row.difference == "not equal"


@pytest.mark.parametrize(
    ("value", "same"),
    [({"b", "a"}, ["a", "b"]), ((1, (2, 3)), [1, [2, 3]]), ([np.arange(3)], [[0, 1, 2]]), ([np.int64(1)], [1])],
)
def test_a_checksum_is_of_what_a_value_says(kept, rows, value, same):
    for each in (value, same):
        kept.equal("values", each, each, of="numbers")
    assert rows[0].legacy == rows[1].legacy


def test_boxes_are_shown_by_name(kept, rows):
    kept.equal("boxes", {"rnn", "input"}, {"input", "rnn"})
    assert rows[0].legacy == rows[0].modern == "input rnn" and rows[0].tensorflow_1 == ""


@pytest.mark.parametrize(
    ("legacy", "modern", "recorded"),
    [(0, 2, None), (0, 2, 1), (0, 0, 2), (0, np.nan, 0), (0, 0, np.nan), (-0.6, 0, 0.6)],
)
def test_close_takes_every_pair(kept, rows, legacy, modern, recorded):
    with pytest.raises(AssertionError, match="numbers"):
        kept.close("numbers", [legacy, 0], [modern, 0], 1, recorded=None if recorded is None else [recorded, 0])
    kept.close("numbers", [1, 0, 0], [1, 0, 0.5], 1, recorded=[1, 0.7, 0])
    assert rows[1][2:6] == ("0", "0", "0.7", "7.0e-01")
    kept.close("numbers", [1, -3, 0], [1, -3, 0], 1)
    assert rows[2][2:6] == ("-3", "-3", "", "0.0e+00")  # none differs: the largest


def test_a_drift_is_one_from_both(kept, rows):
    kept.drift("numbers", 0, 2, 1, recorded=0.5)
    assert rows[0][2:6] == ("0", "2", "0.5", "2.0e+00")
    for modern, recorded in ((0.5, None), (2, 1.5), (0.5, 2)):
        with pytest.raises(AssertionError, match="numbers"):
            kept.drift("numbers", 0, modern, 1, recorded=recorded)


def test_shapes_must_be_equal(kept):
    with pytest.raises(AssertionError, match="numbers"):
        kept.close("numbers", [0, 0], [0, 0], 1, recorded=[0])


# --- the table ---


@pytest.fixture
def project(tmp_path):
    """A small project with this one's parity.py."""
    (tmp_path / "tests" / "tf1").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests" / "__init__.py").touch()
    shutil.copy(Path(__file__).with_name("parity.py"), tmp_path / "tests")
    (tmp_path / "tests" / "test_story_rnn.py").write_text(PROGRAMS)
    (tmp_path / "tests" / "tf1" / "test_layout.py").write_text(FROM_TF1)
    (tmp_path / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\ntestpaths = ['tests']\npythonpath = ['.']\nmarkers = ['slow']\n"
        "addopts = \"-p tests.parity -m 'not slow'\"\n"
    )
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "docs" / "parity.md").write_text("# By how much\n\nIts words.\n\n## gone\n\n```\nold\n```\n")
    return tmp_path


def run_tests(project, *flags):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *flags]
    return subprocess.run(command, cwd=project, capture_output=True, text=True)


def documents(project):
    return (project / "README.md").read_text(), (project / "docs" / "parity.md").read_text()


@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_a_whole_run_writes_the_tables(project, processes):
    finished = run_tests(project, processes, "--dist=load", "--parity", "docs/parity.md")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    readme, page = documents(project)
    assert page == TABLES
    wanted = [line for line in TABLES.splitlines() if line.startswith(("quantity  ", "number 3", "words"))][:3]
    assert "\n".join(["```", *wanted, "```"]) in readme
    assert readme.startswith("# A project\n") and readme.endswith("\nThe end.\n") and "old" not in readme
    assert "number 0 " not in readme
    for line in TABLES.splitlines():
        if line.startswith(("number", "gates")):
            assert line.split() in [printed.split() for printed in finished.stdout.splitlines()]


@pytest.mark.parametrize("flags", [["-k", "words"], ["tests/test_story_rnn.py"]], ids=["-k", "a file"])
def test_a_part_of_the_tests_writes_nothing(project, flags):
    before = documents(project)
    finished = run_tests(project, "-n0", "--parity", "docs/parity.md", *flags)
    assert finished.returncode == 4
    assert finished.stderr.strip().startswith("ERROR: --parity writes the table of all tests: run it without")
    assert finished.stderr.strip().count("\n") == 0 and "passed" not in finished.stdout
    assert documents(project) == before


@pytest.mark.parametrize(
    "more", ["def test_more():\n    assert 0\n", "import pytest\npytest.skip('x', allow_module_level=True)\n"]
)
def test_a_run_that_does_not_pass_writes_nothing(project, more):
    (project / "tests" / "test_more.py").write_text(more)
    before = documents(project)
    finished = run_tests(project, "-n0", "--parity", "docs/parity.md")
    assert finished.returncode == 1
    assert "docs/parity.md: left as it was, since not all tests ran and passed" in finished.stderr, finished.stderr
    assert documents(project) == before


def test_a_row_of_the_readme_that_is_gone_is_named(project):
    (project / "tests" / "test_story_rnn.py").write_text(PROGRAMS.replace('equal("words"', 'equal("all words"'))
    finished = run_tests(project, "-n0", "--parity", "docs/parity.md")
    assert finished.returncode == 1
    assert "README.md: no test of story_rnn compares 'words', so it is left as it was" in finished.stderr
    readme, page = documents(project)
    assert readme == README and "\nall words  2 words #08b5" in page
