"""A `.keras` file, read without Keras: two JSON texts out of a zip archive.

Nothing is unpacked to disk, no weights are loaded and nothing in the archive is executed. What
Keras would not have written is refused before it costs memory: a small file that unpacks to a
large text, names that lead out of the archive, two members of one name.

The layout is that of `keras.saving.save_model`: `config.json`, `metadata.json`, the weights in
`model.weights.h5` (or `.npz`) and, for layers with vocabularies, `assets/`.

Reference:
    PKWARE, *.ZIP File Format Specification*, 6.3.10; Keras's `saving/saving_lib.py`.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kerasbook.errors import SourceError
from kerasbook.files.disk import open_file
from kerasbook.files.json_text import MAX_TEXT_BYTES
from kerasbook.files.refusal import bytes_text, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kerasbook.files.disk import BoundedFile

__all__ = ["WEIGHTS", "Archive", "ArchiveMember", "open_archive", "read_archive", "read_folder"]

_CONFIG, _METADATA = "config.json", "metadata.json"
# How large each may be; three lines of metadata are about 60 bytes.
_TEXTS = {_CONFIG: MAX_TEXT_BYTES, _METADATA: 2**16}
WEIGHTS = ("model.weights.h5", "model.weights.npz")
_SAVED_MODEL = "saved_model.pb"

# Keras stores its members as they are. Whoever packs the file again gets about 55:1 on the text,
# where a bomb has up to 1030:1; a text up to the free size may be packed as tightly as it likes.
_FREE_TEXT_BYTES = 8 * 2**20
_MAX_RATIO = 100
_PIECE_BYTES = 2**20  # most texts are one piece, and not copied
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1

# A member that tells what a foreign zip archive is.
_FOREIGN = (
    ("data.pkl", "a PyTorch file"),
    (_SAVED_MODEL, "a zipped TensorFlow SavedModel"),
    ("[Content_Types].xml", "an office document"),
    ("META-INF/MANIFEST.MF", "a Java archive"),
    (".npy", "a NumPy archive"),
)
_A_MODEL = "be a model that Keras saved"
_WHOLE = "be a whole zip archive"
_COPY_AGAIN = "Copy or save the file again."
_NO_KERAS_WROTE_IT = "Keras writes no such file: do not load it, and ask where it comes from."
_SAVE_AS_KERAS = "Save the model with model.save('model.keras')."
# What `zipfile` raises on bytes that are no sound archive.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One member of an archive, as its directory tells.

    Attributes:
        size_bytes: how large it is when it is unpacked.
        packed_bytes: how large it is in the archive.
        header: where its header is in the archive.
        plain: whether it is stored as it is, neither packed nor encrypted.
        link: whether it says that it is a symbolic link.
    """

    size_bytes: int
    packed_bytes: int
    header: int = 0
    plain: bool = True
    link: bool = False


@dataclass(frozen=True, slots=True)
class Archive:
    """The texts of a `.keras` archive, and its directory.

    Attributes:
        config: the text of `config.json`.
        metadata: the text of `metadata.json`; None if there is none.
        weights_bytes: the size of the weights; None if there are none.
        members: what else the archive's directory tells of each member, by name.
    """

    config: bytes
    metadata: bytes | None
    weights_bytes: int | None
    members: Mapping[str, ArchiveMember] = field(default_factory=dict, compare=False)


def read_archive(file: BoundedFile) -> Archive:
    """The texts of a `.keras` archive, and how large its weights are.

    Args:
        file: the open archive.

    Raises:
        SourceError: the archive is damaged, foreign, or built to harm its reader.
    """
    with open_archive(file) as archive:
        members = _members(archive, file.where)
        if _CONFIG not in members:
            raise _foreign(members, file.where)
        texts = {
            name: _text(archive, members[name], where=file.where, limit=limit)
            for name, limit in _TEXTS.items()
            if name in members
        }
    sizes = [members[name].file_size for name in WEIGHTS if name in members]
    return Archive(
        texts[_CONFIG],
        texts.get(_METADATA),
        sum(sizes) if sizes else None,
        {name: _stored(info) for name, info in members.items()},
    )


@contextmanager
def open_archive(file: BoundedFile) -> Iterator[zipfile.ZipFile]:
    """An open archive; damage in it raises `SourceError`.

    Args:
        file: the open file.

    Raises:
        SourceError: the archive, or what is read of it, is damaged.
    """
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            yield archive
    except SourceError:
        raise
    except _DAMAGE as error:
        received = f"a damaged one ({str(error) or type(error).__name__})"
        if _is_cut(file):
            received = "one that ends before its directory: it is truncated"
        raise unreadable(file.where, _WHOLE, received, mend=_COPY_AGAIN) from error


