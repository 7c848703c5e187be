"""Where the blobs of a layer's events are, kept in few bytes.

A layer may have fifty thousand blobs. TensorBoard names each by a key, and
those of one event are nearly alike.
"""

import dataclasses
import json
import math
import os
import zlib
from collections.abc import Sequence
from typing import Any, TypeAlias

from tensorboard import errors
from tensorboard.data import provider

from tb_actmax.plugin.layers import LARGEST_STEP, NO_STEP
from tb_actmax.records.event import PLUGIN_NAME

# More than any log holds: the provider must not thin out what was kept.
EVERY_STEP = 1_000_000
NEWEST_STEP = 1  # thinned out to one, the last remains

_STEP_BYTES = 250  # that a step takes beside its keys

# A step that is not shown, or `None` for all of them, and why.
Fault: TypeAlias = tuple[int | None, str]
# Experiment, run and tag.
Name: TypeAlias = tuple[str, str, str]


@dataclasses.dataclass(frozen=True)
class Step:
    """Where the blobs of one event are.

    Attributes:
        wall_time: When the event was written.
        prefix: What all its keys begin with.
        rest: What follows in each, packed.
    """

    wall_time: float
    prefix: str
    rest: bytes

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of all blobs, in order."""
        ends = json.loads(zlib.decompress(self.rest))
        return tuple(self.prefix + end for end in ends)


@dataclasses.dataclass(frozen=True)
class Places:
    """Where the blobs of a layer are.

    Attributes:
        stamp: What was listed when this was read.
        complete: Whether all epochs are here, not the newest alone.
        steps: By epoch, ascending.
        faults: What is not shown.
    """

    stamp: str
    complete: bool
    steps: dict[int, Step]
    faults: tuple[Fault, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that this takes."""
        shared = {id(step.rest): len(step.rest) for step in self.steps.values()}
        prefixes = sum(len(step.prefix) for step in self.steps.values())
        return sum(shared.values()) + prefixes + len(self.steps) * _STEP_BYTES


def read_places(
    data: provider.DataProvider, ctx: Any, name: Name, stamp: str, most: int
) -> Places:
    """Asks TensorBoard where the blobs of a layer are.

    Args:
        data: TensorBoard's data provider.
        ctx: Request context.
        name: Experiment, run and path of the layer.
        stamp: What was listed of it.
        most: `EVERY_STEP` or `NEWEST_STEP`.

    Raises:
        tensorboard.errors.PublicError: As TensorBoard raises it.
    """
    experiment, run, tag = name
    faults: list[Fault] = []
    try:
        found = data.read_blob_sequences(
            ctx,
            experiment_id=experiment,
            plugin_name=PLUGIN_NAME,
            downsample=most,
            run_tag_filter=provider.RunTagFilter(runs=[run], tags=[tag]),
        )
    except errors.PublicError:
        raise
    except Exception as error:  # over an event that is very strange
        what = type(error).__name__
        faults.append((None, f"TensorBoard cannot read it: {what}."))
        found = {}
    steps: dict[int, Step] = {}
    # Most events of a layer have as many images, so that keys end alike.
    packed: dict[bytes, bytes] = {}
    for datum in found.get(run, {}).get(tag, ()):
        step, time_of = int(datum.step), datum.wall_time
        if not 0 <= step <= LARGEST_STEP:
            faults.append((step, NO_STEP))
            continue
        prefix, rest = _pack([ref.blob_key for ref in datum.values])
        steps[step] = Step(
            time_of if math.isfinite(time_of) else 0.0,
            prefix,
            packed.setdefault(rest, rest),
        )
    ascending = dict(sorted(steps.items()))
    return Places(stamp, most == EVERY_STEP, ascending, tuple(faults))


def _pack(keys: Sequence[str]) -> tuple[str, bytes]:
    # By letters, of what are no paths.
    prefix: str = os.path.commonprefix(keys)  # noqa: RUF071
    ends = [key[len(prefix) :] for key in keys]
    return prefix, zlib.compress(json.dumps(ends).encode(), 1)
