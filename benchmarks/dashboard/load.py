"""Measures the plugin under many clients and many runs.

    python -m benchmarks.dashboard.load [--clients 50] [--seconds 120]
        [--runs 1000] [--scalar-runs 500] [--write]

Reports for both of TensorBoard's loaders: `scrub_...`, the answers to 50
clients that move over 40 epochs of 20 layers with 64 filters, three times a
second each; `runs_...`, the listing of 1,000 runs; `scalars_...`, the fastest
answer of TensorBoard's scalars plugin for 500 runs beside logs of this plugin,
with the plugin and without it; `match_...`, the answers to requests for matches
that take as long as possible (`hostile_match`), and to `index` meanwhile. Exits
with 1 if an answer fails, if one in a hundred takes longer than a second, if
the server grows by more than a tenth in the second half, or if the bounds of
`hostile_match` are exceeded.
"""

import argparse
import json
import pathlib
import random
import statistics
import sys
import tempfile
import threading
import time
import urllib.error

from benchmarks import figures
from benchmarks.dashboard import hostile_match, large_log
from benchmarks.dashboard.server import NAMES, serve

_PAUSE = 1 / 3  # seconds between two moves of a client: the tab's play speed
_ASKS = 15  # requests of a route for its median


class Client(threading.Thread):
    """A client that moves over the epochs of one layer after another.

    Attributes:
        seconds: Duration of each answer.
        errors: Messages of failed requests.
    """

    def __init__(self, server, run, until, seed):
        super().__init__(daemon=True)
        self._server, self._run, self._until = server, run, until
        self._random = random.Random(seed)
        self.seconds, self.errors = [], []

    def run(self):
        time.sleep(self._random.uniform(0, _PAUSE))
        while time.monotonic() < self._until:
            layer = self._random.choice(self._run["layers"])
            try:
                self._server.route("index")
                for step in range(layer["last"] + 1):
                    if time.monotonic() > self._until:
                        return
                    self._move(layer["tag"], step)
            except (OSError, urllib.error.URLError) as error:
                self.errors.append(repr(error))

    def _move(self, tag, step):
        began = time.perf_counter()
        answer = self._server.route(
            "images", run=self._run["run"], tag=tag, step=step
        )
        passed = time.perf_counter() - began
        self.seconds.append(passed)
        if len(answer) < 1000:
            self.errors.append(f"{tag} {step}: {len(answer)} bytes")
        time.sleep(max(_PAUSE - passed, 0))


def scrub(server, clients, seconds):
    """Yields the figures of many simultaneous clients."""
    until = time.monotonic() + seconds
    run = server.runs()[0]
    all_clients = [Client(server, run, until, seed) for seed in range(clients)]
    used = server.cpu()
    for client in all_clients:
        client.start()
    memory = []
    while time.monotonic() < until:
        memory.append(server.memory())
        time.sleep(min(2, seconds / 10))
    for client in all_clients:
        client.join(60)
    used = server.cpu() - used
    times = sorted(time for client in all_clients for time in client.seconds)
    errors = [error for client in all_clients for error in client.errors]
    for error in errors[:3]:
        print(error, file=sys.stderr)
    half = len(memory) // 2
    yield "scrub_answers", len(times)
    yield "scrub_errors", len(errors)
    yield "scrub_median_ms", statistics.median(times) * 1000
    yield "scrub_p99_ms", times[int(len(times) * 0.99)] * 1000
    yield "scrub_longest_ms", times[-1] * 1000
    yield "scrub_server_cpu_ms_per_answer", used * 1000 / len(times)
    yield "scrub_memory_mb_at_half_time", memory[half]
    yield "scrub_memory_mb_at_the_end", memory[-1]


def ask(server, path):
    """Returns the seconds of one answer."""
    began = time.perf_counter()
    server.get(path)
    return time.perf_counter() - began


def median(server, path):
    """Returns the median of several answers, in milliseconds."""
    return statistics.median(ask(server, path) for _ in range(_ASKS)) * 1000


