"""Makes names from untrusted files safe to print, and counts in words.

Standard library only: TensorBoard imports it when it starts.
"""

import logging
import traceback

_LONGEST = 300  # characters of a line


def escape(text: str, keep: str = "") -> str:
    """Escapes characters that are not printable, except those in `keep`.

    Names in logs and in model files may hold line breaks, escape sequences of
    terminals, and marks that reverse the direction of writing.
    """
    if text.isprintable():
        return text
    return "".join(
        letter
        if letter.isprintable() or letter in keep
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def printable(text: str) -> str:
    """Returns the first 300 characters, escaped, as one line."""
    shown = escape(text[: _LONGEST + 1])
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "..."


def counted(count: int, unit: str) -> str:
    """Returns "1 epoch", "3 epochs" or "3 batches"."""
    return f"{count} {unit if count == 1 else plural(unit)}"


def plural(unit: str) -> str:
    """Returns "epochs" or "batches"."""
    return "batches" if unit == "batch" else f"{unit}s"


class EscapingFilter(logging.Filter):
    """Escapes the messages of a logger, and the tracebacks with them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Escapes a record in place; keeps all records."""
        record.msg, record.args = escape(record.getMessage()), ()
        if record.exc_info and record.exc_info[0]:
            lines = "".join(traceback.format_exception(*record.exc_info))
            record.exc_text = escape(lines, keep="\n").rstrip("\n")
        return True
