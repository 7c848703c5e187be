"""The log of one training, written look by look."""

from collections.abc import Sequence
from typing import cast

from tb_actmax.network.layers import Target
from tb_actmax.records.header import EventHeader
from tb_actmax.records.writer import EventWriter, summarize
from tb_actmax.training.event_builder import LayerEvent
from tb_actmax.training.moment import Moment


class TrainingLog:
    """The events that a training has written, and those that it will.

    Nothing is touched before `open`.

    Args:
        directory: Where the events go; any file system that TensorFlow knows.
    """

    def __init__(self, directory: str):
        self._directory = directory
        self._writer: EventWriter | None = None

    def open(self, epoch: int, again: bool = False) -> dict[str, list[bytes]]:
        """Opens the log for writing, if it is not open.

        Args:
            epoch: Epochs done before this training, 0 for a new one.
            again: Whether to go on in a log that holds events already.

        Returns:
            What it holds to go on from: blobs of each layer's newest event.

        Raises:
            ValueError: If a new training would write into an old one's log.
            OSError: If the directory cannot be written to.
        """
        if self._writer is not None:
            return {}
        writer = EventWriter(self._directory)
        logged = [step for steps in writer.logged.values() for step in steps]
        # One that was stopped in its first epoch has logged its start alone.
        if max(logged, default=0) > 0 and epoch == 0 and not again:
            writer.close()
            raise ValueError(
                f"{self._directory} already holds images of a training, up to "
                f"epoch {max(logged)}. Give each training a log_dir of its "
                "own, for instance with a date in its name; to go on with that "
                f"training, pass initial_epoch={max(logged)} to fit."
            )
        self._writer = writer
        newest = dict(writer.newest)
        writer.newest.clear()
        return newest

    @property
    def _opened(self) -> EventWriter:
        assert self._writer is not None
        return self._writer

    def left(self, path: str, steps: Sequence[int]) -> list[int]:
        """Those of some steps at which a layer is not logged yet."""
        logged = self._opened.logged.get(path, ())
        return [step for step in steps if step not in logged]

    def write(self, target: Target, made: LayerEvent, moment: Moment) -> None:
        """Writes one layer at one look, and its scalars.

        Raises:
            OSError: If it cannot be written.
        """
        self._opened.write(
            target.path,
            moment.step,
            cast(EventHeader, made.header | moment.header),
            made.images,
            made.extra,
            layer_index=target.order,
            layer_type=target.kind,
        )
        self._opened.write_scalars(
            moment.step, summarize(target.path, made.header["filters"])
        )

    def flush(self) -> None:
        """Makes sure that all that was written can be read."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Closes the log; `open` opens it again."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
