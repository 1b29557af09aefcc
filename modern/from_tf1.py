"""Moves a TensorFlow 1 RNN checkpoint to Keras 3, and shows that both compute the same.

    python modern/from_tf1.py inspect save/model.ckpt-5000
    python modern/from_tf1.py convert save/model.ckpt-5000 model.keras

`inspect` lists what is in a checkpoint: recurrent stacks, what stands around them, the rest. `convert`
builds the Keras model, runs the cells of TensorFlow 1 with the checkpoint's numbers beside it, and writes
the file only if the two agree. What the checkpoint cannot tell is assumed and said; what Keras has no
layer for is refused. The same from Python: `inspect`, `convert`, and the layout rule itself:

TensorFlow 1 keeps one kernel, [inputs + units, columns], with the inputs' rows above the state's; Keras
keeps two, [inputs, columns] and [units, columns]. The columns are the gates, each of `units`:

    cell          TensorFlow 1                     Keras
    BasicLSTMCell i, j, f, o                       i, f, c, o   (c is j, the candidate)
    GRUCell       r, u and, on their own, c        z, r, h      (z is u, h is c), with reset_after=False
    BasicRNNCell  one                              one

LSTMCell, LSTMBlockCell and the fused LSTM keep their gates as BasicLSTMCell does, GRUBlockCell as GRUCell.
An LSTM cell adds `forget_bias` to the forget gate each time it runs; in Keras it is part of the bias.

Sources: tf_keras/src/layers/rnn/legacy_cells.py, `call` of the cells; keras/src/layers/rnn/{lstm,gru,simple_rnn}.py;
tensorflow/contrib/rnn/python/tools/checkpoint_convert.py (TensorFlow 1.15) for the names of the years before.
"""

import argparse
import collections
import dataclasses
import glob
import importlib.util
import itertools
import json
import math
import os
import re
import tempfile
import warnings
from pathlib import Path

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# As they load, TensorFlow's libraries write to standard error whatever the log level says: it is held back so long.
stderr, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
os.dup2(devnull, 2)
try:
    import tensorflow as tf
finally:
    os.dup2(stderr, 2)
    os.close(stderr)
    os.close(devnull)
import keras
from google.protobuf.message import DecodeError
from keras import layers, ops

v1 = tf.compat.v1

FORGET_BIAS = 1.0  # the default of every LSTM cell of TensorFlow 1
TOLERANCE = 1e-5  # of the largest value, where that is above 1
CHECK_STEPS = 20  # random steps that both sides run
CHECK_BATCH = 2


class InputError(ValueError):
    """What the person who runs the program can put right; it is shown to them as one line."""


class CheckError(ArithmeticError):
    """The Keras model does not compute what TensorFlow 1's cells compute; nothing was written."""


# --- the layout rule ---


def split_kernel(kernel, bias, gates):
    """Returns (the inputs' rows, the state's rows) of a TensorFlow 1 kernel.

    Raises:
        ValueError: the shapes are not those of one cell with so many gates.
    """
    units = bias.size // gates
    if bias.shape != (gates * units,) or kernel.ndim != 2 or kernel.shape[1] != bias.size or len(kernel) <= units:
        raise ValueError(
            f"a kernel of shape {kernel.shape} and a bias of shape {bias.shape} are not one cell's of {gates} gates"
        )
    return kernel[:-units], kernel[-units:]


def lstm_weights(kernel, bias, forget_bias=1.0):
    """Returns the weights of a Keras LSTM that computes what a BasicLSTMCell with these computes.

    Args:
        kernel: float [inputs + units, 4 units].
        bias: float [4 units].
        forget_bias: what the cell adds to its forget gate; 0 moves gradients instead of weights.

    Returns:
        [kernel [inputs, 4 units], recurrent_kernel [units, 4 units], bias [4 units]], for `set_weights`.

    Raises:
        ValueError: the shapes are not those of one cell.
    """

    def reorder(columns):
        i, j, f, o = np.split(columns, 4, axis=-1)
        return np.concatenate([i, f, j, o], axis=-1)

    inputs, state = split_kernel(kernel, bias, gates=4)
    i, j, f, o = np.split(bias, 4)
    return [reorder(inputs), reorder(state), reorder(np.concatenate([i, j, f + forget_bias, o]))]


def gru_weights(gate_kernel, gate_bias, candidate_kernel, candidate_bias):
    """Returns the weights of a Keras GRU with `reset_after=False` that computes what a GRUCell with these computes.

    Args:
        gate_kernel: float [inputs + units, 2 units].
        gate_bias: float [2 units].
        candidate_kernel: float [inputs + units, units].
        candidate_bias: float [units].

    Returns:
        [kernel [inputs, 3 units], recurrent_kernel [units, 3 units], bias [3 units]], for `set_weights`.

    Raises:
        ValueError: the shapes are not those of one cell.
    """

    def join(gates, candidate):
        r, u = np.split(gates, 2, axis=-1)
        return np.concatenate([u, r, candidate], axis=-1)

    gates = split_kernel(gate_kernel, gate_bias, gates=2)
    candidate = split_kernel(candidate_kernel, candidate_bias, gates=1)
    if gates[0].shape[0] != candidate[0].shape[0] or gates[1].shape[0] != candidate[1].shape[0]:
        raise ValueError(f"kernels of shapes {gate_kernel.shape} and {candidate_kernel.shape} are not one GRU cell's")
    return [join(gates[0], candidate[0]), join(gates[1], candidate[1]), join(gate_bias, candidate_bias)]


def cudnn_gru_weights(gate_kernel, gate_bias, input_kernel, input_bias, hidden_kernel, hidden_bias):
    """Returns the weights of a Keras GRU with `reset_after=True` that computes what a CudnnCompatibleGRUCell computes.

    Args:
        gate_kernel: float [inputs + units, 2 units].
        gate_bias: float [2 units].
        input_kernel, input_bias: the candidate's input projection, float [inputs, units] and [units].
        hidden_kernel, hidden_bias: its hidden projection, float [units, units] and [units].

    Returns:
        [kernel [inputs, 3 units], recurrent_kernel [units, 3 units], bias [2, 3 units]], for `set_weights`.

    Raises:
        ValueError: the shapes are not those of one cell.
    """
    # A GRUCell's candidate kernel is the two projections, one above the other; they differ in bias and reset only.
    candidate_kernel = np.concatenate([input_kernel, hidden_kernel])
    *kernels, bias = gru_weights(gate_kernel, gate_bias, candidate_kernel, input_bias)
    if hidden_bias.shape != input_bias.shape:
        raise ValueError(f"biases of shapes {input_bias.shape} and {hidden_bias.shape} are not one GRU cell's")
    hidden = np.concatenate([np.zeros_like(gate_bias), hidden_bias])
    return [*kernels, np.stack([bias, hidden])]


def rnn_weights(kernel, bias):
    """Returns the weights of a Keras SimpleRNN that computes what a BasicRNNCell with these computes.

    Args:
        kernel: float [inputs + units, units].
        bias: float [units].

    Returns:
        [kernel [inputs, units], recurrent_kernel [units, units], bias [units]], for `set_weights`.

    Raises:
        ValueError: the shapes are not those of one cell.
    """
    return [*split_kernel(kernel, bias, gates=1), bias]


# --- reading ---


def find_checkpoint(path):
    """Returns the prefix of a checkpoint, given it, one of its files, or the directory of its `checkpoint` file.

    Raises:
        InputError: there is no checkpoint.
    """
    path = Path(path)
    if path.name == "checkpoint" and path.is_file():
        path = path.parent
    if path.is_dir():
        there = checkpoints_in(path)
        shown = f"name one, such as {there[-1]}" if there else "it holds no other"
        if not (path / "checkpoint").exists():
            if len(there) > 1:
                raise InputError(f"{path} holds {len(there)} checkpoints: {shown}")
            if not there:
                raise InputError(f"{path} holds no checkpoint")
            return there[0]
        last = last_checkpoint(path / "checkpoint")
        # The path is one of the machine that trained; the files may have moved since.
        found = [last, str(path / re.split(r"[/\\]+", last)[-1])]
        found = [prefix for prefix in found if exists(prefix)]
        if not found:
            raise InputError(f"{path / 'checkpoint'} names {last}, which is not there: {shown}")
        return found[0]
    prefix = re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", str(path))
    prefix = re.sub(r"-\d{5}-of-\d{5}$", "", prefix)
    if not exists(prefix):
        if path.suffix in (".pb", ".pbtxt", ".h5", ".hdf5", ".keras", ".npz", ".pkl", ".tflite"):
            raise InputError(
                f"{path} is not a checkpoint: those have a file .index and files .data, or, before 0.12, one file"
            )
        raise InputError(f"{path} is not a checkpoint, or part of it is missing")
    return prefix


def exists(prefix):
    """Returns whether there is a checkpoint, of either format, in shards or not."""
    return v1.train.checkpoint_exists(prefix) or bool(shards(prefix))


def shards(prefix):
    """Returns the files of a V1 checkpoint that was written in shards."""
    path = Path(prefix)
    return sorted(file for file in path.parent.glob(f"{glob.escape(path.name)}-?????-of-?????"))


def checkpoints_in(folder):
    """Returns the prefixes of a directory's checkpoints, sorted."""
    found = {str(file).removesuffix(".index") for file in folder.glob("*.index")}
    for file in folder.iterdir():
        if file.suffix != ".index" and file.is_file() and file.stat().st_size >= len(TABLE_END):
            with file.open("rb") as content:  # V1 files have no ending of their own, but end alike
                content.seek(-len(TABLE_END), os.SEEK_END)
                if content.read() == TABLE_END:
                    found.add(re.sub(r"-\d{5}-of-\d{5}$", "", str(file)))
    return sorted(found)


TABLE_END = bytes.fromhex("57fb808b247547db")  # of V1 files and of V2's .index


def last_checkpoint(file):
    """Returns what a file `checkpoint` names as the last one.

    Raises:
        InputError: it names none.
    """
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    named = re.search(r'^model_checkpoint_path:\s*"(.*)"\s*$', text, re.MULTILINE)
    if named is None:
        raise InputError(f"{file} is damaged: it should name the last checkpoint")
    # What is not ASCII stands there as its bytes, octal.
    last = re.sub(r"\\([2-3][0-7]{2})", lambda found: chr(int(found[1], 8)), named[1])
    try:
        last = last.encode("latin-1").decode("utf-8")
    except UnicodeError:
        pass
    return re.sub(r"-\?{5}-of-\d{5}$", "", last)


# What TensorFlow's reader raises over damaged files: its own errors, and C++'s as they come.
READ_ERRORS = (tf.errors.OpError, ValueError, RuntimeError, LookupError, MemoryError, SystemError)


class Reader:
    """The variables of a checkpoint, V1 or V2: their names, shapes and, one at a time, values.

    Raises:
        InputError: the checkpoint is damaged, or part of it is missing.
    """

    def __init__(self, path):
        self.prefix = find_checkpoint(path)
        self.format = "V2" if Path(f"{self.prefix}.index").exists() else "V1"
        prefix = self.prefix
        if self.format == "V1" and shards(prefix):
            prefix += "-?????-of-?????"
        try:
            self.reader = tf.train.load_checkpoint(prefix)
            self.shapes = self.reader.get_variable_to_shape_map()
        except READ_ERRORS as error:
            raise InputError(f"{self.prefix} is damaged, or part of it is missing{self.pointer()}") from error
        self.graph = read_graph(self.prefix, self.shapes)

    def __getitem__(self, name):
        """Returns a variable's value, float32."""
        try:
            value = self.reader.get_tensor(name)
        except READ_ERRORS as error:
            raise InputError(
                f"{self.prefix} is damaged, or part of it is missing: {name} cannot be read{self.pointer()}"
            ) from error
        value = np.asarray(value).astype("float32")
        if not np.isfinite(value).all():
            raise InputError(f"{self.prefix}: {name} holds values that are not finite; the training had diverged")
        return value

    def pointer(self):
        """Returns what to add to a message if Git LFS has left a pointer in the place of a file."""
        path = Path(self.prefix)
        for file in path.parent.glob(f"{glob.escape(path.name)}*"):
            with file.open("rb") as content:
                if content.read(len(LFS_POINTER)) == LFS_POINTER:
                    return f"; {file.name} is a pointer of Git LFS, whose `git lfs pull` fetches the file itself"
        return ""


LFS_POINTER = b"version https://git-lfs"


def read_graph(prefix, shapes):
    """Returns the Graph of the checkpoint's `.meta`, or None without one.

    Raises:
        InputError: it is damaged, or another checkpoint's.
    """
    path = Path(f"{prefix}.meta")
    if not path.exists():
        return None
    meta = v1.MetaGraphDef()
    try:
        meta.ParseFromString(path.read_bytes())  # not imported: an operation of then may be gone by now
    except DecodeError as error:
        raise InputError(f"{path} is damaged; without it the checkpoint can still be read: move it away") from error
    graph = Graph(meta)
    if graph.nodes and not any(name in graph.nodes for name in shapes):
        raise InputError(f"{path} is the graph of another checkpoint; move it away to go on without it")
    return graph if graph.nodes else None


# --- what the graph tells ---

# Operations that hand a variable's value on as it is.
PASSING = {"Identity", "ReadVariableOp", "Enter", "RefEnter", "Switch", "RefSwitch", "Arg", "Cast", "Squeeze"}
VARIABLES = {"Variable", "VariableV2", "VarHandleOp", "AutoReloadVariable"}
SHAPING = {"Reshape", "ExpandDims", "StopGradient", "PlaceholderWithDefault", "EnsureShape", "CheckNumerics", "Print"}
COMPARING = {"GreaterEqual", "Greater", "Less", "LessEqual", "NotEqual", "Equal", "LogicalAnd", "LogicalNot"}
LOOKING_UP = {"Gather", "GatherV2", "ResourceGather", "GatherNd", "SparseGather"}
STACKING = {"TensorArrayGatherV3", "TensorArrayGatherV2", "TensorArrayGather", "TensorArrayPack", "TensorListStack"}
READING = {"TensorArrayReadV3", "TensorArrayReadV2", "TensorArrayRead", "TensorListGetItem"}
ADDING = {"BiasAdd", "Add", "AddV2"}
MULTIPLYING = {"MatMul", "BatchMatMul", "BatchMatMulV2"}
CUDNN = {"CudnnRNN", "CudnnRNNV2", "CudnnRNNV3"}
FUSED = {"LSTMBlockCell", "BlockLSTM", "GRUBlockCell"}
# What dropout and a cell's last steps put between one layer and the next.
BETWEEN = PASSING | {"Mul", "RealDiv", "Select", "SelectV2"}
ACTIVATIONS = {
    "Tanh": "tanh",
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Elu": "elu",
    "Selu": "selu",
    "Relu6": "relu6",
    "Softplus": "softplus",
    "Softsign": "softsign",
}


