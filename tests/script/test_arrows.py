"""Who imports whom: in legacy/script and legacy/contrib the arrows run one way."""

import ast
import graphlib
from pathlib import Path

LEGACY = Path(__file__).parents[2] / "legacy"
SCRIPT = sorted((LEGACY / "script").glob("*.py"))
CONTRIB = sorted((LEGACY / "contrib").glob("*.py"))


def imported(path):
    """Returns the modules of legacy that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "legacy":
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in inner if is_module(name)} or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.partition(".")[0] == "legacy"}
    return found


def is_module(name):
    return LEGACY.parent.joinpath(*name.split(".")).with_suffix(".py").is_file()


def test_the_arrows_run_one_way():
    arrows = {f"legacy.{path.parent.name}.{path.stem}": imported(path) for path in SCRIPT + CONTRIB}
    assert arrows["legacy.script.tensorflow_2016"] > {"legacy.contrib.rnn", "legacy.script.names_2016"}
    graphlib.TopologicalSorter(arrows).prepare()  # raises CycleError
    for path in CONTRIB:
        assert {name.rpartition(".")[0] for name in imported(path)} <= {"legacy.contrib"}, path
    for path in SCRIPT:
        assert "legacy.run" not in imported(path), path
    assert {name.rpartition(".")[0] for name in imported(LEGACY / "run.py")} <= {"legacy", "legacy.script"}


def test_files_stay_short():
    lines = {path.name: len(path.read_text().splitlines()) for path in SCRIPT}
    assert max(lines.values()) <= 350 and len((LEGACY / "run.py").read_text().splitlines()) <= 110, lines
