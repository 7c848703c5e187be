"""Every unit sees its whole receptive field inside the image that is shown.

What a unit sees is measured by plain Keras: the rows and columns of an input
on which its value depends. The image must have that window's size, and laid
into an even input at its place it must excite that unit as strongly as its
score says.
"""

import itertools

import keras
import numpy as np
import pytest

import tb_actmax
from tb_actmax.maximizer.ascent.scene import find_scene
from tb_actmax.network.layers import find_targets
from tb_actmax.network.shown_unit import shown_unit
from tb_actmax.objectives.terms import CENTRE

L = keras.layers


def network(shape, *stack):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input(shape), *stack])


def probe_of(shape, count=24):
    """Returns random walks, which have low and high frequencies."""
    random = np.random.default_rng(0)
    data = random.normal(size=(count, *shape))
    for axis in range(1, data.ndim - 1):
        data = data.cumsum(axis)
        data -= data.mean(axis, keepdims=True)
    return (data / np.abs(data).max()).astype("float32")


def seen_by(run, shape):
    """Returns which units see which pixels, for each axis (pixels, units).

    Args:
        run: Computes maps of inputs, or a list of maps.
        shape: Shape of one input.
    """
    random = np.random.default_rng(1)
    found = []
    for axis, length in enumerate(shape[:-1]):
        base = random.normal(size=(4, *shape)).astype("float32")
        inputs = np.repeat(base[None], length + 1, axis=0)
        for pixel in range(length):
            at = (slice(None), *(slice(None) for _ in range(axis)), pixel)
            inputs[pixel][at] = random.normal(size=inputs[pixel][at].shape)
        maps = run(inputs.reshape(-1, *shape))
        seen = []
        for each in maps if isinstance(maps, list) else [maps]:
            each = np.asarray(each).reshape(length + 1, 4, *each.shape[1:])
            change = np.abs(each[:-1] - each[-1:])
            rest = [i for i in range(1, change.ndim) if i != axis + 2]
            seen.append(change.max(axis=tuple(rest)) > 1e-5)
        found.append(seen if isinstance(maps, list) else seen[0])
    return found


def middle_unit(seen):
    """Returns the middle one of the units that see most, and its window.

    Args:
        seen: Which units see which pixels of one axis, (pixels, units).
    """
    found = []
    for unit, pixels in enumerate(seen.T):
        if pixels.any():  # not all in the padding
            first, last = np.flatnonzero(pixels)[[0, -1]]
            off = abs(first + last + 1 - len(pixels))
            found.append((first - last, off, unit, slice(first, last + 1)))
    return min(found)[2:]


