"""Prevents the command's output from controlling the terminal.

The standard streams escape unprintable characters, so that no command, library
or traceback prints unescaped names of logs and models.
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
    """Writes text to another stream, with unprintable characters escaped.

    Line breaks are kept.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream
        if isinstance(stream, io.TextIOWrapper):
            # Names may contain characters that the terminal cannot show.
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        if not getattr(_unescaped, "active", False):
            text = escape(text, keep="\n")
        self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def close(self) -> None:
        """Does nothing: the other stream belongs to the process."""

    def __getattribute__(self, name: str) -> Any:
        # io.TextIOBase defines these as None.
        if name in ("encoding", "errors", "newlines", "buffer"):
            return getattr(self._stream, name)
        return super().__getattribute__(name)


@contextlib.contextmanager
def printable_streams() -> Iterator[None]:
    """Replaces the standard streams of the process by escaping streams."""
    # A closed stream is None, and printing to it does nothing.
    out, err = (
        None if stream is None else PrintableStream(stream)
        for stream in (sys.stdout, sys.stderr)
    )
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield


@contextlib.contextmanager
def unescaped() -> Iterator[None]:
    """Turns escaping off in the calling thread, for a progress bar."""
    _unescaped.active = True
    try:
        yield
    finally:
        _unescaped.active = False


def discard_output() -> None:
    """Discards unwritten output, so that the exit does not fail."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
