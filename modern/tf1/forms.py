"""The forms a trained model of those years comes in: what a file is, and its variables and graph.

A checkpoint stands in checkpoint.py. Here are frozen graphs, whose variables are constants, TensorFlow 1's SavedModels,
and a `.meta` alone; what else there is, is told by name.
"""

import json
import math
import zipfile
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf import text_format
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from modern.console import InputError
from modern.tf1.checkpoint import READ_ERRORS, TABLE_END, Reader, checkpoints_in, exists
from modern.tf1.graph import ADDING, BLOCK_OUTPUTS, LOOKING_UP, MULTIPLYING, VARIABLES, Graph

v1 = tf.compat.v1

HDF5 = b"\x89HDF\r\n\x1a\n"
LEAST = 2  # numbers of a constant that may be a variable's
WEIGHED = MULTIPLYING | ADDING | LOOKING_UP | BLOCK_OUTPUTS.keys() | {"Enter", "Mul", "Conv2D", "FusedBatchNorm"}
QUANTIZED = ("Quantize", "Dequantize", "QuantizedMatMul", "QuantizeV2")


def read_form(path):
    """Returns what reads a file or a directory: a checkpoint's Reader, or one of those below.

    Raises:
        InputError: it is none of these, damaged, or not there; the message says what it is.
    """
    path = Path(path)
    if path.is_dir() and any((path / f"saved_model.{end}").exists() for end in ("pb", "pbtxt")):
        return SavedModel(path)
    if path.is_dir() and not (path / "checkpoint").exists() and not checkpoints_in(path):
        inside = [file for file in sorted(path.iterdir()) if file.suffix in (".pb", ".pbtxt", ".h5", ".hdf5", ".meta")]
        if inside:
            raise InputError(f"{path} holds no checkpoint; name a file in it, such as {inside[0]}")
    if not path.is_file() or path.name == "checkpoint" or path.suffix == ".index" or ".data-" in path.name:
        return Reader(path)
    content = path.read_bytes()
    if path.suffix == ".meta":
        return Reader(path) if exists(str(path.with_suffix(""))) else GraphAlone(path, content)
    if content.endswith(TABLE_END):
        return Reader(path)
    if path.suffix in (".pb", ".pbtxt") or not content[:1].isascii():
        graph = graph_of(content)
        if graph is not None:
            return Frozen(path, graph)
    if path.name in ("saved_model.pb", "saved_model.pbtxt"):
        return SavedModel(path.parent)
    raise InputError(f"{path} {what_it_is(path, content)}")


def is_hdf5(path):
    path = Path(path)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(HDF5)) == HDF5


def graph_of(content):
    """Returns the GraphDef that a file is, in either form, or None."""
    definition = v1.GraphDef()
    try:
        if b"node {" in content[:4096]:
            text_format.Parse(content.decode("utf-8"), definition)
        else:
            definition.ParseFromString(content)
    except (DecodeError, text_format.ParseError, UnicodeDecodeError):
        return None
    return definition if definition.node and all(node.op for node in definition.node) else None


