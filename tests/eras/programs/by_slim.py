"""Records what of `tf.contrib.layers`, `slim`, `framework` and `training` tf-slim still has, and around.py does not."""

from __future__ import division, print_function

import os
import shutil
import tempfile

import numpy as np
import tensorflow as tf
from pieces import given, main, piece, ramp

layers = tf.contrib.layers
framework = tf.contrib.framework
training = tf.contrib.training
slim = tf.contrib.slim


def told(function):
    """A piece of values that need no graph."""
    return lambda session: function()


def names_of(variables):
    return np.array(sorted(each.op.name for each in variables))


# --- convolutions and poolings ---


@piece("layers.conv1d", "layers.convolution1d", "layers.convolution")
def conv1d():
    x = given(2, 5, 3)
    return [
        layers.conv1d(x, 4, 3),
        layers.convolution1d(x, 2, 2, stride=2, padding="VALID", activation_fn=None),
        layers.convolution(x, 2, 3, rate=2, biases_initializer=None),
    ]


@piece("layers.conv2d", "layers.convolution2d")
def conv2d():
    x = given(2, 5, 4, 3)
    regularizer = layers.l2_regularizer(0.1)
    y = layers.conv2d(x, 4, [3, 2], stride=2, normalizer_fn=layers.batch_norm, scope="one")
    z = layers.convolution2d(y, 2, 2, rate=2, weights_regularizer=regularizer, activation_fn=tf.tanh)
    return [y, z] + tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)


@piece("layers.conv3d", "layers.convolution3d", "layers.conv3d_transpose", "layers.convolution3d_transpose")
def conv3d():
    x = given(1, 3, 4, 3, 2)
    return [
        layers.conv3d(x, 2, 2),
        layers.convolution3d(x, 2, [1, 2, 2], stride=2),
        layers.conv3d_transpose(x, 2, 2, stride=2),
        layers.convolution3d_transpose(x, 1, 2),
    ]


@piece("layers.conv2d_transpose", "layers.convolution2d_transpose")
def conv2d_transpose():
    x = given(2, 3, 4, 3)
    return [layers.conv2d_transpose(x, 4, 3, stride=2), layers.convolution2d_transpose(x, 2, 2, padding="VALID")]


@piece("layers.conv2d_in_plane", "layers.convolution2d_in_plane")
def conv2d_in_plane():
    x = given(2, 4, 4, 3)
    return [layers.conv2d_in_plane(x, 3), layers.convolution2d_in_plane(x, [2, 1], activation_fn=None)]


@piece("layers.separable_conv2d", "layers.separable_convolution2d")
def separable_conv2d():
    x = given(2, 4, 4, 3)
    return [layers.separable_conv2d(x, 4, 3, 2), layers.separable_convolution2d(x, None, 2, 1)]


@piece("layers.avg_pool2d", "layers.max_pool2d", "layers.avg_pool3d", "layers.max_pool3d")
def pools():
    x, body = given(2, 5, 4, 3), given(1, 4, 4, 4, 2)
    return [
        layers.avg_pool2d(x, 2),
        layers.max_pool2d(x, [3, 2], stride=1, padding="SAME"),
        layers.avg_pool3d(body, 2),
        layers.max_pool3d(body, 2, stride=1),
        slim.pool(x, [2, 2], "MAX"),
    ]


# --- normalizations ---


@piece("layers.batch_norm")
def batch_norm_training():
    """The outputs, and the moving means and variances after two updates."""
    y = layers.batch_norm(given(4, 3), decay=0.9, scale=True, is_training=True, scope="bn")
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)

    def updated(session):
        for _ in range(2):
            session.run(updates)
        moving = [each for each in tf.global_variables() if "moving" in each.op.name]
        return session.run([y, sorted(moving, key=lambda each: each.op.name)])

    return updated


