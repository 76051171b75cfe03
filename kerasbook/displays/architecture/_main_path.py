"""A scene as one way from input to output, and what leads past it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kerasbook.displays.architecture._scene import Block, Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.displays.architecture._network import Source
    from kerasbook.displays.architecture._scene import Scene

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
    """What leads from one block of the way to a later one, or comes in from outside.

    Attributes:
        start: the block that it comes from; `None` for an input of its own.
        end: the block that it goes to; `None` for an output of its own.
        blocks: what is on it; none, if it passes on what it gets.
    """

    start: int | None
    end: int | None
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
    walk = _Walk([], [], [])
    walk.scene(scene, depth=0)
    return Way(tuple(walk.blocks), tuple(walk.spans), tuple(walk.bypasses), scene.connected)


class _Places(NamedTuple):
    """The first and the last block of each item on the way; the block before all of them."""

    first: dict[int, int]
    last: dict[int, int]
    before: int


@dataclass(frozen=True, slots=True)
class _Walk:
    blocks: list[Block]
    spans: list[Span]
    bypasses: list[Bypass]

    def scene(self, scene: Scene, *, depth: int) -> None:
        """Go through a scene; blocks get their numbers as they come."""
        way = _longest(scene) if scene.connected else list(range(len(scene.items)))
        before = len(self.blocks) - 1  # what the scene gets comes from there
        last: dict[int, int] = {}
        first: dict[int, int] = {}
        for number in way:
            first[number] = len(self.blocks)
            content = scene.items[number].content
            if isinstance(content, Frame):
                place = len(self.spans)
                self.scene(content.scene, depth=depth + 1)
                end = len(self.blocks)
                self.spans.insert(place, Span(first[number], end, content, depth))
            else:
                self.blocks.append(content)
            last[number] = len(self.blocks) - 1
        if scene.connected:
            places = _Places(first, last, before)
            self._skips(scene, way, places)
            self._branches(scene, places)

    def _skips(self, scene: Scene, way: Sequence[int], places: _Places) -> None:
        """Edges between blocks of the way that are not next to each other."""
        for place, number in enumerate(way):
            above = way[place - 1] if place else -1
            for source in scene.items[number].sources:
                near = source.part == above or (source.part < 0 and not place)
                start = places.before if source.part < 0 else places.last.get(source.part)
                if start is not None and start >= 0 and not near:
                    self.bypasses.append(Bypass(start, places.first[number], ()))

    def _branches(self, scene: Scene, places: _Places) -> None:
        """What is not on the way: what comes to it again, and what ends in outputs of its own."""
        first, last, before = places.first, places.last, places.before
        beside = [n for n in range(len(scene.items)) if n not in first]
        returns: set[int] = set()
        for number in range(len(scene.items) - 1, -1, -1):
            if number in first or number in returns:
                returns.update(s.part for s in scene.items[number].sources if s.part not in first)
        back = [number for number in beside if number in returns]
        ways_out = [number for number in beside if number not in returns]
        for group in (*_groups(scene, back), *_groups(scene, ways_out)):
            members = set(group)
            sources = [s.part for n in group for s in scene.items[n].sources]
            starts = [before if s < 0 else last[s] for s in sources if s < 0 or s in last]
            starts = [start for start in starts if start >= 0]
            ends = [
                place
                for number, place in first.items()
                if any(s.part in members for s in scene.items[number].sources)
            ]
            start = min(starts, default=None) if ends else max(starts, default=None)
            blocks = tuple(b for n in group for b in _blocks(scene.items[n].content))
            self.bypasses.append(Bypass(start, max(ends, default=None), blocks))


def _longest(scene: Scene) -> list[int]:
    """The items on the way with the most layers to the first output."""
    if not scene.items:
        return []
    longest: list[int] = []
    above: list[int | None] = []
    for item in scene.items:
        own = sum(part.layers for part in item.content.parts)
        sources = [s.part for s in item.sources if s.part >= 0]
        best = max(sources, key=lambda part: longest[part], default=None)
        above.append(best)
        longest.append(own + (longest[best] if best is not None else 0))
    ends: list[Source] = [output for output in scene.outputs if output.part >= 0]
    number: int | None = ends[0].part if ends else len(scene.items) - 1
    way = []
    while number is not None:
        way.append(number)
        number = above[number]
    return way[::-1]


def _groups(scene: Scene, numbers: Sequence[int]) -> list[list[int]]:
    """Items in groups that hang together."""
    group_of: dict[int, list[int]] = {}
    for number in numbers:
        group = [number]
        for source in scene.items[number].sources:
            other = group_of.get(source.part)
            if other is not None and other is not group:
                group = [*other, *group]
                group_of.update(dict.fromkeys(group, group))
        group_of[number] = group
    distinct = {id(group): group for group in group_of.values()}
    return list(distinct.values())


def _blocks(content: Block | Frame) -> list[Block]:
    """All blocks of a branch; what is repeated, as one that is counted."""
    if isinstance(content, Block):
        return [content]
    if content.times > 1:
        return [Block((content.parts,), elided=True)]
    return [block for item in content.scene.items for block in _blocks(item.content)]
