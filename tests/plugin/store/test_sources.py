"""Events in memory are equal to those of TensorBoard's data provider."""

import dataclasses

import numpy as np
import pytest
from support import event_files
from support.logs import write_log
from tensorboard import context, errors
from tensorboard.util import tensor_util

from tb_actmax.plugin.store.layers import list_events
from tb_actmax.plugin.store.sources import (
    EVERY_STEP,
    NEWEST_STEP,
    LayerName,
    MemorySource,
    ProviderSource,
)
from tb_actmax.plugin.store.store import Store

CTX = context.RequestContext()
LAYER = LayerName("", "run/actmax", "conv1")


def write(directory, *events):
    """Writes events of the plugin: step and tensor."""
    records = [event_files.record("conv1", *event) for event in events]
    event_files.write(directory / "run/actmax", records)


def blobs_of(source, event):
    return [source.blob(CTX, event, index) for index in range(event.size)]


def all_blobs(source, limit=EVERY_STEP, layer=LAYER):
    """Returns step, wall time and blobs of each event."""
    return [
        (event.step, event.wall_time, blobs_of(source, event))
        for event in source.events(CTX, layer, limit)
    ]


@pytest.mark.parametrize("limit", [EVERY_STEP, NEWEST_STEP])
def test_both_sources_give_the_same_events(python_loader, tmp_path, limit):
    write_log(tmp_path / "run", {"conv1": 12, "conv2": 3}, [0, 2, 3])
    provider, multiplexer = python_loader(tmp_path)
    found = all_blobs(MemorySource(multiplexer), limit)
    assert found == all_blobs(ProviderSource(provider), limit)
    steps = [step for step, _, _ in found]
    assert steps == ([0, 2, 3] if limit == EVERY_STEP else [3])
    assert {len(blobs) for _, _, blobs in found} == {13}


def test_steps_out_of_order_and_twice(python_loader, tmp_path):
    # A file of its own for each: in one, TensorBoard drops what is later.
    events = [(4, [b"new"]), (1, [b"old", b"er"]), (4, [b"again"])]
    for number, (step, blobs) in enumerate(events):
        write(tmp_path / str(number), (step, event_files.strings(blobs)))
    provider, multiplexer = python_loader(tmp_path)
    for number, (step, blobs) in enumerate(events):
        layer = LayerName("", f"{number}/run/actmax", "conv1")
        for source in (MemorySource(multiplexer), ProviderSource(provider)):
            ((found, _, read),) = all_blobs(source, layer=layer)
            assert (found, read) == (step, blobs)

    class Twice:
        def Tensors(self, run, tag):  # noqa: N802
            return [
                tensor
                for number in range(len(events))
                for tensor in multiplexer.Tensors(f"{number}/{run}", tag)
            ]

    found = all_blobs(MemorySource(Twice()))
    assert [(step, blobs) for step, _, blobs in found] == [
        (1, [b"old", b"er"]),
        (4, [b"again"]),
    ]


def test_a_tensor_of_numbers_has_no_blobs(python_loader, tmp_path):
    numbers = tensor_util.make_tensor_proto(np.arange(3.0))
    write(tmp_path, (0, numbers), (1, event_files.strings([b"{}", b"image"])))
    _, multiplexer = python_loader(tmp_path)
    blobs = [blobs for _, _, blobs in all_blobs(MemorySource(multiplexer))]
    assert blobs == [[], [b"{}", b"image"]]


def test_blobs_that_are_gone_are_not_found(python_loader, tmp_path):
    write(tmp_path, (0, event_files.strings([b"{}", b"image"])))
    _, multiplexer = python_loader(tmp_path)
    source = MemorySource(multiplexer)
    (event,) = source.events(CTX, LAYER, EVERY_STEP)
    assert source.blob(CTX, event, 1) == b"image"
    with pytest.raises(errors.NotFoundError):
        source.blob(CTX, event, 2)
    with pytest.raises(errors.NotFoundError):
        source.blob(CTX, dataclasses.replace(event, step=7), 1)
    with pytest.raises(errors.NotFoundError):
        list(source.events(CTX, LAYER._replace(tag="other"), EVERY_STEP))
    multiplexer._accumulators.clear()
    with pytest.raises(errors.NotFoundError):
        source.blob(CTX, event, 1)
    with pytest.raises(errors.NotFoundError):
        list_events(source, CTX, LAYER, "stamp", EVERY_STEP)


def test_the_store_reads_from_memory_where_tensorboard_offers_it(
    python_loader, tmp_path
):
    write_log(tmp_path / "run", {"conv1": 2}, [0])
    provider, multiplexer = python_loader(tmp_path)
    images = []
    for store in (Store(provider, multiplexer), Store(provider)):
        (event,) = store.events(CTX, LAYER, [0])
        images.append(list(store.images(CTX, [(event, 1), (event, 2)])))
        assert (event.keys == ()) == (len(images) == 1)
    assert images[0] == images[1]
