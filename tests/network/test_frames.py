"""Layers inside TimeDistributed are shown as images of one frame."""

import keras
import numpy as np
import pytest

import tb_actmax
from tb_actmax.network.layers import find_targets
from tb_actmax.records.event import decode
from tb_actmax.records.reader import read_blobs

L = keras.layers
RANDOM = np.random.default_rng(0)
FILMS = RANDOM.normal(size=(12, 5, 16, 16, 1)).astype("float32")


def of_a_network():
    """Returns a network for frames, as one layer."""
    cnn = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            L.Conv2D(4, 5, name="first"),
            L.BatchNormalization(),
            L.ReLU(),
            L.Conv2D(3, 3, 2, padding="same", name="second"),
            L.GlobalMaxPooling2D(),
        ],
        name="cnn",
    )
    return keras.Sequential(
        [
            keras.Input((5, 16, 16, 1)),
            L.TimeDistributed(cnn, name="each"),
            L.LSTM(4),
            L.Dense(2),
        ]
    )


def of_layers():
    """Returns a layer for frames, and a batch normalization for videos."""
    return keras.Sequential(
        [
            keras.Input((5, 16, 16, 1)),
            L.TimeDistributed(L.Conv2D(4, 5, name="first"), name="a"),
            L.BatchNormalization(),
            L.TimeDistributed(L.ReLU()),
            L.TimeDistributed(
                L.Conv2D(3, 3, 2, padding="same", name="second"), name="b"
            ),
            L.TimeDistributed(L.Flatten()),
            L.Reshape((-1,)),
            L.Dense(2),
        ]
    )


class Folded(keras.Model):
    """Makes one batch of all frames in its call."""

    def __init__(self):
        super().__init__()
        self.first = L.Conv2D(4, 5, activation="relu", name="first")
        self.second = L.Conv2D(3, 3, 2, padding="same", name="second")
        self.pool, self.lstm, self.dense = (
            L.GlobalMaxPooling2D(),
            L.LSTM(4),
            L.Dense(2, name="classes"),
        )

    def maps(self, frames):
        return self.second(self.first(frames))

    def call(self, videos):
        count = keras.ops.shape(videos)[0]
        frames = keras.ops.reshape(videos, (-1, 16, 16, 1))
        found = self.pool(self.maps(frames))
        return self.dense(self.lstm(keras.ops.reshape(found, (count, 5, 3))))


def folded():
    model = Folded()
    model(FILMS[:1])
    return model


def outputs_by_frame(model):
    """Returns maps of `second` of all frames, by plain Keras."""
    if isinstance(model, Folded):
        return np.asarray(model.maps(FILMS.reshape(-1, 16, 16, 1)))
    if model.layers[0].name == "each":
        cnn = model.layers[0].layer
        inner = keras.Model(cnn.inputs[0], cnn.get_layer("second").output)
        return inner.predict_on_batch(FILMS.reshape(-1, 16, 16, 1))
    inner = keras.Model(model.inputs[0], model.get_layer("b").output)
    maps = inner.predict_on_batch(FILMS)
    return maps.reshape(-1, *maps.shape[2:])


@pytest.mark.parametrize("make", [of_a_network, of_layers])
def test_layers_see_one_frame(make):
    keras.utils.set_random_seed(0)
    targets = find_targets(make(), (5, 16, 16, 1))
    (first,) = (t for path, t in targets.items() if path.endswith("/first"))
    (second,) = (t for path, t in targets.items() if path.endswith("/second"))
    assert first.framed and second.framed
    assert first.field.size == (5, 5) and first.normalization is not None
    assert second.field.size == (7, 7) and second.positions == (6, 6)
    assert first.rectified and not second.rectified
    assert not any(":" in path for path in targets)


@pytest.mark.parametrize("make", [of_a_network, of_layers, folded])
def test_images_of_frames_and_measures_on_all_frames(make, tmp_path):
    keras.utils.set_random_seed(0)
    model = make()
    model.compile("sgd", "mse")
    callback = tb_actmax.ActivationMaximization(
        tmp_path,
        layers=["first", "second"],
        probe=(FILMS, np.arange(12)),
        filters=2,
        steps=4,
        exemplars=2,
        budget=None,
    )
    before = outputs_by_frame(model)
    model.fit(FILMS, np.zeros((12, 2)), callbacks=[callback], verbose=0)
    events = {}
    for tag, step, blobs in read_blobs(str(tmp_path)):
        if step == 0:
            events[tag] = decode(blobs)
    paths = [path for path in events if path.endswith("second")]
    event = events[paths[0]]
    assert len(events) == 2
    assert (event.header["height"], event.header["width"]) == (7, 7)
    assert event.header["settings"]["probe"] == 60
    for entry in event.header["filters"]:
        largest = before[..., entry["filter"]].max()
        assert entry["data_max"] == pytest.approx(largest, rel=2e-3)
        assert entry["status"] == "ok" and entry["score"] > 0
        exemplars = entry["exemplars"]
        assert max(exemplars["inputs"]) < 12  # videos
        assert exemplars["classes"] == exemplars["inputs"]


