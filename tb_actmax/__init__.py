"""Shows what each filter of a Keras network looks for while it trains.

Public names are imported at their first use. Importing the package imports
neither TensorFlow nor Keras, so TensorBoard, which needs only the plugin,
starts as fast as without it.
"""

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tb_actmax.printable import EscapingFilter

if TYPE_CHECKING:
    from tb_actmax import objectives
    from tb_actmax.callback import ActivationMaximization
    from tb_actmax.matching.match import Match, match
    from tb_actmax.maximizer.base import Maximized
    from tb_actmax.maximizer.maximize import maximize
    from tb_actmax.page.notebook import show

# Messages quote names of runs and layers, which come from untrusted files.
logging.getLogger("tb_actmax").addFilter(EscapingFilter())

__version__ = "0.1.0"

__all__ = [
    "ActivationMaximization",
    "Match",
    "Maximized",
    "match",
    "maximize",
    "objectives",
    "show",
]

_HOMES = {
    "ActivationMaximization": "tb_actmax.callback",
    "Match": "tb_actmax.matching.match",
    "Maximized": "tb_actmax.maximizer.base",
    "match": "tb_actmax.matching.match",
    "maximize": "tb_actmax.maximizer.maximize",
    "objectives": "tb_actmax",
    "show": "tb_actmax.page.notebook",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        if name == "objectives":
            value: Any = import_module(f"{home}.{name}")
        else:
            value = getattr(import_module(home), name)
    except ModuleNotFoundError as error:
        if error.name in ("jax", "torch", "openvino"):
            # Keras cannot import the backend that it is configured for.
            raise ImportError(
                f"Keras is configured for the backend {error.name!r}, which "
                "is not installed. tb_actmax needs TensorFlow: set "
                "KERAS_BACKEND=tensorflow before Keras is imported."
            ) from error
        if error.name not in ("tensorflow", "keras"):
            raise
        raise ImportError(
            f"tb_actmax.{name} needs TensorFlow: pip install "
            "'tb-actmax[tensorflow]', or 'tb-actmax[tensorflow-cpu]' for the "
            "small build. (TensorBoard alone does not need it.)"
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
