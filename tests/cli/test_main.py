"""The command line as a whole."""

import pytest

from tb_actmax.cli.main import main


def test_help_lists_the_commands(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for command in ("render", "export", "info", "doctor"):
        assert command in shown
