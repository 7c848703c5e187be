"""Exemplars: the patches of real inputs that excite each filter most.

People predict a filter better from real patches than from optimized images, and
best from both (Borowski et al., "Exemplary natural images explain CNN
activations better than state-of-the-art feature visualization", 2021).
"""

import dataclasses
from collections.abc import Iterable
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from tb_actmax.data.fitting import FittedModel
from tb_actmax.measures.responses import Responses
from tb_actmax.measures.sprite import Sprite
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective
from tb_actmax.records.header import FilterExemplars

Array = npt.NDArray[np.float32]

_STRONGEST = 9  # inputs that images are pulled towards


class ExemplarsEntry(TypedDict, total=False):
    """The keys of a header's entry that describe exemplars."""

    entropy: float  # of their classes, in bits, if the sample has labels
    exemplars: FilterExemplars


@dataclasses.dataclass(frozen=True)
class Exemplars:
    """Exemplars of a layer's filters."""

    entries: dict[int, ExemplarsEntry]  # of the header, by the filter's index
    sprite: Sprite  # the patches


def find_exemplars(
    fitted: FittedModel,
    target: Target,
    responses: Responses,
    count: int,
    found: Exemplars | None = None,
) -> Exemplars:
    """Finds the patches that excite filters most, at most one per input.

    Finds `count` patches, the strongest first, for each filter whose peaks are
    kept in `responses`, and adds them to those `found` for other filters.
    """
    sample, statistics = fitted.sample, fitted.statistics
    frames = 1 if fitted.videos is None else fitted.videos.shape[0]
    assert sample is not None
    if found is None:
        sprite = Sprite(
            sample.images,
            target.field,
            responses.map_size,
            statistics.mean,
            statistics.value_range,
            fitted.colours,
        )
        found = Exemplars({}, sprite)
    sprite = found.sprite
    for column, index in enumerate(responses.kept):
        peaks = np.nan_to_num(responses.peaks[:, column], nan=-np.inf)
        inputs = _largest(peaks, count)
        positions = responses.peak_positions[inputs, column]
        exemplars: FilterExemplars = {
            "inputs": (inputs // frames).tolist(),
            "values": [float(f"{value:.3g}") for value in peaks[inputs]],
            "cells": list(map(sprite.add, inputs.tolist(), positions.tolist())),
        }
        places = [sprite.place(position) for position in positions.tolist()]
        if None not in places:
            exemplars["places"] = [
                pixel for place in places for pixel in place or ()
            ]
        entry: ExemplarsEntry = {}
        if sample.labels is not None:
            classes = sample.labels[inputs]
            exemplars["classes"] = classes.tolist()
            entry["entropy"] = _entropy(classes)
        entry["exemplars"] = exemplars
        found.entries[index] = entry
    return found


def strongest_inputs(
    responses: Responses, objectives: Iterable[Objective]
) -> dict[Objective, npt.NDArray[np.int64]]:
    """Returns the inputs that excite filters most, and where they do so.

    Inputs and positions in the map, counted row by row, are (k, 2), the
    strongest first. Objectives of several filters, and filters that the data
    barely excite, are left out.
    """
    found = {}
    for objective in objectives:
        index = objective.filter
        if not objective.plain or index is None:
            continue
        column = responses.kept.index(index)
        peaks = responses.peaks[:, column]
        if np.isfinite(peaks).all() and responses.status(index) == "ok":
            inputs = _largest(peaks, _STRONGEST)
            positions = responses.peak_positions[inputs, column]
            found[objective] = np.stack([inputs, positions], 1).astype(np.int64)
    return found


def _largest(values: Array, count: int) -> npt.NDArray[np.int64]:
    """Returns the indices of the largest values, in descending order."""
    count = min(count, len(values))
    # Sorting all of 1000 values takes five times as long.
    least = np.partition(values, -count)[-count]
    some = np.flatnonzero(values >= least)
    order = np.argsort(-values[some], kind="stable")
    return np.asarray(some[order][:count])


def _entropy(classes: npt.NDArray[np.int64]) -> float:
    shares = np.unique(classes, return_counts=True)[1] / len(classes)
    return round(float(-(shares * np.log2(shares)).sum()), 4) + 0.0
