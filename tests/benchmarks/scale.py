"""How the programs grow: texts of 10^3 to 10^7 words, vocabularies of 10^2 to 10^5, one worker and two.

    python -m tests.benchmarks.scale [--rounds 3] [--plot docs/scale.png]

The texts are made here: words drawn by Zipf's law, the n-th word as often as 1 / n. legacy is story_rnn.py, one
window a step; modern is language_model.py, 50 windows a step; each with its own defaults. How a step is timed:
side_by_side.py. A slope is that of the logarithms: 0 is constant, 1 is proportional.
"""

import argparse
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.side_by_side import ROOT, compare
from tests.commands import free_ports

SIDES = ("legacy", "modern")
LENGTHS = [10**3, 10**4, 10**5, 10**6, 10**7]  # words in the text; of these vocabularies:
FEW_WORDS = 1000
VOCABULARIES = [10**2, 10**3, 10**4, 10**5]  # in a text of this length:
LENGTH = 10**6
# Steps between the two reports that a step is timed by, for each vocabulary; so many again come before the first.
STEPS = {
    "legacy": {10**2: 400, 10**3: 400, 10**4: 100, 10**5: 20},
    "modern": {10**2: 2000, 10**3: 1000, 10**4: 200, 10**5: 40},
}
# A model whose updates are worth sharing: 256 windows of 32 words, 256 units; vocabulary -> steps, as above.
SHARED = "--stateful --n-input 32 --n-hidden 256 --n-embedding 128 --batch-size 256 --learning-rate 0.001".split()
SHARED_WINDOWS, SHARED_STEPS = 256, {10**3: 100, 10**4: 5}


def write_text(path, length, vocab_size):
    """Writes a text of `length` words; each of the `vocab_size` words is in it, as far as it is long enough."""
    rng = np.random.default_rng(0)
    share = np.cumsum(1 / np.arange(1, vocab_size + 1))
    numbers = np.searchsorted(share / share[-1], rng.random(length))
    numbers[:vocab_size] = rng.permutation(vocab_size)[:length]
    with open(path, "w") as file:
        for part in np.array_split(numbers, 1 + length // 10**6):
            file.write(" ".join(f"word{number}" for number in part) + "\n")


def load(side, path):
    """Prints the seconds that reading a text takes, and the bytes that it takes at most, as JSON."""
    if side == "legacy":
        from legacy import story_rnn as program
    else:
        from modern import language_model as program

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    if side == "legacy":
        words = program.read_data(path, program.N_INPUT)
        program.build_dataset(words)
    else:
        program.read_data(path)
    seconds = time.perf_counter() - begin
    print(json.dumps([seconds, 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)]))


def learn(flags):
    """Runs the modern program without what it asks of a short text at its reports: only its steps are timed."""
    from modern import console, language_model

    language_model.ask = lambda *args: (1.0, 0.0)
    console.start(lambda: language_model.main(flags), language_model.XLA_FLAGS)


def loads(texts, rounds):
    """Returns (side, size) -> [MB a second, bytes of memory for a byte of text], medians of several processes in turn.

    `texts`: size -> the text's file.
    """
    command = [sys.executable, "-m", "tests.benchmarks.scale", "--load"]
    found = {}
    for _ in range(rounds):
        for (size, path), side in itertools.product(texts.items(), SIDES):
            done = subprocess.run([*command, side, path], cwd=ROOT, capture_output=True, text=True, check=True)
            seconds, memory = json.loads(done.stdout)
            n_bytes = path.stat().st_size
            found.setdefault((side, size), []).append((n_bytes / seconds / 1e6, memory / n_bytes))
    return {contender: np.median(rows, axis=0).tolist() for contender, rows in found.items()}


def steps(texts, vocab_sizes, rounds):
    """Returns (side, size) -> (seconds to the first step, ms a step), medians of several processes in turn.

    `texts`: size -> the text's file; `vocab_sizes`: how many different words are in each.
    """
    commands = {}
    for (size, path), vocab_size in zip(texts.items(), vocab_sizes):
        with open(path) as text:
            prompt = " ".join(text.read(100).split()[:3])
        for side in SIDES:
            count = STEPS[side][vocab_size]
            flags = ["--text", path, "--display-step", count, "--training-iters", 2 * count, "--seed", 1]
            start = [ROOT / "legacy/story_rnn.py"] if side == "legacy" else ["-m", "tests.benchmarks.scale", "--learn"]
            commands[side, size] = list(map(str, [sys.executable, *start, *flags, "--prompt", prompt]))
    measured = compare(commands, rounds)
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in measured.items()}
    return {name: (start, 1000 * step) for name, (step, start, _) in medians.items()}


def columns_of(measured, quantities):
    """Returns the columns of a table, "side quantity" -> a value for each size, of (side, size) -> its values."""
    return {
        f"{side} {quantity}": [values[number] for (of, _), values in measured.items() if of == side]
        for number, quantity in enumerate(quantities)
        for side in SIDES
    }


