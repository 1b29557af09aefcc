"""The language model as a person runs it: what it prints, keeps and refuses, killed and resumed, on several workers."""

import json
import os
import random
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from modern import language_model as program
from tests.commands import command, free_ports, refused, start

SMALL = "--n-hidden 8 --n-embedding 4 --training-iters 20 --display-step 10 --batch-size 20 --seed 1".split()
RUN = "logs/modern/language_model"
ROOT = Path(__file__).resolve().parents[1]


def progress(lines):
    """Returns the reports: step -> its lines. A report that is printed again is the same."""
    found = {}
    for line in lines:
        if step := re.match(r"Iter= (\d+),", line):
            told = found.setdefault(int(step[1]), [])
            told.clear()
        if re.match(r"Iter=|Validation:|Whole text:|\[", line):
            told.append(line.strip())
    return found


def weights(folder):
    """Returns the weights of the model that a run in `folder` kept."""
    return program.load(folder / RUN / "model.keras")[0].get_weights()


# --- what is printed and kept ---


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished small run, started as a person does, in another directory: (folder, process)."""
    folder = tmp_path_factory.mktemp("finished")
    flags = [*SMALL, "--n-words", "4"]
    asked = "had a general\nhad a genral\nhad a\nthe cat ?\n"
    return folder, subprocess.run(command(program, *flags), input=asked, capture_output=True, text=True, cwd=folder)


def test_the_lines(finished):
    folder, run = finished
    numbers = r"Loss= \d+\.\d{6}, (Average )?Accuracy= \d+\.\d\d%, Perplexity= \d+\.\d\d"
    report = [
        rf"Iter= \d0, Average {numbers}",
        rf"Whole text: {numbers}",
        r"\['\S+', '\S+', '\S+'\] - \[\S+\] vs \[\S+\]",
    ]
    patterns = [
        r"Loaded training data\.\.\.",
        r"203 words, 112 of them different",
        r"Seed: 1",
        *report,
        *report,
        r"Optimization Finished!",
        r"Elapsed time:  \d+\.\d sec",
        r"Run on command line\.",
        r"\t\S+ -m tensorboard\.main --logdir " + re.escape(str(folder / "logs")),
        r"Point your web browser to: http://localhost:6006/",
        r"had a general( \S+){4}",
        r"the cat \?( \S+){4}",
    ]
    lines = run.stdout.splitlines()
    assert run.returncode == 0 and len(lines) == len(patterns), run.stdout + run.stderr
    for line, pattern in zip(lines, patterns):
        assert re.fullmatch(pattern, line), line
    assert run.stderr.splitlines() == [
        "Word not in dictionary: 'genral' (nearest: general, signal, easily)",
        "3 words are needed, not 2: 'had a'",
    ]


def test_the_curves(finished):
    folder, run = finished
    told = [re.findall(r"= (\d+\.\d+)", line) for line in run.stdout.splitlines() if line.startswith(("Iter", "Whole"))]
    for run_dir, lines in ((RUN, told[::2]), (f"{RUN}/whole_text", told[1::2])):
        events = EventAccumulator(str(folder / run_dir)).Reload()
        assert set(events.Tags()["tensors"]) >= {"loss", "accuracy", "perplexity"}
        for name, column, factor in (("loss", 0, 1), ("accuracy", 1, 100), ("perplexity", 2, 1)):
            values = [(event.step, float(tf.make_ndarray(event.tensor_proto))) for event in events.Tensors(name)]
            assert [step for step, _ in values] == [10, 20]
            assert [factor * value for _, value in values] == pytest.approx(
                [float(line[column]) for line in lines], abs=0.006
            )
    assert EventAccumulator(str(folder / RUN)).Reload().Tags()["graph"]


def test_a_saved_model_answers_the_same(finished, capsys):
    folder, run = finished
    flags = ["--model", str(folder / RUN / "model.keras"), "--n-words", "4"]
    program.main([*flags, "--prompt", "had a general", "--prompt", "the cat ?"])
    assert capsys.readouterr().out.splitlines() == run.stdout.splitlines()[-2:]
    drawn = []
    for seed in ("1", "1", "2"):
        program.main([*flags, "--prompt", "had a general", "--temperature", "2", "--top-k", "50", "--seed", seed])
        drawn.append(capsys.readouterr().out)
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_folder_in_consecutive_windows(tmp_path, capsys):
    """Everything at once: a folder, few words, streams, held out text, patience."""
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("the cat sat . the dog sat . a cow stood . " * 30)
    flags = f"--text {tmp_path} --vocab-size 6 --stateful --n-input 4 --validation-split 0.2 --patience 2".split()
    program.main([*flags, *SMALL, "--logdir", str(tmp_path / "logs"), "--prompt", "a", "--prompt", "the horse sat ."])
    out = capsys.readouterr().out
    assert "720 words, 6 of them known; 16.7% of the text is not" in out
    assert list(progress(out.splitlines())) == [10, 20] and out.count("Validation: Loss=") == 2
    assert len(out.splitlines()[-2].split()) == 1 + 32 and len(out.splitlines()[-1].split()) == 4 + 32
    assert "[UNK]" not in "".join(out.splitlines()[-2:])


@pytest.mark.parametrize("flags", [[], ["--stateful"], ["--vocab-size", "20"]], ids=["windows", "streams", "few words"])
def test_words_are_asked_for(flags, tmp_path, monkeypatch, capsys):
    """On a terminal, by how many the model reads; where it knows an unknown word, it takes any."""
    asked, typed = [], iter(["had a unheard", "had"])

    def person(question):
        asked.append(question)
        if words := next(typed, None):
            return words
        raise EOFError

    monkeypatch.setattr("builtins.input", person)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    program.main([*SMALL, *flags, "--training-iters", "10", "--n-words", "2", "--logdir", str(tmp_path)])
    out, error = capsys.readouterr()
    assert asked == 3 * ["Some words: " if flags == ["--stateful"] else "3 words: "]
    lengths = [len(line.split()) for line in out.partition("6006/\n")[2].splitlines() if line]
    unheard = "Word not in dictionary: 'unheard'"
    one = "3 words are needed, not 1: 'had'"
    wanted = {"[]": ([], [unheard, one]), "['--stateful']": ([3], [unheard])}.get(str(flags), ([5], [one]))
    assert (lengths, [line.partition(" (")[0] for line in error.splitlines()]) == wanted


# --- what is refused ---


def test_flags_are_refused(capsys, tmp_path):
    assert "'0' is not a whole number above zero" in refused(program, capsys, "--batch-size", "0")
    assert "'1' is not a share from 0 to less than 1" in refused(program, capsys, "--validation-split", "1")
    assert "--patience needs a --validation-split" in refused(program, capsys, "--patience", "3")
    assert "--top-k needs a --temperature" in refused(program, capsys, "--top-k", "3")
    logdir = ("--logdir", tmp_path / "logs")
    assert "No such file" in refused(program, capsys, "--text", tmp_path / "nothing", *logdir)
    (tmp_path / "empty").mkdir()
    assert "without a .txt file" in refused(program, capsys, "--text", tmp_path / "empty", *logdir)
    assert "'genral' (nearest: general" in refused(program, capsys, "--prompt", "had a genral", *logdir)
    assert "One or more words are needed" in refused(program, capsys, "--stateful", "--prompt", "", *logdir)
    assert "51 windows of 3" in refused(program, capsys, "--stateful", "--batch-size", "51", *logdir)
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize(
    "config",
    [
        "{",
        "[]",
        '{"cluster": {"worker": ["localhost:1", "localhost:2"]}}',
        '{"cluster": {"worker": ["localhost:1", "localhost:2"]}, "task": {"type": "worker", "index": 2}}',
        '{"cluster": {"chief": ["localhost:1"], "worker": ["localhost:2"]}, "task": {"type": "chief", "index": 0}}',
    ],
)
def test_another_tf_config_is_refused(config, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("TF_CONFIG", config)
    assert "TF_CONFIG should look like this" in refused(program, capsys, "--logdir", tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


def test_damaged_and_other_runs_are_refused(tmp_path, capsys):
    flags = [*SMALL, "--logdir", str(tmp_path)]
    program.main([*flags, "--prompt", "had a general", "--temperature", "2"])
    run_dir = tmp_path / "modern" / "language_model"
    text = tmp_path / "text.txt"
    text.write_text("one two three four five")
    for others, message in (
        (["--stateful"], "--stateful False, not True"),
        (["--vocab-size", "200"], "--vocab-size None, not 200"),
        (["--text", text], "another text"),
    ):
        assert f"was made with {message}" in refused(program, capsys, *flags, "--resume", *others)
    capsys.readouterr()
    program.main([*flags, "--resume", "--prompt", "had a general", "--n-words", "2"])  # it is asked otherwise
    assert len(capsys.readouterr().out.splitlines()[-1].split()) == 5

    data = run_dir / "ckpt-20.data-00000-of-00001"
    content = data.read_bytes()
    for damaged in (content[:-100], b"", content[:500] + bytes([content[500] ^ 1]) + content[501:]):
        data.write_bytes(damaged)
        assert "ckpt-20 is damaged, or part of it is missing" in refused(program, capsys, *flags, "--resume")
    data.write_bytes(content)
    (run_dir / "checkpoint").write_text("")
    assert "the checkpoint that it names is missing" in refused(program, capsys, *flags, "--resume")


@pytest.mark.parametrize("kept", ["ckpt-20", "best"])
def test_no_room_for_a_checkpoint(kept, tmp_path, capsys):
    """A limit on the size of a file stops it as a full disk would; with room again, the run goes on."""
    text = tmp_path / "text.txt"
    text.write_text("the cat sat . the dog sat . a cow stood . " * 30)  # the last part is soon known as well
    flags = [*SMALL, "--n-hidden", "16", "--text", str(text), "--logdir", str(tmp_path), "--prompt", "the cat sat"]
    flags += ["--validation-split", "0.2", *(["--patience", "9"] if kept == "best" else [])]
    program.main([*flags, "--training-iters", "10"])
    capsys.readouterr()
    run_dir = tmp_path / "modern" / "language_model"
    (run_dir / "checkpoint.tmp1f").touch()  # as a kill leaves it

    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, unlimited[1]))  # Python ignores the signal; writing fails
    try:
        line = refused(program, capsys, *flags, "--resume")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert line == f"language_model.py: {run_dir / kept}: File too large\n"
    assert not [file for file in run_dir.iterdir() if re.search(r"\.tmp|\.tempstate|_temp|^unfinished", file.name)]

    program.main([*flags, "--resume"])
    assert list(progress(capsys.readouterr().out.splitlines())) == [20]


# --- stopped and resumed ---

STOPPED = "--n-hidden 16 --batch-size 10 --stateful --training-iters 400 --display-step 40 --seed 7".split()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """What a run prints and learns that nothing stops: (reports, weights)."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    run = subprocess.run(command(program, *STOPPED), input="", capture_output=True, text=True, cwd=folder)
    assert run.returncode == 0, run.stderr
    return progress(run.stdout.splitlines()), weights(folder)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_a_stopped_run_resumes_as_if_nothing_had_happened(uninterrupted, how, tmp_path):
    wanted, learned = uninterrupted
    process = start(command(program, *STOPPED), tmp_path)
    stopped = []
    for line in process.stdout:
        stopped.append(line)
        if line.startswith("Iter= 160,"):
            process.send_signal(how)
    error = process.stderr.read()
    assert process.wait() == (130 if how == signal.SIGINT else -signal.SIGKILL)
    if how == signal.SIGINT:
        assert error.startswith("\nInterrupted.") and error.endswith(" --resume\n") and error.count("\n") == 3

    again = command(program, *STOPPED, "--resume")
    resumed = subprocess.run(again, input="", capture_output=True, text=True, cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    before, after = progress(stopped), progress(resumed.stdout.splitlines())
    assert min(after) in (160, 200)  # from the last report that was kept
    before.pop(160)  # it was being printed
    assert before | after == wanted
    assert all(np.array_equal(*pair) for pair in zip(weights(tmp_path), learned))


# --- several devices ---


def start_worker(index, addresses, flags, folder, **streams):
    """Starts one of the workers at `addresses`, in a directory of its own below `folder`."""
    task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    (folder / str(index)).mkdir(exist_ok=True)
    return start(
        command(program, *flags), folder / str(index), env=os.environ | {"TF_CONFIG": json.dumps(task)}, **streams
    )


def run_workers(flags, folder, count=2):
    """Runs workers to their end; returns the lines of the first."""
    addresses = [f"localhost:{port}" for port in free_ports(count)]
    processes = [start_worker(index, addresses, flags, folder) for index in range(count)]
    (lines, error), *others = [process.communicate() for process in processes]
    assert error == "", error
    for out, error in others:
        waited = r"Waiting for all 2 workers; this is worker 1\.\n"
        assert (
            re.fullmatch(waited + r"Optimization Finished!\nElapsed time:  \d+\.\d (sec|min)\n", out) and error == ""
        ), error
    assert [process.returncode for process in processes] == [0] * count
    return lines.splitlines()


SHARED = "--n-hidden 16 --batch-size 20 --stateful --training-iters 100 --display-step 10 --seed 3 --prompt had".split()


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory):
    """What two workers print and learn that nothing stops: (reports, weights, folder)."""
    folder = tmp_path_factory.mktemp("two_workers")
    return progress(run_workers(SHARED, folder)), weights(folder / "0"), folder


