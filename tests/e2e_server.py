"""Starts a real TensorBoard."""

import contextlib
import re
import subprocess
import sys
import threading


@contextlib.contextmanager
def tensorboard(log_dir, *flags, python=sys.executable, said=None):
    """Serves a log directory; gives the address.

    What it writes after its start goes into the list `said`, if there is one.
    """
    command = [python, "-m", "tensorboard.main", "--logdir", str(log_dir)]
    process = subprocess.Popen(
        [*command, "--port", "0", "--reload_interval", "1", *flags],
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = []
    try:
        for line in process.stderr:
            lines.append(line)
            found = re.search(r"at (http://\S+?)/? \(Press", line)
            if found:
                if said is not None:
                    threading.Thread(
                        target=lambda: said.extend(process.stderr), daemon=True
                    ).start()
                yield found[1].replace("http://localhost", "http://127.0.0.1")
                break
        else:
            raise RuntimeError("TensorBoard did not start:\n" + "".join(lines))
    finally:
        process.terminate()
        process.wait(30)
