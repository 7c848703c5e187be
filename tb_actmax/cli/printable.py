"""Text from logs, made safe to print."""

_LONGEST = 300  # letters of a line


def printable(text: str) -> str:
    """The same in one line, with what could steer a terminal escaped.

    Names in a log are anybody's: they may hold line breaks, escape sequences
    of terminals, and marks that turn the direction of writing.
    """
    shown = "".join(
        letter
        if letter.isprintable()
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text[: _LONGEST + 1]
    )
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "..."
