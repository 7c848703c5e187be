"""Chooses the objectives of a layer: filters by number, or others."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np

from tb_actmax import objectives
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective
from tb_actmax.objectives.terms import ActivationFunction, Function, Term

# Filters of one layer: an int (that many, evenly spaced), "all", a list of
# indices, objectives and functions of activations, or one boolean for each
# filter. `None` stands for 16.
Filters: TypeAlias = (
    int
    | Literal["all"]
    | Objective
    | ActivationFunction
    | Iterable[int | Objective | ActivationFunction]
    | None
)
# The same filters for all layers, or filters by the layer's name.
FiltersByLayer: TypeAlias = Filters | Mapping[str, Filters]
_DEFAULT = 16  # filters of a layer
_BOOLEAN = (bool, np.bool_)

Chosen = TypeVar("Chosen")  # a filter, an objective or a function


def choose_filters(target: Target, filters: Filters) -> list[int]:
    """Chooses filters of a layer by number, from 0.

    Args:
        target: The layer.
        filters: An int (that many, evenly spaced, or all if the layer has
            fewer), "all", indices (negative ones count from the end), a boolean
            for each filter, or `None` for 16.

    Raises:
        ValueError: If an index is out of range, booleans are not as many as the
            filters, or nothing is chosen.
    """
    count = target.filters
    if filters is None:
        filters = _DEFAULT
    if isinstance(filters, str) and filters == "all":
        return list(range(count))
    if isinstance(filters, int | np.integer) and not isinstance(filters, bool):
        if filters < 1:
            raise ValueError(f"filters must be at least 1, not {filters}.")
        if filters >= count:
            return list(range(count))
        return [int(i * count / filters) for i in range(filters)]
    if isinstance(filters, str) or not isinstance(filters, Iterable):
        raise ValueError(
            'filters must be an int, "all" or a list of indices, objectives '
            f"and functions, not {filters!r}."
        )
    filters = _without_mask(target, filters)
    chosen = []
    for index in filters:
        number = _whole(index)
        if number is None or not -count <= number < count:
            raise ValueError(
                f"Layer {target.path!r} has no filter {index!r}; it has "
                f"{count}: 0 ... {count - 1}."
            )
        chosen.append(number % count)
    if not chosen:
        raise ValueError(f"No filter of layer {target.path!r} is chosen.")
    return list(dict.fromkeys(chosen))


def _without_mask(
    target: Target, filters: Iterable[Chosen]
) -> list[Chosen | int]:
    """Returns the indices that a mask selects; a list of all else."""
    if hasattr(filters, "dtype"):
        filters = np.asarray(filters)
    wanted: list[Chosen | int] = list(filters)
    if not wanted or not all(isinstance(one, _BOOLEAN) for one in wanted):
        return wanted
    if len(wanted) != target.filters:
        raise ValueError(
            f"Layer {target.path!r} has {target.filters} filters; the mask has "
            f"{len(wanted)} booleans. Give one for each filter, or indices."
        )
    return [index for index, chosen in enumerate(wanted) if chosen]


def _whole(index: Any) -> int | None:
    """Returns an index as an int; `None` if it is not a whole number."""
    if isinstance(index, _BOOLEAN):
        return None
    try:
        number = int(index)
    except (TypeError, ValueError):
        return None
    return number if number == index else None


def choose_objectives(target: Target, filters: Filters) -> list[Objective]:
    """Chooses the objectives of a layer.

    Takes filters as `choose_filters` does; or an objective, a function of the
    layer's activations, or a list of indices, objectives and functions. A
    diverse objective becomes one objective for each variant.

    Raises:
        ValueError: If an objective does not fit the layer, or two have the same
            label.
    """
    if isinstance(filters, Objective) or callable(filters):
        filters = [filters]
    if isinstance(filters, int | np.integer | str) or not isinstance(
        filters, Iterable
    ):
        filters = choose_filters(target, filters)
    wanted = _without_mask(target, filters)
    if not wanted:
        raise ValueError(f"No filter of layer {target.path!r} is chosen.")
    names: dict[ActivationFunction, str] = {}
    chosen: dict[Objective, None] = {}
    for one in wanted:
        if not isinstance(one, Objective):
            if callable(one):
                one = objectives.custom(one)
            else:
                one = objectives.neuron(*choose_filters(target, [one]))
        terms = tuple(_fitted(target, term, names) for term in one.terms)
        for variant in range(one.variants):
            chosen[Objective(terms, one.variants, variant)] = None
    labels = [objective.label for objective in chosen]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise ValueError(
            f"Several objectives of layer {target.path!r} are called "
            f"{twice[0]!r}. Give functions other names."
        )
    return list(chosen)


def _fitted(
    target: Target, term: Term, names: dict[ActivationFunction, str]
) -> Term:
    """Checks a term against a layer, and makes its indices positive.

    `names` are those of the functions so far; a new function's is added.
    """
    if isinstance(term.readout, Function):
        function = term.readout
        if function.call not in names:
            name, number = function.name, 2
            while name in names.values():
                name, number = f"{function.name} {number}", number + 1
            names[function.call] = name
        named = Function(names[function.call], function.call)
        return dataclasses.replace(term, readout=named)
    if term.size is not None and term.size != target.filters:
        raise ValueError(
            f"Layer {target.path!r} has {target.filters} filters; the "
            f"direction has {term.size} weights."
        )
    indices = choose_filters(target, [index for index, _ in term.weights])
    if len(indices) != len(term.weights):
        raise ValueError(f"A filter is named twice in {term.label!r}.")
    if isinstance(term.readout, tuple):
        if target.positions is None:
            raise ValueError(
                f"Layer {target.path!r} has no positions; leave out row and "
                "column."
            )
        positions = target.positions
        if len(term.readout) != len(positions) or not all(
            0 <= index < count
            for index, count in zip(term.readout, positions, strict=True)
        ):
            words = ("slices", "rows", "columns")[-len(positions) :]
            counts = zip(positions, words, strict=True)
            sizes = ", ".join(f"{count} {word}" for count, word in counts)
            raise ValueError(
                f"The map of layer {target.path!r} has {sizes}; there is no "
                f"position {term.readout}."
            )
    pairs = [
        (index, weight)
        for index, (_, weight) in zip(indices, term.weights, strict=True)
    ]
    return dataclasses.replace(term, weights=tuple(pairs))
