"""Large diagrams made small: layers listed in one box, and the middle left out and counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kerasbook.diagrams.network import Source
from kerasbook.diagrams.scene import Block, Frame, Item, in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.diagrams.scene import Scene

__all__ = ["elide", "levels_of", "stack_blocks"]

_MOST_ROWS = 6  # of a box
_NOT_STACKED = frozenset({"input", "merging", "model"})


def stack_blocks(scene: Scene) -> Scene:
    """The scene with blocks in a row, that nothing else reads, listed in one box."""
    if not scene.connected:
        return scene
    readers = scene.readers
    items: list[Item] = []
    became: dict[int, int] = {}
    for number, item in enumerate(scene.items):
        content = item.content
        if isinstance(content, Frame):
            content = replace(content, scene=stack_blocks(content.scene))
        source = item.sources[0].part if len(item.sources) == 1 else -1
        above = items[became[source]].content if source >= 0 and readers[source] == 1 else None
        if isinstance(above, Block) and isinstance(content, Block) and _stacks(above, content):
            place = became[source]
            listed = Block((*above.groups, *content.groups))
            items[place] = replace(items[place], content=listed)
            became[number] = place
        else:
            sources = tuple(
                s if s.part < 0 else replace(s, part=became[s.part]) for s in item.sources
            )
            became[number] = len(items)
            items.append(Item(content, sources))
    outputs = tuple(s if s.part < 0 else replace(s, part=became[s.part]) for s in scene.outputs)
    return in_order(replace(scene, items=tuple(items), outputs=outputs))


def elide(scene: Scene, *, long: int, wide: int, depth: int = 2) -> Scene:
    """The scene with no more than so many levels and so many blocks a level; the rest is counted.

    Args:
        scene: what to make smaller.
        long: levels to keep, half of them from the beginning, half from the end.
        wide: blocks to keep of a level.
        depth: repetitions within repetitions to keep open.
    """
    items = [
        replace(item, content=_elide_frame(item.content, long=long, wide=wide, depth=depth))
        for item in scene.items
    ]
    scene = replace(scene, items=tuple(items))
    levels = levels_of(scene) if scene.connected else list(range(len(scene.items)))
    count = max(levels, default=0) + 1
    first, end = -(-long // 2), count - long // 2
    groups: dict[tuple[int, int], list[int]] = {}
    held = [0] * count
    for number, level in enumerate(levels):
        if count > long + 1 and first <= level < end:
            level, place = first, wide  # noqa: PLW2901  all of the middle is one group
        else:
            place = min(held[level], wide - 1)
            held[level] += 1
        groups.setdefault((level, place), []).append(number)
    return _joined(_contracted(scene, list(groups.values())))


def levels_of(scene: Scene) -> list[int]:
    """How many items are before each on the longest way to it."""
    levels: list[int] = []
    for item in scene.items:
        above = [levels[s.part] for s in item.sources if s.part >= 0]
        levels.append(1 + max(above, default=-1))
    return levels


def _stacks(above: Block, below: Block) -> bool:
    """Whether two blocks can be listed in one box."""
    parts = (*above.parts, *below.parts)
    sizes = [() if block.shape is None else block.shape for block in (above, below)]
    return (
        len(sizes[0]) == len(sizes[1])
        and len(above.groups) + len(below.groups) <= _MOST_ROWS
        and not (above.elided or below.elided)
        and not any(part.family in _NOT_STACKED or part.shared or part.calls > 1 for part in parts)
    )


def _elide_frame(content: Block | Frame, *, long: int, wide: int, depth: int) -> Block | Frame:
    if isinstance(content, Block):
        return content
    repeats = content.times > 1
    if repeats and depth == 0:
        return Block((content.parts,), elided=True, title=content.title)
    inside = elide(content.scene, long=long, wide=wide, depth=depth - repeats)
    return replace(content, scene=inside)


def _joined(scene: Scene) -> Scene:
    """The scene with what is left out in one place, and again right after, in one block."""
    readers = scene.readers
    groups: list[list[int]] = []
    group_of: dict[int, list[int]] = {}
    for number, item in enumerate(scene.items):
        source = item.sources[0].part if len(item.sources) == 1 else -1
        joins = source >= 0 and readers[source] == 1
        if joins and _left_out(item) and _left_out(scene.items[source]):
            group_of[number] = group_of[source]
            group_of[number].append(number)
        else:
            groups.append([number])
            group_of[number] = groups[-1]
    return _contracted(scene, groups) if len(groups) < len(scene.items) else scene


def _left_out(item: Item) -> bool:
    content = item.content
    return isinstance(content, Block) and content.elided and not content.title


def _contracted(scene: Scene, groups: Sequence[Sequence[int]]) -> Scene:
    """The scene with each group of items as one, which says how many layers it stands for."""
    place = {number: n for n, group in enumerate(groups) for number in group}
    items = []
    for n, group in enumerate(groups):
        sources = (s for number in group for s in scene.items[number].sources)
        outer = dict.fromkeys(
            s if s.part < 0 else Source(place[s.part], s.output)
            for s in sources
            if s.part < 0 or place[s.part] != n
        )
        content = scene.items[group[0]].content
        if len(group) > 1:
            parts = tuple(p for number in group for p in scene.items[number].content.parts)
            content = Block((parts,), elided=True)
        items.append(Item(content, tuple(outer)))
    outputs = tuple(s if s.part < 0 else Source(place[s.part], s.output) for s in scene.outputs)
    contracted = replace(scene, items=tuple(items), outputs=outputs)
    return in_order(contracted) if scene.connected else contracted
