"""What of events is kept, in how few bytes, and until when."""

import json

import pytest
from support.logs import write_log
from tensorboard import context

from tb_actmax.plugin.store import event_cache as kept_events
from tb_actmax.plugin.store.blob_index import Keys, read_places
from tb_actmax.plugin.store.event_cache import KeptEvents, Texts
from tb_actmax.plugin.store.events import Events
from tb_actmax.plugin.store.sources import EVERY_STEP, Provided
from tb_actmax.plugin.store.store import Store

CTX = context.RequestContext()
NAME = ("", "run/actmax", "conv1")


def texts(wall_time=1.0, filters=3):
    names = [f"a\nb{index}" for index in range(filters)]
    entries = [json.dumps({"key": name, "score": 0.25}) for name in names]
    return Texts(wall_time, {"height": 5}, '{"version":1}', names, entries)


def test_an_event_comes_back_as_it_was():
    kept = KeptEvents()
    kept.keep_texts(NAME, 3, texts())
    assert kept.texts(NAME, 3, 1.0) == texts()
    assert kept.texts(NAME, 4, 1.0) is None
    images = {2: b"second", 0: b"", 7: b"extra"}
    kept.keep_images(NAME, 3, 1.0, images)
    assert kept.images(NAME, 3, 1.0) == images
    assert kept.images(NAME, 4, 1.0) == {}


def test_an_event_without_filters_or_images_does_too():
    kept = KeptEvents()
    kept.keep_texts(NAME, 0, texts(filters=0))
    assert kept.texts(NAME, 0, 1.0) == texts(filters=0)
    kept.keep_images(NAME, 0, 1.0, {})
    assert kept.images(NAME, 0, 1.0) == {}


def test_one_that_was_written_anew_is_another():
    kept = KeptEvents()
    kept.keep_texts(NAME, 3, texts(1.0))
    kept.keep_images(NAME, 3, 1.0, {0: b"old"})
    assert kept.texts(NAME, 3, 2.0) is None
    assert kept.images(NAME, 3, 2.0) == {}


def test_the_images_used_last_are_kept_within_bounds(monkeypatch):
    monkeypatch.setattr(kept_events, "_MOST_IMAGE_BYTES", 10_000)
    kept = KeptEvents()
    for step in range(20):
        kept.keep_images(NAME, step, 1.0, {0: bytes(1000)})
    found = [step for step in range(20) if kept.images(NAME, step, 1.0)]
    assert found == list(range(20 - len(found), 20))
    assert 5 < len(found) < 10


class Counted:
    """A data provider that counts the blobs that are read of it."""

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


def test_keys_are_those_that_tensorboard_gave(provider):
    found = read_places(Provided(provider), CTX, NAME, "stamp", EVERY_STEP)
    listed = provider.read_blob_sequences(
        CTX, experiment_id="", plugin_name="actmax", downsample=100
    )
    for place, datum in enumerate(listed["run/actmax"]["conv1"]):
        keys = tuple(value.blob_key for value in datum.values)
        assert found.keys.of(place) == keys
        assert len(keys) == 13
        assert found.keys.steps[place] == datum.step
        assert found.keys.times[place] == datum.wall_time


def test_keys_take_few_bytes():
    keys = Keys()
    for step in range(100):
        text = f"a long beginning of a key that is long {step:03} "
        keys.add(step, 0.5, [f"{text}{index}" for index in range(500)])
    assert keys.of(7)[499] == "a long beginning of a key that is long 007 499"
    # What keys end with is kept once for all events that are as large.
    assert keys.size < 100 * 80 + 3000


def test_keys_of_events_of_several_sizes():
    keys = Keys()
    sizes = [3, 5, 0, 3, 5, 1, 2, 4, 6, 7, 3]
    for step, size in enumerate(sizes):
        keys.add(step * 2, float(step), [f"{step}/{i}" for i in range(size)])
    for place, size in enumerate(sizes):
        assert keys.place(place * 2) == place
        assert keys.of(place) == tuple(f"{place}/{i}" for i in range(size))
    assert keys.place(3) is None
    assert keys.place(100) is None


def test_nothing_is_read_twice(provider):
    store = Store(provider)
    events = Events(store)

    def load(places):
        sequences = store.sequences(CTX, *NAME, [1])
        found, failed, left = events.load(
            CTX, NAME, sequences, lambda names, count: places, float("inf")
        )
        assert (failed, left) == ([], [])
        assert list(events.read(CTX, NAME, found)) == [1]
        return found[1]

    sequences = store.sequences(CTX, *NAME, [1])
    ((step, header),) = events.headers(CTX, NAME, sequences)
    assert (step, provider.blobs) == (1, 1)
    first = load([0, 1])
    assert provider.blobs == 3  # the header was kept
    both = load([1, 2])
    assert provider.blobs == 4
    assert both.blobs[1] == first.blobs[1]
    assert header["filters"][2]["filter"] == 2
    assert load([0, 1, 2]).blobs.keys() >= {0, 1, 2}
    assert provider.blobs == 4


def test_images_that_are_in_memory_already_are_not_kept():
    kept = KeptEvents(at_hand=True)
    kept.keep_images(NAME, 0, 1.0, {0: b"image"})
    assert kept.images(NAME, 0, 1.0) == {}
    kept.keep_texts(NAME, 0, texts())
    assert kept.texts(NAME, 0, 1.0) == texts()
