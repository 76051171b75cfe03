"""The texts that an HDF5 file keeps at its root: all that a legacy `.h5` model has to tell.

Keras 2, and Keras 3's `model.save("model.h5")`, keep the configuration as JSON in attributes of
the root group (`model_config`, `training_config`, `keras_version`, `backend`). To find them one
walks superblock → object header → attribute messages → global heap, and no further: groups,
data sets and weights are never touched.

Every address and length comes from the file and is taken as hostile: what lies outside the file
is refused, blocks are visited once, and the work is bounded by the limits below.

Reference:
    The HDF Group, *HDF5 File Format Specification*, version 3.0: II.A superblock,
    III.E global heap, IV.A.1 object header, IV.A.2.d datatype, IV.A.2.m attribute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.frozen import frozen
from kerasbook.sources.json_text import MAX_TEXT_BYTES
from kerasbook.sources.refusal import size_text, unreadable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from kerasbook.errors import SourceError
    from kerasbook.sources.disk import BoundedFile

__all__ = ["SIGNATURE", "read_root_texts", "superblock_offset"]

SIGNATURE = b"\x89HDF\r\n\x1a\n"

# Keras writes about five attributes, in one or two blocks of a few hundred bytes.
_MAX_BLOCKS = 64
_MAX_BLOCK_BYTES = 2**20
_MAX_MESSAGES = 4096
_MAX_SUPERBLOCK_BYTES = 128
_MAX_HEAP_OBJECTS = 2**16  # an object's index has 16 bits

_ATTRIBUTE, _CONTINUATION, _ATTRIBUTE_INFO = 0x0C, 0x10, 0x15
_SHARED = 0x02
_STRING, _VARIABLE_LENGTH = 3, 9
_NULL_SPACE = 2
_RESAVE = "Load it with Keras and save it with model.save('model.keras')."


def read_root_texts(file: BoundedFile, names: Collection[str]) -> dict[str, bytes]:
    """The values of the root's text attributes.

    Args:
        file: the open HDF5 file.
        names: which attributes are wanted.

    Returns:
        The bytes of each wanted attribute that is there and is a single string, of fixed or
        variable length.

    Raises:
        SourceError: the file is truncated or damaged, or keeps its attributes in a way that
            Keras never does.
    """
    layout = _layout(file)
    texts: dict[str, bytes] = {}
    for kind, flags, body in _messages(layout):
        if kind == _ATTRIBUTE_INFO and _is_dense(layout, body):
            received = "an HDF5 file that keeps its attributes in dense storage"
            raise unreadable(
                file.where, "be an .h5 model as Keras saves it", received, mend=_RESAVE
            )
        if kind != _ATTRIBUTE or flags & _SHARED:
            continue
        name, text = _attribute(layout, body, names)
        if text is not None:
            if name in texts:
                raise _damaged(file.where, f"two attributes named {name!r}")
            texts[name] = text
    return texts


def superblock_offset(file: BoundedFile) -> int | None:
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


class _Block:
    """Bytes that are read field by field, from the front."""

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
        if not 0 <= size <= self.left:
            raise _damaged(self._where, f"a field of {size} bytes where {self.left} are left")
        self._position += size
        return self._data[self._position - size : self._position]

    def integer(self, size: int) -> int:
        """The next `size` bytes as an unsigned integer."""
        return int.from_bytes(self.take(size), "little")

    def part(self, size: int, *, aligned: int = 1) -> _Block:
        """The next `size` bytes as a block of their own, and the padding behind them skipped."""
        data = self.take(size)
        self.take(-size % aligned)
        return _Block(data, self._where)


@frozen
class _Layout:
    """Where a file's root lies, and how the file writes addresses and lengths."""

    file: BoundedFile
    base: int
    offset_bytes: int
    length_bytes: int
    root: int

    def block(self, address: int, size: int) -> _Block:
        """The bytes at an address, which counts from the superblock."""
        return _Block(self.file.read_at(self.base + address, size), self.file.where)


