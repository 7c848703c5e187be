"""One layer from look to look: its images, its measures, its events."""

import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tb_actmax.faults import NotFiniteError
from tb_actmax.maximizer.inputs import ImageModel
from tb_actmax.maximizer.layers import Target
from tb_actmax.maximizer.maximize import LayerMaximizer
from tb_actmax.maximizer.objectives import Objective
from tb_actmax.probe.change import Changes
from tb_actmax.probe.evidence import Evidence, Found
from tb_actmax.probe.exemplars import Exemplars
from tb_actmax.probe.sample import Sample
from tb_actmax.probe.signature import Places
from tb_actmax.probe.statistics import Statistics
from tb_actmax.progress import Progress
from tb_actmax.records.images import encode_bytes, encode_image

Array = npt.NDArray[np.float32]

# An objective's image, score and status.
Shown: TypeAlias = tuple[Array, float, str]

_MIME = "image/png"
_REPEATED = 8  # filters on which the reproducibility of images is measured
_BESIDE = 48  # bytes of an entry that patches add: names, entropy, overlap
_LITTLE = 2048  # bytes that an atlas may take in any case


@dataclasses.dataclass(frozen=True)
class Call:
    """What is asked of a maximizer.

    Attributes:
        how: Its method, "cold" or "warm".
        steps: Steps to take.
        objectives: What is maximized.
        keep: Whether the next ascents go on from these.
    """

    how: str
    steps: int
    objectives: list[Objective]
    keep: bool = True


@dataclasses.dataclass(frozen=True)
class Look:
    """What a look at a layer has found.

    Attributes:
        header: Header of the event.
        images: Encoded images, in the order of the header's filters.
        extra: Encoded images that the header refers to.
        changes: How much each filter's image has changed since it was last
            shown: 0 for not at all, 1 for beyond recognition.
        steps: Steps taken, of all filters together.
        built: Seconds of tracing, which do not come again.
        ascent: Seconds that the steps took.
        seconds: Seconds in all.
    """

    header: dict[str, Any]
    images: list[bytes]
    extra: list[bytes]
    changes: dict[Objective, float]
    steps: int
    built: float
    ascent: float
    seconds: float


