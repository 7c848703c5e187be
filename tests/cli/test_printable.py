"""Names from a log cannot steer the terminal."""

import logging
import subprocess
import sys

from support.logs import write_log

from tb_actmax.cli.main import main
from tb_actmax.printable import printable
from tb_actmax.records.event_files import event_files


def test_control_characters_are_escaped_and_long_text_is_cut():
    assert printable("conv1, épaisse") == "conv1, épaisse"
    assert printable("a\x1b[2Jb\nc") == r"a\x1b[2Jb\nc"
    assert printable("a\u202eb") == r"a\u202eb"
    assert printable("x" * 10_000) == "x" * 300 + "..."


def info(directory):
    command = [
        sys.executable,
        "-m",
        "tb_actmax",
        "info",
        str(directory),
    ]
    return subprocess.run(command, capture_output=True, text=True)


def test_info_reports_damage_and_escapes_names(tmp_path):
    write_log(tmp_path, {"\x1b[31m../..": 2}, range(2))
    assert r"\x1b[31m../..: 2 epochs" in info(tmp_path).stdout
    (file,) = event_files(tmp_path / "actmax")
    file.write_bytes(file.read_bytes()[:-5])
    done = info(tmp_path)
    assert done.returncode == 1
    assert r"\x1b[31m../..: 1 epoch, 0;" in done.stdout
    assert "damaged or not finished" in done.stdout
    assert "\x1b" not in done.stdout


def test_commands_escape_the_names_in_a_log(tmp_path, capfd):
    name = "conv\x1b[2J\x9b"
    write_log(tmp_path, {name: 2}, range(2))
    log, picture = str(tmp_path), ["-o", str(tmp_path / "a.png")]
    assert main(["info", log]) == 0
    assert main(["export", log, "--layer", name, *picture]) == 0
    assert main(["export", log, "--layer", "x", *picture]) == 1
    wrong = ["--epoch", "9"]
    assert main(["export", log, "--layer", name, *wrong, *picture]) == 1
    shown = capfd.readouterr()
    assert shown.out.count(r"conv\x1b[2J\x9b") == 2
    assert shown.err.count(r"conv\x1b[2J\x9b") == 2
    assert not {"\x1b", "\x9b"} & {*shown.out, *shown.err}


def test_log_messages_are_escaped_with_their_tracebacks(caplog):
    log = logging.getLogger("tb_actmax")
    try:
        raise ValueError("\x1b]0;title\x07")
    except ValueError:
        log.error("Layer %r, %s", "a\x1b[2J", "b\x1b[2J\nc", exc_info=True)
    assert "b\\x1b[2J\\nc" in caplog.text
    assert "ValueError: \\x1b]0;title" in caplog.text
    assert "\x1b" not in caplog.text and "\x07" not in caplog.text