def _layout(file: BoundedFile) -> _Layout:
    """What the superblock says, versions 0 to 3."""
    base = superblock_offset(file)
    if base is None:
        raise _damaged(file.where, "no HDF5 signature")
    size = min(_MAX_SUPERBLOCK_BYTES, file.size_bytes - base)
    block = _Block(file.read_at(base + len(SIGNATURE), size - len(SIGNATURE)), file.where)
    version = block.integer(1)
    if version not in _SUPERBLOCK_FIELDS:
        raise _damaged(file.where, f"superblock version {version}")
    before, after, count = _SUPERBLOCK_FIELDS[version]
    block.take(before)
    offset_bytes, length_bytes = block.integer(1), block.integer(1)
    if not {offset_bytes, length_bytes} <= {2, 4, 8}:
        raise _damaged(file.where, f"addresses of {offset_bytes} and {length_bytes} bytes")
    block.take(after)
    addresses = [block.integer(offset_bytes) for _ in range(count)]
    if file.size_bytes < addresses[2]:
        received = f"{file.size_bytes} bytes: it is truncated"
        expected = f"be {addresses[2]} bytes long, as its header says"
        raise unreadable(file.where, expected, received, mend="Copy the file again.")
    return _Layout(file, base, offset_bytes, length_bytes, root=addresses[-1])


# By superblock version: bytes before and after the two word sizes, then how many addresses: base,
# free space or extension, end of file, in old files the driver and the root's name, the root.
_SUPERBLOCK_FIELDS = {0: (4, 9, 6), 1: (4, 13, 6), 2: (0, 1, 4), 3: (0, 1, 4)}


@frozen
class _Header:
    """Where an object header starts, and how it frames its messages: versions 1 and 2."""

    first_block: tuple[int, int]  # address and size
    kind_bytes: int
    spare_bytes: int
    frame_bytes: int


def _header(layout: _Layout) -> _Header:
    root, where = layout.root, layout.file.where
    start = layout.block(root, 12)
    if start.take(4) != b"OHDR":
        start = layout.block(root, 12)
        if start.integer(1) != 1:
            raise _damaged(where, f"no object header at {root}")
        start.take(7)  # reserved, number of messages, reference count
        return _Header((root + 16, start.integer(4)), kind_bytes=2, spare_bytes=3, frame_bytes=0)
    if start.integer(1) != 2:  # noqa: PLR2004  a version number
        raise _damaged(where, "an object header of an unknown version")
    flags = start.integer(1)
    # Optional: four times, and two limits of the attribute storage.
    optional = 16 * bool(flags & 0x20) + 4 * bool(flags & 0x10)
    width = 1 << (flags & 3)
    block = layout.block(root, 6 + optional + width)
    block.take(6 + optional)
    first = (root + 6 + optional + width, block.integer(width))
    return _Header(first, kind_bytes=1, spare_bytes=2 * bool(flags & 4), frame_bytes=4)


def _messages(layout: _Layout) -> Iterator[tuple[int, int, _Block]]:
    """Kind, flags and content of each message of the root's object header."""
    where = layout.file.where
    header = _header(layout)
    blocks, seen, count = [header.first_block], set[int](), 0
    prefix_bytes = header.kind_bytes + 3 + header.spare_bytes
    for address, size in blocks:
        if address in seen or len(seen) == _MAX_BLOCKS or size > _MAX_BLOCK_BYTES:
            raise _damaged(where, f"an object header that goes on at {address} for {size} bytes")
        seen.add(address)
        block = layout.block(address, size)
        while block.left >= prefix_bytes:
            kind, length = block.integer(header.kind_bytes), block.integer(2)
            flags = block.integer(1)
            block.take(header.spare_bytes)
            body = block.part(length)
            count += 1
            if count > _MAX_MESSAGES:
                raise _damaged(where, f"an object header of more than {_MAX_MESSAGES} messages")
            if kind == _CONTINUATION:
                start, total = body.integer(layout.offset_bytes), body.integer(layout.length_bytes)
                # In version 2 the block has a signature before and a checksum after it.
                blocks.append((start + header.frame_bytes, total - 2 * header.frame_bytes))
            else:
                yield kind, flags, body


