"""The graph that a script builds here, beside TensorFlow 1.15.5's: operation by operation, and what a seed draws.

In TensorFlow 1 an operation without a seed of its own takes the number of operations that its graph has so far. So the
same numbers are drawn where the graphs have equally many operations, and not before.
"""

import pytest

from tests.eras import operations, records

# Pieces whose graph has today the operations that it had in 1.15.5, in their order. One more that has them belongs here.
EQUAL_OPERATIONS = set(
    """
    accuracy_of_ones_own adagrad adam another_graph_seed arithmetic case clip_by_value cond contrib_embed_sequence
    cross_entropies dataset dataset_shuffled dataset_shuffled_seeded embedding_lookup exponential_decay get_variable
    gradient_descent initializers initializers_of_contrib initializers_of_keras input_producers layers_batch_normalization
    layers_dense metrics momentum moving_average multinomial queues random_crop random_normal random_shuffle rmsprop
    sampled_losses saver scope_initializer shuffled_batch static_basic_rnn summaries truncated_normal variables
    variables_truncated while_loop
    """.split()
)
# Pieces that draw the numbers of 1.15.5: where the operations have seeds of their own and the graph none. Else today's
# TensorFlow counts the seeds drawn, not the operations.
EQUAL_NUMBERS = {"op_seeds_without_the_graph_s"}

# Pieces that other years draw as 1.15.5 does, of all that they have.
YEARS = {"1.8.0": 62, "1.4.1": 43}


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
    equal = {name for name, line in first.items() if not line}
    print(f"{len(equal)} of {len(first)} graphs have the operations of 1.15.5; of the others the first that differs:")
    for name in sorted(first.keys() - equal):
        print(f"{name}: {first[name]}")
    assert equal == EQUAL_OPERATIONS


def test_numbers(here):
    equal = same_numbers(there()[0], here[0])
    print(f"{len(equal)} of {len(here[0])} pieces draw what 1.15.5 drew")
    assert equal == EQUAL_NUMBERS


@pytest.mark.parametrize("version", YEARS)
def test_years(version):
    assert len(same_numbers(there()[0], there(version)[0])) == YEARS[version]


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