def test_layers_after_a_batch_of_frames_see_videos():
    model = folded()
    targets = find_targets(model, (5, 16, 16, 1))
    assert targets["second"].framed and not targets["classes"].framed
    found = tb_actmax.maximize(model, "classes", 2, probe=FILMS, steps=2)
    assert found.images.shape == (2, 5, 16, 16, 1)


def test_a_wrapper_names_the_layer_inside():
    found = tb_actmax.maximize(of_layers(), "a", 2, probe=FILMS, steps=2)
    assert found.images.shape == (2, 5, 5, 1)


def test_frames_may_be_signals():
    model = keras.Sequential(
        [
            keras.Input((6, 30, 2)),
            L.TimeDistributed(L.Conv1D(4, 5, name="conv")),
            L.TimeDistributed(L.GlobalMaxPooling1D()),
            L.LSTM(3),
        ]
    )
    probe = RANDOM.normal(size=(10, 6, 30, 2)).astype("float32")
    found = tb_actmax.maximize(model, "conv", 2, probe=probe, steps=2)
    assert found.images.shape == (2, 1, 5, 2)


def test_layers_after_a_mixture_of_frames_see_videos():
    model = keras.Sequential(
        [
            keras.Input((5, 12, 12, 1)),
            L.Conv3D(2, 3, padding="same"),
            L.TimeDistributed(L.Conv2D(4, 3, name="conv")),
        ]
    )
    targets = find_targets(model, (5, 12, 12, 1))
    (path,) = (path for path in targets if path.endswith("/conv"))
    assert not targets[path].framed and targets[path].call == 2
    found = tb_actmax.maximize(
        model, "conv", 2, probe=FILMS[:, :, :12, :12], steps=2
    )
    assert found.images.shape == (2, 5, 12, 12, 1)


@pytest.mark.parametrize(
    ("front", "turned"),
    [
        (L.Reshape((5, 16, 16, 1)), lambda videos: videos[..., 0]),
        (L.Reshape((5, 16, 16, 1)), lambda videos: videos.reshape(12, 5, 256)),
        (
            L.Permute((1, 3, 4, 2)),
            lambda videos: videos.transpose(0, 1, 4, 2, 3),
        ),
    ],
    ids=["without channels", "flat", "channels first"],
)
def test_videos_that_are_reshaped(front, turned):
    """Images equal those of a model that does not reshape its videos."""
    keras.utils.set_random_seed(0)
    usual = of_a_network()
    model = keras.Sequential(
        [keras.Input(turned(FILMS).shape[1:]), front, *usual.layers]
    )
    for layer, shape in (("second", (2, 7, 7, 1)), (-1, (2, 5, 16, 16, 1))):
        name = layer if layer == "second" else usual.layers[layer].name
        found = tb_actmax.maximize(model, name, 2, probe=turned(FILMS), steps=4)
        same = tb_actmax.maximize(usual, name, 2, probe=FILMS, steps=4)
        assert found.images.shape == shape
        np.testing.assert_allclose(found.images, same.images, atol=1e-4)


def test_windows_of_a_signal():
    """The model cuts a signal into windows; an image shows one window."""
    cnn = keras.Sequential(
        [keras.Input((20, 2)), L.Conv1D(4, 5, name="conv"), L.GlobalMaxPool1D()]
    )
    model = keras.Sequential(
        [
            keras.Input((100, 2)),
            L.Reshape((5, 20, 2)),
            L.TimeDistributed(cnn),
            L.LSTM(4),
            L.Dense(2),
        ]
    )
    signals = RANDOM.normal(size=(12, 100, 2)).astype("float32")
    found = tb_actmax.maximize(model, "conv", 2, probe=signals, steps=4)
    assert found.images.shape == (2, 1, 5, 2)
