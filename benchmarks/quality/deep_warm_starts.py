"""Follows deep images of a training, updated by a few warm steps an epoch.

    python -m benchmarks.quality.deep_warm_starts [--epochs 40]
        [--colour FILE] [--write]

Two small networks are trained on photographs of 32 pixels. After each epoch,
the images of some layers continue from their last ones for 8 steps. Every ten
epochs they are compared with images from scratch: `score` is the mean score
relative to theirs, both above that of the data's mean. `hf`, `sat` and `clip`
compare grain, saturation and clipped pixels with photographs: 1, 1 and 0 are
natural. `same` is the median correlation of images before and after 8 more
steps with unchanged weights: 1 if images change with the network only.
"""

import argparse
import pathlib

import keras
import numpy as np

from benchmarks import figures
from benchmarks.networks import photographs
from benchmarks.networks import small_colour as small
from benchmarks.quality.natural import Natural
from tb_actmax.data.fitting import fit
from tb_actmax.data.sample import Sample
from tb_actmax.maximizer.base import Call
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.change import correlation
from tb_actmax.measures.exemplars import strongest_inputs
from tb_actmax.measures.probe_pass import ProbePass
from tb_actmax.network.filter_selection import choose_objectives
from tb_actmax.network.layers import find_targets

BAR = 0.95  # least score, relative to images from scratch
LAYERS = {
    "plain": ("conv6", "classes"),
    "residual": ("block3_second", "classes"),
}
_PROBE, _FILTERS, _COMPARED = 256, 10, 10
_STEPS, _BATCH = 16, 128  # of an epoch
_COLUMNS = "score hf sat clip same".split()


class Followed:
    """The images of a layer of a network that is trained.

    Args:
        model: The network.
        layer: Name of the layer.
        probe: Inputs, (n, height, width, 3).
    """

    def __init__(self, model, layer, probe):
        fitted = fit(model, probe)
        target = find_targets(fitted.model, fitted.shape)[layer]
        some = range(min(_FILTERS, target.filters))
        self._objectives = choose_objectives(target, list(some))
        self._maximizer = LayerMaximizer(fitted, target, self._objectives)
        self._pass = ProbePass(fitted.model, [target], None)
        self._sample = fitted.sample
        mean = np.broadcast_to(fitted.statistics.mean, (1, *fitted.shape))
        self._mean = Sample(np.array(mean, np.float32))
        self._natural = Natural(probe, self._maximizer.canvas.size)

    def update(self, how, keep=True):
        """Returns the images that a cold or a warm update makes."""
        maximizer = self._maximizer
        steps = 8 if how == "warm" else maximizer.cold_steps
        (responses,) = self._pass.measure(self._sample)
        best = strongest_inputs(responses, self._objectives)
        call = Call(how, steps, self._objectives, keep, best)
        return maximizer.run(call)

    def compare(self, warm):
        """Returns how warm images compare with others, {column: number}."""
        (grey,) = self._pass.measure(self._mean)
        grey = grey.maximum[: len(self._objectives)]
        cold = self.update("cold", keep=False)
        again = self.update("warm", keep=False)
        same = map(correlation, warm.images, again.images)
        ratio = (warm.scores - grey).mean() / (cold.scores - grey).mean()
        found = {"score": ratio, **self._natural(warm.images)}
        return {**found, "same": np.median(list(same))}


def follow(kind, images, classes, epochs):
    """Trains a network; yields (layer, epoch, numbers) and the images."""
    model = getattr(small, kind)(0)
    model.compile(
        keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy"
    )
    random = np.random.default_rng(0)
    layers = {
        name: Followed(model, name, images[:_PROBE]) for name in LAYERS[kind]
    }
    for followed in layers.values():
        followed.update("cold")
    for epoch in range(1, epochs + 1):
        some = random.permutation(len(images))[: _STEPS * _BATCH]
        model.fit(images[some], classes[some], _BATCH, verbose=0)
        for name, followed in layers.items():
            warm = followed.update("warm")
            if epoch % _COMPARED == 0:
                yield name, epoch, followed.compare(warm), warm.images


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--colour", type=pathlib.Path)
    parser.add_argument("--photographs", help="unused, as `deep` takes it")
    figures.add_option(parser)
    options = parser.parse_args()
    images, classes = photographs.small(options.colour)
    print(" " * 32 + "".join(f"{name:>8}" for name in _COLUMNS))
    rows, missed = [], []
    for kind in LAYERS:
        for layer, epoch, found, _ in follow(
            kind, images, classes, options.epochs
        ):
            name = f"{kind} {layer}, epoch {epoch}"
            cells = {
                column: f"{round(found[column], 2) + 0:.2f}"
                for column in _COLUMNS
            }
            line = "".join(f"{cell:>8}" for cell in cells.values())
            print(f"{name:32}{line}", flush=True)
            rows.append({"layer": name, **cells})
            if found["score"] < BAR:
                missed.append(f"{name}: {found['score']:.2f} of the score")
    if options.write:
        figures.write("deep_warm_starts", {}, {"layers": rows})
    raise SystemExit("\n".join(missed) or 0)


if __name__ == "__main__":
    main()
