"""A `tf.data` pipeline that is read as a probe."""

import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.data.dataset import read_once
from tb_actmax.data.fitting import fit

IMAGES = np.random.default_rng(0).uniform(size=(300, 8, 8, 1))
LABELS = np.arange(300) % 7


def counted(seen):
    """Returns a pipeline of 50 numbers that notes each that it makes."""

    def count(number):
        seen.append(1)
        return number

    return tf.data.Dataset.range(50).map(
        lambda n: tf.numpy_function(count, [n], tf.int64)
    )


def sample_of(dataset):
    """Returns the sample that a callback takes of a dataset."""
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)]
    )
    return fit(model, read_once(dataset)).sample


@pytest.mark.parametrize("seed", [None, 3])
def test_reading_a_shuffled_dataset_does_not_change_its_order(seed):
    def order(read_as_probe):
        tf.random.set_seed(3)
        dataset = tf.data.Dataset.range(50).shuffle(50, seed).batch(50)
        if read_as_probe:
            list(read_once(dataset))
        return next(iter(dataset)).numpy().tolist()

    assert order(read_as_probe=True) == order(read_as_probe=False)


def test_a_dataset_that_is_shuffled_differently_is_the_same_probe():
    samples = []
    for seed in (1, 2):
        pairs = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS))
        samples.append(sample_of(pairs.shuffle(300, seed).batch(32)))
    first, second = samples
    assert np.array_equal(first.images, second.images)
    assert np.array_equal(first.labels, second.labels)
    numbers = {
        image.tobytes(): n for n, image in enumerate(IMAGES.astype("f4"))
    }
    own = [LABELS[numbers[image.tobytes()]] for image in first.images]
    assert first.labels.tolist() == own


def test_a_large_dataset_that_is_shuffled_without_a_seed_is_the_same_probe():
    images = np.random.default_rng(0).uniform(size=(3000, 8, 8, 1))
    dataset = tf.data.Dataset.from_tensor_slices(images).shuffle(3000).batch(32)
    first, second = sample_of(dataset), sample_of(dataset)
    assert np.array_equal(first.images, second.images)
    assert not np.array_equal(first.images, images[:1000].astype("f4"))


def test_shuffles_inside_functions_have_a_fixed_seed_too():
    images = np.random.default_rng(0).uniform(size=(3000, 8, 8, 1))
    dataset = tf.data.Dataset.range(3).interleave(
        lambda n: tf.data.Dataset.from_tensor_slices(images).shuffle(3000)
    )
    first, second = (sample_of(dataset.batch(32)) for _ in range(2))
    assert np.array_equal(first.images, second.images)


def test_equal_images_are_in_the_order_of_their_labels():
    pairs = tf.data.Dataset.from_tensor_slices((IMAGES[[0] * 20], LABELS[:20]))
    found = [
        sample_of(pairs.shuffle(20, seed).batch(5)).labels.tolist()
        for seed in (1, 2)
    ]
    assert found[0] == found[1]


def test_a_dataset_that_is_not_shuffled_keeps_its_order():
    sample = sample_of(tf.data.Dataset.from_tensor_slices(IMAGES).batch(32))
    assert np.array_equal(sample.images, IMAGES.astype("f4"))


def test_nothing_is_read_ahead():
    """It would run the user's code while the training runs."""
    seen = []
    numbers = counted(seen)
    for pipeline in (numbers, numbers.cache(), numbers.prefetch(20)):
        seen.clear()
        next(iter(read_once(pipeline.batch(10))))
        time.sleep(0.1)
        assert len(seen) == 10


def test_reading_a_cached_dataset_leaves_its_cache_alone(tmp_path):
    seen = []
    numbers = counted(seen)
    for cached in (numbers.cache(), numbers.cache(str(tmp_path / "cache"))):
        training = iter(cached.batch(10))
        next(training)
        reading = iter(read_once(cached.batch(10)))
        next(reading)
        assert len(list(training)) == 4
        seen.clear()
        assert len(list(cached)) == 50 and not seen
