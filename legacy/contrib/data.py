"""`tf.contrib.data`: where datasets stood until 1.4, and ways of changing them, which became tf.data.experimental.

Source: tensorflow/contrib/data/__init__.py and python/ops/{batching,sliding,interleave_ops,readers}.py, TensorFlow 1.3 to
1.15.
"""

import tensorflow.compat.v1 as tf

__all__ = [
    "AUTOTUNE",
    "Counter",
    "CsvDataset",
    "Dataset",
    "FixedLengthRecordDataset",
    "Iterator",
    "Optional",
    "RandomDataset",
    "Reducer",
    "SqlDataset",
    "TFRecordDataset",
    "TFRecordWriter",
    "TextLineDataset",
    "assert_element_shape",
    "batch_and_drop_remainder",
    "bucket_by_sequence_length",
    "choose_from_datasets",
    "copy_to_device",
    "dense_to_sparse_batch",
    "enumerate_dataset",
    "get_next_as_optional",
    "get_single_element",
    "group_by_reducer",
    "group_by_window",
    "ignore_errors",
    "make_batched_features_dataset",
    "make_csv_dataset",
    "make_saveable_from_iterator",
    "map_and_batch",
    "padded_batch_and_drop_remainder",
    "parallel_interleave",
    "parse_example_dataset",
    "prefetch_to_device",
    "read_batch_features",
    "reduce_dataset",
    "rejection_resample",
    "sample_from_datasets",
    "scan",
    "shuffle_and_repeat",
    "sliding_window_batch",
    "sloppy_interleave",
    "unbatch",
    "unique",
]

Dataset = tf.data.Dataset
FixedLengthRecordDataset = tf.data.FixedLengthRecordDataset
Iterator = tf.data.Iterator
TFRecordDataset = tf.data.TFRecordDataset
TextLineDataset = tf.data.TextLineDataset

AUTOTUNE = tf.data.experimental.AUTOTUNE
Counter = tf.data.experimental.Counter
CsvDataset = tf.data.experimental.CsvDataset
Optional = tf.data.experimental.Optional
RandomDataset = tf.data.experimental.RandomDataset
Reducer = tf.data.experimental.Reducer
SqlDataset = tf.data.experimental.SqlDataset
TFRecordWriter = tf.data.experimental.TFRecordWriter
bucket_by_sequence_length = tf.data.experimental.bucket_by_sequence_length
choose_from_datasets = tf.data.experimental.choose_from_datasets
copy_to_device = tf.data.experimental.copy_to_device
dense_to_sparse_batch = tf.data.experimental.dense_to_sparse_batch
enumerate_dataset = tf.data.experimental.enumerate_dataset
get_next_as_optional = tf.data.experimental.get_next_as_optional
get_single_element = tf.data.experimental.get_single_element
group_by_reducer = tf.data.experimental.group_by_reducer
group_by_window = tf.data.experimental.group_by_window
ignore_errors = tf.data.experimental.ignore_errors
make_batched_features_dataset = tf.data.experimental.make_batched_features_dataset
make_csv_dataset = tf.data.experimental.make_csv_dataset
make_saveable_from_iterator = tf.data.experimental.make_saveable_from_iterator
map_and_batch = tf.data.experimental.map_and_batch
parallel_interleave = tf.data.experimental.parallel_interleave
parse_example_dataset = tf.data.experimental.parse_example_dataset
prefetch_to_device = tf.data.experimental.prefetch_to_device
rejection_resample = tf.data.experimental.rejection_resample
sample_from_datasets = tf.data.experimental.sample_from_datasets
scan = tf.data.experimental.scan
shuffle_and_repeat = tf.data.experimental.shuffle_and_repeat
unbatch = tf.data.experimental.unbatch
unique = tf.data.experimental.unique


def assert_element_shape(expected_shapes):
    """Returns dataset -> the dataset, whose elements have these shapes: an error as it runs if not."""

    def check(*elements):
        element = elements if len(elements) > 1 else elements[0]
        flat, shapes = tf.nest.flatten(element), tf.nest.flatten(expected_shapes)
        return tf.nest.pack_sequence_as(element, [tf.ensure_shape(each, shape) for each, shape in zip(flat, shapes)])

    return lambda dataset: dataset.map(check)


def batch_and_drop_remainder(batch_size):
    """Returns dataset -> its batches, without a last one that is smaller."""
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def padded_batch_and_drop_remainder(batch_size, padded_shapes, padding_values=None):
    """The same of elements that are padded to one shape in each batch."""
    return lambda dataset: dataset.padded_batch(batch_size, padded_shapes, padding_values, drop_remainder=True)


def sliding_window_batch(window_size, stride=None, window_shift=None, window_stride=1):
    """Returns dataset -> windows of as many elements, each `window_shift` further; `stride` is its older name."""
    shift = window_shift or stride or 1

    def windows(dataset):
        found = dataset.window(window_size, shift, window_stride, drop_remainder=True)
        return found.flat_map(lambda *parts: zipped(parts).batch(window_size, drop_remainder=True))

    return windows


def zipped(datasets):
    return datasets[0] if len(datasets) == 1 else tf.data.Dataset.zip(tuple(datasets))


def sloppy_interleave(map_func, cycle_length, block_length=1):
    """Returns dataset -> the elements of as many datasets at once, in any order."""
    return tf.data.experimental.parallel_interleave(map_func, cycle_length, block_length, sloppy=True)


def reduce_dataset(dataset, reducer):
    """Returns what a Reducer makes of all elements."""
    by_one = dataset.apply(tf.data.experimental.group_by_reducer(lambda *element: tf.constant(0, tf.int64), reducer))
    return tf.data.experimental.get_single_element(by_one)


def read_batch_features(
    file_pattern, batch_size, features, reader=tf.data.TFRecordDataset, reader_args=None, randomize_input=True,
    num_epochs=None, capacity=10000,
):  # fmt: skip
    """Returns the features, name -> tensor, of a batch of the examples in files."""
    dataset = tf.data.experimental.make_batched_features_dataset(
        file_pattern, batch_size, features, reader=reader, reader_args=reader_args, num_epochs=num_epochs,
        shuffle=randomize_input, shuffle_buffer_size=capacity,
    )  # fmt: skip
    return tf.data.make_one_shot_iterator(dataset).get_next()
