"""What `tensorflow.contrib` gave the RNN scripts of 2016 to 2018, on today's TensorFlow.

Where `tf.compat.v1` or `tf_keras` still has a thing, it is that thing. The rest is written here, small.
A module says by `__all__` what a script sees of it; `legacy/script/tensorflow_2016.py` says under which names.
"""

from legacy.contrib import slim_today as slim_today
