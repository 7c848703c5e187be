"""Text for a terminal."""

_LONGEST = 300  # characters of a line


def printable(text: str) -> str:
    """Returns the first 300 characters; those not printable are escaped.

    Anybody can choose the names in a log. They may hold line breaks, escape
    sequences of terminals, and marks that reverse the direction of writing.
    """
    shown = "".join(
        letter
        if letter.isprintable()
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text[: _LONGEST + 1]
    )
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "..."


def counted(count: int, unit: str) -> str:
    """Returns "1 epoch", "3 epochs" or "3 batches"."""
    return f"{count} {unit if count == 1 else plural(unit)}"


def plural(unit: str) -> str:
    """Returns "epochs" or "batches"."""
    return "batches" if unit == "batch" else f"{unit}s"
