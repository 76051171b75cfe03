"""What can be drawn of a network: all of it, or less, until it fits a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.diagrams.condensing import elide, stack_blocks
from kerasbook.diagrams.folding import fold
from kerasbook.diagrams.scene import make_scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.diagrams.network import Network
    from kerasbook.diagrams.scene import Scene

__all__ = ["PAGE", "candidates"]

PAGE = (9.5, 11.9)  # inches: width and height that a sketch may have

# Levels and blocks a level that are kept, frames within frames that stay open.
_LESS = (
    *((long, 6, 2) for long in (40, 32, 26, 21, 17, 14)),
    *((long, 5, 1) for long in (12, 11, 10, 9, 8, 7, 6)),
    *((long, 3, 0) for long in (8, 6, 5, 4)),
)


def candidates(network: Network) -> Iterator[Scene]:
    """All of a network, then repetitions drawn once, rows listed in a box, the middle left out."""
    scene = make_scene(network)
    yield scene
    folded = fold(scene)
    yield folded
    yield stack_blocks(folded)
    less = stack_blocks(fold(scene, loose=True))
    yield less
    for long, wide, depth in _LESS:
        yield elide(less, long=long, wide=wide, depth=depth)