@piece("layers.batch_norm")
def batch_norm_in_place():
    x = given(2, 3, 4, 3)
    y = layers.batch_norm(x, updates_collections=None, activation_fn=tf.nn.relu, fused=False)
    return [y, layers.batch_norm(x, is_training=False, scale=True, scope="still")]


@piece("layers.layer_norm", "layers.unit_norm", "layers.instance_norm", "layers.group_norm")
def norms():
    x = given(2, 4, 3, 4)
    return [
        layers.layer_norm(x),
        layers.layer_norm(given(3, 5), center=False, activation_fn=tf.tanh),
        layers.unit_norm(x, 3),
        layers.instance_norm(x),
        layers.group_norm(x, groups=2, channels_axis=-1, reduction_axes=[-3, -2]),
    ]


@piece("layers.gdn", "layers.GDN")
def gdn():
    """Its variables are given no numbers: gamma begins with a multiple of the unit matrix."""
    y = layers.gdn(given(2, 3, 3, 2))

    def initial(session):
        session.run(tf.global_variables_initializer())
        assert layers.GDN
        return session.run(y)

    return initial


# --- the others ---


@piece("layers.bias_add", "layers.elu", "layers.relu6", "layers.softmax", "layers.spatial_softmax", "layers.maxout")
def small_layers():
    x = given(3, 4)
    return [
        layers.bias_add(x, regularizer=layers.l1_regularizer(0.2)),
        layers.elu(x, 3),
        layers.relu6(x, 3),
        layers.softmax(given(2, 3, 4)),
        layers.spatial_softmax(given(2, 3, 3, 2), temperature=0.5),
        layers.maxout(x, 2),
    ]


@piece("layers.legacy_fully_connected", "layers.legacy_linear", "layers.legacy_relu")
def legacy_layers():
    x = given(3, 4)
    return [
        layers.legacy_fully_connected(x, 3, activation_fn=tf.tanh),
        layers.legacy_linear(x, 2),
        layers.legacy_relu(x, 2),
    ]


@piece("layers.repeat", "layers.stack", "layers.fully_connected")
def repeat_and_stack():
    x = given(3, 4)
    return [
        layers.repeat(x, 2, layers.fully_connected, 4, scope="again"),
        layers.stack(x, layers.fully_connected, [3, 2], scope="stacked"),
        layers.fully_connected(given(2, 3, 4), 2, normalizer_fn=layers.layer_norm),
        layers.fully_connected(x, 2, weights_regularizer=layers.l2_regularizer(0.3), activation_fn=None),
    ] + tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)


@piece("layers.dense_to_sparse", "layers.images_to_sequence", "layers.sequence_to_images", "layers.scale_gradient")
def other_shapes():
    sparse = layers.dense_to_sparse(tf.constant([[1, 0, 2], [0, 0, 3]]))
    x = given(2, 3, 4, 2)
    sequence = layers.images_to_sequence(x)
    return [
        sparse.indices,
        sparse.values,
        sequence,
        layers.sequence_to_images(sequence, 2),
        layers.scale_gradient(given(2, 3), 0.3),
    ]


@piece("layers.l1_l2_regularizer", "layers.sum_regularizer", "layers.apply_regularization")
def regularizers():
    both = layers.l1_l2_regularizer(0.1, 0.2)
    total = layers.sum_regularizer([layers.l1_regularizer(0.3), layers.l2_regularizer(0.4)])
    return [both(given(3, 2)), total(given(3, 2)), layers.apply_regularization(both, [given(2), given(3)])]


@piece("layers.rev_block", "layers.RevBlock", "layers.recompute_grad")
def rev_block():
    tf.get_variable_scope().set_use_resource(True)

    def f(x):
        return tf.layers.dense(x, 3, activation=tf.tanh)

    y1, y2 = layers.rev_block(given(2, 3), given(2, 3), f, f, num_layers=2)
    assert layers.RevBlock
    again = layers.recompute_grad(lambda x: tf.layers.dense(x, 2, name="again"))(given(2, 3))
    return y1, y2, again


