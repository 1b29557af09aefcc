"""Records what scripts put around their cells: `tf.contrib.layers`, `losses`, `framework`, `training`, `lookup`, `learn`."""

from __future__ import division, print_function

import os
import shutil
import tempfile

import numpy as np
import tensorflow as tf
from pieces import given, main, piece, ramp

# --- layers ---


def drawn(initializer, *shape):
    """What an initializer draws for these shapes, by its own seed and the graph's."""
    return [tf.Variable(initializer(each, tf.float32), trainable=False) for each in shape]


@piece("layers.xavier_initializer")
def xavier_initializer():
    return drawn(tf.contrib.layers.xavier_initializer(seed=3), [4, 6], [5], [2, 3, 4, 5])


@piece("layers.xavier_initializer")
def xavier_initializer_normal():
    return drawn(tf.contrib.layers.xavier_initializer(uniform=False, seed=3), [4, 6], [2, 3, 4, 5])


@piece("layers.xavier_initializer_conv2d")
def xavier_initializer_conv2d():
    return drawn(tf.contrib.layers.xavier_initializer_conv2d(seed=3), [2, 3, 4, 5])


def scaling(**how):
    return drawn(tf.contrib.layers.variance_scaling_initializer(seed=3, **how), [4, 6], [2, 3, 4, 5])


@piece("layers.variance_scaling_initializer")
def variance_scaling_initializer():
    return scaling()


@piece("layers.variance_scaling_initializer")
def variance_scaling_initializer_fan_out():
    return scaling(factor=1.5, mode="FAN_OUT", uniform=True)


@piece("layers.variance_scaling_initializer")
def variance_scaling_initializer_fan_avg():
    return scaling(factor=1.0, mode="FAN_AVG")


@piece("layers.l1_regularizer")
def l1_regularizer():
    return tf.contrib.layers.l1_regularizer(0.3)(given(3, 4))


@piece("layers.l1_regularizer", "layers.l2_regularizer")
def regularizers_of_nothing():
    """A scale of 0 gives None, and so no loss."""
    none = [tf.contrib.layers.l1_regularizer(0.0), tf.contrib.layers.l2_regularizer(0.0)]
    return [tf.constant(regularizer(given(2)) is None) for regularizer in none]


@piece("layers.l2_regularizer")
def l2_regularizer():
    return tf.contrib.layers.l2_regularizer(0.3)(given(3, 4))


def refused(*arguments):
    """Whether the call of a function is refused, and by which error."""
    function, rest = arguments[0], arguments[1:]
    try:
        function(*rest)
    except Exception as error:
        return type(error).__name__
    return "taken"


@piece("layers.l1_regularizer", "layers.l2_regularizer")
def regularizers_refuse():
    layers = tf.contrib.layers
    return lambda session: [
        np.array([refused(function, scale) for scale in (-1.0, 1, True, "1")])
        for function in (layers.l1_regularizer, layers.l2_regularizer)
    ]


@piece("layers.fully_connected", "layers.relu", "layers.linear")
def fully_connected():
    x = given(4, 3)
    layers = tf.contrib.layers
    return layers.fully_connected(x, 5), layers.relu(x, 4), layers.linear(x, 2)


@piece("layers.fully_connected")
def fully_connected_three_dimensions():
    return tf.contrib.layers.fully_connected(given(2, 4, 3), 5, activation_fn=tf.tanh)


@piece("layers.fully_connected", "layers.l2_regularizer")
def fully_connected_regularized():
    output = tf.contrib.layers.fully_connected(
        given(4, 3), 5, weights_regularizer=tf.contrib.layers.l2_regularizer(0.1),
        biases_regularizer=tf.contrib.layers.l1_regularizer(0.2), scope="here",
    )  # fmt: skip
    return [output] + tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)


@piece("layers.fully_connected")
def fully_connected_no_biases():
    return tf.contrib.layers.fully_connected(given(4, 3), 5, biases_initializer=None)


@piece("layers.fully_connected")
def fully_connected_normalizer():
    def normalizer(inputs, scale):
        return inputs * scale

    return tf.contrib.layers.fully_connected(given(4, 3), 5, normalizer_fn=normalizer, normalizer_params={"scale": 0.5})


