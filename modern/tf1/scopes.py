"""Which variables are a cell: by their scopes' names, by what was said of them, by the gates in the graph."""

import collections
import re

from modern.console import InputError
from modern.tf1.cells import KIND_OF_SCOPE, KINDS, Cell
from modern.tf1.evidence import lstm_evidence
from modern.tf1.names import YEARS, canonical, canonical_scope, without_number
from modern.tf1.refused import Refused, parts_of, reason_to_refuse, shapes_of_parts
from modern.tf1.remarks import Option, Remark


def find_cells(shapes, names, named=None, graph=None):
    """Returns (cells, refused): the cells among the variables `names`, and those that Keras has no layer for.

    Args:
        shapes: variable name -> shape.
        names: the variables to look through.
        named: scope -> kind of cell, where the scope's own name does not tell.
        graph: Graph, which tells an LSTM whose scope has a name of its own.
    """
    named = named or {}
    scopes = scopes_of_cells(names, named)
    for scope in named:
        if scope not in scopes:
            raise InputError(Remark(Option("cells"), f": no variables stand in {scope}"))
    if graph:
        by_gates = scopes_by_gates(names, scopes, graph)
        named = named | dict.fromkeys(by_gates, "BasicLSTMCell")
        scopes |= by_gates
    cells, refused = [], []
    for scope, members in scopes.items():
        kind = named.get(scope) or KIND_OF_SCOPE.get(without_number(canonical_scope(scope)[-1]))
        reason = reason_to_refuse(scope, kind, members, shapes)
        if reason:
            shown = kind or scope.split("/")[-1]
            refused.append(Refused(scope, shown, reason, sorted(name.own for name in members)))
            continue
        parts = parts_of(scope, kind, members)
        years = min((name.years for name in members), key=YEARS.index)
        cells.append(Cell(scope, kind, parts, years, *KINDS[kind].sizes(shapes_of_parts(parts, shapes))))
    return cells, refused


def scopes_of_cells(names, named):
    """Returns {scope of a cell: the Names in it}, by the scopes that are `named` and by those that tell a cell."""
    scopes = collections.defaultdict(list)
    for name in names:
        cut = next((scope.count("/") + 1 for scope in named if name.startswith(f"{scope}/")), None)
        if cut is None:
            plain = [without_number(part) for part in canonical(name).parts[:-1]]
            like = [at + 1 for at, part in enumerate(plain) if part in KIND_OF_SCOPE or looks_like_cell(part)]
            cut = max(like, default=None)
        if cut is not None:
            scopes["/".join(name.split("/")[:cut])].append(canonical(name))
    return scopes


def scopes_by_gates(names, known, graph):
    """Returns {scope: the Names in it} of the LSTMs, beside the scopes that are known, whose gates the graph shows."""
    found = {}
    for name in names:
        scope = name.rpartition("/")[0]
        if scope not in known and canonical(name).is_layers_kernel and lstm_evidence(graph, name)["forget_bias"]:
            found[scope] = [canonical(other) for other in names if other.rpartition("/")[0] == scope]
    return found


def looks_like_cell(part):
    like = re.search(r"(lstm|gru|rnn|nas|sru|cfn)_?(cell|wrapper)$|_cell_wrapper$|^nas_rnn$", part)
    others = ("multi_rnn_cell", "embedding_wrapper", "input_projection_wrapper", "output_projection_wrapper")
    return bool(like) and part not in others
