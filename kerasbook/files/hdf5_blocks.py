"""How an HDF5 file is framed: superblock, object headers, and the messages in them.

Every address and length comes from the file and is taken as hostile: what lies outside the file
is refused, blocks are visited once, and the work is bounded by the limits below.

Reference:
    The HDF Group, *HDF5 File Format Specification*, version 3.0: II.A superblock,
    IV.A.1 object header.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Protocol

from kerasbook.files.refusal import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.errors import SourceError

__all__ = [
    "SIGNATURE",
    "ByteSource",
    "FieldReader",
    "Layout",
    "Message",
    "damaged",
    "messages",
    "read_layout",
    "superblock_offset",
]

SIGNATURE = b"\x89HDF\r\n\x1a\n"

# Keras writes about five attributes, in one or two blocks of a few hundred bytes.
_MAX_BLOCKS = 64
_MAX_BLOCK_BYTES = 2**20
_MAX_MESSAGES = 4096
_MAX_SUPERBLOCK_BYTES = 128

_NIL, _LINK, _ATTRIBUTE, _CONTINUATION = 0x00, 0x06, 0x0C, 0x10
_MANY = frozenset((_NIL, _LINK, _ATTRIBUTE, _CONTINUATION))
# Dataspace, link info, datatype, fill values, external files, layout, group info, filters, times,
# symbol table, attribute info, reference count: each once, and no others in a model's file.
_ONCE = frozenset((1, 2, 3, 4, 5, 7, 8, 0x0A, 0x0B, 0x0E, 0x11, 0x12, 0x15, 0x16))
_KNOWN = _MANY | _ONCE
_SHARED = 0x02


class ByteSource(Protocol):
    """The bytes of an HDF5 file: a file on disk, or a part of one."""

    where: str
    size_bytes: int

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Exactly `size` bytes at `offset`; a `SourceError` if they lie beyond the end."""
        ...


def superblock_offset(file: ByteSource) -> int | None:
    """Where the HDF5 part of a file starts; None if there is none.

    Args:
        file: any open file.

    Returns:
        0, or 512, 1024, 2048, … behind a user block.
    """
    offset = 0
    while offset + len(SIGNATURE) <= file.size_bytes:
        if file.read_at(offset, len(SIGNATURE)) == SIGNATURE:
            return offset
        offset = offset * 2 or 512
    return None


class FieldReader:
    """Bytes that are read field by field, from the front."""

    __slots__ = ("_data", "_position", "_where")

    def __init__(self, data: bytes, where: str) -> None:
        self._data = data
        self._where = where
        self._position = 0

    @property
    def left(self) -> int:
        """How many bytes have not been read."""
        return len(self._data) - self._position

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self._position
        end = start + size
        if not start <= end <= len(self._data):
            raise damaged(self._where, f"a field of {size} bytes where {self.left} are left")
        self._position = end
        return self._data[start:end]

    def integer(self, size: int) -> int:
        """The next `size` bytes as an unsigned integer."""
        return int.from_bytes(self.take(size), "little")

    def unpack(self, form: Struct) -> tuple[int, ...]:
        """The next integers, of several sizes."""
        return form.unpack(self.take(form.size))

    def part(self, size: int, *, aligned: int = 1) -> FieldReader:
        """The next `size` bytes as a block of their own, and the padding behind them skipped."""
        data = self.take(size)
        if aligned > 1:
            self.take(-size % aligned)
        return FieldReader(data, self._where)


Message = tuple[int, int, FieldReader]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file's root lies, and how the file writes addresses and lengths."""

    file: ByteSource
    base: int
    offset_bytes: int
    length_bytes: int
    root: int

    @property
    def undefined(self) -> int:
        """The address that stands for none."""
        return (1 << 8 * self.offset_bytes) - 1

    def block(self, address: int, size: int) -> FieldReader:
        """The bytes at an address, which counts from the superblock."""
        return FieldReader(self.file.read_at(self.base + address, size), self.file.where)


def read_layout(file: ByteSource) -> Layout:
    """The fields of the superblock, versions 0 to 3."""
    base = superblock_offset(file)
    if base is None:
        raise damaged(file.where, "no HDF5 signature")
    size = min(_MAX_SUPERBLOCK_BYTES, file.size_bytes - base)
    block = FieldReader(file.read_at(base + len(SIGNATURE), size - len(SIGNATURE)), file.where)
    version = block.integer(1)
    if version not in _SUPERBLOCK_FIELDS:
        raise damaged(file.where, f"superblock version {version}")
    before, after, count = _SUPERBLOCK_FIELDS[version]
    block.take(before)
    offset_bytes, length_bytes = block.integer(1), block.integer(1)
    if not {offset_bytes, length_bytes} <= {2, 4, 8}:
        raise damaged(file.where, f"addresses of {offset_bytes} and {length_bytes} bytes")
    block.take(after)
    addresses = [block.integer(offset_bytes) for _ in range(count)]
    if file.size_bytes < addresses[2]:
        received = f"{file.size_bytes} bytes: it is truncated"
        expected = f"be {addresses[2]} bytes long, as its header says"
        raise unreadable(file.where, expected, received, mend="Copy the file again.")
    return Layout(file, base, offset_bytes, length_bytes, root=addresses[-1])


