"""Models as people have them: each kind gives finite, living images."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

import tb_actmax
from tb_actmax.maximizer.inputs import ImageModel
from tb_actmax.maximizer.layers import find_targets
from tb_actmax.probe.assumptions import value_range

layers = keras.layers
random = np.random.default_rng(0)


def images(size=24, channels=3):
    return random.uniform(size=(20, size, size, channels)).astype("float32")


def two_inputs():
    image = keras.Input((24, 24, 3), name="image")
    meta = keras.Input((5,), name="meta")
    gate = layers.Reshape((1, 1, 4))(layers.Dense(4)(meta))
    x = layers.Conv2D(4, 3, activation="relu", name="first")(image)
    x = layers.Conv2D(3, 3, name="second")(x * gate)
    return keras.Model([image, meta], [x, gate])


def channels_first():
    order = {"data_format": "channels_first"}
    return keras.Sequential(
        [
            keras.Input((3, 24, 24)),
            layers.Conv2D(4, 3, activation="relu", name="first", **order),
            layers.MaxPooling2D(**order),
            layers.Conv2D(4, 3, name="second", **order),
        ]
    )


def open_size():
    return keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            layers.Conv2D(4, 3, name="second"),
        ]
    )


def five_channels():
    return keras.Sequential(
        [
            keras.Input((24, 24, 5)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            layers.Conv2D(4, 3, name="second"),
        ]
    )


def mixed(policy):
    keras.config.set_dtype_policy(policy)
    try:
        return keras.Sequential(
            [
                keras.Input((24, 24, 3)),
                layers.Rescaling(1 / 255.0),
                layers.Conv2D(4, 3, activation="relu", name="first"),
                layers.BatchNormalization(),
                layers.DepthwiseConv2D(3, name="second"),
            ]
        )
    finally:
        keras.config.set_dtype_policy("float32")


def all_convolutions():
    same = {"padding": "same"}
    x = image = keras.Input((24, 24, 3))
    x = layers.SeparableConv2D(8, 3, name="separable", **same)(x)
    x = layers.Activation("gelu")(x)
    x = layers.Conv2D(8, 3, dilation_rate=2, name="dilated", **same)(x)
    x = layers.Conv2DTranspose(6, 3, strides=2, name="transposed", **same)(x)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise")(x)
    x = layers.LayerNormalization()(x)
    gate = layers.GlobalAveragePooling2D()(x)
    gate = layers.Dense(12, activation="sigmoid", name="gate")(gate)
    x = layers.Conv2D(4, 1, name="head")(x * layers.Reshape((1, 1, 12))(gate))
    return keras.Model(image, x)


def transformer():
    x = image = keras.Input((24, 24, 3))
    x = layers.Reshape((16, 16))(layers.Conv2D(16, 6, 6, name="embed")(x))
    y = layers.LayerNormalization()(x)
    x = x + layers.MultiHeadAttention(2, 8)(y, y)
    x = layers.Dense(32, activation="gelu", name="mlp")(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(image, layers.Dense(3, "softmax", name="classes")(x))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Conv2D(4, 3, activation="relu", name="first")
        self.second = layers.Conv2D(4, 3, name="second")

    def call(self, inputs):
        return self.second(self.first(inputs))


def subclassed():
    model = Subclassed()
    model(images())
    return model


class Block(layers.Layer):
    """Holds its layers in a list and a dictionary."""

    def __init__(self, **options):
        super().__init__(**options)
        self.convolutions = [
            layers.Conv2D(4, 3, padding="same", name=f"conv{i}")
            for i in range(2)
        ]
        self.rest = {"norm": layers.LayerNormalization(name="norm")}

    def call(self, inputs):
        for convolution in self.convolutions:
            inputs = keras.ops.relu(convolution(inputs))
        return self.rest["norm"](inputs)


def transfer():
    """A frozen network in a model in a model, its encoder used twice."""
    block = keras.Sequential(
        [keras.Input((None, None, 3)), Block(name="block")], name="encoder"
    )
    image = keras.Input((None, None, 3))
    small = layers.AveragePooling2D(2)(image)
    parts = [layers.GlobalMaxPooling2D()(block(x)) for x in (image, small)]
    base = keras.Model(image, layers.Concatenate()(parts), name="base")
    base.trainable = False
    return keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.RandomFlip(),
            layers.Rescaling(1 / 255.0),
            keras.Sequential([base], name="backbone"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )


def signals():
    return keras.Sequential(
        [
            keras.Input((64, 2)),
            layers.Conv1D(4, 5, activation="relu", name="first"),
            layers.Conv1D(4, 5, name="second"),
        ]
    )


PAIR = ("first", "second")


@pytest.mark.parametrize(
    "make, probe, names, size",
    [
        (channels_first, np.moveaxis(images(), 3, 1), PAIR, None),
        (open_size, images(), PAIR, (5, 5)),
        (five_channels, images(channels=5), PAIR, (5, 5)),
        (lambda: mixed("mixed_float16"), 255 * images(), PAIR, None),
        (lambda: mixed("mixed_bfloat16"), 255 * images(), PAIR, None),
        (transformer, images(), ("embed", "mlp", "classes"), None),
        (subclassed, images(), PAIR, None),
        (
            all_convolutions,
            images(),
            "separable dilated transposed depthwise gate head".split(),
            None,
        ),
    ],
    ids=[
        "channels first",
        "open size",
        "five channels",
        "float16",
        "bfloat16",
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
        assert found.images.shape[1:3] == (size[0] + 2, size[1] + 2)


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


def test_channels_first_finds_what_channels_last_finds():
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


@pytest.mark.parametrize("names", [True, False], ids=["by name", "in order"])
def test_other_inputs_are_held_at_the_probes_values(names):
    keras.utils.set_random_seed(0)
    model = two_inputs()
    meta = random.normal(2, 1, (20, 5)).astype("float32")
    probe = {"image": images(), "meta": meta} if names else [images(), meta]
    found = tb_actmax.maximize(model, "second", [0, 1], probe, steps=8)
    held = np.repeat(meta.mean(axis=0)[None], 2, axis=0)
    canvas = np.zeros((2, 24, 24, 3), np.float32)
    canvas[:] = np.asarray(images()).mean(axis=(0, 1, 2))
    size = found.images.shape[1]
    top = (24 - size) // 2
    canvas[:, top : top + size, top : top + size] = found.images
    maps = model.predict([canvas, held], verbose=0)[0]
    best = maps[[0, 1], :, :, [0, 1]].max(axis=(1, 2))
    assert (best >= found.scores - 0.05).all()


def pair_of_images():
    """Two images, one encoder: its second call sees the second image."""
    encoder = keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Conv2D(4, 3, name="conv"),
            layers.GlobalAveragePooling2D(),
        ],
        name="encoder",
    )
    left = keras.Input((24, 24, 3), name="left")
    right = keras.Input((24, 24, 3), name="right")
    apart = abs(encoder(left) - encoder(right))
    return keras.Model([left, right], layers.Dense(2, name="same")(apart))


def test_of_two_images_the_one_that_is_not_held_is_maximized():
    keras.utils.set_random_seed(0)
    model, left, right = pair_of_images(), images(), images()
    probe = [left, right]
    a = tb_actmax.maximize(model, "encoder/conv", [0], probe, steps=4)
    named = {"right": right, "left": left}
    held = {"left": left[0]}
    b = tb_actmax.maximize(model, "conv:1", [0], named, steps=4, held=held)
    assert a.images.shape == b.images.shape == (1, 3, 3, 3)
    found = tb_actmax.maximize(model, "same", [0], named, steps=8, held=held)
    reached = model([np.repeat(left[:1], 1, axis=0), found.images])
    assert float(reached[0, 0]) == pytest.approx(float(found.scores[0]), 1e-3)
    with pytest.raises(ValueError, match=r"no input 'meta'.*'left', 'right'"):
        tb_actmax.maximize(model, "same", [0], held={"meta": left[0]})
    with pytest.raises(ValueError, match="all that are such are held"):
        both = {"left": left[0], "right": right[0]}
        tb_actmax.maximize(model, "same", [0], held=both)


class Gated(keras.Model):
    """Declares nothing; takes a dictionary."""

    def __init__(self):
        super().__init__()
        self.first = layers.Conv2D(4, 3, name="first")
        self.gate = layers.Dense(4, name="gate")

    def call(self, inputs):
        gate = self.gate(inputs["meta"])[:, None, None]
        return self.first(inputs["image"]) * gate


def test_subclassed_models_take_dictionaries():
    model, meta = Gated(), random.normal(size=(20, 5)).astype("float32")
    probe = {"meta": meta, "image": images()}
    model(probe)
    found = tb_actmax.maximize(model, "first", [0], probe, steps=4)
    assert found.images.shape == (1, 3, 3, 3)
    assert found.status == ["ok"]


def test_inputs_of_text_are_held():
    image = keras.Input((24, 24, 3))
    word = keras.Input((1,), dtype="string")
    number = layers.StringLookup(vocabulary=["a", "b"])(word)
    gate = layers.Embedding(4, 4)(number)[:, None]
    gated = layers.Conv2D(4, 3)(image) * gate
    model = keras.Model([image, word], layers.Conv2D(2, 3, name="last")(gated))
    for probe in (None, [images(), np.array([["b"]] * 20)]):
        found = tb_actmax.maximize(model, "last", [0], probe, steps=2)
        assert found.images.std() > 0.01


def test_the_callback_takes_several_inputs(tmp_path):
    model = two_inputs()
    model.compile("adam", "mse")
    inputs = {"image": images(), "meta": random.normal(size=(20, 5))}
    targets = [np.zeros((20, 20, 20, 3)), np.zeros((20, 1, 1, 4))]
    watcher = tb_actmax.ActivationMaximization(
        tmp_path, filters=2, probe=inputs, steps=2
    )
    model.fit(inputs, targets, verbose=0, callbacks=[watcher])
    assert any((tmp_path / "actmax").iterdir())
    assert watcher._session.last_epoch == 1


def test_signals_are_maximized():
    keras.utils.set_random_seed(0)
    time = np.arange(64) / 64
    waves = np.sin(2 * np.pi * random.uniform(2, 9, (30, 1, 1)) * time[:, None])
    probe = np.repeat(waves, 2, axis=2).astype("float32")
    found = tb_actmax.maximize(signals(), "second", [0, 1], probe)
    # Nine samples are seen by a unit.
    assert found.images.shape == (2, 1, 11, 2)
    assert (found.images.std(axis=2) > 0.01).all()


class SubclassedSignal(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Conv1D(4, 5, activation="relu", name="first")
        self.second = layers.Conv1D(
            4, 5, padding="causal", dilation_rate=2, name="second"
        )

    def call(self, inputs):
        return self.second(self.first(inputs))


def test_signals_of_subclassed_models_are_told_by_the_probe():
    model = SubclassedSignal()
    probe = random.uniform(size=(20, 64, 2)).astype("float32")
    model(probe)
    found = tb_actmax.maximize(model, "second", [0, 1], probe, steps=4)
    assert found.images.shape == (2, 1, 5 + 4 * 2 + 2, 2)


def test_signals_may_have_their_channels_first():
    order = {"data_format": "channels_first"}
    model = keras.Sequential(
        [
            keras.Input((2, 64)),
            layers.Conv1D(4, 5, activation="relu", **order),
            layers.Conv1D(4, 5, name="second", **order),
        ]
    )
    probe = random.uniform(size=(20, 2, 64)).astype("float32")
    found = tb_actmax.maximize(model, "second", [0, 1], probe, steps=4)
    assert found.images.shape == (2, 1, 9 + 2, 2)


def test_images_may_be_turned_around_inside():
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


def test_a_network_of_one_size_gets_images_of_that_size():
    """Units see 6 pixels, but the places of the patches are fixed."""
    keras.utils.set_random_seed(0)
    image = keras.Input((24, 24, 3))
    tokens = layers.Reshape((16, 4))(layers.Conv2D(4, 6, 6)(image))
    places = layers.Embedding(16, 4)(np.arange(16))
    model = keras.Model(image, layers.Dense(3, name="mlp")(tokens + places))
    assert not find_targets(model, (24, 24, 3))["mlp"].field.whole
    found = tb_actmax.maximize(model, "mlp", [0, 1, 2], images(), steps=4)
    assert found.images.shape == (3, 24, 24, 3)
    assert "ok" in found.status


def test_a_network_that_scales_images_gets_them_whole():
    model = keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Resizing(12, 12),
            layers.Conv2D(4, 3, name="last"),
        ]
    )
    found = tb_actmax.maximize(model, "last", [0], images(), steps=2)
    assert found.images.shape == (1, 24, 24, 3)


def test_what_has_no_gradient_says_where_there_is_one():
    model = keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.Lambda(lambda x: keras.ops.round(x)),
            layers.Conv2D(4, 3, name="last"),
        ]
    )
    with pytest.raises(ValueError, match="Layers before that can be"):
        tb_actmax.maximize(model, "last", [0], images())


@pytest.mark.parametrize("deep", [False, True])
def test_the_range_is_found_in_front_of_nested_models(deep):
    front = keras.Sequential([layers.RandomFlip(), layers.Rescaling(1 / 255.0)])
    inner = [front, layers.Conv2D(2, 3), layers.Rescaling(4.0)]
    if deep:
        inner = [keras.Sequential([keras.Sequential(inner)])]
    model = keras.Sequential([keras.Input((9, 9, 3)), *inner])
    assert value_range(model) == (0.0, 255.0)
    late = keras.Sequential(
        [keras.Input((9, 9, 3)), layers.Conv2D(2, 3), layers.Rescaling(0.01)]
    )
    assert value_range(late) == (0.0, 1.0)


def test_what_is_neither_image_nor_signal_is_refused():
    model = keras.Sequential([keras.Input((7,)), layers.Dense(3, name="d")])
    with pytest.raises(ValueError, match=r"\(None, 7\)"):
        tb_actmax.maximize(model, "d", [0])
    with pytest.raises(TypeError, match=r"keras\.Model, not numpy\.ndarray"):
        tb_actmax.maximize(images(), "d", [0])


def test_fields_are_found_behind_gelu_and_gates():
    targets = find_targets(ImageModel(all_convolutions()), (24, 24, 3))
    assert targets["dilated"].field.size == (7, 7)
    assert not targets["dilated"].field.whole
    second = find_targets(ImageModel(two_inputs()), (24, 24, 3))["second"]
    assert second.field.size == (5, 5)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_another_backend_is_refused_with_what_to_set(backend):
    """Whether it is installed (numpy) or not (torch, mostly)."""
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
