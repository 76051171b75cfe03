r"""One file for the state of a run: a JSON header, raw arrays, a checksum; written whole or not.

```text
b"kerasbook state 1\n"
length of the header in bytes, 8 bytes, little-endian
header, JSON: {"arrays": [[dtype, shape], …], …}
the arrays' bytes, one after the other
SHA-256 of all before
```

Nothing in it is code, and nothing is run when it is read.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasbook.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Saved", "previous", "read", "write"]

_MAGIC = b"kerasbook state 1\n"
_LENGTH, _DIGEST = 8, 32


@dataclass(frozen=True, slots=True)
class Saved:
    """What a file holds: plain values, and the arrays that they speak of by number."""

    header: dict[str, Any]
    arrays: list[NDArray[Any]]


def previous(path: Path) -> Path:
    """Where the last good file is kept while `path` is replaced, and until the next one."""
    return path.with_name(f"{path.name}.previous")


def write(path: Path, header: dict[str, Any], arrays: Sequence[NDArray[Any]]) -> None:
    """Replace the file at once, its predecessor kept beside it.

    Whoever opens `path` or its predecessor sees a whole file, whenever the machine stops.

    Raises:
        OSError: the disk is full, the folder cannot be written: both files are as they were.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            digest = sha256()
            for piece in _pieces(header, arrays):
                digest.update(piece)
                file.write(piece)
            file.write(digest.digest())
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    with suppress(FileNotFoundError):
        path.replace(previous(path))
    part.replace(path)
    _sync_folder(path.parent)


def read(path: Path) -> Saved:
    """The content of a file, after its checksum was found right.

    Raises:
        SourceError: the file is cut off, changed, or none of this kind.
        FileNotFoundError: there is none.
    """
    data = memoryview(path.read_bytes())
    body, digest = data[:-_DIGEST], data[-_DIGEST:]
    if not bytes(body[: len(_MAGIC)]) == _MAGIC:
        raise SourceError(f"{path} is no saved state of kerasbook: its first bytes are others")
    if sha256(body).digest() != digest:
        raise SourceError(f"{path} is damaged: its checksum is another")
    start = len(_MAGIC) + _LENGTH
    length = int.from_bytes(body[len(_MAGIC) : start], "little")
    header = json.loads(bytes(body[start : start + length]))
    arrays, offset = [], start + length
    for name, shape in header.pop("arrays"):
        dtype = _dtype(name)
        size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        array = np.frombuffer(body[offset : offset + size], np.uint8).view(dtype)
        arrays.append(array.reshape(shape))
        offset += size
    return Saved(header, arrays)


def _pieces(header: dict[str, Any], arrays: Sequence[NDArray[Any]]) -> Iterator[bytes | memoryview]:
    table = [[array.dtype.name, list(array.shape)] for array in arrays]
    text = json.dumps({**header, "arrays": table}).encode()
    yield _MAGIC + len(text).to_bytes(_LENGTH, "little") + text
    for array in arrays:
        # A type that NumPy does not know by itself, as bfloat16, has no buffer of its own.
        yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _dtype(name: str) -> np.dtype[Any]:
    try:
        return np.dtype(name)
    except TypeError:
        import ml_dtypes  # noqa: PLC0415  Keras brings it; few models need it

        dtype: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
        return dtype


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
