"""The layers whose deep images are scored, with their judges."""

import dataclasses
from collections.abc import Callable

import efficientnet_lite as lite
import keras
import numpy as np
from PIL import Image

from benchmarks.networks import photographs
from benchmarks.networks import small_colour as small
from benchmarks.quality import judges
from benchmarks.quality.natural import Natural
from tb_actmax.data.fitting import fit
from tb_actmax.data.sample import Sample
from tb_actmax.maximizer.ascent.pull import crop_around
from tb_actmax.measures.probe_pass import ProbePass
from tb_actmax.network.layers import find_targets
from tb_actmax.network.shown_unit import shown_unit

_PATCHES = 4  # held-out patches of each unit
_ORDINARY = 256  # held-out patches that say what is ordinary, at most
_LEAST = 0.05  # span of a unit's responses, relative to the median
_EPOCHS = 30  # of the small networks


@dataclasses.dataclass
class Case:
    """A layer.

    Attributes:
        name: Its name in the tables.
        model: The network.
        layer: Name of the layer.
        units: Units whose images are scored.
        probe: Inputs that methods may use, (n, height, width, 3).
        held: Inputs that only judges use.
        judge: Scores images by judges; `None` for hidden units until their
            held-out patches are known.
        features: Features of images in other networks, see `ChoiceJudge`.
    """

    name: str
    model: keras.Model
    layer: str
    units: list[int]
    probe: np.ndarray
    held: np.ndarray
    judge: Callable | None = None
    features: Callable | None = None

    def __post_init__(self):
        """Measures the layer on the photographs."""
        self._fitted = fit(self.model, self.probe)
        shape = self._fitted.shape
        self._target = find_targets(self._fitted.model, shape)[self.layer]
        self._window = shown_unit(self._target, shape[:-1]).window
        self.size = tuple(s.stop - s.start for s in self._window)
        self._pass = ProbePass(self._fitted.model, [self._target], None)
        self._best = self._responses(self.probe)
        mean = np.broadcast_to(self._fitted.statistics.mean, (1, *shape))
        self._mean = np.array(mean, np.float32)
        self._grey = self._responses(self._mean).maximum[self.units]
        self._natural = Natural(
            np.concatenate([self.probe, self.held]), self.size
        )
        if self.judge is None:
            self.judge = self._choice()

    def score(self, images):
        """Returns the scores of images, one of each unit in order."""
        inputs = np.repeat(self._mean, len(images), axis=0)
        inputs[(slice(None), *self._window)] = images
        found = self._responses(inputs).peaks[:, self.units]
        span = self._best.maximum[self.units] - self._grey
        # Units that photographs hardly excite would make any number of it.
        alive = span > _LEAST * np.median(span)
        lift = ((found - self._grey) / np.where(alive, span, 1))[:, alive]
        lift = lift[alive]
        first = lift.argmax(axis=1) == np.arange(len(lift))
        return {
            **self.judge(images),
            **self._natural(images),
            "lift": float(lift.diagonal().mean()),
            "sel": float(first.mean()),
        }

    def exemplars(self):
        """Returns the photograph of the probe that excites each unit most."""
        return np.stack(
            [self._patches(self.probe, self._best, u, 1)[0] for u in self.units]
        )

    def show(self, images, folder, method):
        """Saves images as a sheet, if there is a folder."""
        if folder is None:
            return
        low, high = self.probe.min(), self.probe.max()
        rows = [images[i : i + 8] for i in range(0, len(images), 8)]
        blank = np.full((1, *images.shape[1:]), high, np.float32)
        rows = [[*row, *np.repeat(blank, 8 - len(row), 0)] for row in rows]
        sheet = np.concatenate([np.concatenate(row, axis=1) for row in rows])
        pixels = ((sheet - low) / (high - low) * 255).clip(0, 255)
        folder.mkdir(parents=True, exist_ok=True)
        words = "".join(c if c.isalnum() else "_" for c in method)
        name = f"{self.name}_{words}.png".replace(" ", "_")
        Image.fromarray(pixels.astype(np.uint8)).save(folder / name)

    def _responses(self, inputs):
        sample = Sample(np.asarray(inputs, np.float32))
        return self._pass.measure(sample)[0]

    def _patches(self, inputs, responses, unit, count):
        strongest = np.argsort(-responses.peaks[:, unit])[:count]
        return [
            crop_around(
                inputs[i],
                self._target,
                int(responses.peak_positions[i, unit]),
                self.size,
            )
            for i in strongest
        ]

    def _ordinary(self):
        """Returns a held-out patch of random place for each of some inputs."""
        random = np.random.default_rng(0)
        found = []
        for image in self.held[:_ORDINARY]:
            room = np.subtract(image.shape[:2], self.size)
            top, left = random.integers(0, room + 1)
            rows, columns = self.size
            found.append(image[top : top + rows, left : left + columns])
        return np.stack(found)

    def _choice(self):
        held = self._responses(self.held)
        patches = np.array(
            [self._patches(self.held, held, u, _PATCHES) for u in self.units]
        )
        strongest = [
            np.argsort(-held.peaks[:, u])[:_PATCHES] for u in self.units
        ]
        responses = np.array([held.peaks[i][:, self.units] for i in strongest])
        return judges.ChoiceJudge(
            self.features, patches, responses, self._ordinary()
        )


