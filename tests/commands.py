"""Runs a program as a person does, for the tests of what is printed, kept, refused and resumed."""

import signal
import socket
import subprocess
import sys

import pytest
import tensorflow as tf


def side(program):
    """Returns legacy or modern."""
    return program.__name__.split(".")[0]


def settings_of(program, **changed):
    """Returns the settings of a program's flags, changed where they are named; the seed is 0 if it is not named."""
    _, settings = program.parse_arguments([])
    assert changed.keys() <= vars(settings).keys(), f"no flags: {changed.keys() - vars(settings).keys()}"
    vars(settings).update({"seed": 0, **changed})
    return settings


def command(program, *flags):
    """Returns the command line that starts the program with these flags."""
    return [sys.executable, program.__file__, *map(str, flags)]


def start(command, cwd, **others):
    """Starts a command whose lines are read as they come, and which Ctrl-C reaches."""
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **others}
    # A test run in the background ignores Ctrl-C, and what it starts would, too.
    return subprocess.Popen(command, cwd=cwd, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **how)


def run_together(programs, folder, *flags):
    """Runs the programs at the same time, on a core each: program -> (its directory in `folder`, finished process)."""
    started = []
    for program in programs:
        cwd = folder / side(program)
        cwd.mkdir(exist_ok=True)
        started.append((program, cwd, start(command(program, *flags), cwd)))
    finished = {}
    for program, cwd, process in started:
        output = process.communicate()
        finished[program] = cwd, subprocess.CompletedProcess(process.args, process.returncode, *output)
    return finished


def picture(program, events, tag):
    """Returns the pixels of the picture that TensorBoard shows of a run, uint8 [height, width, channels]."""
    if side(program) == "legacy":
        return tf.io.decode_png(events.Images(tag)[0].encoded_image_string)
    _, _, png = tf.make_ndarray(events.Tensors(tag)[0].tensor_proto)  # after width and height
    return tf.io.decode_png(png)


def reports(lines):
    """Returns the lines that tell how far the training is."""
    return [line.strip() for line in lines if line.startswith("Iter")]


def joined(before, after):
    """Returns the reports of a stopped run and of the one that went on; the last one before may come again."""
    return [*before, *(after[1:] if before and after[:1] == before[-1:] else after)]


def refused(program, capsys, *flags):
    """Runs the program and returns the one line with which it refuses."""
    with pytest.raises(SystemExit) as end:
        program.main([str(flag) for flag in flags])
    error = capsys.readouterr().err
    assert end.value.code == 2
    assert error.startswith(f"{program.__name__.split('.')[1]}.py: ") and error.count("\n") == 1, error
    return error


def free_ports(count):
    """Returns ports at which nobody listens."""
    servers = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports
