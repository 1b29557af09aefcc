"""Programs timed in turn, each as a process of its own; what the benchmarks share.

A contender prints lines `Iter N` or `Iter= N` as it goes. The time between its first such line and its last,
over the iterations between them, is its time per iteration. What comes before the first (loading, compiling)
is `start`: that time less the iterations' own. Rounds go through all contenders in turn, so that a change in
the machine's speed meets all of them.
"""

import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def measure(command, folder):
    """Runs a contender; returns (seconds per iteration, seconds of start, peak memory in MB)."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    reports = []
    for line in process.stdout:
        if found := re.match(r"Iter=? (\d+)", line):
            reports.append((int(found[1]), time.perf_counter()))
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{command} ended with status {status}")
    (first, first_time), (last, last_time) = reports[0], reports[-1]
    iteration = (last_time - first_time) / (last - first)
    return iteration, first_time - begin - first * iteration, usage.ru_maxrss / 1000


def compare(commands, rounds):
    """Measures every contender `rounds` times; returns name -> list of what `measure` returns."""
    measured = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            for name, command in commands.items():
                measured[name].append(measure(command, folder))
                print(f"round {number + 1}: {name}, {1000 * measured[name][-1][0]:.4g} ms", file=sys.stderr)
    return measured


def print_table(title, measured, per_step=1, reference="legacy"):
    """Prints the medians, as Markdown; a step is `per_step` iterations, ratios are to the `reference`."""
    rounds = len(measured[reference])
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"medians of {rounds} rounds; of {reference}: median of the ratios within a round\n")
    rate, line = (" images/s |", "---:|") if per_step > 1 else ("", "")
    print(f"| {title} | ms |{rate} of {reference} | lowest to highest ms | start, s | memory, MB |")
    print(f"|---|---:|{line}---:|---:|---:|---:|")
    for name, rows in measured.items():
        iterations, starts, memory = zip(*rows)
        steps = [1000 * per_step * iteration for iteration in iterations]  # milliseconds
        step = statistics.median(steps)
        ratio = statistics.median(new / old[0] for new, old in zip(iterations, measured[reference]))
        rate = f" {1000 * per_step / step:.0f} |" if per_step > 1 else ""
        print(
            f"| {name} | {step:.2f} |{rate} {ratio:.2f} | {min(steps):.2f} to {max(steps):.2f} "
            f"| {statistics.median(starts):.1f} | {statistics.median(memory):.0f} |"
        )
