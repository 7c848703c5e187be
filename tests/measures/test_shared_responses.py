"""Layers measured in one pass have the responses that each has alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.data.fitting import fit
from tb_actmax.measures import shared_responses
from tb_actmax.measures.image_quality import ImageMeasurer
from tb_actmax.measures.probe_pass import ProbePass
from tb_actmax.measures.shared_responses import SharedResponses
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import find_targets

RUNS: list[str] = []
LAYERS = ["first", "second", "normalization", "third", "classes"]
X = np.random.default_rng(0).uniform(size=(20, 12, 12, 2)).astype(np.float32)


@keras.saving.register_keras_serializable()
class Noted(keras.layers.Conv2D):
    """A convolution of the user's own that keeps its last output."""

    def call(self, inputs):
        self.last = super().call(inputs)
        return self.last


@keras.saving.register_keras_serializable()
class Counting(keras.layers.Conv2D):
    """A convolution that counts its calls in a variable."""

    def build(self, shape):
        super().build(shape)
        self.calls = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="calls"
        )

    def call(self, inputs):
        self.calls.assign_add(1.0)
        return super().call(inputs)


@keras.saving.register_keras_serializable()
class OfTwo(keras.layers.Conv2D):
    """A convolution that fails unless the number of its inputs is known."""

    def call(self, inputs):
        return super().call(inputs) * (inputs.shape[0] + 1)


@keras.saving.register_keras_serializable()
class Effect(keras.layers.Conv2D):
    """A convolution that notes when it runs."""

    def call(self, inputs):
        found = super().call(inputs)
        noted = tf.numpy_function(self.note, [found], tf.float32)
        return tf.ensure_shape(noted, found.shape)

    def note(self, found):
        RUNS.append(self.name)
        return found


