"""Runs the cells of a notebook one after the other, and saves the figures that it shows."""

import ast
import linecache
import os
import sys

from legacy.script.notebook import read_notebook


def run(path, main, tree_of, figures):
    """Runs a notebook's code cells in the namespace of `main`. What is not done is said in a line on stderr.

    Args:
        path: the notebook.
        tree_of: (source, filename) -> the syntax tree of a cell.
        figures: the folder into which figures are saved, as lesson-1.png.
    """
    show = save_at_show(figures, path.stem)
    main.__dict__.update(display=lambda *values: [print(text_of(each)) for each in values], In=[""], Out={})
    hook, sys.displayhook = sys.displayhook, lambda value: value is None or print(text_of(value))
    try:
        for cell in read_notebook(str(path))[0]:
            for line, what in cell.notes:
                print(f"run.py: {cell.name}, line {line}: {what}", file=sys.stderr)
            lines = [f"{line}\n" for line in cell.source.split("\n")]
            linecache.cache[cell.name] = len(cell.source), None, lines, cell.name  # a traceback shows the cell's line
            for code in codes_of(cell, tree_of):
                exec(code, main.__dict__)
            show()
    finally:
        sys.displayhook = hook


def codes_of(cell, tree_of):
    """Returns the code of a cell, and of its last expression, whose value is shown."""
    tree = tree_of(cell.source.encode(), cell.name)
    last = tree.body[-1:]
    shown = last and isinstance(last[0], ast.Expr) and not cell.source.rstrip().endswith(";")
    body = tree.body[:-1] if shown else tree.body
    codes = [compile(ast.Module(body, []), cell.name, "exec", dont_inherit=True)]
    if shown:
        codes.append(compile(ast.Interactive(last), cell.name, "single", dont_inherit=True))
    return codes


def text_of(value):
    """Returns what of a value is shown as text."""
    return str(value) if hasattr(value, "_repr_html_") else repr(value)


def save_at_show(folder, stem):
    """Lets plt.show() save the figures, as STEM-1.png and so on, and say so; returns what does it at the end of a cell."""
    count = 0

    def show(*args, **kwargs):
        nonlocal count
        plot = sys.modules.get("matplotlib.pyplot")
        for number in plot.get_fignums() if plot else []:
            count += 1
            os.makedirs(folder, exist_ok=True)
            name = os.path.join(folder, f"{stem}-{count}.png")
            plot.figure(number).savefig(name)
            plot.close(number)
            print(f"run.py: the figure is {name}", file=sys.stderr)

    import matplotlib.pyplot

    matplotlib.pyplot.show = show
    return show


class Shell:
    """get_ipython() of a script that was once a notebook: its magics are passed over, its lines for the shell refused."""

    def magic(self, line):
        if not line.startswith(("matplotlib", "load_ext", "autoreload", "config")):
            print(f"run.py: %{line} is not run", file=sys.stderr)

    def run_line_magic(self, name, line, *_):
        self.magic(f"{name} {line}")

    def run_cell_magic(self, name, line, cell):
        print(f"run.py: %%{name} is not run", file=sys.stderr)

    def system(self, line):
        print(f"run.py: !{line} is not run", file=sys.stderr)

    getoutput = system


SHELL = Shell()
