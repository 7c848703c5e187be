"""What is read before the tab is opened, and that nobody waits for it."""

import threading

from support.logs import write_log
from support.tensorboard_flags import Flags
from tensorboard.backend import application
from tensorboard.plugins import base_plugin
from werkzeug import test as werkzeug_test

from tb_actmax.plugin.loader import ActivationMaxLoader

ROUTE = "/data/plugin/actmax/"


class Counted:
    """A data provider that counts what is read of it."""

    def __init__(self, provider):
        self._provider = provider
        self.reads = 0

    def __getattr__(self, name):
        if name in ("read_blob", "read_blob_sequences"):
            self.reads += 1
        return getattr(self._provider, name)


def served(provider, directory):
    plugin = ActivationMaxLoader().load(
        base_plugin.TBContext(
            data_provider=provider, flags=Flags(), logdir=str(directory)
        )
    )
    app = application.TensorBoardWSGI([plugin], data_provider=provider)
    return werkzeug_test.Client(app)


def wait_until_read():
    for thread in threading.enumerate():
        if thread.name == "actmax-ahead":
            thread.join(60)


def open_the_tab(client):
    layer = client.get(f"{ROUTE}index").json["runs"][0]["layers"][0]
    query = f"?run=run/actmax&tag={layer['tag']}&step={layer['last']}"
    series = client.get(f"{ROUTE}series{query}").json
    keys = "".join(f"&key={key}" for key in series["keys"])
    return client.get(f"{ROUTE}images{query}{keys}")


def test_a_page_of_tensorboard_prepares_the_tab(provider_of, tmp_path):
    write_log(tmp_path / "run", {"conv1": 4, "conv2": 6})
    provider = Counted(provider_of(tmp_path))
    client = served(provider, tmp_path)
    assert provider.reads == 0, "nothing is read when TensorBoard starts"
    client.get("/data/plugins_listing")
    wait_until_read()
    before = provider.reads
    assert before > 0
    answer = open_the_tab(client)
    assert answer.status_code == 200
    read = provider.reads - before
    # The header alone: measures are not kept.
    assert read == 1


def test_what_is_not_there_yet_is_looked_for_again(provider_of, tmp_path):
    log = tmp_path / "log"
    log.mkdir()
    provider = Counted(provider_of(log))
    client = served(provider, log)
    client.get("/data/plugins_listing")
    wait_until_read()
    assert provider.reads == 0
    write_log(tmp_path / "later" / "run", {"conv1": 4})
    provider._provider = provider_of(tmp_path / "later")
    client.get("/data/plugins_listing")
    wait_until_read()
    assert provider.reads > 0


def test_nobody_waits_for_it(provider_of, tmp_path):
    write_log(tmp_path / "run", {"conv1": 4})
    provider = provider_of(tmp_path)
    go_on = threading.Event()
    whole = provider.list_blob_sequences

    def slow(*args, **kwargs):
        go_on.wait(60)
        return whole(*args, **kwargs)

    provider.list_blob_sequences = slow
    client = served(provider, tmp_path)
    assert client.get("/data/plugins_listing").json["actmax"]["enabled"]
    assert any(t.name == "actmax-ahead" for t in threading.enumerate())
    go_on.set()
    wait_until_read()


def test_an_error_there_costs_nothing(provider_of, tmp_path):
    write_log(tmp_path / "run", {"conv1": 4})
    provider = provider_of(tmp_path)
    whole = provider.read_blob_sequences

    def broken(*args, **kwargs):
        raise OSError("the disk is gone")

    provider.read_blob_sequences = broken
    client = served(provider, tmp_path)
    assert client.get("/data/plugins_listing").json["actmax"]["enabled"]
    wait_until_read()
    provider.read_blob_sequences = whole
    assert client.get(f"{ROUTE}index").status_code == 200
