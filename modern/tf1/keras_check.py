"""The check of a Keras file: tf_keras, the Keras 2 that still runs, and the Keras 3 model on the same inputs."""

import copy
import importlib
import json

import h5py
import numpy as np

from modern.console import InputError
from modern.tf1.keras_layers import CUDNN, WRAPPERS, translated
from modern.tf1.rerun import gap

KEPT = ("name", "batch_input_shape", "trainable")


def keras_2_config(one, path):
    """Returns a layer's configuration as Keras 2 has it: CuDNN's layers as plain ones, Keras 1's arguments renamed."""
    one = copy.deepcopy(one)
    config, class_name = one["config"], one["class_name"]
    if class_name == "InputLayer":
        shape = config.get("batch_input_shape") or config.get("batch_shape")
        told = {"batch_input_shape": shape, "dtype": config.get("dtype") or config.get("input_dtype") or "float32"}
        return {**one, "config": {"name": config["name"], **told}}
    kind, said = translated(class_name, config, path)
    if kind in WRAPPERS:
        said["layer"] = keras_2_config(
            {"class_name": said["layer"]["class_name"], "config": said["layer"]["config"]}, path
        )
    if "negative_slope" in said and kind == "LeakyReLU":
        said["alpha"] = said.pop("negative_slope")
    if kind == "GRU" and class_name not in CUDNN:
        said["reset_after"] = config.get("reset_after", False)
    shape = config.get("batch_input_shape")
    if shape is None and config.get("input_dim") and class_name != "Embedding":
        shape = [None, *([config.get("input_length")] if "input_length" in config else []), config["input_dim"]]
    if shape is None and class_name == "Embedding":
        shape = [None, config.get("input_length")]
    told = {key: config[key] for key in KEPT if config.get(key) is not None} | said
    if shape is not None:
        told["batch_input_shape"] = shape if config.get("stateful") else [None, *shape[1:]]
    return {**one, "class_name": kind, "config": told}


def run_keras_2(file, inputs):
    """Returns what Keras 2 gives, with the weights as it reads them itself from the file; a list of arrays.

    Raises:
        InputError: it cannot build the model.
    """
    tf_keras = importlib.import_module("tf_keras")  # it takes two seconds, and only a Keras file needs it
    hdf5_format = importlib.import_module("tf_keras.src.saving.legacy.hdf5_format")
    told = copy.deepcopy(file.architecture)
    layers = [keras_2_config(one, file.path) for one in file.layers]
    if isinstance(told["config"], list):
        told["config"] = {"name": "sequential", "layers": layers}
    else:
        told["config"]["layers"] = layers
    told["class_name"] = "Sequential" if file.is_chain else "Functional"
    try:
        model = tf_keras.models.model_from_json(json.dumps(told))
        with h5py.File(file.path, "r") as stored:
            hdf5_format.load_weights_from_hdf5_group(
                stored["model_weights"] if "model_weights" in stored else stored, model
            )
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{file.path}: Keras 2 does not build it: {str(error).splitlines()[0][:200]}") from error
    told = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    return told if isinstance(told, list) else [told]


def draw(model, steps=8, batch=3, seed=0):
    """Returns random inputs of a Keras model; ids where an Embedding reads them."""
    rng, drawn = np.random.default_rng(seed), []
    rows = [layer.input_dim for layer in model.layers if type(layer).__name__ == "Embedding"]
    for given in model.inputs:
        shape = [size or (steps if at else batch) for at, size in enumerate(given.shape)]
        ids = given.dtype == "int32" and rows
        drawn.append(
            rng.integers(0, min(rows), shape).astype("int32") if ids else rng.normal(size=shape).astype("float32")
        )
    return drawn


def check_keras_file(model, file):
    """Returns {"keras": the largest difference between a model and Keras 2 on the same inputs}, relative above 1."""
    inputs = draw(model)
    wanted = run_keras_2(file, inputs)
    told = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    told = told if isinstance(told, list) else [told]
    return {"keras": max(gap(one, other) for one, other in zip(told, wanted))}
