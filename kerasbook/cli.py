"""The command line: parse, call one public function, print.

Each command is a function that adds its arguments to a parser and a function that runs it. The
second imports what it needs, so that `kerasbook --help` stays instant.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from kerasbook import __version__
from kerasbook.errors import KerasbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status of one command: 0 done, 1 a budget is exceeded, 2 a mistake, 130 Ctrl-C.

    Args:
        argv: the words after `kerasbook`; those of the process if left out.
    """
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except KerasbookError as error:
        print(f"kerasbook: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("kerasbook: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kerasbook", description="Learn Keras by building it.")
    parser.add_argument("--version", action="version", version=f"kerasbook {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, (summary, add_arguments, run) in _COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        add_arguments(command)
        command.set_defaults(run=run)
    return parser


# name: (summary, adds its arguments, runs it)
_COMMANDS: dict[
    str,
    tuple[
        str,
        Callable[[argparse.ArgumentParser], None],
        Callable[[argparse.Namespace], int],
    ],
] = {}