def _is_cut(file: BoundedFile) -> bool:
    """Whether an archive has no directory at its end."""
    try:
        return not zipfile.is_zipfile(file)
    except zipfile.BadZipFile:  # it has one, of an archive on several disks
        return False


def _stored(info: zipfile.ZipInfo) -> ArchiveMember:
    plain = info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & _ENCRYPTED
    return ArchiveMember(
        info.file_size,
        info.compress_size,
        info.header_offset,
        plain=plain and info.file_size == info.compress_size,
        link=stat.S_ISLNK(info.external_attr >> 16),
    )


def read_folder(folder: str | os.PathLike[str]) -> Archive:
    """The texts of a folder, as `keras.saving.save_model(..., zipped=False)` writes it.

    Args:
        folder: the folder's path.

    Raises:
        SourceError: the folder holds no model that Keras saved.
    """
    where = repr(os.fspath(folder))
    paths = {name: os.path.join(folder, name) for name in (*_TEXTS, *WEIGHTS, _SAVED_MODEL)}
    there = {name: path for name, path in paths.items() if os.path.exists(path)}
    if _CONFIG not in there:
        if _SAVED_MODEL in there:
            mend = f"Load it with TensorFlow and Keras 2. {_SAVE_AS_KERAS}"
            raise unreadable(where, _A_MODEL, "the folder of a TensorFlow SavedModel", mend=mend)
        raise unreadable(
            where, _A_MODEL, f"a folder without {_CONFIG}", mend="Give the path of a file."
        )
    texts = {}
    for name in _TEXTS:
        if name in there:
            with open_file(there[name]) as file:
                texts[name] = file.read_text()
    sizes = [os.path.getsize(there[name]) for name in WEIGHTS if name in there]
    return Archive(texts[_CONFIG], texts.get(_METADATA), sum(sizes) if sizes else None)


def _members(archive: zipfile.ZipFile, where: str) -> dict[str, zipfile.ZipInfo]:
    """The archive's members by name, once they are known to be harmless."""
    members: dict[str, zipfile.ZipInfo] = {}
    end = archive.start_dir
    for info in sorted(archive.infolist(), key=lambda info: -info.header_offset):
        name = info.orig_filename
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or parts[0] in {"", name[:1] + ":"} or "\0" in name:
            raise _hostile(where, "have names inside the archive", f"{name[:80]!r}")
        if name in members:
            raise _hostile(where, "have one member of each name", f"two named {name[:80]!r}")
        if info.header_offset + info.compress_size > end:
            raise _hostile(where, "keep its members apart", f"{name[:80]!r} overlapping another")
        end = info.header_offset
        members[name] = info
    return members


def _text(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, where: str, limit: int) -> bytes:
    """One member, unpacked in a stream and no further than a text may go."""
    inside = f"{info.filename} in {where}"
    if info.flag_bits & _ENCRYPTED:
        raise unreadable(
            inside, "be readable", "an encrypted text", mend="Save it without a password."
        )
    if info.compress_type not in _METHODS:
        received = f"compression method {info.compress_type}"
        raise unreadable(
            inside, "be stored or deflated", received, mend="Zip it again with defaults."
        )
    allowed = min(limit, _FREE_TEXT_BYTES + _MAX_RATIO * info.compress_size)
    if info.file_size > allowed:
        received = f"{bytes_text(info.file_size)} packed into {bytes_text(info.compress_size)}"
        raise _hostile(inside, f"unpack to at most {bytes_text(allowed)}", received)
    # `zipfile` unpacks no more than the declared size and compares the checksum at the end.
    with archive.open(info) as member:
        return b"".join(iter(lambda: member.read(_PIECE_BYTES), b""))


def _hostile(where: str, expected: str, received: str) -> SourceError:
    return unreadable(where, expected, received, mend=_NO_KERAS_WROTE_IT)


def _foreign(names: Iterable[str], where: str) -> SourceError:
    """The error that says what a zip archive without a configuration is."""
    for name in names:
        if name.endswith(f"/{_CONFIG}"):
            mend = "Zip what is in the folder, not the folder."
            return unreadable(where, f"have {_CONFIG} at its top", f"{name[:80]!r}", mend=mend)
    for ending, kind in _FOREIGN:
        if any(name.endswith(ending) for name in names):
            return unreadable(where, _A_MODEL, kind, mend=_SAVE_AS_KERAS)
    received = f"a zip archive without {_CONFIG}"
    return unreadable(where, _A_MODEL, received, mend=_SAVE_AS_KERAS)
