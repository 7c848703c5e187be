"""Connects to a Ray cluster, or starts one on this machine."""

import logging
import os
import socket
from typing import Any

_PATIENCE = 10.0  # seconds that a cluster has to answer
_CLIENT = "ray://"
_WORKS = (
    "Give the address that `ray start --head` has printed there, such as "
    "--ray=10.0.0.1:6379, or --ray alone for this machine's processors."
)


def connected(address: str) -> Any:
    """Ray, connected to a cluster.

    Args:
        address: Its host and port, "auto" for one that runs on this machine;
            "local" starts one.

    Raises:
        ImportError: If Ray is not installed.
        ConnectionError: If no cluster answers at the address.
    """
    # A cluster that we start reports to nobody, unless it is told to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise ImportError(
            "--ray needs Ray: pip install 'tb-actmax[ray]'."
        ) from error
    if address not in ("local", "auto"):
        _knock(address)
    local = {"include_dashboard": False} if address == "local" else {}
    try:
        ray.init(
            address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": {"KERAS_BACKEND": "tensorflow"}},
            **local,
        )
    except (ConnectionError, RuntimeError, TimeoutError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ConnectionError(
            f"No Ray cluster at {address}: {lines[0]} {_WORKS}"
        ) from error
    return ray


def _knock(address: str) -> None:
    """Looks whether anybody listens; Ray itself tries for minutes."""
    host, _, port = address.removeprefix(_CLIENT).rpartition(":")
    if not host or not port.isdigit():
        raise ConnectionError(
            f"{address!r} is no address of a Ray cluster. {_WORKS}"
        )
    try:
        socket.create_connection((host, int(port)), _PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise ConnectionError(
            f"No Ray cluster answers at {address} ({error}). {_WORKS}"
        ) from error
