"""`tf.estimator`, as the package tensorflow-estimator has it; TensorFlow gave it up with 2.16.

Source: tensorflow_estimator/python/estimator, TensorFlow 1.15.
"""

import importlib
import importlib.util
import sys
import types

from tensorflow.python import distribute

from legacy.contrib.missing import NotInstalled

PACKAGE = "tensorflow_estimator"


def load():
    """Returns the package's `estimator`. Raises NotInstalled.

    Three of its modules need what is gone from today's TensorFlow: what trained on several machines, which does nothing
    on one, the mark of a public name, which does nothing at all, and what trained on TPUs.
    """
    if importlib.util.find_spec(PACKAGE) is None:
        raise NotInstalled("tf.estimator", "tensorflow-estimator")
    on_several = types.ModuleType("tensorflow.python.distribute.estimator_training")
    for name in ("should_run_distribute_coordinator", "init_run_config", "estimator_train", "estimator_evaluate"):
        setattr(on_several, name, lambda *args, **kwargs: False)
    distribute.estimator_training = sys.modules.setdefault(on_several.__name__, on_several)
    on_tpu = types.ModuleType(f"{PACKAGE}._api.v1.estimator.tpu")
    sys.modules.setdefault(on_tpu.__name__, on_tpu)
    public = types.ModuleType(f"{PACKAGE}.python.estimator.estimator_export")
    public.estimator_export = lambda *names, **kwargs: lambda function: function
    sys.modules.setdefault(public.__name__, public)
    return importlib.import_module(f"{PACKAGE}._api.v1.estimator")


class Estimators(types.ModuleType):
    """A module of the package, which is loaded when a script asks for a name: most never do."""

    def __init__(self, name, path=""):
        super().__init__(name)
        self._path = path

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        module = load()
        for part in filter(None, self._path.split(".")):
            module = getattr(module, part)
        value = getattr(module, name)
        if isinstance(value, types.ModuleType):
            raise AttributeError(name)  # it stands in the table, or not
        return value

    def __dir__(self):
        try:
            module = load()
        except NotInstalled:
            return []
        for part in filter(None, self._path.split(".")):
            module = getattr(module, part)
        return [name for name in dir(module) if not name.startswith("_")]
