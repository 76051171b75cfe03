"""The folder of an `ImageStore`: what is in it, how it is written, and how far writing has come.

```text
store.json     shape of an image, names of the classes, samples written, whether it is complete;
               of a folder of pictures, which were skipped, and a checksum of their names
images.bin     the images' bytes, one after the other
labels.bin     a little-endian int32 each
```

`store.json` is replaced after each block that is safe on disk: a writing that is killed goes on
after the last one.
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
    """What a store says of itself."""

    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    samples: int
    complete: bool
    skipped: tuple[str, ...] = ()
    files: int = 0

    @property
    def image_bytes(self) -> int:
        """Bytes of one image."""
        return int(np.prod(self.image_shape, dtype=np.int64))


def write_info(folder: Path, info: StoreInfo) -> None:
    """Replace what the store says of itself, at once."""
    part = folder / f"{_INFO}.part"
    with part.open("w", encoding="utf-8") as file:
        json.dump({"kind": _KIND, **asdict(info)}, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / _INFO)


def read_info(folder: Path) -> StoreInfo | None:
    """What a store says of itself, or `None` where there is none.

    Raises:
        SourceError: the file is of another kind, or says more than the folder holds.
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
    """Write blocks behind what is safe already; gives what the store holds after each.

    Args:
        folder: the store's.
        info: what it holds.
        blocks: pixels and labels of several images.
        note: adds what else is to be kept of them.
    """
    with (folder / _IMAGES).open("ab") as images, (folder / _LABELS).open("ab") as labels:
        # What a killed writing left behind the last block that was confirmed.
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
    # Read, not mapped: pages of a map stay in the process's memory, as many as it has.
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
