"""The parity table: what the tests put side by side, printed at the end of the run."""

import itertools

import numpy as np
import pytest

ROWS = []


class Parity:
    """Asserts that legacy and modern agree, and adds the comparison to the table, under the program's name."""

    def __init__(self, program):
        self.program = program

    def equal(self, quantity, legacy, modern, shown=None):
        """The two are the same. `shown` stands in the table for values too long for it."""
        difference = "0" if legacy == modern else "not equal"
        ROWS.append((self.program, quantity, shown or str(legacy), shown or str(modern), difference, "0"))
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
        ROWS.append(
            (self.program, quantity, f"{legacy[most]:.7g}", f"{modern[most]:.7g}", f"{difference[most]:.1e}", limit)
        )
        assert holds(difference[most]), f"{quantity}: {difference[most]} at {most}"


@pytest.fixture
def parity(request):
    return Parity(request.module.__name__.removeprefix("tests.test_"))


def pytest_terminal_summary(terminalreporter):
    if not ROWS:
        return
    head = ("quantity", "legacy", "modern", "difference", "tolerance")
    widths = [max(len(cell) for cell in column) for column in zip(head, *(row[1:] for row in ROWS))]

    def write(row):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        terminalreporter.write_line("  ".join(cells))

    terminalreporter.section("legacy and modern, side by side")
    write(head)
    for program, rows in itertools.groupby(ROWS, key=lambda row: row[0]):
        terminalreporter.write_line(f"\n{program}")
        for row in rows:
            write(row[1:])
