"""Say what is installed, what would not work, and why."""

import argparse
import importlib
import importlib.metadata
import importlib.util
import itertools
import os
import pathlib
import platform
import re

_OPTIONAL = ("keras", "tensorflow", "tensorflow-cpu", "setuptools")
# TensorBoard before this one imports pkg_resources.
_ALONE = (2, 21)
_OLDEST_TENSORFLOW = (2, 18)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the part's arguments: there are none."""


def run(options: argparse.Namespace) -> int:
    """Prints what is found; 1 if the tab would not work."""
    print(f"Python {platform.python_version()} on {platform.platform()}")
    needed = _needed()
    found = {name: _version(name) for name in (*needed, *_OPTIONAL)}
    for name, version in found.items():
        print(f"{name} {version or 'is not installed'}")
    serving = _missing(needed, found) + _plugin_faults(found)
    training = _training_faults(found)
    _conclude("TensorBoard's tab", serving)
    _conclude("The callback, maximize and render", training)
    return 1 if serving else 0


def _needed() -> dict[str, str]:
    """What the installed package asks for, and the oldest that will do."""
    asked = importlib.metadata.requires("tb-actmax") or []
    plain = [line for line in asked if "extra ==" not in line]
    return dict(line.split(">=") for line in plain)


def _missing(needed: dict[str, str], found: dict[str, str | None]) -> list[str]:
    faults = []
    for name, oldest in needed.items():
        version = found[name]
        if version is None:
            faults.append(f"{name} is missing: pip install '{name}>={oldest}'")
        elif _numbers(version) < _numbers(oldest):
            faults.append(
                f"{name} {version} is too old: pip install '{name}>={oldest}'"
            )
    return faults


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, up to where there is something else."""
    parts = (re.match(r"[0-9]+", part) for part in version.split("."))
    return tuple(
        int(part[0]) for part in itertools.takewhile(bool, parts) if part
    )


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _plugin_faults(found: dict[str, str | None]) -> list[str]:
    faults = []
    entries = importlib.metadata.entry_points(group="tensorboard_plugins")
    if not any(entry.name == "actmax" for entry in entries):
        faults.append(
            "the plugin is not registered: install the package with pip"
        )
    static = pathlib.Path(__file__).parents[1] / "plugin" / "static"
    if not (static / "index.js").exists():
        faults.append(
            "the dashboard is not built: install the package with pip, or run "
            "make frontend in its checkout"
        )
    tensorboard = found["tensorboard"]
    if tensorboard is None:
        return faults
    try:
        importlib.import_module("tensorboard.plugins.base_plugin")
    except Exception as error:  # whatever a broken installation raises
        faults.append(f"TensorBoard cannot be imported: {error}")
    if _numbers(tensorboard) < _ALONE and not _can_import("pkg_resources"):
        faults.append(
            f"TensorBoard {tensorboard} imports pkg_resources, which "
            f"setuptools {found['setuptools'] or '(not installed)'} does not "
            "bring: pip install 'setuptools<82'"
        )
    return faults


def _can_import(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _training_faults(found: dict[str, str | None]) -> list[str]:
    if not (found["tensorflow"] or found["tensorflow-cpu"]):
        return [
            "TensorFlow is missing: pip install 'tb-actmax[tensorflow]' (or "
            "[tensorflow-cpu])"
        ]
    if not found["keras"]:
        return ["Keras is missing: pip install keras"]
    if _numbers(found["keras"])[:1] < (3,):
        return [f"Keras {found['keras']} is too old: pip install 'keras>=3.5'"]
    version = found["tensorflow"] or found["tensorflow-cpu"] or ""
    if _numbers(version) < _OLDEST_TENSORFLOW:
        return [
            f"TensorFlow {version} is too old: pip install 'tensorflow>=2.18'"
        ]
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        return [
            f"KERAS_BACKEND is {backend}; gradients are taken with "
            "TensorFlow: set KERAS_BACKEND=tensorflow"
        ]
    return []


def _conclude(what: str, faults: list[str]) -> None:
    if not faults:
        print(f"{what}: works.")
        return
    print(f"{what}: does not work:")
    for fault in faults:
        print(f"  - {fault}")
