"""The plugin in a TensorBoard application, through both loaders."""

import pytest
from tensorboard.backend import application
from tensorboard.backend.event_processing import (
    data_provider,
    plugin_event_multiplexer,
)
from tensorboard.data import server_ingester
from tensorboard.plugins import base_plugin
from tensorboard.util import grpc_util
from tensorboard_flags import Flags
from werkzeug import test as werkzeug_test

from tb_actmax.plugin.loader import ActivationMaxLoader


def python_provider(directory):
    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        tensor_size_guidance={"actmax": 0, "tensors": 0}
    )
    multiplexer.AddRunsFromDirectory(str(directory))
    multiplexer.Reload()
    return data_provider.MultiplexerDataProvider(multiplexer, str(directory))


@pytest.fixture(params=["python", "data server"])
def serve(request):
    """Makes a client of a TensorBoard application over a log directory."""

    def make(directory):
        if request.param == "python":
            provider = python_provider(directory)
        else:
            ingester = server_ingester.SubprocessServerDataIngester(
                server_binary=server_ingester.get_server_binary(),
                logdir=str(directory),
                reload_interval=0,
                channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
                samples_per_plugin={"actmax": 0},
            )
            ingester.start()
            provider = ingester.data_provider
        context = base_plugin.TBContext(
            data_provider=provider, flags=Flags(), logdir=str(directory)
        )
        plugin = ActivationMaxLoader().load(context)
        app = application.TensorBoardWSGI([plugin], data_provider=provider)
        return werkzeug_test.Client(app)

    return make
