"""The language model: how it holds a text and cuts it, what an update is, and that any number of devices is the same."""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings as given_with
from hypothesis import strategies as st

from modern import console, story_rnn
from modern import language_model as program
from tests.commands import settings_of


@pytest.fixture(scope="module")
def story():
    """The story's (tokens, vocabulary)."""
    return program.read_data(program.TRAINING_FILE)


def text_of(tmp_path, content):
    file = tmp_path / "text.txt"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


# --- the text ---


def test_the_story_is_numbered_as_the_story_program_numbers_it(story):
    tokens, vocabulary = story
    words = story_rnn.read_data(story_rnn.TRAINING_FILE, n_input=3)
    dictionary, wanted = story_rnn.build_dataset(words)
    assert vocabulary == wanted
    assert tokens.tolist() == [dictionary[word] for word in words]
    assert tokens.dtype == np.int32


@given(st.text(st.sampled_from("ab,é\u05d0\u0301 \n\r\t\u2028"), max_size=60), st.integers(1, 9), st.booleans())
@given_with(deadline=None)
def test_a_text_is_the_same_however_it_is_read(tmp_path_factory, text, at_once, marked):
    file = text_of(tmp_path_factory.mktemp("text"), ("\ufeff" if marked else "") + text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "CHARACTERS_AT_ONCE", at_once)
        assert list(itertools.chain.from_iterable(program.read_words(file))) == text.split()
        tokens, vocabulary = program.read_data(file)
    assert [vocabulary[token] for token in tokens] == text.split()


def test_the_most_frequent_words_are_kept(tmp_path):
    file = text_of(tmp_path, "c b b a a a [UNK] [UNK] [UNK] [UNK]")
    tokens, vocabulary = program.read_data(file, vocab_size=2)
    assert vocabulary == ["[UNK]", "a", "b"]  # what looks like the unknown word is unknown
    assert tokens.tolist() == [0, 2, 2, 1, 1, 1, 0, 0, 0, 0]
    # Nothing is left out, and nothing unknown, where all find room.
    assert program.read_data(file, vocab_size=4)[1] == ["[UNK]", "a", "b", "c"]
    assert program.read_data(file)[0].tolist() == [3, 2, 2, 1, 1, 1, 0, 0, 0, 0]


def test_a_folder_is_read_by_name(tmp_path):
    (tmp_path / "part").mkdir()
    for name, text in (("b.txt", "three"), ("a.txt", "one two"), ("part/c.txt", "four"), ("notes.md", "no")):
        (tmp_path / name).write_text(text)
    tokens, vocabulary = program.read_data(tmp_path)
    assert [vocabulary[token] for token in tokens] == ["one", "two", "three", "four"]


