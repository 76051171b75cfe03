"""A lock that lets one run at a time use a path; it ends with its process."""

from __future__ import annotations

import os
from threading import get_ident
from typing import TYPE_CHECKING

from kerasbook.errors import ArgumentError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Lock"]

# The system's lock belongs to a process; this table separates two runs within one process.
_LOCKS: dict[Path, Lock] = {}


class Lock:
    """The exclusive right to write a path, from `acquire` to `release` or the process's end."""

    __slots__ = ("_file", "_path", "_thread", "_yield")

    def __init__(self, path: Path, on_yield: Callable[[], None]) -> None:
        self._path = path.with_name(f"{path.name}.lock")
        self._yield = on_yield
        self._file: int | None = None
        self._thread = 0

    def acquire(self) -> None:
        """Take the lock without waiting.

        Raises:
            TrainingError: another run has the lock; the message names its process.
            ArgumentError: the folder cannot be written.
        """
        if self._file is not None:
            return
        before = _LOCKS.get(self._path)
        if before is not None:
            # A training that an error or Ctrl-C ended never releases its lock. If another training
            # begins in the same thread, as when a notebook's cell is run again, the first is over.
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
        _LOCKS[self._path] = self

    def yield_to_this_thread(self) -> None:
        """Release the lock for another run in the same thread.

        Raises:
            TrainingError: another thread has the lock, and may be training.
        """
        if self._thread != get_ident():
            raise self._taken("another thread of this process")
        self._yield()
        self.release()

    def release(self) -> None:
        """Release the lock, if this run has it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            _LOCKS.pop(self._path, None)

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
        # Not `flock`: a forked worker that outlives a killed run would keep the lock.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
