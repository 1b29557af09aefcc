"""What stands around a stack, by names and sizes: where there is no graph to tell."""

import itertools
import re

from modern.tf1.graph import MULTIPLYING, sum_after
from modern.tf1.stacks import Dense, numbers, without_digits

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
