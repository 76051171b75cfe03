"""The arrays of an HDF5 file: path, shape and size of each, without reading any.

What Keras never writes is told beside them: links that lead elsewhere, data kept in other files,
packed or missing data, two names for one array.

Reference:
    The HDF Group, *HDF5 File Format Specification*, version 3.0: IV.A.2.b dataspace,
    IV.A.2.d datatype, IV.A.2.h external data files, IV.A.2.i data layout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from kerasbook.checks import printable
from kerasbook.errors import SourceError
from kerasbook.frozen import frozen
from kerasbook.sources.hdf5_blocks import damaged, messages, read_layout
from kerasbook.sources.hdf5_links import read_links

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kerasbook.sources.hdf5_blocks import Block, Bytes, Layout
    from kerasbook.sources.hdf5_links import Link, Message

__all__ = ["Array", "Arrays", "Fault", "read_arrays"]

_SPACE, _TYPE, _EXTERNAL, _LAYOUT, _FILTERS = 0x01, 0x03, 0x07, 0x08, 0x0B
_SHARED = 0x02
_COMPACT, _CONTIGUOUS, _CHUNKED, _VIRTUAL = range(4)
_NULL_SPACE = 2
_MOST_AXES = 32
_DEEPEST = 64
# Integers, floats, bits, opaque bytes (bfloat16) and enumerations (booleans).
_NUMBERS = frozenset((0, 1, 4, 5, 8))
_LAYOUT_VERSIONS = frozenset((3, 4))


class Fault(NamedTuple):
    """Something that Keras does not write.

    Attributes:
        code: `"link"`, `"external-data"`, `"virtual-data"`, `"packed-data"`, `"missing-data"`,
            `"shared-data"`, `"foreign-type"`.
        path: of the member.
        found: what is there, as the end of the sentence "received …".
    """

    code: str
    path: str
    found: str


class Array(NamedTuple):
    """One array.

    Attributes:
        shape: its sizes.
        item_bytes: bytes of one number.
        start: where its data is in the file.
    """

    shape: tuple[int, ...]
    item_bytes: int
    start: int

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        return prod(self.shape) * self.item_bytes


@frozen
class Arrays:
    """What is in an HDF5 file.

    Attributes:
        arrays: by path, `"layers/dense/vars/0"`.
        faults: what Keras does not write.
    """

    arrays: Mapping[str, Array]
    faults: tuple[Fault, ...]


def read_arrays(file: Bytes, *, most: int) -> Arrays:
    """The arrays of a file.

    Args:
        file: the open HDF5 file.
        most: how many groups and arrays are read before the file is refused.

    Raises:
        SourceError: the file is damaged, or has more groups and arrays than `most`.
    """
    walk = _Walk(read_layout(file), most)
    walk.run()
    walk.check_apart()
    return Arrays(walk.arrays, tuple(walk.faults))


@dataclass(slots=True)
class _Walk:
    """One walk through the groups of a file."""

    layout: Layout
    most: int
    arrays: dict[str, Array] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def run(self) -> None:
        """Visit every object once."""
        seen: set[int] = set()
        pending = [("", self.layout.root)]
        while pending:
            path, address = pending.pop()
            if address in seen:
                self.faults.append(Fault("shared-data", path, "a second name for one object"))
                continue
            seen.add(address)
            header = list(messages(self.layout, address))
            links = read_links(self.layout, header, most=self.most)
            if links is None:
                self._array(path, header)
                continue
            for link in links:
                inner = self._inner(path, link)
                if inner is not None:
                    pending.append((inner, link.address))
                if len(pending) + len(seen) > self.most:
                    raise damaged(self.layout.file.where, f"more than {self.most} members")

    def _inner(self, path: str, link: Link) -> str | None:
        """The path of a group's member, if it is to be visited."""
        name = printable(link.name)
        inner = f"{path}/{name}" if path else name
        if link.kind != "hard":
            self.faults.append(Fault("link", inner, f"a {link.kind} link"))
            return None
        if inner.count("/") > _DEEPEST:
            raise damaged(self.layout.file.where, f"groups of more than {_DEEPEST} levels")
        return inner

    def _array(self, path: str, header: Sequence[Message]) -> None:
        """Note an array, and what is wrong with it."""
        kinds = {kind: (flags, body) for kind, flags, body in header}
        if not {_SPACE, _TYPE, _LAYOUT} <= kinds.keys():
            self.faults.append(Fault("foreign-type", path, "neither a group nor an array"))
            return
        if _EXTERNAL in kinds:
            self.faults.append(Fault("external-data", path, "data kept in another file"))
            return
        if any(kinds[each][0] & _SHARED for each in (_SPACE, _TYPE)):
            self.faults.append(Fault("foreign-type", path, "a type kept elsewhere in the file"))
            return
        shape = _shape(self.layout, kinds[_SPACE][1])
        number, item_bytes = _type(kinds[_TYPE][1])
        if number not in _NUMBERS:
            self.faults.append(Fault("foreign-type", path, f"values of HDF5's class {number}"))
            return
        needed = prod(shape) * item_bytes
        fault, start = _data(self.layout, kinds[_LAYOUT][1], needed, packed=_FILTERS in kinds)
        if fault:
            self.faults.append(fault._replace(path=path))
        else:
            self.arrays[path] = Array(shape, item_bytes, start)

    def check_apart(self) -> None:
        """Note arrays that share their data."""
        end = 0
        for path, each in sorted(self.arrays.items(), key=lambda item: item[1].start):
            if not each.size_bytes or not each.start:
                continue
            if each.start < end:
                self.faults.append(Fault("shared-data", path, "data of another array"))
            end = max(end, each.start + each.size_bytes)


def _shape(layout: Layout, body: Block) -> tuple[int, ...]:
    """The sizes in a dataspace message."""
    version, rank, _ = body.integer(1), body.integer(1), body.integer(1)
    if version == 1:
        body.take(5)
    elif body.integer(1) == _NULL_SPACE:
        return (0,)
    if rank > _MOST_AXES:
        raise damaged(layout.file.where, f"an array of {rank} axes")
    return tuple([body.integer(layout.length_bytes) for _ in range(rank)])


def _type(body: Block) -> tuple[int, int]:
    """The class of a datatype message, and the bytes of one value."""
    number = body.integer(1) & 0x0F
    body.take(3)
    return number, body.integer(4)


def _data(layout: Layout, body: Block, needed: int, *, packed: bool) -> tuple[Fault | None, int]:
    """Where an array's data is; else what is wrong with that."""
    version, kind = body.integer(1), body.integer(1)
    if version not in _LAYOUT_VERSIONS:
        return Fault("foreign-type", "", f"a layout of version {version}"), 0
    if kind == _VIRTUAL:
        return Fault("virtual-data", "", "data put together from other files"), 0
    if packed or kind == _CHUNKED:
        return Fault("packed-data", "", "data in chunks, which may be packed"), 0
    start = 0
    if kind == _CONTIGUOUS:
        start, stored = body.integer(layout.offset_bytes), body.integer(layout.length_bytes)
        if start == layout.undefined:
            start, stored = 0, 0
    else:
        stored = body.integer(2)
    try:
        if start and needed:
            layout.file.read_at(layout.base + start + needed - 1, 1)
    except SourceError:
        stored = 0
    if stored < needed:
        return Fault("missing-data", "", f"{stored:,} of {needed:,} bytes"), 0
    return None, start
