"""The optimizers of TensorFlow 1, where Keras' own compute something else."""

from modern import console

with console.quiet():
    import keras
    import numpy as np
    import tensorflow as tf
    from keras import ops


class TF1RMSprop(keras.optimizers.Optimizer):
    """RMSProp as TensorFlow 1 computed it, for gradient g and learning rate lr:

        mean_square <- 0.9 mean_square + 0.1 g^2        (starts at 1)
        variable    <- variable - lr g / sqrt(mean_square + 1e-10)

    keras.optimizers.RMSprop starts mean_square at 0 and has an epsilon of 1e-7. Its first step for
    a small gradient is therefore far longer: about 3.2 lr whatever g is, where this one moves about lr g.
    Source: tf.compat.v1.train.RMSPropOptimizer with its defaults (momentum 0).
    """

    def __init__(self, learning_rate, rho=0.9, epsilon=1e-10, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def build(self, variables):
        if not self.built:
            super().build(variables)
            self.mean_squares = self.add_optimizer_variables(variables, "mean_square", initializer="ones")

    def update_step(self, gradient, variable, learning_rate):
        mean_square = self.mean_squares[self._get_variable_index(variable)]
        self.assign_add(mean_square, (ops.square(gradient) - mean_square) * (1 - self.rho))
        self.assign_sub(variable, learning_rate * gradient * ops.rsqrt(mean_square + self.epsilon))


class TF1Adam(keras.optimizers.Adam):
    """Adam as TensorFlow 1 computed it: with epsilon 1e-8, both betas in float32, and an embedding's gradient summed word
    by word.

    1 - 0.999 is 0.001 in Keras, which subtracts before it rounds, and 0.00099999 in TensorFlow 1, which had beta_2 as
    float32: Keras' second moment is larger, and its steps are 6e-6 of their length shorter.

    An embedding's gradient has a row for every word of the batch. Where a word comes twice, with rows a and b,
    TensorFlow 1 takes (a + b)^2 into the second moment; keras.optimizers.Adam takes a^2 + b^2, unless it clips.
    Source: tf.compat.v1.train.AdamOptimizer, and `_deduplicate_indexed_slices` of tf.compat.v1.train.Optimizer.
    """

    def __init__(self, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8, **kwargs):
        beta_1, beta_2 = (float(np.float32(beta)) for beta in (beta_1, beta_2))
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **kwargs)

    def apply(self, grads, trainable_variables=None):
        return super().apply([tf.convert_to_tensor(gradient) for gradient in grads], trainable_variables)
