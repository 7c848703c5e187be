"""Few comparisons run at a time."""

import concurrent.futures
import threading
import time

import pytest

from tb_actmax.plugin.routes.gate import BusyError, Gate


def test_one_request_runs_some_wait_and_others_are_rejected():
    gate, release = Gate(2, 30), threading.Event()
    running, most = 0, 0

    def work():
        nonlocal running, most
        running += 1
        most = max(most, running)
        release.wait(30)
        running -= 1
        return "done"

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(gate.run, work) for _ in range(3)]
        while gate.places.acquire(blocking=False):
            gate.places.release()
            time.sleep(0.01)
        with pytest.raises(BusyError) as refused:
            gate.run(work)
        release.set()
        assert [one.result(30) for one in asked] == ["done"] * 3
    assert refused.value.http_code == 503
    assert most == 1


def test_waiting_has_a_time_limit():
    gate, release = Gate(2, 0.1), threading.Event()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(gate.run, lambda: release.wait(30))
        while not gate.running.locked():
            time.sleep(0.01)
        with pytest.raises(BusyError):
            gate.run(lambda: None)
        release.set()


def test_after_an_error_the_next_request_runs():
    gate = Gate(2, 30)
    with pytest.raises(ZeroDivisionError):
        gate.run(lambda: 1 / 0)
    assert gate.run(lambda: 3) == 3