class Graph:
    """A `.meta` file's nodes and edges, the bodies of its loops included; gradients left out."""

    def __init__(self, meta):
        self.tensorflow = meta.meta_info_def.tensorflow_version
        self.nodes = {}  # name -> NodeDef; in the body of a loop, body|name
        self.inputs = collections.defaultdict(list)  # name -> [(name, output)]
        self.uses = collections.defaultdict(list)  # name -> [(name of the user, output used)]
        self.returns = {}  # name of a loop of today -> what its body gives, [(name, output)]
        functions = {function.signature.name: function for function in meta.graph_def.library.function}
        self.add(meta.graph_def.node, "", functions)
        for name in [name for name in self.nodes if name.endswith("/part_0")]:
            self.join_parts(name.removesuffix("/part_0"))

    def join_parts(self, whole):
        """Takes a variable that stands in parts, which its checkpoint holds as one, for one."""
        parts = [name for name in self.nodes if re.fullmatch(re.escape(whole) + r"/part_\d+", name)]
        self.uses[whole] += [use for part in parts for use in self.uses[part]]
        joined = f"{whole}/ConcatPartitions/concat"
        if joined in self.nodes:
            self.nodes[joined] = v1.NodeDef(name=joined, op="Identity")

    def add(self, nodes, body, functions):
        """Adds the nodes of the graph or, with `body`, of a function's body, and what these call."""
        for node in nodes:
            if re.search(r"(^|/)gradients(_\d+)?/", node.name):
                continue
            name = body + node.name
            self.nodes[name] = node
            for source in node.input:
                if source.startswith("^"):
                    continue
                source, *output = source.split(":")  # name:2, in a function name:output:2
                self.connect(body + source, int(output[-1]) if output else 0, name)
            function = functions.get(node.attr["body" if node.op.endswith("While") else "f"].func.name)
            if function is not None and "grad" not in function.signature.name:
                inner = f"{name}|"
                for argument, (source, output) in zip(function.signature.input_arg, self.inputs[name]):
                    self.nodes[inner + argument.name] = v1.NodeDef(name=argument.name, op="Arg")
                    self.connect(source, output, inner + argument.name)
                self.add(function.node_def, inner, functions)
                told = [function.ret[argument.name].split(":") for argument in function.signature.output_arg]
                self.returns[name] = [(inner + source, int(output[-1]) if output else 0) for source, *output in told]

    def connect(self, source, output, user):
        self.inputs[user].append((source, output))
        self.uses[source].append((user, output))

    def op(self, name):
        return self.nodes[name].op if name in self.nodes else None

    def used_by(self, name, wanted, through=PASSING, output=None, by_name=False):
        """Returns the nodes of the wanted operations (names) that use `name` (its `output`), directly or passed on."""
        found, seen = [], set()
        front = [user for user, used in self.uses[name] if output is None or used == output]
        while front:
            user = front.pop()
            if user in seen:
                continue
            seen.add(user)
            if (user if by_name else self.op(user)) in wanted:
                found.append(user)
            elif self.op(user) in through:
                front += [after for after, _ in self.uses[user]]
        return sorted(found)

    def constant(self, name):
        """Returns the number that a node holds, or None if it is no constant."""
        while self.op(name) in PASSING and self.inputs[name]:
            name = self.inputs[name][0][0]
        if self.op(name) != "Const":
            return None
        value = tf.make_ndarray(self.nodes[name].attr["value"].tensor)
        return float(value.reshape(-1)[0]) if value.size == 1 else None

    def array(self, name):
        """Returns the array that a node holds, or None if it is no constant."""
        while self.op(name) in PASSING and self.inputs[name]:
            name = self.inputs[name][0][0]
        return tf.make_ndarray(self.nodes[name].attr["value"].tensor) if self.op(name) == "Const" else None

    def variable(self, name):
        """Returns the variable that a node hands on, or None."""
        while self.op(name) in PASSING and self.inputs[name]:
            name = self.inputs[name][0][0]
        return whole_of(name) if self.op(name) in VARIABLES else None

    def size(self, tensor, axis):
        """Returns how long a tensor is along an axis, or None where the graph does not say."""
        shapes = self.nodes[tensor[0]].attr["_output_shapes"].list.shape if tensor[0] in self.nodes else []
        dims = shapes[tensor[1]].dim if tensor[1] < len(shapes) else []
        return dims[axis].size if axis < len(dims) and dims[axis].size >= 0 else None

    def carried(self, name):
        """Returns the tensor that a loop's Exit holds at its end, or None."""
        switch = self.inputs[name][0][0]
        for source, _ in self.inputs[self.inputs[switch][0][0]] if self.inputs[switch] else []:
            if self.op(source) in ("NextIteration", "RefNextIteration"):
                return self.inputs[source][0]
        return None

    def undropped(self, name):
        """Returns the tensor that a product with a dropout's mask, or another, lets through, or None if it is none."""
        masks = [tensor for tensor in self.inputs[name] if self.is_mask(tensor[0])]
        if self.op(name) != "Mul" or len(masks) != 1:
            return None
        return self.unscaled(next(tensor for tensor in self.inputs[name] if tensor != masks[0]))

    def unscaled(self, tensor):
        """Returns what a dropout has divided by the share that it keeps: x of x / keep or x * (1 / keep)."""
        inputs = self.inputs[tensor[0]]
        if self.op(tensor[0]) in ("RealDiv", "Div", "Mul") and len(inputs) == 2:
            if self.rank(inputs[1]) == 0:
                return inputs[0]
            if self.rank(inputs[0]) == 0:
                return inputs[1]
        return tensor

    def rank(self, tensor):
        """Returns how many axes a tensor has, or None where the graph does not say."""
        shapes = self.nodes[tensor[0]].attr["_output_shapes"].list.shape if tensor[0] in self.nodes else []
        if tensor[1] < len(shapes) and not shapes[tensor[1]].unknown_rank:
            return len(shapes[tensor[1]].dim)
        held = self.array(tensor[0])
        return None if held is None else held.ndim

    def is_mask(self, name):
        """Returns whether a node holds zeros and ones alone."""
        while self.op(name) in PASSING | {"ExpandDims", "Reshape", "Tile"} and self.inputs[name]:
            name = self.inputs[name][0][0]
        return self.op(name) in ("Floor", *COMPARING)

    def handed_on(self, name):
        """Returns the tensors one of which a node hands on as it is, step for step, or [] if it does something else."""
        op, inputs = self.op(name), self.inputs[name]
        if op == "Merge":  # of a condition, or where a loop starts
            return [source for source in inputs if self.op(source[0]) != "NextIteration"]
        if op in ("Select", "SelectV2"):  # where a sequence has ended the old state or zero, else the new; or a dropout
            return [inputs[2], self.unscaled(inputs[1]), inputs[1]]
        if op == "Mul":
            passed = self.undropped(name)
            return [] if passed is None else [passed]
        return inputs[:1] if op in PASSING | SHAPING else []

    def before(self, names):
        """Returns every node that one of `names` depends on."""
        seen, front = set(), list(names)
        while front:
            name = front.pop()
            if name not in seen:
                seen.add(name)
                front += [source for source, _ in [*self.inputs[name], *self.returns.get(name, [])]]
        return seen

    def activation(self, name):
        """Returns what is applied to a sum: the name of an activation, "linear", or None for something else."""
        found = {ACTIVATIONS[self.op(user)] for user in self.used_by(name, ACTIVATIONS, PASSING | {"Reshape"})}
        clipped = any(
            self.used_by(user, {"Minimum", "Maximum"})
            for user in [name, *self.used_by(name, ACTIVATIONS, PASSING | {"Reshape"})]
        )
        if clipped or len(found) > 1:
            return None
        return found.pop() if found else "linear"


def lstm_evidence(graph, kernel):
    """Returns what the graph says of an LSTM cell: {"forget_bias", "activation", "shared", "residual", "fault"}."""
    told = collections.defaultdict(set)
    matmuls = graph.used_by(kernel, MULTIPLYING)
    for name in graph.used_by(kernel, {"LSTMBlockCell", "BlockLSTM"}):
        told["forget_bias"].add(graph.nodes[name].attr["forget_bias"].f)
        told["activation"].add("tanh")
        told["fused"].add(True)
        if graph.nodes[name].attr["cell_clip"].f > 0:
            told["fault"].add("its cell state is clipped, for which Keras has no layer")
        if graph.nodes[name].attr["use_peephole"].b:
            told["fault"].add("it has peepholes, for which Keras has no layer")
    for matmul in matmuls:
        for split in graph.used_by(matmul, {"Split", "SplitV"}, PASSING | ADDING):
            gates = [graph.used_by(split, {"Sigmoid"}, output=gate) for gate in range(4)]
            candidates = graph.used_by(split, ACTIVATIONS, output=1)
            if not gates[0] or not gates[3]:
                told["fault"].add("its gates are not in TensorFlow 1's order: a cell of the program's own")
                continue
            told["activation"] |= {ACTIVATIONS[graph.op(name)] for name in candidates} or {None}
            if gates[2]:
                told["forget_bias"].add(0.0)
            for added in graph.used_by(split, ADDING, output=2):
                constants = [graph.constant(source) for source, _ in graph.inputs[added] if source != split]
                told["forget_bias"] |= {constant for constant in constants if constant is not None}
            for product in itertools.chain(*(graph.used_by(name, {"Mul"}) for name in candidates)):
                for state in graph.used_by(product, ADDING):
                    if graph.used_by(state, {"Minimum", "Maximum"}):
                        told["fault"].add("its cell state is clipped, for which Keras has no layer")
            outputs = [name for gate in gates[3] for name in graph.used_by(gate, {"Mul"})]
            told["residual"].add(adds_input(graph, matmul, outputs))
    told["shared"].add(max((layer_depth(graph, matmul, set(matmuls)) for matmul in matmuls), default=1))
    return told


def cell_input(graph, matmul):
    """Returns the node that feeds a cell, given its product [inputs, state] x kernel; None if it is not plain."""
    for concat, _ in graph.inputs[matmul][:1]:
        sources = [source for source, _ in graph.inputs[concat]]
        if graph.op(concat) == "ConcatV2" and len(sources) == 3:
            return sources[0]
        if graph.op(concat) == "Concat" and len(sources) == 3:  # before 1.0 the axis came first
            return sources[1]
    return None


def adds_input(graph, matmul, outputs):
    """Returns whether a cell's input is added to its outputs, as ResidualWrapper does."""
    source = cell_input(graph, matmul)
    summed = {name for name in graph.used_by(source, ADDING) if graph.op(name) != "BiasAdd"} if source else set()
    return bool(summed) and any(graph.used_by(output, summed, BETWEEN, by_name=True) for output in outputs)


def layer_depth(graph, matmul, matmuls):
    """Returns how many layers up to this product use one kernel: `[cell] * 3` is three."""
    depth, front = 1, {matmul}
    while front and depth < 100:
        below = set()
        for name in front:
            # Down from the cell's input over a dropout and an output gate; the cell state's way is left out.
            path, seen = [cell_input(graph, name)], set()
            while path:
                node = path.pop()
                if node in seen or node is None:
                    continue
                seen.add(node)
                if node in matmuls:
                    below.add(node)
                elif graph.op(node) in BETWEEN | {"Sigmoid", "Split", "BiasAdd"}:
                    path += [source for source, _ in graph.inputs[node]]
        front = below
        depth += bool(below)
    return depth


def other_evidence(graph, kernel):
    """Returns what the graph says of a GRU's candidate or of a plain RNN's kernel: {"activation", "residual"}."""
    told = collections.defaultdict(set)
    for matmul in graph.used_by(kernel, MULTIPLYING):
        for added in graph.used_by(matmul, ADDING):
            activation = graph.activation(added)
            told["activation"].add(None if activation == "linear" else activation)
            candidates = graph.used_by(added, ACTIVATIONS)
            states = [state for name in candidates for state in graph.used_by(name, ADDING, PASSING | {"Mul"})]
            told["residual"].add(adds_input(graph, matmul, candidates) or adds_input(graph, matmul, states))
    if graph.used_by(kernel, {"GRUBlockCell"}):
        told["activation"].add("tanh")
    return told


@dataclasses.dataclass
class Dense:
    """A dense layer beside the cells: its variables' names, what is applied to the sum.

    `transposed`: the kernel stands turned around, [columns, rows].
    """

    kernel: str
    bias: str | None
    activation: str = "linear"
    transposed: bool = False


class Unclear(Exception):
    """What the graph shows is none of what a Stack can say; the message says what it is, `cell` whose output.

    `nothing`: only that the way which was followed ends, as that to a zero state does; another may tell more.
    """

    def __init__(self, message, cell=None, nothing=False):
        super().__init__(message)
        self.cell, self.nothing = cell, nothing


@dataclasses.dataclass
class Seen:
    """What of the cells' outputs a tensor of the graph holds.

    kind: one of GIVES; "one-step", as an unrolled graph or a loop's body has them; or "first-step". `sides`: the
    cells, several if the directions stand side by side or, with `merge`, are added. `places`: of one step, each
    side's node. `turned`: read from the end on. `axis`: that of time, where it is known.
    """

    kind: str
    sides: tuple
    places: tuple = ()
    turned: bool = False
    axis: int | None = None
    merge: str = "concat"


def cell_outputs(graph, cells):
    """Returns {(node, output): (cell, "h" or "c", the step's product)}: where the graph holds what cells put out."""
    found = {}
    for cell in {id(cell): cell for cell in cells}.values():
        kernel = cell.names["kernel" if "kernel" in cell.names else list(cell.names)[2]][0]
        for name in graph.used_by(kernel, {"LSTMBlockCell", "BlockLSTM", "BlockLSTMV2"}):
            found |= {(name, 6): (cell, "h", name), (name, 1): (cell, "c", name)}
        for name in graph.used_by(kernel, {"GRUBlockCell"}):
            found[name, 3] = cell, "h", name
        for matmul in graph.used_by(kernel, MULTIPLYING):
            for gates in graph.used_by(matmul, {"Split", "SplitV"}, PASSING | ADDING) if cell.is_lstm else []:
                for name in graph.used_by(gates, {"Sigmoid"}, output=3):
                    found |= {(product, 0): (cell, "h", matmul) for product in graph.used_by(name, {"Mul"})}
                for name in graph.used_by(gates, ACTIVATIONS, output=1):
                    for product in graph.used_by(name, {"Mul"}):
                        found |= {(state, 0): (cell, "c", matmul) for state in graph.used_by(product, ADDING)}
            for added in [] if cell.is_lstm else graph.used_by(matmul, ADDING):
                for name in graph.used_by(added, ACTIVATIONS) or [added]:
                    if "GRU" not in cell.kind:
                        found[name, 0] = cell, "h", matmul
                    for product in graph.used_by(name, {"Mul"}) if "GRU" in cell.kind else []:
                        found |= {(state, 0): (cell, "h", matmul) for state in graph.used_by(product, ADDING)}
    return found


def find_once(known, tensor, find):
    """Returns find(tensor), or raises the Unclear that it raised, from `known` if it was asked before."""
    if tensor not in known:
        known[tensor] = Unclear("a loop of its own")  # until it is known
        try:
            known[tensor] = find(tensor)
        except Unclear as error:
            known[tensor] = error
    if isinstance(known[tensor], Unclear):
        raise known[tensor]
    return known[tensor]


