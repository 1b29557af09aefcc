"""HParams of legacy/contrib/training.py."""

import pytest

from legacy.contrib import training


def test_hparams():
    hparams = training.HParams(learning_rate=0.1, layers=2, bidirectional=False)
    hparams.parse("layers=3,bidirectional=true").add_hparam("name", "gru")
    assert hparams.values() == {"learning_rate": 0.1, "layers": 3, "bidirectional": True, "name": "gru"}
    assert hparams.layers == 3 and "name" in hparams and hparams.get("nothing", 5) == 5
    hparams.set_hparam("layers", 4)
    assert hparams.layers == 4
    with pytest.raises(ValueError, match="Unknown hyperparameter type for depth"):
        hparams.parse("depth=3")
    with pytest.raises(ValueError, match="reserved"):
        hparams.add_hparam("layers", 1)
    with pytest.raises(KeyError):
        hparams.set_hparam("depth", 1)
