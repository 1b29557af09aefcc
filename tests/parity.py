"""The parity table: what the tests put side by side, printed at the end of the run and, with --parity, kept."""

import itertools
import json
import re
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

# The tests in these folders compare for one program, whatever their file's name is. Elsewhere test_<program>.py does.
FOLDERS = {"tf1": "from_tf1", "script": "run", "contrib": "contrib"}


class Row(NamedTuple):
    """A comparison, as it is printed."""

    program: str
    quantity: str
    legacy: str
    modern: str
    tensorflow_1: str  # what TensorFlow 1.15.5 itself gave, from tests/eras/recorded; empty where nothing is recorded
    difference: str  # the largest of any two
    tolerance: str


HEAD = Row("program", "quantity", "legacy", "modern", "TensorFlow 1.15.5", "difference", "tolerance")


def as_json(value):
    """Returns what JSON cannot write as what it can: a set as its sorted elements, NumPy's as Python's."""
    return sorted(value) if isinstance(value, (set, frozenset)) else value.tolist()


def shown(value, of):
    """Returns a value for the table: as it is, or as its length, what it is a number `of`, and a checksum.

    The checksum is the first half of the CRC-32 of the value as JSON, four hexadecimal digits.
    """
    if of:
        packed = json.dumps(value, sort_keys=True, default=as_json).encode()
        return f"{len(value)} {of} #{zlib.crc32(packed) >> 16:04x}"
    return " ".join(sorted(value)) if isinstance(value, (set, frozenset)) else str(value)


class Parity:
    """Asserts that legacy and modern agree, and adds the comparison to the table, under the program's name.

    `recorded` is what TensorFlow 1.15.5 gave for the same: it is compared with both.
    """

    def __init__(self, program, keep):
        self.program = program
        self.keep = keep

    def equal(self, quantity, legacy, modern, of=None, recorded=None):
        """They are the same. `of`: what a value too long for the table is a number of, such as words."""
        values = (legacy, modern) if recorded is None else (legacy, modern, recorded)
        same = all(value == legacy for value in values)
        cells = [shown(value, of) for value in values]
        self.add(quantity, cells, "0" if same else "not equal", "0")
        assert same, quantity

    def drift(self, quantity, legacy, modern, at_least, recorded=None):
        """Modern differs from the others by more than `at_least`: what would happen without the care taken."""
        legacy, modern, *recorded = values = arrays(quantity, legacy, modern, recorded)
        gaps = [np.abs(other - modern) for other in (legacy, *recorded)]
        self.add_most(quantity, values, gaps, f"> {at_least:.0e}")
        assert all(gap.max() > at_least for gap in gaps), quantity

    def close(self, quantity, legacy, modern, tolerance, recorded=None):
        """No two of an element's values differ by more than `tolerance`. The table shows those that differ most."""
        values = arrays(quantity, legacy, modern, recorded)
        gaps = [np.abs(one - other) for one, other in itertools.combinations(values, 2)]
        self.add_most(quantity, values, gaps, f"{tolerance:.0e}")
        assert np.max(gaps) <= tolerance, f"{quantity}: {np.max(gaps)}"

    def same_distribution(self, quantity, legacy, modern):
        """The numbers drawn on both sides come from one distribution; constant ones are equal.

        Compared by the largest difference between the two cumulative distributions (Kolmogorov-Smirnov). For
        n values from one distribution on each side it passes 1.95 sqrt(2 / n) once in a thousand times.
        """
        legacy, modern = np.ravel(legacy), np.ravel(modern)
        if len(set(legacy)) <= 2:
            assert np.array_equal(legacy, modern), quantity
            self.equal(f"{quantity}, sum", float(legacy.sum()), float(modern.sum()))
            return
        at = np.concatenate([legacy, modern])
        shares = [np.searchsorted(np.sort(drawn), at, side="right") / drawn.size for drawn in (legacy, modern)]
        self.close(f"{quantity}, distribution", *shares, 1.95 * np.sqrt(2 / legacy.size))

    def add_most(self, quantity, values, gaps, tolerance):
        """Adds the elements at which a gap is largest; if there is none, the largest element."""
        gap = np.max(gaps, axis=0)
        most = np.unravel_index((gap if gap.any() else np.abs(values[0])).argmax(), gap.shape)
        self.add(quantity, [f"{value[most]:.7g}" for value in values], f"{gap[most]:.1e}", tolerance)

    def add(self, quantity, cells, difference, tolerance):
        legacy, modern, tensorflow_1 = [*cells, ""][:3]
        self.keep(Row(self.program, quantity, legacy, modern, tensorflow_1, difference, tolerance))


