"""The result of `maximize`, whose status is measured when it is read."""

import dataclasses
from collections.abc import Callable

from tb_actmax.maximizer.base import Maximized


class MeasuredLater(Maximized):
    """Images that excite filters most; see `Maximized`.

    Finding out which filters are dead takes a pass over the whole probe, often
    longer than finding the images.

    Args:
        found: The result.
        measure: Returns the status, corrected with the data.
    """

    def __init__(self, found: Maximized, measure: Callable[[], list[str]]):
        self._measure: Callable[[], list[str]] | None = None
        super().__init__(
            **{
                f.name: getattr(found, f.name)
                for f in dataclasses.fields(found)
            }
        )
        self._measure = measure

    @property
    def status(self) -> list[str]:
        """See `Maximized.status`."""
        measure, self._measure = self._measure, None
        if measure is not None:
            self._status = measure()
        return self._status

    @status.setter
    def status(self, status: list[str]) -> None:
        self._status, self._measure = status, None

    def __reduce__(self) -> tuple[object, ...]:
        """Returns the measured result, for a copy or a file."""
        names = [field.name for field in dataclasses.fields(self)]
        return Maximized, tuple(getattr(self, name) for name in names)
