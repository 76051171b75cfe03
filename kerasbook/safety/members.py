"""The members of a `.keras` archive or folder: their names and sizes, and the weights."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kerasbook.checks import printable, shown
from kerasbook.files.archive import open_archive, read_archive
from kerasbook.files.disk import open_file
from kerasbook.files.refusal import bytes_text, unreadable
from kerasbook.safety.result import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kerasbook.files.archive import ArchiveMember
    from kerasbook.files.disk import BoundedFile
    from kerasbook.files.hdf5_blocks import ByteSource

__all__ = ["check_checksums", "check_folder", "model_weights"]

_WEIGHTS = "model.weights.h5"
_TEXTS = frozenset(("config.json", "metadata.json"))
# What a layer keeps beside its weights: a vocabulary, files of a tokenizer.
_ASSET = re.compile(r"assets(/[\w\-+=@ ][\w\-+=@ .]*)+")
_MOST_MEMBERS = 10_000
_MOST_ASSETS_BYTES = 2**30
_FREE_BYTES, _MOST_RATIO = 8 * 2**20, 100
# Packed weights are unpacked in memory to be read, up to here.
_MOST_PACKED_BYTES = 64 * 2**20
_LOCAL_BYTES = 30
_PIECE_BYTES = 2**20
_NEVER = "Keras writes no such file: do not load it, and ask where it comes from."
_SAVE_PLAIN = "Load it where you trust it and save it again with model.save('model.keras')."
_NO_ORBAX = "Save the model with model.save('model.keras')."


class MemberBytes:
    """Some bytes of a file that hold a file themselves.

    Attributes:
        where: what it is, for messages.
        size_bytes: how long it is.
    """

    def __init__(self, file: BoundedFile, *, start: int, size_bytes: int) -> None:
        self.where = f"{_WEIGHTS} in {file.where}"
        self.size_bytes = size_bytes
        self._file, self._start = file, start

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Exactly `size` bytes at `offset`."""
        _check_inside(self, offset, size)
        return self._file.read_at(self._start + offset, size)


