"""What the tests of a stranger's checkpoint share."""

import pytest
import tensorflow as tf

from tests.tf1.checkpoints import V1, ptb, write

v1 = tf.compat.v1


@pytest.fixture
def parity(parity):
    """The rows of all these tests stand under the program's name, not under a module's each."""
    parity.program = "from_tf1"
    return parity


@pytest.fixture
def as_tensorflow_1():
    """Loops and variables in the graph as TensorFlow 1 wrote them, not as compat.v1 does today."""
    v1.disable_control_flow_v2()
    v1.disable_resource_variables()
    yield
    v1.enable_control_flow_v2()
    v1.enable_resource_variables()


@pytest.fixture(scope="session")
def ptb_checkpoint(tmp_path_factory):
    """The prefix of the PTB tutorial's checkpoint, without a graph; its files are not to be changed."""
    return write(tmp_path_factory.mktemp("ptb"), ptb())


@pytest.fixture(scope="session")
def ptb_checkpoint_v1(tmp_path_factory):
    """The same in one file, as before 0.12."""
    return write(tmp_path_factory.mktemp("ptb"), ptb(), version=V1)
