"""Updates layers at one point of a training."""

import logging
from collections.abc import Mapping, Sequence

from tb_actmax.errors import NotFiniteError, log_left_out
from tb_actmax.maximizer.shared_ascent import can_share
from tb_actmax.objectives import Objective
from tb_actmax.training.budget import Budget
from tb_actmax.training.digests import Digests
from tb_actmax.training.first_images import find_together
from tb_actmax.training.layer_tracker import FirstImages, LayerTracker
from tb_actmax.training.log import TrainingLog
from tb_actmax.training.progress import Progress
from tb_actmax.training.schedule import TrainingStep
from tb_actmax.training.shown_layers import ShownLayers

_log = logging.getLogger("tb_actmax")

Due = dict[str, Sequence[Objective]]  # objectives to maximize, by layer


class Update:
    """Updates layers at one point of a training.

    With `again`, events replace earlier ones of the same point.
    """

    def __init__(
        self,
        layers: ShownLayers,
        log: TrainingLog,
        budget: Budget,
        at: TrainingStep,
        thumbnails: bool = False,
        again: bool = False,
    ):
        self.not_finite: list[str] = []  # layers without a finite score
        self._layers = layers
        self._log = log
        self._budget = budget
        self._at = at
        self._thumbnails = thumbnails
        self._again = again
        self._digests = Digests()
        self._failed: dict[str, Exception] = {}

    def due(self) -> Due:
        """Returns the objectives without an image for the current weights.

        Logs "unchanged" for layers whose objectives all have one.
        """
        found: Due = {}
        repeated: dict[int, list[str]] = {}
        made = self._layers.trackers
        for path, objectives in self._layers.objectives.items():
            if not self._log.missing(path, [self._at.step]):
                continue
            found[path] = objectives
            if path not in made:
                continue
            tracker = made[path]
            digest = self._digests.of(tracker.maximizer.variables)
            since = tracker.made.since(digest)
            if since is None:
                missing = tracker.made.due(digest)
                found[path] = [o for o in objectives if o in missing]
            else:
                del found[path]
                self._repeat(tracker, digest, since)
                repeated.setdefault(since, []).append(path)
        for since, paths in repeated.items():
            _log.info(
                "%s: unchanged since step %d: %s",
                self._at,
                since,
                ", ".join(paths),
            )
        self._log.flush()
        return found

    def set_back(self) -> Due:
        """Returns the objectives shown at this point with other weights.

        If the current weights equal those of an earlier update, logs that the
        images of that update still hold.
        """
        found: Due = {}
        for path, tracker in self._layers.trackers.items():
            made = tracker.made
            if made.step != self._at.step:
                continue
            digest = self._digests.of(tracker.maximizer.variables)
            if digest in (None, made.last):
                continue
            since = made.since(digest)
            if since is None:
                found[path] = made.shown
            else:
                self._repeat(tracker, digest, since)
        self._log.flush()
        return found

    def _repeat(
        self, tracker: LayerTracker, digest: bytes | None, since: int
    ) -> None:
        event = tracker.events.repeat(self._at, since)
        tracker.made.repeat(digest, self._at.step, since)
        self._log.write(tracker.target, event, self._at, self._again)

    def run_together(
        self, chosen: Mapping[str, Sequence[Objective]], progress: Progress
    ) -> bool:
        """Updates layers; one ascent finds the first images of all.

        Returns whether that is possible. Raises an `OSError` if the log cannot
        be written.
        """
        first: Mapping[str, FirstImages] = {}
        try:
            first = self._first_images(chosen, progress)
        except Exception:  # one of the layers may be at fault
            _log.debug("Layers are maximized one by one.", exc_info=True)
        for path in first:
            self.run(path, chosen[path], progress, first[path])
        return bool(first)

    def _first_images(
        self, chosen: Mapping[str, Sequence[Objective]], progress: Progress
    ) -> Mapping[str, FirstImages]:
        if not all(map(can_share, chosen.values())):
            return {}
        return find_together(
            [self._layers.tracker(path) for path in chosen],
            chosen,
            self._budget.prices.cold_steps(next(iter(chosen))),
            progress,
        )

    def run(
        self,
        path: str,
        objectives: Sequence[Objective],
        progress: Progress,
        first: FirstImages | None = None,
    ) -> None:
        """Updates a layer. After an error it is left out from now on.

        Raises an `OSError` if the log cannot be written.
        """
        try:
            tracker = self._layers.tracker(path)
            event, cost = tracker.update(
                objectives,
                self._at,
                progress,
                self._budget.prices.cold_steps(path),
                first,
            )
        except NotFiniteError:
            self.not_finite.append(path)
            return
        except Exception as error:  # other layers can still be shown
            self._layers.drop(path)
            self._failed[path] = error
            return
        self._log.write(tracker.target, event, self._at, self._again)
        if self._thumbnails:
            self._log.write_thumbnails(self._layers.fitted, self._at)
        self._log.flush()  # so that the tab can show the layer
        # The variables that the images depend on are known only afterwards.
        digest = self._digests.of(tracker.maximizer.variables)
        tracker.made.note(digest, self._at.step, objectives)
        self._budget.note(path, cost, event.changes)

    def end(self) -> None:
        """Writes the scalars, and logs which layers are left out now."""
        self._log.write_scalars(self._at)
        log_left_out(self._failed)
