"""Detects whether a model's layers, weights or settings have changed.

Between two calls of `fit`, a user may remove layers, add weights to them, or
set another activation.
"""

from collections.abc import Iterator

import keras

from tb_actmax.compatibility import flatten_layers

_PLAIN = (bool, int, float, str, tuple, type(None))


class ModelParts:
    """The current layers, weights and settings of a built model."""

    def __init__(self, model: keras.Model):
        self._parts = [*flatten_layers(model), *model.weights]
        self._settings = list(_settings(model))

    def same(self, other: "ModelParts") -> bool:
        """Returns whether the model has the same parts as at another time."""
        return (
            len(self._parts) == len(other._parts)
            and all(
                a is b for a, b in zip(self._parts, other._parts, strict=True)
            )
            and self._settings == other._settings
        )


def _settings(model: keras.Model) -> Iterator[tuple[int, str, object]]:
    """Yields the functions of all layers, and the settings of Keras's layers.

    A user's own layers may count in plain attributes, which do not affect
    traced functions.
    """
    for index, layer in enumerate(flatten_layers(model)):
        if isinstance(layer, keras.Model):  # has the functions of its `fit`
            continue
        of_keras = type(layer).__module__.startswith("keras.")
        for name, value in dict(layer.__dict__).items():
            if name.startswith("_") or isinstance(value, keras.layers.Layer):
                continue
            if callable(value) or (of_keras and isinstance(value, _PLAIN)):
                yield index, name, value
