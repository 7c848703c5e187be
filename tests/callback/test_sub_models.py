"""Models whose `train_step` calls sub-models: GANs, distillation."""

import logging

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.watched import callback, events, lines

import tb_actmax

layers = keras.layers


def critic(name="discriminator", filters=4):
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(filters, 3, strides=2, name="conv"),
            layers.LeakyReLU(),
            layers.GlobalMaxPooling2D(),
            layers.Dense(3),
        ],
        name=name,
    )


class Adversarial(keras.Model):
    """Has no `call`; its generator takes no images."""

    def __init__(self):
        super().__init__()
        self.discriminator = critic()
        self.generator = keras.Sequential(
            [keras.Input((5,)), layers.Dense(784), layers.Reshape((28, 28, 1))],
            name="generator",
        )

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self.discriminator(data) ** 2)
        weights = self.discriminator.trainable_weights
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        return {"loss": loss}


class Distiller(keras.Model):
    """Its `call` runs one of its sub-models."""

    def __init__(self):
        super().__init__()
        self.student, self.teacher = critic("student"), critic("teacher", 6)

    def call(self, inputs):
        return self.student(inputs)


def test_sub_models_that_take_the_probe_are_shown(tmp_path, digits, caplog):
    caplog.set_level(logging.INFO, "tb_actmax")
    model = Adversarial()
    model.compile("sgd")
    own = callback(tmp_path, digits, layers=None)
    model.fit(digits, batch_size=32, verbose=0, callbacks=[own])
    assert sorted(events(tmp_path)) == [
        ("discriminator/conv", 0),
        ("discriminator/conv", 1),
    ]
    assert any("generator" in line.getMessage() for line in lines(caplog))
    assert not model.built  # as without the callback


def test_scores_of_a_sub_model_are_its_own_activations(digits):
    model = Adversarial()
    found = tb_actmax.maximize(
        model, "discriminator/conv", [1], probe=digits, steps=8
    )
    assert found.images.shape[1:] == (3, 3, 1)
    kernel, bias = model.discriminator.get_layer("conv").get_weights()
    score = (found.images[0] * kernel[..., 1]).sum() + bias[1]
    assert found.scores[0] == pytest.approx(score, rel=1e-3)


def test_sub_models_beside_the_call_are_shown(tmp_path, digits):
    model = Distiller()
    model.compile("sgd", keras.losses.MeanSquaredError())
    own = callback(tmp_path, digits, layers=None)
    model.fit(digits, np.zeros((64, 3)), verbose=0, callbacks=[own])
    assert {path for path, _ in events(tmp_path)} == {
        "student/conv",
        "teacher/conv",
    }


def test_a_short_name_of_several_sub_models_is_ambiguous(digits):
    with pytest.raises(ValueError, match=r"student/conv, teacher/conv"):
        tb_actmax.maximize(Distiller(), "conv", probe=digits)


def test_layers_of_one_name_have_paths_of_their_own(digits):
    class Twice(keras.Model):
        def __init__(self):
            super().__init__()
            self.network = critic("network")
            self.average = keras.models.clone_model(self.network)

        def call(self, inputs):
            return self.network(inputs) + self.average(inputs)

    with pytest.raises(ValueError, match=r"network/conv, network_2/conv"):
        tb_actmax.maximize(Twice(), "conv", probe=digits)


def test_a_model_without_such_a_sub_model_logs_one_line(
    tmp_path, digits, caplog
):
    class Decoder(keras.Model):
        def __init__(self):
            super().__init__()
            self.generator = keras.Sequential(
                [keras.Input((5,)), layers.Dense(784)]
            )

        def train_step(self, data):
            return {"loss": tf.reduce_mean(self.generator(tf.ones((2, 5))))}

    model = Decoder()
    model.compile("sgd")
    own = callback(tmp_path, digits, layers=None)
    model.fit(digits, verbose=0, callbacks=[own])
    (line,) = lines(caplog)
    assert "none of its sub-models takes images" in line.getMessage()