@piece(
    "layers.summarize_activation", "layers.summarize_activations", "layers.summarize_collection",
    "layers.summarize_tensor", "layers.summarize_tensors",
)  # fmt: skip
def summaries():
    x = tf.identity(given(2, 3), name="x")
    tf.add_to_collection("mine", x)
    tf.add_to_collection(tf.GraphKeys.ACTIVATIONS, tf.nn.relu(x, name="y"))
    made = [layers.summarize_tensor(x), layers.summarize_activation(tf.nn.relu(x, name="act"))]
    made += layers.summarize_tensors([x], summarizer=layers.summarize_tensor)
    made += layers.summarize_collection("mine") + layers.summarize_activations()
    found = [each.op.type for each in made if each is not None]
    kinds = [each.op.type for each in tf.get_collection(tf.GraphKeys.SUMMARIES)]
    return told(lambda: {"made": found, "all": kinds})


@piece("layers.OPTIMIZER_CLS_NAMES", "layers.OPTIMIZER_SUMMARIES")
def optimizer_names():
    return told(lambda: {"names": sorted(layers.OPTIMIZER_CLS_NAMES), "summaries": list(layers.OPTIMIZER_SUMMARIES)})


# --- argument scopes ---


@piece(
    "framework.arg_scope", "framework.add_arg_scope", "framework.has_arg_scope", "framework.arg_scoped_arguments",
    "framework.current_arg_scope",
)  # fmt: skip
def arg_scope():
    @framework.add_arg_scope
    def scaled(x, scale=1.0):
        return x * scale

    def plain(x):
        return x

    x = given(2, 4)
    with framework.arg_scope([scaled], scale=3.0), framework.arg_scope([layers.fully_connected], activation_fn=tf.tanh):
        depth = len(framework.current_arg_scope())
        results = [scaled(x), scaled(x, scale=2.0), layers.fully_connected(x, 3)]
        kept = slim.current_arg_scope()
    with slim.arg_scope(kept):
        results.append(slim.fully_connected(x, 2))
    known = [framework.has_arg_scope(scaled), framework.has_arg_scope(plain), depth > 0]
    arguments = len(framework.arg_scoped_arguments(layers.fully_connected))
    return results + [tf.constant(known), tf.constant(arguments)]


# --- variables ---


@piece(
    "framework.variable", "framework.model_variable", "framework.local_variable", "framework.global_variable",
    "framework.get_variables", "framework.get_model_variables", "framework.get_local_variables",
    "framework.get_trainable_variables", "framework.get_variables_by_name", "framework.get_variables_by_suffix",
    "framework.get_unique_variable", "framework.get_variable_full_name", "framework.get_variables_to_restore",
    "framework.filter_variables", "framework.add_model_variable", "framework.VariableDeviceChooser",
)  # fmt: skip
def variables():
    with tf.variable_scope("a"):
        w = framework.variable("w", [2], initializer=tf.zeros_initializer())
        framework.model_variable("m", [3], initializer=tf.zeros_initializer(), regularizer=layers.l2_regularizer(0.1))
    with tf.variable_scope("b"):
        framework.local_variable(0.5, name="l")
        framework.global_variable(0.5, name="g")
        framework.variable("w", [2], trainable=False, initializer=tf.zeros_initializer())
    framework.add_model_variable(w)
    every = tf.global_variables()
    chooser = framework.VariableDeviceChooser(num_tasks=2)
    node = tf.NodeDef(name="v", op="VariableV2")
    found = {
        "all": names_of(framework.get_variables()),
        "scope": names_of(framework.get_variables("a")),
        "suffix": names_of(framework.get_variables_by_suffix("w")),
        "by name": names_of(framework.get_variables_by_name("w", "b")),
        "model": names_of(framework.get_model_variables()),
        "local": names_of(framework.get_local_variables()),
        "trainable": names_of(framework.get_trainable_variables("a")),
        "unique": names_of([framework.get_unique_variable("a/m")]),
        "full": [framework.get_variable_full_name(w)],
        "restored": names_of(framework.get_variables_to_restore(include=["a"], exclude=["a/m"])),
        "filtered": names_of(framework.filter_variables(every, include_patterns=["w"], exclude_patterns=["b"])),
        "device": [str(chooser(node)), str(chooser(node))],
    }
    return told(lambda: found)


