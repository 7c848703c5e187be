"""The user's transforms of images, beside the default movements."""

import keras
import numpy as np
import pytest

import tb_actmax
from tb_actmax import objectives


def doubled(images):
    return keras.ops.repeat(keras.ops.repeat(images, 2, axis=1), 2, axis=2)


def cropped(images):
    return images[:, 2:-2, 2:-2]


def lower_pixels(images):
    """Hides the upper half of images."""
    rows = images.shape[1]
    seen = np.arange(rows)[:, None, None] >= rows // 2
    return images * seen.astype("float32")


@pytest.mark.parametrize(
    "transforms", [[cropped], [doubled], [cropped, doubled]]
)
def test_transforms_of_any_size_change_the_images(network, digits, transforms):
    model = network()
    plain = tb_actmax.maximize(model, "conv2", [1, 2], digits, steps=4)
    found = tb_actmax.maximize(
        model, "conv2", [1, 2], digits, steps=4, transforms=transforms
    )
    assert found.images.shape == plain.images.shape
    assert np.isfinite(found.images).all()
    assert not np.allclose(found.images, plain.images, atol=1e-3)


def test_pixels_that_a_transform_hides_stay_flat(network, digits):
    model, wanted = network(), [objectives.channel(1)]
    found = tb_actmax.maximize(
        model, "conv2", wanted, digits, transforms=[lower_pixels]
    )
    image = found.images[0, ..., 0]
    assert image[18:].std() > 2 * image[:10].std()


def test_scores_are_those_of_untransformed_images(network, digits):
    model = network()

    def inverted(images):
        return 1 - images

    plain = tb_actmax.maximize(model, "conv2", [1], digits)
    turned = tb_actmax.maximize(
        model, "conv2", [1], digits, transforms=[inverted]
    )
    again = tb_actmax.maximize(
        model, "conv2", [1], digits, transforms=[inverted]
    )
    np.testing.assert_array_equal(turned.images, again.images)
    assert turned.scores[0] < plain.scores[0]


@pytest.mark.parametrize(
    "transform",
    [
        lambda images: images[..., 0],
        lambda images: keras.ops.concatenate([images, images], axis=-1),
    ],
    ids=["without channels", "with more channels"],
)
def test_a_transform_must_return_images(network, digits, transform):
    with pytest.raises(ValueError, match="must keep the number of axes"):
        tb_actmax.maximize(
            network(), "conv2", [1], digits, transforms=[transform]
        )


@pytest.mark.parametrize("transforms", [len, [3], "flip"])
def test_transforms_are_a_list_of_functions(network, transforms, tmp_path):
    with pytest.raises(ValueError, match="list of functions of images"):
        tb_actmax.maximize(network(), "conv2", [1], transforms=transforms)
    with pytest.raises(ValueError, match="list of functions of images"):
        tb_actmax.ActivationMaximization(tmp_path, transforms=transforms)


def test_the_callback_takes_transforms(network, digits, tmp_path):
    seen = []

    def recorded(images):
        seen.append(tuple(images.shape))
        return images

    callback = tb_actmax.ActivationMaximization(
        tmp_path, layers=["conv2"], filters=2, steps=2, transforms=[recorded]
    )
    network().fit(digits[:8], np.zeros(8), verbose=0, callbacks=[callback])
    assert len(seen) == 1  # one trace serves all updates
    assert seen[0][0] is None
