"""The members of an HDF5 group: names, and where the objects are that they name.

Old files keep them in a tree of symbol tables, new ones as messages of the group's header, or in a
fractal heap if there are many. Whatever is no plain member, such as a link to another file, is
told by its kind and never followed.

Reference:
    The HDF Group, *HDF5 File Format Specification*, version 3.0: III.A.1 version 1 B-trees,
    III.B symbol table nodes, III.D local heaps, IV.A.2.c link info, IV.A.2.g link messages,
    IV.A.2.r symbol table message.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import iter_unpack, unpack
from typing import TYPE_CHECKING

from kerasbook.files.hdf5_blocks import damaged
from kerasbook.files.hdf5_heap import read_dense

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kerasbook.files.hdf5_blocks import FieldReader, Layout, Message

__all__ = ["Link", "read_links"]

LINK_INFO, LINK, SYMBOL_TABLE = 0x02, 0x06, 0x11
_TREE, _SYMBOLS = b"TREE", b"SNOD"
_HARD, _SOFT, _EXTERNAL = 0, 1, 64
_KINDS = {_HARD: "hard", _SOFT: "soft", _EXTERNAL: "external"}
_SOFT_SYMBOL = 2
_MOST_NAME_BYTES = 4096
_DEEPEST_TREE = 8
_LETTERS = {2: "H", 4: "I", 8: "Q"}  # of integers of so many bytes, in `struct`


@dataclass(frozen=True, slots=True)
class Link:
    """One member of a group.

    Attributes:
        name: its name in the group.
        address: where the object's header is; 0 if it is not in this file.
        kind: `"hard"` for a plain member, else `"soft"`, `"external"` or `"user-defined"`.
    """

    name: str
    address: int
    kind: str = "hard"


def read_links(layout: Layout, header: Sequence[Message], *, most: int) -> Iterator[Link] | None:
    """The members of a group; None if the object is no group.

    Args:
        layout: how the file writes addresses.
        header: the messages of the object's header.
        most: how many members are read before the file is refused.

    Raises:
        SourceError: the group is damaged, or has more members than `most`.
    """
    lists = {kind: body for kind, _, body in header if kind in {SYMBOL_TABLE, LINK_INFO}}
    plain = [body for kind, _, body in header if kind == LINK]
    if not lists and not plain:
        return None
    if len(lists) != 1 or (plain and SYMBOL_TABLE in lists):
        raise damaged(layout.file.where, "a group without one list of its members")
    if SYMBOL_TABLE in lists:
        body = lists[SYMBOL_TABLE]
        tree, heap = body.integer(layout.offset_bytes), body.integer(layout.offset_bytes)
        return _old_links(layout, tree, heap, most=most)
    return _new_links(layout, lists[LINK_INFO], plain, most=most)


def _new_links(
    layout: Layout, info: FieldReader, plain: Sequence[FieldReader], *, most: int
) -> Iterator[Link]:
    info.take(1)  # version
    info.take(8 * (info.integer(1) & 1))  # the highest creation order, if it is kept
    heap, index = info.integer(layout.offset_bytes), info.integer(layout.offset_bytes)
    if heap == layout.undefined:
        yield from [_link(layout, body) for body in plain]
    elif plain:
        raise damaged(layout.file.where, "a group without one list of its members")
    else:
        for record in read_dense(layout, heap, index, most=most):
            yield _link(layout, record)


def _link(layout: Layout, body: FieldReader) -> Link:
    """One link message."""
    body.take(1)  # version
    flags = body.integer(1)
    kind = body.integer(1) if flags & 8 else _HARD
    body.take(8 * bool(flags & 4))  # creation order
    body.take(bool(flags & 16))  # the name's character set
    size = body.integer(1 << (flags & 3))
    if size > _MOST_NAME_BYTES:
        raise damaged(layout.file.where, f"a name of {size} bytes")
    name = _name(layout, body.take(size))
    address = body.integer(layout.offset_bytes) if kind == _HARD else 0
    return Link(name, address, _KINDS.get(kind, "user-defined"))


def _name(layout: Layout, text: bytes) -> str:
    """The name of a member, if it is one that a path can hold."""
    try:
        name = text.decode()
    except UnicodeDecodeError:
        name = ""
    if name in {"", "."} or "/" in name or "\0" in name:
        raise damaged(layout.file.where, f"a member named {text[:80]!r}")
    return name


def _old_links(layout: Layout, tree: int, heap: int, *, most: int) -> Iterator[Link]:
    """The members in the symbol tables below a B-tree of version 1."""
    names = _local_heap(layout, heap)
    seen: set[int] = set()
    pending = [(tree, _DEEPEST_TREE)]
    while pending:
        address, levels = pending.pop()
        if address in seen or not levels or len(seen) > most:
            raise damaged(layout.file.where, f"a tree of symbols that goes on at {address}")
        seen.add(address)
        # Between them is the type and level of a tree, or the version of a table.
        kind, count = unpack("<4s2xH", layout.block(address, 8).take(8))
        if kind == _TREE:
            children = _children(layout, address + 8, count)
            pending += [(child, levels - 1) for child in reversed(children)]
        elif kind == _SYMBOLS:
            yield from _symbols(layout, address + 8, count, names=names)
        else:
            raise damaged(layout.file.where, f"no table of symbols at {address}")


def _children(layout: Layout, address: int, count: int) -> list[int]:
    """The addresses in a node of a B-tree of version 1."""
    width, pair = layout.offset_bytes, layout.offset_bytes + layout.length_bytes
    body = layout.block(address, 2 * width + count * pair + layout.length_bytes)
    body.take(2 * width + layout.length_bytes)  # the siblings, the first key
    children = []
    for _ in range(count):
        children.append(body.integer(width))
        body.take(layout.length_bytes)
    return children


def _symbols(layout: Layout, address: int, count: int, *, names: bytes) -> Iterator[Link]:
    """The members in one symbol table, from its entries."""
    where, width = layout.file.where, layout.offset_bytes
    entries = layout.block(address, count * (2 * width + 24)).take(count * (2 * width + 24))
    # The last bytes of an entry are reserved, or cache what the object's header says.
    for offset, target, cached in iter_unpack(f"<2{_LETTERS[width]}I20x", entries):
        end = names.find(b"\0", offset)
        if not offset < end <= offset + _MOST_NAME_BYTES:
            raise damaged(where, f"no name at {offset} of a group's names")
        name = _name(layout, names[offset:end])
        yield Link(name, target) if cached != _SOFT_SYMBOL else Link(name, 0, "soft")


def _local_heap(layout: Layout, address: int) -> bytes:
    """The names of an old group, one after the other."""
    head = layout.block(address, 8 + 2 * layout.length_bytes + layout.offset_bytes)
    if head.take(4) != b"HEAP":
        raise damaged(layout.file.where, f"no names of a group at {address}")
    head.take(4)  # version, reserved
    size = head.integer(layout.length_bytes)
    head.take(layout.length_bytes)  # the free list
    return layout.file.read_at(layout.base + head.integer(layout.offset_bytes), size)
