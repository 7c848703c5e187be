"""Tells how many seconds the updates of a training may take.

An allowance, which no training has to earn, pays for the first images: of all
layers of a small network, of the first layers of a large one. After that,
updates have a share of the time that has passed. A part is kept for the end of
the training, where every layer with images is to show the trained network.
"""

from tb_actmax.training.prices import Due, Prices

ALLOWANCE = 15.0  # seconds
# Share of the allowance that is kept for the end of a short training, unless all
# images fit in; and if an image of each layer fits in, or there is none yet.
_KEPT, _KEPT_LESS = 0.6, 0.4
_CLOSING = 0.2  # seconds in which the log is closed
# Times the seconds in which an image of each layer is refreshed, for the end.
_REFRESHED = 1.5
USED = 0.7  # of what is left for new layers, which may take longer


class Allowance:
    """Adds a share of the training time to the allowance.

    Args:
        share: The share, in (0, 1]; `None` for no limit.
        prices: Estimates what images cost.

    Attributes:
        share: The share.
        saves: Whether updates save for later ones, or are the last.
        to_come: Seconds that the rest of the training will earn.
    """

    def __init__(self, share: float | None, prices: Prices):
        self.share = share
        self.saves = True
        self.to_come = float("inf")
        self._prices = prices
        self._kept = _KEPT  # share of the allowance, for the end
        self._refreshing: float | None = None  # see `left_to_refresh`

    def earned(self, training: float, shown: bool = False) -> float:
        """Returns the seconds that may be spent so far.

        Args:
            training: Seconds of training so far.
            shown: Whether to assume that a layer has images.
        """
        if self.share is None:
            return float("inf")
        earned = ALLOWANCE + self.share * training
        if not self.saves:
            return earned - _CLOSING
        shown = shown or self._prices.shown > 0
        part = self._kept if shown else min(self._kept, _KEPT_LESS)
        most = part * ALLOWANCE
        kept = max(
            min(most, 2 * most - self.share * training),
            self._prices.of_refreshing(new=self._kept < _KEPT),
        )
        return earned - min(kept, _KEPT * earned)

    def look_ahead(self, due: Due, training: float, spent: float) -> None:
        """Keeps less for the end if the next update can show all layers.

        Args:
            due: What is to be shown, by layer.
            training: Seconds of training so far.
            spent: Seconds spent so far.
        """
        spent += self._prices.first_pass
        every = self._prices.of(due)
        one = sum(map(self._prices.of_one, due)) / USED
        for self._kept, cost in ((0.0, every), (_KEPT_LESS, one)):
            if spent + cost <= self.earned(training):
                return
        self._kept = _KEPT

    @property
    def waits(self) -> bool:
        """Whether a part is kept for the end: not all images fit in now."""
        return self.saves and self._kept > 0

    def save(self, training: float = float("inf")) -> None:
        """Lets the next updates save for later ones, as they do at first.

        Args:
            training: Seconds of training that follow, if that is known.
        """
        self.saves = True
        share = 1.0 if self.share is None else self.share
        self.to_come = share * training

    def allow_the_end(self, spent: float = 0.0) -> None:
        """Lets the next updates spend what was kept for the end.

        Args:
            spent: Seconds spent so far.
        """
        self.saves = False
        if self._refreshing is None:
            refreshing = _REFRESHED * self._prices.of_refreshing()
            self._refreshing = spent + refreshing

    def left_to_refresh(self, spent: float) -> float:
        """Returns the seconds left for layers that have images.

        They are to show the trained network, even if earlier estimates were too
        low and all time is spent. This holds for the first end alone, for `fit`
        may be called in a loop.

        Args:
            spent: Seconds spent so far.
        """
        if self.saves or self._refreshing is None:
            return 0.0
        return max(self._refreshing - spent, 0.0)
