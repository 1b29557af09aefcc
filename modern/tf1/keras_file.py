"""Keras' own files of those years, `.h5`: the model that is in one, built in Keras 3.

The file is read as data: its JSON and its arrays. No code in it runs.
"""

import dataclasses
import json
from pathlib import Path

import h5py
import keras
import numpy as np

from modern.console import InputError
from modern.tf1.keras_layers import HARD, WRAPPERS, translated, translated_weights
from modern.tf1.remarks import Option, Remark

DAMAGED = (OSError, KeyError, ValueError, TypeError, RuntimeError)  # what h5py raises over a damaged file


@dataclasses.dataclass
class KerasFile:
    """A Keras model of then: its layers' configuration, and each layer's arrays, [(name, array)], by its name."""

    path: str
    version: str
    architecture: dict
    arrays: dict

    @property
    def layers(self):
        """[{"class_name": ..., "config": ..., "inbound_nodes": ...}] in their order."""
        told = self.architecture.get("config")
        told = told if isinstance(told, list) else told.get("layers", [])
        return [one for one in told if isinstance(one, dict) and "class_name" in one]

    @property
    def assumed(self):
        """What cannot be as it was, in words."""
        if "tf" in self.version or not any(one["class_name"] == "Bidirectional" for one in self.layers):
            return []
        masked = any(one["class_name"] == "Masking" or one["config"].get("mask_zero") for one in self.layers)
        what = "Bidirectional gives zeros at masked steps, where Keras before tf.keras repeated the step before"
        return [what] if masked else []

    @property
    def is_chain(self):
        return self.architecture["class_name"] == "Sequential"


def read_keras_file(path, architecture=None):
    """Returns the KerasFile of an .h5, with the JSON file `architecture` if it holds weights alone.

    Raises:
        InputError: it is damaged, or holds no model.
    """
    try:
        with h5py.File(path, "r") as file:
            config = file.attrs.get("model_config")
            stored = file["model_weights"] if "model_weights" in file else file
            version = text_of(stored.attrs.get("keras_version", file.attrs.get("keras_version", b"1")))
            names = [text_of(name) for name in stored.attrs["layer_names"]]
            arrays = {name: arrays_of(stored[name]) for name in names}
    except DAMAGED as error:
        raise InputError(f"{path} is damaged, or no file of Keras: {str(error).splitlines()[0]}") from error
    if architecture is not None:
        config = Path(architecture).read_text(encoding="utf-8")
    if config is None:
        what = f"{path} holds weights alone ({', '.join(names[:4])}): give the model's JSON, as model.to_json() wrote it, with "
        raise InputError(Remark(what, Option("architecture", "FILE")))
    try:
        told = json.loads(text_of(config))
    except ValueError as error:
        raise InputError(f"{architecture or path}: the model's configuration is not JSON") from error
    if not isinstance(told, dict) or not isinstance(told.get("config"), (dict, list)):
        raise InputError(f"{architecture or path} holds no configuration of a Keras model")
    return KerasFile(str(path), text_of(told.get("keras_version", version)), told, arrays)


def text_of(value):
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def arrays_of(group):
    names = [text_of(name) for name in group.attrs.get("weight_names", [])]
    return [(name, np.asarray(group[name], dtype="float32")) for name in names]


def build_keras_model(file):
    """Returns the Keras 3 model of a KerasFile.

    Raises:
        InputError: a layer of it is none that Keras 3 has, or its arrays are another layer's.
    """
    made = {}
    if file.is_chain:
        inputs = x = None
        for one in file.layers:
            if inputs is None:
                inputs = x = given(one, file)
                if one["class_name"] == "InputLayer":
                    continue
            x = layer_of(one, file, made)(x)
        return with_weights(keras.Model(inputs, x), file, made)
    return with_weights(connected(file, made), file, made)