def what_it_is(path, content):
    """Returns, after the file's name, what a file is that holds no checkpoint, and what would help."""
    start = content[:512]
    if not content:
        return "is empty"
    if start.startswith(b"version https://git-lfs"):
        return "is a pointer of Git LFS, whose `git lfs pull` fetches the file itself"
    if start.startswith(HDF5):
        return "is HDF5: a file of Keras, or of its weights"
    if start[4:8] == b"TFL3":
        return "is a TensorFlow Lite model, which is made from another: convert that one"
    if zipfile.is_zipfile(path):
        names = set(zipfile.ZipFile(path).namelist())
        if "config.json" in names:
            return "is a .keras file, which Keras 3 loads as it is"
        if any(name.endswith(".npy") for name in names):
            return "is NumPy's .npz: arrays without a program"
        return "is a zip archive: name what is in it"
    if start[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        return "is a pickle, which runs whatever it holds and is not read"
    if path.suffix in (".pb", ".pbtxt"):
        return "is no graph of TensorFlow: it is damaged, or another program's"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return "is not a checkpoint, or is damaged: those have a file .index and files .data, or, before 0.12, one file"
    try:
        said = json.loads(text)
    except ValueError:
        return "is text: a checkpoint has a file .index and files .data, or, before 0.12, one file"
    if isinstance(said, dict) and "class_name" in said:
        return "is a Keras model without its weights: name the .h5 of its weights, and this file as its architecture"
    return "is JSON, not a checkpoint"


def as_variables(definition):
    """Returns (MetaGraphDef with variables in the place of a frozen graph's weights, {variable: array})."""
    meta, users, arrays = v1.MetaGraphDef(), {}, {}
    meta.graph_def.CopyFrom(definition)
    for node in definition.node:
        for source in node.input:
            users.setdefault(source.split(":")[0], []).append(node)
    for node in meta.graph_def.node:
        if node.op != "Const" or node.attr["dtype"].type not in (1, 2, 19):  # float32, float64, float16
            continue
        sizes = [dim.size for dim in node.attr["value"].tensor.tensor_shape.dim]
        used = users.get(node.name, [])
        read = any(user.op == "Identity" and user.name == f"{node.name}/read" for user in used)
        if not sizes or math.prod(sizes) < LEAST or not (read or any(user.op in WEIGHED for user in used)):
            continue
        arrays[node.name] = tf.make_ndarray(node.attr["value"].tensor)
        dtype = node.attr["dtype"].type
        node.CopyFrom(v1.NodeDef(name=node.name, op="VariableV2"))
        node.attr["dtype"].type = dtype
        for size in sizes:
            node.attr["shape"].shape.dim.add(size=size)
    return meta, arrays


class Frozen:
    """A frozen graph: its weights are constants.

    Raises:
        InputError: its constants are quantized, or it has none.
    """

    format = "frozen graph"

    def __init__(self, path, definition):
        self.prefix, self.signature = str(path), None
        quantized = next((node for node in definition.node if node.op in QUANTIZED), None)
        if quantized is not None:
            raise InputError(
                f"{path} is a quantized graph ({quantized.op}, {quantized.name}): convert what it was made from"
            )
        meta, self.arrays = as_variables(definition)
        if not self.arrays:
            kept = [node.name for node in definition.node if node.op in VARIABLES]
            what = f"its {len(kept)} variables are in a checkpoint" if kept else "it has no weights"
            raise InputError(f"{path} is a graph without its weights: {what}")
        self.shapes = {name: list(array.shape) for name, array in self.arrays.items()}
        self.graph = Graph(meta)
        self.graph.definition = definition
        self.graph.tensorflow = self.graph.tensorflow or f"graph of producer {definition.versions.producer}"

    def __getitem__(self, name):
        return finite(self.arrays[name], name, self.prefix)


class SavedModel:
    """A SavedModel of TensorFlow 1: its graph, its variables, its first signature.

    Raises:
        InputError: it is TensorFlow 2's, damaged, or part of it is missing.
    """

    format = "SavedModel"

    def __init__(self, path):
        self.prefix = str(path)
        saved = saved_model_pb2.SavedModel()
        binary = path / "saved_model.pb"
        try:
            if binary.exists():
                saved.ParseFromString(binary.read_bytes())
            else:
                text_format.Parse((path / "saved_model.pbtxt").read_text(encoding="utf-8"), saved)
        except (DecodeError, text_format.ParseError, UnicodeDecodeError) as error:
            raise InputError(f"{binary} is damaged, or no SavedModel") from error
        if not saved.meta_graphs:
            raise InputError(f"{binary} is damaged, or no SavedModel")
        serving = [meta for meta in saved.meta_graphs if "serve" in meta.meta_info_def.tags]
        meta = (serving or list(saved.meta_graphs))[0]
        if meta.HasField("object_graph_def") and len(meta.object_graph_def.nodes):
            what = "TensorFlow 2 loads it: tf.saved_model.load, or keras.layers.TFSMLayer"
            raise InputError(f"{path} is a SavedModel of TensorFlow 2: {what}")
        variables = path / "variables" / "variables"
        self.arrays, self.reader = {}, None
        if variables.with_suffix(".index").exists():
            try:
                self.reader = tf.train.load_checkpoint(str(variables))
                self.shapes = self.reader.get_variable_to_shape_map()
            except READ_ERRORS as error:
                raise InputError(f"{variables} is damaged, or part of it is missing") from error
            self.graph = Graph(meta)
        else:
            if any(node.op in VARIABLES for node in meta.graph_def.node):
                raise InputError(f"{path} is a SavedModel without its weights: {variables}.index is missing")
            frozen, self.arrays = as_variables(meta.graph_def)
            frozen.meta_info_def.CopyFrom(meta.meta_info_def)
            self.shapes = {name: list(array.shape) for name, array in self.arrays.items()}
            self.graph = Graph(frozen)
            self.graph.definition = meta.graph_def
        self.signature = signature_of(meta)
        self.graph.outputs = list(self.signature[1].values()) if self.signature else []

    def __getitem__(self, name):
        try:
            value = self.arrays[name] if self.reader is None else self.reader.get_tensor(name)
        except READ_ERRORS as error:
            raise InputError(f"{self.prefix} is damaged, or part of it is missing: {name} cannot be read") from error
        return finite(value, name, self.prefix)


def signature_of(meta):
    """Returns ({input's name: (node, output)}, {output's name: (node, output)}) of a MetaGraphDef's signature, or None."""
    for name in sorted(meta.signature_def, key=lambda name: (name != "serving_default", name)):
        signature = meta.signature_def[name]
        told = [
            {
                key: (info.name.split(":")[0], int(info.name.partition(":")[2] or 0))
                for key, info in sorted(side.items())
            }
            for side in (signature.inputs, signature.outputs)
        ]
        if all(told):
            return tuple(told)
    return None


class GraphAlone:
    """A `.meta` without its checkpoint: it can be looked at, and not converted."""

    format = "a graph alone, whose weights are missing: .index and .data"

    def __init__(self, path, content):
        self.prefix, self.signature = str(path), None
        meta = v1.MetaGraphDef()
        try:
            meta.ParseFromString(content)
        except DecodeError as error:
            raise InputError(f"{path} is damaged, or no graph of a checkpoint") from error
        self.graph = Graph(meta)
        self.shapes = {
            name: [dim.size for dim in node.attr["shape"].shape.dim]
            for name, node in self.graph.nodes.items() if node.op in VARIABLES
        }  # fmt: skip
        if not self.shapes:
            raise InputError(f"{path} holds no variables: it is damaged, or no graph of a checkpoint")

    def __getitem__(self, name):
        prefix = self.prefix.removesuffix(".meta")
        raise InputError(
            f"{self.prefix} is the graph alone; the weights are missing: {prefix}.index and {prefix}.data-..."
        )


def finite(value, name, prefix):
    value = np.asarray(value).astype("float32")
    if not np.isfinite(value).all():
        raise InputError(f"{prefix}: {name} holds values that are not finite; the training had diverged")
    return value
