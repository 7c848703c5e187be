"""Writes events and scalars with TensorFlow."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tb_actmax import compatibility
from tb_actmax.records import event
from tb_actmax.records.header import (
    EventHeader,
    FilterEntry,
    ThumbnailsHeader,
)
from tb_actmax.records.reader import read_log
from tb_actmax.records.tag_metadata import (
    TagMetadata,
    encode_metadata,
    unit_of,
)
from tb_actmax.records.thumbnails import (
    THUMBNAILS_PLUGIN,
    THUMBNAILS_TAG,
    encode_thumbnails_record,
)


class EventWriter:
    """Writes the events of one training.

    Args:
        directory: The run's directory, `<log_dir>/actmax`; any file system
            that TensorFlow knows.

    Attributes:
        logged: Steps in the directory, by tag, in ascending order; `write`
            adds to them.
        newest: Blobs of each tag's newest event when the log was opened.

    Raises:
        OSError: If the directory cannot be written to.
    """

    def __init__(self, directory: str):
        import tensorflow as tf

        self._tf = tf
        self.directory = directory
        with self._os_errors():
            self.logged, self.newest = read_log(directory)
            tf.io.gfile.makedirs(directory)
            before = self._files()
            self._writer = tf.summary.create_file_writer(directory)
            self._writer.init()
            self._write_start()
            self._own = self._files() - before

    @contextlib.contextmanager
    def _os_errors(self) -> Iterator[None]:
        """Raises TensorFlow's errors as `OSError`."""
        try:
            yield
        except self._tf.errors.OpError as error:
            raise OSError(
                f"Cannot write to {self.directory}: {error.message}"
            ) from error

    def _files(self) -> set[str]:
        files = self._tf.io.gfile  # `glob` would take the path as a pattern
        return {
            files.join(self.directory, name)
            for name in files.listdir(self.directory)
            if "tfevents" in name
        }

    def _write_start(self) -> None:
        """Writes the start of a session, so that TensorBoard drops old events.

        Otherwise TensorBoard's Python loader keeps the deleted events of a
        directory that is emptied and written again between two reloads.
        """
        from tensorflow.core.util import event_pb2

        steps = [steps[-1] for steps in self.logged.values() if steps]
        start = event_pb2.Event(
            wall_time=time.time(),
            step=max(steps, default=-1) + 1,
            session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START),
        )
        self._tf.raw_ops.ImportEvent(
            writer=compatibility.writer_resource(self._writer),
            event=start.SerializeToString(),
        )

    def write(
        self,
        tag: str,
        step: int,
        header: EventHeader,
        images: Sequence[bytes],
        extra: Sequence[bytes] = (),
        *,
        layer_index: int,
        layer_type: str,
        again: bool = False,
    ) -> None:
        """Writes one layer at one epoch.

        Args:
            tag: Path of the layer.
            step: Epochs or batches done, more than at the tag's last event.
            header: Header of the event.
            images: Encoded images, one for each of the header's filters.
            extra: Encoded images that the header refers to.
            layer_index: Position of the layer between input and output.
            layer_type: Class of the layer, "Conv2D" for instance.
            again: Whether the event replaces the tag's last one.

        Raises:
            EventError: If the header is invalid, or does not fit the images.
            ValueError: If the step is not larger than the last one.
            OSError: If the log cannot be written.
        """
        steps = self.logged.setdefault(tag, [])
        if steps and (step < steps[-1] or (step == steps[-1] and not again)):
            raise ValueError(
                f"The log {self.directory} goes up to step {steps[-1]} for "
                f"{tag!r}; step {step} cannot be added."
            )
        blobs = event.encode(header, images, extra)
        metadata = _summary_metadata(header, layer_index, layer_type)
        self._write_blobs(tag, step, blobs, metadata)
        if not steps or step > steps[-1]:
            steps.append(step)

    def _write_blobs(
        self, tag: str, step: int, blobs: Sequence[bytes], metadata: Any
    ) -> None:
        tf = self._tf
        with self._os_errors():
            # Keras's own TensorBoard callback may have switched recording off.
            with self._writer.as_default(), tf.summary.record_if(True):
                tf.summary.write(
                    tag,
                    tf.constant(blobs, tf.string),
                    step=self._number(step, np.int64),
                    metadata=metadata,
                )

    def write_thumbnails(
        self, step: int, make: Callable[[], tuple[ThumbnailsHeader, bytes]]
    ) -> None:
        """Writes the thumbnails of the probe, unless the log has them.

        Args:
            step: Epochs or batches done.
            make: Makes the header and the image.

        Raises:
            OSError: If the log cannot be written.
        """
        if THUMBNAILS_TAG in self.logged:
            return
        blobs = encode_thumbnails_record(*make())
        self._write_blobs(
            THUMBNAILS_TAG, step, blobs, _metadata(THUMBNAILS_PLUGIN, b"{}")
        )
        self.logged[THUMBNAILS_TAG] = [step]

    def write_scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Writes scalars, which TensorBoard shows beside the loss.

        Args:
            step: Epochs done.
            values: Value of each tag.

        Raises:
            OSError: If the log cannot be written.
        """
        tf = self._tf
        with self._os_errors():
            with self._writer.as_default(), tf.summary.record_if(True):
                for tag, value in values.items():
                    tf.summary.scalar(
                        tag,
                        self._number(value, np.float32),
                        step=self._number(step, np.int64),
                    )

    def _number(self, value: float, dtype: Any) -> Any:
        """Returns a tensor.

        TensorFlow caches each Python number that is passed to an operation and
        never frees it, which would leak two kilobytes an epoch.
        """
        return self._tf.constant(np.array(value, dtype))

    def flush(self) -> None:
        """Flushes the file, so that all events can be read.

        Raises:
            OSError: If the log cannot be written.
        """
        with self._os_errors():
            self._writer.flush()
            # TensorFlow writes to a deleted file without an error.
            gone = [f for f in self._own if not self._tf.io.gfile.exists(f)]
            if gone:
                raise OSError(f"{gone[0]} was removed while it was written.")

    def close(self) -> None:
        """Flushes and closes the file.

        Raises:
            OSError: If the log cannot be written.
        """
        with self._os_errors():
            self._writer.close()


def summarize(layer: str, entries: Sequence[FilterEntry]) -> dict[str, float]:
    """Summarizes a layer in a few scalars.

    Args:
        layer: Path of the layer.
        entries: The header's entries.

    Returns:
        `actmax/<layer>/dead` and `/weak`, shares of the filters from 0 to 1;
        `/settled`, such a share from the second event on; and `/lift`, the
        mean of the filters, where it is measured.
    """
    shares = {}
    for status in ("dead", "weak"):
        marked = [entry.get("status") == status for entry in entries]
        shares[status] = sum(marked) / max(len(marked), 1)
    measures = {
        "settled": [entry.get("settled") for entry in entries],
        "lift": [entry.get("lift") for entry in entries],
    }
    for name, values in measures.items():
        known = [value for value in values if value is not None]
        if known:
            shares[name] = sum(known) / len(known)
    return {f"actmax/{layer}/{name}": share for name, share in shares.items()}


def _summary_metadata(
    header: EventHeader, layer_index: int, layer_type: str
) -> Any:
    content = encode_metadata(
        TagMetadata(
            layer_index,
            header.get("layer_filters"),
            layer_type,
            unit_of(header),
        )
    )
    return _metadata(event.PLUGIN_NAME, content)


def _metadata(plugin: str, content: bytes) -> Any:
    from tensorflow.core.framework import summary_pb2

    metadata = summary_pb2.SummaryMetadata()
    metadata.data_class = summary_pb2.DATA_CLASS_BLOB_SEQUENCE
    metadata.plugin_data.plugin_name = plugin
    metadata.plugin_data.content = content
    return metadata
