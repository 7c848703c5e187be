"""Writes events and scalars as TensorBoard reads them."""

import contextlib
import itertools
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from tensorboard.compat.proto import event_pb2

from tb_actmax.records import event
from tb_actmax.records.directory_lock import DirectoryLock
from tb_actmax.records.event_files import FRAME
from tb_actmax.records.header import EventHeader, ThumbnailsHeader
from tb_actmax.records.messages import (
    blobs_message,
    layer_message,
    scalars_message,
    start_message,
    version_message,
)
from tb_actmax.records.reader import read_log
from tb_actmax.records.thumbnails import (
    THUMBNAILS_PLUGIN,
    THUMBNAILS_TAG,
    encode_thumbnails_record,
)

_numbers = itertools.count()  # of the files of this process


class EventWriter:
    """Writes the events of one directory, `<log_dir>/actmax`.

    The directory, on any file system that TensorFlow knows, is read and locked
    at once; the file is created by `begin` or the first event. Several threads
    may write. Every method raises an `OSError` if the log cannot be written.
    """

    def __init__(self, directory: str):
        import tensorflow as tf

        self._tf = tf
        self.directory = directory
        self._file: tf.io.TFRecordWriter | None = None
        self._name = ""
        self._written = 0  # bytes of the file
        self._before: frozenset[str] = frozenset()  # names of other files
        self._writing = threading.Lock()
        with self._os_errors():
            tf.io.gfile.makedirs(directory)
            self._lock = DirectoryLock(directory)
            self.elsewhere = self._lock.elsewhere  # another process writes
            # Steps by tag, ascending; `write` adds to them.
            self.logged, self._newest = read_log(directory)

    @contextlib.contextmanager
    def _os_errors(self) -> Iterator[None]:
        """Converts TensorFlow's errors to `OSError`."""
        try:
            yield
        except self._tf.errors.OpError as error:
            raise OSError(
                f"Cannot write to {self.directory}: {error.message}"
            ) from error

    def take_newest(self) -> dict[str, list[bytes]]:
        """Returns the newest events when the log was opened, by tag, once."""
        found, self._newest = self._newest, {}
        return found

    def begin(self) -> None:
        """Creates the file."""
        with self._os_errors(), self._writing:
            self._open()

    def _open(self) -> None:
        if self._file is not None:
            return
        self._before = frozenset(self._names())
        self._name = _next_name(self._before)
        self._file = self._tf.io.TFRecordWriter(self._path)
        self._written = 0
        self._record(version_message())
        steps = [steps[-1] for steps in self.logged.values() if steps]
        self._record(start_message(max(steps, default=-1) + 1))
        self._file.flush()

    def _record(self, message: event_pb2.Event) -> None:
        assert self._file is not None
        data = message.SerializeToString()
        self._file.write(data)
        self._written += len(data) + FRAME

    @property
    def _path(self) -> str:
        return str(self._tf.io.gfile.join(self.directory, self._name))

    def _names(self) -> frozenset[str]:
        """Returns the names of the directory's event files."""
        # `glob` would take the path as a pattern.
        names = self._tf.io.gfile.listdir(self.directory)
        return frozenset(name for name in names if "tfevents" in name)

    def _append(self, message: event_pb2.Event) -> None:
        """Writes a message, unless another process has taken over."""
        with self._os_errors(), self._writing:
            self._open()
            new = self._names() - self._before
            later = [name for name in new if name > self._name]
            if later:
                raise OSError(
                    f"Another process continues the log {self.directory}, in "
                    f"{max(later)}; nothing more is written here."
                )
            self._record(message)

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
        """Writes one layer at one epoch, after the tag's last event.

        With `again`, the event may replace the last one. `layer_index` is the
        position of the layer between input and output. Raises a `ValueError`
        for an earlier step, and an `EventError` if the header is invalid or
        does not fit the images.
        """
        steps = self.logged.setdefault(tag, [])
        if steps and (step < steps[-1] or (step == steps[-1] and not again)):
            raise ValueError(
                f"The log {self.directory} goes up to step {steps[-1]} for "
                f"{tag!r}; step {step} cannot be added."
            )
        blobs = event.encode(header, images, extra)
        self._append(
            layer_message(tag, step, blobs, header, layer_index, layer_type)
        )
        if not steps or step > steps[-1]:
            steps.append(step)

    def write_thumbnails(
        self, step: int, make: Callable[[], tuple[ThumbnailsHeader, bytes]]
    ) -> None:
        """Writes the thumbnails that `make` returns if the log has none."""
        if THUMBNAILS_TAG in self.logged:
            return
        blobs = encode_thumbnails_record(*make())
        self._append(
            blobs_message(THUMBNAILS_TAG, step, blobs, THUMBNAILS_PLUGIN, b"{}")
        )
        self.logged[THUMBNAILS_TAG] = [step]

    def write_scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Writes scalars, which TensorBoard shows beside the loss."""
        self._append(scalars_message(step, values))

    def flush(self) -> None:
        """Flushes the file, so that all events can be read."""
        with self._os_errors(), self._writing:
            if self._file is None:
                return
            self._file.flush()
            # TensorFlow writes to a deleted file without an error.
            if not self._tf.io.gfile.exists(self._path):
                raise OSError(f"{self._path} was removed while it was written.")
            local = "://" not in self.directory
            if local and os.path.getsize(self._path) < self._written:
                raise OSError(f"{self._path} was cut while it was written.")

    def close(self) -> None:
        """Flushes and closes the file, and unlocks the directory."""
        with self._os_errors(), self._writing:
            file, self._file = self._file, None
            try:
                if file is not None:
                    file.close()
            finally:
                self._lock.release()


def _next_name(names: Iterable[str]) -> str:
    """Returns the name of an event file that sorts after others.

    TensorBoard reads the files of a directory in the order of their names and
    never returns to an earlier one. The clock may have been ahead, and two
    files may be created within a second.
    """
    times = [re.search(r"tfevents\.(\d{1,12})\.", name) for name in names]
    latest = max((int(found[1]) for found in times if found), default=0)
    now = max(int(time.time()), latest + 1)
    return (
        f"events.out.tfevents.{now:010}.{socket.gethostname()}."
        f"{os.getpid()}.{next(_numbers)}"
    )
