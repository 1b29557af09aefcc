from tests.contrib.graphs import graph  # noqa: F401
