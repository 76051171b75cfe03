"""The archives of CIFAR-10, read without unpacking them to disk and without trusting them.

The tar members are read here, header by header, because `tarfile.open` cannot bound what it
reads before its filter is asked: a file of 1 MB whose first member has a name of 200 MB takes
1.6 GB of memory, and a sparse file of 20 kB keeps it busy for half a minute. `tarfile.TarInfo`
decodes the headers.
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from kerasbook.datasets.cifar_batch import binary_batch, python_batch
from kerasbook.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from kerasbook.datasets.cifar_batch import Batch

__all__ = ["BATCHES", "PAGE", "read_batches"]

PAGE = "https://www.cs.toronto.edu/~kriz/cifar.html"
BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")

# The function that reads each file.
_READERS = {
    **dict.fromkeys(BATCHES, python_batch),
    **dict.fromkeys((f"{batch}.bin" for batch in BATCHES), binary_batch),
}
# SHA-256 of the archives whose MD5 the page gives: c58f3010…349a (Python), c32a1d4a…7530 (binary).
_PUBLISHED = {
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce": "cifar-10-python.tar.gz",
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd": "cifar-10-binary.tar.gz",
}
# The types of tar members that only describe the next member, such as its long name.
_EXTENSIONS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_MOST_BYTES = 512 * 2**20  # of an archive, packed or unpacked; CIFAR-10 has 163 and 178 MiB
_MOST_BATCH_BYTES = 48 * 2**20  # of one batch; CIFAR-10's have 30
_MOST_MEMBERS = 1000  # CIFAR-10 has 9
_TOO_LARGE = "it unpacks to more than {:,} bytes"
_BLOCK = 512  # bytes: a tar archive consists of such blocks
_CHUNK = 2**20


def read_batches(path: Path, *, checksum: str) -> dict[str, Batch]:
    """The six batches of CIFAR-10 by name, five to train on and one to test on.

    Args:
        path: `cifar-10-python.tar.gz`, `cifar-10-binary.tar.gz`, or a folder with their files.
        checksum: `"published"` or `"skip"`.

    Raises:
        SourceError: there is no such file, its checksum is not a published one, or it is
            truncated, damaged, hostile or not of CIFAR-10.
    """
    try:
        if path.is_dir():
            return _batches(_folder_members(path, checksum))
        with _opened(path) as file:
            if checksum == "published":
                _check(file)
            return _batches(_archive_members(file))
    except (OSError, EOFError, zlib.error, SourceError) as error:
        fact = getattr(error, "strerror", None) or str(error)
        raise SourceError(
            f"cannot read {path.name or str(path)!a}: {fact}. "
            f"Get cifar-10-python.tar.gz from {PAGE} and pass its path."
        ) from error


def _opened(path: Path) -> IO[bytes]:
    if not path.is_file():  # reading a pipe or a device may never end
        raise SourceError("there is no such file or folder")
    if path.stat().st_size > _MOST_BYTES:
        raise SourceError(f"it is larger than {_MOST_BYTES:,} bytes")
    return path.open("rb")


def _check(file: IO[bytes]) -> None:
    """Raise if the file is not a published archive; rewind it otherwise."""
    hasher = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        hasher.update(chunk)
    if hasher.hexdigest() not in _PUBLISHED:
        raise SourceError(
            f"it must be {' or '.join(_PUBLISHED.values())} as published, but its SHA-256 is "
            f"{hasher.hexdigest()}: it is truncated, damaged or another file "
            "(pass checksum='skip' if you made it)"
        )
    file.seek(0)


def _batches(members: Iterable[tuple[str, bytes | None]]) -> dict[str, Batch]:
    """The batches by name, from the names and contents of members; other files have no content."""
    batches: dict[str, Batch] = {}
    others: list[str] = []
    for name, content in members:
        batch = name.removesuffix(".bin")
        if content is None:
            others.append(ascii(name))
            continue
        if batch in batches:
            raise SourceError(f"it holds {batch} twice")
        try:
            batches[batch] = _READERS[name](content)
        except SourceError as error:
            raise SourceError(f"in {name}, {error}") from error
    missing = [batch for batch in BATCHES if batch not in batches]
    if missing:
        found = f"; it holds {', '.join(others[:4])}" if others else ""
        raise SourceError(f"it lacks {', '.join(missing)}{found}")
    return batches


def _folder_members(folder: Path, checksum: str) -> Iterator[tuple[str, bytes]]:
    if checksum == "published":
        raise SourceError("a folder has no published checksum (pass checksum='skip' to trust it)")
    for place in (folder, folder / "cifar-10-batches-py", folder / "cifar-10-batches-bin"):
        for name in _READERS:
            file = place / name
            if file.is_file():
                if file.stat().st_size > _MOST_BATCH_BYTES:
                    raise SourceError(f"{name} is larger than {_MOST_BATCH_BYTES:,} bytes")
                yield name, file.read_bytes()


def _archive_members(file: IO[bytes]) -> Iterator[tuple[str, bytes | None]]:
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    if not packed:
        yield from _tar_members(file)
        return
    with gzip.open(file) as stream:
        yield from _tar_members(stream)


def _tar_members(stream: IO[bytes] | gzip.GzipFile) -> Iterator[tuple[str, bytes | None]]:
    """The name of each tar member in order, with its content if it is a batch, otherwise `None`.

    The archive is read once, forwards, and no further than `_MOST_BYTES`, so that no archive can
    exhaust memory or time.
    """
    left = _MOST_BYTES
    for _ in range(_MOST_MEMBERS):
        header = stream.read(_BLOCK)
        if header.count(0) == len(header):  # a block of zeros ends the archive
            break
        member = _member(header)
        size = 0 if member.isdir() else member.size
        rest = size + -size % _BLOCK  # its content and padding
        left -= _BLOCK + rest
        if left < 0:
            raise SourceError(_TOO_LARGE.format(_MOST_BYTES))
        name = PurePosixPath(member.name).name
        if member.isreg() and name in _READERS:
            yield name, _content(stream, name, size)
            rest -= size
        else:
            yield member.name, None
        _skip(stream, rest)
    else:
        raise SourceError(f"it has more than {_MOST_MEMBERS:,} members")
    _skip(stream, left)  # to the end, where gzip compares its checksum
    if stream.read(1):
        raise SourceError(_TOO_LARGE.format(_MOST_BYTES))


def _member(header: bytes) -> tarfile.TarInfo:
    try:
        member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise SourceError(f"it is no tar archive, or a damaged one ({error})") from error
    if member.name.startswith("/") or ".." in PurePosixPath(member.name).parts:
        raise SourceError(f"it has a member outside its folder, {member.name!a}")
    if not (member.isreg() or member.isdir() or member.type in _EXTENSIONS):
        raise SourceError(f"it has a member that is no file, {member.name!a}")
    if member.size < 0:
        raise SourceError(f"it has a member of {member.size} bytes, {member.name!a}")
    return member


def _content(stream: IO[bytes] | gzip.GzipFile, name: str, size: int) -> bytes:
    if size > _MOST_BATCH_BYTES:
        raise SourceError(f"{name} is larger than {_MOST_BATCH_BYTES:,} bytes")
    content = stream.read(size)
    if len(content) < size:
        raise SourceError(f"it ends in the middle of {name}")
    return content


def _skip(stream: IO[bytes] | gzip.GzipFile, size: int) -> None:
    while size > 0 and (chunk := stream.read(min(size, _CHUNK))):
        size -= len(chunk)
