"""Repetitions found and drawn once: five equal blocks in a row become one in a frame, "×5".

A scene is cut where a single tensor passes; equal stretches between the cuts, one after the other,
are a repetition. Branches are searched in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.diagrams.network import Source
from kerasbook.diagrams.scene import Block, Frame, Item, Scene
from kerasbook.drawing.text import shortened

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from kerasbook.diagrams.network import Part

__all__ = ["fold"]

_LONGEST = 16  # stretches that repeat together
_DEEPEST = 12  # branches within branches
_SAVES = 2  # blocks that a repetition must save
_LONGEST_NAME = 24

_Stretch: TypeAlias = "tuple[int, int]"  # numbers of the first item, and of the one after the last


def fold(scene: Scene, *, loose: bool = False, depth: int = 0) -> Scene:
    """The scene with each repetition drawn once, in a frame that says how often it comes.

    Args:
        scene: what to fold.
        loose: whether blocks are equal that differ in sizes and parameters only.
        depth: how many branches it is inside of.
    """
    items = tuple(replace(item, content=_inner(item.content, loose=loose)) for item in scene.items)
    scene = replace(scene, items=items)
    while scene.connected:
        folded = _folded(scene, loose=loose, depth=depth)
        if folded.size == scene.size:
            break
        scene = folded  # repetitions of repetitions
    return scene


def _inner(content: Block | Frame, *, loose: bool) -> Block | Frame:
    """A model inside, folded too."""
    if isinstance(content, Block):
        return content
    return replace(content, scene=fold(content.scene, loose=loose))


def _folded(scene: Scene, *, loose: bool, depth: int) -> Scene:
    stretches = _stretches(scene)
    runs = _runs([_signature(scene, each, loose=loose) for each in stretches])
    builder = _Builder(scene)
    for first, period, times in runs:
        chosen = stretches[first : first + period * times]
        if times > 1:
            builder.repeat(chosen, times, alike=loose)
        elif depth < _DEEPEST and chosen[0][1] - chosen[0][0] > _SAVES:
            builder.fold_branches(chosen[0], loose=loose, depth=depth)
        else:
            builder.copy(range(*chosen[0]))
    return builder.scene()


@dataclass(slots=True)
class _Builder:
    """The folded scene under way: its items, and what became of those before."""

    before: Scene
    items: list[Item]
    became: dict[int, Source]

    def __init__(self, before: Scene) -> None:
        self.before, self.items, self.became = before, [], {}

    def copy(self, numbers: Sequence[int]) -> None:
        """Take items over as they are."""
        for number in numbers:
            item = self.before.items[number]
            self.became[number] = Source(len(self.items))
            self.items.append(replace(item, sources=self._now(item.sources)))

    def repeat(self, stretches: Sequence[_Stretch], times: int, *, alike: bool) -> None:
        """Draw a repetition once, in a frame."""
        count = len(stretches) // times
        start, end = stretches[0][0], stretches[count - 1][1]
        items = tuple(
            replace(item, sources=tuple(_inside(s, start) for s in item.sources))
            for item in self.before.items[start:end]
        )
        every = self.before.items[start : stretches[-1][1]]
        scene = Scene(items, (Source(len(items) - 1),), 1)
        parts = tuple(part for item in every for part in item.content.parts)
        alike = alike and not _same(parts, times)
        frame = Frame(_title(every, times, alike=alike), scene, times, parts, alike)
        entry = Source(start - 1) if start else Source(-1)
        self.became[stretches[-1][1] - 1] = Source(len(self.items))
        self.items.append(Item(frame, self._now((entry,))))

    def fold_branches(self, stretch: _Stretch, *, loose: bool, depth: int) -> None:
        """Take over a stretch, the branches in it folded."""
        start, end = stretch
        for branch in _branches(self.before, range(start, end - 1)):
            if len(branch) > _SAVES:
                self._inline(branch, loose=loose, depth=depth + 1)
            else:
                self.copy(branch)
        self.copy([end - 1])

    def scene(self) -> Scene:
        """The result."""
        return replace(self.before, items=tuple(self.items), outputs=self._now(self.before.outputs))

    def _inline(self, branch: Sequence[int], *, loose: bool, depth: int) -> None:
        """Fold a branch as a scene of its own, and put what comes out in its place."""
        inner, ports, exits = _cut_out(self.before, branch)
        folded = fold(inner, loose=loose, depth=depth)
        outer = [self._now((port,))[0] for port in ports]
        start = len(self.items)

        def placed(source: Source) -> Source:
            if source.part < 0:
                return outer[-1 - source.part]
            return replace(source, part=source.part + start)

        for item in folded.items:
            self.items.append(replace(item, sources=tuple(map(placed, item.sources))))
        for number, output in zip(exits, folded.outputs, strict=True):
            self.became[number] = placed(output)

    def _now(self, sources: Sequence[Source]) -> tuple[Source, ...]:
        """The same tensors in the new scene; a block that was folded has one output."""
        found = (
            s
            if s.part < 0
            else Source(self.became[s.part].part, s.output or self.became[s.part].output)
            for s in sources
        )
        return tuple(dict.fromkeys(found))


def _inside(source: Source, start: int) -> Source:
    """A source as the first of a frame's items sees it: what comes from before is its input."""
    return Source(-1) if source.part < start else replace(source, part=source.part - start)


