"""Which variables are a cell, by their names; which are an optimizer's; what is refused."""

import collections
import dataclasses
import math
import re

import numpy as np

from modern.tf1.cells import CELLS, LEAVES, LSTMS, ONE_KERNEL, ROLES, Cell, keras_weights
from modern.tf1.errors import InputError
from modern.tf1.evidence import lstm_evidence
from modern.tf1.graph import CUDNN

SLOTS = re.compile(
    r"^(adam(w|ax|_?optimizer)?|lazy_?adam|nadam|rms_?prop|momentum|nesterov|adagrad(_?da)?|adadelta|ftrl|amsgrad|lamb|"
    r"sgd|accum|v|m|vhat|gradient_(squared_)?accumulator|proximal_\w+|exponential_moving_average|moving_average|"
    r"biased|local_step)(_\d+)?$"
)
COUNTERS = re.compile(
    r"^(beta[12]_power|global_?step|step|epoch|learning_rate|lr|eta|local_step|save_counter|.*counter)(_\d+)?$"
)
AVERAGE = "ExponentialMovingAverage"
# embedding_attention_seq2seq names the whole program, not what attends in it.
ATTENTION_NAME = re.compile(r"(attention(?!_seq2seq)|attn|memory_layer|query_layer|bahdanau|luong)", re.IGNORECASE)


def snake(name):
    """Returns a scope's name in the spelling of TensorFlow 1.0 and later: BasicLSTMCell is basic_lstm_cell."""
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
        last = snake(parts[-1])
        if parts[-1] == AVERAGE:
            averages["/".join(parts[:-1])] = name
        elif owner is not None and (SLOTS.match(last) or parts[-1][:1].isupper()):
            slots.append(name)
        elif len(parts) > 1 and SLOTS.match(last) and len(last) > 3:
            slots.append(name)
        elif COUNTERS.match(last) and math.prod(shape) <= 1:
            counters.append(name)
    taken = {*slots, *counters, *averages.values()}
    return [name for name in sorted(shapes) if name not in taken], slots, counters, averages


def leaf_of(parts):
    """Returns a variable's name in its cell, without the shard's number and repeated scopes: part, number."""
    parts = [snake(part) for part in parts]
    parts = [part for at, part in enumerate(parts) if at == 0 or part != parts[at - 1]]
    leaf, shard = "/".join(parts), 0
    sharded = re.fullmatch(r"(.*)/part_(\d+)|(.*(?:w|matrix))_(\d+)", leaf)
    if sharded:
        leaf, shard = sharded[1] or sharded[3], int(sharded[2] or sharded[4])
        leaf = f"{leaf}_0" if leaf == "w" else leaf
    return leaf, shard


def cell_roles(kind, members):
    """Returns (what a variable is -> its names in the order of the shards, the years of the names)."""
    leaves = LEAVES.get(kind, ONE_KERNEL)
    roles, years = collections.defaultdict(list), set()
    for name, parts in sorted(members.items(), key=lambda item: leaf_of(item[1])):
        role, year = leaves[leaf_of(parts)[0]]
        roles[role].append(name)
        years.add(year)
    order = ROLES.get(kind, ("kernel", "bias"))
    shown = next(year for year in ("oldest", "old", "middle", "new") if year in years)
    return {role: roles[role] for role in order if role in roles}, shown


LAYER = re.compile(r"^cell_?(\d+)$")
# A variable's name in its cell -> what Keras has no layer for.
EXTRAS = {
    r"w_[fio]_diag$|wc[ifo]$": "peepholes",
    r"(^|/)projection/|w_p_\d+$": "a projection of its output (num_proj)",
    r"(gamma|beta|scale|offset)(_\w+)?$|layer_?norm": "layer normalization",
}
# Cells and wrappers by name that Keras has no layer for.
NO_LAYER = {
    r"layer_norm": "layer normalization",
    r"attention|attn": "attention",
    r"conv_?(\d_?d_?)?lstm|conv_?gru": "a convolution in its recurrence",
    r"(ugrnn|intersection_rnn|nas|nas_rnn|phased_lstm|sru|ind_rnn|ind_gru|ind_lstm|minimal_rnn|cfn|glstm)(_cell)?$": (
        "its own equations"
    ),
    r"grid|time_freq": "a grid of cells",
    r"coupled_input_forget": "coupled gates",
}


@dataclasses.dataclass
class Refused:
    """What has no place in a Keras model, and why."""

    scope: str
    what: str
    reason: str
    names: list


def find_cells(shapes, names, named=None, graph=None):
    """Returns (cells, refused): the cells among the variables `names`, and those that Keras has no layer for.

    Args:
        shapes: variable name -> shape.
        names: the variables to look through.
        named: scope -> kind of cell, where the scope's own name does not tell.
        graph: Graph, which tells an LSTM whose scope has a name of its own.
    """
    named = named or {}
    scopes, refused = collections.defaultdict(dict), []
    for name in names:
        parts = name.split("/")
        plain = [without_number(snake(part)) for part in parts]
        cut = next((len(scope.split("/")) for scope in named if name.startswith(f"{scope}/")), None)
        if cut is None:
            cut = max(
                (at + 1 for at, part in enumerate(plain[:-1]) if part in CELLS or looks_like_cell(part)), default=None
            )
        if cut is not None:
            scopes["/".join(parts[:cut])][name] = parts[cut:]
    for scope in named:
        if scope not in scopes:
            raise InputError(f"--cell: no variables stand in {scope}")
    if graph:
        for name in names:
            scope, _, leaf = name.rpartition("/")
            if scope not in scopes and leaf in ("kernel", "weights") and lstm_evidence(graph, name)["forget_bias"]:
                scopes[scope] = {
                    other: [other.rpartition("/")[2]] for other in names if other.rpartition("/")[0] == scope
                }
                named = named | {scope: "BasicLSTMCell"}

    cells = []
    for scope, members in scopes.items():
        what = without_number(snake(scope.split("/")[-1]))
        kind = named.get(scope) or CELLS.get(what)
        reason = reason_to_refuse(scope, kind, members, shapes)
        if reason:
            shown = kind or scope.split("/")[-1]
            refused.append(Refused(scope, shown, reason, sorted(members)))
            continue
        roles, years = cell_roles(kind, members)
        one = next(iter(roles))
        gates = {"kernel": 4 if kind in LSTMS else 1, "gates kernel": 2}[one]
        units = shapes[roles[one.replace("kernel", "bias")][0]][0] // gates
        rows = sum(shapes[name][0] for name in roles[one])
        cells.append(Cell(scope, kind, roles, years, rows - units, units))
    return cells, refused


