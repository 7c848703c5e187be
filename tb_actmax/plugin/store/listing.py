"""Describes the layers of runs, as TensorBoard lists them."""

import dataclasses

from tensorboard.data import provider

from tb_actmax.records.tag_metadata import TagMetadata, decode_metadata

LARGEST_STEP = (1 << 53) - 1  # the largest integer that is exact in JSON
INVALID_STEP = f"A step is a number from 0 to {LARGEST_STEP}; this one is not."

# The shape of a tensor can claim any number of blobs, and TensorBoard's Python
# loader creates a key for each.
_MAX_BLOBS = 1 << 17
_TOO_MANY = f"An event claims to hold more than {_MAX_BLOBS} images."


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer of a run."""

    tag: str
    metadata: TagMetadata
    last: int | None  # newest epoch, if there is any
    stamp: str  # opaque; it changes when the layer gains data
    fault: str | None = None  # why the layer cannot be shown


def make_layer(tag: str, series: provider.BlobSequenceTimeSeries) -> Layer:
    """Returns the layer of a tag that TensorBoard lists."""
    stamp = (series.max_step, series.max_wall_time, series.max_length)
    fault = None
    if series.max_step < 0:
        fault = INVALID_STEP
    elif series.max_length > _MAX_BLOBS:
        fault = _TOO_MANY
    return Layer(
        tag,
        decode_metadata(series.plugin_content),
        None if fault else int(series.max_step),
        "-".join(map(str, stamp)),
        fault,
    )
