"""What every test process does first: it loads TensorFlow as the programs do, in silence."""

import importlib

import pytest

from legacy import console


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session):
    """Before the test modules import it: its libraries write to stderr as they load. The process that only hands the
    tests out does without."""
    hands_out = getattr(session.config.option, "numprocesses", None) and not hasattr(session.config, "workerinput")
    if not hands_out:
        with console.quiet():
            importlib.import_module("tensorflow")