class Outputs:
    """Follows tensors of the graph back to the outputs of a stack's last cells."""

    def __init__(self, graph, stack, cells):
        self.graph, self.stack = graph, stack
        self.own = cell_outputs(graph, cells)
        self.last = tuple(run[-1] for run in stack.levels[-1].values())
        self.known = {}
        self.computed = False  # whether the step that is seen is known only as the graph runs

    def seen(self, tensor):
        """Returns the Seen of a tensor.

        Raises:
            Unclear: it holds something else, or something was done to the outputs.
        """
        return find_once(self.known, tensor, self.find)

    def find(self, tensor):
        name, graph = tensor[0], self.graph
        op, inputs = graph.op(name), graph.inputs[name]
        if tensor in self.own:
            return self.output_of(tensor)
        if op in CUDNN and tensor[1] == 0 and all(cell.kind.startswith("Cudnn") for cell in self.last):
            return Seen("every-step", self.last, axis=0)
        if op in ("Exit", "RefExit"):
            return self.at_the_end(graph.carried(name))
        if op in ("While", "StatelessWhile"):
            return self.at_the_end(graph.returns[name][tensor[1]] if name in graph.returns else None)
        if op in STACKING:
            inner = self.seen(self.written(name))
            if inner.kind != "one-step":
                raise Unclear("the outputs of a loop around the cells")
            return dataclasses.replace(inner, kind="every-step", axis=0)
        if op in ("Pack", "ConcatV2", "Concat"):
            parts = {"Pack": inputs, "ConcatV2": inputs[:-1], "Concat": inputs[1:]}[op]
            axis = graph.nodes[name].attr["axis"].i if op == "Pack" else None
            return self.joined([self.seen(part) for part in parts], axis)
        if op in ("Add", "AddV2") and len(inputs) == 2:
            return self.added(inputs)
        if op in ("ReverseV2", "Reverse", "ReverseSequence"):
            inner = self.seen(inputs[0])
            return dataclasses.replace(inner, turned=not inner.turned)
        if op == "Transpose":
            inner, order = self.seen(inputs[0]), graph.array(inputs[1][0])
            known = order is not None and inner.axis is not None
            return dataclasses.replace(inner, axis=order.tolist().index(inner.axis) if known else None)
        if op in ("Mean", "Max"):
            inner, over = self.seen(inputs[0]), graph.array(inputs[1][0])
            over = None if over is None else [axis % 3 for axis in over.reshape(-1).tolist()]
            if inner.kind != "every-step" or over not in ([[0], [1]] if inner.axis is None else [[inner.axis]]):
                raise Unclear(f"a {op.lower()} that is not the steps'")
            return dataclasses.replace(inner, kind=op.lower())
        if op in ("StridedSlice", "Slice", "Unpack", *LOOKING_UP):
            return self.one_of(tensor)
        if op in ("RealDiv", "Mul") and graph.constant(inputs[1][0]) == {"RealDiv": 2.0, "Mul": 0.5}[op]:
            inner = self.seen(inputs[0])
            if inner.merge == "sum":
                return dataclasses.replace(inner, merge="ave")
        if op == "Reshape":
            return dataclasses.replace(self.seen(inputs[0]), axis=None)
        why = None
        for source in graph.handed_on(name):
            try:
                return self.seen(source)
            except Unclear as error:
                why = error if why is None or why.nothing else why
        if inputs:
            raise why or Unclear(f"what {op} makes of the outputs")
        raise Unclear("something that no cell gives", nothing=True)

    def output_of(self, tensor):
        cell, part, _ = self.own[tensor]
        if part == "c":
            raise Unclear(f"the state c of {cell.scope}, not its output h", cell)
        if not cell_in(cell, self.last):
            raise Unclear(f"the output of {cell.scope}", cell)
        if self.graph.op(tensor[0]).startswith("BlockLSTM"):
            return Seen("every-step", (cell,), axis=0)
        return Seen("one-step", (cell,), (tensor,))

    def at_the_end(self, tensor):
        if tensor is None:
            raise Unclear("a loop of an unknown kind")
        inner = self.seen(tensor)
        if inner.kind != "one-step":
            raise Unclear("a loop around the cells")
        return dataclasses.replace(inner, kind="last-states")

    def written(self, name):
        """Returns the tensor that is written, a step at a time, into the array that a node stacks."""
        graph = self.graph
        stacked = graph.inputs[name][0 if graph.op(name) == "TensorListStack" else -1]
        for _ in range(20):
            op, inputs = graph.op(stacked[0]), graph.inputs[stacked[0]]
            if op in ("TensorListSetItem", "TensorArrayWrite", "TensorArrayWriteV2", "TensorArrayWriteV3"):
                return inputs[2]
            if op in ("Exit", "RefExit"):
                stacked = graph.carried(stacked[0])
            elif op in ("While", "StatelessWhile"):
                stacked = graph.returns.get(stacked[0], {stacked[1]: None})[stacked[1]]
            else:
                stacked = next(iter(graph.handed_on(stacked[0])), None)
            if stacked is None:
                break
        raise Unclear("an array of an unknown kind")

    def joined(self, parts, axis):
        """Returns the Seen of tensors put side by side: steps of one kind, or the two directions."""
        if len(parts) == 1:
            return parts[0]
        if all(part.kind == "one-step" and same(part.sides, parts[0].sides) for part in parts):
            return Seen("every-step", parts[0].sides, axis=axis, merge=parts[0].merge)
        return self.both(parts, "concat")

    def both(self, parts, merge):
        """Returns the Seen of the forward and the backward direction, side by side or added."""
        if len(parts) != 2 or not same(sum((part.sides for part in parts), ()), self.last):
            if len(parts) == 2 and same(parts[1].sides + parts[0].sides, self.last):
                raise Unclear("the backward direction before the forward one")
            raise Unclear("several things side by side")
        forward, backward = parts
        kinds = [forward.kind, backward.kind]
        if kinds == ["one-step", "one-step"]:
            return Seen("one-step", self.last, forward.places + backward.places, merge=merge)
        # Turned around, the backward direction's outputs stand in the order of time, and the end is the first.
        if backward.kind in ("every-step", "last-step", "first-step") and not backward.turned:
            kinds[1] = {"last-step": "its end", "first-step": "its start"}.get(backward.kind, "unturned")
        elif backward.kind in ("first-step", "last-states"):
            kinds[1] = "its end"
        if kinds[1] == "its end" and forward.kind in ("last-step", "last-states"):
            return Seen("last-states", self.last, merge=merge)
        if kinds[0] == kinds[1] and forward.kind != "first-step" and not forward.turned:
            return Seen(forward.kind, self.last, axis=forward.axis, merge=merge)
        raise Unclear(f"{forward.kind} of the forward direction with {kinds[1]} of the backward one")

    def added(self, inputs):
        parts = []
        for source in inputs:
            try:
                parts.append(self.seen(source))
            except Unclear as error:
                parts.append(error)
        found = [part for part in parts if isinstance(part, Seen)]
        if len(found) == 2:
            return self.both(found, "sum")
        if len(found) == 1 and found[0].sides[-1].residual and found[0].kind == "one-step":
            return found[0]  # the residual layer's input is the other
        raise Unclear("a sum of the outputs and something else")

    def one_of(self, tensor):
        """Returns the Seen of a slice: one step, or all of them."""
        graph, (name, output) = self.graph, tensor
        op, inputs, attr = graph.op(name), graph.inputs[name], graph.nodes[name].attr
        inner = self.seen(inputs[0])
        axis, at = 1 if inner.axis is None else inner.axis, None
        if op == "Unpack":
            axis, at, count = attr["axis"].i, output, attr["num"].i
        elif op in LOOKING_UP:
            at, count = graph.constant(inputs[1][0]), graph.size(inputs[0], 0)
            axis = 0 if at is not None else axis
        else:
            begin, end = (graph.array(source) for source, _ in inputs[1:3])
            if begin is None or end is None:
                pass
            elif op == "StridedSlice":
                cut = [
                    place for place in range(len(begin))
                    if not (attr["begin_mask"].i >> place & 1 and attr["end_mask"].i >> place & 1)
                ]  # fmt: skip
                if not cut:
                    return inner
                if len(cut) > 1 or cut[0] > 1:
                    raise Unclear("a part of the outputs")
                axis, at, shrunk = cut[0], int(begin[cut[0]]), attr["shrink_axis_mask"].i >> cut[0] & 1
                to_the_end = attr["end_mask"].i >> cut[0] & 1
                if not shrunk and not (at == -1 and to_the_end) and end[axis] - at != 1:
                    raise Unclear("a part of the steps")
            else:
                whole = [(-1, graph.size(inputs[0], place)) for place in range(len(begin))]
                cut = [place for place in range(len(begin)) if begin[place] or end[place] not in whole[place]]
                if not cut:
                    return inner
                if len(cut) > 1 or end[cut[0]] != 1:
                    raise Unclear("a part of the outputs")
                axis, at = cut[0], int(begin[cut[0]])
            count = None if at is None else graph.size(inputs[0], axis)
        if count == 1 and inner.kind != "every-step":
            return inner
        if inner.kind != "every-step":
            raise Unclear("a part of the outputs")
        if inner.axis not in (None, axis):
            if count == 1:
                return dataclasses.replace(inner, axis=None)
            raise Unclear("one sequence of the batch")
        self.computed = self.computed or at is None
        if at is None or at == -1 or (count is not None and at == count - 1):
            return dataclasses.replace(inner, kind="last-step", axis=None)
        if at == 0:
            return dataclasses.replace(inner, kind="first-step", axis=None)
        raise Unclear("one step that is not the last")

    def gives(self, tensors):
        """Returns (one of GIVES, how the directions meet): what the layer sees that is fed with these tensors.

        Raises:
            Unclear: none of these.
        """
        found = [self.seen(tensor) for tensor in tensors]
        if not all(same(one.sides, self.last) and one.merge == found[0].merge for one in found):
            raise Unclear("one direction alone")
        kinds = {one.kind for one in found if one.kind != "one-step"}
        single = [one for one in found if one.kind == "one-step"]
        if single:
            kind = self.kind_of_steps(single)
            kinds |= {kind} if not kinds or kind not in ("any", "last-step") else set()
            kinds = {"every-step"} if kinds == {"any"} else kinds
        if "first-step" in kinds and same(found[0].sides, found[0].sides[:1]) and found[0].turned:
            kinds = {"last-states"}
        if len(kinds) != 1 or "first-step" in kinds:
            shown = " and ".join(sorted(kinds)) if len(kinds) > 1 else "the first step"
            raise Unclear(shown)
        kind = kinds.pop()
        if found[0].turned and len(found[0].sides) == 1 and kind == "every-step":
            raise Unclear("the steps from the last to the first")
        return kind, found[0].merge

    def kind_of_steps(self, found):
        """Returns what steps of an unrolled graph, or of a loop's body, are together; "any" if there is but one."""
        graph = self.graph
        products = {matmul for cell, _, matmul in self.own.values() if cell_in(cell, self.last)}
        kernels = [next(iter(cell.names.values()))[0] for cell in self.last]
        through = BETWEEN | {"ConcatV2", "Concat", "Split", "SplitV", "Slice", "Pack", "Reshape", "Merge"}

        def after(tensor):
            return set(graph.used_by(tensor[0], products, through, by_name=True)) - {self.own[tensor][2]}

        follows = {tensor: after(tensor) for one in found for tensor in one.places}
        if any(graph.op(name) in ("Enter", "RefEnter", "Arg") for kernel in kernels for name in self.users_of(kernel)):
            return "every-step"
        outputs = [tensor for tensor, (cell, part, _) in self.own.items() if part == "h" and cell_in(cell, self.last)]
        led_to = set().union(*map(after, outputs))
        starts = {tensor for tensor in follows if self.own[tensor][2] not in led_to}
        ends = {tensor for tensor in follows if not follows[tensor]}
        if all(tensor in starts and tensor in ends for tensor in follows):
            return "any"
        if all(one.places[0] in ends for one in found):
            if all(place in ends for one in found for place in one.places):
                return "last-states" if len(self.last) == 2 else "last-step"
            if all(place in starts for one in found for place in one.places[1:]):
                return "last-step"
        if len({one.places for one in found}) > 1:
            return "every-step"
        raise Unclear("one step that is not the last")

    def users_of(self, kernel):
        """Returns the nodes that read a variable, and those that read these."""
        front, found = [kernel], []
        while front:
            for user, _ in self.graph.uses[front.pop()]:
                found.append(user)
                if self.graph.op(user) in ("Identity", "ReadVariableOp"):
                    front.append(user)
        return found


def cell_in(cell, cells):
    return any(cell is one for one in cells)


def same(cells, others):
    return len(cells) == len(others) and all(one is other for one, other in zip(cells, others))


@dataclasses.dataclass
class Fed:
    """What feeds the cells: "embedding" (of the variable `what`), "one-hot" (rows of `what`) or "vectors".

    `dense` are the layers between, in their order.
    """

    kind: str
    what: object = None
    dense: tuple = ()


class Inputs:
    """Follows what feeds a stack's first cells back to where it is from."""

    def __init__(self, graph, cells):
        self.graph, self.own, self.known = graph, cell_outputs(graph, cells), {}

    def of(self, cell):
        """Returns the Fed of a cell, None if the graph shows none, and in words what else feeds it in other places.

        Raises:
            Unclear: something else than a dense layer stands before it.
        """
        found, told = [], []
        for tensor in self.tensors(cell):
            try:
                found += [self.fed(tensor)] if self.fed(tensor) not in found else []
            except Unclear as error:
                told.append(error)
        if told and not found:
            raise told[-1]
        found.sort(key=lambda fed: fed.kind == "vectors")
        others = [" through ".join([one.what or one.kind, *(layer.kernel for layer in one.dense)]) for one in found[1:]]
        others += [str(error) for error in told if not error.nothing and error.cell is not cell]
        return next(iter(found), None), list(dict.fromkeys(others))

    def tensors(self, cell):
        """Returns what feeds a cell, once for each place where the graph runs it."""
        graph, kernel = self.graph, next(iter(cell.names.values()))[0]
        tensors = [graph.inputs[name][op == "BlockLSTM"] for op in FUSED for name in graph.used_by(kernel, {op})]
        for matmul in graph.used_by(kernel, MULTIPLYING):
            concat = graph.inputs[matmul][0][0]
            parts = graph.inputs[concat]
            if graph.op(concat) in ("ConcatV2", "Concat") and len(parts) == 3:
                tensors.append(parts[graph.op(concat) == "Concat"])
        return tensors

    def whole(self, tensor):
        """Returns the sequence of which a tensor is the step that the cells read; the tensor itself if it is none."""
        for _ in range(20):
            op, inputs = self.graph.op(tensor[0]), self.graph.inputs[tensor[0]]
            if op in READING:
                return self.unstacked(inputs[0 if op == "TensorListGetItem" else -1])
            if op in ("Unpack", "Split", "StridedSlice"):
                return inputs[op == "Split"]
            passed = self.graph.handed_on(tensor[0])
            if tensor in self.own or len(passed) != 1:
                break
            tensor = passed[0]
        return tensor

    def fed(self, tensor):
        return find_once(self.known, tensor, self.find)

    def find(self, tensor):
        name, graph = tensor[0], self.graph
        op, inputs = graph.op(name), graph.inputs[name]
        if tensor in self.own:
            cell = self.own[tensor][0]
            raise Unclear(f"the output of {cell.scope}", cell)
        if op in LOOKING_UP:
            table = graph.variable(inputs[0][0])
            if table is None:
                raise Unclear("rows of a table that is no variable")
            return Fed("embedding", table)
        if op == "OneHot":
            return Fed("one-hot", graph.constant(inputs[1][0]))
        if op in ACTIVATIONS or op in ADDING or op in MULTIPLYING:
            return self.dense(name, op, inputs)
        if op in READING:
            return self.fed(self.unstacked(inputs[0 if op == "TensorListGetItem" else -1]))
        if op in ("Pack", "ConcatV2", "Concat"):
            parts = {"Pack": inputs, "ConcatV2": inputs[:-1], "Concat": inputs[1:]}[op]
            found = []
            for part in parts:
                try:
                    found.append(self.fed(part))
                except Unclear as error:
                    found.append(error)
            if any(one != found[0] and str(one) != str(found[0]) for one in found):
                raise Unclear("several things side by side")
            return self.fed(parts[0])
        if op in STACKING or op in ("Exit", "RefExit", "While", "StatelessWhile"):
            behind = graph.before([name])
            cells = [cell.scope for (node, _), (cell, _, _) in self.own.items() if node in behind]
            raise Unclear(f"what {cells[-1]} gives" if cells else "what a loop of its own gives")
        if op in SLICING:
            return self.fed(inputs[op == "Split"])
        if op == "PlaceholderWithDefault":
            return Fed("vectors")
        if op in ("Const", "Fill", "ZerosLike"):
            raise Unclear("a constant", nothing=True)
        if not inputs or re.search("Queue|Iterator|Parse|Decode|PyFunc", op):
            return Fed("vectors")
        why = None
        for source in graph.handed_on(name):
            try:
                return self.fed(source)
            except Unclear as error:
                why = error if why is None or why.nothing else why
        raise why or Unclear(f"what {op} makes of its input")

    def dense(self, name, op, inputs):
        """Returns the Fed of a dense layer's product, sum or activation."""
        if op in MULTIPLYING:
            kernel, transposed = kernel_of(self.graph, name)
            if kernel is None or transposed:
                raise Unclear(f"what {op} makes of its input")
            inner = self.fed(inputs[0])
            return dataclasses.replace(inner, dense=(*inner.dense, Dense(kernel, None)))
        if op in ADDING:
            biases = [self.graph.variable(source) for source, _ in inputs]
            if sum(bias is not None for bias in biases) == 1:
                inner = self.fed(inputs[0 if biases[0] is None else 1])
                bias = biases[0] or biases[1]
                if inner.dense and inner.dense[-1].bias is None and inner.dense[-1].activation == "linear":
                    return dataclasses.replace(
                        inner, dense=(*inner.dense[:-1], dataclasses.replace(inner.dense[-1], bias=bias))
                    )
        if op in ACTIVATIONS:
            inner = self.fed(inputs[0])
            if inner.dense and inner.dense[-1].activation == "linear":
                layer = dataclasses.replace(inner.dense[-1], activation=ACTIVATIONS[op])
                return dataclasses.replace(inner, dense=(*inner.dense[:-1], layer))
        raise Unclear(f"what {op} makes of its input")

    def unstacked(self, stacked):
        """Returns the tensor whose steps stand in an array."""
        graph = self.graph
        for _ in range(20):
            op, inputs = graph.op(stacked[0]), graph.inputs[stacked[0]]
            if op in ("TensorArrayScatterV3", "TensorArrayScatterV2", "TensorArrayScatter", "TensorArrayUnpack"):
                return inputs[-2]
            if op == "TensorListFromTensor":
                return inputs[0]
            stacked = next(iter(graph.handed_on(stacked[0])), None)
            if stacked is None:
                break
        raise Unclear("an array of an unknown kind")


SLICING = {"StridedSlice", "Slice", "Split", "SplitV", "Unpack", "ReverseV2", "Reverse", "ReverseSequence", "Transpose"}


def kernel_of(graph, matmul):
    """Returns (the variable that a product multiplies with, whether its transpose is meant), or (None, False)."""
    node = graph.nodes[matmul]
    (name, _), transposed = graph.inputs[matmul][1], node.attr["transpose_b"].b or node.attr["adj_y"].b
    while graph.op(name) in PASSING | {"Reshape", "Transpose"} and graph.inputs[name]:
        if graph.op(name) == "Transpose":
            order = graph.array(graph.inputs[name][1][0])
            if order is None or order.tolist() == [1, 0]:  # tf.transpose(w): the order is computed
                transposed = not transposed
        name = graph.inputs[name][0][0]
    return (whole_of(name), transposed) if graph.op(name) in VARIABLES else (None, False)


