"""The weighted sum that a neuron or one step of a convolution computes, term by term."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from kerasbook.checks import reject
from kerasbook.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction

__all__ = ["WeightedSum", "weighted_sum"]


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """A sum of values times weights, with its terms.

    It is computed with exact decimals, so that 0.1 + 0.2 is 0.3.

    Attributes:
        value: the sum.
        terms: the pairs (value, weight), row by row.
        bias: the number added at the end.
    """

    value: float
    terms: tuple[tuple[float, float], ...]
    bias: float = 0

    @property
    def text(self) -> str:
        """The sum with its terms: `0.6·1 + 0.4·1 = 1`."""
        return _equation(self, "·", "−")

    @property
    def latex(self) -> str:
        """The sum with its terms as LaTeX, for `$…$`."""
        return _equation(self, r" \cdot ", "-")

    def __float__(self) -> float:
        return float(self.value)

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


def weighted_sum(values: object, weights: object, *, bias: float = 0) -> WeightedSum:
    """One output of a neuron or a convolution: the sum of the values times their weights.

    Args:
        values: the inputs of a neuron, or the pixels below a filter: an array of any shape, or
            nested sequences of numbers.
        weights: the weights of the neuron, or the filter, in the shape of the values.
        bias: the number added to the sum.

    Returns:
        The sum with its terms. A larger sum means that the values match the filter better.

    Raises:
        ArgumentError: the shapes differ, or an entry is not a finite number.

    Examples:
        A window that matches its filter well:

        >>> window = [[0.6, 0.4, 0.6], [0.1, -0.2, -0.3], [-0.5, -0.4, -0.3]]
        >>> edge = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]
        >>> weighted_sum(window, edge).value
        2.8

        A neuron, written out:

        >>> print(weighted_sum([5], [2], bias=-1).text)
        5·2 − 1 = 9
        >>> print(weighted_sum([0.5, -0.25], [-2, 4]).text)
        0.5·(−2) + (−0.25)·4 = −2
        >>> weighted_sum([1, 2], [1, 2, 3])
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: weights must have the shape of values, (2,);
            received shape (3,).

    Reference:
        Goodfellow, Bengio and Courville, *Deep learning*, 2016, section 9.1.
    """
    shape, numbers = _read("values", values)
    weight_shape, factors = _read("weights", weights)
    if weight_shape != shape:
        raise ArgumentError(
            where="weights",
            expected=f"have the shape of values, {shape}",
            received=f"shape {weight_shape}",
        )
    offset = _exact("bias", bias)
    total = sum((a * b for a, b in zip(numbers, factors, strict=True)), start=offset)
    return WeightedSum(
        value=_plain(total),
        terms=tuple((_plain(a), _plain(b)) for a, b in zip(numbers, factors, strict=True)),
        bias=_plain(offset),
    )


def _read(name: str, values: object) -> tuple[tuple[int, ...], list[Fraction]]:
    """The shape of nested sequences and the numbers in them, row by row."""
    level, shape = [values], []
    while not all(_is_number(item) for item in level):
        rows = [[] if _is_number(item) else list(_items(name, item)) for item in level]
        lengths = {len(row) for row in rows}
        if len(lengths) > 1 or lengths == {0}:
            reject(name, "have rows of equal lengths, and none empty", values)
        shape.append(lengths.pop())
        level = [item for row in rows for item in row]
    return tuple(shape), [_exact(name, item) for item in level]


def _is_number(item: object) -> bool:
    shape = getattr(item, "shape", None)
    return isinstance(item, int | float) or (shape is not None and len(shape) == 0)


def _items(name: str, item: object) -> Iterator[object]:
    if isinstance(item, str | bytes | dict) or not hasattr(item, "__iter__"):
        reject(name, "be numbers, in nested sequences or an array", item)
    found: Iterable[object] = item
    return iter(found)


def _exact(name: str, item: object) -> Fraction:
    """The exact value of a number's shortest decimal: 6/10 for 0.6, also in single precision."""
    from fractions import Fraction  # noqa: PLC0415  slow to import, and needed only here

    try:
        finite = not isinstance(item, bool) and isfinite(item)  # type: ignore[arg-type]
        written = Fraction(str(item)) if finite else None
    except (TypeError, ValueError):
        written = None
    if written is None:
        reject(name, "be finite numbers", item)
    return written


def _plain(value: Fraction) -> float:
    return value.numerator if value.denominator == 1 else float(value)


def _equation(total: WeightedSum, times: str, sign: str) -> str:
    parts = [
        f"{_factor(value, sign)}{times}{_factor(weight, sign)}" for value, weight in total.terms
    ]
    written = " + ".join(parts)
    if total.bias:
        written += f" {'+' if total.bias > 0 else sign} {_decimal(abs(total.bias), sign)}"
    return f"{written} = {_decimal(total.value, sign)}"


def _factor(value: float, sign: str) -> str:
    return f"({_decimal(value, sign)})" if value < 0 else _decimal(value, sign)


def _decimal(value: float, sign: str) -> str:
    return str(value).replace("-", sign)
