"""Words in the place of ids."""

import pytest

from modern.console import InputError
from modern.tf1.convert import convert
from modern.tf1.vocabulary import read_vocabulary


@pytest.mark.parametrize(
    "content", ["a\nb\nc\n", '["a", "b", "c"]', '{"c": 2, "a": 0, "b": 1}', '{"vocabulary": ["a", "b"], "seed": 1}']
)
def test_vocabularies(tmp_path, content):
    file = tmp_path / ("words.json" if content[0] in "[{" else "words.txt")
    file.write_text(content)
    wanted = ["a", "b"] if "seed" in content else ["a", "b", "c"]
    assert read_vocabulary(file) == (wanted, None)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("words.txt", b"a\n\nb", "a word a line"),
        ("words.txt", b"a\na", "each once"),
        ("words.txt", b"\xff", "not UTF-8 text"),
        ("words.json", b"{", "not JSON"),
        ("words.json", b'{"a": 1, "b": 3}', "an id of its own, from 0 to 1"),
        ("words.json", b"[]", "a word a line"),
        ("words.json", b"[1, 2]", "a word a line"),
        ("words.json", b'{"vocabulary": ["a"], "n_input": "3"}', "n_input is '3'"),
        ("words.pkl", b"", "is damaged, or no pickle"),
        ("missing.txt", None, "No such file"),
    ],
)
def test_vocabularies_are_refused(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_vocabulary(tmp_path / name)


def test_a_vocabulary_of_another_size(tmp_path, ptb_checkpoint):
    (tmp_path / "words.txt").write_text("\n".join("abcdefghijk"))
    convert(ptb_checkpoint, tmp_path / "model.keras", vocabulary=tmp_path / "words.txt")
    (tmp_path / "words.txt").write_text("\n".join("abcdefghij"))
    with pytest.raises(InputError, match="the vocabulary has 10 words, the embedding 11"):
        convert(ptb_checkpoint, tmp_path / "model.keras", vocabulary=tmp_path / "words.txt")