def whole_of(name):
    """Returns a variable's name without the number of its part."""
    return re.sub(r"/part_\d+$", "", name)


def layers_after(graph, outputs, names):
    """Returns the dense layers that the graph shows after a stack.

    Returns:
        ({kernel: [what feeds its products]} of those that see the cells' outputs, {kernel: kernels of those that
        follow it}, {kernel: its Dense}, {kernel: why it is unclear what it sees}).
    """
    first, after, found, unclear, products = {}, collections.defaultdict(set), {}, {}, {}
    for name in names:
        for matmul in graph.used_by(name, MULTIPLYING, PASSING | {"Reshape", "Transpose"}):
            kernel, transposed = kernel_of(graph, matmul)
            if kernel == name:
                products[matmul] = name
                bias, activation = sum_after(graph, matmul)
                found.setdefault(name, Dense(name, bias, activation, transposed))
    for matmul, name in products.items():
        source = graph.inputs[matmul][0]
        try:
            outputs.seen(source)
            first.setdefault(name, []).append(source)
        except Unclear as error:
            unclear[name] = error
            below = dense_below(graph, source, products)
            if below:
                after[below].add(name)
    return first, after, found, unclear


def sum_after(graph, matmul):
    """Returns (the bias that is added to a product, or None; the activation after it, None if Keras has it not)."""
    for added in graph.used_by(matmul, ADDING, PASSING | {"Reshape"}):
        biases = [graph.variable(source) for source, _ in graph.inputs[added]]
        if any(biases):
            return next(filter(None, biases)), graph.activation(added)
    return None, graph.activation(matmul)


def dense_below(graph, tensor, products):
    """Returns the kernel of the dense layer whose outcome a tensor is, dropout and the like aside, or None."""
    front, seen = [tensor], set()
    while front:
        name, _ = tensor = front.pop()
        if name in products:
            return products[name]
        if tensor in seen:
            continue
        seen.add(tensor)
        op, inputs = graph.op(name), graph.inputs[name]
        if op in ACTIVATIONS or op == "BiasAdd" or op in SLICING - {"Split"}:
            front.append(inputs[0])
        elif op in ADDING:
            biases = [graph.variable(source) for source, _ in inputs]
            front += [source for source, bias in zip(inputs, biases) if bias is None] if any(biases) else []
        else:
            front += graph.handed_on(name)
    return None


# --- which variables are a cell ---

# A scope's name, in the spelling of 1.0 and later -> the cell that keeps its variables there.
CELLS = {
    "basic_lstm_cell": "BasicLSTMCell",
    "lstm_cell": "LSTMCell",
    "lstm_block_cell": "LSTMBlockCell",
    "lstm_block_wrapper": "LSTMBlockCell",
    "lstm_block_fused_cell": "LSTMBlockCell",
    "lstm_fused_cell": "LSTMBlockCell",
    "cudnn_compatible_lstm_cell": "CudnnCompatibleLSTMCell",
    "gru_cell": "GRUCell",
    "gru_block_cell": "GRUBlockCell",
    "gru_block_cell_v2": "GRUBlockCell",
    "cudnn_compatible_gru_cell": "CudnnCompatibleGRUCell",
    "basic_rnn_cell": "BasicRNNCell",
}
LSTMS = ("BasicLSTMCell", "LSTMCell", "LSTMBlockCell", "CudnnCompatibleLSTMCell")
NAMEABLE = ("BasicLSTMCell", "LSTMCell", "LSTMBlockCell", "GRUCell", "GRUBlockCell", "BasicRNNCell")

# A variable's name in its cell -> (what it is, the years of that name).
ONE_KERNEL = {
    "kernel": ("kernel", "new"),
    "bias": ("bias", "new"),
    "weights": ("kernel", "middle"),
    "biases": ("bias", "middle"),
    "linear/matrix": ("kernel", "old"),
    "linear/bias": ("bias", "old"),
    "w": ("kernel", "old"),
    "w_0": ("kernel", "oldest"),
    "b": ("bias", "oldest"),
}
GRU = {
    f"{part}/{leaf}": (f"{part} {role}", years)
    for part in ("gates", "candidate")
    for leaf, (role, years) in ONE_KERNEL.items()
} | {
    "w_ru": ("gates kernel", "new"),
    "b_ru": ("gates bias", "new"),
    "w_c": ("candidate kernel", "new"),
    "b_c": ("candidate bias", "new"),
}
CUDNN_GRU = {f"gates/{leaf}": (f"gates {leaf}", "new") for leaf in ("kernel", "bias")} | {
    f"candidate/{part}_projection/{leaf}": (f"{part} {leaf}", "new")
    for part in ("input", "hidden")
    for leaf in ("kernel", "bias")
}
ROLES = {
    "GRUCell": ("gates kernel", "gates bias", "candidate kernel", "candidate bias"),
    "GRUBlockCell": ("gates kernel", "gates bias", "candidate kernel", "candidate bias"),
    "CudnnCompatibleGRUCell": (
        *("gates kernel", "gates bias"),
        *("input kernel", "input bias", "hidden kernel", "hidden bias"),
    ),
}
LEAVES = {"GRUCell": GRU, "GRUBlockCell": GRU, "CudnnCompatibleGRUCell": CUDNN_GRU}

# A variable's name in its cell -> what Keras has no layer for.
EXTRAS = {
    r"w_[fio]_diag$|wc[ifo]$": "peepholes",
    r"(^|/)projection/|w_p_\d+$": "a projection of its output (num_proj)",
    r"(gamma|beta|scale|offset)(_\w+)?$|layer_?norm": "layer normalization",
}

# Cells and wrappers by name that Keras has no layer for.
NO_LAYER = {
    r"layer_norm": "layer normalization",
    r"attention|attn": "attention",
    r"conv_?(\d_?d_?)?lstm|conv_?gru": "a convolution in its recurrence",
    r"(ugrnn|intersection_rnn|nas|nas_rnn|phased_lstm|sru|ind_rnn|ind_gru|ind_lstm|minimal_rnn|cfn|glstm)(_cell)?$": (
        "its own equations"
    ),
    r"grid|time_freq": "a grid of cells",
    r"coupled_input_forget": "coupled gates",
}

SLOTS = re.compile(
    r"^(adam(w|ax|_?optimizer)?|lazy_?adam|nadam|rms_?prop|momentum|nesterov|adagrad(_?da)?|adadelta|ftrl|amsgrad|lamb|"
    r"sgd|accum|v|m|vhat|gradient_(squared_)?accumulator|proximal_\w+|exponential_moving_average|moving_average|"
    r"biased|local_step)(_\d+)?$"
)
COUNTERS = re.compile(
    r"^(beta[12]_power|global_?step|step|epoch|learning_rate|lr|eta|local_step|save_counter|.*counter)(_\d+)?$"
)
AVERAGE = "ExponentialMovingAverage"
# embedding_attention_seq2seq names the whole program, not what attends in it.
ATTENTION_NAME = re.compile(r"(attention(?!_seq2seq)|attn|memory_layer|query_layer|bahdanau|luong)", re.IGNORECASE)


@dataclasses.dataclass
class Cell:
    """One cell of the checkpoint, with its values; `learned` says where forget bias and activation are from."""

    scope: str
    kind: str
    names: dict  # what it is -> the variable's names, several if it was kept in shards
    years: str
    inputs: int
    units: int
    forget_bias: float | None = None
    activation: str = "tanh"
    learned: dict = dataclasses.field(default_factory=dict)
    residual: bool = False

    @property
    def is_lstm(self):
        return self.kind in LSTMS


@dataclasses.dataclass
class Refused:
    """What has no place in a Keras model, and why."""

    scope: str
    what: str
    reason: str
    names: list


