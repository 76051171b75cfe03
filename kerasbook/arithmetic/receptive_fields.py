"""Receptive fields: the input positions that one unit of a layer depends on, along one axis."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ReceptiveField", "field_after_transposed", "field_after_window", "merge_fields"]

# The spans of a period are stored one by one, so the total upsampling has a limit. No network in
# practice comes near it.
_MOST_PHASES = 256


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """The input positions that each unit of a layer depends on, along one axis.

    Positions may lie outside the input, in its padding. The default is the field of the input
    itself, where each position depends on itself alone.

    After a transposed convolution or an upsampling, the fields of neighbouring units differ in
    size, in a pattern that repeats. Therefore the spans of one period of units are stored.

    Attributes:
        spans: first and last position of the field of each unit of one period, from unit 0;
            `None` for a unit that depends on no input (between the taps of a transposed
            convolution).
        advance: input positions from one period to the next.
    """

    spans: tuple[tuple[int, int] | None, ...] = ((0, 0),)
    advance: int = 1

    @property
    def size(self) -> int:
        """The number of positions from the first to the last one, for the unit with the most."""
        return max((last - first + 1 for first, last in self._seen()), default=0)

    @property
    def jump(self) -> float:
        """The distance of two neighbouring units in input positions; below 1 after upsampling."""
        whole, rest = divmod(self.advance, len(self.spans))
        return self.advance / len(self.spans) if rest else whole

    @property
    def start(self) -> int:
        """The first position that a unit of the first period depends on."""
        return min((first for first, _ in self._seen()), default=0)

    def of(self, unit: int) -> tuple[int, int] | None:
        """The first and last input position that a unit depends on, by the unit's index."""
        periods, phase = divmod(unit, len(self.spans))
        span = self.spans[phase]
        if span is None:
            return None
        return span[0] + periods * self.advance, span[1] + periods * self.advance

    def _seen(self) -> list[tuple[int, int]]:
        return [span for span in self.spans if span is not None]


def field_after_window(
    field: ReceptiveField,
    kernel_size: int,
    *,
    strides: int = 1,
    padding: tuple[int, int] | None = (0, 0),
    dilation_rate: int = 1,
) -> ReceptiveField:
    """The receptive field after a convolution or a pooling.

    Padding and cropping layers are windows of one tap with a padding, positive or negative.

    Args:
        field: the field of the layer's input.
        kernel_size: taps of the window.
        strides: positions between two windows.
        padding: positions added (before, after); `None` for `"same"` on an input of unknown size,
            which is taken to be divisible by the strides.
        dilation_rate: distance between taps.

    Examples:
        >>> image = ReceptiveField()
        >>> conv = field_after_window(image, 3, padding=(1, 1))
        >>> pool = field_after_window(conv, 2, strides=2)
        >>> pool.size, pool.jump, pool.start
        (4, 2, -1)

    Reference:
        Araujo, Norris and Sim, *Computing receptive fields of convolutional neural networks*,
        Distill, 2019, https://doi.org/10.23915/distill.00021.
    """
    before = padding[0] if padding else max((kernel_size - 1) * dilation_rate + 1 - strides, 0) // 2
    period = _periods(len(field.spans), strides)
    spans = tuple(
        _hull(field, unit * strides - before, step=dilation_rate, count=kernel_size)
        for unit in range(period)
    )
    return ReceptiveField(spans, field.advance * strides * period // len(field.spans))


def field_after_transposed(
    field: ReceptiveField,
    kernel_size: int,
    *,
    strides: int = 1,
    padding: tuple[int, int] = (0, 0),
    dilation_rate: int = 1,
) -> ReceptiveField | None:
    """The receptive field after a transposed convolution.

    Upsampling by repetition is the case `kernel_size=strides`.

    Args:
        field: the field of the layer's input.
        kernel_size: taps of the window.
        strides: output positions between two inputs.
        padding: positions cut (before, after) from the full output.
        dilation_rate: distance between taps.

    Returns:
        The field; `None` if the total upsampling is more than 256.

    Examples:
        >>> pool = field_after_window(ReceptiveField(), 2, strides=2)
        >>> up = field_after_transposed(pool, 3, strides=2, padding=(0, 1))
        >>> up.size, up.jump, up.spans
        (4, 1, ((-2, 1), (0, 1)))
    """
    if len(field.spans) * strides > _MOST_PHASES:
        return None
    # Output o receives tap t of input i if i·strides + t·dilation_rate − before = o. These are
    # every `every`-th tap, and their inputs lie `between` positions apart.
    common = gcd(strides, dilation_rate)
    every, between = strides // common, dilation_rate // common
    spans: list[tuple[int, int] | None] = []
    for unit in range(len(field.spans) * strides):
        place = unit + padding[0]
        taps = range(min(every, kernel_size))
        tap = next((t for t in taps if (place - t * dilation_rate) % strides == 0), None)
        if tap is None:
            spans.append(None)
            continue
        nearest, others = (place - tap * dilation_rate) // strides, (kernel_size - 1 - tap) // every
        first = nearest - others * between
        spans.append(_hull(field, first, step=between, count=others + 1))
    return ReceptiveField(tuple(spans), field.advance)


def merge_fields(fields: Iterable[ReceptiveField]) -> ReceptiveField | None:
    """The field of a layer with several inputs, such as `Add` or `Concatenate`.

    Returns:
        For each unit, the span that contains its span in every field; `None` if the fields have
        different jumps, or there are no fields.

    Examples:
        >>> image = ReceptiveField()
        >>> merge_fields([image, field_after_window(image, 3, padding=(1, 1))]).size
        3
        >>> merge_fields([image, field_after_window(image, 2, strides=2)])
    """
    merged = None
    for field in fields:
        if merged is None:
            merged = field
            continue
        if merged.advance * len(field.spans) != field.advance * len(merged.spans):
            return None
        periods = _periods(len(field.spans), len(merged.spans))
        phases = range(len(merged.spans) * periods)
        if len(phases) > _MOST_PHASES:
            return None
        spans = tuple(_join(merged.of(unit), field.of(unit)) for unit in phases)
        merged = ReceptiveField(spans, merged.advance * periods)
    return merged


def _hull(field: ReceptiveField, first: int, *, step: int, count: int) -> tuple[int, int] | None:
    """The span that contains the spans of `count` units, `step` apart, from unit `first`."""
    # Spans of the same phase move on with the unit, so one period at either end is enough.
    near = range(min(count, len(field.spans)))
    low = [span for n in near if (span := field.of(first + n * step))]
    high = [span for n in near if (span := field.of(first + (count - 1 - n) * step))]
    if not low:
        return None
    return min(span[0] for span in low), max(span[1] for span in high)


def _join(one: tuple[int, int] | None, other: tuple[int, int] | None) -> tuple[int, int] | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


def _periods(length: int, step: int) -> int:
    """The least number of steps whose total length is a multiple of `length`."""
    return length // gcd(length, step)
