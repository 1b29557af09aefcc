"""`tf.contrib.training`: batches of sequences of like lengths, by queues.

Source: tensorflow/contrib/training/python/training/bucket_ops.py, TensorFlow 1.15.
"""

import numpy as np
import tensorflow.compat.v1 as tf

from legacy.contrib.missing import Missing

__all__ = ["bucket", "bucket_by_sequence_length"]


def bucket(
    tensors, which_bucket, batch_size, num_buckets, num_threads=1, capacity=32, bucket_capacities=None, shapes=None,
    dynamic_pad=False, allow_smaller_final_batch=False, keep_input=True, shared_name=None, name=None,
):  # fmt: skip
    """Returns (which bucket, a batch of its tensors): each example goes into the queue of its bucket, and a queue that has
    enough for a batch gives one. Its queue runners are in the graph's collection.

    tensors: a list or dictionary, as the batch is. which_bucket: int32, of this example. batch_size: one, or a list of
    one for each bucket. dynamic_pad: examples of different shapes are padded to a batch's largest.
    """
    sizes = list(batch_size) if isinstance(batch_size, (list, tuple)) else [batch_size] * num_buckets
    if len(sizes) != num_buckets:
        raise ValueError("If batch_size is a list it must have num_buckets elements")
    capacities = bucket_capacities or [capacity] * num_buckets
    if len(capacities) != num_buckets:
        raise ValueError(
            f"The list bucket_capacities ({capacities}) must have exactly num_buckets ({num_buckets}) elements."
        )
    flat = [tf.convert_to_tensor(each) for each in as_list(tensors) if not isinstance(each, tf.SparseTensor)]
    if len(flat) != len(as_list(tensors)):
        raise Missing("tf.contrib.training.bucket of sparse tensors", "tf.data.experimental.bucket_by_sequence_length")
    if not flat:
        raise ValueError("Expected at least one tensor in bucket().")
    with tf.name_scope(name, "bucket", flat):
        kinds = [each.dtype for each in flat]
        shapes = [each.shape for each in flat] if shapes is None else [tf.TensorShape(each) for each in shapes]
        which_bucket = tf.convert_to_tensor(which_bucket, tf.int32)
        kind_of_queue = tf.PaddingFIFOQueue if dynamic_pad else tf.FIFOQueue
        queues = [
            kind_of_queue(
                capacities[place], kinds, shapes, shared_name=shared_name and f"{shared_name}_{place}",
                name=f"bucket_queue_{place}",
            )
            for place in range(num_buckets)
        ]  # fmt: skip
        known = None if allow_smaller_final_batch or isinstance(batch_size, (list, tuple)) else static(sizes[0])
        top = tf.PaddingFIFOQueue(
            capacity, [tf.int32, *kinds], [tf.TensorShape([]), *(tf.TensorShape([known]).concatenate(each) for each in shapes)],
            shared_name=shared_name, name="top_queue",
        )  # fmt: skip
        enqueued = put(flat, which_bucket, queues, keep_input)
        moved = [
            top.enqueue([tf.constant(place), *batch_of(queue, size, allow_smaller_final_batch)])
            for place, (queue, size) in enumerate(zip(queues, sizes))
        ]
        add_runner(queues[0], moved, [top])
        add_runner(top, [enqueued] * num_threads, queues)
        for queue in queues:
            tf.summary.scalar(f"bucket/{queue.name}/size", tf.cast(top.size(), tf.float32))
        tf.summary.scalar(
            f"bucket/{top.name}/fraction_of_{capacity}_full", tf.cast(top.size(), tf.float32) * (1.0 / capacity)
        )
        which, *batch = top.dequeue(name="dequeue_top")
        return which, tf.nest.pack_sequence_as(tensors, batch)


def put(tensors, which_bucket, queues, keep_input):
    """Returns the operation that puts an example into the queue of its bucket, if it is to be kept."""

    def enqueue():
        each = [
            tf.cond(tf.equal(which_bucket, place), lambda queue=queue: queue.enqueue(tensors), tf.no_op)
            for place, queue in enumerate(queues)
        ]
        return tf.group(*each)

    if isinstance(keep_input, bool):
        return enqueue() if keep_input else tf.no_op()
    return tf.cond(keep_input, enqueue, tf.no_op)


def batch_of(queue, size, smaller):
    """Returns a batch out of a queue, as a list; a `smaller` one at the end, too."""
    batch = (queue.dequeue_up_to if smaller else queue.dequeue_many)(size)
    return batch if isinstance(batch, (list, tuple)) else [batch]


def add_runner(queue, operations, filled):
    """Adds the runner of a queue to the graph's collection: when it ends, the queues that it `filled` close, too."""
    tf.train.add_queue_runner(
        tf.train.QueueRunner(
            queue, operations, tf.group(*(each.close() for each in filled)),
            tf.group(*(each.close(cancel_pending_enqueues=True) for each in filled)),
            queue_closed_exception_types=(tf.errors.OutOfRangeError, tf.errors.CancelledError),
        )
    )  # fmt: skip


def as_list(tensors):
    return tf.nest.flatten(tensors)


def static(size):
    return size if isinstance(size, (int, np.integer)) else tf.get_static_value(size)


def bucket_by_sequence_length(
    input_length,
    tensors,
    batch_size,
    bucket_boundaries,
    num_threads=1,
    capacity=32,
    bucket_capacities=None,
    shapes=None,
    dynamic_pad=False,
    allow_smaller_final_batch=False,
    keep_input=True,
    shared_name=None,
    name=None,
):
    """Returns (lengths int32 [batch], a batch of tensors) of examples whose lengths are between the same two boundaries.

    input_length: int32, of this example. bucket_boundaries: ints that rise; there is a bucket more than of them.
    """
    if not isinstance(bucket_boundaries, (list, tuple)):
        raise TypeError(f"bucket_boundaries must be a list or tuple, but received: {bucket_boundaries}")
    if not bucket_boundaries:
        raise ValueError("bucket_boundaries must not be empty")
    for one, other in zip(bucket_boundaries, bucket_boundaries[1:]):
        if not isinstance(one, int) or not isinstance(other, int):
            raise TypeError(f"bucket boundaries must be integers, but saw: {one} and {other}")
        if one >= other:
            raise ValueError(f"Buckets must contain sequential increasing lengths, but saw: {one} before {other}")
    with tf.name_scope(name, "bucket_by_sequence_length", [input_length, *as_list(tensors)]):
        input_length = tf.convert_to_tensor(input_length, tf.int32)
        least = [np.iinfo(np.int32).min, *bucket_boundaries]
        most = [*bucket_boundaries, np.iinfo(np.int32).max]
        within = tf.logical_and(tf.less_equal(least, input_length), tf.less(input_length, most))
        which = tf.cast(tf.reduce_min(tf.where_v2(within)), tf.int32)
        if shapes is not None:
            shapes = [tf.TensorShape([]), *shapes]
        _, (lengths, *batch) = bucket(
            [input_length, *as_list(tensors)], which, batch_size, len(bucket_boundaries) + 1, num_threads, capacity,
            bucket_capacities, shapes, dynamic_pad, allow_smaller_final_batch, keep_input, shared_name,
        )  # fmt: skip
        return lengths, tf.nest.pack_sequence_as(tensors, batch)
