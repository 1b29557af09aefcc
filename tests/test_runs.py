"""What a run keeps, once a side: its folder, its settings, what TensorBoard shows; and what damage does."""

import argparse
import json
import resource
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import legacy.runs
import modern.runs
import modern.summaries

SIDES = pytest.mark.parametrize("runs", [legacy.runs, modern.runs], ids=["legacy", "modern"])


def flags(**changed):
    """Returns the flags of a program with a learning rate, a size and what may differ."""
    given = dict(n_hidden=8, learning_rate=0.001, seed=1, training_iters=20, logdir="logs", resume=False, prompt=[])
    return argparse.Namespace(**{**given, **changed})


# --- the folder and the settings ---


@SIDES
def test_a_run_that_is_there_moves_aside(runs, tmp_path):
    run_dir = tmp_path / "logs" / "program"
    for number in range(3):
        runs.new_run(run_dir)
        (run_dir / "kept").write_text(str(number))
    runs.new_run(run_dir)
    found = {path.name: (path / "kept").read_text() for path in run_dir.parent.iterdir() if (path / "kept").exists()}
    assert found == {"program-1": "0", "program-2": "1", "program-3": "2"}
    assert run_dir.is_dir() and not any(run_dir.iterdir())
    runs.new_run(run_dir)  # an empty one stays
    assert not (run_dir.parent / "program-4").exists()


@SIDES
def test_what_a_run_was_made_with(runs, tmp_path):
    seed = runs.open_run(tmp_path, flags(seed=None), "data", "another text")
    assert 0 <= seed < 2**31
    made_with = runs.read_run(tmp_path)
    assert vars(made_with) == {"data": "data", "n_hidden": 8, "learning_rate": 0.001, "seed": seed}
    assert runs.open_run(tmp_path, flags(seed=None, resume=True, training_iters=99), "data", "another text") == seed
    for changed, message in (
        (dict(n_hidden=9), "--n-hidden 8, not 9"),
        (dict(learning_rate=0.1), "--learning-rate 0.001, not 0.1"),
        (dict(seed=seed + 1), f"--seed {seed}, not {seed + 1}"),
    ):
        with pytest.raises(runs.InputError, match=f"was made with {message}$"):
            runs.open_run(tmp_path, flags(**{"seed": None, "resume": True, **changed}), "data", "another text")
    with pytest.raises(runs.InputError, match="was made with another text$"):
        runs.open_run(tmp_path, flags(seed=None, resume=True), "other", "another text")


@SIDES
def test_what_else_is_kept(runs, tmp_path):
    runs.open_run(tmp_path, flags(), "data", "another text", vocabulary=["a", "é", "\u2028"])
    assert runs.read_run(tmp_path).vocabulary == ["a", "é", "\u2028"]
    assert runs.open_run(tmp_path, flags(resume=True), "data", "another text", vocabulary=["a"]) == 1


@SIDES
def test_nothing_to_resume(runs, tmp_path):
    for run_dir in (tmp_path, tmp_path / "none"):
        with pytest.raises(runs.InputError, match="holds no run to resume"):
            runs.open_run(run_dir, flags(resume=True), "data", "another text")
    assert not any(tmp_path.iterdir())


@SIDES
@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_one_changed_letter_is_noticed(runs, tmp_path_factory, data):
    """run.json with any byte changed, or cut anywhere, is refused, or says what it always said."""
    run_dir = tmp_path_factory.mktemp("run")
    runs.open_run(run_dir, flags(), "data", "another text", vocabulary=["a", "é"])
    path, wanted = run_dir / "run.json", vars(runs.read_run(run_dir))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    path.write_bytes(whole[:at] if cut else whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :])
    try:
        assert vars(runs.read_run(run_dir)) == wanted
    except runs.InputError as error:
        assert f"{path}, which says what the checkpoint was made with, is missing or damaged" == str(error)


@SIDES
def test_a_checksum_sees_every_part(runs):
    array = np.arange(6, dtype="uint8").reshape(2, 3)
    assert runs.checksum(array, b"x") == runs.checksum(array.tobytes() + b"x")
    assert len({runs.checksum(array), runs.checksum(array + 1), runs.checksum(array, array), runs.checksum()}) == 4


def test_both_sides_keep_the_same(tmp_path):
    for runs in (legacy.runs, modern.runs):
        (tmp_path / runs.__name__).mkdir()
        runs.open_run(tmp_path / runs.__name__, flags(), "data", "another text")
    kept = [json.loads((tmp_path / name / "run.json").read_text()) for name in ("legacy.runs", "modern.runs")]
    assert kept[0] == kept[1]


# --- what is written ---


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "model.npz"
    path.write_text("before")
    with pytest.raises(ZeroDivisionError), modern.runs.replacing(path) as unfinished:
        unfinished.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError) as raised, modern.runs.replacing(path):
        raise OSError(28, "No space left on device")
    assert raised.value.filename == path
    with modern.runs.replacing(path) as unfinished:
        unfinished.write_text("after")
    assert path.read_text() == "after" and list(tmp_path.iterdir()) == [path]


def test_what_fails_in_the_writers_thread_fails_in_the_program_alone(tmp_path, capsys):
    """A limit on the size of a file stops the events as a full disk would. No thread's traceback, one exception."""
    hook, unlimited = threading.excepthook, resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(Exception, match="File too large"):
            with legacy.runs.file_writer(tmp_path) as writer:
                resource.setrlimit(resource.RLIMIT_FSIZE, (64, unlimited[1]))
                for step in range(50):
                    legacy.runs.add_scalars(writer, step, {"loss": 1.0})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert "Traceback" not in capsys.readouterr().err
    assert threading.excepthook is hook


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_fails_in_another_thread_is_shown(tmp_path):
    seen, hook = [], threading.excepthook
    threading.excepthook = seen.append
    try:
        with legacy.runs.file_writer(tmp_path):
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
    finally:
        threading.excepthook = hook
    assert [failed.exc_type for failed in seen] == [ZeroDivisionError]


def test_no_folder_no_writer():
    for file_writer in (legacy.runs.file_writer, modern.summaries.file_writer):
        with file_writer(None) as writer:
            assert writer is None
    legacy.runs.add_scalars(None, 1, {"loss": 1.0})
    modern.summaries.add_scalars(None, 1, {"loss": 1.0})


def test_the_graph_is_written_once(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    tf = legacy.runs.tf
    with tf.Graph().as_default() as graph:
        tf.constant(1, name="one")
    for resumed in (False, True):
        run_dir = tmp_path / str(resumed)
        with legacy.runs.file_writer(run_dir, graph, resumed) as writer:
            legacy.runs.add_scalars(writer, 3, {"loss": 0.5})
        tags = EventAccumulator(str(run_dir)).Reload().Tags()
        assert (tags["graph"], tags["scalars"]) == (not resumed, ["loss"])
