"""The dtypes that Keras knows by name, and the bytes that one value of each takes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["WIDTHS_BYTES", "width_bytes"]

# Types of fewer than 8 bits take one byte; packed int4 weights are stored as another type. For a
# string, the 16 bytes are what a backend stores besides the text.
WIDTHS_BYTES: Mapping[str, int] = MappingProxyType(
    {
        "float16": 2,
        "bfloat16": 2,
        "float32": 4,
        "float64": 8,
        "float8_e4m3fn": 1,
        "float8_e5m2": 1,
        "int4": 1,
        "uint4": 1,
        "int8": 1,
        "uint8": 1,
        "int16": 2,
        "uint16": 2,
        "int32": 4,
        "uint32": 4,
        "int64": 8,
        "uint64": 8,
        "bool": 1,
        "string": 16,
        "complex64": 8,
        "complex128": 16,
    }
)


def width_bytes(dtype: str) -> int:
    """The bytes that one value of a dtype takes, by Keras's name for it; 4 for an unknown name.

    Examples:
        >>> width_bytes("float32"), width_bytes("bfloat16"), width_bytes("uint8")
        (4, 2, 1)
    """
    return WIDTHS_BYTES.get(dtype, 4)
