"""What the user asked for, checked as far as it can be without a model."""

import dataclasses
import os
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the user asked for; see `ActivationMaximization`.

    Attributes:
        directory: Where the events go, `<log_dir>/actmax`.

    Raises:
        ValueError: If a number is out of its range.
    """

    directory: str
    layers: Any
    filters: Any
    probe: Any
    steps: int
    warm_steps: int
    budget: float | None
    seed: int
    exemplars: int
    held: Any = None

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("warm_steps", 1), ("exemplars", 0)):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or value < least:
                raise ValueError(
                    f"{name} must be {least} or more, not {value!r}."
                )
            # NumPy's cannot be written into a header.
            object.__setattr__(self, name, int(value))
        if self.budget is not None and not 0 < self.budget <= 1:
            raise ValueError(
                "budget is a share of the training time between 0 and 1, for "
                f"instance 0.05; it is {self.budget!r}."
            )


def events_directory(log_dir: str | os.PathLike[str]) -> str:
    """Where the events of a training go, of any file system."""
    return os.path.join(os.fspath(log_dir), "actmax")