def looks_like_cell(part):
    return bool(
        re.search(r"(lstm|gru|rnn|nas|sru|cfn)_?(cell|wrapper)$|_cell_wrapper$|^nas_rnn$", part)
    ) and part not in (
        *("multi_rnn_cell", "embedding_wrapper", "input_projection_wrapper", "output_projection_wrapper"),
    )


def reason_to_refuse(scope, kind, members, shapes):
    """Returns why the variables of a scope become no Keras layer, or None if they do."""
    plain = [without_number(snake(part)) for part in scope.split("/")]
    wrapper = next((part for part in plain if re.search(r"attention(_cell)?_(wrapper|decoder)", part)), None)
    if wrapper is None and "attention" in plain:
        within = "/".join(scope.split("/")[: plain.index("attention") + 1])
        # Other variables in that scope are the attention's own; without them it is only a name.
        beside = [
            name for name in shapes if name.startswith(f"{within}/") and ATTENTION_NAME.search(name[len(within) :])
        ]
        wrapper = within if beside else None
    if wrapper:
        return f"it runs inside {wrapper}, and Keras has no layer that attends at every step"
    if "highway_wrapper" in plain:
        return "it runs inside highway_wrapper, for which Keras has no layer"
    leaves = {name: leaf_of(parts)[0] for name, parts in members.items()}
    if kind is None:
        extra = next((reason for pattern, reason in NO_LAYER.items() if re.search(pattern, plain[-1])), None)
        return f"it has {extra}, for which Keras has no layer" if extra else "a cell of the program's own"
    if any(leaf.split("/")[-1] == "recurrent_kernel" for leaf in leaves.values()):
        return "a Keras layer's weights, which are in Keras' layout already"
    for pattern, extra in EXTRAS.items():
        if any(re.search(pattern, leaf) for leaf in leaves.values()):
            return f"it has {extra}, for which Keras has no layer"
    known = LEAVES.get(kind, ONE_KERNEL)
    strange = next((name for name, leaf in leaves.items() if leaf not in known), None)
    if strange:
        return f"a cell of the program's own: a {kind} has no {strange[len(scope) + 1 :]}"
    roles, _ = cell_roles(kind, members)
    missing = [role for role in ROLES.get(kind, ("kernel", "bias")) if role not in roles]
    if missing:
        return f"a cell of the program's own, or part of one: its {missing[0]} is missing"
    try:
        shown = [shape_of(roles[role], shapes) for role in roles]
        keras_weights(kind, [np.broadcast_to(np.float32(0), shape) for shape in shown])
    except ValueError:
        shown = ", ".join(str(shape) for shape in shown)
        return f"named like a {kind}, but the shapes {shown} are not one's"
    return None


def shape_of(names, shapes):
    """Returns the shape of a variable that was kept in shards, one below the other."""
    first = shapes[names[0]]
    return (sum(shapes[name][0] for name in names), *first[1:]) if first else ()


def names_of(cells):
    return [name for cell in cells for names in cell.names.values() for name in names]


def refused_beside(shapes, names, cells, refused, graph):
    """Returns what is recurrent beside TensorFlow 1's cells: Cudnn's blobs, Keras' layers, cells of an unknown kind."""
    taken = set(names_of(cells))
    taken |= {name for one in refused for name in one.names}
    rest, found = [name for name in names if name not in taken], []
    for name in rest:
        scope, _, leaf = name.rpartition("/")
        plain = [snake(part) for part in name.split("/")]
        used = graph.used_by(name, CUDNN) if graph else []
        if used or (len(shapes[name]) == 1 and re.search(r"opaque|cudnn|(lstm|gru|rnn)_params", name.lower())):
            why = "Cudnn's own order of weights, which only the card's library knows: save it in canonical form"
            found.append(Refused(name, "opaque Cudnn weights", why, [name]))
        elif leaf == "recurrent_kernel":
            kept = [other for other in rest if other.rpartition("/")[0] == scope]
            why = "a Keras layer's weights, which are in Keras' layout already"
            found.append(Refused(scope, "Keras layer", why, kept))
        elif leaf in ("kernel", "weights") and len(plain) > 2 and len(shapes[name]) == 2:
            parent, own = without_number(plain[-3]), plain[-2]
            bias = f"{scope}/{'bias' if leaf == 'kernel' else 'biases'}"
            inside = parent in ("rnn", "multi_rnn_cell", "fw", "bw") or LAYER.match(plain[-3])
            rows, columns = shapes[name]
            layer = re.search(r"dense|fc|fully|out|logit|proj|softmax|linear|conv|emb|attention|attn", own)
            if inside and not layer and shapes.get(bias) == [columns] and columns % 4 == 0 and rows > columns // 4:
                why = f"its name tells no cell; one of TensorFlow 1's own is named by --cell {scope}=BasicLSTMCell"
                found.append(Refused(scope, plain[-2], why, [name, bias]))
    return found