@piece("layers.fully_connected")
def fully_connected_collections():
    x = given(4, 3)
    tf.contrib.layers.fully_connected(x, 5, variables_collections=["mine"], outputs_collections="told", scope="one")
    with tf.variable_scope("two"):
        again = tf.contrib.layers.fully_connected(x, 5, scope="one")
        shared = tf.contrib.layers.fully_connected(x, 5, reuse=True, scope="one")
    return tf.get_collection("told") + [again, shared] + tf.get_collection("mine")


@piece("layers.fully_connected", "layers.xavier_initializer")
def fully_connected_seeded():
    tf.contrib.layers.fully_connected(given(4, 3), 5, weights_initializer=tf.contrib.layers.xavier_initializer(seed=4))

    def initial(session):
        session.run(tf.global_variables_initializer())
        return session.run(tf.trainable_variables())

    return initial


@piece("layers.flatten")
def flatten():
    return tf.contrib.layers.flatten(given(2, 3, 4))


@piece("layers.dropout")
def dropout_not_training():
    return tf.contrib.layers.dropout(given(3, 4), 0.5, is_training=False)


@piece("layers.dropout")
def dropout_share():
    """How many it lets through, and that they stand for all."""
    kept = tf.contrib.layers.dropout(tf.ones([100, 100]), 0.8)

    def told(session):
        value = session.run(kept)
        return [np.unique(value), np.array(abs((value > 0).mean() - 0.8) < 0.02)]

    return told


@piece("layers.one_hot_encoding")
def one_hot_encoding():
    return tf.contrib.layers.one_hot_encoding(tf.constant([1, 0, 3]), 4, on_value=2.0, off_value=-1.0)


@piece("layers.embed_sequence")
def embed_sequence():
    return tf.contrib.layers.embed_sequence(tf.constant([[1, 0, 4], [2, 2, 3]]), vocab_size=5, embed_dim=3)


@piece("layers.embed_sequence")
def embed_sequence_shared():
    ids = tf.constant([[1, 0, 4], [2, 2, 3]])
    first = tf.contrib.layers.embed_sequence(ids, 5, 3, unique=True, scope="words")
    return first, tf.contrib.layers.embed_sequence(ids + 0, 5, 3, scope="words", reuse=True)


def optimized(optimizer, learning_rate=0.1, updates=3, **how):
    """The losses and the weights of some updates."""
    weights = tf.get_variable("weights", [3, 2])
    loss = tf.reduce_mean(tf.square(tf.matmul(given(4, 3), weights) - 1.0))
    step = tf.Variable(0, name="global_step", trainable=False)
    train = tf.contrib.layers.optimize_loss(loss, step, learning_rate, optimizer, **how)

    def updated(session):
        session.run(tf.global_variables_initializer())
        session.run(tf.assign(weights, ramp([3, 2])))
        return [session.run(train) for _ in range(updates)], session.run([weights, step])

    return updated


@piece("layers.optimize_loss")
def optimize_loss_sgd():
    return optimized("SGD")


@piece("layers.optimize_loss")
def optimize_loss_adam():
    return optimized("Adam")


@piece("layers.optimize_loss")
def optimize_loss_adagrad():
    return optimized("Adagrad")


@piece("layers.optimize_loss")
def optimize_loss_momentum():
    return optimized("Momentum")


@piece("layers.optimize_loss")
def optimize_loss_rmsprop():
    return optimized("RMSProp")


@piece("layers.optimize_loss")
def optimize_loss_ftrl():
    return optimized("Ftrl")


@piece("layers.optimize_loss")
def optimize_loss_clipped():
    return optimized(tf.train.GradientDescentOptimizer, clip_gradients=0.05)


@piece("layers.optimize_loss")
def optimize_loss_decayed():
    def decay(learning_rate, step):
        return tf.train.exponential_decay(learning_rate, step, 1, 0.5)

    return optimized(lambda rate: tf.train.MomentumOptimizer(rate, 0.5), learning_rate_decay_fn=decay)


@piece("layers.optimize_loss")
def optimize_loss_object():
    return optimized(tf.train.AdagradOptimizer(0.2), learning_rate=None)


# --- losses ---


def numbers():
    return given(4, 3), tf.constant(ramp([4, 3], 9) + 0.6), tf.constant([1.0, 0.0, 0.5, 2.0])


def contrib_loss(name, predictions, labels, weights):
    """The loss alone, weighted with a number and for each example; then all of the collection."""
    function = getattr(tf.contrib.losses, name)
    each = tf.reshape(weights, [4, 1])
    return [function(predictions, labels), function(predictions, labels, 0.5), function(predictions, labels, each)] + [
        tf.contrib.losses.get_total_loss()
    ]