def check_maximized(model, layer, filters=3):
    shape = model.input_shape[1:]
    probe = probe_of(shape)
    found = tb_actmax.maximize(model, layer, filters, probe, steps=2)
    outputs = keras.Model(model.inputs[0], model.get_layer(layer).output)
    every = [
        middle_unit(seen) for seen in seen_by(outputs.predict_on_batch, shape)
    ]
    images = found.images[:, 0] if len(shape) == 2 else found.images
    unit, window = zip(*every, strict=True)
    assert images.shape[1:-1] == tuple(s.stop - s.start for s in window)
    whole = np.empty((len(images), *shape), "float32")
    whole[:] = probe.mean(axis=tuple(range(probe.ndim - 1)))
    whole[(slice(None), *window)] = images
    values = outputs.predict_on_batch(whole)[(slice(None), *unit)]
    values = values[np.arange(len(images)), found.filters]
    np.testing.assert_allclose(values, found.scores, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("size", [31, 32])
@pytest.mark.parametrize("padding", ["same", "valid", "explicit"])
def test_all_kernels_and_strides(padding, size):
    """The first layers are branches of one model, to trace it once."""
    keras.utils.set_random_seed(0)
    shape = (size, size + 1, 2)
    pad = L.ZeroPadding2D(((1, 2), (3, 0)) if padding == "explicit" else 0)
    image = keras.Input(shape)
    convolutions = [
        L.Conv2D(2, k, s, padding="same" if padding == "same" else "valid")
        for k, s in itertools.product(range(1, 12), range(1, 5))
    ]
    padded = pad(image)
    model = keras.Model(image, [conv(padded) for conv in convolutions])
    targets = find_targets(model, shape)
    random = np.random.default_rng(0)
    axes = seen_by(model.predict_on_batch, shape)
    inputs = random.normal(size=(2, *shape)).astype("float32")
    maps = model.predict_on_batch(inputs)
    for number, conv in enumerate(convolutions):
        target = targets[conv.name]
        every = [middle_unit(seen[number]) for seen in axes]
        unit, window = zip(*every, strict=True)
        shown = shown_unit(target, shape[:-1])
        assert (shown.index, shown.window) == (unit, window)
        sizes = tuple(s.stop - s.start for s in window)
        assert sizes == conv.kernel_size  # the whole window is inside
        scene = find_scene(target, [CENTRE], sizes, shape[:-1])
        part = inputs[(slice(None), *window)]
        part = np.pad(part, [(0, 0), *scene.margins, (0, 0)])
        less = np.subtract(part.shape[1:-1], sizes)
        assert (less < 2 * conv.strides[0]).all()  # and not much more is run
        found = np.asarray(conv(pad(part)))[(slice(None), *scene.readouts[0])]
        np.testing.assert_allclose(
            found, maps[number][(slice(None), *unit)], rtol=1e-3, atol=1e-5
        )


@pytest.mark.parametrize("size", [31, 32])
@pytest.mark.parametrize(
    "kernel, stride", [(3, 2), (4, 2), (7, 2), (5, 3), (3, 4)]
)
def test_the_score_of_a_first_layer_is_that_in_the_whole_input(
    kernel, stride, size
):
    same = L.Conv2D(4, kernel, stride, padding="same", name="conv")
    check_maximized(network((size, size, 2), same), "conv")


def test_the_score_of_a_padded_stem_is_that_in_the_whole_input():
    model = network(
        (33, 32, 3), L.ZeroPadding2D(3), L.Conv2D(4, 7, 2, name="stem")
    )
    check_maximized(model, "stem")


@pytest.mark.parametrize(
    "layer",
    [
        L.Conv1D(4, 4, 2, padding="same", name="conv"),
        L.Conv1D(4, 7, 2, padding="same", name="conv"),
        L.SeparableConv1D(4, 4, 3, padding="same", name="conv"),
        L.DepthwiseConv1D(4, 2, padding="same", name="conv"),
        L.Conv2D(4, (3, 5), 2, padding="same", name="conv"),
        L.DepthwiseConv2D(3, 2, padding="same", name="conv"),
        L.SeparableConv2D(4, 3, 2, padding="same", name="conv"),
        L.Conv2D(4, 3, padding="same", dilation_rate=2, name="conv"),
        L.Conv3D(4, 3, 2, padding="same", name="conv"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_every_kind_of_convolution(layer):
    axes = len(layer.kernel_size)
    shape = ((30,), (24, 25), (12, 13, 12))[axes - 1]
    check_maximized(network((*shape, 2), layer), "conv")


def test_deeper_layers_after_strides():
    model = network(
        (46, 47, 2),
        L.Conv2D(4, 3, 2, padding="same", name="first"),
        L.LeakyReLU(),
        L.Conv2D(4, 3, 2, padding="same", name="second"),
        L.BatchNormalization(),
        L.LeakyReLU(),
        L.Conv2D(4, 3, 2, padding="same", name="third"),
        L.Conv2D(4, 1, name="point"),
    )
    for name in ("first", "second", "third", "point"):
        check_maximized(model, name)


def test_pooling_and_shortcuts_of_stride_two():
    keras.utils.set_random_seed(0)
    image = keras.Input((40, 41, 2))
    padded = L.ZeroPadding2D(1)(image)
    stem = L.Conv2D(4, 5, 2, name="stem")(padded)
    pooled = L.AveragePooling2D(3, 2, padding="same")(stem)
    body = L.Conv2D(4, 3, 2, padding="same", name="body")(pooled)
    shortcut = L.Conv2D(4, 1, 2, name="shortcut")(pooled)
    added = L.Add()([body, shortcut])
    last = L.Conv2D(4, 1, name="last")(added)
    model = keras.Model(image, last)
    for name in ("stem", "body", "shortcut", "last"):
        check_maximized(model, name)


def test_a_resizing_that_changes_nothing():
    stem = L.Conv2D(4, 3, 2, padding="same", name="stem")
    check_maximized(network((30, 31, 3), L.Resizing(30, 31), stem), "stem")


def test_the_middle_unit_is_shown_if_all_see_the_whole_input():
    shape = (12, 13, 1)
    stack = [L.Conv2D(2, 5, padding="same") for _ in range(5)]
    model = network(shape, *stack, L.Conv2D(2, 3, padding="same", name="last"))
    target = find_targets(model, shape)["last"]
    shown = shown_unit(target, shape[:-1])
    assert target.field.size == (23, 23)
    assert shown.window == (slice(0, 12), slice(0, 13))
    for seen, index in zip(
        seen_by(model.predict_on_batch, shape), shown.index, strict=True
    ):
        whole = np.flatnonzero(seen.all(axis=0))
        assert index in whole and len(whole) > 1
        middle = (seen.shape[1] - 1) / 2
        assert abs(index - middle) == np.abs(whole - middle).min()
    check_score(model, "last", shown)


def test_gates_scale_units_and_do_not_widen_what_they_see():
    """A squeeze-and-excitation block lies between two strided convolutions."""
    keras.utils.set_random_seed(0)
    shape = (30, 31, 2)
    image = keras.Input(shape)
    maps = L.Conv2D(4, 3, 2, padding="same", name="first")(image)
    pooled = L.GlobalAveragePooling2D(keepdims=True)(maps)
    gate = L.Conv2D(4, 1, activation="sigmoid")(pooled)
    last = L.Conv2D(4, 3, 2, padding="same", name="last")
    gated = keras.Model(image, last(L.Multiply()([maps, gate])))
    without = keras.Model(image, last(maps))
    every = [
        middle_unit(seen) for seen in seen_by(without.predict_on_batch, shape)
    ]
    unit, window = zip(*every, strict=True)
    shown = shown_unit(find_targets(gated, shape)["last"], shape[:-1])
    assert (shown.index, shown.window) == (unit, window)
    check_score(gated, "last", shown)


def check_score(model, layer, shown):
    """Checks that the score is that of the unit for the image in its window."""
    shape = model.input_shape[1:]
    probe = probe_of(shape)
    found = tb_actmax.maximize(model, layer, 2, probe, steps=2)
    whole = np.empty((2, *shape), "float32")
    whole[:] = probe.mean(axis=tuple(range(probe.ndim - 1)))
    whole[(slice(None), *shown.window)] = found.images
    maps = keras.Model(model.inputs[0], model.get_layer(layer).output)
    values = maps.predict_on_batch(whole)[(slice(None), *shown.index)]
    values = values[np.arange(2), found.filters]
    np.testing.assert_allclose(values, found.scores, rtol=2e-3, atol=1e-4)
