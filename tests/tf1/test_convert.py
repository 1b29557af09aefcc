"""Whole programs become Keras models that compute the same."""

import itertools
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from legacy import story_rnn as legacy
from modern import from_tf1
from modern import story_rnn as modern
from modern.console import InputError
from modern.tf1.convert import convert
from modern.tf1.findings import inspect
from tests.commands import settings_of
from tests.tf1.checkpoints import accounted, agree, converted, lstm_arrays, save, write
from tests.tf1.programs import IN_BOTH_GRAPHS, PROGRAMS, VECTORS, many

v1 = tf.compat.v1
rnn_cell = v1.nn.rnn_cell


def converts(parity, folder, name):
    build, x = PROGRAMS[name]
    saved = save(folder, build)
    findings, model = converted(saved, folder)
    accounted(findings, saved.values)
    assert not findings.assumed and not findings.refused and not findings.left
    assert ("lr" in findings.counters) == name.startswith("trained")
    agree(parity, name, saved, model, x)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_by_its_graph(parity, tmp_path, name, as_tensorflow_1):
    converts(parity, tmp_path, name)


@pytest.mark.parametrize("name", IN_BOTH_GRAPHS)
def test_a_program_by_the_graph_of_today(parity, tmp_path, name):
    converts(parity, tmp_path, name)


def test_encoder_and_decoder(parity, tmp_path):
    """Two stacks in one file: one model holds both, and the encoder's last states start the decoder."""

    def build():
        x = v1.placeholder(tf.float32, [None, 5, 4])
        with v1.variable_scope("encoder"):
            cells = many(lambda: rnn_cell.LSTMCell(6), 2)
            _, states = v1.nn.dynamic_rnn(cells, x, dtype=tf.float32)
        with v1.variable_scope("decoder"):
            cells = many(lambda: rnn_cell.LSTMCell(6), 2)
            outputs, _ = v1.nn.dynamic_rnn(cells, x[:, ::-1], initial_state=states)
            return x, v1.layers.dense(outputs, 3, name="projection")

    saved = save(tmp_path, build)
    findings, model = converted(saved, tmp_path)
    assert {stack.name for stack in findings.stacks} == {"encoder", "decoder"}
    x = VECTORS
    encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
    zeros = [keras.ops.zeros((len(x), state.shape[1])) for state in encoder.inputs[1:]]
    _, *states = encoder([keras.ops.convert_to_tensor(x), *zeros])
    told, *_ = decoder([keras.ops.convert_to_tensor(x[:, ::-1]), *states])
    parity.close("encoder and decoder, outputs", saved.run(x), told, 2e-6)
    alone = inspect(saved.prefix, stack="encoder")
    assert not alone.assumed and "projection/kernel" in " ".join(alone.left)  # the decoder's, not the encoder's


def test_one_stack_of_several(tmp_path):
    arrays = lstm_arrays("encoder/rnn/lstm_cell") | lstm_arrays("decoder/rnn/lstm_cell", inputs=3)
    prefix = write(tmp_path, arrays)
    _, model, _ = convert(prefix, tmp_path / "model.keras", stack="decoder")
    assert model.input_shape == (None, None, 3)
    with pytest.raises(InputError, match="no stack is named other; there are: decoder, encoder"):
        inspect(prefix, stack="other")
    with pytest.raises(InputError, match="choose it with stack: decoder, encoder"):
        convert(prefix, tmp_path / "model.keras", stateful=1)
    with pytest.raises(InputError, match="of with stack: decoder, encoder"):
        inspect(prefix, gives="last-step")


def test_weights_only(tmp_path, ptb_checkpoint):
    _, model, _ = convert(ptb_checkpoint, tmp_path / "weights.npz", weights_only=True)
    with np.load(tmp_path / "weights.npz") as kept:
        assert list(kept) == [
            "embedding/embeddings",
            *(f"lstm_{layer}/{name}" for layer in (0, 1) for name in ("kernel", "recurrent_kernel", "bias")),
            *("output/kernel", "output/bias"),
        ]
        for name, values in zip(kept, model.get_weights(), strict=True):
            assert np.array_equal(kept[name], values)


def test_the_model_needs_nothing_of_ours(tmp_path, ptb_checkpoint):
    convert(ptb_checkpoint, tmp_path / "model.keras")
    code = "import keras, sys; print(keras.models.load_model('model.keras').output_shape, 'modern' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.stdout == "(None, None, 11) False\n", run.stderr


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Legacy's trained story and what it tells: (run's directory, {prompt: told words})."""
    run_dir = tmp_path_factory.mktemp("legacy")
    words = legacy.read_data(legacy.TRAINING_FILE, n_input=3)
    settings = settings_of(legacy, n_hidden=64, learning_rate=0.01, display_step=1500, training_iters=3000, seed=1)
    dictionary, _ = legacy.build_dataset(words)
    legacy.runs.open_run(run_dir, settings, "the story", "another text", vocabulary=list(dictionary))
    _, session = legacy.train(words, settings, run_dir)
    prompts = ("had a general", "the cat ?", "mice mice mice")
    return run_dir, {prompt: legacy.generate(session, dictionary, prompt.split(), 32) for prompt in prompts}


@pytest.mark.parametrize("graph", ["with the graph", "without it"])
def test_the_story_is_told_on(parity, story, tmp_path, capsys, graph):
    run_dir, told = story
    flags = ["--vocabulary", str(run_dir / "run.json")]
    if graph == "without it":
        for file in run_dir.iterdir():
            if file.suffix != ".meta":
                (tmp_path / file.name).write_bytes(file.read_bytes())
        run_dir, flags = tmp_path, [*flags, "--gives", "last-step"]
    from_tf1.main(["convert", str(run_dir), str(tmp_path / "story.keras"), *flags])
    capsys.readouterr()
    for prompt, words in told.items():
        modern.main(["--model", str(tmp_path / "story.keras"), "--prompt", prompt])
        parity.equal(f"story converted {graph}, '{prompt}'", words, capsys.readouterr().out.split(), of="words")
    assert len(set(itertools.chain(*told.values()))) > 5  # it has learned something to tell: 9 words
