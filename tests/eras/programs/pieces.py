"""What every recording program does: pieces by name, numbers that are the same everywhere, and the record.

Runs under Python 2.7 to today's and TensorFlow 0.12 to 1.15, and under today's TensorFlow through legacy/run.py.
"""

from __future__ import division, print_function

import collections
import os
import re
import sys

import numpy as np
import tensorflow as tf

LEGACY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "legacy")
PIECES = []
GIVEN = []  # the inputs of the piece that is being built: gradients are taken by them, too


def piece(*names):
    """Registers a function that builds a graph and returns its outputs. `names`: what of tf.contrib it records."""

    def register(function):
        PIECES.append((function.__name__, names, function))
        return function

    return register


def model_of(program, **constants):
    """Returns the names of a lesson's model: what stands between `# --- model ---` and `# --- training ---`."""
    with open(os.path.join(LEGACY, program + ".py"), "rb") as file:
        source = file.read().decode("utf-8")
    source = source.partition("# --- model ---")[2].partition("# --- training ---")[0]
    names = dict(constants, tf=getattr(tf.compat, "v1", tf), collections=collections)
    exec(compile(source, program, "exec"), names)
    return names


def ramp(shape, place=0):
    """Returns float32 from -0.5 to 0.5 that depend on the shape and on a place; no rounding, so alike everywhere."""
    count = int(np.prod(shape)) if len(shape) else 1
    return (((np.arange(count) * 37 + place * 29 + 7) % 101 - 50) / 100.0).reshape(shape).astype("float32")


def given(*shape):
    """Returns an input, float32 of this shape."""
    value = tf.constant(ramp(shape, 50 + len(GIVEN)))
    GIVEN.append(value)
    return value


def steps(count, *shape):
    """Returns as many inputs as there are steps: a list."""
    return [given(*shape) for _ in range(count)]


def flat(result):
    """Returns the leaves of nested lists, tuples and dictionaries."""
    if result is None:
        return []
    if isinstance(result, dict):
        return [leaf for key in sorted(result) for leaf in flat(result[key])]
    if isinstance(result, (list, tuple)):
        return [leaf for each in result for leaf in flat(each)]
    return [result.stack() if isinstance(result, tf.TensorArray) else result]


def new_session():
    """Returns a session of one thread, so that sums are taken in one order."""
    return tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1))


def numbered():
    """Returns (number, variable) of the trainable ones, in the order of making; peepholes, made in another order until
    1.4, by their gate."""
    found = []
    for place, variable in enumerate(tf.trainable_variables()):
        gate = re.search("w_([ifo])_diag", variable.op.name)
        found.append((40 + "ifo".index(gate.group(1)) if gate else place, variable))
    return found


def start(session):
    """Initializes everything, and gives the trainable variables their numbers, by shape and order."""
    tables = getattr(tf, "tables_initializer", None) or tf.initialize_all_tables
    session.run([tf.global_variables_initializer(), tf.local_variables_initializer(), tables()])
    for place, variable in numbered():
        session.run(tf.assign(variable, ramp(variable.get_shape().as_list(), place)))


def gradients(session, outputs, values):
    """Returns name -> gradient of the outputs' sum, each output weighted with numbers of its own."""
    real = [(tensor, value) for tensor, value in zip(outputs, values) if tensor.dtype.is_floating and value.size]
    if not real:
        return {}
    loss = tf.add_n(
        [tf.reduce_sum(tensor * ramp(value.shape, 20 + place)) for place, (tensor, value) in enumerate(real)]
    )
    by = [("variable %d" % place, each) for place, each in numbered()]
    by += [("input %d" % place, each) for place, each in enumerate(GIVEN)]
    found = zip(by, tf.gradients(loss, [each for _, each in by]))
    found = {name: tf.convert_to_tensor(gradient) for (name, _), gradient in found if gradient is not None}
    return dict(("gradient by " + name, value) for name, value in session.run(found).items()) if found else {}


def as_array(value):
    """Returns an array that np.savez can write without pickle: strings are bytes."""
    array = np.asarray(value)
    if array.dtype.kind in "OU":
        array = np.array([each if isinstance(each, bytes) else each.encode("utf-8") for each in array.ravel()], "S")
        array = array.reshape(np.shape(value))
    return array


def record(function):
    """Returns (name -> array, the trainable variables' names and shapes) of a piece, in a graph of its own.

    A piece returns tensors, or a function of the session that returns values, name -> array or a nested structure.
    """
    del GIVEN[:]
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        result = function()
        variables = ["%s %s" % (each.op.name, each.get_shape().as_list()) for each in tf.trainable_variables()]
        with new_session() as session:
            start(session)
            if callable(result):
                found = result(session)
                if not isinstance(found, dict):
                    found = dict(("output %d" % place, each) for place, each in enumerate(flat(found)))
            else:
                outputs = [tf.convert_to_tensor(each) for each in flat(result)]
                values = session.run(outputs)
                found = dict(("output %d" % place, each) for place, each in enumerate(values))
                found.update(gradients(session, outputs, values))
    return dict((name, as_array(value)) for name, value in found.items()), variables


def summary(name, array):
    """Returns what is recorded of a large array: a corner of it, and its norm."""
    corner = array[:4, :4] if array.ndim == 2 else array[:8]
    return {name + ", corner": corner, name + ", norm": np.sqrt(np.sum(np.square(array.astype("float64"))))}


def record_as_drawn(function):
    """As `record`, of a piece that returns a function of the session; the variables begin with what the seed draws."""
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        result = function()
        variables = ["%s %s" % (each.op.name, each.get_shape().as_list()) for each in tf.trainable_variables()]
        initializer = tf.global_variables_initializer()
        with new_session() as session:
            session.run(initializer)
            found = result(session)
    return dict((name, as_array(value)) for name, value in found.items()), variables


def reason(error):
    """Returns one line of an error, without addresses and folders, which differ from run to run."""
    lines = [line.strip() for line in ("%s: %s" % (type(error).__name__, error)).splitlines()]
    if "in converted code" in lines[0]:  # AutoGraph's own frames stand before the message
        lines = [lines[-1] or lines[-2]]
    return re.sub("0x[0-9a-f]+", "0x", lines[0])[:200]


def packed(piece_name, found):
    """Returns (name -> array, lines that say what is in it): a piece's arrays end to end, one for each type.

    So a record of a thousand small arrays is no thousand files.
    """
    arrays, lines = {}, []
    for name in sorted(found):
        value = found[name]
        kind = "bytes" if value.dtype.kind == "S" else value.dtype.name
        arrays.setdefault("%s/%s" % (piece_name, kind), []).append(value.ravel())
        lines.append("    %s: %s %s" % (name, kind, list(value.shape)))
    return dict((key, np.concatenate(values)) for key, values in arrays.items()), lines


def main(record=record):
    """Records every piece, as `record` does it: arrays into argv[1], an .npz, and beside it, in a .txt, what there is and what is absent."""
    arrays, lines = {}, []
    for name, names, function in PIECES:
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        try:
            found, variables = record(function)
        except Exception as error:  # that a name is absent is one of the results
            lines.append("%s: absent, %s" % (name, reason(error)))
            found, variables = {}, []
        else:
            lines.append("%s: recorded" % name)
        lines += ["    of %s" % each for each in names]
        lines += ["    variable %s" % each for each in variables]
        more, shapes = packed(name, found)
        arrays.update(more)
        lines += shapes
    np.savez_compressed(sys.argv[1], **arrays)
    with open(sys.argv[1].replace(".npz", ".txt"), "wb") as file:
        file.write("".join("%s\n" % line for line in lines).encode("utf-8"))
