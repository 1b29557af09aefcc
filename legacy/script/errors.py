"""What is said of the error that a script ends with: one line if it needs what is not there, else its own traceback."""

import traceback
from pathlib import Path

from legacy.console import InputError
from legacy.contrib.missing import Missing, MissingImport
from legacy.script import python_2

HERE = Path(__file__).resolve().parent
OURS = HERE, HERE.parent / "run.py"  # what runs a script: not its own lines


def is_ours(file):
    """Whether a frame's file is one of those that run the script."""
    return any(Path(file).resolve().is_relative_to(each) for each in OURS)


def is_beside(file, script):
    """Whether a frame's file is the script, or stands in its folder or below it."""
    if file.startswith("<"):  # <frozen importlib._bootstrap>, <string>
        return False
    file = Path(file).resolve()
    return file.is_relative_to(Path(script).resolve().parent) and "site-packages" not in str(file)


def line_of(error, script):
    """Returns (file, line) of the last line of the script, or of its siblings, that led to the error."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if is_beside(frame.filename, script) and not is_ours(frame.filename)]
    return (own[-1].filename, own[-1].lineno) if own else (str(script), 1)


def is_of_script(error, script):
    """Whether the script or a module beside it raised the error itself, not a library that it called."""
    last = traceback.extract_tb(error.__traceback__)[-1].filename
    return is_ours(last) or is_beside(last, script)


def explain(error, script):
    """Returns the one line that says what the script needs and does not get, or None if the error is its own."""
    syntax = isinstance(error, SyntaxError)
    file, line = (error.filename, error.lineno) if syntax else line_of(error, script)
    where = f"{file}, line {line}"
    if isinstance(error, (Missing, MissingImport)):
        return f"{where}: {error}"
    if told := python_2.told_by(error, of_script=not syntax and is_of_script(error, script)):
        return f"{where}: this is Python 2 ({told}); 2to3 turns it into Python 3"
    if syntax:
        return f"{where}: {error.msg}"
    if isinstance(error, InputError):
        return f"{where}: {error}; --data-dir DIR reads MNIST's files there"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"{where}: the module {error.name} is not installed here"
    return None


def own_traceback(error, script):
    """Returns the traceback of a script's own error as Python prints it: how it came to be run is left out."""
    frame = error.__traceback__
    while frame.tb_next and frame.tb_frame.f_code.co_filename != str(script):
        frame = frame.tb_next
    shown = traceback.TracebackException(type(error), error, frame)
    shown.stack[:] = [each for each in shown.stack if not is_ours(each.filename)]
    return "".join(shown.format())
