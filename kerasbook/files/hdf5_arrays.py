"""The arrays of an HDF5 file: path, shape, type and place of each, and their bytes on demand.

What Keras never writes is told beside them: links that lead elsewhere, data kept in other files,
packed or missing data, two names for one array.

Reference:
    The HDF Group, *HDF5 File Format Specification*, version 3.0: IV.A.2.b dataspace,
    IV.A.2.d datatype, IV.A.2.h external data files, IV.A.2.i data layout.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING, Literal

from kerasbook.files.hdf5_attributes import AttributeReader
from kerasbook.files.hdf5_blocks import damaged, messages, read_layout
from kerasbook.files.hdf5_links import read_links
from kerasbook.files.hdf5_types import BFLOAT16, OPAQUE, read_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kerasbook.files.hdf5_blocks import ByteSource, FieldReader, Layout, Message
    from kerasbook.files.hdf5_links import Link

__all__ = ["Array", "Arrays", "Fault", "array_bytes", "read_arrays"]

_SPACE, _TYPE, _EXTERNAL, _LAYOUT, _FILTERS = 0x01, 0x03, 0x07, 0x08, 0x0B
_COMPACT, _CONTIGUOUS, _CHUNKED, _VIRTUAL = range(4)
_NULL_SPACE = 2
_MOST_AXES = 32
_DEEPEST = 64
_DTYPE = "dtype"  # the attribute with which Keras marks an array of bfloat16
_LAYOUT_VERSIONS = frozenset((3, 4))


@dataclass(frozen=True, slots=True)
class Fault:
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


@dataclass(frozen=True, slots=True)
class Array:
    """One array.

    Attributes:
        shape: its sizes.
        item_bytes: bytes of one number.
        start: where its data is in the file.
        dtype: its type as NumPy names it, `"<f4"`; `"bfloat16"`, which NumPy does not know.
        inline: its data, if that is in the header of the array and not at `start`.
    """

    shape: tuple[int, ...]
    item_bytes: int
    start: int
    dtype: str
    inline: bytes | None = None

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        return prod(self.shape) * self.item_bytes


@dataclass(frozen=True, slots=True)
class Arrays:
    """The contents of an HDF5 file.

    Attributes:
        arrays: by path, `"layers/dense/vars/0"`.
        faults: what Keras does not write.
        groups: the texts that each group keeps as attributes, by path and name, if they were
            asked for.
    """

    arrays: Mapping[str, Array]
    faults: tuple[Fault, ...]
    groups: Mapping[str, Mapping[str, tuple[bytes, ...]]]


def read_arrays(
    file: ByteSource, *, most: int, groups: Literal["with texts", "bare"] = "with texts"
) -> Arrays:
    """The arrays of a file.

    Args:
        file: the open HDF5 file.
        most: how many groups and arrays are read before the file is refused.
        groups: whether the texts of groups are read, too.

    Raises:
        SourceError: the file is damaged, or has more groups and arrays than `most`.
    """
    layout = read_layout(file)
    walk = _Walk(layout, most, AttributeReader(layout), with_texts=groups == "with texts")
    walk.run()
    walk.check_apart()
    return Arrays(walk.arrays, tuple(walk.faults), walk.groups)


def array_bytes(file: ByteSource, array: Array) -> bytes:
    """The data of an array, as the file has it.

    Args:
        file: the open HDF5 file that the array was read from.
        array: what `read_arrays` found.

    Raises:
        SourceError: the file has become shorter since.
    """
    if array.inline is not None:
        return array.inline
    return file.read_at(array.start, array.size_bytes) if array.size_bytes else b""


@dataclass(slots=True)
class _Walk:
    """One walk through the groups of a file."""

    layout: Layout
    most: int
    texts: AttributeReader
    with_texts: bool
    arrays: dict[str, Array] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    groups: dict[str, dict[str, tuple[bytes, ...]]] = field(default_factory=dict)

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
            if {_SPACE, _TYPE, _LAYOUT} & {kind for kind, _, _ in header}:
                raise damaged(self.layout.file.where, "a group that is an array, too")
            if path and self.with_texts:  # what the root says is read apart
                self.groups[path] = self.texts.read(header)
            names: set[str] = set()
            for link in links:
                if link.name in names:
                    raise damaged(self.layout.file.where, f"two members named {link.name[:80]!r}")
                names.add(link.name)
                inner = self._inner(path, link)
                if inner is not None:
                    pending.append((inner, link.address))
                if len(pending) + len(seen) > self.most:
                    raise damaged(self.layout.file.where, f"more than {self.most} members")

    def _inner(self, path: str, link: Link) -> str | None:
        """The path of a group's member, if it is to be visited."""
        inner = f"{path}/{link.name}" if path else link.name
        if link.kind != "hard":
            self.faults.append(Fault("link", inner, f"a {link.kind} link"))
            return None
        if inner.count("/") > _DEEPEST:
            raise damaged(self.layout.file.where, f"groups of more than {_DEEPEST} levels")
        return inner

    def _array(self, path: str, header: Sequence[Message]) -> None:
        """Note an array, or its fault."""
        kinds = {kind: body for kind, _, body in header}
        if not {_SPACE, _TYPE, _LAYOUT} <= kinds.keys():
            self.faults.append(Fault("foreign-type", path, "neither a group nor an array"))
            return
        if _EXTERNAL in kinds:
            self.faults.append(Fault("external-data", path, "data kept in another file"))
            return
        shape = _shape(self.layout, kinds[_SPACE])
        kind = read_type(kinds[_TYPE])
        dtype = kind.name
        if dtype == OPAQUE and self.texts.read(header).get(_DTYPE) == (BFLOAT16.encode(),):
            dtype = BFLOAT16
        if dtype in {None, OPAQUE}:
            self.faults.append(Fault("foreign-type", path, f"values of HDF5's class {kind.number}"))
            return
        needed, packed = prod(shape) * kind.item_bytes, _FILTERS in kinds
        found = _data(self.layout, kinds[_LAYOUT], needed=needed, packed=packed)
        if isinstance(found, Fault):
            self.faults.append(replace(found, path=path))
        else:
            self.arrays[path] = Array(shape, kind.item_bytes, found[0], str(dtype), found[1])

    def check_apart(self) -> None:
        """Note arrays that share their data."""
        end = 0
        for path, each in sorted(self.arrays.items(), key=lambda item: item[1].start):
            if not each.size_bytes or not each.start:
                continue
            if each.start < end:
                self.faults.append(Fault("shared-data", path, "data of another array"))
            end = max(end, each.start + each.size_bytes)


