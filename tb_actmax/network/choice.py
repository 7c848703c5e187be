"""What is maximized in which layer, of what the user asked for."""

from typing import Any

from tb_actmax.network.layers import Target
from tb_actmax.network.selection import choose_layers, choose_objectives
from tb_actmax.objectives import Objective

_FEW = 16  # filters of a layer that is not named among others


def choose_by_layer(
    targets: dict[str, Target], layers: Any, filters: Any
) -> dict[str, list[Objective]]:
    """Objectives of each layer, in the order in which the model runs them.

    Args:
        targets: The model's layers, by path.
        layers: As `ActivationMaximization` takes them: names, a dict that
            maps names to filters, or `None` for every convolution.
        filters: As `ActivationMaximization` takes them, for all layers or in
            a dict per layer.

    Returns:
        Objectives by the layer's path.

    Raises:
        ValueError: If a layer or filter is unknown; with what would have
            worked.
    """
    if isinstance(layers, dict):
        layers, filters = list(layers), layers
    chosen = choose_layers(targets, layers)
    by_layer = _by_layer(targets, chosen, filters)
    return {t.path: choose_objectives(t, by_layer[t.path]) for t in chosen}


def _by_layer(
    targets: dict[str, Target], chosen: list[Target], filters: Any
) -> dict[str, Any]:
    if not isinstance(filters, dict):
        return {target.path: filters for target in chosen}
    named = {
        choose_layers(targets, [name])[0].path: some
        for name, some in filters.items()
    }
    unused = sorted(set(named) - {target.path for target in chosen})
    if unused:
        raise ValueError(
            f"filters names layers that are not maximized: {', '.join(unused)}."
            f" Maximized are: {', '.join(t.path for t in chosen)}."
        )
    return {target.path: named.get(target.path, _FEW) for target in chosen}
