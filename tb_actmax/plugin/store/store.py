"""Lists and reads what is logged, through TensorBoard's data provider.

A log may hold a million images. So the listing says only what is there, and
where an event's blobs are is asked for one layer at a time.
"""

import concurrent.futures
import dataclasses
import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeAlias

from tensorboard import errors
from tensorboard.data import provider

from tb_actmax.plugin.store.blob_index import Fault, Keys, Places, read_places
from tb_actmax.plugin.store.blobs import Blobs
from tb_actmax.plugin.store.cache import Cache, Flights
from tb_actmax.plugin.store.freed import give_back
from tb_actmax.plugin.store.listing import LARGEST_STEP, Layer, listed
from tb_actmax.plugin.store.sources import (
    EVERY_STEP,
    NEWEST_STEP,
    InMemory,
    Name,
    Provided,
    Source,
)
from tb_actmax.records.event import PLUGIN_NAME

_FRESH = 1.0  # seconds for which a listing is taken as it is
_MOST_BYTES = 4 << 20  # of blob keys that are kept

# Wall time and blob keys of a layer, by epoch.
Sequences: TypeAlias = dict[int, tuple[float, tuple[str, ...]]]


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
        multiplexer: What TensorBoard's Python loader has read, if it did.

    Attributes:
        in_process: Whether this process has all blobs in its memory.
    """

    def __init__(
        self, data_provider: provider.DataProvider, multiplexer: Any = None
    ):
        self._provider = data_provider
        self.in_process = multiplexer is not None
        self._source: Source = (
            InMemory(multiplexer)
            if self.in_process
            else Provided(data_provider)
        )
        self._listings: dict[str, _Listing] = {}
        self._tags: Cache[Places] = Cache(_MOST_BYTES)
        self._flights = Flights()
        self._blobs = Blobs(self._source, self.in_process)
        # All keys of a layer take tens of megabytes while a data provider
        # gives them: one layer at a time, in one thread, which uses the same
        # memory again.
        self._reader = concurrent.futures.ThreadPoolExecutor(
            1, thread_name_prefix="actmax-places"
        )

    def runs(self, ctx: Any, experiment: str) -> dict[str, list[Layer]]:
        """Lists the layers of all runs, in the order of the network."""
        if self._blobs.has_read():  # since a tab asked, some seconds ago
            self._reader.submit(give_back)
        return {
            run: sorted(
                layers.values(),
                key=_network_order,
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
        keys = self._tag(ctx, (experiment, run, tag), None).keys
        return dict(zip(keys.steps, keys.times, strict=True))

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
        keys = self._tag(ctx, (experiment, run, tag), wanted).keys
        chosen = keys.steps if wanted is None else sorted(wanted)
        places = [(step, keys.place(step)) for step in chosen]
        return {
            step: (keys.times[place], keys.of(place))
            for step, place in places
            if place is not None
        }

    def read(
        self, ctx: Any, keys: Sequence[str]
    ) -> Iterator[bytes | errors.PublicError]:
        """Reads blobs, in this order; one that cannot be read is an error."""
        return self._blobs.read(ctx, keys)

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
        found = self._provider.list_blob_sequences(
            ctx, experiment_id=experiment, plugin_name=PLUGIN_NAME
        )
        layers = {
            run: {
                tag: self._checked(ctx, experiment, run, listed(tag, series))
                for tag, series in tags.items()
            }
            for run, tags in found.items()
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
            known = self._read_tag(ctx, name, layer.stamp, EVERY_STEP)
        fault = known.faults[0][1] if known.last is None else None
        return dataclasses.replace(layer, last=known.last, fault=fault)

    def _tag(
        self, ctx: Any, name: Name, wanted: Collection[int] | None
    ) -> Places:
        """Where blobs are: of the epochs `wanted`, or of all."""
        experiment, run, tag = name
        layer = self._list(ctx, experiment, _FRESH).get(run, {}).get(tag)
        if layer is None:
            raise errors.NotFoundError(
                f"There is no layer {tag!r} in the run {run!r}."
            )
        if layer.fault is not None:
            return Places(layer.stamp, True, Keys(), ((None, layer.fault),))
        known = self._tags.get(name)
        if known is not None and known.stamp == layer.stamp:
            if known.complete:
                return known
            if wanted is not None and known.has(wanted):
                return known
        if wanted is not None and set(wanted) == {layer.last}:
            read = self._read_tag(ctx, name, layer.stamp, NEWEST_STEP)
            if read.has(wanted):
                return read
        return self._read_tag(ctx, name, layer.stamp, EVERY_STEP)

    def _read_tag(self, ctx: Any, name: Name, stamp: str, most: int) -> Places:
        def read() -> Places:
            words = (self._source, ctx, name, stamp, most)
            if most == NEWEST_STEP or self.in_process:
                result = read_places(*words)
            else:
                result = self._reader.submit(read_places, *words).result()
                self._reader.submit(give_back)  # nobody waits for that
            known = self._tags.get(name)
            if (
                result.complete
                or known is None
                or not known.complete
                or known.stamp != stamp
            ):
                self._tags.put(name, result, result.size)
            return result

        return self._flights.once((name, stamp, most), read)


def _network_order(layer: Layer) -> tuple[bool, int, str]:
    index = layer.metadata.layer_index
    return index is None, index or 0, layer.tag
