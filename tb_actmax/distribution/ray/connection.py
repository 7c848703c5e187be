"""Connects to a Ray cluster or starts one on this machine."""

import logging
import os
import socket
from typing import Any

_TIMEOUT = 10.0  # seconds to wait for a cluster's answer
_CLIENT = "ray://"
_ADVICE = (
    "Give the address that `ray start --head` prints, such as "
    "--ray=10.0.0.1:6379, or --ray alone for this machine's processors."
)


def connect(address: str) -> Any:
    """Connects to a cluster, and returns the module `ray`.

    The address is host and port; "auto" for a cluster that runs on this
    machine; "local" to start one.
    """
    # A local cluster sends no usage statistics unless the user wants it.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise ImportError(
            "--ray needs Ray: pip install 'tb-actmax[ray]'."
        ) from error
    if address not in ("local", "auto"):
        _check_port(address)
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
            f"No Ray cluster at {address}: {lines[0]} {_ADVICE}"
        ) from error
    return ray


def _check_port(address: str) -> None:
    """Fails fast if nothing listens at the address; Ray retries for minutes."""
    host, _, port = address.removeprefix(_CLIENT).rpartition(":")
    if not host or not port.isdigit():
        raise ConnectionError(
            f"{address!r} is not the address of a Ray cluster. {_ADVICE}"
        )
    try:
        socket.create_connection((host, int(port)), _TIMEOUT).close()
    except (OSError, OverflowError) as error:
        raise ConnectionError(
            f"No Ray cluster answers at {address} ({error}). {_ADVICE}"
        ) from error
