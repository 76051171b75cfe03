"""Checked arguments as named numbers, and parameter counts, shared by the calculators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.arithmetic import Number, Params, number
from kerasbook.checks import positive_integer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.arithmetic import Formula

__all__ = ["term", "terms", "trainable"]


def term(name: str, value: object) -> Formula:
    """A checked argument as a named number."""
    return number(positive_integer(name, value), name)


def terms(name: str, values: Sequence[int]) -> list[Formula]:
    """One named number per axis; the names have an index if the values differ."""
    if len(set(values)) == 1:
        return [number(value, name) for value in values]
    return [number(value, f"{name}[{axis}]") for axis, value in enumerate(values)]


def trainable(formula: Formula) -> Params:
    """A parameter count in which all weights are trainable."""
    return Params(formula, trainable=Number(formula), non_trainable=Number(number(0)))
