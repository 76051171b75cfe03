"""Receptive fields of whole tensors: what one unit sees of each axis of each input.

A `Field` says for each input of the model, by its position, what one unit sees of each of its axes
but the batch; a `Sight` is that for one axis. `None` in place of a field: nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from math import gcd
from operator import is_
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.arithmetic import (
    ReceptiveField,
    field_after_transposed,
    field_after_window,
    merge_fields,
)
from kerasbook.rules import SAME, Scattered, Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kerasbook.rules import Shape, View

__all__ = ["Field", "Sight", "compose", "input_field", "look", "merge"]

# Networks with more inputs than this are not followed: a field lists every input.
_MOST_INPUTS = 16
_MOST_PHASES = 256


@dataclass(frozen=True, slots=True)
class Sight:
    """What one unit of a tensor sees of one axis of an input.

    Attributes:
        field: the positions; `None` for all of an axis whose size is not specified.
        axis: the axis of the tensor along which the field moves; `None` if all units see the same.
        scattered: whether the units are in an order that no window describes; then `field` holds
            what all of them see together.
    """

    field: ReceptiveField | None
    axis: int | None
    scattered: bool = False

    @property
    def size(self) -> int | None:
        """Positions seen; `None` if scattered or not specified."""
        return None if self.field is None or self.scattered else self.field.size

    @property
    def jump(self) -> float | None:
        """Input positions between two neighbours; 0 if all see the same."""
        return None if self.field is None or self.scattered else self.field.jump


Field: TypeAlias = "Mapping[int, tuple[Sight, ...]] | None"


def input_field(shape: Shape, origin: int) -> Field:
    """The field of an input: each unit sees itself."""
    if origin >= _MOST_INPUTS:
        return None
    return {origin: tuple(Sight(_ITSELF, axis) for axis in range(1, len(shape)))}


def look(field: Field, views: Sequence[View], shape: Shape) -> Field:
    """The field behind a layer, of one of its inputs.

    Args:
        field: that of the layer's input.
        views: how the layer sees each axis of that input but the batch.
        shape: of that input.
    """
    if field is None or len(views) != len(shape) - 1:
        return None
    if all(map(is_, views, repeat(SAME))):  # as most layers of a network see
        return field
    moved = False
    seen: dict[int, tuple[Sight, ...]] = {}
    for origin, sights in field.items():
        axes = [_look(sight, views, shape) for sight in sights]
        known = tuple([axis for axis in axes if axis is not None])
        if len(known) < len(axes):
            return None
        moved = moved or not all(map(is_, known, sights))
        seen[origin] = known
    # Rows keep what they find under a field's identity: where nothing moves, it is the same one.
    return seen if moved else field


def merge(fields: Sequence[Field], shape: Shape | None) -> Field:
    """The field of a tensor that several came into, of that shape."""
    first, *others = fields or ({},)
    if not others:
        return first
    merged: dict[int, tuple[Sight, ...]] = {}
    for field in (first, *others):
        if field is None:
            return None
        for origin, sights in field.items():
            if origin not in merged:
                merged[origin] = sights
                continue
            pairs = zip(merged[origin], sights, strict=True)
            axes = [a if a == b else _merge(a, b, shape) for a, b in pairs]
            known = tuple([axis for axis in axes if axis is not None])
            if len(known) < len(axes):
                return None
            merged[origin] = known
    return merged


def compose(outer: Sequence[Field], inner: Field, shapes: Sequence[Shape | None]) -> Field:
    """The field of a tensor inside a model, seen from outside.

    Args:
        outer: fields of the tensors the model is called on.
        inner: the field, of the model's own inputs.
        shapes: shapes of the tensors it is called on.
    """
    if inner is None:
        return None
    parts: list[Field] = []
    for origin, sights in inner.items():
        if origin >= len(outer):  # the model is reported on inputs of its own
            return None
        field, shape = outer[origin], shapes[origin]
        if field is None or shape is None or len(shape) - 1 != len(sights):
            return None
        parts.append(
            {key: tuple(_through(s, sights, shape) for s in f) for key, f in field.items()}
        )
    return merge(parts, None)


_ITSELF = ReceptiveField()


def _constant(span: tuple[int, int] | None) -> ReceptiveField:
    return ReceptiveField((span,), 0)


def _together(field: ReceptiveField, size: int | None) -> ReceptiveField | None:
    """What all units of an axis see together."""
    return None if size is None else _constant(field_after_window(field, max(size, 1)).of(0))


def _look(sight: Sight, views: Sequence[View], shape: Shape) -> Sight | None:
    if sight.axis is None:
        return sight
    view, size = views[sight.axis - 1], shape[sight.axis]
    if view == SAME:
        return sight
    field = sight.field
    if isinstance(view, Window):
        axis = view.axis or sight.axis
        if not sight.scattered and field is not None:
            field = _slide(field, view)
            if field is None:
                return None
        return Sight(field, axis, sight.scattered)
    if not sight.scattered and field is not None:
        field = _together(field, size)
    if isinstance(view, Scattered):
        return Sight(field, view.axis, scattered=True)
    return Sight(field, None)


def _slide(field: ReceptiveField, window: Window) -> ReceptiveField | None:
    if window.transposed:
        return field_after_transposed(
            field,
            window.kernel_size,
            strides=window.strides,
            padding=window.padding or (0, 0),
            dilation_rate=window.dilation_rate,
        )
    return field_after_window(
        field,
        window.kernel_size,
        strides=window.strides,
        padding=window.padding,
        dilation_rate=window.dilation_rate,
    )


def _merge(one: Sight, other: Sight, shape: Shape | None) -> Sight | None:
    if one.axis == other.axis and one.field and other.field:
        if one.axis is None or one.scattered or other.scattered:
            hull = _hull(one.field.of(0), other.field.of(0))
            return Sight(_constant(hull), one.axis, one.scattered or other.scattered)
        field = merge_fields([one.field, other.field])
        return None if field is None else Sight(field, one.axis)
    # One moves and the other sees the same everywhere: together they see it whole.
    spans = [_everywhere(sight, shape) for sight in (one, other)]
    if None in spans:
        return Sight(None, None)
    return Sight(_constant(_hull(*spans)), None)


def _everywhere(sight: Sight, shape: Shape | None) -> tuple[int, int] | None:
    """What all units see together, if the size is known."""
    if sight.field is None:
        return None
    if sight.axis is None or sight.scattered:
        return sight.field.of(0)
    size = shape[sight.axis] if shape is not None and sight.axis < len(shape) else None
    together = _together(sight.field, size)
    return None if together is None else together.of(0)


def _hull(one: tuple[int, int] | None, other: tuple[int, int] | None) -> tuple[int, int] | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


def _through(outer: Sight, inner: Sequence[Sight], shape: Shape) -> Sight:
    """What a unit inside a model sees of the outside, from what it sees of the model's input."""
    if outer.axis is None:
        return outer
    sight = inner[outer.axis - 1]
    if outer.scattered or outer.field is None:
        return Sight(outer.field, sight.axis, scattered=sight.axis is not None)
    if sight.field is None:
        together = _together(outer.field, shape[outer.axis])
        return Sight(together, sight.axis, scattered=sight.axis is not None)
    return Sight(_chained(outer.field, sight.field), sight.axis, sight.scattered)


def _chained(outer: ReceptiveField, inner: ReceptiveField) -> ReceptiveField:
    """The field of units whose positions are themselves units."""
    repeat = len(outer.spans) // gcd(len(outer.spans), inner.advance)
    spans: list[tuple[int, int] | None] = []
    for unit in range(len(inner.spans) * repeat):
        span = inner.of(unit)
        if span is None:
            spans.append(None)
            continue
        reach = field_after_window(outer, span[1] - span[0] + 1)
        spans.append(reach.of(span[0]))
    return ReceptiveField(tuple(spans), outer.advance * inner.advance * repeat // len(outer.spans))