def snake(name):
    """Returns a scope's name in the spelling of TensorFlow 1.0 and later: BasicLSTMCell is basic_lstm_cell."""
    name = re.sub(r"([a-z\d])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name).lower()


def without_number(part):
    return re.sub(r"_\d+$", "", part)


def sort_out(shapes):
    """Returns (variables, slots, counters, averages): names, but for averages a variable's name -> its average's."""
    slots, counters, averages = [], [], {}
    for name, shape in shapes.items():
        parts = name.split("/")
        # train/rnn/kernel/Adam belongs to rnn/kernel, whatever scope the optimizer stood in.
        owners = ("/".join(parts[start:-1]) for start in range(len(parts) - 1))
        owner = next((owner for owner in owners if shapes.get(owner) == shape), None)
        last = snake(parts[-1])
        if parts[-1] == AVERAGE:
            averages["/".join(parts[:-1])] = name
        elif owner is not None and (SLOTS.match(last) or parts[-1][:1].isupper()):
            slots.append(name)
        elif len(parts) > 1 and SLOTS.match(last) and len(last) > 3:
            slots.append(name)
        elif COUNTERS.match(last) and math.prod(shape) <= 1:
            counters.append(name)
    taken = {*slots, *counters, *averages.values()}
    return [name for name in sorted(shapes) if name not in taken], slots, counters, averages


def find_cells(shapes, names, named=None, graph=None):
    """Returns (cells, refused): the cells among the variables `names`, and those that Keras has no layer for.

    Args:
        shapes: variable name -> shape.
        names: the variables to look through.
        named: scope -> kind of cell, where the scope's own name does not tell.
        graph: Graph, which tells an LSTM whose scope has a name of its own.
    """
    named = named or {}
    scopes, refused = collections.defaultdict(dict), []
    for name in names:
        parts = name.split("/")
        plain = [without_number(snake(part)) for part in parts]
        cut = next((len(scope.split("/")) for scope in named if name.startswith(f"{scope}/")), None)
        if cut is None:
            cut = max(
                (at + 1 for at, part in enumerate(plain[:-1]) if part in CELLS or looks_like_cell(part)), default=None
            )
        if cut is not None:
            scopes["/".join(parts[:cut])][name] = parts[cut:]
    for scope in named:
        if scope not in scopes:
            raise InputError(f"--cell: no variables stand in {scope}")
    if graph:
        for name in names:
            scope, _, leaf = name.rpartition("/")
            if scope not in scopes and leaf in ("kernel", "weights") and lstm_evidence(graph, name)["forget_bias"]:
                scopes[scope] = {
                    other: [other.rpartition("/")[2]] for other in names if other.rpartition("/")[0] == scope
                }
                named = named | {scope: "BasicLSTMCell"}

    cells = []
    for scope, members in scopes.items():
        what = without_number(snake(scope.split("/")[-1]))
        kind = named.get(scope) or CELLS.get(what)
        reason = reason_to_refuse(scope, kind, members, shapes)
        if reason:
            shown = kind or scope.split("/")[-1]
            refused.append(Refused(scope, shown, reason, sorted(members)))
            continue
        roles, years = cell_roles(kind, members)
        one = next(iter(roles))
        gates = {"kernel": 4 if kind in LSTMS else 1, "gates kernel": 2}[one]
        units = shapes[roles[one.replace("kernel", "bias")][0]][0] // gates
        rows = sum(shapes[name][0] for name in roles[one])
        cells.append(Cell(scope, kind, roles, years, rows - units, units))
    return cells, refused


def looks_like_cell(part):
    return bool(
        re.search(r"(lstm|gru|rnn|nas|sru|cfn)_?(cell|wrapper)$|_cell_wrapper$|^nas_rnn$", part)
    ) and part not in (
        *("multi_rnn_cell", "embedding_wrapper", "input_projection_wrapper", "output_projection_wrapper"),
    )


def leaf_of(parts):
    """Returns a variable's name in its cell, without the shard's number and repeated scopes: part, number."""
    parts = [snake(part) for part in parts]
    parts = [part for at, part in enumerate(parts) if at == 0 or part != parts[at - 1]]
    leaf, shard = "/".join(parts), 0
    sharded = re.fullmatch(r"(.*)/part_(\d+)|(.*(?:w|matrix))_(\d+)", leaf)
    if sharded:
        leaf, shard = sharded[1] or sharded[3], int(sharded[2] or sharded[4])
        leaf = f"{leaf}_0" if leaf == "w" else leaf
    return leaf, shard


def cell_roles(kind, members):
    """Returns (what a variable is -> its names in the order of the shards, the years of the names)."""
    leaves = LEAVES.get(kind, ONE_KERNEL)
    roles, years = collections.defaultdict(list), set()
    for name, parts in sorted(members.items(), key=lambda item: leaf_of(item[1])):
        role, year = leaves[leaf_of(parts)[0]]
        roles[role].append(name)
        years.add(year)
    order = ROLES.get(kind, ("kernel", "bias"))
    shown = next(year for year in ("oldest", "old", "middle", "new") if year in years)
    return {role: roles[role] for role in order if role in roles}, shown


def reason_to_refuse(scope, kind, members, shapes):
    """Returns why the variables of a scope become no Keras layer, or None if they do."""
    plain = [without_number(snake(part)) for part in scope.split("/")]
    wrapper = next((part for part in plain if re.search(r"attention(_cell)?_(wrapper|decoder)", part)), None)
    if wrapper is None and "attention" in plain:
        within = "/".join(scope.split("/")[: plain.index("attention") + 1])
        # Other variables in that scope are the attention's own; without them it is only a name.
        beside = [
            name for name in shapes if name.startswith(f"{within}/") and ATTENTION_NAME.search(name[len(within) :])
        ]
        wrapper = within if beside else None
    if wrapper:
        return f"it runs inside {wrapper}, and Keras has no layer that attends at every step"
    if "highway_wrapper" in plain:
        return "it runs inside highway_wrapper, for which Keras has no layer"
    leaves = {name: leaf_of(parts)[0] for name, parts in members.items()}
    if kind is None:
        extra = next((reason for pattern, reason in NO_LAYER.items() if re.search(pattern, plain[-1])), None)
        return f"it has {extra}, for which Keras has no layer" if extra else "a cell of the program's own"
    if any(leaf.split("/")[-1] == "recurrent_kernel" for leaf in leaves.values()):
        return "a Keras layer's weights, which are in Keras' layout already"
    for pattern, extra in EXTRAS.items():
        if any(re.search(pattern, leaf) for leaf in leaves.values()):
            return f"it has {extra}, for which Keras has no layer"
    known = LEAVES.get(kind, ONE_KERNEL)
    strange = next((name for name, leaf in leaves.items() if leaf not in known), None)
    if strange:
        return f"a cell of the program's own: a {kind} has no {strange[len(scope) + 1 :]}"
    roles, _ = cell_roles(kind, members)
    missing = [role for role in ROLES.get(kind, ("kernel", "bias")) if role not in roles]
    if missing:
        return f"a cell of the program's own, or part of one: its {missing[0]} is missing"
    try:
        shown = [shape_of(roles[role], shapes) for role in roles]
        keras_weights(kind, [np.broadcast_to(np.float32(0), shape) for shape in shown])
    except ValueError:
        shown = ", ".join(str(shape) for shape in shown)
        return f"named like a {kind}, but the shapes {shown} are not one's"
    return None


def shape_of(names, shapes):
    """Returns the shape of a variable that was kept in shards, one below the other."""
    first = shapes[names[0]]
    return (sum(shapes[name][0] for name in names), *first[1:]) if first else ()


def keras_weights(kind, values, forget_bias=None):
    """Returns the weights of the Keras layer for one cell's values, in the order of its roles."""
    if kind in LSTMS:
        return lstm_weights(*values, forget_bias=forget_bias or 0.0)
    if kind == "CudnnCompatibleGRUCell":
        return cudnn_gru_weights(*values)
    return gru_weights(*values) if kind.startswith("GRU") else rnn_weights(*values)


def learn(cell, graph, forget_bias, activation):
    """Settles a cell's forget bias and activation: by flag, by the graph, or by TensorFlow 1's default.

    Returns (layers that share its weights, its fault or None).
    """
    kernel = cell.names["kernel" if "kernel" in cell.names else list(cell.names)[2]][0]
    told = collections.defaultdict(set)
    if graph and not cell.kind.startswith("Cudnn"):
        told = lstm_evidence(graph, kernel) if cell.is_lstm else other_evidence(graph, kernel)
    if True in told["fused"]:
        cell.kind = "LSTMBlockCell"
    cell.residual = True in told["residual"]

    if cell.kind == "CudnnCompatibleLSTMCell":
        cell.forget_bias, cell.learned["forget_bias"] = 0.0, "the cell has none"
    elif cell.is_lstm:
        if forget_bias is not None:
            cell.forget_bias, cell.learned["forget_bias"] = forget_bias, "--forget-bias"
        elif len(told["forget_bias"]) == 1:
            cell.forget_bias, cell.learned["forget_bias"] = round(told["forget_bias"].pop(), 6), "graph"
        else:
            cell.forget_bias, cell.learned["forget_bias"] = FORGET_BIAS, "assumed"
    if activation is not None:
        cell.activation, cell.learned["activation"] = activation, "--activation"
    elif len(told["activation"]) == 1 and None not in told["activation"]:
        cell.activation, cell.learned["activation"] = told["activation"].pop(), "graph"
    elif cell.kind.startswith("Cudnn"):
        cell.learned["activation"] = "the cell has none other"
    elif told["activation"]:
        told["fault"].add("its activation is none that Keras has by name (--activation takes another)")
    else:
        cell.learned["activation"] = "assumed"
    return max(told["shared"], default=1), next(iter(sorted(told["fault"])), None)


# --- which cells are a stack ---

DIRECTION = re.compile(r"(?:^|_)(fw|fwd|forward|bw|bwd|backward)(?=_|\d|$)")
LAYER = re.compile(r"^cell_?(\d+)$")
GENERIC = re.compile(
    r"^(rnn|dynamic_rnn|static_rnn|multi_rnn_cell|(stack_)?bi(directional)?_?(dynamic_|static_)?rnn|cell_?\d*|"
    r"\w+_wrapper|cudnn_(lstm|gru|rnn\w*)|params_canonical)?(_\d+)?$"
)


GIVES = ("every-step", "last-step", "last-states", "mean", "max")


@dataclasses.dataclass
class Stack:
    """Cells that feed one another, and what stands before and after them.

    A level is one direction's cells, {"": [cells]}, or both directions', {"fw": [cells], "bw": [cells]},
    whose outputs are put side by side; a level's output is the next one's input. What the layers after it
    see is one of GIVES: every step, the last one, each direction's own last one, or a mean or maximum.
    """

    name: str
    levels: list
    embedding: str | None = None
    one_hot: bool = False
    input_dense: list = dataclasses.field(default_factory=list)
    dense: list = dataclasses.field(default_factory=list)
    gives: str = "every-step"
    steps: int | None = None
    merge: str = "concat"

    @property
    def cells(self):
        return [cell for level in self.levels for run in level.values() for cell in run]

    @property
    def inputs(self):
        return level_inputs(self.levels[0])

    @property
    def width(self):
        return level_width(self.levels[-1]) if self.merge == "concat" else self.cells[-1].units


def level_inputs(level):
    return next(iter(level.values()))[0].inputs


def level_width(level):
    return sum(run[-1].units for run in level.values())


def numbers(text):
    return tuple(int(number) for number in re.findall(r"\d+", text))


def find_stacks(cells, names, separate=False):
    """Returns (stacks, refused, assumed): the cells put in order by their scopes' names and their sizes.

    `names` are all variables'; what else stands in scopes tells layers of one stack from copies of one model.
    """
    runs, refused, assumed = collections.defaultdict(lambda: collections.defaultdict(list)), [], []
    for cell in cells:
        key, direction, layer = place_in_stack(cell.scope)
        runs[key][direction].append((layer, cell))
    levels = {}
    for key, directions in runs.items():
        level = {}
        for direction in sorted(directions, reverse=True):  # fw before bw
            run = sorted(directions[direction], key=lambda item: item[0])
            level[direction] = [cell for _, cell in run]
            broken = any(below.units != above.inputs for below, above in itertools.pairwise(level[direction]))
            if broken or [layer for layer, _ in run] not in ([-1], list(range(len(run)))):
                why = "one layer's units are not the next one's inputs: something stands between them"
                why = why if broken else "layers are missing"
                refused.append(Refused(key, f"{len(run)} layers", why, sorted(names_of(cell for _, cell in run))))
                break
        else:
            levels[key] = [level]

    # stack_bidirectional_rnn keeps its levels in cell_0, cell_1; other programs in scopes of their own, lstm_1, lstm_2.
    for in_layers in (True,) if separate else (True, False):
        groups = collections.defaultdict(list)
        for key in levels:
            parts = key.split("/")
            if in_layers:
                groups[tuple("cell_#" if LAYER.match(snake(part)) else part for part in parts)].append(key)
            else:
                groups[tuple(without_digits(part) for part in parts)].append(key)
        for keys in groups.values():
            keys.sort(key=lambda key: [numbers(part) or (-1,) for part in key.split("/")])
            chained = [level for key in keys for level in levels[key]]
            follow = all(level_width(below) == level_inputs(above) for below, above in itertools.pairwise(chained))
            if len(keys) == 1 or not follow or (not in_layers and are_copies(keys, names)):
                continue
            if not in_layers:
                assumed.append(
                    f"{' and '.join(keys)} are layers of one stack, by their numbers and sizes "
                    "(--separate if they are not)"
                )
            levels[keys[0]] = chained
            for key in keys[1:]:
                del levels[key]
    stacks = [Stack(stack_name(key), chained) for key, chained in levels.items()]
    for name, count in collections.Counter(stack.name for stack in stacks).items():
        for number, stack in enumerate([stack for stack in stacks if stack.name == name]):
            stack.name = f"{name}_{number}" if count > 1 else name
    return stacks, refused, assumed


def are_copies(keys, names):
    """Returns whether scopes that differ by a number hold the same besides their cells, as a model's copies do."""
    parts = [key.split("/") for key in keys]
    at = next(place for place, same_place in enumerate(zip(*parts)) if len(set(same_place)) > 1)
    scopes = {"/".join(one[: at + 1]): "/".join(one) for one in parts}
    beside = [
        {name.removeprefix(scope) for name in names if name.startswith(f"{scope}/") and not name.startswith(f"{key}/")}
        for scope, key in scopes.items()
    ]
    return bool(beside[0]) and all(one == beside[0] for one in beside)


def names_of(cells):
    return [name for cell in cells for names in cell.names.values() for name in names]


def place_in_stack(scope):
    """Returns (the scope without direction and layer, "" or "fw" or "bw", the layer's number or -1)."""
    parts = scope.split("/")
    plain = [snake(part) for part in parts]
    direction, start = "", 0
    for at, part in enumerate(plain):
        found = DIRECTION.search(part)
        if found:
            direction, start = ("fw" if found[1].startswith("f") else "bw"), at
    for at, part in enumerate(plain if direction else []):
        found = DIRECTION.search(part)
        if found and found[1][0] == direction[0]:
            parts[at] = DIRECTION.sub("", part).strip("_")
    layer_at = next((at for at in range(len(parts) - 1, start - 1, -1) if LAYER.match(plain[at])), None)
    if layer_at is None:
        layer, key = -1, parts
    else:
        layer, key = int(LAYER.match(plain[layer_at])[1]), parts[:layer_at]
        if layer_at and LAYER.match(plain[layer_at - 1]):  # cell_0/cell_0
            key = parts[: layer_at - 1]
    return "/".join(part for part in key if part), direction, layer


def stack_name(key):
    parts = [snake(part) for part in key.split("/")]
    kept = [part for part in parts if not GENERIC.match(part) and without_number(part) not in CELLS]
    return re.sub(r"\W", "_", "_".join(kept)) or "rnn"


# --- what stands around a stack ---

EMBEDDING_NAME = re.compile(r"emb|lookup|word_?vec|^w_?e$", re.IGNORECASE)
OUTPUT_NAME = re.compile(
    r"softmax|out|logit|proj|dense|fully|fc|linear|pred|class|weight|variable|final|head|(^|/)w(_\w+)?$", re.IGNORECASE
)


def bias_of(kernel, columns, names, shapes):
    """Returns the bias that belongs to a kernel: by its name, else the only vector of that size beside it."""
    scope, _, leaf = kernel.rpartition("/")
    fitting = [name for name in names if list(shapes[name]) == [columns]]
    twins = {
        re.sub(pattern, twin, leaf)
        for pattern, twin in (
            (r"kernel", "bias"),
            (r"weights", "biases"),
            (r"weights?", "bias"),
            (r"Matrix", "Bias"),
            (r"(^|_)w(?=_|\d|$)", r"\1b"),
            (r"(^|_)W(?=_|\d|$)", r"\1b"),
            (r"(^|_)W(?=_|\d|$)", r"\1B"),
            (r"^w", "b"),
            (r"^h(?=\d|$)", "b"),
            (r"^W", "b"),
        )
        if re.search(pattern, leaf)
    }
    twins = [name for name in fitting if name.rpartition("/")[0] == scope and name.rpartition("/")[2] in twins]
    beside = [name for name in fitting if name.rpartition("/")[0] == scope]
    for found in (twins, beside, fitting):
        if len(found) == 1:
            return found[0]
    if twins or not beside:
        return None
    # Variable, Variable_1, ... of one size: the one made soonest after.
    after = [name for name in beside if numbers(name) > numbers(kernel)]
    return min(after, key=numbers, default=None)


def closeness(name, stack):
    """Returns how many of a variable's scopes the stack stands in, and whether one word of their names is the same."""
    scope, parts = stack.cells[0].scope.split("/"), name.split("/")[:-1]
    shared = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(scope, parts)))
    sides = [side for side in ("enc", "dec") if side in name.lower()]
    return shared + 2 * sum(1 if side in stack.cells[0].scope.lower() else -1 for side in sides)


def place_around(stacks, left, shapes, graph, cells):
    """Finds each stack's embedding or input layer and its output layers; takes them out of the names `left`.

    `cells` are those of all stacks there are, more than those that are looked at.

    Returns what had to be assumed.
    """
    assumed = []
    matrices = [name for name in left if len(shapes[name]) == 2 and not ATTENTION_NAME.search(name)]
    attended = any(ATTENTION_NAME.search(name) for name in left)

    def nearest(name, stack, rivals):
        return all(closeness(name, stack) >= closeness(name, rival) for rival in rivals if rival is not stack)

    for stack in stacks:
        if graph and shows(graph, stack.cells):
            told = place_after(stack, left, shapes, graph, cells, assumed)
            place_before(stack, left, shapes, graph, cells, assumed)
            if not told:
                place_turned(stack, left, shapes, assumed)
            continue
        rivals = [other for other in stacks if other.width == stack.width]
        after = [name for name in matrices if name in left and not attended]
        after = [name for name in after if shapes[name][0] != stack.width or nearest(name, stack, rivals)]
        chain, choice = output_chain(stack.width, after, left, shapes)
        if choice:
            assumed.append(f"{stack.name}: {choice} (--dense names the output layers)")
        for kernel, bias in chain:
            flag = None if kernel == chain[-1][0] else "--dense"
            stack.dense.append(settle_dense(kernel, bias, None, assumed, flag))
            left[:] = [name for name in left if name not in (kernel, bias)]
        half = level_width(stack.levels[-1]) // 2
        for name in after if len(stack.levels[-1]) == 2 and not stack.dense else []:
            if shapes[name][0] == half and OUTPUT_NAME.search(name):
                assumed.append(f"{stack.name}: {name} would fit two directions that are added (--merge sum)")
        rivals = [other for other in stacks if other.inputs == stack.inputs]
        shared = [other.embedding for other in stacks]
        fitting = [name for name in matrices if (name in left or name in shared) and shapes[name][1] == stack.inputs]
        place_input(stack, [name for name in fitting if nearest(name, stack, rivals)], left, shapes, assumed)
        if not stack.dense and not choice and not attended:
            place_turned(stack, left, shapes, assumed)
    return assumed


def place_turned(stack, left, shapes, assumed):
    """Finds an output layer whose kernel stands turned around, a row a word, as sampled_softmax_loss wants it."""
    vectors = [name for name in left if len(shapes[name]) == 1]
    fitting = [name for name in left if len(shapes[name]) == 2 and shapes[name][1] == stack.width]
    fitting = [name for name in fitting if OUTPUT_NAME.search(name) and bias_of(name, shapes[name][0], vectors, shapes)]
    if len(fitting) == 1:
        bias = bias_of(fitting[0], shapes[fitting[0]][0], vectors, shapes)
        stack.dense = [Dense(fitting[0], bias, transposed=True)]
        left[:] = [name for name in left if name not in (fitting[0], bias)]
        assumed.append(
            f"{fitting[0]} is taken for {stack.name}'s output layer, turned around, by its size and its bias' "
            "(--dense none if not)"
        )
    table = shapes.get(stack.embedding, [0, 0])
    fitting = [name for name in vectors if list(shapes[name]) == [table[0]]]
    if not stack.dense and table[1] == stack.width and len(fitting) == 1:
        assumed.append(
            f"{fitting[0]} would be the bias if {stack.embedding} is the output layer, too "
            f"(--embedding {stack.embedding} --dense {stack.embedding})"
        )


def shows(graph, cells):
    """Returns whether the graph shows what a stack's cells do."""
    kernels = [names[0] for cell in cells for names in cell.names.values()]
    cudnn = all(cell.kind.startswith("Cudnn") for cell in cells)
    return any(graph.used_by(kernel, MULTIPLYING | FUSED) for kernel in kernels) or (
        cudnn and any(node.op in CUDNN for node in graph.nodes.values())
    )


