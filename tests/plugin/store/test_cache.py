import concurrent.futures
import threading
import time

import pytest

from tb_actmax.plugin.store.cache import Cache, Coalescer


def test_the_least_recently_used_values_are_dropped():
    cache = Cache(max_bytes=10)
    for key in "abc":
        cache.put(key, key.upper(), 3)
    assert cache.get("a") == "A"
    cache.put("d", "D", 3)
    assert [cache.get(key) for key in "abcd"] == ["A", None, "C", "D"]
    assert cache.bytes == 9


def test_a_value_replaces_the_one_before():
    cache = Cache(max_bytes=10)
    cache.put("a", 1, 4)
    cache.put("a", 2, 6)
    assert (cache.get("a"), cache.bytes) == (2, 6)
    cache.put("a", 3, 11)  # exceeds the cache
    assert (cache.get("a"), cache.bytes) == (None, 0)


def test_concurrent_requests_for_a_key_are_answered_by_one_thread():
    coalescer = Coalescer()
    calls, started, finish = [], threading.Event(), threading.Event()

    def make():
        calls.append(1)
        started.set()
        finish.wait(60)
        return "made"

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(coalescer.run, "key", make)]
        started.wait(60)
        futures += [pool.submit(coalescer.run, "key", make) for _ in range(3)]
        while not all(future.running() for future in futures):
            time.sleep(0.01)
        time.sleep(0.2)  # until the others wait for the first one
        finish.set()
        assert {future.result() for future in futures} == {"made"}
    assert calls == [1]
    assert coalescer.run("key", lambda: "again") == "again"


def test_an_error_is_raised_and_not_kept():
    coalescer = Coalescer()
    with pytest.raises(ZeroDivisionError):
        coalescer.run("key", lambda: 1 / 0)
    assert coalescer.run("key", lambda: 1) == 1
