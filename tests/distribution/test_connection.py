"""Addresses at which no Ray cluster answers."""

import socket
import time

import pytest

from tb_actmax.cli import main as cli


@pytest.fixture
def render(tmp_path, capsys):
    pytest.importorskip("ray")
    model = tmp_path / "model-1.keras"
    model.touch()  # never read: the cluster is contacted first

    def run(address):
        log = ["--log-dir", str(tmp_path / "log")]
        began = time.monotonic()
        status = cli.main(["render", str(model), *log, f"--ray={address}"])
        assert time.monotonic() - began < 30
        assert status == 1
        assert not (tmp_path / "log").exists()
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert "ray start --head" in line
        assert "--ray alone for this machine" in line
        return line

    return run


def test_an_unanswered_address_is_one_line(render):
    with socket.socket() as taken:  # bound, but not listening
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for kind in (address, f"ray://{address}"):
            assert f"No Ray cluster answers at {kind}" in render(kind)


@pytest.mark.parametrize("address", ["nonsense", "10.0.0.1", "host:port"])
def test_an_invalid_address_is_one_line(render, address):
    assert f"'{address}' is not the address of a Ray cluster" in render(address)


def test_auto_without_a_running_cluster_is_one_line(
    render, monkeypatch, tmp_path
):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    assert "No Ray cluster at auto" in render("auto")
