"""Objectives other than a filter, on filters whose answer is known."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing import event_file_loader

import tb_actmax
from tb_actmax import objectives
from tb_actmax.network import layers
from tb_actmax.network.filter_selection import choose_objectives
from tb_actmax.records import event


@pytest.fixture(scope="module")
def bars():
    """Returns a layer of four filters: a bar up, one across, both, a dot."""
    kernel = np.zeros((5, 5, 1, 4), np.float32)
    kernel[:, 2, 0, 0] = 1
    kernel[2, :, 0, 1] = 1
    kernel[:, :, 0, 2] = np.maximum(kernel[..., 0, 0], kernel[..., 0, 1])
    kernel[2, 2, 0, 3] = 1
    kernel -= kernel.mean(axis=(0, 1))
    model = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            keras.layers.Conv2D(4, 5, padding="same", name="bars"),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    model.layers[0].set_weights([kernel, np.zeros(4)])
    return model


@pytest.fixture(scope="module")
def shades():
    return np.random.default_rng(0).uniform(size=(32, 16, 16, 1))


def like(image, kernel):
    middle = (image.shape[0] - 5) // 2
    part = image[middle : middle + 5, middle : middle + 5, 0]
    return np.corrcoef(part.ravel(), kernel.ravel())[0, 1]


def test_negatives_and_sums_are_maximized(bars, shades):
    kernel = bars.layers[0].kernel.numpy()[:, :, 0]
    wanted = [
        0,
        -objectives.neuron(0),
        objectives.neuron(0) + 0.5 * objectives.neuron(1),
        objectives.neuron(0) - objectives.neuron(1),
        objectives.direction_neuron([0, 0, 0, 2.0]),
    ]
    found = tb_actmax.maximize(bars, "bars", wanted, shades)
    assert found.labels[:4] == ["0", "-0", "0 + 0.5*1", "0 - 1"]
    assert list(found.filters) == [0, 0, -1, -1, -1]
    truth = [
        kernel[..., 0],
        -kernel[..., 0],
        kernel[..., 0] + 0.5 * kernel[..., 1],
        kernel[..., 0] - kernel[..., 1],
        kernel[..., 3],
    ]
    for image, template in zip(found.images, truth, strict=True):
        assert like(image, template) > 0.9


def test_a_neuron_is_maximized_at_its_position(bars, shades):
    wanted = [objectives.neuron(3, 4, 12)]
    found = tb_actmax.maximize(bars, "bars", wanted, shades)
    assert found.images.shape == (1, 16, 16, 1)
    row, column = np.unravel_index(found.images[0].argmax(), (16, 16))
    assert (row, column) == (4, 12)


def test_a_channel_is_the_mean_of_its_map(bars, shades):
    wanted = [objectives.channel(0), objectives.neuron(0)]
    found = tb_actmax.maximize(bars, "bars", wanted, shades)
    linear = keras.Model(bars.inputs, bars.layers[0].output)
    means = linear.predict(found.images, verbose=0)[..., 0].mean((1, 2))
    assert means[0] > means[1]
    assert found.scores[0] == pytest.approx(means[0], abs=1e-4)


def test_a_class_is_maximized_before_softmax(bars, shades):
    found = tb_actmax.maximize(
        bars, "classes", [objectives.class_logit(1)], shades
    )
    classes = bars.layers[-1]
    inner = keras.Model(bars.inputs, bars.layers[-2].output)
    logits = inner.predict(found.images, verbose=0) @ classes.kernel.numpy()
    assert logits.argmax() == 1
    assert found.scores[0] == pytest.approx(logits[0, 1], abs=1e-3)


def test_diverse_images_differ_and_excite_the_filter(network, digits):
    model = network()
    same = tb_actmax.maximize(model, "conv2", [3], digits).scores[0]
    found = tb_actmax.maximize(
        model, "conv2", [objectives.neuron(3).diverse(3)], digits
    )
    assert found.labels == ["3 #1", "3 #2", "3 #3"]
    assert (found.scores > 0.4 * same).all()
    alike = np.corrcoef(found.images.reshape(3, -1))
    alone = np.concatenate(
        [
            tb_actmax.maximize(model, "conv2", [3], digits, seed=seed).images
            for seed in range(3)
        ]
    )
    usual = np.corrcoef(alone.reshape(3, -1))
    assert alike.sum() < usual.sum() - 0.5


@pytest.mark.parametrize(
    "wanted, hint",
    [
        (objectives.neuron(4), "0 ... 3"),
        (objectives.direction([1, 2]), "2 weights"),
        (objectives.neuron(0, 3, 16), "16 columns"),
    ],
)
def test_an_objective_that_does_not_fit_is_an_error(bars, wanted, hint):
    with pytest.raises(ValueError, match=hint):
        tb_actmax.maximize(bars, "bars", [wanted])


def test_a_position_in_a_dense_layer_is_an_error(bars):
    target = layers.find_targets(bars, (16, 16, 1))["classes"]
    with pytest.raises(ValueError, match="no positions"):
        choose_objectives(target, [objectives.neuron(0, 0, 0)])


def keys(directory):
    """Returns the keys of a log's last event."""
    (path,) = directory.glob("events*")
    tensors = [
        value.tensor.string_val
        for record in event_file_loader.EventFileLoader(str(path)).Load()
        for value in record.summary.value
        if value.tag == "conv2"
    ]
    return event.decode(tensors[-1]).keys


