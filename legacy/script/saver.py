"""`tf.train.Saver` that also restores a checkpoint in which cells' variables have the names of another year.

1.2 called `kernel` and `bias` what had been `weights` and `biases`, and before 1.0 `Linear/Matrix` and `Linear/Bias`, in
scopes of other names; tf.keras put the variables of a recurrent layer into the layer, not into its cell. The numbers are
the same, in the same order. Source: tests/eras/recorded/*/checkpoints.txt.
"""

import re
import sys

import tensorflow.compat.v1 as tf
import tensorflow.compat.v2 as v2

# What a part of a variable's name was, and what it is since 1.2; in this order.
RENAMED = [
    (r"\bStackRNN/Layer(\d+)/", r"stack_bidirectional_rnn/cell_\1/"),
    (r"\bBiRNN/", "bidirectional_rnn/"),
    (r"\bFW/", "fw/"),
    (r"\bBW/", "bw/"),
    (r"\bRNN/", "rnn/"),
    (r"\bMultiRNNCell/Cell(\d+)/", r"multi_rnn_cell/cell_\1/"),
    (r"\bBasicRNNCell/", "basic_rnn_cell/"),
    (r"\bBasicLSTMCell/", "basic_lstm_cell/"),
    (r"\bLSTM(Block)?Cell/", "lstm_cell/"),
    (r"\bLSTMBlockFusedCell/", "lstm_fused_cell/"),
    (r"\bGRUCell/", "gru_cell/"),
    (r"\bgru_cell/Gates/", "gru_cell/gates/"),
    (r"\bgru_cell/Candidate/", "gru_cell/candidate/"),
    (r"\bInputProjectionWrapper/", "input_projection_wrapper/"),
    (r"\bOutputProjectionWrapper/", "output_projection_wrapper/"),
    (r"\bEmbeddingWrapper/", "embedding_wrapper/"),
    (r"\b(lstm_cell|lstm_fused_cell)/W(_0)?(?=/|$)", r"\1/kernel"),
    (r"\b(lstm_cell|lstm_fused_cell)/[Bb](?=/|$)", r"\1/bias"),
    (r"\blstm_cell/W_P_0(?=/|$)", "lstm_cell/projection/kernel"),
    (r"\bW_([FIO])_diag(?=/|$)", lambda found: f"w_{found[1].lower()}_diag"),
    (r"\bLinear/Matrix(?=/|$)", "kernel"),
    (r"\bLinear/Bias(?=/|$)", "bias"),
    (r"\bweights(?=/|$)", "kernel"),
    (r"\bbiases(?=/|$)", "bias"),
    (r"\blstm_block_wrapper/", "lstm_fused_cell/"),
    # Until 1.1 the cell in a wrapper was beside the wrapper's own variables, since 1.2 it is below them.
    (r"\b(input_projection|output_projection|embedding)_wrapper/(?=\w+_cell/)", ""),
    (r"\b(cell_\d+)/bidirectional_rnn/", r"\1/"),
]


def of_any_year(name):
    """Returns what is the same of a variable's name in every year."""
    for then, now in RENAMED:
        name = re.sub(then, now, name)
    return name


def parts_of(var_list):
    """Returns (name in the checkpoint, shape there, the variable, which part of the whole it is) of what a Saver
    restores, or None if it restores what is no variable."""
    named = var_list.items() if isinstance(var_list, dict) else [(None, each) for each in var_list]
    found = []
    for name, value in named:
        several = isinstance(value, list | tuple) or type(value).__name__ == "PartitionedVariable"
        for variable in value if several else [value]:
            if not isinstance(variable, v2.Variable):  # of tf.keras, too
                return None
            part = variable._save_slice_info
            if part is None:
                found.append((name or variable.op.name, variable.shape.as_list(), variable, ...))
            else:
                where = tuple(slice(at, at + size) for at, size in zip(part.var_offset, part.var_shape))
                found.append((name or part.full_name, list(part.full_shape), variable, where))
    return found


def of_keras_then(name, names):
    """Returns what tf.keras called a variable of a recurrent layer: in 1.x it did not name the cell within."""
    layer, cell, rest = re.match(r"(?:(.*?/)((?:lstm|gru|simple_rnn)_cell(?:_\d+)?/))?(.*)", name).groups("")
    return layer + rest if f"{layer}{cell}recurrent_kernel" in names else name


def names_there(parts, shapes):
    """Returns name -> its name in a checkpoint, of the parts that a Saver restores, or None if one is not there by any
    year's name, or by several, or with another shape. shapes: name -> shape, of the checkpoint."""
    here, candidates = {name for name, *_ in parts}, {}
    for name in shapes:
        candidates.setdefault(of_any_year(name), []).append(name)
    found = {}
    for name, shape, _, _ in parts:
        then = name if name in shapes else of_keras_then(name, here)
        names = [then] if then in shapes else candidates.get(of_any_year(name), [])
        if len(names) != 1 or list(shapes[names[0]]) != shape:
            return None
        found[name] = names[0]
    return found if len(set(found.values())) == len(found) else None


def has_more_cells(shapes, graph):
    """Whether a checkpoint has cells of a MultiRNNCell that a graph has not: each place had its own until 1.0."""
    here = {re.sub(r"/part_\d+$", "", of_any_year(each.op.name)) for each in graph.get_collection("variables")}
    names = {of_any_year(name) for name in shapes}
    return any(re.search(r"\bmulti_rnn_cell/cell_\d+/.*(kernel|bias)$", name) for name in names - here)


class Saver(tf.train.Saver):
    """TensorFlow's, which also finds a cell's variables by the names of another year, and says so in one line."""

    def restore(self, sess, save_path):
        try:
            super().restore(sess, save_path)
        except tf.errors.NotFoundError:
            reader = tf.train.load_checkpoint(save_path)
            shapes, parts = reader.get_variable_to_shape_map(), parts_of(self._var_list)
            there = parts and names_there(parts, shapes)
            if not there or (not isinstance(self._var_list, dict) and has_more_cells(shapes, sess.graph)):
                raise
            for name, _, variable, where in parts:
                variable.load(reader.get_tensor(there[name])[where], sess)
            others = [name for name in there if there[name] != name]
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            first = f"{there[others[0]]} is restored as {others[0]}"
            print(f"run.py: {save_path} has names of another TensorFlow: {first}{more}", file=sys.stderr)
