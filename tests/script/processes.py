"""Runs scripts as a person does, for the tests of whole scripts and of what a process is."""

import os
import subprocess
import sys
from pathlib import Path

from legacy import run as program

SCRIPTS = Path(__file__).parents[1] / "scripts"


def run(script, *arguments, cwd, flags=(), command=(program.__file__,), **environment):
    """Runs a script through legacy/run.py; returns the finished process."""
    command = [sys.executable, *map(str, [*command, *flags, script, *arguments])]
    environment = {**os.environ, **{name: str(value) for name, value in environment.items()}}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)


def write(folder, name, text):
    """Writes a script; returns its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
