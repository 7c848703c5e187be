"""The log of one training."""

from collections.abc import Sequence

from tb_actmax.network.layers import Target
from tb_actmax.records.writer import EventWriter, summarize
from tb_actmax.training.event_builder import LayerEvent
from tb_actmax.training.schedule import TrainingStep


class TrainingLog:
    """Reads and writes the events of a training.

    Touches no file before `open`.

    Args:
        directory: Directory of the events, on any file system that TensorFlow
            knows.
    """

    def __init__(self, directory: str):
        self._directory = directory
        self._writer: EventWriter | None = None

    def open(self, step: int, append: bool = False) -> dict[str, list[bytes]]:
        """Opens the log for writing, if it is closed.

        Args:
            step: Step at which the training starts, 0 for a new one.
            append: Whether a new training may write into a log with events.

        Returns:
            Blobs of the newest event of each layer, by path.

        Raises:
            ValueError: If a new training would write into the log of another.
            OSError: If the directory cannot be written to.
        """
        if self._writer is not None:
            return {}
        writer = EventWriter(self._directory)
        last = max((max(s) for s in writer.logged.values() if s), default=0)
        # A training that was stopped in its first epoch has logged step 0 only.
        if last > 0 and step == 0 and not append:
            writer.close()
            raise ValueError(
                f"{self._directory} already holds images of a training, up to "
                f"epoch {last}. Give each training a log_dir of its own, for "
                "instance with a date in its name. To continue that training, "
                f"pass initial_epoch={last} to fit."
            )
        self._writer = writer
        newest = dict(writer.newest)
        writer.newest.clear()
        return newest

    @property
    def _opened(self) -> EventWriter:
        assert self._writer is not None
        return self._writer

    def missing(self, path: str, steps: Sequence[int]) -> list[int]:
        """Returns those of some steps that are not logged for a layer."""
        logged = self._opened.logged.get(path, ())
        return [step for step in steps if step not in logged]

    def write(
        self, target: Target, event: LayerEvent, at: TrainingStep
    ) -> None:
        """Writes the event of a layer and its scalars.

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
        )
        self._opened.write_scalars(
            at.step, summarize(target.path, event.header["filters"])
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
