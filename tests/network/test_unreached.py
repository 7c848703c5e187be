"""Layers that cannot be maximized are named, with what to do."""

import keras
import pytest
import tensorflow as tf
from support.watched import callback, fit, lines

import tb_actmax
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import find_targets

L = keras.layers


def tower(name):
    return keras.Sequential(
        [L.Conv2D(4, 3, name=f"{name}_conv"), L.GlobalMaxPooling2D()], name=name
    )


def pair():
    left, right = (keras.Input((28, 28, 1), name=n) for n in ("left", "right"))
    both = [tower("a")(left), tower("b")(right)]
    return keras.Model([left, right], L.Dense(3)(L.Concatenate()(both)))


def test_a_layer_of_another_tower(digits):
    with pytest.raises(ValueError) as error:
        tb_actmax.maximize(pair(), "b_conv", 1, probe=[digits, digits])
    said = str(error.value)
    assert "'b/b_conv' reads the input 'right'" in said
    assert "fixed_inputs={'left': " in said
    found = tb_actmax.maximize(
        pair(),
        "b_conv",
        1,
        probe=[digits, digits],
        fixed_inputs={"left": digits[0]},
        steps=2,
    )
    assert found.images.shape == (1, 3, 3, 1)


class Sliced(keras.Model):
    """Calls a layer on each slice of its input."""

    def __init__(self, each):
        super().__init__()
        self.conv = L.Conv1D(4, 3, name="conv1")
        self.unused = L.Conv2D(4, 3, name="unused")
        self.unused.build((None, 28, 28, 1))
        self.whole = L.Conv2D(2, 3, name="whole")
        self.dense = L.Dense(3)
        self._each = each

    def call(self, inputs):
        slices = self._each(lambda one: self.conv(one), inputs)
        found = tf.reduce_max(slices, axis=(1, 2))
        return self.dense(found) + tf.reduce_mean(self.whole(inputs))


def mapped(function, values):
    spec = tf.TensorSpec((28, 26, 4))
    return tf.map_fn(function, values, fn_output_signature=spec)


@pytest.mark.parametrize(
    "each, said",
    [(mapped, "inside a loop"), (tf.vectorized_map, "not one input each")],
)
def test_a_layer_in_a_loop(digits, each, said):
    model = Sliced(each)
    model(digits[:1])
    with pytest.raises(ValueError, match=f"'conv1' is called .*{said}"):
        tb_actmax.maximize(model, "conv1", 1, probe=digits)
    with pytest.raises(ValueError, match="'unused' is not called"):
        tb_actmax.maximize(model, model.unused, 1, probe=digits)


def test_a_convolution_in_a_loop_logs_one_line(tmp_path, digits, caplog):
    model = Sliced(mapped)
    model(digits[:1])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss)
    fit(model, digits, [callback(tmp_path, digits, layers=None)])
    (line,) = lines(caplog)
    assert "The layer 'conv1' is called inside a loop" in line.getMessage()


def test_a_layer_of_a_sub_model_of_other_inputs(digits):
    class Both(keras.Model):
        def __init__(self):
            super().__init__()
            self.a = keras.Sequential([keras.Input((28, 28, 1)), tower("a")])
            self.generator = keras.Sequential(
                [
                    keras.Input((7, 7, 5)),
                    L.Conv2DTranspose(1, 3, name="up"),
                ],
                name="generator",
            )

    with pytest.raises(ValueError, match=r"'generator', which takes inputs \("):
        tb_actmax.maximize(Both(), "up", 1, probe=digits)


def test_a_sub_model_of_tokens_that_is_called_is_not_left_out():
    tokens = keras.Sequential(
        [keras.Input((4, 6)), L.Dense(5, "relu", name="mlp"), L.Flatten()]
    )
    patches = keras.Sequential(
        [keras.Input((28, 28, 1)), L.Conv2D(6, 14, 14), L.Reshape((4, 6))]
    )
    model = keras.Sequential([patches, tokens, L.Dense(3)])
    image_model = ImageModel(model)
    found = find_targets(image_model, (28, 28, 1))
    assert any(path.endswith("/mlp") for path in found)
    assert image_model.left_out == []


@pytest.mark.parametrize(
    "probe", [lambda x: {"image": x}, lambda x: [x], lambda x: [x, x]]
)
def test_the_structure_that_a_call_takes(digits, probe):
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = L.Conv2D(4, 3, name="conv")

        def call(self, inputs):
            if isinstance(inputs, dict):
                return self.conv(inputs["image"])
            return self.conv(inputs[0]) + sum(map(tf.reduce_mean, inputs[1:]))

    model, data = Net(), probe(digits)
    model(data)
    found = tb_actmax.maximize(model, "conv", 1, probe=data, steps=2)
    assert found.images.shape == (1, 3, 3, 1)