def place_after(stack, left, shapes, graph, cells, assumed):
    """Finds the dense layers after a stack, and what of its outputs they see, in the graph.

    Returns whether there are any, placed or not.
    """
    outputs = Outputs(graph, stack, cells)
    names = [name for name in left if len(shapes[name]) == 2]
    first, after, found, unclear = layers_after(graph, outputs, names)

    def not_placed(name, why):
        assumed.append(f"{stack.name}: {name} sees {why}: not placed (--dense {name} --gives ...)")

    own = {name for name, _ in outputs.own}
    beside = [
        name for name, matmuls in found_products(graph, unclear).items()
        if (unclear[name].cell is None or cell_in(unclear[name].cell, stack.cells))
        and shapes[name][found[name].transposed] in (stack.width, stack.width // len(stack.levels[-1]))
        and not any(name in others for others in after.values()) and own & graph.before(matmuls)
    ]  # fmt: skip
    if len(first) != 1 or beside:
        if len(first) > 1:
            assumed.append(
                f"{stack.name}: {', '.join(first)} all see its outputs: none is placed "
                "(--dense names the output layers)"
            )
        for name in beside[:1]:
            not_placed(name, unclear[name])
        return bool(first or beside)
    ((name, tensors),) = first.items()
    try:
        stack.gives, stack.merge = outputs.gives(tensors)
    except Unclear as error:
        not_placed(name, error)
        return True
    if outputs.computed:
        assumed.append(f"{name} sees a step that the graph computes: taken for each sequence's last (--gives)")
    while name:
        layer, others = found[name], after[name] - {one.kernel for one in stack.dense}
        if layer.activation is None:
            layer.activation = "linear"
            assumed.append(
                f"{name} is followed by linear: the graph shows none that Keras has by name (--dense {name}:ACTIVATION)"
            )
        layer.bias = layer.bias if layer.bias in left else None
        stack.dense.append(layer)
        left[:] = [other for other in left if other not in (layer.kernel, layer.bias)]
        if len(others) > 1:
            assumed.append(
                f"{stack.name}: {', '.join(sorted(others))} all follow {name}: none is placed "
                "(--dense names the output layers)"
            )
        name = others.pop() if len(others) == 1 else None
    return True


def chain_by_graph(stacks, graph):
    """Joins, in `stacks`, those of which the graph shows that one reads every step of another's outputs."""
    cells = [cell for stack in stacks for cell in stack.cells]
    inputs = Inputs(graph, cells)
    for above in list(stacks):
        for below in [stack for stack in stacks if stack is not above]:
            outputs = Outputs(graph, below, cells)
            try:
                told, steps = set(), True
                for run in above.levels[0].values():
                    tensors = inputs.tensors(run[0])
                    steps = steps and len(set(tensors)) == len(tensors) > 0  # not one of them again and again
                    told.add(outputs.gives([inputs.whole(tensor) for tensor in tensors]))
            except Unclear:
                continue
            if steps and told == {("every-step", "concat")} and level_width(below.levels[-1]) == above.inputs:
                above.name, above.levels = below.name, below.levels + above.levels
                stacks.remove(below)
                break


def found_products(graph, names):
    return {name: graph.used_by(name, MULTIPLYING, PASSING | {"Reshape", "Transpose"}) for name in names}


def place_before(stack, left, shapes, graph, cells, assumed):
    """Finds what feeds a stack in the graph: ids through an embedding or as one-hot rows, vectors, dense layers."""
    inputs = Inputs(graph, cells)
    try:
        (fed, others), *backward = [inputs.of(run[0]) for run in stack.levels[0].values()]
        if any(other != fed for other, _ in backward):
            raise Unclear("another thing for each direction")
        fed = fed or Fed("vectors")
        missing = [name for name in (fed.kind == "embedding" and fed.what, *(one.kernel for one in fed.dense)) if name]
        missing = [name for name in missing if name not in shapes]
        if missing:
            raise Unclear(f"{missing[0]}, which the checkpoint does not hold")
    except Unclear as error:
        assumed.append(
            f"{stack.name} reads vectors of {stack.inputs}: in the graph it is fed with {error}, which is left out"
        )
        return
    for other in others:
        assumed.append(f"{stack.name}: the graph feeds it with {other}, too, which is left out")
    stack.embedding = fed.what if fed.kind == "embedding" else None
    stack.one_hot = fed.kind == "one-hot"
    stack.input_dense = list(fed.dense)
    for layer in stack.input_dense:
        layer.bias = layer.bias if layer.bias in shapes else None
    taken = {stack.embedding, *(name for layer in stack.input_dense for name in (layer.kernel, layer.bias))}
    left[:] = [name for name in left if name not in taken]
    if not stack.embedding:
        stack.steps = placeholder_steps(graph, stack.inputs)


def output_chain(width, names, left, shapes, below=None):
    """Returns ([(kernel, bias)], what cannot be told): the longest chain of dense layers from `width` on.

    `below` is the kernel of the layer before; of layers that differ by a number, the next one has a higher one.
    """
    found = []
    for kernel in names:
        if shapes[kernel][0] != width or (EMBEDDING_NAME.search(kernel) and not OUTPUT_NAME.search(kernel)):
            continue
        if below and without_digits(kernel) == without_digits(below) and numbers(kernel) < numbers(below):
            continue
        bias = bias_of(kernel, shapes[kernel][1], [name for name in left if len(shapes[name]) == 1], shapes)
        if bias is None and (below or not OUTPUT_NAME.search(kernel)):
            continue
        found.append((kernel, bias))
    like = [entry for entry in found if below and without_digits(entry[0]) == without_digits(below)]
    found = like or found
    chains = []
    for kernel, bias in found:
        others = [name for name in names if name != kernel]
        rest, open_question = output_chain(
            shapes[kernel][1], others, [name for name in left if name not in (kernel, bias)], shapes, kernel
        )
        chains.append(([(kernel, bias), *rest], open_question))
    longest = max((len(chain) for chain, _ in chains), default=0)
    best = [entry for entry in chains if len(entry[0]) == longest]
    best = [entry for entry in best if OUTPUT_NAME.search(entry[0][0][0])] or best if len(best) > 1 else best
    if len(best) > 1:
        starts = ", ".join(entry[0][0][0] for entry in best)
        return [], f"which of {starts} follows {below or 'the stack'} cannot be told, so none does"
    return best[0] if best else ([], None)


def without_digits(name):
    return re.sub(r"_?\d+", "", name)


def settle_dense(kernel, bias, graph, assumed, flag=None):
    """Returns the Dense of two variables, with the activation that the graph shows, or the one assumed.

    `flag` is the flag that names such a layer; without it, the layer is the output, whose logits need none.
    """
    told = {sum_after(graph, name)[1] for name in graph.used_by(kernel, MULTIPLYING)} if graph else set()
    if len(told) == 1 and None not in told:
        return Dense(kernel, bias, told.pop())
    activation = "relu" if flag and "fully_connected" in kernel else "linear"
    if flag or told:
        flag = flag or "--dense"
        why = "tf.contrib.layers.fully_connected's default" if activation == "relu" else "nothing tells of another"
        why = "the graph shows none that Keras has by name" if told else why
        assumed.append(f"{kernel} is followed by {activation}: {why} ({flag} {kernel}:ACTIVATION)")
    return Dense(kernel, bias, activation)


def place_input(stack, fitting, left, shapes, assumed):
    """Settles by names and sizes what the stack reads: ids through an embedding, vectors through a layer, vectors."""
    embeddings = [name for name in fitting if EMBEDDING_NAME.search(name)]
    vectors = [name for name in left if len(shapes[name]) == 1]
    tables = [name for name in left if len(shapes[name]) == 2 and EMBEDDING_NAME.search(name) and name not in fitting]
    between = [(name, table) for name in fitting for table in tables if shapes[table][1] == shapes[name][0]]
    if not embeddings and len(between) == 1:  # an embedding of another size, and a layer that makes it the cells'
        ((kernel, stack.embedding),) = between
        place_input_dense(stack, kernel, left, shapes, assumed)
        left[:] = [name for name in left if name != stack.embedding]
        return
    denses = [name for name in fitting if name not in embeddings and bias_of(name, stack.inputs, vectors, shapes)]
    embeddings = embeddings or [
        name for name in fitting if name not in denses and not re.search(r"proj|softmax|out|logit|dense|fc", name)
    ]
    embeddings.sort(key=lambda name: -closeness(name, stack))
    if len(embeddings) > 1 and closeness(embeddings[0], stack) > closeness(embeddings[1], stack):
        embeddings = embeddings[:1]
    if len(embeddings) == 1:
        stack.embedding = embeddings[0]
        left[:] = [name for name in left if name != stack.embedding]
        if not EMBEDDING_NAME.search(stack.embedding):
            assumed.append(
                f"{stack.embedding} is taken for {stack.name}'s embedding, by its shape (--embedding none if not)"
            )
    elif len(embeddings) > 1:
        assumed.append(
            f"{stack.name} reads vectors of {stack.inputs}; its embedding may be one of {', '.join(embeddings)} "
            "(--embedding NAME)"
        )
    elif len(denses) == 1:
        while len(denses) == 1:
            rows = shapes[denses[0]][0]
            place_input_dense(stack, denses[0], left, shapes, assumed)
            vectors = [name for name in left if len(shapes[name]) == 1]
            like = [name for name in left if without_digits(name) == without_digits(denses[0])]
            like = [name for name in like if list(shapes[name])[1:] == [rows]]
            denses = [name for name in like if bias_of(name, rows, vectors, shapes)]
    elif stack.inputs > 1 and stack.dense and shapes[stack.dense[-1].kernel][1] == stack.inputs:
        assumed.append(
            f"{stack.name} reads vectors of {stack.inputs}; if its input was one-hot, --one-hot makes it read ids"
        )


def place_input_dense(stack, kernel, left, shapes, assumed):
    """Puts a dense layer before those that stand before a stack already."""
    bias = bias_of(kernel, shapes[kernel][1], [name for name in left if len(shapes[name]) == 1], shapes)
    stack.input_dense.insert(0, settle_dense(kernel, bias, None, assumed, "--input-dense"))
    left[:] = [name for name in left if name not in (kernel, bias)]


def placeholders(graph):
    """Yields the type and shape (None where it is open) of each placeholder in the graph."""
    for node in graph.nodes.values():
        if node.op == "Placeholder":
            dims = [None if dim.size < 0 else dim.size for dim in node.attr["shape"].shape.dim]
            yield tf.as_dtype(node.attr["dtype"].type), dims


def placeholder_steps(graph, inputs):
    """Returns the time steps that the graph's one placeholder of such vectors has, or None."""
    found = {
        dims[1] for dtype, dims in placeholders(graph) if dtype.is_floating and len(dims) == 3 and dims[2] == inputs
    }
    return found.pop() if len(found) == 1 else None


# --- the whole of what is found ---


@dataclasses.dataclass
class Findings:
    """What a checkpoint holds: what `convert` makes a model of, what it refuses, and what it leaves."""

    reader: Reader
    stacks: list
    refused: list
    assumed: list
    left: list  # variables that have found no place
    slots: list
    counters: list
    averages: dict
    averaged: bool = False

    @property
    def tensorflow(self):
        return (self.reader.graph and self.reader.graph.tensorflow) or "unknown"

    def value(self, name):
        return self.reader[self.averages.get(name, name) if self.averaged else name]


def inspect(
    checkpoint,
    forget_bias=None,
    activation=None,
    shared_layers=None,
    averages=False,
    cells=None,
    embedding=None,
    one_hot=False,
    input_dense=(),
    dense=(),
    gives=None,
    merge="concat",
    separate=False,
    stack=None,
):
    """Returns the Findings of a checkpoint.

    Args:
        checkpoint: its prefix, one of its files, or the directory of its `checkpoint` file.
        forget_bias: what the LSTM cells add to their forget gate, over what the graph says.
        activation: of the cells, by Keras' name, over what the graph says.
        shared_layers: how many layers use the one cell's weights, as `[cell] * 3` does.
        averages: take the ExponentialMovingAverage of a variable for the variable.
        cells: {scope: kind} of cells whose scopes' names do not tell: BasicLSTMCell, GRUCell, ...
        embedding: the embedding's name, or "none".
        one_hot: whether the stack reads ids as one-hot rows.
        input_dense: ["KERNEL" or "KERNEL:ACTIVATION", ...] of the dense layers before the stack, in their order;
            ["none"] for none.
        dense: the same of those after it.
        gives: what the dense layers see, one of GIVES, over what the graph says.
        merge: how two directions' outputs are put together: "concat", "sum", "ave" or "mul".
        separate: whether scopes that differ by a number are stacks of their own, not layers of one.
        stack: the name of the one stack to look at.

    Raises:
        InputError: the checkpoint or what was said of it cannot be right.
    """
    reader = Reader(checkpoint)
    shapes, graph = reader.shapes, reader.graph
    if "_CHECKPOINTABLE_OBJECT_GRAPH" in shapes:
        raise InputError(
            f"{reader.prefix} is a checkpoint of objects, TensorFlow 2's form: its program's Keras can load it"
        )
    names, slots, counters, averaged = sort_out(shapes)
    if averages:
        if not averaged:
            raise InputError(f"{reader.prefix} holds no {AVERAGE}")
        shapes = {**shapes, **{name: shapes[average] for name, average in averaged.items()}}
        names = sorted({*names, *averaged})
    elif len(averaged) > len(names):
        raise InputError(f"{reader.prefix} holds averages alone: --averages takes them for the variables")

    found, refused = find_cells(shapes, names, cells, graph)
    refused += refused_beside(shapes, names, found, refused, graph)
    shown = bool(graph) and any(shows(graph, [cell]) for cell in found)
    stacks, broken, assumed = find_stacks(found, names, separate or shown)
    refused += broken
    taken = set(names_of(found))
    taken |= {name for one in refused for name in one.names}
    left = [name for name in names if name not in taken]

    for one in list(stacks):
        for cell in one.cells:
            shared, fault = learn(cell, graph, forget_bias, activation)
            if fault:
                kept = sorted(names_of(one.cells))
                refused.append(Refused(cell.scope, cell.kind, fault, kept))
                stacks.remove(one)
                break
            share(one, cell, shared_layers or shared, shared_layers, graph, assumed)
        one.merge = merge
    if shown and not separate:
        chain_by_graph(stacks, graph)
    cells_of_all = [cell for one in stacks for cell in one.cells]
    if stack is not None:
        if stack not in [one.name for one in stacks]:
            raise InputError(f"no stack is named {stack}; there are: {', '.join(one.name for one in stacks) or 'none'}")
        stacks = [one for one in stacks if one.name == stack]
    if stacks:
        assumed += place_around(stacks, left, shapes, graph, cells_of_all)
        place_named(stacks, left, shapes, graph, assumed, embedding, one_hot, input_dense, dense, gives)
    assumed = assume(stacks, graph, names) + assumed
    if any(ATTENTION_NAME.search(name) for name in left):
        kept = [name for name in left if ATTENTION_NAME.search(name)]
        left = [name for name in left if name not in kept]
        why = "attention around the cells: what it feeds is placed by flag alone"
        refused.append(Refused(os.path.commonprefix(kept).rstrip("/_") or kept[0], "attention", why, kept))
    return Findings(reader, stacks, refused, assumed, left, slots, counters, averaged, averages)


def refused_beside(shapes, names, cells, refused, graph):
    """Returns what is recurrent beside TensorFlow 1's cells: Cudnn's blobs, Keras' layers, cells of an unknown kind."""
    taken = set(names_of(cells))
    taken |= {name for one in refused for name in one.names}
    rest, found = [name for name in names if name not in taken], []
    for name in rest:
        scope, _, leaf = name.rpartition("/")
        plain = [snake(part) for part in name.split("/")]
        used = graph.used_by(name, CUDNN) if graph else []
        if used or (len(shapes[name]) == 1 and re.search(r"opaque|cudnn|(lstm|gru|rnn)_params", name.lower())):
            why = "Cudnn's own order of weights, which only the card's library knows: save it in canonical form"
            found.append(Refused(name, "opaque Cudnn weights", why, [name]))
        elif leaf == "recurrent_kernel":
            kept = [other for other in rest if other.rpartition("/")[0] == scope]
            why = "a Keras layer's weights, which are in Keras' layout already"
            found.append(Refused(scope, "Keras layer", why, kept))
        elif leaf in ("kernel", "weights") and len(plain) > 2 and len(shapes[name]) == 2:
            parent, own = without_number(plain[-3]), plain[-2]
            bias = f"{scope}/{'bias' if leaf == 'kernel' else 'biases'}"
            inside = parent in ("rnn", "multi_rnn_cell", "fw", "bw") or LAYER.match(plain[-3])
            rows, columns = shapes[name]
            layer = re.search(r"dense|fc|fully|out|logit|proj|softmax|linear|conv|emb|attention|attn", own)
            if inside and not layer and shapes.get(bias) == [columns] and columns % 4 == 0 and rows > columns // 4:
                why = f"its name tells no cell; one of TensorFlow 1's own is named by --cell {scope}=BasicLSTMCell"
                found.append(Refused(scope, plain[-2], why, [name, bias]))
    return found


def share(stack, cell, count, by_flag, graph, assumed):
    """Makes as many layers of a cell as use its weights."""
    for level in stack.levels:
        for direction, run in level.items():
            if len(run) != 1 or run[0] is not cell:
                continue
            if count > 1 and cell.inputs != cell.units:
                raise InputError(
                    f"--shared-layers {count}: {cell.scope} reads {cell.inputs} numbers and has {cell.units} units"
                )
            if count > 1:
                level[direction] = [cell] * count
            elif (
                not (graph and cell.is_lstm)
                and not by_flag
                and cell.inputs == cell.units
                and re.search(r"cell_?0(/|$)", snake(cell.scope))
            ):
                assumed.append(f"{stack.name} has one layer; [cell] * 3 would look the same (--shared-layers 3)")


def assume(stacks, graph, names):
    """Returns what was taken for granted of the cells, why, and the flags that change it."""
    assumed = []
    why = "the graph does not show it" if graph else "there is no .meta file to tell"
    lstms = [cell for stack in stacks for cell in stack.cells if cell.learned.get("forget_bias") == "assumed"]
    if lstms:
        hint = ""
        if any(re.match(r"(Train/)?Model/(embedding|softmax_w)$", name) for name in names):
            hint = "; the PTB tutorial, whose names these are, set 0.0"
        assumed.append(f"forget bias {FORGET_BIAS}, TensorFlow 1's default: {why}{hint} (--forget-bias)")
    if any(cell.learned.get("activation") == "assumed" for stack in stacks for cell in stack.cells):
        assumed.append(f"activation tanh, TensorFlow 1's default: {why} (--activation)")
    if graph and any(re.search(r"(^|[/|])(CheckSeqLen|sequence_length)$", name) for name in graph.nodes):
        assumed.append(
            "sequences of one length: the graph has a sequence_length, after which TensorFlow 1 gives zeros and from "
            "which it reads backward (--mask)"
        )
    for stack in stacks:
        if any(set(level) == {"bw"} for level in stack.levels):
            assumed.append(f"{stack.name} reads backward, by its scope's name; no cell that reads forward goes with it")
        if stack.dense and not graph:
            assumed.append(
                f"{stack.name}: the output layer sees every step, which holds the last one, too (--gives last-step"
                f"{', or last-states for the end of each direction' if len(stack.levels[-1]) == 2 else ''})"
            )
        if not stack.dense and len(stack.levels[-1]) == 2:
            assumed.append(f"{stack.name}: two directions side by side (--merge)")
    return assumed


def place_named(stacks, left, shapes, graph, assumed, embedding, one_hot, input_dense, dense, gives):
    """Puts in place what flags name, for the one stack there is."""
    if (embedding or one_hot or input_dense or dense or gives) and len(stacks) > 1:
        raise InputError(f"name the stack that this is of with --stack: {', '.join(stack.name for stack in stacks)}")
    stack = stacks[0]

    def give_back(*names):
        left.extend(name for name in names if name is not None)
        left.sort()

    def take(name, rows, columns):
        if name not in shapes:
            raise InputError(f"the checkpoint holds no variable {name}")
        shape = shapes[name]
        if len(shape) != 2 or rows not in (None, shape[0]) or columns not in (None, shape[1]):
            wanted = [rows or "any", columns or "any"]
            raise InputError(f"{name} has the shape {shape}, not [{wanted[0]}, {wanted[1]}]")
        left[:] = [other for other in left if other != name]
        return shape

    def layer(text, rows, columns):
        name, _, activation = text.partition(":")
        # A kernel that fits turned around alone is one whose transpose the program multiplies with.
        turned = rows is not None and list(shapes.get(name, ()))[1:] == [rows] and shapes[name][0] != rows
        shape = take(name, *((None, rows) if turned else (rows, columns)))
        bias = bias_of(name, shape[not turned], [other for other in left if len(shapes[other]) == 1], shapes)
        left[:] = [other for other in left if other != bias]
        return Dense(name, bias, activation or settle_dense(name, bias, graph, []).activation, turned)

    if embedding or one_hot or input_dense:
        give_back(stack.embedding, *(name for one in stack.input_dense for name in (one.kernel, one.bias)))
        stack.embedding, stack.input_dense, stack.one_hot = None, [], one_hot
    width = stack.inputs
    for text in reversed(input_dense if input_dense and list(input_dense) != ["none"] else []):
        stack.input_dense.insert(0, layer(text, None, width))
        width = shapes[stack.input_dense[0].kernel][0]
    if embedding and embedding != "none":
        take(embedding, None, width)
        stack.embedding = embedding
    if dense:
        give_back(*(name for one in stack.dense for name in (one.kernel, one.bias)))
        stack.dense, width = [], stack.width
        for text in dense if list(dense) != ["none"] else []:
            stack.dense.append(layer(text, width, None))
            width = shapes[stack.dense[-1].kernel][not stack.dense[-1].transposed]
    if stack.dense and dense and graph and shows(graph, stack.cells):
        kernel = stack.dense[0].kernel
        outputs = Outputs(graph, stack, stack.cells)
        first, _, _, unclear = layers_after(graph, outputs, [kernel])
        try:
            stack.gives = outputs.gives(first[kernel])[0] if kernel in first else stack.gives
        except Unclear as error:
            unclear[kernel] = error
        if kernel in unclear and not gives:
            seen = GIVEN[stack.gives]
            assumed.append(f"{stack.name}: {kernel} sees {seen}; in the graph, {unclear[kernel]} (--gives)")
    stack.gives = gives or stack.gives
    if one_hot and stack.inputs < 2:
        raise InputError("--one-hot: the stack reads one number a step")


# --- the Keras model ---


def layer_names(stack):
    """Yields (cell, its Keras layer's name, direction, level, whether it is its run's last) in their order."""
    number = 0
    for at, level in enumerate(stack.levels):
        for direction, run in level.items():
            for place, cell in enumerate(run):
                kind = "lstm" if cell.is_lstm else "gru" if "GRU" in cell.kind else "rnn"
                yield (
                    cell,
                    f"{kind}_{number + place}{direction and '_'}{direction}",
                    direction,
                    at,
                    place == len(run) - 1,
                )
        number += max(len(run) for run in level.values())


def keras_layer(cell, name, **options):
    """Returns the Keras layer of a cell, without its weights."""
    options |= {"activation": cell.activation, "name": name}
    if cell.is_lstm:
        return layers.LSTM(cell.units, **options)
    if "GRU" in cell.kind:
        return layers.GRU(cell.units, reset_after=cell.kind == "CudnnCompatibleGRUCell", **options)
    return layers.SimpleRNN(cell.units, **options)


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
    weights = {}
    mask = keras.Input((steps,), batch, dtype="bool", name="mask") if masked else None
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

    def dense(x, one, name):
        kernel = dense_kernel(one, value)
        weights[name] = [kernel] if one.bias is None else [kernel, value(one.bias)]
        return layers.Dense(kernel.shape[1], one.activation, one.bias is not None, name=name)(x)

    for number, one in enumerate(stack.input_dense):
        x = dense(x, one, "input_dense" if len(stack.input_dense) == 1 else f"input_dense_{number}")

    started, ended = [], []
    one_way = all("bw" not in level for level in stack.levels)
    for level, entries in itertools.groupby(layer_names(stack), key=lambda entry: entry[3]):
        sides = []
        for direction, run in itertools.groupby(entries, key=lambda entry: entry[2]):
            y, counting = x, mask
            if direction == "bw":
                y, counting = ops.flip(x, axis=1), ops.flip(mask, axis=1) if masked else None
            for cell, name, _, _, end in run:
                ending = stack.gives == "last-states" or (stack.gives == "last-step" and one_way)
                sequences = not (ending and end and level == len(stack.levels) - 1) or cell.residual
                options = {"return_sequences": sequences, "return_state": states, "stateful": batch is not None}
                layer = keras_layer(cell, name, **options, zero_output_for_mask=masked and sequences)
                initial = None
                if states and not direction:
                    initial = [
                        keras.Input((cell.units,), name=f"{name}_{part}") for part in ("hc" if cell.is_lstm else "h")
                    ]
                    started += initial
                output = layer(y, initial_state=initial, mask=counting)
                if states:
                    output, *final = output
                    ended += final
                y = layers.Add(name=f"{name}_residual")([y, output]) if cell.residual else output
                weights[name] = keras_weights(cell.kind, cell_values(cell, value), cell.forget_bias)
            if stack.gives == "last-states" and level == len(stack.levels) - 1:
                y = y[:, -1] if len(y.shape) == 3 else y  # [batch, units], the last that it read
            elif direction == "bw":
                y = ops.flip(y, axis=1)
            sides.append(y)
        x = MERGES[stack.merge](name=f"both_{level}")(sides) if len(sides) == 2 else sides[0]
    if stack.gives == "last-step" and len(x.shape) == 3:
        x = x[:, -1]  # [batch, width]
    elif stack.gives in ("mean", "max"):
        x = getattr(ops, stack.gives)(x, axis=1)  # [batch, width]
    for number, one in enumerate(stack.dense):
        x = dense(x, one, "output" if number == len(stack.dense) - 1 else f"dense_{number}")
    given = [inputs, *([mask] if masked else []), *started]
    model = keras.Model(given if len(given) > 1 else inputs, [x, *ended] if ended else x, name=stack.name)
    for name, values in weights.items():
        model.get_layer(name).set_weights(values)
    return model


def dense_kernel(one, value):
    return value(one.kernel).T if one.transposed else value(one.kernel)


def one_hot_size(stack, value):
    return len(value(stack.input_dense[0].kernel)) if stack.input_dense else stack.inputs


def cell_values(cell, value):
    """Returns a cell's arrays in the order of its roles, shards put together."""
    return [np.concatenate([value(name) for name in names]) for names in cell.names.values()]


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


def read_vocabulary(path):
    """Returns (words in the order of their ids, words in a window or None).

    The file has a word a line; or is JSON: a list of words, word -> id, or what the story program keeps beside
    its checkpoints as run.json: {"words": the text's, "n_input": ...}.

    Raises:
        InputError: it cannot be read, or is none of these.
    """
    if path.suffix in (".pkl", ".pickle", ".p"):
        raise InputError(f"{path}: a pickle runs whatever it holds and is not read; write its words one a line")
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else text.split("\n")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # not UTF-8, or not JSON
        raise InputError(f"{path} is not UTF-8 text, or not JSON") from error
    steps = None
    if isinstance(content, dict) and isinstance(content.get("words"), list):
        # Ids go by frequency, ties by first appearance.
        steps = content.get("n_input")
        content = [word for word, _ in collections.Counter(map(str, content["words"])).most_common()]
        if steps is not None and not (isinstance(steps, int) and steps > 0):
            raise InputError(f"{path}: n_input is {steps!r}, not a whole number above zero")
    elif isinstance(content, dict):
        if sorted(content.values(), key=str) != sorted(range(len(content)), key=str):
            raise InputError(f"{path} should give each word an id of its own, from 0 to {len(content) - 1}")
        content = sorted(content, key=content.get)
    elif content and content[-1] == "":
        content = content[:-1]
    if not content or not all(isinstance(word, str) and word for word in content) or len(set(content)) < len(content):
        raise InputError(f"{path} should hold a word a line, each once, in the order of their ids")
    return content, steps


def with_vocabulary(model, stack, vocabulary, steps):
    """Returns the model that takes words instead of their ids: str [batch, time] -> what the model gives.

    Raises:
        InputError: the vocabulary has another size than the model.
    """
    sizes = {
        "embedding": model.get_layer("embedding").input_dim if stack.embedding else None,
        "one-hot input": stack.inputs if stack.one_hot else None,
        "output": model.get_layer("output").units if stack.dense else None,
    }
    for what, size in sizes.items():
        if size not in (None, len(vocabulary)):
            raise InputError(f"the vocabulary has {len(vocabulary)} words, the {what} {size}")
    if not (stack.embedding or stack.one_hot) and model.input_shape[-1] != 1:
        raise InputError(
            f"--vocabulary: the model reads vectors of {model.input_shape[-1]}, not words' ids (--one-hot)"
        )
    words = keras.Input((steps,), dtype="string", name="words")
    unknown = next(token for token in (" ", "[UNK]", "\0") if token not in vocabulary)
    lookup = layers.StringLookup(vocabulary=vocabulary, num_oov_indices=0, oov_token=unknown, name="vocabulary")
    ids = lookup(words)
    if not (stack.embedding or stack.one_hot):
        ids = ops.expand_dims(ops.cast(ids, "float32"), -1)  # [batch, time, 1]
    return keras.Model(words, model(ids), name=f"{stack.name}_words")


# --- the check ---


def run_tensorflow_1(stack, value, x, states, lengths, dtype):
    """Runs TensorFlow 1's cells over x from the given states, each sequence up to its length, as dynamic_rnn does.

    Returns:
        {layer's name: float32 [batch, time, units], "model": what comes out at the end}.
    """
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # read once, when rnn_cell is first touched
    single, value = value, lambda name: single(name).astype(dtype)
    feed, loads, outputs = {}, [], {}
    merges = {
        "concat": lambda fw, bw: tf.concat([fw, bw], -1),
        "sum": lambda fw, bw: fw + bw,
        "ave": lambda fw, bw: (fw + bw) / 2,
        "mul": lambda fw, bw: fw * bw,
    }

    def fed(array):
        tensor = v1.placeholder(array.dtype, array.shape)
        feed[tensor] = array
        return tensor

    def dense(x, one):
        x = tf.tensordot(x, fed(dense_kernel(one, value)), 1)
        x = x if one.bias is None else x + fed(value(one.bias))
        return x if one.activation == "linear" else getattr(tf.nn, one.activation)(x)

    with tf.Graph().as_default(), v1.Session() as session, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if stack.embedding:
            y = tf.nn.embedding_lookup(fed(value(stack.embedding)), x)
        else:
            y = tf.one_hot(x, one_hot_size(stack, value), dtype=dtype) if stack.one_hot else fed(x)
        for one in stack.input_dense:
            y = dense(y, one)
        for level, entries in itertools.groupby(layer_names(stack), key=lambda entry: entry[3]):
            sides = []
            for direction, run in itertools.groupby(entries, key=lambda entry: entry[2]):
                side = tf.reverse_sequence(y, lengths, seq_axis=1) if direction == "bw" else y
                for cell, name, _, _, _ in run:
                    with v1.variable_scope(name):
                        step, variables = tensorflow_1_cell(cell, value, fed, dtype)
                        loads += variables
                        state = [tf.constant(part) for part in states[name]]
                        told = []
                        for at, inputs in enumerate(tf.unstack(side, axis=1)):
                            output, after = step(inputs, state)
                            counts = (lengths > at)[:, None]
                            state = [tf.where(counts, *parts) for parts in zip(after, state)]
                            told.append(tf.where(counts, output, tf.zeros_like(output)))
                    output = tf.stack(told, axis=1)
                    side = output + side if cell.residual else output
                    if direction == "bw":  # Keras reads from the padding on
                        output = tf.reverse(tf.reverse_sequence(output, lengths, seq_axis=1), [1])
                    outputs[name] = output
                if stack.gives == "last-states" and level == len(stack.levels) - 1:
                    side = tf.gather(side, lengths - 1, axis=1, batch_dims=1)[:, None]
                elif direction == "bw":
                    side = tf.reverse_sequence(side, lengths, seq_axis=1)
                sides.append(side)
            y = merges[stack.merge](*sides) if len(sides) == 2 else sides[0]
        if stack.gives in ("mean", "max"):
            y = getattr(tf, f"reduce_{stack.gives}")(y, axis=1, keepdims=True)
        elif stack.gives == "last-step":
            y = tf.gather(y, lengths - 1, axis=1, batch_dims=1)[:, None]
        for one in stack.dense:
            y = dense(y, one)
        outputs["model"] = y if stack.gives == "every-step" else y[:, 0]
        for variable, array in loads:
            variable.load(array, session)
        return session.run(outputs, feed)


def tensorflow_1_cell(cell, value, fed, dtype):
    """Returns (step: (x, state) -> (output, state), [(variable, its value)]) of TensorFlow 1's own cell.

    The state is [h], or [h, c] as Keras orders it. In float64, which the block cells' operations do not know, the
    plain cells stand for them.
    """
    arrays = cell_values(cell, value)
    if cell.kind in ("LSTMBlockCell", "CudnnCompatibleLSTMCell") and dtype == "float32":
        kernel, bias = map(fed, arrays)
        none = tf.zeros([cell.units])

        def step(x, state):
            h, c = state
            result = tf.raw_ops.LSTMBlockCell(
                x=x, h_prev=h, cs_prev=c, w=kernel, b=bias, wci=none, wcf=none, wco=none,
                forget_bias=cell.forget_bias, cell_clip=-1.0, use_peephole=False,
            )  # fmt: skip
            return result.h, [result.h, result.cs]

        return step, []
    if cell.kind == "GRUBlockCell" and dtype == "float32":
        w_ru, b_ru, w_c, b_c = map(fed, arrays)

        def step(x, state):
            h = tf.raw_ops.GRUBlockCell(x=x, h_prev=state[0], w_ru=w_ru, w_c=w_c, b_ru=b_ru, b_c=b_c).h
            return h, [h]

        return step, []
    if cell.kind == "CudnnCompatibleGRUCell":
        gates, gate_bias, input_kernel, input_bias, hidden_kernel, hidden_bias = map(fed, arrays)

        def step(x, state):
            r, u = tf.split(tf.sigmoid(tf.matmul(tf.concat([x, state[0]], 1), gates) + gate_bias), 2, 1)
            hidden = tf.matmul(state[0], hidden_kernel) + hidden_bias
            h = (1 - u) * tf.tanh(tf.matmul(x, input_kernel) + input_bias + r * hidden) + u * state[0]
            return h, [h]

        return step, []

    activation = tf.identity if cell.activation == "linear" else getattr(tf.nn, cell.activation)
    options = {"activation": activation, "dtype": dtype} | ({"forget_bias": cell.forget_bias} if cell.is_lstm else {})
    kind = cell.kind.replace("CudnnCompatible", "").replace("Block", "")
    made = getattr(v1.nn.rnn_cell, kind)(cell.units, **options)
    made.build(tf.TensorShape([None, cell.inputs]))

    def step(x, state):
        if cell.is_lstm:
            output, (c, h) = made(x, v1.nn.rnn_cell.LSTMStateTuple(c=state[1], h=state[0]))
            return output, [h, c]
        output, h = made(x, state[0])
        return output, [h]

    return step, list(zip(made.variables, arrays))


def check(model, stack, value, dtype="float32", seed=0):
    """Runs TensorFlow 1's cells and the Keras model, both in `dtype`, over random sequences.

    Returns:
        {layer's name: largest difference, ..., "model": the whole's}, relative to the largest value where that
        is above 1.
    """
    rng = np.random.default_rng(seed)
    batch = model.inputs[0].shape[0] or CHECK_BATCH
    steps = model.inputs[0].shape[1] or CHECK_STEPS
    stateful = any(getattr(layer, "stateful", False) for layer in model.layers)
    calls = 2 if stateful else 1  # the second goes on from where the first ended
    masked = len(model.inputs) > 1 and model.inputs[1].name == "mask"
    with_states = len(model.inputs) > 1 + masked
    lengths = np.full(batch, calls * steps, "int32")
    if masked:
        lengths[1:] = rng.integers(1, steps, batch - 1)
    if stack.embedding or stack.one_hot:
        rows = value(stack.embedding).shape[0] if stack.embedding else one_hot_size(stack, value)
        x = rng.integers(0, rows, (batch, calls * steps)).astype("int32")
    else:
        x = rng.normal(size=(batch, calls * steps, model.inputs[0].shape[2])).astype(dtype)
    given, states = [np.arange(steps) < lengths[:, None]] if masked else [], {}
    for cell, name, direction, _, _ in layer_names(stack):
        parts = 2 if cell.is_lstm else 1
        started = with_states and not direction
        draw = rng.normal(0, 0.5 if started else 0, (parts, batch, cell.units)).astype(dtype)
        states[name] = list(draw)
        given += list(draw) if started else []
    wanted = run_tensorflow_1(stack, value, x, states, lengths, dtype)

    def first(output):
        return output[0] if isinstance(output, (list, tuple)) else output

    probe = {name: first(model.get_layer(name).output) for name in wanted if name != "model"}
    probe = keras.Model(model.inputs, probe | {"model": first(model.outputs)})
    told = [probe([x[:, start : start + steps], *given]) for start in range(0, calls * steps, steps)]
    for layer in model.layers:
        if stateful and hasattr(layer, "reset_states"):
            layer.reset_states()
    differences = {}
    for name, values in wanted.items():
        parts = [np.asarray(part[name]) for part in told]
        one_step = parts[-1].ndim == 2
        keras_values = parts[-1] if one_step else np.concatenate(parts, axis=1)
        if one_step and values.ndim == 3:
            values = values[:, -1] if name.endswith("_bw") else values[np.arange(batch), lengths - 1]
        scale = max(1.0, float(np.abs(values).max()))
        differences[name] = float(np.abs(values - keras_values).max()) / scale
    return differences


def check_in_float64(model, stack, value, **options):
    """Returns what `check` returns, in float64: of a model built anew, whose weights are those of `model`.

    Some trained cells are chaotic: they enlarge a rounding at every step, so that in float32 two right programs part
    as two wrong ones would. In float64 the roundings stay small, and a difference is one of arithmetic.
    """
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        twin = build_model(stack, lambda name: value(name).astype("float64"), **options)
        same = all(map(np.allclose, twin.get_weights(), model.get_weights()))  # but for a forget bias' rounding
        differences = check(twin, stack, value, "float64")
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)
    return {f"{name} in float64": value if same else math.inf for name, value in differences.items()}


