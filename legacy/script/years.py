"""The year of a script: which TensorFlow it is of, by what it uses, and what that decides.

Source: tests/eras/recorded/*/names.txt, the names that each version had; the release notes of 0.12 and 1.0 for what came
before, and for the arguments.
"""

import ast
import re
import sys
from dataclasses import dataclass

from legacy.contrib.year import VERSIONS, follow
from legacy.script.shown import short
from legacy.script.source import Names, last_name, states_are_one_tensor

# Versions that had a name, and which; what is below a name is of the same versions. "1.3-" is as early as it can be: the
# name is in 1.4.1 and not in 1.2.1.
SPANS = {
    "-0.11": "tf.models.rnn.rnn tf.models.rnn.rnn_cell tf.models.rnn.seq2seq",
    "-0.12": "tf.audio_summary tf.batch_matmul tf.complex_abs tf.histogram_summary tf.image_summary "
    "tf.merge_all_summaries tf.merge_summary tf.mul tf.neg tf.nn.bidirectional_rnn tf.nn.rnn "
    "tf.nn.rnn_cell.EmbeddingWrapper tf.nn.rnn_cell.InputProjectionWrapper tf.nn.rnn_cell.OutputProjectionWrapper "
    "tf.nn.seq2seq tf.nn.state_saving_rnn tf.pack tf.python.ops.seq2seq tf.scalar_summary tf.select tf.sub "
    "tf.train.SummaryWriter tf.unpack",
    "-0.12 1.2-": "tf.nn.rnn_cell tf.python.ops.rnn_cell",
    "1.0": "tf.contrib.seq2seq.attention_decoder_fn_inference tf.contrib.seq2seq.attention_decoder_fn_train "
    "tf.contrib.seq2seq.dynamic_rnn_decoder tf.contrib.seq2seq.prepare_attention "
    "tf.contrib.seq2seq.python.ops.attention_decoder_fn tf.contrib.seq2seq.simple_decoder_fn_inference "
    "tf.contrib.seq2seq.simple_decoder_fn_train",
    "1.0-1.1": "tf.contrib.rnn.core_rnn_cell tf.contrib.rnn.python.ops.core_rnn "
    "tf.contrib.rnn.python.ops.core_rnn_cell_impl",
    "1.0-": "tf.contrib.legacy_seq2seq tf.contrib.rnn.BasicLSTMCell tf.contrib.rnn.BasicRNNCell "
    "tf.contrib.rnn.DropoutWrapper tf.contrib.rnn.EmbeddingWrapper tf.contrib.rnn.GRUCell "
    "tf.contrib.rnn.InputProjectionWrapper tf.contrib.rnn.LSTMCell tf.contrib.rnn.LSTMStateTuple "
    "tf.contrib.rnn.MultiRNNCell tf.contrib.rnn.OutputProjectionWrapper tf.contrib.rnn.RNNCell "
    "tf.contrib.rnn.python.ops.core_rnn_cell tf.contrib.rnn.static_bidirectional_rnn tf.contrib.rnn.static_rnn "
    "tf.contrib.rnn.static_state_saving_rnn tf.contrib.seq2seq.sequence_loss tf.layers tf.losses tf.metrics tf.norm "
    "tf.python.ops.rnn_cell_impl tf.tables_initializer tf.tensordot",
    "1.1": "tf.contrib.seq2seq.DynamicAttentionWrapper tf.contrib.seq2seq.DynamicAttentionWrapperState",
    "1.1-": "tf.contrib.rnn.DeviceWrapper tf.contrib.rnn.NASCell tf.contrib.rnn.ResidualWrapper "
    "tf.contrib.seq2seq.BahdanauAttention tf.contrib.seq2seq.BasicDecoder tf.contrib.seq2seq.GreedyEmbeddingHelper "
    "tf.contrib.seq2seq.Helper tf.contrib.seq2seq.LuongAttention tf.contrib.seq2seq.TrainingHelper "
    "tf.contrib.seq2seq.dynamic_decode tf.contrib.training.HParams tf.estimator tf.train.get_or_create_global_step",
    "1.2-1.7": "tf.contrib.data.Dataset tf.contrib.data.Iterator tf.contrib.data.TextLineDataset",
    "1.2-": "tf.contrib.rnn.GLSTMCell tf.contrib.rnn.HighwayWrapper tf.contrib.rnn.PhasedLSTMCell "
    "tf.contrib.rnn.UGRNNCell tf.contrib.seq2seq.AttentionMechanism tf.contrib.seq2seq.AttentionWrapper "
    "tf.contrib.seq2seq.AttentionWrapperState tf.contrib.seq2seq.BeamSearchDecoder "
    "tf.contrib.seq2seq.SampleEmbeddingHelper tf.contrib.seq2seq.gather_tree "
    "tf.contrib.seq2seq.python.ops.attention_wrapper tf.contrib.seq2seq.python.ops.beam_search_decoder "
    "tf.contrib.seq2seq.tile_batch tf.feature_column tf.losses.huber_loss tf.nn.rnn_cell.DeviceWrapper "
    "tf.nn.rnn_cell.ResidualWrapper tf.nn.static_bidirectional_rnn tf.nn.static_rnn tf.nn.static_state_saving_rnn "
    "tf.summary.text",
    "1.3-": "tf.AUTO_REUSE tf.contrib.estimator tf.contrib.rnn.ConvLSTMCell tf.contrib.rnn.GRUBlockCellV2 "
    "tf.contrib.seq2seq.BahdanauMonotonicAttention tf.contrib.seq2seq.InferenceHelper "
    "tf.contrib.seq2seq.LuongMonotonicAttention tf.data tf.distributions tf.glorot_normal_initializer "
    "tf.glorot_uniform_initializer tf.initializers tf.keras tf.layers.BatchNormalization tf.layers.Conv1D tf.layers.Dense "
    "tf.layers.Dropout tf.layers.Flatten tf.layers.flatten tf.linalg tf.nn.leaky_relu tf.nn.selu tf.profiler "
    "tf.train.init_from_checkpoint tf.train.list_variables tf.train.load_checkpoint tf.variance_scaling_initializer",
    "1.5-": "tf.GradientTape tf.contrib.rnn.transpose_batch_time tf.custom_gradient tf.enable_eager_execution "
    "tf.executing_eagerly tf.math tf.nn.softmax_cross_entropy_with_logits_v2 tf.nn.swish tf.train.cosine_decay",
    "1.9-": "tf.broadcast_to tf.contrib.rnn.IndRNNCell tf.contrib.rnn.SRUCell tf.debugging tf.dtypes tf.io tf.print "
    "tf.random tf.sparse tf.strings tf.train.Checkpoint",
}
SPAN_OF = {name: span for span, names in SPANS.items() for name in names.split()}

