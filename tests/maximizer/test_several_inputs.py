"""Models of several inputs: one is maximized, the others are fixed."""

import keras
import numpy as np
import pytest
from support.kinds_of_models import images, two_inputs

import tb_actmax
from tb_actmax.records.reader import logged_steps

layers = keras.layers
random = np.random.default_rng(0)


@pytest.mark.parametrize("names", [True, False], ids=["by name", "in order"])
def test_other_inputs_have_the_means_of_the_probe(names):
    keras.utils.set_random_seed(0)
    model = two_inputs()
    meta = random.normal(2, 1, (20, 5)).astype("float32")
    probe = {"image": images(), "meta": meta} if names else [images(), meta]
    found = tb_actmax.maximize(model, "second", [0, 1], probe, steps=8)
    fixed = np.repeat(meta.mean(axis=0)[None], 2, axis=0)
    canvas = np.zeros((2, 24, 24, 3), np.float32)
    canvas[:] = np.asarray(images()).mean(axis=(0, 1, 2))
    size = found.images.shape[1]
    top = (24 - size) // 2
    canvas[:, top : top + size, top : top + size] = found.images
    maps = model.predict([canvas, fixed], verbose=0)[0]
    best = maps[[0, 1], :, :, [0, 1]].max(axis=(1, 2))
    assert (best >= found.scores - 0.05).all()


def pair_of_images():
    """Returns a model of two images whose encoder is called on each."""
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


def test_of_two_images_the_one_without_a_fixed_value_is_maximized():
    keras.utils.set_random_seed(0)
    model, left, right = pair_of_images(), images(), images()
    probe = [left, right]
    a = tb_actmax.maximize(model, "encoder/conv", [0], probe, steps=4)
    named = {"right": right, "left": left}
    fixed = {"left": left[0]}
    b = tb_actmax.maximize(
        model, "conv:1", [0], named, steps=4, fixed_inputs=fixed
    )
    assert a.images.shape == b.images.shape == (1, 3, 3, 3)
    found = tb_actmax.maximize(
        model, "same", [0], named, steps=8, fixed_inputs=fixed
    )
    reached = model([np.repeat(left[:1], 1, axis=0), found.images])
    assert float(reached[0, 0]) == pytest.approx(float(found.scores[0]), 1e-3)
    with pytest.raises(ValueError, match=r"no input 'meta'.*'left', 'right'"):
        tb_actmax.maximize(model, "same", [0], fixed_inputs={"meta": left[0]})
    with pytest.raises(ValueError, match=r"no input '7'.*'left', 'right'"):
        tb_actmax.maximize(model, "same", [0], fixed_inputs={7: left[0]})
    with pytest.raises(ValueError, match="have fixed values"):
        both = {"left": left[0], "right": right[0]}
        tb_actmax.maximize(model, "same", [0], fixed_inputs=both)


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


def test_inputs_of_text_have_the_first_value_of_the_probe():
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
    logged = logged_steps(str(tmp_path / "actmax"))
    assert logged and all(steps == [0, 1] for steps in logged.values())
