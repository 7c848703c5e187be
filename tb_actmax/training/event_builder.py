"""The event of a layer at one look: header, images, signatures, patches."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tb_actmax.data.statistics import Statistics
from tb_actmax.matching.signature import encode_signatures
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.measures.change import Changes
from tb_actmax.measures.exemplars import Exemplars
from tb_actmax.measures.image_quality import Reaction
from tb_actmax.measures.layer_measures import Found, LayerMeasures
from tb_actmax.network.layers import Target
from tb_actmax.objectives import Objective
from tb_actmax.records.images import encode_image

Array = npt.NDArray[np.float32]

# An objective's image, score and status.
Shown: TypeAlias = tuple[Array, float, str]

_MIME = "image/png"
_BESIDE = 48  # bytes of an entry that patches add: names, entropy, overlap
_LITTLE = 2048  # bytes that an atlas may take in any case


@dataclasses.dataclass(frozen=True)
class LayerEvent:
    """What is written of a layer at one look.

    Attributes:
        header: Header of the event.
        images: Encoded images, in the order of the header's filters.
        extra: Encoded images that the header refers to.
        changes: How much each filter's image has changed since it was last
            shown: 0 for not at all, 1 for beyond recognition.
    """

    header: dict[str, Any]
    images: list[bytes]
    extra: list[bytes]
    changes: dict[Objective, float]


class EventBuilder:
    """Makes a layer's events, one look after the other.

    Args:
        target: The layer.
        statistics: Statistics of the data.
        measures: Measures filters on the data, or `None` without a sample.
        changes: Remembers filters from look to look.
        settings: What the header says of how the images are made.
    """

    def __init__(
        self,
        target: Target,
        statistics: Statistics,
        measures: LayerMeasures | None,
        changes: Changes,
        settings: dict[str, Any],
    ):
        self._target = target
        self._statistics = statistics
        self._measures = measures
        self._changes = changes
        self._settings = settings
        self._rung = 0  # how far the last atlas was shrunk

    def make(
        self,
        epoch: int,
        canvas: Canvas,
        filters: Sequence[Objective],
        shown: dict[Objective, Shown],
        reactions: Mapping[Objective, Reaction],
    ) -> LayerEvent:
        """Measures what is shown, and makes the event of it.

        Args:
            epoch: Epochs done.
            canvas: What the images are made on.
            filters: What is shown, in order.
            shown: Image, score and status of each.
            reactions: Those to the images, where others have found them.
        """
        found: Found | None = None
        if self._measures is not None:
            images = np.stack([shown[objective][0] for objective in filters])
            found = self._measures(filters, images, reactions)
        entries, changes = [], {}
        for objective in filters:
            entry, change = self._entry(objective, shown[objective], found)
            entries.append(entry)
            changes[objective] = change
        header = self._header(epoch, canvas, entries)
        pictures = [
            encode_image(shown[objective][0], self._statistics.value_range)
            for objective in filters
        ]
        extra: list[bytes] = []
        if found is not None and found.entries:
            header["signature"], table = encode_signatures(found.signatures)
            extra.append(table)
            if found.exemplars is not None:
                size = sum(map(len, pictures + extra))
                header["exemplars"], atlas = self._atlas(
                    found.exemplars, size + _size(header)
                )
                header["exemplars"]["extra"] = len(extra)
                extra.append(atlas)
        return LayerEvent(header, pictures, extra, changes)

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
        self, epoch: int, canvas: Canvas, entries: list[dict[str, Any]]
    ) -> dict[str, Any]:
        field = self._target.field
        *depth, height, width = canvas.size
        header: dict[str, Any] = {
            "version": 1,
            "layer": self._target.path,
            "epoch": epoch,
            "value_range": list(self._statistics.value_range),
            "mime": _MIME,
            "height": height,
            "width": width,
            "channels": canvas.channels,
            "layer_filters": self._target.filters,
            "receptive_field": None if field.whole else list(field.size),
            "settings": dict(self._settings),
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
