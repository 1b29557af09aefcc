"""The story programs as a person runs them: what they print, keep and refuse, killed and resumed."""

import json
import re
import signal
import subprocess

import pytest

from legacy import story_rnn as legacy
from modern import story_rnn as modern
from tests.commands import command, joined, refused, reports, side, start

PROGRAMS = pytest.mark.parametrize("program", [legacy, modern], ids=["legacy", "modern"])
SMALL = ["--n-hidden", "8", "--training-iters", "20", "--display-step", "10", "--seed", "1"]


def saved_model(program, logdir, step=20):
    """Returns the file that --model takes after a run in `logdir`."""
    run_dir = logdir / side(program) / "story_rnn"
    return run_dir / (f"model.ckpt-{step}" if program is legacy else "story.keras")


@pytest.fixture(scope="module", params=[legacy, modern], ids=["legacy", "modern"])
def finished(request, tmp_path_factory):
    """A finished small run, started as a person does, in another directory: (program, logdir, process)."""
    folder = tmp_path_factory.mktemp(side(request.param))
    run = subprocess.run(
        command(request.param, *SMALL, "--n-words", "4"),
        input="had a general\nhad a genral\nhad a\nthe cat ?\n",
        capture_output=True,
        text=True,
        cwd=folder,
    )
    return request.param, folder / "logs", run


# --- what is printed ---


def test_the_documents_lines(finished):
    program, logdir, run = finished
    assert run.returncode == 0
    patterns = [
        r"Loaded training data\.\.\.",
        r"Seed: 1",
        r"Iter= 10, Average Loss= \d+\.\d{6}, Average Accuracy= \d+\.\d\d%",
        r"\['\S+', '\S+', '\S+'\] - \[\S+\] vs \[\S+\]",
        r"Iter= 20, Average Loss= \d+\.\d{6}, Average Accuracy= \d+\.\d\d%",
        r"\['\S+', '\S+', '\S+'\] - \[\S+\] vs \[\S+\]",
        r"Optimization Finished!",
        r"Elapsed time:  \d+\.\d sec",
        r"Run on command line\.",
        r"\t\S+ -m tensorboard\.main --logdir " + re.escape(str(logdir)),
        r"Point your web browser to: http://localhost:6006/",
        r"had a general( \S+){4}",
        r"the cat \?( \S+){4}",
    ]
    lines = run.stdout.splitlines()
    assert len(lines) == len(patterns), run.stdout
    for line, pattern in zip(lines, patterns):
        assert re.fullmatch(pattern, line), line


def test_nothing_else_is_printed(finished):
    _, _, run = finished
    assert run.stderr.splitlines() == [
        "Word not in dictionary: 'genral' (nearest: general, signal, easily)",
        "3 words are needed, not 2: 'had a'",
    ]


def test_what_is_kept(finished):
    program, logdir, _ = finished
    names = {file.name for file in (logdir / side(program) / "story_rnn").iterdir()}
    if program is legacy:
        parts = ("index", "meta", "data-00000-of-00001")
        kept = {"run.json", "checkpoint", *(f"model.ckpt-{step}.{part}" for step in (10, 20) for part in parts)}
    else:
        kept = {"run.json", "checkpoint.npz", "story.keras"}
    assert {name for name in names if not name.startswith("events.out.tfevents")} == kept


def test_a_saved_model_answers_the_same(finished, capsys):
    program, logdir, run = finished
    prompts = ["--prompt", "had a general", "--prompt", "the cat ?"]
    program.main(["--model", str(saved_model(program, logdir)), "--n-words", "4", *prompts])
    assert capsys.readouterr().out.splitlines() == run.stdout.splitlines()[-2:]


@PROGRAMS
def test_a_drawn_seed_is_printed_and_repeats_the_run(program, tmp_path, capsys):
    flags = ["--n-hidden", "4", "--training-iters", "10", "--display-step", "10", "--prompt", "had a general"]
    program.main([*flags, "--logdir", str(tmp_path)])
    first = capsys.readouterr().out
    seed = re.search(r"Seed: (\d+)", first).group(1)
    program.main([*flags, "--logdir", str(tmp_path), "--seed", seed])
    assert reports(first.splitlines()) == reports(capsys.readouterr().out.splitlines())
    assert (tmp_path / side(program) / "story_rnn-1" / "run.json").exists()  # the first run moved aside


