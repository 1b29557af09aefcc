"""`tf.contrib.legacy_seq2seq`: losses of lists of steps, and a model for each bucket of lengths.

Source: tensorflow/contrib/legacy_seq2seq/python/ops/seq2seq.py, TensorFlow 1.15.
"""

import inspect
import re

import tensorflow.compat.v1 as tf

__all__ = ["model_with_buckets", "sequence_loss", "sequence_loss_by_example"]


def model_with_buckets(
    encoder_inputs,
    decoder_inputs,
    targets,
    weights,
    buckets,
    seq2seq,
    softmax_loss_function=None,
    per_example_loss=False,
    name=None,
):
    """Returns (outputs, losses) of a model for each bucket, (encoder's, decoder's steps), all with the same variables.

    `seq2seq(encoder_inputs, decoder_inputs)` builds one, and returns (outputs, state).
    """
    for what, given, at in (("encoder inputs", encoder_inputs, 0), ("targets", targets, 1), ("weights", weights, 1)):
        if len(given) < buckets[-1][at]:
            raise ValueError(f"{len(given)} {what} are fewer than the last bucket's {buckets[-1][at]}")
    loss = sequence_loss_by_example if per_example_loss else sequence_loss
    outputs, losses = [], []
    with tf.name_scope(name, "model_with_buckets", [*encoder_inputs, *decoder_inputs, *targets, *weights]):
        for bucket, (encoder_steps, steps) in enumerate(buckets):
            with tf.variable_scope(tf.get_variable_scope(), reuse=True if bucket > 0 else None):
                bucket_outputs, _ = seq2seq(encoder_inputs[:encoder_steps], decoder_inputs[:steps])
                outputs.append(bucket_outputs)
                losses.append(
                    loss(bucket_outputs, targets[:steps], weights[:steps], softmax_loss_function=softmax_loss_function)
                )
    return outputs, losses


def sequence_loss_by_example(
    logits, targets, weights, average_across_timesteps=True, softmax_loss_function=None, name=None
):
    """Returns the cross entropy of each example, float [batch], of lists of logits [batch, classes], targets int
    [batch] and weights float [batch], a step each."""
    if not len(targets) == len(logits) == len(weights):
        raise ValueError(f"{len(logits)} logits, {len(targets)} targets and {len(weights)} weights are not as many")
    with tf.name_scope(name, "sequence_loss_by_example", [*logits, *targets, *weights]):
        losses = [loss_of(pred, y, softmax_loss_function) * w for pred, y, w in zip(logits, targets, weights)]
        total = tf.add_n(losses)
        return total / (tf.add_n(list(weights)) + 1e-12) if average_across_timesteps else total


def loss_of(logits, targets, softmax_loss_function=None):
    """Returns the losses of one step. A function of the script's own takes (labels, logits), under whatever names;
    until 1.0 it took (logits, labels), and one that calls its second so still does."""
    if softmax_loss_function is None:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.reshape(targets, [-1]), logits=logits)
    names = list(inspect.signature(softmax_loss_function).parameters)
    if {"labels", "logits"} <= set(names):
        return softmax_loss_function(labels=targets, logits=logits)
    if len(names) == 2 and re.match("label|target|y", names[1]) and not re.match("label|target", names[0]):
        return softmax_loss_function(logits, targets)
    return softmax_loss_function(targets, logits)


def sequence_loss(
    logits,
    targets,
    weights,
    average_across_timesteps=True,
    average_across_batch=True,
    softmax_loss_function=None,
    name=None,
):
    """Returns the sum of `sequence_loss_by_example`, a number, divided by the batch's size if asked to."""
    with tf.name_scope(name, "sequence_loss", [*logits, *targets, *weights]):
        cost = tf.reduce_sum(
            sequence_loss_by_example(logits, targets, weights, average_across_timesteps, softmax_loss_function)
        )
        return cost / tf.cast(tf.shape(targets[0])[0], cost.dtype) if average_across_batch else cost
