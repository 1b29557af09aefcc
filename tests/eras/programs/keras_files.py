"""Records Keras' own files, .h5, as Keras 1.2, 2.0, 2.2 and tf.keras wrote them, and what the same model gave.

Each file stands in a folder beside the .npz. The Keras is the package where it is installed, else tf.keras.
"""

from __future__ import division, print_function

import json
import os
import sys

import h5py
import numpy as np
from pieces import main, piece, ramp

try:
    import keras
except ImportError:
    from tensorflow import keras

L, K1 = keras.layers, keras.__version__.startswith("1.")
if K1:  # its package keeps the functional model elsewhere
    from keras.models import Model, Sequential
else:
    Model, Sequential = keras.models.Model, keras.models.Sequential
BATCH, TIME, INPUTS, UNITS, WORDS = 2, 5, 3, 4, 7
FOLDER = sys.argv[1].replace(".npz", "")
VECTORS, IDS = ramp([BATCH, TIME, INPUTS]), np.array([[1, 2, 3, 0, 0], [4, 5, 6, 1, 2]])


def numbered(model):
    """Gives a model its numbers: of each layer's arrays in their order; a variance stays positive."""
    for layer in model.layers:
        arrays = layer.get_weights()
        told = [ramp(list(array.shape), place) for place, array in enumerate(arrays)]
        if "BatchNormalization" in type(layer).__name__:
            told[-1] = np.abs(told[-1]) + 0.5
        layer.set_weights(told)
    return model


def chain(*layers):
    model = Sequential()
    for layer in layers:
        model.add(layer)
    return numbered(model)


def vectors(layer, *args, **more):
    return layer(*args, batch_input_shape=(None, TIME, INPUTS), **more)


def ids(*args, **more):
    return L.Embedding(*args, batch_input_shape=(None, TIME), **more)


@piece()
def lstm():
    return chain(vectors(L.LSTM, UNITS, return_sequences=True), L.Dropout(0.5), L.LSTM(UNITS), L.Dense(3)), VECTORS


@piece()
def gru():
    return chain(vectors(L.GRU, UNITS, return_sequences=True), L.GRU(UNITS, activation="relu"), L.Dense(2)), VECTORS


@piece()
def simple_rnn():
    return chain(vectors(L.SimpleRNN, UNITS), L.Dense(3, activation="softmax")), VECTORS


@piece()
def words():
    """Masked ids, both directions, a label at every step."""
    layers = [ids(WORDS, 3, mask_zero=True), L.Bidirectional(L.LSTM(UNITS, return_sequences=True))]
    return chain(*(layers + [L.TimeDistributed(L.Dense(3, activation="softmax"))])), IDS


@piece()
def summed():
    """Both directions added, and the last states alone."""
    return chain(vectors(L.Masking, 0.0), L.Bidirectional(L.GRU(UNITS), merge_mode="sum"), L.Dense(2)), VECTORS


@piece()
def unrolled():
    return chain(vectors(L.LSTM, UNITS, unroll=True, go_backwards=True), L.BatchNormalization(), L.Dense(1)), VECTORS


@piece()
def gates_of_another_kind():
    """hard_sigmoid also after a layer of its own."""
    told = {"inner_activation" if K1 else "recurrent_activation": "sigmoid", "activation": "softsign"}
    return chain(vectors(L.LSTM, UNITS, **told), L.Dense(3, activation="hard_sigmoid")), VECTORS


@piece()
def convolved():
    first = vectors(L.Convolution1D if K1 else L.Conv1D, 4, 3, activation="relu")
    return chain(first, L.MaxPooling1D(2), L.LSTM(UNITS), L.Activation("hard_sigmoid")), VECTORS


@piece()
def two_inputs():
    """A model of layers that are called: one LSTM reads two inputs, what it gives stands side by side."""
    a, b = (L.Input(batch_shape=(None, TIME, INPUTS), name=name) for name in ("left", "right"))
    shared = L.LSTM(UNITS, name="shared")
    if K1:
        joined = L.merge([shared(a), shared(b)], mode="concat")
    else:
        joined = L.concatenate([shared(a), shared(b)])
    out = L.Dense(2, name="out")(joined)
    return numbered(Model(**({"input": [a, b], "output": out} if K1 else {"inputs": [a, b], "outputs": out}))), VECTORS


def plain_twin(kind):
    """The plain layer, which reads the weights of CuDNN's layer from a file itself; that one runs on a card alone."""
    more = {"recurrent_activation": "sigmoid"}
    if kind == "GRU":
        more["reset_after"] = True
    getattr(L, "CuDNN" + kind)  # absent before 2.1
    return chain(vectors(getattr(L, kind), UNITS, **more), L.Dense(2)), VECTORS, kind


def as_cudnn(path, kind):
    """Makes, in a file, CuDNN's layer of the plain one: its class, and a bias for each of its two products."""
    with h5py.File(path, "r+") as file:
        config = file.attrs["model_config"]
        config = json.loads(config.decode("utf-8") if isinstance(config, bytes) else config)
        layers = config["config"] if isinstance(config["config"], list) else config["config"]["layers"]
        first = layers[0]
        first["class_name"] = "CuDNN" + kind
        kept = ("name", "trainable", "batch_input_shape", "dtype", "units", "return_sequences", "stateful")
        first["config"] = dict((key, value) for key, value in first["config"].items() if key in kept)
        file.attrs["model_config"] = json.dumps(config).encode("utf-8")
        group = file["model_weights"][first["config"]["name"]]
        name = [each for each in group.attrs["weight_names"] if b"bias" in each][0]
        del group[name]
        group[name] = ramp([2 * UNITS * (4 if kind == "LSTM" else 3)], 9)


@piece()
def cudnn_lstm():
    return plain_twin("LSTM")


@piece()
def cudnn_gru():
    return plain_twin("GRU")


def record(function):
    """Returns ({"input", "output"}, the arrays' names), and saves the model."""
    keras.backend.clear_session()
    np.random.seed(1)
    model, x, twin = (tuple(function()) + (None,))[:3]
    if not os.path.isdir(FOLDER):
        os.makedirs(FOLDER)
    path = os.path.join(FOLDER, function.__name__ + ".h5")
    model.save(path)
    if twin is not None:
        as_cudnn(path, twin)
        model.load_weights(path)
    fed = [x, x[:, ::-1]] if function.__name__ == "two_inputs" else x
    output = model.predict(fed)
    return {"input": np.asarray(x), "output": np.asarray(output)}, []


if __name__ == "__main__":
    main(record)