@piece(
    "framework.assign_from_values", "framework.assign_from_values_fn", "framework.assign_from_checkpoint",
    "framework.assign_from_checkpoint_fn", "framework.init_from_checkpoint", "framework.list_variables",
    "framework.load_variable", "framework.load_checkpoint",
)  # fmt: skip
def assignments():
    w = tf.get_variable("w", [2, 3])
    v = tf.get_variable("v", [3])
    by_value, feed = framework.assign_from_values({"w": ramp([2, 3], 1)})
    assign_v = framework.assign_from_values_fn({"v": ramp([3], 2)})

    def assigned(session):
        folder = tempfile.mkdtemp()
        session.run(by_value, feed)
        assign_v(session)
        path = tf.train.Saver([w, v]).save(session, os.path.join(folder, "model"))
        found = {"values": session.run([w, v])[0], "listed": [name for name, _ in framework.list_variables(path)]}
        found["loaded"] = framework.load_variable(path, "v")
        found["checkpoint"] = framework.load_checkpoint(path).get_tensor("w")
        session.run([tf.assign(w, tf.zeros_like(w)), tf.assign(v, tf.zeros_like(v))])
        operation, feed_2 = framework.assign_from_checkpoint(path, {"w": w})
        session.run(operation, feed_2)
        framework.assign_from_checkpoint_fn(path, {"v": v})(session)
        found["again"] = np.concatenate([session.run(w).ravel(), session.run(v)])
        with tf.Graph().as_default(), tf.Session() as other:
            with tf.variable_scope("deep"):
                u = tf.get_variable("u", [2, 3])
            framework.init_from_checkpoint(path, {"w": "deep/u"})
            other.run(tf.global_variables_initializer())
            found["begun"] = other.run(u)
        shutil.rmtree(folder)
        return found

    return assigned


@piece("framework.create_global_step", "framework.assert_global_step", "framework.assert_or_get_global_step")
def global_step():
    step = framework.create_global_step()
    framework.assert_global_step(step)
    same = framework.assert_or_get_global_step(None) is step
    return told(lambda: {"same": same, "type": [step.dtype.base_dtype.name], "name": [step.op.name]})


# --- tensors ---


@piece(
    "framework.reduce_sum_n", "framework.remove_squeezable_dimensions", "framework.with_shape",
    "framework.with_same_shape", "framework.assert_scalar_int", "framework.assert_scalar",
    "framework.assert_same_float_dtype", "framework.is_tensor", "framework.convert_to_tensor_or_sparse_tensor",
    "framework.get_placeholders", "framework.get_graph_from_inputs", "framework.get_name_scope",
)  # fmt: skip
def tensors():
    x = given(2, 3)
    fed = tf.placeholder_with_default(ramp([2, 3], 4), [None, None])
    placeholder = tf.placeholder(tf.float32, [2], name="p")
    squeezed = framework.remove_squeezable_dimensions(given(4, 1), given(4))
    with tf.name_scope("outer"):
        scope = framework.get_name_scope()
    facts = [
        framework.is_tensor(x),
        framework.is_tensor(3),
        framework.get_placeholders(tf.get_default_graph()) == [placeholder],
        framework.get_graph_from_inputs([x]) is tf.get_default_graph(),
        scope == "outer",
        framework.assert_same_float_dtype([x]) == tf.float32,
    ]
    return [
        framework.reduce_sum_n([x, given(2)]),
        squeezed[0],
        squeezed[1],
        framework.with_shape([2, 3], fed),
        framework.with_same_shape(x, fed),
        framework.with_shape([2, 3], x),
        framework.assert_scalar_int(tf.constant(3)),
        framework.assert_scalar(tf.constant(3.5)),
        framework.convert_to_tensor_or_sparse_tensor(ramp([2])),
        tf.constant(facts),
    ]


