"""What is told names arguments to a caller and flags to a person, and both are there."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from modern import from_tf1, tf1
from modern.tf1.remarks import Option, Remark
from modern.tf1.report import with_flags

SPOKEN = [
    (Option("forget_bias"), "forget_bias", "--forget-bias"),
    (Option("one_hot", True), "one_hot=True", "--one-hot"),
    (Option("gives", ...), "gives=...", "--gives ..."),
    (Option("merge", "sum"), "merge='sum'", "--merge sum"),
    (Option("shared_layers", 3), "shared_layers=3", "--shared-layers 3"),
    (Option("dense", ["a:relu", "b"]), "dense=['a:relu', 'b']", "--dense a:relu --dense b"),
    (Option("cells", {"rnn/x": "GRUCell"}), "cells={'rnn/x': 'GRUCell'}", "--cell rnn/x=GRUCell"),
]


@pytest.mark.parametrize(("option", "argument", "flag"), SPOKEN, ids=lambda value: str(value))
def test_an_option_from_python_and_on_the_command_line(option, argument, flag):
    remark = Remark("said (", option, "); ", Remark("and ", option))
    assert str(remark) == f"said ({argument}); and {argument}"
    assert with_flags(remark) == f"said ({flag}); and {flag}"
    assert remark.options == {option.name: option.value}


def spoken_of():
    """Returns the names of all Options in modern/tf1/."""
    found = set()
    for file in Path(tf1.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Option":
                found |= {one.value for one in node.args[:1] if isinstance(one, ast.Constant)}
    return found


def test_what_is_advised_is_there(capsys):
    """Each Option is an argument of `inspect` or `convert`, and a flag of the command."""
    arguments = {*inspect.signature(from_tf1.inspect).parameters, *inspect.signature(from_tf1.convert).parameters}
    with pytest.raises(SystemExit):
        from_tf1.main(["convert", "--help"])
    flags = capsys.readouterr().out
    assert len(spoken_of()) >= 15
    for name in spoken_of():
        assert name in arguments
        assert f"{with_flags(Remark(Option(name)))} " in flags


def test_no_module_but_report_spells_a_flag():
    """A flag's name in the library's own words would be wrong advice from Python; comments may speak of them."""
    for file in Path(tf1.__file__).parent.glob("*.py"):
        tree = ast.parse(file.read_text())
        documents = {id(node.body[0].value) for node in ast.walk(tree) if has_docstring(node)}
        words = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in documents]
        spelled = [node.value for node in words if re.search(r"(^|[ (])--\w", str(node.value))]
        assert not spelled or file.stem == "report", file


def has_docstring(node):
    return isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None
