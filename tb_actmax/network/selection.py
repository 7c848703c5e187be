"""Chooses layers by name, filters by number, objectives that fit a layer."""

import dataclasses
import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from tb_actmax import objectives
from tb_actmax.network.layers import Target, is_convolution
from tb_actmax.objectives import Objective, Term


def choose_layers(
    targets: dict[str, Target], names: Iterable[str] | str | None
) -> list[Target]:
    """Chooses layers by path, or by a short name that only one of them has.

    Args:
        targets: As `find_targets` returns.
        names: Paths or short names; `None` for every convolution.

    Returns:
        The targets, in the order the model runs them.

    Raises:
        ValueError: If a name is unknown or ambiguous, or nothing is chosen;
            with the names that would have worked.
    """
    if names is None:
        chosen = [t for t in targets.values() if is_convolution(t.layer)]
        if not chosen:
            raise ValueError(
                "The model has no convolution. Name the layers to maximize: "
                f"{_listed(targets)}."
            )
        return chosen
    if isinstance(names, str):
        names = [names]
    chosen = [_by_name(targets, name) for name in names]
    if not chosen:
        raise ValueError(
            f"No layer is chosen. Layers with filters: {_listed(targets)}."
        )
    return sorted(set(chosen), key=lambda target: target.order)


def _by_name(targets: dict[str, Target], name: str) -> Target:
    if not isinstance(name, str):
        raise ValueError(
            f"A layer is named by a string, not by {name!r}. Layers with "
            f"filters: {_listed(targets)}."
        )
    if name in targets:
        return targets[name]
    short = [path for path in targets if path.endswith(f"/{name}")]
    if len(short) == 1:
        return targets[short[0]]
    if short:
        raise ValueError(
            f"Several layers are called {name!r}; say which: "
            f"{', '.join(short)}."
        )
    raise ValueError(
        f"The model has no layer {name!r} with filters.{_hint(targets, name)} "
        f"Layers with filters: {_listed(targets)}."
    )


def _hint(targets: dict[str, Target], name: str) -> str:
    """What may have been meant by a name that is none."""
    inside = [path for path in targets if f"/{name}/" in f"/{path}"]
    if inside:
        return f" It holds {_listed(inside)}."
    called, _, call = name.rpartition(":")
    if call.isdigit() and any(f"/{p}".endswith(f"/{called}") for p in targets):
        return (
            f" {called!r} is not called so often with the input that is "
            "maximized; another input is maximized where this one is held."
        )
    # Of nested layers people know the last names.
    depth = name.count("/") + 1
    known = {"/".join(path.split("/")[-depth:]): path for path in targets}
    known |= {path: path for path in targets}
    near = difflib.get_close_matches(name, known, n=6)
    meant = dict.fromkeys(known[one] for one in near)
    if not meant:
        return ""
    return f" Did you mean {' or '.join(map(repr, list(meant)[:3]))}?"


def _listed(paths: Iterable[str]) -> str:
    paths = list(paths)
    if len(paths) > 60:
        return f"{', '.join(paths[:60])} and {len(paths) - 60} more"
    return ", ".join(paths) or "none"


def choose_filters(target: Target, filters: Any) -> list[int]:
    """Chooses filters of a layer.

    Args:
        target: The layer.
        filters: An int (that many, evenly spread, or all where the layer has
            fewer), "all", or a sequence of indices (negative ones count from
            the end).

    Returns:
        Indices in 0 ... `target.filters` - 1.

    Raises:
        ValueError: If an index is out of range, or nothing is chosen.
    """
    count = target.filters
    if filters is None or filters == "all":
        return list(range(count))
    if isinstance(filters, int) and not isinstance(filters, bool):
        if filters < 1:
            raise ValueError(f"filters must be at least 1, not {filters}.")
        if filters >= count:
            return list(range(count))
        return [int(i * count / filters) for i in range(filters)]
    if isinstance(filters, str) or not isinstance(filters, Iterable):
        raise ValueError(
            'filters must be an int, "all" or a list of indices, not '
            f"{filters!r}."
        )
    chosen = []
    for index in filters:
        number = int(index)
        if number != index or not -count <= number < count:
            raise ValueError(
                f"Layer {target.path!r} has no filter {index!r}; it has "
                f"{count}: 0 ... {count - 1}."
            )
        chosen.append(number % count)
    if not chosen:
        raise ValueError(f"No filter of layer {target.path!r} is chosen.")
    return list(dict.fromkeys(chosen))


def choose_objectives(target: Target, filters: Any) -> list[Objective]:
    """What is to be maximized in a layer.

    Args:
        target: The layer.
        filters: As `choose_filters` takes it, or an objective, or a
            sequence of indices and objectives.

    Returns:
        Objectives with indices in range; each variant of a diverse one.

    Raises:
        ValueError: If an objective does not fit the layer.
    """
    if isinstance(filters, Objective):
        filters = [filters]
    mixed = isinstance(filters, Sequence) and not isinstance(filters, str)
    if not mixed or not any(isinstance(f, Objective) for f in filters):
        return [
            objectives.filter(index)
            for index in choose_filters(target, filters)
        ]
    chosen: list[Objective] = []
    for wanted in filters:
        if not isinstance(wanted, Objective):
            chosen += choose_objectives(target, [wanted])
            continue
        fitted = tuple(_fitted(target, term) for term in wanted.terms)
        fits = dataclasses.replace(wanted, terms=fitted)
        chosen += [
            dataclasses.replace(fits, variant=variant)
            for variant in range(wanted.variants)
        ]
    return list(dict.fromkeys(chosen))


def _fitted(target: Target, term: Term) -> Term:
    if term.size is not None and term.size != target.filters:
        raise ValueError(
            f"Layer {target.path!r} has {target.filters} filters; the "
            f"direction has {term.size} weights."
        )
    indices = choose_filters(target, [index for index, _ in term.weights])
    if len(indices) != len(term.weights):
        raise ValueError(f"A filter is named twice in {term.label!r}.")
    if isinstance(term.place, tuple):
        if target.positions is None:
            raise ValueError(
                f"Layer {target.path!r} has no positions; leave out row and "
                "column."
            )
        positions = target.positions
        if len(term.place) != len(positions) or not all(
            0 <= index < count
            for index, count in zip(term.place, positions, strict=True)
        ):
            words = ("slices", "rows", "columns")[-len(positions) :]
            counts = zip(positions, words, strict=True)
            sizes = ", ".join(f"{count} {word}" for count, word in counts)
            raise ValueError(
                f"The map of layer {target.path!r} has {sizes}; there is no "
                f"position {term.place}."
            )
    pairs = [
        (index, weight)
        for index, (_, weight) in zip(indices, term.weights, strict=True)
    ]
    return dataclasses.replace(term, weights=tuple(pairs))
