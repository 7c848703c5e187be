"""Scalars that TensorBoard shows of a network, beside the loss."""

from collections.abc import Sequence

from tb_actmax.records.header import FilterEntry


def summarize(entries: Sequence[FilterEntry]) -> dict[str, float]:
    """Summarizes the filters of a network in few scalars.

    One card each among those of the loss, whose names come first in the
    alphabet: the tab shows the layers.

    Args:
        entries: The headers' entries of all layers.

    Returns:
        `tb_actmax/dead`, a share of the filters from 0 to 1, and
        `tb_actmax/settled`, a share of those that live and of which it is
        known, from the second event on.
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
