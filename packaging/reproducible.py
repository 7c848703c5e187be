"""Builds sdist and wheel twice and compares them; `make reproducible`.

The two builds are of two copies of what git tracks, at different places, with
different times and permissions, each with a frontend of its own. What the
release needs to hold is looked for, too.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

_ROOT = pathlib.Path(__file__).parent.parent
_CACHE = _ROOT / ".cache" / "reproducible"
_IN_WHEEL = (
    "tb_actmax/py.typed",
    "tb_actmax/plugin/static/index.js",
    "tb_actmax/plugin/static/LICENSES.txt",
    ".dist-info/licenses/LICENSE",
)


def _tracked():
    """Names of the files that git tracks."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=_ROOT, stdout=subprocess.PIPE, check=True
    )
    names = listed.stdout.decode().split("\0")[:-1]
    return [name for name in names if (_ROOT / name).is_file()]


def _in_sdist():
    """Ends of the names that an sdist needs: `make test` works in it."""
    sources = [name for name in _tracked() if not name.startswith(".")]
    return [*_IN_WHEEL[:3], *(f"/{name}" for name in sources)]


def _copy(place):
    """What git tracks, as new files."""
    shutil.rmtree(place, ignore_errors=True)
    for name in _tracked():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes((_ROOT / name).read_bytes())


def _build(place, umask):
    before = os.umask(umask)
    try:
        _copy(place)
        # A wheel is built from the sdist, so that both are tested.
        subprocess.run([sys.executable, "-m", "build"], cwd=place, check=True)
    finally:
        os.umask(before)
    return sorted((place / "dist").iterdir())


def _names(archive):
    if archive.suffix == ".whl":
        return zipfile.ZipFile(archive).namelist()
    return tarfile.open(archive).getnames()


def main():
    """Builds; 1 if the builds differ or lack something."""
    first = _build(_CACHE / "first", 0o022)
    second = _build(_CACHE / "somewhere" / "second", 0o077)
    wrong = False
    for one, other in zip(first, second, strict=True):
        digests = [
            hashlib.sha256(file.read_bytes()).hexdigest()
            for file in (one, other)
        ]
        same = digests[0] == digests[1]
        print(f"{digests[0]}  {one.name}: {'same' if same else 'DIFFERENT'}")
        wrong |= not same
        names = _names(one)
        for needed in _IN_WHEEL if one.suffix == ".whl" else _in_sdist():
            if not any(name.endswith(needed) for name in names):
                print(f"{one.name} lacks {needed}")
                wrong = True
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