def _shape(layout: Layout, body: FieldReader) -> tuple[int, ...]:
    """The sizes in a dataspace message."""
    version, rank, _ = body.integer(1), body.integer(1), body.integer(1)
    if version == 1:
        body.take(5)
    elif body.integer(1) == _NULL_SPACE:
        return (0,)
    if rank > _MOST_AXES:
        raise damaged(layout.file.where, f"an array of {rank} axes")
    return tuple([body.integer(layout.length_bytes) for _ in range(rank)])


def _data(
    layout: Layout, body: FieldReader, *, needed: int, packed: bool
) -> tuple[int, bytes | None] | Fault:
    """Where the data of an array starts, and the data if its header holds them; else what is wrong.

    Args:
        layout: how the file writes addresses.
        body: the layout message of the array.
        needed: bytes that the array takes.
        packed: whether the data went through filters.
    """
    version, kind = body.integer(1), body.integer(1)
    if version not in _LAYOUT_VERSIONS or kind > _VIRTUAL:
        return Fault("foreign-type", "", f"a layout of version {version}, class {kind}")
    if kind == _VIRTUAL:
        return Fault("virtual-data", "", "data put together from other files")
    if packed or kind == _CHUNKED:
        return Fault("packed-data", "", "data in chunks, which may be packed")
    start, inline = 0, None
    if kind == _COMPACT:
        stored = body.integer(2)
        inline = body.take(stored)
    else:
        start, stored = body.integer(layout.offset_bytes), body.integer(layout.length_bytes)
        if start == layout.undefined:
            start, stored = 0, 0
        if layout.base + start + stored > layout.file.size_bytes:
            stored = 0
    if stored != needed:
        return Fault("missing-data", "", f"{stored:,} of {needed:,} bytes")
    return (layout.base + start if needed and inline is None else 0), inline
