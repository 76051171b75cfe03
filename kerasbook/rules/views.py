"""How the units of a layer see its input: one view for each axis of an input but the batch.

A rule answers with views, the graph composes them to receptive fields. `Window` is the usual one;
its default sees the same position only. `WHOLE` is an axis that every unit sees from end to end
(the channels of a convolution, the inputs of a dense layer). `Scattered` is an axis whose
positions are all still there, in an order that no window describes (what `Flatten` makes of rows).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "SAME",
    "WHOLE",
    "Scattered",
    "Shape",
    "View",
    "Views",
    "Whole",
    "Window",
    "everything",
    "pointwise",
    "spatial",
]

# One tensor's shape as Keras writes it: batch first, `None` where a dimension is not specified.
Shape: TypeAlias = "tuple[int | None, ...]"


@dataclass(frozen=True, slots=True)
class Window:
    """A window that moves along the axis.

    Attributes:
        kernel_size: taps of the window.
        strides: positions between two windows; between two inputs, if transposed.
        padding: positions added (before, after), cut if transposed; negative for cropping.
            `None` if it depends on a size that is not specified.
        dilation_rate: distance between taps.
        transposed: whether it is the window of a transposed convolution or an upsampling.
        axis: the output axis that it moves along; `None` for the axis that it reads.
    """

    kernel_size: int = 1
    strides: int = 1
    padding: tuple[int, int] | None = (0, 0)
    dilation_rate: int = 1
    transposed: bool = False
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """Every unit sees the axis from end to end."""


@dataclass(frozen=True, slots=True)
class Scattered:
    """Each unit sees one position of the axis, in an order that no window describes.

    Attributes:
        axis: the output axis that the positions went to.
    """

    axis: int


SAME = Window()
WHOLE = Whole()
View: TypeAlias = "Window | Whole | Scattered"
# For each input tensor, one view for each of its axes but the batch.
Views: TypeAlias = "tuple[tuple[View, ...], ...]"


@lru_cache(maxsize=1024)  # the layers of a network share few shapes
def pointwise(*shapes: Shape) -> Views:
    """Each unit sees its own position, in every input; an axis of one position is broadcast.

    Shorter shapes are aligned at their end, as when tensors are added.

    Examples:
        >>> pointwise((None, 28, 3))
        ((Window(kernel_size=1, ...), Window(kernel_size=1, ...)),)
        >>> pointwise((None, 28, 3), (None, 1, 3))[1]
        (Whole(), Window(kernel_size=1, ...))
    """
    rank = max(map(len, shapes), default=0)
    widest = [
        max((s[-back] or 2 for s in shapes if len(s) > back - 1), default=1)
        for back in range(rank, 0, -1)
    ]
    views = []
    for shape in shapes:
        shift = rank - len(shape)
        axes = range(1, len(shape))
        views.append(
            tuple(
                WHOLE
                if shape[axis] == 1 and widest[axis + shift] != 1
                else (Window(axis=axis + shift) if shift else SAME)
                for axis in axes
            )
        )
    return tuple(views)


def everything(*shapes: Shape) -> Views:
    """Each unit sees all of every input."""
    return tuple((WHOLE,) * (len(shape) - 1) for shape in shapes)


def spatial(windows: Sequence[View], *, channels_first: bool, channels: View = WHOLE) -> Views:
    """Windows on the spatial axes, and the channels seen from end to end.

    Args:
        windows: one view per spatial axis.
        channels_first: where the channels are: before the spatial axes or after.
        channels: how the channels are seen; `SAME` if each sees its own, as in pooling.
    """
    axes = (channels, *windows) if channels_first else (*windows, channels)
    return (axes,)
