"""The documents' two listings under TensorFlow 1.15.5, 1.4.1 and 1.0.1, beside the same listings through legacy/run.py."""

import numpy as np
import pytest

from tests.eras import records

UPDATES = 200
# Relative to each array's largest value. One rounding in another order, grown over 200 updates: the largest measured is
# 5.5e-6, of a corner of RMSProp's mean squares, in which the rounding of a gradient counts twice.
TOLERANCE = 2e-5
LOSS = 1e-4  # of the story at any of its first 1,000 steps; measured 1.7e-5, of losses up to 9


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A function: listing -> what it gives through legacy/run.py."""
    ran = {}

    def run(listing):
        if listing not in ran:
            ran[listing] = records.run_here(listing, tmp_path_factory.mktemp(listing))
        return ran[listing]

    return run


@pytest.mark.slow  # two thousand steps of the story take a minute and more
@pytest.mark.parametrize("version", records.YEARS)
@pytest.mark.parametrize("listing", ["story", "mnist"])
def test_listing(listing, version, here):
    """From the same weights: logits, gradients, losses, and the optimizer's slots after 200 updates."""
    there, today = records.read(records.RECORDED / version, listing)["given"], here(listing)["given"]
    assert there.arrays.keys() == today.arrays.keys()
    for name, then in there.arrays.items():
        now = today.arrays[name]
        if then.dtype.kind == "S":
            assert np.array_equal(then, now), name
        elif name.endswith("each step"):
            assert np.abs(then - now).max() <= LOSS, name
        else:
            assert records.difference(then, now) <= TOLERANCE * np.abs(then).max(), name


def test_what_the_years_drew():
    """The listing with a seed: each year begins with the same weights, and tells the same words."""
    drawn = {version: records.read(records.RECORDED / version, "story")["drawn"] for version in records.YEARS}
    then = drawn["1.15.5"].arrays
    for version in ("1.4.1", "1.0.1"):
        same = {name: np.array_equal(then[name], drawn[version].arrays[name]) for name in then}
        assert same["variable 0, corner"] == DRAWN[version][0]
        assert same["variable 2, corner"] == DRAWN[version][1]


# Version -> whether the output layer's weights, and the first cell's kernel, are drawn as in 1.15.5.
DRAWN = {"1.4.1": (True, True), "1.0.1": (True, True)}
