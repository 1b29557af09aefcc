"""Checkpoints for the tests: written as TensorFlow 1 wrote them, converted, and compared with what their graph gives."""

import collections

import keras
import numpy as np
import tensorflow as tf

from modern.tf1.cells import names_of
from modern.tf1.check import TOLERANCE
from modern.tf1.convert import convert

v1 = tf.compat.v1

Saved = collections.namedtuple("Saved", "prefix run values")
V1, V2 = v1.train.SaverDef.V1, v1.train.SaverDef.V2


def save(folder, build, rename=lambda name: name, meta=True, version=V2, extra=None, name="model.ckpt"):
    """Writes a checkpoint of the graph that `build` builds, with random numbers in its variables.

    `build` returns (placeholder, output); `rename` gives a variable's name in the file; `extra` are arrays that
    stand in the file, too. Returns Saved: the checkpoint's prefix, a function from what is fed to the graph's
    output, and the values under the names in the file.
    """
    rng = np.random.default_rng(1)
    with tf.Graph().as_default():
        fed, output = build()
        for extra_name, array in (extra or {}).items():
            v1.get_variable(extra_name, initializer=array)
        variables = v1.global_variables()
        session = v1.Session()
        session.run(v1.global_variables_initializer())
        values = {}
        for variable in variables:
            array = session.run(variable)
            if variable.op.name not in (extra or {}) and array.dtype == np.float32:
                array = rng.normal(0, 0.5, array.shape).astype("float32")
                variable.load(array, session)
            values[rename(variable.op.name)] = array
        saver = v1.train.Saver({rename(variable.op.name): variable for variable in variables}, write_version=version)
        prefix = saver.save(session, str(folder / name), write_meta_graph=meta, latest_filename=f"{name}.latest")
    return Saved(prefix, lambda x: session.run(output, {fed: x}), values)


def write(folder, arrays, name="model.ckpt", version=V2):
    """Writes a checkpoint of arrays, without a graph; returns its prefix."""
    with tf.Graph().as_default(), v1.Session() as session:
        saved = {key: tf.Variable(array) for key, array in arrays.items()}
        session.run(v1.global_variables_initializer())
        saver = v1.train.Saver(saved, write_version=version)
        return saver.save(session, str(folder / name), write_meta_graph=False)


def converted(saved, folder, **said):
    """Converts a checkpoint; returns the findings and the model as plain Keras loads it."""
    findings, _, differences = convert(saved.prefix, folder / "model.keras", **said)
    assert max(differences.values()) <= TOLERANCE
    return findings, keras.models.load_model(folder / "model.keras")


def sequences(*shape, ids=None):
    rng = np.random.default_rng(2)
    return rng.integers(0, ids, shape).astype("int32") if ids else rng.normal(size=shape).astype("float32")


def agree(parity, quantity, saved, model, x):
    wanted, told = saved.run(x), np.asarray(model(x))
    largest = max(1.0, np.abs(wanted).max())
    # One rounding in another order, carried over a few steps; measured up to 4e-7 of the largest value.
    parity.close(f"{quantity}, outputs, relative", wanted / largest, told / largest, 2e-6)


def accounted(findings, names):
    """Every variable is in a cell, around one, refused, left, or an optimizer's: once, and none is dropped."""
    found = names_of({cell.scope: cell for cell in the_cells(findings)}.values())
    for stack in findings.stacks:
        denses = [*stack.input_dense, *stack.dense]
        found += [stack.embedding] if stack.embedding else []
        found += [name for one in denses for name in (one.kernel, one.bias) if name and name != stack.embedding]
    found += [name for one in findings.refused for name in one.names]
    found += [*findings.left, *findings.slots, *findings.counters, *findings.averages.values()]
    assert sorted(found) == sorted(names)


def the_cells(findings):
    return [cell for stack in findings.stacks for cell in stack.cells]


def numbers(*shape, seed=3):
    return np.random.default_rng(seed).normal(0, 0.5, shape).astype("float32")


def lstm_arrays(scope, inputs=4, units=6, seed=3):
    return {
        f"{scope}/kernel": numbers(inputs + units, 4 * units, seed=seed),
        f"{scope}/bias": numbers(4 * units, seed=seed),
    }


def ptb(forget=None):
    cells = {f"Model/RNN/multi_rnn_cell/cell_{at}/basic_lstm_cell": at for at in (0, 1)}
    arrays = {"Model/embedding": numbers(11, 6), "Model/softmax_w": numbers(6, 11), "Model/softmax_b": numbers(11)}
    for scope, at in cells.items():
        arrays |= lstm_arrays(scope, inputs=6, seed=at)
    return arrays


def cell_with(**more):
    scope = "rnn/lstm_cell"
    return lstm_arrays(scope) | {f"{scope}/{name.replace('__', '/')}": numbers(*shape) for name, shape in more.items()}


def assumes(findings, words, **options):
    """Returns whether something was assumed in these words, with these arguments to change it."""
    return any(words in str(one) and one.options.items() >= options.items() for one in findings.assumed)