# The functions whose arguments had another order until 0.12; where the axis stood first, it says so if it is a number.
AXIS_FIRST = {"tf.concat", "tf.split"}
LOGITS_FIRST = {
    "tf.nn.sigmoid_cross_entropy_with_logits",
    "tf.nn.softmax_cross_entropy_with_logits",
    "tf.nn.sparse_softmax_cross_entropy_with_logits",
}

CELLS = {"BasicLSTMCell", "BasicRNNCell", "GRUCell", "LSTMBlockCell", "LSTMCell"}


def versions_of(span):
    """Returns the versions of a span: "1.0", "1.0-1.1", "-0.12", "1.2-", or several, with blanks between."""
    found = set()
    for part in span.split():
        first, dash, last = part.partition("-")
        low = VERSIONS.index(first) if first else 0
        high = len(VERSIONS) - 1 if dash and not last else VERSIONS.index(last or first)
        found |= set(VERSIONS[low : high + 1])
    return found


def version_of(text):
    """Returns the version that somebody says, 1.0 of 1.0.1. Raises ValueError, which tells the versions that there are."""
    version = ".".join(text.split(".")[:2])
    if version not in VERSIONS or not all(part.isdecimal() for part in text.split(".")) or text.count(".") > 2:
        raise ValueError(
            f"{text!r} is none of TensorFlow's versions {VERSIONS[0]}, {VERSIONS[1]}, 1.0 to {VERSIONS[-1]}"
        )
    return version


@dataclass(frozen=True)
class Year:
    """The versions that a script can be of, from `first` to `last`, and why: (what it uses, where). None: it was said."""

    first: str = VERSIONS[0]
    last: str = VERSIONS[-1]
    why: tuple | None = ()

    def is_until(self, version):
        """Whether it is of this version or an older one. False if that is not known."""
        return VERSIONS.index(self.last) <= VERSIONS.index(version)

    def is_since(self, version):
        """Whether it is of this version or a newer one. False if that is not known."""
        return VERSIONS.index(self.first) >= VERSIONS.index(version)

    def __str__(self):
        if self.first == VERSIONS[0]:
            return f"TensorFlow up to {self.last}"
        if self.first == self.last:
            return f"TensorFlow {self.first}"
        return f"TensorFlow {self.first} to {self.last}"


TRYING = {None, "Exception", "ImportError", "AttributeError", "TypeError", "ValueError"}  # what a script catches then


class SureNames(Names):
    """What a script uses, whatever TensorFlow it runs on: name -> its first line. What it only tries, or asks the
    version for, is left out. Of `before` are the calls with the arguments of before 1.0."""

    def __init__(self, used, where, before):
        super().__init__(used, where)
        self.before, self.sure = before, True

    def use(self, name, node):
        if self.sure:
            super().use(name, node)

    def unsure(self, node):
        before, self.sure = self.sure, False
        self.generic_visit(node)
        self.sure = before

    def visit_Try(self, node):
        kinds = {getattr(handler.type, "id", None) for handler in node.handlers}
        (self.unsure if kinds & TRYING else self.generic_visit)(node)

    def visit_If(self, node):
        asked = {getattr(each, "attr", None) or getattr(each, "id", None) for each in ast.walk(node.test)}
        (self.unsure if asked & {"VERSION", "__version__", "hasattr"} else self.generic_visit)(node)

    def visit_Call(self, node):
        name = short(self.name_of(node.func) or "")
        first = node.args[0] if node.args else None
        number = isinstance(first, ast.Constant) and isinstance(first.value, int) and len(node.args) > 1
        if self.sure and ((name in AXIS_FIRST and number) or (name in LOGITS_FIRST and len(node.args) > 1)):
            if not (isinstance(first, ast.Constant) and first.value is None):  # the sentinel of 1.x
                self.before.setdefault(name, self.place(node.lineno))
        self.generic_visit(node)


