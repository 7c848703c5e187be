"""Finds the first images of several layers in one ascent."""

from collections.abc import Mapping, Sequence

from tb_actmax.maximizer.base import Call
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.maximizer.shared_ascent import maximize_together
from tb_actmax.objectives import Objective
from tb_actmax.stopwatch import Stopwatch
from tb_actmax.training.layer_tracker import FirstImages, LayerTracker
from tb_actmax.training.progress import Progress


def find_together(
    trackers: Sequence[LayerTracker],
    objectives: Mapping[str, Sequence[Objective]],
    steps: int,
    progress: Progress,
) -> dict[str, FirstImages]:
    """Finds the first images of several layers, by path.

    Returns nothing for layers that other processes or devices maximize, and if
    an objective has an image of an earlier training.

    Args:
        trackers: The layers, in running order.
        objectives: What to maximize, by path.
        steps: Steps of the ascent.
        progress: Is told of each step.

    Raises:
        ValueError: If one ascent cannot maximize all of them.
    """
    maximizers = [
        tracker.maximizer
        for tracker in trackers
        if isinstance(tracker.maximizer, LayerMaximizer)
    ]
    if len(maximizers) < len(trackers) or any(
        tracker.has_images(objectives[tracker.target.path])
        for tracker in trackers
    ):
        return {}
    prepared = [
        tracker.prepare(objectives[tracker.target.path]) for tracker in trackers
    ]
    calls = [
        Call(
            "cold", steps, list(objectives[t.target.path]), exemplars=exemplars
        )
        for t, (_, exemplars) in zip(trackers, prepared, strict=True)
    ]
    built = sum(tracker.building for tracker in trackers)
    watch = Stopwatch()
    with watch.running():
        every = maximize_together(maximizers, calls, progress.step)
        measures = [t.measures for t in trackers if t.measures is not None]
        if len(measures) == len(trackers):
            *others, deepest = measures
            deepest.share_trace(others, maximizers[-1].canvas.size)
    built = sum(tracker.building for tracker in trackers) - built
    return {
        tracker.target.path: FirstImages(
            call,
            found,
            responses,
            watch.seconds / len(trackers),
            built / len(trackers),
        )
        for tracker, call, found, (responses, _) in zip(
            trackers, calls, every, prepared, strict=True
        )
    }
