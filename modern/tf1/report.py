"""What is found, as lines to print."""

from modern.tf1.build import layer_names
from modern.tf1.keras_file import KerasFile
from modern.tf1.outputs import GIVEN
from modern.tf1.remarks import Option


def with_flags(remark):
    """Returns the text of a Remark, or one that is text already, with its Options as flags of the command line."""
    return remark if isinstance(remark, str) else remark.text(as_flag)


def as_flag(option):
    flag = "--cell" if option.name == "cells" else f"--{option.name.replace('_', '-')}"
    if option.value in (None, True):
        return flag
    if option.value is ...:
        return f"{flag} ..."
    if isinstance(option.value, dict):
        return " ".join(f"{flag} {name}={value}" for name, value in option.value.items())
    values = option.value if isinstance(option.value, list) else [option.value]
    return " ".join(f"{flag} {value}" for value in values)


def learned(cell, what):
    """Returns from where a cell's forget bias or activation is."""
    return as_flag(Option(what)) if cell.learned[what] == "said" else cell.learned[what]


def table(rows):
    """Returns the lines of a table, its columns as wide as they must be."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


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


def described_program(program):
    """Returns a line that says what a whole program reads and gives, by its nodes in the graph."""
    reads = ", ".join(one.node for one in program.rebuilt.given)
    gives = ", ".join(node for node, _ in program.outputs)
    return f"the whole program, rebuilt from its graph: reads {reads}; gives {gives}"


def report_keras_file(file):
    """Returns the lines that tell what a Keras file holds."""
    lines = [f"{file.path}: a Keras model, {len(file.layers)} layers, Keras {file.version}", ""]
    rows = [("layer", "class", "weights")]
    for one in file.layers:
        name = one["config"].get("name") or one.get("name", "")
        inner = one["config"].get("layer", {}).get("class_name")
        shapes = ", ".join(str(list(array.shape)) for _, array in file.arrays.get(name, [])[:4])
        rows.append((name, one["class_name"] + (f" of {inner}" if inner else ""), shapes))
    lines += table(rows)
    return lines + (["", "Assumed:", *(f"  {line}" for line in file.assumed)] if file.assumed else [])


def report(findings):
    """Returns the lines that tell what a checkpoint holds, or a Keras file."""
    if isinstance(findings, KerasFile):
        return report_keras_file(findings)
    reader = findings.reader
    lines = [f"{reader.prefix}: {reader.format}, {len(reader.shapes)} variables, TensorFlow {findings.tensorflow}"]
    rows = [("stack", "layer", "cell", "units", "input", "names", "TensorFlow", "forget bias", "activation")]
    for stack in findings.stacks:
        for cell, name, _, _, _ in layer_names(stack):
            forget_bias = "" if cell.forget_bias is None else f"{cell.forget_bias:g} ({learned(cell, 'forget_bias')})"
            activation = f"{cell.activation} ({learned(cell, 'activation')})" + (
                " + its input" if cell.residual else ""
            )
            sizes = str(cell.units), str(cell.inputs)
            shared = ", shared" if sum(cell is other for other in stack.cells) > 1 else ""
            rows.append(
                (stack.name, name, cell.kind + shared, *sizes, cell.years, findings.tensorflow, forget_bias, activation)
            )
    if findings.stacks:
        lines += ["", *table(rows), ""]
    if not findings.stacks and not findings.program:
        lines += ["", "No recurrent cell of TensorFlow 1 was found that Keras has a layer for."]
    if findings.program:
        lines += [described_program(findings.program)]
    elif findings.stacks:
        lines += [described(stack, {**reader.shapes, **averaged_shapes(findings)}) for stack in findings.stacks]
    if findings.assumed:
        lines += ["", "Assumed:", *(f"  {line}" for line in assumed_lines(findings))]
    if findings.not_rebuilt:
        lines += ["", f"A part, not the whole program: the rest is not rebuilt from the graph: {findings.not_rebuilt}"]
    if findings.refused:
        lines += ["", "Refused (convert --partial leaves it out):"]
        lines += [
            f"  {one.scope} ({one.what}, {len(one.names)} variables): {with_flags(one.reason)}"
            for one in findings.refused
        ]
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


def assumed_lines(findings):
    """Yields a line for each thing assumed, what moves the output most first, where both were run."""
    if not findings.moved:
        yield from map(with_flags, findings.assumed)
    for remark, words, moved in findings.moved:
        yield with_flags(remark) + ("" if moved is None else f"; {words}: the output moves by {moved:.1g}")


def averaged_shapes(findings):
    shapes = findings.reader.shapes
    return {name: shapes[average] for name, average in findings.averages.items()} if findings.averaged else {}


# What stands beside a whole program, and beside a Keras file.
BESIDE = {"program": "the graph itself, run by TensorFlow,", "keras": "Keras 2,"}


def report_written(output, findings, model, differences, weights_only):
    """Returns the lines that tell what the check saw, and what the file that was written reads and gives."""
    beside = BESIDE.get(next(iter(differences)), "TensorFlow 1's cells,")
    not_compared = getattr(findings, "not_compared", None)
    lines = ["", f"The graph itself was not run beside it: {not_compared}"] if not_compared else []
    lines += ["", f"Largest differences from {beside} on random sequences:"]
    lines += [f"  {line}" for line in table([(name, f"{value:.1e}") for name, value in differences.items()])]
    lines += ["", f"Wrote {output}"]
    if weights_only:
        return lines
    lines += [f"  reads {given.name}, {shown(given)}" for given in model.inputs]
    # The model of several stacks gives a dict; its `output_names` are those of layers.
    given = {"output" if not at else f"output_{at}": result for at, result in enumerate(model.outputs)}
    if next(iter(differences)) not in BESIDE:  # of one stack: its output, not its states
        given = model.output if isinstance(model.output, dict) else {"output": model.outputs[0]}
    return [*lines, *(f"  gives {name}, {shown(result)}" for name, result in given.items())]


def shown(tensor):
    ids = tensor.dtype in ("int32", "string")
    axes = ["batch", "time", "values"] if ids or len(tensor.shape) == 3 else ["batch", "values"]
    axes += ["values"] * (len(tensor.shape) - len(axes))
    sizes = (axis if size is None else str(size) for axis, size in zip(axes, tensor.shape))
    return f"{tensor.dtype} [{', '.join(sizes)}]"
