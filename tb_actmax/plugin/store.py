"""Reads events through TensorBoard's data provider."""

import collections
import concurrent.futures
import dataclasses
import json
import threading
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from tensorboard import errors
from tensorboard.data import provider

from tb_actmax.records.event import PLUGIN_NAME

# More than any log holds: the provider must not thin out what was kept.
_EVERY_STEP = 1_000_000
# Over the data server one blob takes some 40 ms, however small: wait for
# several at once.
_THREADS = 8
# Wall time and blob keys of a layer, by epoch.
Sequences: TypeAlias = dict[int, tuple[float, tuple[str, ...]]]

_MOST_KEYS = 300_000  # blob keys kept, about 150 bytes each


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer of a run.

    Attributes:
        tag: Path of the layer.
        index: Position of the layer in the network, if known.
        filters: Filters that the layer has, if known.
        type: Class of the layer, if known.
        epochs: Epochs that TensorBoard has kept, ascending.
    """

    tag: str
    index: int | None
    filters: int | None
    type: str | None
    epochs: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class _Step:
    wall_time: float
    keys: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class _Tag:
    stamp: tuple[Any, ...]
    steps: dict[int, _Step]

    @property
    def size(self) -> int:
        return sum(len(step.keys) for step in self.steps.values())


class Store:
    """Lists what is logged, and reads it.

    Args:
        data_provider: TensorBoard's data provider.
    """

    def __init__(self, data_provider: provider.DataProvider):
        self._provider = data_provider
        self._lock = threading.Lock()
        self._tags: collections.OrderedDict[tuple[str, str, str], _Tag]
        self._tags = collections.OrderedDict()
        # Steps stay known when the many keys of a tag are dropped.
        self._epochs: dict[
            tuple[str, str, str], tuple[tuple[Any, ...], tuple[int, ...]]
        ] = {}
        self._pool = concurrent.futures.ThreadPoolExecutor(
            _THREADS, thread_name_prefix="actmax"
        )

    def runs(self, ctx: Any, experiment: str) -> dict[str, list[Layer]]:
        """Lists the layers of all runs, in the order of the network."""
        listed = self._provider.list_blob_sequences(
            ctx, experiment_id=experiment, plugin_name=PLUGIN_NAME
        )
        series = {
            (run, tag): found
            for run, tags in listed.items()
            for tag, found in tags.items()
        }
        self._forget_others(experiment, series)
        epochs = self._all_epochs(ctx, experiment, series)
        runs: dict[str, list[Layer]] = {}
        for (run, tag), found in series.items():
            about = _content(found.plugin_content)
            layer = Layer(
                tag,
                _whole(about.get("layer_index")),
                _whole(about.get("layer_filters")),
                about.get("layer_type")
                if isinstance(about.get("layer_type"), str)
                else None,
                epochs[run, tag],
            )
            runs.setdefault(run, []).append(layer)
        for layers in runs.values():
            layers.sort(
                key=lambda la: (la.index is None, la.index or 0, la.tag)
            )
        return dict(sorted(runs.items()))

    def _forget_others(
        self, experiment: str, series: Iterable[tuple[str, str]]
    ) -> None:
        """Drops what is known of runs that are gone."""
        here = set(series)
        with self._lock:
            for key in list(self._epochs):
                if key[0] == experiment and key[1:] not in here:
                    del self._epochs[key]
                    self._tags.pop(key, None)

    def _all_epochs(
        self,
        ctx: Any,
        experiment: str,
        series: dict[tuple[str, str], provider.BlobSequenceTimeSeries],
    ) -> dict[tuple[str, str], tuple[int, ...]]:
        def epochs(item: Any) -> tuple[int, ...]:
            (run, tag), found = item
            stamp = _stamp(found)
            with self._lock:
                known = self._epochs.get((experiment, run, tag))
            if known is not None and known[0] == stamp:
                return known[1]
            read = self._read_tag(ctx, experiment, run, tag, stamp)
            return tuple(read.steps)

        found = self._pool.map(epochs, series.items())
        return dict(zip(series, found, strict=True))

    def _read_tag(
        self,
        ctx: Any,
        experiment: str,
        run: str,
        tag: str,
        stamp: tuple[Any, ...],
    ) -> _Tag:
        read = self._provider.read_blob_sequences(
            ctx,
            experiment_id=experiment,
            plugin_name=PLUGIN_NAME,
            downsample=_EVERY_STEP,
            run_tag_filter=provider.RunTagFilter(runs=[run], tags=[tag]),
        )
        steps = {
            datum.step: _Step(
                datum.wall_time, tuple(ref.blob_key for ref in datum.values)
            )
            for datum in read.get(run, {}).get(tag, ())
        }
        result = _Tag(stamp, dict(sorted(steps.items())))
        key = (experiment, run, tag)
        with self._lock:
            self._epochs[key] = (stamp, tuple(result.steps))
            self._tags[key] = result
            self._tags.move_to_end(key)
            size = sum(tag.size for tag in self._tags.values())
            while size > _MOST_KEYS and len(self._tags) > 1:
                size -= self._tags.popitem(last=False)[1].size
        return result

    def _tag(
        self, ctx: Any, experiment: str, run: str, tag: str, steps: set[int]
    ) -> _Tag:
        key = (experiment, run, tag)
        with self._lock:
            known = self._tags.get(key)
            stamp = self._epochs.get(key, ((), ()))[0]
            if known is not None:
                self._tags.move_to_end(key)
        current = known is not None and known.stamp == stamp
        if current and known is not None and steps <= known.steps.keys():
            return known
        # An unknown stamp is not equal to any, so that the next listing
        # reads again.
        read = self._read_tag(ctx, experiment, run, tag, stamp)
        if not read.steps:
            raise errors.NotFoundError(
                f"There is no layer {tag!r} in the run {run!r}."
            )
        return read

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
        wanted = set() if steps is None else set(steps)
        found = self._tag(ctx, experiment, run, tag, wanted).steps
        chosen = found if steps is None else sorted(wanted & found.keys())
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


def _stamp(found: provider.BlobSequenceTimeSeries) -> tuple[Any, ...]:
    return (found.max_step, found.max_wall_time, found.max_length)


def _content(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _whole(value: Any) -> int | None:
    return value if type(value) is int else None