def _stretches(scene: Scene) -> list[_Stretch]:
    """The items between places where a single tensor passes, with the place at the end."""
    count = len(scene.items)
    furthest = list(range(count))  # the last item that reads each
    reach = 0  # the last that reads what comes from outside
    for number, item in enumerate(scene.items):
        for source in item.sources:
            if source.part < 0:
                reach = max(reach, number)
            else:
                furthest[source.part] = number
    for output in scene.outputs:
        if output.part >= 0 and output.part != count - 1:
            furthest[output.part] = count
    found, start = [], 0
    for number in range(count):
        if reach <= number:
            found.append((start, number + 1))
            start = number + 1
        reach = max(reach, furthest[number])
    if start < count:
        found.append((start, count))
    return found


def _signature(scene: Scene, stretch: _Stretch, *, loose: bool) -> Hashable:
    """What two stretches have in common if they are equal; names do not count.

    The first stretch of a network begins with its inputs, and equals none; nor does one with an
    output, but at the very end.
    """
    start, end = stretch
    ends = {output.part for output in scene.outputs} - {len(scene.items) - 1}
    if (start == 0 and not scene.inputs) or any(n in ends for n in range(start, end)):
        return stretch
    return tuple(
        (
            _looks(item.content, loose=loose),
            tuple((max(s.part - start, -1), s.output) for s in item.sources),
        )
        for item in scene.items[start:end]
    )


def _looks(content: Block | Frame, *, loose: bool) -> Hashable:
    parts = content.parts
    if loose:  # a dropout's rate often grows from block to block
        return tuple(
            (p.class_name if p.family == "dropout" else p.text, p.settings, p.activation, p.call)
            for p in parts
        )
    return tuple(
        (p.text, p.settings, p.activation, p.call, p.shapes, p.params, p.shared) for p in parts
    )


def _runs(signatures: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """Repetitions: first stretch, how many repeat together, how often; short ones come first."""
    codes: dict[Hashable, int] = {}
    row = [codes.setdefault(each, len(codes)) for each in signatures]
    found: dict[int, tuple[int, int]] = {}
    for period in range(1, _LONGEST + 1):
        for place in range(len(row)):
            times = _times(row, place, period)
            length = sum(len(_items(each)) for each in signatures[place : place + period])
            if times > 1 and length * (times - 1) >= _SAVES:
                found[place] = period, times
                for n in range(place, place + period * times):
                    row[n] = -1 - n  # equals nothing any more
    covered = {p + n for p, (period, times) in found.items() for n in range(period * times)}
    found.update({n: (1, 1) for n in range(len(row)) if n not in covered})
    return [(place, *found[place]) for place in sorted(found)]


def _items(signature: Hashable) -> tuple[object, ...]:
    return signature if isinstance(signature, tuple) else ()


def _times(row: Sequence[int], place: int, period: int) -> int:
    """How often the codes from one place on come in a row."""
    times = 1
    pattern = row[place : place + period]
    while row[place + times * period : place + (times + 1) * period] == pattern:
        times += 1
    return times


def _branches(scene: Scene, numbers: Sequence[int]) -> list[list[int]]:
    """Items in groups that do not read each other, in order."""
    branch_of: dict[int, list[int]] = {}
    for number in numbers:
        merged = [number]
        for source in scene.items[number].sources:
            other = branch_of.get(source.part)
            if other is not None and other is not merged:
                other.extend(merged)
                merged = other
                for each in merged:
                    branch_of[each] = merged
        branch_of[number] = merged
    distinct = {id(branch): branch for branch in branch_of.values()}
    return sorted((sorted(branch) for branch in distinct.values()), key=lambda branch: branch[0])


def _cut_out(scene: Scene, branch: Sequence[int]) -> tuple[Scene, list[Source], list[int]]:
    """A branch as a scene, what its inputs are, and which of its items others read."""
    place = {number: n for n, number in enumerate(branch)}
    ports: dict[Source, int] = {}
    items = []
    for number in branch:
        sources = [
            replace(s, part=place[s.part])
            if s.part in place
            else Source(-1 - ports.setdefault(s, len(ports)))
            for s in scene.items[number].sources
        ]
        items.append(replace(scene.items[number], sources=tuple(sources)))
    outside = [s for n, item in enumerate(scene.items) if n not in place for s in item.sources]
    exits = sorted({s.part for s in (*outside, *scene.outputs) if s.part in place})
    outputs = tuple(Source(place[number]) for number in exits)
    return Scene(tuple(items), outputs, len(ports)), list(ports), exits


def _same(parts: Sequence[Part], times: int) -> bool:
    """Whether repetitions have the same sizes and parameters too."""
    numbers = [(part.shapes, part.params) for part in parts]
    return numbers == numbers[: len(parts) // times] * times


def _title(items: Sequence[Item], times: int, *, alike: bool) -> str:
    """What stands on the frame: how often, and the names of the first and the last."""
    each = len(items) // times
    copies = [items[n * each : (n + 1) * each] for n in (0, times - 1)]
    first, last = (
        _common([p.name for item in copy for p in item.content.parts]) for copy in copies
    )
    often = f"×{times:,} alike" if alike else f"×{times:,}"
    if first == last:
        return often
    return f"{often}: {shortened(first, _LONGEST_NAME)} … {shortened(last, _LONGEST_NAME)}"


def _common(names: Sequence[str]) -> str:
    """What names begin with in common, up to a word's end; the first name if there is nothing."""
    if len(names) == 1:
        return names[0]
    same = 0
    for letters in zip(*names, strict=False):
        if len(set(letters)) > 1:
            break
        same += 1
    prefix = names[0][:same]
    return prefix.rpartition("_")[0] or names[0]
