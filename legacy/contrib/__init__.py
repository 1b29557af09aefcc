"""What `tensorflow.contrib` gave the RNN scripts of 2016 to 2018, on today's TensorFlow.

Where `tf.compat.v1` or `tf_keras` still has a thing, it is that thing. The rest is written here, small.
`legacy/run.py` shows this package to a script as `tensorflow.contrib`.
"""

from legacy.contrib import framework, layers, learn, legacy_seq2seq, losses, rnn, seq2seq, training

__all__ = ["framework", "layers", "learn", "legacy_seq2seq", "losses", "rnn", "seq2seq", "training"]
