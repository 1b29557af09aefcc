"""The digit readers as a person runs them: what they print, keep and refuse, killed and resumed."""

import gzip
import hashlib
import http.server
import json
import re
import signal
import socket
import subprocess
import threading

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from legacy import input_data
from legacy import mnist_rnn as legacy
from modern import mnist_data
from modern import mnist_rnn as modern
from tests.commands import command, joined, refused, reports, side, start
from tests.test_mnist_rnn import write_idx_files

SIDES = pytest.mark.parametrize("data", [input_data, mnist_data], ids=["legacy", "modern"])
PROGRAMS = pytest.mark.parametrize("program", [legacy, modern], ids=["legacy", "modern"])
SMALL = ["--n-hidden", "8", "--training-iters", "2600", "--seed", "1"]  # 20 steps and a bit
DIGITS = ["--dataset", "digits"]


def data_of(program):
    return input_data if program is legacy else mnist_data


def saved_model(program, logdir):
    """Returns the file that --model takes after a run of 20 steps in `logdir`."""
    run_dir = logdir / side(program) / "mnist_rnn"
    return run_dir / ("model.ckpt-20" if program is legacy else "mnist.keras")


@pytest.fixture(scope="module", params=[legacy, modern], ids=["legacy", "modern"])
def finished(request, tmp_path_factory):
    """A finished small run, started as a person does, in another directory: (program, logdir, process)."""
    folder = tmp_path_factory.mktemp(side(request.param))
    run = subprocess.run(command(request.param, *SMALL, *DIGITS), capture_output=True, text=True, cwd=folder)
    return request.param, folder / "logs", run


@pytest.fixture
def small_set(tmp_path):
    """A directory of four IDX files: 100 images of 28 x 28 to learn, 30 to test."""
    folder = tmp_path / "small"
    folder.mkdir()
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (130, 28, 28), "uint8"), rng.integers(0, 10, 130).astype("uint8")
    write_idx_files(folder, (images[:100], labels[:100]), (images[100:], labels[100:]))
    return folder


