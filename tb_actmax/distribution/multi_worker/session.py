"""A training of several processes: all take part in a look, one writes.

The chief looks as one process alone would: it alone decides what is shown,
measures and writes. Whenever it maximizes, it asks the others for their
share. So that none ever waits for one that has given up, each stage ends with
the chief telling how it went.
"""

import dataclasses
import functools
import hashlib
import logging
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from tb_actmax.distribution.mirrored import among_devices
from tb_actmax.distribution.multi_worker.maximizer import SharedMaximizer
from tb_actmax.distribution.multi_worker.workers import (
    Team,
    pack,
    team_of,
    unpack,
)
from tb_actmax.distribution.strategies import devices_of
from tb_actmax.errors import LostError, described
from tb_actmax.training.preserved_state import layer_state
from tb_actmax.training.session import Session
from tb_actmax.training.settings import Settings

_log = logging.getLogger("tb_actmax")


# What workers may have been given that is another in each.
_SAME_PROBE = (
    "A dataset that shuffles, or each worker's own share of the data, is "
    "another probe in each: give all the same inputs, such as x_train[:512]."
)


def session_for(
    model: keras.Model, settings: Settings, every: str = ""
) -> Session:
    """The session of this process's part in a training.

    Args:
        model: The model.
        settings: What the user asked for.
        every: When it looks, in words; the same in all processes.

    Raises:
        ValueError: If the settings do not fit the model, here or in another
            process, or are not the same in all.
        ModelFaultError: If the model raises when it is looked through.
    """
    team = team_of(model)
    if team is None:
        return Session(model, settings)
    made, error = None, None
    try:
        kind = ChiefSession if team.chief else HelperSession
        made = kind(model, settings, team)
    except Exception as raised:  # the others are to hear of it
        error = raised
    said = _outcome(error) if made is None else made.alike | {"every": every}
    told = [unpack(data)[0] for data in team.exchange(pack(said, {}))]
    if error is not None or made is None:
        raise error or RuntimeError("no session was made")
    for place, other in enumerate(told):
        _check(other, f"Worker {place}: ")
        if other != told[0]:
            what = [name for name in other if other[name] != told[0][name]]
            probe = {"probe", "held inputs"} & set(what)
            hint = f" {_SAME_PROBE}" if probe else ""
            raise ValueError(
                "All workers have to be given the same arguments; worker "
                f"{place} differs from the chief in {', '.join(what)}.{hint}"
            )
    return made


class _TeamSession(Session):
    """A session whose layers are shared by several processes."""

    def __init__(self, model: keras.Model, settings: Settings, team: Team):
        self._team = team
        own = among_devices(devices_of(model))
        super().__init__(
            model, settings, functools.partial(SharedMaximizer, team, own)
        )

    @property
    def alike(self) -> dict[str, Any]:
        """What has to be the same in all processes."""
        settings, views = self._settings, list(self._views.values())
        return {
            "layers": list(self._views),
            "filters": [
                [objective.label for objective in view.filters]
                for view in views
            ],
            "steps": [settings.steps, settings.warm_steps],
            "seed": settings.seed,
            "probe": _digest(
                [
                    *dataclasses.astuple(views[0].maximizer.canvas.statistics),
                    getattr(views[0].fitted.sample, "images", None),
                ]
            ),
            "held inputs": _digest(views[0].fitted.model.choices["held"]),
        }


class ChiefSession(_TeamSession):
    """That of the process that decides, measures and writes."""

    def open(self, epoch: int, again: bool = False) -> None:
        """As `Session.open`; the others hear how it went."""
        try:
            super().open(epoch, again)
        except Exception as error:
            self._conclude(error)
            raise
        self._conclude(None)

    def look(self, *arguments: Any, **options: Any) -> None:
        """As `Session.look`, with the others' help."""
        # Moving statistics are each worker's own.
        state = [np.array(v.value.numpy()) for v in layer_state(self.model)]
        self._team.tell({}, {str(n): value for n, value in enumerate(state)})
        try:
            super().look(*arguments, **options)
        except LostError:
            self._log.flush()  # of layers that were done before
            raise
        except Exception as error:
            self._conclude(error)
            raise
        self._conclude(None)

    def _conclude(self, error: Exception | None) -> None:
        try:
            self._team.tell(_outcome(error), {})
        except LostError as lost:
            # What is found is written. If the training goes on it will meet
            # the same; at its end the others may be gone already.
            _log.debug("The workers were not told: %s", lost)


class HelperSession(_TeamSession):
    """That of the other processes: they maximize their share."""

    def open(self, epoch: int, again: bool = False) -> None:
        """Hears whether the chief has opened the log."""
        _check(self._team.listen()[0])

    def look(self, epoch: int, *arguments: Any, **options: Any) -> None:
        """Answers until the chief has done with its look."""
        self.spent.begin()
        try:
            _, state = self._team.listen()
            for number, variable in enumerate(layer_state(self.model)):
                variable.assign(state[str(number)])
            while True:
                question, arrays = self._team.listen()
                if "layer" not in question:
                    break
                maximizer: Any = self._views[question["layer"]].maximizer
                try:
                    maximizer.answer(question, arrays)
                except Exception as error:  # the chief hears it, and says it
                    _log.debug("A share failed:", exc_info=error)
            _check(question)
            self.last_epoch = epoch
            self._looks += 1
        finally:
            self.spent.end()

    def summary(self) -> str:
        """How much time it took."""
        return (
            f"Activation maximization: {self._looks} looks shared with the "
            f"chief, which has written them, in {self.spent.seconds:.1f} s."
        )


def _outcome(error: Exception | None) -> dict[str, Any]:
    """How it went, for the others."""
    if error is None:
        return {}
    mistake = isinstance(error, ValueError | TypeError)
    text = str(error) if mistake else described(error)
    return {"error": text, "mistake": mistake}


def _check(outcome: dict[str, Any], where: str = "") -> None:
    """Raises here what another process has raised."""
    if "error" in outcome:
        kind = ValueError if outcome["mistake"] else RuntimeError
        raise kind(f"{where}{outcome['error']}")


def _digest(values: Sequence[Any] | Mapping[Hashable, Any]) -> str:
    """Names values that are equal in equal words."""
    found = hashlib.sha256()
    if isinstance(values, Mapping):
        values = [part for pair in values.items() for part in pair]
    for value in values:
        array = np.asarray(value)
        found.update(f"{array.dtype} {array.shape}".encode())
        plain = array.dtype != object
        found.update(
            np.ascontiguousarray(array).tobytes()
            if plain
            else repr(array.tolist()).encode()
        )
    return found.hexdigest()