def workers(path, steps_timed, rounds):
    """Returns (windows a second of one worker on one core, of two workers on two cores, their ratio), medians."""
    flags = ["--text", path, *SHARED, "--display-step", str(steps_timed), "--training-iters", str(2 * steps_timed)]
    flags = [sys.executable, str(ROOT / "modern/language_model.py"), *flags, "--seed", "1", "--prompt", "word0"]
    rates = []
    for number in range(rounds):
        for count in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                addresses = [f"localhost:{port}" for port in free_ports(count)]
                processes = []
                for index in range(count):
                    task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
                    processes.append(
                        subprocess.Popen(
                            flags, cwd=folder, env={**os.environ, "TF_CONFIG": json.dumps(task)},
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                            preexec_fn=lambda core=index: os.sched_setaffinity(0, {core}),
                        )
                    )  # fmt: skip
                times = [time.perf_counter() for line in processes[0].stdout if line.startswith("Iter=")]
                if any(process.wait() for process in processes):
                    raise RuntimeError(f"a worker of {count} failed")
                rates.append(SHARED_WINDOWS * steps_timed / (times[1] - times[0]))
        print(f"round {number + 1}: {rates[-2]:.0f}, {rates[-1]:.0f} windows a second", file=sys.stderr)
    one, two = np.array(rates[::2]), np.array(rates[1::2])
    return float(np.median(one)), float(np.median(two)), float(np.median(two / one))


def slope(sizes, values):
    """Returns the slope of the line through the logarithms."""
    return np.polyfit(np.log(sizes), np.log(values), 1)[0]


def print_rows(title, sizes, columns):
    """Prints a Markdown table with a row a size, and the slopes below. `columns`: name -> values."""
    print(f"\n| {title} | " + " | ".join(columns) + " |\n|---:|" + "---:|" * len(columns))
    for row, size in enumerate(sizes):
        cells = [f"{values[row]:.3g}" for values in columns.values()]
        print(f"| 10^{np.log10(size):.0f} | " + " | ".join(cells) + " |")
    slopes = [f"{round(slope(sizes, values), 2) + 0:.2f}" for values in columns.values()]
    print("| slope | " + " | ".join(slopes) + " |")


def draw(file, lengths, by_length, vocabularies, by_vocabulary):
    """Draws both tables, a panel a quantity."""
    import matplotlib.pyplot as plt
    from matplotlib import ticker

    figure, axes = plt.subplots(1, 4, figsize=(13, 3.4), layout="constrained")
    panels = [
        ("Loading, MB a second", lengths, by_length, "load, MB/s"),
        ("Loading, bytes of memory\nfor a byte of text", lengths, by_length, "memory, B/B"),
        ("A step, ms", lengths, by_length, "step, ms"),
        ("A step, ms", vocabularies, by_vocabulary, "step, ms"),
    ]
    for axis, (title, sizes, columns, quantity) in zip(axes, panels):
        for side, color in (("legacy", "tab:orange"), ("modern", "tab:blue")):
            axis.plot(sizes, columns[f"{side} {quantity}"], "o-", color=color, label=side)
        axis.set(title=title, xlabel="words in the text" if sizes is lengths else "words known")
        axis.set(xscale="log", yscale="log")
        axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
        axis.yaxis.set_minor_locator(ticker.NullLocator())
        axis.grid(alpha=0.3)
    axes[0].legend()
    figure.savefig(file, dpi=100)


def main():
    parser = argparse.ArgumentParser(description="Time how the programs grow with the text and the vocabulary.")
    parser.add_argument("--rounds", type=int, default=3, help="times through all contenders (%(default)s)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draws the tables, too")
    parser.add_argument("--load", nargs=2, help=argparse.SUPPRESS)  # the process that reads a text
    parser.add_argument("--learn", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)  # the process that learns one
    args = parser.parse_args()
    if args.load:
        load(*args.load)
        return
    if args.learn:
        learn(args.learn)
        return

    with tempfile.TemporaryDirectory() as folder:
        texts = {length: Path(folder) / f"{length}.txt" for length in LENGTHS}
        for length, path in texts.items():
            write_text(path, length, FEW_WORDS)
        stepped = steps(texts, [FEW_WORDS] * len(texts), args.rounds)
        by_length = columns_of(loads(texts, args.rounds), ("load, MB/s", "memory, B/B"))
        by_length |= columns_of(stepped, ("to first step, s", "step, ms"))
        print_rows("words in the text", LENGTHS, by_length)

        texts = {vocab_size: Path(folder) / f"{vocab_size}_words.txt" for vocab_size in VOCABULARIES}
        for vocab_size, path in texts.items():
            write_text(path, LENGTH, vocab_size)
        by_vocabulary = columns_of(steps(texts, VOCABULARIES, args.rounds), ("to first step, s", "step, ms"))
        print_rows("words known", VOCABULARIES, by_vocabulary)
        if args.plot:
            draw(args.plot, LENGTHS, by_length, VOCABULARIES, by_vocabulary)

        path = Path(folder) / "shared.txt"
        shared = []
        for vocab_size, steps_timed in SHARED_STEPS.items():
            write_text(path, LENGTH, vocab_size)
            shared.append((vocab_size, *workers(str(path), steps_timed, args.rounds)))

    print("\n| words known | one worker, one core, windows/s | two workers, two cores | times as many |")
    print("|---:|---:|---:|---:|")
    for vocab_size, one, two, ratio in shared:
        print(f"| {vocab_size} | {one:.0f} | {two:.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
