"""What the expressions of Python 2 meant: their syntax tree is that of Python 3 by now, and each becomes a call of the
function in builtins_2.py that does as Python 2 did."""

import ast
import re

from legacy.script.numpy_2015 import called

VIEWS = {"keys", "values", "items"}  # they were lists
ITERATORS = {"iterkeys": "keys", "itervalues": "values", "iteritems": "items"}
VIEWS_2_7 = {"viewkeys": "keys", "viewvalues": "values", "viewitems": "items"}


def has_future(module, feature):
    """Whether a module says `from __future__ import feature`."""
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" and any(a.name == feature for a in node.names)
        for node in module.body
    )


class Python2(ast.NodeTransformer):
    """Lets a tree mean what it meant in Python 2.

    codec: (encoding, errors) in which its bytes are text.
    """

    def __init__(self, module, codec):
        self.divides = not has_future(module, "division")
        self.codec = codec

    def visit_Constant(self, node):
        if isinstance(node.value, str) and not node.value.isascii():
            # The bytes of a text without a `u`, as syntax_2.py marked them.
            value = re.sub("[\udc80-\udcff]+", self.bytes_of, node.value)
            return ast.copy_location(ast.Constant(value, node.kind), node)
        return node

    def bytes_of(self, match):
        return match[0].encode("utf-8", "surrogateescape").decode(*self.codec)

    def visit_JoinedStr(self, node):
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Div) and self.divides and not (is_float(node.left) or is_float(node.right)):
            return called("__div__", [node.left, node.right])
        return node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if not (isinstance(node.op, ast.Div) and self.divides) or is_float(node.value):
            return node
        left = ast.parse(ast.unparse(node.target), mode="eval").body
        for each in ast.walk(left):
            ast.copy_location(each, node)
        return ast.copy_location(ast.Assign([node.target], called("__idiv__", [left, node.value])), node)

    def visit_Call(self, node):
        self.generic_visit(node)
        function, count = node.func, len(node.args)
        if isinstance(function, ast.Name) and function.id == "str" and count == 1 and not node.keywords:
            return called("__str__", node.args)
        if not isinstance(function, ast.Attribute):
            return node
        name, plain = function.attr, not node.keywords
        if name in VIEWS and not count and plain:
            return called("__list__", [node])
        if name in ITERATORS | VIEWS_2_7 and not count and plain:
            return called("__iter_of__", [function.value, ast.copy_location(ast.Constant(name), node)])
        if name == "has_key" and count == 1 and plain:
            return called("__has_key__", [function.value, *node.args])
        if name in ("encode", "translate") or (name == "sort" and (count or not plain)):
            node.func = ast.copy_location(ast.Name(f"__{name}__", ast.Load()), function)
            node.args.insert(0, function.value)
        if name == "format" and isinstance(function.value, ast.Constant) and isinstance(function.value.value, str):
            node.func = ast.copy_location(ast.Name("__format__", ast.Load()), function)
            node.args.insert(0, function.value)
        return node


def is_float(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, float)
