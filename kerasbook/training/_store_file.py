"""The folder of an `ImageStore`: what is in it, how it is written, and how far writing has come.

```text
store.json     shape of an image, names of the classes, samples written, whether it is complete
images.bin     the images' bytes, one after the other
labels.bin     a little-endian int32 each
```

`store.json` is replaced after each block that is safe on disk: a writing that is killed goes on
after the last one.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from kerasbook.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["IMAGES", "LABELS", "StoreInfo", "append", "read_info", "write_info"]

IMAGES, LABELS = "images.bin", "labels.bin"
_INFO = "store.json"
_KIND = "kerasbook image store 1"


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a store says of itself."""

    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    samples: int
    complete: bool

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
        )
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise SourceError(f"{folder} is no image store: {_INFO} is of another kind") from error
    for name, size in ((IMAGES, info.image_bytes), (LABELS, 4)):
        path = folder / name
        held = path.stat().st_size if path.exists() else 0
        if held < size * info.samples:
            raise SourceError(
                f"{folder} is damaged: {name} has {held} bytes, and {info.samples} samples need "
                f"{size * info.samples}. Write it anew."
            )
    return info


def append(
    folder: Path, info: StoreInfo, blocks: Iterable[tuple[NDArray[np.uint8], NDArray[np.int32]]]
) -> Iterable[StoreInfo]:
    """Write blocks behind what is safe already; gives what the store holds after each."""
    with (folder / IMAGES).open("ab") as images, (folder / LABELS).open("ab") as labels:
        # What a killed writing left behind the last block that was confirmed.
        images.truncate(info.samples * info.image_bytes)
        labels.truncate(info.samples * 4)
        for pixels, classes in blocks:
            images.write(np.ascontiguousarray(pixels).data)
            labels.write(classes.astype("<i4").data)
            for file in (images, labels):
                file.flush()
                os.fsync(file.fileno())
            info = StoreInfo(
                info.image_shape, info.class_names, info.samples + len(pixels), complete=False
            )
            write_info(folder, info)
            yield info
