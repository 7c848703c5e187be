"""A layer in a few numbers, for the Scalars tab."""

from collections.abc import Mapping, Sequence
from typing import Any


def summarize(
    layer: str, entries: Sequence[Mapping[str, Any]]
) -> dict[str, float]:
    """Shares of a layer's filters.

    Args:
        layer: Path of the layer.
        entries: The header's entries.

    Returns:
        `actmax/<layer>/dead`, `.../weak` and, from the second look on,
        `.../settled`: shares of the filters, 0 to 1; and `.../lift`, their
        mean, where it is measured.
    """
    shares = {}
    for status in ("dead", "weak"):
        marked = [entry.get("status") == status for entry in entries]
        shares[status] = sum(marked) / max(len(marked), 1)
    for name in ("settled", "lift"):
        known = [entry[name] for entry in entries if name in entry]
        if known:
            shares[name] = sum(known) / len(known)
    return {f"actmax/{layer}/{name}": share for name, share in shares.items()}
