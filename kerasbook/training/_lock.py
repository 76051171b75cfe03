"""A lock on a path that no other run can take, and that is gone when its process is."""

from __future__ import annotations

import os
from threading import get_ident
from typing import TYPE_CHECKING

from kerasbook.errors import ArgumentError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Lock"]

# The system's lock belongs to a process: two runs within one are told apart here.
_HELD: dict[Path, Lock] = {}


class Lock:
    """The right to write one path, held from `acquire` to `release` or the end of the process."""

    __slots__ = ("_file", "_path", "_thread", "_yield")

    def __init__(self, path: Path, on_yield: Callable[[], None]) -> None:
        self._path = path.with_name(f"{path.name}.lock")
        self._yield = on_yield
        self._file: int | None = None
        self._thread = 0

    def acquire(self) -> None:
        """Take the lock, at once or not at all.

        Raises:
            TrainingError: another run has it; the message names its process.
            ArgumentError: the folder cannot be written.
        """
        if self._file is not None:
            return
        before = _HELD.get(self._path)
        if before is not None:
            # A training that an error or Ctrl-C broke off does not say so; but where another one
            # begins in the same thread, as when a notebook's cell is run again, it is over.
            before.yield_to_this_thread()
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise ArgumentError(
                f"path must be in a folder that can be written; {self._path.parent} cannot "
                f"({error.strerror}). Choose another folder, or free this one."
            ) from error
        if not _try_lock(file):
            owner = os.read(file, 64).decode(errors="replace").strip()
            os.close(file)
            raise self._taken(f"process {owner}" if owner else "another process")
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        self._file, self._thread = file, get_ident()
        _HELD[self._path] = self

    def yield_to_this_thread(self) -> None:
        """Give the lock up to another run of the thread that holds it.

        Raises:
            TrainingError: another thread has it, and may be training.
        """
        if self._thread != get_ident():
            raise self._taken("another thread of this process")
        self._yield()
        self.release()

    def release(self) -> None:
        """Give the lock back, if it is held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            _HELD.pop(self._path, None)

    def _taken(self, owner: str) -> TrainingError:
        path = self._path.with_name(self._path.name.removesuffix(".lock"))
        return TrainingError(
            f"{path} is in use by {owner}: two runs would overwrite each other's state. "
            f"Give each run its own path, or stop that one."
        )


def _try_lock(file: int) -> bool:
    try:
        import fcntl  # noqa: PLC0415  POSIX only
    except ImportError:
        import msvcrt  # noqa: PLC0415  Windows only

        locking = msvcrt.locking  # type: ignore[attr-defined,unused-ignore]
        mode = msvcrt.LK_NBLCK  # type: ignore[attr-defined,unused-ignore]
        try:
            locking(file, mode, 1)
        except OSError:
            return False
        return True
    try:
        # Not `flock`: a forked worker that outlives a killed run would go on holding it.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