def test_two_workers_follow_one(two_workers, tmp_path):
    """Two workers with half a batch each, over loopback, and one with all of it, for 100 steps."""
    both, learned, folder = two_workers
    one = subprocess.run(command(program, *SHARED), capture_output=True, text=True, cwd=tmp_path)
    alone = progress(one.stdout.splitlines())
    losses = [[float(re.search(r"Loss= (\S+),", told[0])[1]) for told in found.values()] for found in (both, alone)]
    assert len(losses[0]) == 10
    assert np.abs(np.subtract(*losses)).max() < 1e-4  # measured: 2e-6
    assert max(np.abs(a - b).max() for a, b in zip(learned, weights(tmp_path))) < 1e-4  # measured: 5e-7
    assert not (folder / "1" / "logs").exists()  # worker 0 keeps the run, alone


MIRRORED = """
import json, sys
import tensorflow as tf
from modern import language_model as program
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]) if sys.argv[1] == "2" else None
text = program.read_data(program.TRAINING_FILE)
_, settings = program.parse_arguments("--training-iters 40 --display-step 10 --batch-size 20 --seed 2".split())
settings.stateful = sys.argv[2] == "stateful"
history, _ = program.train(*text, settings, strategy=strategy)
print(json.dumps(history["loss"] + history["asked_loss"]))
"""


