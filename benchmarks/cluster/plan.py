"""Estimates what a cluster needs for all filters of a network.

    python -m benchmarks.cluster.plan MODEL.keras --workers 100 [--write]

Times a few filters of each convolution on one processor, as a worker would
process them, and extrapolates to all filters and three checkpoints (32 steps,
then 8 and 8, each image measured). Reports processor time, which does not
depend on the load of this machine, and the bytes between workers and command.
"""

import argparse
import pathlib
import resource
import time

import keras
import tensorflow as tf

from benchmarks import figures
from tb_actmax.data.fitting import FittedModel
from tb_actmax.data.statistics import assume_statistics
from tb_actmax.data.value_range import suggest_value_range
from tb_actmax.maximizer.base import Call
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.image_quality import ImageMeasurer
from tb_actmax.network import layers
from tb_actmax.network import saved_models as saved
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layer_selection import choose_by_layer

_PASSES = 33 + 9 + 9  # three ascents; each has one more pass for its images
_STEPS = 3  # of the timed ascent


def main():
    """Prints the estimate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--workers", type=int, default=100)
    parser.add_argument(
        "--filters", type=int, default=8, help="timed of each layer"
    )
    figures.add_option(parser)
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    began = time.process_time()
    model = ImageModel(saved.load(options.model))
    targets = layers.find_targets(model, model.shape)
    start = time.process_time() - began
    statistics = assume_statistics(model.shape[-1], suggest_value_range(model))
    fitted = FittedModel(model, None, model.shape, statistics)
    chosen = choose_by_layer(targets, None, options.filters)
    sums = {"all": [0.0] * 5, "depthwise": [0.0] * 5}
    for path, objectives in chosen.items():
        target = targets[path]
        took = tried(fitted, target, objectives)
        own = [target.filters * number for number in (1, *took[1:])]
        row = [own[0], took[0], *own[1:]]
        print(
            f"{path}: {target.filters} filters, each {took[1]:.2f} s of "
            f"ascents, {took[2]:.2f} s of measuring, traced in {took[0]:.1f} s",
            flush=True,
        )
        kinds = ["all"]
        if isinstance(target.layer, keras.layers.DepthwiseConv2D):
            kinds.append("depthwise")
        for kind in kinds:
            sums[kind] = [a + b for a, b in zip(sums[kind], row, strict=True)]
    print(f"a worker starts in {start:.1f} s, besides TensorFlow")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"and takes {peak:.2f} GB")
    found = {"start_seconds": start, "worker_gb": peak}
    for kind, (filters, traced, ascents, measured, size) in sums.items():
        hours = (ascents + measured) / 3600
        minutes = 60 * hours / options.workers
        print(
            f"{kind}: {filters:.0f} filters, {hours:.1f} h of one processor "
            f"({ascents / 3600:.1f} h ascents), {hours / 2:.1f} h of two, "
            f"{minutes:.0f} min of {options.workers} workers, beside "
            f"{traced / 60:.1f} min of each that traces every layer; "
            f"{size / 2**30:.0f} GiB of images, as many of coefficients"
        )
        found[kind] = {"filters": filters, "hours": hours, "minutes": minutes}
    if options.write:
        figures.write("plan", found)


def tried(fitted, target, objectives):
    """Returns the seconds and bytes of one filter over three checkpoints.

    Returns:
        Processor seconds of tracing, of a filter's ascents and of measuring
        its images, and the bytes of these images.
    """
    maximizer = LayerMaximizer(fitted, target, objectives)
    measurer = ImageMeasurer(fitted, target)
    numbers = [objective.filter for objective in objectives]
    began = time.process_time()
    found = maximizer.run(Call("cold", 1, objectives))
    measurer.responses(found.images[:1], numbers[:1])
    traced = time.process_time() - began
    began = time.process_time()
    maximizer.run(Call("warm", _STEPS, objectives))
    ascent = time.process_time() - began
    began = time.process_time()
    measurer.responses(found.images, numbers)
    measuring = time.process_time() - began
    each = len(objectives)
    return (
        traced,
        ascent / each / (_STEPS + 1) * _PASSES,
        3 * measuring / each,
        3 * found.images[0].nbytes,
    )


if __name__ == "__main__":
    main()
