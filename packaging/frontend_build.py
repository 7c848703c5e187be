"""Builds the frontend into the package."""

import shutil
import subprocess
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_FRONTEND = _ROOT / "frontend"
_STATIC = _ROOT / "tb_actmax" / "plugin" / "static"


def is_due() -> bool:
    """Whether the built frontend is missing, or older than its source."""
    if not (_FRONTEND / "package.json").exists():
        return False
    built = _STATIC / "index.js"
    if not built.exists():
        return True
    sources = [*_FRONTEND.glob("*.json"), *_FRONTEND.glob("*.ts")]
    sources += [p for p in (_FRONTEND / "src").rglob("*") if p.is_file()]
    newest = max(path.stat().st_mtime for path in sources)
    return newest > built.stat().st_mtime


def build() -> None:
    """Builds, if it is due."""
    if not is_due():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(
            "The frontend is not built and there is no npm to build it: "
            "install Node 20 or newer, or build with pip (not with "
            "--no-build-isolation), which brings one."
        )
    subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund"], cwd=_FRONTEND, check=True
    )
    subprocess.run([npm, "run", "build"], cwd=_FRONTEND, check=True)


if __name__ == "__main__":
    build()
