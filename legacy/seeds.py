"""TensorFlow 1's numbers from a seed: an operation without a seed of its own takes the number of operations before it.

Today's TensorFlow counts the seeds drawn instead, and leaves out operations that 1.15 made. Here is what a model of
cells and variables needs to draw what it drew; legacy/script/graph_1_15.py has the rest.
"""

import contextlib
import functools

from legacy import console

with console.quiet():
    import tensorflow.compat.v1 as tf
    import tensorflow.compat.v2 as v2
    from tensorflow.python.framework import random_seed
    from tensorflow.python.ops import array_ops, random_ops

get_seed_today = random_seed.get_seed
random_uniform_today = random_ops.random_uniform
split_today = array_ops.split


def get_seed(op_seed):
    """Returns (the graph's seed, the operation's), as an operation that draws takes them; (None, None) without a seed.

    Source: tensorflow/python/framework/random_seed.py of 1.15.
    """
    graph = tf.get_default_graph()
    if op_seed is None and graph.seed is not None:
        op_seed = graph.num_operations()
    return get_seed_today(op_seed)


def random_uniform(shape, minval=0, maxval=None, dtype=tf.float32, seed=None, name=None):
    """tf.random_uniform, which today leaves out the bounds 0 and 1, with their constants and their arithmetic.

    Source: tensorflow/python/ops/random_ops.py of 1.15.
    """
    if not tf.as_dtype(dtype).is_integer:  # only whole numbers are left out
        maxval = 1 if maxval is None else maxval
        minval, maxval = (float(bound) if isinstance(bound, int) else bound for bound in (minval, maxval))
    return random_uniform_today(shape, minval, maxval, dtype, seed, name)


def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    """tf.split, which made a constant of the number of parts, and did not use it.

    Source: tensorflow/python/ops/array_ops.py of 1.15.
    """
    if isinstance(num_or_size_splits, int):
        tf.constant(num_or_size_splits)
    return split_today(value, num_or_size_splits, axis, num, name)


# (a module or a class, the name there, the function of then)
DRAWS = [
    *((place, "get_seed", get_seed) for place in (random_seed, tf, tf.random)),
    *((place, "random_uniform", random_uniform) for place in (random_ops, tf)),
    *((place, "uniform", random_uniform) for place in (tf.random, v2.random)),
    *((place, "split", split) for place in (array_ops, tf, v2)),
]


def put_back(table=DRAWS):
    """Puts functions of then in the place of today's, for the whole process. Only graphs get them: what is called
    eagerly, such as Keras' code, goes on as today."""
    for place, name, function in table:
        setattr(place, name, in_graphs(function, getattr(place, name)))


@contextlib.contextmanager
def tensorflow_1(seed):
    """Within, the current graph draws from this seed what it drew in TensorFlow 1.15; then today's functions are back.

    Its variables and loops are of the kind of then, too: today's take other operations, and the seeds after them differ.
    """
    today = [(place, name, getattr(place, name)) for place, name, _ in DRAWS]
    of_today = [tf.enable_resource_variables] if tf.resource_variables_enabled() else []
    of_today += [tf.enable_control_flow_v2] if tf.control_flow_v2_enabled() else []
    put_back()
    tf.disable_resource_variables()
    tf.disable_control_flow_v2()
    tf.set_random_seed(seed)
    try:
        yield
    finally:
        for enable in of_today:
            enable()
        for place, name, function in today:
            setattr(place, name, function)


def in_graphs(function, today):
    """Returns a function that is `function` while a graph is built, and `today` where operations run at once."""

    @functools.wraps(today)
    def either(*args, **kwargs):
        return (today if tf.executing_eagerly() else function)(*args, **kwargs)

    return either
