"""`tb-actmax render` on SavedModel folders."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_actmax
from tb_actmax.cli.main import main
from tb_actmax.records import event
from tb_actmax.records.reader import read_blobs


def network(seed=0):
    keras.utils.set_random_seed(seed)
    image = keras.Input((16, 16, 1), name="image")
    maps = keras.layers.Conv2D(4, 5, activation="relu")(image)
    maps = keras.layers.BatchNormalization()(maps)
    classes = keras.layers.GlobalAveragePooling2D()(maps)
    classes = keras.layers.Dense(3, name="dense_of_classes")(classes)
    return keras.Model(image, {"maps": maps, "classes": classes})


def logged(directory):
    return {
        (tag, step): event.decode(blobs)
        for tag, step, blobs in read_blobs(directory)
    }


def render(tmp_path, *words):
    log = tmp_path / "log"
    options = ["--log-dir", str(log), "--filters", "all", "--steps", "8"]
    status = main(["render", *map(str, words), *options])
    return status, (logged(log) if log.exists() else {})


def test_each_output_is_a_layer_and_each_folder_an_epoch(tmp_path):
    folders = [tmp_path / "model-1", tmp_path / "model-2"]
    for seed, folder in enumerate(folders):
        network(seed).export(folder, verbose=False)
    images = np.random.default_rng(0).uniform(size=(8, 16, 16, 1))
    np.savez(tmp_path / "probe.npz", x=images.astype("float32"))
    status, events = render(
        tmp_path, *folders, "--probe", tmp_path / "probe.npz"
    )
    assert status == 0
    assert set(events) == {
        (name, epoch) for name in ("maps", "classes") for epoch in (1, 2)
    }
    assert len(events["classes", 1].keys) == 3
    assert len(events["maps", 1].keys) == 4


def test_an_output_scores_as_high_as_its_layer(tmp_path):
    model = network()
    model.export(tmp_path / "model-1", verbose=False)
    status, events = render(tmp_path, tmp_path / "model-1")
    assert status == 0
    scores = [entry["score"] for entry in events["classes", 1].filters]
    # The random starts differ, as the layer has another name.
    found = tb_actmax.maximize(model, "dense_of_classes", "all", steps=8)
    np.testing.assert_allclose(scores, found.scores, rtol=0.2, atol=0.02)


def test_models_saved_by_tensorflow_work(tmp_path):
    model = network()
    tf.saved_model.save(model, str(tmp_path / "model-1"))
    status, events = render(tmp_path, tmp_path / "model-1")
    assert status == 0
    assert ("classes", 1) in events


class Rounded(tf.Module):
    """A model whose output has no gradient: a class number."""

    def __init__(self):
        super().__init__()
        self.weights = tf.Variable(tf.ones((256, 3)))

    @tf.function(input_signature=[tf.TensorSpec((None, 16, 16, 1))])
    def __call__(self, image):
        flat = tf.reshape(tf.round(image), (-1, 256))
        return {"classes": tf.cast(tf.argmax(flat @ self.weights, 1), "float")}


class Tabular(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec((None, 9))])
    def __call__(self, row):
        return {"out": row * 2}


@pytest.mark.parametrize(
    "module, said",
    [(Rounded, "no gradient"), (Tabular, "not images, volumes or signals")],
)
def test_models_without_images_or_gradients_are_rejected(
    tmp_path, capsys, module, said
):
    made = module()
    tf.saved_model.save(made, str(tmp_path / "m-1"), made.__call__)
    status, _ = render(tmp_path, tmp_path / "m-1")
    assert status == 1
    assert said in capsys.readouterr().err


def test_layers_inside_a_saved_model_cannot_be_maximized(tmp_path, capsys):
    network().export(tmp_path / "model-1", verbose=False)
    status, _ = render(tmp_path, tmp_path / "model-1", "--layers", "conv2d")
    assert status == 1
    said = capsys.readouterr().err
    assert "maps" in said and "classes" in said
