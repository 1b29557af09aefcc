"""The Keras model of a stack and what stands around it."""

import itertools

import keras
from keras import layers, ops

KERAS_LAYERS = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}  # by the family of the cell


def layer_names(stack):
    """Yields (cell, its Keras layer's name, direction, level, whether it is its run's last) in their order."""
    number = 0
    for at, level in enumerate(stack.levels):
        for direction, run in level.items():
            for place, cell in enumerate(run):
                name = f"{cell.family}_{number + place}{direction and '_'}{direction}"
                yield cell, name, direction, at, place == len(run) - 1
        number += max(len(run) for run in level.values())


def keras_layer(cell, name, **options):
    """Returns the Keras layer of a cell, without its weights."""
    options |= {"activation": cell.activation, "name": name}
    if cell.family == "gru":
        options["reset_after"] = cell.of.cudnn
    return KERAS_LAYERS[cell.family](cell.units, **options)


MERGES = {"concat": layers.Concatenate, "sum": layers.Add, "ave": layers.Average, "mul": layers.Multiply}


def build_model(stack, value, steps=None, batch=None, states=False, masked=False):
    """Returns the Keras model of a stack and what stands around it.

    It reads ids, int32 [batch, time], if the stack has an embedding or reads one-hot rows, else vectors,
    float32 [batch, time, inputs]; it gives float32 [batch, time, columns], or [batch, columns] of the last step.

    Args:
        stack: a Stack.
        value: a function from a variable's name to its value.
        steps: time steps, if they are to be fixed.
        batch: sequences at a time, for a stateful model.
        states: whether initial states are inputs, in one direction, and the last states outputs; h, c for an LSTM.
        masked: whether a second input says which steps count, bool [batch, time], as TensorFlow 1's sequence_length.
    """
    weights = {}  # a layer's name -> its weights
    mask = keras.Input((steps,), batch, dtype="bool", name="mask") if masked else None
    inputs, x = read_layers(stack, value, weights, steps, batch)
    started, ended = [], []  # initial and last states
    for level, entries in itertools.groupby(layer_names(stack), key=lambda entry: entry[3]):
        sides = []
        for direction, run in itertools.groupby(entries, key=lambda entry: entry[2]):
            side, starts, ends = run_layers(list(run), x, mask, stack, value, weights, states, batch is not None)
            started += starts
            ended += ends
            sides.append(side)
        x = MERGES[stack.merge](name=f"both_{level}")(sides) if len(sides) == 2 else sides[0]
    if stack.gives == "last-step" and len(x.shape) == 3:
        x = x[:, -1]  # [batch, width]
    elif stack.gives in ("mean", "max"):
        x = getattr(ops, stack.gives)(x, axis=1)  # [batch, width]
    for number, one in enumerate(stack.dense):
        x = dense_layer(x, one, "output" if number == len(stack.dense) - 1 else f"dense_{number}", value, weights)
    given = [inputs, *([mask] if masked else []), *started]
    model = keras.Model(given if len(given) > 1 else inputs, [x, *ended] if ended else x, name=stack.name)
    for name, values in weights.items():
        model.get_layer(name).set_weights(values)
    return model


def read_layers(stack, value, weights, steps, batch):
    """Returns (the input, what the first cells read): an embedding or one-hot rows, and the dense layers before."""
    if stack.embedding or stack.one_hot:
        inputs = keras.Input((steps,), batch, dtype="int32", name="ids")
        if stack.embedding:
            table = value(stack.embedding)
            weights["embedding"] = [table]
            x = layers.Embedding(*table.shape, name="embedding")(inputs)  # [batch, time, inputs]
        else:
            x = ops.one_hot(inputs, one_hot_size(stack, value))  # [batch, time, inputs]
    else:
        size = len(value(stack.input_dense[0].kernel)) if stack.input_dense else stack.inputs
        x = inputs = keras.Input((steps, size), batch, name="input")
    for number, one in enumerate(stack.input_dense):
        name = "input_dense" if len(stack.input_dense) == 1 else f"input_dense_{number}"
        x = dense_layer(x, one, name, value, weights)
    return inputs, x


def run_layers(entries, x, mask, stack, value, weights, states, stateful):
    """Returns (the outputs, initial states, last states) of one direction's cells on one level over x.

    `entries` are `layer_names`'. The outputs stand in the order of time; with "last-states" they are [batch, units].
    """
    _, _, direction, level, _ = entries[0]
    top = level == len(stack.levels) - 1
    one_way = all("bw" not in level for level in stack.levels)
    ending = top and (stack.gives == "last-states" or (stack.gives == "last-step" and one_way))
    y, counting, started, ended = x, mask, [], []
    if direction == "bw":
        y, counting = ops.flip(x, axis=1), None if mask is None else ops.flip(mask, axis=1)
    for cell, name, _, _, end in entries:
        sequences = not (ending and end) or cell.residual
        options = {"return_sequences": sequences, "return_state": states, "stateful": stateful}
        layer = keras_layer(cell, name, **options, zero_output_for_mask=mask is not None and sequences)
        initial = None
        if states and not direction:
            parts = "hc" if cell.is_lstm else "h"
            initial = [keras.Input((cell.units,), name=f"{name}_{part}") for part in parts]
            started += initial
        output = layer(y, initial_state=initial, mask=counting)
        if states:
            output, *final = output
            ended += final
        y = layers.Add(name=f"{name}_residual")([y, output]) if cell.residual else output
        weights[name] = cell.keras_weights(value)
    if stack.gives == "last-states" and top:
        y = y[:, -1] if len(y.shape) == 3 else y  # [batch, units], the last that it read
    elif direction == "bw":
        y = ops.flip(y, axis=1)
    return y, started, ended


def dense_layer(x, one, name, value, weights):
    """Returns the outcome of a Dense over x."""
    kernel = dense_kernel(one, value)
    weights[name] = [kernel] if one.bias is None else [kernel, value(one.bias)]
    return layers.Dense(kernel.shape[1], one.activation, one.bias is not None, name=name)(x)


def dense_kernel(one, value):
    return value(one.kernel).T if one.transposed else value(one.kernel)


def one_hot_size(stack, value):
    return len(value(stack.input_dense[0].kernel)) if stack.input_dense else stack.inputs


def side_by_side(models):
    """Returns one model that holds several: `get_layer` gives each by its stack's name."""
    inputs, outputs = [], {}
    for model in models:
        own = [
            keras.Input(given.shape[1:], dtype=given.dtype, name=f"{model.name}_{given.name}") for given in model.inputs
        ]
        inputs += own
        results = model(own if len(own) > 1 else own[0])
        results = results if isinstance(results, (list, tuple)) else [results]
        names = ["output", *(f"state_{number}" for number in range(len(results) - 1))]
        outputs |= {f"{model.name}_{name}": result for name, result in zip(names, results)}
    return keras.Model(inputs, outputs, name="stacks")
