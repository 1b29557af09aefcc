"""How long a step of an old program takes: under TensorFlow 1 itself, and under legacy/run.py, in turn.

    python -m tests.benchmarks.eras --python ~/tensorflow-1.15.5/bin/python [--rounds 3]

Three programs as they were written, in scripts/: the story (batch 1), the digits (batch 128), a character RNN. How such
a Python is made: docs/referee.md. How it is timed: side_by_side.py.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.side_by_side import ROOT, compare, print_table

PROGRAMS = {
    "story_2018.py": "a step of the story's listing, batch 1",
    "digits_2017.py": "a batch of 128 images",
    "characters_2016.py": "50 windows of 50 characters",
}
VERSION = "import tensorflow; print(tensorflow.__version__)"


def main():
    parser = argparse.ArgumentParser(description="Time old programs under TensorFlow 1 and under legacy/run.py.")
    parser.add_argument("--python", required=True, metavar="PATH", help="a Python that has TensorFlow 1")
    parser.add_argument("--rounds", type=int, default=3, help="times through all contenders (%(default)s)")
    args = parser.parse_args()
    try:
        asked = subprocess.run([args.python, "-c", VERSION], capture_output=True, text=True)
    except OSError as error:
        parser.exit(2, f"{parser.prog}: {args.python}: {error.strerror}\n")
    version = asked.stdout.strip()
    if not version.startswith("1."):
        parser.exit(2, f"{parser.prog}: {args.python} has {version or 'no TensorFlow'}, not a TensorFlow 1\n")
    for name, title in PROGRAMS.items():
        script = str(Path(__file__).parent / "scripts" / name)
        commands = {
            f"TensorFlow {version}": [args.python, script],
            "legacy/run.py": [sys.executable, str(ROOT / "legacy" / "run.py"), script],
        }
        print_table(title, compare(commands, args.rounds), reference=f"TensorFlow {version}")
        print()


if __name__ == "__main__":
    main()
