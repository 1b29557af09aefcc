"""Checkpoints as people leave them: moved, damaged, in shards, with pickles beside them."""

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from modern import from_tf1
from modern.console import InputError
from modern.tf1.checkpoint import find_checkpoint
from modern.tf1.convert import convert
from modern.tf1.findings import inspect
from tests.commands import refused
from tests.tf1.checkpoints import V1, lstm_arrays, ptb, save, write
from tests.tf1.programs import digits, language_model


def flip(file, at):
    content = bytearray(file.read_bytes())
    content[at] ^= 0xFF
    file.write_bytes(content)


def cut(file, count):
    file.write_bytes(file.read_bytes()[:-count])


def other_index(file):
    """Another checkpoint's, of other shapes."""
    folder = file.parent / "other"
    folder.mkdir()
    other = write(folder, lstm_arrays("rnn/lstm_cell", 50, 40))
    file.write_bytes(Path(f"{other}.index").read_bytes())


DATA, INDEX = "model.ckpt.data-00000-of-00001", "model.ckpt.index"
DAMAGES = {
    "cut": (DATA, lambda file: cut(file, 100), "is damaged"),
    "flipped": (DATA, lambda file: flip(file, 500), "is damaged"),
    "flipped index": (INDEX, lambda file: flip(file, 60), "is damaged"),
    "no data": (DATA, lambda file: file.unlink(), "part of it is missing"),
    "other index": (INDEX, other_index, "is damaged"),
    "cut V1": ("model.ckpt", lambda file: cut(file, 200), "is damaged"),
    "flipped V1": ("model.ckpt", lambda file: flip(file, 700), "is damaged"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_checkpoints(tmp_path, capsys, ptb_checkpoint, ptb_checkpoint_v1, damage):
    name, harm, message = DAMAGES[damage]
    whole = Path(ptb_checkpoint_v1 if damage.endswith("V1") else ptb_checkpoint)
    folder = shutil.copytree(whole.parent, tmp_path / "damaged")
    harm(folder / name)
    line = refused(from_tf1, capsys, "convert", folder / "model.ckpt", tmp_path / "model.keras")
    assert message in line
    assert not list(tmp_path.rglob("*.keras"))


def test_damaged_graphs(tmp_path, capsys):
    saved = save(tmp_path, digits())
    meta = Path(f"{saved.prefix}.meta")
    whole = meta.read_bytes()
    meta.write_bytes(whole[: len(whole) // 2])
    assert "model.ckpt.meta is damaged" in refused(from_tf1, capsys, "inspect", saved.prefix)
    other = save(tmp_path, language_model(), name="other")
    meta.write_bytes(Path(f"{other.prefix}.meta").read_bytes())
    assert "is the graph of another checkpoint" in refused(from_tf1, capsys, "inspect", saved.prefix)


def test_values_that_are_not_finite(tmp_path, capsys):
    arrays = ptb()
    arrays["Model/softmax_b"][3] = np.nan
    line = refused(from_tf1, capsys, "convert", write(tmp_path, arrays), tmp_path / "model.keras")
    assert "Model/softmax_b holds values that are not finite" in line


def test_checkpoints_as_people_leave_them(tmp_path, capsys):
    prefix = write(tmp_path, ptb(), "model.ckpt-100")
    for text in (
        r'model_checkpoint_path: "C:\\me\\save\\model.ckpt-100"',
        r'model_checkpoint_path: "C:\me\new\model.ckpt-100"',
        '\ufeffmodel_checkpoint_path: "model.ckpt-100"\r\n',
    ):
        (tmp_path / "checkpoint").write_text(text, encoding="utf-8")
        assert find_checkpoint(tmp_path) == prefix
        assert find_checkpoint(tmp_path / "checkpoint") == prefix
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-900"')
    line = refused(from_tf1, capsys, "inspect", tmp_path)
    assert f"names model.ckpt-900, which is not there: name one, such as {prefix}" in line

    for name in ("weights.h5", "-0", "my model", "model--6", "模型-7"):
        folder = tmp_path / f"named {name}"
        folder.mkdir()
        prefix = write(folder, ptb(), name)
        assert {find_checkpoint(path) for path in (folder, prefix)} == {prefix}

    (tmp_path / "V1").mkdir()
    prefix = write(tmp_path / "V1", ptb(), version=V1)
    (tmp_path / "V1" / "checkpoint").unlink()
    assert find_checkpoint(tmp_path / "V1") == prefix
    Path(prefix).rename(f"{prefix}-00000-of-00001")
    for path in (tmp_path / "V1", prefix, f"{prefix}-00000-of-00001"):
        assert inspect(path).reader.format == "V1"
    Path(f"{prefix}-00000-of-00001").write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "is a pointer of Git LFS" in refused(from_tf1, capsys, "inspect", prefix)


def test_where_a_checkpoint_is(tmp_path, capsys):
    prefix = write(tmp_path, ptb())
    paths = [prefix, f"{prefix}.index", f"{prefix}.meta", f"{prefix}.data-00000-of-00001", str(tmp_path)]
    assert {find_checkpoint(path) for path in paths} == {prefix}
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "/home/somebody/save/model.ckpt"')
    assert find_checkpoint(tmp_path) == prefix  # the files have moved since
    (tmp_path / "checkpoint").write_text("{")
    assert "is damaged" in refused(from_tf1, capsys, "inspect", tmp_path)
    (tmp_path / "checkpoint").unlink()
    write(tmp_path, ptb(), "other.ckpt")
    (tmp_path / "checkpoint").unlink()
    assert "holds 2 checkpoints: name one" in refused(from_tf1, capsys, "inspect", tmp_path)
    (tmp_path / "empty").mkdir()
    assert "holds no checkpoint" in refused(from_tf1, capsys, "inspect", tmp_path / "empty")
    assert "is not a checkpoint" in refused(from_tf1, capsys, "inspect", tmp_path / "frozen.pb")


class Bomb:
    def __reduce__(self):
        return (open, (str(Bomb.planted), "w"))


def test_pickles_are_never_loaded(tmp_path):
    Bomb.planted = tmp_path / "planted"
    prefix = write(tmp_path, ptb())
    for name in ("config.pkl", "chars_vocab.pkl", "vocab.pickle", "model.ckpt.pkl"):
        (tmp_path / name).write_bytes(pickle.dumps(Bomb()))
    convert(prefix, tmp_path / "model.keras")
    inspect(tmp_path)
    with pytest.raises(InputError):
        convert(prefix, tmp_path / "model.keras", vocabulary=tmp_path / "vocab.pickle")
    assert not Bomb.planted.exists()
