"""The types of an event's header, the JSON in its first blob.

docs/event_format.md describes each key. `python -m tb_actmax.records.typescript`
writes the same types for the dashboard. Standard library only.

Keys of a class whose name begins with an underscore are always there; the
public class adds those that may be missing.
"""

from typing import TypeAlias, TypedDict

VERSION = 1
MIMES = ("image/png", "image/webp")  # encodings of images

Number: TypeAlias = float | None  # None where it was not finite


class SettingsHeader(TypedDict, total=False):
    """How the images of an event were made."""

    steps: int
    warm_steps: int
    seed: int
    probe: int
    cold: bool


class _ExemplarsHeader(TypedDict):
    extra: int
    columns: int
    count: int


class ExemplarsHeader(_ExemplarsHeader, total=False):
    """The sprite: the exemplars of all filters in one extra image."""

    height: int
    width: int


class _SignatureHeader(TypedDict):
    extra: int
    filters: list[int]
    probe: str


class SignatureHeader(_SignatureHeader, total=False):
    """The signatures of the filters, in one extra image."""

    exact: int
    scales: list[float]


class _FilterExemplars(TypedDict):
    inputs: list[int]
    values: list[float]
    cells: list[int]


class FilterExemplars(_FilterExemplars, total=False):
    """The exemplars of one filter, those with the largest response first."""

    classes: list[int]


class _FilterEntry(TypedDict):
    filter: int | None


class FilterEntry(_FilterEntry, total=False):
    """A filter, or another objective, and its measures."""

    label: str | None
    score: Number
    status: str
    data_max: Number
    data_p99: Number
    data_mean: Number
    share: Number
    lift: Number
    lift_t: Number
    rank: Number
    exemplars: FilterExemplars | None
    entropy: Number
    ncc: Number
    drift: Number
    steadiness: Number
    overlap: Number
    settled: Number


class _ImageSize(TypedDict):
    height: int
    width: int
    channels: int


class ImageSize(_ImageSize, total=False):
    """The size of each image of an event."""

    depth: int


class _EventHeader(ImageSize):
    version: int
    value_range: tuple[float, float]
    mime: str
    filters: list[FilterEntry]


class EventHeader(_EventHeader, total=False):
    """The header of an event: one layer at one epoch."""

    layer: str | None
    epoch: int | None
    batches: int
    layer_filters: int | None
    receptive_field: list[int] | None
    settings: SettingsHeader | None
    seconds: Number
    extra: int
    ncc_floor: Number
    exemplars: ExemplarsHeader | None
    signature: SignatureHeader | None
