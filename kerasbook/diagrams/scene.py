"""What a diagram draws: blocks of layers that belong together, frames around blocks, and edges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kerasbook.diagrams.network import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kerasbook.diagrams.network import Network, Part
    from kerasbook.diagrams.words import Family
    from kerasbook.rules import Shape

__all__ = ["Block", "Frame", "Item", "Scene", "in_order", "make_scene"]

_FOLLOWERS = frozenset({"normalization", "activation", "dropout"})
_PADS = ("ZeroPadding", "Cropping")
_ALONE = frozenset({"input", "model"})


@dataclass(frozen=True, slots=True)
class Block:
    """Layers drawn as one box.

    Attributes:
        groups: layers in a row each: a convolution with its normalization and its activation.
            Several, if they are listed in the box one below the other.
        elided: whether they are not listed but only counted.
        title: what they are called then, if they were in a frame.
    """

    groups: tuple[tuple[Part, ...], ...]
    elided: bool = False
    title: str = ""

    @property
    def parts(self) -> tuple[Part, ...]:
        """All its layers."""
        return tuple(part for group in self.groups for part in group)

    @property
    def head(self) -> Part:
        """The layer that it is about: the convolution, not its padding or its activation."""
        return next((part for part in self.groups[0] if not _leads(part)), self.groups[0][0])

    @property
    def family(self) -> Family:
        """The family of that layer; in a list, of the one with the most parameters."""
        heads = [Block((group,)).head for group in self.groups]
        return max(heads, key=lambda head: head.params or 0).family

    @property
    def shape(self) -> Shape | None:
        """Shape of its output, without the batch."""
        return self.parts[-1].shape


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of the diagram with a border and a title: a model inside, or what is repeated.

    Attributes:
        title: what stands on the border.
        scene: what is inside.
        times: how often it comes in a row; 1 for a model.
        parts: the layers of all repetitions, or the model.
        alike: whether the repetitions differ in sizes and parameters; the first is drawn.
    """

    title: str
    scene: Scene
    times: int
    parts: tuple[Part, ...]
    alike: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A block or a frame, and what it reads.

    Attributes:
        content: what it is.
        sources: the items of the same scene that it reads, by their numbers; −1 is the first input
            of the frame around the scene, −2 the second.
    """

    content: Block | Frame
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Items, each after those that it reads.

    Attributes:
        items: blocks and frames.
        outputs: what leaves the scene.
        inputs: how many inputs the frame around it has.
        connected: whether it is known what reads what.
    """

    items: tuple[Item, ...]
    outputs: tuple[Source, ...]
    inputs: int = 0
    connected: bool = True

    @property
    def parts(self) -> Iterator[Part]:
        """All layers in it, those of every repetition and of models that are closed included."""
        for item in self.items:
            if isinstance(item.content, Block) or item.content.times > 1:
                yield from item.content.parts
            else:
                yield from item.content.scene.parts

    @property
    def frames(self) -> Iterator[Frame]:
        """All frames in it, frames within frames included."""
        for item in self.items:
            if isinstance(item.content, Frame):
                yield item.content
                yield from item.content.scene.frames

    @property
    def blocks(self) -> Iterator[Block]:
        """All blocks that are drawn."""
        for item in self.items:
            if isinstance(item.content, Block):
                yield item.content
            else:
                yield from item.content.scene.blocks

    @property
    def readers(self) -> list[int]:
        """How often each item is read, by others and from outside."""
        found = [0] * len(self.items)
        for source in (*self.outputs, *(s for item in self.items for s in item.sources)):
            if source.part >= 0:
                found[source.part] += 1
        return found

    @property
    def size(self) -> int:
        """How many blocks are drawn."""
        return sum(
            1 if isinstance(item.content, Block) else item.content.scene.size for item in self.items
        )


def make_scene(network: Network, *, inside: bool = False) -> Scene:
    """The scene of a network: a block for each convolution with what follows it.

    Args:
        network: the network.
        inside: whether it is a model inside another.
    """
    groups = _grouped(network)
    place = {part: number for number, group in enumerate(groups) for part in group}
    ports = {part: number for number, part in enumerate(network.inputs)} if inside else {}
    items = []
    for group in groups:
        first, parts = group[0], tuple(network.parts[number] for number in group)
        sources = tuple(Source(place[s.part], s.output) for s in parts[0].sources)
        if first in ports:
            sources = (Source(-1 - ports[first]),)
        opened = parts[0].inside
        if opened is None:
            items.append(Item(Block((parts,)), tuple(dict.fromkeys(sources))))
        else:  # one source for each of its inputs
            scene = make_scene(opened, inside=True)
            items.append(Item(Frame(parts[0].name, scene, 1, parts), sources))
    outputs = tuple(Source(place[s.part], s.output) for s in network.outputs)
    scene = Scene(tuple(items), outputs, len(ports), network.connected)
    return in_order(scene) if network.connected else scene


def in_order(scene: Scene) -> Scene:
    """The same scene, each item as late as what reads it allows: branches stay together."""
    order: dict[int, int] = {}
    for start in [*(s.part for s in scene.outputs), *range(len(scene.items))]:
        stack = [start]
        while stack:
            number = stack[-1]
            missing = [
                s.part for s in scene.items[number].sources if s.part >= 0 and s.part not in order
            ]
            if number not in order and missing:
                stack.extend(reversed(missing))
            else:
                order.setdefault(number, len(order))
                stack.pop()

    def moved(sources: Sequence[Source]) -> tuple[Source, ...]:
        return tuple(s if s.part < 0 else replace(s, part=order[s.part]) for s in sources)

    items = (replace(scene.items[n], sources=moved(scene.items[n].sources)) for n in order)
    return replace(scene, items=tuple(items), outputs=moved(scene.outputs))


def _grouped(network: Network) -> list[list[int]]:
    """Numbers of the parts that make a block together, block by block."""
    readers = [0] * len(network.parts)
    for part in network.parts:
        for source in part.sources:
            readers[source.part] += 1
    for output in network.outputs:
        readers[output.part] += 1
    groups: list[list[int]] = []
    ending: dict[int, list[int]] = {}  # the group that a part is the last of
    for number, part in enumerate(network.parts):
        before = part.sources[0].part if len(part.sources) == 1 else -1
        group = ending.get(before) if before >= 0 and readers[before] == 1 else None
        if group is not None and _joins([network.parts[n] for n in group], part):
            del ending[group[-1]]
            group.append(number)
        else:
            groups.append(group := [number])
        ending[number] = group
    return groups


def _joins(group: list[Part], part: Part) -> bool:
    """Whether a layer belongs into one block with those before it."""
    if any(each.family in _ALONE or each.calls > 1 or each.shared for each in (*group, part)):
        return False
    if part.family in _FOLLOWERS:
        return True
    return all(_leads(each) for each in group) and part.family not in {"other", "reshaping"}


def _leads(part: Part) -> bool:
    """Whether a layer prepares what follows: padding, or what follows a layer, but before one."""
    return part.family in _FOLLOWERS or part.class_name.startswith(_PADS)