def many_runs(logdir, flag, runs, tensorflow):
    """Yields the figures of a directory with many runs."""
    with serve(logdir, flag, tensorflow=tensorflow) as server:
        yield "runs_read_seconds", server.wait(runs, 2, 1)
        path = "data/plugin/actmax/index"
        yield "runs_index_kb", len(server.get(path)) / 1000
        yield "runs_index_ms", median(server, path)
        last = server.runs()[-1]["run"]
        path = "data/plugin/actmax/epochs?tag=block1/conv1&run=" + last
        yield "runs_epochs_ms", median(server, path)


def others(logdir, flag, runs, tensorflow):
    """Yields the figures of the scalars plugin, with this plugin and without.

    Both servers are asked in turn.
    """
    path = "data/plugin/scalars/tags"
    with (
        serve(logdir, flag, tensorflow=tensorflow) as both,
        serve(logdir, flag, plugin=False, tensorflow=tensorflow) as alone,
    ):
        for server in (both, alone):
            while len(json.loads(server.get(path))) < runs:
                time.sleep(0.5)
        times = {both: [], alone: []}
        for _ in range(_ASKS):
            for server, found in times.items():
                found.append(ask(server, path) * 1000)
        # Some answers wait 40 ms for an acknowledgement of TCP: take the least.
        yield "scalars_ms_with_plugin", min(times[both])
        yield "scalars_ms_without", min(times[alone])


def write_scalars(directory, runs):
    """Writes runs of scalars."""
    import tensorflow as tf

    for run in range(runs):
        path = str(directory / f"scalars{run:03}")
        with tf.summary.create_file_writer(path).as_default():
            for step in range(20):
                tf.summary.scalar("loss", 1 / (1 + step), step)


def main():
    """Prints the figures of both loaders; returns 1 if a bound is exceeded."""
    import digits

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--scalar-runs", type=int, default=500)
    parser.add_argument("--layers", type=int, default=20)
    parser.add_argument("--filters", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--loader", action="append", choices=("true", "false"))
    figures.add_option(parser)
    options = parser.parse_args()
    (pictures, _), _ = digits.load()
    with tempfile.TemporaryDirectory() as made:
        one, many, mixed = (pathlib.Path(made) / name for name in "abc")
        shape = (options.layers, options.filters, options.epochs)
        large_log.write_log(one, pictures, 1, *shape)
        large_log.write_log(many, pictures, options.runs, 2, 4, 2)
        large_log.write_log(mixed, pictures, 4, 4, 16, 10)
        write_scalars(mixed, options.scalar_runs)
        found = {
            NAMES[loader]: report(options, one, many, mixed, loader)
            for loader in options.loader or NAMES
        }
    if options.write:
        figures.write("load", found)
    return int(not all(map(within_bounds, found.values())))


def report(options, one, many, mixed, loader):
    """Prints and returns the figures of one loader."""
    flag, tensorflow = f"--load_fast={loader}", loader == "false"
    print(flag)

    def show(found):
        for name, value in found:
            print(f"    {name}: {value:.1f}", flush=True)
            shown[name] = value

    shown = {}

    with serve(one, flag, tensorflow=tensorflow) as server:
        server.wait(1, options.layers, options.epochs - 1)
        show(scrub(server, options.clients, options.seconds))
    show(many_runs(many, flag, options.runs, tensorflow))
    show(others(mixed, flag, options.scalar_runs, tensorflow))
    show(hostile_match.measure(flag, tensorflow))
    return shown


def within_bounds(found):
    """Returns whether the figures of a loader keep the bounds."""
    grown = found["scrub_memory_mb_at_the_end"]
    return (
        found["scrub_errors"] == 0
        and found["scrub_p99_ms"] <= 1000
        and grown <= 1.1 * found["scrub_memory_mb_at_half_time"]
        and hostile_match.within_bounds(found)
    )


if __name__ == "__main__":
    sys.exit(main())
