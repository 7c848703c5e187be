"""The command's output: nothing in it controls the terminal.

The streams themselves escape what is not printable. So no command, library or
traceback can print a name of a log or of a model as it is.
"""

import contextlib
import io
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any, TextIO

from tb_actmax.printable import escape

_unescaped = threading.local()


class PrintableStream(io.TextIOBase):
    """Writes text to another stream, and escapes what is not printable.

    Line breaks are kept.

    Args:
        stream: The other stream.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream
        if isinstance(stream, io.TextIOWrapper):
            # Names may hold characters that the terminal lacks.
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Writes text."""
        if not getattr(_unescaped, "active", False):
            text = escape(text, keep="\n")
        self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flushes the other stream."""
        self._stream.flush()

    def isatty(self) -> bool:
        """Whether the other stream is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Returns the file descriptor of the other stream."""
        return self._stream.fileno()

    def close(self) -> None:
        """Leaves the other stream open; it is the process's."""

    def __getattribute__(self, name: str) -> Any:
        # io.TextIOBase has these itself, without a value.
        if name in ("encoding", "errors", "newlines", "buffer"):
            return getattr(self._stream, name)
        return super().__getattribute__(name)


@contextlib.contextmanager
def printable_streams() -> Iterator[None]:
    """Replaces the standard streams of the process by printable ones."""
    before = sys.stdout, sys.stderr
    # A closed stream is None, and printing to it does nothing.
    if sys.stdout is not None:
        sys.stdout = PrintableStream(sys.stdout)
    if sys.stderr is not None:
        sys.stderr = PrintableStream(sys.stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextlib.contextmanager
def unescaped() -> Iterator[None]:
    """Lets the calling thread write as it is: a progress bar, for instance."""
    _unescaped.active = True
    try:
        yield
    finally:
        _unescaped.active = False


def discard_output() -> None:
    """Discards what could not be written, so that the exit does not fail."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
