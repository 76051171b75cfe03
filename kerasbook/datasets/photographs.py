"""Real photographs without a download: patches of ten that scikit-image contains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from kerasbook import checks
from kerasbook.datasets.dataset import LABELS, Dataset, encode

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["photos"]

# class name: name of the function of skimage.data that returns the photograph
_PHOTOS = {
    "coffee": "coffee",
    "chelsea": "chelsea",
    "brick": "brick",
    "grass": "grass",
    "gravel": "gravel",
    "hubble_deep_field": "hubble_deep_field",
    "retina": "retina",
    "ihc": "immunohistochemistry",
    "rocket": "rocket",
    "astronaut": "astronaut",
}
_SIZE = 32  # pixels, as in CIFAR-10


def photos(
    *,
    samples: int = 8000,
    test_samples: int = 2000,
    labels: Literal["one_hot", "integer"] = "one_hot",
    seed: int = 0,
) -> Dataset:
    """Colour patches of 32×32 pixels from ten real photographs; the class is the photograph.

    They have the shape of CIFAR-10, (32, 32, 3), and need no download: scikit-image ships the
    photographs. Training patches lie in the left 75 % of each photograph, test patches in the
    right 25 %, so that no pixel is in both. Three of the photographs (brick, grass,
    gravel) are grey; their three channels are equal.

    Args:
        samples: training patches, at least 10; each class has `samples / 10` of them, one more or
            less if that is not an integer. 8,000 take 98 MB.
        test_samples: test patches, at least 10, divided among the classes in the same way.
        labels: `"one_hot"` or `"integer"`.
        seed: seed of the positions and the order of the patches. A seed gives the same patches
            with every version of NumPy and on every machine. The training patches do not depend
            on `test_samples`, nor the test patches on `samples`.

    Returns:
        float32 pixels in 0..1 of shape (samples, 32, 32, 3), in random order.

    Raises:
        ArgumentError: an argument is out of its range.
        MissingDependencyError: scikit-image is not installed.

    Examples:
        >>> data = photos(samples=100, test_samples=20)
        >>> data
        Dataset(x_train=(100, 32, 32, 3), y_train=(100, 10), x_test=(20, 32, 32, 3),
            y_test=(20, 10), classes=10)
        >>> data.class_names[:3]
        ('coffee', 'chelsea', 'brick')
        >>> photos(samples=20, test_samples=10, labels="integer").y_test
        array([...], dtype=int32)
        >>> photos(samples=5)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: samples must be an integer of at least 10;
            received samples=5. Use one per class or more.

    Reference:
        scikit-image's [`skimage.data`](https://scikit-image.org/docs/stable/api/skimage.data.html)
        says where each photograph comes from and on which terms.
    """
    mend = "Use one per class or more."
    samples = checks.integer("samples", samples, minimum=len(_PHOTOS), mend=mend)
    test_samples = checks.integer("test_samples", test_samples, minimum=len(_PHOTOS), mend=mend)
    checks.choice("labels", labels, LABELS)
    seed = checks.integer("seed", seed, minimum=0)
    images = _images()
    left = [image[:, : 3 * image.shape[1] // 4] for image in images]
    right = [image[:, -(image.shape[1] // 4) :] for image in images]
    x_train, train_classes = _patches(left, samples, np.random.PCG64([seed, 0]))
    x_test, test_classes = _patches(right, test_samples, np.random.PCG64([seed, 1]))
    return Dataset(
        x_train=x_train,
        y_train=encode(train_classes, len(_PHOTOS), labels=labels),
        x_test=x_test,
        y_test=encode(test_classes, len(_PHOTOS), labels=labels),
        class_names=tuple(_PHOTOS),
        source="32×32 patches of the photographs in scikit-image's skimage.data",
        licence=(
            "CC0 (coffee, chelsea, brick, grass, gravel, retina), public domain "
            "(hubble_deep_field, rocket, astronaut), no known copyright restrictions (ihc)"
        ),
    )


def _images() -> list[NDArray[np.uint8]]:
    """The photographs, each of shape (height, width, 3)."""
    data = checks.require("skimage.data", extra="data")
    images = [getattr(data, function)() for function in _PHOTOS.values()]
    # grey: (height, width) → (height, width, 3)
    return [np.stack([image] * 3, axis=-1) if image.ndim == 2 else image for image in images]  # noqa: PLR2004  two axes are an image without colour


def _patches(
    images: list[NDArray[np.uint8]], count: int, bits: np.random.PCG64
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """`count` patches in random order, spread evenly over the images, and their classes.

    The random numbers come directly from the bit generator: NumPy keeps its stream from version
    to version, but not the results of `Generator`'s methods
    (https://numpy.org/neps/nep-0019-rng-policy.html).
    """
    shuffled = np.argsort(bits.random_raw(count), kind="stable")
    classes = shuffled % len(images)
    x = np.empty((count, _SIZE, _SIZE, 3), dtype=np.float32)
    for index, image in enumerate(images):
        chosen = np.flatnonzero(classes == index)
        windows = sliding_window_view(image, (_SIZE, _SIZE), axis=(0, 1))
        rows, columns = (
            (bits.random_raw(len(chosen)) % places).astype(np.int64) for places in windows.shape[:2]
        )
        # (rows, columns, 3, 32, 32) → (chosen, 3, 32, 32) → (chosen, 32, 32, 3)
        patches = windows[rows, columns].transpose(0, 2, 3, 1)
        x[chosen] = np.divide(patches, 255, dtype=np.float32)
    return x, classes
