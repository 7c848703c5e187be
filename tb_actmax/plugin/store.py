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

LARGEST_STEP = (1 << 53) - 1  # what a JSON number holds exactly
# The shape of a tensor can claim any number of blobs, and TensorBoard's
# Python loader makes a key for each.
_MOST_BLOBS = 1 << 17
_LONGEST_TYPE = 200  # letters of the class of a layer

# A step that is not shown, or `None` for all of them, and why.
Fault: TypeAlias = tuple[int | None, str]
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
        last: Newest epoch, if there is one.
        stamp: Another one whenever something was logged of the layer.
        fault: Why nothing of it can be shown, if that is so.
    """

    tag: str
    index: int | None
    filters: int | None
    type: str | None
    last: int | None
    stamp: str
    fault: str | None = None


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
    faults: tuple[Fault, ...] = ()

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

    def faults(
        self, ctx: Any, experiment: str, run: str, tag: str
    ) -> tuple[Fault, ...]:
        """Steps of a layer that are not shown, whatever they hold.

        Raises:
            NotFoundError: If there is no such layer.
        """
        return self._tag(ctx, (experiment, run, tag), None).faults

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
        """Reads blobs side by side; one that cannot be read is an error."""

        def one(key: str) -> bytes | errors.PublicError:
            try:
                blob = self._provider.read_blob(ctx, blob_key=key)
            except errors.PublicError as error:
                return error
            except Exception as error:  # a tensor that is no list of strings
                return errors.InvalidArgumentError(type(error).__name__)
            if not isinstance(blob, bytes):
                return errors.InvalidArgumentError("it is no string")
            return bytes(blob)

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
            run: {
                tag: self._checked(ctx, experiment, run, _layer(tag, found))
                for tag, found in tags.items()
            }
            for run, tags in listed.items()
        }
        self._listings[experiment] = _Listing(time.monotonic(), layers)
        self._tags.drop(
            lambda key: (
                key[0] == experiment and key[2] not in layers.get(key[1], ())
            )
        )
        return layers

    def _checked(
        self, ctx: Any, experiment: str, run: str, layer: Layer
    ) -> Layer:
        """The same with a last epoch that is one."""
        if layer.fault or layer.last is None or layer.last <= LARGEST_STEP:
            return layer
        name = (experiment, run, layer.tag)
        known = self._tags.get(name)
        if known is None or known.stamp != layer.stamp:
            known = self._read_tag(ctx, name, layer.stamp, _EVERY_STEP)
        last = max(known.steps, default=None)
        fault = known.faults[0][1] if last is None else None
        return dataclasses.replace(layer, last=last, fault=fault)

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
        if layer.fault is not None:
            return _Tag(layer.stamp, True, {}, ((None, layer.fault),))
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
            steps: dict[int, _Step] = {}
            faults: list[Fault] = []
            try:
                found = self._provider.read_blob_sequences(
                    ctx,
                    experiment_id=name[0],
                    plugin_name=PLUGIN_NAME,
                    downsample=most,
                    run_tag_filter=provider.RunTagFilter(
                        runs=[run], tags=[tag]
                    ),
                )
            except errors.PublicError:
                raise
            except Exception as error:  # over an event that is very strange
                what = type(error).__name__
                faults.append((None, f"TensorBoard cannot read it: {what}."))
                found = {}
            for datum in found.get(run, {}).get(tag, ()):
                step, time_of = int(datum.step), datum.wall_time
                if not 0 <= step <= LARGEST_STEP:
                    faults.append((step, _NO_STEP))
                    continue
                steps[step] = _Step(
                    time_of if math.isfinite(time_of) else 0.0,
                    _pack([ref.blob_key for ref in datum.values]),
                )
            complete = most == _EVERY_STEP
            result = _Tag(
                stamp, complete, dict(sorted(steps.items())), tuple(faults)
            )
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


_NO_STEP = "This step is no number of epochs."
_TOO_MANY = f"An event claims to hold more than {_MOST_BLOBS} images."


def _layer(tag: str, found: provider.BlobSequenceTimeSeries) -> Layer:
    about = _content(found.plugin_content)
    stamp = (found.max_step, found.max_wall_time, found.max_length)
    fault = None
    if found.max_step < 0:
        fault = _NO_STEP
    elif found.max_length > _MOST_BLOBS:
        fault = _TOO_MANY
    return Layer(
        tag,
        _whole(about.get("layer_index")),
        _whole(about.get("layer_filters")),
        _word(about.get("layer_type")),
        None if fault else int(found.max_step),
        "-".join(map(str, stamp)),
        fault,
    )


def _content(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _whole(value: Any) -> int | None:
    return value if type(value) is int and abs(value) < 1 << 31 else None


def _word(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > _LONGEST_TYPE:
        return None
    return value.encode("utf-8", "replace").decode()
