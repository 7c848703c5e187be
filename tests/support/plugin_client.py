"""Clients of a TensorBoard application with the plugin, over both loaders."""

import time

from tensorboard import context
from tensorboard.backend import application
from tensorboard.backend.event_processing import (
    data_provider,
    plugin_event_multiplexer,
)
from tensorboard.data import server_ingester
from tensorboard.plugins import base_plugin
from tensorboard.util import grpc_util
from werkzeug import test as werkzeug_test

from support.tensorboard_flags import Flags
from tb_actmax.plugin.loader import ActivationMaxLoader


def python_provider(directory):
    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        tensor_size_guidance={"actmax": 0, "tensors": 0}
    )
    multiplexer.AddRunsFromDirectory(str(directory))
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(
        multiplexer, str(directory)
    )
    return provider, multiplexer


def data_server(directory):
    ingester = server_ingester.SubprocessServerDataIngester(
        server_binary=server_ingester.get_server_binary(),
        logdir=str(directory),
        reload_interval=0,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
        samples_per_plugin={"actmax": 0},
    )
    ingester.start()
    if any(directory.rglob("*tfevents*")):
        wait_until_read(ingester.data_provider)
    return ingester.data_provider, None


def wait_until_read(provider):
    """Waits until the data server, which answers early, has read all."""
    end = time.monotonic() + 5  # some logs hold nothing to list
    before, now = None, {}
    while (now != before or not now) and time.monotonic() < end:
        time.sleep(0.05)
        before, now = now, listed(provider)


def listed(provider):
    """Returns the plugin's tags and the last step of each."""
    found = provider.list_blob_sequences(
        context.RequestContext(), experiment_id="", plugin_name="actmax"
    )
    return {
        (run, tag): series.max_step
        for run, tags in found.items()
        for tag, series in tags.items()
    }


LOADERS = {"python": python_provider, "data server": data_server}


def client_of(loader, directory):
    """Yields a client of a TensorBoard application over a log directory."""
    provider, multiplexer = LOADERS[loader](directory)
    context = base_plugin.TBContext(
        data_provider=provider,
        flags=Flags(),
        logdir=str(directory),
        multiplexer=multiplexer,
    )
    plugin = ActivationMaxLoader().load(context)
    app = application.TensorBoardWSGI([plugin], data_provider=provider)
    return werkzeug_test.Client(app)