@pytest.mark.parametrize("mode", ["stateful", "windows"])
def test_two_devices_follow_one(mode):
    """One process on two devices, as on two GPUs."""
    losses = []
    for count in ("1", "2"):
        run = subprocess.run([sys.executable, "-c", MIRRORED, count, mode], capture_output=True, text=True, cwd=ROOT)
        assert run.returncode == 0, run.stderr
        losses.append(json.loads(run.stdout.splitlines()[-1]))
    assert np.abs(np.subtract(*losses)).max() < 1e-4  # measured: 1e-6


def test_an_address_that_is_taken_is_refused(tmp_path):
    with socket.create_server(("localhost", 0)) as server:
        address = f"localhost:{server.getsockname()[1]}"
        _, error = start_worker(0, [address, "localhost:1"], SMALL, tmp_path).communicate()
    assert error == f"language_model.py: TF_CONFIG: worker 0 cannot listen at {address}\n"


def test_ctrl_c_ends_the_waiting(tmp_path):
    worker = start_worker(1, [f"localhost:{port}" for port in free_ports(2)], SMALL, tmp_path)
    assert worker.stdout.readline() == "Waiting for all 2 workers; this is worker 1.\n"
    time.sleep(1)  # into TensorFlow, which hears no Ctrl-C
    worker.send_signal(signal.SIGINT)
    assert worker.wait(60) == -signal.SIGINT  # which a shell, too, calls 130


