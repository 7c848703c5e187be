"""Trains an example without and with the callback, and checks the log.

The model is asked for its units' responses by a way of its own: it runs
eagerly, all calls of its layers are recorded, and a layer with an activation
is cloned without it.
"""

import contextlib
import dataclasses
import io
import itertools
import json
import logging
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from PIL import Image
from tensorboard.backend.event_processing import plugin_event_multiplexer

import tb_actmax
from tb_actmax.records.event import unchanged_since

# How far a score may lie from the one that is logged, as a share of the larger
# of score and largest response to the data: images are stored in 256 steps.
_TOLERANCE = 0.1
_FILTERS = 3  # filters of each layer that are maximized
_STEPS, _WARM_STEPS = 16, 4  # of an ascent; half of the defaults
_PLACEMENTS = 200  # most places in an input at which an image is tried
_NEAR = (0, -1, 1, 2)  # units beside the middle that are tried, per axis


@dataclasses.dataclass
class Example:
    """An official code example, made small.

    Attributes:
        build: Makes the compiled model.
        fit: Trains `fit(model, callbacks)`, and returns the history.
        inputs: Inputs (n, ...) of the network that is maximized.
        layers: Expressions that each match the whole path of a layer that a
            user of the example wants to see.
        probe: Makes the probe that the user passes; `inputs` where `None`.
        run: Runs the network `run(model, inputs)`; the model where `None`.
        run_by_part: The same for layers whose path starts with a name.
        options: Further arguments of the callback.
        allowed: Expressions of warnings that are right.
        unscored: An expression of layers whose scores cannot be compared:
            they need other inputs than `run` passes, or statistics of a whole
            input reach them, which a part of it does not have.
    """

    build: Callable[[], keras.Model]
    fit: Callable[[keras.Model, list[Any]], Any]
    inputs: np.ndarray
    layers: Sequence[str]
    probe: Callable[[], Any] | None = None
    run: Callable[[keras.Model, Any], Any] | None = None
    run_by_part: dict[str, Callable[[keras.Model, Any], Any]] = (
        dataclasses.field(default_factory=dict)
    )
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    allowed: Sequence[str] = ()
    unscored: str = "$^"

    def network(self, path: str) -> Callable[[keras.Model, Any], Any]:
        """Returns how to run the network that holds a layer."""
        part = path.partition("/")[0]
        if part in self.run_by_part:
            return self.run_by_part[part]
        return self.run or (lambda model, x: model(x, training=False))


def check(example: Example, log_dir: Any) -> None:
    """Trains an example twice and asserts that nothing is wrong.

    Args:
        example: The example.
        log_dir: An empty directory.

    Raises:
        AssertionError: With all faults, one a line.
    """
    log_dir = str(log_dir)
    plain = _train(example, lambda probe: [])

    def callbacks(probe):
        return [
            tb_actmax.ActivationMaximization(
                log_dir,
                probe=probe,
                filters=_FILTERS,
                steps=_STEPS,
                warm_steps=_WARM_STEPS,
                **{"budget": None, "layers": "all", **example.options},
            )
        ]

    with _log_lines() as lines:
        try:
            watched = _train(example, callbacks)
        except Exception as error:
            kind = type(error).__name__
            raise AssertionError(f"fit ended: {kind}: {error}") from error
    faults = [
        line
        for line in lines
        if not any(re.search(one, line) for one in example.allowed)
    ]
    faults += _differences(example, plain, watched)
    events = _read_events(log_dir)
    faults += _missing_layers(example, events)
    for path, snapshots in events.items():
        try:
            found = _layer_faults(example, watched.model, path, snapshots)
        except Exception as error:
            kind = type(error).__name__
            found = [f"cannot be checked: {kind}: {str(error)[:300]}"]
        faults += [f"{path}: {fault}" for fault in found]
    assert not faults, "\n" + "\n".join(faults)


# ------------------------------------------------------------- two trainings


@dataclasses.dataclass
class _Training:
    """A training that is done: all that must be the same without callback."""

    model: keras.Model
    history: dict[str, list[float]]
    variables: list[np.ndarray]
    streams: list[float]


def _train(example: Example, callbacks: Callable[[Any], list[Any]]):
    keras.backend.clear_session()
    keras.utils.set_random_seed(11)
    model = example.build()
    # A dataset that shuffles draws its seeds when it is made.
    probe = example.inputs if example.probe is None else example.probe()
    history = example.fit(model, callbacks(probe)).history
    variables = [*model.variables, *model.optimizer.variables]
    values = [np.array(keras.ops.convert_to_numpy(v)) for v in variables]
    streams = [random.random(), float(np.random.random())]
    streams.append(float(tf.random.uniform(())))
    streams.append(float(keras.random.uniform(())))
    return _Training(model, history, values, streams)


