"""Measures how long TensorBoard takes to start, with and without the plugin.

    python -m benchmarks.dashboard.startup [--write]

Starts it five times each over an empty log directory, in turn with the
plugin's entry point and without it, until it answers `data/environment`.
Reports the medians.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from benchmarks import figures

_HIDE = """
from tensorboard import default
whole = default._iter_entry_points
if {hide}:
    default._iter_entry_points = lambda group: [
        entry for entry in whole(group) if entry.name != "actmax"
    ]
import sys
sys.argv = ["tensorboard", "--logdir", {logdir!r}, "--port", "0"]
from tensorboard.main import run_main
run_main()
"""


def start(hide, logdir):
    """Returns the seconds until TensorBoard answers."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", _HIDE.format(hide=hide, logdir=logdir)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in process.stderr:
            found = re.search(r"at (http://\S+?)/? \(Press", line)
            if found:
                urllib.request.urlopen(f"{found[1]}/data/environment").read()
                seconds = time.perf_counter() - began
                listing = urllib.request.urlopen(
                    f"{found[1]}/data/plugins_listing"
                ).read()
                assert (b"actmax" in listing) != hide
                return seconds
        raise RuntimeError("TensorBoard did not start")
    finally:
        process.terminate()
        process.wait()


def main():
    """Prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    figures.add_option(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as logdir:
        start(False, logdir)  # warms the file cache
        times = {True: [], False: []}
        for _ in range(5):
            for hide in (False, True):
                times[hide].append(start(hide, logdir))
    with_plugin = statistics.median(times[False])
    without = statistics.median(times[True])
    found = {
        "with_seconds": round(with_plugin, 3),
        "without_seconds": round(without, 3),
        "difference_seconds": round(with_plugin - without, 3),
    }
    print(json.dumps(found, indent=2))
    if options.write:
        figures.write("startup", found)


if __name__ == "__main__":
    main()
