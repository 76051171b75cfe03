"""The texts that an HDF5 file keeps as attributes of its groups and arrays.

A text is kept in the attribute itself or in the global heap; a list of texts holds several. What
is neither a text nor a list of texts has no value here.

Reference:
    The HDF Group, *HDF5 File Format Specification*, version 3.0: III.E global heap,
    IV.A.2.d datatype, IV.A.2.m attribute.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

from kerasbook.files.hdf5_blocks import damaged
from kerasbook.files.json_text import MAX_TEXT_BYTES
from kerasbook.files.refusal import bytes_text, unreadable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kerasbook.files.hdf5_blocks import FieldReader, Layout, Message

__all__ = ["AttributeReader"]

_MAX_HEAP_OBJECTS = 2**16  # an object's index has 16 bits
_ATTRIBUTE, _ATTRIBUTE_INFO = 0x0C, 0x15
_STRING, _VARIABLE_LENGTH = 3, 9
_NULL_SPACE = 2
_RESAVE = "Load it with Keras and save it with model.save('model.keras')."


@dataclass(slots=True)
class AttributeReader:
    """Reads attributes object by object; all their texts together are bounded."""

    layout: Layout
    left_bytes: int = MAX_TEXT_BYTES
    heaps: dict[int, dict[int, tuple[int, int]]] = field(default_factory=dict)

    def read(
        self, header: Iterable[Message], *, names: Collection[str] | None = None
    ) -> dict[str, tuple[bytes, ...]]:
        """The texts of each attribute of an object: one, or those of a list.

        Args:
            header: the messages of the object's header.
            names: which attributes are wanted; all of them if left out.

        Raises:
            SourceError: the attributes are damaged, or kept in a way that Keras never does.
        """
        texts: dict[str, tuple[bytes, ...]] = {}
        seen: set[str] = set()
        for kind, _, body in header:
            if kind == _ATTRIBUTE_INFO and _is_dense(self.layout, body):
                received = "an HDF5 file that keeps its attributes in dense storage"
                where, expected = self.layout.file.where, "be an .h5 model as Keras saves it"
                raise unreadable(where, expected, received, mend=_RESAVE)
            if kind != _ATTRIBUTE:
                continue
            name, datatype, count = self._head(body)
            if name in seen:
                raise damaged(self.layout.file.where, f"two attributes named {name[:80]!r}")
            seen.add(name)
            if names is None or name in names:
                values = self._texts(datatype, body, count)
                if values is not None:
                    texts[name] = values
        return texts

    def _head(self, body: FieldReader) -> tuple[str, FieldReader, int]:
        """An attribute's name, its type, and how many values it has."""
        where = self.layout.file.where
        version, shared = body.integer(1), body.integer(1)
        if version not in {1, 2, 3}:
            raise damaged(where, f"attribute version {version}")
        if version > 1 and shared:  # in version 1 the byte is reserved
            raise damaged(where, "an attribute whose type is kept elsewhere")
        sizes = [body.integer(2) for _ in range(3)]
        if version == 3:  # noqa: PLR2004  a version number
            body.take(1)  # the name's character set
        aligned = 8 if version == 1 else 1
        label, datatype, dataspace = [body.part(size, aligned=aligned) for size in sizes]
        name, end, rest = label.take(label.left).partition(b"\0")
        if not end or rest.strip(b"\0"):  # HDF5 reads it as a text that ends with a zero
            raise damaged(where, "an attribute whose name has no end")
        return name.decode("utf-8", "replace"), datatype, _count(self.layout, dataspace)

    def _texts(
        self, datatype: FieldReader, body: FieldReader, count: int
    ) -> tuple[bytes, ...] | None:
        """The values, if they are texts; no values are no texts, of whatever type."""
        if not count:
            return ()
        kind, bits = datatype.integer(1) & 0x0F, datatype.integer(3) & 0x0F
        size = datatype.integer(4)
        if kind == _STRING and size:
            self._charge(size * count)
            texts = [body.take(size) for _ in range(count)]
            return tuple([_unpadded(text, bits) for text in texts])
        if kind == _VARIABLE_LENGTH and bits == 1:
            self._charge(count)
            return tuple([self._heap_text(body) for _ in range(count)])
        return None

    def _charge(self, size_bytes: int) -> None:
        self.left_bytes -= size_bytes
        if self.left_bytes < 0:
            limit = f"hold texts of at most {bytes_text(MAX_TEXT_BYTES)}"
            raise unreadable(self.layout.file.where, limit, bytes_text(size_bytes))

    def _heap_text(self, body: FieldReader) -> bytes:
        """One text of the global heap, by its length and its place there."""
        length, address = body.integer(4), body.integer(self.layout.offset_bytes)
        index = body.integer(4)
        if not length:
            return b""
        self._charge(length)
        if address not in self.heaps:
            self.heaps[address] = _heap(self.layout, address)
        start, size = self.heaps[address].get(index, (0, -1))
        if length > size:
            received = f"no text of {length} bytes at index {index} of its heap"
            raise damaged(self.layout.file.where, received)
        # As in C, where HDF5 gives it to its readers, it ends at the first zero.
        return self.layout.block(start, length).take(length).partition(b"\0")[0]


def _unpadded(text: bytes, padding: int) -> bytes:
    """A text of fixed length: it ends at the first zero, or is padded with zeros or spaces."""
    if padding == 0:
        return text.partition(b"\0")[0]
    return text.rstrip(b"\0" if padding == 1 else b" ")


def _heap(layout: Layout, address: int) -> dict[int, tuple[int, int]]:
    """Address and size of each object of a global heap collection."""
    where = layout.file.where
    prefix_bytes = 8 + layout.length_bytes
    head = layout.block(address, prefix_bytes)
    if head.take(4) != b"GCOL":
        raise damaged(where, f"no heap at {address}")
    head.take(4)  # version, reserved
    end = address + head.integer(layout.length_bytes)
    objects: dict[int, tuple[int, int]] = {}
    address += prefix_bytes
    while address + prefix_bytes <= end and len(objects) < _MAX_HEAP_OBJECTS:
        entry = layout.block(address, prefix_bytes)
        index = entry.integer(2)
        entry.take(6)  # reference count, reserved
        size = entry.integer(layout.length_bytes)
        address += prefix_bytes
        if not index or address + size > end:  # 0 is the free space at the end
            break
        if index in objects:
            raise damaged(where, f"two texts at index {index} of a heap")
        objects[index] = address, size
        address += size + -size % 8
    return objects


def _count(layout: Layout, dataspace: FieldReader) -> int:
    """How many values there are."""
    version, rank = dataspace.integer(1), dataspace.integer(1)
    dataspace.take(1)  # whether maximum sizes follow
    if version == 1:
        dataspace.take(5)
    elif dataspace.integer(1) == _NULL_SPACE:
        return 0
    return prod([dataspace.integer(layout.length_bytes) for _ in range(rank)])


def _is_dense(layout: Layout, info: FieldReader) -> bool:
    """Whether attributes are kept outside the header, as new files do with more than eight."""
    info.take(1)  # version
    info.take(2 * (info.integer(1) & 1))  # the highest creation order, if it is kept
    return info.integer(layout.offset_bytes) != layout.undefined
