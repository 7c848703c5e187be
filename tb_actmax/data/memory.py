"""Refuses files that do not fit into memory once unpacked."""

import os
import pathlib


def check_memory(path: pathlib.Path, size: int) -> None:
    """Refuses files that are larger than the machine's memory once unpacked.

    Args:
        path: The file.
        size: Bytes of its content.

    Raises:
        ValueError: If it is too large.
    """
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not on Windows
        memory = 1 << 40
    if size > memory:
        raise ValueError(
            f"{path} holds {size / 1e9:.0f} GB; this machine has "
            f"{memory / 1e9:.0f} GB of memory."
        )