# By superblock version: bytes before and after the two word sizes, then how many addresses: base,
# free space or extension, end of file, in old files the driver and the root's name, the root.
_SUPERBLOCK_FIELDS = {0: (4, 9, 6), 1: (4, 13, 6), 2: (0, 1, 4), 3: (0, 1, 4)}


# Behind the flags, version 1 reserves three bytes, and version 2 may number the messages.
_PREFIX_1, _PREFIX_2, _ORDERED_PREFIX_2 = Struct("<HHB3x"), Struct("<BHB"), Struct("<BHB2x")


@dataclass(frozen=True, slots=True)
class _Header:
    """Where an object header starts, and how it frames its messages: versions 1 and 2."""

    first_block: tuple[int, int]  # address and size
    prefix: Struct  # of a message: kind, length, flags
    frame_bytes: int


def _header(layout: Layout, root: int) -> _Header:
    where = layout.file.where
    start = layout.block(root, 12)
    signature = start.take(4)
    if signature != b"OHDR":
        if signature[0] != 1:
            raise damaged(where, f"no object header at {root}")
        start.take(4)  # reference count; before it, what is reserved and the number of messages
        return _Header((root + 16, start.integer(4)), _PREFIX_1, frame_bytes=0)
    if start.integer(1) != 2:  # noqa: PLR2004  a version number
        raise damaged(where, "an object header of an unknown version")
    flags = start.integer(1)
    # Optional: four times, and two limits of the attribute storage.
    optional = 16 * bool(flags & 0x20) + 4 * bool(flags & 0x10)
    width = 1 << (flags & 3)
    block = layout.block(root, 6 + optional + width)
    block.take(6 + optional)
    first = (root + 6 + optional + width, block.integer(width))
    return _Header(first, _ORDERED_PREFIX_2 if flags & 4 else _PREFIX_2, frame_bytes=4)


def messages(layout: Layout, address: int) -> Iterator[Message]:
    """Kind, flags and content of each message of an object header.

    Raises:
        SourceError: the header is damaged, or holds what no file of Keras does: a message that is
            kept elsewhere, one of an unknown kind, two of a kind of which there is one.
    """
    where = layout.file.where
    seen: set[int] = set()
    for kind, flags, body in _framed(layout, address):
        if flags & _SHARED:
            raise damaged(where, f"a message of kind {kind:#04x} that is kept elsewhere")
        if kind in seen or kind not in _KNOWN:
            number = "two messages" if kind in seen else "a message"
            raise damaged(where, f"{number} of kind {kind:#04x} in an object header")
        if kind in _ONCE:
            seen.add(kind)
        yield kind, flags, body


def _framed(layout: Layout, address: int) -> Iterator[Message]:
    """The messages of an object header, as its blocks frame them."""
    where = layout.file.where
    header = _header(layout, address)
    blocks, seen, count = [header.first_block], set[int](), 0
    for start, size in blocks:
        if start in seen or len(seen) == _MAX_BLOCKS or size > _MAX_BLOCK_BYTES:
            raise damaged(where, f"an object header that goes on at {start} for {size} bytes")
        seen.add(start)
        block = layout.block(start, size)
        while block.left >= header.prefix.size:
            kind, length, flags = block.unpack(header.prefix)
            body = block.part(length)
            count += 1
            if count > _MAX_MESSAGES:
                raise damaged(where, f"an object header of more than {_MAX_MESSAGES} messages")
            if kind != _CONTINUATION:
                yield kind, flags, body
                continue
            goes_on = body.integer(layout.offset_bytes)
            total = body.integer(layout.length_bytes)
            # In version 2 the block has a signature before and a checksum after it.
            blocks.append((goes_on + header.frame_bytes, total - 2 * header.frame_bytes))


def damaged(where: str, received: str) -> SourceError:
    """The error for a file that is not as the format has it.

    Args:
        where: the file, for messages.
        received: what is there instead.
    """
    mend = "Copy or save the file again."
    return unreadable(where, "be a sound HDF5 file", received, mend=mend)
