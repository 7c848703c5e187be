"""Reads the events of an example with TensorBoard's reader."""

import io
import json
import re
from typing import Any

import numpy as np
from PIL import Image
from tensorboard.backend.event_processing import plugin_event_multiplexer

from tb_actmax.records.event import unchanged_since


def read_events(log_dir: str) -> dict[str, dict[int, list[bytes]]]:
    """Reads with TensorBoard's reader: blobs by tag and step."""
    reader = plugin_event_multiplexer.EventMultiplexer(
        tensor_size_guidance={"actmax": 0}, size_guidance={"tensors": 0}
    )
    reader.AddRunsFromDirectory(log_dir)
    reader.Reload()
    events: dict[str, dict[int, list[bytes]]] = {}
    for run, tags in reader.PluginRunToTagToContent("actmax").items():
        for tag in tags:
            for event in reader.Tensors(run, tag):
                blobs = list(event.tensor_proto.string_val)
                steps = events.setdefault(tag, {})
                # The last epoch again, where `fit` ends by setting weights back.
                again = event.step in steps and event.step < max(steps)
                assert not again, f"{tag} is logged twice"
                since = unchanged_since(blobs)
                steps[event.step] = blobs if since is None else steps[since]
    return events


def decoded(blobs: list[bytes]) -> tuple[dict[str, Any], np.ndarray]:
    """Decodes a header and its images (n, *size, channels)."""
    header = json.loads(blobs[0])
    low, high = header["value_range"]
    size = [header["height"], header["width"]]
    if "depth" in header:
        size.insert(0, header["depth"])
    channels = header["channels"]
    images = []
    for blob in blobs[1 : 1 + len(header["filters"])]:
        pixels = np.asarray(Image.open(io.BytesIO(blob)), np.float32)
        if channels == 3:
            pixels = pixels.reshape(*size, 3)
        else:
            pixels = np.moveaxis(pixels.reshape(channels, *size), 0, -1)
        images.append(low + pixels / 255 * (high - low))
    return header, np.stack(images)


def missing_layers(example: Any, events: Any) -> list[str]:
    faults = [
        f"no layer {wanted}, only {', '.join(events) or 'none'}"
        for wanted in example.layers
        if not any(re.fullmatch(wanted, path) for path in events)
    ]
    twice = [
        path
        for path in events
        if ":" in path
        and not any(re.fullmatch(one, path) for one in example.layers)
    ]
    return faults + [f"{path} is the same layer again" for path in twice]
