"""The bar of an update."""

import io

import pytest

from tb_actmax.training import progress


def test_a_short_update_shows_nothing(capsys):
    bar = progress.Progress("Epoch 1", 3, verbose=1)
    for _ in range(3):
        bar.step(1)
    bar.end()
    assert capsys.readouterr().out == ""


def test_a_long_update_shows_its_steps(capsys, monkeypatch):
    monkeypatch.setattr(progress, "SHORT", -1.0)
    bar = progress.Progress("Epoch 1", 30, verbose=1)
    bar.step(10)
    bar.expect(-20)  # the budget allows no more
    bar.end()
    printed = capsys.readouterr().out
    assert "Epoch 1: maximizing filters" in printed
    assert "10/30" in printed
    assert "10/10" in printed
    assert printed.endswith("\n")


def test_verbose_2_shows_one_line_at_the_end(capsys, monkeypatch):
    monkeypatch.setattr(progress, "SHORT", -1.0)
    bar = progress.Progress("Epoch 1", 20, verbose=2)
    bar.step(10)
    bar.step(10)
    bar.end()
    assert capsys.readouterr().out.count("20/20") == 1


def test_silence_does_not_need_an_output(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(progress, "SHORT", -1.0)
    monkeypatch.setattr("sys.stdout", closed)
    bar = progress.Progress("Epoch 1", 20, verbose=0)
    bar.step(10)
    bar.end()


def gone(text):
    raise BrokenPipeError(text)


@pytest.mark.parametrize("output", ["closed", "ascii", "gone"])
def test_messages_that_cannot_be_printed_are_logged(
    monkeypatch, caplog, output
):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    if output == "closed":
        stream.close()
    if output == "gone":
        monkeypatch.setattr(stream, "write", gone, raising=False)
    monkeypatch.setattr("sys.stdout", stream)
    caplog.set_level("INFO", "tb_actmax")
    progress.say("See größe.")
    assert caplog.messages == ["See größe."]


def test_names_do_not_steer_the_terminal(capsys):
    progress.say("conv\x1b[2J, conv2\nnext")
    assert capsys.readouterr().out == "conv\\x1b[2J, conv2\nnext\n"
