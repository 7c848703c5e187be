"""Matches the filters of two trainings of one network.

    python examples/compare_runs.py
    tensorboard --logdir logs/runs

The network is trained twice on digits, from different random weights. Filters
are paired by their responses to the same probe; the pairs are printed and
drawn. In the tab, "Runs" shows them over epochs.
"""

import argparse
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import digits
import keras
import mnist
import numpy as np
from pictures import save_rows

import tb_actmax

LAYERS = ("conv1", "conv2")


def main():
    """Trains two runs and pairs their filters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", default="logs/runs")
    parser.add_argument("--small", action="store_true", help="a short run")
    options = parser.parse_args()
    epochs, count = (1, 500) if options.small else (5, 9000)
    (images, classes), _ = digits.load()
    images, classes = images[:count], classes[:count]
    found = {}
    for seed in (0, 1):
        keras.utils.set_random_seed(seed)
        model = mnist.network(0.4, epochs * count // mnist.BATCH)
        log_dir = os.path.join(options.logs, f"seed_{seed}")
        shutil.rmtree(log_dir, ignore_errors=True)
        model.fit(
            images,
            classes,
            batch_size=mnist.BATCH,
            epochs=epochs,
            verbose=2,
            callbacks=[
                # Pairing needs the same probe in both runs.
                tb_actmax.ActivationMaximization(
                    log_dir, filters="all", probe=(images[:512], classes[:512])
                )
            ],
        )
        for layer in LAYERS:
            found[layer, seed] = tb_actmax.maximize(
                model, layer, "all", probe=images[:512]
            ).images
    for layer in LAYERS:
        pairs = tb_actmax.match(
            os.path.join(options.logs, "seed_0"),
            os.path.join(options.logs, "seed_1"),
            layer,
        )
        print(
            f"{layer}: {np.mean(pairs.r >= 0.5):.0%} of the filters have a "
            f"match (median r {np.median(pairs.r):.2f}); the similarity of the "
            f"layers (CKA) is {pairs.cka:.2f}."
        )
        best = np.argsort(-pairs.r)[:12]
        named = ", ".join(f"{pairs.r[i]:.2f}" for i in best)
        save_rows(
            os.path.join(options.logs, f"pairs_{layer}.png"),
            [
                (f"{layer}, first run", found[layer, 0][pairs.filters[best]]),
                (
                    f"{layer}, their matches in the second: r = {named}",
                    found[layer, 1][pairs.matches[best]],
                ),
            ],
        )


if __name__ == "__main__":
    main()
