"""The graph that a script builds here, beside TensorFlow 1.15.5's: operation by operation, and what a seed draws.

In TensorFlow 1 an operation without a seed of its own takes the number of operations that its graph has so far. So the
same numbers are drawn where the graphs have equally many operations, and not before.
"""

import numpy as np
import pytest

from tests.eras import operations, records
from tests.script.processes import SCRIPTS, run

# Pieces that other years draw as 1.15.5 does, of all that they have.
YEARS = {"1.8.0": 88, "1.4.1": 57}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """(piece -> what it drew, piece -> its operations), through legacy/run.py."""
    folder = tmp_path_factory.mktemp("seeds")
    return records.run_here("seeds", folder), operations_in(folder)


def operations_in(folder):
    return operations.parse(records.lines_of(folder / "seeds.operations.gz"))


def there(version="1.15.5"):
    folder = records.RECORDED / version
    return records.read(folder, "seeds"), operations_in(folder)


def same_numbers(one, other):
    """The pieces that draw the same numbers in both, to six digits."""
    return {
        name
        for name in one.keys() & other.keys()
        if not one[name].absent
        and not other[name].absent
        and one[name].arrays.keys() == other[name].arrays.keys()
        # Relative to the numbers, which are of the order of 1: the sixth digit.
        and all(records.difference(one[name].arrays[key], other[name].arrays[key]) <= 1e-6 for key in one[name].arrays)
    }


def test_operations(here):
    first = {name: operations.first_change(then, here[1].get(name, [])) for name, then in there()[1].items()}
    other = {name for name, line in first.items() if line}
    print(f"{len(first) - len(other)} of {len(first)} graphs have the operations of 1.15.5; the first that differs:")
    for name in sorted(other):
        print(f"{name}: {first[name]}")
    assert not other


def test_seeds(here):
    """Each operation that draws has the two seeds that it had."""
    for name, then in there()[1].items():
        assert [each.seeds for each in here[1][name]] == [each.seeds for each in then], name


def test_numbers(here):
    equal = same_numbers(there()[0], here[0])
    print(f"{len(equal)} of {len(here[0])} pieces draw what 1.15.5 drew")
    assert not here[0].keys() - equal


def test_draws_are_equal_to_the_last_bit(here):
    """What no arithmetic follows: the numbers drawn at the end of each graph, and the variables' starts."""
    then = there()[0]
    for name in same_numbers(then, here[0]) - {"initializers"}:  # one of them is orthogonal by arithmetic
        for key, value in then[name].arrays.items():
            if key == "last" or key.startswith("variable"):
                assert np.array_equal(here[0][name].arrays[key], value), (name, key)


@pytest.mark.parametrize("version", YEARS)
def test_years(version):
    assert len(same_numbers(there()[0], there(version)[0])) == YEARS[version]


def test_a_script_of_2017(tmp_path):
    """Its first weights, ten losses of a training with dropout, and ten words drawn: digit for digit."""
    printed = records.lines_of(records.RECORDED / "1.15.5" / "seeded.txt")
    finished = run(SCRIPTS / "seeded_2017.py", cwd=tmp_path)
    assert (finished.stdout.splitlines(), finished.stderr) == (printed, "")
    assert len(printed) == 12 and len(set(printed[-1].split(": ")[1].split())) > 1


# --- the comparing itself ---


def graph(*kinds):
    return [operations.Operation(kind, f"name_{place}") for place, kind in enumerate(kinds)]


def test_the_first_change_is_named():
    then = graph("Const", "Split", "Add", "Mul")
    assert operations.first_change(then, graph("Const", "Split", "AddV2", "Mul")) == ""
    assert operations.first_change(then, graph("Split", "Add", "Mul")) == "operation 0: Const name_0 is missing"
    assert operations.first_change(then, graph("Const", "Split", "Cast", "Add", "Mul")) == (
        "operation 2: Cast name_2 is extra"
    )
    assert operations.first_change(then, then[:3]) == "operation 3: Mul name_3 is missing"
    assert operations.first_change([], []) == ""


def test_every_change_is_listed():
    changes = operations.changes(graph("Const", "Const", "Mul"), graph("Const", "Sub", "Mul", "Mul"))
    assert [(place, what, each.type) for place, what, each in changes] == [
        (1, "missing", "Const"),
        (1, "extra", "Sub"),
        (3, "extra", "Mul"),
    ]


def test_operations_are_read_with_their_seeds():
    pieces = operations.parse(["== one", "Const shape", "RandomUniform u seed=1 seed2=7", "== two"])
    assert pieces["two"] == [] and pieces["one"][1] == operations.Operation("RandomUniform", "u", (1, 7))