def _spread(count, total):
    """Returns `count` indices, evenly spread."""
    return [int(i) for i in (np.arange(count) + 0.5) * total / count]


def of_lite(chosen, options):
    """Yields the chosen layers of EfficientNet-Lite0."""
    names = [name for name in chosen if name.startswith("Lite0 ")]
    if not names:
        return
    images = photographs.large(options.photographs)
    probe, held = images[::2], images[1::2]
    if options.held is not None:
        probe, held = images, photographs.large(options.held)
    probe, held = (
        (some.astype("float32") - lite.MEAN) / lite.SCALE
        for some in (probe, held)
    )
    model = lite.load(0)
    others = [lite.load(number) for number in (1, 2)]

    def seen_by(network):
        size = network.input_shape[1]

        def run(images):
            pixels = images * lite.SCALE + lite.MEAN
            return judges.in_batches(network, lite.prepared(pixels, size))

        return run

    maps = ("block8_project_bn", "block14_project_bn", "head_relu")
    observers = [seen_by(judges.pooled(other, maps)) for other in others]

    def features(images):
        return [part for see in observers for part in see(images)]

    for name in names:
        layer = name.removeprefix("Lite0 ")
        if layer == "classes":
            units = _spread(options.classes, 1000)
            recognised = judges.ClassJudge([seen_by(n) for n in others], 2.0)
            yield Case(
                name,
                model,
                "predictions",
                units,
                probe,
                held,
                lambda shown, r=recognised, u=units: r(shown, u),
            )
        else:
            filters = model.get_layer(layer).output.shape[-1]
            units = _spread(options.units, filters)
            yield Case(
                name, model, layer, units, probe, held, features=features
            )


def of_small(chosen, options):
    """Yields the chosen layers of the small networks, after training them."""
    names = [name for name in chosen if not name.startswith("Lite0 ")]
    if not names:
        return
    images, classes = photographs.small(options.colour)
    held, _ = photographs.small(options.colour, "test")
    networks = {
        "plain": small.train(small.plain(0), images, classes, _EPOCHS),
        "residual": small.train(small.residual(1), images, classes, _EPOCHS),
    }
    last = {"plain": ["conv4", "conv6"], "residual": ["block2", "block3"]}
    for name in names:
        kind, layer = name.split()
        (other,) = set(networks) - {kind}
        judge = networks[other]
        units = list(range(10))
        recognised = judges.ClassJudge(
            [lambda shown, j=judge: judges.in_batches(j, shown)], 1.0
        )
        if layer == "classes":

            def score(shown, r=recognised, u=units):
                return r(shown, u)

            features = None
        else:
            filters = networks[kind].get_layer(layer).output.shape[-1]
            units, score = _spread(options.units, filters), None
            pooled = judges.pooled(judge, last[other])

            def features(shown, p=pooled):
                rows = [(0, 32 - n) for n in shown.shape[1:3]]
                padded = np.pad(shown, [(0, 0), *rows, (0, 0)], "symmetric")
                return judges.in_batches(p, padded)

        yield Case(
            name,
            networks[kind],
            layer,
            units,
            images[:256],
            held,
            score,
            features,
        )
