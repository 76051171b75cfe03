"""Groups of many members in new HDF5 files: a fractal heap, and the B-tree that indexes it.

Files written by HDF5 2.0 and later keep the ninth and further members of a group so.

Reference:
    The HDF Group, *HDF5 File Format Specification*, version 3.0: III.A.2 version 2 B-trees,
    III.G fractal heap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasbook.files.hdf5_blocks import damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.files.hdf5_blocks import FieldReader, Layout

__all__ = ["read_dense"]

_BY_NAME = 5
_FRAME_BYTES = 10  # signature, version, type and checksum of a node
_DEEPEST_TREE = 8
_MOST_BLOCK_BYTES = 2**26
_MANAGED = 0
_HASH_BYTES = 4


def read_dense(layout: Layout, heap: int, index: int, *, most: int) -> Iterator[FieldReader]:
    """The link messages of a group that keeps them in a heap.

    Args:
        layout: how the file writes addresses.
        heap: where the fractal heap is.
        index: where the B-tree is that lists the members by name.
        most: how many are read before the file is refused.

    Raises:
        SourceError: heap or tree are damaged, or there are more members than `most`.
    """
    objects = _open_heap(layout, heap)
    for count, record in enumerate(_records(layout, index, most=most)):
        if count >= most:
            raise damaged(layout.file.where, f"a group of more than {most} members")
        record.take(_HASH_BYTES)
        yield objects.read(layout, record)


@dataclass(frozen=True, slots=True)
class _Heap:
    """Where the blocks of a fractal heap are: rows of blocks, each row twice as large."""

    root: int
    rows: int  # of the root; 0 if it is a block of objects
    width: int
    first_bytes: int
    largest_bytes: int
    offset_bytes: int
    length_bytes: int

    def read(self, layout: Layout, record: FieldReader) -> FieldReader:
        """The object that an identifier in a record names."""
        if record.integer(1) >> 4 & 3 != _MANAGED:
            raise damaged(layout.file.where, "a member of a group outside its heap")
        offset, size = record.integer(self.offset_bytes), record.integer(self.length_bytes)
        address, start = self._block(layout, offset)
        return layout.block(address + offset - start, size)

    def _block(self, layout: Layout, offset: int) -> tuple[int, int]:
        """The address of the block that holds an offset, and the offset at which it starts."""
        if not self.rows:
            return self.root, 0
        start, size, place = 0, self.first_bytes, 0
        for row in range(self.rows):
            size = self.first_bytes << max(row - 1, 0)
            if offset < start + size * self.width:
                place += (offset - start) // size
                start += (offset - start) // size * size
                break
            start, place = start + size * self.width, place + self.width
        else:
            raise damaged(layout.file.where, f"no member of a group at {offset} of its heap")
        if size > self.largest_bytes:
            raise damaged(layout.file.where, "a group of more members than a model has")
        before = 5 + layout.offset_bytes + self.offset_bytes
        entry = layout.block(self.root + before + place * layout.offset_bytes, layout.offset_bytes)
        return entry.integer(layout.offset_bytes), start


def _open_heap(layout: Layout, address: int) -> _Heap:
    where, width = layout.file.where, layout.offset_bytes
    body = layout.block(address, 22 + 12 * layout.length_bytes + 3 * width)
    if body.take(4) != b"FRHP":
        raise damaged(where, f"no heap of a group at {address}")
    body.take(3)  # version, length of an identifier
    if body.integer(2):
        raise damaged(where, "a group whose members are packed")
    body.take(1)  # flags
    largest_object = body.integer(4)
    # Huge objects, free space, and statistics.
    body.take(2 * width + 10 * layout.length_bytes)
    columns = body.integer(2)
    first, largest = body.integer(layout.length_bytes), body.integer(layout.length_bytes)
    bits = body.integer(2)
    body.take(2)  # rows at the start
    root, rows = body.integer(width), body.integer(2)
    if not (columns and 0 < first <= largest <= _MOST_BLOCK_BYTES and rows <= bits <= 64):  # noqa: PLR2004  bits of an address
        raise damaged(where, "a heap of a group of impossible sizes")
    length_bytes = _bytes_for(min(largest, largest_object))
    return _Heap(root, rows, columns, first, largest, -(-bits // 8), length_bytes)


def _records(layout: Layout, address: int, *, most: int) -> Iterator[FieldReader]:
    """The records of a B-tree of version 2."""
    where, width = layout.file.where, layout.offset_bytes
    body = layout.block(address, 18 + width + layout.length_bytes)
    if body.take(4) != b"BTHD" or body.integer(2) >> 8 != _BY_NAME:
        raise damaged(where, f"no index of names at {address}")
    node_bytes, record_bytes, depth = body.integer(4), body.integer(2), body.integer(2)
    body.take(2)  # when to split and to merge
    root, count = body.integer(width), body.integer(2)
    if depth > _DEEPEST_TREE or record_bytes <= _HASH_BYTES or node_bytes > _MOST_BLOCK_BYTES:
        raise damaged(where, "an index of names of impossible sizes")
    pointers = _pointer_bytes(width, node_bytes, record_bytes, depth=depth)
    pending, seen = [(root, count, depth)] if root != layout.undefined else [], set[int]()
    while pending:
        address, count, level = pending.pop()
        if address in seen or len(seen) > most:
            raise damaged(where, f"an index of names that goes on at {address}")
        seen.add(address)
        counts, totals = pointers[level]
        node = layout.block(address, node_bytes)
        node.take(6)  # signature, version, type
        for _ in range(count):
            yield node.part(record_bytes)
        for _ in range(count + 1 if level else 0):
            child, records = node.integer(width), node.integer(counts)
            node.take(totals)
            pending.append((child, records, level - 1))


def _pointer_bytes(
    offset_bytes: int, node_bytes: int, record_bytes: int, *, depth: int
) -> list[tuple[int, int]]:
    """By level: the widths of a child's number of records, and of those of all below it."""
    most = (node_bytes - _FRAME_BYTES) // record_bytes
    counts = _bytes_for(most)
    total, totals = most, 0
    widths = [(counts, 0)]
    for _ in range(depth):
        widths.append((counts, totals))
        pointer = offset_bytes + counts + totals
        most = (node_bytes - _FRAME_BYTES - pointer) // (record_bytes + pointer)
        total = (most + 1) * total + most
        totals = _bytes_for(total)
    return widths


def _bytes_for(value: int) -> int:
    """How many bytes a number takes."""
    return max(1, -(-value.bit_length() // 8))
