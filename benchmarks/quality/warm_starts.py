"""Compares a few warm steps with many cold ones.

    python -m benchmarks.quality.warm_starts [--seeds 3] [--write]

Takes the demo's network before its training, after 200 and after 400 batches.
At each transition all filters continue from their last images for 8 steps, and
start again with 64. Reports the ratio of their mean scores over filters, both
relative to the score of the data's mean.
"""

import argparse

import numpy as np

from benchmarks import figures
from benchmarks.networks import trained
from tb_actmax.data.fitting import FittedModel
from tb_actmax.data.statistics import measure_statistics
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network import layers
from tb_actmax.network.image_model import ImageModel
from tb_actmax.objectives import neuron

BAR = 0.95
BATCHES = 200
_SHAPE = (28, 28, 1)


def ratios(seeds):
    """Returns {(layer, transition): ratio}, the mean over seeds."""
    found = {}
    for seed in range(seeds):
        for key, ratio in _one(seed).items():
            found.setdefault(key, []).append(ratio)
    return {key: float(np.mean(some)) for key, some in found.items()}


def _one(seed):
    x, y = trained.digits_data()
    model = trained.digits_network(x, y, seed, epochs=0)
    statistics = measure_statistics(x[:1000])
    mean = np.broadcast_to(statistics.mean, (1, *_SHAPE))
    fitted = FittedModel(ImageModel(model), None, _SHAPE, statistics)
    targets = layers.find_targets(fitted.model, _SHAPE)

    def make(name):
        count = targets[name].filters
        objectives = [neuron(index) for index in range(count)]
        return LayerMaximizer(fitted, targets[name], objectives, seed)

    carried = {name: make(name) for name in ("conv1", "conv2")}
    for maximizer in carried.values():
        maximizer.cold(32)
    found = {}
    for transition in ("0 -> 200", "200 -> 400"):
        start = 0 if transition.startswith("0") else BATCHES
        some = slice(start * 128 % len(x), None)
        trained.train(model, x[some], y[some], BATCHES)
        for name, maximizer in carried.items():
            maps = trained.forward(model, mean, name)
            grey = maps[0, maps.shape[1] // 2, maps.shape[2] // 2].numpy()
            warm = maximizer.warm(8).scores - grey
            cold = make(name).cold(64).scores - grey
            found[name, transition] = warm.mean() / cold.mean()
    return found


def show(seeds, write):
    """Prints the table; returns messages about missed bars."""
    print("8 warm steps, relative to 64 cold ones:")
    found = ratios(seeds)
    for (layer, transition), ratio in found.items():
        print(f"  {layer} {transition:12} {ratio:.3f}")
    if write:
        named = {
            f"{layer}_{transition.replace(' -> ', '_to_')}": ratio
            for (layer, transition), ratio in found.items()
        }
        figures.write("warm_starts", named)
    return [
        f"8 warm steps reach {ratio:.3f} in {layer} at {transition}"
        for (layer, transition), ratio in found.items()
        if ratio < BAR
    ]


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    figures.add_option(parser)
    options = parser.parse_args()
    raise SystemExit("\n".join(show(options.seeds, options.write)) or 0)


if __name__ == "__main__":
    main()
