"""What every program of this side does where it meets a person: it loads in silence, takes flags, asks, and ends.

An error that a person can mend is one line and exit code 2; Ctrl-C is one line and 130, from the first moment on.
"""

import argparse
import collections
import contextlib
import difflib
import math
import os
import random
import re
import shlex
import signal
import sys
import time
from pathlib import Path


class InputError(ValueError):
    """What the person who runs the program can put right; it is shown to them as one line."""


# --- the start ---


@contextlib.contextmanager
def quiet():
    """What is imported within loads in silence; environment and descriptors are afterwards what they were.

    In a program, Ctrl-C ends it in one line even now, and so does a package that is missing.
    """
    if is_program():
        end_at_ctrl_c()
    wanted = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    unset = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ.update(unset)
    try:
        with silence():
            yield
    except ModuleNotFoundError as error:
        if not is_program():
            raise
        print(
            f"{Path(sys.argv[0]).name}: the package {error.name} is missing; requirements.txt has it", file=sys.stderr
        )
        sys.exit(2)
    finally:
        for name in unset:
            del os.environ[name]


@contextlib.contextmanager
def silence():
    """Holds back standard error. TensorFlow's libraries write there as they load, whatever the log level says."""
    sys.stderr.flush()
    stderr, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(devnull)


def is_program():
    """Whether Python runs one of this side's programs, and not a test or a notebook that imports it."""
    file = getattr(sys.modules["__main__"], "__file__", None)
    return file is not None and Path(file).resolve().parent == Path(__file__).resolve().parent


def end_at_ctrl_c():
    """Until `start`, Ctrl-C ends the process at once: modules that load would turn it into errors of their own."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return  # somebody ignores it, as a shell does for what runs in the background
    stderr = os.dup(2)

    def end(*_):
        os.write(stderr, b"\nInterrupted.\n")
        os._exit(130)

    signal.signal(signal.SIGINT, end)


def start(main, xla_flags=""):
    """Runs a program's `main` as a command: quiet, each line out at once, Ctrl-C in one line.

    xla_flags: what XLA, which reads them at the first function that it compiles, shall do otherwise than it would.
    """
    sys.modules["tensorflow"].get_logger().setLevel("FATAL")
    if xla_flags:
        os.environ["XLA_FLAGS"] = f"{xla_flags} {os.environ.get('XLA_FLAGS', '')}"  # yours come last, and decide
    sys.stdout.reconfigure(line_buffering=True)  # into a pipe, too
    if hasattr(signal, "SIGPIPE"):  # where there is one, a reader that leaves, such as `head`, ends the program
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        main()
        return
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
    except SystemExit as end:
        if end.code != 130:
            raise
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(130)  # TensorFlow's threads are at work, and Python's own way out has crashed under them


# --- flags ---


class Parser(argparse.ArgumentParser):
    """Takes flags; what it does not take is refused in one line, without the usage."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}\n")


