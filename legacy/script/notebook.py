"""A notebook as a program: its code cells in order, without what is no Python."""

import ast
import re
from dataclasses import dataclass

import nbformat

# Magics that only say how Jupyter is to work: nothing is left to do.
PASSED = {"matplotlib", "load_ext", "reload_ext", "autoreload", "config", "pylab", "precision", "xmode", "pdb"}
DONE = {"time", "timeit", "prun"}  # what follows them is done
CELLS_DONE = {"time", "timeit", "capture", "prun"}
SHELL = {"pip", "conda", "bash", "sh", "system", "sx", "script", "cd", "ls", "mkdir", "rm", "cp", "mv", "cat", "env"}


@dataclass(frozen=True)
class Cell:
    """One code cell. `notes`: what of it is not done, (line, what)."""

    name: str  # "lesson.ipynb, cell 3"
    source: str  # Python; as many lines as in the notebook
    notes: tuple = ()


def read_notebook(path):
    """Returns (the code cells of a notebook, which Python it says it is for, 2 or 3).

    Raises OSError: it cannot be read, or is no notebook.
    """
    try:
        book = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, AttributeError, KeyError) as error:
        raise OSError(22, f"not a notebook: {str(error).splitlines()[0]}", str(path)) from None
    told = book.metadata.get("language_info", {}).get("version") or book.metadata.get("kernelspec", {}).get("name", "")
    code = [cell.source for cell in book.cells if cell.cell_type == "code"]
    cells = [without_magics(f"{path}, cell {number}", source) for number, source in enumerate(code, 1)]
    return cells, 2 if re.match(r"2\.|python2", told) else 3


def without_magics(name, source):
    """Returns the Cell of a cell's text: magics done or passed over, lines for the shell left out."""
    lines, notes = source.split("\n"), []
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    if match := re.match(r"%%(\w+)(.*)", lines[first].strip()):
        if match[1] in CELLS_DONE:
            lines[first] = ""
        else:
            return Cell(name, "\n" * len(lines), ((first + 1, f"%%{match[1]} is not run"),))
    inside = continued_lines("\n".join(lines))
    for at, line in enumerate(lines):
        if at + 1 in inside:
            continue
        indent, blank = line[: len(line) - len(line.lstrip())], line.strip()
        match = re.match(r"(?:[\w, ]+=\s*)?([!%])\s*(\w[\w-]*)?(.*)", blank)
        if not match or (match[1] == "%" and "=" in blank.partition("%")[0] and not match[2]):
            if blank.startswith("?") or re.fullmatch(r"[\w.]+\?{1,2}", blank):  # help
                lines[at] = f"{indent}pass"
            continue
        if match[1] == "%" and match[2] in DONE and match[3].strip() and blank.startswith("%"):
            lines[at] = indent + re.sub(r"^(\s*-\w+(\s*\d+)?)*\s*", "", match[3])
            continue
        if not (match[1] == "%" and match[2] in PASSED | DONE):
            notes.append((at + 1, f"{blank if len(blank) < 60 else blank[:57] + '...'} is not run"))
        lines[at] = f"{indent}pass"
    return Cell(name, "\n".join(lines), tuple(notes))


def continued_lines(source):
    """Returns the numbers of the lines that begin inside a string, inside brackets, or after a backslash."""
    found, quotes, depth, after = set(), None, 0, False
    for number, line in enumerate(source.split("\n"), 1):
        if quotes or depth or after:
            found.add(number)
        elif line.lstrip().startswith(("!", "%")):
            continue  # what is in it is no Python
        after = line.endswith("\\")
        for token in re.findall(r"""\\.|\'{3}|"{3}|["'#()\[\]{}]""", line):
            if quotes:
                quotes = None if token == quotes else quotes
            elif token == "#":
                break
            elif token[0] in "\"'":
                quotes = token
            elif token in "([{":
                depth += 1
            elif token in ")]}":
                depth = max(0, depth - 1)
        if quotes and len(quotes) == 1 and not after:
            quotes = None  # it ends with its line
    return found


def join(trees):
    """Returns one tree of the trees of cells, its lines counted on; `place` says in which cell a line is."""
    whole, starts, start = ast.Module([], []), [], 0
    for name, tree, count in trees:
        starts.append((start, name))
        for node in ast.walk(tree):
            if hasattr(node, "lineno"):
                node.lineno += start
                node.end_lineno += start
        whole.body += tree.body
        start += count
    whole.cells = starts
    return whole


def place(tree, line):
    """Returns "cell 2, line 3" of a line of what `join` gave."""
    start, name = [(start, name) for start, name in tree.cells if start < line][-1]
    return f"{name.rpartition(', ')[2]}, line {line - start}"
