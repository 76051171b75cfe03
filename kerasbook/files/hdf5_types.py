"""The number types of HDF5 arrays, by the names that NumPy gives them.

Reference:
    The HDF Group, *HDF5 File Format Specification*, version 3.0: IV.A.2.d datatype.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasbook.files.hdf5_blocks import FieldReader

__all__ = ["BFLOAT16", "OPAQUE", "NumberType", "read_type"]

BFLOAT16, OPAQUE = "bfloat16", "|V2"
_INTEGER, _FLOAT, _OPAQUE, _ENUMERATION = 0, 1, 5, 8
_MOST_BYTES = 8
# Of a float: bits in all, where exponent and mantissa are and how long, and the bias.
_FLOATS = {
    (16, 10, 5, 0, 10, 15): "f2",
    (32, 23, 8, 0, 23, 127): "f4",
    (64, 52, 11, 0, 52, 1023): "f8",
    (16, 7, 8, 0, 7, 127): BFLOAT16,
}
_IMPLIED_FIRST_BIT = 0x20
# Names and values of a boolean, behind its base type; since version 3 without padding.
_BOOLEANS = (b"FALSE\0\0\0TRUE\0\0\0\0\0\1", b"FALSE\0TRUE\0\0\1")


@dataclass(frozen=True, slots=True)
class NumberType:
    """The type of an array's values.

    Attributes:
        number: its class in HDF5.
        item_bytes: bytes of one value.
        name: as NumPy names it, `"<f4"`; None if no array of Keras has it.
    """

    number: int
    item_bytes: int
    name: str | None


def read_type(body: FieldReader) -> NumberType:
    """The type that a datatype message describes."""
    number, bits = body.integer(1) & 0x0F, body.integer(3)
    size = body.integer(4)
    name = None
    if number == _INTEGER:
        name = _integer(body, bits, size)
    elif number == _FLOAT:
        name = _float(body, bits, size)
    elif number == _ENUMERATION:
        name = _boolean(body)
    elif number == _OPAQUE and size == 2:  # noqa: PLR2004  how bfloat16 is stored
        name = OPAQUE
    return NumberType(number, size, name)


def _integer(body: FieldReader, bits: int, size: int) -> str | None:
    offset, precision = body.integer(2), body.integer(2)
    plain = bits & ~0b1001 == 0  # but byte order and sign
    if not plain or offset or precision != 8 * size or size not in {1, 2, 4, _MOST_BYTES}:
        return None
    order = "|" if size == 1 else "<>"[bits & 1]
    return f"{order}{'i' if bits & 8 else 'u'}{size}"


def _float(body: FieldReader, bits: int, size: int) -> str | None:
    offset, precision = body.integer(2), body.integer(2)
    fields = body.take(4)
    name = _FLOATS.get((precision, *fields, body.integer(4)))
    sign = precision - 1
    if name is None or offset or precision != 8 * size:
        return None
    if bits & ~1 != _IMPLIED_FIRST_BIT | sign << 8:
        return None
    if name == BFLOAT16:
        return name if not bits & 1 else None
    return f"{'<>'[bits & 1]}{name}"


def _boolean(body: FieldReader) -> str | None:
    base = read_type(body) if body.left >= 12 else None  # noqa: PLR2004  of an integer
    if base is None or base.number != _INTEGER or base.item_bytes != 1:
        return None
    names = body.take(body.left)
    return "|b1" if any(names.startswith(each) for each in _BOOLEANS) else None