def test_the_callback_logs_objectives(network, digits, tmp_path):
    model = network()
    wanted = [0, -objectives.neuron(1), objectives.neuron(2).diverse(2)]
    model.fit(
        digits[:64],
        np.zeros(64),
        epochs=1,
        verbose=0,
        callbacks=[
            tb_actmax.ActivationMaximization(
                tmp_path, layers={"conv2": wanted}, probe=digits, steps=2
            )
        ],
    )
    assert keys(tmp_path / "actmax") == ["0", "-1", "2 #1", "2 #2"]


def test_a_neuron_without_a_position_is_the_one_at_the_centre(bars, shades):
    centre = tb_actmax.maximize(bars, "bars", [2], shades).images
    neuron = tb_actmax.maximize(bars, "bars", [objectives.neuron(2)], shades)
    np.testing.assert_array_equal(neuron.images, centre)
    with pytest.raises(ValueError, match="both row and column"):
        objectives.neuron(2, row=3)


def test_directions_are_means_of_the_map_or_single_units(bars, shades):
    vector = [0, 0, 1.0, -1.0]
    wanted = [
        objectives.direction(vector),
        objectives.direction_neuron(vector, row=2, column=9),
    ]
    found = tb_actmax.maximize(bars, "bars", wanted, shades)
    linear = keras.Model(bars.inputs, bars.layers[0].output)
    maps = linear.predict(found.images, verbose=0) @ vector
    assert found.scores[0] == pytest.approx(maps[0].mean(), abs=1e-4)
    assert found.scores[1] == pytest.approx(maps[1, 2, 9], abs=1e-4)
    assert found.labels[0].endswith(" (whole)")
    assert found.labels[1].endswith(" (2, 9)")


def lower_half(activations):
    """Returns the energy of filter 1 in the lower half of the map."""
    return keras.ops.mean(activations[:, 8:, :, 1] ** 2, axis=(1, 2))


def test_a_function_of_the_activations_is_maximized(bars, shades):
    found = tb_actmax.maximize(bars, "bars", [lower_half], shades)
    assert found.labels == ["lower_half"]
    assert list(found.filters) == [-1]
    linear = keras.Model(bars.inputs, bars.layers[0].output)
    energy = linear.predict(found.images, verbose=0)[0, ..., 1] ** 2
    assert found.scores[0] == pytest.approx(energy[8:].mean(), rel=1e-3)
    assert energy[8:].mean() > 2 * energy[:6].mean()


