"""Scalars that TensorBoard shows of a layer, beside the loss."""

from collections.abc import Sequence

from tb_actmax.records.header import FilterEntry


def summarize(layer: str, entries: Sequence[FilterEntry]) -> dict[str, float]:
    """Summarizes a layer in a few scalars.

    Args:
        layer: Path of the layer.
        entries: The header's entries.

    Returns:
        `actmax/<layer>/dead` and `/weak`, shares of the filters from 0 to 1;
        `/settled`, such a share from the second event on; and `/lift`, the
        mean of the filters, where it is measured.
    """
    shares = {}
    for status in ("dead", "weak"):
        marked = [entry.get("status") == status for entry in entries]
        shares[status] = sum(marked) / max(len(marked), 1)
    measures = {
        "settled": [entry.get("settled") for entry in entries],
        "lift": [entry.get("lift") for entry in entries],
    }
    for name, values in measures.items():
        known = [value for value in values if value is not None]
        if known:
            shares[name] = sum(known) / len(known)
    return {f"actmax/{layer}/{name}": share for name, share in shares.items()}
