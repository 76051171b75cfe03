"""The files that a model keeps beside its weights: vocabularies, and those of users' layers."""

from __future__ import annotations

import codecs
import os
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from kerasbook.checks import shown
from kerasbook.files.archive import open_archive
from kerasbook.files.disk import open_file
from kerasbook.files.refusal import unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

__all__ = ["open_assets", "vocabulary_lines"]

_FOLDER = "assets/"
_VOCABULARY = "vocabulary.txt"
_PIECE_BYTES = 2**20


@contextmanager
def open_assets(location: str) -> Iterator[dict[str, Callable[[], IO[bytes]]]]:
    """The assets of a model by name, each as a function that opens it.

    Args:
        location: the path of a `.keras` archive, or of the folder of one.
    """
    if os.path.isdir(location):
        found = [
            os.path.relpath(os.path.join(folder, name), location).replace(os.sep, "/")
            for folder, _, names in os.walk(os.path.join(location, _FOLDER))
            for name in names
        ]
        yield {name: partial(open_file, os.path.join(location, name)) for name in found}
        return
    with open_file(location) as file, open_archive(file) as archive:
        names = [name for name in archive.namelist() if name.startswith(_FOLDER)]
        yield {name: partial(archive.open, name) for name in names}


def vocabulary_lines(name: str, asset: IO[bytes]) -> int:
    """The number of lines of a vocabulary; 0 for other files.

    Raises:
        SourceError: it is a vocabulary, and no text.
    """
    if not name.endswith(f"/{_VOCABULARY}"):
        return 0
    lines, decode = 1, codecs.getincrementaldecoder("utf-8")().decode
    try:
        for piece in iter(lambda: asset.read(_PIECE_BYTES), b""):
            lines += decode(piece).count("\n")
        decode(b"", final=True)
    except UnicodeDecodeError as error:
        received = f"byte {error.object[error.start]:#04x}"
        raise unreadable(shown(name), "be UTF-8 text", received) from error
    return lines
