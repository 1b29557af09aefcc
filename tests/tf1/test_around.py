"""The variables around the cells: each is taken once."""

from modern.tf1.around import Surroundings
from modern.tf1.remarks import Option


def test_what_is_taken_and_given_back():
    around = Surroundings({"w": [6, 3], "b": [3], "e": [9, 4], "s": []}, ["b", "e", "s", "w"])
    assert (around.matrices, around.vectors) == (["e", "w"], ["b"])
    around.take("w", None, "b")
    assert around.left == ["e", "s"]
    around.give_back("w", None)
    around.give_back("e", "w")  # the embedding that is the output layer, too, is given back once
    assert around.left == ["e", "s", "w"]


def test_what_is_assumed_keeps_its_order():
    around = Surroundings({}, [])
    around.assume("first (", Option("merge"), ")")
    around.assume("second")
    assert [str(remark) for remark in around.assumed] == ["first (merge)", "second"]
