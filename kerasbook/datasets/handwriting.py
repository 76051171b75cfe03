"""Real handwriting without a download: the digits that scikit-learn contains."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kerasbook import checks
from kerasbook.datasets.dataset import LABELS, Dataset, encode

__all__ = ["digits"]

_IMAGES = 1797
_CLASSES = 10
_BRIGHTEST = 16  # a pixel is the number of inked pixels in a block of 4×4


def digits(
    *,
    samples: int = 1437,
    test_samples: int = 360,
    labels: Literal["one_hot", "integer"] = "one_hot",
    seed: int = 0,
) -> Dataset:
    """Handwritten digits of 8×8 pixels, 1,797 in all; the class is the digit.

    Args:
        samples: number of training images, at least 10. By default, training and test images
            together are all 1,797.
        test_samples: number of test images, at least 10.
        labels: `"one_hot"` or `"integer"`.
        seed: seed of the split into training and test images; both contain the digits in the
            proportions of the whole.

    Returns:
        float32 pixels in 0..1 of shape (samples, 8, 8, 1), in random order.

    Raises:
        ArgumentError: an argument is out of its range, or more images are asked for than exist.
        MissingDependencyError: scikit-learn is not installed.

    Examples:
        >>> data = digits()
        >>> data
        Dataset(x_train=(1437, 8, 8, 1), y_train=(1437, 10), x_test=(360, 8, 8, 1),
            y_test=(360, 10), classes=10)
        >>> data.class_names[3]
        '3'
        >>> digits(samples=1500)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: samples must be an integer from 10 to 1437;
            received samples=1500. There are 1797 images, and test_samples=360.

    Reference:
        Alpaydin and Kaynak, *Optical Recognition of Handwritten Digits*, 1998,
        <https://archive.ics.uci.edu/dataset/80>; scikit-learn ships its test part.
    """
    test_samples = checks.integer(
        "test_samples", test_samples, minimum=_CLASSES, maximum=_IMAGES - _CLASSES
    )
    mend = f"There are {_IMAGES} images, and test_samples={test_samples}."
    most = _IMAGES - test_samples
    samples = checks.integer("samples", samples, minimum=_CLASSES, maximum=most, mend=mend)
    checks.choice("labels", labels, LABELS)
    seed = checks.integer("seed", seed, minimum=0, maximum=2**32 - 1)
    scans = checks.require("sklearn.datasets", extra="data").load_digits()
    x = (scans.images / _BRIGHTEST).astype(np.float32)[..., np.newaxis]  # (images, 8, 8, 1)
    split = checks.require("sklearn.model_selection", extra="data").train_test_split
    x_train, x_test, train_classes, test_classes = split(
        x,
        scans.target,
        train_size=samples,
        test_size=test_samples,
        stratify=scans.target,
        random_state=seed,
    )
    return Dataset(
        x_train=x_train,
        y_train=encode(train_classes, _CLASSES, labels=labels),
        x_test=x_test,
        y_test=encode(test_classes, _CLASSES, labels=labels),
        class_names=tuple(str(digit) for digit in range(_CLASSES)),
        source="Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, in scikit-learn",
        licence="CC BY 4.0 (UCI Machine Learning Repository)",
    )
