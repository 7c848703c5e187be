"""Volumes and videos: images with slices, from the model to the log."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_actmax
from tb_actmax import objectives
from tb_actmax.maximizer.image import movements, warp
from tb_actmax.network.layers import find_targets
from tb_actmax.records import event
from tb_actmax.records.images import decode_image
from tb_actmax.records.reader import read_blobs

layers = keras.layers
random = np.random.default_rng(0)

SHAPE = (8, 14, 14, 1)


def probe(count=12, shape=SHAPE):
    return random.uniform(size=(count, *shape)).astype("float32")


def network(order="channels_last"):
    keras.utils.set_random_seed(0)
    options = {"data_format": order}
    last = order == "channels_last"
    return keras.Sequential(
        [
            keras.Input(SHAPE if last else (SHAPE[-1], *SHAPE[:-1])),
            layers.Conv3D(3, 3, activation="relu", name="first", **options),
            layers.MaxPooling3D((1, 2, 2), **options),
            layers.Conv3D(4, 3, padding="same", name="second", **options),
            layers.BatchNormalization(axis=-1 if last else 1),
            layers.GlobalAveragePooling3D(**options),
            layers.Dense(2, name="head"),
        ]
    )


def test_a_planted_template_of_slices_is_found():
    """The template is an edge that moves right from slice to slice."""
    kernel = np.zeros((3, 5, 5, 1, 1), np.float32)
    for slice_, edge in enumerate((1, 2, 3)):
        kernel[slice_, :, edge:] = 1
    kernel -= kernel.mean()
    model = keras.Sequential(
        [keras.Input(SHAPE), layers.Conv3D(1, (3, 5, 5), name="planted")]
    )
    model.layers[-1].set_weights([kernel, np.zeros(1)])
    found = tb_actmax.maximize(model, "planted", [0], probe())
    assert found.images.shape == (1, 3, 5, 5, 1)
    likeness = np.corrcoef(found.images.ravel(), kernel.ravel())[0, 1]
    assert likeness > 0.9


def test_receptive_fields_of_volumes_have_three_axes():
    field = find_targets(network(), SHAPE)["second"].field
    assert field.size == (5, 8, 8)
    assert field.stride == (1, 2, 2)
    assert field.window(0, 0, 0) == ((-1, -2, -2), (4, 6, 6))


def test_channels_first_gives_the_images_of_channels_last():
    last, first = network(), network("channels_first")
    first.set_weights(last.get_weights())
    data = probe()
    a = tb_actmax.maximize(last, "second", [1], data, steps=4)
    b = tb_actmax.maximize(
        first, "second", [1], np.moveaxis(data, -1, 1), steps=4
    )
    np.testing.assert_allclose(a.images, b.images, atol=1e-3)


def test_objectives_have_positions_in_volumes():
    model = network()
    chosen = [
        objectives.neuron(1, row=0, column=3, depth=2),
        objectives.channel(0),
    ]
    found = tb_actmax.maximize(model, "second", chosen, probe(), steps=6)
    assert found.images.shape == (2, *SHAPE)
    maps = keras.Model(model.inputs, model.layers[3].output)(found.images)
    assert found.scores[0] == pytest.approx(float(maps[0, 2, 0, 3, 1]), 1e-3)
    average = float(np.mean(maps[1, ..., 0]))
    assert found.scores[1] == pytest.approx(average, 1e-3)
    with pytest.raises(ValueError, match="6 slices, 6 rows, 6 columns"):
        wrong = objectives.neuron(1, row=0, column=3)
        tb_actmax.maximize(model, "second", [wrong], probe())


def test_volumes_are_moved_along_all_axes():
    size = (9, 10, 11)
    volume = np.zeros((1, *size, 1), np.float32)
    volume[0, 4, 5, 6] = 1
    volume = tf.constant(volume)
    shift = np.array(movements.identity(1, size))
    shift[0, [2, 5, movements.NUMBERS + 5]] = 1, 2, 3  # columns, rows, slices
    moved = warp.apply(volume, shift).numpy()
    assert np.argwhere(moved[0, ..., 0]).tolist() == [[1, 3, 5]]
    still = warp.apply(volume, movements.identity(1, size)).numpy()
    np.testing.assert_array_equal(still, volume)


def test_the_callback_logs_volumes(tmp_path):
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy")
    data, labels = probe(), random.integers(0, 2, 12)
    watcher = tb_actmax.ActivationMaximization(
        tmp_path,
        layers=["second", "head"],
        filters=2,
        probe=data,
        steps=3,
        budget=None,
    )
    model.fit(data, labels, verbose=0, callbacks=[watcher])
    logged = {
        (tag, step): event.decode(blobs)
        for tag, step, blobs in read_blobs(tmp_path)
    }
    assert set(logged) == {(t, s) for t in ("second", "head") for s in (0, 1)}
    for (tag, _), found in logged.items():
        header = found.header
        size = header["depth"], header["height"], header["width"]
        assert size == ((5, 8, 8) if tag == "second" else SHAPE[:-1])
        field = header["receptive_field"]
        assert field == ([5, 8, 8] if tag == "second" else None)
        for image in found.images:
            assert event.image_fault(header, image) is None
            pixels = decode_image(image, header["value_range"], 1)
            assert pixels.reshape(*size, 1).std() > 0.01
        # Patches, the signature, and what the filters are built from.
        assert len(found.extra) == 3
        assert all("data_max" in entry for entry in found.filters)


def test_a_probe_that_is_no_volume_is_an_error():
    with pytest.raises(ValueError, match=r"the model takes \(n, 8, 14, 14, 1"):
        tb_actmax.maximize(network(), "second", [0], probe()[:, 0])
