"""A script's source: its syntax tree, what is read off it before it runs, and its code."""

import ast
import re

from legacy.script import python_2015
from legacy.script.notebook import join, read_notebook
from legacy.script.numpy_2015 import ArraysOfOne
from legacy.script.rewrite_2 import Python2
from legacy.script.syntax_2 import to_python_3


def parse(file, python=None):
    """Returns (the syntax tree of a file, what tells that only Python 2 can read it: (what, line), or None).

    python: 2 or 3; if None, a file that Python 3 cannot read may be one of Python 2.

    Raises OSError or SyntaxError.
    """
    if file.suffix != ".ipynb":
        return parse_source(file.read_bytes(), str(file), python)
    cells, told = read_notebook(str(file))
    python = python or (2 if told == 2 else None)
    parsed = [
        (cell.name, *parse_source(cell.source.encode(), cell.name, python), cell.source.count("\n") + 1)
        for cell in cells
    ]
    tree = join([(name, tree, count) for name, tree, _, count in parsed])
    sign = next((each for _, _, each, _ in parsed if each), None)
    return tree, ("its kernel is Python 2", 1) if told == 2 else sign


def parse_source(source, filename, python=None):
    """The same of the bytes of one module. Raises SyntaxError."""
    if python == 2:
        return to_python_3(source, filename), None
    try:
        return ast.parse(source, filename), None
    except SyntaxError as error:
        if python == 3:
            raise
        try:
            tree = to_python_3(source, filename)
        except SyntaxError:
            raise error from None
        return tree, ((error.text or error.msg).strip(), error.lineno)


class Names(ast.NodeVisitor):
    """Puts the names of TensorFlow, and of other packages, that a syntax tree uses into `used`: dotted name -> its first line.

    Args:
        place: a line's number -> how it is said; or what is said before it.
        packages: the other packages.
    """

    def __init__(self, used, place, packages=()):
        self.used, self.packages = used, {"tensorflow", *packages}
        self.place = place if callable(place) else lambda line: f"{place}line {line}"
        self.aliases = {}  # a name in the script -> the dotted name in TensorFlow
        self.assigned = set()  # what the script itself puts there: tf.model = ...

    def use(self, name, node):
        self.used.setdefault(name, self.place(node.lineno))

    def visit_Import(self, node):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            if top in self.packages:
                self.aliases[alias.asname or top] = alias.name if alias.asname else top
                self.use(alias.name, node)

    def visit_ImportFrom(self, node):
        if node.module and not node.level and node.module.partition(".")[0] in self.packages:
            for alias in node.names:
                if alias.name == "*":
                    self.use(node.module, node)
                    continue
                self.aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                self.use(f"{node.module}.{alias.name}", node)

    def visit_Assign(self, node):  # seq = tf.contrib.seq2seq
        self.generic_visit(node)
        name = self.name_of(node.value)
        if name and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.aliases[node.targets[0].id] = name

    def visit_Attribute(self, node):
        if name := self.name_of(node):
            if isinstance(node.ctx, ast.Store):
                self.assigned.add(name)
            self.use(name, node)
        else:
            self.generic_visit(node)

    def name_of(self, node):
        """The dotted name in TensorFlow that an expression is, or None."""
        if isinstance(node, ast.Attribute):
            scope = self.name_of(node.value)
            return scope and f"{scope}.{node.attr}"
        return self.aliases.get(node.id) if isinstance(node, ast.Name) else None


def states_are_one_tensor(trees):
    """Whether a script takes an LSTM's state for one tensor, [batch, c and h], without asking for it: it is of 2015 or
    2016, when this was the default. It evaluates a state, or takes its size for a number, or feeds one of 2 n units."""
    found = False
    for tree in trees:
        for node in ast.walk(tree):
            match node:
                case ast.keyword(arg="state_is_tuple") | ast.Attribute(attr="LSTMStateTuple"):
                    return False
                case ast.Attribute(attr="global_variables_initializer"):  # of 0.12 or later
                    return False
                case ast.Call(func=ast.Attribute(attr="eval", value=ast.Call(func=ast.Attribute(attr="zero_state")))):
                    found = True
                case ast.Call(func=ast.Attribute(attr="eval", value=ast.Name() | ast.Attribute() as state)):
                    found |= "state" in last_name(state)
                case ast.List(elts=sizes):
                    found |= any(is_state_size(size) for size in sizes)
                case ast.BinOp(left=left, right=right):
                    found |= is_state_size(left) or is_state_size(right)
                case ast.Assign(
                    targets=[ast.Name() | ast.Attribute() as target],
                    value=ast.Call(
                        func=ast.Attribute(attr="placeholder"), args=[_, ast.List(elts=[_, ast.BinOp() as size]), *_]
                    ),
                ):
                    numbers = [each.value for each in ast.walk(size) if isinstance(each, ast.Constant)]
                    found |= "state" in last_name(target) and numbers == [2]
    return found


def last_name(node):
    return node.id if isinstance(node, ast.Name) else node.attr


def is_state_size(node):
    """Whether an expression is cell.state_size, of something that is called a cell, an LSTM or an RNN."""
    match node:
        case ast.Attribute(attr="state_size", value=ast.Name() | ast.Attribute() as cell):
            return re.search("cell|lstm|rnn", last_name(cell), re.IGNORECASE) is not None
    return False


def compile_script(source, filename, python=3, codec=None):
    """Returns the code of a script. Raises SyntaxError.

    codec: how the bytes of a script of Python 2 are text.
    """
    return compile(tree_of(source, filename, python, codec), filename, "exec", dont_inherit=True)


def tree_of(source, filename, python=3, codec=None):
    """Returns the syntax tree of the same."""
    return as_it_was(parse_source(source, filename, python)[0], python, codec)


def as_it_was(tree, python=3, codec=None):
    """Returns a tree that means what it meant to Python, and to NumPy, of those years."""
    if python == 2:
        tree = Python2(tree, codec).visit(tree)
    return ast.fix_missing_locations(python_2015.Generators().visit(ArraysOfOne().visit(tree)))
