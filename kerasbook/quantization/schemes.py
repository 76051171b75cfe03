"""The schemes of quantisation by their names, which are those of Keras's policies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kerasbook.checks import reject, shown
from kerasbook.errors import ArgumentError
from kerasbook.quantization.storage import Storage
from kerasbook.rules import dtype_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.rules import DTypePolicy

__all__ = ["NOW", "SCHEMES", "read_name_patterns", "read_scheme"]

NOW = ("as it is", Storage())
SCHEMES = (
    "mixed_float16",
    "mixed_bfloat16",
    "float16",
    "bfloat16",
    "int8",
    "int4",
    "float8",
)
_MODES = ("int8", "int4", "float8")
_FLOATS = ("float16", "bfloat16", "float32", "float64", "mixed_float16", "mixed_bfloat16")
# Rows that share a scale in `model.quantize("int4")`, since Keras 3.14.
_GROUP = 128


def read_scheme(name: object, name_patterns: tuple[str, ...] | None) -> tuple[str, Storage]:
    """A scheme by its name, and how it holds weights.

    Args:
        name: `"mixed_bfloat16"`, `"int8"`, `"int4/64"`, `"int8_from_mixed_bfloat16"`.
        name_patterns: patterns for the names of the layers to quantise.

    Raises:
        ArgumentError: it is no such name.
    """
    found = _storage(name, name_patterns) if isinstance(name, str) else None
    if not isinstance(name, str) or found is None:
        raise ArgumentError(
            where="schemes",
            expected="be names as Keras's dtype policies have them: 'mixed_bfloat16', 'bfloat16', "
            "'int8', 'int4', 'int4/64', 'float8' or 'int8_from_bfloat16'",
            received=shown(name),
        )
    return name, found


def _storage(name: str, name_patterns: tuple[str, ...] | None) -> Storage | None:
    head, separator, tail = name.partition("_from_")
    mode, *settings = head.split("/")
    if mode not in _MODES:
        return None if separator or settings else _plain(name)
    source = _source(tail) if separator else None
    if separator and source is None:
        return None
    group = _group(settings) if mode == "int4" else None if settings else -1
    return None if group is None else Storage(source, mode, group, name_patterns)


def _plain(name: str) -> Storage | None:
    source = _source(name)
    return None if source is None else Storage(source)


def _source(name: str) -> DTypePolicy | None:
    """The policy of one of the types that layers compute in."""
    return dtype_policy(name) if name in _FLOATS else None


def _group(settings: Sequence[str]) -> int | None:
    """Rows that share a scale, from `int4/64`; -1 for all of a column."""
    if not settings:
        return _GROUP
    (size, *more) = settings
    if more or not re.fullmatch("-1|[1-9][0-9]{0,17}", size):
        return None
    return int(size)


def read_name_patterns(filters: object) -> tuple[str, ...] | None:
    """The patterns for names of layers in the argument `filters`, as in `model.quantize`.

    Raises:
        ArgumentError: it is neither a pattern nor a list of them.
    """
    if filters is None:
        return None
    patterns = (filters,) if isinstance(filters, str) else filters
    expected = "be a regular expression for layers' names, or a list of them"
    if not isinstance(patterns, list | tuple):
        reject("filters", expected, filters)
    for each in patterns:
        if not isinstance(each, str):
            reject("filters", expected, filters)
        try:
            re.compile(each)
        except re.error:
            reject("filters", expected, filters)
    return tuple(patterns)
