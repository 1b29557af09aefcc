"""Pickles of those years: plain data is read, everything else refused by name, and nothing runs."""

import collections
import os
import pickle

import numpy as np
import pytest

from modern.console import InputError
from modern.tf1.unpickled import read_plain_pickle
from modern.tf1.vocabulary import read_vocabulary

WORDS = ["the", "a", "café"]
IDS = {word: at for at, word in enumerate(WORDS)}


def written(folder, value, protocol=2):
    (folder / "vocab.pkl").write_bytes(value if isinstance(value, bytes) else pickle.dumps(value, protocol))
    return folder / "vocab.pkl"


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize(
    "value",
    [
        WORDS, tuple(WORDS), IDS, dict(enumerate(WORDS)), (WORDS, IDS), {"word_to_id": IDS}, np.array(WORDS),
        collections.OrderedDict(IDS), [IDS, dict(enumerate(WORDS))],
    ],
    ids=["list", "tuple", "ids", "by id", "words and ids", "named", "array", "ordered", "both ways"],
)  # fmt: skip
def test_what_programs_kept(tmp_path, value, protocol):
    assert read_vocabulary(written(tmp_path, value, protocol)) == (WORDS, None)


def test_of_python_2(tmp_path):
    """What cPickle of Python 2 writes: strings of bytes, as Latin-1 or UTF-8."""
    content = b"(lp1\nS'the'\np2\naS'a'\np3\naS'caf\\xc3\\xa9'\np4\na."
    assert read_vocabulary(written(tmp_path, content))[0] == WORDS


class Runs:
    def __reduce__(self):
        return os.mkdir, ("ran",)


def getattr_chain():
    """Names that are allowed, called to reach others."""
    return b"cbuiltins\ngetattr\n(cbuiltins\ndict\nS'fromkeys'\ntR."


HOSTILE = {
    "a call": (pickle.dumps(Runs()), "posix.mkdir"),
    "eval": (b'cbuiltins\neval\n(S\'open("ran", "w")\'\ntR.', "builtins.eval"),
    "getattr": (getattr_chain(), "builtins.getattr"),
    "an array of objects": (pickle.dumps(np.array([Runs()], object)), "no plain data"),
    "persistent": (b"Pxyz\n.", "outside of it"),
    "cut": (pickle.dumps(WORDS)[:-3], "is damaged"),
    "noise": (bytes(range(256)), "is damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    content, said = HOSTILE[name]
    with pytest.raises(InputError, match=said):
        read_plain_pickle(written(tmp_path, content))
    assert os.listdir(tmp_path) == ["vocab.pkl"]


def test_a_table_of_words(tmp_path):
    (tmp_path / "metadata.tsv").write_text("Word\tFrequency\nthe\t10\na\t3\n")
    assert read_vocabulary(tmp_path / "metadata.tsv")[0] == ["the", "a"]
