"""How an ascent proceeds: steps, movements and contrast from first to last.

The first ascent of a filter starts from noise; later ones go on from what the
last one found, and have few steps to follow what the network has learned.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_START = 0.1  # length of a random start, a step being at most 1
# Length to which carried coefficients are set: how much of the last image is
# remembered, in steps. Templates change little from look to look; deeper
# images are found anew the faster, the less of an outlived one is in the way.
_CARRIED, _TEMPLATE_CARRIED = 3.0, 8.0
# Share of the gradient that closed ReLUs and clipped pixels let through, where
# there is no other way or not yet.
LEAK = np.float32(0.1)
_LEAKY = 0.25  # of the steps of a cold ascent
_WARM_MOVES = 0.5  # images that were found being moved need it less


@dataclasses.dataclass(frozen=True)
class Schedule:
    """What is done at each step.

    Attributes:
        length: Length of the coefficients at the start.
        rates: (steps,) lengths of the steps, from 1 to nearly 0.
        moves: (steps,) share of the random movements, 0 to 1.
        contrasts: (steps,) share of the contrast, 0.5 to 1.
        leaks: (steps,) share of the gradient that closed ReLUs let through.
    """

    length: float
    rates: Array
    moves: Array
    contrasts: Array
    leaks: Array


def cold(steps: int, deep: bool) -> Schedule:
    """From a random start; the contrast rises from half to full.

    Noise closes many of the ReLUs on the way to a deep unit, some of which
    the image that is looked for would open: those leak at first.

    Args:
        steps: Steps.
        deep: Whether other layers are on the way to the unit.
    """
    contrasts = np.minimum(1.0, 0.5 + np.arange(steps) / steps)
    ones = np.ones(steps, np.float32)
    leaks = LEAK * (np.arange(steps) < (steps * _LEAKY if deep else 0))
    return Schedule(
        _START,
        _falling(steps),
        ones,
        contrasts.astype(np.float32),
        leaks.astype(np.float32),
    )


def warm(steps: int, template: bool) -> Schedule:
    """From the last image.

    The movements fall with the steps: what the last ones add would else be
    the noise of a few movements.

    Args:
        steps: Steps.
        template: Whether images are never moved, being templates.
    """
    rates = _falling(steps)
    length = _TEMPLATE_CARRIED if template else _CARRIED
    ones, zeros = np.ones_like(rates), np.zeros_like(rates)
    return Schedule(length, rates, _WARM_MOVES * rates, ones, zeros)


def _falling(steps: int) -> Array:
    return np.arange(steps, 0, -1, dtype=np.float32) / np.float32(steps)
