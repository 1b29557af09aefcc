"""A program as somebody gave it: a script, a notebook, a package or a module of one, and what it imports of its own."""

import ast
import os
import re
import sys
import sysconfig
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path

from legacy.script import notebook, text_2
from legacy.script.python_2 import Signs, calls_default_encoding
from legacy.script.source import parse

HERE = Path(__file__).resolve().parent
STANDARD = Path(sysconfig.get_paths()["stdlib"]).resolve()


@dataclass
class Program:
    """What is run, and what is read off it before it runs."""

    file: Path  # as it was given, or found
    package: str = ""  # its __package__
    roots: list = field(default_factory=list)  # the folders in which it looks for its modules, the first is sys.path[0]
    python: int = 3
    told: tuple | None = None  # what tells Python 2, and where
    trees: dict = field(default_factory=dict)  # file -> syntax tree, the script's first
    unread: dict = field(default_factory=dict)  # file -> SyntaxError
    imports: list = field(default_factory=list)  # Import

    @property
    def codec(self):
        """How its bytes are text, if it is of Python 2."""
        mixes = any(map(calls_default_encoding, self.trees.values()))
        return text_2.TEXT if mixes else text_2.BYTES


@dataclass(frozen=True)
class Import:
    """One name that a program imports which is no module of its own."""

    name: str  # dotted
    file: Path
    line: int
    sure: bool  # whether it is imported whatever happens, before anything else is done


def is_library(file):
    """Whether a file is Python's own, an installed package's, or one of those that run the script."""
    if file.startswith("<"):  # <frozen importlib._bootstrap>, <string>
        return True
    file = Path(file).resolve()
    if {"site-packages", "dist-packages"} & {*file.parts} or file.is_relative_to(STANDARD):
        return True
    return file.is_relative_to(HERE.parent)


# --- where it is ---


def find_program(said, as_module=False):
    """Returns the Program, not read yet, of a path, or of a module's name as after `python -m`.

    Raises FileNotFoundError.
    """
    if as_module:
        file, package = find_module(said)
        return Program(file, package, [Path.cwd()])
    file = Path(said)
    if file.is_dir():
        if not (file / "__main__.py").is_file():
            raise FileNotFoundError(
                2, "a folder without a __main__.py; -m PACKAGE.MODULE runs a module of a package", said
            )
        return Program(file / "__main__.py", "", [file.resolve()])
    dots = [len(each) for each in re.findall(rb"^[ \t]*from[ \t]+(\.+)", file.read_bytes(), re.MULTILINE)]
    folder, names = file.resolve().parent, []
    if dots and file.suffix == ".py":  # it is a module of a package, and was run as one
        while len(names) < max(dots) or (folder / "__init__.py").is_file():
            names.insert(0, folder.name)
            folder = folder.parent
    return Program(file, ".".join(names), [folder])


def find_module(name):
    """Returns (file, package) of what `python -m name` runs. Raises FileNotFoundError."""
    path = Path.cwd().joinpath(*name.split("."))
    if path.with_suffix(".py").is_file():
        return path.with_suffix(".py"), name.rpartition(".")[0]
    if (path / "__main__.py").is_file():
        return path / "__main__.py", name
    raise FileNotFoundError(2, f"no such module under {Path.cwd()}", name)


def file_of(name, folder):
    """Returns the file of a dotted name in a folder: a module's, a package's __init__.py, the folder of a package
    without one; or None."""
    path = folder.joinpath(*name.split("."))
    for each in (path / "__init__.py", path.with_name(f"{path.name}.py")):
        if each.is_file():
            return each
    return path if path.is_dir() and any(path.glob("*.py")) else None


# --- what it imports ---


class Imports(ast.NodeVisitor):
    """Lists the imports of a tree: (dotted names, level, line, sure)."""

    def __init__(self, tree, is_script):
        self.found, self.is_script, self.sure = [], is_script, True
        self.visit(tree)

    def unsure(self, nodes):
        before, self.sure = self.sure, False
        for node in nodes:
            self.visit(node)
        self.sure = before

    def visit_FunctionDef(self, node):
        self.unsure(node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node):
        pass

    def visit_If(self, node):
        names = {each.id for each in ast.walk(node.test) if isinstance(each, ast.Name)}
        if "__name__" in names and self.is_script:
            self.generic_visit(node)
        else:
            self.unsure(node.body + node.orelse)

    def visit_Try(self, node):
        self.unsure([*node.body, *node.handlers, *node.orelse])
        for each in node.finalbody:
            self.visit(each)

    def visit_Import(self, node):
        for alias in node.names:
            self.found.append(([alias.name], 0, node.lineno, self.sure))

    def visit_ImportFrom(self, node):
        scope = [node.module] if node.module else []
        inner = [".".join([*scope, alias.name]) for alias in node.names if alias.name != "*"]
        self.found.append(([*scope, *inner], node.level, node.lineno, self.sure))


