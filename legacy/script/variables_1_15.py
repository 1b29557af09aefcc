"""Variables' regularizers and an optimizer's slots that make today another graph than in TensorFlow 1.15, as they made it
then; see graph_1_15.py, whose table has them."""

import tensorflow.compat.v1 as tf
from tensorflow.python.ops import variable_scope
from tensorflow.python.training import ftrl

ftrl_prepare_today = ftrl.FtrlOptimizer._prepare
get_single_variable_today = variable_scope._VariableStore._get_single_variable


def get_single_variable(self, name, *args, regularizer=None, **kwargs):
    """A variable of tf.get_variable, whose regularizer made its loss once; today's makes one to see whether there is
    any, and one each time that the losses are asked for.

    Source: tensorflow/python/ops/variable_scope.py of 1.15.
    """
    is_new = name not in self._vars
    variable = get_single_variable_today(self, name, *args, regularizer=None, **kwargs)
    if regularizer and is_new:
        with tf.colocate_with(variable), tf.name_scope(name + "/Regularizer/"), tf.init_scope():
            loss = regularizer(variable)
        if loss is not None:
            tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, loss)
    return variable


def ftrl_slots(self, var_list):
    """The slots of FtrlOptimizer, of which one began with a constant.

    Source: tensorflow/python/training/ftrl.py of 1.15.
    """
    for variable in var_list:
        with tf.colocate_with(variable):
            value = tf.constant(self._initial_accumulator_value, variable.dtype.base_dtype, variable.shape)
            self._get_or_make_slot(variable, value, "accum", self._accum_name or self._name)
            self._zeros_slot(variable, "linear", self._linear_name or self._name)


def ftrl_prepare(self):
    """FtrlOptimizer's numbers as tensors; it had no beta."""
    if self._beta:
        return ftrl_prepare_today(self)
    self._learning_rate_tensor = tf.convert_to_tensor(self._learning_rate, name="learning_rate")
    for name in (
        "l1_regularization_strength", "l2_regularization_strength", "l2_shrinkage_regularization_strength",
        "learning_rate_power",
    ):  # fmt: skip
        setattr(self, f"_{name}_tensor", tf.convert_to_tensor(getattr(self, f"_{name}"), name=name))
    self._adjusted_l2_regularization_strength_tensor = self._l2_regularization_strength_tensor
    return None
