"""What stands around a stack, by what was said of it."""

from modern.console import InputError
from modern.tf1.by_graph import layers_after, shows
from modern.tf1.by_names import bias_of
from modern.tf1.graph import activation_after
from modern.tf1.outputs import GIVEN, Outputs, Unclear
from modern.tf1.remarks import Option, Remark
from modern.tf1.stacks import Dense


def place_by_hand(stacks, around, embedding, one_hot, input_dense, dense, gives):
    """Puts in place what was named, for the one stack there is; the arguments are those of `inspect`."""
    if (embedding or one_hot or input_dense or dense or gives) and len(stacks) > 1:
        names = ", ".join(stack.name for stack in stacks)
        raise InputError(Remark("name the stack that this is of with ", Option("stack"), f": {names}"))
    stack = stacks[0]
    if embedding or one_hot or input_dense:
        place_input(stack, around, embedding, one_hot, input_dense)
    if dense:
        around.give_back(*(name for one in stack.dense for name in (one.kernel, one.bias)))
        stack.dense, width = [], stack.width
        for text in dense if list(dense) != ["none"] else []:
            stack.dense.append(dense_layer(text, width, None, around))
            width = around.shapes[stack.dense[-1].kernel][not stack.dense[-1].transposed]
    if stack.dense and dense and around.graph and shows(around.graph, stack.cells):
        look_up_gives(stack, around, gives)
    stack.gives = gives or stack.gives
    if one_hot and stack.inputs < 2:
        raise InputError(Remark(Option("one_hot", True), ": the stack reads one number a step"))


def place_input(stack, around, embedding, one_hot, input_dense):
    """Puts before a stack what was named, in place of what was found."""
    around.give_back(stack.embedding, *(name for one in stack.input_dense for name in (one.kernel, one.bias)))
    stack.embedding, stack.input_dense, stack.one_hot = None, [], one_hot
    width = stack.inputs
    for text in reversed(input_dense if list(input_dense) != ["none"] else []):
        stack.input_dense.insert(0, dense_layer(text, None, width, around))
        width = around.shapes[stack.input_dense[0].kernel][0]
    if embedding and embedding != "none":
        take_matrix(embedding, None, width, around)
        stack.embedding = embedding


def take_matrix(name, rows, columns, around):
    """Takes a matrix out of what is left, and returns its shape; rows or columns of None are any.

    Raises:
        InputError: there is none of that name, or it is of another shape.
    """
    if name not in around.shapes:
        raise InputError(f"the checkpoint holds no variable {name}")
    shape = around.shapes[name]
    if len(shape) != 2 or rows not in (None, shape[0]) or columns not in (None, shape[1]):
        raise InputError(f"{name} has the shape {shape}, not [{rows or 'any'}, {columns or 'any'}]")
    around.take(name)
    return shape


def dense_layer(text, rows, columns, around):
    """Returns the Dense of "KERNEL" or "KERNEL:ACTIVATION", and takes its variables out of what is left."""
    name, _, activation = text.partition(":")
    # A kernel that fits turned around alone is one whose transpose the program multiplies with.
    shape = around.shapes.get(name, ())
    turned = rows is not None and list(shape)[1:] == [rows] and shape[0] != rows
    shape = take_matrix(name, *((None, rows) if turned else (rows, columns)), around)
    bias = bias_of(name, shape[not turned], around.vectors, around.shapes)
    around.take(bias)
    shown = activation_after(around.graph, name) if around.graph else None
    return Dense(name, bias, activation or shown or "linear", turned)


def look_up_gives(stack, around, gives):
    """Settles, by the graph, what of its outputs the dense layer sees that was named; `gives` is what was said of it."""
    kernel = stack.dense[0].kernel
    outputs = Outputs(around.graph, stack, stack.cells)
    told = layers_after(around.graph, outputs, [kernel])
    try:
        stack.gives = outputs.gives(told.first[kernel])[0] if kernel in told.first else stack.gives
    except Unclear as error:
        told.unclear[kernel] = error
    if kernel in told.unclear and not gives:
        what = f"{stack.name}: {kernel} sees {GIVEN[stack.gives]}; in the graph, {told.unclear[kernel]} ("
        around.assume(what, Option("gives"), ")")
