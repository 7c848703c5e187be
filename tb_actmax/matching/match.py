"""Matches the filters of two trainings, in a notebook."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import numpy.typing as npt

from tb_actmax.matching.pairing import pair_filters
from tb_actmax.matching.signature import (
    Signatures,
    decode_signatures,
    signature_index,
)
from tb_actmax.records import event
from tb_actmax.records.reader import read_layer


@dataclasses.dataclass(frozen=True)
class Match:
    """The filters of a layer and their matches in another training.

    Attributes:
        filters: (n,) filters of the first training.
        matches: (n,) the matched filters of the second training; each appears
            once.
        r: (n,) correlation of their responses to the probe. Below .5, the two
            are unlike: the second training has no similar filter, or has
            matched it with another.
        cka: Similarity of the layers as a whole (linear CKA), at most 1.
    """

    filters: npt.NDArray[np.int64]
    matches: npt.NDArray[np.int64]
    r: npt.NDArray[np.float64]
    cka: float


def match(
    run_a: str | os.PathLike[str],
    run_b: str | os.PathLike[str],
    layer: str,
    epoch: int | None = None,
    *,
    layer_b: str | None = None,
    epoch_b: int | None = None,
) -> Match:
    """Matches the filters of one training with those of another.

    The responses of the filters to the probe are compared, so both trainings
    must have had the same probe. Only the logs are read; no model is needed.

    Args:
        run_a: Log directory of the first training.
        run_b: Log directory of the second training, or the same directory.
        layer: Path of the layer.
        epoch: The epoch; `None` for the newest of each training.
        layer_b: Path of the second training's layer; `None` for the same.
        epoch_b: The second training's epoch; `None` for the same.

    Returns:
        The pairs of matched filters, and the similarity of the layers.

    Raises:
        FileNotFoundError: If a directory holds no events.
        ValueError: If a layer or an epoch is not logged, or the probes differ.

    Example:

    ```python
    found = tb_actmax.match("logs/first", "logs/second", "conv2")
    learned_by_both = found.filters[found.r >= 0.5]
    ```
    """
    first = _signatures(run_a, layer, epoch)
    second = _signatures(
        run_b, layer_b or layer, epoch if epoch_b is None else epoch_b
    )
    pairing = pair_filters(first, second)
    filters, matches, r = zip(*pairing.pairs, strict=True)
    return Match(
        np.array(filters, np.int64),
        np.array(matches, np.int64),
        np.array(r),
        pairing.cka,
    )


def _signatures(
    run: str | os.PathLike[str], layer: str, epoch: int | None
) -> Signatures:
    _, blobs = read_layer(run, layer, epoch)
    logged = event.decode(blobs)
    image = logged.extra[signature_index(logged.header)]
    return decode_signatures(logged.header, image)
