"""Activation maximization of the filters of one layer."""

import dataclasses
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.maximizer import defaults, layers
from tb_actmax.maximizer.ascent import Ascended, Ascent
from tb_actmax.maximizer.inputs import ImageModel
from tb_actmax.maximizer.inverse import coefficients_of
from tb_actmax.maximizer.layers import Target
from tb_actmax.maximizer.objectives import CENTRE, Objective, Place, choose
from tb_actmax.probe.assumptions import fit
from tb_actmax.probe.responses import Responses
from tb_actmax.probe.signature import Places
from tb_actmax.probe.statistics import Statistics

Array = npt.NDArray[np.float32]

_FLAT = 0.02  # an image with less than this share of the contrast is flat


@dataclasses.dataclass
class Maximized:
    """Images that excite filters most, and what is known of them.

    Attributes:
        images: (n, height, width, channels) float32, in the network's own
            input range; volumes (n, depth, height, width, channels); signals
            (n, 1, length, channels).
        scores: (n,) float32, the pre-activation of each image at the centre.
        filters: (n,) int, the filters; -1 where an objective has several.
        status: (n,) of "ok", "weak" (the data hardly excites the filter),
            "dead" (the data never excites it, or nothing moves it) and "flat"
            (no image was found).
        labels: (n,) what was maximized: "7" for filter 7.
    """

    images: Array
    scores: Array
    filters: npt.NDArray[np.int64]
    status: list[str]
    labels: list[str] = dataclasses.field(default_factory=list)


