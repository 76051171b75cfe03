"""The record that every data set is: four arrays, class names, source and licence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["LABELS", "Dataset", "encode"]

LABELS = ("one_hot", "integer")


# Two data sets are equal if they are the same object: comparing arrays of 100 MB entry by entry
# would be slow, and NumPy answers `==` with an array, which no dataclass can turn into a bool.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Dataset:
    """Training and test data with their class names, source and licence.

    Attributes:
        x_train: inputs to train on, float32, one row per sample; pixels are scaled to 0..1.
        y_train: targets: float32 of shape (samples, classes) if the labels are one-hot,
            int32 of shape (samples,) if they are integers, float32 values for a regression.
        x_test: inputs to test on, none of them in `x_train`.
        y_test: their targets, in the form of `y_train`.
        class_names: one name per class, in the order of the labels; empty for a regression.
        source: where the data comes from.
        licence: on which terms it may be used.

    Examples:
        >>> from kerasbook.datasets import line
        >>> data = line()
        >>> data
        Dataset(x_train=(6, 1), y_train=(6, 1), x_test=(2, 1), y_test=(2, 1), classes=0)
        >>> data.input_shape
        (1,)
    """

    x_train: NDArray[np.float32]
    y_train: NDArray[np.float32] | NDArray[np.int32]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.float32] | NDArray[np.int32]
    class_names: tuple[str, ...]
    source: str
    licence: str

    @property
    def num_classes(self) -> int:
        """The number of classes; 0 for a regression."""
        return len(self.class_names)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input without the batch axis: a builder's `input_shape`."""
        return tuple(self.x_train.shape[1:])

    @property
    def labels(self) -> Literal["one_hot", "integer"] | None:
        """The form of the labels: a builder's `labels`; None for a regression."""
        if not self.class_names:
            return None
        return "one_hot" if self.y_train.ndim > 1 else "integer"

    @property
    def train_classes(self) -> NDArray[np.int32]:
        """The class of each training sample, of shape (samples,), for labels of either form."""
        return _classes(self.y_train)

    @property
    def test_classes(self) -> NDArray[np.int32]:
        """The class of each test sample, of shape (samples,), for labels of either form."""
        return _classes(self.y_test)

    def __repr__(self) -> str:
        shapes = ", ".join(
            f"{name}={getattr(self, name).shape}"
            for name in ("x_train", "y_train", "x_test", "y_test")
        )
        return f"Dataset({shapes}, classes={self.num_classes})"


def encode(
    classes: ArrayLike, num_classes: int, *, labels: str
) -> NDArray[np.float32] | NDArray[np.int32]:
    """The classes as one-hot or integer labels.

    Args:
        classes: the class of each sample, shape (samples,), from 0.
        num_classes: the number of classes.
        labels: `"one_hot"` or `"integer"`.

    Returns:
        float32 of shape (samples, num_classes) with a single 1 in each row, or int32 of shape
        (samples,).

    Examples:
        >>> encode([2, 0], 3, labels="one_hot")
        array([[0., 0., 1.],
               [1., 0., 0.]], dtype=float32)
        >>> encode([2, 0], 3, labels="integer")
        array([2, 0], dtype=int32)
    """
    integers = np.asarray(classes, dtype=np.int32)
    if labels == "integer":
        return integers
    return np.eye(num_classes, dtype=np.float32)[integers]


def _classes(labels: NDArray[np.float32] | NDArray[np.int32]) -> NDArray[np.int32]:
    index = labels.argmax(axis=-1) if labels.ndim > 1 else labels
    return index.astype(np.int32)
