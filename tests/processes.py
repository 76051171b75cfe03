"""Processes of a training: each a Python of its own, told of no launcher but the test's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

LAUNCHERS = ("KERAS_DISTRIBUTION", "MASTER_", "WORLD_SIZE", "RANK", "SLURM_", "JOB_COMPLETION")


def started(*command, folder=None, **settings):
    """A process of a command, or of a Python program if it begins with one."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(LAUNCHERS)}
    first = [sys.executable] if str(command[0]).endswith(".py") else []
    return subprocess.Popen(  # noqa: S603  our own code
        [*first, *map(str, command)],
        env={**clean, **settings},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    """The last line that it printed, if all went well; JAX's transport prints lines before it."""
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-3000:]
    return out.splitlines()[-1] if out else ""


def free_address():
    """An address of this machine at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"
