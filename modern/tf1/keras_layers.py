"""The layers of Keras 1 and 2, as Keras 3 has them: their classes, their arguments, their weights' order.

What Keras 3 dropped is translated: `batch_input_shape`, `implementation`, `time_major`, `CuDNNLSTM`, Keras 1's
`output_dim`, `inner_activation`, `consume_less`, its LSTM of twelve arrays. What it has another meaning for is kept as
it was: `hard_sigmoid` was clip(x / 5 + 1/2) and is clip(x / 6 + 1/2), so that weights before it are taken 1.2 times.
"""

import numpy as np

from modern.console import InputError

HARD = 1.2  # hard_sigmoid of today at 1.2 x is that of then at x
GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
CUDNN = {"CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU"}
RENAMED = {
    "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "TimeDistributedDense": "TimeDistributed",
    "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
    "LSTMV2": "LSTM", "GRUV2": "GRU", "UnifiedLSTM": "LSTM", "UnifiedGRU": "GRU", "DenseV2": "Dense",
}  # fmt: skip
ARGUMENTS = {
    "output_dim": "units", "inner_activation": "recurrent_activation", "p": "rate", "nb_filter": "filters",
    "filter_length": "kernel_size", "subsample_length": "strides", "border_mode": "padding", "bias": "use_bias",
    "pool_length": "pool_size", "stride": "strides", "alpha": "negative_slope", "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout", "W_regularizer": None, "b_regularizer": None, "U_regularizer": None,
}  # fmt: skip
RECURRENT = (
    *("units", "activation", "recurrent_activation", "use_bias", "dropout", "recurrent_dropout", "return_sequences"),
    *("return_state", "go_backwards", "stateful", "unroll", "reset_after"),
)
# A class -> the arguments of it that change what it computes; all others are for training, or dropped.
LAYERS = {
    "LSTM": RECURRENT[:-1],
    "GRU": RECURRENT,
    "SimpleRNN": tuple(name for name in RECURRENT if name not in ("recurrent_activation", "reset_after")),
    "Dense": ("units", "activation", "use_bias"),
    "Embedding": ("input_dim", "output_dim", "mask_zero"),
    "Masking": ("mask_value",),
    "Dropout": ("rate",),
    "SpatialDropout1D": ("rate",),
    "GaussianNoise": ("stddev",),
    "Activation": ("activation",),
    "LeakyReLU": ("negative_slope",),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "Flatten": (),
    "Reshape": ("target_shape",),
    "Permute": ("dims",),
    "RepeatVector": ("n",),
    "BatchNormalization": ("axis", "momentum", "epsilon", "center", "scale"),
    "LayerNormalization": ("axis", "epsilon", "center", "scale"),
    "Conv1D": ("filters", "kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias"),
    "Conv2D": ("filters", "kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias"),
    "MaxPooling1D": ("pool_size", "strides", "padding"),
    "AveragePooling1D": ("pool_size", "strides", "padding"),
    "MaxPooling2D": ("pool_size", "strides", "padding"),
    "AveragePooling2D": ("pool_size", "strides", "padding"),
    "GlobalMaxPooling1D": (),
    "GlobalAveragePooling1D": (),
    "ZeroPadding1D": ("padding",),
    "Concatenate": ("axis",),
    "Dot": ("axes", "normalize"),
    "Add": (),
    "Subtract": (),
    "Multiply": (),
    "Average": (),
    "Maximum": (),
}
MERGES = {"concat": "Concatenate", "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum"}
WRAPPERS = ("TimeDistributed", "Bidirectional")


