"""Records what tf.set_random_seed(1) draws in the graphs of legacy/: the first ten numbers of each variable.

A lesson builds its graph between two of its rulers, in lines that TensorFlow 1.15 reads as well; these are run here.
"""

from __future__ import division, print_function

import argparse

import tensorflow as tf
from pieces import main, model_of, piece, record_as_drawn

N_DRAWN = 10


def drawn(session):
    """Returns name -> the first numbers of each trainable variable."""
    variables = tf.trainable_variables()
    return dict((each.op.name, value.ravel()[:N_DRAWN]) for each, value in zip(variables, session.run(variables)))


def story(n_layers):
    settings = argparse.Namespace(n_input=3, n_hidden=512, n_layers=n_layers, learning_rate=0.001)
    model_of("story_rnn")["build_graph"](112, settings)
    return drawn


def digits(cell):
    sizes = {"n_steps": 28, "n_input": 28, "n_hidden": 128, "n_classes": 10}
    model_of("mnist_rnn")["build_graph"](argparse.Namespace(cell=cell, learning_rate=0.001, **sizes))
    return drawn


def growing_gap(cell, clip_norm=None):
    settings = argparse.Namespace(n_hidden=64, learning_rate=0.003, clip_norm=clip_norm)
    model_of("long_term", INIT_SCALE=0.2, EMBEDDING_SIZE=32)["build_graph"](100, cell, settings)
    return drawn


@piece()
def story_of_two_layers():
    return story(2)


@piece()
def story_of_one_layer():
    return story(1)


@piece()
def digits_by_lstm():
    return digits("lstm")


@piece()
def digits_by_gru():
    return digits("gru")


@piece()
def digits_by_rnn():
    return digits("rnn")


@piece()
def gap_by_lstm():
    return growing_gap("lstm")


@piece()
def gap_by_gru():
    return growing_gap("gru")


@piece()
def gap_by_rnn():
    return growing_gap("rnn", clip_norm=1.0)


if __name__ == "__main__":
    main(record_as_drawn)
