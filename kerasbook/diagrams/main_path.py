"""A scene as one way from input to output, and what leads past it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from kerasbook.diagrams.scene import Block, Frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kerasbook.diagrams.network import Source
    from kerasbook.diagrams.scene import Scene

__all__ = ["Bypass", "Span", "Way", "main_way"]


@dataclass(frozen=True, slots=True)
class Span:
    """Blocks of the way in one frame: the first, and the one after the last."""

    start: int
    end: int
    frame: Frame
    depth: int


@dataclass(frozen=True, slots=True)
class Bypass:
    """What leads past blocks of the way, or comes in from outside, or leaves.

    Attributes:
        starts: the blocks that it comes from, in order; none, if it has an input of its own.
        ends: the blocks that it goes to, in order; none, if it has an output of its own.
        blocks: what is on it; none, if it passes on what it gets.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """The longest way through a network, frame by frame.

    Attributes:
        blocks: what is on it.
        spans: which of them are in frames, outer frames first.
        bypasses: what leads past them.
        connected: whether it is known that it is a way.
    """

    blocks: tuple[Block, ...]
    spans: tuple[Span, ...]
    bypasses: tuple[Bypass, ...]
    connected: bool = True


def main_way(scene: Scene) -> Way:
    """The longest way through a scene, with all that is beside it."""
    flat = _Flat([])
    ends = flat.add(scene, (), around=())
    way = _longest(flat.nodes, ends)
    places = {number: place for place, number in enumerate(way)}
    return Way(
        tuple(flat.nodes[number].block for number in way),
        tuple(_spans([flat.nodes[number] for number in way])),
        (*_skips(flat.nodes, places), *_branches(flat.nodes, places)) if scene.connected else (),
        scene.connected,
    )


@dataclass(frozen=True, slots=True)
class _Node:
    """A block, with the numbers of those that it reads.

    Attributes:
        block: what is drawn.
        sources: the nodes that it reads, all of them earlier.
        frames: the frames around it, outer ones first, each with the number of its first node.
    """

    block: Block
    sources: tuple[int, ...]
    frames: tuple[tuple[int, Frame], ...]

    @property
    def layers(self) -> int:
        """How many layers it stands for, repetitions included."""
        times = prod(frame.times for _, frame in self.frames)
        return times * sum(part.layers for part in self.block.parts)


@dataclass(frozen=True, slots=True)
class _Flat:
    """The blocks of a scene and of the frames in it, each after those that it reads."""

    nodes: list[_Node]

    def add(
        self, scene: Scene, entries: Sequence[int], *, around: tuple[tuple[int, Frame], ...]
    ) -> list[int]:
        """Add a scene; the nodes that its outputs come from.

        Args:
            scene: what to add.
            entries: the node that each of its inputs comes from; −1 for none.
            around: the frames around it.
        """
        exits: list[list[int]] = []  # of each item, by output

        def origin(source: Source) -> int:
            if source.part < 0:
                return entries[-1 - source.part] if -source.part <= len(entries) else -1
            every = exits[source.part]
            return every[min(source.output, len(every) - 1)] if every else -1

        for item in scene.items:
            if scene.connected:
                sources = [origin(source) for source in item.sources]
            else:  # one after the other
                sources = list(exits[-1] if exits else entries)
            if isinstance(item.content, Frame):
                frame = len(self.nodes), item.content
                exits.append(self.add(item.content.scene, sources, around=(*around, frame)))
            else:
                known = tuple(dict.fromkeys(number for number in sources if number >= 0))
                self.nodes.append(_Node(item.content, known, around))
                exits.append([len(self.nodes) - 1])
        last = exits[-1] if exits else list(entries)
        return [origin(output) for output in scene.outputs] if scene.connected else last


def _longest(nodes: Sequence[_Node], ends: Sequence[int]) -> list[int]:
    """The nodes on the way with the most layers to the first output."""
    longest: list[int] = []
    above: list[int | None] = []
    for node in nodes:
        best = max(node.sources, key=longest.__getitem__, default=None)
        above.append(best)
        longest.append(node.layers + (longest[best] if best is not None else 0))
    known = [end for end in ends if end >= 0]
    number: int | None = known[0] if known else len(nodes) - 1
    way = []
    while nodes and number is not None:
        way.append(number)
        number = above[number]
    return way[::-1]


def _spans(way: Sequence[_Node]) -> list[Span]:
    """The frames around the way, which enters each once."""
    found: dict[tuple[int, int], Span] = {}
    for place, node in enumerate(way):
        for depth, (number, frame) in enumerate(node.frames):
            start = found.get((number, depth), Span(place, place, frame, depth)).start
            found[number, depth] = Span(start, place + 1, frame, depth)
    return list(found.values())


def _skips(nodes: Sequence[_Node], places: dict[int, int]) -> Iterator[Bypass]:
    """Edges between blocks of the way that are not next to each other."""
    for number, place in places.items():
        for source in nodes[number].sources:
            start = places.get(source)
            if start is not None and start != place - 1:
                yield Bypass((start,), (place,), ())


def _branches(nodes: Sequence[_Node], places: dict[int, int]) -> Iterator[Bypass]:
    """What is not on the way: what comes to it again, and what ends in outputs of its own."""
    beside = [number for number in range(len(nodes)) if number not in places]
    returns: set[int] = set()
    for number in range(len(nodes) - 1, -1, -1):
        if number in places or number in returns:
            returns.update(s for s in nodes[number].sources if s not in places)
    back = [number for number in beside if number in returns]
    ways_out = [number for number in beside if number not in returns]
    for group in (*_groups(nodes, back), *_groups(nodes, ways_out)):
        members = set(group)
        starts = {places[s] for n in group for s in nodes[n].sources if s in places}
        ends = {p for n, p in places.items() if members.intersection(nodes[n].sources)}
        blocks = tuple(_blocks(nodes, group, places))
        yield Bypass(tuple(sorted(starts)), tuple(sorted(ends)), blocks)


def _groups(nodes: Sequence[_Node], numbers: Sequence[int]) -> list[list[int]]:
    """Nodes in groups that hang together."""
    group_of: dict[int, list[int]] = {}
    for number in numbers:
        group = [number]
        for source in nodes[number].sources:
            other = group_of.get(source)
            if other is not None and other is not group:
                group = [*other, *group]
                group_of.update(dict.fromkeys(group, group))
        group_of[number] = group
    distinct = {id(group): group for group in group_of.values()}
    return list(distinct.values())


def _blocks(
    nodes: Sequence[_Node], group: Sequence[int], places: dict[int, int]
) -> Iterator[Block]:
    """The blocks of a branch; what is repeated on it, as one that is counted."""
    entered = {
        (start, depth) for number in places for depth, (start, _) in enumerate(nodes[number].frames)
    }
    done: set[int] = set()
    for number in group:
        repeated = [
            (start, frame)
            for depth, (start, frame) in enumerate(nodes[number].frames)
            if frame.times > 1 and (start, depth) not in entered
        ]
        if not repeated:
            yield nodes[number].block
        elif repeated[0][0] not in done:
            done.add(repeated[0][0])
            yield Block((repeated[0][1].parts,), elided=True)
