"""Benchmarks, in folders by what they measure.

Run them from the root of the repository: `python -m benchmarks.speed.ascent`.
"""

import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = pathlib.Path(__file__).parent.parent
# The digits of the examples, and the TensorBoard of the tests.
for _folder in ("examples", "tests"):
    sys.path.insert(0, str(ROOT / _folder))
