"""One layer from look to look: its images, its measures, its events."""

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from tb_actmax.maximizer.layers import Target
from tb_actmax.maximizer.maximize import LayerMaximizer, Maximized
from tb_actmax.maximizer.objectives import Objective
from tb_actmax.probe.responses import Measured, Responses
from tb_actmax.probe.sample import Sample
from tb_actmax.probe.statistics import Statistics
from tb_actmax.progress import Progress
from tb_actmax.records.images import encode_image

Array = npt.NDArray[np.float32]

_MIME = "image/png"


@dataclasses.dataclass(frozen=True)
class Look:
    """What a look at a layer has found.

    Attributes:
        header: Header of the event.
        images: Encoded images, in the order of the header's filters.
        changes: How much each filter's image has changed since it was last
            shown: 0 for not at all, 1 for beyond recognition.
        steps: Steps taken, of all filters together.
        ascent: Seconds that the steps took.
        seconds: Seconds in all.
    """

    header: dict[str, Any]
    images: list[bytes]
    changes: dict[Objective, float]
    steps: int
    ascent: float
    seconds: float


class LayerView:
    """Looks at a layer's filters and makes events of what it sees.

    Args:
        model: The model.
        target: The layer.
        filters: What is maximized, as `objectives.choose` returns it.
        statistics: Statistics of the data.
        shape: Shape of one input, (height, width, channels).
        sample: Inputs to measure responses on, or `None`.
        steps: Steps of a filter's first ascent.
        warm_steps: Steps of its later ones.
        seed: Seed of the random starts.
    """

    def __init__(
        self,
        model: keras.Model,
        target: Target,
        filters: Sequence[Objective],
        statistics: Statistics,
        shape: tuple[int, int, int],
        sample: Sample | None,
        steps: int,
        warm_steps: int,
        seed: int,
    ):
        self.target = target
        self.filters = list(filters)
        self.maximizer = LayerMaximizer(
            model, target, filters, statistics, shape, seed
        )
        self._responses = Responses(model, target)
        self._statistics = statistics
        self._sample = sample
        self._steps = steps
        self._warm_steps = warm_steps
        self._seed = seed
        self._shown: dict[Objective, Array] = {}

    def steps(self, index: Objective) -> int:
        """Steps that a filter's next ascent takes."""
        return self._warm_steps if index in self._shown else self._steps

    def look(
        self, filters: Sequence[Objective], epoch: int, progress: Progress
    ) -> Look:
        """Maximizes filters and measures them on the data.

        Args:
            filters: Some of the filters.
            epoch: Epochs done.
            progress: Told of each step.
        """
        began = time.perf_counter()
        parts = []
        known = [index for index in filters if index in self._shown]
        new = [index for index in filters if index not in self._shown]
        if known:
            counted = progress.counted(len(known))
            found = self.maximizer.warm(self._warm_steps, known, counted)
            parts.append((known, found))
        if new:
            counted = progress.counted(len(new))
            found = self.maximizer.cold(self._steps, new, counted)
            parts.append((new, found))
        ascent = time.perf_counter() - began
        measured = None
        if self._sample is not None:
            measured = self._responses(self._sample.images)
        entries, images, changes = self._entries(filters, parts, measured)
        header = self._header(epoch, entries)
        header["settings"]["cold"] = not known
        seconds = time.perf_counter() - began
        header["seconds"] = round(seconds, 4)
        return Look(
            header,
            images,
            changes,
            sum(self._warm_steps for _ in known)
            + sum(self._steps for _ in new),
            ascent,
            seconds,
        )

    def _entries(
        self,
        filters: Sequence[Objective],
        parts: list[tuple[list[Objective], Maximized]],
        measured: Measured | None,
    ) -> tuple[list[dict[str, Any]], list[bytes], dict[Objective, float]]:
        found = {
            objective: (image, float(score), status)
            for objectives, part in parts
            for objective, image, score, status in zip(
                objectives, part.images, part.scores, part.status, strict=True
            )
        }
        entries, images, changes = [], [], {}
        for objective in filters:
            image, score, status = found[objective]
            index = objective.filter
            entry: dict[str, Any] = {"filter": index, "score": score}
            if not objective.plain:
                entry["label"] = objective.label
            elif measured is not None:
                assert index is not None
                status = measured.refine(index, status)
                entry["data_max"] = float(measured.maximum[index])
                entry["share"] = float(measured.share[index])
            entry["status"] = status
            entries.append(entry)
            images.append(encode_image(image, self._statistics.value_range))
            changes[objective] = _change(self._shown.get(objective), image)
            self._shown[objective] = image
        return entries, images, changes

    def _header(
        self, epoch: int, entries: list[dict[str, Any]]
    ) -> dict[str, Any]:
        canvas, field = self.maximizer.canvas, self.target.field
        return {
            "version": 1,
            "layer": self.target.path,
            "epoch": epoch,
            "value_range": list(self._statistics.value_range),
            "mime": _MIME,
            "height": canvas.height,
            "width": canvas.width,
            "channels": canvas.channels,
            "layer_filters": self.target.filters,
            "receptive_field": None if field.whole else list(field.size),
            "settings": {
                "steps": self._steps,
                "warm_steps": self._warm_steps,
                "seed": self._seed,
                "probe": 0
                if self._sample is None
                else len(self._sample.images),
            },
            "filters": entries,
        }


def _change(before: Array | None, after: Array) -> float:
    """1 - correlation of two images; 1 where there is none before."""
    if before is None:
        return 1.0
    a, b = before - before.mean(), after - after.mean()
    scale = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return 1.0 - float((a * b).sum()) / scale if scale else 0.0
