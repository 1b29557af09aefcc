"""What every program does where it meets a person, once a side: loading, flags, errors, Ctrl-C, the prompt."""

import argparse
import importlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import legacy.console
import modern.console
from tests.commands import refused, side, start
from tests.test_twins import COMMANDS, PROGRAMS, ROOT

SIDES = pytest.mark.parametrize("console", [legacy.console, modern.console], ids=["legacy", "modern"])
EVERY = [*PROGRAMS, *(f"{side}.{name}" for side, names in COMMANDS.items() for name in sorted(names))]


def file_of(program):
    return (ROOT / program.replace(".", "/")).with_suffix(".py")


# --- the start ---

# What importing must leave as it was. Signals and descriptors are the process's, so each side has one of its own.
IMPORT_ALL = """
import importlib, os, signal, sys, threading, warnings

def state():
    # Descriptors by what they are: TensorFlow keeps none of the three that every process has.
    return {
        "environment": dict(os.environ), "descriptors": [os.readlink(f"/proc/self/fd/{number}") for number in (0, 1, 2)],
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook), "input": (sys.stdin, sys.stdout, sys.stderr),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGTERM)],
    }

import tensorflow, keras
import matplotlib.figure
before = state()
for program in sys.argv[1:]:
    importlib.import_module(program)
    after = state()
    changed = [name for name in before if before[name] != after[name]]
    assert not changed, (program, changed, before, after)
print("as it was")
"""


@pytest.mark.parametrize("name", ["legacy", "modern"])
def test_importing_a_program_changes_nothing_else(name):
    programs = [program for program in EVERY if program.startswith(name)]
    environment = {key: value for key, value in os.environ.items() if key != "TF_USE_LEGACY_KERAS"}
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *programs], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert run.stdout == "as it was\n", run.stderr


@pytest.mark.parametrize("name", ["legacy", "modern"])
def test_a_program_is_found_from_anywhere(name, tmp_path):
    """As a script from another folder, with -P, with -m, through a symlink, and under bare pytest."""
    script = ROOT / name / "story_rnn.py"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "story").symlink_to(script)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "test_it.py").write_text(f"import runpy\n\ndef test_it():\n    runpy.run_path({str(script)!r})\n")
    ways = {
        "a script": ([script, "--help"], tmp_path / "elsewhere"),
        "-P": (["-P", script, "--help"], tmp_path / "elsewhere"),
        "-m": (["-m", f"{name}.story_rnn", "--help"], ROOT),
        "a symlink": ([tmp_path / "bin" / "story", "--help"], tmp_path / "elsewhere"),
        "bare pytest": (
            ["-P", Path(sys.executable).with_name("pytest"), "-q", "-p", "no:cacheprovider", "test_it.py"],
            tmp_path,
        ),
    }
    if sys.version_info < (3, 11):
        del ways["-P"]  # Python 3.11 brought it
        ways["bare pytest"][0].remove("-P")
    started = [(way, start([sys.executable, *map(str, flags)], cwd)) for way, (flags, cwd) in ways.items()]
    for way, process in started:
        output, error = process.communicate()
        assert process.returncode == 0, (way, error)
        assert ("1 passed" if way == "bare pytest" else "--n-hidden N") in output, way
        assert error == "", way


def loaded(process, library):
    """Waits until a process has loaded a library; returns False if it ended before."""
    maps = Path(f"/proc/{process.pid}/maps")
    while process.poll() is None:
        if library in maps.read_text():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="what a process has loaded is read in /proc")
@pytest.mark.parametrize(
    ("program", "library"),
    [
        # NumPy comes first, and TensorFlow's own library a good second before the end.
        ("legacy.story_rnn", "_multiarray_umath"),
        ("modern.story_rnn", "libtensorflow_framework"),
        ("legacy.cell_steps", "libtensorflow_framework"),
        ("modern.cell_steps", "_multiarray_umath"),
        ("legacy.run", "libtensorflow_framework"),
        ("modern.from_tf1", "libtensorflow_framework"),
    ],
)
def test_ctrl_c_while_tensorflow_loads(program, library, tmp_path):
    """test_the_first_sight holds that the others begin as these do."""
    process = start([sys.executable, str(file_of(program)), *([] if program in PROGRAMS else ["x", "x"])], tmp_path)
    assert loaded(process, library)
    process.send_signal(signal.SIGINT)
    output, error = process.communicate()
    assert (process.returncode, output, error) == (130, "", "\nInterrupted.\n")
    assert not any(tmp_path.iterdir())


