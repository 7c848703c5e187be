"""Settings of the callback, as far as they can be checked without a model."""

import dataclasses
import os

import numpy as np

from tb_actmax.data.sample import FixedInputs, Probe
from tb_actmax.network.selection import FiltersByLayer, Layers


@dataclasses.dataclass(frozen=True)
class Settings:
    """Settings of the callback; see `ActivationMaximization`.

    Attributes:
        directory: Directory of the events, `<log_dir>/actmax`.

    Raises:
        ValueError: If a number is out of range.
    """

    directory: str
    layers: Layers
    filters: FiltersByLayer
    probe: Probe | None
    steps: int
    warm_steps: int
    budget: float | None
    seed: int
    exemplars: int
    fixed_inputs: FixedInputs | None = None

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("warm_steps", 1), ("exemplars", 0)):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or value < least:
                raise ValueError(
                    f"{name} must be {least} or more, not {value!r}."
                )
        for name in ("steps", "warm_steps", "exemplars", "seed"):
            # JSON takes no integers of NumPy.
            object.__setattr__(self, name, int(getattr(self, name)))
        if self.budget is not None and not 0 < self.budget <= 1:
            raise ValueError(
                "budget must be a share of the training time between 0 and 1, "
                f"for instance 0.05, not {self.budget!r}."
            )


def events_directory(log_dir: str | os.PathLike[str]) -> str:
    """Returns the directory of a training's events, on any file system."""
    return os.path.join(os.fspath(log_dir), "actmax")
