"""`tf.contrib.training`: HParams, named numbers that text can change; losses that are trained on, evaluated, watched.

Source: tensorflow/contrib/training/__init__.py and python/training/hparam.py, TensorFlow 1.15.
"""

import json
import numbers
import re

from tensorflow.python.training.evaluation import (
    _get_or_create_eval_step as get_or_create_eval_step,
)
from tensorflow.python.training.evaluation import (
    _StopAfterNEvalsHook as StopAfterNEvalsHook,
)
from tf_slim.training.evaluation import (
    SummaryAtEndHook,
    checkpoints_iterator,
    evaluate_once,
    evaluate_repeatedly,
    wait_for_new_checkpoint,
)
from tf_slim.training.training import (
    add_gradients_summaries,
    clip_gradient_norms,
    clip_gradient_norms_fn,
    create_train_op,
    multiply_gradients,
    train,
)

__all__ = [
    "HParams",
    "StopAfterNEvalsHook",
    "SummaryAtEndHook",
    "add_gradients_summaries",
    "checkpoints_iterator",
    "clip_gradient_norms",
    "clip_gradient_norms_fn",
    "create_train_op",
    "evaluate_once",
    "evaluate_repeatedly",
    "get_or_create_eval_step",
    "multiply_gradients",
    "parse_values",
    "train",
    "wait_for_new_checkpoint",
]

# name=value, name[1]=value or name=[value, value], and what stands between two of them
ASSIGNMENT = re.compile(
    r"""
    (?P<name>[a-zA-Z][\w\.]*)
    (\[\s*(?P<index>\d+)\s*\])?
    \s*=\s*
    ((?P<value>[^,\[]*) | \[(?P<values>[^\]]*)\])
    ($|,\s*)
    """,
    re.VERBOSE,
)


def parse_values(values, type_map, ignore_unknown=False):
    """Returns name -> value, name -> [values] or name -> {index: value} of a text of assignments.

    type_map: name -> the type of its value, or of each. Raises ValueError if the text is malformed, a name is not
    there (unless they are ignored) or twice, or a value is not of its type.
    """
    found, at = {}, 0
    while at < len(values):
        match = ASSIGNMENT.match(values, at)
        if not match:
            raise ValueError(f"Malformed hyperparameter value: {values[at:]}")
        at, name, index = match.end(), match["name"], match["index"]
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"Unknown hyperparameter type for {name}")

        def parsed(text):
            try:
                return as_bool(text) if type_map[name] is bool else type_map[name](text)
            except ValueError:
                raise ValueError(
                    f"Could not parse hparam '{name}' of type '{type_map[name].__name__}' "
                    f"with value '{text}' in {values}"
                ) from None

        if match["values"] is not None:
            if index is not None:
                raise ValueError("Assignment of a list to a list index.")
            value = [parsed(each) for each in re.split("[ ,]", match["values"]) if each]
        else:
            value = parsed(match["value"])
        if index is None and name not in found:
            found[name] = value
        elif index is not None and isinstance(found.setdefault(name, {}), dict) and int(index) not in found[name]:
            found[name][int(index)] = value
        else:
            again = name if index is None or not isinstance(found[name], dict) else f"{name}[{int(index)}]"
            raise ValueError(f"Multiple assignments to variable '{again}' in {values}")
    return found


def as_bool(text):
    """Returns what a text means as a bool: true, false, or a number. Raises ValueError."""
    return text in ("true", "True") or (text not in ("false", "False") and bool(int(text)))


def cast(name, kind, value):
    """Returns a value as a parameter's type. Raises ValueError if that changes what it says."""
    if type(value) is kind or kind is type(None):
        return value
    text = (str, bytes)
    if (
        (issubclass(kind, text) and not isinstance(value, text))
        or issubclass(kind, bool) != isinstance(value, bool)
        or (issubclass(kind, numbers.Integral) and not isinstance(value, numbers.Integral))
        or (issubclass(kind, numbers.Number) and not isinstance(value, numbers.Number))
    ):
        raise ValueError(f"Could not cast hparam '{name}' of type '{kind}' from value {value!r}")
    return kind(value)


class HParams:
    """Hyperparameters as attributes: HParams(learning_rate=0.1).learning_rate. Each keeps its first value's type.

    A list is one of many values of one type.
    """

    def __init__(self, hparam_def=None, model_structure=None, **kwargs):
        self._hparam_types = {}  # name -> (type, whether it is a list of such)
        self._model_structure = model_structure
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name, value):
        """Raises ValueError if there is something of that name, or the value is an empty list."""
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        many = isinstance(value, (list, tuple))
        if many and not value:
            raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
        self._hparam_types[name] = (type(value[0]) if many else type(value), many)
        setattr(self, name, value)

    def set_hparam(self, name, value):
        """Raises KeyError if there is none of that name, ValueError if its value is of another type."""
        kind, many = self._hparam_types[name]
        if isinstance(value, list) and not many:
            raise ValueError(f"Must not pass a list for single-valued parameter: {name}")
        if many and not isinstance(value, list):
            raise ValueError(f"Must pass a list for multi-valued parameter: {name}.")
        setattr(self, name, [cast(name, kind, each) for each in value] if many else cast(name, kind, value))

    def del_hparam(self, name):
        if hasattr(self, name):
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values):
        """Sets what a text of assignments says: `parse_values`. Returns itself."""
        return self.override_from_dict(
            parse_values(values, {name: kind for name, (kind, _) in self._hparam_types.items()})
        )

    def override_from_dict(self, values_dict):
        """Sets name -> value. Returns itself."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def set_from_map(self, values_map):
        return self.override_from_dict(values_map)

    def parse_json(self, values_json):
        return self.override_from_dict(json.loads(values_json))

    def to_json(self, indent=None, separators=None, sort_keys=False):
        return json.dumps(self.values(), indent=indent, separators=separators, sort_keys=sort_keys)

    def set_model_structure(self, model_structure):
        self._model_structure = model_structure

    def get_model_structure(self):
        return self._model_structure

    def values(self):
        """Returns name -> value."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key, default=None):
        """Returns a value, or the default if there is none. Raises ValueError if the default is of another type."""
        if key not in self._hparam_types:
            return default
        kind, many = self._hparam_types[key]
        if default is not None:
            if many != isinstance(default, list):
                raise ValueError(f"Hparam '{key}' of type '{kind}' is incompatible with default={default}")
            for value in default if many else [default]:
                cast(key, kind, value)
        return getattr(self, key)

    def __contains__(self, key):
        return key in self._hparam_types

    def __str__(self):
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self):
        return f"{type(self).__name__}({sorted(self.values().items())})"
