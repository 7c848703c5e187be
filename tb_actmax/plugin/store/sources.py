"""Where blobs come from: TensorBoard's data provider, or this process."""

import json
import operator
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias

from tensorboard import errors
from tensorboard.data import provider

from tb_actmax.records.event import PLUGIN_NAME

# More than any log holds: the provider must not thin out what was kept.
EVERY_STEP = 1_000_000
NEWEST_STEP = 1  # thinned out to one, the last remains

# Experiment, run and tag.
Name: TypeAlias = tuple[str, str, str]
# Step and wall time of an event, and the keys of its blobs.
Sequenced: TypeAlias = tuple[int, float, Sequence[str]]


class Source(Protocol):
    """What gives the blobs of events."""

    def events(self, ctx: Any, name: Name, most: int) -> Iterator[Sequenced]:
        """Events of a layer, each step once, the newest last.

        Args:
            ctx: Request context.
            name: Experiment, run and path of the layer.
            most: `EVERY_STEP` or `NEWEST_STEP`.

        Raises:
            tensorboard.errors.PublicError: If there is no such layer.
        """

    def blob(self, ctx: Any, key: str) -> Any:
        """A blob; anything, if what was logged is no list of strings.

        Raises:
            tensorboard.errors.PublicError: If it is gone.
        """


class Provided:
    """Blobs that a data provider gives.

    Args:
        data_provider: TensorBoard's data provider.
    """

    def __init__(self, data_provider: provider.DataProvider):
        self._provider = data_provider

    def events(self, ctx: Any, name: Name, most: int) -> Iterator[Sequenced]:
        experiment, run, tag = name
        found = self._provider.read_blob_sequences(
            ctx,
            experiment_id=experiment,
            plugin_name=PLUGIN_NAME,
            downsample=most,
            run_tag_filter=provider.RunTagFilter(runs=[run], tags=[tag]),
        )
        data = found.get(run, {}).get(tag, ())
        by_step = {int(datum.step): datum for datum in data}
        for step, datum in sorted(by_step.items()):
            keys = [reference.blob_key for reference in datum.values]
            yield step, datum.wall_time, keys

    def blob(self, ctx: Any, key: str) -> Any:
        return self._provider.read_blob(ctx, blob_key=key)


class InMemory:
    """Blobs that TensorBoard's Python loader has read into this process.

    The data provider over them makes the keys of all blobs of a layer before
    it gives any, twelve megabytes of objects for 50,000 images, and for each
    blob it makes an array of its whole event. Here it is the keys of one
    event, and one blob.

    Args:
        multiplexer: What the loader has read, as TensorBoard gives it to its
            plugins.
    """

    def __init__(self, multiplexer: Any):
        self._multiplexer = multiplexer

    def events(self, ctx: Any, name: Name, most: int) -> Iterator[Sequenced]:
        _, run, tag = name
        by_step: dict[int, Any] = {}
        for event in self._read(run, tag):
            by_step.setdefault(event.step, event)
        found = sorted(by_step.values(), key=operator.attrgetter("step"))
        for event in found[-most:]:
            keys = [
                json.dumps([run, tag, event.step, index])
                for index in range(len(event.tensor_proto.string_val))
            ]
            yield event.step, event.wall_time, keys

    def blob(self, ctx: Any, key: str) -> Any:
        run, tag, step, index = json.loads(key)
        for event in self._read(run, tag):
            if event.step == step:
                blobs = event.tensor_proto.string_val
                if index < len(blobs):
                    return blobs[index]
                break
        raise errors.NotFoundError(f"There is no blob {key}.")

    def _read(self, run: str, tag: str) -> Sequence[Any]:
        try:
            events: Sequence[Any] = self._multiplexer.Tensors(run, tag)
        except KeyError:
            raise errors.NotFoundError(
                f"There is no layer {tag!r} in the run {run!r}."
            ) from None
        return events
