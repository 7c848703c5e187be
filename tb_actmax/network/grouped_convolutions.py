"""Runs convolutions of groups of channels without compiling them.

Keras compiles each of them, because TensorFlow has no gradients for them on
CPUs. Here they have (`gradients/convolutions.py`). Compiling those of a network
again for each of its layers takes minutes.
"""

import keras
import tensorflow as tf

from tb_actmax.compatibility import flatten_layers
from tb_actmax.network.diversion import Action, Method, set_on

_KINDS = (keras.layers.Conv1D, keras.layers.Conv2D)
_NAME = "convolution_op"


def uncompiled(model: keras.Model) -> list[Action]:
    """Returns the actions that replace grouped convolutions.

    Args:
        model: The model; layers inside of others are included.
    """
    return [
        Action(layer, _NAME, _convolution(layer))
        for layer in flatten_layers(model, include_self=True)
        if isinstance(layer, _KINDS) and _is_grouped(layer)
    ]


def _is_grouped(layer: keras.layers.Layer) -> bool:
    """Returns whether a layer computes groups as Keras does."""
    return (
        layer.groups > 1
        and layer.padding in ("same", "valid")
        and layer.data_format == "channels_last"
        and set_on(layer, _NAME) is None
        and any(
            getattr(type(layer), _NAME) is getattr(kind, _NAME)
            for kind in _KINDS
        )
    )


def _convolution(layer: keras.layers.Layer) -> Method:
    """Returns the convolution of a layer, a function of maps and kernel."""
    strides, dilations = list(layer.strides), list(layer.dilation_rate)
    padding = layer.padding.upper()
    even = len(set(strides)) == 1 and min(strides[0], max(dilations)) == 1

    def convolve(inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        if kernel.shape.rank == 4 and kernel.shape[2] == 1 and even:
            # With a channel in each group, TensorFlow takes a fifth of the time.
            channels = inputs.shape[-1]
            sides, filters = kernel.shape[:2], kernel.shape[3]
            return tf.nn.depthwise_conv2d(
                inputs,
                tf.reshape(kernel, (*sides, channels, filters // channels)),
                [1, *strides, 1],
                padding,
                dilations=dilations,
            )
        return tf.nn.convolution(
            inputs, kernel, strides, padding, dilations=dilations
        )

    return convolve
