"""Rejects files that do not fit into memory once unpacked."""

import os
import pathlib
import zipfile


def check_memory(path: pathlib.Path, size: int) -> None:
    """Raises a `ValueError` if content is larger than the machine's memory."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not on Windows
        memory = 1 << 40
    if size > memory:
        raise ValueError(
            f"{path} holds {size / 1e9:.0f} GB; this machine has "
            f"{memory / 1e9:.0f} GB of memory."
        )


def check_unpacked(path: pathlib.Path) -> None:
    """Checks the unpacked size of a zip file, as .npz and .keras files are.

    Raises:
        ValueError: If it does not fit into memory, or is not a zip file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    check_memory(path, size)
