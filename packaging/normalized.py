"""Archives that are the same, byte for byte, whoever builds them.

Times, owners, permissions and the order of files come from the machine that
builds; here they are set to the same values everywhere. SOURCE_DATE_EPOCH
(seconds since 1970) chooses the time, https://reproducible-builds.org.
"""

import gzip
import io
import os
import tarfile
import time
import zipfile
from pathlib import Path

_EPOCH = 315_619_200  # 2 January 1980: zip files know no time before that
_FILE, _EXECUTABLE, _DIRECTORY = 0o644, 0o755, 0o755


def epoch() -> int:
    """Time of all files, in seconds since 1970."""
    return max(int(os.environ.get("SOURCE_DATE_EPOCH", _EPOCH)), _EPOCH)


def _mode(before: int) -> int:
    return _EXECUTABLE if before & 0o100 else _FILE


def normalize_wheel(path: Path) -> None:
    """Rewrites a wheel, its files in the order that it has them."""
    with zipfile.ZipFile(path) as wheel:
        files = [(info, wheel.read(info)) for info in wheel.infolist()]
    when = time.gmtime(epoch())[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for before, data in sorted(files, key=_last_record):
            info = zipfile.ZipInfo(before.filename, when)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, where permissions are kept
            mode = 0o100000 | _mode(before.external_attr >> 16)
            info.external_attr = mode << 16
            wheel.writestr(info, data)


def _last_record(file: tuple[zipfile.ZipInfo, bytes]) -> tuple[bool, str]:
    """By name; what describes the wheel comes last, as the format advises."""
    name = file[0].filename
    return ".dist-info/" in name, name


def normalize_sdist(path: Path) -> None:
    """Rewrites a .tar.gz, its files in the order of their names."""
    with tarfile.open(path) as sdist:
        files = [
            (info, file.read() if (file := sdist.extractfile(info)) else b"")
            for info in sdist.getmembers()
        ]
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for before, data in sorted(files, key=lambda file: file[0].name):
            info = tarfile.TarInfo(before.name)
            info.type, info.size, info.mtime = before.type, len(data), epoch()
            info.mode = _DIRECTORY if before.isdir() else _mode(before.mode)
            tar.addfile(info, io.BytesIO(data))
    with path.open("wb") as out:
        # No name and the same time: gzip's header holds both.
        with gzip.GzipFile("", "wb", 9, out, mtime=epoch()) as packed:
            packed.write(raw.getvalue())