def given(one, file):
    """Returns the Keras Input before the first layer."""
    config = one["config"]
    shape = config.get("batch_input_shape") or config.get("batch_shape")
    if shape is None and config.get("input_dim") and one["class_name"] != "Embedding":
        shape = [None, *([config.get("input_length")] if "input_length" in config else []), config["input_dim"]]
    if shape is None and one["class_name"] == "Embedding":
        shape = [None, config.get("input_length")]
    if shape is None:
        raise InputError(f"{file.path}: the first layer, {config.get('name')}, does not tell the shape that it reads")
    dtype = config.get("input_dtype") or config.get("dtype") or "float32"
    dtype = "int32" if one["class_name"] == "Embedding" or "int" in str(dtype) else "float32"
    batch = shape[0] if config.get("stateful") else None
    return keras.Input(shape[1:], batch, dtype=dtype, name=plain(config.get("name") or "input") + "_input")


def plain(name):
    return "".join(sign if sign.isalnum() else "_" for sign in name)


def layer_of(one, file, made):
    """Returns the Keras layer of a layer's configuration, made once; made[name] is (layer, class, kind, arguments)."""
    name = one["config"].get("name") or one.get("name") or f"{one['class_name'].lower()}_{len(made) + 1}"
    if name not in made:
        kind, said = translated(one["class_name"], one["config"], file.path)
        if kind in WRAPPERS:
            inner_kind, inner = translated(said["layer"]["class_name"], said["layer"]["config"], file.path)
            options = {key: value for key, value in said.items() if key != "layer"}
            layer = getattr(keras.layers, kind)(getattr(keras.layers, inner_kind)(**inner), name=plain(name), **options)
            made[name] = layer, said["layer"]["class_name"], inner_kind, inner, kind
        else:
            if kind == "Activation" and said["activation"] == "hard_sigmoid":
                layer = keras.Sequential([keras.layers.Rescaling(HARD), keras.layers.Activation("hard_sigmoid")])
            else:
                layer = getattr(keras.layers, kind)(**said, name=plain(name))
            made[name] = layer, one["class_name"], kind, said, None
    return made[name][0]


def connected(file, made):
    """Returns the model of a configuration with a graph of layers."""
    tensors, config, waiting = {}, file.architecture["config"], []
    inputs = []
    for one in file.layers:
        if one["class_name"] == "InputLayer":
            tensors[one["name"], 0] = [given(one, file)]
            inputs.append(tensors[one["name"], 0][0])
        else:
            waiting += [(one, at, node) for at, node in enumerate(one["inbound_nodes"])]
    while waiting:
        ready = [entry for entry in waiting if all((source[0], source[1]) in tensors for source in entry[2])]
        if not ready:
            raise InputError(f"{file.path}: {waiting[0][0]['name']} reads a layer that is not there")
        for entry in ready:
            one, at, node = entry
            fed = [tensors[source[0], source[1]][source[2]] for source in node]
            layer = layer_of({**one, "config": {**one["config"], "name": one["name"]}}, file, made)
            out = layer(fed if len(fed) > 1 else fed[0])
            tensors[one["name"], at] = list(out) if isinstance(out, (list, tuple)) else [out]
            waiting.remove(entry)
    outputs = config["output_layers"]
    outputs = [outputs] if outputs and isinstance(outputs[0], str) else outputs
    results = [tensors[name, node][at] for name, node, at in outputs]
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], results if len(results) > 1 else results[0])


def with_weights(model, file, made):
    """Gives the layers their arrays; returns the model."""
    for name, (layer, class_name, kind, said, wrapper) in made.items():
        arrays = [array for _, array in file.arrays.get(name, [])]
        if not arrays:
            if layer.weights:
                raise InputError(f"{file.path} holds no weights of {name}")
            continue
        halves = [arrays[: len(arrays) // 2], arrays[len(arrays) // 2 :]] if wrapper == "Bidirectional" else [arrays]
        told = [array for half in halves for array in translated_weights(kind, class_name, said, half)]
        if [array.shape for array in told] != [tuple(weight.shape) for weight in layer.weights]:
            raise InputError(f"{file.path}: the weights of {name} are not those of a {class_name}")
        layer.set_weights(told)
    return model
