"""What Keras has no layer for, and what is like no cell of TensorFlow 1: refused, by name and reason."""

import dataclasses
import re

from modern.tf1.cells import KINDS, names_of
from modern.tf1.graph import CUDNN
from modern.tf1.names import LAYER, canonical, canonical_scope, without_number
from modern.tf1.remarks import Option, Remark

# embedding_attention_seq2seq names the whole program, not what attends in it.
ATTENTION_NAME = re.compile(r"(attention(?!_seq2seq)|attn|memory_layer|query_layer|bahdanau|luong)", re.IGNORECASE)
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
SCOPES_OF_CELLS = tuple(scope for kind in KINDS.values() for scope in kind.scopes)
KERAS_LAYER = "a Keras layer's weights, which are in Keras' layout already"


@dataclasses.dataclass
class Refused:
    """What has no place in a Keras model, and why."""

    scope: str
    what: str
    reason: str | Remark
    names: list


def reason_to_refuse(scope, kind, members, shapes):
    """Returns why the variables of a scope become no Keras layer, or None if they do.

    Args:
        scope: in the checkpoint's own spelling.
        kind: of KINDS, or None.
        members: the Names of its variables.
        shapes: variable's name -> shape, of all.
    """
    plain = [without_number(part) for part in canonical_scope(scope)]
    return (
        reason_by_wrapper(scope, plain, shapes)
        or reason_by_names(scope, kind, plain, members)
        or reason_by_shapes(scope, kind, members, shapes)
    )


def reason_by_wrapper(scope, plain, shapes):
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
    home = home_made_around(scope, plain, shapes)
    if home:
        return (
            f"it runs inside {home}, a cell of the program's own, of which the variables do not tell what it computes"
        )
    if "highway_wrapper" in plain:
        return "it runs inside highway_wrapper, for which Keras has no layer"
    return None


def home_made_around(scope, plain, shapes):
    """Returns the scope of a home-made cell that calls a cell: one that is named like a cell and holds several, or None."""
    for at, part in enumerate(plain[:-1]):
        if not re.search(r"(rnn|lstm|gru|^|_)cell$", part) or part in ("multi_rnn_cell", *SCOPES_OF_CELLS):
            continue
        within = scope.split("/")[: at + 1]
        if any(re.match(r"(rnn|while|multi_rnn_cell|bidirectional\w*|fw|bw)$", one) for one in plain[at + 1 : -1]):
            continue  # a scope of the program's: dynamic_rnn runs in it
        beside = {
            name.split("/")[at + 1] for name in shapes if name.split("/")[: at + 1] == within and name.count("/") > at
        }
        if len(beside) > 1:
            return "/".join(within)
    return None


def reason_by_names(scope, kind, plain, members):
    if kind is None:
        extra = next((reason for pattern, reason in NO_LAYER.items() if re.search(pattern, plain[-1])), None)
        return f"it has {extra}, for which Keras has no layer" if extra else "a cell of the program's own"
    inside = {name.own: name.within(scope) for name in members}
    if any(part.split("/")[-1] == "recurrent_kernel" for part in inside.values()):
        return KERAS_LAYER
    for pattern, extra in EXTRAS.items():
        if any(re.search(pattern, part) for part in inside.values()):
            return f"it has {extra}, for which Keras has no layer"
    strange = next((own for own, part in inside.items() if part not in KINDS[kind].parts), None)
    if strange:
        return f"a cell of the program's own: a {kind} has no {strange[len(scope) + 1 :]}"
    missing = [part.called for name, part in KINDS[kind].parts.items() if name not in inside.values()]
    return f"a cell of the program's own, or part of one: its {missing[0]} is missing" if missing else None


def reason_by_shapes(scope, kind, members, shapes):
    told = shapes_of_parts(parts_of(scope, kind, members), shapes)
    if KINDS[kind].sizes(told) is None:
        return f"named like a {kind}, but the shapes {', '.join(map(str, told))} are not one's"
    return None


def parts_of(scope, kind, members):
    """Returns {a part's canonical name: the variables that are it, in the order of their shards}, as KINDS has them."""
    members = sorted(members, key=lambda name: name.shard or 0)
    return {part: [name.own for name in members if name.within(scope) == part] for part in KINDS[kind].parts}


def shapes_of_parts(parts, shapes):
    """Returns the shape of each part; of one that was kept in shards, that of all, one below the other."""
    told = []
    for names in parts.values():
        first = shapes[names[0]]
        told.append((sum(shapes[name][0] for name in names), *first[1:]) if first else ())
    return told


def refused_beside(shapes, names, cells, refused, graph):
    """Returns what is recurrent beside TensorFlow 1's cells: Cudnn's blobs, Keras' layers, cells of an unknown kind."""
    taken = {*names_of(cells), *(name for one in refused for name in one.names)}
    rest, found = [name for name in names if name not in taken], []
    for name in rest:
        scope = name.rpartition("/")[0]
        used = graph.used_by(name, CUDNN) if graph else []
        if any(cell.of.cudnn and cell.scope.split("/")[0] == scope.split("/")[0] for cell in cells) and (
            used or "opaque" in name.lower()
        ):
            continue  # Cudnn's own copy of what stands in canonical form beside it
        if used or (len(shapes[name]) == 1 and re.search(r"opaque|cudnn|(lstm|gru|rnn)_params", name.lower())):
            why = "Cudnn's own order of weights, which only the card's library knows: save it in canonical form"
            found.append(Refused(name, "opaque Cudnn weights", why, [name]))
        elif canonical(name).parts[-1] == "recurrent_kernel":
            kept = [other for other in rest if other.rpartition("/")[0] == scope]
            found.append(Refused(scope, "Keras layer", KERAS_LAYER, kept))
        elif canonical(name).is_layers_kernel and len(shapes[name]) == 2:
            bias = bias_of_unknown_cell(name, shapes)
            if bias:
                what = "its name tells no cell; one of TensorFlow 1's own is named by "
                why = Remark(what, Option("cells", {scope: "BasicLSTMCell"}))
                found.append(Refused(scope, canonical(name).parts[-2], why, [name, bias]))
    return found


def bias_of_unknown_cell(kernel, shapes):
    """Returns the bias beside a kernel that stands where a cell does and has an LSTM's sizes; None if it does not."""
    scope, plain = kernel.rpartition("/")[0], canonical(kernel).parts
    if len(plain) < 3:
        return None
    parent, own = without_number(plain[-3]), plain[-2]
    inside = parent in ("rnn", "multi_rnn_cell", "fw", "bw") or LAYER.match(plain[-3])
    rows, columns = shapes[kernel]
    layer = re.search(r"dense|fc|fully|out|logit|proj|softmax|linear|conv|emb|attention|attn", own)
    if not inside or layer or columns % 4 or rows <= columns // 4:
        return None
    beside = [name for name, shape in shapes.items() if name.rpartition("/")[0] == scope and list(shape) == [columns]]
    return next((name for name in beside if canonical(name).parts[-1] == "bias"), None)
