"""What the programs that train for long do when they are killed, the disk is full, or a file is damaged.

python -m pytest -m slow tests/test_faults.py runs the long ones: each program killed twenty times, and a disk that
is really full.
"""

import itertools
import random
import re
import resource
import signal
import subprocess
import threading
import time
import types

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from legacy import mnist_rnn as legacy_mnist
from legacy import story_rnn as legacy_story
from modern import language_model, optimizers
from modern import mnist_rnn as modern_mnist
from modern import story_rnn as modern_story
from tests.commands import command, refused, reports, side, start

ALL = {
    "legacy story": legacy_story,
    "modern story": modern_story,
    "legacy digits": legacy_mnist,
    "modern digits": modern_mnist,
    "language model": language_model,
}
PROGRAMS = pytest.mark.parametrize("program", ALL.values(), ids=ALL)
DIGITS = (legacy_mnist, modern_mnist)
STORIES = (legacy_story, modern_story)
WITH_SAVER = (legacy_story, legacy_mnist, language_model)  # TensorFlow writes their checkpoints, in several files


def few(examples):
    """Returns settings for so many examples, the same ones in every run."""
    quick = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=quick)


def small(program, steps):
    """Returns the flags of a small run of so many steps, with a report and a checkpoint at every tenth."""
    own = ["--dataset", "digits"] if program in DIGITS else ["--prompt", "had a general"]
    if program is language_model:
        own += ["--n-embedding", "4", "--batch-size", "10", "--stateful"]  # in windows, it might end when it knows all
    batch_size = 128 if program in DIGITS else 1
    sizes = ["--n-hidden", "8", "--display-step", "10", "--seed", "1"]
    return [*own, *sizes, "--training-iters", str(steps * batch_size)]


def directory(program, logdir):
    return logdir / side(program) / program.__name__.split(".")[1]


def checkpoint(program, run_dir, steps):
    """Returns the file of a run's last checkpoint that holds its numbers."""
    if program in WITH_SAVER:
        return run_dir / f"{'model.' if side(program) == 'legacy' else ''}ckpt-{steps}.data-00000-of-00001"
    return run_dir / "checkpoint.npz"


def saved_model(program, run_dir, steps):
    """Returns what --model takes."""
    if side(program) == "legacy":
        return run_dir / f"model.ckpt-{steps}"
    return run_dir / {modern_story: "story.keras", modern_mnist: "mnist.keras", language_model: "model.keras"}[program]


def numbers(program, run_dir, steps):
    """Returns all that a run keeps of its network, weights and optimizer: name -> array."""
    if program in WITH_SAVER:
        reader = program.tf.train.load_checkpoint(str(checkpoint(program, run_dir, steps)).partition(".data")[0])
        names = reader.get_variable_to_shape_map().keys() - {"_CHECKPOINTABLE_OBJECT_GRAPH"}  # no number
        return {name: reader.get_tensor(name) for name in names}
    weights = keras.models.load_model(saved_model(program, run_dir, steps)).get_weights()
    with np.load(checkpoint(program, run_dir, steps)) as arrays:
        return {**arrays, **{f"model {number}": array for number, array in enumerate(weights)}}


def same(numbers, others):
    return numbers.keys() == others.keys() and all(np.array_equal(numbers[name], others[name]) for name in numbers)


def by_step(lines):
    """Returns step -> report."""
    return {int(re.match(r"Iter=? (\d+)", line).group(1)): line for line in reports(lines)}


def result(lines):
    """Returns the lines that a run ends with and that do not change from one run to the next."""
    return [line.strip() for line in lines if line.startswith(("had a general", "Testing Accuracy"))]


@pytest.fixture(scope="module", params=ALL.values(), ids=ALL)
def kept(request, tmp_path_factory):
    """A run of 20 steps that nothing went wrong with: its program, directory and numbers."""
    program, logdir = request.param, tmp_path_factory.mktemp("kept")
    program.main([*small(program, 20), "--logdir", str(logdir)])
    run_dir = directory(program, logdir)
    return types.SimpleNamespace(program=program, run_dir=run_dir, numbers=numbers(program, run_dir, 20))


# --- killed ---


