"""A variable's name, turned into the one that TensorFlow 1.2 and later give it before anything else looks at it."""

import dataclasses
import functools
import math
import re

YEARS = ("oldest", "old", "middle", "new")  # to 0.11, LSTMCell's alone; to 0.11; 0.12 to 1.1; from 1.2 on

# Applied in this order to a name in small letters: (the years of a name that has it, what it has, what stands there
# from 1.2 on). A kernel that was kept in shards, one below the other, is one: the group `shard` is such a number.
# As in tensorflow/contrib/rnn/python/tools/checkpoint_convert.py of TensorFlow 1.15, but under any scope.
SPELLINGS = (
    (None, r"(?<![^/])cell(\d+)(?=/)", r"cell_\1"),  # MultiRNNCell's layers, before 1.0
    (None, r"/(gates|candidate)/\1/", r"/\1/"),  # GRUCell's scopes, twice in 1.0
    (None, r"/part_(?P<shard>\d+)$", ""),  # a partitioner's, in all years
    ("old", r"/linear/matrix(_(?P<shard>\d+))?$", "/kernel"),
    ("old", r"/linear/bias$", "/bias"),
    ("old", r"/w$", "/kernel"),
    ("oldest", r"/w_(?P<shard>\d+)$", "/kernel"),
    ("oldest", r"/b$", "/bias"),
    ("middle", r"/weights$", "/kernel"),
    ("middle", r"/biases$", "/bias"),
    ("new", r"/w_ru$", "/gates/kernel"),  # GRUBlockCell's, in all years
    ("new", r"/b_ru$", "/gates/bias"),
    ("new", r"/w_c$", "/candidate/kernel"),
    ("new", r"/b_c$", "/candidate/bias"),
)
LAYER = re.compile(r"^cell_(\d+)$")

SLOTS = re.compile(
    r"^(adam(w|ax|_?optimizer)?|lazy_?adam|nadam|rms_?prop|momentum|nesterov|adagrad(_?da)?|adadelta|ftrl|amsgrad|lamb|"
    r"sgd|optimizer|accum|v|m|vhat|gradient_(squared_)?accumulator|proximal_\w+|exponential_moving_average|moving_average|"
    r"biased|local_step)(_\d+)?$"
)
COUNTERS = re.compile(
    r"^(beta[12]_power|global_?step|step|epoch|learning_rate|lr|eta|local_step|save_counter|.*counter)(_\d+)?$"
)
AVERAGE = "ExponentialMovingAverage"


@dataclasses.dataclass(frozen=True)
class Name:
    """A variable's name: its own, the canonical one, the years of its own, and its shard's number, if it is one."""

    own: str
    canonical: str
    years: str = "new"
    shard: int | None = None

    @property
    def parts(self):
        return self.canonical.split("/")

    @property
    def is_layers_kernel(self):
        """Whether it is a kernel, whole, as every layer keeps it since 0.12."""
        return self.parts[-1] == "kernel" and self.years in ("middle", "new") and self.shard is None

    def within(self, scope):
        """Returns the canonical name in a scope, which is given in the spelling of `own`."""
        return "/".join(self.parts[scope.count("/") + 1 :])


@functools.cache
def canonical(own):
    """Returns the Name of a variable. A scope's parts stay as many as they are."""
    name, years, shard = snake(own), "new", None
    for of_years, pattern, new in SPELLINGS:
        found = re.search(pattern, name)
        if found:
            number = found.groupdict().get("shard")
            name = re.sub(pattern, new, name)
            years, shard = of_years or years, shard if number is None else int(number)
    return Name(own, name, years, shard)


def canonical_scope(scope):
    """Returns the parts of a scope's canonical name."""
    return canonical(f"{scope}/kernel").parts[:-1]


def snake(name):
    """Returns a name in the spelling of TensorFlow 1.0 and later: BasicLSTMCell is basic_lstm_cell."""
    name = re.sub(r"([a-z\d])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name).lower()


def without_number(part):
    return re.sub(r"_\d+$", "", part)


def sort_out(shapes):
    """Returns (variables, slots, counters, averages): names, but for averages a variable's name -> its average's."""
    slots, counters, averages = [], [], {}
    for name, shape in shapes.items():
        parts = name.split("/")
        # train/rnn/kernel/Adam belongs to rnn/kernel, whatever scope the optimizer stood in.
        owners = ("/".join(parts[start:-1]) for start in range(len(parts) - 1))
        owner = next((owner for owner in owners if shapes.get(owner) == shape), None)
        within = (
            shapes.get("/".join(parts[:-1])) == shape
        )  # whatever its name: a program names its optimizer as it likes
        last = snake(parts[-1])
        if parts[-1] == AVERAGE:
            averages["/".join(parts[:-1])] = name
        elif owner is not None and (within or SLOTS.match(last) or parts[-1][:1].isupper()):
            slots.append(name)
        elif len(parts) > 1 and SLOTS.match(last) and len(last) > 3:
            slots.append(name)
        elif COUNTERS.match(last) and math.prod(shape) <= 1:
            counters.append(name)
    taken = {*slots, *counters, *averages.values()}
    return [name for name in sorted(shapes) if name not in taken], slots, counters, averages
