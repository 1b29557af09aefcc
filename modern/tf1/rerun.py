"""The graph itself, run by today's TensorFlow with the numbers of its file: the referee of what is rebuilt from it."""

import numpy as np
import tensorflow as tf

from modern.tf1.graph import VARIABLES
from modern.tf1.outputs import Unclear

v1 = tf.compat.v1
SEED = 0  # of the random inputs that both sides are given
GONE = (
    ValueError,
    KeyError,
    TypeError,
    tf.errors.OpError,
)  # what importing or running an operation that is gone raises


def run_graph(graph, value, feed, outputs):
    """Returns the values of tensors, [(node, output)], of a Graph.

    Args:
        value: a function from a variable's name to its value.
        feed: {placeholder's node: array}.

    Raises:
        Unclear: it does not run today.
    """
    try:
        definition = without_control(graph, outputs)
        definition = v1.graph_util.extract_sub_graph(definition, sorted({node for node, _ in outputs}))
        for node in definition.node:
            node.device = ""
            # An attribute that was asked for and is not there stands in the node without a value.
            empty = [name for name, told in node.attr.items() if told.WhichOneof("value") is None]
            for attribute in ("_class", "_output_shapes", *empty):
                node.attr.pop(attribute, None)
            passed = graph.dropped(node.name)
            if passed is not None:  # nothing is dropped when a program is used
                kind = node.attr["T"].type
                node.CopyFrom(v1.NodeDef(name=node.name, op="Identity", input=[f"{passed[0]}:{passed[1]}"]))
                node.attr["T"].type = kind
        with tf.Graph().as_default() as today, v1.Session() as session:
            tf.import_graph_def(definition, name="")
            for node in definition.node:
                if node.op in VARIABLES:
                    name, start, end = graph.rows_of_part(variable_of(node))
                    array = value(name)[start:end] if end else value(name)
                    load(today.get_tensor_by_name(f"{node.name}:0"), array, session)
            known = {node.name for node in definition.node}
            fed = {
                today.get_tensor_by_name(f"{name}:0"): array.astype(today.get_tensor_by_name(f"{name}:0").dtype.as_numpy_dtype)
                for name, array in feed.items() if name in known
            }  # fmt: skip
            return session.run([today.get_tensor_by_name(f"{node}:{output}") for node, output in outputs], fed)
    except GONE as error:
        raise Unclear(f"today's TensorFlow does not run it: {shown(error)}") from error


def without_control(graph, outputs):
    """Returns the GraphDef without the edges to what only has to run first: assertions, updates."""
    plain, needed = v1.GraphDef(), graph.before([node for node, _ in outputs])
    plain.CopyFrom(graph.definition)
    for node in plain.node:
        sources = [source for source in node.input if not source.startswith("^") or source[1:] in needed]
        del node.input[:]
        node.input.extend(sources)
    return plain


def variable_of(node):
    shared = node.attr["shared_name"].s.decode()
    return shared if node.op == "VarHandleOp" and shared else node.name


def load(variable, array, session):
    """Gives a variable of an imported graph, of reference or of resource, its value."""
    if variable.dtype == tf.resource:
        dtype = tf.as_dtype(variable.op.get_attr("dtype"))
        given = v1.placeholder(dtype, array.shape)
        session.run(
            tf.raw_ops.AssignVariableOp(resource=variable, value=given), {given: array.astype(dtype.as_numpy_dtype)}
        )
        return
    given = v1.placeholder(variable.dtype.base_dtype, array.shape)
    session.run(
        v1.assign(variable, given, validate_shape=False).op,
        {given: array.astype(variable.dtype.base_dtype.as_numpy_dtype)},
    )


def draw_inputs(given, batch=3, steps=6, seed=SEED):
    """Returns {placeholder's node: random array} for the inputs of a rebuilt model, `Given`."""
    rng, drawn = np.random.default_rng(seed), {}
    known = [one.dims[1] for one in given if len(one.dims) > 1 and one.dims[1]]
    longest = known[0] if known else steps
    for one in given:
        shape = [
            batch if size is None and at == 0 else steps if size is None else size for at, size in enumerate(one.dims)
        ]
        if one.dtype.startswith("float"):
            drawn[one.node] = rng.normal(size=shape).astype("float32")
        elif one.dtype == "bool":
            drawn[one.node] = rng.integers(0, 2, shape).astype(bool)
        elif one.rows:
            drawn[one.node] = rng.integers(0, one.rows, shape).astype("int32")
        else:  # lengths, or ids of which nothing tells how many there are
            drawn[one.node] = rng.integers(1, longest + 1, shape).astype("int32")
            if len(shape) == 1 and shape[0]:
                drawn[one.node][0] = longest
    return drawn


def gap(told, wanted):
    """Returns the largest difference of two arrays, relative to the largest value where that is above 1."""
    return float(np.abs(np.asarray(told, "float64") - wanted).max()) / max(1.0, float(np.abs(wanted).max()))


def shown(error):
    lines = [line for line in str(getattr(error, "message", "") or error).splitlines() if line.strip()]
    lines = [line for line in lines if "execution error" not in line and "Detected at" not in line] or lines
    return lines[0].strip()[:200] if lines else type(error).__name__