@pytest.mark.parametrize("before", [0, 10, 3_000_000])
def test_a_text_in_another_encoding_is_refused_with_its_place(before, tmp_path):
    file = text_of(tmp_path, b"\xef\xbb\xbf" + b"word " * (before // 5) + b"caf\xe9 au lait")
    with pytest.raises(console.InputError, match=f"is not UTF-8 text: byte {3 + before + 3} is 0xe9$"):
        program.read_data(file)


@pytest.mark.parametrize("text", ["one\0two three", "one " + 1001 * "w", "one " + 3_000_000 * "w" + " two"])
def test_what_is_no_text_is_refused(text, tmp_path):
    with pytest.raises(console.InputError, match="NUL characters|has a word of more than 1,000 characters"):
        program.read_data(text_of(tmp_path, text))
    assert program.read_data(text_of(tmp_path, "one " + 1000 * "w"))[0].tolist() == [0, 1]


# --- the windows ---


def cut(tokens, first=0, last=12, per_call=4, workers=1, worker=0, **flags):
    """Returns what the pipeline gives: a list of (windows, fresh)."""
    tokens = np.asarray(tokens, np.int32)
    settings = settings_of(program, training_iters=last, **{"batch_size": 10, "seed": 5, **flags})
    return list(program.build_windows(tokens, settings, first, per_call, workers, worker).as_numpy_iterator())


@given(st.integers(4, 300), st.integers(1, 40), st.integers(0, 2**31 - 1))
@given_with(deadline=None, max_examples=25)
def test_an_epoch_is_each_window_once(n_tokens, batch_size, seed):
    n_windows = n_tokens - 3
    updates = math.ceil(3 * n_windows / batch_size)
    windows = np.concatenate([w for w, _ in cut(range(n_tokens), 0, updates, 7, batch_size=batch_size, seed=seed)])
    windows = windows.reshape(-1, 4)
    assert np.array_equal(windows, windows[:, :1] + np.arange(4))  # the words as they stand in the text
    epochs = windows[: 3 * n_windows, 0].reshape(3, n_windows)
    assert np.array_equal(np.sort(epochs), np.tile(np.arange(n_windows), (3, 1)))
    if n_windows > 20:
        assert len({tuple(epoch) for epoch in epochs}) == 3  # each in an order of its own
        assert np.abs(np.corrcoef(epochs[0], np.arange(n_windows))[0, 1]) < 0.9


def test_neighbours_are_scattered():
    [(windows, _)] = cut(range(1_000_003), 0, 100, 100, batch_size=100)
    starts = windows[:, :, 0].reshape(-1)
    # Independent draws from a million would lie 333,333 apart on the average; 10,000 of them within 1 of 100 of that.
    assert np.abs(np.diff(starts)).mean() == pytest.approx(1e6 / 3, rel=0.02)
    assert np.histogram(starts, 10, (0, 1e6))[0] == pytest.approx(np.full(10, 1000), rel=0.15)


def test_any_update_can_be_cut_without_those_before():
    for stateful in (False, True):
        whole = [w for windows, _ in cut(range(203), 0, 60, 4, stateful=stateful) for w in windows]
        later = [w for windows, _ in cut(range(203), 37, 60, 5, stateful=stateful) for w in windows]
        assert np.array_equal(whole[37:], later)


@pytest.mark.parametrize("stateful", [False, True])
def test_workers_share_each_batch(stateful):
    [(alone, fresh)] = cut(range(203), 0, 12, 12, batch_size=20, stateful=stateful)
    shares = [cut(range(203), 0, 12, 12, batch_size=20, stateful=stateful, workers=4, worker=i)[0] for i in range(4)]
    assert [windows.shape for windows, _ in shares] == [(12, 5, 4)] * 4
    assert np.array_equal(np.concatenate([windows for windows, _ in shares], axis=1), alone)
    assert all(np.array_equal(also_fresh, fresh) for _, also_fresh in shares)


def test_streams_go_on_where_they_ended():
    [(windows, fresh)] = cut(range(203), 0, 13, 13, batch_size=10, stateful=True)
    # 20 words a stream are six windows of three and the word after them; then all begin anew.
    assert fresh.tolist() == ([True] + [False] * 5) * 2 + [True]
    assert np.array_equal(windows[0], 20 * np.arange(10)[:, None] + np.arange(4))
    for i in range(1, 6):
        assert np.array_equal(windows[i][:, 0], windows[i - 1][:, -1])


@pytest.mark.parametrize(
    ("share", "n_input", "streams", "message"),
    [
        (0.0, 203, 1, "the text to learn has 203 words; a window of 203 and the next one need 204"),
        (0.0, 3, 51, "the text to learn has 203 words; 51 windows of 3 and the next one need 204"),
        (0.01, 3, 1, "the text held out has 2 words; a window of 3 and the next one need 4"),
    ],
)
def test_a_text_too_short_is_refused(story, share, n_input, streams, message):
    with pytest.raises(console.InputError, match=message):
        flags = {"stateful": streams > 1, "batch_size": streams}
        program.split(story[0], settings_of(program, validation_split=share, n_input=n_input, **flags))


def test_the_last_part_is_held_out(story):
    learned, held_out = program.split(story[0], settings_of(program, validation_split=0.1))
    assert len(held_out) == 20 and np.array_equal(np.concatenate([learned, held_out]), story[0])


# --- the network ---


def test_a_state_carries_over_windows(story):
    model = program.build_model(112, settings_of(program, stateful=True, n_layers=2))
    tokens, zeros = story[0], [tf.zeros((1, 128))] * 4
    whole = program.guess(model, tf.constant(tokens[None, :13]), zeros)
    first = program.guess(model, tf.constant(tokens[None, :7]), zeros)
    second = program.guess(model, tf.constant(tokens[None, 6:13]), first[2])
    assert float(first[0] + second[0]) == pytest.approx(float(whole[0]), rel=1e-6)  # measured: 1e-7
    for part, wanted in zip(second[2], whole[2]):
        assert np.abs(part - wanted).max() < 1e-6  # measured: 3e-8


def test_an_update_is_that_of_keras(story):
    """Twenty updates in one compiled call, against Keras' own training of the same layers from the same start.

    Theirs has a Dense layer on one-hot words for the embedding: Keras' Adam takes a word that comes twice in a batch
    as two gradients, and squares each; the sum of both is the gradient, and what all replicas add up.
    """
    keras.utils.set_random_seed(3)
    ours = program.build_model(112, settings_of(program))
    embedding, *others = ours.get_weights()
    theirs = keras.Sequential([keras.Input((3, 112)), keras.layers.Dense(64, use_bias=False)])
    theirs.add(keras.layers.LSTM(128))
    theirs.add(keras.layers.Dense(112))
    theirs.set_weights([embedding, *others])

    optimizer = keras.optimizers.Adam(0.005)
    optimizer.build(ours.trainable_variables)
    learn = program.compile_updates(ours, optimizer, tf.distribute.get_strategy(), batch_size=50)
    [(windows, fresh)] = cut(story[0], 0, 20, 20, batch_size=50)
    totals, _ = learn(windows, fresh, tf.zeros(2), [])

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    theirs.compile(keras.optimizers.Adam(0.005), loss, metrics=["accuracy"], jit_compile=False)
    one_hot = np.eye(112, dtype="float32")[windows[:, :, :-1]]
    wanted = np.sum([theirs.train_on_batch(*batch) for batch in zip(one_hot, windows[:, :, -1])], axis=0)
    assert totals.numpy() / 50 == pytest.approx(wanted, abs=1e-4)  # measured: 3e-6
    for weight, wanted in zip(ours.get_weights(), theirs.get_weights()):
        assert np.abs(weight - wanted).max() < 1e-5  # measured: 3e-7; an update moves a weight by 5e-3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_story_is_learned_by_heart(story, seed, capsys):
    history, model = program.train(*story, settings_of(program, seed=seed))
    assert history["asked_accuracy"][-1] == 198 / 200  # the ceiling
    assert history["step"][-1] <= 200  # measured, seeds 1 to 10: 100 or 150
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:] == [
        "198 of 200 windows right, and no more can be:",
        "['the', 'cat', '.'] - [some] or [by]",
        "['up', 'and', 'said'] - [he] or [that]",
    ]
    dictionary = {word: number for number, word in enumerate(story[1])}
    told = program.generate(model, dictionary, "had a general".split(), 9)
    assert " ".join(told) == "had a general council to consider what measures they could take to"


def test_a_seed_repeats_a_run(story):
    first, second, other = (
        program.train(*story, settings_of(program, training_iters=60, display_step=20, seed=seed))[0]
        for seed in (4, 4, 5)
    )
    assert first == second != other


@pytest.mark.parametrize("stateful", [False, True])
def test_training_stops_when_it_validates_no_better(story, stateful, tmp_path):
    flags = dict(display_step=5, batch_size=10, validation_split=0.2, patience=2, stateful=stateful, seed=1)
    settings = settings_of(program, **flags)
    history, model = program.train(*story, settings, tmp_path)
    losses = history["asked_loss"]
    best = int(np.argmin(losses))
    assert history["step"][-1] == 5 * (best + 1 + 2) < 1000  # two reports after the best one

    kept = program.build_model(112, settings)
    kept.set_weights(model.get_weights())
    held_out = program.split(story[0], settings)[1]
    loss, _ = program.ask(lambda windows, state: program.guess(kept, windows, state), held_out, settings)
    assert loss == pytest.approx(losses[best], abs=1e-5)  # the best model is the one that is left


# --- telling ---


def test_words_are_drawn_by_their_probability(story):
    tokens, vocabulary = story
    keras.utils.set_random_seed(1)
    model = program.with_vocabulary(program.build_model(112, settings_of(program)), vocabulary)
    dictionary = {word: number for number, word in enumerate(vocabulary)}
    start = "had a general".split()
    logits = model(tf.constant([start]))[0].numpy().astype(float) * 40  # of an untrained net: hardly different
    model = keras.Model(model.inputs, model.outputs[0] * 40)

    def drawn(count, **how):
        rng = np.random.default_rng(0)
        words = [program.generate(model, dictionary, start, 1, rng=rng, **how)[-1] for _ in range(count)]
        return np.bincount([dictionary[word] for word in words], minlength=112) / count

    likeliest = np.argsort(-logits)
    assert drawn(1)[likeliest[0]] == drawn(5, temperature=1.0, top_k=1)[likeliest[0]] == 1
    for temperature, top_k in ((1.0, None), (0.5, 5)):
        wanted = np.zeros(112)
        kept = likeliest[:top_k]
        wanted[kept] = np.exp(logits[kept] / temperature) / np.exp(logits[kept] / temperature).sum()
        # 500 draws: a share is within 4 sqrt(0.25 / 500) = 0.09 of its probability.
        assert np.abs(drawn(500, temperature=temperature, top_k=top_k) - wanted).max() < 0.09


@pytest.mark.parametrize("stateful", [False, True])
def test_the_unknown_word_is_read_but_never_told(stateful, tmp_path):
    file = text_of(tmp_path, "a b c d " * 3 + "x y z " * 20 + "p q r s t u v w " * 9)
    tokens, vocabulary = program.read_data(file, vocab_size=3)
    assert (tokens == 0).mean() > 0.5  # most often, the unknown word is right
    flags = dict(training_iters=60, display_step=20, batch_size=10, stateful=stateful, seed=1)
    _, model = program.train(tokens, vocabulary, settings_of(program, **flags), tmp_path)
    loaded, dictionary, n_input = program.load(tmp_path / "model.keras")
    assert list(dictionary) == vocabulary and n_input == (None if stateful else 3)
    console.check_words(["x", "never", "seen"], dictionary, n_input)
    told = program.generate(loaded, dictionary, ["x", "never", "seen"], 20)
    assert told == program.generate(model, dictionary, ["x", "never", "seen"], 20)
    assert set(told[3:]) <= {"x", "y", "z"}


def test_a_state_tells_as_the_whole_text_would(story):
    keras.utils.set_random_seed(1)
    model = program.with_vocabulary(program.build_model(112, settings_of(program, stateful=True)), story[1])
    dictionary = {word: number for number, word in enumerate(story[1])}
    told = program.generate(model, dictionary, ["had"], 10)
    zeros = [tf.zeros((1, 128))] * 2
    for i in range(1, 11):  # each word read again from the first one on
        logits = model([tf.constant([told[:i]]), *zeros])[0][0, -1]
        assert story[1][int(np.argmax(logits))] == told[i]
