"""A killed training loses no finished epoch."""

import pathlib
import random

ROOT = pathlib.Path(__file__).parents[2]


def test_kills_at_random_moments(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    from benchmarks.training import kills

    seed = random.randrange(1000)  # new moments in each run
    print(f"python -m benchmarks.training.kills --kills 2 --seed {seed}")
    assert kills.kill_often(tmp_path, 2, random.Random(seed)) >= 2
