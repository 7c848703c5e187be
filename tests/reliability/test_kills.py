"""A training that is killed loses nothing that was finished."""

import pathlib
import random

ROOT = pathlib.Path(__file__).parents[2]


def test_kills_at_random_moments(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    import kill

    seed = random.randrange(1000)  # other moments each time
    print(f"python benchmarks/kill.py --kills 2 --seed {seed}")
    assert kill.kill_often(tmp_path, 2, random.Random(seed)) >= 2
