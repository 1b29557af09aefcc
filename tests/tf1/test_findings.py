"""The whole of what is found: each variable once."""

import numpy as np
import pytest

from modern.console import InputError
from modern.tf1.convert import convert
from modern.tf1.findings import inspect
from tests.tf1.checkpoints import accounted, ptb, write


def test_averages_and_slots(tmp_path):
    arrays = ptb()
    averages = {f"{name}/ExponentialMovingAverage": array + 1 for name, array in arrays.items()}
    slots = {f"{name}/{slot}": array for name, array in arrays.items() for slot in ("Adam", "Adam_1", "OwnSlot")}
    slots |= {f"train/{name}/RMSProp": array for name, array in arrays.items()}
    counters = {"global_step": np.int64(7), "train/beta1_power": np.float32(0.9)}
    prefix = write(tmp_path, arrays | averages | slots | counters)
    findings = inspect(prefix)
    accounted(findings, findings.reader.shapes)
    assert len(findings.slots) == 4 * len(arrays) and sorted(findings.counters) == sorted(counters)
    assert not findings.left
    _, model, _ = convert(prefix, tmp_path / "model.keras")
    assert np.array_equal(model.get_layer("embedding").get_weights()[0], arrays["Model/embedding"])
    _, model, _ = convert(prefix, tmp_path / "model.keras", averages=True)
    assert np.array_equal(model.get_layer("embedding").get_weights()[0], arrays["Model/embedding"] + 1)
    with pytest.raises(InputError, match="averages alone: averages=True takes them"):
        inspect(write(tmp_path, averages, "averages"))
    with pytest.raises(InputError, match="holds no ExponentialMovingAverage"):
        inspect(write(tmp_path, arrays, "plain"), averages=True)
