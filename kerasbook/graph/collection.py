"""Building many objects that hold no cycles, without Python looking for any."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["paused_collection"]


@contextmanager
def paused_collection() -> Iterator[None]:
    """Keep the garbage collector from searching while a graph is built.

    A graph is tens of thousands of small objects without a cycle. Every few thousand of them start
    a search through all objects of the process, which takes half of the time for a long chain, and
    beside a model in memory many times as long as all the arithmetic.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
