"""How a stranger's script is read, shown TensorFlow, run, explained and checked: the library of `legacy/run.py`."""
