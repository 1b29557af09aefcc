"""The parity table: what the tests put side by side, printed at the end of the run and, with --parity, kept."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

# The tests in these folders compare for one program, whatever their file's name is. Elsewhere test_<program>.py does.
FOLDERS = {"tf1": "from_tf1", "script": "run", "contrib": "contrib"}


class Row(NamedTuple):
    """A comparison, as it is printed. One more column is a field here, its heading below and its value in Parity."""

    program: str
    quantity: str
    legacy: str
    modern: str
    difference: str
    tolerance: str


HEAD = Row("program", "quantity", "legacy", "modern", "difference", "tolerance")


class Parity:
    """Asserts that legacy and modern agree, and adds the comparison to the table, under the program's name."""

    def __init__(self, program, keep):
        self.program = program
        self.keep = keep

    def equal(self, quantity, legacy, modern, shown=None):
        """The two are the same. `shown` stands in the table for values too long for it."""
        difference = "0" if legacy == modern else "not equal"
        self.keep(Row(self.program, quantity, shown or str(legacy), shown or str(modern), difference, "0"))
        assert legacy == modern, quantity

    def drift(self, quantity, legacy, modern, at_least):
        """The two differ by more than `at_least`: what would happen without the care taken."""
        self.add(quantity, legacy, modern, f"> {at_least:.0e}", lambda difference: difference > at_least)

    def close(self, quantity, legacy, modern, tolerance):
        """No two elements differ by more than `tolerance`. The table shows those that differ most."""
        self.add(quantity, legacy, modern, f"{tolerance:.0e}", lambda difference: difference <= tolerance)

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

    def add(self, quantity, legacy, modern, limit, holds):
        legacy, modern = np.asarray(legacy, float), np.asarray(modern, float)
        assert legacy.shape == modern.shape, quantity
        difference = np.abs(legacy - modern)
        most = np.unravel_index(difference.argmax(), difference.shape)
        shown = f"{legacy[most]:.7g}", f"{modern[most]:.7g}", f"{difference[most]:.1e}"
        self.keep(Row(self.program, quantity, *shown, limit))
        assert holds(difference[most]), f"{quantity}: {difference[most]} at {most}"


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
    terminalreporter.section("legacy and modern, side by side")
    head, *lines = table([row for rows in programs.values() for row in rows])
    terminalreporter.write_line(head)
    for program, rows in programs.items():
        terminalreporter.write_line(f"\n{program}")
        for line in lines[: len(rows)]:
            terminalreporter.write_line(line)
        del lines[: len(rows)]


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