@piece("losses.absolute_difference", "losses.get_total_loss")
def absolute_difference():
    return contrib_loss("absolute_difference", *numbers())


@piece("losses.mean_squared_error")
def mean_squared_error():
    return contrib_loss("mean_squared_error", *numbers())


@piece("losses.mean_squared_error")
def mean_squared_error_by_names():
    predictions, labels, weights = numbers()
    return tf.contrib.losses.mean_squared_error(
        labels=labels, predictions=predictions, weights=tf.reshape(weights, [4, 1])
    )


@piece("losses.log_loss")
def log_loss():
    predictions, labels, weights = numbers()
    return contrib_loss("log_loss", tf.sigmoid(predictions), tf.round(labels), weights)


@piece("losses.sigmoid_cross_entropy")
def sigmoid_cross_entropy():
    logits, labels, weights = numbers()
    one = tf.contrib.losses.sigmoid_cross_entropy(logits, tf.round(labels))
    return one, tf.contrib.losses.sigmoid_cross_entropy(logits, tf.round(labels), 0.5, label_smoothing=0.2)


@piece("losses.softmax_cross_entropy")
def softmax_cross_entropy():
    logits, _, weights = numbers()
    labels = tf.one_hot([1, 0, 2, 2], 3)
    one = tf.contrib.losses.softmax_cross_entropy(logits, labels)
    return one, tf.contrib.losses.softmax_cross_entropy(logits, labels, weights, label_smoothing=0.2)


@piece("losses.sparse_softmax_cross_entropy")
def sparse_softmax_cross_entropy():
    logits, _, weights = numbers()
    labels = tf.constant([1, 0, 2, 2])
    one = tf.contrib.losses.sparse_softmax_cross_entropy(logits, labels)
    return one, tf.contrib.losses.sparse_softmax_cross_entropy(logits, labels, weights)


@piece("losses.compute_weighted_loss", "losses.add_loss", "losses.get_losses")
def compute_weighted_loss():
    losses, _, weights = numbers()
    one = tf.contrib.losses.compute_weighted_loss(losses, tf.reshape(weights, [4, 1]))
    tf.contrib.losses.add_loss(one * 2.0)
    return [one] + tf.contrib.losses.get_losses()


@piece("losses.get_regularization_losses", "losses.get_total_loss")
def get_regularization_losses():
    predictions, labels, _ = numbers()
    tf.get_variable("weights", [3, 2], regularizer=tf.contrib.layers.l2_regularizer(0.5))
    tf.contrib.losses.mean_squared_error(predictions, labels)
    both = tf.contrib.losses.get_total_loss()
    without = tf.contrib.losses.get_total_loss(add_regularization_losses=False)
    return tf.contrib.losses.get_regularization_losses() + [both, without]


# --- framework and training ---


@piece("framework.get_or_create_global_step", "framework.get_global_step")
def global_step():
    before = tf.contrib.framework.get_global_step()
    step = tf.contrib.framework.get_or_create_global_step()
    same = tf.contrib.framework.get_or_create_global_step() is step
    return lambda session: [
        np.array([before is None, same, tf.contrib.framework.get_global_step() is step]),
        np.array([step.op.name, step.dtype.base_dtype.name]), session.run(step),
    ]  # fmt: skip


@piece("framework.nest")
def nest():
    structure = {"b": [1, (2, 3)], "a": tf.contrib.rnn.LSTMStateTuple(4, 5)}
    nest = tf.contrib.framework.nest
    doubled = nest.map_structure(lambda each: each * 2, structure)
    packed = nest.pack_sequence_as(structure, [6, 7, 8, 9, 10])
    return lambda session: [np.array(nest.flatten(each)) for each in (structure, doubled, packed)]


def hparams():
    return tf.contrib.training.HParams(rate=0.1, units=4, name="lstm", wide=False)


@piece("training.HParams")
def hparams_values():
    values = hparams()
    values.add_hparam("layers", 2)
    values.set_hparam("units", 8)
    values.rate = 0.2
    told = [
        values.rate, values.units, values.name, values.wide, values.layers, values.get("units"), values.get("none", 7),
        "units" in values, "none" in values, sorted(values.values()),
    ]  # fmt: skip
    return lambda session: [np.array([repr(each).replace("u'", "'") for each in told])]