# --- the commands ---


def convert(
    checkpoint,
    output,
    steps=None,
    stateful=None,
    mask=False,
    vocabulary=None,
    weights_only=False,
    partial=False,
    **said,
):
    """Writes the Keras model of a checkpoint to `output`, once it has been checked against TensorFlow 1's cells.

    Args:
        checkpoint, **said: as for `inspect`.
        output: a .keras file; with `weights_only` an .npz file of `<layer>/<weight>`.
        steps: time steps, if the model is to take so many and no other number.
        stateful: sequences at a time of a model that goes on from where its last call ended.
        mask: whether the model also takes which steps count, bool [batch, time], for padded sequences.
        vocabulary: file of the words that the model is to read instead of their ids.
        weights_only: write the layers' weights instead of a model.
        partial: convert the rest where part is refused.

    Returns:
        (findings, model, differences): differences holds what `check` returns, with the stack's name before the
        layer's if there are several stacks.

    Raises:
        InputError: what is given cannot be converted.
        CheckError: the model does not compute the same; nothing is written.
        OSError: `output` cannot be written.
    """
    output = Path(output)
    suffix = ".npz" if weights_only else ".keras"
    if output.suffix != suffix:
        raise InputError(f"{output} should end with {suffix}")
    if not output.parent.is_dir():
        raise InputError(f"{output.parent} is not a directory")
    if os.environ.get("TF_USE_LEGACY_KERAS", "1") not in ("1", "True", "true"):
        raise InputError("TF_USE_LEGACY_KERAS must be 1 or unset: TensorFlow 1's cells live in legacy Keras")
    if importlib.util.find_spec("tf_keras") is None:
        raise InputError("the package tf_keras is missing, where TensorFlow 1's cells live: pip install tf_keras")
    findings = inspect(checkpoint, **said)
    stacks = findings.stacks
    if findings.refused and not (partial or said.get("stack")):
        shown = "; ".join(f"{one.scope} ({one.what}): {one.reason}" for one in findings.refused[:3])
        more = f"; and {len(findings.refused) - 3} more" if len(findings.refused) > 3 else ""
        raise InputError(f"{shown}{more}" + (" (--partial converts the rest)" if stacks else ""))
    if not stacks:
        names = ", ".join(findings.left[:5]) or "nothing but counters"
        raise InputError(f"{findings.reader.prefix} holds no recurrent cell of TensorFlow 1, but {names}")
    if stateful and any(len(level) == 2 for stack in stacks for level in stack.levels):
        raise InputError("--stateful: a stack that also reads backward has no state to go on from")
    if len(stacks) > 1 and (stateful or vocabulary or steps):
        names = ", ".join(stack.name for stack in stacks)
        raise InputError(f"--stateful, --vocabulary and --steps are for one stack: choose it with --stack: {names}")
    if mask and (len(stacks) > 1 or stateful or vocabulary):
        raise InputError("--mask is for one stack, without --stateful and --vocabulary")
    if mask and any(cell.residual for cell in stacks[0].cells):
        raise InputError("--mask: a residual layer adds its input at the padding, too")
    if mask and stacks[0].gives == "last-step" and any("bw" in level for level in stacks[0].levels):
        raise InputError("--mask: both directions' last step is another one in each sequence (--gives every-step)")
    words, window = read_vocabulary(Path(vocabulary)) if vocabulary else (None, None)
    if vocabulary and steps is None:
        steps = window or stacks[0].steps

    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".unfinished-") as folder:
        unfinished = Path(folder) / output.name
        options = {"steps": steps, "batch": stateful, "states": len(stacks) > 1, "masked": mask}
        models = [build_model(stack, findings.value, **options) for stack in stacks]
        model = models[0] if len(models) == 1 else side_by_side(models)
        if vocabulary:
            model = with_vocabulary(model, stacks[0], words, steps)
        if weights_only:
            np.savez(unfinished, **named_weights(models))
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.save(unfinished)
                model = keras.models.load_model(unfinished)  # what is checked is what is in the file
            nested = len(stacks) > 1 or vocabulary
            models = [model.get_layer(stack.name) for stack in stacks] if nested else [model]
        differences = {}
        for stack, checked in zip(stacks, models):
            before = f"{stack.name}/" if len(stacks) > 1 else ""
            told = check(checked, stack, findings.value)
            if not all(value <= TOLERANCE for value in told.values()):
                told = check_in_float64(checked, stack, findings.value, **options)
            differences |= {before + name: value for name, value in told.items()}
        wrong = {name: value for name, value in differences.items() if not value <= TOLERANCE}
        if wrong:
            name, value = next(iter(wrong.items()))
            raise CheckError(f"{name} differs by {value:.1e} from TensorFlow 1's cells; nothing is written")
        unfinished.replace(output)
    return findings, model, differences


