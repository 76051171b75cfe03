"""Where the blocks and edges of a scene go: layered, and in columns that fit a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasbook.diagrams.columns import GUTTER, TRACK, measure, wrap
from kerasbook.diagrams.layering import Edge, layer, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kerasbook.diagrams.columns import Ranks
    from kerasbook.diagrams.layering import Layered
    from kerasbook.diagrams.network import Source
    from kerasbook.diagrams.scene import Scene
    from kerasbook.diagrams.sketch import Point

__all__ = ["ItemSize", "Placed", "place_scene"]

_STRAIGHT = 0.15  # inches: an edge that is less askew goes straight down
_ROUND = 0.07  # of corners
_CURVE = 12  # points


@dataclass(frozen=True, slots=True)
class ItemSize:
    """The room that an item takes, in inches, and where edges end and begin beside its middle."""

    width: float
    height: float
    entries: tuple[float, ...] = ()
    exits: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """A scene with a place for all in it, in inches.

    Attributes:
        width: of all of it.
        height: of all of it.
        corners: left and top of each item.
        edges: the points that each edge goes through, and whether it ends at an item.
        entries: where the edges from outside come in.
        exits: where those to the outside leave.
    """

    width: float
    height: float
    corners: tuple[Point, ...]
    edges: tuple[tuple[tuple[Point, ...], bool], ...]
    entries: tuple[Point, ...]
    exits: tuple[Point, ...]


def place_scene(scene: Scene, cells: Sequence[ItemSize], *, room: tuple[float, float]) -> Placed:
    """A place for all in a scene.

    Args:
        scene: what to place.
        cells: the room that each of its items takes.
        room: the width and the height that there are, in inches.
    """
    ends = len(scene.outputs) if scene.inputs else 0
    nodes = [*[ItemSize(TRACK, 0.0)] * scene.inputs, *cells, *[ItemSize(TRACK, 0.0)] * ends]
    if scene.connected:
        edges = list(_edges(scene, cells))
    else:  # one below the other, as they come
        edges = [Edge(n, n + 1) for n in range(len(nodes) - 1)]
    layered = layer([c.width for c in nodes], edges, first=scene.inputs, last=ends)
    ranks = measure(layered, [c.width for c in nodes], [c.height for c in nodes])
    columns = wrap(ranks, room=room, shapely=not scene.inputs)
    page = _Page(nodes, edges, layered=layered, ranks=ranks, columns=columns)
    paths = [page.path(number) for number in range(len(edges))]
    last = len(nodes) - ends
    right = [page.across[n] + page.width(n) / 2 for n in range(len(page.across))]
    return Placed(
        max([*right, *(x for path in paths for x, _ in path)], default=0.0),
        max([*page.bottoms, *(y for path in paths for _, y in path)], default=0.0),
        tuple(page.corner(node) for node in range(scene.inputs, last)),
        tuple((tuple(p), e.end < last) for p, e in zip(paths, edges, strict=True))
        if scene.connected
        else (),
        tuple(page.middle(node) for node in range(scene.inputs)),
        tuple(page.middle(node) for node in range(last, len(nodes))),
    )


def _edges(scene: Scene, cells: Sequence[ItemSize]) -> Iterator[Edge]:
    """The edges between nodes: first the inputs of the scene, then its items, then its outputs."""
    for number, item in enumerate(scene.items):
        for port, source in enumerate(item.sources):
            entries = cells[number].entries
            offset = entries[port] if port < len(entries) else 0.0
            yield _edge(scene, cells, source, end=scene.inputs + number, offset=offset)
    for number, source in enumerate(scene.outputs if scene.inputs else ()):
        yield _edge(scene, cells, source, end=scene.inputs + len(cells) + number, offset=0.0)


def _edge(
    scene: Scene, cells: Sequence[ItemSize], source: Source, *, end: int, offset: float
) -> Edge:
    if source.part < 0:
        return Edge(-1 - source.part, end, 0.0, offset)
    exits = cells[source.part].exits
    start = exits[source.output] if source.output < len(exits) else 0.0
    return Edge(scene.inputs + source.part, end, start, offset)


class _Page:
    """Nodes and bends in columns, and the ways between them."""

    def __init__(
        self,
        nodes: list[ItemSize],
        edges: list[Edge],
        *,
        layered: Layered,
        ranks: Ranks,
        columns: list[range],
    ) -> None:
        self.nodes, self.edges, self.layered, self.ranks = nodes, edges, layered, ranks
        self.rank_of = {n: r for r, rank in enumerate(layered.ranks) for n in rank}
        self.column_of = {r: c for c, column in enumerate(columns) for r in column}
        self.across = list(layered.x)
        self.tops: list[float] = []
        self.bottoms: list[float] = []
        self.lefts: list[float] = []
        margin = max(ranks.gutter(column.start) for column in columns) - GUTTER / 2
        left = 0.0
        for column in columns:
            start, end = ranks.spread(column)
            left += ranks.gutter(column.start)
            self.lefts.append(left)
            for node in (n for rank in column for n in layered.ranks[rank]):
                self.across[node] += left - start
            *tops, bottom = (max(margin, 0.0) + top for top in ranks.tops(column))
            self.tops += tops
            self.bottoms.append(bottom)
            left += end - start
        self._tracks = self._side_by_side(columns)
        self._ends = self._entered()

    def width(self, node: int) -> float:
        """The room that a node or a bend takes."""
        return self.nodes[node].width if node < len(self.nodes) else TRACK

    def corner(self, node: int) -> Point:
        """Left and top of a node, in the middle of its rank."""
        rank, cell = self.rank_of[node], self.nodes[node]
        down = self.tops[rank] + (self.ranks.heights[rank] - cell.height) / 2
        return self.across[node] - cell.width / 2, down

    def middle(self, node: int) -> Point:
        """The middle of the top of a node."""
        return self.across[node], self.corner(node)[1]

    def path(self, number: int) -> list[Point]:
        """The points that an edge goes through."""
        edge, nodes = self.edges[number], self.layered.paths[number]
        x, rank = self.across[edge.start] + edge.start_offset, self.rank_of[edge.start]
        points = [(x, self.corner(edge.start)[1] + self.nodes[edge.start].height)]
        for node in nodes[1:]:
            points.append((x, self.tops[rank] + self.ranks.heights[rank]))
            below = self.rank_of[node]
            x = self._ends[number] if node == edge.end else self.across[node]
            to = (x, self.tops[below])
            if self.column_of[below] == self.column_of[rank]:
                points += _curve(points[-1], to)
            else:
                points = [*points[:-1], *_rounded([*points[-1:], *self._around(number, rank), to])]
            rank = below
        return [*points, (x, self.corner(edge.end)[1])]

    def _around(self, number: int, rank: int) -> list[Point]:
        """The corners of the way from the end of one column to the beginning of the next."""
        column = self.column_of[rank]
        track, count = self._tracks[number, rank + 1]
        x = self._before(number, rank + 1)
        down = self.bottoms[column] + GUTTER / 2 + TRACK * track
        aside = self.lefts[column + 1] - GUTTER / 2 - TRACK * (count - 1 - track)
        up = self.tops[rank + 1] - GUTTER / 2 - TRACK * (count - 1 - track)
        return [(x, down), (aside, down), (aside, up), (self._after(number, rank + 1), up)]

    def _side_by_side(self, columns: list[range]) -> dict[tuple[int, int], tuple[int, int]]:
        """For each edge into a column its track, from the inside, and how many there are."""
        found = {}
        for column in columns[1:]:
            rank = column.start
            passing = [n for n, path in enumerate(self.layered.paths) if self._enters(path, rank)]
            passing.sort(key=lambda n: -self._before(n, rank))
            found.update({(n, rank): (t, len(passing)) for t, n in enumerate(passing)})
        return found

    def _enters(self, path: list[int], rank: int) -> bool:
        return self.rank_of[path[0]] < rank <= self.rank_of[path[-1]]

    def _before(self, number: int, rank: int) -> float:
        """Where an edge leaves the rank above one."""
        path, edge = self.layered.paths[number], self.edges[number]
        node = path[rank - 1 - self.rank_of[path[0]]]
        return self.across[node] + (edge.start_offset if node == edge.start else 0.0)

    def _after(self, number: int, rank: int) -> float:
        """Where it comes into the rank."""
        path, edge = self.layered.paths[number], self.edges[number]
        node = path[rank - self.rank_of[path[0]]]
        return self._ends[number] if node == edge.end else self.across[node]

    def _entered(self) -> list[float]:
        """Where each edge ends: several that come into one node side by side."""
        found = [self.across[e.end] + e.end_offset for e in self.edges]
        into: dict[int, list[int]] = {}
        for number, edge in enumerate(self.edges):
            if not self.nodes[edge.end].entries:
                into.setdefault(edge.end, []).append(number)
        for node, numbers in into.items():
            middle, reach = self.across[node], max(self.nodes[node].width / 2 - TRACK, 0.0)
            before = {n: self._before(n, self.rank_of[node]) for n in numbers}
            ordered = sorted(numbers, key=before.__getitem__)
            if len(ordered) == 1 and abs(before[ordered[0]] - middle) > _STRAIGHT:
                continue
            wanted = [min(max(before[n], middle - reach), middle + reach) for n in ordered]
            apart = min(2 * TRACK, 2 * reach / len(ordered))
            ends = nearest(wanted, [1.0] * len(ordered), [apart] * (len(ordered) - 1))
            for number, end in zip(ordered, ends, strict=True):
                found[number] = end
        return found


def _curve(start: Point, end: Point) -> list[Point]:
    """A curve that leaves and arrives straight down."""
    (x, y), (to, bottom) = start, end
    if abs(x - to) < 0.01:  # noqa: PLR2004  inches: straight
        return [end]
    steps = [step / _CURVE for step in range(1, _CURVE + 1)]
    return [(x + (to - x) * t * t * (3 - 2 * t), y + (bottom - y) * t) for t in steps]


def _rounded(points: Sequence[Point]) -> list[Point]:
    """The same way with its corners rounded."""
    found = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        one, two = _toward(corner, before), _toward(corner, after)
        bend = [(t / 4) for t in range(5)]
        found += [
            (
                (1 - t) ** 2 * one[0] + 2 * t * (1 - t) * corner[0] + t * t * two[0],
                (1 - t) ** 2 * one[1] + 2 * t * (1 - t) * corner[1] + t * t * two[1],
            )
            for t in bend
        ]
    return [*found, points[-1]]


def _toward(corner: Point, other: Point) -> Point:
    """A point near a corner on the way to another."""
    across, down = other[0] - corner[0], other[1] - corner[1]
    length = (across**2 + down**2) ** 0.5
    share = min(_ROUND, length / 2) / length if length else 0.0
    return corner[0] + share * across, corner[1] + share * down
