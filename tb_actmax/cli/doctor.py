"""Check the installation, and tell how to repair it."""

import argparse
import importlib
import importlib.metadata
import importlib.util
import os
import pathlib
import platform
import re

_OPTIONAL = ("keras", "tensorflow", "tensorflow-cpu", "setuptools")
_WITHOUT_PKG_RESOURCES = (2, 21)  # the first such version of TensorBoard
_OLDEST_TENSORFLOW = (2, 18)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments: there are none."""


def run(options: argparse.Namespace) -> int:
    """Prints versions and problems; returns 1 if the tab would not work."""
    print(f"Python {platform.python_version()} on {platform.platform()}")
    required = _requirements()
    installed = {name: _version(name) for name in (*required, *_OPTIONAL)}
    for name, version in installed.items():
        print(f"{name} {version or 'is not installed'}")
    tab = [
        *_missing_packages(required, installed),
        *_plugin_problems(installed),
    ]
    _print_verdict("TensorBoard's tab", tab)
    _print_verdict(
        "The callback, maximize and render", _training_problems(installed)
    )
    return 1 if tab else 0


def _requirements() -> dict[str, str]:
    """Returns the oldest version of each required package."""
    lines = importlib.metadata.requires("tb-actmax") or []
    return dict(line.split(">=") for line in lines if "extra ==" not in line)


def _version(name: str) -> str | None:
    """Returns the installed version of a package."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """Returns (2, 21, 0) for "2.21.0rc1"."""
    numbers = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, numbers[0].split("."))) if numbers else ()


def _missing_packages(
    required: dict[str, str], installed: dict[str, str | None]
) -> list[str]:
    problems = []
    for name, oldest in required.items():
        version = installed[name]
        if version is None:
            problem = f"{name} is missing"
        elif _numbers(version) < _numbers(oldest):
            problem = f"{name} {version} is too old"
        else:
            continue
        problems.append(f"{problem}: pip install '{name}>={oldest}'")
    return problems


def _plugin_problems(installed: dict[str, str | None]) -> list[str]:
    problems = []
    entries = importlib.metadata.entry_points(group="tensorboard_plugins")
    if not any(entry.name == "actmax" for entry in entries):
        problems.append(
            "the plugin is not registered: install the package with pip"
        )
    static = pathlib.Path(__file__).parents[1] / "plugin" / "static"
    if not (static / "index.js").exists():
        problems.append(
            "the dashboard is not built: install the package with pip, or run "
            "`make frontend` in its checkout"
        )
    tensorboard = installed["tensorboard"]
    if tensorboard is None:
        return problems
    try:
        importlib.import_module("tensorboard.plugins.base_plugin")
    except Exception as error:  # a broken installation can raise anything
        problems.append(f"TensorBoard cannot be imported: {error}")
    if (
        _numbers(tensorboard) < _WITHOUT_PKG_RESOURCES
        and importlib.util.find_spec("pkg_resources") is None
    ):
        problems.append(
            f"TensorBoard {tensorboard} imports pkg_resources, which "
            f"setuptools {installed['setuptools'] or '(not installed)'} does "
            "not contain: pip install 'setuptools<82'"
        )
    return problems


def _training_problems(installed: dict[str, str | None]) -> list[str]:
    tensorflow = installed["tensorflow"] or installed["tensorflow-cpu"]
    keras = installed["keras"]
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if not tensorflow:
        return [
            "TensorFlow is missing: pip install 'tb-actmax[tensorflow]' (or "
            "[tensorflow-cpu])"
        ]
    if not keras:
        return ["Keras is missing: pip install keras"]
    if _numbers(keras) < (3,):
        return [f"Keras {keras} is too old: pip install 'keras>=3.5'"]
    if _numbers(tensorflow) < _OLDEST_TENSORFLOW:
        return [
            f"TensorFlow {tensorflow} is too old: "
            "pip install 'tensorflow>=2.18'"
        ]
    if backend != "tensorflow":
        return [
            f"KERAS_BACKEND is {backend}, but TensorFlow computes the "
            "gradients: set KERAS_BACKEND=tensorflow"
        ]
    return []


def _print_verdict(part: str, problems: list[str]) -> None:
    print(f"{part}: {'does not work:' if problems else 'works.'}")
    for problem in problems:
        print(f"  - {problem}")
