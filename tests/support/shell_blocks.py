"""Runs the shell blocks of the pages, or checks those that do not end."""

import glob
import os
import pathlib
import re
import shlex
import shutil
import sys

from tensorboard import program

from tb_actmax.cli import main as cli

ROOT = pathlib.Path(__file__).parents[2]


def run(example):
    """Runs the lines of a block, joined where they end in a backslash."""
    for line in example.parsed.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words:
            _COMMANDS[words[0]](words[1:])


def _tb_actmax(words):
    words = [file for word in words for file in _expanded(word)]
    try:
        status = cli.main(words)
    except SystemExit as stop:  # as --help does
        status = stop.code
    assert not status, f"tb-actmax {' '.join(words)} failed."


def _expanded(word):
    return sorted(glob.glob(word)) or [word]


def _tensorboard(words):
    """Checks that TensorBoard would start, and that its logs exist."""
    server = program.TensorBoard()
    server.configure(["tensorboard", *words])
    for place in (server.flags.logdir, server.flags.logdir_spec):
        for part in filter(None, place.split(",")):
            directory = part.rpartition(":")[2]
            assert os.path.isdir(directory), f"{directory} was not written."


def _pip(words):
    """Checks that the extras exist."""
    assert words[0] == "install"
    settings = (ROOT / "pyproject.toml").read_text()
    for word in words[1:]:
        for extra in re.findall(r"tb-actmax\[([\w-]+)\]", word):
            assert re.search(rf"^{extra} = \[", settings, re.M), word


def _make(words):
    targets = (ROOT / "Makefile").read_text()
    for word in words:
        assert "=" in word or re.search(rf"^{word}:", targets, re.M), word


def _python(words):
    """Checks that a script or module exists; other tests run the examples."""
    name = words[0]
    if name == "-m":
        name = words[1].replace(".", "/") + ".py"
    assert (ROOT / name).is_file(), name


def _there(name):
    def check(words):
        assert shutil.which(name) or shutil.which(
            name, path=str(pathlib.Path(sys.executable).parent)
        )

    return check


_COMMANDS = {
    "tb-actmax": _tb_actmax,
    "tensorboard": _tensorboard,
    "pip": _pip,
    "make": _make,
    "python": _python,
    "jupyter": lambda words: None,  # in the reader's environment
    "cd": lambda words: None,
    "npm": _there("npm"),
}
