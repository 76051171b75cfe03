"""The `Dataset` record."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kerasbook import datasets
from kerasbook.datasets.dataset import Dataset, encode


def _dataset(labels):
    classes = np.array([2, 0, 1, 2])
    y = encode(classes, 3, labels=labels)
    x = np.zeros((4, 5, 6, 3), np.float32)
    return Dataset(
        x_train=x,
        y_train=y,
        x_test=x[:2],
        y_test=y[:2],
        class_names=("a", "b", "c"),
        source="s",
        licence="l",
    )


@pytest.mark.parametrize(
    ("labels", "train", "test"), [("one_hot", (4, 3), (2, 3)), ("integer", (4,), (2,))]
)
def test_a_dataset_describes_itself(labels, train, test):
    """The properties come from the arrays' shapes, and the repr is one line of shapes."""
    data = _dataset(labels)
    assert data.labels == labels
    assert data.num_classes == 3
    assert data.input_shape == (5, 6, 3)
    assert data.train_classes.tolist() == [2, 0, 1, 2]
    assert data.test_classes.tolist() == [2, 0]
    assert data.train_classes.dtype == np.int32
    assert repr(data) == (
        f"Dataset(x_train=(4, 5, 6, 3), y_train={train}, "
        f"x_test=(2, 5, 6, 3), y_test={test}, classes=3)"
    )


def test_encodings_agree_with_the_definition():
    """One-hot labels have a single 1, at the class; both forms have the dtypes that Keras takes."""
    classes = [3, 0, 3, 1]
    one_hot = encode(classes, 4, labels="one_hot")
    assert one_hot.dtype == np.float32
    assert [np.flatnonzero(row).tolist() for row in one_hot] == [[3], [0], [3], [1]]
    assert one_hot.sum() == 4
    integers = encode(classes, 4, labels="integer")
    assert integers.dtype == np.int32
    assert integers.tolist() == classes


def test_two_datasets_compare_without_an_error():
    """Data sets are equal only if they are the same object."""
    data = _dataset("integer")
    other = dataclasses.replace(data, source="elsewhere")
    assert data == data  # noqa: PLR0124  the property
    assert data != other
    assert len({data, other}) == 2
    assert other.x_train is data.x_train


def test_a_dataset_is_frozen_and_slotted():
    """No field can be changed and no attribute added."""
    data = _dataset("integer")
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.source = "elsewhere"
    assert not hasattr(data, "__dict__")


def test_the_package_offers_its_four_functions():
    """The functions are public in `kerasbook.datasets`."""
    assert datasets.__all__ == ["Dataset", "cifar10", "digits", "line", "photos"]
    assert all(callable(getattr(datasets, name)) for name in datasets.__all__)
