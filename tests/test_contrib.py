"""What legacy/contrib has of its own: its arithmetic, against NumPy or what TensorFlow still has."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from legacy.contrib import attention, layers, learn, legacy_seq2seq, losses, names_2016, rnn, seq2seq, training
from legacy.contrib.missing import Missing

RNG = np.random.default_rng(0)


def numbers(*shape):
    return RNG.normal(size=shape).astype("float32")


@pytest.fixture(autouse=True)
def graph():
    """A graph of its own for each test, with loops as they were in TensorFlow 1: as a script has."""
    tf.disable_control_flow_v2()
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        yield graph
    tf.enable_control_flow_v2()


def evaluate(fetches, feed=None, values=None):
    """Runs in a new session; `values` (variable name -> array) replaces what the variables begin with."""
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for variable in tf.global_variables() if values else []:
            if variable.op.name in values:
                variable.load(values[variable.op.name], session)
        return session.run(fetches, feed)


def names():
    return [variable.op.name for variable in tf.trainable_variables()]


def softmax_loss(logits, labels):
    logits = logits - logits.max(-1, keepdims=True)
    return -(logits - np.log(np.exp(logits).sum(-1, keepdims=True)))[np.arange(len(labels)), labels]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(x, kernel, bias, forget_bias=1.0):
    """Returns (every h, the last c) of x [time, batch, inputs]."""
    units = bias.size // 4
    c = h = np.zeros((x.shape[1], units))
    outputs = []
    for x_t in x:
        i, j, f, o = np.split(np.concatenate([x_t, h], 1) @ kernel + bias, 4, axis=1)
        c = c * sigmoid(f + forget_bias) + sigmoid(i) * np.tanh(j)
        h = np.tanh(c) * sigmoid(o)
        outputs.append(h)
    return np.array(outputs), c


# --- rnn ---


def test_a_cell_in_several_places_is_copied():
    cell = rnn.MultiRNNCell([rnn.DropoutWrapper(rnn.BasicLSTMCell(4), tf.placeholder_with_default(1.0, []))] * 3)
    rnn.static_rnn(cell, [tf.zeros([2, 5])] * 2, dtype=tf.float32)
    kernels = [name for name in names() if name.endswith("kernel")]
    assert kernels == [f"rnn/multi_rnn_cell/cell_{layer}/basic_lstm_cell/kernel" for layer in range(3)]


def test_one_model_s_variables_serve_another():
    """PTB's way: a loop with reuse_variables(), and a second model under reuse=True."""
    outputs = []
    for reuse in (None, True):
        with tf.variable_scope("model", reuse=reuse):
            cell = rnn.MultiRNNCell([rnn.BasicLSTMCell(4)] * 2)
            state = cell.zero_state(2, tf.float32)
            with tf.variable_scope("RNN"):
                for step in range(3):
                    if step:
                        tf.get_variable_scope().reuse_variables()
                    output, state = cell(tf.ones([2, 4]), state)
        outputs.append(output)
    assert len(names()) == 4
    first, second = evaluate(outputs)
    assert np.array_equal(first, second) and np.abs(first).max() > 0


@pytest.mark.parametrize("cell_class", [rnn.BasicLSTMCell, rnn.LSTMBlockCell])
def test_lstm_block_cell(cell_class):
    x, kernel, bias = numbers(3, 2, 5), numbers(9, 16), numbers(16)
    outputs, state = rnn.static_rnn(cell_class(4, forget_bias=0.5), list(tf.unstack(tf.constant(x))), dtype=tf.float32)
    values = dict(zip(names(), (kernel, bias)))
    got, c = evaluate([outputs, state.c], values=values)
    wanted, wanted_c = lstm(x, kernel, bias, 0.5)
    np.testing.assert_allclose(got, wanted, atol=1e-5)
    np.testing.assert_allclose(c, wanted_c, atol=1e-5)


def test_lstm_block_fused_cell():
    x, kernel, bias = numbers(6, 3, 5), numbers(9, 16), numbers(16)
    fused = rnn.LSTMBlockFusedCell(4)
    outputs, state = fused(tf.constant(x), dtype=tf.float32)
    assert names() == ["lstm_fused_cell/kernel", "lstm_fused_cell/bias"]
    gradient = tf.gradients(tf.reduce_sum(outputs), tf.trainable_variables())
    values = {"lstm_fused_cell/kernel": kernel, "lstm_fused_cell/bias": bias}
    got, (c, h), gradient = evaluate([outputs, state, gradient], values=values)
    wanted, wanted_c = lstm(x, kernel, bias)
    np.testing.assert_allclose(got, wanted, atol=1e-5)
    np.testing.assert_allclose(c, wanted_c, atol=1e-5)
    assert np.array_equal(h, got[-1]) and all(np.abs(each).max() > 0 for each in gradient)


def test_lstm_block_fused_cell_of_sequences_of_different_length():
    x, length = numbers(6, 3, 5), [6, 2, 0]
    outputs, state = rnn.LSTMBlockFusedCell(4)(tf.constant(x), dtype=tf.float32, sequence_length=length)
    cell = rnn.BasicLSTMCell(4)
    wanted = tf.nn.dynamic_rnn(cell, tf.constant(x), length, dtype=tf.float32, time_major=True)
    kernel, bias = numbers(9, 16), numbers(16)
    values = {name: kernel if name.endswith("kernel") else bias for name in names()}
    (got, got_state), (wanted, wanted_state) = evaluate([(outputs, state), wanted], values=values)
    np.testing.assert_allclose(got, wanted, atol=1e-5)
    np.testing.assert_allclose(np.array(got_state), np.array(wanted_state), atol=1e-5)


def test_lstm_block_cells_of_other_kinds_are_missing():
    with pytest.raises(Missing, match="tf.nn.rnn_cell.LSTMCell comes nearest"):
        rnn.LSTMBlockCell(4, use_peephole=True)


@pytest.mark.parametrize("name", ["BasicRNNCell", "BasicLSTMCell", "LSTMCell", "GRUCell"])
def test_cells_take_the_input_size_of_2016(name):
    cell = getattr(rnn, name)(4, input_size=7)
    rnn.static_rnn(cell, [tf.zeros([2, 5])], dtype=tf.float32)
    assert len(names()) == (4 if name == "GRUCell" else 2)
    assert isinstance(cell, getattr(tf.nn.rnn_cell, name))


