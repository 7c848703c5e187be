"""Makes the page of a log, of a limited size."""

import dataclasses
import math
import os
import pathlib
from collections.abc import Sequence

from tb_actmax.page.answers import Answers, pack
from tb_actmax.page.html import page_of
from tb_actmax.page.log_contents import (
    LoggedEvent,
    chosen,
    find_runs,
    fitting,
    measure,
)
from tb_actmax.page.log_provider import LogProvider, chosen_values
from tb_actmax.page.losses import loss_answers
from tb_actmax.printable import counted
from tb_actmax.records.event import training_name

MAX_MEGABYTES = 20.0
_MEGABYTE = 1_000_000
_GROWTH = 1.2  # base64, and headers in JSON
_MARGIN = 1.1  # of what is too much
_TRIES = 8
_NAMED = 5  # layers that are named when they are left out


@dataclasses.dataclass(frozen=True)
class Page:
    """A page that is not written yet."""

    html: str
    events: list[LoggedEvent]  # that it holds
    left_out: list[LoggedEvent]  # that did not fit
    comparisons_left_out: int  # that took too long

    @property
    def megabytes(self) -> float:
        """Size of the file."""
        return len(self.html.encode()) / _MEGABYTE

    def summary(self) -> str:
        """Describes the size of the page, and what it leaves out."""
        layers = {(event.run, event.tag) for event in self.events}
        runs = {run for run, _ in layers}
        text = (
            f"{self.megabytes:.1f} MB, {counted(len(runs), 'run')}, "
            f"{counted(len(layers), 'layer')}, "
            f"{counted(len(self.events), 'event')}."
        )
        thinned = [p for p in self.left_out if (p.run, p.tag) in layers]
        gone = sorted({(p.run, p.tag) for p in self.left_out} - layers)
        if thinned:
            text += (
                " Left out to stay within the size: "
                f"{counted(len(thinned), 'event')} of earlier epochs."
            )
        if gone:
            named = [
                f"{tag} of {training_name(run)}" for run, tag in gone[:_NAMED]
            ]
            if len(gone) > _NAMED:
                named.append(f"{len(gone) - _NAMED} more")
            text += f" Left out as too large: {', '.join(named)}."
        if self.comparisons_left_out:
            text += (
                f" {counted(self.comparisons_left_out, 'comparison')} of "
                "layers would take too long or too much room; the page says "
                "so there."
            )
        return text


def make_page(
    log_dir: str | os.PathLike[str],
    *,
    runs: Sequence[str] | None = None,
    layers: Sequence[str] | None = None,
    epochs: Sequence[int] | None = None,
    max_megabytes: float = MAX_MEGABYTES,
) -> Page:
    """Makes the page of a log directory; see `show`.

    Raises a `FileNotFoundError` if there is no log, and a `ValueError` if a
    name is not in the log, or not even one layer fits.
    """
    if not 0 < max_megabytes < math.inf:
        raise ValueError(
            "The largest size of a page is a number of megabytes above 0, not "
            f"{max_megabytes}."
        )
    path = pathlib.Path(log_dir)
    files = find_runs(path)
    sizes = measure(files)
    if not sizes:
        raise ValueError(
            f"The logs below {path} hold no images: they are written by the "
            "callback tb_actmax.ActivationMaximization."
        )
    wanted = {
        event: sizes[event] for event in chosen(sizes, runs, layers, epochs)
    }
    title = f"Activation Max: {path.resolve().name}"
    most = int(max_megabytes * _MEGABYTE) - len(page_of(b"", title).encode())
    room = most / _GROWTH
    for _ in range(_TRIES):
        events, left_out = fitting(wanted, int(room))
        if not events:
            break
        losses = loss_answers(files, {event.run for event in events})
        answers = Answers(
            LogProvider(chosen_values(files, events)), events, losses
        )
        text = page_of(pack(answers.bodies), title)
        left = max_megabytes * _MEGABYTE - len(text.encode())
        if left >= 0:
            compared = answers.compare(int(left))
            text = page_of(pack(answers.bodies), title)
            return Page(text, events, left_out, compared)
        room += _MARGIN * left
    raise ValueError(
        f"Not even one layer fits into {max_megabytes:g} MB: allow more, or "
        "choose smaller layers."
    )