class UnpackedBytes:
    """A file in memory, such as weights that were unpacked."""

    def __init__(self, data: bytes, *, where: str) -> None:
        self.where = where
        self.size_bytes = len(data)
        self._data = data

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Exactly `size` bytes at `offset`."""
        _check_inside(self, offset, size)
        return self._data[offset : offset + size]


def _check_inside(part: ByteSource, offset: int, size: int) -> None:
    if not 0 <= offset <= offset + size <= part.size_bytes:
        received = f"a reference to bytes {offset} to {offset + size} of {part.size_bytes}"
        mend = "Copy or save the file again."
        raise unreadable(part.where, "hold what it refers to", received, mend=mend)


@contextmanager
def model_weights(
    location: str, file_format: str, *, found: dict[str, int], reasons: list[Reason]
) -> Iterator[ByteSource | None]:
    """The weights of a model as an HDF5 file that is read in place; None if there are none.

    Args:
        location: the path of the file or folder.
        file_format: `"keras"` or `"h5"`.
        found: takes the size of each member of an archive, by name.
        reasons: takes the reasons to refuse them.

    Raises:
        SourceError: the file cannot be read.
    """
    if file_format == "keras" and os.path.isdir(location):
        location = os.path.join(location, _WEIGHTS)
        if not os.path.exists(location):
            reasons.append(Reason("no-weights", "the file", f"hold {_WEIGHTS}", "none", _NEVER))
            yield None
            return
        file_format = "h5"
    with open_file(location) as file:
        if file_format == "h5":
            yield file
            return
        archive = read_archive(file)
        _check_members(archive.members, found, reasons)
        yield _open_weights(file, archive.members, reasons)


def _check_members(
    members: Mapping[str, ArchiveMember], found: dict[str, int], reasons: list[Reason]
) -> None:
    """Note the members of an archive, and the reasons to refuse some of them."""
    if len(members) > _MOST_MEMBERS:
        expected = f"have at most {_MOST_MEMBERS:,} members"
        reasons.append(Reason("too-large", "the archive", expected, f"{len(members):,}", _NEVER))
        return
    assets_bytes = 0
    for name, member in members.items():
        where = f"member {shown(name)}"
        found[printable(name)] = member.size_bytes
        if member.link:
            reasons.append(Reason("link", where, "be a file", "a symbolic link", _NEVER))
        if name == _WEIGHTS or name in _TEXTS:
            continue
        if not _ASSET.fullmatch(name):
            expected = "be config.json, metadata.json, model.weights.h5 or a file in assets"
            reasons.append(Reason("member-name", where, expected, "another", _NEVER))
        assets_bytes += member.size_bytes
        allowed = _FREE_BYTES + _MOST_RATIO * member.packed_bytes
        if member.size_bytes > allowed:
            packed = (
                f"{bytes_text(member.size_bytes)} packed into {bytes_text(member.packed_bytes)}"
            )
            expected = f"unpack to at most {bytes_text(allowed)}"
            reasons.append(Reason("too-large", where, expected, packed, _NEVER))
    if assets_bytes > _MOST_ASSETS_BYTES:
        expected = f"be at most {bytes_text(_MOST_ASSETS_BYTES)} together"
        received = bytes_text(assets_bytes)
        reasons.append(Reason("too-large", "the assets", expected, received, _NEVER))


def _open_weights(
    file: BoundedFile, members: Mapping[str, ArchiveMember], reasons: list[Reason]
) -> ByteSource | None:
    """The weights of an archive, to be read in place; None if they cannot be read."""
    member = members.get(_WEIGHTS)
    if member is None:
        reasons.append(Reason("no-weights", "the archive", f"hold {_WEIGHTS}", "none", _NO_ORBAX))
        return None
    if member.plain:
        with open_archive(file) as archive:
            archive.open(_WEIGHTS).close()  # its own header names it, too
        head = file.read_at(member.header, _LOCAL_BYTES)
        name_bytes, extra_bytes = (int.from_bytes(head[at : at + 2], "little") for at in (26, 28))
        start = member.header + _LOCAL_BYTES + name_bytes + extra_bytes
        return MemberBytes(file, start=start, size_bytes=member.size_bytes)
    if member.size_bytes > min(_MOST_PACKED_BYTES, _FREE_BYTES + _MOST_RATIO * member.packed_bytes):
        received = f"{bytes_text(member.size_bytes)} in packed form"
        reasons.append(Reason("packed-data", _WEIGHTS, "be stored as it is", received, _SAVE_PLAIN))
        return None
    with open_archive(file) as archive, archive.open(_WEIGHTS) as packed:
        data = b"".join(iter(lambda: packed.read(_PIECE_BYTES), b""))
    return UnpackedBytes(data, where=f"{_WEIGHTS} in {file.where}")


def check_checksums(location: str) -> None:
    """Raise if the weights or an asset of an archive differ from their checksum.

    The texts are compared when they are read.

    Args:
        location: the path of the archive.

    Raises:
        SourceError: one differs; the message names it.
    """
    with open_file(location) as file, open_archive(file) as archive:
        for name in archive.namelist():
            if name not in _TEXTS:
                with archive.open(name) as member:  # which compares it at the end
                    while member.read(_PIECE_BYTES):
                        pass


def check_folder(folder: str, found: dict[str, int], reasons: list[Reason]) -> int:
    """Note the files of a folder as Keras writes it; returns how many bytes they have.

    Args:
        folder: its path.
        found: takes the size of each file, by name.
        reasons: takes what is against them.
    """
    pending = [""]
    while pending:
        inner = pending.pop()
        with os.scandir(os.path.join(folder, inner)) as entries:
            there = sorted(entries, key=lambda entry: entry.name)
        for entry in there:
            name = f"{inner}/{entry.name}" if inner else entry.name
            if not (name == _WEIGHTS or name in _TEXTS or name.split("/")[0] == "assets"):
                continue
            if entry.is_symlink():
                where = f"file {shown(name)}"
                reasons.append(Reason("link", where, "be a file", "a symbolic link", _NEVER))
            elif entry.is_dir():
                pending.append(name)
            else:
                found[printable(name)] = entry.stat().st_size
            if len(found) > _MOST_MEMBERS:
                expected = f"have at most {_MOST_MEMBERS:,} files"
                reasons.append(Reason("too-large", "the folder", expected, "more", _NEVER))
                return sum(found.values())
    return sum(found.values())
