"""Blobs that are in this process are those that TensorBoard gives of it."""

import numpy as np
import pytest
from support import event_files
from support.logs import write_log
from tensorboard import context, errors
from tensorboard.util import tensor_util

from tb_actmax.plugin.store.blob_index import read_places
from tb_actmax.plugin.store.sources import (
    EVERY_STEP,
    NEWEST_STEP,
    InMemory,
    Provided,
)
from tb_actmax.plugin.store.store import Store

CTX = context.RequestContext()
NAME = ("", "run/actmax", "conv1")


def write(directory, *events):
    """Writes events of ours: step and tensor."""
    records = [event_files.record("conv1", *event) for event in events]
    event_files.write(directory / "run/actmax", records)


def all_blobs(source, most=EVERY_STEP):
    """Step, wall time and blobs of each event."""
    return [
        (step, at, [source.blob(CTX, key) for key in keys])
        for step, at, keys in source.events(CTX, NAME, most)
    ]


@pytest.mark.parametrize("most", [EVERY_STEP, NEWEST_STEP])
def test_they_are_the_same(python_loader, tmp_path, most):
    write_log(tmp_path / "run", {"conv1": 12, "conv2": 3}, [0, 2, 3])
    provider, multiplexer = python_loader(tmp_path)
    found = all_blobs(InMemory(multiplexer), most)
    assert found == all_blobs(Provided(provider), most)
    steps = [step for step, _, _ in found]
    assert steps == ([0, 2, 3] if most == EVERY_STEP else [3])
    assert {len(blobs) for _, _, blobs in found} == {13}


def test_steps_out_of_order_and_twice(python_loader, tmp_path):
    # A file of its own for each: in one, TensorBoard drops what is later.
    events = [(4, [b"new"]), (1, [b"old", b"er"]), (4, [b"again"])]
    for number, (step, blobs) in enumerate(events):
        write(tmp_path / str(number), (step, event_files.strings(blobs)))
    provider, multiplexer = python_loader(tmp_path)
    for number, (step, blobs) in enumerate(events):
        name = ("", f"{number}/run/actmax", "conv1")
        for source in (InMemory(multiplexer), Provided(provider)):
            ((found, _, keys),) = source.events(CTX, name, EVERY_STEP)
            assert found == step
            assert [source.blob(CTX, key) for key in keys] == blobs

    class Twice:
        def Tensors(self, run, tag):  # noqa: N802
            return [
                tensor
                for number in range(len(events))
                for tensor in multiplexer.Tensors(f"{number}/{run}", tag)
            ]

    found = all_blobs(InMemory(Twice()))
    assert [(step, blobs) for step, _, blobs in found] == [
        (1, [b"old", b"er"]),
        (4, [b"new"]),
    ]


def test_what_is_no_list_of_strings_has_no_blobs(python_loader, tmp_path):
    numbers = tensor_util.make_tensor_proto(np.arange(3.0))
    write(tmp_path, (0, numbers), (1, event_files.strings([b"{}", b"image"])))
    _, multiplexer = python_loader(tmp_path)
    blobs = [blobs for _, _, blobs in all_blobs(InMemory(multiplexer))]
    assert blobs == [[], [b"{}", b"image"]]


def test_what_is_gone_is_not_found(python_loader, tmp_path):
    write(tmp_path, (0, event_files.strings([b"{}", b"image"])))
    _, multiplexer = python_loader(tmp_path)
    source = InMemory(multiplexer)
    ((_, _, keys),) = source.events(CTX, NAME, EVERY_STEP)
    assert source.blob(CTX, keys[1]) == b"image"
    for gone in (
        keys[1].replace("1]", "2]"),
        keys[1].replace("0, 1]", "7, 1]"),
    ):
        assert gone != keys[1]
        with pytest.raises(errors.NotFoundError):
            source.blob(CTX, gone)
    with pytest.raises(errors.NotFoundError):
        list(source.events(CTX, ("", "run/actmax", "other"), EVERY_STEP))
    multiplexer._accumulators.clear()
    with pytest.raises(errors.NotFoundError):
        source.blob(CTX, keys[1])
    with pytest.raises(errors.NotFoundError):
        read_places(source, CTX, NAME, "stamp", EVERY_STEP)


def test_they_are_taken_from_the_process_where_tensorboard_says_so(
    python_loader, tmp_path
):
    write_log(tmp_path / "run", {"conv1": 2}, [0])
    provider, multiplexer = python_loader(tmp_path)
    own, provided = Store(provider, multiplexer), Store(provider)
    assert (own.in_process, provided.in_process) == (True, False)
    blobs = [
        list(store.read(CTX, store.sequences(CTX, *NAME)[0][1]))
        for store in (own, provided)
    ]
    assert blobs[0] == blobs[1]
    assert len(blobs[0]) == 3
