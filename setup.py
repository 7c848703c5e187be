"""Builds the frontend before the package is put together.

A checkout needs Node for it: the machine's, else PyPI's, which pip then
installs for the build. An sdist holds the built frontend.
"""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

sys.path.insert(0, str(Path(__file__).parent / "packaging"))
import frontend_build


class BuildWithFrontend(build_py):
    """`build_py`, with the frontend."""

    def run(self):
        frontend_build.build()
        super().run()


class SdistWithFrontend(sdist):
    """`sdist`, with the frontend."""

    def run(self):
        frontend_build.build()
        super().run()


setup(
    cmdclass={"build_py": BuildWithFrontend, "sdist": SdistWithFrontend},
    setup_requires=frontend_build.requirements(),
)