def network(first=keras.layers.Conv2D, third=keras.layers.Conv2D):
    """Returns a model with activations, batch normalization and a dense end."""
    keras.utils.set_random_seed(0)
    image = keras.Input((12, 12, 2))
    x = first(4, 3, activation="relu", name="first")(image)
    y = keras.layers.Conv2D(4, 1, name="second")(x)
    y = keras.layers.BatchNormalization(name="normalization")(y)
    x = x + keras.layers.ReLU()(y)
    x = third(6, 3, activation="tanh", name="third")(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(3, activation="softmax", name="classes")(x)
    return keras.Model(image, x)


def shared(model):
    fitted = fit(model, X)
    found = find_targets(fitted.model, fitted.shape)
    targets = [found[name] for name in LAYERS]
    responses = SharedResponses(fitted, targets)
    return responses, targets, fitted, responses.points


def passes(monkeypatch):
    """Returns the list of layers of each pass that is made from now on."""
    made, measure = [], ProbePass.measure

    def noted(self, *args):
        made.append([target.path for target in self.targets])
        return measure(self, *args)

    monkeypatch.setattr(ProbePass, "measure", noted)
    return made


def assert_as_alone(found, target, fitted, points, kept):
    (alone,) = ProbePass(fitted.model, [target], points).measure(
        fitted.sample, [kept]
    )
    assert found.kept == alone.kept
    assert found.map_size == alone.map_size
    for name in ("maximum", "minimum", "mean", "share", "peaks", "at_points"):
        one, other = getattr(found, name), getattr(alone, name)
        assert np.allclose(one, other, atol=1e-5), (target.path, name)


@pytest.mark.parametrize("first", [keras.layers.Conv2D, Noted])
def test_one_pass_measures_all_layers(monkeypatch, first):
    ours, targets, fitted, points = shared(network(first))
    made = passes(monkeypatch)
    ours.announce({target.path: [0, 2] for target in targets})
    found = [ours.measure(target, [2]) for target in targets]
    assert made == [LAYERS]
    shares = [ours.share(target.path) for target in targets]
    whole = sum(share.seconds + share.built for share in shares)
    assert whole == pytest.approx(ours.seconds, rel=0.05)
    assert all(share.seconds > 0 and share.built > 0 for share in shares)
    work = sum(share.work for share in shares)
    assert work == len(fitted.sample.images) * targets[-1].work
    for one, target in zip(found, targets, strict=True):
        assert_as_alone(one, target, fitted, points, [2])


def test_a_pass_ends_at_the_deepest_layer_that_is_asked_for(monkeypatch):
    ours, targets, fitted, points = shared(network())
    made = passes(monkeypatch)
    ours.announce({"second": [1]})
    found = ours.measure(targets[1], [1])
    assert made == [["first", "second"]]
    assert_as_alone(found, targets[1], fitted, points, [1])


@pytest.mark.parametrize("copied", [True, False])
def test_passes_to_several_layers_call_the_layers_of_the_model_once(
    copied, monkeypatch
):
    """Of Keras's own layers, the run that found them is copied.

    Only a layer whose activation cannot be told from it is called again.
    """
    ours, targets, fitted, points = shared(network())
    if not copied:
        fitted.model.traced.found = None
    made, called, call = passes(monkeypatch), [], keras.layers.Conv2D.call

    def noted(self, inputs):
        called.append(self.name)
        return call(self, inputs)

    monkeypatch.setattr(keras.layers.Conv2D, "call", noted)
    ours.announce({"second": [1]})
    found = [ours.measure(targets[1], [1])]
    ours.announce({target.path: [1] for target in targets})
    found += [ours.measure(target, [1]) for target in targets[2:]]
    assert made == [LAYERS[:2], LAYERS]
    assert called == (["third"] if copied else ["first", "second", "third"])
    for one, target in zip(found, targets[1:], strict=True):
        assert_as_alone(one, target, fitted, points, [1])


def test_layers_announced_later_are_measured_together(monkeypatch):
    ours, targets, fitted, points = shared(network())
    made = passes(monkeypatch)
    ours.announce({"first": [1], "second": [1]})
    ours.measure(targets[0], [1])
    ours.announce({path: [1] for path in ("second", "third", "classes")})
    found = [ours.measure(target, [1]) for target in targets[1:]]
    assert made == [LAYERS[:2], LAYERS]
    for one, target in zip(found, targets[1:], strict=True):
        assert_as_alone(one, target, fitted, points, [1])


def test_a_layer_that_cannot_be_traced_does_not_harm_those_before_it(
    monkeypatch,
):
    ours, targets, fitted, points = shared(network(third=OfTwo))
    made = passes(monkeypatch)
    ours.announce({"first": [1], "second": [1]})
    found = [ours.measure(target, [1]) for target in targets[:2]]
    assert made == [LAYERS[:2]]
    for one, target in zip(found, targets[:2], strict=True):
        assert_as_alone(one, target, fitted, points, [1])


def test_a_pass_does_not_run_later_layers_even_if_they_have_effects():
    ours, targets, fitted, points = shared(network(third=Effect))
    ours.announce({"second": [1]})
    RUNS.clear()
    found = ours.measure(targets[1], [1])
    assert RUNS == []
    assert_as_alone(found, targets[1], fitted, points, [1])
    ours.measure(targets[3], [0])
    assert set(RUNS) == {"third"}


def test_new_weights_are_measured_once_the_old_responses_are_forgotten():
    model = network()
    ours, targets, fitted, points = shared(model)
    for factor in (1.0, 2.0):
        model.set_weights([w * factor for w in model.get_weights()])
        ours.forget()
        ours.announce({target.path: [0] for target in targets})
        for target in targets:
            found = ours.measure(target, [0])
            assert_as_alone(found, target, fitted, points, [0])


def test_few_responses_are_kept_at_the_same_time(monkeypatch):
    monkeypatch.setattr(shared_responses, "AT_ONCE", 5)
    ours, targets, _, _ = shared(network())
    made = passes(monkeypatch)
    ours.announce({target.path: [0, 1] for target in targets})
    for target in targets:
        assert ours.measure(target, [0, 1]).kept == [0, 1]
    assert len(made) == 3


def test_a_layer_that_fails_beside_others_does_not_harm_them(monkeypatch):
    ours, targets, fitted, points = shared(network())
    measure = ProbePass.measure

    def failing(self, *args):
        if any(target.path == "third" for target in self.targets):
            raise RuntimeError("third cannot be measured")
        return measure(self, *args)

    monkeypatch.setattr(ProbePass, "measure", failing)
    ours.announce({target.path: [0] for target in targets})
    for target in targets:
        if target.path == "third":
            with pytest.raises(RuntimeError, match="third"):
                ours.measure(target, [0])
        else:
            found = ours.measure(target, [0])
            assert_as_alone(found, target, fitted, points, [0])


def counted(monkeypatch):
    """Returns a list that grows with each run of a model that is traced."""
    runs, call = [], ImageModel.__call__

    def noted(self, images, training=False):
        runs.append(images.shape)
        return call(self, images, training)

    monkeypatch.setattr(ImageModel, "__call__", noted)
    return runs


def test_images_of_whole_inputs_need_no_run_of_their_own(monkeypatch):
    model = network()
    ours, targets, fitted, _ = shared(model)
    classes = targets[-1]
    alone = ImageMeasurer(fitted, classes).responses(X[:2], [0, 1])
    ours.announce({target.path: [0] for target in targets})
    ours.measure(classes, [0])
    runs = counted(monkeypatch)
    found = ImageMeasurer(fitted, classes).responses(X[:2], [0, 1])
    assert not runs
    for one, other in zip(found, alone, strict=True):
        assert np.allclose(one.filters, other.filters, atol=1e-5)
        assert one.transformed == pytest.approx(other.transformed, abs=1e-5)
    # Weights are read at each call.
    model.set_weights([2 * w for w in model.get_weights()])
    again = ImageMeasurer(fitted, classes)
    assert not np.allclose(
        again.responses(X[:2], [0, 1])[0].filters, found[0].filters
    )


def test_models_that_write_variables_are_traced_apart(monkeypatch):
    ours, targets, fitted, points = shared(network(Counting))
    ours.announce({target.path: [0] for target in targets})
    found = ours.measure(targets[-1], [0])
    assert_as_alone(found, targets[-1], fitted, points, [0])
    images = tf.zeros((1, 12, 12, 2))
    assert fitted.model.traced.reached("classes", images) is None
