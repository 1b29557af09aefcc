"""`tf.contrib.tfprof`: how large a model is and what it does, as tf.profiler says it.

Source: tensorflow/contrib/tfprof/{__init__,model_analyzer,tfprof_logger}.py, TensorFlow 1.0 to 1.15.
"""

import tensorflow.compat.v1 as tf

__all__ = []

BUILDER = tf.profiler.ProfileOptionBuilder


def print_model_analysis(graph, run_meta=None, op_log=None, tfprof_cmd="scope", tfprof_options=None):
    """Prints the analysis of a graph, and returns it: a proto. `tfprof_options`: one of the three below."""
    options = TRAINABLE_VARS_PARAMS_STAT_OPTIONS if tfprof_options is None else tfprof_options
    return tf.profiler.profile(graph, run_meta, op_log, tfprof_cmd, options)


def write_op_log(graph, log_dir, op_log=None, run_meta=None, add_trace=True):
    """Writes what tfprof reads of a graph into `log_dir`."""
    tf.profiler.write_op_log(graph, log_dir, op_log, run_meta, add_trace)


TRAINABLE_VARS_PARAMS_STAT_OPTIONS = BUILDER.trainable_variables_parameter()
FLOAT_OPS_OPTIONS = BUILDER.float_operation()

MODEL_ANALYZER = {
    "FLOAT_OPS_OPTIONS": FLOAT_OPS_OPTIONS,
    "PRINT_ALL_TIMING_MEMORY": BUILDER.time_and_memory(),
    "Profiler": tf.profiler.Profiler,
    "TRAINABLE_VARS_PARAMS_STAT_OPTIONS": TRAINABLE_VARS_PARAMS_STAT_OPTIONS,
    "print_model_analysis": print_model_analysis,
}
TFPROF_LOGGER = {"write_op_log": write_op_log}