def span_of(name):
    """Returns the span of a name, or of what it is in, or None."""
    while name:
        if name in SPAN_OF:
            return SPAN_OF[name]
        name = name.rpartition(".")[0]
    return None


def year_of(trees):
    """Returns the Year of a script, of its syntax trees (file -> tree, the script first). If it uses what no one
    version had, it is not known."""
    used, before = {}, {}
    script = next(iter(trees))
    for path, tree in trees.items():
        SureNames(used, "" if path == script else f"{path.name}, ", before).visit(tree)
    signs = [(versions_of(span), short(name), line) for name, line in used.items() if (span := span_of(short(name)))]
    signs += [(versions_of("-0.12"), f"the arguments of {name}", line) for name, line in before.items()]
    if states_are_one_tensor(trees.values()):
        signs.append((versions_of("-0.11"), "a state of one tensor", None))
    left, why = set(VERSIONS), []
    for versions, name, line in sorted(signs, key=lambda sign: len(sign[0])):
        if not left <= versions:
            left &= versions
            why.append((name, line))
    if not left or not why:
        return Year()
    found = [version for version in VERSIONS if version in left]
    return Year(found[0], found[-1], tuple(why))


def said(year):
    """Returns "looks like TensorFlow 1.0 to 1.1: tf.contrib.rnn.core_rnn_cell, line 3"."""
    if not year.why:
        return "what it uses does not tell its year"
    return f"looks like {year}: " + "; ".join(name if line is None else f"{name}, {line}" for name, line in year.why)


def follow_year(trees, year=None):
    """Makes `tf.contrib` that of the script's year, which is found if it is not given, and says in one line on stderr
    what a year that was found decides. Returns whether states are one tensor."""
    found = year or year_of(trees)
    follow(found.first, found.last)
    if not year and (lines := decided(trees.values(), found)):
        print(f"run.py: {said(found)}. {'; '.join(lines)}; --tensorflow VERSION says another year", file=sys.stderr)
    return found.last == VERSIONS[0] if year else states_are_one_tensor(trees.values())


# --- what it decides ---


def is_a_cell(node):
    """Whether an expression is a cell by its name: cell, lstm_cell, rnn.GRUCell(128)."""
    node = node.func if isinstance(node, ast.Call) else node
    return isinstance(node, ast.Name | ast.Attribute) and bool(re.search("cell|lstm|gru|rnn", last_name(node).lower()))


def repeats_a_cell(nodes):
    """Whether a script puts one cell into several places of a MultiRNNCell: [cell] * 2, or [cell for _ in range(2)]."""
    for node in nodes:
        match node:
            case (
                ast.BinOp(op=ast.Mult(), left=ast.List(elts=[cell]))
                | ast.BinOp(op=ast.Mult(), right=ast.List(elts=[cell]))
            ):
                if is_a_cell(cell):
                    return True
            case ast.ListComp(elt=ast.Name(id=cell) as name, generators=[ast.comprehension(target=ast.Name(id=each))]):
                if cell != each and is_a_cell(name):
                    return True
    return False


def decided(trees, year):
    """Returns what of a script, of its syntax trees, the year decides: lines."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {last_name(node) for node in nodes if isinstance(node, ast.Name | ast.Attribute)}
    names |= {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    old = year.is_until("1.1")
    lines = []
    if year.last == VERSIONS[0]:
        lines.append("an LSTM's state is one tensor")
    if "MultiRNNCell" in names and repeats_a_cell(nodes):
        if old:
            lines.append("one cell in several places has variables in each")
        elif year.is_since("1.2"):
            lines.append("one cell in several places has one set of variables")
        else:
            lines.append("one cell in several places has variables in each, though since 1.2 it had one set")
    if old and names & CELLS and names & {"Saver", "Supervisor"}:
        lines.append("cells call their variables weights and biases")
    if old and any(is_seeded_dropout(node) for node in nodes):
        lines.append("DropoutWrapper has one seed for inputs and outputs")
    if "LSTMBlockFusedCell" in names and year.is_until("1.4"):
        lines.append("LSTMBlockFusedCell has the scope lstm_block_wrapper")
    return lines


def is_seeded_dropout(node):
    match node:
        case ast.Call(func=ast.Name() | ast.Attribute() as function, keywords=keywords):
            return last_name(function) == "DropoutWrapper" and any(each.arg == "seed" for each in keywords)
    return False
