"""Runs somebody else's TensorFlow 1 script, as it is, on today's TensorFlow.

Such a script begins with `import tensorflow as tf` and `from tensorflow.contrib import rnn`, and today stops
there. Here its `tensorflow` is `tf.compat.v1` with the behaviour, the names and the `contrib` of 2016 to 2018;
the rest of the process, Keras and TensorFlow's own modules, keeps the real one.

    python legacy/run.py path/to/rnn_words.py [its own arguments]
    python legacy/run.py lesson.ipynb                         a notebook: its cells in order, figures into files
    python legacy/run.py -m nmt.nmt [its own arguments]       a module of a package, as python -m; or a folder
    python legacy/run.py --check path/to/rnn_words.py         what it uses, without running it
    python legacy/run.py --data-dir mnist path/to/mnist_rnn.py    reads MNIST there, not from the network
    python legacy/run.py --tensorflow 1.0 path/to/old_rnn.py      as that version, where the versions differ

A script of Python 2 runs as one. What a script needs and does not get ends it in one line: the name, the script's line,
what comes nearest; packages that are missing are all named before it runs.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from legacy import console

with console.quiet():
    from legacy.script.check import check, print_check, said_before, stops
    from legacy.script.errors import explain, own_traceback
    from legacy.script.execute import execute
    from legacy.script.program import read_program
    from legacy.script.years import Year, version_of

sys.path.pop(0)  # a script looks for its modules where Python would, not in our folder


def main(argv=None):
    parser = console.Parser(prog="run.py", description="Runs a TensorFlow 1 script, as it is, on today's TensorFlow.")
    parser.add_argument("--check", action="store_true", help="list the TensorFlow names it uses; run nothing")
    parser.add_argument(
        "--data-dir", metavar="DIR", default=os.environ.get("UNROLLED_DATA"),
        help="where read_data_sets finds MNIST's four files, whatever the script tells it (or set UNROLLED_DATA)",
    )  # fmt: skip
    parser.add_argument(
        "--tensorflow", metavar="VERSION", type=said_year, dest="year",
        help="which one it was written for; without it, its names tell",
    )  # fmt: skip
    parser.add_argument(
        "--python", type=int, choices=(2, 3), help="which Python it was written for; without it, what it uses tells"
    )
    parser.add_argument("--figures", metavar="DIR", help="where what it shows is saved; a notebook's: where you stand")
    parser.add_argument("-m", action="store_true", dest="module", help="SCRIPT is a module's name, as after python -m")
    parser.add_argument("script", help="the script, notebook or folder; what follows are its own arguments")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)

    program = None
    try:
        program = read_program(args.script, args.module, args.python)
        if args.check:
            print("".join(f"{line}\n" for line in said_before(program, args.year)), end="")
            parser.exit(1 if print_check(check(program, args.year), stops(program)) else 0)
        if program.told:
            what, where = program.told
            print(f"run.py: taken for Python 2: {what}, {where}; --python 3 says otherwise", file=sys.stderr)
        execute(program, args.arguments, args.data_dir, args.year, args.figures)
    except OSError as error:
        if program or error.filename != args.script:
            fail(error, args.script, parser, program)
        parser.error(f"{args.script}: {error.strerror}")
    except Exception as error:
        fail(error, args.script, parser, program)


def said_year(text):
    """Returns the Year that somebody says. Raises argparse.ArgumentTypeError."""
    try:
        version = version_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return Year(version, version, None)


def fail(error, script, parser, program):
    """Ends with one line if the script asks for what is not there, else with its own traceback."""
    if line := explain(error, script, program):
        parser.error(line)
    print(own_traceback(error, script), end="", file=sys.stderr)
    parser.exit(1)


if __name__ == "__main__":
    console.start(main)