@piece("training.HParams")
def hparams_parse():
    values = hparams().parse("rate=0.5,units=16,name=gru,wide=true")
    told = [values.rate, values.units, values.name, values.wide]
    return lambda session: [np.array([repr(each).replace("u'", "'") for each in told])]


@piece("training.HParams")
def hparams_lists():
    values = tf.contrib.training.HParams(sizes=[1, 2], rates=[0.5])
    values.parse("sizes=[3,4,5],rates=[1]")
    told = [values.sizes, values.rates]
    return lambda session: [np.array([repr(each) for each in told])]


@piece("training.HParams")
def hparams_json():
    values = hparams()
    values.override_from_dict({"units": 5})
    return lambda session: [np.array([values.to_json(sort_keys=True)])]


@piece("training.HParams")
def hparams_refuse():
    values = hparams()
    refusals = [
        refused(values.add_hparam, "units", 3), refused(values.parse, "none=3"), refused(values.parse, "units=x"),
        refused(values.parse, "units=1.5"), refused(values.set_hparam, "units", "x"), refused(values.parse, "wide=7"),
    ]  # fmt: skip
    return lambda session: [np.array(refusals)]


# --- lookup ---


def words(*lines):
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "words.txt")
    with open(path, "wb") as file:
        file.write("".join("%s\n" % line for line in lines).encode("utf-8"))
    return path


@piece("lookup.index_table_from_tensor")
def index_table_from_tensor():
    table = tf.contrib.lookup.index_table_from_tensor(tf.constant(["a", "b", "c"]), default_value=9)
    return table.lookup(tf.constant(["b", "none", "c"])), table.size()


@piece("lookup.index_table_from_tensor", "lookup.FastHashSpec", "lookup.IdTableWithHashBuckets")
def index_table_buckets():
    table = tf.contrib.lookup.index_table_from_tensor(tf.constant(["a", "b", "c"]), num_oov_buckets=5)
    return table.lookup(tf.constant(["b", "none", "other", "more"])), table.size()


@piece("lookup.StrongHashSpec", "lookup.HasherSpec")
def index_table_strong_hash():
    table = tf.contrib.lookup.index_table_from_tensor(
        tf.constant(["a"]), num_oov_buckets=50, hasher_spec=tf.contrib.lookup.StrongHashSpec([3, 4])
    )
    return table.lookup(tf.constant(["none", "other", "more"]))


@piece("lookup.index_to_string_table_from_tensor")
def index_to_string_table_from_tensor():
    table = tf.contrib.lookup.index_to_string_table_from_tensor(tf.constant(["a", "b"]), default_value="?")
    return table.lookup(tf.constant([1, 7, 0], tf.int64))


@piece("lookup.index_table_from_file")
def index_table_from_file():
    table = tf.contrib.lookup.index_table_from_file(words("a", "b", "c"), num_oov_buckets=2)
    return table.lookup(tf.constant(["c", "a", "none"]))


@piece("lookup.index_to_string_table_from_file")
def index_to_string_table_from_file():
    table = tf.contrib.lookup.index_to_string_table_from_file(words("a", "b", "c"), default_value="?")
    return table.lookup(tf.constant([2, 0, 3], tf.int64))


@piece("lookup.HashTable", "lookup.KeyValueTensorInitializer", "lookup.LookupInterface",
       "lookup.InitializableLookupTableBase", "lookup.TableInitializerBase")  # fmt: skip
def hash_table():
    initializer = tf.contrib.lookup.KeyValueTensorInitializer(
        tf.constant(["a", "b"]), tf.constant([3, 4], tf.int64), tf.string, tf.int64
    )
    table = tf.contrib.lookup.HashTable(initializer, -1)
    return table.lookup(tf.constant(["b", "none"])), table.size()


@piece("lookup.TextFileInitializer", "lookup.TextFileIndex")
def text_file_initializer():
    lookup = tf.contrib.lookup
    initializer = lookup.TextFileInitializer(words("a 7", "b 8"), tf.string, 0, tf.int64, 1, delimiter=" ")
    numbers = lookup.TextFileInitializer(
        words("a", "b"), tf.string, lookup.TextFileIndex.WHOLE_LINE, tf.int64, lookup.TextFileIndex.LINE_NUMBER
    )
    return [lookup.HashTable(each, -1).lookup(tf.constant(["b", "none"])) for each in (initializer, numbers)]


