"""Frozen graphs, SavedModels, a .meta alone; what any other file is said to be."""

import json
import os
import pickle
import zipfile

import h5py
import numpy as np
import pytest
import tensorflow as tf

from modern import from_tf1
from modern.console import InputError
from modern.tf1.convert import convert
from modern.tf1.findings import inspect
from tests.commands import refused
from tests.eras import records
from tests.tf1.checkpoints import save
from tests.tf1.programs import digits

v1 = tf.compat.v1
VERSIONS = ("0.12.1", "1.0.1", "1.4.1", "1.8.0", "1.15.5")
RECORDED = {version: records.read(records.RECORDED / version, "forms") for version in VERSIONS}
# A frozen graph of then does not tell the shape of a placeholder, without which a program is not rebuilt.
NO_SHAPES = {(version, name, "frozen.pb") for version in ("0.12.1", "1.0.1") for name in ("lengths", "peepholes")}
CASES = [
    (version, name, form)
    for version in VERSIONS
    for name, piece in RECORDED[version].items()
    for form in ("frozen.pb", "saved_model")
    if not piece.absent and (version, form) != ("0.12.1", "saved_model") and (version, name, form) not in NO_SHAPES
]


def unpacked(version, name, folder):
    with zipfile.ZipFile(records.RECORDED / version / "forms" / f"{name}.zip") as packed:
        packed.extractall(folder)


@pytest.mark.parametrize(("version", "name", "form"), CASES)
def test_a_form_of_then(tmp_path, version, name, form):
    """It gives what TensorFlow of then gave: the largest difference is 6e-8."""
    unpacked(version, name, tmp_path)
    findings, model, _ = convert(tmp_path / form, tmp_path / "model.keras")
    arrays = RECORDED[version][name].arrays
    fed = [arrays[one.node] for one in findings.program.rebuilt.given] if findings.program else [arrays["x"]]
    told = np.asarray(model(fed if len(fed) > 1 else fed[0]))
    if name == "last_step" and not findings.program:  # a last softmax is left out
        told = np.exp(told) / np.exp(told).sum(-1, keepdims=True)
    assert np.abs(told - arrays["output"]).max() <= 1e-5


def test_a_frozen_graph_without_shapes_says_so(tmp_path):
    unpacked("1.0.1", "peepholes", tmp_path)
    with pytest.raises(InputError, match="depends on no placeholder of a known shape"):
        convert(tmp_path / "frozen.pb", tmp_path / "model.keras")


def quantized():
    definition = v1.GraphDef()
    definition.node.add(name="w", op="Const")
    definition.node.add(name="w/dequantize", op="Dequantize", input=["w"])
    return definition.SerializeToString()


def keras_weights(path):
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"lstm_1"]
        file.create_group("lstm_1").attrs["weight_names"] = []


class Runs:
    """What runs as it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("ran",)


FILES = {
    "empty.pb": (b"", "is empty"),
    "text.pb": (b"hello", "is no graph of TensorFlow"),
    "cut.pb": (b"\x0a\xff\xff\xff\x7f", "is no graph of TensorFlow"),
    "quantized.pb": (quantized(), "is a quantized graph"),
    "notes.txt": (b"epoch 1: 2.3\n", "is text"),
    "model.json": (
        json.dumps({"class_name": "Sequential", "config": []}).encode(),
        "a Keras model without its weights",
    ),
    "other.json": (b"[1, 2]", "is JSON, not a checkpoint"),
    "words.pkl": (pickle.dumps({"a": 1}), "is a pickle"),
    "evil.pkl": (pickle.dumps(Runs()), "is a pickle"),
    "model.tflite": (b"\x20\x00\x00\x00TFL3" + bytes(40), "is a TensorFlow Lite model"),
    "model.ckpt": (b"version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS"),
    "noise": (np.random.default_rng(1).bytes(4000), "is not a checkpoint, or is damaged"),
    "graph.meta": (b"\xff\xff\xff", "is damaged"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_a_file_is(tmp_path, capsys, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    content, said = FILES[name]
    (tmp_path / name).write_bytes(content)
    assert said in refused(from_tf1, capsys, "convert", tmp_path / name, tmp_path / "model.keras")
    assert sorted(os.listdir(tmp_path)) == [name]  # nothing is written, and nothing ran


def test_what_a_keras_file_is(tmp_path, capsys):
    keras_weights(tmp_path / "weights.h5")
    line = refused(from_tf1, capsys, "convert", tmp_path / "weights.h5", tmp_path / "model.keras")
    assert "holds weights alone (lstm_1)" in line and "--architecture" in line
    (tmp_path / "cut.h5").write_bytes((tmp_path / "weights.h5").read_bytes()[:200])
    assert "is damaged, or no file of Keras" in refused(from_tf1, capsys, "inspect", tmp_path / "cut.h5")


def test_a_graph_alone_is_looked_at(tmp_path, capsys):
    saved = save(tmp_path, digits())
    for file in tmp_path.glob("model.ckpt.[di]*"):
        file.unlink()
    findings = inspect(f"{saved.prefix}.meta")
    assert findings.stacks[0].cells[0].forget_bias == 1.0
    from_tf1.main(["inspect", f"{saved.prefix}.meta"])
    assert "whose weights are missing" in capsys.readouterr().out
    line = refused(from_tf1, capsys, "convert", f"{saved.prefix}.meta", tmp_path / "model.keras")
    assert "the weights are missing" in line


def test_a_saved_model_of_tensorflow_2_is_named(tmp_path, capsys):
    module = tf.Module()
    module.variable = tf.Variable([1.0, 2.0])
    tf.saved_model.save(module, str(tmp_path / "saved"))
    assert "is a SavedModel of TensorFlow 2" in refused(from_tf1, capsys, "inspect", tmp_path / "saved")


def test_a_saved_model_without_its_variables(tmp_path, capsys):
    unpacked("1.15.5", "last_step", tmp_path)
    (tmp_path / "saved_model" / "variables" / "variables.index").unlink()
    assert "without its weights" in refused(from_tf1, capsys, "inspect", tmp_path / "saved_model")