def test_a_batch_that_cannot_be_shared_is_refused(tmp_path):
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    processes = [start_worker(index, addresses, ["--batch-size", "15"], tmp_path) for index in (0, 1)]
    for process in processes:
        _, error = process.communicate()
        assert error == "language_model.py: a batch of 15 windows cannot be shared evenly by 2 devices\n"
        assert process.returncode == 2


def test_workers_with_other_flags_are_refused(tmp_path):
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    chief = start_worker(0, addresses, SMALL, tmp_path)
    other = start_worker(1, addresses, [*SMALL, "--n-hidden", "9"], tmp_path)
    assert other.communicate()[1] == (
        "language_model.py: this worker was started with other flags, or on another text, than worker 0\n"
    )
    assert other.returncode == 2
    # Worker 0 waits until it is started with the same ones.
    other = start_worker(1, addresses, SMALL, tmp_path)
    assert "Optimization Finished!" in other.communicate()[0]
    out, error = chief.communicate()
    assert error == "A worker was lost. Waiting for it to be started again.\n"
    assert "Optimization Finished!" in out


def run_with_losses(flags, folder, losses):
    """Runs two workers; `losses` are (index, report): that worker is killed at worker 0's so-manieth report, and
    started again. Returns all lines of worker 0, and the workers' last words on standard error."""
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    workers = [start_worker(index, addresses, flags, folder) for index in (0, 1)]
    lines = []
    for index, report in losses:
        seen = 0
        for line in workers[0].stdout:
            lines.append(line)
            seen += line.startswith("Iter=")
            if seen == report:
                break
        workers[index].kill()
        if index == 0:
            lines += workers[0].stdout
        workers[index].wait()
        workers[index] = start_worker(index, addresses, [*flags, "--resume"], folder)
    out, error = workers[0].communicate()
    lines += out.splitlines()
    workers[1].communicate()
    assert [worker.returncode for worker in workers] == [0, 0], error
    return lines


