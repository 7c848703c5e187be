"""Layers of runs as they are listed, out of what TensorBoard says of them."""

import dataclasses

from tensorboard.data import provider

from tb_actmax.records.tag_metadata import TagMetadata, decode_metadata

LARGEST_STEP = (1 << 53) - 1  # what a JSON number holds exactly
NO_STEP = "This step is no number of epochs."

# The shape of a tensor can claim any number of blobs, and TensorBoard's
# Python loader makes a key for each.
_MOST_BLOBS = 1 << 17
_TOO_MANY = f"An event claims to hold more than {_MOST_BLOBS} images."


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer of a run.

    Attributes:
        tag: Path of the layer.
        metadata: Position, size and class of the layer.
        last: Newest epoch, if there is one.
        stamp: Another one whenever something was logged of the layer.
        fault: Why nothing of it can be shown, if that is so.
    """

    tag: str
    metadata: TagMetadata
    last: int | None
    stamp: str
    fault: str | None = None


def listed(tag: str, found: provider.BlobSequenceTimeSeries) -> Layer:
    """A layer of which TensorBoard has found something."""
    stamp = (found.max_step, found.max_wall_time, found.max_length)
    fault = None
    if found.max_step < 0:
        fault = NO_STEP
    elif found.max_length > _MOST_BLOBS:
        fault = _TOO_MANY
    return Layer(
        tag,
        decode_metadata(found.plugin_content),
        None if fault else int(found.max_step),
        "-".join(map(str, stamp)),
        fault,
    )
