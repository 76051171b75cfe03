"""Ctrl-C at a safe place: noted when it is pressed, raised where Python code can handle it."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import FrameType, TracebackType

__all__ = ["StopRequest"]


class StopRequest:
    """A context in which Ctrl-C is a request, raised by the next `check`.

    Raised inside a backend's compiled code, `KeyboardInterrupt` can come out as another error
    (TensorFlow: `SystemError`), and then nobody can tell it from a failure. A second Ctrl-C is
    raised at once. Outside the main thread, where Python handles no signals, nothing changes.

    Examples:
        >>> with StopRequest() as stop:
        ...     stop.check()  # nobody pressed it
        ...     signal.raise_signal(signal.SIGINT)
        ...     stop.requested
        True
    """

    def __init__(self) -> None:
        self.requested = False
        self._previous: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if Ctrl-C was pressed."""
        if self.requested:
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  as signals call
        self.check()
        self.requested = True
