"""The command `tb-actmax`."""

import argparse
import io
import logging
import sys
from collections.abc import Sequence

from tb_actmax import __version__
from tb_actmax.cli import doctor, export, info, render
from tb_actmax.cli.printable import printable

_COMMANDS = {"render": render, "export": export, "info": info, "doctor": doctor}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: The words after `tb-actmax`. Defaults to `None`: those of
            this process.

    Returns:
        The exit status: 0, 1 after an error, 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(
        prog="tb-actmax",
        description="See what each filter of a Keras network looks for.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND"
    )
    for name, module in _COMMANDS.items():
        summary = (module.__doc__ or "").split("\n")[0]
        command = commands.add_parser(name, help=summary, description=summary)
        module.add_arguments(command)
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names in a log may hold characters that the terminal lacks.
            stream.reconfigure(errors="backslashreplace")
    try:
        status: int = _COMMANDS[options.command].run(options)
    except KeyboardInterrupt as stopped:
        print("\nStopped.", *stopped.args, file=sys.stderr)
        return 130
    except (ValueError, OSError, ImportError) as error:
        message = printable(str(error))
        print(f"tb-actmax {options.command}: {message}", file=sys.stderr)
        return 1
    return status
