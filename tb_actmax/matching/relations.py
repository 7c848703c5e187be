"""Finds filters of a layer that respond alike, and arranges all on a map."""

import dataclasses
from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from tb_actmax.matching.pairing import unit_rows
from tb_actmax.matching.signature import MatchError, Signatures

Array = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

TWINS = 0.9  # correlation of the responses of filters that do the same
_MOST_RELAXED = 1024  # filters whose distances are drawn, not only projected
_ROUNDS = 40  # of the relaxation
_HOLD = 0.3  # pull to the positions at the reference, beside that of a filter
_CLOSEST = 1e-6  # squared distance of two points, below which they are one
_ALIVE = 1e-9  # shortest signature of a filter that responds to anything


@dataclasses.dataclass(frozen=True)
class Relations:
    """The relations between the filters of one layer."""

    filters: list[int]  # index of each filter
    # Every two filters of a group have a correlation of at least `TWINS`.
    groups: list[list[int]]
    # For each filter, the index in `filters` of the filter that responds most
    # like it; -1 for none.
    nearest: list[int]
    r: list[float]  # the correlation with it
    # Places on a map from -1 to 1, (filters, 2), on which filters that respond
    # alike are close. Filters without responses are in the middle.
    positions: Array


def relate(
    signatures: Signatures,
    reference: Signatures,
    dead: Collection[int] = (),
) -> Relations:
    """Finds the twins of a layer, and arranges its filters on a map.

    The map of the `reference`, the layer at another epoch, fixes the
    orientation, so that filters do not jump between epochs. `dead` filters have
    no twin.

    Raises:
        MatchError: If the two had different probes.
    """
    if not signatures.of_same_probe(reference):
        raise MatchError("The probe changed within this training.")
    units = unit_rows(signatures.values)
    alive = np.linalg.norm(units, axis=1) > _ALIVE
    alive &= ~np.isin(signatures.filters, list(dead))
    # In single precision, which takes half of the memory.
    correlations = units.astype(np.float32) @ units.T.astype(np.float32)
    positions = np.zeros((len(units), 2))
    if alive.sum() > 2:
        whole = unit_rows(reference.values)
        axes = _axes(whole)
        start = (units - units[alive].mean(axis=0)) @ axes
        size = 0.0
        if max(len(units), len(whole)) > _MOST_RELAXED:
            points = start[alive]
        else:
            # Several maps fit about as well. Held near their positions at the
            # reference, filters move only as far as they change.
            begin = (whole - whole.mean(axis=0)) @ axes
            places = _relaxed(begin, whole, np.zeros((len(whole), 1)))
            _, here, there = np.intersect1d(
                signatures.filters, reference.filters, return_indices=True
            )
            start[here] = places[there]
            hold = np.zeros((len(units), 1))
            hold[here] = _HOLD
            points = _relaxed(start[alive], units[alive], hold[alive])
            if reference.filters != signatures.filters:
                size = np.abs(places).max()  # a part does not fill the map
        positions[alive] = points / max(size, np.abs(points).max(), _ALIVE)
    np.fill_diagonal(correlations, -np.inf)
    correlations[:, ~alive] = -np.inf
    correlations[~alive] = -np.inf
    nearest = correlations.argmax(axis=1)
    r = correlations[np.arange(len(units)), nearest]
    known = np.isfinite(r)
    return Relations(
        signatures.filters,
        _groups(correlations, signatures.filters),
        np.where(known, nearest, -1).tolist(),
        np.where(known, r, 0).round(4).tolist(),
        positions.round(4),
    )


def _groups(correlations: Singles, filters: list[int]) -> list[list[int]]:
    """Returns groups whose members are all twins of each other.

    The filter with the most twins starts a group; the filters most like it
    join.
    """
    twins: npt.NDArray[np.bool_] = np.asarray(correlations >= TWINS)
    free: npt.NDArray[np.bool_] = np.asarray(twins.any(axis=1))
    groups = []
    for first in np.argsort(-twins.sum(axis=1), kind="stable"):
        if not free[first]:
            continue
        members = [int(first)]
        may_join = twins[first] & free
        while may_join.any():
            member = int(
                np.where(may_join, correlations[first], -np.inf).argmax()
            )
            members.append(member)
            may_join &= twins[member]
        free[members] = False
        if len(members) > 1:
            groups.append(sorted(filters[member] for member in members))
    return sorted(groups, key=lambda group: (-len(group), group))


def _axes(units: Array) -> Array:
    """Returns the first two principal axes, with fixed signs."""
    centred = units - units.mean(axis=0)
    # Of the covariances, which are few: a tenth of the time of all filters'.
    _, columns = np.linalg.eigh(centred.T @ centred)
    axes = columns[:, :-3:-1]
    largest = np.abs(axes).argmax(axis=0)
    return np.asarray(axes * np.sign(axes[largest, np.arange(axes.shape[1])]))


def _relaxed(start: Array, units: Array, hold: Array) -> Array:
    """Moves points until their distances match those of the responses.

    This majorizes the stress (SMACOF; de Leeuw, 1977), plus `hold`, (points, 1),
    times the squared distance of each point from its start. Then the map is
    rotated back to its start.
    """
    count = len(start)
    # In single precision and in place, which takes a sixth of the time.
    correlations = (units @ units.T).astype(np.float32)
    wanted = np.sqrt(np.clip(1 - correlations, 0, 2))
    ratio = np.empty_like(wanted)
    begin = moved = start.astype(np.float32)
    hold = hold.astype(np.float32)
    for _ in range(_ROUNDS):
        squares = (moved**2).sum(axis=1)
        np.matmul(moved, -2 * moved.T, out=ratio)
        ratio += squares
        ratio += squares[:, None]
        np.sqrt(np.maximum(ratio, _CLOSEST, out=ratio), out=ratio)
        np.divide(wanted, ratio, out=ratio)
        np.fill_diagonal(ratio, 0)
        moved = (ratio.sum(axis=1)[:, None] * moved - ratio @ moved) / count
        moved = (moved + hold * begin) / (1 + hold)
    points = moved.astype(np.float64)
    points -= points.mean(axis=0) - start.mean(axis=0)
    left, _, right = np.linalg.svd(points.T @ start)
    return np.asarray(points @ (left @ right))
