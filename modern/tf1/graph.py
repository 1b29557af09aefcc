"""A checkpoint's graph, its `.meta`: read, never imported."""

import collections
import re

import tensorflow as tf

v1 = tf.compat.v1
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
# A block operation, which runs a cell or all steps of one -> what it gives, in its order; where x is in what it reads.
BLOCK_OUTPUTS = {
    "LSTMBlockCell": ("i", "cs", "f", "o", "ci", "co", "h"),
    "BlockLSTM": ("i", "cs", "f", "o", "ci", "co", "h"),
    "GRUBlockCell": ("r", "u", "c", "h"),
}
BLOCK_INPUT = {"LSTMBlockCell": 0, "BlockLSTM": 1, "GRUBlockCell": 0}
# What dropout and a cell's last steps put between one layer and the next.
BETWEEN = PASSING | {"Mul", "RealDiv", "Select", "SelectV2"}
SLICING = {"StridedSlice", "Slice", "Split", "SplitV", "Unpack", "ReverseV2", "Reverse", "ReverseSequence", "Transpose"}
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
        self.definition = meta.graph_def
        self.outputs = []  # [(node, output)] that a signature names
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

    def rows_of_part(self, name):
        """Returns (the variable that a node is a part of, its first row, the row after its last); all rows are None."""
        whole = whole_of(name)
        if whole == name:
            return name, None, None
        sizes = [
            self.nodes[f"{whole}/part_{at}"].attr["shape"].shape.dim[0].size
            for at in range(int(name[len(whole) + 6 :]) + 1)
        ]
        return whole, sum(sizes[:-1]), sum(sizes)

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

    def dropped(self, name):
        """Returns the tensor that a dropout drops from, given the node of its outcome, or None if it is no dropout."""
        op, inputs = self.op(name), self.inputs[name]
        if op == "Mul":
            drawn = [self.is_drawn(tensor[0]) for tensor in inputs]
            return self.unscaled(inputs[drawn.index(False)]) if drawn.count(True) == 1 else None
        if op in ("Select", "SelectV2") and self.is_drawn(inputs[0][0]):
            return self.unscaled(inputs[1])
        return None

    def is_drawn(self, name):
        """Returns whether a node is a mask that is drawn at random."""
        for _ in range(10):
            op, inputs = self.op(name), self.inputs[name]
            if op in ("RandomUniform", "StatelessRandomUniform"):
                return True
            if op in ADDING | PASSING | COMPARING | {"Floor", "Mul", "Sub", "Reshape"} and inputs:
                drawn = next((one for one, _ in inputs if self.op(one) not in ("Const", "Placeholder")), None)
                name = next((one for one, _ in inputs if "andom" in one), drawn)
            else:
                return False
            if name is None:
                return False
        return False

    def unscaled(self, tensor):
        """Returns what a dropout has divided by the share that it keeps: x of x / keep, x * (1 / keep), x * inv(keep)."""
        op, inputs = self.op(tensor[0]), self.inputs[tensor[0]]
        if op in ("RealDiv", "Div", "Mul") and len(inputs) == 2:
            if self.is_number(inputs[1]):
                return inputs[0]
            if self.is_number(inputs[0]) and op == "Mul":
                return inputs[1]
        return tensor

    def is_number(self, tensor):
        """Returns whether a tensor has no axes: by its shape, or as a placeholder that was made without one."""
        rank = self.rank(tensor)
        if rank is not None:
            return rank == 0
        name = tensor[0]
        while self.op(name) in PASSING | {"Inv", "Reciprocal", "Sub", "RealDiv"} and self.inputs[name]:
            sources = [one for one, _ in self.inputs[name] if self.op(one) != "Const"]
            name = sources[0] if sources else self.inputs[name][0][0]
        return self.op(name) in ("Placeholder", "PlaceholderWithDefault", "Const")

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


def sum_after(graph, matmul):
    """Returns (the bias that is added to a product, or None; the activation after it, None if Keras has it not)."""
    for added in graph.used_by(matmul, ADDING, PASSING | {"Reshape"}):
        biases = [graph.variable(source) for source, _ in graph.inputs[added]]
        if any(biases):
            return next(filter(None, biases)), graph.activation(added)
    return None, graph.activation(matmul)


def activation_after(graph, kernel):
    """Returns what the graph shows after a kernel's products: an activation's name, or None for none or several."""
    told = {sum_after(graph, name)[1] for name in graph.used_by(kernel, MULTIPLYING)}
    return told.pop() if len(told) == 1 else None


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
