"""Nodes of a graph in ranks, in an order with few crossings, at positions with straight edges.

The method is that of layered drawings: each node in the rank after all that it reads, an edge over
several ranks through bends of its own, orders by the mean position of the neighbours, sweeping
down and up, and positions that come as near to the neighbours as the widths allow.

Reference:
    Sugiyama, Tagawa and Toda, *Methods for visual understanding of hierarchical system
    structures*, 1981, https://doi.org/10.1109/TSMC.1981.4308636.
    Gansner, Koutsofios, North and Vo, *A technique for drawing directed graphs*, 1993,
    https://doi.org/10.1109/32.221135.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Edge", "Layered", "layer", "nearest"]

_SWEEPS = 8
_BEND = 0.14  # inches kept free for an edge that passes a rank
_APART = 0.22  # inches between nodes


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge between two nodes, with where it begins and ends beside their middles, in inches."""

    start: int
    end: int
    start_offset: float = 0.0
    end_offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Layered:
    """Where nodes are.

    Attributes:
        ranks: nodes of each rank from left to right; numbers after the last node are bends.
        x: middle of each node and bend.
        paths: for each edge the nodes and bends it goes through.
    """

    ranks: list[list[int]]
    x: list[float]
    paths: list[list[int]]


def layer(
    widths: Sequence[float], edges: Sequence[Edge], *, first: int = 0, last: int = 0
) -> Layered:
    """The nodes in ranks.

    Args:
        widths: of the nodes, in inches, each after those that it reads.
        edges: from earlier to later nodes.
        first: how many nodes at the beginning stay in the first rank.
        last: how many at the end stay in the last.
    """
    rank = _ranks(len(widths), edges, first=first, last=last)
    wide = list(widths)
    paths = []
    for edge in edges:
        bends = range(len(wide), len(wide) + rank[edge.end] - rank[edge.start] - 1)
        rank.extend(rank[edge.start] + 1 + n for n in range(len(bends)))
        wide.extend([_BEND] * len(bends))
        paths.append([edge.start, *bends, edge.end])
    ranks: list[list[int]] = [[] for _ in range(max(rank, default=-1) + 1)]
    for node, level in enumerate(rank):
        ranks[level].append(node)
    net = _Net(ranks, wide, nodes=len(widths), paths=paths, edges=edges)
    net.order()
    return Layered(net.ranks, net.positions(), paths)


def nearest(
    wanted: Sequence[float], weights: Sequence[float], gaps: Sequence[float]
) -> list[float]:
    """Positions in order, at least the gaps apart, as near as can be to where they should be.

    Args:
        wanted: where each should be.
        weights: how much each matters; more than 0.
        gaps: the least distance of each from the one before; one fewer than positions.

    Returns:
        The positions with the least weighted sum of squared distances, by pooling adjacent
        violators.

    Examples:
        >>> nearest([0, 0, 5], [1, 1, 1], [2, 1])
        [-1.0, 1.0, 5.0]
    """
    shifts = list(accumulate(gaps, initial=0.0))
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for place, weight, shift in zip(wanted, weights, shifts, strict=True):
        mean, mass, count = place - shift, weight, 1
        while pools and pools[-1][0] > mean:
            other, other_mass, other_count = pools.pop()
            mean = (mean * mass + other * other_mass) / (mass + other_mass)
            mass, count = mass + other_mass, count + other_count
        pools.append((mean, mass, count))
    means = (mean for mean, _, count in pools for _ in range(count))
    return [mean + shift for mean, shift in zip(means, shifts, strict=True)]


def _ranks(count: int, edges: Sequence[Edge], *, first: int, last: int) -> list[int]:
    """The rank of each node: after all that it reads; what reads nothing is just before its use."""
    rank = [0] * count
    for edge in sorted(edges, key=lambda e: e.start):
        rank[edge.end] = max(rank[edge.end], rank[edge.start] + 1)
    deepest = max(rank, default=0)
    rank[count - last :] = [deepest] * last
    reads = {edge.end for edge in edges}
    for node in range(first, count - last):
        uses = [rank[edge.end] for edge in edges if edge.start == node] if node not in reads else []
        if uses:
            rank[node] = min(uses) - 1
    return rank


