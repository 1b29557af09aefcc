"""Graphs from files of those years: operations that TensorFlow gave up are put together from today's.

Source: tensorflow/contrib/{seq2seq/ops/beam_search_ops,framework/ops/variable_ops}.cc, TensorFlow 1.0 to 1.15.
"""

import tensorflow.compat.v1 as tf
from google.protobuf.message import DecodeError
from tensorflow.core.framework import graph_pb2
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow.python.framework import op_def_registry

from legacy.contrib.beam_search import gather_tree
from legacy.contrib.missing import Missing


def gather_tree_of(step_ids, parent_ids, max_sequence_lengths, end_token):
    """The operation GatherTree, int32 alone, as all that wrote it did."""
    return gather_tree(step_ids, parent_ids, max_sequence_lengths, end_token)


# Operation -> the function that does the same, and the types and shapes of its inputs.
FUNCTIONS = {
    "GatherTree": (gather_tree_of, [[None, None, None], [None, None, None], [None], []]),
}


def function_of(name):
    """Returns a FunctionDef of the operation's name, and those that it calls."""
    function, shapes = FUNCTIONS[name]
    with tf.Graph().as_default():
        traced = tf.function(function).get_concrete_function(*(tf.TensorSpec(shape, tf.int32) for shape in shapes))
        library = traced.graph.as_graph_def().library
        own = traced.function_def if hasattr(traced, "function_def") else traced._inference_function.function_def
        own = type(own).FromString(own.SerializeToString())
    own.signature.name = name
    return [own, *library.function], list(library.gradient)


def renewed(graph_def):
    """Returns a graph whose operations are all there today. Raises Missing for one that is not, and has no stand-in."""
    renewed_def = graph_pb2.GraphDef()
    renewed_def.CopyFrom(graph_def)
    known = {function.signature.name for function in renewed_def.library.function}
    extra = []
    for node in renewed_def.node:
        if op_def_registry.get(node.op) is not None or node.op in known:
            continue
        if node.op == "ZeroInitializer":  # puts zeros of the variable's shape into it
            zeros = extra_node(extra, f"{node.name}/zeros", "Const")
            zeros.attr["dtype"].type = node.attr["T"].type
            shape = shape_in(renewed_def, node.input[0])
            zeros.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(0, tf.as_dtype(node.attr["T"].type), shape))
            node.op = "Assign"
            node.input.insert(1, zeros.name)
        elif node.op in FUNCTIONS and inputs_of(node) == len(FUNCTIONS[node.op][1]):
            functions, gradients = function_of(node.op)
            renewed_def.library.function.extend(functions)
            renewed_def.library.gradient.extend(gradients)
            known |= {function.signature.name for function in functions}
        else:
            raise Missing(f"the operation {node.op} of the graph ({node.name})")
    for node in renewed_def.node:
        if node.op in FUNCTIONS:
            for attribute in [each for each in node.attr if not each.startswith("_")]:
                del node.attr[attribute]
    renewed_def.node.extend(extra)
    return renewed_def


def inputs_of(node):
    """Returns how many inputs a node has; in 1.4 an operation may have had other ones."""
    return sum(not each.startswith("^") for each in node.input)


def extra_node(extra, name, op):
    node = graph_pb2.GraphDef().node.add()
    node.name, node.op = name, op
    extra.append(node)
    return node


def shape_in(graph_def, name):
    """Returns the shape of a variable by its node's name."""
    [node] = [node for node in graph_def.node if node.name == name.partition(":")[0]]
    return [dim.size for dim in node.attr["shape"].shape.dim]


def import_graph_def(graph_def, input_map=None, return_elements=None, name=None, op_dict=None, producer_op_list=None):
    """tf.import_graph_def of a graph of then."""
    return tf.import_graph_def(renewed(graph_def), input_map, return_elements, name, producer_op_list=producer_op_list)


def import_meta_graph(meta_graph_or_file, clear_devices=False, import_scope=None, **kwargs):
    """tf.train.import_meta_graph of a graph of then."""
    if isinstance(meta_graph_or_file, meta_graph_pb2.MetaGraphDef):
        meta_graph = meta_graph_or_file
    else:
        meta_graph = tf.MetaGraphDef()
        with tf.gfile.Open(meta_graph_or_file, "rb") as file:
            content = file.read()
        try:
            meta_graph.ParseFromString(content)
        except DecodeError:  # as text, which TensorFlow's own reads, too
            return tf.train.import_meta_graph(meta_graph_or_file, clear_devices, import_scope, **kwargs)
    copy = meta_graph_pb2.MetaGraphDef()
    copy.CopyFrom(meta_graph)
    copy.graph_def.CopyFrom(renewed(meta_graph.graph_def))
    return tf.train.import_meta_graph(copy, clear_devices, import_scope, **kwargs)


TF_NAMES = {"import_graph_def": import_graph_def}
TRAIN_NAMES = {"import_meta_graph": import_meta_graph}
