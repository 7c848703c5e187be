"""Evidence and signatures of a layer, measured outside a training."""

import networks  # noqa: F401  first: it quiets TensorFlow
import numpy as np

from tb_actmax.data.statistics import measure_statistics
from tb_actmax.matching import pairing as matching
from tb_actmax.matching.signature import Places, quantize
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.layer_measures import Evidence
from tb_actmax.measures.responses import Responses
from tb_actmax.network import layers
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.selection import choose_objectives


def evidence(model, name, sample, exemplars=9):
    """Evidence of all filters of a layer, and images of them."""
    seen, shape = ImageModel(model), sample.images.shape[1:]
    target = layers.find_targets(seen, shape)[name]
    statistics = measure_statistics(sample.images)
    chosen = choose_objectives(target, "all")
    images = LayerMaximizer(seen, target, chosen, statistics, shape).cold()
    measure = Evidence(
        seen, target, statistics, sample, Places(sample), exemplars
    )
    return lambda: measure(chosen, images.images)


def signatures(model, name, sample):
    """Signatures of all filters of a layer, as a log holds them."""
    seen, places = ImageModel(model), Places(sample)
    target = layers.find_targets(seen, sample.images.shape[1:])[name]
    sampled = Responses(seen, target, places)(sample).sampled
    values, scales = quantize(places.signatures(sampled))
    vectors = (values.astype(float) - 128) * scales[:, None] / 127
    lengths = np.linalg.norm(vectors, axis=1)
    return matching.Signatures(
        [str(index) for index in range(len(vectors))],
        vectors / np.maximum(lengths, 1e-12)[:, None],
        lengths,
        places.exact,
        places.fingerprint,
    )
