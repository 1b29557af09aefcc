"""Which cells are a stack, by their scopes' names and their sizes."""

import collections
import dataclasses
import itertools
import re

from modern.tf1.cells import KIND_OF_SCOPE, names_of
from modern.tf1.names import LAYER, canonical_scope, without_number
from modern.tf1.refused import Refused
from modern.tf1.remarks import Option, Remark

DIRECTION = re.compile(r"(?:^|_)(fw|fwd|forward|bw|bwd|backward)(?=_|\d|$)")
GENERIC = re.compile(
    r"^(rnn|dynamic_rnn|static_rnn|multi_rnn_cell|(stack_)?bi(directional)?_?(dynamic_|static_)?rnn|cell_?\d*|"
    r"\w+_wrapper|cudnn_(lstm|gru|rnn\w*)|params_canonical)?(_\d+)?$"
)


@dataclasses.dataclass
class Dense:
    """A dense layer beside the cells: its variables' names, what is applied to the sum.

    `transposed`: the kernel stands turned around, [columns, rows].
    """

    kernel: str
    bias: str | None
    activation: str = "linear"
    transposed: bool = False


@dataclasses.dataclass
class Stack:
    """Cells that feed one another, and what stands before and after them.

    A level is one direction's cells, {"": [cells]}, or both directions', {"fw": [cells], "bw": [cells]},
    whose outputs are put side by side; a level's output is the next one's input. What the layers after it
    see is one of GIVES: every step, the last one, each direction's own last one, or a mean or maximum.
    """

    name: str
    levels: list
    embedding: str | None = None
    one_hot: bool = False
    input_dense: list = dataclasses.field(default_factory=list)
    dense: list = dataclasses.field(default_factory=list)
    gives: str = "every-step"
    steps: int | None = None
    merge: str = "concat"

    @property
    def cells(self):
        return [cell for level in self.levels for run in level.values() for cell in run]

    @property
    def inputs(self):
        return level_inputs(self.levels[0])

    @property
    def width(self):
        return level_width(self.levels[-1]) if self.merge == "concat" else self.cells[-1].units


def level_inputs(level):
    return next(iter(level.values()))[0].inputs


def level_width(level):
    return sum(run[-1].units for run in level.values())


def numbers(text):
    return tuple(int(number) for number in re.findall(r"\d+", text))


def without_digits(name):
    return re.sub(r"_?\d+", "", name)


def find_stacks(cells, names, separate=False):
    """Returns (stacks, refused, assumed): the cells put in order by their scopes' names and their sizes.

    `names` are all variables'; what else stands in scopes tells layers of one stack from copies of one model.
    """
    runs, refused, assumed = collections.defaultdict(lambda: collections.defaultdict(list)), [], []
    for cell in cells:
        key, direction, layer = place_in_stack(cell.scope)
        runs[key][direction].append((layer, cell))
    levels = {}
    for key, directions in runs.items():
        level = {}
        for direction in sorted(directions, reverse=True):  # fw before bw
            run = sorted(directions[direction], key=lambda item: item[0])
            level[direction] = [cell for _, cell in run]
            broken = any(below.units != above.inputs for below, above in itertools.pairwise(level[direction]))
            if broken or [layer for layer, _ in run] not in ([-1], list(range(len(run)))):
                why = "one layer's units are not the next one's inputs: something stands between them"
                why = why if broken else "layers are missing"
                refused.append(Refused(key, f"{len(run)} layers", why, sorted(names_of(cell for _, cell in run))))
                break
        else:
            levels[key] = [level]

    # stack_bidirectional_rnn keeps its levels in cell_0, cell_1; other programs in scopes of their own, lstm_1, lstm_2.
    for in_layers in (True,) if separate else (True, False):
        groups = collections.defaultdict(list)
        for key in levels:
            parts = key.split("/")
            if in_layers:
                plain = canonical_scope(key)
                groups[tuple("cell_#" if LAYER.match(like) else part for part, like in zip(parts, plain))].append(key)
            else:
                groups[tuple(without_digits(part) for part in parts)].append(key)
        for keys in groups.values():
            keys.sort(key=lambda key: [numbers(part) or (-1,) for part in key.split("/")])
            chained = [level for key in keys for level in levels[key]]
            follow = all(level_width(below) == level_inputs(above) for below, above in itertools.pairwise(chained))
            if len(keys) == 1 or not follow or (not in_layers and are_copies(keys, names)):
                continue
            if not in_layers:
                what = f"{' and '.join(keys)} are layers of one stack, by their numbers and sizes ("
                assumed.append(Remark(what, Option("separate", True), " if they are not)"))
            levels[keys[0]] = chained
            for key in keys[1:]:
                del levels[key]
    stacks = [Stack(stack_name(key), chained) for key, chained in levels.items()]
    for name, count in collections.Counter(stack.name for stack in stacks).items():
        for number, stack in enumerate([stack for stack in stacks if stack.name == name]):
            stack.name = f"{name}_{number}" if count > 1 else name
    return stacks, refused, assumed


def are_copies(keys, names):
    """Returns whether scopes that differ by a number hold the same besides their cells, as a model's copies do."""
    parts = [key.split("/") for key in keys]
    at = next(place for place, same_place in enumerate(zip(*parts)) if len(set(same_place)) > 1)
    scopes = {"/".join(one[: at + 1]): "/".join(one) for one in parts}
    beside = [
        {name.removeprefix(scope) for name in names if name.startswith(f"{scope}/") and not name.startswith(f"{key}/")}
        for scope, key in scopes.items()
    ]
    return bool(beside[0]) and all(one == beside[0] for one in beside)


def place_in_stack(scope):
    """Returns (the scope without direction and layer, "" or "fw" or "bw", the layer's number or -1)."""
    parts = scope.split("/")
    plain = canonical_scope(scope)
    direction, start = "", 0
    for at, part in enumerate(plain):
        found = DIRECTION.search(part)
        if found:
            direction, start = ("fw" if found[1].startswith("f") else "bw"), at
    for at, part in enumerate(plain if direction else []):
        found = DIRECTION.search(part)
        if found and found[1][0] == direction[0]:
            parts[at] = DIRECTION.sub("", part).strip("_")
    layer_at = next((at for at in range(len(parts) - 1, start - 1, -1) if LAYER.match(plain[at])), None)
    if layer_at is None:
        layer, key = -1, parts
    else:
        layer, key = int(LAYER.match(plain[layer_at])[1]), parts[:layer_at]
        if layer_at and LAYER.match(plain[layer_at - 1]):  # cell_0/cell_0
            key = parts[: layer_at - 1]
    return "/".join(part for part in key if part), direction, layer


def stack_name(key):
    kept = [
        part for part in canonical_scope(key) if not GENERIC.match(part) and without_number(part) not in KIND_OF_SCOPE
    ]
    return re.sub(r"\W", "_", "_".join(kept)) or "rnn"
