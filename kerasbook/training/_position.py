"""How a resumed run tells the data where it stands, without either knowing the other.

Keras tells a callback the epoch's number and the data nothing, one right after the other and in
the same thread. So the callback offers a position, and the data that Keras begins next takes it.
Data that does not take it cannot be led there, and the callback sees that it was not taken.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasbook.training._ordered import Ordered

__all__ = ["Position", "offer", "take"]

_offered: ContextVar[Position | None] = ContextVar("kerasbook_position", default=None)


@dataclass(slots=True)
class Position:
    """A place in a run: batches of an epoch that are done, and the data that took it."""

    epoch: int
    batches: int
    taken_by: Ordered | None = None


def offer(position: Position | None) -> None:
    """Put a position where the next data that begins an epoch finds it; `None` takes it away."""
    _offered.set(position)


def take(data: Ordered) -> Position | None:
    """The position that was offered, taken for this data."""
    position = _offered.get()
    if position is not None:
        position.taken_by = data
        _offered.set(None)
    return position
