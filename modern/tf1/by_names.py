"""What stands around a stack, by names and sizes: where there is no graph to tell."""

import itertools
import re

from modern.tf1.remarks import Option
from modern.tf1.stacks import Dense, level_width, numbers, without_digits

EMBEDDING_NAME = re.compile(r"emb|lookup|word_?vec|^w_?e$", re.IGNORECASE)
OUTPUT_NAME = re.compile(
    r"softmax|out|logit|proj|dense|fully|fc|linear|pred|class|weight|variable|final|head|(^|/)w(_\w+)?$", re.IGNORECASE
)
# What a kernel has in its name, and its bias in that place.
TWINS = (
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


def bias_of(kernel, columns, vectors, shapes):
    """Returns the bias that belongs to a kernel: by its name, else the only vector of that size beside it."""
    scope, _, leaf = kernel.rpartition("/")
    fitting = [name for name in vectors if list(shapes[name]) == [columns]]
    beside = [name for name in fitting if name.rpartition("/")[0] == scope]
    twins = {re.sub(pattern, twin, leaf) for pattern, twin in TWINS if re.search(pattern, leaf)}
    twins = [name for name in beside if name.rpartition("/")[2] in twins]
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


def place_by_names(stack, stacks, around, matrices, attended):
    """Finds a stack's embedding or input layer and its output layers.

    Args:
        stack: one of `stacks`.
        around: Surroundings.
        matrices: those that had no place before the first of the stacks, without those that attend.
        attended: whether some of those did.
    """
    shapes = around.shapes

    def nearest(name, rivals):
        return all(closeness(name, stack) >= closeness(name, rival) for rival in rivals if rival is not stack)

    rivals = [other for other in stacks if other.width == stack.width]
    after = [name for name in matrices if name in around.left and not attended]
    after = [name for name in after if shapes[name][0] != stack.width or nearest(name, rivals)]
    choice = place_output(stack, after, around)
    rivals = [other for other in stacks if other.inputs == stack.inputs]
    shared = [other.embedding for other in stacks]
    fitting = [name for name in matrices if (name in around.left or name in shared) and shapes[name][1] == stack.inputs]
    place_input(stack, [name for name in fitting if nearest(name, rivals)], around)
    if not stack.dense and not choice and not attended:
        place_turned(stack, around)


def place_output(stack, after, around):
    """Places the output layers among the matrices `after`; returns in words what cannot be told, or None."""
    chain, choice = output_chain(stack.width, after, around.vectors, around.shapes)
    if choice:
        around.assume(f"{stack.name}: {choice} (", Option("dense"), " names the output layers)")
    for kernel, bias in chain:
        # The last layer gives logits, which need no activation.
        stack.dense.append(settle_dense(kernel, bias, around, None if kernel == chain[-1][0] else "dense"))
        around.take(kernel, bias)
    half = level_width(stack.levels[-1]) // 2
    for name in after if len(stack.levels[-1]) == 2 and not stack.dense else []:
        if around.shapes[name][0] == half and OUTPUT_NAME.search(name):
            what = f"{stack.name}: {name} would fit two directions that are added ("
            around.assume(what, Option("merge", "sum"), ")")
    return choice


def output_chain(width, names, vectors, shapes, below=None):
    """Returns ([(kernel, bias)], what cannot be told): the longest chain of dense layers from `width` on.

    `below` is the kernel of the layer before; of layers that differ by a number, the next one has a higher one.
    """
    found = []
    for kernel in names:
        if shapes[kernel][0] != width or (EMBEDDING_NAME.search(kernel) and not OUTPUT_NAME.search(kernel)):
            continue
        if below and without_digits(kernel) == without_digits(below) and numbers(kernel) < numbers(below):
            continue
        bias = bias_of(kernel, shapes[kernel][1], vectors, shapes)
        if bias is None and (below or not OUTPUT_NAME.search(kernel)):
            continue
        found.append((kernel, bias))
    like = [entry for entry in found if below and without_digits(entry[0]) == without_digits(below)]
    found = like or found
    chains = []
    for kernel, bias in found:
        others = [name for name in names if name != kernel]
        rest, open_question = output_chain(
            shapes[kernel][1], others, [name for name in vectors if name != bias], shapes, kernel
        )
        chains.append(([(kernel, bias), *rest], open_question))
    longest = max((len(chain) for chain, _ in chains), default=0)
    best = [entry for entry in chains if len(entry[0]) == longest]
    best = [entry for entry in best if OUTPUT_NAME.search(entry[0][0][0])] or best if len(best) > 1 else best
    if len(best) > 1:
        starts = ", ".join(entry[0][0][0] for entry in best)
        return [], f"which of {starts} follows {below or 'the stack'} cannot be told, so none does"
    return best[0] if best else ([], None)


def settle_dense(kernel, bias, around, argument):
    """Returns the Dense of two variables, with the activation that is assumed.

    `argument` is the one that names such a layer; without it, nothing need be said of it.
    """
    activation = "relu" if argument and "fully_connected" in kernel else "linear"
    if argument:
        why = "tf.contrib.layers.fully_connected's default" if activation == "relu" else "nothing tells of another"
        what = f"{kernel} is followed by {activation}: {why} ("
        around.assume(what, Option(argument, [f"{kernel}:ACTIVATION"]), ")")
    return Dense(kernel, bias, activation)


def place_input(stack, fitting, around):
    """Settles by names and sizes what the stack reads: ids through an embedding, vectors through a layer, vectors."""
    shapes = around.shapes
    embeddings = [name for name in fitting if EMBEDDING_NAME.search(name)]
    tables = [name for name in around.matrices if EMBEDDING_NAME.search(name) and name not in fitting]
    between = [(name, table) for name in fitting for table in tables if shapes[table][1] == shapes[name][0]]
    if not embeddings and len(between) == 1:  # an embedding of another size, and a layer that makes it the cells'
        ((kernel, stack.embedding),) = between
        place_input_dense(stack, kernel, around)
        around.take(stack.embedding)
        return
    layers = [name for name in fitting if name not in embeddings]
    layers = [name for name in layers if bias_of(name, stack.inputs, around.vectors, shapes)]
    embeddings = embeddings or [
        name for name in fitting if name not in layers and not re.search(r"proj|softmax|out|logit|dense|fc", name)
    ]
    embeddings.sort(key=lambda name: -closeness(name, stack))
    if len(embeddings) > 1 and closeness(embeddings[0], stack) > closeness(embeddings[1], stack):
        embeddings = embeddings[:1]
    if len(embeddings) == 1:
        stack.embedding = embeddings[0]
        around.take(stack.embedding)
        if not EMBEDDING_NAME.search(stack.embedding):
            what = f"{stack.embedding} is taken for {stack.name}'s embedding, by its shape ("
            around.assume(what, Option("embedding", "none"), " if not)")
    elif len(embeddings) > 1:
        what = f"{stack.name} reads vectors of {stack.inputs}; its embedding may be one of {', '.join(embeddings)} ("
        around.assume(what, Option("embedding", "NAME"), ")")
    elif len(layers) == 1:
        place_input_denses(stack, layers[0], around)
    elif stack.inputs > 1 and stack.dense and shapes[stack.dense[-1].kernel][1] == stack.inputs:
        what = f"{stack.name} reads vectors of {stack.inputs}; if its input was one-hot, "
        around.assume(what, Option("one_hot", True), " makes it read ids")


def place_input_denses(stack, kernel, around):
    """Puts a dense layer before a stack, and before it those of its name that fit, as long as there is one."""
    while kernel:
        rows = around.shapes[kernel][0]
        place_input_dense(stack, kernel, around)
        like = [name for name in around.left if without_digits(name) == without_digits(kernel)]
        like = [name for name in like if list(around.shapes[name])[1:] == [rows]]
        like = [name for name in like if bias_of(name, rows, around.vectors, around.shapes)]
        kernel = like[0] if len(like) == 1 else None


def place_input_dense(stack, kernel, around):
    """Puts a dense layer before those that stand before a stack already."""
    bias = bias_of(kernel, around.shapes[kernel][1], around.vectors, around.shapes)
    stack.input_dense.insert(0, settle_dense(kernel, bias, around, "input_dense"))
    around.take(kernel, bias)


def place_turned(stack, around):
    """Finds an output layer whose kernel stands turned around, a row a word, as sampled_softmax_loss wants it."""
    shapes, vectors = around.shapes, around.vectors
    fitting = [name for name in around.matrices if shapes[name][1] == stack.width and OUTPUT_NAME.search(name)]
    biases = {name: bias_of(name, shapes[name][0], vectors, shapes) for name in fitting}
    fitting = [name for name in fitting if biases[name]]
    if len(fitting) == 1:
        stack.dense = [Dense(fitting[0], biases[fitting[0]], transposed=True)]
        around.take(fitting[0], biases[fitting[0]])
        what = f"{fitting[0]} is taken for {stack.name}'s output layer, turned around, by its size and its bias' ("
        around.assume(what, Option("dense", ["none"]), " if not)")
    table = shapes.get(stack.embedding, [0, 0])
    fitting = [name for name in vectors if list(shapes[name]) == [table[0]]]
    if not stack.dense and table[1] == stack.width and len(fitting) == 1:
        both = Option("embedding", stack.embedding), " ", Option("dense", [stack.embedding])
        what = f"{fitting[0]} would be the bias if {stack.embedding} is the output layer, too ("
        around.assume(what, *both, ")")
