"""Names from a log cannot steer the terminal."""

import subprocess
import sys

from support.logs import write_log

from tb_actmax.cli.printable import printable
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
