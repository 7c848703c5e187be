"""A training logs names of classes, thumbnails and what filters are made of."""

import keras
import numpy as np
import pytest
from support.watched import events, fit

import tb_actmax
from tb_actmax.records.event_files import event_files, read_values
from tb_actmax.records.thumbnails import (
    THUMBNAILS_PLUGIN,
    decode_thumbnails_record,
)

NAMES = ["</script>", "one", "pelican"]


def callback(directory, **more):
    more = {"filters": 3, "layers": ["conv1"], "budget": None} | more
    return tb_actmax.ActivationMaximization(
        directory, steps=4, warm_steps=2, **more
    )


def thumbnails(directory):
    files = event_files(directory / "actmax")
    return [
        (value.step, decode_thumbnails_record(value.blobs))
        for value in read_values(files, [], [THUMBNAILS_PLUGIN])
    ]


@pytest.fixture(scope="module")
def logged(tmp_path_factory, digits, network):
    """Returns the log of a training with labels and names."""
    directory = tmp_path_factory.mktemp("named")
    labels = np.arange(64) % 3
    model = network()
    watched = callback(
        directory,
        probe=(digits, np.eye(3)[labels]),
        layers=["conv1", "conv2", "classes"],
        class_names=NAMES,
    )
    fit(model, digits, [watched])
    return directory


def test_exemplars_have_the_names_of_their_classes(logged):
    for (layer, _), event in events(logged).items():
        names = event.header["class_names"]
        assert set(names.values()) <= set(NAMES)
        for entry in event.filters:
            classes = entry["exemplars"]["classes"]
            assert [names[str(one)] for one in classes]
        if layer in ("conv1", "conv2"):
            assert "class_layer" not in event.header


def test_the_units_of_the_last_layer_are_classes(logged):
    event = events(logged)["classes", 2]
    assert event.header["class_layer"] is True
    names = event.header["class_names"]
    for entry in event.filters:
        assert names[str(entry["filter"])] == NAMES[entry["filter"]]


def test_thumbnails_are_logged_once_and_exemplars_have_places(logged, digits):
    ((step, (header, _)),) = thumbnails(logged)
    assert step == 0
    assert header["count"] == 64
    assert header["size"] == [28, 28]
    event = events(logged)["conv1", 1]
    rows, columns = event.header["receptive_field"]
    for entry in event.filters:
        exemplars = entry["exemplars"]
        places = np.reshape(exemplars["places"], (-1, 2))
        assert len(places) == len(exemplars["inputs"])
        assert (places >= [-rows, -columns]).all()
        assert (places < 28).all()


def test_filters_have_inputs_of_the_layer_before(logged):
    event = events(logged)["conv2", 2]
    about = event.header["inputs"]
    assert about["layer"] == "conv1"
    assert about["size"] == [3, 3]
    for entry in event.filters:
        assert 1 <= len(entry["inputs"]["filters"]) <= 6
    assert event.header["signature"]["extra"] == 0
    assert "inputs" not in events(logged)["conv1", 2].header


def test_a_training_without_a_probe_has_inputs_and_no_thumbnails(
    tmp_path, digits, network
):
    fit(network(), digits, [callback(tmp_path)], epochs=1)
    assert not thumbnails(tmp_path)


def test_names_that_do_not_fit_raise_at_once(tmp_path, digits, network):
    with pytest.raises(ValueError, match="class_names"):
        tb_actmax.ActivationMaximization(tmp_path, class_names="cat")
    watched = callback(
        tmp_path,
        probe=(digits, np.arange(64) % 3),
        class_names=["a", "b"],
    )
    with pytest.raises(ValueError, match="2 names"):
        fit(network(), digits, [watched])


def test_labels_of_maximize_are_names_for_units_that_are_classes(
    digits, network
):
    model = network()
    found = tb_actmax.maximize(
        model, "classes", [2, 0], digits, 2, class_names=NAMES
    )
    assert found.labels == ["pelican", "</script>"]
    found = tb_actmax.maximize(
        model, "conv2", [1], digits, 2, class_names=NAMES
    )
    assert found.labels == ["1"]


def test_outputs_are_classes_only_where_their_number_fits(digits):
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(3, 5, name="conv"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, name="head"),
            keras.layers.Softmax(),
        ]
    )
    found = tb_actmax.maximize(model, "head", [2], None, 2, class_names=NAMES)
    assert found.labels == ["pelican"]
    found = tb_actmax.maximize(model, "conv", [2], None, 2, class_names=NAMES)
    assert found.labels == ["2"]
    few = NAMES[:2]
    found = tb_actmax.maximize(model, "head", [2], None, 2, class_names=few)
    assert found.labels == ["2"]