@pytest.mark.slow
@PROGRAMS
def test_killed_twenty_times(program, tmp_path):
    """Killed at random moments from the start of the program on, and resumed each time, a run ends as if never killed.

    The moments are measured in the times that this machine takes to start and from one report to the next. Should it
    have become faster since they were measured, the first or the tenth report is the latest.
    """
    steps = 3000
    whole, times = [], [time.monotonic()]
    (tmp_path / "whole").mkdir()
    process = start(command(program, *small(program, steps)), tmp_path / "whole")
    for line in process.stdout:
        whole.append(line)
        if reports([line]):
            times.append(time.monotonic())
    assert process.wait() == 0, process.stderr.read()
    to_first, to_next = times[1] - times[0], (times[-1] - times[1]) / (len(times) - 2)

    rng = random.Random(program.__name__)
    run_dir = directory(program, tmp_path / "logs")
    wanted, seen = by_step(whole), {}
    for _ in range(20):
        resume = ["--resume"] if (run_dir / "run.json").exists() else []  # else there is nothing to resume
        process = start(command(program, *small(program, steps), *resume), tmp_path)
        while_starting = rng.random() < 0.3
        kill = threading.Timer(rng.uniform(0, to_first if while_starting else 10 * to_next), process.kill)
        if while_starting:
            kill.start()
        lines = []
        for line in process.stdout:
            lines.append(line)
            if reports([line]) and not kill.ident:
                kill.start()
            if len(reports(lines)) == (1 if while_starting else 10):
                process.kill()
        kill.cancel()
        assert process.wait() == -signal.SIGKILL, process.stderr.read()
        for step, report in by_step(lines).items():
            assert report == wanted[step]
        seen |= by_step(lines)

    again = command(program, *small(program, steps), "--resume")
    resumed = subprocess.run(again, capture_output=True, text=True, cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert 0 < len(seen) < len(wanted)
    assert seen | by_step(resumed.stdout.splitlines()) == wanted
    assert result(resumed.stdout.splitlines()) == result(whole)
    assert same(
        numbers(program, run_dir, steps), numbers(program, directory(program, tmp_path / "whole" / "logs"), steps)
    )
    assert not half_written(run_dir)


@PROGRAMS
def test_killed_before_anything_was_kept(program, tmp_path, capsys):
    run_dir = directory(program, tmp_path)
    run_dir.mkdir(parents=True)
    flags = [*small(program, 10), "--logdir", tmp_path, "--resume"]
    assert refused(program, capsys, *flags).endswith(f": {run_dir} holds no run to resume\n")
    (run_dir / "run.json").write_text("")
    assert f"{run_dir / 'run.json'}, " in refused(program, capsys, *flags)


def test_a_reader_that_leaves(tmp_path):
    """As `head -1` does: it ends the program without a word, and what it had kept by then stays."""
    processes = {}
    for program in STORIES:
        (tmp_path / side(program)).mkdir()
        processes[program] = start(command(program, *small(program, 100_000)), tmp_path / side(program))
    for process in processes.values():
        assert any(reports([line]) for line in process.stdout)
        process.stdout.close()
    for program, process in processes.items():
        assert (process.stderr.read(), process.wait()) == ("", -signal.SIGPIPE), side(program)
        assert program.runs.read_run(directory(program, tmp_path / side(program) / "logs"))


# --- no space left ---


def half_written(run_dir):
    """Returns the files that should have become others."""
    return [file for file in run_dir.iterdir() if re.search(r"\.tmp|\.tempstate|_temp|^unfinished", file.name)]


def test_no_room_for_the_next_checkpoint(kept, tmp_path, capsys):
    """A limit on the size of a file stops the checkpoint as a full disk would, and needs no privileges."""
    program, run_dir = kept.program, directory(kept.program, tmp_path)
    program.main([*small(program, 10), "--logdir", str(tmp_path)])
    before = numbers(program, run_dir, 10)
    (run_dir / ("checkpoint.tmp1f" if program in WITH_SAVER else "unfinished.npz")).touch()  # as a kill leaves it
    flags = [*small(program, 20), "--logdir", tmp_path, "--resume"]

    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, unlimited[1]))  # Python ignores the signal; writing fails
    try:
        line = refused(program, capsys, *flags)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert str(checkpoint(program, run_dir, 20)).partition(".data")[0] in line and line.endswith(": File too large\n")
    assert not half_written(run_dir)
    assert same(numbers(program, run_dir, 10), before)

    program.main(list(map(str, flags)))
    assert list(by_step(capsys.readouterr().out.splitlines())) == [20 * 128 if program in DIGITS else 20]
    assert same(numbers(program, run_dir, 20), kept.numbers)


