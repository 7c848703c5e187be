"""The command `tb-actmax` as a whole."""

import argparse
import os
import subprocess
import sys

import pytest

from tb_actmax.cli import doctor
from tb_actmax.cli.main import main


def test_help_lists_the_commands(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for command in ("render", "export", "info", "doctor"):
        assert command in shown


@pytest.mark.parametrize(
    "error, said",
    [
        (RuntimeError("the layer\x1b[2J broke"), "RuntimeError: the layer"),
        (MemoryError("64 TiB"), "There is not enough memory. 64 TiB"),
        (RecursionError("too deep"), "RecursionError: too deep"),
        (SystemExit(0), "ended with the exit status 0"),
        (ValueError("two\nlines"), "two lines"),
        (KeyError(), "KeyError"),
    ],
)
def test_every_error_is_a_sentence_and_exits_with_1(
    monkeypatch, capsys, error, said
):
    def run(options: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr(doctor, "run", run)
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown and "\x1b" not in shown
    assert main(["--debug", "doctor"]) == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown and "\x1b" not in shown


def test_names_are_escaped_wherever_they_are_printed(monkeypatch, capsys):
    def run(options: argparse.Namespace) -> int:
        print("a\x1b[2J\rb\u202e", file=sys.stderr)
        print("c\x9b2Jd\x07")
        return 0

    monkeypatch.setattr(doctor, "run", run)
    assert main(["doctor"]) == 0
    shown = capsys.readouterr()
    assert shown.err == "a\\x1b[2J\\rb\\u202e\n"
    assert shown.out == "c\\x9b2Jd\\x07\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_an_error():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tb_actmax", "doctor"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "No space left" in line


def test_a_closed_pipe_is_not_reported():
    process = subprocess.Popen(
        [sys.executable, "-m", "tb_actmax", "doctor"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 1