def test_projection_wrappers():
    x = numbers(2, 5)
    for wrapper, size in ((rnn.OutputProjectionWrapper, 3), (rnn.InputProjectionWrapper, 7)):
        with tf.variable_scope(wrapper.__name__):
            cell = wrapper(rnn.BasicRNNCell(4), size)
            output, _ = cell(tf.constant(x), cell.zero_state(2, tf.float32))
            assert output.shape.as_list() == [2, cell.output_size]
            found = {name.split("/")[-2:][0] + name[-5:]: name for name in names() if wrapper.__name__ in name}
        values = {variable.op.name: numbers(*variable.shape.as_list()) for variable in tf.trainable_variables()}
        got = evaluate(output, values=values)
        own = {name: values[name] for name in found.values()}
        inner = {name: value for name, value in own.items() if "basic_rnn_cell" in name}
        kernel, bias = (next(v for n, v in inner.items() if n.endswith(kind)) for kind in ("kernel", "bias"))
        outer = {name: value for name, value in own.items() if name not in inner}
        w, b = (next(v for n, v in outer.items() if n.endswith(kind)) for kind in ("kernel", "bias"))
        if wrapper is rnn.OutputProjectionWrapper:
            wanted = np.tanh(np.concatenate([x, np.zeros((2, 4))], 1) @ kernel + bias) @ w + b
        else:
            wanted = np.tanh(np.concatenate([x @ w + b, np.zeros((2, 4))], 1) @ kernel + bias)
        np.testing.assert_allclose(got, wanted, atol=1e-5)


def test_embedding_wrapper():
    cell = rnn.EmbeddingWrapper(rnn.BasicRNNCell(4), embedding_classes=9, embedding_size=5)
    outputs, _ = rnn.static_rnn(cell, [tf.constant([3, 8]), tf.constant([0, 3])], dtype=tf.float32)
    values = {variable.op.name: numbers(*variable.shape.as_list()) for variable in tf.trainable_variables()}
    [embedding] = [value for name, value in values.items() if name.endswith("embedding")]
    [kernel] = [value for name, value in values.items() if name.endswith("kernel")]
    [bias] = [value for name, value in values.items() if name.endswith("bias")]
    h = np.zeros((2, 4))
    for ids in ([3, 8], [0, 3]):
        h = np.tanh(np.concatenate([embedding[ids], h], 1) @ kernel + bias)
    np.testing.assert_allclose(evaluate(outputs, values=values)[-1], h, atol=1e-5)
    assert embedding.shape == (9, 5)


def test_linear():
    a, b, kernel, bias = numbers(2, 3), numbers(2, 4), numbers(7, 5), numbers(5)
    with tf.variable_scope("with_bias"):
        y = rnn.linear([tf.constant(a), tf.constant(b)], 5, True)
    with tf.variable_scope("without"):
        z = rnn._linear(tf.constant(a), 5, False)
    values = {"with_bias/kernel": kernel, "with_bias/bias": bias, "without/kernel": kernel[:3]}
    y, z = evaluate([y, z], values=values)
    np.testing.assert_allclose(y, np.concatenate([a, b], 1) @ kernel + bias, atol=1e-5)
    np.testing.assert_allclose(z, a @ kernel[:3], atol=1e-5)


def test_stacks_of_both_directions():
    """The static one and the dynamic one agree, and are two bidirectional layers one upon the other."""
    x = numbers(3, 6, 5)  # [batch, time, inputs]

    def cells():
        return [rnn.GRUCell(4), rnn.GRUCell(4)]

    with tf.variable_scope("static"):
        steps = tf.unstack(tf.constant(x), axis=1)
        static, static_fw, static_bw = rnn.stack_bidirectional_rnn(cells(), cells(), steps, dtype=tf.float32)
    with tf.variable_scope("dynamic"):
        dynamic, fw, bw = rnn.stack_bidirectional_dynamic_rnn(cells(), cells(), tf.constant(x), dtype=tf.float32)
    with tf.variable_scope("by_hand"):
        below = tf.constant(x)
        for layer in range(2):
            with tf.variable_scope(f"stack_bidirectional_rnn/cell_{layer}"):
                both, _ = tf.nn.bidirectional_dynamic_rnn(*cells(), below, dtype=tf.float32)
            below = tf.concat(both, 2)
    drawn = {}
    values = {}
    for variable in tf.trainable_variables():
        part = variable.op.name.split("/", 1)[1]
        values[variable.op.name] = drawn.setdefault(part, numbers(*variable.shape.as_list()))
    assert len(drawn) == 16  # four cells of four variables, under the same names in all three
    static, dynamic, by_hand, static_bw, bw = evaluate([static, dynamic, below, static_bw, bw], values=values)
    np.testing.assert_allclose(np.array(static).transpose(1, 0, 2), by_hand, atol=1e-5)
    np.testing.assert_allclose(dynamic, by_hand, atol=1e-5)
    np.testing.assert_allclose(static_bw, bw, atol=1e-5)


def test_old_names_of_rnn():
    steps = [tf.constant(numbers(2, 3)) for _ in range(4)]
    outputs, state = rnn.rnn(rnn.BasicRNNCell(5), steps, dtype=tf.float32)
    assert names()[0].startswith("RNN/")
    both, _, _ = rnn.bidirectional_rnn(rnn.BasicRNNCell(5), rnn.BasicRNNCell(5), steps, dtype=tf.float32)
    outputs, state, both = evaluate([outputs, state, both])
    assert np.array_equal(outputs[-1], state) and both[0].shape == (2, 10)
    x = tf.constant(numbers(2, 3, 4, 5))
    assert rnn.transpose_batch_time(x).shape.as_list() == [3, 2, 4, 5]


# --- legacy_seq2seq and seq2seq ---


