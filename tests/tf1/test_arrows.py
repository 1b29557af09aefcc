"""Who may import whom in modern/tf1/: each module only those before it, so that there is no circle."""

import ast
from pathlib import Path

import pytest

from modern import tf1

FOLDER = Path(tf1.__file__).parent
# Bottom up, on console: what is told, the rule, the cells; the graph; names, scopes, stacks; what stands around them; the whole;
# the model and its check; the commands.
ORDER = (
    *("remarks", "layout", "cells", "graph", "evidence"),
    *("names", "refused", "scopes", "stacks"),
    *("around", "outputs", "inputs", "by_graph", "by_names", "by_hand"),
    *(
        "build",
        "values",
        "operations",
        "shaping",
        "picking",
        "blocks",
        "cell_loops",
        "loops",
        "rebuild",
        "rerun",
        "program",
    ),
    *("checkpoint", "forms", "keras_layers", "keras_file", "keras_check", "learned", "findings"),
    *("check", "alternatives", "unpickled", "vocabulary", "convert", "report"),
)


def imported(file):
    """Returns the modules of this project that a file imports."""
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: a relative import"
            found += [node.module] if node.module != "modern.tf1" else [f"modern.tf1.{one.name}" for one in node.names]
        elif isinstance(node, ast.Import):
            found += [one.name for one in node.names]
    return [name for name in found if name.split(".")[0] in ("modern", "legacy", "tests")]


def test_the_order_names_every_module():
    assert sorted(ORDER) == sorted(file.stem for file in FOLDER.glob("*.py") if file.stem != "__init__")


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_those_before_it(module):
    before = {"modern.console", *(f"modern.tf1.{name}" for name in ORDER[: ORDER.index(module)])}
    assert set(imported(FOLDER / f"{module}.py")) <= before
