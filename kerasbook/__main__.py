"""The command `kerasbook`, and `python -m kerasbook`, which is the same."""

import gc
import os
import sys

__all__ = ["run"]


def run() -> None:
    """Run the command that the process was started with, and end with its exit status.

    Modules and reports are many objects, of which few are dropped before the end. To look for
    garbage among them, and to take them apart at the end, is a twentieth of the time of
    `kerasbook explain`.
    """
    gc.disable()
    from kerasbook.cli import main  # noqa: PLC0415  as said

    status = main()
    if "keras" in sys.modules or sys.getprofile() or sys.gettrace():
        sys.exit(status)  # they have something to do at the end
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


if __name__ == "__main__":
    run()
