"""The log of one training."""

import contextlib
import logging
from collections.abc import Sequence

from tb_actmax.data.fitting import FittedModel
from tb_actmax.measures.thumbnails import encode_thumbnails
from tb_actmax.network.layers import Target
from tb_actmax.records.writer import EventWriter, summarize
from tb_actmax.training.event_builder import LayerEvent
from tb_actmax.training.schedule import TrainingStep

_log = logging.getLogger("tb_actmax")


class TrainingLog:
    """Reads and writes the events of a training.

    Touches no file before `open`.

    Args:
        directory: Directory of the events, on any file system that TensorFlow
            knows.

    Attributes:
        directory: The directory that is written to: the one given, or one
            beside it with a number at its end.
    """

    def __init__(self, directory: str):
        self.directory = directory
        self._first = directory
        self._writer: EventWriter | None = None
        self._opened_before = False

    def open(self, step: int, append: bool = False) -> dict[str, list[bytes]]:
        """Opens the log for writing, if it is closed.

        A new training whose directory holds the images of another gets a
        directory beside it, "actmax-2" for instance. A resumed training
        continues the newest of these directories.

        Args:
            step: Step at which the training starts, 0 for a new one.
            append: Whether a new training may write into a log with events.

        Returns:
            Blobs of the newest event of each layer, by path.

        Raises:
            OSError: If the directory cannot be written to.
        """
        if self._writer is not None:
            return {}
        directory, free = _newest(self._first)
        if self._opened_before or append:
            directory, append = self.directory, True
        writer = EventWriter(directory)
        # A training that was stopped in its first epoch has logged step 0 only.
        if _last(writer) > 0 and step == 0 and not append:
            last = _last(writer)
            writer.close()
            writer = EventWriter(free)
            _log.warning(
                "%s holds the images of another training, up to step %d. The "
                "images of this training go to %s. Give each training its own "
                "log_dir, or continue the other one with initial_epoch=%d.",
                directory,
                last,
                writer.directory,
                last,
            )
        self._writer = writer
        self._opened_before = True
        self.directory = writer.directory
        newest = dict(writer.newest)
        writer.newest.clear()
        return newest

    @property
    def _opened(self) -> EventWriter:
        assert self._writer is not None
        return self._writer

    def missing(self, path: str, steps: Sequence[int]) -> list[int]:
        """Returns the steps that are not logged for a layer."""
        logged = self._opened.logged.get(path, ())
        return [step for step in steps if step not in logged]

    def write(
        self,
        target: Target,
        event: LayerEvent,
        at: TrainingStep,
        again: bool = False,
    ) -> None:
        """Writes the event of a layer and its scalars.

        Args:
            target: The layer.
            event: The event.
            at: The point of the training.
            again: Whether the event replaces the last one, of the same point.

        Raises:
            OSError: If the log cannot be written.
        """
        self._opened.write(
            target.path,
            at.step,
            event.header,
            event.images,
            event.extra,
            layer_index=target.order,
            layer_type=target.kind,
            again=again,
        )
        if not event.images:
            return
        self._opened.write_scalars(
            at.step, summarize(target.path, event.header["filters"])
        )

    def write_thumbnails(self, fitted: FittedModel, at: TrainingStep) -> None:
        """Writes the thumbnails of the probe, unless the log has them.

        Raises:
            OSError: If the log cannot be written.
        """
        sample = fitted.sample
        if sample is None:
            return
        value_range = fitted.statistics.value_range
        self._opened.write_thumbnails(
            at.step, lambda: encode_thumbnails(sample.images, value_range)
        )

    def flush(self) -> None:
        """Makes everything that was written readable."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Closes the log; `open` opens it again."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


def _newest(directory: str) -> tuple[str, str]:
    """Returns the newest of the numbered directories, and the next free one."""
    import tensorflow as tf

    newest, number = directory, 2
    with contextlib.suppress(tf.errors.OpError):  # writing fails too
        while tf.io.gfile.exists(f"{directory}-{number}"):
            newest, number = f"{directory}-{number}", number + 1
    return newest, f"{directory}-{number}"


def _last(writer: EventWriter) -> int:
    return max((max(s) for s in writer.logged.values() if s), default=0)
