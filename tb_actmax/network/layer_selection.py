"""Chooses layers by name, and their filters."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import keras

from tb_actmax.network.default_layers import choose_default
from tb_actmax.network.filter_selection import (
    Filters,
    FiltersByLayer,
    choose_objectives,
)
from tb_actmax.network.layers import Targets
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective

# Names of layers, or a dict of each layer's filters; "all" for every
# convolution; `None` for the layers that `default_layers` chooses.
Layers: TypeAlias = (
    str
    | keras.layers.Layer
    | Iterable[str | keras.layers.Layer]
    | Mapping[str, Filters]
    | None
)


def choose_by_layer(
    targets: Targets,
    layers: Layers,
    filters: FiltersByLayer,
    model: keras.Model,
) -> dict[str, list[Objective]]:
    """Chooses layers, and the objectives of each, in running order.

    Raises:
        ValueError: If a layer or filter is unknown. The message says what would
            have worked.
        NotShownError: If no layer is named and there is nothing to choose.
    """
    if isinstance(layers, Mapping):
        filters, layers = layers, list(layers)
    if layers is None:
        chosen = choose_default(targets.values(), model)
    elif layers in ("all", ["all"]) and "all" not in targets:
        chosen = choose_default(targets.values(), model, most=None)
    else:
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
    targets: Targets,
    names: str | keras.layers.Layer | Iterable[str | keras.layers.Layer],
) -> list[Target]:
    """Chooses layers by path, or by a short name that only one of them has.

    Raises:
        ValueError: If a name is unknown or ambiguous, or nothing is chosen. The
            message lists the names that would have worked.
    """
    if isinstance(names, str | keras.layers.Layer):
        names = [names]
    chosen = [_by_name(targets, name) for name in names]
    if not chosen:
        raise ValueError(
            f"No layer is chosen. Layers with filters: {_listed(targets)}."
        )
    return sorted(set(chosen), key=lambda target: target.order)


def passed_over(targets: Targets) -> str:
    """Returns a sentence on convolutions that are not shown, else `""`."""
    missing = [p for p, one in targets.unreached.items() if one.expected]
    if not missing:
        return ""
    reason = targets.unreached[missing[0]].reason
    return (
        f"Not shown: {', '.join(missing)}. The layer {missing[0]!r} {reason}."
    )


def _by_name(targets: Targets, name: object) -> Target:
    for target in targets.values():
        if target.layer is name:  # its first call
            return target
    if isinstance(name, keras.layers.Layer):
        name = name.name
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
    for path, one in targets.unreached.items():
        if f"/{path}".endswith(f"/{name}"):
            raise ValueError(f"The layer {path!r} {one.reason}.")
    raise ValueError(
        f"The model has no layer {name!r} with filters.{_hint(targets, name)} "
        f"Layers with filters: {_listed(targets)}."
    )


def _hint(targets: Targets, name: str) -> str:
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