@dataclass(slots=True)
class _Net:
    """A layered graph under way."""

    ranks: list[list[int]]
    widths: list[float]
    nodes: int
    above: list[list[tuple[int, float]]]
    below: list[list[tuple[int, float]]]

    def __init__(
        self,
        ranks: list[list[int]],
        widths: list[float],
        *,
        nodes: int,
        paths: Sequence[Sequence[int]],
        edges: Sequence[Edge],
    ) -> None:
        self.ranks, self.widths, self.nodes = ranks, widths, nodes
        self.above = [[] for _ in widths]
        self.below = [[] for _ in widths]
        for path, edge in zip(paths, edges, strict=True):
            for one, two in pairwise(path):
                start = edge.start_offset if one == edge.start else 0.0
                end = edge.end_offset if two == edge.end else 0.0
                self.below[one].append((two, end - start))
                self.above[two].append((one, start - end))

    def order(self) -> None:
        """Sweep down and up, and keep the order with the fewest crossings."""
        best, fewest = [list(rank) for rank in self.ranks], self._crossings()
        for sweep in range(_SWEEPS):
            if fewest == 0:
                break
            neighbours = self.below if sweep % 2 else self.above
            for rank in self.ranks[::-1] if sweep % 2 else self.ranks:
                self._sort(rank, neighbours)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(rank) for rank in self.ranks], crossings
        self.ranks = best

    def positions(self) -> list[float]:
        """The middles of all nodes and bends, the leftmost side at 0."""
        x = [0.0] * len(self.widths)
        for rank in self.ranks:
            self._place(rank, x, ())
        for sweep in range(_SWEEPS):
            both = (self.above, self.below)
            sides = both if sweep >= _SWEEPS - 2 else both[sweep % 2 : sweep % 2 + 1]
            for rank in self.ranks[::-1] if sweep % 2 else self.ranks:
                self._place(rank, x, sides)
        left = min((x[n] - self.widths[n] / 2 for n in range(len(x))), default=0.0)
        return [place - left for place in x]

    def _place(
        self, rank: list[int], x: list[float], sides: Sequence[list[list[tuple[int, float]]]]
    ) -> None:
        wanted, weights = [], []
        for node in rank:
            total, weight = x[node] * 0.01, 0.01
            for side in sides:
                for other, offset in side[node]:
                    # Edges over several ranks should be straight first of all.
                    pull = 1 + 3 * (node >= self.nodes) + 3 * (other >= self.nodes)
                    total += pull * (x[other] + offset)
                    weight += pull
            wanted.append(total / weight)
            weights.append(weight)
        gaps = [self._gap(one, two) for one, two in pairwise(rank)]
        for node, place in zip(rank, nearest(wanted, weights, gaps), strict=True):
            x[node] = place

    def _gap(self, one: int, two: int) -> float:
        apart = _APART / 2 if max(one, two) >= self.nodes else _APART
        return (self.widths[one] + self.widths[two]) / 2 + apart

    def _sort(self, rank: list[int], neighbours: list[list[tuple[int, float]]]) -> None:
        place = {node: n for other in self.ranks for n, node in enumerate(other)}

        def mean(node: int) -> float:
            near = [place[other] for other, _ in neighbours[node]]
            return sum(near) / len(near) if near else place[node]

        rank.sort(key=mean)

    def _crossings(self) -> int:
        """How many pairs of edges cross."""
        count = 0
        for upper, lower in pairwise(self.ranks):
            place = {node: n for n, node in enumerate(lower)}
            seen: list[int] = []
            for node in upper:
                ends = sorted(place[other] for other, _ in self.below[node])
                count += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
                for end in ends:
                    insort(seen, end)
        return count
