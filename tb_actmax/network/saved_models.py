"""Loads saved models: .keras files, weights, and SavedModel folders."""

import importlib
import pathlib
import sys
import zipfile
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.compatibility import saved_signatures
from tb_actmax.errors import describe

Weights = list[npt.NDArray[Any]]

_ENDPOINT = "serving_default"  # every kind of export has it


def load(path: pathlib.Path, builder: str | None = None) -> keras.Model:
    """Loads a model from a .keras or .h5 file, or a SavedModel's folder.

    A `builder`, "package.module:function", builds the model, whose weights are
    then read from the file; for .weights.h5 files, and for models with layers
    that Keras cannot load. Each output of a SavedModel is a layer, named as in
    the export: its graph has no other layers.

    Raises:
        ValueError: If it cannot be loaded. The message says what would work.
    """
    if path.is_dir():
        return _exported(path)
    if builder is not None:
        model = _built(builder)
        _take_weights(model, path)
        return model
    if path.name.endswith(".weights.h5"):
        raise ValueError(
            f"{path} holds weights only. Name the function that builds the "
            "model with --builder package.module:function."
        )
    if path.suffix == ".keras" and not zipfile.is_zipfile(path):
        raise ValueError(
            f"{path} cannot be loaded as a model: it is no archive, or it is "
            "damaged."
        )
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:  # whatever Keras raises for what it reads
        raise ValueError(
            f"{path} cannot be loaded as a model. If it has layers of your "
            "own, name the function that builds it with --builder "
            f"package.module:function. Keras says: {describe(error)}"
        ) from error


def _built(builder: str) -> keras.Model:
    """Builds a model by the user's function."""
    name, _, function = builder.partition(":")
    if not name or not function:
        raise ValueError(
            f"--builder takes package.module:function, not {builder!r}."
        )
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        model = getattr(importlib.import_module(name), function)()
    except Exception as error:  # the user's code: whatever it raises
        raise ValueError(f"--builder {builder}: {describe(error)}") from error
    if not isinstance(model, keras.Model):
        raise ValueError(
            f"--builder {builder} returns a {type(model).__name__}, not a "
            "keras.Model."
        )
    return model


def _take_weights(model: keras.Model, path: pathlib.Path) -> None:
    try:
        model.load_weights(path)
    except Exception as error:  # whatever Keras raises for what it reads
        raise ValueError(
            f"The weights in {path} do not fit the model that --builder "
            f"returns: {describe(error)}"
        ) from error


def weights_of(
    path: pathlib.Path, model: keras.Model, builder: str | None = None
) -> Weights:
    """Returns the weights in a file, for a model that is loaded already.

    The weights of that model may change.

    Raises:
        ValueError: If the file holds another network.
    """
    if builder is not None:
        _take_weights(model, path)
        return list(model.get_weights())
    other = load(path)
    shapes = [tuple(w.shape) for w in model.weights]
    if shapes != [tuple(w.shape) for w in other.weights]:
        raise ValueError(
            f"{path} holds a different network than the first file. Run the "
            "command for each network, with a --log-dir of its own."
        )
    return list(other.get_weights())


def _exported(path: pathlib.Path) -> keras.Model:
    """Returns a SavedModel as a Keras model, whose layers are its outputs."""
    if not (path / "saved_model.pb").exists():
        raise ValueError(
            f"{path} is a folder, but not a SavedModel. Give .keras files, or "
            ".weights.h5 files with their --builder."
        )
    endless = [
        file
        for file in path.rglob("*")
        if not file.is_file() and not file.is_dir()
    ]
    if endless:  # reading a pipe might never end
        raise ValueError(
            f"The SavedModel {path} cannot be used: {endless[0]} is neither a "
            "file nor a folder."
        )
    try:
        layer = keras.layers.TFSMLayer(str(path), call_endpoint=_ENDPOINT)
    except Exception as error:  # whatever TensorFlow raises for what it reads
        raise ValueError(
            f"The SavedModel {path} cannot be used: {error}"
        ) from error
    signature = saved_signatures(layer)[_ENDPOINT]
    _, taken = signature.structured_input_signature
    if len(taken) != 1:
        raise ValueError(
            f"The SavedModel {path} takes {len(taken)} inputs, "
            f"{', '.join(sorted(taken))}; only one can be maximized. Save the "
            "model as a .keras file."
        )
    ((_, spec),) = taken.items()
    if spec.shape.rank not in (3, 4, 5) or not spec.dtype.is_floating:
        raise ValueError(
            f"The SavedModel {path} takes {spec.dtype.name} of the shape "
            f"{spec.shape}, not images, volumes or signals of floats."
        )
    inputs = keras.Input(spec.shape[1:], dtype=spec.dtype.name)
    outputs = {
        name: keras.layers.Identity(name=name)(tensor)
        for name, tensor in layer(inputs).items()
    }
    model = keras.Model(inputs, outputs, name=path.name)
    _check_gradient(path, model, spec)
    return model


def _check_gradient(
    path: pathlib.Path, model: keras.Model, spec: tf.TensorSpec
) -> None:
    """Raises an error for exports without a gradient to the image."""
    sizes = [size or 64 for size in spec.shape[1:]]
    images = tf.constant(np.zeros((1, *sizes)), spec.dtype)
    with tf.GradientTape() as tape:
        tape.watch(images)
        values = [
            value for value in model(images).values() if value.dtype.is_floating
        ]
    try:
        found = tape.gradient(values, images) if values else None
    except (LookupError, ValueError) as error:  # no gradient is registered
        raise ValueError(
            f"The SavedModel {path} has no gradients: {error}. Save the model "
            "as a .keras file."
        ) from error
    if found is None:
        raise ValueError(
            f"The outputs of the SavedModel {path} have no gradient with "
            "respect to the image. Save the model as a .keras file."
        )
