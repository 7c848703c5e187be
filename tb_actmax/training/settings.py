"""Settings of the callback, with the checks that need no model."""

import dataclasses
import numbers
import os
from collections.abc import Mapping, Sequence

from tb_actmax.data.class_names import check_class_names
from tb_actmax.data.colours import ChannelOrder
from tb_actmax.data.sample import FixedInputs, Probe
from tb_actmax.errors import check_integer
from tb_actmax.network.filter_selection import FiltersByLayer
from tb_actmax.network.layer_selection import Layers


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of the callback; see `ActivationMaximization`."""

    directory: str  # of the events, `<log_dir>/actmax`
    layers: Layers
    filters: FiltersByLayer
    probe: Probe | None
    steps: int | None
    warm_steps: int
    budget: float | None
    seed: int
    exemplars: int
    fixed_inputs: FixedInputs | None = None
    class_names: Sequence[str] | None = None
    pictures: bool | None = None
    channel_order: ChannelOrder | None = None

    def __post_init__(self) -> None:
        least = {"warm_steps": 1, "exemplars": 0, "seed": 0}
        if self.steps is not None:  # else as many as each layer's images need
            least["steps"] = 1
        for name, value in least.items():
            check_integer(name, getattr(self, name), value)
            # JSON takes no integers of NumPy.
            object.__setattr__(self, name, int(getattr(self, name)))
        check_class_names(self.class_names)
        if self.channel_order not in (None, "rgb", "bgr"):
            raise ValueError(
                'channel_order must be "rgb", "bgr" or None, not '
                f"{self.channel_order!r}."
            )
        if self.pictures not in (None, True, False):
            raise ValueError(
                f"pictures must be True, False or None, not {self.pictures!r}."
            )
        if not isinstance(self.fixed_inputs, Mapping | None):
            raise ValueError(
                "fixed_inputs must be a dict of the inputs' values by name, "
                f"not a {type(self.fixed_inputs).__name__}."
            )
        if self.budget is not None and not _is_share(self.budget):
            raise ValueError(
                "budget must be a share of the training time between 0 and 1, "
                "for instance 0.05, or None for no limit, not "
                f"{self.budget!r}."
            )


def _is_share(value: object) -> bool:
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return real and 0 < value <= 1  # type: ignore[operator]


def events_directory(log_dir: str | os.PathLike[str]) -> str:
    """Returns the directory of a training's events, on any file system.

    A path on a disk is made absolute, because the user's code may change the
    working directory during the training.
    """
    if not isinstance(log_dir, str | os.PathLike):
        raise TypeError(
            f"log_dir must be the path of a folder, not {log_dir!r}."
        )
    path = os.fspath(log_dir)
    if "://" not in path:
        path = os.path.abspath(path)
    return os.path.join(path, "actmax")
