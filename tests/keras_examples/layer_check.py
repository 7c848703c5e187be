"""Compares what is logged of a layer with the model."""

import itertools
import re
from typing import Any

import numpy as np
import tensorflow as tf
from keras_examples.logged_events import decoded
from keras_examples.responses import live, responses

# How far a score may lie from the one that is logged, as a share of the larger
# of score and largest response to the data: images are stored in 256 steps.
_TOLERANCE = 0.1
_PLACEMENTS = 200  # most places in an input at which an image is tried
_NEAR = (0, -1, 1, 2)  # units beside the middle that are tried, per axis


def layer_faults(example, model, path, snapshots) -> list[str]:
    header, images = decoded(snapshots[max(snapshots)])
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
        return responses(self._run, self._model, self._path, inputs)

    def _responses(self, inputs):
        return self._call(inputs)[0]

    def data_faults(self, entries) -> list[str]:
        """Compares maxima and states of filters with the data's responses."""
        faults = []
        peaks = self._data.max(axis=0)
        excited = live(self._data, self._rectified)
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
            if excited[index] and entry["status"] in ("dead", "flat"):
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
        """Returns responses of middle units to an image in their windows.

        Units beside the middle are tried because it may lie between two of
        them, and because after upsampling they have other windows.
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
        """Returns a unit's responses to an image at all places in its window.

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
        """Returns the first and last + 1 pixels with a gradient to a unit."""
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