def _differences(example: Example, plain: Any, watched: Any) -> list[str]:
    """Compares two trainings; trains again where they differ."""
    found = _compared(plain, watched)
    if found and _compared(plain, _train(example, lambda probe: [])):
        return ["the example itself is not reproducible", *found]
    return found


def _compared(first: _Training, second: _Training) -> list[str]:
    faults = []
    if repr(first.history) != repr(second.history):
        faults.append(f"losses differ: {first.history} {second.history}")
    counts = len(first.variables), len(second.variables)
    if counts[0] != counts[1]:
        faults.append(f"{counts[1]} variables instead of {counts[0]}")
    other = sum(
        a.tobytes() != b.tobytes()
        for a, b in zip(first.variables, second.variables, strict=False)
    )
    if other:
        faults.append(f"{other} of {counts[0]} variables differ")
    if first.streams != second.streams:
        faults.append(
            f"random streams differ: {first.streams} {second.streams}"
        )
    return faults


@contextlib.contextmanager
def _log_lines():
    """Collects warnings and errors of the package."""
    lines: list[str] = []

    class Collecting(logging.Handler):
        def emit(self, record):
            lines.append(f"{record.levelname} {record.getMessage()}")

    handler = Collecting(logging.WARNING)
    logger = logging.getLogger("tb_actmax")
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


# ------------------------------------------------------------------- the log


def _read_events(log_dir: str) -> dict[str, dict[int, list[bytes]]]:
    """Reads with TensorBoard's reader: blobs by tag and step."""
    reader = plugin_event_multiplexer.EventMultiplexer(
        tensor_size_guidance={"actmax": 0}, size_guidance={"tensors": 0}
    )
    reader.AddRunsFromDirectory(log_dir)
    reader.Reload()
    events: dict[str, dict[int, list[bytes]]] = {}
    for run, tags in reader.PluginRunToTagToContent("actmax").items():
        for tag in tags:
            for event in reader.Tensors(run, tag):
                blobs = list(event.tensor_proto.string_val)
                steps = events.setdefault(tag, {})
                # The last epoch again, where `fit` ends by setting weights back.
                again = event.step in steps and event.step < max(steps)
                assert not again, f"{tag} is logged twice"
                since = unchanged_since(blobs)
                steps[event.step] = blobs if since is None else steps[since]
    return events


def _decoded(blobs: list[bytes]) -> tuple[dict[str, Any], np.ndarray]:
    """Decodes a header and its images (n, *size, channels)."""
    header = json.loads(blobs[0])
    low, high = header["value_range"]
    size = [header["height"], header["width"]]
    if "depth" in header:
        size.insert(0, header["depth"])
    channels = header["channels"]
    images = []
    for blob in blobs[1 : 1 + len(header["filters"])]:
        pixels = np.asarray(Image.open(io.BytesIO(blob)), np.float32)
        if channels == 3:
            pixels = pixels.reshape(*size, 3)
        else:
            pixels = np.moveaxis(pixels.reshape(channels, *size), 0, -1)
        images.append(low + pixels / 255 * (high - low))
    return header, np.stack(images)


def _missing_layers(example: Example, events: Any) -> list[str]:
    faults = [
        f"no layer {wanted}, only {', '.join(events) or 'none'}"
        for wanted in example.layers
        if not any(re.fullmatch(wanted, path) for path in events)
    ]
    twice = [
        path
        for path in events
        if ":" in path
        and not any(re.fullmatch(one, path) for one in example.layers)
    ]
    return faults + [f"{path} is the same layer again" for path in twice]


# --------------------------------------------------- responses, by another way


@dataclasses.dataclass
class _Recorded:
    layer: keras.layers.Layer
    inputs: Any
    output: Any


@contextlib.contextmanager
def _recorded_calls():
    """Records all calls of layers, in the order in which they end."""
    calls: list[_Recorded] = []
    base = keras.layers.Layer
    original = base.__call__

    def call(self, *args, **kwargs):
        output = original(self, *args, **kwargs)
        first = args[0] if args else next(iter(kwargs.values()), None)
        calls.append(_Recorded(self, first, output))
        return output

    base.__call__ = call
    try:
        yield calls
    finally:
        base.__call__ = original


