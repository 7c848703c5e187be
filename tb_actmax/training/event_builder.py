"""Builds the event of a layer: header, images, signatures, exemplars."""

import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from tb_actmax.data.fitting import FittedModel
from tb_actmax.matching.signature import encode_signatures
from tb_actmax.maximizer.base import Maximizer
from tb_actmax.measures.change import Changes
from tb_actmax.measures.exemplars import Exemplars
from tb_actmax.measures.inputs import encode_inputs, find_inputs
from tb_actmax.measures.layer_measures import LayerMeasures, MeasuredFilters
from tb_actmax.measures.responses import Responses
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective
from tb_actmax.records.header import (
    VERSION,
    EventHeader,
    ExemplarsHeader,
    FilterEntry,
)
from tb_actmax.records.header_json import LARGEST_HEADER, EventError
from tb_actmax.records.images import encode_image
from tb_actmax.training.schedule import TrainingStep
from tb_actmax.training.settings import Settings

_MIME = "image/png"
_ENTRY_BYTES = 34  # that exemplars add to an entry: names, overlap
_MIN_SPRITE_BYTES = 2048  # that a sprite may always take
_MOST_IMAGES = 30_000  # of an event
_MANY = 8_000  # images, whose header may be too large


class Shown(NamedTuple):
    """The image of an objective."""

    image: npt.NDArray[np.float32]  # (*size, channels)
    score: float  # its pre-activation
    status: str  # see `Maximized.status`


@dataclasses.dataclass(frozen=True)
class LayerEvent:
    """The event of a layer at one update."""

    header: EventHeader
    images: list[bytes]
    extra: list[bytes]
    # Of each image since the last update: 0 for none, 1 without correlation.
    changes: dict[Objective, float]


