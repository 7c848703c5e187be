"""Finds a Chromium for the browser tests, and installs one.

    python tests/support/chromium.py

Takes the machine's own; else playwright's; else the distribution's package,
where packages may be installed. Fails with a message if none of them works.
"""

import os
import pathlib
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PLAYWRIGHT = [sys.executable, "-m", "playwright"]
_MISSING = (
    "The browser tests need Chromium, and none could be installed. Install "
    "Debian's package (apt-get install chromium), or playwright's with its "
    "libraries (.venv/bin/playwright install --with-deps chromium)."
)


def find_chromium() -> str | None:
    """Returns the path of a Chromium that starts; `None` if there is none."""
    for name in _NAMES:
        path = shutil.which(name)
        if path and _starts(path):
            return path
    path = _playwrights()
    return path if _starts(path) else None


def _playwrights() -> str:
    """Returns where playwright installs its Chromium."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _starts(path: str) -> bool:
    """Returns whether a Chromium is there with all its libraries."""
    try:
        asked = subprocess.run([path, "--version"], capture_output=True)
    except OSError:
        return False
    return asked.returncode == 0


def _install_package() -> None:
    """Installs Debian's package, or the libraries of playwright's Chromium."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (sudo and not shutil.which("sudo")):
        return
    if pathlib.Path(_playwrights()).exists():
        commands = [[*_PLAYWRIGHT, "install-deps", "chromium"]]
    else:
        install = ["apt-get", "install", "--yes", "--no-install-recommends"]
        commands = [["apt-get", "update"], [*install, "chromium"]]
    for command in commands:
        subprocess.run([*sudo, *command])


def main() -> int:
    """Installs a Chromium where there is none; returns 1 if that fails."""
    if find_chromium() is None:
        subprocess.run([*_PLAYWRIGHT, "install", "chromium"])
    if find_chromium() is None:
        _install_package()
    if find_chromium() is None:
        print(_MISSING, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