def translated(class_name, config, path):
    """Returns (class of Keras 3, its arguments) of a layer of Keras 1 or 2; a wrapper's "layer" stays as it was.

    Raises:
        InputError: Keras 3 has no such layer, or it holds code.
    """
    name = config.get("name", class_name)
    if class_name in CUDNN:
        config = {"recurrent_activation": "sigmoid", "activation": "tanh", "reset_after": True, **config}
    kind = CUDNN.get(class_name) or RENAMED.get(class_name, class_name)
    if kind == "Lambda":
        raise InputError(f"{path}: the Lambda layer {name} is code, which is not run; write what it does as a layer")
    if config.get("time_major"):
        raise InputError(f"{path}: {name} reads [time, batch, ...] (time_major), which no layer of Keras 3 does")
    if kind == "TimeDistributed" and class_name == "TimeDistributedDense":
        return kind, {"layer": {"class_name": "Dense", "config": config}}
    if kind == "Merge":  # Keras 1's
        if config.get("mode") not in MERGES:
            raise InputError(f"{path}: {name} merges by {config.get('mode')}, which is code or not known here")
        return MERGES[config["mode"]], {"axis": config.get("concat_axis", -1)} if config["mode"] == "concat" else {}
    if kind in WRAPPERS:
        merge = {"merge_mode": config.get("merge_mode", "concat")} if kind == "Bidirectional" else {}
        return kind, {"layer": config["layer"], **merge}
    if kind not in LAYERS:
        raise InputError(f"{path}: {name} is a {class_name}, a layer that is not known here")
    # Keras 1's Embedding has an output_dim of its own.
    rename = {} if kind == "Embedding" else ARGUMENTS
    said = {rename.get(key, key): value for key, value in config.items()}
    said = {key: value for key, value in said.items() if key in LAYERS[kind] and value is not None}
    if isinstance(said.get("axis"), list):  # tf.keras' BatchNormalization
        said["axis"] = said["axis"][0]
    if kind == "GRU":
        said.setdefault("reset_after", False)
    for key in ("activation", "recurrent_activation"):
        if key in said:
            said[key] = activation(said[key], name, path)
    return kind, said


def activation(said, name, path):
    """Returns an activation's name; Keras 2 may have it as {"class_name": ...}."""
    if isinstance(said, dict):
        said = said.get("class_name", "") if not isinstance(said.get("config"), str) else said["config"]
    if not isinstance(said, str) or said == "<lambda>":
        raise InputError(f"{path}: the activation of {name} is code, which is not run")
    return said


def translated_weights(kind, class_name, said, arrays):
    """Returns the arrays of a layer in Keras 3's order and layout.

    Args:
        kind, said: of `translated`.
        class_name: the class that the file names.
        arrays: its arrays, in the file's order.
    """
    if kind in GATES:
        if class_name in CUDNN:
            arrays = from_cudnn(arrays, GATES[kind])
        elif kind != "SimpleRNN" and len(arrays) == 3 * GATES[kind]:
            arrays = from_keras_1(arrays, kind)
        if said.get("recurrent_activation") == "hard_sigmoid":
            arrays = [hardened(array, kind, said["units"]) for array in arrays]
    elif kind in ("Dense", "Conv1D", "Conv2D"):
        if kind == "Conv1D" and arrays[0].ndim == 4:  # Keras 1's: [width, 1, inputs, filters]
            arrays = [arrays[0][:, 0], *arrays[1:]]
        if said.get("activation") == "hard_sigmoid":
            arrays = [HARD * array for array in arrays]
    return arrays


def from_keras_1(arrays, kind):
    """Returns [kernel, recurrent_kernel, bias] of Keras 1's W_i, U_i, b_i, W_c, U_c, b_c, ..., one of each a gate."""
    gates = [arrays[at : at + 3] for at in range(0, len(arrays), 3)]
    order = (0, 2, 1, 3) if kind == "LSTM" else (0, 1, 2)  # i, c, f, o there; z, r, h in both
    return [np.concatenate([gates[at][part] for at in order], axis=-1) for part in range(3)]


def from_cudnn(arrays, gates):
    """Returns the arrays of a CuDNN layer of Keras 2 as the plain layer has them.

    Its kernels stand turned around in memory, gate by gate; an LSTM's two biases are added, a GRU's are two.
    """
    kernel, recurrent, bias = arrays
    kernel = np.hstack([part.T.reshape(part.shape, order="F") for part in np.hsplit(kernel, gates)])
    recurrent = np.hstack([part.T for part in np.hsplit(recurrent, gates)])
    halves = np.split(bias, 2)
    return [kernel, recurrent, halves[0] + halves[1] if gates == 4 else np.stack(halves)]


def hardened(array, kind, units):
    """Returns a layer's array with the columns of its gates, not of its candidate, 1.2 times as large."""
    factor = np.full(array.shape[-1], HARD, "float32")
    factor[2 * units : 3 * units] = 1.0  # c of i, f, c, o; h of z, r, h
    return array * factor