def added_folders(tree, file):
    """Returns the folders that a module puts into sys.path, as far as it says them in so many words."""

    def value(node):
        match node:
            case ast.Constant(value=str() as text):
                return text
            case ast.Name(id="__file__"):
                return str(file)
            case ast.Attribute(attr="pardir"):
                return ".."
            case ast.Call(func=ast.Attribute(attr="getcwd"), args=[]):
                return os.getcwd()
            case ast.Call(func=ast.Attribute(attr="join"), args=args):
                return os.path.join(*map(value, args))
            case ast.Call(func=ast.Attribute(attr="dirname"), args=[path]):
                return os.path.dirname(value(path)) or "."
            case ast.Call(func=ast.Attribute(attr="abspath" | "realpath" | "normpath"), args=[path]):
                return os.path.abspath(value(path))
        raise ValueError

    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(
                    attr="append" | "insert", value=ast.Attribute(attr="path", value=ast.Name(id="sys"))
                ),
                args=[*_, path],
            ):
                try:
                    yield Path(value(path)).resolve()
                except ValueError:
                    pass


def read_program(said, as_module=False, python=None):
    """Returns the Program of a script's path or of a module's name, read: it and the modules of its own that it imports.

    python: 2 or 3; if None, what it uses tells.

    Raises OSError or SyntaxError for the script itself.
    """
    program = find_program(said, as_module)
    follow_imports(program, python)
    if python is None:
        for file, tree in program.trees.items():
            beside = {each.stem for each in file.parent.glob("*.py")} if file.parent.is_dir() else set()
            sign = Signs(tree, beside).found if not program.told else None
            program.told = program.told or sign and (sign[0], place(program, file, sign[1]))
    program.python = python or (2 if program.told else 3)
    return program


def place(program, file, line):
    """Returns "line 3" of the script, "model.py, line 3" of another file, "cell 2, line 3" of a notebook."""
    if file.suffix == ".ipynb":
        return notebook.place(program.trees[file], line)
    return f"line {line}" if file == program.file else f"{file.name}, line {line}"


def follow_imports(program, python):
    """Reads the script and, from import to import, the modules of its own."""
    waiting, seen = [(program.file, True)], {}
    while waiting:
        file, sure = waiting.pop(0)
        if seen.get(file, False) >= sure and file in seen:
            continue
        seen[file] = sure
        if file not in program.trees and not read(program, file, python):
            continue
        tree = program.trees[file]
        for folder in added_folders(tree, file):
            if folder.is_dir() and folder not in program.roots:
                program.roots.append(folder)
        for names, level, line, at_once in Imports(tree, file == program.file).found:
            found = [own_file(program, name, level, file) for name in names]
            for name, path in zip(names, found):
                if path is not None:
                    for each in packages_above(path, name):
                        waiting.append((each, sure and at_once))
            if not any(found) and not level:
                program.imports.append(Import(names[0], file, line, sure and at_once))


def packages_above(path, name):
    """Yields the __init__.py of the packages that a module is in, then its own file."""
    depth = name.count(".")
    folder = path.parent if path.name == "__init__.py" else path
    for parent in [*folder.parents][:depth][::-1]:
        if (parent / "__init__.py").is_file():
            yield parent / "__init__.py"
    if path.is_file():
        yield path


def read(program, file, python):
    """Reads one file into `program.trees`; returns whether it could be read. Raises what `parse` raises for the script."""
    try:
        tree, is_2 = parse(file, python)
    except (OSError, SyntaxError, ValueError) as error:
        if file == program.file:
            raise
        program.unread[file] = error
        return False
    program.trees[file] = tree
    if is_2 and python is None and not program.told:
        program.told = is_2[0], place(program, file, is_2[1])
    return True


def own_file(program, name, level, importer):
    """Returns the file of a module of the program's own, by the name by which `importer` imports it, or None."""
    if level:
        folder = importer.resolve().parent
        for _ in range(level - 1):
            folder = folder.parent
        return file_of(name, folder)
    top = name.partition(".")[0]
    if top in sys.builtin_module_names or top in ("tensorflow", "numpy"):
        return None
    searched = [importer.resolve().parent, *program.roots]  # beside the importer: as Python 2 looked in a package
    searched += [Path(each) for each in sys.path if each and not is_library(os.path.join(each, "x.py"))]
    for folder in searched:
        if file_of(top, folder):
            return file_of(name, folder)
    if top in sys.stdlib_module_names or PathFinder.find_spec(top):
        return None
    for folder in [Path.cwd(), *program.file.resolve().parents[1:4]]:  # it was started from its repository's root
        if file_of(top, folder):
            program.roots.append(folder)
            return file_of(name, folder)
    return None
