"""Probes are read from files of arrays and folders of images."""

import keras
import numpy as np
import pytest
from PIL import Image

from tb_actmax.data.files import read_probe


@pytest.fixture
def model():
    return keras.Sequential(
        [keras.Input((44, 91, 3)), keras.layers.Conv2D(2, 3)]
    )


def save_image(file, size, colour):
    file.parent.mkdir(exist_ok=True)
    Image.new("RGB", size, colour).save(file)


def test_subfolders_of_images_are_classes(tmp_path, model):
    save_image(tmp_path / "cats" / "1.png", (30, 20), "white")
    save_image(tmp_path / "dogs" / "1.png", (30, 20), "black")
    save_image(tmp_path / "dogs" / "2.jpg", (20, 30), "black")
    inputs, labels = read_probe(tmp_path, model, (-1.0, 1.0))
    assert inputs.shape == (3, 44, 91, 3)
    assert inputs.mean(axis=(1, 2, 3)).tolist() == [1, -1, -1]
    assert labels.tolist() == [0, 1, 1]


@pytest.mark.parametrize("size", [(127, 154), (30, 188), (91, 44), (3, 400)])
def test_images_of_any_proportions_are_cut_and_scaled(tmp_path, model, size):
    save_image(tmp_path / "a.png", size, "white")
    inputs = read_probe(tmp_path, model)
    assert inputs.shape == (1, 44, 91, 3)
    assert (inputs == 1).all()


def test_grey_models_get_grey_images(tmp_path):
    grey = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
    save_image(tmp_path / "a.png", (8, 8), "white")
    assert read_probe(tmp_path, grey).shape == (1, 8, 8, 1)


def test_a_folder_without_images_is_rejected(tmp_path, model):
    with pytest.raises(ValueError, match="There are no images"):
        read_probe(tmp_path, model)


def test_arrays_are_found_by_name(tmp_path, model):
    x, y = np.zeros((3, 44, 91, 3)), np.arange(3)
    np.savez(tmp_path / "named.npz", x=x, y=y)
    inputs, labels = read_probe(tmp_path / "named.npz", model)
    assert inputs.shape == x.shape and labels.tolist() == [0, 1, 2]
    np.savez(tmp_path / "one.npz", data=x)
    assert read_probe(tmp_path / "one.npz", model).shape == x.shape
    np.save(tmp_path / "plain.npy", x)
    assert read_probe(tmp_path / "plain.npy", model).shape == x.shape
    np.savez(tmp_path / "unknown.npz", a=x, b=y)
    with pytest.raises(ValueError, match="name the inputs x"):
        read_probe(tmp_path / "unknown.npz", model)


def test_images_are_read_in_the_order_of_the_networks_channels(tmp_path, model):
    save_image(tmp_path / "a.png", (30, 20), "red")
    found = read_probe(tmp_path, model, channel_order="bgr")
    assert found[0, 0, 0].tolist() == [0, 0, 1]
    found = read_probe(tmp_path, model)
    assert found[0, 0, 0].tolist() == [1, 0, 0]
