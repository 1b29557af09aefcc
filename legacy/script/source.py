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
