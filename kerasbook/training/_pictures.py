"""Pictures in a folder with a folder for each class: their files, classes and pixels."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from kerasbook.checks import reject, require
from kerasbook.errors import SourceError, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from kerasbook.training._store_file import StoreInfo

__all__ = ["Pictures"]

_SUFFIXES = frozenset(
    (".avif", ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
)
# Pillow reads more formats; for one of them, EPS, it runs another program.
_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "MPO", "PNG", "TIFF", "WEBP")
_BITS, _MEANING, _WHITE_IS_ZERO = 258, 262, 0  # two tags of a TIFF file, and a value


class Pictures:
    """The pictures of a folder, in the order in which Keras lists them; read when needed.

    Attributes:
        class_names: names of the class folders, in the order of the labels.
        names: path of each picture, relative to the folder; pictures outside all class folders
            come first.
        skipped: pictures left out so far because they could not be read.
    """

    def __init__(
        self,
        root: Path,
        store: Path,
        *,
        class_names: Sequence[str],
        size: tuple[int, int],
        skip: bool,
    ) -> None:
        self._root, self._store, self._size, self._skip = root, store, size, skip
        self._pillow = require("PIL.Image", extra="data")
        self._pillow.init()
        self._formats = tuple(name for name in _FORMATS if name in self._pillow.OPEN)
        if not root.is_dir():
            reject("source", "be a folder with a folder of pictures for each class", str(root))
        self.class_names = _classes(root, class_names)
        self._label: dict[str, int | None] = dict.fromkeys(_loose(root))
        for label, name in enumerate(self.class_names):
            self._label |= dict.fromkeys((f"{name}/{file}" for file in _below(root / name)), label)
        self.names, self.skipped = [*self._label], list[str]()
        if not self.names:
            reject(
                "source", "have a folder of pictures for each class", str(root), note=", with none"
            )
        self._seen = (0, 0)  # the number of files, and their checksum

    def after(self, info: StoreInfo) -> Iterator[tuple[NDArray[np.uint8], int]]:
        """Pixels and label of each picture that a store does not hold yet.

        Once a picture cannot be read, the others are only checked, so that the error names all.

        Raises:
            SourceError: the store holds other pictures, or some cannot be read.
        """
        self.check(info)
        done = info.samples + len(info.skipped)
        self.skipped, bad = list(info.skipped), dict[str, str]()
        for name in self.names[done:]:
            try:
                pixels = self._read(name)
            except Exception as error:  # noqa: BLE001  a stranger's file can make Pillow raise any
                bad[name] = _reason(error)
                self.skipped.append(name)
                continue
            if self._skip or not bad:
                yield pixels, self._label[name] or 0
        if bad and not self._skip:
            raise SourceError(
                f"{len(bad)} of {len(self.names)} pictures in {str(self._root)!r} cannot be read: "
                + "; ".join(f"{printable(name)} ({why})" for name, why in bad.items())
                + ". Mend or remove them, or leave them out with bad_files='skip'."
            )

    def check(self, info: StoreInfo) -> None:
        """Check that a store was written from these files, and without leaving out any of them.

        Raises:
            SourceError: it was written from other files, or left some out and `bad_files` is not
                `"skip"`.
        """
        done = info.samples + len(info.skipped)
        short = done < len(self.names) if info.complete else done > len(self.names)
        if short or self._checksum(done) != info.files:
            raise SourceError(
                f"{self._store} holds another store: other pictures than {str(self._root)!r} has. "
                f"Remove it, or use another path."
            )

        if info.skipped and not self._skip:
            raise SourceError(
                f"{self._store} was written without what could not be read: "
                + "; ".join(map(printable, info.skipped))
                + ". Remove it and write it again, or use bad_files='skip'."
            )

    def note(self, info: StoreInfo) -> StoreInfo:
        """The description of a store, with the checksum and skipped pictures of this folder."""
        done = info.samples + len(self.skipped)
        return replace(info, skipped=tuple(self.skipped), files=self._checksum(done))

    def _checksum(self, count: int) -> int:
        """Checksum of the names, labels and lengths of the first `count` files.

        `count` must not be less than in an earlier call.
        """
        seen, value = self._seen if self._seen[0] <= count else (0, 0)
        for name in self.names[seen:count]:
            try:
                size = (self._root / name).stat().st_size
            except OSError:  # reported when the file is read
                size = -1
            value = crc32(f"{name}\0{self._label[name]}\0{size}\0".encode(errors="replace"), value)
        self._seen = count, value
        return value

    def _read(self, name: str) -> NDArray[np.uint8]:
        """Red, green and blue of each pixel, from 0 to 255, at the size of the store's images."""
        if self._label[name] is None:
            raise ValueError("it is outside all class folders")
        height, width = self._size
        turned = require("PIL.ImageOps", extra="data").exif_transpose
        with self._pillow.open(self._root / name, formats=self._formats) as picture:
            return np.asarray(self._colored(picture, turned).resize((width, height)), np.uint8)

    def _colored(self, picture: Any, turned: Any) -> Any:  # noqa: ANN401  pictures of Pillow
        """The first picture of a file in 8-bit RGB, turned upright by its EXIF orientation."""
        mode, kind = picture.mode, picture.format
        tags = getattr(picture, "tag_v2", {})
        picture = turned(picture)  # this reads the whole picture
        if mode.startswith("I;16") or (mode == "I" and kind == "PNG"):
            bits = tags[_BITS][0] if _BITS in tags else 16
            grey = (np.asarray(picture) >> (bits - 8)).astype(np.uint8)
            if tags.get(_MEANING) == _WHITE_IS_ZERO:
                grey = ~grey
            picture = self._pillow.fromarray(grey)
        elif mode in ("F", "I"):
            raise ValueError("its pixels are 32-bit numbers of unknown range")
        if "transparency" in picture.info:
            picture = picture.convert("RGBA")  # Pillow asks for this step
        return picture.convert("RGB")