def _find(model: keras.Model, path: str) -> tuple[keras.layers.Layer, int]:
    """Finds a layer by the names that lead to it, and which call is meant."""
    names, _, index = path.partition(":")
    layer = model
    for name in names.split("/"):
        inner = layer._flatten_layers(recursive=False, include_self=False)
        named = [one for one in inner if one.name == name]
        # A clone has the name of its original, which comes first.
        layer = named[0] if named else getattr(layer, name)
    return layer, int(index or 0)


def _responses(run, model, path: str, inputs: Any) -> tuple[tf.Tensor, bool]:
    """Returns responses before the activation, and whether that is a ReLU.

    Responses (n, ..., filters) are those behind a batch normalization where
    that alone reads the layer.
    """
    layer, index = _find(model, path)
    with _recorded_calls() as calls:
        run(model, inputs)
    call = [one for one in calls if one.layer is layer][index]
    activation = getattr(layer, "activation", None)
    if activation not in (None, keras.activations.linear):
        config = {**layer.get_config(), "activation": "linear"}
        plain = type(layer).from_config(config)
        plain.build(call.inputs.shape)
        plain.set_weights(layer.get_weights())
        output = tf.cast(plain(call.inputs), tf.float32)
        return output, activation is keras.activations.relu
    output = call.output
    readers = [one for one in calls if one.inputs is output]
    if hasattr(layer, "kernel_size") and len(readers) == 1:
        if isinstance(readers[0].layer, keras.layers.BatchNormalization):
            output = readers[0].output
            readers = [one for one in calls if one.inputs is output]
    rectified = any(
        isinstance(one.layer, keras.layers.ReLU)
        or (
            getattr(one.layer, "activation", None) is keras.activations.relu
            and isinstance(one.layer, keras.layers.Activation)
        )
        for one in readers
    )
    return tf.cast(output, tf.float32), rectified


def _live(responses: np.ndarray, rectified: bool) -> np.ndarray:
    """Whether the data excites each filter.

    Args:
        responses: Before the activation, (places, filters).
        rectified: Whether a ReLU follows, which shows nothing below zero.
    """
    if rectified:
        peaks = responses.max(axis=0)
        middle = np.median(peaks[peaks > 0]) if (peaks > 0).any() else np.inf
        return peaks > 0.05 * middle
    spread = responses.std(axis=0)
    return spread > 0.05 * np.median(spread)


# --------------------------------------------------------------- one layer


def _layer_faults(example, model, path, snapshots) -> list[str]:
    header, images = _decoded(snapshots[max(snapshots)])
    entries, inputs = header["filters"], example.inputs
    faults = []
    if min(snapshots) != 0:
        faults.append("the untrained network is not shown")
    if not np.isfinite(images).all():
        faults.append("images are not finite")
    for entry, image in zip(entries, images, strict=True):
        # One pixel may be grey.
        ok = entry["status"] == "ok" and image[..., 0].size > 1
        if ok and np.ptp(image) == 0:
            faults.append(f"filter {entry['filter']}: a constant image")
    low, high = header["value_range"]
    reach = 0.02 * np.ptp(inputs.astype("float32"))
    if low < inputs.min() - reach or high > inputs.max() + reach:
        faults.append(f"values in {low:.3g} ... {high:.3g}, not the data's")
    if re.fullmatch(example.unscored, path):
        return faults
    check = _LayerCheck(model, path, example.network(path), inputs)
    faults += check.data_faults(entries)
    for entry, image in zip(entries, images, strict=True):
        if entry["status"] == "ok":
            fault = check.score_fault(entry, image, header["height"] == 1)
            faults += [f"filter {entry['filter']}: {fault}"] if fault else []
    return faults


