"""Each kind of model gives finite images that are not flat."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from support.kinds_of_models import (
    all_convolutions,
    augmented,
    channels_first,
    convnext,
    five_channels,
    images,
    mixed,
    one_size,
    open_size,
    subclassed,
    transfer,
    transformer,
    two_inputs,
)

import tb_actmax
from tb_actmax.data.value_range import suggest_value_range
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layer_selection import choose_layers
from tb_actmax.network.layers import find_targets

layers = keras.layers


PAIR = ("first", "second")


@pytest.mark.parametrize(
    "make, probe, names, size",
    [
        (channels_first, np.moveaxis(images(), 3, 1), PAIR, None),
        (open_size, images(), PAIR, (5, 5)),
        (five_channels, images(channels=5), PAIR, (5, 5)),
        (lambda: mixed("mixed_float16"), 255 * images(), PAIR, None),
        (lambda: mixed("mixed_bfloat16"), 255 * images(), PAIR, None),
        (lambda: mixed("float16"), 255 * images(), PAIR, None),
        (lambda: mixed("bfloat16"), 255 * images(), PAIR, None),
        (augmented, 255 * images(), PAIR, (5, 5)),
        (
            convnext,
            images(),
            "patches depthwise norm expand project".split(),
            None,
        ),
        (transformer, images(), ("embed", "attention", "mlp", "classes"), None),
        (subclassed, images(), PAIR, None),
        (
            all_convolutions,
            images(),
            "separable dilated transposed depthwise grouped gate head".split(),
            None,
        ),
    ],
    ids=[
        "channels first",
        "open size",
        "five channels",
        "mixed float16",
        "mixed bfloat16",
        "float16",
        "bfloat16",
        "augmented and normalized",
        "ConvNeXt",
        "vision transformer",
        "subclassed",
        "all convolutions",
    ],
)
def test_every_kind_of_layer_gives_images(make, probe, names, size):
    keras.utils.set_random_seed(0)
    model = make()
    for name in names:
        found = tb_actmax.maximize(model, name, [0, 1], probe, steps=4)
        assert np.isfinite(found.images).all()
        assert np.isfinite(found.scores).all()
        flat = found.images.reshape(2, -1).std(axis=1) < 1e-3
        assert not flat[[s == "ok" for s in found.status]].any(), name
    channels = probe.shape[1] if make is channels_first else probe.shape[-1]
    assert found.images.shape[-1] == channels
    if size is not None:
        assert found.images.shape[1:3] == size


def test_layers_are_named_at_any_depth():
    keras.utils.set_random_seed(0)
    model = transfer()
    targets = find_targets(model, (24, 24, 3))
    inner, probe = "backbone/base/encoder/block", 255 * images()
    # A functional model runs first what is farther from its outputs.
    for call, size in (("", (10, 10)), (":1", (5, 5))):
        assert targets[f"{inner}/conv1{call}"].field.size == size
    for name in ("conv1:1", f"{inner}/conv1:1", inner, "norm", "classes"):
        found = tb_actmax.maximize(model, name, [0, 1], probe, 4)
        assert np.isfinite(found.images).all()
        assert (found.images.std(axis=(1, 2, 3)) > 1).all()
        assert found.images.max() > 100  # in the range of the data
    short, full = (
        tb_actmax.maximize(model, name, [2], probe, 4).images
        for name in ("conv1", f"{inner}/conv1")
    )
    np.testing.assert_array_equal(short, full)


@pytest.mark.parametrize(
    "name, said",
    [
        ("encoder", "It holds backbone/base/encoder/block/conv0, "),
        ("block/conv9", "Did you mean 'backbone/base/encoder/block/conv"),
        ("clases", "Did you mean 'classes'"),
        ("conv1:2", "'conv1' is called only twice on the maximized input"),
    ],
)
def test_the_error_of_a_wrong_name_suggests_others(name, said):
    with pytest.raises(ValueError, match=f"{name}' with filters.*{said}"):
        choose_layers(find_targets(transfer(), (24, 24, 3)), [name])


def test_a_unique_path_suffix_is_accepted():
    targets = find_targets(transfer(), (24, 24, 3))
    (found,) = choose_layers(targets, ["block/conv1"])
    assert found.path == "backbone/base/encoder/block/conv1"


def test_channels_first_gives_the_scores_of_channels_last():
    keras.utils.set_random_seed(0)
    first, probe = channels_first(), images()
    last = keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            layers.MaxPooling2D(),
            layers.Conv2D(4, 3, name="second"),
        ]
    )
    last.set_weights(first.get_weights())
    turned = np.moveaxis(probe, 3, 1)
    a = tb_actmax.maximize(first, "second", [1], turned)
    b = tb_actmax.maximize(last, "second", [1], probe)
    assert a.scores[0] == pytest.approx(b.scores[0], rel=0.25)


def test_a_model_may_transpose_its_images():
    keras.utils.set_random_seed(0)
    order = {"data_format": "channels_first"}
    inside = [
        layers.Conv2D(4, 3, activation="relu", name="first", **order),
        layers.Conv2D(4, 3, name="second", **order),
    ]
    turned = keras.Sequential(
        [keras.Input((24, 24, 3)), layers.Permute((3, 1, 2)), *inside]
    )
    first = keras.Sequential([keras.Input((3, 24, 24)), *inside])
    probe = images()
    a = tb_actmax.maximize(turned, "second", [1], probe, steps=4)
    b = tb_actmax.maximize(
        first, "second", [1], np.moveaxis(probe, 3, 1), steps=4
    )
    np.testing.assert_allclose(a.images, b.images, atol=1e-3)


def test_a_network_of_one_size_is_run_on_whole_inputs():
    """The image shows what the unit sees; the rest of the input is even."""
    keras.utils.set_random_seed(0)
    model = one_size()
    assert not find_targets(model, (24, 24, 3))["mlp"].field.whole
    found = tb_actmax.maximize(model, "mlp", [0, 1, 2], images(), steps=4)
    assert found.images.shape == (3, 6, 6, 3)
    assert "ok" in found.status


def test_a_network_that_resizes_images_gets_them_in_full_size():
    model = keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Resizing(12, 12),
            layers.Conv2D(4, 3, name="last"),
        ]
    )
    found = tb_actmax.maximize(model, "last", [0], images(), steps=2)
    assert found.images.shape == (1, 24, 24, 3)


def test_the_error_of_a_layer_without_gradient_names_other_layers():
    model = keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Lambda(lambda x: keras.ops.round(x)),
            layers.Conv2D(4, 3, name="last"),
        ]
    )
    with pytest.raises(ValueError, match="Layers before that can be"):
        tb_actmax.maximize(model, "last", [0], images())


def test_augmentation_layers_are_off():
    """Two ascents find the same image, without noise, rotation or dropout."""
    keras.utils.set_random_seed(0)
    model, probe = augmented(), 255 * images()
    one, two = (
        tb_actmax.maximize(model, "second", [0, 1], probe, steps=4)
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.images, two.images)
    value = model(one.images, training=False)
    assert one.scores[1] == pytest.approx(float(value[1, 0, 0, 1]), rel=1e-3)


def test_without_a_probe_a_normalization_gives_the_range():
    low, high = suggest_value_range(augmented())
    assert low == pytest.approx(127.5 - 2 * 73.6, abs=6)
    assert high == pytest.approx(127.5 + 2 * 73.6, abs=6)
    found = tb_actmax.maximize(augmented(), "second", [0], steps=4)
    assert found.images.max() > 150


@pytest.mark.parametrize("deep", [False, True])
def test_a_nested_rescaling_gives_the_range(deep):
    front = keras.Sequential([layers.RandomFlip(), layers.Rescaling(1 / 255.0)])
    inner = [front, layers.Conv2D(2, 3), layers.Rescaling(4.0)]
    if deep:
        inner = [keras.Sequential([keras.Sequential(inner)])]
    model = keras.Sequential([keras.Input((9, 9, 3)), *inner])
    assert suggest_value_range(model) == (0.0, 255.0)
    late = keras.Sequential(
        [keras.Input((9, 9, 3)), layers.Conv2D(2, 3), layers.Rescaling(0.01)]
    )
    assert suggest_value_range(late) == (0.0, 1.0)


def test_a_model_without_an_image_or_signal_is_an_error():
    model = keras.Sequential([keras.Input((7,)), layers.Dense(3, name="d")])
    with pytest.raises(ValueError, match=r"\(None, 7\)"):
        tb_actmax.maximize(model, "d", [0])
    with pytest.raises(TypeError, match=r"keras\.Model, not numpy\.ndarray"):
        tb_actmax.maximize(images(), "d", [0])


def test_gelu_and_gates_do_not_widen_the_field():
    targets = find_targets(ImageModel(all_convolutions()), (24, 24, 3))
    assert targets["dilated"].field.size == (7, 7)
    assert not targets["dilated"].field.whole
    second = find_targets(ImageModel(two_inputs()), (24, 24, 3))["second"]
    assert second.field.size == (5, 5)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_the_error_for_another_backend_names_the_setting(backend):
    """NumPy is installed as a backend; PyTorch usually is not."""
    code = "from tb_actmax import ActivationMaximization"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert "ImportError: Keras" in done.stderr
    assert f"{backend!r}" in done.stderr.splitlines()[-1]
    assert "KERAS_BACKEND=tensorflow" in done.stderr


class Positions(keras.layers.Layer):
    """Adds an embedding of a constant that `build` makes."""

    def build(self, shape):
        self.table = keras.layers.Embedding(shape[1], shape[2])
        self.numbers = keras.ops.arange(shape[1])

    def call(self, tokens):
        return tokens + self.table(self.numbers)


def test_layers_that_are_called_on_constants():
    inputs = keras.Input((8, 8, 1))
    tokens = keras.layers.Conv2D(4, 2, strides=2, name="patches")(inputs)
    tokens = Positions()(keras.layers.Reshape((16, 4))(tokens))
    model = keras.Model(inputs, keras.layers.Dense(3, name="mlp")(tokens))
    targets = find_targets(model, (8, 8, 1))
    assert targets["patches"].field.size == (2, 2)
    assert "mlp" in targets