# $1 is how far the first run goes. What is kept is copied out: the disk goes when this ends.
FULL_DISK = """
mount -t tmpfs -o size=64m tmpfs logs && iters=$1 && shift || exit 1
"$@" --training-iters $iters >short || exit 1
mount -o remount,size=$(($(df -k --output=used logs | tail -n 1) + 16))k logs
"$@" --resume >full 2>error; echo $? >code
cp -r logs full-logs
mount -o remount,size=64m logs
"$@" --resume >resumed && cp -r logs resumed-logs
"""
IN_A_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


@pytest.mark.slow
@PROGRAMS
def test_the_disk_is_full(program, tmp_path):
    """A disk of memory with room for less than a checkpoint more; then with room again."""
    (tmp_path / "logs").mkdir()
    try:
        subprocess.run([*IN_A_NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", tmp_path / "logs"], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a file system of its own cannot be mounted here: {error}")

    run = command(program, *small(program, 60))
    iters = small(program, 20)[-1]
    subprocess.run([*IN_A_NAMESPACE, "sh", "-c", FULL_DISK, "sh", iters, *run], cwd=tmp_path, check=True)
    error = (tmp_path / "error").read_text()
    assert (tmp_path / "code").read_text() == "2\n", error
    assert re.fullmatch(rf"{program.__name__.split('.')[1]}\.py: logs/\S+: No space left on device\n", error), error
    assert not half_written(directory(program, tmp_path / "full-logs"))

    whole = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    lines = {name: (tmp_path / name).read_text().splitlines() for name in ("short", "full", "resumed")}
    wanted, resumed = by_step(whole.stdout.splitlines()), by_step(lines["resumed"])
    assert 0 < len(resumed) < len(wanted)  # it went on, and did not begin again
    assert by_step(lines["short"]) | by_step(lines["full"]) | resumed == wanted
    assert result(lines["resumed"]) == result(whole.stdout.splitlines())
    dirs = [directory(program, tmp_path / logs) for logs in ("resumed-logs", "logs")]
    assert same(*(numbers(program, run_dir, 60) for run_dir in dirs))


# --- damaged checkpoints and models ---


@st.composite
def damage(draw, content):
    """Draws what may become of a file: cut short, empty, another file, or a byte changed, if only by a bit."""
    kind = draw(st.sampled_from(["cut", "empty", "random", "changed", "changed", "changed", "changed"]))
    if kind == "cut":
        return content[: draw(st.integers(1, len(content) - 1))]
    if kind in ("empty", "random"):
        return draw(st.binary(min_size=1, max_size=200)) if kind == "random" else b""
    # The ends are small, and full of numbers that tell what the middle is.
    from_start = draw(st.one_of(st.integers(0, len(content) - 1), st.integers(0, min(300, len(content) - 1))))
    changed = bytearray(content)
    changed[from_start if draw(st.booleans()) else -1 - from_start] ^= draw(
        st.one_of(st.sampled_from([1 << bit for bit in range(8)]), st.integers(1, 255))
    )
    return bytes(changed)


def damaged_or_same(program, path, content, read, wanted):
    """Asserts that with this content in the file, `read` refuses in one line, or returns the numbers it always did."""
    whole = path.read_bytes()
    try:
        path.write_bytes(content)
        got = read()
    except program.InputError as error:
        assert "\n" not in str(error)
    else:
        assert same(got, wanted)
    finally:
        path.write_bytes(whole)


@pytest.fixture(scope="module")
def resumed(kept):
    """A function that does what --resume does with the run in `kept`, and returns the numbers it would go on from."""
    program, runs, made_with = kept.program, kept.program.runs, kept.program.runs.read_run(kept.run_dir)
    network = (made_with,) if program in DIGITS else (112, made_with)
    if side(program) == "legacy":
        tf = program.tf
        with tf.Graph().as_default() as graph:
            net, saver = program.build_graph(*network), tf.train.Saver()
            variables = {variable.op.name: variable for variable in tf.global_variables()}
        session = tf.Session(graph=graph)

        def resume():
            settings = runs.read_run(kept.run_dir)
            session.run(net.init)
            assert runs.restore_latest(saver, session, kept.run_dir)
            return {**session.run(variables), "settings": np.array(str(settings))}
    elif program is language_model:
        tf = program.tf
        model = program.build_model(*network)
        optimizer = keras.optimizers.Adam()
        optimizer.build(model.trainable_variables)
        others = {"best": tf.Variable(0.0), "waited": tf.Variable(0), "finished": tf.Variable(0)}
        states = [tf.Variable(tf.zeros((10, 8))) for _ in range(2)]
        point = tf.train.Checkpoint(model=model, optimizer=optimizer, states=states, **others)

        def resume():
            settings = runs.read_run(kept.run_dir)
            variables = [*model.weights, *optimizer.variables, *states, *others.values()]
            for variable in variables:
                variable.assign(variable * 0)
            assert program.restore_latest(point, kept.run_dir)
            arrays = {str(number): variable.numpy() for number, variable in enumerate(variables)}
            return {**arrays, "settings": np.array(str(settings))}
    else:
        model = program.build_model(*network)
        model.compile(optimizers.TF1RMSprop(0.001) if program in STORIES else "adam")
        model.optimizer.build(model.trainable_variables)

        def resume():
            settings = runs.read_run(kept.run_dir)
            variables = [*model.weights, *model.optimizer.variables]
            for variable in variables:
                variable.assign(variable * 0)
            assert runs.restore_latest(model, kept.run_dir)
            arrays = {str(number): variable.numpy() for number, variable in enumerate(variables)}
            return {**arrays, "settings": np.array(str(settings))}

    return resume


@pytest.mark.parametrize(
    ("kept", "file"),
    [
        pytest.param(program, file, id=f"{name}-{file}")
        for name, program in ALL.items()
        for file in ("numbers", "index", "names", "settings")
        if program in WITH_SAVER or file in ("numbers", "settings")  # the checkpoint of the others is one file
    ],
    indirect=["kept"],
)
def test_damaged_checkpoints(kept, resumed, file):
    names = {"numbers": checkpoint(kept.program, kept.run_dir, 20).name, "settings": "run.json"}
    if kept.program in WITH_SAVER:
        names |= {"index": names["numbers"].replace("data-00000-of-00001", "index"), "names": "checkpoint"}
    path = kept.run_dir / names[file]
    whole, wanted = path.read_bytes(), resumed()

    @few(100)
    @given(damage(whole))
    def check(content):
        damaged_or_same(kept.program, path, content, resumed, wanted)

    check()
    if file == "index":
        for at, bit in itertools.product(range(len(whole) - 48, len(whole)), range(8)):  # its footer has no checksum
            content = whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
            damaged_or_same(kept.program, path, content, resumed, wanted)


def loaded(kept):
    """Returns what --model would answer with, as name -> array."""
    program = kept.program
    answer = program.load(saved_model(program, kept.run_dir, 20))
    model, *words = answer if isinstance(answer, tuple) else [answer]
    if side(program) == "legacy":
        with model.graph.as_default():
            variables = model.run({variable.op.name: variable for variable in program.tf.global_variables()})
    else:
        variables = {str(number): array for number, array in enumerate(model.get_weights())}
    return {**variables, "words": np.array(str(words))}


def test_damaged_models(kept):
    path = saved_model(kept.program, kept.run_dir, 20)
    if side(kept.program) == "legacy":
        path = checkpoint(kept.program, kept.run_dir, 20)
    whole, wanted = path.read_bytes(), loaded(kept)

    @few(3 if side(kept.program) == "legacy" else 60)  # legacy builds its graph each time
    @given(damage(whole))
    def check(content):
        damaged_or_same(kept.program, path, content, lambda: loaded(kept), wanted)

    check()


def test_one_changed_byte_is_refused(kept, capsys):
    """The byte is a weight's: a network with another weight would be loaded without a word."""
    program, run_dir = kept.program, kept.run_dir
    own = ["--dataset", "digits"] if program in DIGITS else []
    flags = [*small(program, 20), "--logdir", run_dir.parents[1], "--resume"]
    model = saved_model(program, run_dir, 20)
    legacy = side(program) == "legacy"
    weights = kept.numbers["output/weights"] if legacy else keras.models.load_model(model).get_weights()[0]
    weights = np.array(weights).tobytes()
    for path, command_line in (
        (checkpoint(program, run_dir, 20), flags),
        (checkpoint(program, run_dir, 20) if legacy else model, [*own, "--model", model]),
    ):
        whole = path.read_bytes()
        at = whole.index(weights[:32]) + 5
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            assert "is damaged" in refused(program, capsys, *command_line)
        finally:
            path.write_bytes(whole)


@pytest.mark.parametrize("program", [modern_story, modern_mnist], ids=["story", "digits"])
def test_a_changed_type_is_refused(program, tmp_path):
    """A 4-byte number taken for a 2-byte one: numpy reads half of it, and no checksum."""
    path = tmp_path / "checkpoint.npz"
    np.savez(path, np.ones([64, 64], "float32"))
    path.write_bytes(path.read_bytes().replace(b"<f4", b"<f2"))
    with np.load(path) as arrays:
        assert arrays["arr_0"].shape == (64, 64)
    with pytest.raises(program.InputError, match="is damaged"):
        program.runs.check_archive(path)


# --- damaged texts ---

# A byte order mark, no width at all, right to left, letters that combine, others that do, names Keras has for itself
ODD_WORDS = [
    "\ufeff",
    "\u200b",
    "\u200e\u200f",
    "\u202eabc",
    "שלום",
    "e\u0301",
    "é",
    "\u0301",
    "[UNK]",
    "[MASK]",
    "\x01",
]
ODD_WORDS += ["\x7f", "'", '"', "\\n", "%s", "{}", "-1", "None", "ﬁ", "ß", "\U0010ffff", "a" * 1000]
ODD_SPACE = ["\n", "\r\n", "\r", "\t", "\v", "\f", "\x1c", "\x85", "\xa0", "\u2028", "\u3000", " "]


def read_both(path, n_input=1):
    """Returns (words, vocabulary) that both programs read, or None if both refuse the text in the same line."""
    answers = []
    for program in STORIES:
        try:
            words = program.read_data(path, n_input)
            dictionary, _ = program.build_dataset(words)
            answers.append((words, list(dictionary), list(dictionary.values())))
        except program.InputError as error:
            assert "\n" not in str(error)
            answers.append(str(error))
    assert answers[0] == answers[1]
    return None if isinstance(answers[0], str) else answers[0][:2]


@few(150)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(str.encode),
        st.lists(st.sampled_from(ODD_WORDS + ODD_SPACE), max_size=60).map(lambda parts: "".join(parts).encode()),
        st.lists(st.sampled_from(ODD_WORDS), max_size=60).map(lambda words: " ".join(words).encode("utf-8-sig")),
    )
)
@example(b"a b\0 b\0\0 \0")
@example("a b c d".encode("utf-16"))
@example("a b c d".encode("utf-16-le"))
@example(b"x" * 3_000_000)
@example(b"x y " * 200_000)
@example(b"\xef\xbb\xbf")
@example(b"\xed\xa0\x80 a b")  # half of a pair of UTF-16
def test_damaged_texts(tmp_path, content):
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    if read := read_both(path):
        words, vocabulary = read
        inputs = keras.Input((1, 1))
        model = modern_story.with_vocabulary(keras.Model(inputs, inputs), vocabulary)
        assert model.get_layer("vocabulary").get_vocabulary() == vocabulary
        numbers = model(keras.ops.convert_to_tensor([[word] for word in vocabulary], dtype="string"))
        assert np.ravel(numbers).tolist() == list(range(len(vocabulary)))


def test_odd_words_are_learned_saved_and_told(tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text(" ".join(ODD_WORDS), encoding="utf-8-sig")
    _, vocabulary = read_both(text)
    assert sorted(vocabulary) == sorted(ODD_WORDS)
    flags = ["--n-hidden", "4", "--training-iters", "10", "--display-step", "10", "--seed", "1", "--n-words", "8"]
    prompt = ["--prompt", "e\u0301 é [UNK]"]
    for program in STORIES:
        program.main([*flags, *prompt, "--logdir", str(tmp_path), "--text", str(text)])
        told = capsys.readouterr().out.splitlines()[-1]
        model = saved_model(program, directory(program, tmp_path), 10)
        _, dictionary, _ = program.load(model)
        assert list(dictionary) == vocabulary
        program.main(["--model", str(model), *prompt, "--n-words", "8"])
        assert capsys.readouterr().out.splitlines()[-1] == told
        assert len(told.split()) == 11
