"""`ImageStore`: more images than memory holds, on disk, in an order that is known."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from zlib import crc32

import numpy as np

from kerasbook.checks import positive_integer, require
from kerasbook.errors import ArgumentError, SourceError
from kerasbook.training._ordered import Ordered
from kerasbook.training._store_file import (
    IMAGES,
    LABELS,
    StoreInfo,
    append,
    read_info,
    write_info,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from kerasbook.training._ordered import Remainder

__all__ = ["ImageStore"]

_BLOCK_BYTES = 8 * 2**20  # written, and made safe, at a time
_SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png"}


class ImageStore(Ordered):
    """Images and labels in a folder, as batches for `model.fit`; memory holds one batch.

    Write it once with `from_arrays`, `from_folder` or `from_stream`; open it with its path:

    ```python
    ImageStore.from_folder("photos", "photos.store", image_size=(64, 64))
    data = ImageStore("photos.store", batch_size=64)
    model.fit(data, epochs=30, callbacks=[ExactResume("run.state")])
    ```

    Images are bytes from 0 to 255 and come to the model as such: begin it with
    `keras.layers.Rescaling(1 / 255)` (a builder's `input_scale`), and put Keras's augmentation
    layers (`RandomFlip`, `RandomTranslation`) behind it, so that a saved model holds both.

    The order is that of `Batches`: a function of (`seed`, epoch), the same on every backend.

    Attributes:
        image_shape: height, width and channels.
        class_names: one name per class, in the order of the labels; empty if none were given.
        samples: how many images there are.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        batch_size: int = 32,
        seed: int | None = 0,
        remainder: Remainder = "keep",
    ) -> None:
        """Batches for `model.fit(ImageStore(path), epochs=…)`.

        Args:
            path: the store's folder.
            batch_size: images a batch; over several processes, of all of them together.
            seed: which orders, at least 0; `None` keeps the images as they were written, for
                `evaluate` and `predict`.
            remainder: `"keep"` ends an epoch with the images that do not fill a batch, `"drop"`
                leaves them out, other ones in each epoch.

        Raises:
            SourceError: there is no store, it is damaged, or its writing was broken off.
            ArgumentError: another argument is wrong.

        Examples:
            >>> from tempfile import mkdtemp
            >>> folder = mkdtemp()
            >>> images = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1)
            >>> store = ImageStore.from_arrays(folder, images, [0, 1, 0, 1, 0], batch_size=2)
            >>> len(store), store.image_shape
            (3, (1, 1, 1))
            >>> pixels, labels = ImageStore(folder, batch_size=5, seed=None)[0]
            >>> pixels.ravel().tolist(), labels.tolist()
            ([0, 1, 2, 3, 4], [0, 1, 0, 1, 0])
        """
        self._folder = Path(path).absolute()
        info = read_info(self._folder)
        if info is None:
            raise SourceError(f"{self._folder} is no image store: it has no store.json")
        if not info.complete:
            raise SourceError(
                f"{self._folder} is not complete: writing was broken off after {info.samples} "
                f"images. Write it again, and it goes on from there."
            )
        self.image_shape, self.class_names = info.image_shape, info.class_names
        super().__init__(info.samples, batch_size=batch_size, seed=seed, remainder=remainder)

    @classmethod
    def from_arrays(
        cls,
        path: str | os.PathLike[str],
        images: ArrayLike,
        labels: ArrayLike,
        *,
        class_names: Sequence[str] = (),
        **options: Any,  # noqa: ANN401  as `ImageStore` takes them
    ) -> Self:
        """A store of images in memory, or in an array that is mapped from disk.

        Args:
            path: the store's folder, which is made if need be.
            images: bytes of shape (samples, height, width, channels).
            labels: an integer each, from 0.
            class_names: one name per class.
            **options: `batch_size`, `seed` and `remainder`.

        Raises:
            ArgumentError: the images are no bytes, or not as many as labels.
        """
        pixels, classes = np.asarray(images), np.asarray(labels)
        if classes.shape != (len(pixels),):
            raise ArgumentError(
                f"labels must be one integer an image, of shape ({len(pixels)},); "
                f"received an array of shape {classes.shape}."
            )
        pairs = ((pixels[n], int(classes[n])) for n in range(len(pixels)))
        return cls.from_stream(
            path, pairs, image_shape=pixels.shape[1:], class_names=class_names, **options
        )

    @classmethod
    def from_folder(
        cls,
        source: str | os.PathLike[str],
        path: str | os.PathLike[str],
        *,
        image_size: tuple[int, int],
        progress: Callable[[int, int], None] | None = None,
        **options: Any,  # noqa: ANN401  as `ImageStore` takes them
    ) -> Self:
        """A store of the pictures in a folder that has a folder for each class.

        Args:
            source: a folder of folders of PNG, JPEG, GIF or BMP files.
            path: the store's folder, which is made if need be.
            image_size: height and width that all are brought to, in pixels.
            progress: is called with the pictures written and their number, after each block.
            **options: `batch_size`, `seed` and `remainder`.

        Raises:
            ArgumentError: there are no pictures in folders.
            MissingDependencyError: Pillow is not installed.
        """
        pillow = require("PIL.Image", extra="data")
        root = Path(source)
        files = sorted(p for p in root.glob("*/*") if p.suffix.lower() in _SUFFIXES)
        names = sorted({file.parent.name for file in files})
        if not files:
            raise ArgumentError(
                f"source must be a folder with a folder of pictures for each class; "
                f"received source={str(source)!r}, which has none."
            )
        number = {name: n for n, name in enumerate(names)}
        height, width = image_size

        def decoded(file: Path) -> tuple[NDArray[np.uint8], int]:
            with pillow.open(file) as picture:
                resized = picture.convert("RGB").resize((width, height))
                return np.asarray(resized, dtype=np.uint8), number[file.parent.name]

        return cls.from_stream(
            path,
            _Lazy(files, decoded),
            image_shape=(height, width, 3),
            class_names=names,
            progress=None if progress is None else lambda done: progress(done, len(files)),
            **options,
        )

    @classmethod
    def from_stream(
        cls,
        path: str | os.PathLike[str],
        stream: Iterable[tuple[ArrayLike, int]],
        *,
        image_shape: Sequence[int],
        class_names: Sequence[str] = (),
        progress: Callable[[int], None] | None = None,
        **options: Any,  # noqa: ANN401  as `ImageStore` takes them
    ) -> Self:
        """A store of images that come one by one; a writing that was killed goes on.

        A store that is complete is opened, and the stream left alone. One that is not goes on
        after the last block that was safe, for which the stream must begin anew and give the same.

        Args:
            path: the store's folder, which is made if need be.
            stream: pairs of an image, bytes of `image_shape`, and its label.
            image_shape: height, width and channels.
            class_names: one name per class.
            progress: is called with the number of images written, after each block.
            **options: `batch_size`, `seed` and `remainder`.

        Raises:
            ArgumentError: an image has another shape or type, or the stream is empty.
            SourceError: the folder holds another store.
        """
        folder = Path(path).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        shape = tuple(positive_integer("image_shape", side) for side in image_shape)
        new = StoreInfo(shape, tuple(class_names), samples=0, complete=False)
        info = read_info(folder) or new
        if (info.image_shape, info.class_names) != (shape, new.class_names):
            raise SourceError(
                f"{folder} holds another store: images of {info.image_shape}, "
                f"classes {info.class_names}. Remove it, or use another path."
            )
        if not info.complete:
            rest = (
                stream.after(info.samples)
                if isinstance(stream, _Lazy)
                else islice(stream, info.samples, None)
            )
            for info in append(folder, info, _blocks(rest, new)):  # noqa: B020  what is reached
                if progress is not None:
                    progress(info.samples)
            if not info.samples:
                raise ArgumentError("stream must give at least one image; it gave none.")
            write_info(folder, StoreInfo(shape, new.class_names, info.samples, complete=True))
        return cls(folder, **options)

    def signature(self) -> dict[str, Any]:
        """What must be equal for two runs to see the same batches; part of a run's state."""
        rows = np.linspace(0, self.samples - 1, min(self.samples, 256), dtype=np.int64)
        pixels, labels = self._read(rows)
        content = crc32(labels.tobytes(), crc32(pixels.tobytes()))
        return {**super().signature(), "content": content}

    def _read(self, rows: NDArray[np.int64]) -> Any:  # noqa: ANN401  what Keras takes as a batch
        # Read, not mapped: pages of a map stay in the process's memory, as many as it has.
        size = int(np.prod(self.image_shape, dtype=np.int64))
        pixels = np.empty((len(rows), *self.image_shape), np.uint8)
        flat = pixels.reshape(len(rows), size)
        labels = np.empty(len(rows), "<i4")
        with (self._folder / IMAGES).open("rb", buffering=0) as images:
            for place, row in enumerate(rows.tolist()):
                images.seek(row * size)
                images.readinto(flat[place].data)
        with (self._folder / LABELS).open("rb", buffering=0) as file:
            for place, row in enumerate(rows.tolist()):
                file.seek(row * 4)
                file.readinto(labels[place : place + 1].data)
        return pixels, labels


