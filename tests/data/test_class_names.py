"""Names of classes: given, or carried by a dataset."""

import types

import keras
import numpy as np
import pytest
from PIL import Image

from tb_actmax.data.class_names import carried_names, check_class_names
from tb_actmax.data.dataset import read_once
from tb_actmax.data.fitting import fit


def model():
    return keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)])


@pytest.fixture
def folder(tmp_path):
    """Writes images of two classes, one folder each."""
    for name in ("cat", "pelican"):
        (tmp_path / name).mkdir()
        for index in range(3):
            picture = Image.new("RGB", (8, 8), (index * 40, 100, 0))
            picture.save(tmp_path / name / f"{index}.png")
    return tmp_path


def test_a_dataset_of_keras_carries_its_names(folder):
    dataset = keras.utils.image_dataset_from_directory(
        folder, image_size=(8, 8), verbose=False
    )
    assert read_once(dataset).class_names == ("cat", "pelican")
    fitted = fit(model(), dataset)
    assert fitted.class_names == ("cat", "pelican")
    assert set(fitted.sample.labels) == {0, 1}
    given = fit(model(), read_once(dataset), class_names=["a", "b"])
    assert given.class_names == ("a", "b")


def test_a_generator_carries_numbers_of_names():
    generator = types.SimpleNamespace(class_indices={"pelican": 1, "cat": 0})
    assert carried_names(generator) == ("cat", "pelican")


@pytest.mark.parametrize("names", [7, ["a", 1], "cat", {}, {0: "a"}, []])
def test_an_attribute_of_another_meaning_is_no_list_of_names(names):
    assert carried_names(types.SimpleNamespace(class_names=names)) is None


def test_names_are_a_list_of_strings():
    assert check_class_names(None) is None
    assert check_class_names(np.array(["cat", "dog"])) == ("cat", "dog")
    for names in ("cat", {"cat": 0}, [], ["cat", 3], 5):
        with pytest.raises(ValueError, match="for instance"):
            check_class_names(names)


def test_there_is_a_name_for_each_label():
    images = np.random.default_rng(0).random((4, 8, 8, 3), np.float32)
    labels = np.array([0, 1, 2, 2])
    with pytest.raises(ValueError, match=r"up to 2.* 2 names"):
        fit(model(), (images, labels), class_names=["a", "b"])
    fitted = fit(model(), (images, labels), class_names=["a", "b", "c"])
    assert fitted.class_names == ("a", "b", "c")
    one_hot = np.eye(3)[labels]
    fitted = fit(model(), (images, one_hot), class_names=["a", "b", "c"])
    assert fitted.sample.labels.tolist() == [0, 1, 2, 2]
