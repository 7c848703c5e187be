"""Activation maximization of the filters of one layer."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from tb_actmax.maximizer import defaults, layers
from tb_actmax.maximizer.ascent import Ascended, Ascent
from tb_actmax.maximizer.canvas import Canvas
from tb_actmax.maximizer.layers import Target
from tb_actmax.probe.assumptions import image_statistics
from tb_actmax.probe.responses import Responses
from tb_actmax.probe.sample import take_sample
from tb_actmax.probe.statistics import Statistics

Array = npt.NDArray[np.float32]

_FLAT = 0.02  # an image with less than this share of the contrast is flat


@dataclasses.dataclass
class Maximized:
    """Images that excite filters most, and what is known of them.

    Attributes:
        images: (n, height, width, channels) float32, in the network's own
            input range.
        scores: (n,) float32, the pre-activation of each image at the centre.
        filters: (n,) int, the filters.
        status: (n,) of "ok", "weak" (the data hardly excites the filter),
            "dead" (the data never excites it, or nothing moves it) and "flat"
            (no image was found).
    """

    images: Array
    scores: Array
    filters: npt.NDArray[np.int64]
    status: list[str]


class LayerMaximizer:
    """Maximizes chosen filters of one layer, again and again.

    What is costly is done once: the step is traced at the first call, and
    weights are read live at each.

    Args:
        model: The model.
        target: The layer, as `layers.find_targets` returns it.
        filters: Indices of the filters.
        statistics: Statistics of the data.
        shape: Shape of one input of the model, (height, width, channels).
        seed: Seed of the random starts.
    """

    def __init__(
        self,
        model: keras.Model,
        target: Target,
        filters: Sequence[int],
        statistics: Statistics,
        shape: tuple[int, int, int],
        seed: int = 0,
    ):
        self.target = target
        self.filters = [int(index) for index in filters]
        self.statistics = statistics
        height, width = defaults.canvas_size(target, shape)
        self.ascent = Ascent(
            model,
            target,
            Canvas(
                height,
                width,
                statistics,
                defaults.contrast(target, statistics, (height, width)),
                defaults.power(target),
            ),
            defaults.transforms(target, (height, width)),
            seed,
        )
        # Coefficients of each filter's last ascent.
        self._carried: dict[int, Array] = {}

    def cold(
        self,
        steps: int = 32,
        filters: Sequence[int] | None = None,
        on_step: Callable[[], None] | None = None,
    ) -> Maximized:
        """Maximizes from a random start.

        Args:
            steps: Steps to take, at least 1.
            filters: Some of the filters; `None` for all.
            on_step: Called after each step.
        """
        chosen = self._chosen(filters)
        return self._run(chosen, steps, None, on_step)

    def warm(
        self,
        steps: int = 8,
        filters: Sequence[int] | None = None,
        on_step: Callable[[], None] | None = None,
    ) -> Maximized:
        """Maximizes from where the filters' last ascents ended.

        Args:
            steps: Steps to take, at least 1.
            filters: Some of the filters, each maximized before; `None` for
                all.
            on_step: Called after each step.
        """
        chosen = self._chosen(filters)
        start = np.stack([self._carried[index] for index in chosen])
        return self._run(chosen, steps, start, on_step)

    def _chosen(self, filters: Sequence[int] | None) -> list[int]:
        return list(self.filters if filters is None else map(int, filters))

    def _run(
        self,
        filters: list[int],
        steps: int,
        start: Array | None,
        on_step: Callable[[], None] | None,
    ) -> Maximized:
        weights = np.zeros((len(filters), self.target.filters), np.float32)
        weights[np.arange(len(filters)), filters] = 1
        found = self.ascent.run(weights, filters, steps, start, on_step)
        self._carried.update(zip(filters, found.coefficients, strict=True))
        return Maximized(
            found.images,
            found.scores,
            np.asarray(filters, np.int64),
            self._status(found),
        )

    def _status(self, found: Ascended) -> list[str]:
        deviation = found.images.std(axis=(1, 2)).max(axis=-1)
        flat = deviation < _FLAT * self.ascent.canvas.contrast
        return [
            "dead" if not moved else "flat" if is_flat else "ok"
            for moved, is_flat in zip(found.moved, flat, strict=True)
        ]


def maximize(
    model: keras.Model,
    layer: str,
    filters: Any = None,
    probe: Any = None,
    steps: int = 32,
    seed: int = 0,
) -> Maximized:
    """Finds the image that excites each filter of a layer most.

    The method is normalized-gradient ascent on Fourier coefficients, with the
    mean, contrast, spectrum and colours of the data.

    Args:
        model: A built Keras model that takes images (height, width, channels).
        layer: Path of the layer; nested models are joined by "/", and a short
            name works where only one layer has it.
        filters: An int (that many, evenly spread), "all", a list of indices,
            or `None` for 16.
        probe: A sample of inputs as the network takes them: an array (n,
            height, width, channels), a pair (inputs, labels) or a dataset; up
            to 1000 are used. Without it, a value range is taken from leading
            rescaling layers, else [0, 1], and a 1/f spectrum is assumed.
        steps: Steps of gradient ascent.
        seed: Seed of the random starts; same seed, same images.

    Returns:
        The images, scores, filters and status.

    Raises:
        ValueError: If the layer or a filter is unknown, or the probe does not
            fit the model; with what would have worked.

    Example:

    ```python
    found = tb_actmax.maximize(model, "conv2", [0, 3], probe=x_train[:512])
    plt.imshow(found.images[0].squeeze(), cmap="gray")
    ```
    """
    sample = None if probe is None else take_sample(probe)
    shape, statistics = image_statistics(model, sample)
    targets = layers.find_targets(model, shape)
    target = layers.choose_layers(targets, [layer])[0]
    chosen = layers.choose_filters(target, 16 if filters is None else filters)
    found = LayerMaximizer(model, target, chosen, statistics, shape, seed).cold(
        steps
    )
    if sample is not None:
        measured = Responses(model, target)(sample.images)
        found.status = measured.refine(found.filters, found.status)
    return found
