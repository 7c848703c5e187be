"""The plugin in a TensorBoard application, through both loaders."""

import functools

import pytest
from support import hostile_logs
from support.plugin_client import LOADERS, client_of, python_provider


@pytest.fixture(params=list(LOADERS))
def serve(request):
    """Makes a client of a TensorBoard application over a log directory."""
    return functools.partial(client_of, request.param)


@pytest.fixture(params=list(LOADERS))
def provider_of(request):
    """Makes a data provider over a log directory."""
    return lambda directory: LOADERS[request.param](directory)[0]


@pytest.fixture
def python_loader():
    """Reads a log directory as TensorBoard's Python loader does.

    Returns the data provider, and the multiplexer below it.
    """
    return python_provider


@pytest.fixture(scope="module", params=list(LOADERS))
def hostile(request, tmp_path_factory):
    """Returns a client of a TensorBoard application over hostile logs."""
    directory = tmp_path_factory.mktemp("hostile")
    hostile_logs.make(directory)
    return client_of(request.param, directory)
