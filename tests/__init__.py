"""Tests that legacy and modern agree, and by how much."""

import os

# Read at the first touch of tf.compat.v1.nn.rnn_cell, whichever program a test imports first.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "PYTEST_XDIST_WORKER" in os.environ:  # as many test processes as cores, so each, and what it starts, takes one
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
