"""The benchmark of the dashboard runs and reports every figure."""

import pathlib
import re
import subprocess
import sys

import numpy as np
from support.logs import write_log

ROOT = pathlib.Path(__file__).parent.parent

_FIGURES = """
    read_seconds server_mb_no_log server_mb_without_plugin server_mb_before
    open_ms_first open_ms layer_ms epoch_ms epoch_ms_slowest loaded_epoch_ms
    loaded_epoch_ms_slowest scrub_frames_per_second page_mb_after_epochs
    scroll_down_frames_per_second scroll_down_settled_ms
    scroll_across_frames_per_second scroll_across_settled_ms
    scroll_diagonally_frames_per_second scroll_diagonally_settled_ms
    page_mb_after_scrolling page_mb_after_all_layers server_mb_after
""".split()


def test_the_benchmark_of_the_tab_reports_every_figure(tmp_path):
    write_log(tmp_path / "run", {"conv1": 40, "conv2": 40}, range(8))
    command = [sys.executable, "-m", "benchmarks.dashboard.tab", tmp_path]
    ran = subprocess.run(
        [*command, "--loader", "true", "--quick"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found = dict(re.findall(r"^    (\w+): (\d+\.\d)$", ran.stdout, re.M))
    assert list(found) == _FIGURES
    assert all(
        float(value) > 0
        for name, value in found.items()
        if name != "read_seconds"  # may be 0
    )


def test_hostile_matches_are_answered_within_their_memory():
    from benchmarks.dashboard.hostile_match import MOST_MB

    command = [sys.executable, "-m", "benchmarks.dashboard.hostile_match"]
    # Its exit status also judges milliseconds, which a busy machine exceeds.
    ran = subprocess.run(
        [*command, "--filters", "64"], capture_output=True, text=True, cwd=ROOT
    )
    for name, values in (("answers", ["24", "24"]), ("errors", ["0", "0"])):
        found = re.findall(rf"^    match_{name}: (\d+)\.0$", ran.stdout, re.M)
        assert found == values, ran.stderr
    for more in re.findall(
        r"^    match_memory_mb_more: (.+)$", ran.stdout, re.M
    ):
        assert float(more) <= MOST_MB


def test_the_judge_takes_the_patch_that_resembles_the_image():
    from benchmarks.quality.judges import ChoiceJudge

    random = np.random.default_rng(0)
    # What a unit responds to is a pattern of its own.
    patterns = random.normal(size=(6, 8, 8, 3))
    ordinary = random.normal(size=(64, 8, 8, 3))
    patches = patterns[:, None] + random.normal(size=(6, 4, 8, 8, 3))
    responses = np.einsum("ukhwc,vhwc->ukv", patches, patterns)

    def features(images):
        """Two parts, of which the larger knows little of the patterns."""
        flat = images.reshape(len(images), -1)
        return [flat, flat[:, :2].repeat(500, axis=1)]

    judge = ChoiceJudge(features, patches, responses, ordinary)
    own = judge(patterns)
    assert own["strict"] > 0.95
    assert own["choice"] > 0.7  # features of noise count as much as others
    others = judge(np.roll(patterns, 1, axis=0))
    assert others["strict"] < 0.6
    assert others["choice"] < own["choice"] - 0.1
    same = judge(np.repeat(patterns[:1], len(patterns), axis=0))
    assert same["strict"] == 0.5


def test_an_image_of_all_units_says_nothing_in_the_strict_choice():
    from benchmarks.quality.judges import ChoiceJudge

    random = np.random.default_rng(1)
    patterns = random.normal(size=(6, 8, 8, 3))
    patches = patterns[:, None] + random.normal(size=(6, 4, 8, 8, 3))
    responses = np.einsum("ukhwc,vhwc->ukv", patches, patterns)
    judge = ChoiceJudge(
        lambda images: [images.reshape(len(images), -1)],
        patches,
        responses,
        random.normal(size=(64, 8, 8, 3)),
    )
    image = random.normal(size=(1, 8, 8, 3))
    assert judge(np.repeat(image, 6, axis=0))["strict"] == 0.5
