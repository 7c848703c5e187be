"""How far a few warm steps get, against many cold ones.

    python -m benchmarks.quality.warm_starts [--seeds 3]

The demo's network before its training, after 200 and after 400 batches. At
each transition all filters go on from their last images for 8 steps, and are
maximized anew with 64 steps; both scores are counted from that of the data's
mean. Prints the ratio of their means over filters.
"""

import argparse

import numpy as np

from benchmarks.networks import trained
from tb_actmax.data.fitting import FittedModel
from tb_actmax.data.statistics import measure_statistics
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network import layers
from tb_actmax.network.image_model import ImageModel
from tb_actmax.objectives import filter as one

BAR = 0.95
BATCHES = 200
_SHAPE = (28, 28, 1)


def ratios(seeds):
    """{(layer, transition): ratio}, mean over seeds."""
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
        objectives = [one(index) for index in range(count)]
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


def show(seeds):
    """Prints the table; returns what misses the bar."""
    print("8 warm steps, in parts of 64 cold ones:")
    found = ratios(seeds)
    for (layer, transition), ratio in found.items():
        print(f"  {layer} {transition:12} {ratio:.3f}")
    return [
        f"8 warm steps reach {ratio:.3f} in {layer} at {transition}"
        for (layer, transition), ratio in found.items()
        if ratio < BAR
    ]


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    raise SystemExit("\n".join(show(parser.parse_args().seeds)) or 0)


if __name__ == "__main__":
    main()
