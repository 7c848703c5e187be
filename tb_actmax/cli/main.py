"""The command `tb-actmax`."""

import argparse
import logging
import sys
import traceback
from collections.abc import Sequence

from tb_actmax import __version__
from tb_actmax.cli import doctor, export, info, render
from tb_actmax.cli.streams import discard_output, printable_streams
from tb_actmax.errors import describe
from tb_actmax.printable import printable

_COMMANDS = {"render": render, "export": export, "info": info, "doctor": doctor}
# Errors whose messages are complete sentences.
_EXPECTED = (ValueError, OSError, ImportError, MemoryError, SystemExit)


@printable_streams()
def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns 0, 1 after an error, or 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="tb-actmax",
        description="See what each filter of a Keras network looks for.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--debug", action="store_true", help="show where an error was raised"
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND"
    )
    for name, module in _COMMANDS.items():
        summary = (module.__doc__ or "").split("\n")[0]
        command = commands.add_parser(name, help=summary, description=summary)
        module.add_arguments(command)
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s")
    try:
        status: int = _COMMANDS[options.command].run(options)
        if sys.stdout is not None:
            sys.stdout.flush()  # raises here if the disk is full
        return status
    except KeyboardInterrupt as stopped:
        print("\nStopped.", *stopped.args, file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has closed the pipe
        discard_output()
        return 1
    # Models and their layers are programs that may raise anything.
    except (Exception, SystemExit) as error:
        print(
            f"tb-actmax {options.command}: {_sentence(error)}", file=sys.stderr
        )
        if options.debug:
            traceback.print_exception(error)
        elif not isinstance(error, _EXPECTED):
            print(
                f"See where with: tb-actmax --debug {options.command} ...",
                file=sys.stderr,
            )
        if isinstance(error, OSError):
            discard_output()
        return 1


def _sentence(error: BaseException) -> str:
    """Returns an error as one line for the user."""
    if isinstance(error, MemoryError):
        text = f"There is not enough memory. {error}"
    elif isinstance(error, SystemExit):
        text = f"The model's code ended with the exit status {error.code!r}."
    elif isinstance(error, _EXPECTED):
        text = str(error) or type(error).__name__
    else:
        text = describe(error)
    return printable(" ".join(text.split()))
