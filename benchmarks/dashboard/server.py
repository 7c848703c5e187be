"""A TensorBoard to measure: its start, its answers, its memory."""

import contextlib
import json
import os
import pathlib
import re
import sys
import time
import urllib.parse
import urllib.request

from support.tensorboard_server import started

# The keys of figures, by the value of --load_fast.
NAMES = {"true": "data_server", "false": "python_loader"}

# Hides TensorFlow, so that its memory does not count.
_WITHOUT_TENSORFLOW = "import sys; sys.modules['tensorflow'] = None\n"
_WITHOUT_PLUGIN = """
from tensorboard import default
whole = default._iter_entry_points
default._iter_entry_points = lambda group: [
    entry for entry in whole(group) if entry.name != "actmax"
]
"""
_RUN = """
import sys
sys.argv[0] = "tensorboard"
from tensorboard.main import run_main
run_main()
"""

_IDLE = 0.2  # seconds of processor time a second of a waiting server


class Server:
    """A running TensorBoard.

    Attributes:
        address: Its URL.
        seconds: Duration of its start.
    """

    def __init__(self, process, address, seconds):
        self._process = process
        self.address = address
        self.seconds = seconds

    def get(self, path, **query):
        """Returns the body of an answer."""
        text = urllib.parse.urlencode(query, doseq=True)
        url = f"{self.address}/{path}{'?' if text else ''}{text}"
        with urllib.request.urlopen(url, timeout=120) as answer:
            return answer.read()

    def route(self, name, **query):
        """Returns the answer of one of the plugin's routes."""
        return self.get(f"data/plugin/actmax/{name}", **query)

    def runs(self):
        """Returns the runs that the plugin lists."""
        return json.loads(self.route("index"))["runs"]

    def wait(self, runs, layers, last, patience=900):
        """Waits until the whole log is read; returns the seconds."""
        began = time.perf_counter()
        while time.perf_counter() - began < patience:
            found = self.runs()
            tags = [layer for run in found for layer in run["layers"]]
            if len(tags) == runs * layers and (
                max(tag["last"] for tag in tags) == last
            ):
                return time.perf_counter() - began
            time.sleep(0.5)
        raise RuntimeError("TensorBoard did not read the whole log in time")

    def wait_still(self, still=3, patience=900):
        """Waits until the listing is stable for some seconds; returns when."""
        began = time.perf_counter()
        found, since = [], began
        while time.perf_counter() - began < patience:
            last, found = found, self.runs()
            now = time.perf_counter()
            if found != last:
                since = now
            if found and now - since >= still:
                return since - began
            time.sleep(0.5)
        raise RuntimeError("TensorBoard listed no run in time")

    def wait_idle(self, still=4, patience=900):
        """Waits until the server has been idle for some seconds."""
        began = time.perf_counter()
        quiet, used = 0, 0.0
        while quiet < still:
            if time.perf_counter() - began > patience:
                raise RuntimeError("TensorBoard was never idle")
            time.sleep(1)
            last, used = used, self.cpu()
            quiet = quiet + 1 if used - last < _IDLE else 0

    def memory(self):
        """Returns the MB that TensorBoard and its data server take."""
        return sum(map(_resident, self._family()))

    def cpu(self):
        """Returns the seconds of processor time that both have used."""
        return sum(map(_used, self._family()))

    def _family(self):
        parents = {}
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = path.read_text().rpartition(")")[2].split()
                parents[int(path.parent.name)] = int(fields[1])
        family = {self._process.pid}
        for _ in parents:  # at most as deep
            more = {pid for pid, parent in parents.items() if parent in family}
            if more <= family:
                break
            family |= more
        return family


def _used(pid):
    with contextlib.suppress(OSError):
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _resident(pid):
    with contextlib.suppress(OSError):
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        # Without what processes share, such as TensorFlow's code.
        return int(re.search(r"Anonymous:\s+(\d+)", text)[1]) * 1024 / 1e6
    return 0.0


@contextlib.contextmanager
def serve(logdir, *flags, plugin=True, tensorflow=False):
    """Serves a log directory.

    Args:
        logdir: Log directory.
        flags: Flags of TensorBoard.
        plugin: Whether the plugin is installed.
        tensorflow: Whether TensorBoard may use TensorFlow.
    """
    code = ("" if tensorflow else _WITHOUT_TENSORFLOW) + (
        "" if plugin else _WITHOUT_PLUGIN
    )
    command = [sys.executable, "-c", code + _RUN, "--logdir", str(logdir)]
    began = time.perf_counter()
    with started([*command, "--port", "0", *flags]) as (process, address):
        yield Server(process, address, time.perf_counter() - began)
