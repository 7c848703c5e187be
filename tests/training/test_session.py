"""What a session says of its training."""

import pytest

from tb_actmax.distribution.strategies import maximizer_for
from tb_actmax.records import event
from tb_actmax.records.reader import read_blobs
from tb_actmax.training.log import TrainingLog
from tb_actmax.training.prices import Prices
from tb_actmax.training.schedule import TrainingStep
from tb_actmax.training.session import Session
from tb_actmax.training.settings import Settings


class Fixed:
    """A stopwatch that shows a fixed number of seconds."""

    def __init__(self, seconds):
        self.seconds = seconds


@pytest.fixture
def prepared(tmp_path, digits, network):
    model = network()
    settings = Settings(
        str(tmp_path),
        layers=["conv1"],
        filters=1,
        probe=digits,
        steps=1,
        warm_steps=1,
        budget=0.05,
        seed=0,
        exemplars=0,
    )
    return Session(model, settings, maximizer_for(model, None, pull=True))


@pytest.fixture
def session(prepared):
    prepared.open(step=0)
    prepared.update(TrainingStep(0))
    yield prepared
    prepared.close()


def test_the_preparation_counts(prepared):
    assert prepared.spent.seconds > 0


def test_the_summary_says_the_share_of_the_training(session):
    session.training = Fixed(20 * session.spent.seconds)
    assert " s, 5.0% of the training. " in session.summary()


def test_the_summary_leaves_out_the_share_of_a_shorter_training(session):
    session.training = Fixed(session.spent.seconds / 2)
    assert "of the training" not in session.summary()


def test_events_say_how_many_steps_their_new_images_took(
    prepared, tmp_path, monkeypatch
):
    monkeypatch.setattr(Prices, "cold_steps", lambda self, path: 3)
    prepared.open(step=0)
    prepared.update(TrainingStep(0))
    prepared.close()
    ((_, _, blobs),) = read_blobs(tmp_path)
    assert event.decode(blobs).header["settings"]["steps"] == 3


def test_an_update_that_ended_early_leaves_no_responses_behind(
    tmp_path, digits, network, monkeypatch
):
    model, found = network(), []
    conv2 = model.get_layer("conv2")
    for folder in ("whole", "broken"):
        settings = Settings(
            str(tmp_path / folder),
            layers=["conv1", "conv2"],
            filters=1,
            probe=digits,
            steps=1,
            warm_steps=1,
            budget=None,
            seed=0,
            exemplars=0,
        )
        ours = Session(model, settings, maximizer_for(model, None, pull=True))
        ours.open(step=0)
        if folder == "broken":
            with monkeypatch.context() as patch, pytest.raises(OSError):
                patch.setattr(TrainingLog, "write", full_disk)
                ours.update(TrainingStep(0))
            conv2.set_weights([2 * one for one in conv2.get_weights()])
        ours.update(TrainingStep(1))
        ours.close()
        headers = {
            tag: event.decode(blobs).header
            for tag, _, blobs in read_blobs(tmp_path / folder)
        }
        found.append(headers["conv2"]["filters"][0]["data_max"])
    assert found[1] == pytest.approx(2 * found[0], rel=0.01)


def full_disk(*args):
    raise OSError("no space left on device")
