"""`tf.contrib.training`: HParams, a bag of named numbers.

Source: tensorflow/contrib/training/python/training/hparam.py, TensorFlow 1.15.
"""

__all__ = ["HParams"]


class HParams:
    """Hyperparameters as attributes: HParams(learning_rate=0.1).learning_rate."""

    def __init__(self, **values):
        vars(self).update(values)

    def add_hparam(self, name, value):
        """Raises ValueError if there is one of that name."""
        if name in vars(self):
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        setattr(self, name, value)

    def set_hparam(self, name, value):
        """Raises KeyError if there is none of that name."""
        if name not in vars(self):
            raise KeyError(name)
        setattr(self, name, value)

    def get(self, key, default=None):
        return vars(self).get(key, default)

    def values(self):
        """Returns name -> value."""
        return dict(vars(self))

    def __contains__(self, key):
        return key in vars(self)

    def parse(self, text):
        """Sets what `name=value,name=value` says, each as its present value's type. Raises ValueError if it cannot."""
        for pair in filter(None, text.split(",")):
            name, equals, value = pair.partition("=")
            name = name.strip()
            if not equals or name not in vars(self):
                raise ValueError(f"Unknown hyperparameter: {pair!r}")
            kind = type(getattr(self, name))
            setattr(self, name, value.strip().lower() in ("1", "true") if kind is bool else kind(value))
        return self
