"""A seed of the programs in legacy/ draws what it drew in TensorFlow 1: against the record, number for number."""

import numpy as np
import pytest

from legacy import long_term, mnist_rnn, seeds, story_rnn
from tests.commands import settings_of
from tests.eras.records import RECORDED, read

tf = seeds.tf
RECORD = read(RECORDED / "1.15.5", "drawn")
# Piece of tests/eras/programs/drawn.py -> what builds the same graph here.
GRAPHS = {
    "story_of_two_layers": lambda: story_rnn.build_graph(112, settings_of(story_rnn)),
    "story_of_one_layer": lambda: story_rnn.build_graph(112, settings_of(story_rnn, n_layers=1)),
    **{
        f"digits_by_{cell}": lambda cell=cell: mnist_rnn.build_graph(settings_of(mnist_rnn, cell=cell))
        for cell in mnist_rnn.CELLS
    },
    **{
        f"gap_by_{cell}": lambda cell=cell: long_term.build_graph(100, cell, settings_of(long_term))
        for cell in long_term.CELLS
    },
}


def first_numbers(build):
    """Returns name -> the first ten numbers of each trainable variable, drawn from seed 1."""
    with tf.Graph().as_default(), seeds.tensorflow_1(1):
        build()
        variables = {variable.op.name: variable for variable in tf.trainable_variables()}
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            return {name: value.ravel()[:10] for name, value in session.run(variables).items()}


def test_the_record_has_every_graph():
    assert RECORD.keys() == GRAPHS.keys()
    assert not [name for name, piece in RECORD.items() if piece.absent]


@pytest.mark.parametrize("name", GRAPHS)
def test_a_seed_draws_what_it_drew(name):
    drawn, wanted = first_numbers(GRAPHS[name]), RECORD[name].arrays
    assert drawn.keys() == wanted.keys()
    for variable in wanted:
        assert np.array_equal(drawn[variable], wanted[variable]), variable


def test_afterwards_today_s_numbers_are_back():
    """What TensorFlow draws of itself is not touched: a graph that asks for nothing gets today's numbers."""

    def draw():
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(1)
            return session.run(tf.random_normal([3]))

    before = draw()
    first_numbers(GRAPHS["story_of_one_layer"])
    assert np.array_equal(draw(), before)