def whole_number(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def seed(text):
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2147483647")
    return int(text)


def positive(text):
    try:
        if 0 < float(text) < math.inf:
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a number above zero")


def share(text):
    try:
        if 0 <= float(text) < 1:
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to less than 1")


def picture(text):
    path = Path(text)
    if path.suffix != ".png" or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not a .png file in a directory that exists")
    return path


# How a flag of each kind is declared
NUMBER = {"type": whole_number, "metavar": "N"}
POSITIVE = {"type": positive, "metavar": "X"}
SHARE = {"type": share, "metavar": "SHARE"}
FILE = {"type": Path, "metavar": "FILE"}
FOLDER = {"type": Path, "metavar": "DIR"}
SEED = {"type": seed, "metavar": "N", "help": "repeats a run; without it one is drawn and printed"}
LOGDIR = {**FOLDER, "default": Path("logs"), "help": "where runs are kept (%(default)s)"}
PICTURE = {"type": picture, "metavar": "FILE"}


def add_keeping(parser, model_help):
    """Adds the flags of a program whose runs are kept, and of its models."""
    keep = parser.add_argument_group("keeping")
    keep.add_argument("--logdir", **LOGDIR)
    kept = keep.add_mutually_exclusive_group()
    kept.add_argument("--resume", action="store_true", help="go on with the last run, from its last report")
    kept.add_argument("--model", **FILE, help=model_help)


def add_telling(parser, n_words):
    """Adds the flags of a program that tells on from words; returns their group."""
    tell = parser.add_argument_group("telling")
    tell.add_argument("--prompt", action="append", default=[], metavar="WORDS", help="answer and exit; repeatable")
    tell.add_argument("--n-words", **NUMBER, default=n_words, help="words told after a prompt (%(default)s)")
    return tell


def draw_seed(seed):
    """Returns the seed; one that is drawn if it is None."""
    return random.SystemRandom().randrange(2**31) if seed is None else seed


# --- errors ---


@contextlib.contextmanager
def errors_in_one_line(parser, run_dir=None, kept=""):
    """Within, what a person can mend ends the program in one line and 2; Ctrl-C in `Interrupted.`, `kept` and 130.

    run_dir: what is named where a file error names no file.
    kept: what an interrupted run leaves, a sentence.
    """
    try:
        yield
    except InputError as error:
        parser.error(error)
    except OSError as error:
        parser.error(f"{error.filename or run_dir}: {error.strerror or error}")
    except KeyboardInterrupt:
        parser.exit(130, f"\nInterrupted. {kept}".rstrip() + "\n")
    except Exception as error:
        # What TensorFlow has no room for, on the disk or in memory: of its many lines one is such as
        # "FILE_temp/part-00000; No space left on device [Op:SaveV2]" or "OOM when allocating tensor [Op:Add]".
        failed = re.search(r"(?:(\S+?)(?:_temp/\S+)?; (.+?)|(OOM when .+?))(?: \[Op:|\n|$)", str(error))
        if not failed:
            raise
        parser.error(": ".join(filter(None, failed.groups())))


def how_to_go_on(settings):
    """Returns what an interrupted run leaves, and the command that goes on with it."""
    if getattr(settings, "model", None):
        return ""  # nothing is learned
    command = shlex.join([sys.executable, *sys.argv, *([] if settings.resume else ["--resume"])])
    return f"What was learned up to the last report is kept; to go on from there:\n\t{command}"


# --- progress ---


def progress(total, done=0, unit=" iter", disable=None, **options):
    """Returns a tqdm bar, on a terminal only; its `write` prints a line above it."""
    from tqdm import tqdm  # not before `quiet`, so that Ctrl-C finds it ready

    return tqdm(total=total, initial=done, unit=unit, leave=False, disable=disable, **options)


def elapsed(sec):
    if sec < 60:
        return f"{sec:.1f} sec"
    if sec < 60 * 60:
        return f"{sec / 60:.1f} min"
    return f"{sec / (60 * 60):.1f} hr"


def print_end(start_time, logdir):
    """Prints how long it took and, as the document does, how to see the runs in TensorBoard."""
    print("Elapsed time: ", elapsed(time.time() - start_time))
    print("Run on command line.")
    print("\t" + shlex.join([sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir.resolve())]))
    print("Point your web browser to: http://localhost:6006/")


# --- text ---


def read_text(fname):
    """Returns the text of a UTF-8 file.

    Raises:
        OSError: the file cannot be read.
        InputError: it is not UTF-8, or has NUL characters.
    """
    try:
        text = Path(fname).read_text(encoding="utf-8").removeprefix("\ufeff")  # a byte order mark is no word's
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise InputError(f"{fname} is not UTF-8 text: byte {error.start} is 0x{byte:02x}") from None
    if "\0" in text:
        raise InputError(f"{fname} is not UTF-8 text: it has NUL characters, as UTF-16 text does")
    return text


def check_words(words, dictionary, n_input):
    """Raises InputError if `words` are not `n_input` words (None: one or more) that the dictionary has a number for.

    A defaultdict has one for any word.
    """
    if len(words) != n_input and (n_input or not words):
        raise InputError(f"{n_input or 'One or more'} words are needed, not {len(words)}: {' '.join(words)!r}")
    for word in words:
        if word not in dictionary and not isinstance(dictionary, collections.defaultdict):
            nearest = difflib.get_close_matches(word, dictionary, cutoff=0.5)
            hint = f" (nearest: {', '.join(nearest)})" if nearest else ""
            raise InputError(f"Word not in dictionary: {word!r}{hint}")


def check_prompts(prompts, dictionary, n_input):
    """Raises InputError as `check_words` does, for each prompt."""
    for prompt in prompts:
        check_words(prompt.split(), dictionary, n_input)


def answer(generate, trained, dictionary, settings):
    """Tells on from each of the prompts; without prompts, asks for them until the input ends or Ctrl-C.

    generate: the program's own, `generate(trained, dictionary, words, n_words)` -> words.
    """
    for prompt in settings.prompt:
        print(" ".join(generate(trained, dictionary, prompt.split(), settings.n_words)))
    while not settings.prompt:
        try:
            words = input(f"{settings.n_input or 'Some'} words: " if sys.stdin.isatty() else "").split()
            check_words(words, dictionary, settings.n_input)
            print(" ".join(generate(trained, dictionary, words, settings.n_words)))
        except InputError as error:
            print(error, file=sys.stderr)
        except (EOFError, KeyboardInterrupt):
            if sys.stdin.isatty():
                print()  # leaves the shell's prompt on a line of its own
            break
