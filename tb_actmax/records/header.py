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
    pull: bool


class _ExemplarsHeader(TypedDict):
    extra: int
    columns: int
    count: int


class ExemplarsHeader(_ExemplarsHeader, total=False):
    """The sprite: the exemplars of all filters in one extra image."""

    height: int
    width: int


class ColoursHeader(TypedDict):
    """How the three channels of images are drawn in colour."""

    order: str
    black: list[float]
    white: list[float]


class _SignatureHeader(TypedDict):
    extra: int
    filters: list[int]
    probe: str


class SignatureHeader(_SignatureHeader, total=False):
    """The signatures of the filters, in one extra image."""

    exact: int
    scales: list[float]


class ThumbnailsHeader(TypedDict):
    """The thumbnails of a run: all inputs of the probe in one image.

    `count` thumbnails of `height` x `width` pixels lie in rows of `columns`;
    `size` is that of an input. A signal's thumbnail is a row of values for
    each of its `channels`.
    """

    version: int
    count: int
    columns: int
    height: int
    width: int
    size: list[int]
    channels: int


class InputsHeader(TypedDict):
    """The earlier layer whose filters a layer's filters are built from.

    `extra` is the index of the extra image with the pictures of the weights,
    `size` that of a picture, `count` the pictures of a filter.
    """

    layer: str
    extra: int
    count: int
    size: list[int]


class FilterInputs(TypedDict):
    """The filters of an earlier layer that excite and inhibit a filter most.

    Those that excite it come first, the strongest first; those that inhibit
    it follow, the strongest first. `weights` are the sums of the weights, and
    `row` is the row of their pictures.
    """

    row: int
    filters: list[int]
    weights: list[float]


class _FilterExemplars(TypedDict):
    inputs: list[int]
    values: list[float]
    cells: list[int]


class FilterExemplars(_FilterExemplars, total=False):
    """The exemplars of one filter, those with the largest response first."""

    classes: list[int]
    places: list[int]


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
    inputs: FilterInputs | None
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
    unchanged_since: int | None
    extra: int
    ncc_floor: Number
    colours: ColoursHeader | None
    exemplars: ExemplarsHeader | None
    signature: SignatureHeader | None
    inputs: InputsHeader | None
    class_names: dict[str, str] | None
    class_layer: bool
