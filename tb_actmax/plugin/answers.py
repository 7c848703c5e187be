"""Makes answers of events: images of a layer, series over epochs."""

import json
import struct
from collections.abc import Collection, Sequence
from typing import Any

from tensorboard import errors

from tb_actmax.plugin.store import Sequences, Store
from tb_actmax.records import event

MOST_IMAGES = 8192  # images of one answer
MOST_BYTES = 96 << 20  # bytes of one answer

# Measures of an entry that are no measures: they identify or explain it.
_NOT_MEASURED = frozenset(("filter", "label", "status", "key", "exemplars"))


def images_answer(
    store: Store,
    ctx: Any,
    experiment: str,
    run: str,
    tag: str,
    steps: Sequence[int],
    keys: Collection[str],
    extra: bool,
) -> bytes:
    """Images of a layer at some epochs, in one piece.

    Args:
        store: Where to read.
        ctx: Request context.
        experiment: Experiment.
        run: Run.
        tag: Path of the layer.
        steps: Epochs.
        keys: Images to send; all where empty.
        extra: Whether to send the extra images too.

    Returns:
        Length of the JSON (uint32, little-endian), the JSON and the images.

    Raises:
        InvalidArgumentError: If the answer would be too large.
        NotFoundError: If there is no such layer.
    """
    sequences = store.sequences(ctx, experiment, run, tag, steps)
    good, failed = headers(store, ctx, sequences)
    answer: dict[str, Any] = {
        "events": [],
        "missing": sorted(set(steps) - sequences.keys()),
        "errors": failed,
    }
    body = _Body()
    for step, header in good.items():
        wall_time, blobs = sequences[step]
        names = event.image_keys(header["filters"])
        chosen = [i for i, name in enumerate(names) if not keys or name in keys]
        header["filters"] = [
            {**header["filters"][i], "key": names[i]} for i in chosen
        ]
        wanted = [blobs[1 + i] for i in chosen]
        more = blobs[1 + len(names) :] if extra else ()
        body.reserve(len(wanted) + len(more))
        read = store.read(ctx, [*wanted, *more])
        answer["events"].append(
            {
                "step": step,
                "wall_time": wall_time,
                "header": header,
                "images": [
                    {"key": names[i], **body.add(image)}
                    for i, image in zip(chosen, read, strict=False)
                ],
                "extra": [body.add(image) for image in read[len(chosen) :]],
            }
        )
    text = json.dumps(answer, allow_nan=False).encode()
    return b"".join([struct.pack("<I", len(text)), text, *body.parts])


class _Body:
    """The images of an answer, back to back."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._count = 0
        self._length = 0

    def reserve(self, count: int) -> None:
        self._count += count
        if self._count > MOST_IMAGES:
            raise errors.InvalidArgumentError(
                f"One request can ask for {MOST_IMAGES} images; ask for fewer "
                "steps or keys at once."
            )

    def add(self, data: bytes | errors.PublicError) -> dict[str, Any]:
        if isinstance(data, errors.PublicError):
            return {"error": "The image is gone."}
        if event.image_type(data) is None:
            return {"error": "What is stored is not a PNG or WebP image."}
        offset = self._length
        self._length += len(data)
        if self._length > MOST_BYTES:
            raise errors.InvalidArgumentError(
                f"One request can ask for {MOST_BYTES >> 20} MiB; ask for "
                "fewer steps or keys at once."
            )
        self.parts.append(data)
        return {"offset": offset, "size": len(data)}


def series_answer(
    store: Store, ctx: Any, experiment: str, run: str, tag: str
) -> dict[str, Any]:
    """Measures of all filters of a layer over all epochs, without images.

    Returns:
        The answer of the route `series`, as docs/http_api.md describes it.

    Raises:
        NotFoundError: If there is no such layer.
    """
    sequences = store.sequences(ctx, experiment, run, tag)
    good, failed = headers(store, ctx, sequences)
    epochs, times, layer = [], [], []
    columns: list[dict[str, dict[str, Any]]] = []
    for step, header in good.items():
        filters = header.pop("filters")
        epochs.append(step)
        times.append(sequences[step][0])
        layer.append(header)
        keys = event.image_keys(filters)
        columns.append(dict(zip(keys, filters, strict=True)))
    entries = {
        key: entry for column in columns for key, entry in column.items()
    }
    names = sorted(
        {
            name
            for column in columns
            for entry in column.values()
            for name, value in entry.items()
            if name not in _NOT_MEASURED and isinstance(value, int | float)
        }
    )
    keys = sorted(
        entries, key=lambda key: (entries[key].get("filter") or 0, key)
    )
    return {
        "epochs": epochs,
        "wall_times": times,
        "keys": keys,
        "filters": [entries[key].get("filter") for key in keys],
        "values": {
            name: [
                [column.get(key, {}).get(name) for column in columns]
                for key in keys
            ]
            for name in names
        },
        "status": [
            [column.get(key, {}).get("status") for column in columns]
            for key in keys
        ],
        "layer": layer,
        "errors": failed,
    }


def headers(
    store: Store, ctx: Any, sequences: Sequences
) -> tuple[dict[int, dict[str, Any]], list[dict[str, Any]]]:
    """Headers by epoch, and the epochs whose event cannot be read."""
    good: dict[int, dict[str, Any]] = {}
    failed: list[dict[str, Any]] = []
    full = {step: blobs for step, (_, blobs) in sequences.items() if blobs}
    read = store.read(ctx, [blobs[0] for blobs in full.values()])
    data = dict(zip(full, read, strict=True))
    for step in sequences:
        try:
            if step not in full:
                raise event.EventError("The event is empty.")
            good[step] = _header(data[step], len(full[step]))
        except event.EventError as error:
            failed.append({"step": step, "error": str(error)})
    return good, failed


def _header(data: bytes | errors.PublicError, blobs: int) -> dict[str, Any]:
    if isinstance(data, errors.PublicError):
        raise event.EventError("The event is gone.")
    header = event.decode_header(data)
    if blobs != 1 + len(header["filters"]) + header.get("extra", 0):
        raise event.EventError(
            "The number of images is not the one that the header says."
        )
    return header
