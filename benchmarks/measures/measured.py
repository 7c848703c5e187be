"""Measures and signatures of a layer, without a training."""

from tb_actmax.data.fitting import FittedModel
from tb_actmax.data.statistics import measure_statistics
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.layer_measures import LayerMeasures
from tb_actmax.measures.probe_pass import ProbePass
from tb_actmax.measures.shared_responses import SharedResponses
from tb_actmax.network import layers
from tb_actmax.network.filter_selection import choose_objectives
from tb_actmax.network.image_model import ImageModel


def evidence(model, name, sample, exemplars=9):
    """Returns a function that measures all filters of a layer."""
    statistics = measure_statistics(sample.images)
    shape = sample.images.shape[1:]
    fitted = FittedModel(ImageModel(model), sample, shape, statistics)
    target = layers.find_targets(fitted.model, shape)[name]
    chosen = choose_objectives(target, "all")
    images = LayerMaximizer(fitted, target, chosen).cold().images
    shared = SharedResponses(fitted, [target])
    measures = LayerMeasures(fitted, target, shared, exemplars)
    shown = dict(zip(chosen, images, strict=True))
    return lambda: measures.measure(shown, {})


def signatures(model, name, sample):
    """Returns the signatures of all filters of a layer."""
    seen, points = ImageModel(model), ProbePoints(sample)
    target = layers.find_targets(seen, sample.images.shape[1:])[name]
    (found,) = ProbePass(seen, [target], points).measure(sample)
    responses = found.at_points
    return points.signatures(range(responses.shape[1]), responses)
