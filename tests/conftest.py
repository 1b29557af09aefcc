"""The parity table: what the tests put side by side, printed at the end of the run."""

import numpy as np
import pytest

ROWS = []


class Parity:
    """Asserts that legacy and modern agree, and adds the comparison to the table."""

    def equal(self, quantity, legacy, modern, shown=None):
        """The two are the same. `shown` stands in the table for values too long for it."""
        difference = "0" if legacy == modern else "not equal"
        ROWS.append((quantity, shown or str(legacy), shown or str(modern), difference, "0"))
        assert legacy == modern, quantity

    def drift(self, quantity, legacy, modern, at_least):
        """The two differ by more than `at_least`: what would happen without the care taken."""
        self.add(quantity, legacy, modern, f"> {at_least:.0e}", lambda difference: difference > at_least)

    def close(self, quantity, legacy, modern, tolerance):
        """No two elements differ by more than `tolerance`. The table shows those that differ most."""
        self.add(quantity, legacy, modern, f"{tolerance:.0e}", lambda difference: difference <= tolerance)

    def add(self, quantity, legacy, modern, limit, holds):
        legacy, modern = np.asarray(legacy, float), np.asarray(modern, float)
        assert legacy.shape == modern.shape, quantity
        difference = np.abs(legacy - modern)
        most = np.unravel_index(difference.argmax(), difference.shape)
        ROWS.append((quantity, f"{legacy[most]:.7g}", f"{modern[most]:.7g}", f"{difference[most]:.1e}", limit))
        assert holds(difference[most]), f"{quantity}: {difference[most]} at {most}"


@pytest.fixture
def parity():
    return Parity()


def pytest_terminal_summary(terminalreporter):
    if not ROWS:
        return
    table = [("quantity", "legacy", "modern", "difference", "tolerance"), *ROWS]
    widths = [max(len(row[column]) for row in table) for column in range(5)]
    terminalreporter.section("legacy and modern, side by side")
    for row in table:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        terminalreporter.write_line("  ".join(cells))
