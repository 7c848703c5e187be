"""The log of one training."""

import contextlib
import logging
from collections.abc import Collection, Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.measures.thumbnails import encode_thumbnails
from tb_actmax.network.target import Target
from tb_actmax.records import event as event_format
from tb_actmax.records.header import FilterEntry
from tb_actmax.records.reader import read_some
from tb_actmax.records.writer import EventWriter
from tb_actmax.training.event_builder import LayerEvent
from tb_actmax.training.schedule import TrainingStep
from tb_actmax.training.shared_log import SharedLog, join, opening

_log = logging.getLogger("tb_actmax")


class Repeated(NamedTuple):
    """An event without images, of a layer that has not changed."""

    target: Target
    step: int
    since: int  # step of the event that has the images


class TrainingLog:
    """Reads and writes the events of a training.

    Touches no file before `open`. Its methods raise an `OSError` if the log
    cannot be written.
    """

    def __init__(self, directory: str, model: keras.Model):
        self.directory = directory  # `open` may choose another beside it
        self.model = model
        self._first = directory
        self._shared: SharedLog | None = None
        self._opened_before = False
        self._summarized = True

    def open(
        self, step: int, layers: Collection[str], append: bool = False
    ) -> dict[str, list[bytes]]:
        """Opens a closed log for writing; returns the newest events by layer.

        A new training, at step 0, gets another directory beside the given one,
        such as "actmax-2", if the given one holds the images of another
        training or is being written; not with `append`, which raises an
        `OSError` if another process writes there. A resumed training continues
        the newest of these directories. If another callback of the same model
        writes the same layers, this one takes them over.
        """
        newest: dict[str, list[bytes]] = {}
        with opening:
            if self._shared is None:
                self._shared = self._choose(step, layers, append)
                self._opened_before = True
                self.directory = self._shared.writer.directory
                newest = self._shared.read_newest(layers)
            self._shared.claim(self, layers)
        return newest

    def _choose(
        self, step: int, layers: Collection[str], append: bool
    ) -> SharedLog:
        """Opens the first directory in which the training may log."""
        if self._opened_before or append:
            shared = join(self.directory)
            if append and shared.writer.elsewhere:
                shared.leave()
                raise OSError(
                    f"Another process writes to {self.directory} now: wait for "
                    "its end, or choose another directory."
                )
        else:
            number = _newest(self._first)
            shared = join(_numbered(self._first, number))
            while step == 0:
                reason = self._reason_against(shared, layers)
                if not reason:
                    break
                shared.leave()
                number += 1
                free = _numbered(self._first, number)
                _log.warning(
                    "%s %s. The images of this training go to %s. Give each "
                    "training its own log_dir%s.",
                    shared.writer.directory,
                    reason,
                    free,
                    ", or continue the other one with "
                    f"initial_epoch={shared.last}"
                    if shared.last
                    else "",
                )
                shared = join(free)
        if shared.writer.elsewhere:
            _log.warning(
                "Another process has the log %s open. This one continues it, "
                "so the other will write nothing more.",
                shared.writer.directory,
            )
        try:
            shared.writer.begin()
        except OSError:
            shared.leave()
            raise
        return shared

    def _reason_against(
        self, shared: SharedLog, layers: Collection[str]
    ) -> str:
        """Returns the reason not to log a new training there, or ""."""
        users = map(shared.users.get, layers)
        if shared.writer.elsewhere or any(
            isinstance(user, TrainingLog) and user.model is not self.model
            for user in users
        ):
            return "takes the images of another training now"
        # A training that was stopped in its first epoch has logged step 0 only.
        if shared.last > 0:
            return (
                "holds the images of another training, up to step "
                f"{shared.last}"
            )
        return ""

    @property
    def _writer(self) -> EventWriter:
        assert self._shared is not None
        return self._shared.writer

    def lost(self, layers: Collection[str]) -> list[str]:
        """Returns and logs the layers that another callback has taken over."""
        shared = self._shared
        assert shared is not None
        lost = [
            layer for layer in layers if shared.users.get(layer) is not self
        ]
        if lost:
            _log.warning(
                "Two callbacks log %s to %s: only the last of them continues.",
                ", ".join(map(repr, lost)),
                self.directory,
            )
        return lost

    def missing(self, path: str, steps: Sequence[int]) -> list[int]:
        """Returns the steps that are not logged for a layer."""
        logged = self._writer.logged.get(path, ())
        return [step for step in steps if step not in logged]

    def write(
        self,
        target: Target,
        event: LayerEvent,
        at: TrainingStep,
        again: bool = False,
    ) -> None:
        """Writes the event of a layer; `again` replaces the last one."""
        self._writer.write(
            target.path,
            at.step,
            event.header,
            event.images,
            event.extra,
            layer_index=target.order,
            layer_type=target.kind,
            again=again,
        )
        if event.images and self._shared is not None:
            self._shared.note(target.path, event.header["filters"])
            self._summarized = False

    def write_repeated(self, repeated: Sequence[Repeated]) -> None:
        """Adds images to the newest events of layers that have not changed.

        It is for readers that see only the newest event, and for servers that
        keep only some events.
        """
        if not repeated:
            return
        self.flush()
        steps = [
            (target.path, step) for target, *both in repeated for step in both
        ]
        found = read_some(self._writer.directory, steps)
        for target, step, since in repeated:
            path = target.path
            if not {(path, step), (path, since)} <= found.keys():
                continue  # deleted meanwhile
            source = event_format.decode(found[path, since])
            header = event_format.decode(found[path, step]).header
            self._writer.write(
                path,
                step,
                event_format.repeated(source.header, header),
                source.images,
                source.extra,
                layer_index=target.order,
                layer_type=target.kind,
                again=True,
            )
        self.flush()

    def write_scalars(self, at: TrainingStep) -> None:
        """Writes scalars of the whole network, if a layer was updated."""
        if self._summarized or self._shared is None:
            return
        self._writer.write_scalars(at.step, _summarize(self._shared.entries))
        self._writer.flush()
        self._summarized = True

    def write_thumbnails(self, fitted: FittedModel, at: TrainingStep) -> None:
        """Writes the thumbnails of the probe, unless the log has them."""
        sample = fitted.sample
        if sample is None:
            return
        value_range, colours = fitted.statistics.value_range, fitted.colours
        self._writer.write_thumbnails(
            at.step,
            lambda: encode_thumbnails(sample.images, value_range, colours),
        )

    def flush(self) -> None:
        """Makes everything that was written readable."""
        if self._shared is not None:
            self._writer.flush()

    def close(self) -> None:
        """Closes the log; `open` opens it again."""
        shared, self._shared = self._shared, None
        if shared is not None:
            shared.leave(self)


def _newest(directory: str) -> int:
    """Returns the number of the newest among a directory and its siblings."""
    number = 1
    with contextlib.suppress(tf.errors.OpError):  # writing fails too
        while tf.io.gfile.exists(_numbered(directory, number + 1)):
            number += 1
    return number


def _numbered(directory: str, number: int) -> str:
    return directory if number == 1 else f"{directory}-{number}"


def _summarize(entries: Sequence[FilterEntry]) -> dict[str, float]:
    """Summarizes the headers' entries of all layers in two scalars.

    They are `tb_actmax/dead`, the share of dead filters from 0 to 1, and, from
    the second event on, `tb_actmax/settled`, the share of settled filters among
    the others. In TensorBoard each is one card, sorted after those of the loss.
    The tab shows single layers.
    """
    dead = [entry.get("status") == "dead" for entry in entries]
    settled = [
        entry.get("settled")
        for entry in entries
        if entry.get("status") != "dead"
    ]
    found = {"tb_actmax/dead": sum(dead) / max(len(dead), 1)}
    known = [value for value in settled if value is not None]
    if known:
        found["tb_actmax/settled"] = sum(known) / len(known)
    return found
