"""Tests the wheel with each Python and TensorFlow; `make compatibility`.

Each row of the table has an environment of its own under .cache/: pip installs
the wheel, and `pip check`, `tb-actmax doctor` and smoke.py must pass. The
environment is then deleted. Rows that passed with the same wheel are not run
again, and keep their last result in the table.
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

_ROOT = pathlib.Path(__file__).parent.parent
_CACHE = _ROOT / ".cache" / "compatibility"
_TABLE = _ROOT / "docs" / "compatibility.md"
_MARKS = ("<!-- table -->\n", "<!-- end of table -->\n")
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
        cwd=_ROOT,
    )
    (wheel,) = (_CACHE / "dist").glob("*.whl")
    return wheel


def test(row, python, wheel):
    """Tests a row; returns the installed versions, or the error."""
    place = _CACHE / "environment"
    shutil.rmtree(place, ignore_errors=True)
    log = _CACHE / "logs" / f"{row.python} {row.name}"
    if row.extra:
        shutil.rmtree(log, ignore_errors=True)
    else:
        logs = (_CACHE / "logs").glob("*/actmax")
        log = max(logs, key=lambda path: path.stat().st_mtime).parent
    constraints = _CACHE / "constraints.txt"
    constraints.write_text("\n".join(row.constraints))
    own = place / "bin" / "python"
    wanted = f"{wheel}[{row.extra}]" if row.extra else str(wheel)
    smoke = _ROOT / "packaging" / "smoke.py"
    try:
        _run([python, "-m", "venv", place])
        pip = [own, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        _run([*pip, "install", "-c", constraints, wanted])
        _run([*pip, "check"])
        _run([place / "bin" / "tb-actmax", "doctor"])
        # -I imports the installed package, not this checkout.
        command = [own, "-I", smoke, log]
        said = _run(command if row.extra else [*command, "--read-only"])
        return json.loads(said.strip().splitlines()[-1])
    except RuntimeError as error:
        return {"error": str(error)}
    finally:
        shutil.rmtree(place, ignore_errors=True)


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


def table(results, before=""):
    """Returns the results as Markdown.

    Args:
        results: Versions or the error, by the row's name.
        before: An earlier table; its other rows are kept.
    """
    names = ("tensorflow-cpu", "keras", "tensorboard", "numpy", "scipy")
    names += ("pillow", "werkzeug", "protobuf", "setuptools")
    head = [
        "| Python | what was asked for | " + " | ".join(names) + " | works |",
        "|---|---|" + "---|" * (len(names) + 1),
    ]
    lines = {}
    for line in before.splitlines()[len(head) :]:
        _, python, asked, *_ = (cell.strip() for cell in line.split("|"))
        lines[f"{python} {asked}"] = line
    for name, found in results.items():
        python, asked = name.split(" ", 1)
        cells = [found.get(name, "-") for name in names]
        cells.append("no" if "error" in found else "yes")
        lines[name] = f"| {python} | {asked} | {' | '.join(cells)} |"
    order = [f"{row.python} {row.name}" for row in rows()]
    body = [lines[name] for name in order if name in lines]
    return "\n".join(head + body) + "\n"


def main():
    """Tests the chosen rows; returns 1 if one fails."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default="", help="part of the rows' names")
    parser.add_argument(
        "--write", action="store_true", help=f"put the table into {_TABLE.name}"
    )
    options = parser.parse_args()
    (_CACHE / "logs").mkdir(parents=True, exist_ok=True)
    wheel = build()
    stamp = hashlib.sha256(wheel.read_bytes()).hexdigest()[:16]
    file = _CACHE / f"{stamp}.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    for row in rows():
        name = f"{row.python} {row.name}"
        if options.only not in name or "error" not in known.get(
            name, {"error": ""}
        ):
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
    print(table(known))
    if options.write:
        start, rest = _TABLE.read_text().split(_MARKS[0])
        before, end = rest.split(_MARKS[1])
        whole = _MARKS[0] + table(known, before) + _MARKS[1]
        _TABLE.write_text(start + whole + end)
    return int(any("error" in found for found in known.values()))


if __name__ == "__main__":
    sys.exit(main())
