"""Chooses what is maximized: layers by name, filters by number, objectives."""

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

import keras
import numpy as np

from tb_actmax import objectives
from tb_actmax.errors import NotShownError
from tb_actmax.network.layers import Target
from tb_actmax.objectives import ActivationFunction, Function, Objective, Term

# Filters of one layer: that many, evenly spread; all; or those of a list, which
# may hold objectives and functions of activations. `None` stands for 16.
Filters: TypeAlias = (
    int
    | Literal["all"]
    | Objective
    | ActivationFunction
    | Iterable[int | Objective | ActivationFunction]
    | None
)
# The same for all layers, or by the name of the layer.
FiltersByLayer: TypeAlias = Filters | Mapping[str, Filters]
# Names of layers, alone or with the filters of each. `None` stands for every
# convolution.
Layers: TypeAlias = (
    str
    | keras.layers.Layer
    | Iterable[str | keras.layers.Layer]
    | Mapping[str, Filters]
    | None
)

_DEFAULT = 16  # filters of a layer


def choose_by_layer(
    targets: dict[str, Target], layers: Layers, filters: FiltersByLayer
) -> dict[str, list[Objective]]:
    """Chooses layers, and the objectives of each.

    Args:
        targets: The model's layers, by path.
        layers: Names of layers, alone or with the filters of each; `None` for
            every convolution.
        filters: Filters of all layers, or by layer.

    Returns:
        Objectives by the layer's path, in the order the model runs its layers.

    Raises:
        ValueError: If a layer or filter is unknown. The message says what would
            have worked.
    """
    if isinstance(layers, Mapping):
        filters, layers = layers, list(layers)
    chosen = choose_layers(targets, layers)
    if not isinstance(filters, Mapping):
        return {t.path: choose_objectives(t, filters) for t in chosen}
    by_path = {_by_name(targets, name).path: filters[name] for name in filters}
    unused = sorted(set(by_path) - {target.path for target in chosen})
    if unused:
        raise ValueError(
            f"filters names layers that are not maximized: {', '.join(unused)}."
            f" Maximized are: {', '.join(t.path for t in chosen)}."
        )
    return {t.path: choose_objectives(t, by_path.get(t.path)) for t in chosen}


def choose_layers(
    targets: dict[str, Target],
    names: str | keras.layers.Layer | Iterable[str | keras.layers.Layer] | None,
) -> list[Target]:
    """Chooses layers by path, or by a short name that only one of them has.

    Args:
        targets: See `find_targets`.
        names: Paths, short names or layers; `None` for every convolution, or
            for the units of a model without any.

    Returns:
        The targets, in the order the model runs them.

    Raises:
        ValueError: If a name is unknown or ambiguous, or nothing is chosen. The
            message lists the names that would have worked.
        NotShownError: If no name is given and there is nothing to choose.
    """
    if names is None:
        return _default_layers(targets)
    if isinstance(names, str | keras.layers.Layer):
        names = [names]
    chosen = [_by_name(targets, name) for name in names]
    if not chosen:
        raise ValueError(
            f"No layer is chosen. Layers with filters: {_listed(targets)}."
        )
    return sorted(set(chosen), key=lambda target: target.order)


def _default_layers(targets: dict[str, Target]) -> list[Target]:
    """Chooses the layers to show if none is named.

    They are all convolutions. In a model without any, they are the dense layers
    that act at positions (the first one, which embeds patches, and those with
    an activation) and the last dense layer, the classes.
    """
    chosen = [t for t in targets.values() if t.convolution]
    if chosen:
        return chosen
    dense = [
        t for t in targets.values() if isinstance(t.layer, keras.layers.Dense)
    ]
    if not dense:
        raise NotShownError(
            "the model has no convolution and no dense layer that reads an "
            f"image. Name the layers to show: {_listed(targets)}."
        )
    acting = [t for t in dense if t.spatial]
    hidden = [t for t in acting if t.hidden]
    return sorted(
        {*acting[:1], *hidden, dense[-1]}, key=lambda target: target.order
    )


def _by_name(targets: dict[str, Target], name: object) -> Target:
    for target in targets.values():
        if target.layer is name:  # its first call
            return target
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
    """Suggests names in place of one that does not exist."""
    inside = [path for path in targets if f"/{name}/" in f"/{path}"]
    if inside:
        return f" It holds {_listed(inside)}."
    called, _, call = name.rpartition(":")
    calls = [path for path in targets if f"/{called}:" in f"/{path}:"]
    if call.isdigit() and calls:
        times = {1: "once", 2: "twice"}.get(len(calls), f"{len(calls)} times")
        return (
            f" {called!r} is called only {times} on the maximized input; "
            f"{name!r} does not exist."
        )
    # Users know the last names of nested layers.
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


def choose_filters(target: Target, filters: Filters) -> list[int]:
    """Chooses filters of a layer by number.

    Args:
        target: The layer.
        filters: An int (that many, evenly spread, or all if the layer has
            fewer), "all", indices (negative ones count from the end), or
            `None` for 16.

    Returns:
        Indices in 0 ... `target.filters` - 1.

    Raises:
        ValueError: If an index is out of range, or nothing is chosen.
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


def _whole(index: Any) -> int | None:
    """Returns an index as an int; `None` if it is no whole number."""
    try:
        number = int(index)
    except (TypeError, ValueError):
        return None
    return number if number == index else None


def choose_objectives(target: Target, filters: Filters) -> list[Objective]:
    """Chooses the objectives of a layer.

    Args:
        target: The layer.
        filters: See `choose_filters`; or an objective, a function of the
            layer's activations, or a list of indices, objectives and
            functions.

    Returns:
        Objectives with indices in range and unique labels; each variant of a
        diverse one.

    Raises:
        ValueError: If an objective does not fit the layer, or two have the
            same label.
    """
    if isinstance(filters, Objective) or callable(filters):
        filters = [filters]
    if isinstance(filters, int | np.integer | str) or not isinstance(
        filters, Iterable
    ):
        filters = choose_filters(target, filters)
    wanted = list(filters)
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

    Args:
        target: The layer.
        term: The term.
        names: Names of the functions so far; that of a new one is added.
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