def test_ctrl_c_is_left_alone_where_it_is_ignored(tmp_path):
    """A shell ignores it for what it starts in the background."""
    command = [sys.executable, ROOT / "legacy" / "story_rnn.py", "--help"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert loaded(process, "libtensorflow_framework")
    process.send_signal(signal.SIGINT)
    assert "--n-hidden N" in process.communicate()[0] and process.returncode == 0


@SIDES
def test_a_missing_package_is_one_line(console, monkeypatch, capsys):
    with pytest.raises(ModuleNotFoundError), console.quiet():
        import no_such_package  # noqa: F401
    monkeypatch.setattr(console, "is_program", lambda: True)
    monkeypatch.setattr(console, "end_at_ctrl_c", lambda: None)
    with pytest.raises(SystemExit) as end, console.quiet():
        import no_such_package  # noqa: F401, F811
    assert end.value.code == 2
    assert capsys.readouterr().err.endswith(": the package no_such_package is missing; requirements.txt has it\n")


def test_where_the_cells_of_tensorflow_1_are_not(monkeypatch, capsys):
    from legacy import cell_steps

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install tf_keras" in refused(cell_steps, capsys)
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    assert "TF_USE_LEGACY_KERAS must be 1 or unset" in refused(cell_steps, capsys)


# --- flags ---


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_flag_refuses_in_one_line(name, capsys, tmp_path):
    """Each flag of each program, by its kind; a flag that takes a number by a function of its own is found, too."""
    program = importlib.import_module(name)
    console = importlib.import_module(f"{side(program)}.console")
    wrong = {
        console.whole_number: (("0", "-1", "1.5", "many"), "is not a whole number above zero"),
        console.positive: (("0", "-1", "nan", "inf", "many"), "is not a number above zero"),
        console.share: (("-0.1", "1", "nan", "many"), "is not a share from 0 to less than 1"),
        console.seed: (("-1", "2147483648", "1.5"), "is not a whole number from 0 to 2147483647"),
        console.picture: (("x.jpg", str(tmp_path / "none" / "x.png")), "is not a .png file in a directory that exists"),
    }
    parser, _ = program.parse_arguments([])
    kinds = {action.option_strings[-1]: action.type for action in parser._actions if action.type not in (None, Path)}
    assert kinds, "a program without a number?"
    for flag, kind in kinds.items():
        if kind in wrong:
            for value in wrong[kind][0]:
                line = refused(program, capsys, f"{flag}={value}")
                assert flag in line and f"{value!r} {wrong[kind][1]}" in line
    others = {flag for flag, kind in kinds.items() if kind not in wrong}
    assert others <= {"--first-note"}, others  # a note is architectures' own
    assert "unrecognized arguments: --n-hiden" in refused(program, capsys, "--n-hiden", "5")


@SIDES
def test_flags_accept(console):
    assert [console.whole_number("1"), console.whole_number("007")] == [1, 7]
    assert [console.positive("1e-3"), console.share("0"), console.share("0.99")] == [0.001, 0.0, 0.99]
    assert [console.seed("0"), console.seed("2147483647")] == [0, 2**31 - 1]
    assert console.draw_seed(5) == 5
    assert len({console.draw_seed(None) for _ in range(20)}) > 15
    assert all(0 <= console.draw_seed(None) < 2**31 for _ in range(100))


# --- errors ---


@SIDES
@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FileNotFoundError(2, "No such file or directory", "a.txt"), "a.txt: No such file or directory"),
        (OSError(28, "No space left on device"), "logs/here: No space left on device"),
        (RuntimeError("first\nlogs/x.v2; No space left on device\nlast"), "logs/x.v2: No space left on device"),
        (RuntimeError("logs/ckpt-1_temp/part-0; File too large [Op:SaveV2] name:"), "logs/ckpt-1: File too large"),
        (
            RuntimeError("OOM when allocating tensor with shape[9,9] [Op:Add]"),
            "OOM when allocating tensor with shape[9,9]",
        ),
    ],
)
def test_what_a_person_can_mend_is_one_line(console, error, line, capsys):
    parser = console.Parser(prog="it.py")
    with pytest.raises(SystemExit) as end, console.errors_in_one_line(parser, Path("logs/here")):
        raise error
    assert (end.value.code, capsys.readouterr().err) == (2, f"it.py: {line}\n")
    with pytest.raises(SystemExit) as end, console.errors_in_one_line(parser):
        raise console.InputError("say it otherwise")
    assert (end.value.code, capsys.readouterr().err) == (2, "it.py: say it otherwise\n")