def _classes(root: Path, class_names: Sequence[str]) -> tuple[str, ...]:
    """Names of the class folders: those given, or all that are not hidden."""
    found = sorted(each.name for each in root.iterdir() if each.is_dir() and _is_visible(each.name))
    missing = [name for name in class_names if name not in found]
    if missing:
        has = ", ".join(map(repr, found)) or "none"
        reject(
            "class_names",
            f"be folders in {str(root)!r}, which has {has}",
            missing,
            mend="A class without pictures needs an empty folder.",
        )
    return tuple(class_names or found)


def _loose(root: Path) -> list[str]:
    return sorted(each.name for each in root.iterdir() if each.is_file() and _is_picture(each.name))


def _below(folder: Path) -> list[str]:
    """Pictures in a folder and its subfolders, each once; links are followed."""
    found, seen = list[tuple[str, str]](), {os.path.realpath(folder)}
    for above, folders, files in os.walk(folder, followlinks=True):
        inner = "/".join(Path(above).relative_to(folder).parts)
        found += [(inner, name) for name in files if _is_picture(name)]
        kept = []
        for name in sorted(folders):
            real = os.path.realpath(Path(above) / name)
            if _is_visible(name) and real not in seen:
                seen.add(real)
                kept.append(name)
        folders[:] = kept
    return [f"{inner}/{name}" if inner else name for inner, name in sorted(found)]


def _is_visible(name: str) -> bool:
    """Whether a name is neither hidden nor the `__MACOSX` that macOS adds to archives."""
    return not name.startswith(".") and name != "__MACOSX"


def _is_picture(name: str) -> bool:
    return _is_visible(name) and Path(name).suffix.lower() in _SUFFIXES


def _reason(error: Exception) -> str:
    if type(error).__name__ == "UnidentifiedImageError":
        return "it is not a picture in a supported format"
    text = printable(str(error).partition("\n")[0])
    return text or type(error).__name__