@piece("framework.with_shape")
def wrong_shape():
    return framework.with_shape([3, 2], given(2, 3))


@piece("framework.with_shape")
def wrong_shape_as_it_runs():
    return framework.with_shape([3, 2], tf.placeholder_with_default(ramp([2, 3]), [None, None]))


@piece("framework.py_func", "framework.sort", "framework.argsort")
def functions():
    x = given(2, 5)
    named = framework.py_func(
        lambda a, b: {"sum": a + b, "twice": 2 * b}, [x], {"b": given(2, 5)}, {"sum": tf.float32, "twice": tf.float32},
        {"sum": [2, 5], "twice": [2, 5]},
    )  # fmt: skip
    return [
        tf.stop_gradient(named["sum"]),
        named["twice"],
        framework.sort(x),
        framework.argsort(x, direction="DESCENDING"),
    ]


@piece(
    "framework.smart_cond", "framework.smart_case", "framework.smart_constant_value", "framework.prepend_name_scope",
    "framework.strip_name_scope", "framework.zero_initializer", "framework.TensorSpec", "framework.BoundedTensorSpec",
)  # fmt: skip
def others():
    x = given(2)
    known = framework.smart_constant_value(tf.constant(True))
    empty = tf.Variable(tf.ones([2]), trainable=False, collections=["none"])
    zeros = framework.zero_initializer(getattr(empty, "_variable", empty))
    names = [framework.prepend_name_scope("a/b", "c"), framework.strip_name_scope("c/a/b", "c")]
    spec = framework.BoundedTensorSpec([2], tf.float32, 0.0, 1.0)
    facts = [bool(known), names == ["c/a/b", "a/b"], framework.TensorSpec([2], tf.float32).is_compatible_with(x)]
    facts.append(list(spec.shape.as_list()) == [2])
    return [
        framework.smart_cond(True, lambda: x, lambda: -x),
        framework.smart_case([(tf.constant(False), lambda: x)], lambda: 2 * x),
        framework.smart_cond(x[0] > 0, lambda: x, lambda: -x),
        tf.identity(zeros),
        tf.constant(facts),
    ]


@piece(
    "framework.convolutional_delta_orthogonal", "framework.convolutional_orthogonal_1d",
    "framework.convolutional_orthogonal_2d", "framework.convolutional_orthogonal_3d",
)  # fmt: skip
def orthogonal():
    """What they draw differs by the sign of a decomposition's rows: only that the rows are orthogonal."""
    shapes = {
        "delta_orthogonal": [3, 2, 4],
        "orthogonal_1d": [3, 2, 4],
        "orthogonal_2d": [2, 2, 2, 4],
        "orthogonal_3d": [2, 2, 2, 2, 4],
    }
    kernels = [
        getattr(framework, "convolutional_" + name)(seed=1)(shape, tf.float32) for name, shape in sorted(shapes.items())
    ]

    def squares(session):
        return {"norms": np.array([np.round((each**2).sum(), 4) for each in session.run(kernels)])}

    return squares


@piece("framework.deprecated", "framework.deprecated_args", "framework.deprecated_arg_values", "framework.RecordInput")
def deprecations():
    @framework.deprecated("2030-01-01", "Say it otherwise.")
    def old(x):
        return 2 * x

    @framework.deprecated_args("2030-01-01", "It does nothing.", "unused")
    def with_args(x, unused=None):
        return 3 * x

    @framework.deprecated_arg_values("2030-01-01", "Say True.", flag=False)
    def with_values(x, flag=True):
        return x if flag else -x

    assert framework.RecordInput
    return told(lambda: {"values": np.array([old(2), with_args(2, unused=1), with_values(2, flag=False)])})


