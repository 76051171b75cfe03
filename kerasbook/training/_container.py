r"""The file that holds the state of a run: a JSON header, raw arrays and a checksum.

```text
b"kerasbook state 1\n"
length of the header in bytes, 8 bytes, little-endian
header, JSON: {"arrays": [[dtype, shape], …], …}
the arrays' bytes, one after the other
SHA-256 of all before
```

A file is written completely or not at all. It contains no code, and reading it executes nothing.
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
    """The content of a file: a header of plain values, which refers to its arrays by index."""

    header: dict[str, Any]
    arrays: list[NDArray[Any]]


def previous(path: Path) -> Path:
    """The path beside `path` that keeps the previous good file."""
    return path.with_name(f"{path.name}.previous")


def write(path: Path, header: dict[str, Any], arrays: Sequence[NDArray[Any]]) -> None:
    """Replace the file atomically and keep its predecessor beside it.

    At any moment, even if the machine stops, at least one of the two files is complete.

    Raises:
        OSError: the disk is full or the folder cannot be written; both files are unchanged.
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
    """The content of a file, once its checksum has been verified.

    Raises:
        SourceError: the file is cut off, changed, or of another format.
        FileNotFoundError: there is no file at `path`.
    """
    data = memoryview(path.read_bytes())
    body, digest = data[:-_DIGEST], data[-_DIGEST:]
    if not bytes(body[: len(_MAGIC)]) == _MAGIC:
        raise SourceError(f"{path} is not a saved state of kerasbook: its first bytes differ")
    if sha256(body).digest() != digest:
        raise SourceError(f"{path} is damaged: its checksum does not match")
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
        # Types that NumPy does not define, such as bfloat16, do not support the buffer protocol.
        yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _dtype(name: str) -> np.dtype[Any]:
    try:
        return np.dtype(name)
    except TypeError:
        import ml_dtypes  # noqa: PLC0415  Keras brings it; few models need it

        dtype: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
        return dtype


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, where the system supports that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
