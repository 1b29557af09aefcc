"""The parity table survives several processes, and gets into the documents from a whole run alone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = """
import pytest

@pytest.mark.parametrize("number", range(6))
def test_numbers(parity, number):
    parity.close(f"number {number}", number, number + 1e-7, 1e-6)

def test_words(parity):
    parity.equal("words", ["a"], ["a"], shown="1 word")
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
quantity  legacy  modern  difference  tolerance
number 0       0   1e-07     1.0e-07      1e-06
number 1       1       1     1.0e-07      1e-06
number 2       2       2     1.0e-07      1e-06
number 3       3       3     1.0e-07      1e-06
number 4       4       4     1.0e-07      1e-06
number 5       5       5     1.0e-07      1e-06
words     1 word  1 word           0          0
```

## from_tf1

```
quantity  legacy  modern  difference  tolerance
gates          1       3     2.0e+00    > 1e+00
```
"""


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
    assert (
        "\nnumber 3       3       3     1.0e-07      1e-06\nwords     1 word  1 word           0          0\n" in readme
    )
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
    assert readme == README and "\nall words  1 word" in page
