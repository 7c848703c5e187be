"""The store reads through TensorBoard, and reads nothing twice."""

import pytest
from support.logs import write_log
from tensorboard import context

from tb_actmax.plugin.store.sources import (
    EVERY_STEP,
    LayerName,
    ProviderSource,
)
from tb_actmax.plugin.store.store import Store

CTX = context.RequestContext()
LAYER = LayerName("", "run/actmax", "conv1")


class Counted:
    """A data provider that counts the blobs that are read."""

    def __init__(self, provider):
        self._provider = provider
        self.blobs = 0

    def __getattr__(self, name):
        return getattr(self._provider, name)

    def read_blob(self, *args, **kwargs):
        self.blobs += 1
        return self._provider.read_blob(*args, **kwargs)


@pytest.fixture
def provider(provider_of, tmp_path):
    write_log(tmp_path / "run", {"conv1": 12}, range(3))
    return Counted(provider_of(tmp_path))


def test_keys_are_those_of_tensorboard(provider):
    found = list(ProviderSource(provider).events(CTX, LAYER, EVERY_STEP))
    listed = provider.read_blob_sequences(
        CTX, experiment_id="", plugin_name="actmax", downsample=100
    )["run/actmax"]["conv1"]
    for event, datum in zip(found, listed, strict=True):
        assert event.keys == tuple(v.blob_key for v in datum.values)
        assert event.size == 13
        assert (event.step, event.wall_time) == (datum.step, datum.wall_time)


def test_headers_and_images_are_read_once(provider):
    store = Store(provider)
    (event,) = store.events(CTX, LAYER, [1])
    for _ in range(2):
        ((_, header),) = store.headers(CTX, [event])
        assert header["filters"][2]["filter"] == 2
        assert provider.blobs == 1
    first = list(store.images(CTX, [(event, 1), (event, 2)]))
    assert provider.blobs == 3
    assert [*store.images(CTX, [(event, 2), (event, 3)])][:1] == first[1:]
    assert provider.blobs == 4


def test_images_are_kept_within_bounds(provider):
    store = Store(provider, images_bytes=4000)
    (event,) = store.events(CTX, LAYER, [1])
    blobs = [(event, index) for index in range(1, 13)]
    list(store.images(CTX, blobs))
    list(store.images(CTX, blobs[-1:]))
    assert provider.blobs == 12  # the last one is kept
    list(store.images(CTX, blobs[:1]))
    assert provider.blobs == 13  # the first one was dropped


def test_the_newest_step_is_listed_alone(provider):
    store = Store(provider)
    assert list(store.layer(CTX, LAYER, [2]).events) == [2]
    assert list(store.layer(CTX, LAYER, [1]).events) == [0, 1, 2]
    assert list(store.layer(CTX, LAYER, [2]).events) == [0, 1, 2]
    assert list(store.layer(CTX, LAYER).events) == [0, 1, 2]


def test_an_event_that_was_written_again_is_read_again(python_loader, tmp_path):
    write_log(tmp_path / "a" / "run", {"conv1": 1}, [0])
    write_log(tmp_path / "b" / "run", {"conv1": 2}, [0])
    provider = Counted(None)
    store = Store(provider)
    sizes = []
    for log in "ab":
        provider._provider = python_loader(tmp_path / log)[0]
        store.runs(CTX, "")
        (event,) = store.events(CTX, LAYER, [0])
        ((_, header),) = store.headers(CTX, [event])
        sizes.append(len(header["filters"]))
    assert sizes == [1, 2]
