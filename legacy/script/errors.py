"""What is said of the error that a script ends with: one line if it needs what is not there, else its own traceback."""

import traceback
from pathlib import Path

from legacy.console import InputError
from legacy.contrib.missing import Missing, MissingImport
from legacy.script import packages, python_2
from legacy.script.program import Import, is_library, place

HERE = Path(__file__).resolve().parent


def is_ours(file):
    """Whether a frame's file is one of those that run the script."""
    return not file.startswith("<") and Path(file).resolve().is_relative_to(HERE.parent)


def line_of(error, script):
    """Returns (file, line) of the last line of the script, or of its modules, that led to the error."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not is_library(frame.filename)]
    return (own[-1].filename, own[-1].lineno) if own else (str(script), 1)


def is_of_script(error, script):
    """Whether the script or a module of its own raised the error itself, not a library that it called."""
    last = traceback.extract_tb(error.__traceback__)[-1].filename
    return is_ours(last) or not is_library(last)


def explain(error, script, program=None):
    """Returns the one line that says what the script needs and does not get, or None if the error is its own.

    program: the Program, if it was read.
    """
    syntax = isinstance(error, SyntaxError) and error.filename is not None
    if isinstance(error, packages.MissingModules):
        return f"{script}: {error}"
    file, line = (error.filename, error.lineno) if syntax else line_of(error, script)
    where = f"{file}, line {line}"
    if isinstance(error, (Missing, MissingImport)):
        return f"{where}: {error}"
    if not program or program.python == 3:
        if told := python_2.told_by(error, of_script=not syntax and is_of_script(error, script)):
            return f"{where}: this is Python 2 ({told}); run.py --python 2 runs it as that"
    if syntax:
        return f"{where}: {error.msg}"
    if isinstance(error, InputError):
        return f"{where}: {error}; --data-dir DIR reads MNIST's files there"
    if isinstance(error, ModuleNotFoundError) and error.name and is_of_script(error, script):
        top = error.name.partition(".")[0]
        if packages.is_there(top, program.python if program else 3):
            return f"{where}: the module {error.name} is not there"
        found = {top: Import(top, Path(file), line, True)} | (packages.missing(program) if program else {})
        places = {
            name: place(program, each.file, each.line) if program else f"line {line}" for name, each in found.items()
        }
        return f"{where}: {packages.MissingModules(found, places)}"
    return None


def own_traceback(error, script):
    """Returns the traceback of a script's own error as Python prints it: how it came to be run is left out."""
    frame = error.__traceback__
    while frame.tb_next and is_ours(frame.tb_frame.f_code.co_filename):
        frame = frame.tb_next
    shown = traceback.TracebackException(type(error), error, frame)
    shown.stack[:] = [each for each in shown.stack if not is_ours(each.filename)]
    return "".join(shown.format())
