"""Saves the dashboard with its data as one page of HTML."""

import argparse
import pathlib

from tb_actmax.page.export import MAX_MEGABYTES, make_page

_OWN = ("runs", "layers", "epochs", "max_mb")
# Options of a picture, and their defaults.
_OTHERS = {
    "layer": None,
    "epoch": None,
    "filters": None,
    "grid": None,
    "gif": False,
    "npz": False,
    "output": None,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a page."""
    add = parser.add_argument_group("one page with the whole tab").add_argument
    add(
        "--html",
        type=pathlib.Path,
        metavar="PAGE",
        help="file to write; opens without TensorBoard, Python or a network",
    )
    add("--runs", nargs="+", help="runs to show (default: all)")
    add("--layers", nargs="+", help="layers to show (default: all)")
    add("--epochs", nargs="+", type=int, help="epochs to show (default: all)")
    add(
        "--max-mb",
        type=float,
        help="largest size of the page in megabytes; epochs, and then layers, "
        f"are left out of a larger one (default: {MAX_MEGABYTES:g})",
    )


def check_not_given(options: argparse.Namespace) -> None:
    """Rejects the options of a page for a picture."""
    given = [name for name in _OWN if getattr(options, name) is not None]
    if given:
        raise ValueError(f"{_flags(given)}: only for a page, with --html.")


def run(options: argparse.Namespace) -> int:
    """Writes the page, after printing its size."""
    given = [
        name
        for name, default in _OTHERS.items()
        if getattr(options, name) != default
    ]
    if given:
        raise ValueError(
            f"{_flags(given)}: not for a page; --html takes --runs, --layers, "
            "--epochs and --max-mb."
        )
    if options.html.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"{options.html} should end in .html.")
    check_folder(options.html)
    page = make_page(
        options.run,
        runs=options.runs,
        layers=options.layers,
        epochs=options.epochs,
        max_megabytes=MAX_MEGABYTES
        if options.max_mb is None
        else options.max_mb,
    )
    more = ""
    if page.left_out:
        more = " --max-mb allows more; --runs, --layers and --epochs choose."
    print(f"{options.html}: {page.summary()}{more}", flush=True)
    options.html.write_text(page.html, encoding="utf-8")
    return 0


def check_folder(file: pathlib.Path) -> None:
    """Rejects a file whose folder does not exist."""
    if not file.parent.is_dir():
        raise FileNotFoundError(
            f"There is no folder {file.parent} to write into."
        )


def _flags(names: list[str]) -> str:
    return ", ".join("--" + name.replace("_", "-") for name in names)
