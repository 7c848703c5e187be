"""The kinds of probes that users have."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_actmax
from tb_actmax.data.fitting import fit
from tb_actmax.data.sample import take_sample

layers = keras.layers
RANDOM = np.random.default_rng(0)


def test_only_the_used_part_of_a_memory_map_is_read(tmp_path):
    class Watched:
        """An array on a disk that cannot be read whole."""

        shape, dtype = (10**6, 64, 64, 3), np.dtype("uint8")

        def __init__(self):
            self.read = 0

        def __len__(self):
            return self.shape[0]

        def __getitem__(self, part):
            count = len(range(*part.indices(len(self))))
            self.read += count
            return np.ones((count, *self.shape[1:]), self.dtype)

    probe = Watched()
    assert take_sample(probe).images.shape == (1000, 64, 64, 3)
    assert probe.read == 1000


def test_batches_of_another_size_are_passed_over(caplog):
    sizes = (24, 32, 24)
    probe = [(np.ones((8, s, s, 3)), np.zeros(8)) for s in sizes]
    sample = take_sample(iter(probe))
    assert sample.images.shape == (16, 24, 24, 3)
    assert len(sample.labels) == 16
    (record,) = caplog.records
    assert "(24, 24, 3)" in record.getMessage()


def test_whole_numbers_are_maximized_as_floats():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3), dtype="uint8"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, name="conv"),
        ]
    )
    probe = RANDOM.integers(0, 256, (32, 8, 8, 3), "uint8")
    found = tb_actmax.maximize(model, "conv", 2, probe=probe, steps=8)
    assert found.images.max() > 100
    assert found.status == ["ok", "ok"]


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1)])
def test_an_axis_that_keras_adds_may_be_missing(shape):
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3)])
    fitted = fit(model, RANDOM.random((20, *shape), "float32"))
    assert fitted.sample.images.shape == (20, 8, 8, 1)


def test_layers_and_counts_of_numpy(caplog):
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(6, 3, name="conv")]
    )
    layer, steps = model.get_layer("conv"), {"steps": 2}
    probe = RANDOM.random((20, 8, 8, 1), "float32")
    found = tb_actmax.maximize(model, layer, np.int64(4), probe=probe, **steps)
    assert len(found.images) == 4
    found = tb_actmax.maximize(
        model, layer, np.array([0, 2]), probe=probe, **steps
    )
    assert list(found.filters) == [0, 2]


class Siamese(keras.Model):
    """Takes its triplets apart in `call`, each image by one encoder."""

    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Conv2D(4, 3, name="conv"),
                layers.Flatten(),
            ],
            name="encoder",
        )

    def call(self, inputs):
        anchor, positive, negative = inputs
        return self.encoder(anchor) - self.encoder(positive + negative)


def test_triplets_show_what_their_images_have_in_common():
    triplet = tuple(RANDOM.random((3, 20, 8, 8, 1), "float32"))
    found = tb_actmax.maximize(
        Siamese(), "encoder/conv", 2, probe=triplet, steps=8
    )
    assert found.images.shape == (2, 3, 3, 1)
    assert found.status == ["ok", "ok"]


@pytest.mark.parametrize(
    "images",
    [
        np.array([np.zeros((4, 4, 1)), None], object),
        np.full((3, 4, 4, 1), "a"),
        np.zeros((3, 4, 4, 1), complex),
    ],
    ids=["objects", "text", "complex"],
)
def test_values_that_are_not_real_numbers_are_rejected(images):
    with pytest.raises(ValueError, match="holds values of the type"):
        take_sample(images)


@pytest.mark.parametrize("declared", [True, False])
def test_a_training_on_text_continues(declared, tmp_path, caplog):
    texts = np.array(["a b", "b c d"] * 8, dtype=object)
    vectorize = keras.layers.TextVectorization(output_sequence_length=4)
    vectorize.adapt(texts)
    model = keras.Sequential(
        [
            *([keras.Input((), dtype="string")] if declared else []),
            vectorize,
            keras.layers.Embedding(9, 4),
            keras.layers.Conv1D(4, 3),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dense(2),
        ]
    )
    model.compile("sgd", "mse")
    callback = tb_actmax.ActivationMaximization(tmp_path, probe=texts)
    inputs = tf.constant(list(texts))
    model.fit(inputs, np.zeros((16, 2)), verbose=0, callbacks=[callback])
    (line,) = [r for r in caplog.records if r.name == "tb_actmax"]
    assert "the training continues" in line.message


class Captioned(keras.Model):
    """Two towers: one for images, one for text."""

    def __init__(self):
        super().__init__()
        self.vectorize = keras.layers.TextVectorization(
            output_sequence_length=3
        )
        self.vectorize.adapt(["a cat", "the dog"])
        self.embed = keras.layers.Embedding(9, 4)
        self.conv = keras.layers.Conv2D(4, 3, name="conv")

    def call(self, features):
        words = self.embed(self.vectorize(features["caption"]))
        maps = self.conv(features["image"])
        return keras.ops.mean(maps, (1, 2)) + keras.ops.mean(words, 1)


@pytest.mark.parametrize("kind", [object, str, bytes])
def test_images_beside_text(kind, tmp_path, caplog):
    texts = [b"a cat", b"the dog"] * 8
    if kind is str:
        texts = [text.decode() for text in texts]
    images = np.random.default_rng(0).random((16, 8, 8, 1), "float32")
    probe = {"caption": np.array(texts, dtype=kind), "image": images}
    model = Captioned()
    model.compile("sgd", "mse")
    data = ({"caption": texts, "image": images}, np.zeros((16, 4)))
    callback = tb_actmax.ActivationMaximization(tmp_path, probe=probe, steps=2)
    dataset = tf.data.Dataset.from_tensor_slices(data).batch(8)
    model.fit(dataset, verbose=0, callbacks=[callback])
    assert not [r for r in caplog.records if r.name == "tb_actmax"]
    assert (tmp_path / "actmax").exists()
