"""Provides chosen events to the plugin, as TensorBoard's data providers do."""

import pathlib
from collections.abc import Collection, Iterable, Iterator

from tensorboard import errors
from tensorboard.data import provider

from tb_actmax.page.log_contents import LoggedEvent, read_run
from tb_actmax.records.event import PLUGIN_NAME
from tb_actmax.records.event_files import LoggedValue


def chosen_values(
    runs: dict[str, list[pathlib.Path]], events: Collection[LoggedEvent]
) -> Iterator[tuple[str, LoggedValue]]:
    """Yields chosen events, and the thumbnails of their runs, with the run."""
    wanted = set(events)
    for run in sorted({event.run for event in wanted}):
        for value in read_run(runs[run]):
            event = LoggedEvent(run, value.tag, value.step)
            if value.plugin != PLUGIN_NAME or event in wanted:
                yield run, value


class LogProvider(provider.DataProvider):
    """Holds events, each with its run, in memory."""

    def __init__(self, values: Iterable[tuple[str, LoggedValue]]):
        # By plugin, run and tag.
        self._values: dict[tuple[str, str, str], list[LoggedValue]] = {}
        for run, value in values:
            key = (value.plugin, run, value.tag)
            self._values.setdefault(key, []).append(value)
        self._keys = list(self._values)

    def list_runs(
        self, ctx: object = None, *, experiment_id: str
    ) -> list[provider.Run]:
        """Returns nothing: the plugin lists blobs only."""
        return []

    def list_scalars(
        self, ctx: object = None, *, experiment_id: str, **_: object
    ) -> dict[str, object]:
        """Returns nothing: a page holds no scalars."""
        return {}

    read_scalars = list_scalars
    read_last_scalars = list_scalars

    def list_blob_sequences(
        self,
        ctx: object = None,
        *,
        experiment_id: str,
        plugin_name: str,
        run_tag_filter: provider.RunTagFilter | None = None,
    ) -> dict[str, dict[str, provider.BlobSequenceTimeSeries]]:
        """Lists the layers of each run."""
        found: dict[str, dict[str, provider.BlobSequenceTimeSeries]] = {}
        for (plugin, run, tag), values in self._values.items():
            if plugin != plugin_name:
                continue
            found.setdefault(run, {})[tag] = provider.BlobSequenceTimeSeries(
                max_step=max(value.step for value in values),
                max_wall_time=max(value.wall_time for value in values),
                max_length=max(len(value.blobs) for value in values),
                plugin_content=values[0].content,
                description="",
                display_name="",
            )
        return found

    def read_blob_sequences(
        self,
        ctx: object = None,
        *,
        experiment_id: str,
        plugin_name: str,
        downsample: int,
        run_tag_filter: provider.RunTagFilter,
    ) -> dict[str, dict[str, list[provider.BlobSequenceDatum]]]:
        """Lists the newest events of layers, ascending."""
        found: dict[str, dict[str, list[provider.BlobSequenceDatum]]] = {}
        for number, (plugin, run, tag) in enumerate(self._keys):
            if plugin != plugin_name:
                continue
            if run not in run_tag_filter.runs or tag not in run_tag_filter.tags:
                continue
            values = list(enumerate(self._values[plugin, run, tag]))
            values.sort(key=lambda one: one[1].step)
            found.setdefault(run, {})[tag] = [
                provider.BlobSequenceDatum(
                    step=value.step,
                    wall_time=value.wall_time,
                    values=tuple(
                        provider.BlobReference(f"{number}.{index}.{blob}")
                        for blob in range(len(value.blobs))
                    ),
                )
                for index, value in values[-downsample:]
            ]
        return found

    def read_blob(self, ctx: object = None, *, blob_key: str) -> bytes:
        """Returns a blob."""
        try:
            number, index, blob = map(int, blob_key.split("."))
            return self._values[self._keys[number]][index].blobs[blob]
        except (IndexError, ValueError):
            raise errors.NotFoundError(blob_key) from None
