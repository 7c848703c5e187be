"""Builds the frontend before the package is put together."""

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
        # The list of data files was made before there were any.
        self.data_files = self._get_data_files()
        super().run()


class SdistWithFrontend(sdist):
    """`sdist`, with the frontend, so that it installs without Node."""

    def run(self):
        frontend_build.build()
        super().run()


setup(cmdclass={"build_py": BuildWithFrontend, "sdist": SdistWithFrontend})