# --- training ---


@piece(
    "training.create_train_op", "training.clip_gradient_norms", "training.clip_gradient_norms_fn",
    "training.multiply_gradients", "training.add_gradients_summaries",
)  # fmt: skip
def create_train_op():
    w = tf.get_variable("w", [3, 2])
    loss = tf.reduce_mean(tf.square(tf.matmul(given(4, 3), w) - 1.0))
    optimizer = tf.train.GradientDescentOptimizer(0.5)
    train = training.create_train_op(
        loss, optimizer, transform_grads_fn=training.clip_gradient_norms_fn(0.1), summarize_gradients=True
    )
    gradients = training.multiply_gradients(optimizer.compute_gradients(loss), {w: 3.0})
    clipped = training.clip_gradient_norms(gradients, 0.2)
    made = len(training.add_gradients_summaries(clipped))

    def trained(session):
        losses = [session.run(train) for _ in range(3)]
        return {"losses": losses, "w": session.run(w), "clipped": session.run(clipped[0][0]), "made": made}

    return trained


@piece("training.train", "training.checkpoints_iterator", "training.wait_for_new_checkpoint", "training.evaluate_once",
       "training.evaluate_repeatedly", "training.StopAfterNEvalsHook", "training.SummaryAtEndHook",
       "training.get_or_create_eval_step")  # fmt: skip
def train_and_evaluate():
    """Trains three steps into a folder, and evaluates what is there, once and as often as there is a new one."""

    def ran(session):
        folder = tempfile.mkdtemp()
        with tf.Graph().as_default():
            w = tf.get_variable("w", [2], initializer=tf.ones_initializer())
            train = training.create_train_op(tf.reduce_sum(tf.square(w)), tf.train.GradientDescentOptimizer(0.1))
            last = training.train(train, folder, hooks=[tf.train.StopAtStepHook(3)], save_summaries_steps=None)
        path = training.wait_for_new_checkpoint(folder, None, timeout=1)
        found = {"last": last, "path": [os.path.basename(path)]}
        found["paths"] = [os.path.basename(each) for each in training.checkpoints_iterator(folder, timeout=0)]
        for name, evaluate in (("once", training.evaluate_once), ("repeatedly", training.evaluate_repeatedly)):
            with tf.Graph().as_default():
                w = tf.get_variable("w", [2])
                tf.summary.scalar("w0", w[0])
                step = training.get_or_create_eval_step()
                hooks = [training.StopAfterNEvalsHook(2), training.SummaryAtEndHook(os.path.join(folder, name))]
                final = {"w": w, "step": step}
                operation = tf.assign_add(step, 0)
                how = {"max_number_of_evaluations": 1} if name == "repeatedly" else {}
                where = folder if name == "repeatedly" else path
                got = evaluate(where, eval_ops=operation, final_ops=final, hooks=hooks, **how)
                found[name] = got["w"]
                found[name + " steps"] = got["step"]
        shutil.rmtree(folder)
        return found

    return ran


@piece("training.parse_values", "training.HParams")
def hparams_whole():
    def said():
        parsed = training.parse_values("a=1,b=[2.5, 3],c[1]=x,d=true", {"a": int, "b": float, "c": str, "d": bool})
        params = training.HParams(a=1, b=[0.5, 1.5], c="x", d=True)
        params.parse("a=3,b=[2,4],d=0")
        params.override_from_dict({"c": "y"})
        params.add_hparam("e", [1])
        params.del_hparam("a")
        copy = training.HParams(b=[1.0], c="", d=False, e=[0])
        copy.parse_json(params.to_json())
        refused = []
        for text in ("f=1", "b=3", "c", "d=maybe", "c=1,c=2", "b[0]=[1]"):
            try:
                copy.parse(text)
                refused.append("taken")
            except (ValueError, KeyError) as error:
                refused.append(type(error).__name__)
        kept = [
            str(sorted(params.values().items())),
            params.to_json(sort_keys=True, indent=1),
            repr(copy),
            str("b" in copy),
        ]
        return {"parsed": [str(sorted(parsed.items()))], "kept": kept, "refused": refused}

    return told(said)


