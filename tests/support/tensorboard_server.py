"""Starts a real TensorBoard for tests, benchmarks and pictures."""

import contextlib
import re
import subprocess
import sys
import threading


@contextlib.contextmanager
def started(command, said=None):
    """Runs a command that starts TensorBoard.

    Yields the process and its address once it answers. Its later output is
    appended to the list `said`, if given.
    """
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    lines = []

    def listen():  # a full pipe would block it
        for line in process.stderr:
            if said is not None:
                said.append(line)

    try:
        for line in process.stderr:
            lines.append(line)
            found = re.search(r"at (http://\S+?)/? \(Press", line)
            if found:
                threading.Thread(target=listen, daemon=True).start()
                address = found[1].replace("//localhost", "//127.0.0.1")
                yield process, address
                break
        else:
            raise RuntimeError("TensorBoard did not start:\n" + "".join(lines))
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def tensorboard(log_dir, *flags, python=sys.executable, said=None):
    """Serves a log directory; yields the address."""
    command = [python, "-m", "tensorboard.main", "--logdir", str(log_dir)]
    command += ["--port", "0", "--reload_interval", "1", *flags]
    with started(command, said) as (_, address):
        yield address