class _LayerCheck:
    """Compares what is logged of one layer with the model.

    Args:
        model: The trained model.
        path: The layer's path.
        run: Runs the network that holds the layer.
        inputs: Inputs of that network, (n, ...).
    """

    def __init__(self, model, path, run, inputs):
        self._model, self._path, self._run = model, path, run
        self._inputs = inputs
        self._footprints: dict[tuple[int, ...], Any] = {}
        parts = [
            self._responses(inputs[first : first + 16]).numpy()
            for first in range(0, len(inputs), 16)
        ]
        maps = np.concatenate(parts)
        self._rectified = self._call(inputs[:1])[1]
        self._units = maps.shape[1:-1]
        self._data = maps.reshape(-1, maps.shape[-1])

    def _call(self, inputs):
        return _responses(self._run, self._model, self._path, inputs)

    def _responses(self, inputs):
        return self._call(inputs)[0]

    def data_faults(self, entries) -> list[str]:
        """Compares maxima and states of filters with the data's responses."""
        faults = []
        peaks = self._data.max(axis=0)
        live = _live(self._data, self._rectified)
        scale = np.abs(self._data).max()
        for entry in entries:
            index, logged = entry["filter"], entry.get("data_max")
            if logged is None:
                faults.append(f"filter {index}: no data_max")
            elif abs(logged - peaks[index]) > 0.02 * scale:
                faults.append(
                    f"filter {index}: data_max {logged:.4g}, the data give "
                    f"{peaks[index]:.4g}"
                )
            if live[index] and entry["status"] in ("dead", "flat"):
                faults.append(f"filter {index} is live, not {entry['status']}")
            if entry["status"] == "ok" and entry["score"] is None:
                faults.append(f"filter {index}: ok without a score")
        return faults

    def score_fault(self, entry, image, signal: bool) -> str:
        """Compares the score with the response to the image.

        Args:
            entry: Entry of the header.
            image: The image, (*size, channels).
            signal: Whether the image is one row of a signal.
        """
        index, score = entry["filter"], entry["score"]
        whole = self._inputs.shape[1:]
        if signal and image.ndim > len(whole):
            image = image[0]
        if image.ndim > len(whole):
            image = image[..., 0]  # the input has no axis of channels
        if image.ndim != len(whole) or np.any(np.array(image.shape) > whole):
            return f"an image {image.shape} of inputs {whole}"
        highest = float(self._data[:, index].max())
        scale = max(abs(score), abs(highest), 1e-3)
        if image.shape == whole:
            found = self._responses(image[None].astype("float32"))
            values = found.numpy()[..., index].ravel()
        else:
            values = self._in_windows(index, image, score, scale)
        if not len(values):
            return f"no unit sees as little as the image {image.shape}"
        value = float(values[np.abs(values - score).argmin()])
        if abs(value - score) <= _TOLERANCE * scale:
            return ""
        return (
            f"score {score:.4g}, the model gives {value:.4g} (the data's "
            f"largest: {highest:.4g})"
        )

    def _in_windows(self, index, image, score, scale) -> np.ndarray:
        """Responses of units near the middle to an image in their windows.

        Units beside the middle are tried because it may lie between two of
        them, and because they have windows of their own behind upsampling.
        """
        near = sorted(
            itertools.product(_NEAR, repeat=len(self._units)),
            key=lambda offsets: sum(map(abs, offsets)),
        )
        values = np.zeros(0, np.float32)
        for offsets in near:
            unit = tuple(
                int(np.clip(length // 2 + offset, 0, length - 1))
                for length, offset in zip(self._units, offsets, strict=True)
            )
            some = self._in_window(unit, index, image)
            values = np.concatenate([values, some])
            if len(some) and np.abs(some - score).min() <= _TOLERANCE * scale:
                break
        return values

    def _in_window(self, unit, index, image) -> np.ndarray:
        """A unit's responses to an image at all places that cover its window.

        The rest of the input has the data's mean.
        """
        first, end = self._footprint(unit)
        sizes, whole = image.shape[:-1], self._inputs.shape[1:]
        ways = [
            range(max(stop - size, 0), min(begin, length - size) + 1)
            for begin, stop, size, length in zip(
                first, end, sizes, whole, strict=False
            )
        ]
        places = list(itertools.product(*ways))
        if not places:
            return np.zeros(0, np.float32)
        places = places[:: -(-len(places) // _PLACEMENTS)]
        axes = tuple(range(len(whole)))
        batch = np.empty((len(places), *whole), np.float32)
        batch[:] = self._inputs.mean(axis=axes, dtype=np.float64)
        for row, place in zip(batch, places, strict=True):
            ends = np.add(place, sizes)
            row[tuple(map(slice, place, ends))] = image
        values = self._responses(batch).numpy()
        return values[(slice(None), *unit, index)]

    def _footprint(self, unit):
        """First pixels, and last + 1, that have a gradient to a unit."""
        if unit in self._footprints:
            return self._footprints[unit]
        some = tf.constant(self._inputs[:6], tf.float32)
        noise = np.random.default_rng(0).normal(size=some.shape)
        some += tf.cast(noise * self._inputs.std(), tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(some)
            chosen = self._responses(some)[(slice(None), *unit)]
            weights = np.linspace(1, 2, chosen.shape[-1])
            total = tf.reduce_sum(chosen * weights.astype("float32"))
        gradient = np.abs(tape.gradient(total, some).numpy())
        seen = np.argwhere(gradient.max(axis=(0, -1)) > 0)
        found = seen.min(axis=0), seen.max(axis=0) + 1
        self._footprints[unit] = found
        return found
