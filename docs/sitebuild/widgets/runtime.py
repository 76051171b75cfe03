"""The library's own source as one archive, for Python in the page."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sitebuild.places import DOCS, PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["source_archive"]

# What floors 6 and up need is not in the page.
_LEFT_OUT = (
    "__main__.py",
    "book",
    "builders",
    "cli.py",
    "datasets",
    "displays",
    "filters",
    "tour",
    "training",
)
_NEVER = ("live.py", "live_config.py")  # they read Keras models in memory
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same source gives the same archive


def source_archive() -> bytes:
    """The zip archive of floors 0 to 5, unmodified, and of `sitebuild.page`."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for path, name in _modules():
            archive.writestr(ZipInfo(name, _EPOCH), path.read_bytes(), ZIP_DEFLATED)
    return buffer.getvalue()


def _modules() -> Iterator[tuple[Path, str]]:
    """Each module, and its name in the archive."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if name.parts[0] not in _LEFT_OUT and path.name not in _NEVER:
            yield path, path.relative_to(PACKAGE.parent).as_posix()
    build = DOCS / "sitebuild"
    for path in [build / "__init__.py", *sorted((build / "page").glob("*.py"))]:
        yield path, path.relative_to(DOCS).as_posix()
