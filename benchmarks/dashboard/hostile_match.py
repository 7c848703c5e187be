"""Requests the slowest possible matches, and the other routes meanwhile.

    python -m benchmarks.dashboard.hostile_match [--filters 4096]

The correlation of any two filters is the product of a number of the one and a
number of the other, which is the worst case of the assignment problem. 24
clients at once ask the routes `match` and `alike` about two runs of such a
layer, several of them for the same. Meanwhile all other routes of the plugin,
and some of TensorBoard's own, are asked in turn. Exits with 1 if one of these
takes longer than a second, an answer is neither 200 nor 503, or the server
grows by more than half a gigabyte.
"""

import argparse
import concurrent.futures
import itertools
import json
import pathlib
import sys
import tempfile
import time
import urllib.error

import numpy as np

from benchmarks.dashboard.large_log import header
from benchmarks.dashboard.server import NAMES, serve
from tb_actmax.matching.signature import Signatures, encode_signatures
from tb_actmax.records.images import encode_image
from tb_actmax.records.writer import EventWriter

_RUNS = ("first", "second")
_EPOCHS = 3
_CLIENTS = 24
_ALIKE = 6  # every sixth client requests the similarity of the layers
_SIZE = 24  # pixels of the images
_LONGEST_MS = 1000
MOST_MB = 500


def write_log(directory, filters):
    """Writes two runs of a layer whose filters are the hardest to match."""
    picture = encode_image(np.zeros((_SIZE, _SIZE, 1)), (0, 1))
    random = np.random.default_rng(0)
    for number, run in enumerate(_RUNS):
        writer = EventWriter(str(pathlib.Path(directory) / run / "actmax"))
        for epoch in range(_EPOCHS):
            values = np.zeros((filters, 256))
            values[:, 0] = random.uniform(size=filters)
            own = 1 + epoch + number * _EPOCHS
            values[:, own] = np.sqrt(1 - values[:, 0] ** 2)
            about, table = encode_signatures(
                Signatures(list(range(filters)), values, 128, "probe")
            )
            writer.write(
                "conv",
                epoch,
                {**header(0, "conv", 1, epoch, _EPOCHS), "signature": about},
                [picture],
                [table],
                layer_index=0,
                layer_type="Conv2D",
            )
        writer.close()


def other_routes(run):
    """Returns path and query of the other requests, by name.

    All routes of the plugin but `match` and `alike`, and some of TensorBoard's.
    """
    layer = {"run": run, "tag": "conv"}
    at = {**layer, "step": 1}
    own = {
        "index": {},
        "epochs": layer,
        "images": {**at, "extra": 1},
        "series": layer,
        "overview": {"cell": json.dumps([run, "conv", 1]), "images": 6},
        "relations": at,
        "classes": at,
        "thumbnails": {"run": run},
        "static/index.js": {},
    }
    return {
        **{name: (f"data/plugin/actmax/{name}", own[name]) for name in own},
        "tensorboard": ("", {}),
        "runs": ("data/runs", {}),
        "scalars": ("data/plugin/scalars/tags", {}),
    }


def figures(server):
    """Yields the figures of one loader."""
    runs = [run["run"] for run in server.runs()]
    others = other_routes(runs[0])
    longest = dict.fromkeys(others, 0.0)
    statuses = []

    def ask(number):
        layers = {
            "run": runs[0],
            "tag": "conv",
            "other_run": runs[number % 2],
            "other_tag": "conv",
        }
        try:
            if number % _ALIKE:
                server.route(
                    "match",
                    step=number % _EPOCHS,
                    other_step=(number + 1) % _EPOCHS,
                    **layers,
                )
            else:
                server.route("alike", **layers | {"other_run": runs[1]})
            statuses.append(200)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)

    before = most = server.memory()
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(_CLIENTS) as pool:
        asked = [pool.submit(ask, number) for number in range(_CLIENTS)]
        for name in itertools.cycle(others):
            if all(answer.done() for answer in asked):
                break
            path, query = others[name]
            sent = time.perf_counter()
            server.get(path, **query)
            passed = time.perf_counter() - sent
            longest[name] = max(longest[name], passed)
            most = max(most, server.memory())
            time.sleep(0.05)
    yield "match_seconds", time.perf_counter() - began
    yield "match_answers", statuses.count(200)
    yield "match_refused", statuses.count(503)
    yield "match_errors", sum(code not in (200, 503) for code in statuses)
    slowest = max(longest, key=longest.get)
    print(f"    slowest meanwhile: {slowest}", flush=True)
    yield "match_others_longest_ms", longest[slowest] * 1000
    yield "match_memory_mb_more", most - before


def measure(flag, tensorflow, filters=4096):
    """Yields the figures of one loader over a log of its own."""
    with tempfile.TemporaryDirectory() as made:
        write_log(made, filters)
        with serve(made, flag, tensorflow=tensorflow) as server:
            server.wait(len(_RUNS), 1, _EPOCHS - 1)
            yield from figures(server)


def within_bounds(found):
    """Returns whether the figures of a loader keep the bounds."""
    return (
        found["match_errors"] == 0
        and found["match_others_longest_ms"] <= _LONGEST_MS
        and found["match_memory_mb_more"] <= MOST_MB
    )


def main():
    """Prints the figures of both loaders; returns 1 if a bound is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filters", type=int, default=4096)
    options = parser.parse_args()
    good = True
    for loader in NAMES:
        flag = f"--load_fast={loader}"
        print(flag)
        found = {}
        for name, value in measure(flag, loader == "false", options.filters):
            print(f"    {name}: {value:.1f}", flush=True)
            found[name] = value
        good &= within_bounds(found)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