class LayerMaximizer:
    """Maximizes objectives in one layer, again and again.

    What is costly is done once: the step is traced at the first call, and
    weights are read live at each.

    Args:
        model: The model.
        target: The layer, as `layers.find_targets` returns it.
        objectives: What to maximize, as `objectives.choose` returns it.
        statistics: Statistics of the data.
        shape: Shape of one input of the model, (height, width, channels);
            of a volume (depth, height, width, channels).
        seed: Seed of the random starts.

    Attributes:
        carried: Coefficients of each objective's last ascent, at which its
            next warm one begins.
    """

    def __init__(
        self,
        model: ImageModel,
        target: Target,
        objectives: Sequence[Objective],
        statistics: Statistics,
        shape: tuple[int, ...],
        seed: int = 0,
    ):
        self.target = target
        self.objectives = list(objectives)
        whole = any(set(o.places) != {CENTRE} for o in self.objectives)
        self.canvas = defaults.canvas(target, statistics, shape, whole)
        self._whole = defaults.canvas(target, statistics, shape, True)
        self._cut = True  # whether the network takes parts of images
        self._model = model
        self._size = tuple(shape[:-1])
        self._seed = seed
        self._ascents: dict[tuple[tuple[Place, ...], bool], Ascent] = {}
        self.carried: dict[Objective, Array] = {}

    @property
    def traces(self) -> int:
        """Steps traced so far: one for each kind of objective."""
        return sum(ascent.traces for ascent in self._ascents.values())

    @property
    def building(self) -> float:
        """Seconds that tracing has taken so far."""
        return sum(ascent.building for ascent in self._ascents.values())

    def cold(
        self,
        steps: int = 32,
        objectives: Sequence[Objective] | None = None,
        on_step: Callable[[], None] | None = None,
    ) -> Maximized:
        """Maximizes from a random start.

        Args:
            steps: Steps to take, at least 1.
            objectives: Some of the objectives; `None` for all.
            on_step: Called after each step of each batch.
        """
        return self._run(objectives, steps, False, on_step)

    def warm(
        self,
        steps: int = 8,
        objectives: Sequence[Objective] | None = None,
        on_step: Callable[[], None] | None = None,
        keep: bool = True,
    ) -> Maximized:
        """Maximizes from where the last ascents ended.

        Args:
            steps: Steps to take, at least 1.
            objectives: Some of the objectives, each maximized before; `None`
                for all.
            on_step: Called after each step of each batch.
            keep: Whether the next ascents go on from these.
        """
        return self._run(objectives, steps, True, on_step, keep)

    def resume(self, objective: Objective, image: Array) -> None:
        """Lets an objective's next warm ascent begin at an image.

        Args:
            objective: One of the objectives.
            image: An image of an earlier training, (*size, channels).
        """
        (found,) = coefficients_of(self.canvas, image[None])
        self.carried[objective] = found

    def _run(
        self,
        objectives: Sequence[Objective] | None,
        steps: int,
        warm: bool,
        on_step: Callable[[], None] | None,
        keep: bool = True,
    ) -> Maximized:
        chosen = list(self.objectives if objectives is None else objectives)
        found: dict[Objective, tuple[Any, ...]] = {}
        for some in self._batches(chosen):
            ascent = self._ascent(some[0])
            start = None
            if warm:
                start = np.stack([self.carried[o] for o in some])
            vectors = [o.vectors(self.target.filters) for o in some]
            streams = [o.stream for o in some]
            ascended = ascent.run(
                np.stack(vectors), streams, steps, start, on_step
            )
            if keep:
                self.carried.update(
                    zip(some, ascended.coefficients, strict=True)
                )
            found.update(
                zip(
                    some,
                    zip(
                        ascended.images,
                        ascended.scores,
                        self._status(ascended),
                        strict=True,
                    ),
                    strict=True,
                )
            )
        images, scores, status = zip(*(found[o] for o in chosen), strict=True)
        numbers = [-1 if o.filter is None else o.filter for o in chosen]
        return Maximized(
            np.stack(images),
            np.asarray(scores, np.float32),
            np.asarray(numbers, np.int64),
            list(status),
            [o.label for o in chosen],
        )

    def _batches(self, objectives: list[Objective]) -> list[list[Objective]]:
        """What is maximized together: of a kind; variants among themselves."""
        batches: dict[Any, list[Objective]] = {}
        for objective in objectives:
            alone = objective.terms if objective.variants > 1 else None
            key = (objective.places, alone)
            batches.setdefault(key, []).append(objective)
        return list(batches.values())

    def _ascent(self, objective: Objective) -> Ascent:
        kind = (objective.places, objective.variants > 1)
        if kind not in self._ascents:
            self._ascents[kind] = self._built(*kind)
        return self._ascents[kind]

    def _built(self, places: tuple[Place, ...], diverse: bool) -> Ascent:
        ascent = Ascent(
            self._model,
            self.target,
            self.canvas,
            defaults.transforms(self.target, self.canvas.size),
            self._size,
            places,
            diverse,
            self._seed,
            self._cut,
        )
        try:
            ascent.build()
        except (TypeError, ValueError, tf.errors.OpError):
            # Some networks take images of one size only, because of the
            # places of their patches for instance, or scale others to it.
            if self._ascents or not self._cut:
                raise
            self.canvas, self._cut = self._whole, False
            return self._built(places, diverse)
        return ascent

    def _status(self, found: Ascended) -> list[str]:
        places = tuple(range(1, found.images.ndim - 1))
        deviation = found.images.std(axis=places).max(axis=-1)
        flat = deviation < _FLAT * self.canvas.contrast
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
    held: Mapping[Hashable, Any] | None = None,
) -> Maximized:
    """Finds the image that excites each filter of a layer most.

    The method is normalized-gradient ascent on Fourier coefficients, with the
    mean, contrast, spectrum and colours of the data.

    Args:
        model: A built Keras model that takes images (height, width, channels).
        layer: Path of the layer; nested models are joined by "/", and a short
            name works where only one layer has it.
        filters: An int (that many, evenly spread), "all", a list of indices
            and objectives (`tb_actmax.objectives`), or `None` for 16.
        probe: A sample of inputs as the network takes them: an array (n,
            height, width, channels), a pair (inputs, labels) or a dataset; up
            to 1000 are used. Without it, a value range is taken from leading
            rescaling layers, else [0, 1], and a 1/f spectrum is assumed.
        steps: Steps of gradient ascent.
        seed: Seed of the random starts; same seed, same images.
        held: What inputs are held at, by name, without the batch's axis,
            where the model takes several. Without it those that are no images
            are held at the probe's mean (numbers) or first value (whole
            numbers), else at zero. An input that is held is not maximized.

    Returns:
        The images, scores, filters, status and labels.

    Raises:
        ValueError: If the layer or a filter is unknown, or the probe does not
            fit the model; with what would have worked.

    Example:

    ```python
    found = tb_actmax.maximize(model, "conv2", [0, 3], probe=x_train[:512])
    found.images[0], found.scores[0], found.status[0]
    ```
    """
    fitted = fit(model, probe, held)
    sample = fitted.sample
    targets = layers.find_targets(fitted.model, fitted.shape)
    target = layers.choose_layers(targets, [layer])[0]
    chosen = choose(target, 16 if filters is None else filters)
    found = LayerMaximizer(
        fitted.model, target, chosen, fitted.statistics, fitted.shape, seed
    ).cold(steps)
    if sample is not None:
        places = Places(sample)
        measured = Responses(fitted.model, target, places)(sample)
        found.status = [
            measured.refine(o.filter, status) if o.plain else status
            for o, status in zip(chosen, found.status, strict=True)
        ]
    return found
