"""A folder that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kerasbook.checks import reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

__all__ = ["MARKER", "replaced_folder"]

# The file by which an earlier result is known, and so may be replaced.
MARKER = "metrics.json"


@contextmanager
def replaced_folder(out: str | PathLike[str]) -> Iterator[Path]:
    """A new empty folder that takes the place of `out` when the block ends without an error.

    Everything is written beside `out` first. `out` itself changes by renaming alone, so that a
    reader finds the old folder or the new one and never a mixture; if the block raises, `out`
    stays as it was.

    Args:
        out: the folder to make or replace. An existing one must be empty or hold an earlier
            result (a file `metrics.json`), so that nobody's files are lost.

    Yields:
        The folder to write into.

    Raises:
        ArgumentError: `out` is a file, or a folder with other things in it.

    Examples:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as parent:
        ...     with replaced_folder(Path(parent) / "report") as folder:
        ...         _ = (folder / "metrics.json").write_text("{}")
        ...     [path.name for path in Path(parent, "report").iterdir()]
        ['metrics.json']
    """
    target = _free_or_earlier_result(Path(out).absolute())
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target: a rename is atomic within one file system only.
    workshop = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        fresh = workshop / "new"
        fresh.mkdir()
        yield fresh
        _swap(fresh, target, workshop / "old")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _free_or_earlier_result(target: Path) -> Path:
    earlier = target.is_dir() and ((target / MARKER).is_file() or not any(target.iterdir()))
    if target.exists() and not earlier:
        reject(
            "out",
            f"be a new folder, an empty one, or an earlier result (with {MARKER})",
            str(target),
            mend="Name another folder; this one holds other files.",
        )
    return target


def _swap(fresh: Path, target: Path, old: Path) -> None:
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        raise