def arrays(quantity, legacy, modern, recorded):
    """Returns the values as float64 arrays of one shape, without `recorded` where there is none."""
    values = [np.asarray(value, float) for value in (legacy, modern, recorded) if value is not None]
    assert len({value.shape for value in values}) == 1, quantity
    return values


@pytest.fixture
def parity(request):
    node = request.node
    program = FOLDERS.get(node.path.parent.name, node.path.stem.removeprefix("test_"))
    # Tests run in several processes, and only a test's report reaches the one that prints. What it carries must be
    # plain; the test's place among the collected ones brings the rows into the order of the files again.
    place = request.session.items.index(node)
    return Parity(program, lambda row: node.user_properties.append(("parity", (place, *row))))


def collect_rows(reporter):
    """Returns the rows of all tests that ran, in the order of the files: program -> its rows."""
    reports = [report for ended in ("passed", "failed") for report in reporter.stats.get(ended, [])]
    kept = [
        row for report in reports if report.when == "call" for name, row in report.user_properties if name == "parity"
    ]
    programs = {}
    for row in sorted(kept, key=lambda row: row[0]):
        row = Row(*row[1:])
        programs.setdefault(row.program, []).append(row)
    return programs


def table(rows):
    """Returns the lines of a table: the heading, then a line for each row."""
    cells = [row[1:] for row in (HEAD, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
        for row in cells
    ]


def pytest_terminal_summary(terminalreporter):
    programs = collect_rows(terminalreporter)
    if not programs:
        return
    terminalreporter.section("legacy, modern and TensorFlow 1, side by side")
    for program, rows in programs.items():
        terminalreporter.write_line(f"\n{program}")
        for line in table(rows):
            terminalreporter.write_line(line)


# --- the table in the documents ---

README_BLOCK = re.compile(
    r"(?P<begin><!-- parity: (?P<program>\w+) -->\n```)\n(?P<lines>.*?)\n(?P<end>```\n<!-- parity ends -->)", re.DOTALL
)


def pytest_addoption(parser):
    parser.addoption(
        "--parity",
        type=Path,
        metavar="FILE",
        help="write the table to FILE, and to README.md the rows that stand there; for a run of all tests that pass",
    )


def pytest_configure(config):
    path = config.option.parity
    if path is None or hasattr(config, "workerinput"):
        return
    narrowed = any(config.getoption(name, None) for name in ("keyword", "deselect", "ignore", "ignore_glob", "lf"))
    if narrowed or config.args_source is not config.ArgsSource.TESTPATHS or config.option.markexpr != "not slow":
        raise pytest.UsageError(
            "--parity writes the table of all tests: run it without files, -k, -m, --lf or the like"
        )
    if not path.is_file():
        raise pytest.UsageError(f"--parity {path}: no such file, and its words before the first table are kept")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session, exitstatus):
    result = yield  # all else is printed first
    path = session.config.option.parity
    if path is None or hasattr(session.config, "workerinput"):
        return result
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    programs = collect_rows(reporter)
    if exitstatus or reporter.stats.get("skipped"):
        pytest.exit(f"{path}: left as it was, since not all tests ran and passed", returncode=exitstatus or 1)
    path.write_text(in_parity_page(path.read_text(), programs))
    readme = session.config.rootpath / "README.md"
    readme.write_text(in_readme(readme, programs))
    reporter.write_line(f"wrote {path} and {readme.name}")
    return result


def in_parity_page(text, programs):
    """Returns the page: its own words, then a section for each program."""
    words = text.partition("\n## ")[0].rstrip()
    sections = ["\n".join([f"\n## {program}\n\n```", *table(rows), "```"]) for program, rows in programs.items()]
    return "\n".join([words, *sections, ""])


def in_readme(readme, programs):
    """Returns the README with the rows between its marks as the run has them."""

    def renew(block):
        program, lines = block["program"], block["lines"].splitlines()[1:]
        wanted = {line.split("  ")[0] for line in lines}
        rows = [row for row in programs.get(program, []) if row.quantity in wanted]
        for quantity in sorted(wanted - {row.quantity for row in rows}):
            pytest.exit(
                f"{readme.name}: no test of {program} compares '{quantity}', so it is left as it was", returncode=1
            )
        return "\n".join([block["begin"], *table(rows), block["end"]])

    return README_BLOCK.sub(renew, readme.read_text())
