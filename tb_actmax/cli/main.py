"""The command `tb-actmax`."""

import argparse
import io
import logging
import sys
from collections.abc import Sequence

from tb_actmax import __version__
from tb_actmax.cli import doctor, export, info, render
from tb_actmax.cli.printable import printable

_PARTS = {"render": render, "export": export, "info": info, "doctor": doctor}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: The command line, without the command; that of the process
            where `None`.

    Returns:
        The exit status: 0, 1 after an error, 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(
        prog="tb-actmax",
        description="See what each filter of a Keras network looks for.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    for name, module in _PARTS.items():
        summary = (module.__doc__ or "").split("\n")[0]
        part = parts.add_parser(
            name,
            help=summary,
            description=summary,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        module.add_arguments(part)
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # any name prints
    try:
        status: int = _PARTS[options.part].run(options)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except (ValueError, OSError, ImportError) as error:
        message = printable(str(error))
        print(f"tb-actmax {options.part}: {message}", file=sys.stderr)
        return 1
    return status