class EventBuilder:
    """Builds the events of a layer."""

    def __init__(
        self,
        fitted: FittedModel,
        target: Target,
        settings: Settings,
        maximizer: Maximizer,
        measures: LayerMeasures | None,
        changes: Changes,
    ):
        self._target = target
        self._settings = settings
        self._maximizer = maximizer
        self._measures = measures
        self._changes = changes
        self._value_range = fitted.statistics.value_range
        self._colours = fitted.colours
        self._probe_size = len(fitted.sample.images) if fitted.sample else 0
        self._class_names = fitted.class_names
        self._class_layer = target.is_class_layer(fitted.class_names)
        self._level = 0  # compression level of the last sprite

    def build(
        self,
        at: TrainingStep,
        shown: Mapping[Objective, Shown],
        responses: Responses | None = None,
        *,
        cold: bool,
        steps: int,
        pulled: bool,
        began: float,
    ) -> LayerEvent:
        """Measures images and builds their event.

        `cold` says whether all images are new, and `steps` how many steps each
        new one took; `began` is when the update of the layer began, in seconds
        of `time.perf_counter`.
        """
        found: MeasuredFilters | None = None
        if self._measures is not None:
            images = {objective: one.image for objective, one in shown.items()}
            found = self._measures.measure(
                images, self._maximizer.image_responses, responses
            )
        entries: list[FilterEntry] = []
        changes = {}
        inputs = find_inputs(
            self._target,
            [o.filter for o in shown if o.plain and o.filter is not None],
        )
        for objective, one in shown.items():
            entry, change = self._entry(objective, one, found)
            if inputs is not None and objective.plain:
                entry["inputs"] = inputs.entries[cast(int, objective.filter)]
            entries.append(entry)
            changes[objective] = change
        encoded = [
            encode_image(image, self._value_range)
            for image, _, _ in shown.values()
        ]
        header = self._header(at)
        header["settings"] = {
            "steps": steps,
            "warm_steps": self._settings.warm_steps,
            "seed": self._settings.seed,
            "probe": self._probe_size,
            "cold": cold,
            "pull": pulled,
        }
        header["filters"] = entries
        names = self._names(entries)
        if names:
            header["class_names"] = names
        if self._class_layer:
            header["class_layer"] = True
        if self._colours is not None:
            header["colours"] = self._colours.header()
        if self._changes.floor is not None:
            header["ncc_floor"] = round(self._changes.floor, 4)
        extra: list[bytes] = []
        if found is not None and found.entries:
            header["signature"], table = encode_signatures(found.signatures)
            extra.append(table)
        if inputs is not None:
            header["inputs"], table = encode_inputs(inputs, len(extra))
            extra.append(table)
        if found is not None and found.exemplars is not None:
            size = sum(map(len, encoded + extra)) + _json_bytes(header)
            header["exemplars"], sprite = self._sprite(
                found.exemplars, size, len(extra)
            )
            extra.append(sprite)
        header["seconds"] = round(time.perf_counter() - began, 4)
        if len(entries) > _MANY and _json_bytes(header) > LARGEST_HEADER:
            raise EventError(
                f"the header of {len(entries):,} images is too large. Ask for "
                "fewer, or fewer exemplars."
            )
        return LayerEvent(header, encoded, extra, changes)

    def repeat(self, at: TrainingStep, since: int) -> LayerEvent:
        """Builds the event of a layer that has not changed since a step."""
        header = self._header(at)
        header["unchanged_since"] = since
        return LayerEvent(header, [], [], {})

    def _header(self, at: TrainingStep) -> EventHeader:
        """Returns the header of an event without images."""
        canvas = self._maximizer.canvas
        *depth, height, width = canvas.size
        field = self._target.field
        header: EventHeader = {
            "version": VERSION,
            "layer": self._target.path,
            "epoch": int(at.epochs),
            "value_range": self._value_range,
            "mime": _MIME,
            "height": height,
            "width": width,
            "channels": canvas.channels,
            "layer_filters": self._target.filters,
            "receptive_field": None if field.whole else list(field.size),
            "filters": [],
        }
        if at.batches is not None:
            header["batches"] = at.batches
        if depth:
            header["depth"] = depth[0]
        return header

    def _entry(
        self, objective: Objective, shown: Shown, found: MeasuredFilters | None
    ) -> tuple[FilterEntry, float]:
        """Returns a filter's entry in the header, and its image's change."""
        index, status = objective.filter, shown.status
        entry: dict[str, object] = {"filter": index, "score": shown.score}
        responses, inputs = None, []
        if not objective.plain:
            entry["label"] = objective.label
        elif found is not None and index is not None:
            status = found.responses.refine_status(index, status, shown.score)
            entry |= found.entries[index]
            responses = found.at_points[index]
            if found.exemplars is not None:
                exemplars = found.exemplars.entries[index]
                entry |= exemplars
                inputs = exemplars["exemplars"]["inputs"]
        change = self._changes.compare(
            objective, shown.image, responses, inputs
        )
        entry |= {name: round(value, 4) for name, value in change.items()}
        entry["status"] = status
        return cast(FilterEntry, entry), change.get("drift", 1.0)

    def _names(self, entries: Sequence[FilterEntry]) -> dict[str, str]:
        """Returns the names of the classes that entries mention."""
        mentioned: set[int] = set()
        for entry in entries:
            exemplars = entry.get("exemplars")
            if exemplars is not None:
                mentioned.update(exemplars.get("classes", ()))
            if self._class_layer and entry["filter"] is not None:
                mentioned.add(entry["filter"])
        names = self._class_names or ()
        return {
            str(number): names[number]
            for number in sorted(mentioned)
            if 0 <= number < len(names)
        }

    def _sprite(
        self, exemplars: Exemplars, size: int, index: int
    ) -> tuple[ExemplarsHeader, bytes]:
        """Encodes the exemplars of all filters as one image.

        Exemplars and their entries at most double the `size` of the event
        without them, in bytes. `index` is the position among the extra images.
        """
        entries = exemplars.entries
        own = _json_bytes(entries) + _ENTRY_BYTES * len(entries)
        most = max(size - 2 * own, _MIN_SPRITE_BYTES)
        sprite = exemplars.sprite
        data, columns, self._level = sprite.encode(most, self._level)
        header: ExemplarsHeader = {
            "extra": index,
            "columns": columns,
            "count": len(sprite),
            "height": sprite.height,
            "width": sprite.width,
        }
        return header, data


def check_number(layer: str, images: int) -> None:
    """Raises a `ValueError` if an event cannot hold this number of images."""
    if images > _MOST_IMAGES:
        raise ValueError(
            f"filters asks for {images:,} images of layer {layer!r}; up to "
            f"{_MOST_IMAGES:,} are logged. Give a number, for example "
            "filters=1000, or a list."
        )


def _json_bytes(value: object) -> int:
    """Returns the size of a value in a header."""
    return len(json.dumps(value, separators=(",", ":")))