def test_rnn_decoder():
    steps = [tf.constant(numbers(2, 3)) for _ in range(4)]
    cell = rnn.GRUCell(3)
    outputs, state = legacy_seq2seq.rnn_decoder(steps, tf.zeros([2, 3]), cell)
    # With a loop function, the first input alone is read, and then what the function makes of each output.
    looped, _ = legacy_seq2seq.rnn_decoder(
        [steps[0]] + [None] * 3, tf.zeros([2, 3]), cell, lambda output, step: output * step, scope="rnn_decoder"
    )
    by_hand, output, h = [], None, tf.zeros([2, 3])
    with tf.variable_scope("rnn_decoder", reuse=True):
        for step in range(4):
            output, h = cell(steps[0] if output is None else output * step, h)
            by_hand.append(output)
    outputs, state, looped, by_hand = evaluate([outputs, state, looped, by_hand])
    assert np.array_equal(outputs[-1], state)
    np.testing.assert_allclose(looped, by_hand, atol=1e-6)
    assert len(names()) == 4


@pytest.mark.parametrize(("function", "cells"), [("basic_rnn_seq2seq", 2), ("tied_rnn_seq2seq", 1)])
def test_encoders_and_decoders(function, cells):
    steps = [tf.constant(numbers(2, 3)) for _ in range(4)]
    outputs, state = getattr(legacy_seq2seq, function)(steps, steps[:2], rnn.BasicRNNCell(5))
    assert len(names()) == 2 * cells
    kernels = [numbers(8, 5) for _ in range(cells)]
    values = dict(zip([name for name in names() if name.endswith("kernel")], kernels))
    outputs, x = evaluate([outputs, steps], values=values)
    h = np.zeros((2, 5))
    for x_t in x:
        h = np.tanh(np.concatenate([x_t, h], 1) @ kernels[0])
    for x_t, output in zip(x[:2], outputs, strict=True):
        h = np.tanh(np.concatenate([x_t, h], 1) @ kernels[-1])
        np.testing.assert_allclose(output, h, atol=1e-5)


def test_embedding_rnn_seq2seq():
    ids = [tf.constant([1, 2]), tf.constant([3, 0])]
    feeding = {}
    for feed_previous in (False, True):
        with tf.variable_scope("model", reuse=feed_previous or None):
            feeding[feed_previous], _ = legacy_seq2seq.embedding_rnn_seq2seq(
                ids, [*ids, tf.constant([2, 2])], rnn.GRUCell(6), 4, 5, 7, feed_previous=feed_previous
            )
    shapes = {variable.op.name.split("/")[-1]: variable.shape.as_list() for variable in tf.trainable_variables()}
    assert sum(name.endswith("embedding") for name in names()) == 2 and shapes["embedding"][1] == 7
    fed, told = evaluate([feeding[False], feeding[True]])
    assert fed[0].shape == (2, 5)
    assert np.array_equal(fed[0], told[0])  # the first input is the same
    assert not np.allclose(fed[1], told[1])  # then each reads its own word


def test_one_cell_in_two_models():
    """A model to train and one to tell words are given the same cell, which has variables by then."""
    cell = rnn.MultiRNNCell([rnn.DropoutWrapper(rnn.BasicLSTMCell(6), output_keep_prob=tf.placeholder(tf.float32))] * 2)
    ids = [tf.constant([1, 2]), tf.constant([3, 0])]
    for feed_previous in (False, True):
        with tf.variable_scope("model", reuse=feed_previous or None):
            legacy_seq2seq.embedding_rnn_seq2seq(ids, ids, cell, 4, 5, 7, feed_previous=feed_previous)
    assert sum(name.endswith("lstm_cell/kernel") for name in names()) == 4  # two layers each


@pytest.mark.parametrize("function", ["rnn", "tied_rnn", "attention"])
def test_feed_previous_by_a_tensor(function):
    ids = [tf.constant([1, 2]), tf.constant([3, 0])]
    seq2seq_of = getattr(legacy_seq2seq, f"embedding_{function}_seq2seq")
    sizes = (9, 7) if function == "tied_rnn" else (9, 9, 7)
    feeds = tf.placeholder(tf.bool, [])
    results = []
    for reuse, feed_previous in ((None, feeds), (True, True), (True, False)):
        with tf.variable_scope("model", reuse=reuse):
            results.append(seq2seq_of(ids, [*ids, ids[0]], rnn.GRUCell(6), *sizes, feed_previous=feed_previous))
    (outputs, state), (told, told_state), (given, _) = results
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for value, wanted in ((True, told), (False, given)):
            got, wanted = session.run([outputs, wanted], {feeds: value})
            np.testing.assert_allclose(got, wanted, atol=1e-6)
        got, wanted = session.run([state, told_state], {feeds: True})
    np.testing.assert_allclose(got, wanted, atol=1e-6)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert not np.allclose(*session.run([told, given]))


def test_buckets():
    """The buckets' models have one set of variables; each has as many steps as its bucket, and a loss of its own."""
    encoder, decoder, weights = [[tf.constant(numbers(2, 3)) for _ in range(count)] for count in (4, 5, 5)]
    targets, weights = [tf.constant([0, 2])] * 5, [tf.ones([2])] * 5
    cell = rnn.GRUCell(3)
    outputs, losses = legacy_seq2seq.model_with_buckets(
        encoder, decoder, targets, weights, [(2, 3), (4, 5)],
        lambda x, y: legacy_seq2seq.basic_rnn_seq2seq(x, y, cell),
    )  # fmt: skip
    assert [len(each) for each in outputs] == [3, 5] and len(names()) == 8
    wanted = [legacy_seq2seq.sequence_loss(each, targets[: len(each)], weights[: len(each)]) for each in outputs]
    np.testing.assert_allclose(*evaluate([losses, wanted]))
    assert evaluate(legacy_seq2seq.model_with_buckets(
        encoder, decoder, targets, weights, [(1, 1)], lambda x, y: (outputs[0][:1], None), per_example_loss=True
    )[1])[0].shape == (2,)  # fmt: skip
    with pytest.raises(ValueError, match="4 encoder inputs are fewer than the last bucket's 6"):
        legacy_seq2seq.model_with_buckets(encoder, decoder, targets, weights, [(6, 5)], None)


# --- attention ---


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


