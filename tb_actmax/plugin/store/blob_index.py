"""Where the blobs of a layer's events are, kept in few bytes.

A layer may have fifty thousand blobs. TensorBoard names each by a key, and
those of one event are nearly alike.
"""

import array
import bisect
import dataclasses
import json
import math
import os
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from tensorboard import errors

from tb_actmax.plugin.store.listing import LARGEST_STEP, NO_STEP
from tb_actmax.plugin.store.sources import EVERY_STEP, Name, Source

_RECENT = 4  # ends of keys that are compared with those of the next event
_BYTES = 1000  # that the objects of a layer take beside what they hold

# A step that is not shown, or `None` for all of them, and why.
Fault: TypeAlias = tuple[int | None, str]


class Keys:
    """Keys of the blobs of a layer's events, by step, in few objects.

    TensorBoard's keys take tens of megabytes for the moment in which they are
    read. A small object that is made among them and stays keeps a megabyte
    from going back to the system, so there is none for each step.
    """

    def __init__(self) -> None:
        self.steps = array.array("q")  # ascending
        self.times = array.array("d")
        # Of each step: what all its keys begin with, and which of `rests`
        # has what follows in each. Most events of a layer have as many
        # images, so that their keys end alike.
        self._prefixes = bytearray()
        self._ends = array.array("Q", [0])
        self._which = array.array("I")
        self._rests: list[bytes] = []

    def add(self, step: int, wall_time: float, keys: Sequence[str]) -> None:
        """Adds an event of a later step than those that are there."""
        # By letters, of what are no paths.
        prefix: str = os.path.commonprefix(keys)  # noqa: RUF071
        ends = [key[len(prefix) :] for key in keys]
        rest = zlib.compress(json.dumps(ends).encode(), 1)
        recent = self._rests[-_RECENT:]
        if rest not in recent:
            recent.append(rest)
            self._rests.append(rest)
        self.steps.append(step)
        self.times.append(wall_time)
        self._prefixes += prefix.encode()
        self._ends.append(len(self._prefixes))
        self._which.append(len(self._rests) - len(recent) + recent.index(rest))

    def place(self, step: int) -> int | None:
        """Which of the steps this is, if it is one."""
        found = bisect.bisect_left(self.steps, step)
        there = found < len(self.steps) and self.steps[found] == step
        return found if there else None

    def of(self, place: int) -> tuple[str, ...]:
        """Keys of all blobs of an event, in order."""
        begin, end = self._ends[place : place + 2]
        prefix = self._prefixes[begin:end].decode()
        ends = json.loads(zlib.decompress(self._rests[self._which[place]]))
        return tuple(prefix + end for end in ends)

    @property
    def size(self) -> int:
        """Bytes that this takes."""
        columns = (self.steps, self.times, self._ends, self._which)
        numbers = sum(len(column) * column.itemsize for column in columns)
        return numbers + len(self._prefixes) + sum(map(len, self._rests))


@dataclasses.dataclass(frozen=True)
class Places:
    """Where the blobs of a layer are.

    Attributes:
        stamp: What was listed when this was read.
        complete: Whether all epochs are here, not the newest alone.
        keys: Steps, their wall times and blob keys.
        faults: What is not shown.
    """

    stamp: str
    complete: bool
    keys: Keys
    faults: tuple[Fault, ...] = ()

    @property
    def last(self) -> int | None:
        """The newest step, if there is one."""
        return self.keys.steps[-1] if self.keys.steps else None

    @property
    def size(self) -> int:
        """Bytes that this takes."""
        return self.keys.size + _BYTES

    def has(self, steps: Iterable[int]) -> bool:
        """Whether all of these steps are here."""
        return all(self.keys.place(step) is not None for step in steps)


def read_places(
    source: Source, ctx: Any, name: Name, stamp: str, most: int
) -> Places:
    """Asks where the blobs of a layer are.

    Args:
        source: What gives them.
        ctx: Request context.
        name: Experiment, run and path of the layer.
        stamp: What was listed of it.
        most: `EVERY_STEP` or `NEWEST_STEP`.

    Raises:
        tensorboard.errors.PublicError: As TensorBoard raises it.
    """
    keys = Keys()
    faults: list[Fault] = []
    try:
        for step, at, blobs in source.events(ctx, name, most):
            if 0 <= step <= LARGEST_STEP:
                keys.add(step, at if math.isfinite(at) else 0.0, blobs)
            else:
                faults.append((step, NO_STEP))
    except errors.PublicError:
        raise
    except Exception as error:  # over an event that is very strange
        what = type(error).__name__
        faults = [(None, f"TensorBoard cannot read it: {what}.")]
        keys = Keys()
    return Places(stamp, most == EVERY_STEP, keys, tuple(faults))
