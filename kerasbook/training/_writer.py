"""Writing of states in the background; training waits only for copies in memory."""

from __future__ import annotations

import warnings
from threading import Thread
from typing import TYPE_CHECKING, Any

from kerasbook.training._container import write

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Writer"]


class Writer:
    """Writes states to a path, one at a time; a failure is a warning, and training goes on."""

    __slots__ = ("_failure", "_path", "_thread")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread: Thread | None = None
        self._failure: OSError | None = None

    @property
    def busy(self) -> bool:
        """Whether a state is being written now."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, header: dict[str, Any], arrays: list[NDArray[Any]]) -> None:
        """Write a state in the background, once the previous one is written."""
        self.finish()
        # Not a daemon thread: the process waits for the last state to be on disk before it ends.
        self._thread = Thread(target=self._write, args=(header, arrays), name="ExactResume")
        self._thread.start()

    def finish(self) -> None:
        """Wait until the current state is written; warn if it could not be."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._failure is not None:
            reason, self._failure = self._failure.strerror, None
            warnings.warn(
                f"{self._path} could not be written ({reason}). Training goes on; the state saved "
                f"before is still there, and the next save tries again.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _write(self, header: dict[str, Any], arrays: list[NDArray[Any]]) -> None:
        try:
            write(self._path, header, arrays)
        except OSError as error:
            self._failure = error
