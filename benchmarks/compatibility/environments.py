"""Tests the wheel with each Python and TensorFlow.

    python -m benchmarks.compatibility.environments [--only NAME] [--write]

Each row of the table has an environment of its own under .cache/: pip installs
the wheel, and `pip check`, `tb-actmax doctor` and smoke.py must pass. The
environment is then deleted. Rows that passed with the same wheel are not run
again. All of them take an hour and 10 GB of downloads.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

from benchmarks import ROOT, figures

_CACHE = ROOT / ".cache" / "compatibility"
_PYTHONS = ("3.10", "3.11", "3.12", "3.13")
# The lowest versions in pyproject.toml, with a TensorFlow of that time.
_OLDEST = (
    "tensorflow-cpu==2.18.0",
    "keras==3.5.0",
    "tensorboard==2.18.0",
    "numpy==1.26.0",
    "pillow==10.1.0",
    "scipy==1.11.1",
    "werkzeug==2.3.0",
)
# TensorBoard before 2.21 imports pkg_resources, removed in setuptools 82.
_SETUPTOOLS = "setuptools<82"


@dataclasses.dataclass(frozen=True)
class Row:
    """One environment: a Python, an extra and constraints for pip."""

    python: str
    name: str
    extra: str
    constraints: tuple[str, ...]


def rows():
    """Yields all environments."""
    for python in _PYTHONS:
        for minor in (18, 19, 20):
            if python == "3.13" and minor < 20:
                continue  # no wheels exist
            pins = (f"tensorflow-cpu==2.{minor}.*", _SETUPTOOLS)
            yield Row(python, f"TensorFlow 2.{minor}", "tensorflow-cpu", pins)
        yield Row(python, "newest of all", "tensorflow-cpu", ())
        yield Row(python, "newest, no TensorFlow", "", ())
    pins = (*_OLDEST, _SETUPTOOLS)
    yield Row("3.10", "oldest of all", "tensorflow-cpu", pins)
    yield Row("3.10", "oldest, no TensorFlow", "", pins)


def interpreter(version):
    """Returns the path of a Python, from PATH or pyenv; else `None`."""
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    named = shutil.which(f"python{version}")
    candidates = [*pyenv.glob(f"versions/{version}.*/bin/python")]
    candidates += [pathlib.Path(named)] if named else []
    for path in candidates:
        asked = [path, "-c", "import sys; print(*sys.version_info[:2])"]
        found = subprocess.run(asked, capture_output=True, text=True)
        if found.stdout.split() == version.split("."):
            return path
    return None


def build():
    """Builds the wheel of this tree."""
    shutil.rmtree(_CACHE / "dist", ignore_errors=True)
    _run(
        [sys.executable, "-m", "build", "--wheel", "-o", _CACHE / "dist", "."],
        cwd=ROOT,
    )
    (wheel,) = (_CACHE / "dist").glob("*.whl")
    return wheel


def test(row, python, wheel):
    """Tests a row; returns the installed versions, or the error."""
    home = _CACHE / "environment"
    shutil.rmtree(home, ignore_errors=True)
    log = _CACHE / "logs" / f"{row.python} {row.name}"
    if row.extra:
        shutil.rmtree(log, ignore_errors=True)
    else:
        logs = (_CACHE / "logs").glob("*/actmax")
        log = max(logs, key=lambda path: path.stat().st_mtime).parent
    constraints = _CACHE / "constraints.txt"
    constraints.write_text("\n".join(row.constraints))
    own = home / "bin" / "python"
    wanted = f"{wheel}[{row.extra}]" if row.extra else str(wheel)
    smoke = pathlib.Path(__file__).with_name("smoke.py")
    try:
        _run([python, "-m", "venv", home])
        pip = [own, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        _run([*pip, "install", "-c", constraints, wanted])
        _run([*pip, "check"])
        _run([home / "bin" / "tb-actmax", "doctor"])
        # -I imports the installed package, not this checkout.
        command = [own, "-I", smoke, log]
        said = _run(command if row.extra else [*command, "--read-only"])
        return json.loads(said.strip().splitlines()[-1])
    except RuntimeError as error:
        return {"error": str(error)}
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(command, cwd=_CACHE):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        words = " ".join(str(part) for part in command)
        raise RuntimeError(
            f"{words}:\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
        )
    return done.stdout


def table_row(name, found):
    """Returns the row of docs/figures.json."""
    packages = ("tensorflow-cpu", "keras", "tensorboard", "numpy", "scipy")
    packages += ("pillow", "werkzeug", "protobuf", "setuptools")
    return {
        "Python and TensorFlow": name,
        **{package: found.get(package, "-") for package in packages},
        "works": "no" if "error" in found else "yes",
    }


def main():
    """Tests the chosen rows; returns 1 if one fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="part of the rows' names")
    figures.add_option(parser)
    options = parser.parse_args()
    (_CACHE / "logs").mkdir(parents=True, exist_ok=True)
    wheel = build()
    stamp = hashlib.sha256(wheel.read_bytes()).hexdigest()[:16]
    file = _CACHE / f"{stamp}.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    for row in rows():
        name = f"{row.python}, {row.name}"
        passed = name in known and "error" not in known[name]
        if options.only not in name or passed:
            continue
        python = interpreter(row.python)
        if python is None:
            print(f"{name}: no Python {row.python} found")
            continue
        start = time.monotonic()
        known[name] = test(row, python, wheel)
        took = time.monotonic() - start
        print(f"{name}: {known[name].get('error', 'works')} ({took:.0f} s)")
        file.write_text(json.dumps(known, indent=1))
    if options.write and known:
        table = [table_row(name, found) for name, found in known.items()]
        figures.write("compatibility", tables={"all": table})
    return int(any("error" in found for found in known.values()))


if __name__ == "__main__":
    sys.exit(main())
