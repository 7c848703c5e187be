"""Measures with known values, on a planted network."""

import numpy as np

from benchmarks.measures.measured import evidence, signatures
from benchmarks.networks import planted_grey
from tb_actmax.data.sample import Sample
from tb_actmax.matching.pairing import pair_filters


def known(report):
    """Checks a planted network, a permuted copy of it, and a dead filter."""
    case = planted_grey.cases()[0]
    # The templates have unit length, so each excites its own filter most.
    sample = Sample(planted_inputs(case.templates))
    kernel, bias = case.model.get_layer("conv1").get_weights()
    found = evidence(case.model, "conv1", sample)()
    filters = range(len(case.templates))
    own = np.mean(
        [
            [i % len(filters) == index for i in entry["exemplars"]["inputs"]]
            for index, entry in found.exemplars.entries.items()
        ]
    )
    report("planted: exemplars with the own template", own, own == 1, "1")
    rank = np.mean([found.entries[index]["rank"] == 1 for index in filters])
    report(
        "planted: images that excite their own filter most",
        rank,
        rank >= 0.9,
        ">= .9",
    )
    random = np.random.default_rng(0)
    order = random.permutation(len(filters))
    first = signatures(case.model, "conv1", sample)
    case.model.get_layer("conv1").set_weights([kernel[..., order], bias[order]])
    second = signatures(case.model, "conv1", sample)
    pairs = pair_filters(first, second).pairs
    right = np.mean([order[b] == a for a, b, _ in pairs])
    report("permuted copy: matched", right, right == 1, "1")
    least = min(r for _, _, r in pairs)
    report("permuted copy: least r", least, least >= 0.999, ">= .999")
    kernel[..., 0], bias[0] = 0, -1
    case.model.get_layer("conv1").set_weights([kernel, bias])
    measured = evidence(case.model, "conv1", sample, 0)().responses
    dead = [i for i in filters if measured.status(i) == "dead"]
    report("planted: dead filters found, of 1", len(dead), dead == [0], "1")


def planted_inputs(templates, each=10):
    """Returns inputs with one template each, in turn."""
    random = np.random.default_rng(0)
    side = templates.shape[1]
    count = each * len(templates)
    images = np.zeros(
        (count, planted_grey.SIZE, planted_grey.SIZE, 1), np.float32
    )
    for index, image in enumerate(images):
        y, x = 2 * random.integers(0, (planted_grey.SIZE - side) // 2, 2)
        image[y : y + side, x : x + side] = templates[index % len(templates)]
    return images
