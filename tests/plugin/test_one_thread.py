"""One thread answers all requests of an application."""

import concurrent.futures
import threading

import pytest
from support.logs import write_log
from werkzeug import test as werkzeug_test
from werkzeug import wrappers

from tb_actmax.plugin.one_thread import OneThread

ROUTE = "/data/plugin/actmax/"


def test_all_are_answered_by_the_same_thread_one_after_the_other():
    threads, together = set(), []
    busy = threading.Lock()

    @wrappers.Request.application
    def application(request):
        together.append(not busy.acquire(blocking=False))
        threads.add(threading.get_ident())
        answer = wrappers.Response(request.args["number"])
        busy.release()
        return answer

    one = OneThread()
    client = werkzeug_test.Client(one(application))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        numbers = [str(number) for number in range(200)]
        answers = list(pool.map(lambda n: client.get(f"/?number={n}"), numbers))
    assert [answer.text for answer in answers] == numbers
    assert not any(together)
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_an_error_is_the_one_of_its_request_and_no_other_s():
    def application(environ, start_response):
        if environ["PATH_INFO"] == "/wrong":
            raise ZeroDivisionError
        return wrappers.Response("fine")(environ, start_response)

    client = werkzeug_test.Client(OneThread()(application))
    with pytest.raises(ZeroDivisionError):
        client.get("/wrong")
    assert client.get("/").text == "fine"


def test_many_at_once_are_answered_over_both_loaders(serve, tmp_path):
    write_log(tmp_path / "run", {"conv1": 3, "conv2": 5}, range(6))
    client = serve(tmp_path)
    paths = [
        f"{ROUTE}{route}?run=run/actmax&tag={tag}&step={step}"
        for route in ("images", "series", "epochs")
        for tag in ("conv1", "conv2")
        for step in range(6)
    ]
    alone = [client.get(path).data for path in paths]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(client.get, paths * 3))
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.data for answer in answers] == alone * 3
