"""Records again what a TensorFlow of then gives, and says what moved against the record: nothing may.

    python -m tests.eras 1.15.5 --python PATH      a Python of then, with that TensorFlow; docs/referee.md tells how to
                                                   make one
    python -m tests.eras 1.15.5 --python PATH --only cells --write     puts it into the record instead

Exit status: 0 if nothing moved, 1 if something did, 2 if it cannot be recorded.
"""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.eras import records


def version_at(python):
    """Returns the version of the TensorFlow that a Python has. Raises OSError or CalledProcessError."""
    code = "import tensorflow as tf; print('version ' + tf.__version__)"
    finished = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return finished.stdout.rpartition("version ")[2].strip()


def write(version, themes, folder):
    """Puts what was recorded into the record, with its checksums."""
    record = records.RECORDED / version
    for theme in themes:
        for name in records.files_of(record, theme):
            (record / name).unlink()
        for name in records.files_of(folder, theme):
            (record / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, record / name)
    files = sorted(path for path in records.RECORDED.rglob("*") if path.is_file())
    lines = [f"{records.sum_of(path)}  {path.relative_to(records.RECORDED).as_posix()}\n" for path in files]
    records.SUMS.write_text("".join(lines))


def main(argv=None):
    parser = argparse.ArgumentParser(prog="tests.eras", description="Records again, and says what moved.")
    parser.error = lambda message: parser.exit(2, f"{parser.prog}: {message}\n")  # one line, without the usage
    parser.add_argument("version", choices=records.VERSIONS, help="of TensorFlow")
    parser.add_argument("--python", metavar="PATH", help="a Python that has this TensorFlow")
    parser.add_argument("--only", metavar="PROGRAM", choices=records.THEMES, help="one recording program, not all")
    parser.add_argument("--write", action="store_true", help="put it into the record")
    args = parser.parse_args(argv)
    if not args.python:
        parser.error(f"--python PATH says where TensorFlow {args.version} is; docs/referee.md tells how to get it")
    try:
        found = version_at(args.python)
    except OSError as error:
        parser.error(f"{args.python}: {error.strerror}")
    except subprocess.CalledProcessError:
        parser.error(f"{args.python} has no TensorFlow; docs/referee.md tells how to get {args.version}")
    if found != args.version:
        parser.error(f"{args.python} has TensorFlow {found}, not {args.version}")
    themes = [theme for theme, versions in records.THEMES.items() if args.version in versions]
    if args.only:
        themes = [theme for theme in themes if theme == args.only]
    if not themes:
        parser.error(f"nothing is recorded of {args.version}" + (f" by {args.only}" if args.only else ""))

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        try:
            records.record(args.python, args.version, themes, folder)
        except subprocess.CalledProcessError as error:
            parser.error(f"{Path(error.cmd[2]).name} failed: {error.stderr.strip().splitlines()[-1]}")
        if args.write:
            write(args.version, themes, folder)
            return
        lines = [line for theme in themes for line in records.moved(records.RECORDED / args.version, folder, theme)]
    for line in lines:
        print(line)
    if lines:
        parser.exit(1)
    print(f"TensorFlow {args.version}: nothing moved in {', '.join(themes)}")


if __name__ == "__main__":
    main()