def test_a_lost_worker_comes_back(two_workers, tmp_path):
    lines = run_with_losses(SHARED, tmp_path, [(1, 2), (0, 3)])
    assert progress(lines) == two_workers[0]
    assert all(np.array_equal(*pair) for pair in zip(weights(tmp_path / "0"), two_workers[1]))


@pytest.mark.slow
def test_twenty_losses(tmp_path):
    """Either worker is killed, twenty times, at any moment: starting, learning, or keeping."""
    flags = "--n-hidden 16 --batch-size 20 --stateful --training-iters 80000 --display-step 100 --seed 3".split()
    wanted = progress(run_workers(flags, tmp_path))
    learned = weights(tmp_path / "0")

    rng = random.Random(20)
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    folder = tmp_path / "lossy"
    folder.mkdir()
    told = (folder / "told").open("a+")

    def start_again(index):
        resume = ["--resume"] if (folder / "0" / RUN / "run.json").exists() else []
        return start_worker(index, addresses, [*flags, *resume], folder, stdout=told, stderr=told)

    workers = [start_again(0), start_again(1)]
    for _ in range(20):
        time.sleep(rng.uniform(2, 14))  # two workers need about eight seconds to find one another and begin
        index = rng.randrange(2)
        assert workers[index].poll() is None, "the run ended before it was killed so often"
        workers[index].kill()
        workers[index].wait()
        workers[index] = start_again(index)
    assert [worker.wait() for worker in workers] == [0, 0]
    told.seek(0)
    assert progress(told.read().splitlines()) == wanted
    assert all(np.array_equal(*pair) for pair in zip(weights(folder / "0"), learned))