@pytest.fixture
def server(tmp_path):
    """A directory and the address that serves its files."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=folder)

        def log_message(self, *args):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{httpd.server_port}/"
    httpd.shutdown()
    httpd.server_close()


# --- what is printed and kept ---


def test_the_documents_lines(finished):
    program, logdir, run = finished
    assert run.returncode == 0
    assert run.stderr == ""
    patterns = [
        r"Seed: 1",
        r"Iter 1280, Minibatch Loss= \d+\.\d{6}, Training Accuracy= [01]\.\d{5}",
        r"Iter 2560, Minibatch Loss= \d+\.\d{6}, Training Accuracy= [01]\.\d{5}",
        r"Optimization Finished!",
        r"Testing Accuracy: [01]\.\d{5}",
        r"Testing Accuracy, all 299 images: [01]\.\d{5}",
        r"Elapsed time:  \d+\.\d sec",
        r"Run on command line\.",
        r"\t\S+ -m tensorboard\.main --logdir " + re.escape(str(logdir)),
        r"Point your web browser to: http://localhost:6006/",
    ]
    lines = run.stdout.splitlines()
    assert len(lines) == len(patterns), run.stdout
    for line, pattern in zip(lines, patterns):
        assert re.fullmatch(pattern, line), line


def test_what_is_kept(finished):
    program, logdir, _ = finished
    names = {file.name for file in (logdir / side(program) / "mnist_rnn").iterdir()}
    if program is legacy:
        parts = ("index", "data-00000-of-00001")
        kept = {"run.json", "checkpoint", *(f"model.ckpt-{step}.{part}" for step in (10, 20) for part in parts)}
    else:
        kept = {"run.json", "checkpoint.npz", "mnist.keras"}
    assert {name for name in names if not name.startswith("events.out.tfevents")} == kept


def test_the_pictures(finished):
    program, logdir, _ = finished
    events = EventAccumulator(str(logdir / side(program) / "mnist_rnn")).Reload()
    tags = [tag for tag in events.Tags()["tensors"] if tag not in ("loss", "accuracy")]
    assert tags == ([] if program is legacy else ["misread", "confusion"])
    for tag in tags:
        [event] = events.Tensors(tag)
        _, _, png = event.tensor_proto.string_val  # width, height, picture
        assert event.step == 20 and png.startswith(b"\x89PNG")


def test_a_saved_model_answers_the_same(finished, capsys):
    program, logdir, run = finished
    program.main(["--model", str(saved_model(program, logdir)), *DIGITS])
    assert capsys.readouterr().out.splitlines() == run.stdout.splitlines()[-6:-4]


@PROGRAMS
def test_a_drawn_seed_is_printed_and_repeats_the_run(program, tmp_path, capsys):
    flags = ["--n-hidden", "4", "--training-iters", "1280", *DIGITS, "--logdir", str(tmp_path)]
    program.main(flags)
    first = capsys.readouterr().out
    seed = re.search(r"Seed: (\d+)", first).group(1)
    program.main([*flags, "--seed", seed])
    assert reports(first.splitlines()) == reports(capsys.readouterr().out.splitlines()) != []
    assert (tmp_path / side(program) / "mnist_rnn-1" / "run.json").exists()  # the first run moved aside


@PROGRAMS
@pytest.mark.parametrize("cell", legacy.CELLS)
@pytest.mark.parametrize("batch_size", ["1", "7"])
def test_other_images(program, cell, batch_size, tmp_path, capsys):
    """Images of another size, with fewer classes, in the IDX form, in batches of any size."""
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (20, 5, 6), "uint8"), rng.integers(0, 3, 20).astype("uint8")
    write_idx_files(tmp_path, (images, labels), (images[:4], labels[:4]), suffix="")
    sizes = ["--n-steps", "5", "--n-input", "6", "--n-classes", "3", "--n-hidden", "4", "--batch-size", batch_size]
    run = ["--training-iters", "40", "--display-step", "5", "--cell", cell, "--logdir", str(tmp_path / "logs")]
    program.main(["--data-dir", str(tmp_path), *sizes, *run])
    out = capsys.readouterr().out
    assert len(reports(out.splitlines())) == 40 // int(batch_size) // 5
    assert "all 4 images" in out


# --- what is refused ---


@PROGRAMS
def test_no_network_and_no_data(program, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(data_of(program), "MNIST_URL", "http://127.0.0.1:9/mnist.npz")  # nothing listens there
    line = refused(program, capsys, "--logdir", tmp_path / "logs")
    assert "http://127.0.0.1:9/mnist.npz cannot be downloaded" in line
    assert "--dataset digits" in line and "--data-dir" in line
    assert not any(tmp_path.rglob("*.npz")) and not (tmp_path / "logs").exists()


@SIDES
def test_a_server_that_never_answers(data):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/mnist.npz"
        reason = str(data.answers(url, seconds=0.2))  # the socket's own, or the thread's that waits for it
        assert "timed out" in reason or "no answer" in reason


@PROGRAMS
def test_a_wrong_download_is_not_kept(program, server, tmp_path, monkeypatch, capsys):
    folder, address = server
    (folder / "mnist.npz").write_bytes(b"not what it should be")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(data_of(program), "MNIST_URL", address + "mnist.npz")
    line = refused(program, capsys, "--logdir", tmp_path / "logs")
    assert "cannot be downloaded" in line and "hash" in line and "--dataset digits" in line
    assert not (tmp_path / "home" / "datasets" / "mnist.npz").exists()


@SIDES
def test_mnist_is_downloaded_once(data, server, tmp_path, monkeypatch, capsys):
    folder, address = server
    train, test = input_data.load_digits()
    np.savez(folder / "mnist.npz", x_train=train[0], y_train=train[1], x_test=test[0], y_test=test[1])
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(data, "MNIST_URL", address + "mnist.npz")
    monkeypatch.setattr(data, "MNIST_SHA256", hashlib.sha256((folder / "mnist.npz").read_bytes()).hexdigest())
    assert np.array_equal(data.load_mnist()[1][0], test[0])
    (folder / "mnist.npz").unlink()
    assert np.array_equal(data.load_mnist()[0][1], train[1])
    assert capsys.readouterr() == ("", "")  # progress is for a terminal


def test_read_data_sets_downloads(server, small_set, tmp_path, monkeypatch):
    folder, address = server
    for name in input_data.IDX_FILES:
        content = (small_set / name).read_bytes()
        (folder / name).write_bytes(content)
        monkeypatch.setitem(input_data.IDX_FILES, name, hashlib.sha256(content).hexdigest())
    mnist = input_data.read_data_sets(str(tmp_path / "MNIST_data"), one_hot=True, source_url=address)
    assert [part.num_examples for part in mnist] == [92, 8, 30]
    assert sorted(file.name for file in (tmp_path / "MNIST_data").iterdir()) == sorted(input_data.IDX_FILES)

    monkeypatch.setitem(input_data.IDX_FILES, "t10k-images-idx3-ubyte.gz", "0" * 64)
    with pytest.raises(input_data.InputError, match="t10k-images-idx3-ubyte.gz cannot be downloaded"):
        input_data.read_data_sets(tmp_path / "other", source_url=address)
    assert not (tmp_path / "other" / "t10k-images-idx3-ubyte.gz").exists()


@PROGRAMS
def test_damaged_idx_files_are_refused(program, small_set, capsys):
    path = small_set / "t10k-images-idx3-ubyte.gz"
    whole = path.read_bytes()
    content = gzip.decompress(whole)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    for bytes_now, message in (
        (whole[: len(whole) // 2], "is damaged"),
        (bytes(flipped), "is damaged"),
        (b"no gzip", "is damaged"),
        (gzip.compress(content[:-1]), "is damaged: 23519 bytes where its header says 23520"),
        (gzip.compress(content + b"\0"), "is damaged: 23521 bytes where its header says 23520"),
        (gzip.compress(b"\0\0\x08\x01" + content[4:]), "does not begin with 2051"),
        (gzip.compress(b""), "does not begin with 2051"),
    ):
        path.write_bytes(bytes_now)
        line = refused(program, capsys, "--data-dir", small_set)
        assert str(path) in line and message in line
    path.unlink()
    line = refused(program, capsys, "--data-dir", small_set)
    assert "holds neither t10k-images-idx3-ubyte.gz nor t10k-images-idx3-ubyte" in line


@PROGRAMS
def test_images_that_do_not_fit_are_refused(program, small_set, capsys, tmp_path):
    data = ["--data-dir", small_set, "--logdir", tmp_path / "logs"]
    assert "the images are 28x28; --n-steps 14 and --n-input 28 want 14x28" in refused(
        program, capsys, *data, "--n-steps", "14"
    )
    assert "with --n-classes 5 the highest is 4" in refused(program, capsys, *data, "--n-classes", "5")
    assert "--training-iters 100 is less than one batch of 128" in refused(
        program, capsys, *data, "--training-iters", "100"
    )
    labels = small_set / "train-labels-idx1-ubyte.gz"
    content = gzip.decompress(labels.read_bytes())
    labels.write_bytes(gzip.compress(content[:4] + (99).to_bytes(4, "big") + content[8:-1]))
    assert "holds 100 train-images and 99 train-labels" in refused(program, capsys, *data)
    assert not (tmp_path / "logs").exists()


@PROGRAMS
def test_flags_are_refused(program, capsys):
    assert "invalid choice: 'lstn'" in refused(program, capsys, "--cell", "lstn")
    assert "not allowed with" in refused(program, capsys, *DIGITS, "--data-dir", "x")


def test_missing_and_damaged_models_are_refused(finished, tmp_path, capsys):
    program, logdir, _ = finished
    assert "nothing" in refused(program, capsys, "--model", tmp_path / "nothing", *DIGITS)
    for file in saved_model(program, logdir).parent.iterdir():
        content = file.read_bytes()
        damaged = file.name in ("mnist.keras", "model.ckpt-20.data-00000-of-00001")
        (tmp_path / file.name).write_bytes(content[: len(content) // 2] if damaged else content)
    assert "damaged" in refused(program, capsys, "--model", tmp_path / saved_model(program, logdir).name, *DIGITS)


# --- interrupted and resumed ---


@PROGRAMS
def test_nothing_to_resume(program, tmp_path, capsys):
    assert "holds no run to resume" in refused(program, capsys, *DIGITS, "--resume", "--logdir", tmp_path)
    assert not any(tmp_path.iterdir())


def test_resuming_another_run_is_refused(finished, small_set, capsys):
    program, logdir, _ = finished
    for flags, message in (
        (["--n-hidden", "9"], "--n-hidden 8, not 9"),
        (["--cell", "gru"], "--cell lstm, not gru"),
        (["--batch-size", "64"], "--batch-size 128, not 64"),
        (["--seed", "2"], "--seed 1, not 2"),
        (["--learning-rate", "0.1"], "--learning-rate 0.001, not 0.1"),
    ):
        line = refused(program, capsys, *SMALL, *DIGITS, "--logdir", logdir, "--resume", *flags)
        assert f"was made with {message}" in line
    line = refused(program, capsys, *SMALL, "--data-dir", small_set, "--logdir", logdir, "--resume")
    assert "was made with other images" in line


@PROGRAMS
def test_damaged_checkpoints_are_refused(program, tmp_path, capsys):
    flags = [*SMALL, *DIGITS, "--logdir", str(tmp_path)]
    program.main(flags)
    run_dir = tmp_path / side(program) / "mnist_rnn"
    checkpoint = run_dir / ("model.ckpt-20.data-00000-of-00001" if program is legacy else "checkpoint.npz")
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content[: len(content) // 2])
    assert "is damaged" in refused(program, capsys, *flags, "--resume")
    checkpoint.write_bytes(content)

    # Another shape than run.json says.
    settings = dict(json.loads((run_dir / "run.json").read_text()), n_hidden=9)
    del settings["crc32"]
    program.runs.write_run(run_dir, settings)
    assert "another shape" in refused(program, capsys, *flags, "--resume", "--n-hidden", "9")

    (run_dir / "run.json").write_text("{")
    assert "run.json" in refused(program, capsys, *flags, "--resume")


STOPPED = [*DIGITS, "--n-hidden", "16", "--training-iters", "19200", "--display-step", "10", "--seed", "7"]


@PROGRAMS
def test_a_stopped_run_resumes_as_if_nothing_had_happened(program, tmp_path):
    """Stopped by Ctrl-C, resumed, stopped by kill -9, resumed: the reports and the end of a run that nothing stops."""
    flags = [*STOPPED]
    run = subprocess.run(command(program, *flags, "--logdir", "whole"), capture_output=True, text=True, cwd=tmp_path)
    whole = run.stdout.splitlines()
    before, wanted = [], reports(whole)
    for at, how, resume in (("Iter 6400,", signal.SIGINT, []), ("Iter 12800,", signal.SIGKILL, ["--resume"])):
        process = start(command(program, *flags, *resume), tmp_path)
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith(at):  # printed and about to be kept: the signal falls into that, or after it
                process.send_signal(how)
        error = process.stderr.read()
        if how == signal.SIGINT:
            assert process.wait() == 130
            assert error.startswith("\nInterrupted.") and error.endswith(" --resume\n") and error.count("\n") == 3
        else:
            assert process.wait() == -signal.SIGKILL
        before = joined(before, reports(lines))
        assert before == wanted[: len(before)] and len(before) < len(wanted)

    resumed = subprocess.run(command(program, *flags, "--resume"), capture_output=True, text=True, cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert joined(before, reports(resumed.stdout.splitlines())) == wanted
    tested = [line for line in whole if line.startswith("Testing Accuracy")]
    assert [line for line in resumed.stdout.splitlines() if line.startswith("Testing Accuracy")] == tested
