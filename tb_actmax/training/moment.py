"""When a look takes place, in epochs or in batches."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Moment:
    """When a look takes place.

    Attributes:
        step: Where TensorBoard shows it: epochs done, or batches.
        epochs: Epochs done where `step` counts batches, else `None`.
    """

    step: int
    epochs: float | None = None

    @property
    def unit(self) -> str:
        """What `step` counts, "epochs" or "steps"."""
        return "epochs" if self.epochs is None else "steps"

    @property
    def header(self) -> dict[str, Any]:
        """What the event's header says of it."""
        if self.epochs is None:
            return {"epoch": self.step}
        return {"epoch": int(self.epochs), "batches": self.step}

    def __str__(self) -> str:
        if self.epochs is None:
            return f"Epoch {self.step}"
        return f"Step {self.step} (epoch {self.epochs:.4g})"
