"""The words of a model: read from a file, and put before it."""

import json

import keras
from keras import layers, ops

from modern.console import InputError
from modern.tf1.remarks import Option, Remark
from modern.tf1.unpickled import read_plain_pickle


def read_vocabulary(path):
    """Returns (words in the order of their ids, words in a window or None).

    The file has a word a line, or in its first column (.tsv); or is a pickle of plain data; or JSON: a list of words,
    word -> id, or what the story program keeps beside its checkpoints as run.json: {"vocabulary": a list of words,
    "n_input": ...}.

    Raises:
        InputError: it cannot be read, or is none of these.
    """
    try:
        if path.suffix not in (".pkl", ".pickle", ".p"):
            text = path.read_text(encoding="utf-8")
            content = json.loads(text) if path.suffix == ".json" else text.split("\n")
            content = columns_of(content) if path.suffix == ".tsv" else content
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # not UTF-8, or not JSON
        raise InputError(f"{path} is not UTF-8 text, or not JSON") from error
    if path.suffix in (".pkl", ".pickle", ".p"):
        content = words_of(read_plain_pickle(path))
    steps = None
    if isinstance(content, dict) and isinstance(content.get("vocabulary"), list):
        content, steps = content["vocabulary"], content.get("n_input")
        if steps is not None and not (isinstance(steps, int) and steps > 0):
            raise InputError(f"{path}: n_input is {steps!r}, not a whole number above zero")
    elif isinstance(content, dict):
        if sorted(content.values(), key=str) != sorted(range(len(content)), key=str):
            raise InputError(f"{path} should give each word an id of its own, from 0 to {len(content) - 1}")
        content = sorted(content, key=content.get)
    elif content and content[-1] == "":
        content = content[:-1]
    if not content or not all(isinstance(word, str) and word for word in content) or len(set(content)) < len(content):
        raise InputError(f"{path} should hold a word a line, each once, in the order of their ids")
    return content, steps


def words_of(content):
    """Returns the words in what a pickle of those years holds: a list, {word: id}, {id: word}, or several of them.

    char-rnn-tensorflow keeps the characters in chars_vocab.pkl, word-rnn-tensorflow (words, {word: id}) in
    words_vocab.pkl; others {word: id} and {id: word} side by side.
    """
    if isinstance(content, dict):
        if content and all(isinstance(key, int) for key in content):
            content = {word: number for number, word in content.items()}
        inner = [value for value in content.values() if isinstance(value, (dict, list))]
        return words_of(inner) if inner else content
    if isinstance(content, list) and content and all(isinstance(one, (dict, list)) for one in content):
        return words_of(next((one for one in content if isinstance(one, dict)), content[0]))
    return content


def columns_of(lines):
    """Returns the first column of a metadata.tsv; its first line is a heading if there are several."""
    rows = [line.split("\t") for line in lines]
    rows = rows[1:] if len(rows[0]) > 1 else rows
    return [row[0] for row in rows]


def with_vocabulary(model, stack, vocabulary, steps):
    """Returns the model that takes words instead of their ids: str [batch, time] -> what the model gives.

    Raises:
        InputError: the vocabulary has another size than the model.
    """
    sizes = {
        "embedding": model.get_layer("embedding").input_dim if stack.embedding else None,
        "one-hot input": stack.inputs if stack.one_hot else None,
        "output": model.get_layer("output").units if stack.dense else None,
    }
    for what, size in sizes.items():
        if size not in (None, len(vocabulary)):
            raise InputError(f"the vocabulary has {len(vocabulary)} words, the {what} {size}")
    if not (stack.embedding or stack.one_hot) and model.input_shape[-1] != 1:
        what = f": the model reads vectors of {model.input_shape[-1]}, not words' ids ("
        raise InputError(Remark(Option("vocabulary"), what, Option("one_hot", True), ")"))
    words = keras.Input((steps,), dtype="string", name="words")
    unknown = next(token for token in (" ", "[UNK]", "\0") if token not in vocabulary)
    lookup = layers.StringLookup(vocabulary=vocabulary, num_oov_indices=0, oov_token=unknown, name="vocabulary")
    ids = lookup(words)
    if not (stack.embedding or stack.one_hot):
        ids = ops.expand_dims(ops.cast(ids, "float32"), -1)  # [batch, time, 1]
    return keras.Model(words, model(ids), name=f"{stack.name}_words")