@PROGRAMS
def test_another_text(program, tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text("uno dos tres cuatro\ncinco seis siete\n", encoding="utf-8")
    net = [*SMALL, "--n-input", "2", "--n-layers", "1"]
    program.main([*net, "--logdir", str(tmp_path), "--text", str(text), "--prompt", "uno dos", "--n-words", "3"])
    assert len(capsys.readouterr().out.splitlines()[-1].split()) == 5


# --- what is refused ---


@PROGRAMS
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "missing.txt: No such file or directory"),
        (b"", "has 0 words; a window of 3 and the next one need 4"),
        (b"one two three", "has 3 words; a window of 3 and the next one need 4"),
        (b"one two three \xff", "is not UTF-8 text: byte 14 is 0xff"),
        (b"\xef\xbb\xbfone two \xff", "is not UTF-8 text: byte 11 is 0xff"),
        ("one two three four".encode("utf-16-le"), "is not UTF-8 text: it has NUL characters, as UTF-16 text does"),
        (b"one two three " + b"four" * 251, "has a word of 1,004 characters; 1,000 are the most"),
    ],
)
def test_text_is_refused(program, content, message, tmp_path, capsys):
    text = tmp_path / "missing.txt"
    if content is not None:
        text.write_bytes(content)
    assert message in refused(program, capsys, "--text", text, "--logdir", tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


@PROGRAMS
def test_a_byte_order_mark_is_no_part_of_the_first_word(program, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("one two \ufeff three", encoding="utf-8-sig")  # within the text it is a character like others
    assert program.read_data(text, n_input=3) == ["one", "two", "\ufeff", "three"]


def test_a_vocabulary_too_large_for_one_hot_labels_is_refused(tmp_path, capsys):
    text = tmp_path / "large.txt"
    text.write_text(" ".join(f"word{number}" for number in range(160_000)))
    line = refused(legacy, capsys, "--text", text, "--logdir", tmp_path / "logs")
    assert line == (
        f"story_rnn.py: {text} has 160,000 different words; the output layer would need "
        "513 x 160,000 x 4 bytes x 6.4 = 2.1 GB, and 2 GB are the most; modern/language_model.py learns such a text\n"
    )
    assert not (tmp_path / "logs").exists()
    legacy.check_size(text, 160_000, n_hidden=256)  # half as many units


@PROGRAMS
def test_a_directory_is_no_text(program, tmp_path, capsys):
    assert "Is a directory" in refused(program, capsys, "--text", tmp_path)


@PROGRAMS
def test_other_flags_are_refused(program, capsys, tmp_path):
    assert "--seed" in refused(program, capsys, "--seed=-1")
    assert "--n-hiden" in refused(program, capsys, "--n-hiden", "5")
    assert "not allowed with" in refused(program, capsys, "--resume", "--model", "x")
    (tmp_path / "file").write_text("")
    assert "Not a directory" in refused(program, capsys, "--logdir", tmp_path / "file")


@PROGRAMS
@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("had a", "3 words are needed, not 2: 'had a'"),
        ("had a genral", "Word not in dictionary: 'genral' (nearest: general, signal, easily)"),
        ("had a zzzzzz", "Word not in dictionary: 'zzzzzz'\n"),
    ],
)
def test_prompts_are_refused_before_any_training(program, prompt, message, tmp_path, capsys):
    assert message in refused(program, capsys, "--prompt", prompt, "--logdir", tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


def test_prompts_to_a_saved_model_are_refused(finished, capsys):
    program, logdir, _ = finished
    assert "'genral'" in refused(program, capsys, "--model", saved_model(program, logdir), "--prompt", "had a genral")


def test_missing_and_damaged_models_are_refused(finished, tmp_path, capsys):
    program, logdir, _ = finished
    assert "nothing" in refused(program, capsys, "--model", tmp_path / "nothing")

    copy = tmp_path / "copy"
    copy.mkdir()
    for file in saved_model(program, logdir).parent.iterdir():
        content = file.read_bytes()
        damaged = file.name in ("story.keras", "model.ckpt-20.data-00000-of-00001")
        (copy / file.name).write_bytes(content[: len(content) // 2] if damaged else content)
    assert "damaged" in refused(program, capsys, "--model", copy / saved_model(program, logdir).name)


# --- interrupted and resumed ---


@PROGRAMS
def test_nothing_to_resume(program, tmp_path, capsys):
    assert "holds no run to resume" in refused(program, capsys, "--resume", "--logdir", tmp_path)
    assert not any(tmp_path.iterdir())


def test_resuming_another_run_is_refused(finished, tmp_path, capsys):
    program, logdir, _ = finished
    text = tmp_path / "text.txt"
    text.write_text("one two three four five")
    for flags, message in (
        (["--n-hidden", "9"], "--n-hidden 8, not 9"),
        (["--n-layers", "1"], "--n-layers 2, not 1"),
        (["--n-input", "4"], "--n-input 3, not 4"),
        (["--seed", "2"], "--seed 1, not 2"),
        (["--learning-rate", "0.1"], "--learning-rate 0.001, not 0.1"),
        (["--text", text], "another text"),
    ):
        line = refused(program, capsys, *SMALL, "--logdir", logdir, "--resume", *flags)
        assert f"was made with {message}" in line


@PROGRAMS
def test_damaged_checkpoints_are_refused(program, tmp_path, capsys):
    flags = [*SMALL, "--logdir", str(tmp_path)]
    program.main([*flags, "--prompt", "had a general"])
    run_dir = tmp_path / side(program) / "story_rnn"
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


STOPPED = ["--n-hidden", "32", "--training-iters", "1500", "--display-step", "100", "--seed", "7"]


@PROGRAMS
def test_a_stopped_run_resumes_as_if_nothing_had_happened(program, tmp_path):
    """Stopped by Ctrl-C, resumed, stopped by kill -9, resumed: the reports and the end of a run that nothing stops."""
    flags = [*STOPPED, "--prompt", "had a general"]
    run = subprocess.run(command(program, *flags, "--logdir", "whole"), capture_output=True, text=True, cwd=tmp_path)
    whole = run.stdout.splitlines()
    before, wanted = [], reports(whole)
    for at, how, resume in (("Iter= 500,", signal.SIGINT, []), ("Iter= 1000,", signal.SIGKILL, ["--resume"])):
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
    assert resumed.stdout.splitlines()[-1] == whole[-1]
