"""Arguments of any type as values of Python's own types, and as text for messages."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from math import prod
from typing import Any

__all__ = ["entries", "plain", "written"]

_SHORT = 300  # characters of a value that is not cut short in a message
_FEW = 64  # entries of an array that a message lists


def plain(value: object) -> object:
    """A value in Python's own types, from a scalar or array of any library, a range or a list.

    Sequences become tuples. Arrays of more than 64 entries and other objects stay as they are.

    Examples:
        >>> plain([3, range(2)])
        (3, (0, 1))
    """
    if isinstance(value, list | tuple | range):
        return tuple(plain(item) for item in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return str.__str__(value)
    shape = getattr(value, "shape", None)
    if shape is None or not 0 < _size(shape) <= _FEW:
        return value
    for read in ("item", "numpy") if shape == () else ("tolist", "numpy"):
        if callable(convert := getattr(value, read, None)):
            return plain(convert())
    return value


def entries(value: object) -> tuple[Any, ...] | None:
    """The entries of a list, tuple, range or array along its first axis; `None` for a single value.

    Examples:
        >>> entries(range(4, 6)), entries([8, 16])
        ((4, 5), (8, 16))
        >>> entries(8) is entries("same") is None
        True
    """
    if isinstance(value, list | tuple):
        return tuple(value)
    kind = type(value)
    ordered = all(hasattr(kind, name) for name in ("__len__", "__iter__", "__getitem__"))
    if not ordered or isinstance(value, str | bytes | Mapping):
        return None
    try:
        return tuple(value)  # type: ignore[arg-type]
    except TypeError:  # as an array without axes and Keras's symbolic tensors do
        return None


def written(value: object) -> str:
    """The text of a value for a message, cut short; a large array as its dtype and shape.

    Examples:
        >>> written([1, "same"]), written(range(10**3))
        ("(1, 'same')", '(0, 1, 2, 3, 4, 5, ...)')
    """
    shape = getattr(value, "shape", None)
    if shape is not None and hasattr(value, "dtype") and _size(shape) > _FEW:
        return f"<{value.dtype} array of shape {tuple(shape)}>"
    text = repr(plain(value))
    if len(text) <= _SHORT:
        return text
    from reprlib import repr as cut_short  # noqa: PLC0415  needed for long values only

    return cut_short(plain(value))


def _size(shape: Any) -> int:  # noqa: ANN401  of any library's array
    """The number of entries of an array; 0 if a size is not known."""
    try:
        return prod(operator.index(size) for size in shape)
    except (TypeError, ValueError):
        return 0