@piece("training.bucket_by_sequence_length", "training.bucket")
def buckets():
    """Ten sequences of lengths 1 to 10, one after the other, into batches of two by length; each padded to its longest."""

    def ran(session):
        with tf.Graph().as_default(), tf.Session() as inner:
            length = tf.train.range_input_producer(tf.constant(10), shuffle=False, num_epochs=1).dequeue() + 1
            lengths, batch = training.bucket_by_sequence_length(
                length, {"x": tf.range(length), "y": 2 * length}, 2, [4, 7], dynamic_pad=True, capacity=64,
                allow_smaller_final_batch=True,
            )  # fmt: skip
            inner.run(tf.local_variables_initializer())
            coordinator = tf.train.Coordinator()
            threads = tf.train.start_queue_runners(inner, coordinator)
            got = []
            try:
                while True:
                    got.append(inner.run([lengths, batch]))
            except tf.errors.OutOfRangeError:
                pass
            coordinator.request_stop()
            coordinator.join(threads)
        got = sorted(got, key=lambda each: each[0].tolist())
        assert training.bucket
        return {
            "lengths": np.concatenate([each for each, _ in got]),
            "x": np.concatenate([each["x"].ravel() for _, each in got]),
            "y": np.concatenate([each["y"] for _, each in got]),
        }

    return ran


# --- slim ---


@piece()
def slim_learning():
    """A network in slim's own way, trained by its loop."""

    def ran(session):
        folder = tempfile.mkdtemp()
        with tf.Graph().as_default():
            tf.set_random_seed(1)
            with slim.arg_scope([slim.fully_connected], weights_initializer=tf.constant_initializer(0.1)):
                y = slim.stack(tf.constant(ramp([4, 3])), slim.fully_connected, [3, 2], scope="fc")
            slim.losses.mean_squared_error(y, tf.constant(ramp([4, 2], 5)))
            total = slim.losses.get_total_loss()
            train = slim.learning.create_train_op(total, tf.train.GradientDescentOptimizer(0.5))
            last = slim.learning.train(train, folder, number_of_steps=4, log_every_n_steps=10)
            names = sorted(each.op.name for each in slim.get_model_variables())
        shutil.rmtree(folder)
        return {"last": last, "names": names}

    return ran


@piece()
def slim_dataset():
    """Examples from a file, decoded and provided in their order."""
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "examples")
    with tf.python_io.TFRecordWriter(path) as writer:
        for number in range(4):
            features = {"x": tf.train.Feature(float_list=tf.train.FloatList(value=[number, 2.0 * number]))}
            features["label"] = tf.train.Feature(int64_list=tf.train.Int64List(value=[number % 2]))
            writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
    keys = {"x": tf.FixedLenFeature([2], tf.float32), "label": tf.FixedLenFeature([], tf.int64)}
    handlers = {"x": slim.tfexample_decoder.Tensor("x"), "label": slim.tfexample_decoder.Tensor("label")}
    decoder = slim.tfexample_decoder.TFExampleDecoder(keys, handlers)
    dataset = slim.dataset.Dataset(path, tf.TFRecordReader, decoder, 4, {"x": "numbers", "label": "a class"})

    def ran(session):
        with tf.Graph().as_default(), tf.Session() as inner:
            provider = slim.dataset_data_provider.DatasetDataProvider(dataset, shuffle=False, num_epochs=1)
            x, label = provider.get(["x", "label"])
            inner.run(tf.local_variables_initializer())
            with slim.queues.QueueRunners(inner):
                got = [inner.run([x, label]) for _ in range(4)]
        shutil.rmtree(folder)
        return {"x": np.array([each for each, _ in got]), "label": np.array([each for _, each in got])}

    return ran


if __name__ == "__main__":
    main()