@piece("lookup.TextFileIdTableInitializer", "lookup.TextFileStringTableInitializer")
def text_file_tables():
    lookup = tf.contrib.lookup
    ids = lookup.HashTable(lookup.TextFileIdTableInitializer(words("a", "b")), -1)
    strings = lookup.HashTable(lookup.TextFileStringTableInitializer(words("a", "b")), "?")
    return ids.lookup(tf.constant(["b", "none"])), strings.lookup(tf.constant([0, 5], tf.int64))


@piece("lookup.MutableHashTable")
def mutable_hash_table():
    table = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, -1)
    insert = table.insert(tf.constant(["a", "b"]), tf.constant([3, 4], tf.int64))
    found, size = table.lookup(tf.constant(["b", "none"])), table.size()

    def told(session):
        before = session.run([found, size])
        session.run(insert)
        keys, values = session.run(table.export())
        return before, session.run([found, size]), np.sort(keys), np.sort(values)

    return told


@piece("lookup.MutableDenseHashTable")
def mutable_dense_hash_table():
    types = {"default_value": -1, "empty_key": 0}
    try:
        table = tf.contrib.lookup.MutableDenseHashTable(tf.int64, tf.int64, deleted_key=-1, **types)
    except TypeError:  # until 1.12 nothing was deleted
        table = tf.contrib.lookup.MutableDenseHashTable(tf.int64, tf.int64, **types)
    insert = table.insert(tf.constant([11, 12], tf.int64), tf.constant([3, 4], tf.int64))
    found, size = table.lookup(tf.constant([12, 13], tf.int64)), table.size()

    def told(session):
        session.run(insert)
        return session.run([found, size])

    return told


# --- learn ---


def estimator(arrays_in_one_batch=True, **how):
    """An Estimator of a linear model that begins with given weights, and how it fares on arrays."""
    learn = tf.contrib.learn
    folder = tempfile.mkdtemp()

    def model_fn(features, labels, mode):
        weights = tf.get_variable("weights", [3, 1], initializer=tf.constant_initializer(0.2))
        predictions = tf.squeeze(tf.matmul(features, weights), [1])
        loss = tf.reduce_mean(tf.square(predictions - labels)) if labels is not None else None
        train = None
        if mode == learn.ModeKeys.TRAIN:
            step = tf.contrib.framework.get_global_step()
            train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, step)
        return learn.ModelFnOps(mode, predictions, loss, train)

    return learn.Estimator(model_fn=model_fn, model_dir=folder, **how), folder


def examples():
    return ramp([8, 3], 1), ramp([8], 2)


@piece("learn.Estimator", "learn.ModelFnOps", "learn.ModeKeys")
def estimator_fit_predict():
    def told(session):
        model, folder = estimator()
        x, y = examples()
        model.fit(x, y, steps=5, batch_size=8)
        predictions = np.array(list(model.predict(x)))
        evaluated = model.evaluate(x, y, steps=1, batch_size=8)
        shutil.rmtree(folder)
        return [predictions, np.array([evaluated["loss"], evaluated["global_step"]])]

    return told


@piece("learn.SKCompat")
def sk_compat():
    def told(session):
        model, folder = estimator()
        model = tf.contrib.learn.SKCompat(model)
        x, y = examples()
        model.fit(x, y, batch_size=8, steps=5)
        predictions = model.predict(x)
        scored = model.score(x, y, batch_size=8, steps=1)
        shutil.rmtree(folder)
        return [predictions, np.array([scored["loss"], scored["global_step"]])]

    return told


@piece("learn.ModeKeys")
def mode_keys():
    keys = tf.contrib.learn.ModeKeys
    return lambda session: [np.array([keys.TRAIN, keys.EVAL, keys.INFER])]


@piece("learn.models.linear_regression")
def linear_regression():
    return tf.contrib.learn.models.linear_regression(given(4, 3), tf.constant(ramp([4], 9)))


@piece("learn.models.linear_regression")
def linear_regression_initialized():
    outputs = tf.contrib.learn.models.linear_regression(
        given(4, 3), tf.constant(ramp([4, 2], 9)), init_mean=0.5, init_stddev=0.0
    )

    def initial(session):
        session.run(tf.global_variables_initializer())
        return session.run([outputs, tf.trainable_variables()])

    return initial


if __name__ == "__main__":
    main()
