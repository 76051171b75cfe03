"""A sketch with its legend: what the colours are, and what else must be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasbook.diagrams.sketch import Label, Shape, Sketch, rectangle
from kerasbook.diagrams.words import FAMILIES

if TYPE_CHECKING:
    from kerasbook.diagrams.scene import Block, Scene
    from kerasbook.diagrams.sketch import Color, Mark
    from kerasbook.drawing.ruler import Ruler

__all__ = ["Picture", "scene_notes", "with_legend"]

_POINTS, _LINE = 8.0, 0.16  # of the legend: points, inches
_SWATCH = 0.12
_APART = 0.2
_LEAST = 4.7  # inches: room for a title
_TOP = 0.16  # below it


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn of a network.

    Attributes:
        sketch: the drawing.
        blocks: the blocks in it.
        notes: what must be said of it.
    """

    sketch: Sketch
    blocks: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()


def scene_notes(scene: Scene) -> tuple[str, ...]:
    """What must be said of a scene besides its labels."""
    blocks, frames = list(scene.blocks), list(scene.frames)
    listed = [block for block in blocks if len(block.groups) > 1 and not block.elided]
    said = {
        "How the layers are connected is not recorded; they stand in the order they were "
        "made.": not scene.connected,
        "×n: drawn once, comes n times in a row.": any(f.times > 1 for f in frames),
        "Alike: sizes and parameters differ; the first is drawn.": any(f.alike for f in frames),
        "⋮: layers that are only counted.": any(block.elided for block in blocks),
        "BN: BatchNormalization.": any(
            part.text == "BatchNorm" for block in listed for part in block.parts
        ),
        "Broken lines around: the weights are those of another call.": any(
            block.head.shared for block in blocks
        ),
        "?: not known, or not specified.": any(
            None in (part.params, part.shape) or None in (part.shape or ())
            for block in blocks
            for part in block.parts
        ),
    }
    return tuple(text for text, needed in said.items() if needed)


def with_legend(picture: Picture, ruler: Ruler) -> Sketch:
    """The sketch in the middle of a sheet that has room for a title, with its legend below."""
    sketch = picture.sketch
    width = max(sketch.width, _LEAST)
    marks: list[Mark] = list(sketch.moved((width - sketch.width) / 2, _TOP))
    y = _TOP + sketch.height + _LINE
    x = 0.0
    for color, name in _families(picture):
        taken = _SWATCH + 0.06 + ruler.width(name, _POINTS) + _APART
        if x + taken > width and x:
            x, y = 0.0, y + _LINE
        swatch = rectangle((x, y + (_LINE - _SWATCH) / 2), _SWATCH, _SWATCH)
        marks.append(Shape(swatch, color, 0.7, edge="text"))
        marks.append(Label(x + _SWATCH + 0.06, y + _LINE / 2, name, _POINTS, ha="left"))
        x += taken
    y += _LINE if x else 0.0
    for line in ruler.lines(" ".join(picture.notes).split(" "), _POINTS, most=width):
        marks.append(Label(0.0, y + _LINE / 2, line, _POINTS, color="muted", ha="left"))
        y += _LINE if line else 0.0
    return Sketch(width, y, tuple(marks))


def _families(picture: Picture) -> list[tuple[Color, str]]:
    """Each colour that is in the drawing, with the families that it stands for."""
    found: dict[Color, list[str]] = {}
    for block in picture.blocks:
        if not block.elided:
            color, name = FAMILIES[block.family]
            names = found.setdefault(color, [])
            if name not in names:
                names.append(name)
    return [(color, ", ".join(names)) for color, names in found.items()]
