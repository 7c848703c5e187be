"""A dataset as a probe is read once, and until it fails."""

import gc
import time
import weakref

import numpy as np
import tensorflow as tf

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


def test_reading_a_shuffled_dataset_does_not_change_its_order():
    def order(read_as_probe):
        tf.random.set_seed(3)
        dataset = tf.data.Dataset.range(50).shuffle(50).batch(50)
        if read_as_probe:
            list(read_once(dataset))
        return next(iter(dataset)).numpy().tolist()

    assert order(read_as_probe=True) == order(read_as_probe=False)


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


def test_nothing_is_read_ahead():
    """It would run the user's code while the training runs."""
    seen = []

    def count(number):
        seen.append(1)
        return number

    counted = tf.data.Dataset.range(50).map(
        lambda n: tf.numpy_function(count, [n], tf.int64)
    )
    for pipeline in (counted, counted.cache(), counted.prefetch(20)):
        seen.clear()
        next(iter(read_once(pipeline.batch(10))))
        time.sleep(0.1)
        assert len(seen) == 10


def test_reading_a_cached_dataset_leaves_its_cache_alone(tmp_path):
    seen = []

    def count(number):
        seen.append(1)
        return number

    counted = tf.data.Dataset.range(50).map(
        lambda n: tf.numpy_function(count, [n], tf.int64)
    )
    for cached in (counted.cache(), counted.cache(str(tmp_path / "cache"))):
        training = iter(cached.batch(10))
        next(training)
        reading = iter(read_once(cached.batch(10)))
        next(reading)
        assert len(list(training)) == 4
        seen.clear()
        assert len(list(cached)) == 50 and not seen
