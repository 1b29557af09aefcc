"""Moves a TensorFlow 1 RNN checkpoint to Keras 3, and shows that both compute the same.

    python modern/from_tf1.py inspect save/model.ckpt-5000
    python modern/from_tf1.py convert save/model.ckpt-5000 model.keras

`inspect` lists what is in a checkpoint: recurrent stacks, what stands around them, the rest. `convert`
builds the Keras model, runs the cells of TensorFlow 1 with the checkpoint's numbers beside it, and writes
the file only if the two agree. What the checkpoint cannot tell is assumed and said; what Keras has no
layer for is refused. From Python: `inspect`, `convert`, and the layout rule's `lstm_weights`, `gru_weights`,
`cudnn_gru_weights` and `rnn_weights`. How it is done stands in `tf1/`; the rule itself in `tf1/layout.py`.
"""

import argparse
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from modern import console

with console.quiet():
    from modern.tf1.build import MERGES
    from modern.tf1.cells import NAMEABLE
    from modern.tf1.convert import CheckError, convert
    from modern.tf1.findings import inspect
    from modern.tf1.graph import ACTIVATIONS
    from modern.tf1.layout import cudnn_gru_weights, gru_weights, lstm_weights, rnn_weights
    from modern.tf1.names import AVERAGE
    from modern.tf1.outputs import GIVES
    from modern.tf1.report import report, report_written, with_flags

__all__ = ["inspect", "convert", "lstm_weights", "gru_weights", "cudnn_gru_weights", "rnn_weights"]

ACTIVATION_NAMES = ("linear", *ACTIVATIONS.values())


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


def add_what_is_said(parser):
    """Adds what `inspect` takes: what the checkpoint cannot tell."""
    several = {"action": "append", "default": []}
    cells = parser.add_argument_group("where the checkpoint cannot tell: cells").add_argument
    cells("--forget-bias", type=number, metavar="X", help="what its LSTM cells add to their forget gate")
    cells("--activation", choices=ACTIVATION_NAMES, help="of its cells")
    cells("--shared-layers", type=console.whole_number, metavar="N", help="layers that use one cell, as [cell] * N")
    cells("--residual", action="store_true", help="layers add their input to their output, where the sizes are one")
    words = "the variables in SCOPE are a BasicLSTMCell, GRUCell, ...; repeatable"
    cells("--cell", type=cell_kind, metavar="SCOPE=KIND", help=words, **several)
    cells("--merge", choices=MERGES, default="concat", help="how two directions' outputs meet (%(default)s)")
    cells("--separate", action="store_true", help="scopes that differ by a number are no layers of one stack")
    around = parser.add_argument_group("where the checkpoint cannot tell: around the cells").add_argument
    around("--stack", metavar="NAME", help="this stack alone, by the name that inspect shows")
    around("--embedding", metavar="NAME", help="the variable that is the embedding, or none")
    around("--one-hot", action="store_true", help="the stack reads ids as one-hot rows")
    layer = {"type": dense_layer, "metavar": "KERNEL[:ACTIVATION]", **several}
    around("--input-dense", help="a layer before the stack, in their order, or none; repeatable", **layer)
    around("--dense", help="a layer after the stack, in their order, or none; repeatable", **layer)
    around("--gives", choices=GIVES, help="what of its outputs the stack gives")
    around("--steps", type=console.whole_number, metavar="N", help="take sequences of N steps and no other")
    around("--whole", action="store_true", help="rebuild the whole program from its graph")
    around("--parts", action="store_true", help="take the stacks and what is placed around them alone")
    around("--node", dest="nodes", metavar="NODE", help="what the whole program gives; repeatable", **several)
    around("--architecture", metavar="JSON", help="the model of an .h5 that holds weights alone")
    around("--averages", action="store_true", help=f"take the {AVERAGE} of each variable")


def parse_arguments(argv):
    said = argparse.ArgumentParser(add_help=False)
    add_what_is_said(said)
    parser = console.Parser(
        prog="from_tf1.py",
        description="Moves a TensorFlow 1 RNN checkpoint to Keras 3, and shows that both compute the same.",
    )
    commands = parser.add_subparsers(dest="command", metavar="inspect | convert", required=True)
    words = "its prefix (model.ckpt-5000), one of its files, its directory; a frozen graph, a SavedModel, a Keras .h5"
    checkpoint = {"metavar": "CHECKPOINT", "help": words}
    looking = commands.add_parser("inspect", parents=[said], help="list what is in a checkpoint")
    looking.add_argument("checkpoint", **checkpoint)
    converting = commands.add_parser("convert", parents=[said], help="write the Keras model of a checkpoint")
    converting.add_argument("checkpoint", **checkpoint)
    words = "model.keras, or with --weights-only weights.npz"
    converting.add_argument("output", type=Path, metavar="OUTPUT", help=words)
    model = converting.add_argument_group("the model").add_argument
    model("--weights-only", action="store_true", help="write the layers' weights, not a model")
    model("--partial", action="store_true", help="convert the rest where part is refused")
    model("--strict", action="store_true", help="write nothing while anything is assumed")
    words = "go on from where the last call ended, N sequences at a time (1)"
    model("--stateful", type=console.whole_number, nargs="?", const=1, metavar="N", help=words)
    model("--mask", action="store_true", help="also take which steps count, for padded sequences")
    words = "take words instead of ids: a word a line, JSON, or the story program's run.json"
    model("--vocabulary", metavar="FILE", help=words)
    looking.error = converting.error = parser.error  # under the program's name alone
    return parser, parser.parse_args(argv)


def main(argv=None):
    parser, args = parse_arguments(argv)
    said = dict(vars(args), cells=dict(args.cell))
    command, checkpoint, _ = (said.pop(name) for name in ("command", "checkpoint", "cell"))
    with console.errors_in_one_line(parser, checkpoint, "Nothing is written."):
        try:
            if command == "inspect":
                print("\n".join(report(inspect(checkpoint, **said))))
                return
            findings, model, differences = convert(checkpoint, **said)
        except console.InputError as error:
            parser.error(with_flags(*error.args))
        except CheckError as error:
            parser.exit(1, f"{parser.prog}: {error}\n")
    print("\n".join(report(findings) + report_written(args.output, findings, model, differences, args.weights_only)))


if __name__ == "__main__":
    console.start(main)
