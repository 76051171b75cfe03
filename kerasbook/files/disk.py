"""A file on disk, read in small pieces and named in every message about it."""

from __future__ import annotations

import io
import os
import stat

from kerasbook.checks import reject
from kerasbook.files.json_text import MAX_TEXT_BYTES
from kerasbook.files.refusal import bytes_text, unreadable

__all__ = ["BoundedFile", "file_path", "open_file"]

# What a reader takes at once: pages, tables and directories are smaller, texts come in pieces.
_PIECE_BYTES = 2**20
_COPY_AGAIN = "Copy or save the file again."


class BoundedFile(io.BufferedReader):
    """An open file that refuses to be read in bulk or beyond its end.

    A damaged file asks its reader for gigabytes; whatever reads through this class cannot
    take them by mistake.

    Attributes:
        where: the file's name as messages show it.
        size_bytes: how long it is.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(io.FileIO(path))
        self.where = repr(os.fspath(path))
        self.size_bytes = os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes from here on; all that is left if `size` is negative.

        Raises:
            SourceError: that is more than 1 MiB.
        """
        if size is None or size < 0:
            size = max(0, self.size_bytes - self.tell())
        if size > _PIECE_BYTES:
            expected = f"have tables of at most {bytes_text(_PIECE_BYTES)}"
            raise unreadable(self.where, expected, f"one of {bytes_text(size)}", mend=_COPY_AGAIN)
        return super().read(size)

    def read_at(self, offset: int, size: int) -> bytes:
        """Exactly `size` bytes at `offset`.

        Raises:
            SourceError: they lie beyond the end of the file.
        """
        if not 0 <= offset <= offset + size <= self.size_bytes:
            end = offset + size
            received = f"a reference to bytes {offset} to {end} of {self.size_bytes}"
            raise unreadable(self.where, "hold what it refers to", received, mend=_COPY_AGAIN)
        self.seek(offset)
        return super().read(size) if size <= _PIECE_BYTES else self._pieces(size)

    def read_text(self) -> bytes:
        """All of a text file.

        Raises:
            SourceError: it is larger than any text that Keras writes.
        """
        if self.size_bytes > MAX_TEXT_BYTES:
            expected = f"be a text of at most {bytes_text(MAX_TEXT_BYTES)}"
            raise unreadable(self.where, expected, f"one of {bytes_text(self.size_bytes)}")
        self.seek(0)
        return self._pieces(self.size_bytes)

    def _pieces(self, size: int) -> bytes:
        starts = range(0, size, _PIECE_BYTES)
        return b"".join(self.read(min(_PIECE_BYTES, size - start)) for start in starts)


def file_path(path: str | os.PathLike[str]) -> str:
    """The path as text, if it is one.

    Raises:
        ArgumentError: it is none.

    Examples:
        >>> file_path(3)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: path must be a path, as a str or os.PathLike[str];
            received path=3.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(text, str) or not text or "\0" in text:
        reject("path", "be a path, as a str or os.PathLike[str]", path)
    return text


def open_file(path: str | os.PathLike[str]) -> BoundedFile:
    """An open regular file.

    Raises:
        SourceError: there is none, it is a device or a pipe, or it may not be read.

    Examples:
        >>> open_file("missing.keras")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: 'missing.keras' must be a file that can be read; received no
            file of this name. Check the path.
    """
    where, expected = repr(os.fspath(path)), "be a file that can be read"
    try:
        # Asked before opening it: to open a pipe is to wait for somebody to write.
        if stat.S_ISREG(os.stat(path).st_mode):
            return BoundedFile(path)
        received = "a device, pipe or socket"
    except FileNotFoundError:
        received = "no file of this name"
    except OSError as error:
        received = f"the system's answer {error.strerror or type(error).__name__!r}"
    raise unreadable(where, expected, received, mend="Check the path.")
