"""A dataset as a probe is read once, and until it fails."""

import gc
import weakref

import numpy as np

from tb_actmax.data.dataset import drop_if_exhausted, read_once
from tb_actmax.data.sample import take_sample

BATCHES = [np.zeros((2, 4, 4, 1)), np.ones((2, 4, 4, 1))]


def test_batches_of_an_iterator_can_be_read_again():
    probe = read_once(iter(BATCHES))
    for _ in range(2):
        assert [batch.mean() for batch in probe] == [0, 1]
    assert drop_if_exhausted(probe) is probe


def test_arrays_and_pairs_are_not_wrapped():
    for probe in (None, BATCHES[0], (BATCHES[0], [0, 1]), BATCHES, {"x": 1}, 7):
        assert drop_if_exhausted(read_once(probe)) is probe


def test_an_iterator_that_has_ended_is_dropped(caplog):
    assert drop_if_exhausted(read_once(iter([]))) is None
    assert "has ended already" in caplog.text


def test_batches_before_an_error_are_kept(caplog):
    def batches():
        yield BATCHES[0]
        raise OSError("disk")

    probe = drop_if_exhausted(read_once(batches()))
    for _ in range(2):
        assert len(list(probe)) == 1
    assert len(caplog.records) == 1
    assert "failed after 1 batches, which are used" in caplog.text


def test_a_dataset_that_fails_at_once_is_dropped(caplog):
    class Broken:
        def __len__(self):
            return 3

        def __getitem__(self, index):
            raise KeyError(index)

    assert drop_if_exhausted(read_once(Broken())) is None
    assert len(caplog.records) == 1
    assert "is not used: KeyError: 0" in caplog.text


def test_a_dataset_is_released_after_sampling():
    class Batches:
        def __iter__(self):
            while True:
                yield np.zeros((400, 4, 4, 1))

    batches = Batches()
    held = weakref.ref(batches)
    probe = read_once(batches)
    assert drop_if_exhausted(probe) is probe
    sample = take_sample(probe)
    probe.let_go(sample)
    del batches
    gc.collect()
    assert held() is None
    # Nothing is kept of the last batch beyond the sample.
    ((images,),) = probe
    assert images is sample.images and len(images) == 1000
    assert drop_if_exhausted(probe) is probe


def test_a_sample_can_be_taken_again():
    images = np.arange(2 * 700 * 4.0).reshape(2, 700, 2, 2, 1)
    labels = np.eye(3)[np.arange(700) % 3]
    batches = [({"a": one, "b": one[:, 0, 0]}, labels) for one in images]
    probe = read_once(iter(batches))
    first = take_sample(probe, ["a", "b"])
    probe.let_go(first)
    again = take_sample(probe, ["a", "b"])
    assert again.image_key == "a" and len(again.images) == 1000
    assert np.array_equal(again.images, first.images)
    assert np.array_equal(again.labels, first.labels)
    assert np.array_equal(again.other_inputs["b"], first.other_inputs["b"])
