"""The house: where things are, who may import whom, and what is equal in a program and its twin."""

import ast
import collections
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PATH_LINE = "sys.path.insert(0, str(Path(__file__).resolve().parents[1]))"
SHARED = {
    "legacy": {"console", "runs", "input_data", "seeds"},
    "modern": {"console", "runs", "mnist_data", "summaries", "optimizers"},
}
COMMANDS = {"legacy": {"run"}, "modern": {"from_tf1"}}  # the command lines of the two tools


def names(side):
    return {path.stem for path in (ROOT / side).glob("*.py")} - {"__init__"}


PROGRAMS = [f"{side}.{name}" for side in SHARED for name in sorted(names(side) - SHARED[side] - COMMANDS[side])]
TWINS = sorted(names("legacy") & names("modern") - SHARED["legacy"])

# What stands on one side alone, and why.
WITHOUT_TWIN = {
    "WINDOWS_PER_CALL",  # how much one compiled call does
    "STEPS_PER_CALL",
    "XLA_FLAGS",
    "COPIES",  # how large a text may be, where labels are one-hot
    "MEMORY_LIMIT",
}


def source(module):
    return (ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")


def imports(text):
    """Returns the names of what a file imports, wherever in it: `legacy.console` for `from legacy import console`."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


# --- who may import whom ---


def test_no_side_imports_the_other():
    for side, other in (("legacy", "modern"), ("modern", "legacy")):
        for path in (ROOT / side).rglob("*.py"):
            theirs = {name for name in imports(path.read_text(encoding="utf-8")) if name.split(".")[0] == other}
            assert not theirs, f"{path.relative_to(ROOT)} imports {theirs}"


def test_programs_import_what_their_side_shares_and_nothing_imports_a_program():
    for path in [path for side in SHARED for path in (ROOT / side).rglob("*.py")]:
        side = path.relative_to(ROOT).parts[0]
        ours = {name.split(".")[1] for name in imports(path.read_text(encoding="utf-8")) if name.startswith(side + ".")}
        if path.stem in COMMANDS[side] or path.parent != ROOT / side:
            allowed = SHARED[side] | {folder.name for folder in (ROOT / side).iterdir() if folder.is_dir()}
        else:
            allowed = SHARED[side]
        assert ours <= allowed, f"{path.relative_to(ROOT)} imports {ours - allowed}"


# --- the first sight of a program ---


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_first_sight(program):
    lines = source(program).splitlines()
    assert lines.count(PATH_LINE) == 1, "the one line by which a program finds its side"
    assert sum(line.startswith("with console.quiet():") for line in lines) == 1
    constant = next(number for number, line in enumerate(lines, 1) if re.match(r"[A-Z][A-Z_]+ = ", line))
    assert constant <= 30, f"the first constant stands on line {constant}"
    assert lines.index("# --- data ---") + 1 <= 45
    assert lines[-2:][0] == 'if __name__ == "__main__":' and lines[-1].startswith("    console.start(main")


LONGEST = {"story_rnn": (300, 360), "mnist_rnn": (300, 360), "architectures": (470, 470), "language_model": (780, 780)}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_lesson_is_read_in_one_sitting(program):
    side, name = program.split(".")
    longest = LONGEST.get(name, (350, 350))[side == "modern"]
    assert len(source(program).splitlines()) <= longest


def test_files_and_functions_are_short():
    long_functions = []
    for path in [path for side in SHARED for path in (ROOT / side).rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        limit = 350 if path.parent.name in ("tf1", "script") else 800
        assert len(text.splitlines()) <= limit, path.relative_to(ROOT)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 60:
                long_functions.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert len(long_functions) <= 5, long_functions


@pytest.mark.parametrize("side", SHARED)
def test_no_two_programs_hold_the_same_lines(side):
    """Six lines in a row that stand in two programs are no lesson of either."""
    places = collections.defaultdict(set)
    for name in names(side) - SHARED[side] - COMMANDS[side]:
        lines = [line.strip() for line in source(f"{side}.{name}").split("# --- data ---")[1].splitlines()]
        lines = [line for line in lines if line and not line.startswith("#")]
        for at in range(len(lines) - 5):
            places[tuple(lines[at : at + 6])].add(name)
    assert not {"\n".join(lines): where for lines, where in places.items() if len(where) > 1}


# --- twins ---


@pytest.fixture(params=TWINS)
def twins(request):
    return [importlib.import_module(f"{side}.{request.param}") for side in ("legacy", "modern")]


def test_the_programs_are_two(twins):
    assert twins[0].__file__ != twins[1].__file__


def plain(value):
    """Returns the value, each function in it by its name: each side has its own."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value.__name__ if callable(value) else value


def test_constants(twins):
    constants = [
        {
            name: value
            for name, value in vars(program).items()
            if name.isupper() and not callable(value) and name not in vars(program.console)
        }
        for program in twins
    ]
    for name in constants[0].keys() & constants[1].keys():
        assert plain(constants[0][name]) == plain(constants[1][name]), name
    assert constants[0].keys() ^ constants[1].keys() <= WITHOUT_TWIN


def test_flags(twins):
    flags = []
    for program in twins:
        parser, _ = program.parse_arguments([])
        flags.append([(action.option_strings, action.default, action.nargs) for action in parser._actions])
    assert flags[0] == flags[1]


def test_what_every_program_does_has_the_same_names():
    """console and runs: where both sides have a function, it takes the same arguments."""
    for module in ("console", "runs"):
        arguments = []
        for side in SHARED:
            functions = {}
            for node in ast.parse(source(f"{side}.{module}")).body:
                if isinstance(node, ast.FunctionDef):
                    functions[node.name] = [argument.arg for argument in node.args.args]
            arguments.append(functions)
        for name in arguments[0].keys() & arguments[1].keys() - {"start", "open_run", "restore_latest"}:
            assert arguments[0][name] == arguments[1][name], f"{module}.{name}"
