"""Checked arguments of a window that moves along one or several axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from kerasbook.checks import choice, integer, one_or_per, positive_integer, reject

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Axis", "OnePer", "Padding", "counts", "kernel", "read_axes", "several"]

OnePer: TypeAlias = "int | Sequence[int]"
Padding: TypeAlias = (
    "Literal['valid', 'same', 'causal'] | tuple[int, int] | Sequence[tuple[int, int]]"
)
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Axis:
    """The checked sizes of one axis and of the window that moves along it."""

    size: int
    kernel_size: int
    strides: int
    padding: str | tuple[int, int]
    dilation_rate: int


def read_axes(
    size: object,
    kernel_size: object,
    *,
    strides: object = 1,
    padding: object = "valid",
    dilation_rate: object = 1,
    paddings: tuple[str, ...] = ("valid", "same"),
    window: str = "kernel_size",
) -> tuple[Axis, ...]:
    """One checked `Axis` per axis; the first argument with several values gives their number.

    Args:
        size: input size, one for all axes or one per axis, as in the other arguments.
        kernel_size: taps of the window.
        strides: pixels between two windows.
        padding: one of `paddings`, or (before, after) if `"causal"` is among them.
        dilation_rate: distance between taps.
        paddings: names of the layer's possible paddings.
        window: the caller's name for `kernel_size`.

    Raises:
        ArgumentError: an argument has another number of values, or a wrong value.
    """
    sequences = [
        value
        for value in (size, kernel_size, strides, dilation_rate, _pairs(padding))
        if isinstance(value, list | tuple)
    ]
    count = len(sequences[0]) if sequences else 1
    if not count:
        reject("size", "have at least one axis", size)
    pads = _paddings(padding, count, paddings)
    return tuple(
        Axis(*values)
        for values in zip(
            counts("size", size, count),
            counts(window, kernel_size, count),
            counts("strides", strides, count),
            pads,
            counts("dilation_rate", dilation_rate, count),
            strict=True,
        )
    )


def several(*arguments: object, padding: object = "valid") -> bool:
    """Whether any argument has one value per axis; then the result has one per axis too."""
    return any(isinstance(value, list | tuple) for value in (*arguments, _pairs(padding)))


def counts(name: str, value: object, count: int, *, item: str = "axis") -> tuple[int, ...]:
    """A positive integer for each of `count` items, from one value for all or one for each."""
    values = one_or_per(name, value, count, item=item)
    if not isinstance(value, list | tuple):
        return (positive_integer(name, value),) * count
    return tuple(positive_integer(f"{name}[{axis}]", item) for axis, item in enumerate(values))


def kernel(value: object) -> tuple[int, ...]:
    """The taps per axis, from an argument that also gives the number of axes.

    Raises:
        ArgumentError: the value is a single number, or not all its entries are positive integers.

    Examples:
        >>> kernel((4, 4))
        (4, 4)
        >>> kernel(4)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: kernel_size must have one value per axis; received
            kernel_size=4. Use kernel_size=(4,) for one axis or (4, 4) for two.
    """
    if not isinstance(value, list | tuple) or not value:
        mend = f"Use kernel_size=({value},) for one axis or ({value}, {value}) for two."
        known = isinstance(value, int) and value > 0
        reject("kernel_size", "have one value per axis", value, mend=mend if known else "")
    return counts("kernel_size", value, len(value))


def _pairs(padding: object) -> object:
    """The padding if it has a pair per axis; otherwise `None`."""
    if isinstance(padding, list | tuple) and any(isinstance(p, list | tuple) for p in padding):
        return padding
    return None


def _paddings(
    padding: object, count: int, choices: tuple[str, ...]
) -> tuple[str | tuple[int, int], ...]:
    if isinstance(padding, str) or "causal" not in choices:
        name = choice("padding", padding, choices)
        if name == "causal" and count > 1:
            mend = "Use 'same', or ((before, 0), …) with a pair per axis."
            reject("padding", f"be 'valid' or 'same' for {count} axes", padding, mend=mend)
        return (name,) * count
    if _pairs(padding) is None:
        return (_pair(padding),) * count
    pairs = one_or_per("padding", padding, count, item="axis")
    return tuple(_pair(pair) for pair in pairs)


def _pair(padding: object) -> tuple[int, int]:
    if not isinstance(padding, list | tuple) or len(padding) != _PAIR:
        symmetric = isinstance(padding, int) and not isinstance(padding, bool) and padding >= 0
        mend = f"Use padding=({padding}, {padding})." if symmetric else ""
        expected = "be 'valid', 'same', 'causal' or pixels as (before, after)"
        reject("padding", expected, padding, mend=mend)
    before, after = padding
    return integer("padding[0]", before, minimum=0), integer("padding[1]", after, minimum=0)