def _attribute(layout: _Layout, body: _Block, names: Collection[str]) -> tuple[str, bytes | None]:
    """An attribute's name, and its value if that is wanted and a text."""
    version, shared = body.integer(1), body.integer(1)
    if version not in {1, 2, 3}:
        raise _damaged(layout.file.where, f"attribute version {version}")
    sizes = [body.integer(2) for _ in range(3)]
    if version == 3:  # noqa: PLR2004  a version number
        body.take(1)  # the name's character set
    aligned = 8 if version == 1 else 1
    label, datatype, dataspace = [body.part(size, aligned=aligned) for size in sizes]
    name = label.take(label.left).rstrip(b"\0").decode("utf-8", "replace")
    # In version 1 the second byte is reserved; later it says that a type is kept elsewhere.
    if name not in names or (version > 1 and shared) or not _is_single(layout, dataspace):
        return name, None
    return name, _string(layout, datatype, body)


def _is_single(layout: _Layout, dataspace: _Block) -> bool:
    """Whether there is one value: a scalar, or an array of one."""
    version, rank = dataspace.integer(1), dataspace.integer(1)
    dataspace.take(1)  # whether maximum sizes follow
    if version == 1:
        dataspace.take(5)
    elif dataspace.integer(1) == _NULL_SPACE:
        return False
    return all(dataspace.integer(layout.length_bytes) == 1 for _ in range(rank))


def _string(layout: _Layout, datatype: _Block, value: _Block) -> bytes | None:
    """The value if it is a string, of fixed length or kept in the global heap."""
    kind, bits = datatype.integer(1) & 0x0F, datatype.integer(3) & 0x0F
    size = datatype.integer(4)
    if kind == _STRING:
        text = value.take(size)
        # It ends at the first zero, or is padded with zeros or spaces.
        return text.partition(b"\0")[0] if bits == 0 else text.rstrip(b"\0 ")
    if kind == _VARIABLE_LENGTH and bits == 1:
        length, address = value.integer(4), value.integer(layout.offset_bytes)
        return _heap_text(layout, address, value.integer(4), length) if length else b""
    return None


def _heap_text(layout: _Layout, address: int, index: int, length: int) -> bytes:  # noqa: PLR0917
    """The first `length` bytes of one object of a global heap collection."""
    where = layout.file.where
    if length > MAX_TEXT_BYTES:
        raise unreadable(
            where, f"hold texts of at most {size_text(MAX_TEXT_BYTES)}", size_text(length)
        )
    prefix_bytes = 8 + layout.length_bytes
    head = layout.block(address, prefix_bytes)
    if head.take(4) != b"GCOL":
        raise _damaged(where, f"no heap at {address}")
    head.take(4)  # version, reserved
    end = address + head.integer(layout.length_bytes)
    address += prefix_bytes
    for _ in range(_MAX_HEAP_OBJECTS):
        entry = layout.block(address, prefix_bytes)
        found = entry.integer(2)
        entry.take(6)  # reference count, reserved
        size = entry.integer(layout.length_bytes)
        address += prefix_bytes
        if found in {0, index} or address + size > end:  # 0 is the free space at the end
            break
        address += size + -size % 8
    if found != index or not length <= size <= end - address:
        raise _damaged(where, f"no text of {length} bytes at index {index} of its heap")
    return layout.block(address, length).take(length)


def _is_dense(layout: _Layout, info: _Block) -> bool:
    """Whether attributes are kept outside the header, as new files do with more than eight."""
    info.take(1)  # version
    info.take(2 * (info.integer(1) & 1))  # the highest creation order, if it is kept
    undefined = (1 << 8 * layout.offset_bytes) - 1
    return info.integer(layout.offset_bytes) != undefined


def _damaged(where: str, received: str) -> SourceError:
    mend = "Copy or save the file again."
    return unreadable(where, "be a sound HDF5 file", received, mend=mend)
