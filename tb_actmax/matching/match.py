"""Counterparts of filters in another training, in a notebook."""

import dataclasses
import os

import numpy as np
import numpy.typing as npt

from tb_actmax.matching import pairing as matching
from tb_actmax.records import event
from tb_actmax.records.reader import read_layer


@dataclasses.dataclass(frozen=True)
class Match:
    """Counterparts of one layer's filters in another training.

    Attributes:
        filters: (n,) filters of the first training.
        counterparts: (n,) the filter of the second that responds most alike,
            each taken once.
        r: (n,) correlation of their responses to the probe; under .5 there is
            no counterpart to speak of.
        cka: Similarity of the layers as a whole (linear CKA), at most 1.
    """

    filters: npt.NDArray[np.int64]
    counterparts: npt.NDArray[np.int64]
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
    """Finds which filter of one training is which filter of another.

    Both must have been given the same probe. No model is needed, only logs.

    Args:
        run_a: Log directory of a training.
        run_b: Log directory of another training, or the same.
        layer: Path of the layer.
        epoch: The epoch; `None` for the newest of each.
        layer_b: Path of the second training's layer; the same if `None`.
        epoch_b: The second training's epoch; the same if `None`.

    Returns:
        The counterparts.

    Raises:
        FileNotFoundError: If a directory holds no events.
        ValueError: If a layer or epoch is not logged, or the probes differ.

    Example:

    ```python
    found = tb_actmax.match("logs/first", "logs/second", "conv2")
    alike = found.r >= 0.5
    ```
    """
    first = _signatures(run_a, layer, epoch)
    second = _signatures(
        run_b, layer_b or layer, epoch if epoch_b is None else epoch_b
    )
    found = matching.match(first, second)
    own, others, r = zip(*found.pairs, strict=True)
    return Match(
        np.array(own, np.int64),
        np.array(others, np.int64),
        np.array(r),
        found.cka,
    )


def _signatures(
    run: str | os.PathLike[str], layer: str, epoch: int | None
) -> matching.Signatures:
    _, blobs = read_layer(run, layer, epoch)
    logged = event.decode(blobs)
    place = matching.position(logged.header)
    return matching.read_signatures(logged.header, logged.extra[place])