@pytest.mark.parametrize(("heads", "at_first"), [(1, False), (2, True)])
def test_attention_decoder(heads, at_first):
    memory, steps, first = numbers(2, 4, 3), numbers(3, 2, 5), numbers(2, 6)
    outputs, state = legacy_seq2seq.attention_decoder(
        list(tf.unstack(tf.constant(steps))), tf.constant(first), tf.constant(memory), rnn.BasicRNNCell(6),
        output_size=7, num_heads=heads, initial_state_attention=at_first,
    )  # fmt: skip
    values = {variable.op.name: numbers(*variable.shape.as_list()) for variable in tf.trainable_variables()}
    w = {name.removeprefix("attention_decoder/"): value for name, value in values.items()}
    outputs, state = evaluate([outputs, state], values=values)

    def attend(h):
        means = []
        for head in range(heads):
            query = h @ w[f"Attention_{head}/kernel"] + w[f"Attention_{head}/bias"]
            scores = np.tanh(memory @ w[f"AttnW_{head}"][0, 0] + query[:, None]) @ w[f"AttnV_{head}"]
            means.append((softmax(scores)[:, :, None] * memory).sum(1))
        return means

    h = first
    means = attend(h) if at_first else [np.zeros((2, 3))] * heads
    for x, output in zip(steps, outputs, strict=True):
        x = np.concatenate([x, *means], 1) @ w["kernel"] + w["bias"]
        h = np.tanh(np.concatenate([x, h], 1) @ w["basic_rnn_cell/kernel"] + w["basic_rnn_cell/bias"])
        means = attend(h)
        wanted = np.concatenate([h, *means], 1) @ w["AttnOutputProjection/kernel"] + w["AttnOutputProjection/bias"]
        np.testing.assert_allclose(output, wanted, atol=1e-4)
    np.testing.assert_allclose(state, h, atol=1e-5)


@pytest.mark.parametrize("kind", ["luong", "scaled luong", "bahdanau", "normed bahdanau"])
def test_attention_mechanisms(kind):
    memory, query, lengths = numbers(2, 4, 3), numbers(2, 5), np.array([4, 2])
    if "luong" in kind:
        mechanism = seq2seq.LuongAttention(5, tf.constant(memory), lengths, scale="scaled" in kind)
    else:
        mechanism = seq2seq.BahdanauAttention(6, tf.constant(memory), lengths, normalize="normed" in kind)
    weights = mechanism(tf.constant(query))
    values = {variable.op.name: numbers(*variable.shape.as_list()) for variable in tf.trainable_variables()}
    w = {name.split("attention/")[-1]: value for name, value in values.items()}
    got, masked = evaluate([weights, mechanism.values], values=values)
    mask = np.arange(4) < lengths[:, None]
    np.testing.assert_allclose(masked, memory * mask[:, :, None])
    keys = masked @ w["memory_layer/kernel"]
    if "luong" in kind:
        scores = np.einsum("bu,btu->bt", query, keys) * w.get("attention_g", 1)
    else:
        v = w["attention_v"]
        if "normed" in kind:
            v = w["attention_g"] * v / np.linalg.norm(v)
        scores = np.tanh(keys + (query @ w["query_layer/kernel"])[:, None] + w.get("attention_b", 0)) @ v
    np.testing.assert_allclose(got, softmax(np.where(mask, scores, -np.inf)), atol=1e-5)


@pytest.mark.parametrize("layer", [True, False])
def test_attention_wrapper(layer):
    """One step: what the cell reads, what it gives out, and what the state holds."""
    memory, x, before, h = numbers(2, 4, 3), numbers(2, 5), numbers(2, 7 if layer else 3), numbers(2, 6)
    mechanism = seq2seq.LuongAttention(6, tf.constant(memory))
    cell = seq2seq.AttentionWrapper(
        rnn.BasicRNNCell(6), mechanism, attention_layer_size=7 if layer else None, output_attention=layer
    )
    state = cell.zero_state(2, tf.float32).clone(cell_state=tf.constant(h), attention=tf.constant(before))
    output, state = cell(tf.constant(x), state)
    assert cell.output_size == (7 if layer else 6) and cell.state_size.attention == before.shape[1]
    values = {variable.op.name: numbers(*variable.shape.as_list()) for variable in tf.trainable_variables()}
    w = {name.removeprefix("attention_wrapper/"): value for name, value in values.items()}
    output, (cell_state, attention, step, weights) = evaluate([output, tuple(state)[:4]], values=values)
    h = np.tanh(np.concatenate([x, before, h], 1) @ w["basic_rnn_cell/kernel"] + w["basic_rnn_cell/bias"])
    wanted = softmax(np.einsum("bu,btu->bt", h, memory @ w["memory_layer/kernel"]))
    context = np.einsum("bt,btm->bm", wanted, memory)
    if layer:
        context = np.concatenate([h, context], 1) @ w["attention_layer/kernel"]
    np.testing.assert_allclose(weights, wanted, atol=1e-5)
    np.testing.assert_allclose(attention, context, atol=1e-5)
    np.testing.assert_allclose(cell_state, h, atol=1e-5)
    np.testing.assert_allclose(output, context if layer else h, atol=1e-5)
    assert step == 1


def test_two_attentions_beside_each_other():
    memories = tf.constant(numbers(2, 4, 3)), tf.constant(numbers(2, 2, 4))
    mechanisms = [seq2seq.LuongAttention(6, memories[0]), seq2seq.BahdanauAttention(5, memories[1])]
    cell = seq2seq.AttentionWrapper(rnn.GRUCell(6), mechanisms, alignment_history=True)
    outputs, state = rnn.static_rnn(cell, [tf.zeros([2, 3])] * 3, initial_state=cell.zero_state(2, tf.float32))
    histories = [array.stack() for array in state.alignment_history]
    output, *histories = evaluate([outputs[0], *histories])
    assert output.shape == (2, 7) and cell.output_size == 7
    assert [history.shape for history in histories] == [(3, 2, 4), (3, 2, 2)]
    with pytest.raises(ValueError, match="1 attention_layer_size for 2 mechanisms"):
        seq2seq.AttentionWrapper(rnn.GRUCell(6), mechanisms, attention_layer_size=[5])


