"""The words of a model: read from a file, and put before it."""

import json

import keras
from keras import layers, ops

from modern.console import InputError
from modern.tf1.remarks import Option, Remark


def read_vocabulary(path):
    """Returns (words in the order of their ids, words in a window or None).

    The file has a word a line; or is JSON: a list of words, word -> id, or what the story program keeps beside
    its checkpoints as run.json: {"vocabulary": a list of words, "n_input": ...}.

    Raises:
        InputError: it cannot be read, or is none of these.
    """
    if path.suffix in (".pkl", ".pickle", ".p"):
        raise InputError(f"{path}: a pickle runs whatever it holds and is not read; write its words one a line")
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else text.split("\n")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # not UTF-8, or not JSON
        raise InputError(f"{path} is not UTF-8 text, or not JSON") from error
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
