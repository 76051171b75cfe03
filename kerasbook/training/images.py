"""`ImageStore`: more images than memory holds, on disk, in an order that is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self
from zlib import crc32

import numpy as np

from kerasbook.checks import choice, one_or_per, positive_integer, reject, string
from kerasbook.errors import ArgumentError, SourceError
from kerasbook.training._pictures import Pictures
from kerasbook.training._shuffled_batches import Ordered
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

_SAMPLED = 256  # images that stand for all where two stores are held against each other


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
        skipped: files that could not be read and were left out, if that was asked for.
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
        self._info, self.skipped = info, info.skipped
        self.image_shape, self.class_names = info.image_shape, info.class_names
        super().__init__(info.samples, batch_size=batch_size, seed=seed, remainder=remainder)

    @property
    def class_counts(self) -> tuple[int, ...]:
        """How many images each class has, in the order of the labels; 0 for a class without any.

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
        """A store of images in memory, or in an array that is mapped from disk.

        A store that is there is opened if it holds the same: all labels, and a sample of the
        images, are compared.

        Args:
            path: the store's folder, which is made if need be.
            images: bytes of shape (samples, height, width, channels).
            labels: an integer each, from 0.
            class_names: one name per class.
            **options: `batch_size`, `seed` and `remainder`.

        Raises:
            ArgumentError: the images are no bytes, or not as many as labels; a label is no
                integer, or no class's.
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
        is a folder, also one without pictures; pictures in folders inside it are its own; all
        become 8 bits of red, green and blue. Of 16 bits the upper 8 are kept (a picture that uses
        few of them is dark: stretch it first), alpha is left out, and of an animation or several
        pages the first picture is taken. It differs where Keras's result would be a wrong one:

        - A photo is turned upright where the camera noted how it was held (EXIF).
        - WebP, TIFF, AVIF and `.jfif` are read too; a picture in no class's folder is refused.
        - What is hidden (a name that begins with a dot, `__MACOSX`) is left out at every depth, and
          links to folders are followed.
        - Transparent pixels of a GIF have the colour that is stored, as those of the other kinds
          have, and are not black.
        - All pictures that cannot be read are named in one error.
        - Pictures are made smaller by averaging (Pillow's bicubic filter), not by leaving pixels
          out; both stretch them if height to width differs.

        A store that is there is opened if it was written from files of the same names, labels and
        lengths; a writing that was broken off goes on.

        Args:
            source: a folder of folders of PNG, JPEG, GIF, BMP, TIFF, WebP or AVIF files.
            path: the store's folder, outside `source`, which is made if need be.
            image_size: height and width that all are brought to, in pixels.
            class_names: the folders to read, in the order of the labels; all of them, by name, if
                left out. Give those of the training data to the validation data.
            bad_files: `"skip"` leaves out what cannot be read, and lists it in `skipped`.
            progress: is called with the pictures done and their number, after each block.
            **options: `batch_size`, `seed` and `remainder`.

        Raises:
            ArgumentError: there are no pictures in folders, or a class has no folder.
            SourceError: pictures cannot be read, all of them named; or the folder `path` holds
                another store.
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
            pictures,  # type: ignore[arg-type]  # which `from_stream` knows
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
            ArgumentError: an image has another shape or type, a label is no integer or no class's,
                or the stream is empty.
            SourceError: the folder holds another store, or what is written of it is not what the
                stream begins with.
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
        """What must be equal for two runs to see the same batches; part of a run's state."""
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
    """Whether a store of images of this shape has other labels, or images in a sample of them."""
    pixels, labels = arrays
    if info.image_shape != pixels.shape[1:]:
        return False  # which `from_stream` tells
    if info.samples != len(pixels):
        return True
    rows = np.linspace(0, info.samples - 1, min(info.samples, _SAMPLED), dtype=np.int64)
    sample, _ = read_rows(folder, info, rows)
    same = np.array_equal(stored_labels(folder, info), labels)
    return not (same and np.array_equal(sample, pixels[rows]))
