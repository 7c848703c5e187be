"""The real patches that excite each filter most.

People tell better from real patches than from optimized images what a filter
responds to (Borowski et al., 2021); both together say most.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tb_actmax.data.sample import Sample
from tb_actmax.measures.responses import Measured
from tb_actmax.measures.sprite import Atlas
from tb_actmax.network.receptive_field.field import Field

Array = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Exemplars:
    """Patches of a layer's filters, each patch once.

    Attributes:
        entries: For each filter: "inputs" (numbers of the probe's inputs),
            "values" (responses), "cells" (places in the atlas) and, with
            labels, "classes" and "entropy" (of the classes, in bits).
        atlas: The patches.
    """

    entries: dict[int, dict[str, Any]]
    atlas: Atlas


def find_exemplars(
    sample: Sample,
    measured: Measured,
    filters: Sequence[int],
    field: Field,
    count: int,
    mean: Array,
    value_range: tuple[float, float],
) -> Exemplars:
    """Finds the patches that excite filters most, at most one of an input.

    Args:
        sample: The inputs.
        measured: Responses to them.
        filters: Indices of filters.
        field: The layer's receptive field.
        count: Patches for each filter.
        mean: Mean of each channel of the data.
        value_range: Values that are drawn black and white.

    Returns:
        The patches of each filter, those that excite it most first.
    """
    atlas = Atlas(sample, field, measured.map, mean, value_range)
    entries = {}
    for index in filters:
        peaks = np.nan_to_num(measured.peaks[:, index], nan=-np.inf)
        best = _largest(peaks, count)
        positions = measured.positions[best, index]
        places = [
            (int(i), int(p)) for i, p in zip(best, positions, strict=True)
        ]
        entry: dict[str, Any] = {
            "inputs": [input_ for input_, _ in places],
            "values": [float(f"{value:.3g}") for value in peaks[best]],
            "cells": [atlas.add(*place) for place in places],
        }
        if sample.labels is not None:
            classes = sample.labels[best]
            entry["classes"] = [int(c) for c in classes]
            entry["entropy"] = _entropy(classes)
        entries[int(index)] = entry
    return Exemplars(entries, atlas)


def _largest(values: Array, count: int) -> npt.NDArray[np.int64]:
    """Where the largest are, in descending order; the first of equal ones."""
    count = min(count, len(values))
    least = np.partition(values, -count)[-count]
    some = np.flatnonzero(values >= least)
    order = np.argsort(-values[some], kind="stable")
    return np.asarray(some[order][:count])


def _entropy(classes: npt.NDArray[np.int64]) -> float:
    shares = np.unique(classes, return_counts=True)[1] / len(classes)
    return round(float(-(shares * np.log2(shares)).sum()), 4) + 0.0