@SIDES
def test_what_nobody_can_mend_is_shown_whole(console):
    with pytest.raises(ZeroDivisionError), console.errors_in_one_line(console.Parser(prog="it.py")):
        raise ZeroDivisionError
    with pytest.raises(RuntimeError, match="of our own"), console.errors_in_one_line(console.Parser(prog="it.py")):
        raise RuntimeError("an error of our own")


@SIDES
def test_ctrl_c_says_what_is_kept(console, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["story_rnn.py", "--n-hidden", "8"])
    settings = argparse.Namespace(model=None, resume=False)
    for kept, wanted in (
        ("", "\nInterrupted.\n"),
        ("Nothing is written.", "\nInterrupted. Nothing is written.\n"),
        (
            console.how_to_go_on(settings),
            "\nInterrupted. What was learned up to the last report is kept; to go on from there:\n"
            f"\t{sys.executable} story_rnn.py --n-hidden 8 --resume\n",
        ),
    ):
        with pytest.raises(SystemExit) as end:
            with console.errors_in_one_line(console.Parser(prog="it.py"), kept=kept):
                raise KeyboardInterrupt
        assert (end.value.code, capsys.readouterr().err) == (130, wanted)
    settings.resume = True
    assert console.how_to_go_on(settings).endswith(" story_rnn.py --n-hidden 8\n".rstrip())  # --resume is there already
    settings.model = "x"
    assert console.how_to_go_on(settings) == ""


# --- the end ---


@SIDES
@pytest.mark.parametrize(
    ("sec", "text"), [(0.04, "0.0 sec"), (59.9, "59.9 sec"), (60, "1.0 min"), (3599, "60.0 min"), (7200, "2.0 hr")]
)
def test_elapsed(console, sec, text):
    assert console.elapsed(sec) == text


# --- text and the prompt ---


def told(trained, dictionary, words, n_words):
    return [*words, *["so"] * n_words]


def asked(prompt, n_input=2):
    return argparse.Namespace(prompt=prompt, n_input=n_input, n_words=2)


@SIDES
def test_prompts_are_answered(console, capsys):
    console.answer(told, None, {}, asked(["a b", "c d"]))
    assert capsys.readouterr() == ("a b so so\nc d so so\n", "")


@SIDES
@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_the_prompt_asks_until_its_input_ends(console, end, monkeypatch, capsys):
    lines = iter(["cat dog", "cat", "cat dig", "cat xyz"])

    def read(prompt):
        assert prompt == ""  # no terminal
        for line in lines:
            return line
        raise end

    monkeypatch.setattr("builtins.input", read)
    console.answer(told, None, {"cat": 0, "dog": 1}, asked([]))
    assert capsys.readouterr() == (
        "cat dog so so\n",
        "2 words are needed, not 1: 'cat'\nWord not in dictionary: 'dig' (nearest: dog)\n"
        "Word not in dictionary: 'xyz'\n",
    )


@SIDES
def test_prompts_are_checked(console):
    console.check_prompts(["a b", "b a"], {"a": 0, "b": 1}, 2)
    with pytest.raises(console.InputError, match="'c'"):
        console.check_prompts(["a b", "c a"], {"a": 0, "b": 1}, 2)
