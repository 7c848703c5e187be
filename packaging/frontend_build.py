"""Builds the frontend into the package."""

import subprocess
from pathlib import Path

import node

_ROOT = Path(__file__).parent.parent
_FRONTEND = _ROOT / "frontend"
_STATIC = _ROOT / "tb_actmax" / "plugin" / "static"


def is_due() -> bool:
    """Returns whether the built frontend is missing or out of date."""
    if not (_FRONTEND / "package.json").exists():
        return False
    built = _STATIC / "index.js"
    if not built.exists():
        return True
    sources = [*_FRONTEND.glob("*.json"), *_FRONTEND.glob("*.ts")]
    sources += [p for p in (_FRONTEND / "src").rglob("*") if p.is_file()]
    newest = max(path.stat().st_mtime for path in sources)
    return newest > built.stat().st_mtime


def requirements() -> list[str]:
    """Returns the packages that a build needs on this machine."""
    return [node.REQUIREMENT] if is_due() and not node.has_node() else []


def build() -> None:
    """Builds the frontend if it is due.

    Raises:
        RuntimeError: There is no Node 20 or newer.
    """
    if not is_due():
        return
    if not node.has_node():
        raise RuntimeError(
            "Building the frontend needs Node 20 or newer. Install it, or "
            "build without --no-build-isolation: then pip brings one."
        )
    for command in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        subprocess.run(["npm", *command], cwd=_FRONTEND, check=True)


if __name__ == "__main__":
    build()
