"""The folder of an `ImageStore`: its files, how they are written, and how writing resumes.

```text
store.json     shape of an image, class names, number of samples written, whether it is complete;
               for a folder of pictures also the skipped files and a checksum of all names
images.bin     the images' bytes, one after the other
labels.bin     the labels, a little-endian int32 each
```

`store.json` is replaced each time a block is safely on disk, so a writer that is killed can
continue after the last such block.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kerasbook.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "StoreInfo",
    "append",
    "read_info",
    "read_rows",
    "stored_labels",
    "write_info",
]

_IMAGES, _LABELS = "images.bin", "labels.bin"
_INFO = "store.json"
_KIND = "kerasbook image store 1"


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """The description of a store, as in its `store.json`."""

    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    samples: int
    complete: bool
    skipped: tuple[str, ...] = ()
    files: int = 0

    @property
    def image_bytes(self) -> int:
        """Size of one image, in bytes."""
        return int(np.prod(self.image_shape, dtype=np.int64))


def write_info(folder: Path, info: StoreInfo) -> None:
    """Replace the description of a store atomically."""
    part = folder / f"{_INFO}.part"
    with part.open("w", encoding="utf-8") as file:
        json.dump({"kind": _KIND, **asdict(info)}, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / _INFO)


def read_info(folder: Path) -> StoreInfo | None:
    """The description of a store, or `None` if the folder has none.

    Raises:
        SourceError: the file has another format, or describes more images than the folder holds.
    """
    try:
        text = (folder / _INFO).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        fields = json.loads(text)
        if fields.pop("kind") != _KIND:
            raise ValueError  # noqa: TRY301  said below, with what else may be wrong
        info = StoreInfo(
            tuple(fields["image_shape"]),
            tuple(fields["class_names"]),
            int(fields["samples"]),
            bool(fields["complete"]),
            tuple(fields["skipped"]),
            int(fields["files"]),
        )
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise SourceError(f"{folder} is no image store: {_INFO} is of another kind") from error
    for name, size in ((_IMAGES, info.image_bytes), (_LABELS, 4)):
        path = folder / name
        held = path.stat().st_size if path.exists() else 0
        if held < size * info.samples:
            raise SourceError(
                f"{folder} is damaged: {name} has {held} bytes, and {info.samples} samples need "
                f"{size * info.samples}. Write it anew."
            )
    return info


def append(
    folder: Path,
    info: StoreInfo,
    blocks: Iterable[tuple[NDArray[np.uint8], NDArray[np.int32]]],
    *,
    note: Callable[[StoreInfo], StoreInfo],
) -> Iterable[StoreInfo]:
    """Append blocks to a store; yields its description after each of them.

    Args:
        folder: the folder of the store.
        info: the description of the store so far.
        blocks: pixels and labels of several images.
        note: adds further facts to the description after each block.
    """
    with (folder / _IMAGES).open("ab") as images, (folder / _LABELS).open("ab") as labels:
        # Remove the bytes that a killed writer left after the last complete block.
        images.truncate(info.samples * info.image_bytes)
        labels.truncate(info.samples * 4)
        for pixels, classes in blocks:
            images.write(np.ascontiguousarray(pixels).data)
            labels.write(classes.astype("<i4").data)
            for file in (images, labels):
                file.flush()
                os.fsync(file.fileno())
            info = note(replace(info, samples=info.samples + len(pixels)))
            write_info(folder, info)
            yield info


def read_rows(
    folder: Path, info: StoreInfo, rows: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Pixels and labels of some images, in the order of `rows`."""
    # Read, not memory-mapped: mapped pages would fill the process's memory.
    size = info.image_bytes
    pixels = np.empty((len(rows), *info.image_shape), np.uint8)
    flat = pixels.reshape(len(rows), size)
    labels = np.empty(len(rows), "<i4")
    with (folder / _IMAGES).open("rb", buffering=0) as images:
        for place, row in enumerate(rows.tolist()):
            images.seek(row * size)
            images.readinto(flat[place].data)
    with (folder / _LABELS).open("rb", buffering=0) as file:
        for place, row in enumerate(rows.tolist()):
            file.seek(row * 4)
            file.readinto(labels[place : place + 1].data)
    return pixels, labels


def stored_labels(folder: Path, info: StoreInfo) -> NDArray[np.int32]:
    """The labels of all images."""
    return np.fromfile(folder / _LABELS, "<i4", count=info.samples)
