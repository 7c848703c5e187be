"""Networks fed BGR, or without a mean, are shown in the colours of photos."""

import keras
import numpy as np
import pytest
from PIL import Image

import tb_actmax
from tb_actmax.cli import main
from tb_actmax.data.colours import find_colours
from tb_actmax.records.event import decode
from tb_actmax.records.images import decode_image
from tb_actmax.records.reader import read_blobs

L = keras.layers
RANDOM = np.random.default_rng(0)


def photos(count=24, size=16):
    """Returns reddish photographs with black and white, (n, size, size, 3)."""
    found = RANDOM.uniform(0, 255, (count, size, size, 3))
    found[..., 2] *= 0.6
    found[:, 0, 0], found[:, 0, 1] = 0, 255
    return found.astype("float32")


def preprocessed(name, images):
    module = getattr(keras.applications, name)
    return module.preprocess_input(images.copy())


@pytest.mark.parametrize("name", ["vgg16", "densenet"])
def test_outputs_of_preprocess_input_get_their_original_colours(name):
    """`preprocess_input` subtracts a mean in BGR (caffe), or scales (torch)."""
    images = photos()
    colours = find_colours(preprocessed(name, images))
    assert colours.order == ("bgr" if name == "vgg16" else "rgb")
    for image, made in zip(images, preprocessed(name, images), strict=True):
        drawn = colours.draw(made)
        np.testing.assert_allclose(drawn, np.rint(image), atol=1)


def test_plain_ranges_need_no_colours():
    for images in (photos(), photos() / 255, photos() / 127.5 - 1):
        assert find_colours(images) is None
    assert find_colours(photos()[..., :1] - 128) is None


def test_a_mean_of_the_users_own_is_found():
    images = photos()
    centred = (images - images.mean((0, 1, 2))) / images.std((0, 1, 2))
    colours = find_colours(centred)
    np.testing.assert_allclose(
        colours.draw(centred[0])[0, :2], [[0, 0, 0], [255, 255, 255]], atol=1
    )


def test_an_order_can_be_given():
    colours = find_colours(photos() / 255, "bgr")
    red = np.zeros((1, 1, 3), "float32")
    red[..., 2] = 1
    assert colours.draw(red).tolist() == [[[255, 0, 0]]]


def reddish(order):
    """Returns a network whose first filter looks for red, and its callback."""
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            L.Conv2D(2, 3, use_bias=False, name="conv"),
            L.GlobalMaxPooling2D(),
        ]
    )
    kernel = np.zeros((3, 3, 3, 2), "float32")
    kernel[1, 1, 2 if order == "bgr" else 0] = 1
    kernel[1, 1, 0 if order == "bgr" else 2] = -1
    model.set_weights([kernel])
    model.compile("sgd", "mse")
    return model


def test_the_log_stores_how_to_draw_colours(tmp_path):
    probe = preprocessed("vgg16", photos())
    model = reddish("bgr")
    callback = tb_actmax.ActivationMaximization(
        tmp_path / "log", probe=probe, filters=1, exemplars=2, budget=None
    )
    model.fit(probe, np.zeros((24, 2)), callbacks=[callback], verbose=0)
    blobs = read_blobs(str(tmp_path / "log"))
    event = decode(next(b for tag, _, b in blobs if tag == "conv"))
    colours = event.header["colours"]
    assert colours["order"] == "bgr"
    # Stored as the network takes it, and drawn in red.
    image = decode_image(event.images[0], event.header["value_range"], 3)
    assert image[1, 1, 2] > image[1, 1, 0]
    assert drawn(tmp_path, []) == "red"
    assert drawn(tmp_path, ["--channel-order", "rgb"]) == "blue"


def drawn(folder, options):
    """Returns the colour of the middle of what is exported."""
    file = folder / "image.png"
    arguments = ["export", str(folder / "log"), "--layer", "conv"]
    arguments += ["--zoom", "1", "--margin", "0", "--epoch", "0"]
    assert main.main([*arguments, *options, "-o", str(file)]) == 0
    red, _, blue = np.asarray(Image.open(file).convert("RGB"))[1, 1].tolist()
    return "red" if red > blue else "blue"


def test_preprocessing_in_the_model_needs_no_option():
    """The model takes RGB, and images show its input."""
    inputs = keras.Input((16, 16, 3))
    made = keras.applications.vgg16.preprocess_input(inputs)
    outputs = L.Conv2D(2, 3, use_bias=False, name="conv")(made)
    model = keras.Model(inputs, outputs)
    kernel = np.zeros((3, 3, 3, 2), "float32")
    kernel[1, 1, 2], kernel[1, 1, 0] = 1, -1  # red, not blue
    model.get_layer("conv").set_weights([kernel])
    found = tb_actmax.maximize(model, "conv", [0], probe=photos())
    assert found.images.shape == (1, 3, 3, 3)
    red, _, blue = found.images[0, 1, 1]
    assert red > blue + 50


def test_a_wrong_order_is_an_error():
    with pytest.raises(ValueError, match='"rgb", "bgr" or None'):
        tb_actmax.ActivationMaximization("log", channel_order="gbr")
