"""Modules as a script sees them: own names, then real ones, else Missing; and a tree of them from a table."""

import math

import pytest

from legacy.contrib.missing import Missing
from legacy.script.shown import Shown, modules_of, nearest_to, short


def test_own_names_come_first():
    module = Shown("tensorflow.maths", {"pi": 3, "tau": 6}, math)
    assert (module.pi, module.tau, module.sqrt(4)) == (3, 6, 2.0)
    assert {"pi", "tau", "sqrt"} <= {*dir(module)} and not {"_real", "__path__"} & {*dir(module)}


@pytest.mark.parametrize("real", [None, math])
def test_any_other_name_is_missing(real):
    module = Shown("tensorflow.contrib.maths", {"cosine": 1}, real)
    with pytest.raises(Missing, match=r"^tf\.contrib\.maths\.cosin is not covered; tf\.contrib\.maths\.cosine comes"):
        module.cosin
    with pytest.raises(AttributeError) as error:
        module.__all__  # asked for by `import *`: nobody's name
    assert not isinstance(error.value, Missing)


def test_short_names():
    assert short("tensorflow") == "tf" and short("tensorflow.nn.tensorflow") == "tf.nn.tensorflow"
    assert short("tensorflow_hub.x") == "tensorflow_hub.x"


def test_nearest():
    module = Shown("tensorflow.contrib", {"layers": 1, "_layer": 2})
    assert nearest_to("tf.contrib.layer", module) == "tf.contrib.layers"
    assert nearest_to("tf.contrib.tpu", module) == "tf.train"  # said by hand
    assert nearest_to("tf.contrib.bayesflow", module) is None


def test_modules_of_a_table():
    modules = modules_of(
        {
            "tensorflow.one.deep.within": ({"x": 1}, None),
            "tensorflow.other": "tensorflow.one.deep.within",
            "tensorflow": ({"one": "hidden by the module of that name"}, math),
        }
    )
    tree = modules["tensorflow"]
    assert tree.one.deep.within is tree.other and tree.other.x == 1 and tree.sqrt(4) == 2
    assert tree.other.__name__ == "tensorflow.one.deep.within" and tree.one.deep.__name__ == "tensorflow.one.deep"
    with pytest.raises(Missing, match=r"^tf\.one\.deep\.x is not covered"):
        tree.one.deep.x