def test_decoding_with_attention():
    """A decoder in a loop does what the cell does step by step, with the weights of every step kept."""
    memory, x, first = tf.constant(numbers(2, 4, 3)), numbers(2, 3, 5), tf.constant(numbers(2, 6))
    cell = seq2seq.AttentionWrapper(
        rnn.GRUCell(6), seq2seq.BahdanauAttention(6, memory), attention_layer_size=6, alignment_history=True
    )
    state = cell.zero_state(2, tf.float32).clone(cell_state=first)
    helper = seq2seq.TrainingHelper(tf.constant(x), [3, 2])
    with tf.variable_scope("model"):
        outputs, last, lengths = seq2seq.dynamic_decode(seq2seq.BasicDecoder(cell, helper, state), impute_finished=True)
    by_hand = []
    with tf.variable_scope("model/decoder", reuse=True):
        for step in range(3):
            output, state = cell(tf.constant(x[:, step]), state)
            by_hand.append(output)
    got, history, wanted, lengths, weights = evaluate(
        [outputs.rnn_output, last.alignment_history.stack(), by_hand, lengths, state.alignments]
    )
    assert list(lengths) == [3, 2] and history.shape == (3, 2, 4)
    np.testing.assert_allclose(got[0], np.array(wanted)[:, 0], atol=1e-6)
    np.testing.assert_allclose(got[1, :2], np.array(wanted)[:2, 1], atol=1e-6)
    assert not got[1, 2].any()
    np.testing.assert_allclose(history[2, 0], weights[0], atol=1e-6)


def test_hardmax():
    assert evaluate(attention.hardmax(tf.constant([[0.1, 3, 2], [5, 0, 0]]))).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_sequence_losses():
    logits, labels, weights = numbers(3, 2, 5), RNG.integers(0, 5, (3, 2)), RNG.random((3, 2)).astype("float32")
    by_step = np.array([softmax_loss(*pair) for pair in zip(logits, labels)]) * weights  # [time, batch]
    lists = [list(map(tf.constant, array)) for array in (logits, labels, weights)]
    got = evaluate(
        [
            legacy_seq2seq.sequence_loss_by_example(*lists),
            legacy_seq2seq.sequence_loss_by_example(*lists, average_across_timesteps=False),
            legacy_seq2seq.sequence_loss(*lists),
            legacy_seq2seq.sequence_loss(*lists, average_across_batch=False),
        ]
    )
    by_example = by_step.sum(0) / weights.sum(0)
    for value, wanted in zip(got, (by_example, by_step.sum(0), by_example.mean(), by_example.sum())):
        np.testing.assert_allclose(value, wanted, rtol=1e-5)
    # A loss of the script's own, by position or by name; until 1.0 the logits came first.
    for own in (
        lambda labels, logits: logits[:, 0],
        lambda targets, predicted: predicted[:, 0],
        lambda inputs, labels: inputs[:, 0],
    ):
        got = evaluate(legacy_seq2seq.sequence_loss_by_example(*lists, softmax_loss_function=own))
        np.testing.assert_allclose(got, (logits[:, :, 0] * weights).sum(0) / weights.sum(0), rtol=1e-4)
    with pytest.raises(ValueError, match="not as many"):
        legacy_seq2seq.sequence_loss_by_example(lists[0], lists[1][:2], lists[2])

    # contrib.seq2seq's, of [batch, time].
    arrays = [tf.constant(array.swapaxes(0, 1)) for array in (logits, labels, weights)]
    got = evaluate([seq2seq.sequence_loss(*arrays, time, batch) for time in (True, False) for batch in (True, False)])
    wanted = by_step.sum() / weights.sum(), by_example, by_step.sum(1) / weights.sum(1), by_step.T
    for value, each in zip(got, wanted, strict=True):
        np.testing.assert_allclose(value, each, rtol=1e-5)


@pytest.mark.parametrize("impute_finished", [False, True])
def test_decoding_given_words(impute_finished):
    """A decoder that reads given inputs is dynamic_rnn and a layer."""
    x, lengths = numbers(3, 5, 4), [5, 2, 3]
    cell, layer = rnn.BasicLSTMCell(6), tf.layers.Dense(7)
    start = cell.zero_state(3, tf.float32)
    helper = seq2seq.TrainingHelper(tf.constant(x), lengths)
    decoder = seq2seq.BasicDecoder(cell, helper, start, layer)
    outputs, state, told_lengths = seq2seq.dynamic_decode(decoder, impute_finished=impute_finished)
    assert sorted(names()) == [
        f"decoder/{name}" for name in ("basic_lstm_cell/bias", "basic_lstm_cell/kernel", "dense/bias", "dense/kernel")
    ]
    with tf.variable_scope("decoder", reuse=True):
        wanted = [start]
        hs = []
        for step in range(5):
            h, after = cell(tf.constant(x[:, step]), wanted[-1])
            wanted.append(after)
            hs.append(layer(h))
    gradient = tf.gradients(tf.reduce_sum(outputs.rnn_output), tf.trainable_variables())
    fetched = evaluate([outputs, state, told_lengths, hs, wanted, gradient])
    outputs, state, told_lengths, hs, wanted, gradient = fetched
    assert told_lengths.tolist() == lengths
    mask = (np.arange(5) < np.array(lengths)[:, None])[..., None]
    logits = np.array(hs).swapaxes(0, 1)
    got = outputs.rnn_output * (1 if impute_finished else mask)
    np.testing.assert_allclose(got, logits * mask, atol=1e-5)
    np.testing.assert_array_equal((outputs.sample_id * mask[..., 0])[0], logits.argmax(-1)[0])
    if impute_finished:
        np.testing.assert_allclose(state.c, [wanted[length].c[row] for row, length in enumerate(lengths)], atol=1e-5)
    assert all(np.abs(each).max() > 0 for each in gradient)