def test_functions_are_added_and_multiplied(bars, shades):
    wanted = [
        0.5 * objectives.custom(lower_half) - objectives.neuron(3, 2, 2),
        objectives.neuron(3, 2, 2) + lower_half,
        sum([objectives.neuron(0), objectives.neuron(1)]),
    ]
    found = tb_actmax.maximize(bars, "bars", wanted, shades, steps=8)
    assert found.labels == [
        "0.5*lower_half - 3 (2, 2)",
        "3 (2, 2) + lower_half",
        "0 + 1",
    ]
    linear = keras.Model(bars.inputs, bars.layers[0].output)
    maps = linear.predict(found.images, verbose=0)
    lower = (maps[:2, 8:, :, 1] ** 2).mean(axis=(1, 2))
    neuron = maps[:2, 2, 2, 3]
    expected = [0.5 * lower[0] - neuron[0], neuron[1] + lower[1]]
    np.testing.assert_allclose(found.scores[:2], expected, atol=1e-4)


def test_functions_of_the_same_name_have_labels_of_their_own(bars):
    def brightness(activations):
        return keras.ops.max(activations[..., 0], axis=(1, 2))

    first = brightness

    def brightness(activations):
        return keras.ops.max(activations[..., 1], axis=(1, 2))

    unnamed = lambda activations: activations[:, 4, 4, 2]  # noqa: E731
    wanted = [first, brightness, first, unnamed]
    found = tb_actmax.maximize(bars, "bars", wanted, steps=2)
    assert found.labels == ["brightness", "brightness 2", "lambda"]
    with pytest.raises(ValueError, match="are called '3'"):
        named = objectives.custom(first, "3")
        tb_actmax.maximize(bars, "bars", [3, named])


@pytest.mark.parametrize(
    "returned, said",
    [
        (lambda activations: activations[..., 0], r"\(None, 16, 16\)"),
        (lambda activations: keras.ops.mean(activations), r"\(\)"),
        (lambda activations: None, "a NoneType"),
        (lambda activations: keras.ops.ones((4,)), r"\(4,\)"),
    ],
    ids=["a map", "a number for all images", "nothing", "a fixed length"],
)
def test_a_function_must_return_a_number_for_each_image(bars, returned, said):
    with pytest.raises(ValueError, match=f"^The objective 'lambda' .*{said}"):
        tb_actmax.maximize(bars, "bars", [returned])


def test_a_function_without_a_gradient_is_named(bars):
    def most(activations):
        return keras.ops.argmax(activations[:, 0, 0], axis=-1)

    with pytest.raises(ValueError, match="or in most passes none on"):
        tb_actmax.maximize(bars, "bars", [most])


def test_functions_see_volumes_signals_and_units():
    layers = keras.layers
    seen = {}

    def first(activations):
        seen["shape"] = tuple(activations.shape)
        flat = keras.ops.reshape(activations, (-1, *activations.shape[1:]))
        axes = tuple(range(1, len(flat.shape)))
        return keras.ops.mean(flat, axis=axes)

    for shape, layer, expected in [
        ((6, 8, 8, 1), layers.Conv3D(2, 3, name="t"), (None, 4, 6, 6, 2)),
        ((20, 2), layers.Conv1D(3, 5, name="t"), (None, 1, 16, 3)),
    ]:
        model = keras.Sequential([keras.Input(shape), layer])
        tb_actmax.maximize(model, "t", first, steps=2)
        assert seen["shape"] == expected
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(5, name="t"),
        ]
    )
    tb_actmax.maximize(model, "t", first, steps=2)
    assert seen["shape"] == (None, 5)


def test_the_module_needs_no_tensorflow():
    code = (
        "import sys, tb_actmax.objectives as o; o.channel(3);"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
