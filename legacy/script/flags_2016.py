"""`tf.app.flags` as it was before absl's flags: the script's own come first.

Source: tensorflow/python/platform/flags.py, TensorFlow 0.12 to 1.4.
"""

import sys

import tensorflow.compat.v1 as tf


class Flags:
    """tf.app.flags.FLAGS, with what it had before it was absl's: `_parse_flags()` and `__flags`; flags on the command line
    that no one defines are passed over, and a value may be put there that is no flag."""

    def __getattr__(self, name):
        if name == "__flags":
            self._parse_flags()
            return {flag: getattr(tf.flags.FLAGS, flag) for flag in DEFINED}
        if not tf.flags.FLAGS.is_parsed():
            self._parse_flags()
        return getattr(tf.flags.FLAGS, name)

    def __setattr__(self, name, value):
        if name in tf.flags.FLAGS:
            setattr(tf.flags.FLAGS, name, value)
        else:
            self.__dict__[name] = value

    def __iter__(self):
        return iter(tf.flags.FLAGS)

    def _parse_flags(self):
        tf.flags.FLAGS(sys.argv, known_only=True)


DEFINED = []  # the script's own flags; absl has some, too


def defining(define):
    """A flag that the script defines takes the place of one of that name which a library defined before it."""

    def define_flag(name, *args, **kwargs):
        if name in tf.flags.FLAGS:
            delattr(tf.flags.FLAGS, name)
        DEFINED.append(name)
        return define(name, *args, **kwargs)

    return define_flag


NAMES = {name: defining(getattr(tf.flags, name)) for name in dir(tf.flags) if name.startswith("DEFINE_")}
NAMES["FLAGS"] = Flags()
