"""What is read off a script's syntax trees, before it runs: what it imports, which years' states it expects, its code."""

import ast
import re
from pathlib import Path

from legacy.script.numpy_2015 import ArraysOfOne


def own_sources(script):
    """Returns file -> syntax tree, of the script and of the modules beside it that it imports.

    Raises OSError or SyntaxError for the script itself; a module that cannot be read is left to the import.
    """
    script = Path(script)
    trees = {script: ast.parse(script.read_bytes(), str(script))}
    waiting = [script]
    while waiting:
        for node in ast.walk(trees[waiting.pop()]):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                scope = [node.module] if node.module else []
                names = [*scope, *(".".join([*scope, alias.name]) for alias in node.names)]
            for name in names:
                file = script.parent.joinpath(*name.split("."))
                for path in (file.with_suffix(".py"), file / "__init__.py"):
                    try:
                        if path not in trees and path.is_file():
                            trees[path] = ast.parse(path.read_bytes(), str(path))
                            waiting.append(path)
                    except (OSError, SyntaxError):
                        pass
    return trees


class Names(ast.NodeVisitor):
    """Puts the TensorFlow names of a syntax tree into `used`: dotted name -> its first line, after `where`."""

    def __init__(self, used, where):
        self.used, self.where = used, where
        self.aliases = {}  # a name in the script -> the dotted name in TensorFlow

    def use(self, name, node):
        self.used.setdefault(name, f"{self.where}line {node.lineno}")

    def visit_Import(self, node):
        for alias in node.names:
            if alias.name.partition(".")[0] == "tensorflow":
                self.aliases[alias.asname or "tensorflow"] = alias.name if alias.asname else "tensorflow"
                self.use(alias.name, node)

    def visit_ImportFrom(self, node):
        if node.module and not node.level and node.module.partition(".")[0] == "tensorflow":
            for alias in node.names:
                self.aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                self.use(f"{node.module}.{alias.name}", node)

    def visit_Assign(self, node):  # seq = tf.contrib.seq2seq
        self.generic_visit(node)
        name = self.name_of(node.value)
        if name and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.aliases[node.targets[0].id] = name

    def visit_Attribute(self, node):
        if name := self.name_of(node):
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


def compile_script(source, filename):
    """Returns the code of a script. Raises SyntaxError."""
    return compile(ArraysOfOne().visit(ast.parse(source, filename)), filename, "exec", dont_inherit=True)
