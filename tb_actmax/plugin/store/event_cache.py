"""Events that were read, kept in few bytes.

Of an event of 512 filters the JSON takes 200 KB and packed a tenth of that;
its images are small, and each as an object of its own would take a third more.
"""

import array
import dataclasses
import json
import zlib
from collections.abc import Mapping

from tb_actmax.plugin.store.cache import Cache
from tb_actmax.plugin.store.sources import Name
from tb_actmax.records.header import ImageSize

_MOST_TEXT_BYTES = 2 << 20  # packed
_FEW_TEXT_BYTES = _MOST_TEXT_BYTES // 4  # where all is at hand
_MOST_IMAGE_BYTES = 20 << 20
_BYTES = 400  # that an event takes beside what is packed


@dataclasses.dataclass(frozen=True)
class Texts:
    """The JSON of an event.

    Attributes:
        wall_time: When the event was written.
        size_of_image: The header's "height", "width", "channels", "depth".
        header: JSON of the header without "filters".
        names: Key of each filter's entry.
        entries: JSON of each entry, its key included.
    """

    wall_time: float
    size_of_image: ImageSize
    header: str
    names: list[str]
    entries: list[str]


@dataclasses.dataclass(frozen=True)
class _PackedTexts:
    wall_time: float
    size_of_image: ImageSize
    lines: bytes


@dataclasses.dataclass(frozen=True)
class _PackedImages:
    """Images back to back, each with its place in the event and its end."""

    wall_time: float
    places: "array.array[int]"
    ends: "array.array[int]"
    data: bytes

    @property
    def size(self) -> int:
        numbers = (self.places, self.ends)
        return len(self.data) + sum(len(n) * n.itemsize for n in numbers)

    def unpack(self) -> dict[int, bytes]:
        begins = [0, *self.ends][: len(self.ends)]
        return {
            place: self.data[begin:end]
            for place, begin, end in zip(
                self.places, begins, self.ends, strict=True
            )
        }


class KeptEvents:
    """Those used last. An event written at another time is another one.

    Args:
        at_hand: Whether what is read is in this process already: then no
            images are kept, and only the JSON of a few events.
    """

    def __init__(self, at_hand: bool = False) -> None:
        self._texts: Cache[_PackedTexts] = Cache(
            _FEW_TEXT_BYTES if at_hand else _MOST_TEXT_BYTES
        )
        self._images: Cache[_PackedImages] = Cache(
            0 if at_hand else _MOST_IMAGE_BYTES
        )

    def texts(self, name: Name, step: int, wall_time: float) -> Texts | None:
        """The JSON of a layer's event, if it is kept."""
        found = self._texts.get((*name, step))
        if found is None or found.wall_time != wall_time:
            return None
        # JSON has no line breaks.
        names, header, *entries = (
            zlib.decompress(found.lines).decode().split("\n")
        )
        return Texts(
            wall_time, found.size_of_image, header, json.loads(names), entries
        )

    def keep_texts(self, name: Name, step: int, texts: Texts) -> None:
        """Keeps the JSON of a layer's event."""
        lines = [json.dumps(texts.names), texts.header, *texts.entries]
        packed = zlib.compress("\n".join(lines).encode(), 1)
        value = _PackedTexts(texts.wall_time, texts.size_of_image, packed)
        self._texts.put((*name, step), value, len(packed) + _BYTES)

    def images(
        self, name: Name, step: int, wall_time: float
    ) -> dict[int, bytes]:
        """Images of a layer's event that are kept, by place."""
        found = self._images.get((*name, step))
        if found is None or found.wall_time != wall_time:
            return {}
        return found.unpack()

    def keep_images(
        self,
        name: Name,
        step: int,
        wall_time: float,
        images: Mapping[int, bytes],
    ) -> None:
        """Keeps images of a layer's event in place of those kept before."""
        ends = array.array("I")
        end = 0
        for data in images.values():
            end += len(data)
            ends.append(end)
        packed = _PackedImages(
            wall_time,
            array.array("I", images),
            ends,
            b"".join(images.values()),
        )
        self._images.put((*name, step), packed, packed.size + _BYTES)