def named_weights(models):
    """Returns {"<layer>/<weight>": array}, with the stack's name before it if there are several."""
    return {
        (f"{model.name}/" if len(models) > 1 else "") + f"{layer.name}/{weight.name}": weight.numpy()
        for model in models
        for layer in model.layers
        for weight in layer.weights
    }


def table(rows):
    """Returns the lines of a table, its columns as wide as they must be."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


GIVEN = dict(
    zip(GIVES, ("every step", "the last step", "each direction's last step", "the steps' mean", "their maximum"))
)


def described(stack, shapes):
    """Returns a line that says what a stack reads and gives."""

    def layer(one):
        bias = f" + {one.bias}" if one.bias else ""
        turned = ", turned," if one.transposed else ""
        return f"{one.kernel} {shapes[one.kernel]}{turned}{bias}" + (
            f", {one.activation}" if one.activation != "linear" else ""
        )

    size = shapes[stack.input_dense[0].kernel][0] if stack.input_dense else stack.inputs
    if stack.embedding:
        reads = f"reads ids through {stack.embedding} {shapes[stack.embedding]}"
    else:
        reads = f"reads ids as one-hot rows of {size}" if stack.one_hot else f"reads vectors of {size}"
    if stack.input_dense:
        before = " and ".join(map(layer, stack.input_dense))
        reads += f" and {before}" if stack.embedding else f" through {before}"
    gives = f"gives {GIVEN[stack.gives]}"
    if stack.dense:
        gives += " through " + " and ".join(layer(one) for one in stack.dense)
    return f"{stack.name}: {reads}; {gives}"


def report(findings):
    """Returns the lines that tell what a checkpoint holds."""
    reader = findings.reader
    lines = [f"{reader.prefix}: {reader.format}, {len(reader.shapes)} variables, TensorFlow {findings.tensorflow}"]
    rows = [("stack", "layer", "cell", "units", "input", "names", "TensorFlow", "forget bias", "activation")]
    for stack in findings.stacks:
        for cell, name, _, _, _ in layer_names(stack):
            forget_bias = "" if cell.forget_bias is None else f"{cell.forget_bias:g} ({cell.learned['forget_bias']})"
            activation = f"{cell.activation} ({cell.learned['activation']})" + (" + its input" if cell.residual else "")
            sizes = str(cell.units), str(cell.inputs)
            shared = ", shared" if sum(cell is other for other in stack.cells) > 1 else ""
            rows.append(
                (stack.name, name, cell.kind + shared, *sizes, cell.years, findings.tensorflow, forget_bias, activation)
            )
    if findings.stacks:
        lines += ["", *table(rows), ""]
        lines += [described(stack, {**reader.shapes, **averaged_shapes(findings)}) for stack in findings.stacks]
    if findings.assumed:
        lines += ["", "Assumed:", *(f"  {line}" for line in findings.assumed)]
    if findings.refused:
        lines += ["", "Refused (convert --partial leaves it out):"]
        lines += [f"  {one.scope} ({one.what}, {len(one.names)} variables): {one.reason}" for one in findings.refused]
    if findings.left:
        lines += ["", "Not placed:"]
        lines += [f"  {line}" for line in table([(name, str(reader.shapes.get(name, ""))) for name in findings.left])]
    if findings.averages:
        used = "taken for the variables" if findings.averaged else "left out (--averages takes them)"
        lines += ["", f"Averages: {len(findings.averages)}, {used}"]
    counters = f" ({', '.join(findings.counters)})" if findings.counters else ""
    return [
        *lines,
        "",
        f"Left out: optimizer slots, {len(findings.slots)}; counters, {len(findings.counters)}{counters}",
    ]


def averaged_shapes(findings):
    shapes = findings.reader.shapes
    return {name: shapes[average] for name, average in findings.averages.items()} if findings.averaged else {}


def whole_number(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def number(text):
    try:
        if math.isfinite(float(text)):
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a number")


def cell_kind(text):
    scope, equals, kind = text.rpartition("=")
    if not equals or not scope or kind not in NAMEABLE:
        raise argparse.ArgumentTypeError(f"{text!r} should be SCOPE=KIND, the kind one of {', '.join(NAMEABLE)}")
    return scope.rstrip("/"), kind


def dense_layer(text):
    activation = text.partition(":")[2]
    if activation and activation not in ACTIVATION_NAMES:
        raise argparse.ArgumentTypeError(f"{text!r} should end with one of {', '.join(ACTIVATION_NAMES)}")
    return text


ACTIVATION_NAMES = ("linear", *ACTIVATIONS.values())


def parse_arguments(argv):
    said = argparse.ArgumentParser(add_help=False)
    cells = said.add_argument_group("where the checkpoint cannot tell: cells")
    cells.add_argument("--forget-bias", type=number, metavar="X", help="what its LSTM cells add to their forget gate")
    cells.add_argument("--activation", choices=ACTIVATION_NAMES, help="of its cells")
    cells.add_argument(
        "--shared-layers", type=whole_number, metavar="N", help="layers that use one cell, as [cell] * N"
    )
    cells.add_argument(
        "--cell", type=cell_kind, action="append", default=[], metavar="SCOPE=KIND",
        help="the variables in SCOPE are a BasicLSTMCell, GRUCell, ...; repeatable",
    )  # fmt: skip
    cells.add_argument(
        "--merge", choices=MERGES, default="concat", help="how two directions' outputs meet (%(default)s)"
    )
    cells.add_argument(
        "--separate", action="store_true", help="scopes that differ by a number are no layers of one stack"
    )
    around = said.add_argument_group("where the checkpoint cannot tell: around the cells")
    around.add_argument("--stack", metavar="NAME", help="this stack alone, by the name that inspect shows")
    around.add_argument("--embedding", metavar="NAME", help="the variable that is the embedding, or none")
    around.add_argument("--one-hot", action="store_true", help="the stack reads ids as one-hot rows")
    around.add_argument(
        "--input-dense", type=dense_layer, action="append", default=[], metavar="KERNEL[:ACTIVATION]",
        help="a layer before the stack, in their order, or none; repeatable",
    )  # fmt: skip
    around.add_argument(
        "--dense", type=dense_layer, action="append", default=[], metavar="KERNEL[:ACTIVATION]",
        help="a layer after the stack, in their order, or none; repeatable",
    )  # fmt: skip
    around.add_argument("--gives", choices=GIVES, help="what of its outputs the stack gives")
    around.add_argument("--averages", action="store_true", help=f"take the {AVERAGE} of each variable")

    parser = argparse.ArgumentParser(
        prog="from_tf1.py",
        description="Moves a TensorFlow 1 RNN checkpoint to Keras 3, and shows that both compute the same.",
    )
    commands = parser.add_subparsers(dest="command", metavar="inspect | convert", required=True)
    checkpoint = {"metavar": "CHECKPOINT", "help": "its prefix (model.ckpt-5000), one of its files, or its directory"}
    looking = commands.add_parser("inspect", parents=[said], help="list what is in a checkpoint")
    looking.add_argument("checkpoint", **checkpoint)
    converting = commands.add_parser("convert", parents=[said], help="write the Keras model of a checkpoint")
    converting.add_argument("checkpoint", **checkpoint)
    converting.add_argument(
        "output", type=Path, metavar="OUTPUT", help="model.keras, or with --weights-only weights.npz"
    )
    model = converting.add_argument_group("the model")
    model.add_argument("--weights-only", action="store_true", help="write the layers' weights, not a model")
    model.add_argument("--partial", action="store_true", help="convert the rest where part is refused")
    model.add_argument(
        "--stateful", type=whole_number, nargs="?", const=1, metavar="N",
        help="go on from where the last call ended, N sequences at a time (1)",
    )  # fmt: skip
    model.add_argument("--steps", type=whole_number, metavar="N", help="take sequences of N steps and no other")
    model.add_argument("--mask", action="store_true", help="also take which steps count, for padded sequences")
    model.add_argument(
        "--vocabulary", metavar="FILE",
        help="take words instead of ids: a word a line, JSON, or the story program's run.json",
    )  # fmt: skip
    for one in (parser, looking, converting):
        one.error = lambda message: parser.exit(2, f"{parser.prog}: {message}\n")  # one line, without the usage
    return parser, parser.parse_args(argv)


def main(argv=None):
    parser, args = parse_arguments(argv)
    v1.logging.set_verbosity(v1.logging.FATAL)
    said = dict(vars(args), cells=dict(args.cell))
    command, checkpoint = said.pop("command"), said.pop("checkpoint")
    del said["cell"]
    try:
        if command == "inspect":
            print("\n".join(report(inspect(checkpoint, **said))))
            return
        output = said.pop("output")
        findings, model, differences = convert(checkpoint, output, **said)
    except InputError as error:
        parser.error(error)
    except CheckError as error:
        parser.exit(1, f"{parser.prog}: {error}\n")
    except OSError as error:
        parser.error(f"{error.filename or checkpoint}: {error.strerror or error}")
    except KeyboardInterrupt:
        parser.exit(130, f"\n{parser.prog}: interrupted; nothing is written\n")
    print("\n".join(report(findings)))
    print("\nLargest differences from TensorFlow 1's cells, on random sequences:")
    print("\n".join(f"  {line}" for line in table([(name, f"{value:.1e}") for name, value in differences.items()])))
    print(f"\nWrote {output}")
    if not args.weights_only:
        for given in model.inputs:
            print(f"  reads {given.name}, {shown(given)}")
        names = model.output_names if isinstance(model.output, dict) else ["output"]
        results = [model.output[name] for name in names] if isinstance(model.output, dict) else model.outputs
        for name, result in zip(names, results):
            print(f"  gives {name}, {shown(result)}")


def shown(tensor):
    ids = tensor.dtype in ("int32", "string")
    axes = ["batch", "time", "values"] if ids or len(tensor.shape) == 3 else ["batch", "values"]
    sizes = (axis if size is None else str(size) for axis, size in zip(axes, tensor.shape))
    return f"{tensor.dtype} [{', '.join(sizes)}]"


if __name__ == "__main__":
    main()
