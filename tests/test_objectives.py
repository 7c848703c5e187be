"""What can be maximized beside a filter, on filters whose answer is known."""

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing import event_file_loader

import tb_actmax
from tb_actmax import objectives
from tb_actmax.network import layers
from tb_actmax.network.selection import choose_objectives
from tb_actmax.records import event


@pytest.fixture(scope="module")
def bars():
    """One layer of four 5x5 filters: a bar up, a bar across, both, a dot."""
    kernel = np.zeros((5, 5, 1, 4), np.float32)
    kernel[:, 2, 0, 0] = 1
    kernel[2, :, 0, 1] = 1
    kernel[:, :, 0, 2] = np.maximum(kernel[..., 0, 0], kernel[..., 0, 1])
    kernel[2, 2, 0, 3] = 1
    kernel -= kernel.mean(axis=(0, 1))
    model = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            keras.layers.Conv2D(4, 5, padding="same", name="bars"),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    model.layers[0].set_weights([kernel, np.zeros(4)])
    return model


@pytest.fixture(scope="module")
def shades():
    return np.random.default_rng(0).uniform(size=(32, 16, 16, 1))


def like(image, kernel):
    middle = (image.shape[0] - 5) // 2
    part = image[middle : middle + 5, middle : middle + 5, 0]
    return np.corrcoef(part.ravel(), kernel.ravel())[0, 1]


def test_negatives_and_sums_are_maximized(bars, shades):
    kernel = bars.layers[0].kernel.numpy()[:, :, 0]
    wanted = [
        0,
        -objectives.filter(0),
        objectives.filter(0) + 0.5 * objectives.filter(1),
        objectives.filter(0) - objectives.filter(1),
        objectives.direction([0, 0, 0, 2.0]),
    ]
    found = tb_actmax.maximize(bars, "bars", wanted, shades)
    assert found.labels[:4] == ["0", "-0", "0 + 0.5*1", "0 - 1"]
    assert list(found.filters) == [0, 0, -1, -1, -1]
    truth = [
        kernel[..., 0],
        -kernel[..., 0],
        kernel[..., 0] + 0.5 * kernel[..., 1],
        kernel[..., 0] - kernel[..., 1],
        kernel[..., 3],
    ]
    for image, template in zip(found.images, truth, strict=True):
        assert like(image, template) > 0.9


def test_a_neuron_is_maximized_where_it_is(bars, shades):
    wanted = [objectives.neuron(3, 4, 12)]
    found = tb_actmax.maximize(bars, "bars", wanted, shades)
    assert found.images.shape == (1, 16, 16, 1)
    row, column = np.unravel_index(found.images[0].argmax(), (16, 16))
    assert (row, column) == (4, 12)


def test_a_whole_channel_fills_the_canvas(bars, shades):
    wanted = [objectives.filter(0, whole=True), objectives.filter(0)]
    found = tb_actmax.maximize(bars, "bars", wanted, shades)
    linear = keras.Model(bars.inputs, bars.layers[0].output)
    means = linear.predict(found.images, verbose=0)[..., 0].mean((1, 2))
    assert means[0] > means[1]
    assert found.scores[0] == pytest.approx(means[0], abs=1e-4)


def test_a_class_is_maximized_before_softmax(bars, shades):
    found = tb_actmax.maximize(
        bars, "classes", [objectives.class_unit(1)], shades
    )
    classes = bars.layers[-1]
    inner = keras.Model(bars.inputs, bars.layers[-2].output)
    logits = inner.predict(found.images, verbose=0) @ classes.kernel.numpy()
    assert logits.argmax() == 1
    assert found.scores[0] == pytest.approx(logits[0, 1], abs=1e-3)


def test_diverse_images_differ_and_all_excite(network, digits):
    model = network()
    same = tb_actmax.maximize(model, "conv2", [3], digits).scores[0]
    found = tb_actmax.maximize(
        model, "conv2", [objectives.filter(3).diverse(3)], digits
    )
    assert found.labels == ["3 #1", "3 #2", "3 #3"]
    assert (found.scores > 0.4 * same).all()
    alike = np.corrcoef(found.images.reshape(3, -1))
    alone = np.concatenate(
        [
            tb_actmax.maximize(model, "conv2", [3], digits, seed=seed).images
            for seed in range(3)
        ]
    )
    usual = np.corrcoef(alone.reshape(3, -1))
    assert alike.sum() < usual.sum() - 0.5


@pytest.mark.parametrize(
    "wanted, hint",
    [
        (objectives.filter(4), "0 ... 3"),
        (objectives.direction([1, 2]), "2 weights"),
        (objectives.neuron(0, 3, 16), "16 columns"),
    ],
)
def test_what_does_not_fit_is_refused(bars, wanted, hint):
    with pytest.raises(ValueError, match=hint):
        tb_actmax.maximize(bars, "bars", [wanted])


def test_positions_are_refused_where_there_are_none(bars):
    target = layers.find_targets(bars, (16, 16, 1))["classes"]
    with pytest.raises(ValueError, match="no positions"):
        choose_objectives(target, [objectives.neuron(0, 0, 0)])


def keys(directory):
    """What the last event of a log shows."""
    (path,) = directory.glob("events*")
    tensors = [
        value.tensor.string_val
        for record in event_file_loader.EventFileLoader(str(path)).Load()
        for value in record.summary.value
        if value.tag == "conv2"
    ]
    return event.decode(tensors[-1]).keys


def test_the_callback_logs_objectives(network, digits, tmp_path):
    model = network()
    wanted = [0, -objectives.filter(1), objectives.filter(2).diverse(2)]
    model.fit(
        digits[:64],
        np.zeros(64),
        epochs=1,
        verbose=0,
        callbacks=[
            tb_actmax.ActivationMaximization(
                tmp_path, {"conv2": wanted}, probe=digits, steps=2
            )
        ],
    )
    assert keys(tmp_path / "actmax") == ["0", "-1", "2 #1", "2 #2"]
