"""Summarizes a network in scalars that TensorBoard shows beside the loss."""

from collections.abc import Sequence

from tb_actmax.records.header import FilterEntry


def summarize(entries: Sequence[FilterEntry]) -> dict[str, float]:
    """Summarizes the filters of a network in two scalars.

    In TensorBoard each is one card, sorted after those of the loss. The tab
    shows single layers.

    Args:
        entries: The headers' entries of all layers.

    Returns:
        `tb_actmax/dead`, the share of dead filters from 0 to 1, and, from the
        second event on, `tb_actmax/settled`, the share of settled filters among
        the others.
    """
    dead = [entry.get("status") == "dead" for entry in entries]
    settled = [
        entry.get("settled")
        for entry in entries
        if entry.get("status") != "dead"
    ]
    found = {"tb_actmax/dead": sum(dead) / max(len(dead), 1)}
    known = [value for value in settled if value is not None]
    if known:
        found["tb_actmax/settled"] = sum(known) / len(known)
    return found
