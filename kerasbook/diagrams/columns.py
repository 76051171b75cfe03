"""Ranks of a layered drawing wrapped into columns, as a newspaper wraps its lines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import inf, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.diagrams.layering import Layered

__all__ = ["GUTTER", "TRACK", "Ranks", "measure", "wrap"]

TRACK = 0.1  # inches between edges that run side by side
GUTTER = 0.3  # between columns, beside the edges that run there

_GAP, _LESS = 0.2, 0.05  # between ranks; to one without nodes
_STEEP = 0.1  # more, for each inch that an edge goes aside
_FAR = 2.0
_MOST_COLUMNS = 6
_SHAPELY = 0.85  # width to height of a page that looks right
# What costs as much as a page that is off the right shape by a factor of e.
_PER_COLUMN, _PER_EDGE = 0.2, 0.1
_PER_INCH = 10.0  # too wide or too high


@dataclass(frozen=True, slots=True)
class Ranks:
    """What each rank takes, in inches.

    Attributes:
        heights: of the highest node.
        gaps: to the rank above.
        passing: how many edges come in from above.
        sides: left and right of what is in it.
    """

    heights: tuple[float, ...]
    gaps: tuple[float, ...]
    passing: tuple[int, ...]
    sides: tuple[tuple[float, float], ...]

    def tops(self, column: range) -> list[float]:
        """The top of each rank of a column, from 0, and the bottom of the last."""
        steps = [self.heights[r] + self.gaps[r + 1] for r in column[:-1]]
        tops = list(accumulate(steps, initial=0.0))
        return [*tops, tops[-1] + self.heights[column[-1]]]

    def spread(self, column: range) -> tuple[float, float]:
        """Left and right of what is in a column."""
        sides = self.sides[column.start : column.stop]
        return min(left for left, _ in sides), max(right for _, right in sides)

    def gutter(self, rank: int) -> float:
        """The room on the left of a column that begins with a rank, for the edges that come in."""
        return GUTTER + TRACK * self.passing[rank] if rank else 0.0


def measure(layered: Layered, widths: Sequence[float], heights: Sequence[float]) -> Ranks:
    """What each rank takes.

    Args:
        layered: nodes in ranks.
        widths: of the nodes; bends take as much as an edge.
        heights: of the nodes.
    """
    x, rank_of = layered.x, {n: r for r, rank in enumerate(layered.ranks) for n in rank}
    farthest, passing = [0.0] * len(layered.ranks), [0] * len(layered.ranks)
    for path in layered.paths:
        for one, two in pairwise(path):
            rank = rank_of[two]
            passing[rank] += 1
            farthest[rank] = max(farthest[rank], abs(x[one] - x[two]))
    wide = [*widths, *[TRACK] * (len(x) - len(widths))]
    tall = tuple(
        max((heights[n] for n in rank if n < len(heights)), default=0.0) for rank in layered.ranks
    )
    return Ranks(
        tall,
        tuple(
            (_GAP if height else _LESS) + _STEEP * min(far, _FAR)
            for far, height in zip(farthest, tall, strict=True)
        ),
        tuple(passing),
        tuple(
            (min(x[n] - wide[n] / 2 for n in rank), max(x[n] + wide[n] / 2 for n in rank))
            for rank in layered.ranks
        ),
    )


def wrap(ranks: Ranks, *, room: tuple[float, float], shapely: bool = True) -> list[range]:
    """The ranks of each column: few columns, cut at few edges.

    Args:
        ranks: what each takes.
        room: the width and the height that there are, in inches.
        shapely: whether all of it should have the shape of a page.
    """
    best, least = [range(len(ranks.heights))], inf
    for columns in _wrappings(ranks):
        width = sum(
            right - left + ranks.gutter(column.start)
            for column, (left, right) in zip(columns, map(ranks.spread, columns), strict=True)
        )
        height = max(ranks.tops(column)[-1] for column in columns)
        height += 2 * max(ranks.gutter(column.start) for column in columns)
        cuts = sum(ranks.passing[column.start] - 1 for column in columns[1:])
        cost = abs(log(max(width, TRACK) / _SHAPELY / max(height, TRACK))) if shapely else 0.0
        cost += _PER_COLUMN * len(columns) + _PER_EDGE * cuts
        cost += _PER_INCH * (max(0.0, width - room[0]) + max(0.0, height - room[1]))
        if cost < least:
            best, least = columns, cost
    return best


def _wrappings(ranks: Ranks) -> list[list[range]]:
    """For each number of columns those whose highest is lowest; cuts through edges count."""
    count = len(ranks.heights)
    most = min(_MOST_COLUMNS, count)
    # The height of ranks from one on, were there nothing above.
    down = list(accumulate(h + g for h, g in zip(ranks.heights, ranks.gaps, strict=True)))
    cost = [[inf] * (count + 1) for _ in range(most + 1)]
    cut = [[0] * (count + 1) for _ in range(most + 1)]
    cost[0][0] = 0.0
    for column in range(1, most + 1):
        for end in range(column, count + 1):
            for start in range(column - 1, end):
                height = down[end - 1] - (down[start - 1] if start else 0.0) - ranks.gaps[start]
                height += GUTTER * (ranks.passing[start] - 1) if start else 0.0
                total = max(cost[column - 1][start], height)
                if total < cost[column][end]:
                    cost[column][end], cut[column][end] = total, start
    return [_cut(cut, columns, count) for columns in range(1, most + 1)]


def _cut(cut: list[list[int]], columns: int, end: int) -> list[range]:
    found = []
    for column in range(columns, 0, -1):
        start = cut[column][end]
        found.append(range(start, end))
        end = start
    return found[::-1]