@pytest.mark.parametrize("helper_class", [seq2seq.GreedyEmbeddingHelper, seq2seq.SampleEmbeddingHelper])
def test_decoding_its_own_words(helper_class):
    embedding, kernel, bias = numbers(4, 3), numbers(8, 5), numbers(5)
    w = numbers(5, 4) * 3
    start = numbers(2, 5)
    if helper_class is seq2seq.SampleEmbeddingHelper:  # so cold that it tells the likeliest
        helper = helper_class(tf.constant(embedding), [1, 2], 0, softmax_temperature=1e-6)
    else:
        helper = helper_class(lambda ids: tf.gather(tf.constant(embedding), ids), [1, 2], 0)
    decoder = seq2seq.BasicDecoder(rnn.BasicRNNCell(5), helper, tf.constant(start), tf.layers.Dense(4, use_bias=False))
    outputs, state, lengths = seq2seq.dynamic_decode(decoder, maximum_iterations=6, output_time_major=True)
    values = {f"decoder/basic_rnn_cell/{name}": value for name, value in (("kernel", kernel), ("bias", bias))}
    outputs, lengths = evaluate([outputs, lengths], values={**values, "decoder/dense/kernel": w})
    h, ids, told = start, np.array([1, 2]), []
    for _ in range(len(outputs.sample_id)):
        h = np.tanh(np.concatenate([embedding[ids], h], 1) @ kernel + bias)
        ids = (h @ w).argmax(1)
        told.append(ids)
    assert outputs.sample_id.tolist() == np.array(told).tolist()
    ends = [row.index(0) + 1 if 0 in row else 6 for row in np.array(told).T.tolist()]
    assert lengths.tolist() == ends and len(told) == max(ends)


def test_a_helper_of_the_script_s_own():
    """One that feeds back the outputs, as a prediction of numbers does."""
    first = tf.constant(numbers(2, 3))
    helper = seq2seq.CustomHelper(
        lambda: (tf.fill([2], False), first),
        lambda time, outputs, state: tf.zeros([2], tf.int32),
        lambda time, outputs, state, sample_ids: (tf.fill([2], time >= 2), outputs, state),
    )
    cell = rnn.GRUCell(3)
    decoder = seq2seq.BasicDecoder(cell, helper, tf.zeros([2, 3]))
    outputs, state, lengths = seq2seq.dynamic_decode(decoder)
    x, h, by_hand = first, tf.zeros([2, 3]), []
    with tf.variable_scope("decoder", reuse=True):
        for _ in range(3):
            x, h = cell(x, h)
            by_hand.append(x)
    got, lengths, wanted, size = evaluate([outputs.rnn_output, lengths, tf.stack(by_hand, 1), decoder.batch_size])
    np.testing.assert_allclose(got, wanted, atol=1e-6)
    assert list(lengths) == [3, 3] and size == 2


# --- beam search ---


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_beam_search(penalty):
    """A beam as wide as there are sequences finds the likeliest of all, in their order."""
    words, end, steps, width = 4, 1, 3, 40
    embedding, cell = tf.constant(5 * numbers(words, 3)), rnn.BasicRNNCell(5)
    layer = tf.layers.Dense(words, name="words")
    first = tf.constant(numbers(2, 5))
    decoder = seq2seq.BeamSearchDecoder(
        cell, embedding, tf.constant([0, 2]), end, seq2seq.tile_batch(first, width), width, layer, penalty
    )
    outputs, state, lengths = seq2seq.dynamic_decode(decoder, maximum_iterations=steps)
    values = {name: 2 * numbers(*variable.shape.as_list()) for name, variable in zip(names(), tf.trainable_variables())}
    ids, scores, table, h = evaluate(
        [outputs.predicted_ids, outputs.beam_search_decoder_output.scores, embedding, first], values=values
    )
    kernel, bias, kernel_out, bias_out = values.values()
    for example, start in enumerate([0, 2]):
        sequences = [((), 0.0, h[example], start)]
        for _ in range(steps):
            grown = []
            for told, score, state, last in sequences:
                if told and told[-1] == end:
                    grown.append((told, score, state, last))
                    continue
                after = np.tanh(np.concatenate([table[last], state]) @ kernel + bias)
                log_probs = np.log(softmax(after @ kernel_out + bias_out))
                grown += [((*told, word), score + log_probs[word], after, word) for word in range(words)]
            sequences = grown
        scored = []
        for told, score, *_ in sequences:
            # An end that has just been told does not count.
            length = len(told) - (len(told) == steps and told[-1] == end)
            scored.append((score / ((5 + length) / 6) ** penalty, told))
        sequences = sorted(scored, reverse=True)[:5]
        np.testing.assert_allclose(scores[example, -1, :5], [score for score, _ in sequences], atol=1e-4)
        for beam, (_, told) in enumerate(sequences):
            assert tuple(ids[example, :, beam]) == told + (end,) * (steps - len(told))


def test_a_narrow_beam_keeps_its_states_apart():
    """Each beam's scores are those of its own sequence, though the beams change places."""
    words, embedding, cell = 6, tf.constant(5 * numbers(6, 3)), rnn.MultiRNNCell([rnn.BasicLSTMCell(4)] * 2)
    layer = tf.layers.Dense(words, name="words")
    state = seq2seq.tile_batch(cell.zero_state(2, tf.float32), 3)
    decoder = seq2seq.BeamSearchDecoder(cell, embedding, [0, 0], 1, state, 3, layer)
    outputs, last, lengths = seq2seq.dynamic_decode(decoder, maximum_iterations=5, output_time_major=True)
    values = {name: 2 * numbers(*variable.shape.as_list()) for name, variable in zip(names(), tf.trainable_variables())}
    told = tf.placeholder(tf.int32, [None, 5])
    state, total = cell.zero_state(3, tf.float32), tf.zeros([3])
    finished, word = tf.fill([3], False), tf.zeros([3], tf.int32)
    with tf.variable_scope("decoder", reuse=True):
        for step in range(5):
            output, state = cell(tf.nn.embedding_lookup(embedding, word), state)
            word = told[:, step]
            log_probs = tf.nn.log_softmax(layer(output))
            total += tf.where(finished, tf.zeros([3]), tf.gather(log_probs, word, batch_dims=1))
            finished |= tf.equal(word, 1)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for variable in tf.trainable_variables():
            variable.load(values[variable.op.name], session)
        ids, log_probs = session.run([outputs.predicted_ids, last.log_probs])
        for example in range(2):
            np.testing.assert_allclose(session.run(total, {told: ids[:, example].T}), log_probs[example], atol=1e-4)
    assert len({tuple(ids[:, 0, beam]) for beam in range(3)}) == 3


