"""`ImageStore`: batches of images on disk, in an order that depends on (seed, epoch) alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self
from zlib import crc32

import numpy as np

from kerasbook.checks import choice, one_or_per, positive_integer, reject, string
from kerasbook.errors import ArgumentError, SourceError
from kerasbook.training._pictures import Pictures
from kerasbook.training._shuffled_batches import SeededBatches
from kerasbook.training._store_blocks import after, in_blocks
from kerasbook.training._store_file import (
    StoreInfo,
    append,
    read_info,
    read_rows,
    stored_labels,
    write_info,
)
from kerasbook.values import entries

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from kerasbook.training._shuffled_batches import Remainder

__all__ = ["ImageStore"]

_SAMPLED = 256  # images that are compared when a store already exists


class ImageStore(SeededBatches):
    """Batches of images and labels on disk, for `model.fit`; one batch is in memory at a time.

    Write a store once with `from_arrays`, `from_folder` or `from_stream`; open it by its path:

    ```python
    ImageStore.from_folder("photos", "photos.store", image_size=(64, 64))
    data = ImageStore("photos.store", batch_size=64)
    model.fit(data, epochs=30, callbacks=[ExactResume("run.state")])
    ```

    Images are bytes from 0 to 255 and reach the model unscaled: begin the model with
    `keras.layers.Rescaling(1 / 255)` (a builder's `input_scale`), followed by Keras's augmentation
    layers (`RandomFlip`, `RandomTranslation`), so that a saved model contains both.

    The order depends on `seed` and the epoch alone, as in `Batches`, and is equal on all backends.

    Attributes:
        image_shape: height, width and channels.
        class_names: one name per class, in the order of the labels; empty if none were given.
        samples: number of images.
        skipped: files left out because they could not be read (`bad_files="skip"`).
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
            batch_size: images per batch, over all processes together.
            seed: selects the orders, at least 0; `None` keeps the images as they were written, for
                `evaluate` and `predict`.
            remainder: `"keep"` ends an epoch with an incomplete batch, `"drop"` leaves its images
                out; they differ from epoch to epoch.

        Raises:
            SourceError: there is no store, it is damaged, or writing it was not completed.
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
        self._info, self.skipped = info, info.skipped
        self.image_shape, self.class_names = info.image_shape, info.class_names
        super().__init__(info.samples, batch_size=batch_size, seed=seed, remainder=remainder)

    @property
    def class_counts(self) -> tuple[int, ...]:
        """Number of images of each class, in the order of the labels.

        Examples:
            >>> from tempfile import mkdtemp
            >>> images, names = np.zeros((3, 1, 1, 1), np.uint8), ["cat", "dog", "frog"]
            >>> ImageStore.from_arrays(mkdtemp(), images, [0, 2, 2], class_names=names).class_counts
            (1, 0, 2)
        """
        labels = stored_labels(self._folder, self._info)
        return tuple(np.bincount(labels, minlength=len(self.class_names)).tolist())

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
        """A store of images from an array, in memory or memory-mapped.

        An existing store is opened if it holds the same images: all labels and a sample of the
        images are compared.

        Args:
            path: the store's folder, which is made if need be.
            images: `uint8` array of shape (samples, height, width, channels).
            labels: one integer per image, from 0.
            class_names: one name per class.
            **options: `batch_size`, `seed` and `remainder`.

        Raises:
            ArgumentError: the images are not `uint8`, or there are not as many labels; a label is
                not an integer, or not a class number.
            SourceError: the folder holds another store.
        """
        pixels, classes = _array("images", images), _array("labels", labels)
        if pixels.ndim != 4:  # noqa: PLR2004  (samples, height, width, channels)
            grey = "Use images[..., None] for images without channels." if pixels.ndim == 3 else ""  # noqa: PLR2004
            reject("images", "have shape (samples, height, width, channels)", pixels, mend=grey)
        if classes.shape != (len(pixels),):
            one_hot = classes.ndim == 2 and len(classes) == len(pixels)  # noqa: PLR2004
            mend = "labels[:, 0]" if one_hot and classes.shape[1] == 1 else "labels.argmax(axis=1)"
            raise ArgumentError(
                f"labels must be one integer an image, of shape ({len(pixels)},); "
                f"received an array of shape {classes.shape}." + f" Use {mend}." * one_hot
            )
        if len(classes) and classes.dtype.kind not in "iu":
            whole = "Use labels.astype(int) if they are whole numbers."
            reject("labels", "be integers from 0", classes, mend=whole)
        folder = Path(path).absolute()
        info = read_info(folder)
        if info is not None and info.complete and _differs(folder, info, pixels, classes):
            raise SourceError(
                f"{folder} holds another store: other images or labels. "
                f"Remove it, or use another path."
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
        image_size: int | tuple[int, int],
        class_names: Sequence[str] = (),
        bad_files: Literal["refuse", "skip"] = "refuse",
        progress: Callable[[int, int], None] | None = None,
        **options: Any,  # noqa: ANN401  as `ImageStore` takes them
    ) -> Self:
        """A store of the pictures in a folder that has a folder for each class.

        Classes, labels and pixels are those of `keras.utils.image_dataset_from_directory`: a class
        is a folder, even one without pictures, and includes the pictures in its subfolders; all
        become 8-bit RGB. Of 16-bit values the upper 8 bits are kept (a picture that uses
        few of them gets dark: stretch it first), alpha is dropped, and of an animation or several
        pages the first picture is taken. It differs where Keras's result would be wrong:

        - A photo is turned upright by its EXIF orientation.
        - WebP, TIFF, AVIF and `.jfif` are read too; one outside all class folders is an error.
        - Hidden files (a name that begins with a dot, `__MACOSX`) are left out at every depth, and
          links to folders are followed.
        - Transparent pixels of a GIF keep their stored colour, as in the other formats, and do not
          become black.
        - All pictures that cannot be read are named in one error.
        - Pictures are made smaller by averaging (Pillow's bicubic filter), not by leaving pixels
          out. Both stretch a picture whose aspect ratio differs.

        An existing store is opened if it was written from files of the same names, labels and
        lengths; an incomplete one is continued.

        Args:
            source: a folder of folders of PNG, JPEG, GIF, BMP, TIFF, WebP or AVIF files.
            path: the store's folder, outside `source`, which is made if need be.
            image_size: height and width of the stored images, in pixels.
            class_names: the folders to read, in the order of the labels; by default all, sorted by
                name. For validation data, give the names of the training data.
            bad_files: `"skip"` leaves out pictures that cannot be read and lists them in `skipped`.
            progress: called after each block with the number of pictures done and of all.
            **options: `batch_size`, `seed` and `remainder`.

        Raises:
            ArgumentError: there are no pictures in folders, or a class has no folder.
            SourceError: pictures cannot be read (the message names all of them), or the folder
                `path` holds another store.
            MissingDependencyError: Pillow is not installed.
        """
        sides = one_or_per("image_size", image_size, 2, item="axis")
        height, width = (positive_integer("image_size", side) for side in sides)
        root = Path(source)
        if Path(path).resolve().is_relative_to(root.resolve()):
            reject("path", "lie outside source, whose folders are classes", str(path))
        skip = choice("bad_files", bad_files, ("refuse", "skip")) == "skip"
        names = _names(class_names)
        store = Path(path).absolute()
        pictures = Pictures(root, store, class_names=names, size=(height, width), skip=skip)
        of = len(pictures.names)
        return cls.from_stream(
            path,
            pictures,  # type: ignore[arg-type]  # `from_stream` accepts them
            image_shape=(height, width, 3),
            class_names=pictures.class_names,
            progress=progress and (lambda done: progress(done + len(pictures.skipped), of)),
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
        """A store of images from an iterable, which gives them one by one.

        A complete store is opened, and the stream is not read. An incomplete store, left by a
        killed process, is continued after its last complete block; the stream must then start from
        its beginning again with the same images.

        Args:
            path: the store's folder, which is made if need be.
            stream: pairs of an image, `uint8` of shape `image_shape`, and its label.
            image_shape: height, width and channels.
            class_names: one name per class.
            progress: called with the number of images written, after each block.
            **options: `batch_size`, `seed` and `remainder`.

        Raises:
            ArgumentError: an image has another shape or dtype, a label is not an integer or not a
                class number, or the stream is empty.
            SourceError: the folder holds another store, or an incomplete one that differs from the
                beginning of the stream.
        """
        folder = Path(path).absolute()
        shape, names = _shape(image_shape), _names(class_names)
        info = read_info(folder) or StoreInfo(shape, names, samples=0, complete=False)
        if (info.image_shape, info.class_names) != (shape, names):
            raise SourceError(
                f"{folder} holds another store: images of {info.image_shape}, "
                f"classes {info.class_names}. Remove it, or use another path."
            )
        pictures = stream if isinstance(stream, Pictures) else None
        if not info.complete:
            folder.mkdir(parents=True, exist_ok=True)
            rest = pictures.after(info) if pictures else after(stream, folder, info)
            note = pictures.note if pictures else _as_it_is
            for info in append(folder, info, in_blocks(rest, info), note=note):  # noqa: B020
                if progress is not None:
                    progress(info.samples)
            if not info.samples:
                raise ArgumentError("stream must give at least one image; it gave none.")
            write_info(folder, note(replace(info, complete=True)))
        elif pictures:
            pictures.check(info)
        return cls(folder, **options)

    def signature(self) -> dict[str, Any]:
        """The values that must be equal for two runs to see the same batches."""
        rows = np.linspace(0, self.samples - 1, min(self.samples, 256), dtype=np.int64)
        pixels, labels = self._read(rows)
        content = crc32(labels.tobytes(), crc32(pixels.tobytes()))
        return {**super().signature(), "content": content}

    def _read(self, rows: NDArray[np.int64]) -> Any:  # noqa: ANN401  what Keras takes as a batch
        return read_rows(self._folder, self._info, rows)


def _shape(image_shape: object) -> tuple[int, ...]:
    sides = entries(image_shape)
    if sides is None or len(sides) != 3:  # noqa: PLR2004  height, width, channels
        reject("image_shape", "be height, width and channels", image_shape)
    return tuple(positive_integer("image_shape", side) for side in sides)


def _names(class_names: object) -> tuple[str, ...]:
    names = entries(class_names)
    if names is None or len(set(map(str, names))) != len(names):
        reject("class_names", "be a list of names, each once", class_names)
    return tuple(string(f"class_names[{n}]", name) for n, name in enumerate(names))


def _array(name: str, values: ArrayLike) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError:
        reject(name, "be an array, all its entries of one shape", values)


def _as_it_is(info: StoreInfo) -> StoreInfo:
    return info


def _differs(folder: Path, info: StoreInfo, *arrays: NDArray[Any]) -> bool:
    """Whether a store has another shape, other labels, or other images in a sample of them."""
    pixels, labels = arrays
    if info.image_shape != pixels.shape[1:]:
        return False  # `from_stream` reports it
    if info.samples != len(pixels):
        return True
    rows = np.linspace(0, info.samples - 1, min(info.samples, _SAMPLED), dtype=np.int64)
    sample, _ = read_rows(folder, info, rows)
    same = np.array_equal(stored_labels(folder, info), labels)
    return not (same and np.array_equal(sample, pixels[rows]))
