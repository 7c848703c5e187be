"""Shows the dashboard in a cell of a notebook, without TensorBoard."""

from __future__ import annotations

import dataclasses
import html
import os
from collections.abc import Sequence

from tb_actmax.page.export import MAX_MEGABYTES, Page, make_page


@dataclasses.dataclass(frozen=True, repr=False)
class Shown:
    """A dashboard that a notebook draws as the result of a cell."""

    page: Page
    height: int  # pixels

    def __repr__(self) -> str:
        """Returns a sentence, for use outside of a notebook."""
        return (
            "The dashboard, which a notebook draws as a cell's result: "
            f"{self.page.summary()}"
        )

    def _repr_html_(self) -> str:
        # The frame has its own origin and cannot access the notebook, because a
        # log is untrusted.
        document = html.escape(self.page.html)
        note = ""
        if self.page.left_out:
            note = f"<p>{html.escape(self.page.summary())}</p>"
        return (
            f'{note}<iframe srcdoc="{document}" title="Activation Max" '
            'sandbox="allow-scripts allow-downloads" '
            f'style="width: 100%; height: {int(self.height)}px; border: 0">'
            "</iframe>"
        )


def show(
    log_dir: str | os.PathLike[str],
    *,
    runs: Sequence[str] | None = None,
    layers: Sequence[str] | None = None,
    epochs: Sequence[int] | None = None,
    height: int = 700,
    max_megabytes: float = MAX_MEGABYTES,
) -> Shown:
    """Shows the dashboard in a notebook, as the result of a cell.

    It is the page that `tb-actmax export --html` writes. TensorBoard does not
    run, TensorFlow is not imported, and the data are stored in the notebook.

    Args:
        log_dir: The directory that TensorBoard would be given.
        runs: Runs to show. Defaults to `None`, all.
        layers: Layers to show: paths or their last parts. Defaults to `None`,
            all.
        epochs: Epochs, or batches, to show. Defaults to `None`, all.
        height: Integer. Height of the dashboard in pixels. Defaults to `700`.
        max_megabytes: Float. Largest size of the page in megabytes; if
            necessary, epochs and then layers are left out. Defaults to `20`.

    Returns:
        An object that the notebook displays as the dashboard.

    Raises:
        FileNotFoundError: If there is no log.
        ValueError: If a name is not in the log, or not even one layer fits.

    Example:

    ```python
    tb_actmax.show("logs", layers=["conv2"])
    ```
    """
    page = make_page(
        log_dir,
        runs=runs,
        layers=layers,
        epochs=epochs,
        max_megabytes=max_megabytes,
    )
    return Shown(page, height)
