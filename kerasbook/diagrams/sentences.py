"""A network described in sentences, for alt texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.diagrams.block_words import total_text
from kerasbook.diagrams.condensing import elide
from kerasbook.diagrams.folding import fold
from kerasbook.diagrams.scene import Block, make_scene
from kerasbook.diagrams.words import params_text, shape_label
from kerasbook.drawing.text import counted, listed, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.diagrams.network import Network
    from kerasbook.diagrams.scene import Frame, Scene

__all__ = ["tell_network"]

_LONGEST = 2500  # characters
_MOST_BLOCKS = 60
_LESS = ((24, 4), (20, 4), (16, 3), (13, 3), (10, 3), (8, 2), (6, 2), (4, 1))
_LONGEST_NAME = 40


def tell_network(network: Network) -> str:
    """What is done from input to output, with sizes and parameters; of a long one both ends."""
    text = ""
    for scene in _scenes(network):
        text = " ".join(_sentences(scene))
        if len(text) <= _LONGEST:
            break
    return text


def _scenes(network: Network) -> Iterator[Scene]:
    scene = make_scene(network)
    if scene.size <= _MOST_BLOCKS:
        yield scene
    folded = fold(scene)
    if folded.size <= _MOST_BLOCKS:
        yield folded
    less = fold(scene, loose=True)
    for long, wide in _LESS:
        yield elide(less, long=long, wide=wide, depth=1)


def _sentences(scene: Scene) -> Iterator[str]:
    """A sentence for each block, in order; where it reads another than the last, it says so."""
    for number, item in enumerate(scene.items):
        content = item.content
        names = [
            "the input" if s.part < 0 else _name(scene.items[s.part].content) for s in item.sources
        ]
        usual = [s.part for s in item.sources] == [number - 1]
        source = "" if usual or not names else f", from {listed(names, most=4)}"
        if isinstance(content, Block):
            yield f"{_told(content)}{source}{_size(content)}."
            continue
        often = f"{content.times:,} times" if content.times > 1 else f"The model {content.title}"
        alike = ", of other sizes each time" if content.alike else ""
        total = total_text(part.params for part in content.parts) or "no parameters"
        inside = " ".join(_sentences(content.scene))
        yield f"{often}{alike}{source}, {total} in all: [{inside}]"


def _told(block: Block) -> str:
    """What a block does."""
    if block.elided:
        count = sum(part.layers for part in block.parts if part.call == 0)
        return f"{counted(count, 'layer')} that are not told one by one"
    if block.head.layers > 1:
        return f"The model {_name(block)!r} with {counted(block.head.layers, 'layer')}"
    texts = []
    for part in block.parts:
        words = [
            part.text,
            ", ".join((*part.settings, *([part.activation] if part.activation else []))),
        ]
        texts.append(" ".join(word for word in words if word))
    again = f", call {block.head.call + 1} of {_name(block)}" if block.head.call else ""
    return f"{' → '.join(texts)}{again}"


def _size(block: Block) -> str:
    """What comes out of a block, and its parameters."""
    counts = [part.params for part in block.parts]
    total = total_text(counts) if block.elided else f"{params_text(counts)} parameters"
    count = f", {total}" if any(counts) or None in counts else ""
    return f": {' and '.join(map(shape_label, block.parts[-1].shapes))}{count}"


def _name(content: Block | Frame) -> str:
    if not isinstance(content, Block):
        return f"these {content.times:,}" if content.times > 1 else content.title
    return "those" if content.elided else shortened(content.head.name, _LONGEST_NAME)
