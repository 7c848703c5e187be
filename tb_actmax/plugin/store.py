"""Reads events through TensorBoard's data provider.

A log may hold a million images. So the listing says only what is there, and
where an event's blobs are is asked for one layer at a time; that is kept
packed, since a layer may have fifty thousand of them.
"""

import concurrent.futures
import dataclasses
import json
import math
import threading
import time
import zlib
from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

from tensorboard import errors
from tensorboard.data import provider

from tb_actmax.plugin.cache import Cache, Flights
from tb_actmax.records.event import PLUGIN_NAME

# More than any log holds: the provider must not thin out what was kept.
_EVERY_STEP = 1_000_000
_NEWEST_STEP = 1  # thinned out to one, the last remains
# Over the data server one blob takes some 40 ms, however small: wait for
# several at once.
_THREADS = 8
_FRESH = 1.0  # seconds for which a listing is taken as it is
_MOST_BYTES = 16 << 20  # of packed blob keys that are kept
_STEP_BYTES = 200  # that a step takes beside its packed keys

# Wall time and blob keys of a layer, by epoch.
Sequences: TypeAlias = dict[int, tuple[float, tuple[str, ...]]]
# Experiment, run and tag.
Name: TypeAlias = tuple[str, str, str]


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer of a run.

    Attributes:
        tag: Path of the layer.
        index: Position of the layer in the network, if known.
        filters: Filters that the layer has, if known.
        type: Class of the layer, if known.
        last: Newest epoch.
        stamp: Another one whenever something was logged of the layer.
    """

    tag: str
    index: int | None
    filters: int | None
    type: str | None
    last: int
    stamp: str


@dataclasses.dataclass(frozen=True)
class _Step:
    wall_time: float
    packed: bytes

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(json.loads(zlib.decompress(self.packed)))


@dataclasses.dataclass(frozen=True)
class _Tag:
    """Where the blobs of a layer are; of its newest epoch if not complete."""

    stamp: str
    complete: bool
    steps: dict[int, _Step]

    @property
    def size(self) -> int:
        return sum(
            len(step.packed) + _STEP_BYTES for step in self.steps.values()
        )


@dataclasses.dataclass(frozen=True)
class _Listing:
    read_at: float  # by the monotonic clock
    layers: dict[str, dict[str, Layer]]  # by run and tag


class Store:
    """Lists what is logged, and reads it.

    TensorBoard's data providers know no users: what was read for one request
    is kept for all.

    Args:
        data_provider: TensorBoard's data provider.
    """

    def __init__(self, data_provider: provider.DataProvider):
        self._provider = data_provider
        self._lock = threading.Lock()
        self._listings: dict[str, _Listing] = {}
        self._tags: Cache[_Tag] = Cache(_MOST_BYTES)
        self._flights = Flights()
        self._pool = concurrent.futures.ThreadPoolExecutor(
            _THREADS, thread_name_prefix="actmax"
        )

    def runs(self, ctx: Any, experiment: str) -> dict[str, list[Layer]]:
        """Lists the layers of all runs, in the order of the network."""
        return {
            run: sorted(
                layers.values(),
                key=lambda la: (la.index is None, la.index or 0, la.tag),
            )
            for run, layers in sorted(self._list(ctx, experiment, 0).items())
        }

    def epochs(
        self, ctx: Any, experiment: str, run: str, tag: str
    ) -> dict[int, float]:
        """Epochs of a layer that TensorBoard has kept, and their wall times.

        Raises:
            NotFoundError: If there is no such layer.
        """
        found = self._tag(ctx, (experiment, run, tag), None)
        return {step: one.wall_time for step, one in found.steps.items()}

    def sequences(
        self,
        ctx: Any,
        experiment: str,
        run: str,
        tag: str,
        steps: Sequence[int] | None = None,
    ) -> Sequences:
        """Finds the blobs of a layer.

        Args:
            ctx: Request context.
            experiment: Experiment.
            run: Run.
            tag: Path of the layer.
            steps: Epochs; `None` for all.

        Returns:
            Wall time and blob keys, by epoch, of those that are there.

        Raises:
            NotFoundError: If there is no such layer.
        """
        wanted = None if steps is None else set(steps)
        found = self._tag(ctx, (experiment, run, tag), wanted).steps
        chosen = found if wanted is None else sorted(wanted & found.keys())
        return {
            step: (found[step].wall_time, found[step].keys) for step in chosen
        }

    def read(
        self, ctx: Any, keys: Sequence[str]
    ) -> list[bytes | errors.PublicError]:
        """Reads blobs side by side; a blob that is gone is an error."""

        def one(key: str) -> bytes | errors.PublicError:
            try:
                return bytes(self._provider.read_blob(ctx, blob_key=key))
            except errors.PublicError as error:
                return error

        return list(self._pool.map(one, keys))

    def _list(
        self, ctx: Any, experiment: str, fresh: float
    ) -> dict[str, dict[str, Layer]]:
        """What is logged, by run and tag; at most `fresh` seconds old."""
        known = self._listings.get(experiment)
        if known is not None and time.monotonic() - known.read_at < fresh:
            return known.layers
        return self._flights.once(
            ("list", experiment), lambda: self._read_list(ctx, experiment)
        )

    def _read_list(
        self, ctx: Any, experiment: str
    ) -> dict[str, dict[str, Layer]]:
        listed = self._provider.list_blob_sequences(
            ctx, experiment_id=experiment, plugin_name=PLUGIN_NAME
        )
        layers = {
            run: {tag: _layer(tag, found) for tag, found in tags.items()}
            for run, tags in listed.items()
        }
        self._listings[experiment] = _Listing(time.monotonic(), layers)
        self._tags.drop(
            lambda key: (
                key[0] == experiment and key[2] not in layers.get(key[1], ())
            )
        )
        return layers

    def _tag(
        self, ctx: Any, name: Name, wanted: Collection[int] | None
    ) -> _Tag:
        """Where blobs are: of the epochs `wanted`, or of all."""
        experiment, run, tag = name
        layer = self._list(ctx, experiment, _FRESH).get(run, {}).get(tag)
        if layer is None:
            raise errors.NotFoundError(
                f"There is no layer {tag!r} in the run {run!r}."
            )
        known = self._tags.get(name)
        if known is not None and known.stamp == layer.stamp:
            if known.complete:
                return known
            if wanted is not None and known.steps.keys() >= set(wanted):
                return known
        if wanted is not None and set(wanted) == {layer.last}:
            read = self._read_tag(ctx, name, layer.stamp, _NEWEST_STEP)
            if layer.last in read.steps:
                return read
        return self._read_tag(ctx, name, layer.stamp, _EVERY_STEP)

    def _read_tag(self, ctx: Any, name: Name, stamp: str, most: int) -> _Tag:
        def read() -> _Tag:
            _, run, tag = name
            found = self._provider.read_blob_sequences(
                ctx,
                experiment_id=name[0],
                plugin_name=PLUGIN_NAME,
                downsample=most,
                run_tag_filter=provider.RunTagFilter(runs=[run], tags=[tag]),
            )
            steps = {
                datum.step: _Step(
                    datum.wall_time if math.isfinite(datum.wall_time) else 0.0,
                    _pack([ref.blob_key for ref in datum.values]),
                )
                for datum in found.get(run, {}).get(tag, ())
            }
            complete = most == _EVERY_STEP
            result = _Tag(stamp, complete, dict(sorted(steps.items())))
            known = self._tags.get(name)
            if (
                complete
                or known is None
                or not known.complete
                or known.stamp != stamp
            ):
                self._tags.put(name, result, result.size)
            return result

        return self._flights.once((name, stamp, most), read)


def _pack(keys: list[str]) -> bytes:
    """A layer's keys are long and nearly alike."""
    return zlib.compress(json.dumps(keys).encode(), 1)


def _layer(tag: str, found: provider.BlobSequenceTimeSeries) -> Layer:
    about = _content(found.plugin_content)
    kind = about.get("layer_type")
    stamp = (found.max_step, found.max_wall_time, found.max_length)
    return Layer(
        tag,
        _whole(about.get("layer_index")),
        _whole(about.get("layer_filters")),
        kind if isinstance(kind, str) else None,
        found.max_step,
        "-".join(map(str, stamp)),
    )


def _content(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _whole(value: Any) -> int | None:
    return value if type(value) is int else None
