"""Receptive fields: which positions of the input one unit of a layer depends on, along one axis."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ReceptiveField", "merge_fields", "see_transposed", "see_window"]

# Upsampling by more than this in all is not followed further: nobody's network does it, and the
# phases are listed one by one.
_MOST_PHASES = 256


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """Which positions of the network's input one unit depends on, along one axis.

    Positions may lie outside the input: at the border part of the window sees padding. The
    default is the input itself, where each position sees itself.

    After a transposed convolution or an upsampling neighbouring units differ in how much they
    see, in a pattern that repeats; so the spans of one period are kept.

    Attributes:
        spans: first and last position that the units 0, 1, … of one period see; `None` for a unit
            that sees none (between the taps of a transposed convolution).
        advance: input positions from one period to the next.
    """

    spans: tuple[tuple[int, int] | None, ...] = ((0, 0),)
    advance: int = 1

    @property
    def size(self) -> int:
        """Positions from the first to the last that a unit sees, for the unit that sees most."""
        return max((last - first + 1 for first, last in self._seen()), default=0)

    @property
    def jump(self) -> float:
        """Input positions between two neighbouring units; below 1 after upsampling."""
        whole, rest = divmod(self.advance, len(self.spans))
        return self.advance / len(self.spans) if rest else whole

    @property
    def start(self) -> int:
        """First position that unit 0 sees, or the unit after it that sees any."""
        return min((first for first, _ in self._seen()), default=0)

    def of(self, unit: int) -> tuple[int, int] | None:
        """First and last input position that one unit sees."""
        periods, phase = divmod(unit, len(self.spans))
        span = self.spans[phase]
        if span is None:
            return None
        return span[0] + periods * self.advance, span[1] + periods * self.advance

    def _seen(self) -> list[tuple[int, int]]:
        return [span for span in self.spans if span is not None]


def see_window(
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
        field: that of the layer's input.
        kernel_size: taps of the window.
        strides: positions between two windows.
        padding: positions added (before, after); `None` for `"same"` on an input whose size is
            not known: then that of a size which the strides divide.
        dilation_rate: distance between taps.

    Examples:
        >>> image = ReceptiveField()
        >>> conv = see_window(image, 3, padding=(1, 1))
        >>> pool = see_window(conv, 2, strides=2)
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


def see_transposed(
    field: ReceptiveField,
    kernel_size: int,
    *,
    strides: int = 1,
    padding: tuple[int, int] = (0, 0),
    dilation_rate: int = 1,
) -> ReceptiveField | None:
    """The receptive field after a transposed convolution.

    Upsampling by repetition is one with as many taps as strides.

    Args:
        field: that of the layer's input.
        kernel_size: taps of the window.
        strides: output positions between two inputs.
        padding: positions cut (before, after) from the full output.
        dilation_rate: distance between taps.

    Returns:
        The field; `None` if the network upsamples by more than 256 in all.

    Examples:
        >>> pool = see_window(ReceptiveField(), 2, strides=2)
        >>> up = see_transposed(pool, 3, strides=2, padding=(0, 1))
        >>> up.size, up.jump, up.spans
        (4, 1, ((-2, 1), (0, 1)))
    """
    if len(field.spans) * strides > _MOST_PHASES:
        return None
    # Output o receives tap t of input i where i·strides + t·dilation_rate − before = o: each
    # `every`-th tap, each from the input `between` positions further back.
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
    """The field of a layer that joins several, unit by unit: `Add`, `Concatenate`.

    Returns:
        The field that holds all of them; `None` if they move at different jumps, or there is none.

    Examples:
        >>> image = ReceptiveField()
        >>> merge_fields([image, see_window(image, 3, padding=(1, 1))]).size
        3
        >>> merge_fields([image, see_window(image, 2, strides=2)])
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
    """From the first to the last position that `count` units see, `step` apart."""
    # Later units of one phase see later positions, so the ends decide, one period of them each.
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
    """How many steps it takes until a whole number of periods is covered."""
    return length // gcd(length, step)