def test_gather_tree():
    ids = tf.constant([[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]], [[-1, -1, -1]]])
    parents = tf.constant([[[0, 0, 0]], [[0, 1, 1]], [[2, 1, 2]], [[-1, -1, -1]]])
    got = evaluate(seq2seq.gather_tree(ids, parents, tf.constant([3]), 10))
    assert got[:, 0].tolist() == [[2, 2, 2], [6, 5, 6], [7, 8, 9], [10, 10, 10]]
    got = evaluate(seq2seq.gather_tree(ids, parents, tf.constant([3]), 5))  # past a sequence's own end
    assert got[:, 0].tolist() == [[2, 2, 2], [6, 5, 6], [7, 5, 9], [5, 5, 5]]


def test_tile_batch():
    c, h = evaluate(seq2seq.tile_batch(rnn.LSTMStateTuple(tf.constant([[1.0], [2.0]]), tf.constant([[3.0], [4.0]])), 2))
    assert c.ravel().tolist() == [1, 1, 2, 2] and h.ravel().tolist() == [3, 3, 4, 4]


# --- layers ---


def test_fully_connected():
    x, weights, biases = numbers(2, 3, 4), numbers(4, 5), numbers(5)
    y = layers.fully_connected(tf.constant(x), 5, weights_regularizer=layers.l2_regularizer(0.1), scope="fc")
    again = layers.linear(tf.constant(x), 5, reuse=True, scope="fc")
    loss = tf.losses.get_regularization_loss()
    y, again, loss = evaluate([y, again, loss], values={"fc/weights": weights, "fc/biases": biases})
    np.testing.assert_allclose(again, x @ weights + biases, atol=1e-5)
    np.testing.assert_allclose(y, np.maximum(x @ weights + biases, 0), atol=1e-5)
    np.testing.assert_allclose(loss, 0.1 * (weights**2).sum() / 2, rtol=1e-5)


def test_initializers():
    for initializer, variance in (
        (layers.xavier_initializer(), 2 / 700),
        (layers.xavier_initializer(uniform=False), 2 / 700),
        (layers.variance_scaling_initializer(), 2 / 300),
        (layers.variance_scaling_initializer(mode="FAN_OUT", factor=1.0, uniform=True), 1 / 400),
    ):
        drawn = evaluate(initializer([300, 400]))
        assert abs(drawn.var() / variance - 1) < 0.02  # 120,000 numbers: their variance is known to half a percent
    limit = np.sqrt(6 / 700)
    assert np.abs(evaluate(layers.xavier_initializer()([300, 400]))).max() <= limit


def test_small_layers():
    x = numbers(2, 3, 4)
    flat, one_hot, kept, dropped, l1 = evaluate(
        [
            layers.flatten(tf.constant(x)),
            layers.one_hot_encoding(tf.constant([1, 0]), 3),
            layers.dropout(tf.constant(x), is_training=False),
            layers.dropout(tf.ones([1000]), keep_prob=0.25),
            layers.l1_regularizer(0.5)(tf.constant(x)),
        ]
    )
    assert np.array_equal(flat, x.reshape(2, 12)) and np.array_equal(one_hot, [[0, 1, 0], [1, 0, 0]])
    assert np.array_equal(kept, x)
    assert set(dropped) == {0.0, 4.0} and 150 < (dropped == 4).sum() < 350
    np.testing.assert_allclose(l1, 0.5 * np.abs(x).sum(), rtol=1e-5)


def test_embed_sequence():
    embeddings, ids = numbers(9, 4), RNG.integers(0, 9, (2, 3))
    got = evaluate(layers.embed_sequence(tf.constant(ids), 9, 4), values={"EmbedSequence/embeddings": embeddings})
    assert np.array_equal(got, embeddings[ids])