class LayerView:
    """Looks at a layer's filters and makes events of what it sees.

    Args:
        model: The model.
        target: The layer.
        filters: What is maximized, as `objectives.choose` returns it.
        statistics: Statistics of the data.
        shape: Shape of one input, (height, width, channels); of a volume with
            the slices in front.
        sample: Inputs to measure on, or `None`.
        places: Where the signatures are taken, or `None` without a sample.
        exemplars: Real patches to show for each filter.
        steps: Steps of a filter's first ascent.
        warm_steps: Steps of its later ones.
        seed: Seed of the random starts.
        make: Makes the maximizer, of the arguments of `LayerMaximizer`: that
            or what stands for it.
    """

    def __init__(
        self,
        model: ImageModel,
        target: Target,
        filters: Sequence[Objective],
        statistics: Statistics,
        shape: tuple[int, ...],
        sample: Sample | None,
        places: Places | None,
        exemplars: int,
        steps: int,
        warm_steps: int,
        seed: int,
        make: Callable[..., Any] = LayerMaximizer,
    ):
        self.target = target
        self.filters = list(filters)
        self.maximizer: LayerMaximizer = make(
            model, target, filters, statistics, shape, seed
        )
        self._evidence: Evidence | None = None
        if sample is not None and places is not None:
            self._evidence = Evidence(
                model, target, statistics, sample, places, exemplars
            )
        self._statistics = statistics
        self._probe = 0 if sample is None else len(sample.images)
        self._steps = steps
        self._warm_steps = warm_steps
        self._seed = seed
        self._changes = Changes()
        self._warm_looks = 0
        self._rung = 0

    def steps(self, index: Objective) -> int:
        """Steps that a filter's next ascent takes."""
        return self._warm_steps if self._changes.known(index) else self._steps

    def resume(
        self,
        objective: Objective,
        image: Array,
        inputs: Sequence[int],
        settled: bool,
    ) -> None:
        """Takes a filter as it was last shown, in an earlier training.

        Args:
            objective: One of the filters.
            image: Its image, (*size, channels).
            inputs: The inputs that excited it most.
            settled: Whether it had settled.
        """
        if not self._changes.known(objective):
            self.maximizer.resume(objective, image)
            self._changes.resume(objective, image, inputs, settled)

    def foresee(self, looks: int) -> list[list[Call]]:
        """What the next looks at all filters will ask of the maximizer.

        That is so if each finds values that are finite.

        Args:
            looks: How many looks.

        Returns:
            The calls of each look, in order.
        """
        known = [o for o in self.filters if self._changes.known(o)]
        new = [o for o in self.filters if not self._changes.known(o)]
        foreseen, warm_looks = [], self._warm_looks
        for _ in range(looks):
            calls: list[Call] = []
            if known:
                calls.append(Call("warm", self._warm_steps, known))
            if new:
                calls.append(Call("cold", self._steps, new))
            if known:
                warm_looks += 1
                repeated = _repeated(known, warm_looks)
                if repeated:
                    calls.append(
                        Call("warm", self._warm_steps, repeated, keep=False)
                    )
            foreseen.append(calls)
            known, new = self.filters, []
        return foreseen

    def look(
        self, filters: Sequence[Objective], epoch: int, progress: Progress
    ) -> Look:
        """Maximizes filters and measures them on the data.

        Args:
            filters: Some of the filters.
            epoch: Epochs done.
            progress: Told of each step.

        Raises:
            NotFiniteError: If no filter gives a finite value.
        """
        began, built = time.perf_counter(), self._building
        before = self.maximizer.building
        known = [o for o in filters if self._changes.known(o)]
        new = [o for o in filters if not self._changes.known(o)]
        parts = []
        if known:
            counted = progress.counted(len(known))
            found = self.maximizer.warm(self._warm_steps, known, counted)
            parts.append((known, found))
        if new:
            counted = progress.counted(len(new))
            found = self.maximizer.cold(self._steps, new, counted)
            parts.append((new, found))
        ascent = time.perf_counter() - began
        ascent -= self.maximizer.building - before
        shown = {
            objective: (image, float(score), status)
            for objectives, part in parts
            for objective, image, score, status in zip(
                objectives, part.images, part.scores, part.status, strict=True
            )
        }
        if not any(np.isfinite(score) for _, score, _ in shown.values()):
            raise NotFiniteError(self.target.path)
        if known:
            self._measure_floor(known, shown)
        header, images, extra, changes = self._event(epoch, filters, shown)
        header["settings"]["cold"] = not known
        seconds = time.perf_counter() - began
        header["seconds"] = round(seconds, 4)
        return Look(
            header,
            images,
            extra,
            changes,
            self._warm_steps * len(known) + self._steps * len(new),
            self._building - built,
            ascent,
            seconds,
        )

    @property
    def _building(self) -> float:
        """Seconds that tracing has taken."""
        measuring = self._evidence.building if self._evidence else 0.0
        return self.maximizer.building + measuring

    def _measure_floor(
        self, known: Sequence[Objective], shown: dict[Objective, Shown]
    ) -> None:
        """How alike images of unchanged weights are, on a few filters.

        At the first look that has images to go on from, and whenever there
        have been twice as many; on other filters each time.
        """
        self._warm_looks += 1
        some = _repeated(known, self._warm_looks)
        if some:
            again = self.maximizer.warm(self._warm_steps, some, keep=False)
            self._changes.note_floor([shown[o][0] for o in some], again.images)

    def _event(
        self,
        epoch: int,
        filters: Sequence[Objective],
        shown: dict[Objective, Shown],
    ) -> tuple[
        dict[str, Any], list[bytes], list[bytes], dict[Objective, float]
    ]:
        """Header, images, extra images, and how much each has changed."""
        found: Found | None = None
        if self._evidence is not None:
            images = np.stack([shown[objective][0] for objective in filters])
            found = self._evidence(filters, images)
        entries, changes = [], {}
        for objective in filters:
            entry, change = self._entry(objective, shown[objective], found)
            entries.append(entry)
            changes[objective] = change
        header = self._header(epoch, entries)
        pictures = [
            encode_image(shown[objective][0], self._statistics.value_range)
            for objective in filters
        ]
        extra: list[bytes] = []
        if found is not None and found.entries:
            extra.append(encode_bytes(found.signatures))
            header["signature"] = {
                "extra": 0,
                "filters": list(found.entries),
                **(self._evidence.signed if self._evidence else {}),
                "scales": [float(f"{scale:.4g}") for scale in found.scales],
            }
            if found.exemplars is not None:
                size = sum(map(len, pictures + extra))
                header["exemplars"], atlas = self._atlas(
                    found.exemplars, size + _size(header)
                )
                header["exemplars"]["extra"] = len(extra)
                extra.append(atlas)
        return header, pictures, extra, changes

    def _atlas(
        self, exemplars: Exemplars, size: int
    ) -> tuple[dict[str, Any], bytes]:
        """The patches as one image, and what the header says of it.

        Args:
            exemplars: The patches.
            size: Bytes of the event so far, the entries of patches included.
                The event without any patches is to be doubled at most.
        """
        entries = exemplars.entries
        own = _size(entries) + _BESIDE * len(entries)
        most = max(size - 2 * own, _LITTLE)
        data, columns, self._rung = exemplars.atlas.encode(most, self._rung)
        return {
            "columns": columns,
            "count": len(exemplars.atlas),
            "height": exemplars.atlas.height,
            "width": exemplars.atlas.width,
        }, data

    def _entry(
        self, objective: Objective, shown: Shown, found: Found | None
    ) -> tuple[dict[str, Any], float]:
        """Entry of the header, and how much the image has changed."""
        image, score, status = shown
        index = objective.filter
        entry: dict[str, Any] = {"filter": index, "score": score}
        responses, inputs = None, []
        if not objective.plain:
            entry["label"] = objective.label
        elif found is not None and index is not None:
            status = found.measured.refine(index, status)
            entry |= found.entries[index]
            responses = found.measured.sampled[:, index]
            if found.exemplars is not None:
                exemplars = dict(found.exemplars.entries[index])
                if "entropy" in exemplars:
                    entry["entropy"] = exemplars.pop("entropy")
                entry["exemplars"] = exemplars
                inputs = exemplars["inputs"]
        change = self._changes.note(objective, image, responses, inputs)
        entry |= {name: round(value, 4) for name, value in change.items()}
        entry["status"] = status
        return entry, change.get("drift", 1.0)

    def _header(
        self, epoch: int, entries: list[dict[str, Any]]
    ) -> dict[str, Any]:
        canvas, field = self.maximizer.canvas, self.target.field
        *depth, height, width = canvas.size
        header: dict[str, Any] = {
            "version": 1,
            "layer": self.target.path,
            "epoch": epoch,
            "value_range": list(self._statistics.value_range),
            "mime": _MIME,
            "height": height,
            "width": width,
            "channels": canvas.channels,
            "layer_filters": self.target.filters,
            "receptive_field": None if field.whole else list(field.size),
            "settings": {
                "steps": self._steps,
                "warm_steps": self._warm_steps,
                "seed": self._seed,
                "probe": self._probe,
            },
            "filters": entries,
        }
        if depth:
            header["depth"] = depth[0]
        if self._changes.floor is not None:
            header["ncc_floor"] = round(self._changes.floor, 4)
        return header


def _size(value: Any) -> int:
    """Bytes of a value in a header."""
    return len(json.dumps(value, separators=(",", ":")))


def _repeated(known: Sequence[Objective], looks: int) -> list[Objective]:
    """Filters whose ascent is repeated at the so-manieth look with images."""
    if looks & (looks - 1):
        return []
    single = [o for o in known if o.variants == 1]
    order = np.random.default_rng(looks).permutation(len(single))
    return [single[place] for place in order[:_REPEATED]]
