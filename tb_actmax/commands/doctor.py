"""Say what is installed, what would not work, and why."""

import argparse
import importlib.metadata
import os
import pathlib
import platform

_NEEDED = ("numpy", "pillow", "scipy", "tensorboard", "werkzeug")
_OPTIONAL = ("keras", "tensorflow", "tensorflow-cpu")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the part's arguments: there are none."""


def run(options: argparse.Namespace) -> int:
    """Prints what is found; 1 if the tab would not work."""
    print(f"Python {platform.python_version()} on {platform.platform()}")
    found = {name: _version(name) for name in (*_NEEDED, *_OPTIONAL)}
    for name, version in found.items():
        print(f"{name} {version or 'is not installed'}")
    serving = [f"pip install {name}" for name in _NEEDED if not found[name]]
    serving += _plugin_faults()
    training = _training_faults(found)
    _conclude("TensorBoard's tab", serving)
    _conclude("The callback, maximize and render", training)
    return 1 if serving else 0


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _plugin_faults() -> list[str]:
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
    try:
        from tensorboard.plugins import base_plugin  # noqa: F401
    except Exception as error:  # whatever a broken installation raises
        faults.append(f"TensorBoard cannot be imported: {error}")
    return faults


def _training_faults(found: dict[str, str | None]) -> list[str]:
    if not (found["tensorflow"] or found["tensorflow-cpu"]):
        return ["pip install 'tb-actmax[tensorflow]' (or [tensorflow-cpu])"]
    if not found["keras"]:
        return ["pip install keras"]
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
