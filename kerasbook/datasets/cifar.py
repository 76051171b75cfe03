"""CIFAR-10: 60,000 small photographs of ten kinds of things."""

from __future__ import annotations

import http.client
import os
import tempfile
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from kerasbook import checks
from kerasbook.datasets.cifar_archive import BATCHES, PAGE, read_batches
from kerasbook.datasets.cifar_batch import CLASS_NAMES, Batch
from kerasbook.datasets.dataset import LABELS, Dataset, encode
from kerasbook.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["cifar10"]

_ARCHIVE = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
_PATIENCE_SECONDS = 5.0


def cifar10(
    *,
    path: str | os.PathLike[str] | None = None,
    checksum: Literal["published", "skip"] = "published",
    samples: int | None = None,
    test_samples: int | None = None,
    labels: Literal["one_hot", "integer"] = "one_hot",
) -> Dataset:
    """Colour photographs of 32×32 pixels: 50,000 to train on and 10,000 to test on.

    Without `path`, Keras's own loader downloads the archive (163 MB) once and keeps it; without a
    network it fails within seconds. With `path` a local copy is read. It is not unpacked to disk
    and nothing in it is executed, although the Python version consists of pickles.

    Args:
        path: `cifar-10-python.tar.gz` or `cifar-10-binary.tar.gz`, or a folder with their files.
        checksum: `"published"` reads only the two archives of the data set's own page, known by
            their SHA-256; `"skip"` reads any of the same format, with any number of images
            in a batch, and folders. Keras checks what it downloads itself.
        samples: number of training images, taken from the start; all if left out. All 60,000 take
            737 MB.
        test_samples: number of test images, taken from the start; all if left out.
        labels: `"one_hot"` or `"integer"`.

    Returns:
        float32 pixels in 0..1 of shape (samples, 32, 32, 3), in the order of the archive.

    Raises:
        ArgumentError: an argument is out of its range, or more images are asked for than exist.
        SourceError: the site cannot be reached, or the file is truncated, damaged, hostile or
            not of CIFAR-10.
        MissingDependencyError: Keras has no backend; only without `path`.

    Examples:
        >>> cifar10(path="cifar-10-python.tar.gz", samples=8000)  # doctest: +SKIP
        Dataset(x_train=(8000, 32, 32, 3), y_train=(8000, 10), x_test=(10000, 32, 32, 3),
            y_test=(10000, 10), classes=10)
        >>> cifar10(path="nowhere.tar.gz")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: cannot read 'nowhere.tar.gz': there is no such file or
            folder. Get cifar-10-python.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html
            and pass its path.

    Reference:
        Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009.
    """
    if path is not None and not isinstance(path, str | os.PathLike):
        checks.reject("path", "be the path of a file or folder", path)
    checks.choice("checksum", checksum, ("published", "skip"))
    for name, value in (("samples", samples), ("test_samples", test_samples)):
        if value is not None:
            checks.positive_integer(name, value)
    checks.choice("labels", labels, LABELS)
    if path is None:
        training, test = _downloaded()
    else:
        batches = read_batches(Path(path).expanduser(), checksum=checksum)
        training, test = [batches[name] for name in BATCHES[:-1]], [batches[BATCHES[-1]]]
    x_train, train_classes = _joined("samples", samples, training)
    x_test, test_classes = _joined("test_samples", test_samples, test)
    return Dataset(
        x_train=x_train,
        y_train=encode(train_classes, len(CLASS_NAMES), labels=labels),
        x_test=x_test,
        y_test=encode(test_classes, len(CLASS_NAMES), labels=labels),
        class_names=CLASS_NAMES,
        source=f"CIFAR-10 by Krizhevsky, Nair and Hinton, {PAGE}",
        licence="none stated; cite Krizhevsky 2009",
    )


def _joined(
    name: str, count: int | None, batches: Sequence[Batch]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """The first `count` images of the batches, scaled to 0..1, and their classes."""
    available = sum(len(batch.classes) for batch in batches)
    count = available if count is None else checks.integer(name, count, maximum=available)
    x = np.empty((count, 32, 32, 3), dtype=np.float32)
    start = 0
    for batch in batches:
        rows = batch.rows[: count - start]
        # (images, 3072) → (images, 3, 32, 32) → (images, 32, 32, 3)
        images = rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        np.divide(images, 255, out=x[start : start + len(rows)], dtype=np.float32)
        start += len(rows)
    return x, np.concatenate([batch.classes for batch in batches])[:count]


def _downloaded() -> tuple[list[Batch], list[Batch]]:
    """The training and test batches that Keras's loader returns, in the archive's layout."""
    reason = None if _in_cache() else _unreachable(_ARCHIVE)
    if reason is None:
        loader = checks.require("keras.datasets.cifar10", extra="tensorflow")
        try:
            training, test = loader.load_data()
        except Exception as error:  # noqa: BLE001  Keras raises a bare Exception
            reason = str(error)
        else:
            return [_stored(*training)], [_stored(*test)]
    raise SourceError(
        f"CIFAR-10 must be downloaded from {_ARCHIVE} (163 MB), which failed: {reason}. Get the "
        "file elsewhere and pass its path, cifar10(path='cifar-10-python.tar.gz'), "
        "or use photos(), which needs no download."
    )


def _stored(images: NDArray[np.uint8], classes: NDArray[np.uint8]) -> Batch:
    if images.shape[-1] == 3:  # noqa: PLR2004  else Keras is set to channels first
        images = images.transpose(0, 3, 1, 2)
    # (images, 3, 32, 32) → (images, 3072); (images, 1) → (images,)
    return Batch(rows=images.reshape(len(images), -1), classes=classes.reshape(-1))


def _in_cache() -> bool:
    """Whether the archive is in one of the folders that `keras.utils.get_file` uses as a cache."""
    homes = (
        Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser(),
        Path(tempfile.gettempdir(), ".keras"),
    )
    return any(any(home.glob("datasets/cifar-10-batches-py*")) for home in homes)


def _unreachable(url: str) -> str | None:
    """The reason why a site cannot be reached within seconds, or None; Keras waits for minutes."""
    reasons: list[str | None] = [f"no answer within {_PATIENCE_SECONDS:g} seconds"]

    def ask() -> None:
        request = urllib.request.Request(url, method="HEAD")  # noqa: S310  it is a constant
        try:
            urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS).close()  # noqa: S310
        except urllib.error.HTTPError:
            reasons[0] = None  # it answers; the download reports what is wrong
        except (OSError, http.client.HTTPException) as error:
            reasons[0] = str(getattr(error, "reason", error))
        else:
            reasons[0] = None

    asking = threading.Thread(target=ask, daemon=True)  # the timeout does not cover the name lookup
    asking.start()
    asking.join(_PATIENCE_SECONDS)
    return reasons[0]
