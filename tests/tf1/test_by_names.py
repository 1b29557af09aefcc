"""What stands around a stack, by names and sizes."""

import numpy as np
import pytest

from modern.tf1.convert import convert
from modern.tf1.findings import inspect
from tests.tf1.checkpoints import accounted, agree, assumes, converted, lstm_arrays, numbers, save, sequences, write
from tests.tf1.programs import IDS, VECTORS, digits, one_hot_characters, tagger


@pytest.mark.parametrize(
    ("arrays", "embedding", "dense"),
    [
        ({"Variable": (20, 4), "fc/weights": (6, 2), "fc/biases": (2,)}, "Variable", ["fc/weights"]),
        ({"text/W_text": (20, 4), "output/W": (6, 2), "output/b": (2,)}, "text/W_text", ["output/W"]),
        ({"softmax/Variable": (6, 9), "softmax/Variable_1": (9,)}, None, ["softmax/Variable"]),
        (
            {
                "embedding": (20, 4),
                "score/fc1/kernel": (6, 6),
                "score/fc1/bias": (6,),
                "score/fc2/kernel": (6, 2),
                "score/fc2/bias": (2,),
            },
            "embedding",
            ["score/fc1/kernel", "score/fc2/kernel"],
        ),
        (
            {"W_out": (6, 2), "b_out": (2,), "embedding_matrix": (20, 4), "transitions": (2, 2)},
            "embedding_matrix",
            ["W_out"],
        ),
        ({"w1": (6, 5), "b1": (5,), "w2": (6, 5), "b2": (5,)}, None, []),  # which comes first cannot be told
        ({"word_embeddings": (20, 4), "char_embeddings": (9, 4)}, None, []),
    ],
)
def test_what_stands_around(tmp_path, arrays, embedding, dense):
    arrays = {name: numbers(*shape) for name, shape in arrays.items()}
    findings = inspect(write(tmp_path, lstm_arrays("rnn/basic_lstm_cell") | arrays))
    (stack,) = findings.stacks
    assert stack.embedding == embedding
    assert [one.kernel for one in stack.dense] == dense
    accounted(findings, findings.reader.shapes)


def test_one_hot_and_last_step_without_a_graph(parity, tmp_path):
    saved = save(tmp_path, one_hot_characters, meta=False)
    findings, model = converted(saved, tmp_path, one_hot=True)
    agree(parity, "one-hot by flag", saved, model, IDS)
    assert assumes(inspect(saved.prefix), "if its input was one-hot", one_hot=True)
    saved = save(tmp_path, digits(hidden=True), meta=False, name="digits")
    findings, model = converted(saved, tmp_path, gives="last-step", input_dense=["Variable:relu"])
    agree(parity, "layers by flag", saved, model, VECTORS)


def test_directions_that_are_added(parity, tmp_path):
    """The graph shows it; without it, the size of the output layer lets one ask."""
    for at, (meta, flags) in enumerate(((True, {}), (False, {"merge": "sum"}))):
        saved = save(tmp_path, tagger("sum"), meta=meta, name=f"model-{at}")
        if not meta:
            assert assumes(inspect(saved.prefix), "two directions that are added", merge="sum")
        findings, model = converted(saved, tmp_path, **flags)
        how = "by flag" if flags else "by the graph"
        agree(parity, f"directions added {how}", saved, model, sequences(2, 8, ids=12))


def test_layers_before_and_after_by_their_sizes(tmp_path):
    around = {"dense": (4, 7), "dense_1": (7, 5), "dense_2": (6, 7), "dense_3": (7, 3)}
    arrays = {f"{name}/kernel": numbers(*shape) for name, shape in around.items()}
    arrays |= {f"{name}/bias": numbers(shape[1]) for name, shape in around.items()}
    (stack,) = inspect(write(tmp_path, lstm_arrays("rnn/lstm_cell", inputs=5) | arrays)).stacks
    assert [one.kernel for one in stack.input_dense] == ["dense/kernel", "dense_1/kernel"]
    assert [one.kernel for one in stack.dense] == ["dense_2/kernel", "dense_3/kernel"]
    arrays = {"embedding": numbers(12, 4), "wide/kernel": numbers(4, 7)}
    (stack,) = inspect(write(tmp_path, lstm_arrays("rnn/lstm_cell", inputs=7) | arrays, "other")).stacks
    assert (stack.embedding, [one.kernel for one in stack.input_dense]) == ("embedding", ["wide/kernel"])


def test_an_output_layer_turned_around_by_its_size(tmp_path):
    arrays = lstm_arrays("rnn/lstm_cell", inputs=6) | {"embedding": numbers(12, 6), "proj_b": numbers(12)}
    findings = inspect(write(tmp_path, arrays | {"proj_w": numbers(12, 6)}))
    assert [(one.kernel, one.bias, one.transposed) for one in findings.stacks[0].dense] == [("proj_w", "proj_b", True)]
    assert assumes(findings, "proj_w is taken for rnn's output layer, turned around", dense=["none"])
    prefix = write(tmp_path, arrays, "tied")
    assert assumes(inspect(prefix), "would be the bias", embedding="embedding", dense=["embedding"])
    said = {"embedding": "embedding", "dense": ["embedding"]}
    _, model, _ = convert(prefix, tmp_path / "model.keras", **said)
    assert np.array_equal(model.get_layer("output").kernel.numpy(), arrays["embedding"].T)
