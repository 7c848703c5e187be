"""The pull of images towards what the exemplars of a unit have in common."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_actmax
from tb_actmax import objectives
from tb_actmax.data.energy import energy_of
from tb_actmax.data.fitting import fit
from tb_actmax.data.spectrum import summed_power
from tb_actmax.maximizer.ascent.limits import Limits
from tb_actmax.maximizer.ascent.pull import crop_around, moments
from tb_actmax.maximizer.ascent.pulled_gradient import (
    at_map,
    likeness_gradient,
    pulled,
)
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.exemplars import strongest_inputs
from tb_actmax.measures.probe_pass import ProbePass
from tb_actmax.network.features import features_on_the_way
from tb_actmax.network.layers import find_targets
from tb_actmax.records import event
from tb_actmax.records.reader import read_blobs

LAYERS = keras.layers


@pytest.fixture(scope="module")
def model():
    """Returns a network whose last convolution sees 31 of 32 pixels."""
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            LAYERS.Conv2D(8, 7, 2, activation="relu", name="conv1"),
            LAYERS.Conv2D(8, 5, 2, activation="relu", name="conv2"),
            LAYERS.Conv2D(8, 5, activation="relu", name="conv3"),
            LAYERS.Flatten(),
            LAYERS.Dense(4, name="classes"),
        ]
    )


@pytest.fixture(scope="module")
def probe():
    """Returns coarse colour images."""
    random = np.random.default_rng(0)
    noise = np.fft.rfft2(random.normal(size=(48, 3, 32, 32)))
    frequency = np.hypot(np.fft.fftfreq(32)[:, None], np.fft.rfftfreq(32))
    images = np.fft.irfft2(noise / (frequency + 0.03))
    images = 0.5 + 0.2 * images / images.std()
    return np.moveaxis(images, 1, -1).clip(0, 1).astype("float32")


@pytest.fixture(scope="module")
def layer(model, probe):
    """Returns the fitted model, the last convolution, and its responses."""
    fitted = fit(model, probe)
    target = find_targets(fitted.model, fitted.shape)["conv3"]
    (found,) = ProbePass(fitted.model, [target], None).measure(fitted.sample)
    return fitted, target, found


def maximizer(layer, **options):
    fitted, target, responses = layer
    chosen = [objectives.neuron(index) for index in range(target.filters)]
    exemplars = strongest_inputs(responses, chosen)
    return LayerMaximizer(fitted, target, chosen, **options), exemplars


def on_the_way(images, layer):
    """Returns the features of images that are pulled."""
    model = layer[0].model.keras_model
    maps = keras.Model(model.inputs, model.get_layer("conv1").output)([images])
    maps = np.asarray(maps)
    return np.concatenate([maps.mean((1, 2)), maps.std((1, 2))], axis=1)


def test_pulled_images_have_features_like_those_of_exemplars(layer, probe):
    near = {}
    ordinary = on_the_way(probe, layer)
    mean, deviation = ordinary.mean(axis=0), ordinary.std(axis=0) + 1e-3
    for pull in (True, False):
        seen, exemplars = maximizer(layer, pull=pull)
        assert seen.pulled == pull
        found = seen.cold(exemplars=exemplars)
        images = np.pad(found.images, [(0, 0), (0, 1), (0, 1), (0, 0)], "edge")
        own = (on_the_way(images, layer) - mean) / deviation
        likes = []
        for objective, features in zip(seen.objectives, own, strict=True):
            if objective not in exemplars:
                continue
            inputs = exemplars[objective][:, 0]
            towards = ((ordinary[inputs] - mean) / deviation).mean(axis=0)
            likes.append(
                features
                @ towards
                / np.linalg.norm(features)
                / np.linalg.norm(towards)
            )
        near[pull] = np.mean(likes)
    assert near[True] > near[False] + 0.05


def test_pulled_images_still_excite_their_units(layer):
    scores = {}
    for pull in (True, False):
        seen, exemplars = maximizer(layer, pull=pull)
        scores[pull] = seen.cold(exemplars=exemplars).scores.mean()
    best = layer[2].maximum.mean()
    assert scores[True] > best
    assert scores[True] > 0.6 * scores[False]


def test_without_exemplars_nothing_is_pulled(layer):
    pulled, _ = maximizer(layer)
    free, _ = maximizer(layer, pull=False)
    for ascent in ("cold", "warm"):
        one = getattr(pulled, ascent)(steps=12)
        other = getattr(free, ascent)(steps=12)
        assert np.allclose(one.images, other.images, atol=1e-3)


def test_steps_of_one_call_give_the_images_of_single_steps(layer):
    found = []
    for limits in (Limits(before_loop=0, fewest=2), Limits(call=0)):
        seen, exemplars = maximizer(layer, limits=limits, views=2)
        taken = []
        seen.cold(20, on_step=taken.append, exemplars=exemplars)
        found.append(seen.warm(8, exemplars=exemplars).images)
        assert taken == [8] * 20
    assert np.allclose(*found, atol=1e-3)


def test_filters_that_the_data_do_not_excite_have_no_exemplars(layer):
    responses = layer[2]
    chosen = [objectives.neuron(0), objectives.channel(1)]
    assert list(strongest_inputs(responses, chosen)) == chosen[:1]
    responses.peaks[:, 0] = np.nan
    assert not strongest_inputs(responses, chosen)


def test_transforms_and_other_networks_are_not_pulled(layer, model):
    fitted, target, _ = layer
    chosen = [objectives.neuron(0)]
    own = LayerMaximizer(fitted, target, chosen, transforms=[lambda x: x])
    assert not own.pulled
    blind = fit(model, None)
    assert not LayerMaximizer(blind, target, chosen).pulled
    first = find_targets(fitted.model, fitted.shape)["conv1"]
    assert not LayerMaximizer(fitted, first, chosen).pulled


def test_maximize_and_its_switch(model, probe):
    pulled = tb_actmax.maximize(model, "conv3", 2, probe)
    free = tb_actmax.maximize(model, "conv3", 2, probe, pull=False)
    assert not np.allclose(pulled.images, free.images)
    with pytest.raises(ValueError, match="views"):
        tb_actmax.maximize(model, "conv3", 2, probe, views=0)


def test_exemplars_are_cropped_around_the_receptive_field(layer, probe):
    _, target, _ = layer
    assert crop_around(probe[0], target, 0, (31, 31)).shape == (31, 31, 3)
    first = find_targets(
        fit(layer[0].model.keras_model, probe).model, (32, 32, 3)
    )
    conv1 = first["conv1"]  # 13 x 13 positions, 2 pixels apart
    found = crop_around(probe[0], conv1, 13 + 2, (7, 7))
    assert np.array_equal(found, probe[0, 2:9, 4:11])
    corner = crop_around(probe[0], conv1, 0, (9, 9))
    assert np.array_equal(corner, probe[0, :9, :9])
    larger = crop_around(probe[0], conv1, 0, (33, 32))
    assert larger.shape == (33, 32, 3)


def test_features_are_sums_in_residual_networks(model):
    names = {}

    def listen(network):
        @tf.function(autograph=False)
        def trace(images):
            found = features_on_the_way(images, network(images))
            names[network.name] = [maps.op.type for maps in found]
            return images

        trace.get_concrete_function(tf.TensorSpec((None, 32, 32, 3)))
        return names[network.name]

    assert listen(model) == ["Relu", "Relu"]  # what convolutions 2, 3 read
    image = keras.Input((32, 32, 3))
    maps = LAYERS.Conv2D(4, 3, padding="same")(image)
    for _ in range(4):
        inner = LAYERS.Conv2D(4, 3, padding="same")(maps)
        maps = LAYERS.Add()([maps, inner])
    assert listen(keras.Model(image, maps)) == ["AddV2"] * 3
    flat = keras.Sequential([image, LAYERS.Flatten(), LAYERS.Dense(3)])
    assert listen(flat) == []


@pytest.mark.parametrize("views", [1, 3])
@pytest.mark.parametrize("far", [0.5, 40.0])  # within the limits, and beyond
def test_the_gradient_at_a_map_is_that_of_a_cosine(views, far):
    random = np.random.default_rng(0)
    images = far * random.normal(size=(2 * views, 4, 3, 5)).astype("float32")
    targets = random.uniform(0.5, 2, size=(2, 3, 10)).astype("float32")

    @tf.function(autograph=False)
    def both(maps):
        found = moments([maps], 2 * views)[0]
        own = tf.reduce_mean(tf.reshape(found, (2, views, 10)), axis=1)
        own = (own - targets[:, 1]) / targets[:, 2]
        limited = tf.clip_by_value(own, -6, 6)
        cosine = -keras.losses.cosine_similarity(targets[:, 0], limited)
        slope = likeness_gradient(found, tf.constant(targets), views)
        return at_map(slope, maps, found), tf.gradients(cosine, maps)[0]

    own, right = both(tf.constant(images))
    assert np.abs(right).max() > 0
    np.testing.assert_allclose(own, right, rtol=1e-3, atol=1e-6)


def test_without_a_target_nothing_is_added():
    random = np.random.default_rng(0)
    features = tf.constant(random.normal(size=(2, 6)), tf.float32)
    targets = np.ones((2, 3, 6), np.float32)
    targets[:, 0] = 0
    assert not np.any(likeness_gradient(features, tf.constant(targets), 1))


def test_the_pull_is_added_in_each_map():
    random = np.random.default_rng(0)

    @tf.function(autograph=False)
    def gradients(images, targets):
        first = tf.nn.relu(images) * (1, 2)
        second = tf.square(first) + images  # some of it passes the first map
        values = tf.reduce_sum(second * first, (1, 2, 3))
        values += tf.reduce_sum(tf.sin(images), (1, 2, 3))
        maps = [first, second]
        return (
            pulled([values], images, maps, targets, views=2),
            tf.gradients(values, images)[0],
        )

    images = tf.constant(random.normal(size=(6, 4, 4, 2)), tf.float32)
    targets = np.zeros((3, 3, 8), np.float32)
    targets[:, 2] = 1
    # Without a direction nothing is added, whatever passes the maps.
    own, whole = gradients(images, tf.constant(targets))
    assert np.allclose(own, whole, atol=1e-4)
    targets[0, 0] = random.normal(size=8)
    own, whole = gradients(images, tf.constant(targets))
    assert not np.allclose(own[:2], whole[:2], atol=1e-2)
    assert np.allclose(own[2:], whole[2:], atol=1e-4)


def test_warm_starts_keep_the_score_and_the_energy_of_the_data(layer):
    seen, exemplars = maximizer(layer)
    first = seen.cold(exemplars=exemplars)
    for _ in range(10):
        last = seen.warm(exemplars=exemplars)
    assert last.scores.mean() > 0.95 * first.scores.mean()
    directions = seen.canvas.energy.directions
    centred = last.images - seen.canvas.statistics.mean
    size = last.images.shape[1:3]
    data = seen.canvas.statistics.energy(*size).shares
    power = summed_power(centred, directions)
    found = energy_of(power, size, directions).shares
    assert found[:, 8:].sum() < 1.5 * data[:, 8:].sum()
    assert found[1:].sum() < 1.5 * data[1:].sum()


def test_values_share_their_gradients():
    """Gradients of a way that several values share are built once."""
    with tf.Graph().as_default():
        images = tf.compat.v1.placeholder(tf.float32, (None, 6))
        way = maps = tf.nn.elu(images)
        values = []
        for _ in range(3):
            way = tf.tanh(way)
            # No gradient passes the shape of the images.
            size = tf.cast(tf.size(images), tf.float32)
            values.append(tf.reduce_sum(way, axis=1) / size)
        targets = tf.zeros((4, 3, 12))
        assert pulled(values, images, [maps], targets, views=1) is not None
        kinds = [one.type for one in images.graph.get_operations()]
        assert kinds.count("TanhGrad") == 3
        assert kinds.count("EluGrad") == 1


@pytest.mark.parametrize("pull", [True, False])
def test_events_say_whether_images_were_pulled(tmp_path, probe, pull):
    keras.utils.set_random_seed(0)
    layers = [LAYERS.Conv2D(4, k, 2) for k in (7, 5)]
    last = LAYERS.Conv2D(4, 5, name="last")
    model = keras.Sequential(
        [keras.Input((32, 32, 3)), *layers, last, LAYERS.Flatten()]
    )
    model.compile("sgd", "mse")
    watcher = tb_actmax.ActivationMaximization(
        tmp_path,
        layers=["last"],
        filters=2,
        probe=probe,
        pull=pull,
        budget=None,
    )
    targets = np.zeros((len(probe), 4))
    model.fit(probe, targets, verbose=0, callbacks=[watcher])
    found = [event.decode(blobs) for _, _, blobs in read_blobs(tmp_path)]
    settings = [one.header["settings"] for one in found]
    assert [one["steps"] for one in settings] == [40, 40]
    assert [one["pull"] for one in settings] == [pull, pull]