class _Lazy:
    """Pictures that are opened when they are asked for, from any of them on."""

    def __init__(
        self, files: Sequence[Path], decoded: Callable[[Path], tuple[NDArray[np.uint8], int]]
    ) -> None:
        self._files, self._decoded = files, decoded

    def __iter__(self) -> Iterator[tuple[NDArray[np.uint8], int]]:
        return self.after(0)

    def after(self, done: int) -> Iterator[tuple[NDArray[np.uint8], int]]:
        """All but the first, which need not be read again."""
        return map(self._decoded, self._files[done:])


def _blocks(
    pairs: Iterable[tuple[ArrayLike, int]], info: StoreInfo
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int32]]]:
    rest, count = iter(pairs), max(1, _BLOCK_BYTES // info.image_bytes)
    while block := list(islice(rest, count)):
        pixels = np.empty((len(block), *info.image_shape), np.uint8)
        for place, (image, _) in enumerate(block):
            array = np.asarray(image)
            if array.dtype != np.uint8 or array.shape != info.image_shape:
                raise ArgumentError(
                    f"images must be bytes (uint8) of shape {info.image_shape}; "
                    f"received {array.dtype} of shape {array.shape}."
                )
            pixels[place] = array
        yield pixels, np.array([label for _, label in block], np.int32)
