"""Schedules the lengths of steps, the movements and the contrast.

The first ascent of a filter starts from noise. Later ascents start from the
last image, and follow the changes of the network in a few steps.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_START = 0.1  # length of a random start; a step is at most 1 long
# Length to which carried coefficients are set, in steps: the shorter, the
# faster an image departs from the last one. Templates change little between
# updates, deeper images more. A single pixel may have to change its direction.
_CARRIED, _TEMPLATE_CARRIED, _PIXEL_CARRIED = 3.0, 8.0, _START
# Share of the gradient that closed ReLUs and clipped pixels leak, early in an
# ascent and where there is no other gradient.
LEAK = np.float32(0.1)
_LEAKY = 0.25  # share of the steps of a cold ascent that leak
_WARM_MOVES = 0.5  # share of the movements; the last image was moved already


@dataclasses.dataclass(frozen=True)
class Schedule:
    """The arguments of each step that do not depend on the image.

    Attributes:
        length: Length of the coefficients at the start.
        rates: (steps,) lengths of the steps, from 1 to nearly 0.
        moves: (steps,) share of the random movements, 0 to 1.
        contrasts: (steps,) share of the contrast, 0.5 to 1.
        leaks: (steps,) share of the gradient that closed ReLUs leak.
        cutoffs: (steps,) cycles per image above which it fades; 0 if it has no
            cutoff.
    """

    length: float
    rates: Array
    moves: Array
    contrasts: Array
    leaks: Array
    cutoffs: Array


def cold(
    steps: int,
    deep: bool,
    cutoff: tuple[float, float] | None = None,
    patches: bool = False,
    leak: float = 0.0,
) -> Schedule:
    """Returns the schedule of an ascent from a random start.

    The contrast rises from half to full, and the cutoff from first to last,
    over the first half of the steps. Noise closes many ReLUs on the way to a
    deep unit that its final image would open, so they leak in the first steps.

    Args:
        steps: Number of steps.
        deep: Whether other layers lie before the unit.
        cutoff: First and last cutoff; `None` for none.
        patches: Whether it starts from patches of the data instead of noise.
        leak: Share of the gradient that ReLUs leak later, too.
    """
    contrasts = np.minimum(1.0, 0.5 + np.arange(steps) / steps)
    ones = np.ones(steps, np.float32)
    early = np.arange(steps) < (steps * _LEAKY if deep else 0)
    leaks = np.where(early, LEAK, np.float32(leak))
    return Schedule(
        _CARRIED if patches else _START,
        _falling(steps),
        ones,
        contrasts.astype(np.float32),
        leaks.astype(np.float32),
        _rising(steps, cutoff),
    )


def warm(
    steps: int,
    template: bool,
    cutoff: tuple[float, float] | None = None,
    pixel: bool = False,
    leak: float = 0.0,
) -> Schedule:
    """Returns the schedule of an ascent from the last image.

    The movements shrink with the steps, so that the last steps do not add the
    noise of a few movements.

    Args:
        steps: Number of steps.
        template: Whether images are templates, which are never moved.
        cutoff: First and last cutoff; `None` for none.
        pixel: Whether images are single pixels.
        leak: Share of the gradient that ReLUs leak.
    """
    rates = _falling(steps)
    length = _TEMPLATE_CARRIED if template else _CARRIED
    if pixel:
        length = _PIXEL_CARRIED
    ones, leaks = np.ones_like(rates), np.full_like(rates, leak)
    cutoffs = np.full_like(rates, cutoff[1] if cutoff else 0)
    return Schedule(length, rates, _WARM_MOVES * rates, ones, leaks, cutoffs)


def _falling(steps: int) -> Array:
    return np.arange(steps, 0, -1, dtype=np.float32) / np.float32(steps)


def _rising(steps: int, cutoff: tuple[float, float] | None) -> Array:
    if cutoff is None:
        return np.zeros(steps, np.float32)
    first, last = cutoff
    share = np.minimum(1.0, 2 * np.arange(steps) / steps)
    return np.asarray(first * (last / first) ** share, np.float32)