@pytest.mark.parametrize(
    "optimizer", ["SGD", tf.train.GradientDescentOptimizer, tf.train.GradientDescentOptimizer(0.5)]
)
def test_optimize_loss(optimizer):
    w = tf.get_variable("w", initializer=np.array([3.0, 4.0], "float32"))
    step = tf.train.get_or_create_global_step()
    loss = layers.optimize_loss(tf.reduce_sum(w * w) / 2, step, 0.5, optimizer, clip_gradients=1.0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(loss)
        after, count = session.run([w, step])
    np.testing.assert_allclose(after, [3 - 0.5 * 0.6, 4 - 0.5 * 0.8], rtol=1e-6)  # the gradient's norm was 5
    assert count == 1


# --- names and orders of 2016 ---


def test_either_order():
    a, b = numbers(2, 3), numbers(2, 3)
    both = np.concatenate([a, b], 1)
    for joined in (
        names_2016.concat(1, [a, b]), names_2016.concat([a, b], 1), names_2016.concat(concat_dim=1, values=[a, b]),
        names_2016.concat(values=[a, b], axis=1), names_2016.concat(tf.constant(1), [a, b]),
    ):  # fmt: skip
        assert np.array_equal(evaluate(joined), both)
    for parts in (
        names_2016.split(1, 2, tf.constant(both)), names_2016.split(tf.constant(both), 2, 1),
        names_2016.split(split_dim=1, num_split=2, value=both), names_2016.split(1, num_split=2, value=both),
        names_2016.split(both, num_or_size_splits=[3, 3], axis=1),
    ):  # fmt: skip
        assert np.array_equal(evaluate(parts), [a, b])
    for turned in (
        names_2016.reverse(a, [False, True]),
        names_2016.reverse(a, [1]),
        names_2016.reverse(a, dims=[False, True]),
    ):
        assert np.array_equal(evaluate(turned), a[:, ::-1])


def test_losses_by_position():
    logits, labels = numbers(4, 5), RNG.integers(0, 5, 4)
    onehot = np.eye(5, dtype="float32")[labels]
    dense = names_2016.NN_NAMES["softmax_cross_entropy_with_logits"]
    sparse = names_2016.NN_NAMES["sparse_softmax_cross_entropy_with_logits"]
    binary = names_2016.NN_NAMES["sigmoid_cross_entropy_with_logits"]
    wanted = softmax_loss(logits, labels)
    for loss in (
        dense(logits, onehot),
        dense(labels=onehot, logits=logits),
        sparse(logits, labels),
        sparse(logits=logits, labels=labels),
    ):
        np.testing.assert_allclose(evaluate(loss), wanted, rtol=1e-5)
    wanted = np.maximum(logits, 0) - logits * onehot + np.log1p(np.exp(-np.abs(logits)))
    for loss in (binary(logits, onehot), binary(logits, targets=onehot)):
        np.testing.assert_allclose(evaluate(loss), wanted, rtol=1e-4)


def test_sampled_losses_in_either_order():
    weights, biases, inputs, labels = numbers(20, 4), numbers(20), numbers(3, 4), RNG.integers(0, 20, (3, 1))
    loss = names_2016.NN_NAMES["sampled_softmax_loss"]
    losses = []
    for pair in ((inputs, labels), (labels, inputs)):
        sampled = [np.arange(5), np.ones((3, 1), "float32"), np.ones(5, "float32")]
        losses.append(evaluate(loss(weights, biases, *pair, 5, 20, sampled_values=sampled)))
    np.testing.assert_allclose(*losses)


def test_renamed_functions():
    a, b = numbers(2, 3, 4), numbers(2, 3, 4)
    names_of_tf = names_2016.TF_NAMES
    got = evaluate(
        [
            names_of_tf["pack"]([a, b]), names_of_tf["mul"](a, b), names_of_tf["sub"](a, b), names_of_tf["neg"](a),
            names_of_tf["batch_matmul"](a, b, adj_y=True), names_of_tf["select"](a > b, a, b), names_of_tf["inv"](a),
        ]
    )  # fmt: skip
    wanted = np.stack([a, b]), a * b, a - b, -a, a @ b.swapaxes(1, 2), np.maximum(a, b), 1 / a
    for value, each in zip(got, wanted, strict=True):
        np.testing.assert_allclose(value, each, rtol=1e-4, atol=1e-6)
    assert len(names_of_tf["unpack"](tf.constant(a), axis=1)) == 3


def test_summaries():
    names_2016.TF_NAMES["scalar_summary"]("cost", tf.constant(2.0))
    names_2016.TF_NAMES["histogram_summary"]("weights", tf.constant([1.0, 2.0]))
    names_2016.TF_NAMES["image_summary"]("picture", tf.zeros([1, 2, 2, 1]), max_images=1)
    summary = tf.Summary.FromString(evaluate(names_2016.TF_NAMES["merge_all_summaries"]()))
    assert [value.tag for value in summary.value] == ["cost", "weights", "picture/image"]
    assert summary.value[0].simple_value == 2.0


# --- learn, losses ---


X = numbers(60, 3)
Y = X @ [[1.0], [2.0], [-1.0]] + 0.5


def regression(features, labels, params):
    predictions, loss = learn.linear_regression(features, labels, 0.0, 0.1)
    train_op = layers.optimize_loss(loss, tf.train.get_global_step(), params["rate"], "SGD")
    return predictions, loss, train_op


def test_estimator(tmp_path):
    """It learns, goes on from its checkpoint in another object, and tells one prediction after the other."""
    model_dir = tmp_path / "new" / "model"
    estimator = learn.SKCompat(learn.Estimator(regression, model_dir, params={"rate": 0.1}))
    assert estimator.fit(X, Y, batch_size=20, steps=30).score(X, Y)["global_step"] == 30
    first = estimator.score(X, Y)["loss"]
    again = learn.Estimator(regression, model_dir, params={"rate": 0.1})
    again.fit(X, Y, max_steps=200)
    score = again.evaluate(X, Y, batch_size=7)
    assert score["global_step"] == 200 and score["loss"] < min(first, 1e-3)
    predictions = learn.SKCompat(again).predict(X, batch_size=25)
    np.testing.assert_allclose(predictions, Y[:, 0], atol=0.1)  # [examples, 1] is [examples]
    np.testing.assert_allclose(list(again.predict(X, batch_size=60)), predictions, atol=1e-6)
    assert score["loss"] == pytest.approx(np.mean((predictions - Y[:, 0]) ** 2), rel=1e-4)
    with pytest.raises(Missing, match="monitors"):
        again.fit(X, Y, monitors=["any"])


def test_estimator_of_a_dictionary():
    def model(features, labels, mode):
        total = tf.Variable(1.0) * tf.reduce_sum(features, 1)
        train_op = tf.train.get_global_step().assign_add(1)
        predictions = {"total": total, "mode": tf.fill(tf.shape(total), mode)}
        return learn.ModelFnOps(mode, predictions, loss=tf.reduce_mean(total), train_op=train_op)

    estimator = learn.Estimator(model)
    estimator.fit(X[:, 0], np.arange(60), steps=2, batch_size=7)
    assert [each["total"] for each in estimator.predict(X)] == pytest.approx(X.sum(1), abs=1e-5)
    assert set(learn.SKCompat(estimator).predict(X)["mode"]) == {b"infer"}


def test_batches_take_every_example():
    batches = learn.batches_of(7, 3)
    for _ in range(2):
        assert sorted(np.concatenate([next(batches) for _ in range(3)])) == list(range(7))


def test_contrib_losses_take_the_predictions_first():
    logits, labels = tf.constant(numbers(4, 3)), tf.constant([0, 2, 1, 1])
    one_hot = tf.one_hot(labels, 3)
    got, wanted = evaluate(
        [
            [
                losses.softmax_cross_entropy(logits, one_hot),
                losses.sparse_softmax_cross_entropy(logits, labels, 2.0),
                losses.log_loss(tf.sigmoid(logits), labels=one_hot),
            ],
            [
                tf.losses.softmax_cross_entropy(one_hot, logits),
                tf.losses.sparse_softmax_cross_entropy(labels, logits, 2.0),
                tf.losses.log_loss(one_hot, tf.sigmoid(logits)),
            ],
        ]
    )
    assert got == wanted


def test_hparams():
    hparams = training.HParams(learning_rate=0.1, layers=2, bidirectional=False)
    hparams.parse("layers=3,bidirectional=true").add_hparam("name", "gru")
    assert hparams.values() == {"learning_rate": 0.1, "layers": 3, "bidirectional": True, "name": "gru"}
    assert hparams.layers == 3 and "name" in hparams and hparams.get("nothing", 5) == 5
    hparams.set_hparam("layers", 4)
    assert hparams.layers == 4
    with pytest.raises(ValueError, match="Unknown hyperparameter: 'depth=3'"):
        hparams.parse("depth=3")
    with pytest.raises(ValueError, match="reserved"):
        hparams.add_hparam("layers", 1)
    with pytest.raises(KeyError):
        hparams.set_hparam("depth", 1)
